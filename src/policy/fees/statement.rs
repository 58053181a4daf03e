//! The final statement: what is paid back or credited once goods are back and inspected, or an advance replacement is
//! settled (policy, section 4).
//!
//! It is the estimate's breakdown with the rates that staff set in place of the ceilings. An order may come back in
//! several parcels and have several statements; what is charged once an order is borne by the first of them, and what that
//! cannot bear by the next ([`Charged`]), so that the order of the inspections changes no sum.

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

/// What is charged once an order, and how much of it: what statements have borne, which is handed to the order's next
/// statement, or what is yet to be borne. In the order's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Charged {
    pub shipping_cost: Money,
    pub wire_fee: Money,
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
        let due = self.due_once(invoice, charged).ok_or_else(|| StatementFault::FeeInAnotherCurrency {
            invoice_number: invoice.invoice_number.clone(),
            fee_currency: self.currency.clone(),
            order_currency: invoice.currency.clone(),
        })?;
        let mut lines = self.inspected_goods(inspected)?;
        lines.extend(self.processing_fee(invoice, inspected.iter().map(|unit| unit.goods.price()).sum()));
        lines.extend(carrier_line(carrier_charge)?);
        Ok(Estimate::bearing(&invoice.currency, lines, due))
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

    /// What it bears, at its high end, of what is charged once an order.
    pub fn charges(&self) -> Charged {
        let borne = |kind: LineKind| {
            let of_kind = self.lines.iter().filter(|line| line.kind == kind);
            of_kind.fold(Money::ZERO, |borne, line| borne - line.high)
        };
        Charged { shipping_cost: borne(LineKind::ShippingCost), wire_fee: borne(LineKind::WireFee) }
    }

    /// What the goods of one order come to, each of them estimated by itself: both ends, with what is charged once an
    /// order taken off once.
    pub fn together(estimates: &[&Estimate]) -> (Money, Money) {
        let most = |amount: fn(Charged) -> Money| {
            estimates.iter().map(|estimate| amount(estimate.charges())).max().unwrap_or_default()
        };
        let once = most(|charged| charged.shipping_cost) + most(|charged| charged.wire_fee);
        let is_once = |kind: &LineKind| matches!(kind, LineKind::ShippingCost | LineKind::WireFee);
        let lines: Vec<&EstimateLine> =
            estimates.iter().flat_map(|estimate| &estimate.lines).filter(|line| !is_once(&line.kind)).collect();
        let end = |of: fn(&EstimateLine) -> Money| {
            let whole = lines.iter().fold(Money::ZERO, |sum, line| sum + of(line));
            (whole - once).max(Money::ZERO)
        };
        (end(|line| line.low), end(|line| line.high))
    }
}

impl Charged {
    /// Both together.
    pub fn and(self, other: Charged) -> Charged {
        Charged { shipping_cost: self.shipping_cost + other.shipping_cost, wire_fee: self.wire_fee + other.wire_fee }
    }

    /// What is left of it beside `other`, never below nothing.
    pub(super) fn less(self, other: Charged) -> Charged {
        let left = |whole: Money, part: Money| (whole - part).max(Money::ZERO);
        Charged {
            shipping_cost: left(self.shipping_cost, other.shipping_cost),
            wire_fee: left(self.wire_fee, other.wire_fee),
        }
    }
}

fn carrier_line(amount: Money) -> Result<Option<EstimateLine>, StatementFault> {
    if amount < Money::ZERO {
        return Err(StatementFault::CarrierChargeBelowZero { amount });
    }
    Ok((amount > Money::ZERO).then(|| EstimateLine::deduction(LineKind::CarrierCharge, amount.amount())))
}
