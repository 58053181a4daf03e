//! The RMAs that bear on a request: those that its units are in, and those that it asks about.

use std::collections::BTreeSet;

use super::desk::{Desk, Understood};
use crate::case::RmaUnit;
use crate::mail::Message;
use crate::store::{IssuedRma, Result, Tx};
use crate::understanding::{About, Resolution};

impl Desk {
    /// Open RMAs of the units named, and whether each is the sender's own.
    pub(super) async fn open_rmas(&self, tx: &mut Tx, understood: &Understood<'_>) -> Result<Vec<(IssuedRma, bool)>> {
        let own = own_accounts(understood);
        let mut found: Vec<(IssuedRma, bool)> = Vec::new();
        for unit in &understood.resolution.units {
            let (invoice, part) = (&unit.invoice.invoice_number, &unit.line.product.part_number);
            let open = tx.open_rmas_of_unit(invoice, part, unit.serial.as_deref(), understood.today).await?;
            let taken: u32 = open
                .iter()
                .flat_map(|issued| &issued.rma.units)
                .filter(|other| &other.invoice_number == invoice && &other.part_number == part)
                .filter(|other| other.serial_number.is_none() && other.is_open())
                .map(|other| other.quantity)
                .sum();
            let others_are_left = unit.serial.is_none() && taken + unit.quantity <= unit.line.left();
            for issued in open.into_iter().filter(|_| !others_are_left) {
                if !found.iter().any(|(known, _)| known.rma.number == issued.rma.number) {
                    let is_own = own.contains(&issued.rma.account_number);
                    found.push((issued, is_own));
                }
            }
        }
        Ok(found)
    }

    /// The RMAs that a question about one is about: the case's own; those named; those of the sender's accounts that
    /// hold what was named, or all of them where nothing was.
    pub(super) async fn own_rmas(
        &self,
        tx: &mut Tx,
        message: &Message,
        understood: &Understood<'_>,
    ) -> Result<Vec<IssuedRma>> {
        if let Some((case, rma)) = understood.case.as_ref().and_then(|case| Some((case, case.rma.as_ref()?))) {
            return Ok(vec![IssuedRma { rma: rma.clone(), case_number: case.number.clone(), state: case.state }]);
        }
        if understood.about != About::Status {
            return Ok(Vec::new());
        }
        let accounts: Vec<String> = own_accounts(understood).into_iter().collect();
        let mut all = tx.rmas_of_accounts(&accounts).await?;
        let named: Vec<String> =
            self.rma_format.find_in(&message.words.new_text).into_iter().filter_map(|found| found.number).collect();
        all.retain(|issued| {
            if named.is_empty() {
                holds_what_was_named(issued, &understood.resolution)
            } else {
                named.contains(&issued.rma.number)
            }
        });
        Ok(all)
    }
}

fn holds_what_was_named(issued: &IssuedRma, resolution: &Resolution) -> bool {
    let said = |value: Option<&String>, of: &dyn Fn(&RmaUnit) -> Option<String>| {
        value.is_none_or(|value| issued.rma.units.iter().any(|unit| of(unit).as_ref() == Some(value)))
    };
    resolution.items.is_empty()
        || resolution.items.iter().any(|item| {
            said(item.invoice.as_ref().map(|told| &told.value), &|unit| Some(unit.invoice_number.clone()))
                && said(item.part.as_ref().map(|told| &told.value), &|unit| Some(unit.part_number.clone()))
                && said(item.serial.as_ref().map(|told| &told.value), &|unit| unit.serial_number.clone())
        })
}

/// The accounts whose RMAs a sender may hear about.
fn own_accounts(understood: &Understood<'_>) -> BTreeSet<String> {
    let named = understood.facts.said.account.as_ref().map(|number| number.key.as_str());
    let proven = !understood.resolution.units.is_empty() || !understood.resolution.orders.is_empty();
    understood
        .knowledge
        .own_accounts(named.filter(|_| proven))
        .iter()
        .map(|account| account.account_number.clone())
        .collect()
}
