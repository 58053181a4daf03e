//! Samples of an RMA's life, from its package to its end.

use jiff::civil::date;
use rmad::reply::*;

use super::{cables, clause, incomplete, last_day, line, money, number, restocking, switch};

pub fn all() -> Vec<(&'static str, Reply)> {
    [received(), inspected(), completed(), refused(), ended_early(), advance(), standing()].concat()
}

fn received() -> Vec<(&'static str, Reply)> {
    let package = |arrived, still_expected, clauses| {
        Reply::PackageReceived(PackageReceived {
            rma_number: number(),
            received_on: date(2026, 6, 22),
            carrier: Some("UPS".to_owned()),
            arrived,
            still_expected,
            last_day: last_day(),
            clauses,
        })
    };
    let came = |unit, remarks, under_review| ArrivedUnit { unit, remarks, under_review };
    let missing = Remark::Incomplete { missing: "power adapter, manual.".to_owned() };
    let late = PackageReceived {
        rma_number: number(),
        received_on: date(2026, 7, 2),
        carrier: None,
        arrived: vec![came(switch(), vec![Remark::Late { last_day: last_day() }, Remark::NoNumberOnBox], true)],
        still_expected: vec![cables()],
        last_day: last_day(),
        clauses: vec![validity()],
    };
    let other = |found: Option<&str>| vec![Remark::OtherUnit { found: found.map(str::to_owned) }];
    vec![
        ("package_received", package(vec![came(switch(), vec![], false)], vec![], vec![])),
        (
            "package_received_in_part",
            package(vec![came(switch(), vec![missing, Remark::Marked], false)], vec![cables()], vec![incomplete()]),
        ),
        ("package_received_late", Reply::PackageReceived(late)),
        (
            "package_received_other_unit",
            package(vec![came(switch(), other(Some("UD142304-01800")), true)], vec![], vec![]),
        ),
        (
            "package_received_mixed",
            package(
                vec![came(switch(), other(None), true), came(cables(), vec![Remark::Damaged], false)],
                vec![],
                vec![insurance()],
            ),
        ),
    ]
}

/// A package of which the dock noted these words.
pub fn package(missing: &str, found: &str) -> PackageReceived {
    let remarks =
        vec![Remark::Incomplete { missing: missing.to_owned() }, Remark::OtherUnit { found: Some(found.to_owned()) }];
    PackageReceived {
        rma_number: number(),
        received_on: date(2026, 6, 22),
        carrier: Some(missing.to_owned()),
        arrived: vec![ArrivedUnit { unit: switch(), remarks, under_review: true }],
        still_expected: vec![],
        last_day: last_day(),
        clauses: vec![],
    }
}

