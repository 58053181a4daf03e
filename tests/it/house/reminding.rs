//! What time alone brings: reminders, closing, expiry, each on its day and once (policy, section 5).

use jiff::civil::{Date, date};
use rmad::case::calendar::Holiday;
use rmad::case::steps::{Parcel, UnitName};
use rmad::case::{Arrived, Shipment, State};
use rmad::console::{case_file::CaseFile, words};
use rmad::daemon::{self, AdvanceShipment, Step};
use rmad::order::Money;
use rmad::outbox::Delivery;
use rmad::policy::{Flag, OutcomeKind};

use super::staff_steps::STAFF;
use super::{BARE, House, WHOLE, databases};

/// Of both switches.
pub const BOTH: &str =
    "Two switches no longer power on and we need an RMA. The serial numbers are NWS-24001101 and NWS-24001102.";

pub fn receive(serial: &str, on: Date) -> Step {
    let parcel = Parcel { on, carrier: None, condition: Arrived::default() };
    Step::Receive { units: vec![UnitName::Serial(serial.to_owned())], parcel }
}

/// Monday 15 June 2026 at ten in the morning is the beginning of each of these tests.
#[tokio::test]
async fn details_are_reminded_of_twice_and_then_the_case_closes() {
    for database in databases("reminding_details").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, BARE).await;
        for (time, written) in [
            ("2026-06-18T08:59", 0),
            ("2026-06-18T09:00", 1),
            ("2026-06-22T08:59", 0),
            ("2026-06-22T09:00", 1),
            ("2026-06-26T16:59", 0),
            ("2026-06-29T08:59", 0),
            ("2026-06-29T09:00", 1),
            ("2026-07-20T09:00", 0),
        ] {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
        let diary = house.diary(&number).await;
        let expected =
            ["Mon 15 10:00 details_requested", "Thu 18 09:00 details_reminder", "Mon 22 09:00 details_reminder"];
        assert_eq!((&diary[..3], diary[3].as_str()), (&expected.map(str::to_owned)[..], "Mon 29 09:00 case_closed"));
        let letters = house.written(&number).await;
        assert!(letters[2].outgoing.text.contains("by Monday, 29 June 2026"), "{}", letters[2].outgoing.text);
        assert!(letters[3].outgoing.text.contains("in the 14 days since"), "{}", letters[3].outgoing.text);
        let case = house.case(&number).await;
        assert_eq!((case.state, case.since), (State::Closed, "2026-06-29T16:00:00Z".parse().unwrap()));
    }
}

#[tokio::test]
async fn an_rma_is_reminded_of_twice_and_then_expires_for_customer_and_staff() {
    for database in databases("reminding_rma").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, WHOLE).await;
        // the last day is the 29th; the twelfth day is a Saturday
        for (time, written) in [
            ("2026-06-22T08:59", 0),
            ("2026-06-22T09:00", 1),
            ("2026-06-26T16:59", 0),
            ("2026-06-27T12:00", 0),
            ("2026-06-28T12:00", 0),
            ("2026-06-29T09:00", 1),
            ("2026-06-29T17:00", 0),
            ("2026-06-30T08:59", 0),
            ("2026-06-30T09:00", 1),
            ("2026-07-20T09:00", 0),
        ] {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
        let expected = [
            "Mon 15 10:00 rma_issued",
            "Mon 22 09:00 rma_reminder",
            "Mon 29 09:00 rma_reminder",
            "Tue 30 09:00 rma_expired",
            "Tue 30 09:00 staff_notice",
        ];
        assert_eq!(house.diary(&number).await, expected);
        let written = house.written(&number).await;
        let recipients: Vec<&str> = written.iter().map(|sending| sending.outgoing.recipient.as_str()).collect();
        assert_eq!(recipients[3..], ["ada@customer.example", STAFF]);
        assert!(written[4].outgoing.text.contains(&format!("http://127.0.0.1:8080/cases/{number}")));
        assert_eq!(house.case(&number).await.state, State::Expired);
        let events = house.store.events_of_case(&number).await.unwrap();
        let last = events.last().unwrap();
        let rma = house.case(&number).await.rma.unwrap().number;
        assert_eq!(last.what, format!("{rma} expired: NWS-24001101 did not come by 29 Jun 2026."));
        assert_eq!(last.state, Some(State::Expired));
    }
}

