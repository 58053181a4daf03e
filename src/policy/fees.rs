//! What a customer gets back: the refund as a breakdown whose lines add up (policy, section 4).
//!
//! Every line is rounded once, to the cent, half away from zero; the refund is the sum of the lines as shown. Where a
//! rate is a ceiling that staff fix after inspection, a line has two ends, and so has the refund. What the inspection
//! came to is a breakdown of the same kind with one end: [`statement`].

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::order::{Invoice, Money, PaymentMethod};

mod statement;

pub use statement::{Charged, Inspected, StatementFault};

/// What is charged, and up to how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// Of the wire fee, ISO 4217.
    pub currency: String,
    pub processing_domestic: Percent,
    pub processing_international: Percent,
    pub wire: Money,
    /// Ceiling for a product without a defect.
    pub restocking: Percent,
    /// Ceiling for a return that is not complete.
    pub incomplete: Percent,
    /// Ceiling for a delivery that was refused or could not be made.
    pub refused: Percent,
}

/// A breakdown from price to refund. `refund_low` and `refund_high` are the sums of the lines' ends; it is final where
/// both ends are the same in every line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<EstimateLine>,
    pub refund_low: Money,
    pub refund_high: Money,
}

/// One line: what it adds to the refund, less than nothing for a deduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EstimateLine {
    #[serde(flatten)]
    pub kind: LineKind,
    /// At the low end of the refund: a fee at its ceiling.
    pub low: Money,
    /// At the high end of the refund: a fee at its least.
    pub high: Money,
}

/// What a line of a breakdown stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LineKind {
    ProductPrice {
        part_number: String,
        quantity: u32,
    },
    /// A cancelled order: goods, freight and insurance.
    OrderTotal,
    /// What was charged for a replacement that shipped before the defective unit was back.
    AdvanceCharge {
        part_number: String,
    },
    /// The ceiling in an estimate, the rate that staff set in a final statement.
    RestockingFee {
        rate: Percent,
    },
    ProcessingFee {
        rate: Percent,
    },
    WireFee,
    /// What shipping a free-shipping order cost, or as much of it as the refund can bear; so too the wire fee.
    ShippingCost,
    /// What a carrier billed for an address correction or an interception.
    CarrierCharge,
    /// A refund never falls below zero: the part of the deductions that exceeds the price, given back.
    NotCharged,
}

/// Goods that come back from one line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    pub part_number: String,
    pub unit_price: Decimal,
    pub quantity: u32,
    pub condition: Condition,
}

/// What a restocking fee depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Condition {
    pub non_defective: bool,
    /// Box, manuals or accessories are missing; known after inspection.
    pub incomplete: bool,
    pub refused: bool,
}

impl Fees {
    /// The refund for goods that come back from one order. What an order bears once (shipping cost, wire fee) is borne
    /// once, however many units there are, and without what statements have `charged` of it. `None` where a person has
    /// to state it: the wire fee is fixed in another currency than the order's.
    pub fn refund(&self, invoice: &Invoice, returned: &[Returned], charged: Charged) -> Option<Estimate> {
        let due = self.due_once(invoice, charged)?;
        let mut lines = self.goods(returned);
        lines.extend(self.processing_fee(invoice, returned.iter().map(Returned::price).sum()));
        Some(Estimate::bearing(&invoice.currency, lines, due))
    }

    /// The credit for goods that come back from one order: nothing is paid back, so no payment costs anything.
    pub fn credit(&self, invoice: &Invoice, returned: &[Returned]) -> Estimate {
        Estimate::of(&invoice.currency, self.goods(returned))
    }

    /// The refund for a whole order that never shipped, freight included. `None` as for [`Fees::refund`].
    pub fn cancellation(&self, invoice: &Invoice) -> Option<Estimate> {
        let due = Charged { shipping_cost: Money::ZERO, ..self.due_once(invoice, Charged::default())? };
        let total = invoice.total();
        let mut lines = vec![EstimateLine::flat(LineKind::OrderTotal, total)];
        lines.extend(self.processing_fee(invoice, total));
        Some(Estimate::bearing(&invoice.currency, lines, due))
    }

    /// The rate that a card or PayPal payment cost.
    pub fn processing_rate(&self, invoice: &Invoice) -> Option<Percent> {
        let rate = if invoice.is_domestic() { self.processing_domestic } else { self.processing_international };
        matches!(invoice.payment_method, PaymentMethod::CreditCard | PaymentMethod::Paypal).then_some(rate)
    }

    /// The highest rate that may be charged for restocking: never two of them.
    pub fn restocking_ceiling(&self, condition: Condition) -> Percent {
        [
            (condition.non_defective, self.restocking),
            (condition.incomplete, self.incomplete),
            (condition.refused, self.refused),
        ]
        .into_iter()
        .filter_map(|(applies, rate)| applies.then_some(rate))
        .max()
        .unwrap_or(Percent::ZERO)
    }

    /// Price lines and, where one may be charged, the restocking fee.
    fn goods(&self, returned: &[Returned]) -> Vec<EstimateLine> {
        let mut lines = price_lines(returned);
        let rate = returned.iter().map(|goods| self.restocking_ceiling(goods.condition)).max();
        if let Some(rate) = rate.filter(|rate| *rate > Percent::ZERO) {
            let low = Money::ZERO - self.most_for_restocking(returned);
            lines.push(EstimateLine { kind: LineKind::RestockingFee { rate }, low, high: Money::ZERO });
        }
        lines
    }

