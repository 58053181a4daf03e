use jiff::civil::{Weekday, date, time};
use jiff::tz::TimeZone;

use super::*;
use crate::case::calendar::Holiday;
use crate::case::steps::{Parcel, UnitName};
use crate::case::{Advance, Arrived, Rma, RmaUnit, Shipment};
use crate::order::Money;
use crate::policy::Route;
use crate::understanding::Facts;

fn schedule() -> Schedule {
    Schedule {
        details_days: vec![3, 7],
        rma_days: vec![7, 12],
        advance_days: vec![7, 12],
        close_after_days: 14,
        escalate_after: Some(SignedDuration::from_hours(24)),
        calendar: Calendar {
            zone: TimeZone::get("America/Los_Angeles").unwrap(),
            business_days: Weekday::Monday.cycle_forward().take(5).collect(),
            holidays: [Holiday::Yearly { month: 7, day: 4 }, Holiday::Once(date(2026, 6, 19))].into(),
            from: time(9, 0, 0, 0),
            until: time(17, 0, 0, 0),
        },
    }
}

/// An instant by the vendor's clock.
fn at(text: &str) -> Timestamp {
    let time: jiff::civil::DateTime = text.parse().unwrap();
    time.to_zoned(schedule().calendar.zone).unwrap().timestamp()
}

/// Late on a Monday evening of the vendor, the next day elsewhere.
const MONDAY: &str = "2026-06-08T22:30:00";

fn case(state: State, since: &str) -> Case {
    let since = at(since);
    let issued_on = schedule().calendar.day(since);
    Case {
        number: "C-00001".into(),
        version: 1,
        state,
        opened_at: since,
        since,
        customer: "a@b.example".into(),
        customer_name: None,
        last_message_id: None,
        participants: vec![],
        subject: String::new(),
        facts: Facts::default(),
        flags: vec![],
        missing: vec![],
        fruitless_answers: 0,
        asked_at: Some(since),
        requested_at: None,
        rma: Some(Rma {
            number: "RMA-0000011".into(),
            issued_on,
            expires_on: after(issued_on, 14).unwrap(),
            account_number: "A".into(),
            units: vec![unit("K4-1"), unit("K4-2")],
            statements: vec![],
        }),
        for_staff_since: (state == State::HeldForReview).then_some(since),
        earlier_rmas: vec![],
    }
}

fn unit(serial: &str) -> RmaUnit {
    let of_order = ("INV-1".to_owned(), 1, "SW".to_owned());
    RmaUnit::approved(of_order, Some(serial.to_owned()), 1, Route::RepairOrReplacement, false)
}

fn advance(shipped_on: Date) -> Advance {
    Advance {
        shipment: Shipment { carrier: "FedEx".into(), tracking: "7712".into(), shipped_on },
        serial_number: None,
        product_charge: Money::ZERO,
        freight_charge: Money::ZERO,
        currency: "USD".into(),
    }
}

fn letter(template: &str, occasion: Option<&str>, on: &str) -> Written {
    Written {
        template: template.to_owned(),
        occasion: occasion.map(str::to_owned),
        at: at(&format!("{on}T12:00:00")),
        is_accepted: true,
    }
}

fn told() -> Vec<Written> {
    ["details_requested", "rma_issued"].map(|template| letter(template, None, "2026-06-08")).to_vec()
}

/// `2026-06-11T09:00 details_3_days/2026-06-08`.
fn next(case: &Case, written: &[Written], now: &str) -> Option<String> {
    let due = schedule().next(case, written, at(now))?;
    let time = schedule().calendar.zone.to_datetime(due.at);
    Some(format!("{} {}", time.strftime("%Y-%m-%dT%H:%M"), due.what.name()))
}

#[track_caller]
fn assert_rows(case: &Case, rows: &[(&str, &str)]) {
    for (now, expected) in rows {
        assert_eq!(next(case, &told(), now).as_deref(), Some(*expected), "at {now}");
    }
}

