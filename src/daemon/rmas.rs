//! What is on record of the units and orders that a request names: RMAs that they are in or that it asks about, and
//! cancellations.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;

use super::desk::{Desk, Understood};
use crate::case::RmaUnit;
use crate::mail::Message;
use crate::policy::{Charged, bears_costs_once};
use crate::store::{IssuedRma, Result, Tx};
use crate::understanding::{About, Resolution, Wish};

/// What is on record of what a request names.
pub(super) struct OnRecord {
    /// Open RMAs of the units named, and whether each is the sender's own.
    pub open_rmas: Vec<(IssuedRma, bool)>,
    /// The RMAs that a question about one is about.
    pub own_rmas: Vec<IssuedRma>,
    pub cancelled_orders: Vec<String>,
    /// By invoice number, what statements have charged that an order bears once.
    pub charged: BTreeMap<String, Charged>,
}

impl Desk {
    /// # Errors
    /// Where the store fails, or a unit has gone since the order data was asked: the message is then answered later, on
    /// what is known by then.
    pub(super) async fn on_record(
        &self,
        tx: &mut Tx,
        message: &Message,
        understood: &Understood<'_>,
    ) -> anyhow::Result<OnRecord> {
        none_has_gone(tx, &understood.resolution).await?;
        Ok(OnRecord {
            open_rmas: self.open_rmas(tx, understood).await?,
            own_rmas: self.own_rmas(tx, message, understood).await?,
            cancelled_orders: cancelled_orders(tx, &understood.resolution).await?,
            charged: charged(tx, understood).await?,
        })
    }

    /// Open RMAs of the units named, and whether each is the sender's own.
    async fn open_rmas(&self, tx: &mut Tx, understood: &Understood<'_>) -> Result<Vec<(IssuedRma, bool)>> {
        let own = own_accounts(understood);
        let mut found: Vec<(IssuedRma, bool)> = Vec::new();
        for unit in &understood.resolution.units {
            let (invoice, line) = (&unit.invoice.invoice_number, unit.line.line);
            let open = tx.open_rmas_of_unit(invoice, line, unit.serial.as_deref(), understood.today).await?;
            let taken: u32 = open
                .iter()
                .flat_map(|issued| &issued.rma.units)
                .filter(|other| &other.invoice_number == invoice && other.line == line)
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
    async fn own_rmas(&self, tx: &mut Tx, message: &Message, understood: &Understood<'_>) -> Result<Vec<IssuedRma>> {
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

/// The order data was asked before this transaction began, and a step may have ended the return of a unit since.
async fn none_has_gone(tx: &mut Tx, resolution: &Resolution) -> anyhow::Result<()> {
    let named = resolution.units.iter();
    let lines: BTreeSet<(&str, u32, usize)> =
        named.map(|unit| (unit.invoice.invoice_number.as_str(), unit.line.line, unit.line.gone.len())).collect();
    for (invoice, line, known) in lines {
        if tx.gone_of_line(invoice, line).await? != known {
            bail!("the return of a unit of {invoice} ended while the message was read");
        }
    }
    Ok(())
}

/// Which of the orders named are cancelled already, shipped after that or not.
async fn cancelled_orders(tx: &mut Tx, resolution: &Resolution) -> Result<Vec<String>> {
    let of_units = resolution.units.iter().map(|unit| &unit.invoice);
    let named: BTreeSet<&str> =
        resolution.orders.iter().chain(of_units).map(|invoice| invoice.invoice_number.as_str()).collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    tx.cancelled_among(&named.into_iter().collect::<Vec<_>>()).await
}

/// Looked at only where a refund is wanted of an order that may have borne something.
async fn charged(tx: &mut Tx, understood: &Understood<'_>) -> Result<BTreeMap<String, Charged>> {
    let mut charged = BTreeMap::new();
    if understood.facts.wanted.as_ref().is_none_or(|told| told.value != Wish::Refund) {
        return Ok(charged);
    }
    let invoices = understood.resolution.units.iter().map(|unit| &unit.invoice);
    for invoice in invoices.filter(|invoice| bears_costs_once(invoice)) {
        let number = &invoice.invoice_number;
        if charged.contains_key(number) {
            continue;
        }
        let rmas = tx.rmas_of_invoice(number).await?;
        let before =
            rmas.iter().fold(Charged::default(), |before, issued| before.and(issued.rma.charged(number, None)));
        charged.insert(number.clone(), before);
    }
    Ok(charged)
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
