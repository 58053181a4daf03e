use jiff::civil::{Date, date};

use super::*;
use crate::case::{Advance, Inspection, Pays, RefundMethod, Refusal, Shipment, State};
use crate::order::Money;
use crate::policy::{Estimate, Flag, Percent, Route};

fn unit(part: &str, serial: Option<&str>, quantity: u32, route: Route) -> RmaUnit {
    let non_defective = matches!(route, Route::Return | Route::Refund | Route::Credit | Route::Exchange);
    let of_order = ("INV-1".to_owned(), 1, part.to_owned());
    RmaUnit::approved(of_order, serial.map(str::to_owned), quantity, route, non_defective)
}

fn rma(units: Vec<RmaUnit>) -> Rma {
    Rma {
        number: "RMA-1".to_owned(),
        issued_on: date(2026, 6, 1),
        expires_on: date(2026, 6, 15),
        account_number: "C1".to_owned(),
        units,
        statements: vec![],
    }
}

fn two_switches(route: Route) -> Rma {
    rma(vec![unit("SW", Some("K4-0012"), 1, route), unit("SW", Some("K4-0013"), 1, route)])
}

fn serial(serial: &str) -> Vec<UnitName> {
    vec![UnitName::Serial(serial.to_owned())]
}

fn parcel(on: Date) -> Parcel {
    Parcel { on, carrier: None, condition: Arrived::default() }
}

fn findings(defect_found: Option<bool>, percent: Option<u32>) -> Findings {
    Findings { on: date(2026, 6, 12), defect_found, restocking: percent.map(rate), route: None }
}

fn rate(percent: u32) -> Percent {
    Percent::new(percent.into()).unwrap()
}

/// A vendor who charges up to 15 % for what has no defect.
fn ceiling(unit: &RmaUnit) -> Percent {
    if unit.condition().non_defective { rate(15) } else { Percent::ZERO }
}

/// One who grants nothing else than was asked for.
const RULES: Rules<'_> = Rules { ceiling: &ceiling, grants: &|_, _| false };

fn replaced() -> Fulfilment {
    let shipment = Shipment { carrier: "FedEx".to_owned(), tracking: "7712".to_owned(), shipped_on: date(2026, 6, 13) };
    Fulfilment::Replaced { shipment, serial_number: Some("K4-0099".to_owned()) }
}

fn stated(rma: &mut Rma, units: Vec<usize>) {
    let estimate =
        Estimate { currency: "USD".to_owned(), lines: vec![], refund_low: Money::ZERO, refund_high: Money::ZERO };
    let (on, invoice_number) = (date(2026, 6, 12), "INV-1".to_owned());
    rma.statements.push(Statement {
        on,
        invoice_number,
        units,
        pays: Pays::Refund,
        estimate,
        carrier_charge: Money::ZERO,
        policy_version: "2026-01".to_owned(),
        settled_on: None,
    });
}

#[test]
fn units_of_one_rma_come_on_different_days_and_end_differently() {
    let mut rma = two_switches(Route::RepairOrReplacement);
    assert_eq!(rma.state(), State::Approved);
    assert_eq!(rma.receive(&serial("k4 OO12"), &parcel(date(2026, 6, 5))), Ok(vec![0]));
    assert_eq!(rma.state(), State::Received);
    assert_eq!(rma.inspect(&[], findings(Some(true), None), &RULES).unwrap().places, [0]);
    assert_eq!(rma.state(), State::Inspected);
    assert_eq!(rma.receive(&serial("K4-0013"), &parcel(date(2026, 6, 15))), Ok(vec![1]));
    assert_eq!(rma.state(), State::Received);
    assert_eq!(rma.fulfil(&[], date(2026, 6, 13), &replaced()), Ok(vec![0]));
    assert_eq!(rma.refuse(&[], date(2026, 6, 16), Refusal::WarrantyVoid), Ok(vec![1]));
    assert_eq!(rma.state(), State::Resolved);
}

