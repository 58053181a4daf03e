//! An advance replacement (policy, `replacement.advance`): staff have agreed the charge with the customer and shipped the
//! replacement; the defective unit gets its RMA, and as long to come back as the policy says.

use anyhow::{Context, bail};
use serde_json::json;

use super::Work;
use crate::case::ledger::Happened;
use crate::case::{Advance, Rma, RmaChange, RmaUnit, Shipment, State};
use crate::order::{Invoice, Money};
use crate::policy::clause;
use crate::policy::{Flag, Route};
use crate::reply::{self, Reply};
use crate::store::Tx;
use crate::understanding::Item;

/// What staff shipped and charged.
#[derive(Debug, Clone)]
pub struct AdvanceShipment {
    pub shipment: Shipment,
    /// Of the replacement; `None` for a product that bears none.
    pub serial_number: Option<String>,
    pub product_charge: Money,
    pub freight_charge: Money,
}

impl Work<'_> {
    pub(super) async fn ship_in_advance(&mut self, tx: &mut Tx, shipped: &AdvanceShipment) -> anyhow::Result<()> {
        self.not_ahead(shipped.shipment.shipped_on)?;
        if self.case.state != State::HeldForReview
            || !self.case.flags.contains(&Flag::AdvanceReplacement)
            || self.case.rma.as_ref().is_some_and(|rma| rma.units.iter().any(RmaUnit::is_open))
        {
            bail!("case {} does not wait for an advance replacement", self.case.number);
        }
        let (item, invoice) = self.defective_unit()?;
        let unit = approved(&item, &invoice, shipped)?;
        let shipped_on = shipped.shipment.shipped_on;
        let policy = self.policies.on(invoice.invoiced_on);
        let rma = Rma {
            number: self.desk.rma_format.number(tx.next_number("rma").await?),
            issued_on: shipped_on,
            expires_on: policy.windows.advance_replacement.last_day(shipped_on),
            account_number: invoice.account_number.clone(),
            units: vec![unit],
            statements: vec![],
        };
        let units: Vec<&RmaUnit> = rma.units.iter().collect();
        self.note("Replacement shipped in advance for", shipped_on, &units);
        self.detail.insert("charged".to_owned(), json!(format!("{}", shipped.product_charge + shipped.freight_charge)));
        self.detail.insert("tracking".to_owned(), json!(shipped.shipment.tracking));
        self.ledger = rma.entries(units.iter().copied(), shipped_on, Happened::InRma);
        let earlier = self.case.rma.take();
        self.case.earlier_rmas.extend(earlier);
        self.in_no_other_rma(tx, &rma, &units).await?;
        self.replace(tx, &rma, &units, shipped.serial_number.as_deref(), shipped_on).await?;
        self.letter = self.advance_shipped(&rma);
        self.case.flags.retain(|flag| *flag != Flag::AdvanceReplacement);
        if self.case.flags.is_empty() {
            self.case.state = rma.state();
        }
        self.change = RmaChange::Issued;
        self.case.rma = Some(rma);
        Ok(())
    }

    /// The one unit that the case is about, completely known.
    fn defective_unit(&self) -> anyhow::Result<(Item, Invoice)> {
        let [item] = self.case.facts.items.as_slice() else {
            bail!(
                "case {} is about {} units; an advance replacement is for one unit: answer the others by hand",
                self.case.number,
                self.case.facts.items.len()
            );
        };
        let number = item.invoice.as_ref().map(|told| &told.value);
        let invoice = number.and_then(|number| self.invoices.get(number));
        let invoice = invoice.context("it is not known yet of which order the unit is")?;
        Ok((item.clone(), invoice.clone()))
    }

    fn advance_shipped(&self, rma: &Rma) -> Option<Reply> {
        let unit = rma.units.first()?;
        let advance = unit.advance.as_ref()?;
        Some(Reply::AdvanceShipped(reply::AdvanceShipped {
            rma_number: rma.number.clone(),
            unit: self.unit(unit),
            shipment: advance.shipment.clone(),
            serial_number: advance.serial_number.clone(),
            charge: advance.charge(),
            last_day: rma.expires_on,
            clauses: self.clauses(&[unit], |_| vec![clause::REPLACEMENT_ADVANCE, clause::SHIPPING_NOT_REFUNDABLE]),
        }))
    }
}

fn approved(item: &Item, invoice: &Invoice, shipped: &AdvanceShipment) -> anyhow::Result<RmaUnit> {
    let part = item.part.as_ref().map(|told| told.value.clone()).context("it is not known yet which product it is")?;
    let serial = item.serial.as_ref().map(|told| told.value.clone());
    let by_serial = serial.as_deref().and_then(|serial| invoice.line_of_serial(serial));
    let by_part = || invoice.lines.iter().find(|line| line.product.part_number == part);
    let line = by_serial.or_else(by_part).with_context(|| format!("{part} is not on that order"))?;
    let is_serialized = line.product.serialized;
    if is_serialized && serial.is_none() {
        bail!("the serial number of the defective unit is not known yet");
    }
    if is_serialized && shipped.serial_number.is_none() {
        bail!("name the serial number of the replacement with --replacement-serial");
    }
    if shipped.product_charge.amount() > line.unit_price {
        bail!("{part} cost {} on that order: no more may be charged for it", line.unit_price);
    }
    if item.quantity.is_some_and(|quantity| quantity > 1) {
        bail!("an advance replacement is for one unit");
    }
    let of_order = (invoice.invoice_number.clone(), line.line, part);
    let advance = Advance {
        shipment: shipped.shipment.clone(),
        serial_number: shipped.serial_number.clone(),
        product_charge: shipped.product_charge,
        freight_charge: shipped.freight_charge,
        currency: invoice.currency.clone(),
    };
    let unit = RmaUnit::approved(of_order, serial, 1, Route::RepairOrReplacement, false);
    Ok(RmaUnit { advance: Some(advance), ..unit })
}
