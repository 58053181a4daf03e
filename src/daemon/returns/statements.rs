//! The money of a return: the final statement on what was inspected, and what is paid of it.

use anyhow::{Context, bail};
use jiff::civil::Date;
use serde_json::json;

use super::Work;
use crate::case::steps::InspectedUnits;
use crate::case::{Advance, Finding, Fulfilment, Pays, RefundMethod, Rma, RmaUnit, Statement};
use crate::order::{Invoice, Money, PaymentMethod};
use crate::policy::{Charged, Estimate, Inspected, Returned, Route};
use crate::store::Tx;

impl Work<'_> {
    /// What the units that were inspected come to, with those that were stated together with them before: one statement
    /// an order and kind. A carrier's charge is what is given, else what was taken off before on the same order.
    ///
    /// # Errors
    /// Where there is nothing to take the carrier's charge from, or an amount has to be stated by hand.
    pub(super) async fn statements(
        &self,
        tx: &mut Tx,
        rma: &Rma,
        inspected: &InspectedUnits,
        on: Date,
        carrier_charge: Option<Money>,
    ) -> anyhow::Result<Vec<Statement>> {
        let mut bills = Bills::new(carrier_charge, &inspected.fallen);
        let mut statements: Vec<Statement> = Vec::new();
        for (invoice_number, pays, units) in together(rma, &inspected.all()) {
            let charged = self.charged(tx, rma, &invoice_number, None).await?;
            let taken = if pays == Pays::AdvanceCharge { Money::ZERO } else { bills.take(&invoice_number) };
            let estimate = self.estimate(rma, &invoice_number, pays, &units, charged, taken)?;
            let invoiced_on = self.invoices.get(&invoice_number).map_or(on, |invoice| invoice.invoiced_on);
            let policy_version = self.policies.on(invoiced_on).version.clone();
            statements.push(Statement {
                on,
                invoice_number,
                units,
                pays,
                estimate,
                carrier_charge: taken,
                policy_version,
                settled_on: None,
            });
        }
        let left = bills.left();
        if left > Money::ZERO {
            bail!(
                "no refund and no credit follows from which the carrier's charge of {left} could be taken: inspect with \
                 --carrier-charge 0.00, and bill it by hand"
            );
        }
        Ok(statements)
    }

    fn estimate(
        &self,
        rma: &Rma,
        invoice_number: &str,
        pays: Pays,
        places: &[usize],
        charged: Charged,
        carrier_charge: Money,
    ) -> anyhow::Result<Estimate> {
        let units: Vec<&RmaUnit> = places.iter().filter_map(|place| rma.units.get(*place)).collect();
        if let (Pays::AdvanceCharge, Some(unit)) = (pays, units.first()) {
            let advance = unit.advance.as_ref().context("nothing was charged in advance")?;
            return Ok(Estimate::advance_refund(&advance.currency, &unit.part_number, advance.product_charge));
        }
        let invoice = self.invoices.get(invoice_number);
        let invoice = invoice.with_context(|| format!("the order data has no invoice {invoice_number} any more"))?;
        let inspected: anyhow::Result<Vec<Inspected>> = units.iter().map(|unit| inspected(unit, invoice)).collect();
        let fees = &self.policies.on(invoice.invoiced_on).fees;
        let estimate = match pays {
            Pays::Credit => fees.final_credit(invoice, &inspected?, carrier_charge),
            _ => fees.final_refund(invoice, &inspected?, charged, carrier_charge),
        };
        Ok(estimate?)
    }

    /// What was charged on an order already, in this RMA and in others, by all statements but this one.
    async fn charged(
        &self,
        tx: &mut Tx,
        rma: &Rma,
        invoice_number: &str,
        but: Option<&Statement>,
    ) -> anyhow::Result<Charged> {
        let others = tx.rmas_of_invoice(invoice_number).await?;
        let others = others.iter().map(|issued| &issued.rma).filter(|other| other.number != rma.number);
        let here = rma.charged(invoice_number, but);
        Ok(others.fold(here, |charged, other| charged.and(other.charged(invoice_number, None))))
    }

    /// What is about to be paid is what would be stated now: a statement that bore what is charged once an order may have
    /// gone since, or the policy's figures may have changed.
    ///
    /// # Errors
    /// Where it is not, and what to do.
    pub(super) async fn still_hold(&self, tx: &mut Tx, rma: &Rma, paid: &[Statement]) -> anyhow::Result<()> {
        for stated in paid {
            let Statement { invoice_number, pays, units, carrier_charge, .. } = stated;
            let charged = self.charged(tx, rma, invoice_number, Some(stated)).await?;
            let now = self.estimate(rma, invoice_number, *pays, units, charged, *carrier_charge)?;
            if now != stated.estimate {
                bail!(
                    "the statement of {} says {} {}, and now it would be {}: inspect the units again, so that the customer \
                     is told",
                    stated.on,
                    stated.estimate.refund_high,
                    stated.estimate.currency,
                    now.refund_high
                );
            }
        }
        Ok(())
    }

    /// A refund is paid as the order was, or by check (`refund.method`).
    ///
    /// # Errors
    /// Where a wire is meant for an order that was not paid by one.
    pub(super) fn may_be_paid(&self, paid: &[Statement], how: &Fulfilment) -> anyhow::Result<()> {
        if !matches!(how, Fulfilment::Refunded { method: RefundMethod::Wire }) {
            return Ok(());
        }
        let orders = paid.iter().filter_map(|statement| self.invoices.get(&statement.invoice_number));
        match orders.into_iter().find(|order| order.payment_method != PaymentMethod::Wire) {
            None => Ok(()),
            Some(order) => bail!(
                "order {} was not paid by wire, and a refund goes back as the order was paid, or by check \
                 (refund.method): refund it with --method original-payment or --method check",
                order.invoice_number
            ),
        }
    }

    /// The statements that an ending pays.
    pub(super) fn paid(&self, before: &Rma, after: &Rma, how: &Fulfilment) -> anyhow::Result<Vec<Statement>> {
        if !matches!(how, Fulfilment::Refunded { .. } | Fulfilment::Credited) {
            return Ok(vec![]);
        }
        let was_open = |statement: &&Statement| {
            before.statements.iter().any(|known| known.units == statement.units && known.settled_on.is_none())
        };
        let paid: Vec<Statement> = after
            .statements
            .iter()
            .filter(|statement| statement.settled_on.is_some())
            .filter(was_open)
            .cloned()
            .collect();
        let is_credit = *how == Fulfilment::Credited;
        let fits = |statement: &Statement| (statement.pays == Pays::Credit) == is_credit;
        if paid.is_empty() || !paid.iter().all(fits) {
            let what = if is_credit { "a credit" } else { "a refund" };
            bail!("no final statement says that {what} is due; the RMA was issued for something else");
        }
        Ok(paid)
    }

    /// The sums, for the record.
    pub(super) fn note_statements(&mut self, statements: &[Statement]) {
        let sum = |statement: &Statement| {
            let Estimate { refund_high, currency, .. } = &statement.estimate;
            format!("{refund_high} {currency}")
        };
        if !statements.is_empty() {
            let sums: Vec<String> = statements.iter().map(sum).collect();
            self.detail.insert("sum".to_owned(), json!(sums.join(", ")));
            self.detail.insert("statements".to_owned(), json!(statements));
        }
    }
}