#[test]
fn each_row_comes_on_its_day_at_the_opening_and_the_latest_only() {
    assert_rows(
        &case(State::AwaitingDetails, MONDAY),
        &[
            (MONDAY, "2026-06-11T09:00 details_3_days/2026-06-08"),
            ("2026-06-11T08:59:59", "2026-06-11T09:00 details_3_days/2026-06-08"),
            ("2026-06-15T08:59:59", "2026-06-11T09:00 details_3_days/2026-06-08"),
            ("2026-06-15T09:00:00", "2026-06-15T09:00 details_7_days/2026-06-08"),
            ("2026-06-22T08:59:59", "2026-06-15T09:00 details_7_days/2026-06-08"),
            ("2026-06-22T09:00:00", "2026-06-22T09:00 case_closed/2026-06-08"),
            ("2026-09-01T09:00:00", "2026-06-22T09:00 case_closed/2026-06-08"),
        ],
    );
    assert_rows(
        &case(State::Approved, MONDAY),
        &[
            (MONDAY, "2026-06-15T09:00 rma_7_days/2026-06-22"),
            // the twelfth day is a Saturday
            ("2026-06-21T23:00:00", "2026-06-15T09:00 rma_7_days/2026-06-22"),
            ("2026-06-22T09:00:00", "2026-06-22T09:00 rma_12_days/2026-06-22"),
            ("2026-06-23T08:59:59", "2026-06-22T09:00 rma_12_days/2026-06-22"),
            ("2026-06-23T09:00:00", "2026-06-23T09:00 rma_expired/2026-06-22"),
        ],
    );
    let held = case(State::HeldForReview, "2026-06-12T16:00:00");
    let escalation = format!("2026-06-15T09:00 escalation/{}", held.since);
    assert_rows(&held, &[("2026-06-12T16:00:00", &escalation), ("2026-07-01T09:00:00", &escalation)]);
}

#[test]
fn weekends_and_holidays_move_it_to_the_next_opening() {
    for (asked, expected) in [
        // the third day is a Saturday, a holiday before a weekend, a holiday on a Saturday
        ("2026-06-10T12:00:00", "2026-06-15T09:00"),
        ("2026-06-16T12:00:00", "2026-06-22T09:00"),
        ("2026-07-01T12:00:00", "2026-07-06T09:00"),
        // the clocks change on 8 March and 1 November, on Sundays: it is nine in the morning all the same
        ("2026-03-05T12:00:00", "2026-03-09T09:00"),
        ("2026-03-07T23:59:59", "2026-03-10T09:00"),
        ("2026-10-30T00:00:00", "2026-11-02T09:00"),
        ("2026-11-01T01:30:00", "2026-11-04T09:00"),
    ] {
        let told = next(&case(State::AwaitingDetails, asked), &told(), asked).unwrap();
        assert_eq!(told.split_once(' ').unwrap().0, expected, "asked at {asked}");
    }
}

#[test]
fn a_reminder_that_would_come_after_the_last_day_gives_way_to_its_end() {
    // the twelfth day is a holiday, and so are the two days after it, of which one is the last
    let mut closed = schedule();
    closed.calendar.holidays.extend([1, 2, 3].map(|day| Holiday::Once(date(2026, 7, day))));
    let case = case(State::Approved, "2026-06-19T12:00:00");
    let due = closed.next(&case, &told(), at("2026-07-06T09:00:00")).unwrap();
    assert_eq!(due.what.name(), "rma_expired/2026-07-03");
}

#[test]
fn what_was_written_is_done_and_so_is_what_should_have_come_before_it() {
    let case = case(State::AwaitingDetails, MONDAY);
    let mut written = told();
    for (occasion, expected) in [
        ("details_3_days/2026-06-08", Some("2026-06-15T09:00 details_7_days/2026-06-08")),
        ("details_7_days/2026-06-08", Some("2026-06-22T09:00 case_closed/2026-06-08")),
        ("case_closed/2026-06-08", None),
    ] {
        written.push(letter("details_reminder", Some(occasion), "2026-06-15"));
        assert_eq!(next(&case, &written, "2026-06-12T12:00:00").as_deref(), expected);
    }
    written = told();
    written.push(letter("details_reminder", Some("details_7_days/2026-06-08"), "2026-06-15"));
    let closes = Some("2026-06-22T09:00 case_closed/2026-06-08");
    assert_eq!(next(&case, &written, "2026-06-12T12:00:00").as_deref(), closes);
}

#[test]
fn nothing_comes_of_what_nobody_was_told() {
    let withheld = |template: &str| Written { is_accepted: false, ..letter(template, None, "2026-06-09") };
    for state in [State::AwaitingDetails, State::Approved] {
        let case = case(state, MONDAY);
        assert_eq!(next(&case, &[], "2026-09-01T09:00:00"), None);
        let again = [told(), vec![withheld("details_requested"), withheld("rma_extended")]].concat();
        assert_eq!(next(&case, &again, "2026-09-01T09:00:00"), None, "{state:?}");
    }
}