#[test]
fn serial_numbers_are_compared() {
    let mut rma = two_switches(Route::RepairOrReplacement);
    let untouched = rma.clone();
    let on = date(2026, 6, 5);
    for (names, word) in [
        (vec![], "K4-0012 (expected), K4-0013 (expected)"),
        (serial("K4-0014"), "no unit K4-0014 that is expected"),
        (vec![UnitName::Other { found: "K4-0014".to_owned(), instead_of: None }], "--instead-of"),
        ([serial("K4-0012"), serial("K4-0012")].concat(), "no unit K4-0012"),
    ] {
        let fault = rma.receive(&names, &parcel(on)).unwrap_err().to_string();
        assert!(fault.contains(word), "{fault}");
        assert_eq!(rma, untouched);
    }
    let other = UnitName::Other { found: "K4-0014".to_owned(), instead_of: Some("K4-0013".to_owned()) };
    assert_eq!(rma.receive(&[other], &parcel(on)), Ok(vec![1]));
    assert_eq!(at_receipt(&rma.units[1]), [Flag::OtherUnitReceived]);
}

#[test]
fn the_last_day_is_in_time_and_the_next_is_late() {
    for (on, flags) in [(date(2026, 6, 15), vec![]), (date(2026, 6, 16), vec![Flag::ArrivedLate])] {
        let mut rma = two_switches(Route::RepairOrReplacement);
        rma.expire(date(2026, 6, 16));
        assert_eq!(rma.state(), State::Expired);
        rma.receive(&serial("K4-0012"), &parcel(on)).unwrap();
        assert_eq!(at_receipt(&rma.units[0]), flags, "{on}");
        assert_eq!(rma.state(), State::Received);
    }
}

#[test]
fn units_alike_may_come_a_few_at_a_time() {
    let mut rma = rma(vec![unit("CABLE", None, 3, Route::Refund)]);
    let cables = |quantity| [UnitName::Part { part_number: "cable".to_owned(), quantity }];
    assert!(rma.receive(&cables(4), &parcel(date(2026, 6, 5))).is_err());
    assert_eq!(rma.receive(&cables(2), &parcel(date(2026, 6, 5))), Ok(vec![1]));
    assert_eq!(
        rma.units.iter().map(|unit| (unit.quantity, unit.is_expected())).collect::<Vec<_>>(),
        [(1, true), (2, false)]
    );
    assert_eq!(rma.receive(&[], &parcel(date(2026, 6, 6))), Ok(vec![0]));
}

#[test]
fn staff_say_what_was_found_and_what_is_charged() {
    let inspect = |route, defect, percent| {
        let mut rma = two_switches(route);
        rma.receive(&serial("K4-0012"), &parcel(date(2026, 6, 5))).unwrap();
        let done = rma.inspect(&[], findings(defect, percent), &RULES);
        done.map(|_| rma.units[0].inspection.clone().unwrap()).map_err(|fault| fault.to_string())
    };
    let refused = |done: std::result::Result<Inspection, String>, word: &str| {
        let fault = done.unwrap_err();
        assert!(fault.contains(word), "{fault}");
    };
    refused(inspect(Route::RepairOrReplacement, None, None), "--defect");
    refused(inspect(Route::Refund, Some(true), Some(0)), "leave --defect out");
    refused(inspect(Route::Refund, None, None), "up to 15%");
    refused(inspect(Route::Refund, None, Some(16)), "16% is more than the 15%");
    refused(inspect(Route::RepairOrReplacement, Some(false), None), "up to 15%");
    assert_eq!(inspect(Route::Refund, None, Some(15)).unwrap().finding, Finding::AsDescribed);
    assert_eq!(inspect(Route::DefectiveOnArrival, Some(true), None).unwrap().restocking, Percent::ZERO);
}

#[test]
fn a_claimed_defect_that_is_not_there_is_for_a_person() {
    let mut rma = two_switches(Route::RepairOrReplacement);
    rma.receive(&serial("K4-0012"), &parcel(date(2026, 6, 5))).unwrap();
    rma.inspect(&[], findings(Some(false), Some(0)), &RULES).unwrap();
    assert_eq!(at_inspection(&rma.units[0]), [Flag::NoDefectFound]);
}

