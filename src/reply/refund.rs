//! A refund as it is shown: lines, deductions and what remains, with both ends where a rate is "up to" (policy, section 4).

use rust_decimal::Decimal;

use crate::order::Money;

/// The breakdown of one refund, an estimate or a final one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundStatement {
    /// ISO 4217.
    pub currency: String,
    pub lines: Vec<RefundLine>,
    pub refund: Range,
}

impl RefundStatement {
    /// The deductions use up the price.
    pub fn is_nothing(&self) -> bool {
        self.refund.most == Money::ZERO
    }

    /// Whether both ends are the same in every line, so that one column tells it all.
    pub fn is_fixed(&self) -> bool {
        self.refund.is_fixed() && self.lines.iter().all(|line| line.amount.is_fixed())
    }
}

/// One line of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundLine {
    pub item: RefundItem,
    /// Never negative; whether it adds or takes away is the item's matter. Its ends are those of the refund: a fee up to
    /// a rate is higher where the refund is least, and what an order bears once where the refund is most.
    pub amount: Range,
}

impl RefundLine {
    /// What the line brings where the refund comes out lowest, with its sign.
    pub fn at_least(&self) -> String {
        if self.item.is_deduction() { negative(self.amount.least) } else { self.amount.least.to_string() }
    }

    /// What the line brings where the refund comes out highest, with its sign.
    pub fn at_most(&self) -> String {
        if self.item.is_deduction() { negative(self.amount.most) } else { self.amount.most.to_string() }
    }
}

/// What a line of a refund is for. Rates are in percent: `2.9`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundItem {
    Goods {
        part_number: String,
        quantity: u32,
    },
    OrderTotal,
    /// What was charged for a replacement that shipped in advance.
    AdvanceCharge {
        part_number: String,
    },
    RestockingFee {
        percent: Decimal,
    },
    ProcessingFee {
        percent: Decimal,
    },
    WireFee,
    /// What shipping a free-shipping order cost.
    ShippingCost,
    /// What a carrier billed for an address correction or an interception.
    CarrierCharge,
    /// A refund never falls below zero: what the deductions have beyond the price.
    NotCharged,
}

impl RefundItem {
    fn is_deduction(&self) -> bool {
        match self {
            RefundItem::Goods { .. }
            | RefundItem::OrderTotal
            | RefundItem::AdvanceCharge { .. }
            | RefundItem::NotCharged => false,
            RefundItem::RestockingFee { .. }
            | RefundItem::ProcessingFee { .. }
            | RefundItem::WireFee
            | RefundItem::ShippingCost
            | RefundItem::CarrierCharge => true,
        }
    }
}

/// An amount with both ends; the same twice where it is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub least: Money,
    pub most: Money,
}

impl Range {
    pub fn fixed(amount: Money) -> Range {
        Range { least: amount, most: amount }
    }

    pub fn is_fixed(&self) -> bool {
        self.least == self.most
    }
}

fn negative(amount: Money) -> String {
    if amount == Money::ZERO { amount.to_string() } else { format!("-{amount}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::rounded(text.parse().unwrap())
    }

    #[test]
    fn the_lowest_refund_bears_the_highest_fee() {
        let amount = Range { least: money("37.50"), most: money("0") };
        let line = RefundLine { item: RefundItem::RestockingFee { percent: 15.into() }, amount };
        assert_eq!((line.at_least(), line.at_most()), ("-37.50".to_owned(), "0.00".to_owned()));
    }

    #[test]
    fn goods_count_in_favor_of_the_customer() {
        let item = RefundItem::Goods { part_number: "P-1".to_owned(), quantity: 1 };
        let line = RefundLine { item, amount: Range::fixed(money("249.99")) };
        assert_eq!((line.at_least(), line.at_most()), ("249.99".to_owned(), "249.99".to_owned()));
    }
}
