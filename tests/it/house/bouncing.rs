//! Mail of ours that comes back: what came back for good marks the address until a person says otherwise; what is late is
//! noted.

use rmad::case::State;
use rmad::daemon::Step;
use rmad::outbox::Outgoing;
use rmad::policy::{Flag, OutcomeKind};

use super::{ADA, BARE, Database, House, WHOLE, databases, mail};

/// What a mail server reports on a letter of ours, in the form of RFC 3464.
fn report(letter: &Outgoing, id: &str, action: &str, status: &str) -> String {
    let recipient = &letter.recipient;
    let original = &letter.message_id;
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.customer.example\r\nTo: support@northwind.example\r\n\
         Subject: Delivery report\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\nAbout your mail to {recipient}.\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b\r\n\
         Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{original}>\r\n--b--\r\n"
    )
}

impl House {
    /// The only letter that a message was answered with.
    async fn answered(&mut self, raw: String) -> Outgoing {
        let id = self.take_in(raw).await;
        let mut letters = self.replies(id).await;
        assert_eq!(letters.len(), 1);
        letters.remove(0)
    }

    async fn case_from(&self, letter: &Outgoing) -> rmad::case::Case {
        let mut tx = self.store.begin().await.unwrap();
        tx.case_by_sent_message_ids(std::slice::from_ref(&letter.message_id)).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn where_mail_came_back_from_nothing_goes_until_a_person_says_so() {
    for database in databases("where_mail_came_back_from").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.answered(mail(ADA, "1@customer.example", WHOLE)).await;
        let before = house.answered(mail(ADA, "2@customer.example", BARE)).await;
        assert_eq!((first.withheld, before.withheld.clone()), (None, None));
        let id = house.take_in(report(&before, "b1@mx.customer.example", "failed", "5.1.1")).await;

        let held = house.case_from(&before).await;
        assert_eq!((held.state, &held.flags[..]), (State::HeldForReview, &[Flag::ReplyBounced][..]));
        assert_eq!(house.decision(id).await.unwrap().outcome, OutcomeKind::HeldForReview);
        let told = house.store.events_of_message(id).await.unwrap().remove(0).what;
        assert!(told.contains("Mail to ada@customer.example came back (5.1.1)"), "{told}");

        // in whatever case, while others at the company are written to
        let after = house.answered(mail(ADA, "3@customer.example", BARE)).await;
        let why = after.withheld.clone().expect("it would come back again");
        assert!(why.starts_with("mail to this address has come back since 2026-06-15 (5.1.1)"), "{why}");
        let colleague = house.answered(mail("cleo@customer.example", "4@customer.example", BARE)).await;
        assert_eq!(colleague.withheld, None);

        let waiting = house.case_from(&after).await;
        assert!(waiting.is_for_staff() && waiting.flags.contains(&Flag::ReplyWithheld), "{:?}", waiting.flags);

        // another report changes nothing, nor does the release of another case; a person who looked at this one does
        house.take_in(report(&before, "b2@mx.customer.example", "failed", "5.7.1")).await;
        house.step(&waiting.number, Step::Release).await.unwrap();
        let still = house.answered(mail(ADA, "6@customer.example", BARE)).await;
        assert!(still.withheld.unwrap().ends_with(&format!("until {} is released", held.number)));
        house.step(&held.number, Step::Release).await.unwrap();
        let released = house.answered(mail(ADA, "5@customer.example", BARE)).await;
        assert_eq!(released.withheld, None);
    }
}

#[tokio::test]
async fn what_is_late_is_noted_and_changes_nothing() {
    for database in databases("what_is_late_is_noted").await {
        let mut house = House::open(database, |_| ()).await;
        let letter = house.answered(mail(ADA, "1@customer.example", BARE)).await;
        let before = house.case_from(&letter).await;
        for (id, action, status) in
            [("d1", "delayed", "4.4.1"), ("d2", "relayed", "2.0.0"), ("d3", "delivered", "2.0.0")]
        {
            let id = house.take_in(report(&letter, &format!("{id}@mx.customer.example"), action, status)).await;
            let after = house.case_from(&letter).await;
            assert_eq!(house.entry(id).await.case_number.as_ref(), Some(&before.number), "{action}");
            assert_eq!((after.state, &after.flags, &after.missing), (before.state, &before.flags, &before.missing));
            let told = house.store.events_of_case(&before.number).await.unwrap().pop().unwrap().what;
            assert!(told.contains(&format!("nothing final ({status})")), "{told}");
        }
        let next = house.answered(mail(ADA, "2@customer.example", BARE)).await;
        assert_eq!(next.withheld, None);
    }
}

#[tokio::test]
async fn a_report_marks_only_whom_we_wrote_to() {
    let mut house = House::open(Database::sqlite(), |_| ()).await;
    let letter = house.answered(mail(ADA, "1@customer.example", BARE)).await;
    // it names another recipient than the letter had, as any customer could write it
    let forged = report(&letter, "b1@mx.customer.example", "failed", "5.1.1").replace("ada@", "ben@");
    house.take_in(forged).await;
    let ben = house.answered(mail("ben@customer.example", "2@customer.example", BARE)).await;
    assert_eq!(ben.withheld, None);
    // and one on a letter that we never wrote
    let other = Outgoing { message_id: "rmad.0123456789abcdef@northwind.example".to_owned(), ..ben.clone() };
    let id = house.take_in(report(&other, "b2@mx.customer.example", "failed", "5.1.1")).await;
    assert_eq!(house.entry(id).await.outcome, Some(OutcomeKind::Ignored));
    let again = house.answered(mail("ben@customer.example", "3@customer.example", BARE)).await;
    assert_eq!(again.withheld, None);
}

/// Nothing ends for a customer who cannot be told that it does.
#[tokio::test]
async fn in_the_other_cases_of_that_address_time_stands_still() {
    for database in databases("bounced_elsewhere").await {
        let mut house = House::staffed(database).await;
        let number = house.ada_writes("1@customer.example", None, BARE).await;
        let letter = house.answered(mail(ADA, "2@customer.example", WHOLE)).await;
        house.deliver().await;
        house.take_in(report(&letter, "b1@mx.customer.example", "failed", "5.1.1")).await;
        let bounced = house.case_from(&letter).await.number;
        let before = house.store.outgoing_of_case(&number).await.unwrap().len();
        for day in ["2026-06-19T10:00", "2026-06-23T10:00", "2026-06-30T10:00"] {
            house.remind_at(day).await;
        }
        assert_eq!(house.store.outgoing_of_case(&number).await.unwrap().len(), before);
        assert_eq!(house.case(&number).await.state, State::AwaitingDetails);
        house.step(&bounced, Step::Release).await.unwrap();
        house.remind_at("2026-07-01T10:00").await;
        assert_eq!(house.store.outgoing_of_case(&number).await.unwrap().len(), before + 1);
    }
}

/// The server that refuses the address says what a bounce would say later.
#[tokio::test]
async fn an_address_that_is_refused_at_once_is_marked_as_well() {
    for (answer, is_marked) in [("550 5.1.1 no such user", true), ("554 5.7.1 refused as spam", false)] {
        let mut house = House::open(Database::sqlite(), |_| ()).await;
        house.answered(mail(ADA, "1@customer.example", BARE)).await;
        house.send(&rmad::outbox::Delivery::Refused(answer.to_owned()), None).await;
        let next = house.answered(mail(ADA, "2@customer.example", BARE)).await;
        assert_eq!(next.withheld.is_some(), is_marked, "{answer}: {:?}", next.withheld);
    }
}