#[test]
fn marks_rule_out_exchange_and_credit() {
    let marked = Parcel {
        condition: Arrived { marks: Some("a scratch".to_owned()), ..Arrived::default() },
        ..parcel(date(2026, 6, 5))
    };
    for (route, flags, agreed, word) in [
        (Route::Exchange, vec![Flag::ReturnMarked], None, "--as refund"),
        (Route::Credit, vec![Flag::ReturnMarked], None, "--as refund"),
        (Route::Credit, vec![Flag::ReturnMarked], Some(Route::Refund), ""),
        (Route::Return, vec![], None, "--as refund"),
        (Route::Refund, vec![], None, ""),
        (Route::RepairOrReplacement, vec![], None, ""),
        (Route::RepairOrReplacement, vec![], Some(Route::Refund), "would not have granted"),
    ] {
        let mut rma = two_switches(route);
        rma.receive(&serial("K4-0012"), &marked).unwrap();
        assert_eq!(at_receipt(&rma.units[0]), flags, "{route:?}");
        let non_defective = rma.units[0].non_defective;
        let findings = findings((!non_defective).then_some(true), non_defective.then_some(0));
        let done = rma.inspect(&[], Findings { route: agreed, ..findings }, &RULES);
        let done = done.and_then(|_| rma.fulfil(&[], date(2026, 6, 13), &replaced()));
        let said = done.map_or_else(|fault| fault.to_string(), |_| String::new());
        assert!(said.contains(word) && said.is_empty() == word.is_empty(), "{route:?}: {said}");
    }
}

#[test]
fn units_are_refused_for_reasons_that_are_so() {
    let other = UnitName::Other { found: "X-1".to_owned(), instead_of: Some("K4-0012".to_owned()) };
    let mut rma = two_switches(Route::RepairOrReplacement);
    rma.receive(&[other, UnitName::Serial("K4-0013".to_owned())], &parcel(date(2026, 6, 5))).unwrap();
    assert_eq!(rma.units[1].arrival.as_ref().unwrap().found_serial, None, "the other unit is one of them alone");
    let on = date(2026, 6, 6);
    for (names, why, word) in [
        (serial("K4-0013"), Refusal::Marks, "marks rule out exchange and credit alone"),
        (serial("K4-0013"), Refusal::Expired, "good until 2026-06-15"),
        (serial("K4-0013"), Refusal::OtherUnit, "no other unit"),
    ] {
        let fault = rma.refuse(&names, on, why).unwrap_err().to_string();
        assert!(fault.contains(word), "{fault}");
    }
    let early = rma.refuse(&serial("K4-0013"), date(2026, 6, 4), Refusal::WarrantyVoid).unwrap_err().to_string();
    assert!(early.contains("was received on 2026-06-05: 2026-06-04 is before that"), "{early}");
    let inspected = rma.inspect(&serial("K4-0012"), findings(Some(true), None), &RULES).unwrap_err().to_string();
    assert!(inspected.contains("X-1 came in place of K4-0012"), "{inspected}");
    assert_eq!(rma.refuse(&serial("K4-0012"), on, Refusal::OtherUnit), Ok(vec![0]));
    assert!(rma.units[0].is_expected(), "the right unit is waited for");
    rma.expire(date(2026, 6, 16));
    assert_eq!(rma.refuse(&serial("K4-0012"), date(2026, 6, 17), Refusal::Expired), Ok(vec![0]));
}