#[tokio::test]
async fn holidays_and_the_nights_when_clocks_change_move_it() {
    for database in databases("reminding_holidays").await {
        let mut house = House::staffed(database).await.staffed_anew(|desk| {
            desk.schedule.calendar.holidays.insert(Holiday::Once(date(2026, 11, 3)));
        });
        house.at("2026-10-30T16:30");
        let number = house.ada_writes("1@customer.example", None, BARE).await;
        for (time, written) in [
            ("2026-11-02T09:00", 1), // the third day, after the night of the 1st
            ("2026-11-06T09:00", 1),
            ("2026-11-13T08:59", 0),
            ("2026-11-13T09:00", 1),
        ] {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
        house.at("2026-10-31T00:30");
        let late = house.ada_writes("2@customer.example", None, BARE).await;
        assert_ne!(late, number);
        assert_eq!(house.remind_at("2026-11-03T12:00").await, 0, "a holiday");
        assert_eq!(house.remind_at("2026-11-04T09:00").await, 1);
    }
}

/// Two daemons ask at the same moment, and one that starts later asks again.
#[tokio::test(flavor = "multi_thread")]
async fn each_comes_once_however_many_daemons_there_are_and_however_often_they_start() {
    for database in databases("reminding_together").await {
        let mut house = House::staffed(database).await;
        let mut numbers = Vec::new();
        for n in 0..6 {
            numbers.push(house.ada_writes(&format!("{n}@customer.example"), None, BARE).await);
        }
        let other = House::staffed(house.database.shared()).await;
        for (day, written) in [("2026-06-18T09:00", 6), ("2026-06-22T09:00", 6), ("2026-06-29T09:00", 6)] {
            house.at(day);
            let now = house.clock.now();
            let (one, two) = tokio::join!(daemon::remind(&house.desk, now), daemon::remind(&other.desk, now));
            assert_eq!(one.unwrap() + two.unwrap(), written, "{day}");
            house.deliver().await;
            let restarted = House::staffed(house.database.shared()).await;
            assert_eq!(daemon::remind(&restarted.desk, now).await.unwrap(), 0, "{day}");
        }
        for number in numbers {
            assert_eq!(house.diary(&number).await.len(), 4);
        }
    }
}

#[tokio::test]
async fn one_that_was_missed_is_moot() {
    for database in databases("reminding_missed").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, BARE).await;
        assert_eq!(house.remind_at("2026-06-24T11:00").await, 1);
        assert_eq!(house.remind_at("2026-06-24T11:05").await, 0);
        assert!(house.written(&number).await[1].outgoing.text.contains("we close this case"));
        let other = house.ada_writes("2@customer.example", None, WHOLE).await;
        assert_eq!(house.remind_at("2026-07-20T11:00").await, 2, "one closes, and one expires");
        assert_eq!(house.diary(&number).await.len(), 3);
        assert_eq!(house.diary(&other).await.len(), 3);
    }
}

#[tokio::test]
async fn who_answers_a_reminder_goes_on_with_the_case() {
    for database in databases("reminding_answered").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, BARE).await;
        house.remind_at("2026-06-18T09:00").await;
        let reminder = house.written(&number).await.remove(1).outgoing.message_id;
        let same = house.ada_writes("2@customer.example", Some(&reminder), "It is NWS-24001101.").await;
        assert_eq!((&same, house.case(&number).await.state), (&number, State::Approved));
        assert_eq!(house.remind_at("2026-06-22T09:00").await, 0, "the details are there");
        assert_eq!(house.remind_at("2026-06-25T09:00").await, 1);
        assert_eq!(house.diary(&number).await[3], "Thu 25 09:00 rma_reminder");
    }
}