#[test]
fn nothing_comes_where_a_person_looks_at_it_or_mail_comes_back_or_all_is_over() {
    use State::{Cancelled, Closed, Declined, Expired, New, Resolved};
    for state in [New, Resolved, Declined, Expired, Cancelled, Closed] {
        assert_eq!(next(&case(state, MONDAY), &told(), "2026-09-01T09:00:00"), None, "{state:?}");
    }
    for state in [State::AwaitingDetails, State::Approved, State::Received] {
        let bounced = Case { flags: vec![Flag::ReplyBounced], ..case(state, MONDAY) };
        assert_eq!(next(&bounced, &told(), "2026-09-01T09:00:00"), None, "{state:?}");
        let flagged = Case { flags: vec![Flag::WrongItem], ..case(state, MONDAY) };
        assert!(next(&flagged, &told(), "2026-09-01T09:00:00").is_some(), "{state:?}");
    }
    let held = case(State::HeldForReview, MONDAY);
    let escalated = letter("staff_escalation", Some(&format!("escalation/{}", held.since)), "2026-06-10");
    assert_eq!(next(&held, &[escalated], "2026-09-01T09:00:00"), None);
    let alone = Schedule { escalate_after: None, ..schedule() };
    assert_eq!(alone.next(&held, &told(), at("2026-09-01T09:00:00")), None);
}

#[test]
fn a_parcel_ends_the_reminders_and_what_it_lacked_expires() {
    let mut case = case(State::Received, MONDAY);
    let parcel = Parcel { on: date(2026, 6, 12), carrier: None, condition: Arrived::default() };
    let rma = case.rma.as_mut().unwrap();
    rma.receive(&[UnitName::Serial("K4-1".into())], &parcel).unwrap();
    assert_eq!(next(&case, &told(), MONDAY).as_deref(), Some("2026-06-23T09:00 rma_expired/2026-06-22"));
    case.rma.as_mut().unwrap().receive(&[UnitName::Serial("K4-2".into())], &parcel).unwrap();
    assert_eq!(next(&case, &told(), MONDAY), None);
}

#[test]
fn more_time_moves_the_reminders() {
    let mut case = case(State::Approved, MONDAY);
    let mut written = told();
    written.push(letter("rma_reminder", Some("rma_7_days/2026-06-22"), "2026-06-15"));
    written.push(letter("rma_reminder", Some("rma_12_days/2026-06-22"), "2026-06-22"));
    case.rma.as_mut().unwrap().extend(date(2026, 7, 8), date(2026, 6, 24)).unwrap();
    written.push(Written { is_accepted: false, ..letter("rma_extended", None, "2026-06-24") });
    assert_eq!(next(&case, &written, "2026-06-24T12:00:00"), None, "on its way");
    written.last_mut().unwrap().is_accepted = true;
    for (now, expected) in [
        ("2026-06-24T12:00:00", "2026-07-01T09:00 rma_7_days/2026-07-08"),
        ("2026-07-07T12:00:00", "2026-07-06T09:00 rma_12_days/2026-07-08"),
        ("2026-07-09T12:00:00", "2026-07-09T09:00 rma_expired/2026-07-08"),
    ] {
        assert_eq!(next(&case, &written, now).as_deref(), Some(expected), "at {now}");
    }
}

#[test]
fn a_replacement_that_shipped_first_is_counted_from_its_shipping_unit_by_unit() {
    let mut case = case(State::Approved, MONDAY);
    let rma = case.rma.as_mut().unwrap();
    rma.units[0].advance = Some(advance(date(2026, 6, 10)));
    rma.units[1].advance = Some(advance(date(2026, 6, 11)));
    rma.expires_on = date(2026, 6, 24);
    let mut written = told();
    written.push(letter("advance_shipped", None, "2026-06-10"));
    for (done, expected) in [
        (None, "2026-06-17T09:00 advance_7_days/2026-06-24/0"),
        (Some("advance_7_days/2026-06-24/0"), "2026-06-18T09:00 advance_7_days/2026-06-24/1"),
        (Some("advance_7_days/2026-06-24/1"), "2026-06-22T09:00 advance_12_days/2026-06-24/0"),
        (Some("advance_12_days/2026-06-24/0"), "2026-06-23T09:00 advance_12_days/2026-06-24/1"),
        (Some("advance_12_days/2026-06-24/1"), "2026-06-25T09:00 rma_expired/2026-06-24"),
    ] {
        written.extend(done.map(|done| letter("advance_reminder", Some(done), "2026-06-17")));
        assert_eq!(next(&case, &written, "2026-06-12T12:00:00").as_deref(), Some(expected));
    }
    let parcel = Parcel { on: date(2026, 6, 12), carrier: None, condition: Arrived::default() };
    case.rma.as_mut().unwrap().receive(&[UnitName::Serial("K4-1".into())], &parcel).unwrap();
    let left = next(&case, &written[..3], "2026-06-12T12:00:00");
    assert_eq!(left.as_deref(), Some("2026-06-18T09:00 advance_7_days/2026-06-24/1"));
}