fn inspected() -> Vec<(&'static str, Reply)> {
    let anew = |replaces, units, statements, clauses| {
        Reply::InspectionResult(InspectionResult {
            rma_number: number(),
            inspected_on: date(2026, 6, 24),
            replaces,
            units,
            statements,
            clauses,
        })
    };
    let result = |units, statements, clauses| anew(vec![], units, statements, clauses);
    let found = |unit, finding, remarks, next| InspectedUnit { unit, finding, remarks, next };
    let one = |finding, next| vec![found(switch(), finding, vec![], next)];
    let settled = |what| vec![FinalStatement { what, statement: final_figures() }];
    let product = line(RefundItem::Goods { part_number: "UD-14PLUS".to_owned(), quantity: 1 }, "249.99", "249.99");
    let whole = RefundStatement { lines: vec![product], refund: Range::fixed(money("249.99")), ..final_figures() };
    let advance = FinalStatement { what: Settled::AdvanceCharge, statement: whole };
    let several = vec![
        found(switch(), Finding::DefectConfirmed, vec![], Next::Replacement),
        found(cables(), Finding::AsDescribed, vec![], Next::Exchange),
    ];
    let missing = Remark::Incomplete { missing: "power adapter, manual".to_owned() };
    let noted = vec![
        found(switch(), Finding::AsDescribed, vec![missing.clone(), Remark::Marked], Next::Refund),
        found(cables(), Finding::DefectConfirmed, vec![missing], Next::Refund),
    ];
    let nothing = |what| FinalStatement { what, statement: used_up() };
    let refused =
        vec![found(cables(), Finding::AsDescribed, vec![Remark::DeliveryFailed], Next::NothingLeft(Settled::Refund))];
    let days = vec![date(2026, 6, 18), date(2026, 6, 22)];
    let as_before = one(Finding::AsDescribed, Next::Refund);
    vec![
        (
            "inspection_result_refund",
            result(one(Finding::AsDescribed, Next::Refund), settled(Settled::Refund), vec![restocking()]),
        ),
        ("inspection_result_credit", result(one(Finding::AsDescribed, Next::Credit), settled(Settled::Credit), vec![])),
        ("inspection_result_advance", result(one(Finding::DefectConfirmed, Next::Refund), vec![advance], vec![])),
        ("inspection_result_repair", result(one(Finding::DefectConfirmed, Next::Repair), vec![], vec![])),
        ("inspection_result_review", result(one(Finding::NoDefectFound, Next::Review), vec![], vec![])),
        ("inspection_result_several", result(several, vec![], vec![])),
        ("inspection_result_noted", result(noted, settled(Settled::Refund), vec![])),
        ("inspection_result_again", anew(days, as_before, settled(Settled::Refund), vec![])),
        ("inspection_result_used_up", result(refused, vec![nothing(Settled::Refund)], vec![])),
        (
            "inspection_result_used_up_credit",
            result(
                one(Finding::AsDescribed, Next::NothingLeft(Settled::Credit)),
                vec![nothing(Settled::Credit)],
                vec![],
            ),
        ),
    ]
}

fn completed() -> Vec<(&'static str, Reply)> {
    let done = |ending, units, still_open| {
        Reply::ReturnCompleted(ReturnCompleted {
            rma_number: number(),
            ended_on: date(2026, 6, 26),
            units,
            ending,
            still_open,
            clauses: vec![],
        })
    };
    let refunded = |method| done(Ending::Refunded { statement: final_figures(), method }, vec![switch()], false);
    let replaced = |serial: Option<&str>, warranty, unit, still_open| {
        let serial_number = serial.map(str::to_owned);
        done(Ending::Replaced { shipment: shipment(), serial_number, warranty }, vec![unit], still_open)
    };
    let until = Some(WarrantyNote::Until(date(2028, 6, 2)));
    let stands = |product, why| {
        let charge = AdvanceCharge { product: money(product), freight: money("0.00"), currency: "USD".to_owned() };
        done(Ending::ChargeStands { charge, why }, vec![switch()], false)
    };
    vec![
        ("return_completed_refund", refunded(RefundMethod::OriginalPayment)),
        ("return_completed_refund_check", refunded(RefundMethod::Check)),
        ("return_completed_refund_wire", refunded(RefundMethod::Wire)),
        ("return_completed_credit", done(Ending::Credited { statement: final_figures() }, vec![switch()], true)),
        (
            "return_completed_used_up",
            done(
                Ending::Refunded { statement: used_up(), method: RefundMethod::OriginalPayment },
                vec![cables()],
                false,
            ),
        ),
        ("return_completed_used_up_credit", done(Ending::Credited { statement: used_up() }, vec![cables()], false)),
        ("return_completed_replaced", replaced(Some("UD142304-02001"), until, switch(), true)),
        ("return_completed_replaced_lifetime", replaced(None, Some(WarrantyNote::Lifetime), cables(), false)),
        ("return_completed_replaced_plainly", replaced(None, None, switch(), false)),
        ("return_completed_repaired", done(Ending::Repaired { shipment: Some(shipment()) }, vec![switch()], false)),
        ("return_completed_charge_late", stands("249.99", Some(NotOwed::Late { last_day: last_day() }))),
        ("return_completed_charge_no_defect", stands("249.99", Some(NotOwed::NoDefect))),
        ("return_completed_charge", stands("249.99", None)),
        ("return_completed_nothing_charged", stands("0.00", None)),
        ("return_completed_repaired_here", done(Ending::Repaired { shipment: None }, vec![switch(), cables()], false)),
    ]
}