#[tokio::test]
async fn a_reply_to_the_closing_letter_reopens_the_case() {
    for database in databases("reminding_reopened").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, BARE).await;
        house.remind_at("2026-06-29T09:00").await;
        assert_eq!(house.case(&number).await.state, State::Closed);
        let closing = house.written(&number).await.remove(1).outgoing.message_id;
        house.at("2026-08-03T11:00");
        let same = house.ada_writes("2@customer.example", Some(&closing), "It is NWS-24001101.").await;
        assert_eq!(same, number);
        assert_eq!(house.case(&number).await.state, State::Approved);
        let diary = house.diary(&number).await;
        assert_eq!(diary.last().unwrap(), "Mon 3 11:00 rma_issued");
        // and one that says too little is asked again, and reminded again
        let other = house.ada_writes("3@customer.example", None, BARE).await;
        house.remind_at("2026-08-17T09:00").await;
        let closing = house.written(&other).await.remove(1).outgoing.message_id;
        house.ada_writes("4@customer.example", Some(&closing), "It is still dead, please help.").await;
        assert_eq!(house.case(&other).await.state, State::AwaitingDetails);
        house.remind_at("2026-08-20T09:00").await;
        assert_eq!(house.diary(&other).await.last().unwrap(), "Thu 20 09:00 details_reminder");
    }
}

#[tokio::test]
async fn a_receipt_a_bounce_and_a_hold_cancel_what_is_due() {
    for database in databases("reminding_cancelled").await {
        let mut house = House::staffed(database).await;
        let received = house.ada_writes("1@customer.example", None, WHOLE).await;
        let bounced = house.ada_writes("2@customer.example", None, BARE).await;
        let held = house.ada_writes("3@customer.example", None, BARE).await;
        house.at("2026-06-17T10:00");
        house.take(&received, receive("NWS-24001101", date(2026, 6, 17))).await;
        house.staff_change(&held, None, |case| case.state = State::HeldForReview).await;
        house.at("2026-06-18T10:00");
        let now = house.clock.now();
        assert_eq!(daemon::remind(&house.desk, now).await.unwrap(), 2, "of details, and to staff of the hold");
        house.send(&Delivery::Refused("550 no such user".to_owned()), None).await;
        assert_eq!(house.case(&bounced).await.flags, [Flag::ReplyBounced]);
        assert_eq!(house.case(&held).await.flags, [], "what staff did not get is no bounce of the customer's");
        assert_eq!(house.remind_at("2026-06-22T09:00").await, 1, "to staff of the bounce");
        for day in ["2026-06-29", "2026-06-30", "2026-07-20"] {
            assert_eq!(house.remind_at(&format!("{day}T09:00")).await, 0, "{day}");
        }
        assert_eq!(house.case(&received).await.state, State::Received);
        assert_eq!(house.case(&bounced).await.state, State::AwaitingDetails);
        // released, the case begins anew
        house.staff_change(&held, None, |case| case.state = State::AwaitingDetails).await;
        assert_eq!(house.remind_at("2026-07-23T09:00").await, 1);
    }
}

#[tokio::test]
async fn more_time_moves_the_reminders_and_the_end() {
    for database in databases("reminding_extended").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, WHOLE).await;
        assert_eq!(house.remind_at("2026-06-22T09:00").await, 1);
        house.at("2026-06-24T12:00");
        house.take(&number, Step::Extend { until: date(2026, 7, 10) }).await;
        for (time, written) in [
            ("2026-06-29T09:00", 0),
            ("2026-06-30T09:00", 0),
            ("2026-07-01T09:00", 1),
            ("2026-07-06T09:00", 1),
            ("2026-07-10T16:59", 0),
            ("2026-07-13T09:00", 1), // the day after the last day is a Saturday
        ] {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
        let occasions: Vec<String> =
            house.written(&number).await.into_iter().filter_map(|sending| sending.outgoing.occasion).collect();
        assert_eq!(occasions[..3], ["rma_7_days/2026-06-29", "rma_7_days/2026-07-10", "rma_12_days/2026-07-10"]);
        let rma = house.case(&number).await.rma.unwrap().number;
        assert!(occasions[3].starts_with(&format!("rma_expired/2026-07-10/{rma}/")), "{}", occasions[3]);
        assert_eq!(occasions[4..], [format!("{}/staff", occasions[3])]);
        // and what has expired may be given more time still
        house.at("2026-07-14T12:00");
        house.take(&number, Step::Extend { until: date(2026, 7, 31) }).await;
        assert_eq!(house.remind_at("2026-07-21T09:00").await, 1);
        assert_eq!(house.remind_at("2026-08-03T09:00").await, 1);
        assert_eq!(house.case(&number).await.state, State::Expired);
    }
}