#[test]
fn a_place_that_another_unit_took_lapses_with_the_last_day() {
    let advance = Advance {
        shipment: Shipment { carrier: "UPS".to_owned(), tracking: "1Z".to_owned(), shipped_on: date(2026, 6, 1) },
        serial_number: Some("K4-0099".to_owned()),
        product_charge: Money::rounded(249.into()),
        freight_charge: Money::ZERO,
        currency: "USD".to_owned(),
    };
    for (advance, end) in [(None, Ending::Expired), (Some(advance), Ending::Fulfilled(Fulfilment::ChargeStands))] {
        let mut rma = rma(vec![RmaUnit { advance, ..unit("SW", Some("K4-0012"), 1, Route::RepairOrReplacement) }]);
        let own = [UnitName::Other { found: "k4 0012".to_owned(), instead_of: None }];
        let fault = rma.receive(&own, &parcel(date(2026, 6, 5))).unwrap_err().to_string();
        assert!(fault.contains("is a unit of RMA-1 itself"), "{fault}");
        let other = [UnitName::Other { found: "X-1".to_owned(), instead_of: None }];
        rma.receive(&other, &parcel(date(2026, 6, 17))).unwrap();
        assert_eq!(rma.refuse(&[], date(2026, 6, 18), Refusal::OtherUnit), Ok(vec![0]));
        assert_eq!(rma.units[0].ended.as_ref().map(|ended| &ended.how), Some(&end));
        assert_eq!(rma.extend(date(2026, 7, 1), date(2026, 6, 18)), Ok(vec![0]), "more time may be given");
    }
}

#[test]
fn a_unit_that_came_in_time_has_not_expired() {
    let mut rma = rma(vec![unit("CABLE", None, 3, Route::Refund), unit("SW", Some("K4-0012"), 1, Route::Refund)]);
    let cable = [UnitName::Part { part_number: "CABLE".to_owned(), quantity: 1 }];
    rma.receive(&[cable[0].clone(), UnitName::Serial("K4-0012".to_owned())], &parcel(date(2026, 6, 15))).unwrap();
    let on = date(2026, 6, 17);
    let fault = rma.refuse(&serial("K4-0012"), on, Refusal::Expired).unwrap_err().to_string();
    assert!(fault.contains("K4-0012 came in time"), "{fault}");
    rma.receive(&cable, &parcel(date(2026, 6, 16))).unwrap();
    let refused = rma.refuse(&cable, on, Refusal::Expired).unwrap();
    assert!(
        rma.units[refused[0]].arrival.as_ref().is_some_and(|arrival| arrival.is_late),
        "the one that came too late"
    );
    assert_eq!(rma.units.iter().filter(|unit| unit.ended.is_some()).count(), 1);
}

#[test]
fn a_repair_may_find_nothing_to_repair_or_no_warranty() {
    let mut rma = two_switches(Route::RepairOrReplacement);
    let both = [serial("K4-0012"), serial("K4-0013")].concat();
    rma.receive(&both, &parcel(date(2026, 6, 5))).unwrap();
    let on = date(2026, 6, 12);
    let fault = rma.refuse(&serial("K4-0012"), on, Refusal::NoDefect).unwrap_err().to_string();
    assert!(fault.contains("has to find no defect first"), "{fault}");
    rma.inspect(&serial("K4-0012"), findings(Some(false), Some(0)), &RULES).unwrap();
    assert_eq!(rma.refuse(&serial("K4-0012"), on, Refusal::NoDefect), Ok(vec![0]));
    assert_eq!(rma.refuse(&serial("K4-0013"), on, Refusal::WarrantyVoid), Ok(vec![1]));
    assert_eq!(rma.state(), State::Declined);
    let mut unused = two_switches(Route::Refund);
    unused.receive(&both, &parcel(date(2026, 6, 5))).unwrap();
    let fault = unused.refuse(&both, on, Refusal::WarrantyVoid).unwrap_err().to_string();
    assert!(fault.contains("did not come back under its warranty"), "{fault}");
}