#[test]
fn a_case_that_staff_release_begins_anew() {
    let mut released = case(State::AwaitingDetails, MONDAY);
    released.since = at("2026-07-07T11:00:00");
    let next = next(&released, &told(), "2026-07-07T11:00:00");
    assert_eq!(next.as_deref(), Some("2026-07-10T09:00 details_3_days/2026-07-07"));
}

#[test]
fn the_day_of_the_closing_is_the_day_on_which_it_closes() {
    for (since, day) in [
        (date(2026, 6, 8), date(2026, 6, 22)),
        (date(2026, 6, 6), date(2026, 6, 22)),
        (date(2026, 6, 5), date(2026, 6, 22)),
        (date(2026, 2, 28), date(2026, 3, 16)),
    ] {
        assert_eq!(schedule().closes_on(since), Some(day), "{since}");
    }
}

#[test]
fn what_waits_to_leave_stands_until_the_case_moves_on() {
    let asked = case(State::AwaitingDetails, MONDAY);
    let issued = case(State::Approved, MONDAY);
    let (mut extended, mut expired) = (issued.clone(), issued.clone());
    extended.rma.as_mut().unwrap().expires_on = date(2026, 7, 8);
    let rma = expired.rma.as_mut().unwrap();
    rma.expire(date(2026, 6, 23));
    expired.state = rma.state();
    let mut granted = expired.clone();
    granted.rma.as_mut().unwrap().extend(date(2026, 7, 8), date(2026, 6, 24)).unwrap();
    let held = |case: &Case| Case { state: State::HeldForReview, ..case.clone() };
    let bounced = |case: &Case| Case { flags: vec![Flag::ReplyBounced], ..case.clone() };
    let closed = Case { state: State::Closed, ..asked.clone() };
    let waiting = held(&Case { for_staff_since: Some(at(MONDAY)), ..asked.clone() });
    let escalation = format!("escalation/{}", at(MONDAY));
    for (case, occasion, now, expected) in [
        (&asked, "details_3_days/2026-06-08", "2026-06-12", true),
        (&asked, "details_3_days/2026-06-08", "2026-06-16", false),
        (&held(&asked), "details_3_days/2026-06-08", "2026-06-12", false),
        (&bounced(&asked), "details_3_days/2026-06-08", "2026-06-12", false),
        (&issued, "details_3_days/2026-06-08", "2026-06-12", false),
        (&closed, "case_closed/2026-06-08", "2026-06-23", true),
        (&asked, "case_closed/2026-06-01", "2026-06-23", false),
        (&issued, "rma_7_days/2026-06-22", "2026-06-16", true),
        (&extended, "rma_7_days/2026-06-22", "2026-06-16", false),
        (&expired, "rma_12_days/2026-06-22", "2026-06-23", false),
        (&expired, "rma_expired/2026-06-22", "2026-06-24", true),
        (&held(&expired), "rma_expired/2026-06-22", "2026-06-24", false),
        (&bounced(&expired), "rma_expired/2026-06-22/staff/1", "2026-06-24", true),
        (&granted, "rma_expired/2026-06-22", "2026-06-24", false),
        (&granted, "rma_expired/2026-06-22/staff/1", "2026-06-24", false),
        (&waiting, escalation.as_str(), "2026-06-12", true),
        (&asked, escalation.as_str(), "2026-06-12", false),
    ] {
        let mut written = told();
        written.push(letter("any", Some(occasion), "2026-06-10"));
        let now = at(&format!("{now}T12:00:00"));
        let stands = schedule().still_stands(case, &written, occasion, now);
        assert_eq!(stands, expected, "{occasion} of {:?} {:?} at {now}", case.state, case.flags);
    }
}