/// Another unit came in its place, and was sent back with a day before the last one.
#[tokio::test]
async fn what_is_waited_for_again_after_it_expired_expires_again() {
    for database in databases("reminding_again").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, WHOLE).await;
        let wait = |case: &mut rmad::case::Case| {
            case.rma.as_mut().unwrap().units[0].ended = None;
            case.state = State::Approved;
        };
        for day in ["2026-06-30", "2026-07-01", "2026-07-02"] {
            assert_eq!(house.remind_at(&format!("{day}T09:00")).await, 1, "{day}");
            assert_eq!(house.case(&number).await.state, State::Expired);
            assert_eq!(house.remind_at(&format!("{day}T09:05")).await, 0, "{day}");
            house.staff_change(&number, None, wait).await;
        }
        let diary = house.diary(&number).await;
        assert_eq!(diary.iter().filter(|written| written.ends_with("rma_expired")).count(), 3);
        assert_eq!(diary.iter().filter(|written| written.ends_with("staff_notice")).count(), 3);
    }
}

#[tokio::test]
async fn what_did_not_come_expires_and_the_case_goes_on_with_what_did() {
    for database in databases("reminding_partly").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, BOTH).await;
        house.at("2026-06-24T12:00");
        house.take(&number, receive("NWS-24001102", date(2026, 6, 24))).await;
        assert_eq!(house.remind_at("2026-06-29T09:00").await, 0, "something has come");
        assert_eq!(house.remind_at("2026-06-30T09:00").await, 1);
        let case = house.case(&number).await;
        assert_eq!(case.state, State::Received);
        let letter = house.written(&number).await.remove(2).outgoing;
        assert_eq!(letter.template, "rma_expired");
        assert!(letter.text.contains("NWS-24001101") && !letter.text.contains("NWS-24001102"), "{}", letter.text);

        // a parcel that came in time, and that staff record late
        house.at("2026-07-01T12:00");
        house.take(&number, receive("NWS-24001101", date(2026, 6, 29))).await;
        let rma = house.case(&number).await.rma.unwrap();
        assert!(rma.units.iter().all(|unit| unit.is_open() && !unit.arrival.as_ref().unwrap().is_late));
        assert_eq!(house.remind_at("2026-07-20T09:00").await, 0);
    }
}