fn refused() -> Vec<(&'static str, Reply)> {
    let refused = |rma_number, units, refusal, clauses| {
        Reply::UnitRefused(UnitRefused { rma_number, received_on: date(2026, 7, 2), units, refusal, clauses })
    };
    let required =
        clause("rma.required", "RMA number needed first", "We cannot accept a package without an RMA number.");
    let marks = clause(
        "return.no-marks",
        "Condition",
        "Permanent marks, scratches or dents on the product or its box rule out an exchange or a credit.",
    );
    let expired = Refusal::Expired { last_day: last_day() };
    let of_rma = |refusal| refused(Some(number()), vec![switch()], refusal, vec![]);
    vec![
        ("unit_refused_no_number", refused(None, vec![], Refusal::NoRmaNumber, vec![required])),
        ("unit_refused_expired", refused(Some(number()), vec![switch()], expired, vec![validity()])),
        ("unit_refused_marks", refused(Some(number()), vec![switch(), cables()], Refusal::Marks, vec![marks])),
        ("unit_refused_other", of_rma(Refusal::OtherUnit(Instead::Expected { last_day: last_day() }))),
        ("unit_refused_other_too_late", of_rma(Refusal::OtherUnit(Instead::TooLate { last_day: last_day() }))),
        ("unit_refused_other_charge", of_rma(Refusal::OtherUnit(Instead::ChargeStands { last_day: last_day() }))),
        ("unit_refused_void", of_rma(Refusal::WarrantyVoid)),
        ("unit_refused_no_defect", of_rma(Refusal::NoDefect)),
    ]
}

fn ended_early() -> Vec<(&'static str, Reply)> {
    let (rma_number, last_day, units) = (number(), date(2026, 7, 6), vec![switch(), cables()]);
    let extended = RmaExtended { rma_number: rma_number.clone(), last_day, units: units.clone() };
    let rest = vec![cables()];
    let canceled = |is_rest, units| RmaCanceled { rma_number: rma_number.clone(), is_rest, units };
    let expired =
        |is_rest, units| RmaExpired { rma_number: rma_number.clone(), is_rest, last_day: super::last_day(), units };
    let closed = CaseClosed { asked_on: date(2026, 6, 15), closed_on: date(2026, 6, 29) };
    vec![
        ("rma_extended", Reply::RmaExtended(extended)),
        ("rma_canceled", Reply::RmaCanceled(canceled(false, units.clone()))),
        ("rma_canceled_rest", Reply::RmaCanceled(canceled(true, rest.clone()))),
        ("rma_expired", Reply::RmaExpired(expired(false, units))),
        ("rma_expired_rest", Reply::RmaExpired(expired(true, rest))),
        ("case_closed", Reply::CaseClosed(closed)),
    ]
}

fn advance() -> Vec<(&'static str, Reply)> {
    let clauses = vec![clause(
        "replacement.advance",
        "Advance replacement",
        "The product's cost is refunded if the defective unit comes back within 14 days of the day the replacement shipped.",
    )];
    let shipped = |charge| AdvanceShipped {
        rma_number: number(),
        unit: switch(),
        shipment: shipment(),
        serial_number: Some("UD142304-02001".to_owned()),
        charge,
        last_day: date(2026, 7, 10),
        clauses: clauses.clone(),
    };
    let reminder = |turn, charge| {
        let (unit, last_day) = (switch(), date(2026, 7, 10));
        Reply::AdvanceReminder(AdvanceReminder { turn, rma_number: number(), unit, last_day, charge })
    };
    let free = || AdvanceCharge { product: money("0"), freight: money("0"), currency: "USD".to_owned() };
    vec![
        ("advance_shipped", Reply::AdvanceShipped(shipped(charge()))),
        ("advance_shipped_free", Reply::AdvanceShipped(shipped(free()))),
        ("advance_reminder_first", reminder(AdvanceTurn::First, charge())),
        ("advance_reminder_second", reminder(AdvanceTurn::Second, charge())),
        ("advance_reminder_free", reminder(AdvanceTurn::Second, free())),
    ]
}

