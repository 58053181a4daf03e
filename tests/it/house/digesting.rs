//! What staff are sent: the digest of a business morning and escalations (policy, section 5).

use jiff::civil::date;
use rmad::case::calendar::Holiday;
use rmad::case::steps::{Parcel, UnitName};
use rmad::case::{Advance, Arrived, Shipment, State};
use rmad::daemon::{self, Step};
use rmad::order::Money;
use rmad::outbox::{Delivery, Outgoing};
use rmad::policy::{Flag, OutcomeKind};
use rmad::store::SendingState;

use super::staff_steps::STAFF;
use super::{ADA, BARE, House, WHOLE, databases, mail};

const DROPPED: &str = "I dropped our switch NWS-24001102 and it no longer powers on.";
const BEN: &str = "ben@freemail.example";
const BENS: &str = "Our switch no longer powers on and we need an RMA. The serial number is NWS-24002101.";

impl House {
    /// Sets the clock, writes the digest where one is due, and delivers it; the digest.
    pub async fn digest_at(&self, time: &str) -> Option<Outgoing> {
        self.at(time);
        let written = daemon::digest(&self.desk, self.clock.now()).await.unwrap();
        let sent = self.send(&Delivery::Accepted("250 ok".to_owned()), None).await;
        let digest = sent.into_iter().find(|outgoing| outgoing.template == "staff_digest");
        assert_eq!(written, digest.is_some(), "{time}");
        digest
    }

    async fn expire_with_advance(&mut self) -> String {
        let id = self.take_in(mail(BEN, "ben@freemail.example", BENS)).await;
        self.deliver().await;
        let number = self.entry(id).await.case_number.unwrap();
        let ship = |case: &mut rmad::case::Case| {
            case.rma.as_mut().unwrap().units[0].advance = Some(Advance {
                shipment: Shipment {
                    carrier: "FedEx".to_owned(),
                    tracking: "7712".to_owned(),
                    shipped_on: date(2026, 6, 15),
                },
                serial_number: None,
                product_charge: Money::rounded(249.into()),
                freight_charge: Money::ZERO,
                currency: "USD".to_owned(),
            });
        };
        self.staff_change(&number, Some("advance_shipped"), ship).await;
        number
    }
}

/// Without its line ends.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The numbers of cases as they come: Ada's return is C-00001, what Ada dropped C-00002, Ben's C-00003.
#[tokio::test]
async fn a_digest_tells_what_waits() {
    for database in databases("digest_content").await {
        let mut house = House::staffed(database).await;
        let received = house.ada_writes("1@customer.example", None, WHOLE).await;
        house.ada_writes("2@customer.example", None, DROPPED).await;
        house.expire_with_advance().await;
        house.at("2026-06-29T15:00");
        let receive = |case: &mut rmad::case::Case| {
            let rma = case.rma.as_mut().unwrap();
            let parcel = Parcel { on: date(2026, 6, 29), carrier: None, condition: Arrived::default() };
            rma.receive(&[UnitName::Serial("NWS-24001101".to_owned())], &parcel).unwrap();
            case.state = rma.state();
        };
        house.staff_change(&received, None, receive).await;
        assert_eq!(house.remind_at("2026-06-30T09:00").await, 2, "the advance unit is overdue, and the hold escalates");
        house.at("2026-06-30T16:00");
        let unreadable = house.receive("").await;
        house.answer().await;
        assert!(house.entry(unreadable).await.defect.is_some());
        house.ada_writes("3@customer.example", None, BARE).await;
        let refused = Delivery::Refused("550 no such user".to_owned());
        house.take_in(mail(ADA, "4@customer.example", BARE)).await;
        house.send(&refused, None).await;
        house.take_in(mail(ADA, "5@customer.example", BARE)).await;

        let digest = house.digest_at("2026-07-01T09:00").await.unwrap();
        assert_eq!(digest.recipient, STAFF);
        let subject = "[rmad] Digest of Wed 1 Jul 2026: mail is stuck, 2 flagged, 1 to inspect, 1 overdue, 1 not \
                       delivered, 1 unreadable";
        assert_eq!(digest.subject, subject);
        insta::assert_snapshot!("house__digest", digest.text);
    }
}

