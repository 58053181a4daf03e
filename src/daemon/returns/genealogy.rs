//! Which unit is which: whose another unit is that came back, and which replaces which.

use anyhow::bail;
use jiff::civil::Date;
use serde_json::json;

use super::Work;
use crate::case::ledger::{Happened, LedgerEntry};
use crate::case::steps::{Parcel, named};
use crate::case::{Rma, RmaUnit};
use crate::store::Tx;

impl Work<'_> {
    /// What staff noted of a parcel; and of a unit that is not the one on the RMA, what we know of it.
    pub(super) async fn describe_parcel(&mut self, parcel: &Parcel, came: &[&RmaUnit]) -> anyhow::Result<()> {
        let condition = &parcel.condition;
        let noted = [
            ("carrier", &parcel.carrier),
            ("missing", &condition.missing),
            ("marks", &condition.marks),
            ("damage", &condition.damage),
        ];
        let noted = noted.into_iter().filter_map(|(name, words)| Some((name.to_owned(), json!(words.as_ref()?))));
        self.detail.extend(noted);
        if condition.unmarked_box {
            self.detail.insert("number on the box".to_owned(), json!("no"));
        }
        for found in came.iter().filter_map(|unit| unit.arrival.as_ref()?.found_serial.as_ref()) {
            let orders = self.desk.orders.invoices_of_serial(found).await?;
            let named = orders
                .iter()
                .map(|order| format!("invoice {} of account {}", order.invoice_number, order.account_number));
            let known =
                if orders.is_empty() { "no order of ours".to_owned() } else { named.collect::<Vec<_>>().join(", ") };
            self.detail.insert("another unit".to_owned(), json!(format!("{found}, of {known}")));
        }
        Ok(())
    }

    /// Who let an RMA lapse may have got another for the same units since: each comes back under one of them.
    ///
    /// # Errors
    /// Where a unit is in another RMA that is open.
    pub(super) async fn in_no_other_rma(&self, tx: &mut Tx, rma: &Rma, units: &[&RmaUnit]) -> anyhow::Result<()> {
        for unit in units {
            let (invoice, part) = (&unit.invoice_number, &unit.part_number);
            let mut open = tx.open_rmas_of_unit(invoice, part, unit.serial_number.as_deref(), self.today).await?;
            open.retain(|issued| issued.rma.number != rma.number);
            let Some(other) = open.first() else { continue };
            let is_there = |other: &&RmaUnit| other.is_open() && other.is_alike(unit);
            let there = open.iter().flat_map(|issued| &issued.rma.units).filter(is_there);
            if there.map(|other| other.quantity).sum::<u32>() + unit.quantity > self.sold(unit) {
                bail!("{} is in {} by now: go on under that number", named(unit), other.rma.number);
            }
        }
        Ok(())
    }

    /// How many of a unit there are: one, or as many as its line of the order has where they bear no serial number.
    fn sold(&self, unit: &RmaUnit) -> u32 {
        let lines = self.invoices.get(&unit.invoice_number).map(|invoice| invoice.lines.as_slice()).unwrap_or_default();
        let line = lines.iter().find(|line| line.product.part_number == unit.part_number);
        line.filter(|_| unit.serial_number.is_none()).map_or(1, |line| line.quantity)
    }

    /// A unit was shipped in place of one of the RMA's: it stands on the same order, and each in the other's ledger.
    pub(super) async fn replace(
        &mut self,
        tx: &mut Tx,
        rma: &Rma,
        replaced: &[&RmaUnit],
        serial: &str,
        on: Date,
    ) -> anyhow::Result<()> {
        for unit in replaced {
            let Some(old) = &unit.serial_number else { continue };
            let (invoice, part) = (&unit.invoice_number, &unit.part_number);
            self.desk.orders.add_replacement(tx, invoice, part, old, serial).await?;
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
        }
        Ok(())
    }
}