fn standing() -> Vec<(&'static str, Reply)> {
    let (on, currency) = (date(2026, 6, 26), || "USD".to_owned());
    let refunded = |amount| Progress::Refunded { amount: money(amount), currency: currency(), on };
    let credited = |amount| Progress::Credited { amount: money(amount), currency: currency(), on };
    let repaired = |shipment| Progress::Repaired { on: date(2026, 6, 26), shipment };
    let alone = [
        ("status_given_awaiting_package", Progress::AwaitingPackage),
        ("status_given_received", Progress::Received(date(2026, 6, 22))),
        ("status_given_inspected", Progress::Inspected(date(2026, 6, 24))),
        ("status_given_refunded", refunded("205.24")),
        ("status_given_credited", credited("205.24")),
        ("status_given_used_up", refunded("0.00")),
        ("status_given_used_up_credit", credited("0.00")),
        ("status_given_replaced", Progress::Replaced { shipment: shipment() }),
        ("status_given_repaired", repaired(Some(shipment()))),
        ("status_given_repaired_here", repaired(None)),
        ("status_given_refused", Progress::Refused(date(2026, 6, 26))),
        ("status_given_expired", Progress::Expired),
        ("status_given_canceled", Progress::Canceled),
        ("status_given_under_review", Progress::UnderReview),
        ("status_given_awaiting_advance", Progress::AwaitingAdvanceReturn { shipment: shipment() }),
        ("status_given_charge_stands", Progress::AdvanceChargeStands { is_back: false, shipment: shipment() }),
        ("status_given_charge_stands_back", Progress::AdvanceChargeStands { is_back: true, shipment: shipment() }),
    ];
    let mut samples: Vec<(&'static str, Reply)> =
        alone.into_iter().map(|(name, progress)| (name, status(vec![vec![(switch(), progress)]]))).collect();
    let second = Unit { serial_number: Some("UD142304-01812".to_owned()), ..switch() };
    let two = vec![
        vec![
            (switch(), Progress::AwaitingPackage),
            (cables(), refunded("205.24")),
            (second, Progress::AwaitingPackage),
        ],
        vec![(switch(), Progress::Received(date(2026, 6, 12)))],
    ];
    samples.push(("status_given_two", status(two)));
    samples
}

fn status(rmas: Vec<Vec<(Unit, Progress)>>) -> Reply {
    let rma = |units: Vec<(Unit, Progress)>| RmaStatus {
        rma_number: number(),
        units: units.into_iter().map(|(unit, progress)| UnitStatus { unit, progress }).collect(),
        last_day: last_day(),
    };
    Reply::StatusGiven(StatusGiven { rmas: rmas.into_iter().map(rma).collect() })
}

fn shipment() -> Shipment {
    Shipment {
        carrier: "FedEx Ground".to_owned(),
        tracking: "7489 1234 5678".to_owned(),
        shipped_on: date(2026, 6, 26),
    }
}

pub fn charge() -> AdvanceCharge {
    AdvanceCharge { product: money("249.99"), freight: money("18.40"), currency: "USD".to_owned() }
}

/// The first worked example of the policy, with the restocking fee as staff set it.
fn final_figures() -> RefundStatement {
    let lines = vec![
        line(RefundItem::Goods { part_number: "UD-14PLUS".to_owned(), quantity: 1 }, "249.99", "249.99"),
        line(RefundItem::RestockingFee { percent: "15".parse().unwrap() }, "37.50", "37.50"),
        line(RefundItem::ProcessingFee { percent: "2.90".parse().unwrap() }, "7.25", "7.25"),
    ];
    RefundStatement { currency: "USD".to_owned(), lines, refund: Range::fixed(money("205.24")) }
}

/// A cable whose order shipped free of charge.
fn used_up() -> RefundStatement {
    let lines = vec![
        line(RefundItem::Goods { part_number: "CB-6".to_owned(), quantity: 1 }, "19.99", "19.99"),
        line(RefundItem::ShippingCost, "19.99", "19.99"),
    ];
    RefundStatement { currency: "USD".to_owned(), lines, refund: Range::fixed(money("0.00")) }
}

fn validity() -> ClauseLine {
    clause("rma.valid-14-days", "RMA validity", "We must receive the product within 14 days of issuing the RMA number.")
}

fn insurance() -> ClauseLine {
    clause(
        "shipping.insure-return",
        "Lost or damaged returns",
        "We are not responsible for a return that is lost or damaged on its way to us.",
    )
}
