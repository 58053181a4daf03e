//! Dates and money of a judgement, as a letter shows them.

use jiff::civil::Date;

use crate::order::{Invoice, Money};
use crate::policy::{Estimate, EstimateLine, LineKind, UnitJudgement, WarrantyEnd, WindowLine, clause};
use crate::reply::{Objection, Offer, Range, RefundItem, RefundLine, RefundStatement};

/// Why a unit or an order is declined, with the dates that decided.
pub(super) fn objections(judgement: &UnitJudgement, invoice: &Invoice) -> Vec<Objection> {
    let cites = |id: &clause::ClauseId| judgement.clauses.contains(id);
    let left_on = invoice.shipped_on.or(invoice.delivered_on);
    let mut objections = Vec::new();
    if let (true, WarrantyEnd::Until(ended_on)) = (cites(&clause::WARRANTY_START), judgement.warranty_until) {
        objections.push(Objection::OutOfWarranty { started_on: invoice.invoiced_on, ended_on });
    }
    if let (true, Some(delivered_on), Some(ended_on)) =
        (cites(&clause::RETURN_NO_REFUND), invoice.delivered_on, judgement.refund_until)
    {
        objections.push(Objection::ReturnPeriodOver { delivered_on, ended_on });
    }
    match left_on {
        Some(shipped_on) if cites(&clause::CANCEL_DOMESTIC) => {
            objections.push(Objection::AlreadyShipped { shipped_on })
        }
        Some(shipped_on) if cites(&clause::CANCEL_INTERNATIONAL) || cites(&clause::RETURN_INTERNATIONAL) => {
            objections.push(Objection::LeftWarehouse { shipped_on })
        }
        _ => {}
    }
    objections
}

/// The windows of which no objection speaks.
pub(super) fn unsaid(windows: &[WindowLine], objections: &[Objection]) -> Vec<WindowLine> {
    let is_said = |window: &WindowLine| {
        objections.iter().any(|objection| {
            matches!(
                (window, objection),
                (WindowLine::Refund { .. }, Objection::ReturnPeriodOver { .. })
                    | (WindowLine::Warranty { .. }, Objection::OutOfWarranty { .. })
                    | (WindowLine::InternationalOrder, Objection::LeftWarehouse { .. })
            )
        })
    };
    windows.iter().copied().filter(|window| !is_said(window)).collect()
}

/// Where a cancellation came too late, the return guarantee still stands.
pub(super) fn offer(judgement: &UnitJudgement, invoice: &Invoice, today: Date) -> Option<Offer> {
    if !judgement.clauses.contains(&clause::CANCEL_DOMESTIC) {
        return None;
    }
    match (invoice.delivered_on, judgement.refund_until) {
        (None, _) => Some(Offer::ReturnAfterDelivery),
        (Some(_), Some(last)) if today <= last => Some(Offer::ReturnUntil(last)),
        _ => None,
    }
}

/// The policy's breakdown as it is shown: amounts without signs.
pub(in crate::daemon) fn statement(estimate: &Estimate) -> RefundStatement {
    RefundStatement {
        currency: estimate.currency.clone(),
        lines: estimate.lines.iter().map(shown).collect(),
        refund: Range { least: estimate.refund_low, most: estimate.refund_high },
    }
}

/// One statement of several orders; `None` where there is none, or where they were paid in different currencies.
pub(in crate::daemon) fn joined(estimates: &[Estimate]) -> Option<RefundStatement> {
    let (first, others) = estimates.split_first()?;
    let mut whole = statement(first);
    for other in others.iter().map(statement) {
        if other.currency != whole.currency {
            return None;
        }
        whole.lines.extend(other.lines);
        let (least, most) = (whole.refund.least + other.refund.least, whole.refund.most + other.refund.most);
        whole.refund = Range { least, most };
    }
    Some(whole)
}

fn shown(line: &EstimateLine) -> RefundLine {
    let added = Range { least: line.low, most: line.high };
    let taken = Range { least: Money::ZERO - line.low, most: Money::ZERO - line.high };
    let (item, amount) = match &line.kind {
        LineKind::ProductPrice { part_number, quantity } => {
            (RefundItem::Goods { part_number: part_number.clone(), quantity: *quantity }, added)
        }
        LineKind::OrderTotal => (RefundItem::OrderTotal, added),
        LineKind::AdvanceCharge { part_number } => {
            (RefundItem::AdvanceCharge { part_number: part_number.clone() }, added)
        }
        LineKind::NotCharged => (RefundItem::NotCharged, added),
        LineKind::RestockingFee { rate } => (RefundItem::RestockingFee { percent: rate.percent() }, taken),
        LineKind::ProcessingFee { rate } => (RefundItem::ProcessingFee { percent: rate.percent() }, taken),
        LineKind::WireFee => (RefundItem::WireFee, taken),
        LineKind::ShippingCost => (RefundItem::ShippingCost, taken),
        LineKind::CarrierCharge => (RefundItem::CarrierCharge, taken),
    };
    RefundLine { item, amount }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::policy::Percent;

    fn money(cents: i64) -> Money {
        Money::rounded(Decimal::new(cents, 2))
    }

    /// An estimate in dollars that holds a line of every kind, each of another amount.
    fn estimate() -> Estimate {
        let part_number = || "KVM".to_owned();
        let rate = Percent::new(Decimal::from(15)).unwrap();
        let line = |(kind, low, high)| EstimateLine { kind, low: money(low), high: money(high) };
        let lines: Vec<EstimateLine> = [
            (LineKind::ProductPrice { part_number: part_number(), quantity: 1 }, 24_999, 24_999),
            (LineKind::OrderTotal, 10_000, 10_000),
            (LineKind::AdvanceCharge { part_number: part_number() }, 5_001, 5_001),
            (LineKind::RestockingFee { rate }, -3_750, 0),
            (LineKind::ProcessingFee { rate }, -725, -725),
            (LineKind::WireFee, -5_000, -5_000),
            (LineKind::ShippingCost, -1_840, -1_840),
            (LineKind::CarrierCharge, -1_225, -1_225),
            (LineKind::NotCharged, 303, 0),
        ]
        .map(line)
        .into();
        Estimate { currency: "USD".into(), lines, refund_low: money(27_763), refund_high: money(31_210) }
    }

    #[test]
    fn what_is_shown_adds_up_as_the_breakdown_does() {
        let shown = statement(&estimate());
        let sum = |ends: fn(&RefundLine) -> String| -> Decimal {
            shown.lines.iter().map(|line| ends(line).parse::<Decimal>().unwrap()).sum()
        };
        assert_eq!(sum(RefundLine::at_least), shown.refund.least.amount());
        assert_eq!(sum(RefundLine::at_most), shown.refund.most.amount());
        assert!(shown.lines.iter().all(|line| Money::ZERO <= line.amount.least.min(line.amount.most)));
        assert!(!shown.is_fixed());
    }

    #[test]
    fn refunds_in_one_currency_alone_are_added() {
        let dollars = estimate();
        let both = joined(&[dollars.clone(), dollars.clone()]).unwrap();
        assert_eq!((both.refund.least, both.refund.most), (money(55_526), money(62_420)));
        assert_eq!(both.lines.len(), 2 * dollars.lines.len());
        let euros = Estimate { currency: "EUR".into(), ..dollars.clone() };
        assert_eq!(joined(&[dollars, euros]), None);
        assert_eq!(joined(&[]), None);
    }
}