    /// The restocking fee with every unit at its ceiling.
    fn most_for_restocking<'a>(&self, returned: impl IntoIterator<Item = &'a Returned>) -> Money {
        let fees = returned.into_iter().map(|goods| self.restocking_ceiling(goods.condition).of(goods.price()));
        Money::rounded(fees.sum())
    }

    /// What the card or PayPal payment of `amount` cost.
    fn processing_fee(&self, invoice: &Invoice, amount: Decimal) -> Option<EstimateLine> {
        let rate = self.processing_rate(invoice)?;
        Some(EstimateLine::deduction(LineKind::ProcessingFee { rate }, rate.of(amount)))
    }

    /// What an order has yet to bear once. `None` where a wire fee is due in another currency than the order's.
    fn due_once(&self, invoice: &Invoice, charged: Charged) -> Option<Charged> {
        let once = Charged {
            wire_fee: if pays_wire_fee(invoice) { self.wire } else { Money::ZERO },
            shipping_cost: if invoice.free_shipping {
                Money::rounded(invoice.actual_shipping_cost)
            } else {
                Money::ZERO
            },
        };
        let due = once.less(charged);
        (due.wire_fee == Money::ZERO || invoice.currency == self.currency).then_some(due)
    }
}

/// Whether a refund bears what is charged once an order ([`Charged`]).
pub fn bears_costs_once(invoice: &Invoice) -> bool {
    invoice.free_shipping || pays_wire_fee(invoice)
}

/// The wire fee is for international wires alone.
pub fn pays_wire_fee(invoice: &Invoice) -> bool {
    invoice.payment_method == PaymentMethod::Wire && !invoice.is_domestic()
}

/// One line a part, in the order in which they were first named.
fn price_lines<'a>(returned: impl IntoIterator<Item = &'a Returned>) -> Vec<EstimateLine> {
    let mut parts: Vec<(&str, u32, Decimal)> = Vec::new();
    for goods in returned {
        match parts.iter_mut().find(|(part, ..)| *part == goods.part_number) {
            Some((_, quantity, price)) => {
                *quantity = quantity.saturating_add(goods.quantity);
                *price += goods.price();
            }
            None => parts.push((&goods.part_number, goods.quantity, goods.price())),
        }
    }
    let line = |(part, quantity, price): (&str, u32, Decimal)| {
        EstimateLine::flat(LineKind::ProductPrice { part_number: part.to_owned(), quantity }, price)
    };
    parts.into_iter().map(line).collect()
}

impl Returned {
    fn price(&self) -> Decimal {
        self.unit_price * Decimal::from(self.quantity)
    }
}

impl Estimate {
    /// What is `due` once an order is borne as far as the other lines leave something to bear it.
    fn bearing(currency: &str, mut lines: Vec<EstimateLine>, due: Charged) -> Estimate {
        for (kind, due) in [(LineKind::WireFee, due.wire_fee), (LineKind::ShippingCost, due.shipping_cost)] {
            let (low, high) = sum(&lines);
            let borne = |left: Money| Money::ZERO - due.min(left.max(Money::ZERO));
            let line = EstimateLine { kind, low: borne(low), high: borne(high) };
            if line.high < Money::ZERO {
                lines.push(line);
            }
        }
        Estimate::of(currency, lines)
    }

    fn of(currency: &str, mut lines: Vec<EstimateLine>) -> Estimate {
        let (low, high) = sum(&lines);
        if low < Money::ZERO {
            let given_back = |end: Money| (Money::ZERO - end).max(Money::ZERO);
            lines.push(EstimateLine { kind: LineKind::NotCharged, low: given_back(low), high: given_back(high) });
        }
        let (refund_low, refund_high) = sum(&lines);
        Estimate { currency: currency.to_owned(), lines, refund_low, refund_high }
    }
}

fn sum(lines: &[EstimateLine]) -> (Money, Money) {
    lines.iter().fold((Money::ZERO, Money::ZERO), |(low, high), line| (low + line.low, high + line.high))
}

impl EstimateLine {
    fn flat(kind: LineKind, amount: Decimal) -> EstimateLine {
        let amount = Money::rounded(amount);
        EstimateLine { kind, low: amount, high: amount }
    }

    fn deduction(kind: LineKind, amount: Decimal) -> EstimateLine {
        // Taken from zero rather than negated: a decimal knows a negative zero.
        let amount = Money::ZERO - Money::rounded(amount);
        EstimateLine { kind, low: amount, high: amount }
    }
}

/// A rate between 0 and 100 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Percent(Decimal);

impl Percent {
    pub const ZERO: Percent = Percent(Decimal::ZERO);

    /// `None` for less than nothing and for more than everything.
    pub fn new(percent: Decimal) -> Option<Percent> {
        (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&percent).then_some(Percent(percent))
    }

    /// The figure alone: `2.9`.
    pub fn percent(self) -> Decimal {
        self.0.normalize()
    }

    /// Not rounded: that is done once, at the line.
    pub fn of(self, amount: Decimal) -> Decimal {
        amount * self.0 / Decimal::ONE_HUNDRED
    }
}

impl std::fmt::Display for Percent {
    /// `2.9%`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}%", self.percent())
    }
}

#[cfg(test)]
mod tests;