#[tokio::test]
async fn there_is_one_a_business_day_however_many_daemons_there_are() {
    for database in databases("digest_once").await {
        let house = House::staffed(database).await.staffed_anew(|desk| {
            desk.schedule.calendar.holidays.insert(Holiday::Once(date(2026, 6, 17)));
        });
        let other = House::staffed(house.database.shared()).await;
        for (time, expected) in [
            ("2026-06-15T08:59", false),
            ("2026-06-15T09:00", true),
            ("2026-06-15T16:59", false),
            ("2026-06-15T17:00", false),
            ("2026-06-16T08:00", false),
            ("2026-06-16T14:00", true),  // nobody was at work in the morning
            ("2026-06-17T10:00", false), // a holiday
            ("2026-06-18T09:00", true),
            ("2026-06-19T09:00", true),
            ("2026-06-20T10:00", false),
            ("2026-06-21T10:00", false),
            ("2026-06-22T09:00", true),
        ] {
            assert_eq!(house.digest_at(time).await.is_some(), expected, "{time}");
        }
        house.at("2026-06-23T09:00");
        let now = house.clock.now();
        let (one, two) = tokio::join!(daemon::digest(&house.desk, now), daemon::digest(&other.desk, now));
        assert_eq!([one.unwrap(), two.unwrap()].iter().filter(|written| **written).count(), 1);
        let sent = house.send(&Delivery::Accepted("250 ok".to_owned()), None).await;
        assert_eq!(sent.iter().map(|mail| mail.occasion.as_deref()).collect::<Vec<_>>(), [Some("digest/2026-06-23")]);
        assert!(sent[0].text.contains("Nothing waits for you this morning."), "{}", sent[0].text);
    }
}

#[tokio::test]
async fn a_digest_tells_of_what_failed_since_the_last_one() {
    for database in databases("digest_since").await {
        let mut house = House::staffed(database).await;
        house.receive("").await;
        house.take_in(mail(ADA, "1@customer.example", BARE)).await;
        house.send(&Delivery::Refused("550 no such user".to_owned()), None).await;
        let first = house.digest_at("2026-06-16T09:00").await.unwrap();
        assert!(first.subject.ends_with("1 flagged, 1 not delivered, 1 unreadable"), "{}", first.subject);
        let second = house.digest_at("2026-06-17T09:00").await.unwrap();
        assert!(second.subject.ends_with(": 1 flagged"), "{}", second.subject);
    }
}

/// Its news is told by the next one that does arrive.
#[tokio::test]
async fn what_a_digest_told_that_did_not_arrive_is_told_again() {
    for database in databases("digest_lost").await {
        let mut house = House::staffed(database).await;
        house.take_in("").await;
        house.at("2026-06-16T09:00");
        assert!(daemon::digest(&house.desk, house.clock.now()).await.unwrap());
        assert_eq!(house.send(&Delivery::Refused("550 no such user".to_owned()), None).await.len(), 1);
        let second = house.digest_at("2026-06-17T09:00").await.unwrap();
        assert!(second.subject.ends_with(": 1 not delivered, 1 unreadable"), "{}", second.subject);
        let third = house.digest_at("2026-06-18T09:00").await.unwrap();
        assert!(third.text.contains("Nothing waits for you this morning."), "{}", third.text);

        // one that is still on its way has told nobody yet, and is the only one of its day
        house.take_in(" ").await;
        for (time, is_written) in [("2026-06-19T09:00", true), ("2026-06-19T09:05", false), ("2026-06-22T09:00", true)]
        {
            house.at(time);
            assert_eq!(daemon::digest(&house.desk, house.clock.now()).await.unwrap(), is_written, "{time}");
        }
        let sent = house.send(&Delivery::Accepted("250 ok".to_owned()), None).await;
        assert_eq!(sent.len(), 2);
        assert!(sent.iter().all(|digest| digest.subject.contains("1 unreadable")), "{}", sent[1].subject);
    }
}

