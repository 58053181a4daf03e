//! What is told of the windows beside the route, on both sides of each edge.

use super::*;

fn told(windows: &[WindowLine]) -> String {
    let ended = |is_open: bool| if is_open { "until" } else { "ended" };
    let told = windows.iter().map(|window| match window {
        WindowLine::Refund { days, last_day, is_open } => format!("refund {days} {} {last_day}", ended(*is_open)),
        WindowLine::DefectOnArrival { days, last_day, is_open } => {
            format!("arrival {days} {} {last_day}", ended(*is_open))
        }
        WindowLine::Warranty { last_day, is_open } => format!("warranty {} {last_day}", ended(*is_open)),
        WindowLine::LifetimeWarranty => "warranty for life".to_owned(),
        WindowLine::InternationalOrder => "international".to_owned(),
    });
    told.collect::<Vec<_>>().join(", ")
}

const REFUND_OPEN: &str = "refund 15 until 2026-06-16";
const REFUND_OVER: &str = "refund 15 ended 2026-06-16";
const ARRIVAL_OPEN: &str = "arrival 7 until 2026-06-08";
const ARRIVAL_OVER: &str = "arrival 7 ended 2026-06-08";
const WARRANTY: &str = "warranty until 2029-05-27";
const WARRANTY_OVER: &str = "warranty ended 2029-05-27";

#[test]
fn every_other_window_is_told_with_its_day() {
    let (last, over) = (date(2029, 5, 27), date(2029, 5, 28));
    let cable = of_line("premium_cable", 0, order());
    for (order, reason, wish, as_of, expected) in [
        (order(), DEFECTIVE, REPAIR, june(8), vec![REFUND_OPEN, WARRANTY]),
        (order(), DEFECTIVE, REPAIR, june(9), vec![REFUND_OPEN, ARRIVAL_OVER, WARRANTY]),
        (order(), DEFECTIVE, REPAIR, june(16), vec![REFUND_OPEN, ARRIVAL_OVER, WARRANTY]),
        (order(), DEFECTIVE, REPAIR, june(17), vec![REFUND_OVER, ARRIVAL_OVER, WARRANTY]),
        (order(), DEFECTIVE, REPAIR, last, vec![REFUND_OVER, ARRIVAL_OVER, WARRANTY]),
        (order(), DEFECTIVE, REPAIR, over, vec![REFUND_OVER, ARRIVAL_OVER, WARRANTY_OVER]),
        (order(), DEFECTIVE, REFUND, june(8), vec![ARRIVAL_OPEN, WARRANTY]),
        (order(), DEFECTIVE, REFUND, june(16), vec![WARRANTY]),
        (order(), DEFECTIVE, REFUND, june(17), vec![REFUND_OVER, ARRIVAL_OVER, WARRANTY]),
        (order(), UNNEEDED, REFUND, june(16), vec![WARRANTY]),
        (order(), UNNEEDED, REFUND, june(17), vec![REFUND_OVER, WARRANTY]),
        (order(), UNNEEDED, REFUND, over, vec![REFUND_OVER]),
        (cable, DEFECTIVE, REPAIR, june(17), vec![REFUND_OVER, ARRIVAL_OVER, "warranty for life"]),
        (abroad(order()), DEFECTIVE, REFUND, june(2), vec!["international", WARRANTY]),
        (abroad(order()), UNNEEDED, REFUND, june(2), vec!["international", WARRANTY]),
        (abroad(order()), DEFECTIVE, REPAIR, over, vec!["international", WARRANTY_OVER]),
        (undelivered(), DEFECTIVE, REPAIR, june(20), vec![WARRANTY]),
        (order(), None, CANCEL, june(2), vec![]),
        (unshipped(), UNNEEDED, REFUND, june(1), vec![]),
        (order(), None, None, june(2), vec![]),
    ] {
        let judgement = judge_unit(&claim_of(&order, reason, wish, as_of), policy());
        assert_eq!(told(&judgement.windows), expected.join(", "), "{reason:?} {wish:?} {as_of}: {judgement:#?}");
    }
}