#[test]
fn a_refund_ends_what_a_statement_pays_and_nothing_else() {
    let refund = Fulfilment::Refunded { method: RefundMethod::OriginalPayment };
    let exchange = unit("SW", Some("K4-0013"), 1, Route::Exchange);
    let mut rma = rma(vec![unit("SW", Some("K4-0012"), 1, Route::Refund), exchange]);
    let both = [serial("K4-0012"), serial("K4-0013")].concat();
    rma.receive(&both, &parcel(date(2026, 6, 5))).unwrap();
    rma.inspect(&both, findings(None, Some(0)), &RULES).unwrap();
    stated(&mut rma, vec![0]);
    let on = date(2026, 6, 13);
    for (names, how) in
        [(both.clone(), refund.clone()), (serial("K4-0013"), refund.clone()), (vec![], Fulfilment::Credited)]
    {
        let fault = rma.fulfil(&names, on, &how).unwrap_err().to_string();
        assert!(fault.contains("no final statement says that a "), "{fault}");
    }
    assert_eq!(rma.fulfil(&[], on, &refund), Ok(vec![0]));
    assert_eq!(rma.fulfil(&[], on, &replaced()), Ok(vec![1]));
}

#[test]
fn of_units_alike_those_that_are_here_are_refused_first() {
    let mut rma = rma(vec![unit("CABLE", None, 4, Route::Credit)]);
    let some = |quantity| [UnitName::Part { part_number: "CABLE".to_owned(), quantity }];
    rma.receive(&some(3), &parcel(date(2026, 6, 5))).unwrap();
    let refused = rma.refuse(&some(1), date(2026, 6, 6), Refusal::Marks).unwrap();
    assert!(rma.units[refused[0]].arrival.is_some());
}