/// What carriers billed and no statement takes off yet: for whatever order was inspected, or carried over from a
/// statement on this one.
struct Bills(Vec<(Option<String>, Money)>);

impl Bills {
    fn new(given: Option<Money>, fallen: &[Statement]) -> Bills {
        let carried = |stated: &Statement| (Some(stated.invoice_number.clone()), stated.carrier_charge);
        Bills(given.map_or_else(|| fallen.iter().map(carried).collect(), |amount| vec![(None, amount)]))
    }

    fn take(&mut self, invoice_number: &str) -> Money {
        let is_its = |order: &Option<String>| order.as_ref().is_none_or(|order| order == invoice_number);
        self.0.extract_if(.., |(order, _)| is_its(order)).fold(Money::ZERO, |sum, (_, amount)| sum + amount)
    }

    fn left(&self) -> Money {
        self.0.iter().fold(Money::ZERO, |sum, (_, amount)| sum + *amount)
    }
}

/// The places of units by what they come to, in the order of the units; nothing for a unit that comes to no money.
fn together(rma: &Rma, places: &[usize]) -> Vec<(String, Pays, Vec<usize>)> {
    let mut groups: Vec<(String, Pays, Vec<usize>)> = Vec::new();
    for place in places {
        let Some((unit, pays)) = rma.units.get(*place).and_then(|unit| Some((unit, pays(unit)?))) else { continue };
        let group = groups.iter_mut().find(|(invoice, kind, _)| *invoice == unit.invoice_number && *kind == pays);
        match group {
            // each replacement in advance was charged by itself
            Some((.., units)) if pays != Pays::AdvanceCharge => units.push(*place),
            _ => groups.push((unit.invoice_number.clone(), pays, vec![*place])),
        }
    }
    groups
}

/// Who has got a replacement in advance gets its cost back if the defective unit came in time.
fn pays(unit: &RmaUnit) -> Option<Pays> {
    if let Some(advance) = &unit.advance {
        return is_owed(unit, advance).then_some(Pays::AdvanceCharge);
    }
    match unit.route {
        Route::Refund | Route::Return => Some(Pays::Refund),
        Route::Credit => Some(Pays::Credit),
        _ => None,
    }
}

/// Whether the cost of a replacement that shipped first comes back: the very unit did, in time, and it is defective.
pub(super) fn is_owed(unit: &RmaUnit, advance: &Advance) -> bool {
    let is_it = unit.arrival.as_ref().is_some_and(|came| !came.is_late && came.found_serial.is_none());
    let is_defective = unit.inspection.as_ref().is_some_and(|done| done.finding == Finding::DefectConfirmed);
    is_it && is_defective && advance.product_charge > Money::ZERO
}

fn inspected(unit: &RmaUnit, invoice: &Invoice) -> anyhow::Result<Inspected> {
    let line = invoice.lines.iter().find(|line| line.line == unit.line);
    let line =
        line.with_context(|| format!("{} is no more on invoice {}", unit.part_number, invoice.invoice_number))?;
    let goods = Returned {
        part_number: unit.part_number.clone(),
        unit_price: line.unit_price,
        quantity: unit.quantity,
        condition: unit.condition(),
    };
    let restocking = unit.inspection.as_ref().map(|done| done.restocking).unwrap_or_default();
    Ok(Inspected { goods, restocking })
}
