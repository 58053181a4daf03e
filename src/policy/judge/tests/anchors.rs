//! The day that a window is counted from is the policy's choice.

use super::*;

#[test]
fn a_window_from_shipping_ends_earlier_and_needs_no_delivery_date() {
    let text = Policy::default_text().replace("from = \"receipt\"", "from = \"shipping\"");
    let from_shipping = Policy::parse(&text).unwrap();
    let outcome = |invoice: &Invoice, as_of: Date| {
        let judgement = judge_unit(&claim_of(invoice, UNNEEDED, REFUND, as_of), &from_shipping);
        (judgement.outcome, judgement.refund_until, judgement.doa_until)
    };
    // shipped on 28 May
    let ends = (Some(june(12)), Some(june(4)));
    let undelivered = undelivered();
    for (order, day, expected) in [
        (&order(), june(12), OutcomeKind::RmaIssued),
        (&order(), june(13), OutcomeKind::Declined),
        (&undelivered, june(12), OutcomeKind::RmaIssued),
        (&undelivered, june(13), OutcomeKind::Declined),
    ] {
        assert_eq!(outcome(order, day), (expected, ends.0, ends.1), "{day}");
    }
    let unrecorded = Invoice { shipped_on: None, ..order() };
    assert_eq!(outcome(&unrecorded, june(16)), (OutcomeKind::RmaIssued, Some(june(16)), Some(june(8))));
}
