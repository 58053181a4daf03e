//! Which unit is which: whose another unit is that came back, which replaces which, and that none is in two RMAs.

use anyhow::bail;
use jiff::civil::Date;
use serde_json::json;

use super::Work;
use crate::case::ledger::{Happened, LedgerEntry};
use crate::case::steps::{Parcel, named};
use crate::case::{Rma, RmaUnit};
use crate::order::{Invoice, Line, look_alike_key};
use crate::store::Tx;

impl Work<'_> {
    /// What staff noted of a parcel; and of a unit that is not the one on the RMA, what we know of it. The customer reads
    /// its number only where it is no other customer's.
    pub(super) async fn describe_parcel(
        &mut self,
        rma: &Rma,
        parcel: &Parcel,
        came: &[&RmaUnit],
    ) -> anyhow::Result<()> {
        let condition = &parcel.condition;
        let noted = [
            ("carrier", &parcel.carrier),
            ("missing", &condition.missing),
            ("marks", &condition.marks),
            ("damage", &condition.damage),
        ];
        let noted = noted.into_iter().filter_map(|(name, words)| Some((name.to_owned(), json!(words.as_ref()?))));
        self.detail.extend(noted);
        let said =
            [("number on the box", condition.unmarked_box, "no"), ("delivery", condition.refused_delivery, "refused")];
        self.detail
            .extend(said.into_iter().filter(|(_, is, _)| *is).map(|(name, _, word)| (name.to_owned(), json!(word))));
        for found in came.iter().filter_map(|unit| unit.arrival.as_ref()?.found_serial.as_ref()) {
            let orders = self.desk.orders.invoices_of_serial(found).await?;
            if orders.iter().all(|order| order.account_number == rma.account_number) {
                self.told_serials.insert(found.clone());
            }
            let known = if orders.is_empty() { "no order of ours".to_owned() } else { listed(&orders) };
            self.detail.insert("another unit".to_owned(), json!(format!("{found}, of {known}")));
        }
        Ok(())
    }

    /// Who let an RMA lapse may have got another for the same units since: each comes back under one of them.
    ///
    /// # Errors
    /// Where a unit is in another RMA that is open, or was refunded, credited or replaced under it.
    pub(super) async fn in_no_other_rma(&self, tx: &mut Tx, rma: &Rma, units: &[&RmaUnit]) -> anyhow::Result<()> {
        for unit in units {
            self.is_not_gone(unit)?;
            let (invoice, serial) = (&unit.invoice_number, unit.serial_number.as_deref());
            let mut open = tx.open_rmas_of_unit(invoice, unit.line, serial, self.today).await?;
            open.retain(|issued| issued.rma.number != rma.number);
            let Some(other) = open.first() else { continue };
            let is_there = |other: &&RmaUnit| other.is_open() && other.is_alike(unit);
            // of this RMA as it is after the step, and of the others
            let all = open.iter().flat_map(|issued| &issued.rma.units).chain(&rma.units).filter(is_there);
            if all.map(|other| other.quantity).sum::<u32>() > self.sold(unit) {
                bail!("{} is in {} by now: go on under that number", named(unit), other.rma.number);
            }
        }
        Ok(())
    }

    /// A unit whose replacement shipped first is expected nevertheless.
    fn is_not_gone(&self, unit: &RmaUnit) -> anyhow::Result<()> {
        let is_expected_back = unit.advance.is_some() && self.case.rma.is_some();
        let gone = self.line(unit).filter(|_| !is_expected_back);
        if let Some(how) = gone.and_then(|line| line.gone_as(unit.serial_number.as_deref(), unit.quantity)) {
            bail!("{} was {} already: look at what became of it with `rmad rma unit`", named(unit), how.word());
        }
        Ok(())
    }

    /// How many of a unit there are: one, or as many as its line of the order has where they bear no serial number.
    fn sold(&self, unit: &RmaUnit) -> u32 {
        self.line(unit).filter(|_| unit.serial_number.is_none()).map_or(1, |line| line.quantity)
    }

    fn line(&self, unit: &RmaUnit) -> Option<&Line> {
        self.invoices.get(&unit.invoice_number)?.lines.iter().find(|line| line.line == unit.line)
    }

    /// A unit was shipped in place of one of the RMA's: it stands on the same order, and each in the other's ledger.
    pub(super) async fn replace(
        &mut self,
        tx: &mut Tx,
        rma: &Rma,
        replaced: &[&RmaUnit],
        serial: Option<&str>,
        on: Date,
    ) -> anyhow::Result<()> {
        let bearing: Vec<(&RmaUnit, &String)> =
            replaced.iter().filter_map(|unit| Some((*unit, unit.serial_number.as_ref()?))).collect();
        let (unit, old, serial) = match (bearing.as_slice(), serial) {
            ([], None) => return Ok(()),
            ([], Some(_)) => bail!("what is replaced bears no serial number: leave --replacement-serial out"),
            (_, None) => bail!("name the serial number of the replacement with --replacement-serial"),
            ([(unit, old)], Some(serial)) if replaced.len() == 1 => (*unit, *old, serial),
            (_, Some(_)) => bail!("one replacement is for one unit: name it with --serial"),
        };
        self.is_free(serial, &unit.invoice_number).await?;
        let (invoice, part) = (&unit.invoice_number, &unit.part_number);
        if !self.desk.orders.add_replacement(tx, invoice, part, old, serial).await? {
            bail!("the order data does not know {old} on invoice {invoice} any more: import it again");
        }
        self.ledger.retain(|entry| &entry.serial_number != old || entry.what != Happened::ReplacedBy);
        let entry = |serial_number: &str, what, other: &str| LedgerEntry {
            invoice_number: invoice.clone(),
            part_number: part.clone(),
            serial_number: serial_number.to_owned(),
            on,
            what,
            other_serial: Some(other.to_owned()),
            rma_number: Some(rma.number.clone()),
        };
        self.ledger.push(entry(old, Happened::ReplacedBy, serial));
        self.ledger.push(entry(serial, Happened::Replaces, old));
        Ok(())
    }

    /// No customer has a unit of this serial number; one that came back of another order may be sent out again.
    async fn is_free(&self, serial: &str, own_order: &str) -> anyhow::Result<()> {
        let key = look_alike_key(serial);
        let has_it = |order: &Invoice| {
            let mut present = order.lines.iter().flat_map(|line| line.present_serials());
            order.invoice_number == own_order || present.any(|known| look_alike_key(known) == key)
        };
        let orders = self.desk.orders.invoices_of_serial(serial).await?;
        match orders.into_iter().find(has_it) {
            None => Ok(()),
            Some(order) => {
                bail!("{serial} is already a customer's, of {}: compare it with the label", listed(&[order]))
            }
        }
    }
}

fn listed(orders: &[Invoice]) -> String {
    let named = |order: &Invoice| format!("invoice {} of account {}", order.invoice_number, order.account_number);
    orders.iter().map(named).collect::<Vec<_>>().join(", ")
}