#[tokio::test]
async fn an_advance_replacement_has_reminders_of_its_own_and_staff_are_told_of_the_charge() {
    for database in databases("reminding_advance").await {
        let mut house = House::staffed(database).await;
        let wish = format!("{WHOLE} Please send the replacement in advance, before we ship ours back.");
        let number = house.ada_writes("1@customer.example", None, &wish).await;
        assert_eq!(house.case(&number).await.flags, [Flag::AdvanceReplacement]);
        house.at("2026-06-16T15:00");
        let shipment = AdvanceShipment {
            shipment: Shipment {
                carrier: "FedEx".to_owned(),
                tracking: "7712".to_owned(),
                shipped_on: date(2026, 6, 16),
            },
            serial_number: Some("NWS-30000001".to_owned()),
            product_charge: Money::rounded(249.into()),
            freight_charge: Money::ZERO,
        };
        house.take(&number, Step::Advance(shipment)).await;
        for (time, written) in [
            ("2026-06-22T09:00", 0),
            ("2026-06-23T09:00", 1),
            ("2026-06-26T16:00", 0),
            ("2026-06-29T09:00", 1), // the twelfth day is a Sunday
            ("2026-06-30T16:00", 0),
            ("2026-07-01T09:00", 1),
        ] {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
        let diary = house.diary(&number).await;
        let expected = ["Tue 23 09:00 advance_reminder", "Mon 29 09:00 advance_reminder", "Wed 1 09:00 staff_notice"];
        assert_eq!(diary[2..], expected, "the customer gets no letter that the RMA expired");
        let written = house.written(&number).await;
        assert!(written[2].outgoing.text.contains("Tuesday, 30 June 2026"), "{}", written[2].outgoing.text);
        assert!(written[4].outgoing.text.contains("249.00"), "{}", written[4].outgoing.text);
        let events = house.store.events_of_case(&number).await.unwrap();
        let last = events.last().unwrap();
        assert!(last.what.ends_with("What was charged for the replacement of NWS-24001101 stands."), "{}", last.what);
        assert_eq!(house.case(&number).await.state, State::Resolved);
    }
}

#[tokio::test]
async fn without_staff_to_tell_only_customers_are_written_to() {
    for database in databases("reminding_alone").await {
        let mut house = House::open(database, |_| ()).await;
        let number = house.ada_writes("1@customer.example", None, WHOLE).await;
        let held = house
            .ada_writes("2@customer.example", None, "I dropped our switch NWS-24001102 and it no longer powers on.")
            .await;
        for time in ["2026-06-22T09:00", "2026-06-29T09:00", "2026-06-30T09:00"] {
            assert_eq!(house.remind_at(time).await, 1, "{time}");
        }
        let expected = ["Mon 22 09:00 rma_reminder", "Mon 29 09:00 rma_reminder", "Tue 30 09:00 rma_expired"];
        assert_eq!(house.diary(&number).await[1..], expected);
        assert_eq!(house.case(&held).await.state, State::HeldForReview);
        assert_eq!(house.written(&held).await.len(), 1);
    }
}

#[tokio::test]
async fn in_shadow_mode_nothing_begins_and_so_nothing_ends() {
    for database in databases("reminding_shadow").await {
        let mut house = House::open(database, |gate| gate.shadow = true).await.staffed_anew(|_| ());
        let asked = house.ada_writes("1@customer.example", None, BARE).await;
        let issued = house.ada_writes("2@customer.example", None, WHOLE).await;
        assert_eq!(house.remind_at("2026-07-20T09:00").await, 0);
        for number in [asked, issued] {
            assert_eq!(house.diary(&number).await.len(), 1);
        }
    }
}

#[tokio::test]
async fn what_comes_next_can_be_seen() {
    for database in databases("reminding_next").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, BARE).await;
        for (time, expected) in [
            ("2026-06-15T10:00", "reminder on Thu 18 09:00"),
            ("2026-06-18T20:00", "reminder on Fri 19 09:00"),
            ("2026-06-22T09:00", "last reminder on Mon 22 09:00"),
            ("2026-06-29T08:00", "last reminder on Mon 29 09:00"),
        ] {
            house.at(time);
            let file = CaseFile::load(&house.store, &number).await.unwrap().unwrap();
            let next = file.next(&house.desk.schedule, house.clock.now()).unwrap();
            let at = next.at.to_zoned(house.desk.time_zone.clone()).strftime("%a %-d %H:%M").to_string();
            assert_eq!(format!("{} on {at}", words::occasion(&next.what)), expected, "at {time}");
        }
        house.remind_at("2026-06-29T09:00").await;
        let file = CaseFile::load(&house.store, &number).await.unwrap().unwrap();
        assert_eq!(file.next(&house.desk.schedule, house.clock.now()), None);
        let decided = house.store.messages_of_case(&number).await.unwrap()[0].outcome;
        assert_eq!(decided, Some(OutcomeKind::DetailsRequested));
    }
}