#[test]
fn what_was_stated_is_not_torn_apart_by_its_quantity() {
    let mut rma = rma(vec![unit("CABLE", None, 3, Route::Refund)]);
    rma.receive(&[], &parcel(date(2026, 6, 16))).unwrap();
    rma.inspect(&[], Findings { on: date(2026, 6, 16), ..findings(None, Some(0)) }, &RULES).unwrap();
    stated(&mut rma, vec![0]);
    let two = [UnitName::Part { part_number: "CABLE".to_owned(), quantity: 2 }];
    let untouched = rma.clone();
    for fault in [
        rma.refuse(&two, date(2026, 6, 17), Refusal::Expired).unwrap_err(),
        rma.fulfil(&two, date(2026, 6, 17), &Fulfilment::Refunded { method: RefundMethod::Check }).unwrap_err(),
    ] {
        assert!(fault.to_string().contains("name all of them"), "{fault}");
    }
    let instead = rma.fulfil(&[], date(2026, 6, 17), &replaced()).unwrap_err().to_string();
    assert!(instead.contains("a sum is due"), "{instead}");
    assert_eq!(rma, untouched);
    let again = rma.inspect(&two, Findings { on: date(2026, 6, 17), ..findings(None, Some(5)) }, &RULES).unwrap();
    assert_eq!((again.places, again.restated), (vec![1], vec![0]));
    assert_eq!(rma.units.iter().map(|unit| unit.quantity).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(rma.statements, []);
}

#[test]
fn what_was_stated_together_is_paid_together() {
    let mut rma = two_switches(Route::Refund);
    let both = [serial("K4-0012"), serial("K4-0013")].concat();
    rma.receive(&both, &parcel(date(2026, 6, 5))).unwrap();
    rma.inspect(&both, findings(None, Some(0)), &RULES).unwrap();
    stated(&mut rma, vec![0, 1]);
    let refund = Fulfilment::Refunded { method: RefundMethod::OriginalPayment };
    let alone = rma.fulfil(&serial("K4-0012"), date(2026, 6, 14), &refund).unwrap_err().to_string();
    assert!(alone.contains("2026-06-12 is for K4-0012 (inspected), K4-0013 (inspected) together"), "{alone}");
    assert_eq!(rma.fulfil(&[], date(2026, 6, 14), &refund), Ok(vec![0, 1]));
    assert_eq!(rma.statements[0].settled_on, Some(date(2026, 6, 14)));
    assert_eq!(rma.state(), State::Resolved);
}

#[test]
fn another_inspection_takes_back_what_was_stated() {
    let mut rma = two_switches(Route::Refund);
    rma.receive(&serial("K4-0012"), &parcel(date(2026, 6, 5))).unwrap();
    rma.inspect(&[], findings(None, Some(15)), &RULES).unwrap();
    stated(&mut rma, vec![0]);
    let fallen = rma.statements.clone();
    let again = rma.inspect(&[], findings(None, Some(0)), &RULES).unwrap();
    assert_eq!(
        (again.places.as_slice(), again.restated.as_slice(), &again.fallen),
        ([0].as_slice(), [].as_slice(), &fallen)
    );
    assert_eq!(again.before.into_iter().collect::<Vec<_>>(), [date(2026, 6, 12)]);
    assert_eq!(rma.statements, []);
}

#[test]
fn what_was_stated_with_an_inspected_unit_stands_as_it_was_found() {
    let mut rma = two_switches(Route::Refund);
    let both = [serial("K4-0012"), serial("K4-0013")].concat();
    rma.receive(&both, &parcel(date(2026, 6, 5))).unwrap();
    assert!(rma.inspect(&both, findings(None, Some(15)), &RULES).unwrap().before.is_empty());
    stated(&mut rma, vec![0, 1]);
    let again = rma.inspect(&serial("K4-0013"), findings(None, Some(5)), &RULES).unwrap();
    assert_eq!((again.places.as_slice(), again.restated.as_slice()), ([1].as_slice(), [0].as_slice()));
    assert_eq!((again.all(), rma.statements.len()), (vec![0, 1], 0));
    let rates: Vec<_> = rma.units.iter().map(|unit| Some(unit.inspection.as_ref()?.restocking)).collect();
    assert_eq!(rates, [Some(rate(15)), Some(rate(5))]);
}

#[test]
fn more_time_is_given_for_what_has_not_come() {
    let mut rma = two_switches(Route::RepairOrReplacement);
    let today = date(2026, 6, 20);
    rma.receive(&serial("K4-0012"), &parcel(date(2026, 6, 5))).unwrap();
    rma.expire(date(2026, 6, 16));
    for until in [date(2026, 6, 15), date(2026, 6, 19)] {
        assert!(rma.extend(until, today).unwrap_err().to_string().contains("good until 2026-06-15"));
    }
    assert_eq!(rma.extend(date(2026, 7, 4), today), Ok(vec![1]));
    assert!(rma.units[1].is_expected() && rma.expires_on == date(2026, 7, 4));
    assert_eq!(rma.cancel(date(2026, 6, 21)), Ok(vec![1]));
    assert!(rma.cancel(date(2026, 6, 21)).is_err());
    assert_eq!(rma.extend(date(2026, 8, 1), today), Ok(vec![1]), "it may come after all");
    assert!(rma.extend(date(2028, 8, 1), today).unwrap_err().to_string().contains("over a year"));
}

#[test]
fn nothing_happens_before_the_rma_was_issued() {
    let mut rma = two_switches(Route::RepairOrReplacement);
    let fault = rma.receive(&serial("K4-0012"), &parcel(date(2026, 5, 31))).unwrap_err().to_string();
    assert!(fault.contains("before RMA-1 was issued on 2026-06-01"), "{fault}");
}

#[test]
fn units_alike_are_inspected_parcel_by_parcel() {
    let mut rma = rma(vec![unit("CB", None, 3, Route::Refund)]);
    let cables = |quantity| vec![UnitName::Part { part_number: "CB".to_owned(), quantity }];
    rma.receive(&cables(1), &parcel(date(2026, 6, 8))).unwrap();
    rma.inspect(&cables(1), findings(None, Some(5)), &RULES).unwrap();
    rma.receive(&cables(1), &parcel(date(2026, 6, 9))).unwrap();
    rma.inspect(&cables(1), findings(None, Some(10)), &RULES).unwrap();
    let rates: Vec<_> = rma.units.iter().map(|unit| Some(unit.inspection.as_ref()?.restocking)).collect();
    assert_eq!(rates, [None, Some(rate(5)), Some(rate(10))]);
    rma.receive(&cables(1), &parcel(date(2026, 6, 10))).unwrap();
    assert_eq!(rma.units.iter().map(|unit| unit.quantity).collect::<Vec<_>>(), [1, 1, 1]);
}
