//! Dates and money of a judgement, as a letter shows them.

use jiff::civil::Date;

use crate::order::{Invoice, Money};
use crate::policy::{Estimate, LineKind, UnitJudgement, WarrantyEnd, WindowLine, clause};
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

/// The policy's breakdown as it is shown: amounts without signs, the smaller one first.
pub(super) fn statement(estimate: &Estimate) -> RefundStatement {
    let lines = estimate.lines.iter().map(|line| {
        let (low, high) = (line.low, line.high);
        let (item, amount) = match &line.kind {
            LineKind::ProductPrice { part_number, quantity } => (
                RefundItem::Goods { part_number: part_number.clone(), quantity: *quantity },
                Range { least: low, most: high },
            ),
            LineKind::OrderTotal => (RefundItem::OrderTotal, Range { least: low, most: high }),
            LineKind::NotCharged => (RefundItem::NotCharged, Range { least: low, most: high }),
            LineKind::RestockingFee { up_to } => {
                (RefundItem::RestockingFee { percent: up_to.percent() }, deduction(low, high))
            }
            LineKind::ProcessingFee { rate } => {
                (RefundItem::ProcessingFee { percent: rate.percent() }, deduction(low, high))
            }
            LineKind::WireFee => (RefundItem::WireFee, deduction(low, high)),
            LineKind::ShippingCost => (RefundItem::ShippingCost, deduction(low, high)),
        };
        RefundLine { item, amount }
    });
    RefundStatement {
        currency: estimate.currency.clone(),
        lines: lines.collect(),
        refund: Range { least: estimate.refund_low, most: estimate.refund_high },
    }
}

fn deduction(low: Money, high: Money) -> Range {
    let zero = Money::ZERO;
    Range { least: zero - high, most: zero - low }
}

pub(super) fn joined(mut first: RefundStatement, second: RefundStatement) -> RefundStatement {
    first.lines.extend(second.lines);
    first.refund =
        Range { least: first.refund.least + second.refund.least, most: first.refund.most + second.refund.most };
    first
}