#[tokio::test]
async fn a_long_list_is_cut_and_says_so() {
    for database in databases("digest_long").await {
        let mut house = House::staffed(database).await;
        for n in 0..33 {
            house.receive(mail("zoe@elsewhere.example", &format!("{n}@elsewhere.example"), WHOLE)).await;
        }
        house.answer().await;
        house.deliver().await;
        let digest = house.digest_at("2026-06-16T09:00").await.unwrap();
        assert!(digest.text.contains("FLAGGED (33)") && digest.text.contains("- and 3 more"), "{}", digest.text);
        assert_eq!(flat(&digest.text).matches("sender is not this order's customer").count(), 30);
    }
}

#[tokio::test]
async fn what_is_held_past_its_last_day_is_overdue() {
    for database in databases("digest_held").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, WHOLE).await;
        house.staff_change(&number, None, |case| case.state = State::HeldForReview).await;
        let timely = house.digest_at("2026-06-29T09:00").await.unwrap();
        assert!(!timely.text.contains("OVERDUE"), "{}", timely.text);
        let late = house.digest_at("2026-06-30T09:00").await.unwrap();
        assert!(flat(&late.text).contains("does not expire while the case is held"), "{}", late.text);
        assert_eq!(house.case(&number).await.state, State::HeldForReview);
        assert!(house.case(&number).await.rma.unwrap().units[0].is_open());
    }
}

/// The digest is written first: what expires in the same minute is not overdue.
#[tokio::test]
async fn what_expires_this_morning_is_not_overdue_and_what_nobody_was_told_of_is() {
    for database in databases("digest_expiring").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, WHOLE).await;

        let digest = house.digest_at("2026-06-30T09:00").await.unwrap();
        assert!(!digest.text.contains("OVERDUE"), "{}", digest.text);
        assert_eq!(house.remind_at("2026-06-30T09:00").await, 1);
        assert_eq!(house.case(&number).await.state, State::Expired);

        house.step(&number, Step::Extend { until: date(2026, 7, 3) }).await.unwrap();
        house.at("2026-07-06T09:00");
        assert!(daemon::digest(&house.desk, house.clock.now()).await.unwrap());
        let sent = house.send(&Delivery::Accepted("250 ok".to_owned()), None).await;
        let digest = flat(&sent.iter().find(|mail| mail.template == "staff_digest").unwrap().text);
        assert!(digest.contains("does not expire while the customer has not been told of it"), "{digest}");
    }
}

