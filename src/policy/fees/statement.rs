//! The final statement: what is paid back or credited once goods are back and inspected, or an advance replacement is
//! settled (policy, section 4).
//!
//! It is the estimate's breakdown with the rates that staff set in place of the ceilings. An order may come back in
//! several parcels and have several statements; what is charged once an order is told by one of them ([`Charged`]).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Estimate, EstimateLine, Fees, LineKind, Percent, Returned, price_lines};
use crate::order::{Invoice, Money};

/// Goods that came back and were inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    pub goods: Returned,
    /// The rate that staff set, at most [`Fees::restocking_ceiling`] of the goods' condition.
    pub restocking: Percent,
}

/// What statements have charged on an order that is charged once: kept with the order, and handed to its next statement.
///
/// A charge that the refund was too small to bear counts as charged; it is not made up for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Charged {
    pub shipping_cost: bool,
    pub wire_fee: bool,
}

/// Why there is no final statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementFault {
    #[error(
        "a restocking fee of {rate} on {part_number} is above the {ceiling} that the policy allows for its condition: \
         set {ceiling} or less"
    )]
    RateAboveCeiling { part_number: String, rate: Percent, ceiling: Percent },
    /// Currencies are ISO 4217.
    #[error(
        "the wire fee is fixed in {fee_currency} and order {invoice_number} was paid in {order_currency}: state this \
         refund by hand"
    )]
    FeeInAnotherCurrency { invoice_number: String, fee_currency: String, order_currency: String },
    #[error("a carrier's charge of {amount} would add to the refund: give what the carrier billed, as 0.00 or more")]
    CarrierChargeBelowZero { amount: Money },
}

impl Fees {
    /// The refund for goods of one order that one inspection found acceptable. `charged` is what earlier statements
    /// charged on the same order; `carrier_charge` what a carrier billed for an address correction or an interception,
    /// in the order's currency (clause `shipping.address-correction`), nothing where it is zero.
    pub fn final_refund(
        &self,
        invoice: &Invoice,
        inspected: &[Inspected],
        charged: Charged,
        carrier_charge: Money,
    ) -> Result<Estimate, StatementFault> {
        if !charged.wire_fee && self.fee_is_in_another_currency(invoice) {
            return Err(StatementFault::FeeInAnotherCurrency {
                invoice_number: invoice.invoice_number.clone(),
                fee_currency: self.currency.clone(),
                order_currency: invoice.currency.clone(),
            });
        }
        let price: Decimal = inspected.iter().map(|unit| unit.goods.price()).sum();
        let mut lines = self.inspected_goods(inspected)?;
        lines.extend(self.costs(invoice, price, charged));
        lines.extend(carrier_line(carrier_charge)?);
        Ok(Estimate::of(&invoice.currency, lines))
    }

    /// The credit for goods of one order that one inspection found acceptable; as [`Fees::credit`], it bears no cost of
    /// payment or shipping. `carrier_charge` as for [`Fees::final_refund`].
    pub fn final_credit(
        &self,
        invoice: &Invoice,
        inspected: &[Inspected],
        carrier_charge: Money,
    ) -> Result<Estimate, StatementFault> {
        let mut lines = self.inspected_goods(inspected)?;
        lines.extend(carrier_line(carrier_charge)?);
        Ok(Estimate::of(&invoice.currency, lines))
    }

    /// Price lines, and a restocking fee for each rate that was set.
    fn inspected_goods(&self, inspected: &[Inspected]) -> Result<Vec<EstimateLine>, StatementFault> {
        let mut by_rate: BTreeMap<Percent, Decimal> = BTreeMap::new();
        for unit in inspected {
            *by_rate.entry(self.checked_rate(unit)?).or_default() += unit.goods.price();
        }
        by_rate.remove(&Percent::ZERO);
        let goods = inspected.iter().map(|unit| &unit.goods);
        let mut lines = price_lines(goods.clone());
        // Several fees, each rounded, may not come to a cent more than the one ceiling that the estimate showed.
        let mut at_most = self.most_for_restocking(goods);
        for (rate, price) in by_rate {
            let fee = Money::rounded(rate.of(price)).min(at_most);
            at_most = at_most - fee;
            lines.push(EstimateLine::deduction(LineKind::RestockingFee { rate }, fee.amount()));
        }
        Ok(lines)
    }

    fn checked_rate(&self, unit: &Inspected) -> Result<Percent, StatementFault> {
        let (rate, ceiling) = (unit.restocking, self.restocking_ceiling(unit.goods.condition));
        if rate > ceiling {
            let part_number = unit.goods.part_number.clone();
            return Err(StatementFault::RateAboveCeiling { part_number, rate, ceiling });
        }
        Ok(rate)
    }
}

impl Estimate {
    /// The refund when the defective unit of an advance replacement is back in time: what was charged for the product.
    /// The freight charged with it stays paid (clause `replacement.advance`). `currency` is ISO 4217.
    pub fn advance_refund(currency: &str, part_number: &str, product_charge: Money) -> Estimate {
        let kind = LineKind::AdvanceCharge { part_number: part_number.to_owned() };
        Estimate::of(currency, vec![EstimateLine::flat(kind, product_charge.amount())])
    }

    /// What it charges that an order bears once.
    pub fn charges(&self) -> Charged {
        let holds = |kind: &LineKind| self.lines.iter().any(|line| line.kind == *kind);
        Charged { shipping_cost: holds(&LineKind::ShippingCost), wire_fee: holds(&LineKind::WireFee) }
    }
}

impl Charged {
    /// What both have charged.
    pub fn and(self, other: Charged) -> Charged {
        Charged { shipping_cost: self.shipping_cost || other.shipping_cost, wire_fee: self.wire_fee || other.wire_fee }
    }
}

fn carrier_line(amount: Money) -> Result<Option<EstimateLine>, StatementFault> {
    if amount < Money::ZERO {
        return Err(StatementFault::CarrierChargeBelowZero { amount });
    }
    Ok((amount > Money::ZERO).then(|| EstimateLine::deduction(LineKind::CarrierCharge, amount.amount())))
}
