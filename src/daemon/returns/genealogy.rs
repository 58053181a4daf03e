//! Which unit is which: whose another unit is that came back, and which replaces which.

use jiff::civil::Date;
use serde_json::json;

use super::Work;
use crate::case::ledger::{Happened, LedgerEntry};
use crate::case::steps::Parcel;
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
            let orders = self.desk.orders.orders_of_serial(found).await?;
            let known = if orders.is_empty() { "no order of ours".to_owned() } else { orders.join(", ") };
            self.detail.insert("another unit".to_owned(), json!(format!("{found}, of {known}")));
        }
        Ok(())
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
                rma_number: rma.number.clone(),
            };
            self.ledger.push(entry(old, Happened::ReplacedBy, serial));
            self.ledger.push(entry(serial, Happened::Replaces, old));
        }
        Ok(())
    }
}