#[tokio::test]
async fn a_hold_escalates_once_and_the_next_one_again() {
    for database in databases("escalation").await {
        let mut house = House::staffed(database).await;
        house.at("2026-06-18T16:00");
        let number = house.ada_writes("1@customer.example", None, DROPPED).await;
        for (time, written) in
            [("2026-06-19T15:59", 0), ("2026-06-19T16:00", 1), ("2026-06-22T09:00", 0), ("2026-06-29T09:00", 0)]
        {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
        let escalation = house.written(&number).await.remove(1).outgoing;
        assert_eq!((escalation.template.as_str(), escalation.recipient.as_str()), ("staff_escalation", STAFF));
        assert_eq!(escalation.subject, format!("[rmad] {number} has waited for 24 hours: Broken switch"));
        assert!(flat(&escalation.text).contains("warranty may be void"), "{}", escalation.text);
        assert!(escalation.text.contains(&format!("http://127.0.0.1:8080/cases/{number}")), "{}", escalation.text);

        house.staff_change(&number, None, |case| case.state = State::Declined).await;
        house.at("2026-07-03T16:30");
        house.staff_change(&number, None, |case| case.state = State::HeldForReview).await;
        // a day later it is a Saturday
        for (time, written) in [("2026-07-04T16:45", 0), ("2026-07-06T09:00", 1), ("2026-07-07T09:00", 0)] {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
    }
}

#[tokio::test]
async fn a_flag_escalates_from_when_it_was_set_and_again_when_it_is_set_again() {
    for database in databases("escalation_flag").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, WHOLE).await;
        house.at("2026-06-16T12:00");
        house.staff_change(&number, None, |case| case.flags = vec![Flag::WrongItem]).await;
        for (time, written) in [("2026-06-17T11:59", 0), ("2026-06-17T12:00", 1), ("2026-06-18T12:00", 0)] {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
        let escalation = house.written(&number).await.pop().unwrap().outgoing;
        assert_eq!(escalation.subject, format!("[rmad] {number} has waited for 24 hours: Broken switch"));
        let digest = house.digest_at("2026-06-18T12:00").await.unwrap();
        assert!(flat(&digest.text).contains("2 days"), "{}", digest.text);
        house.staff_change(&number, None, |case| case.flags.clear()).await;
        assert_eq!(house.case(&number).await.for_staff_since, None);
        house.at("2026-06-18T13:00");
        house.staff_change(&number, None, |case| case.flags = vec![Flag::ReplyBounced]).await;
        for (time, written) in [("2026-06-19T12:59", 0), ("2026-06-19T13:00", 1), ("2026-06-29T13:00", 0)] {
            assert_eq!(house.remind_at(time).await, written, "{time}");
        }
    }
}

#[tokio::test]
async fn many_that_escalate_at_once_come_a_few_a_day_the_longest_first() {
    for database in databases("escalation_many").await {
        let mut house = House::staffed(database).await;
        let mut numbers = Vec::new();
        for n in 0..7 {
            house.at(&format!("2026-06-15T10:0{n}"));
            numbers.push(house.ada_writes(&format!("{n}@customer.example"), None, DROPPED).await);
        }
        assert_eq!(house.remind_at("2026-06-17T09:00").await, 5);
        assert_eq!(house.remind_at("2026-06-17T16:00").await, 0);
        let digest = house.digest_at("2026-06-17T16:00").await.unwrap();
        assert!(digest.text.contains("FLAGGED (7)"), "{}", digest.text);
        let mut told = Vec::new();
        for number in &numbers {
            told.push(house.written(number).await.last().unwrap().outgoing.is_to_staff());
        }
        assert_eq!(told, [true, true, true, true, true, false, false]);
        let release = |case: &mut rmad::case::Case| {
            case.state = State::Declined;
            case.flags.clear();
        };
        house.staff_change(&numbers[5], None, release).await;
        assert_eq!(house.remind_at("2026-06-18T09:00").await, 1);
        assert_eq!(house.remind_at("2026-06-19T09:00").await, 0);
        assert!(house.written(&numbers[6]).await.last().unwrap().outgoing.is_to_staff());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_daemons_there_are_no_more_escalate_a_day() {
    for database in databases("escalation_together").await {
        let mut house = House::staffed(database).await;
        for n in 0..12 {
            house.ada_writes(&format!("{n}@customer.example"), None, DROPPED).await;
        }
        let other = House::staffed(house.database.shared()).await;
        for (day, written) in [("2026-06-17T09:00", 5), ("2026-06-18T09:00", 5), ("2026-06-19T09:00", 2)] {
            house.at(day);
            let now = house.clock.now();
            let (one, two) = tokio::join!(daemon::remind(&house.desk, now), daemon::remind(&other.desk, now));
            assert_eq!(one.unwrap() + two.unwrap(), written, "{day}");
        }
    }
}

/// A report that a mail to staff could not be delivered.
fn bounce(of: &Outgoing) -> String {
    format!(
        "From: Mail Delivery System <mailer-daemon@northwind.example>\r\nTo: support@northwind.example\r\n\
         Subject: Undelivered Mail\r\nMessage-ID: <bounce.{0}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\nIt could not be delivered.\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; northwind.example\r\n\r\n\
         Final-Recipient: rfc822; {1}\r\nAction: failed\r\nStatus: 5.1.1\r\n--b\r\n\
         Content-Type: message/rfc822\r\n\r\nMessage-ID: <{0}>\r\nSubject: {2}\r\n\r\nIt said so.\r\n--b--\r\n",
        of.message_id, of.recipient, of.subject
    )
}

#[tokio::test]
async fn a_bounce_of_a_mail_to_staff_holds_no_case_and_is_not_answered() {
    for database in databases("staff_bounce").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, WHOLE).await;
        house.remind_at("2026-06-30T09:00").await;
        let notice = house.written(&number).await.pop().unwrap().outgoing;
        assert_eq!(notice.template, "staff_notice");
        let digest = house.digest_at("2026-06-30T09:00").await.unwrap();
        for mail in [notice, digest] {
            let id = house.take_in(bounce(&mail)).await;
            let entry = house.entry(id).await;
            assert_eq!((entry.outcome, entry.case_number), (Some(OutcomeKind::Ignored), None), "{}", mail.subject);
        }
        let case = house.case(&number).await;
        assert_eq!((case.state, case.flags), (State::Expired, vec![]));
        let reminder = house.written(&number).await.remove(1).outgoing;
        house.take_in(bounce(&reminder)).await;
        assert_eq!(house.case(&number).await.flags, [Flag::ReplyBounced], "one of the customer's does");
    }
}

#[tokio::test]
async fn shadow_mode_withholds_mails_to_staff_too() {
    for database in databases("digest_shadow").await {
        let mut house = House::open(database, |gate| gate.shadow = true).await.staffed_anew(|_| ());
        let number = house.ada_writes("1@customer.example", None, DROPPED).await;
        house.at("2026-06-16T10:00");
        let now = house.clock.now();
        assert_eq!(daemon::remind(&house.desk, now).await.unwrap(), 1);
        assert!(daemon::digest(&house.desk, now).await.unwrap());
        assert!(!daemon::digest(&house.desk, now).await.unwrap(), "once all the same");
        assert_eq!(house.send(&Delivery::Accepted(String::new()), None).await, []);
        let escalation = house.written(&number).await.pop().unwrap();
        assert_eq!(
            (escalation.outgoing.template.as_str(), escalation.state),
            ("staff_escalation", SendingState::Withheld)
        );
    }
}

#[tokio::test]
async fn limits_for_customers_hold_no_mail_to_staff() {
    for database in databases("digest_limits").await {
        let limit = |gate: &mut rmad::daemon::Gate| (gate.per_case_per_day, gate.per_address_per_day) = (1, 2);
        let mut house = House::open(database, limit).await.staffed_anew(|_| ());
        let mut numbers = Vec::new();
        for n in 0..4 {
            let from = format!("c{n}@customer.example");
            let id = house.take_in(mail(&from, &format!("{n}@customer.example"), DROPPED)).await;
            numbers.push(house.entry(id).await.case_number.unwrap());
        }
        house.deliver().await;
        assert_eq!(house.remind_at("2026-06-16T10:00").await, 4);
        assert!(house.digest_at("2026-06-16T10:00").await.is_some());
        for number in &numbers {
            let written = house.written(number).await;
            let states: Vec<_> = written.iter().map(|sent| (sent.outgoing.is_to_staff(), sent.state)).collect();
            assert_eq!(states, [(false, SendingState::Accepted), (true, SendingState::Accepted)], "{number}");
        }
    }
}

#[tokio::test]
async fn what_the_limit_of_a_day_holds_from_staff_comes_when_there_is_room() {
    for database in databases("digest_full").await {
        let limit = |gate: &mut rmad::daemon::Gate| gate.per_day = 1;
        let mut house = House::open(database, limit).await.staffed_anew(|_| ());
        house.at("2026-06-15T10:00");
        let number = house.ada_writes("1@customer.example", None, DROPPED).await;
        assert_eq!(house.digest_at("2026-06-16T09:30").await, None);
        assert_eq!(house.digest_at("2026-06-16T10:01").await.unwrap().recipient, STAFF);
        assert_eq!(house.remind_at("2026-06-16T10:01").await, 0);
        assert_eq!(house.written(&number).await.len(), 1, "nor is it withheld");
        assert_eq!(house.remind_at("2026-06-17T10:02").await, 1);
        assert_eq!(house.written(&number).await.pop().unwrap().state, SendingState::Accepted);
    }
}

#[tokio::test]
async fn without_an_address_there_is_no_digest() {
    for database in databases("digest_nobody").await {
        let house = House::open(database, |_| ()).await;
        assert_eq!(house.digest_at("2026-06-16T09:00").await, None);
    }
}
