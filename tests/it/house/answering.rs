//! Each message is settled once, for itself, in order of arrival (guarantees G2, G3, G8).

use jiff::SignedDuration;
use rmad::case::State;
use rmad::case::quarantine::Cause;
use rmad::policy::OutcomeKind;
use rmad::store::{Error, Recorded};

use super::{ADA, BARE, House, WHOLE, databases, mail, with};

#[tokio::test]
async fn a_second_attempt_finds_a_message_settled() {
    for database in databases("a_second_attempt_finds_a_message_settled").await {
        let mut house = House::open(database, |_| ()).await;
        let id = house.receive(mail(ADA, "1@customer.example", WHOLE)).await;
        let now = house.clock.now();
        let taken_before = house.store.waiting(now, 10).await.unwrap().remove(0);
        house.answer().await;
        let settled = (house.entry(id).await, house.store.ledger_counts(now).await.unwrap());
        assert_eq!(settled.0.outcome, Some(OutcomeKind::RmaIssued));

        let mut tx = house.store.begin().await.unwrap();
        let again = house.decide(&mut tx, &taken_before).await;
        assert_eq!(tx.record(&again, now).await.unwrap(), Recorded::AlreadySettled);
        tx.commit().await.unwrap();
        assert_eq!((house.entry(id).await, house.store.ledger_counts(now).await.unwrap()), settled);
        assert_eq!(house.store.events_of_message(id).await.unwrap().len(), 1);
        assert_eq!(house.store.recent_cases(10).await.unwrap().len(), 1);
    }
}

/// Whichever of them comes first, and wherever the other stands then.
#[tokio::test(flavor = "multi_thread")]
async fn two_daemons_answer_each_message_once() {
    for database in databases("two_daemons_answer_each_message_once").await {
        let mut first = House::open(database, |_| ()).await;
        let second = House::open(first.database.shared(), |_| ()).await;
        let mut ids = Vec::new();
        for n in 0..30 {
            ids.push(first.receive(mail(ADA, &format!("{n}@customer.example"), BARE)).await);
        }
        tokio::join!(first.answer(), second.answer());
        let counts = first.store.ledger_counts(first.clock.now()).await.unwrap();
        assert_eq!((counts.settled, counts.quarantined, counts.outbox.recorded), (30, 0, 30));
        for id in ids {
            assert_eq!(first.store.events_of_message(id).await.unwrap().len(), 1);
            assert_eq!(first.replies(id).await.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_message_id_seen_again_with_other_bytes_is_another_message() {
    for database in databases("a_message_id_seen_again_with_other_bytes_is_anothe").await {
        let mut house = House::open(database, |_| ()).await;
        let one = house.take_in(mail(ADA, "same@customer.example", BARE)).await;
        let other = house.take_in(mail(ADA, "same@customer.example", WHOLE)).await;
        assert_ne!(one, other);
        let entry = house.entry(other).await;
        assert_eq!((entry.duplicate_of, entry.outcome), (None, Some(OutcomeKind::RmaIssued)));
        assert_eq!(house.entry(one).await.message_id, entry.message_id);
        assert_eq!((house.replies(one).await.len(), house.replies(other).await.len()), (1, 1));
    }
}

#[tokio::test]
async fn the_same_bytes_again_are_the_same_message() {
    for database in databases("the_same_bytes_again_are_the_same_message").await {
        let mut house = House::open(database, |_| ()).await;
        let one = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        let again = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        assert_eq!(house.entry(again).await.duplicate_of, Some(one));
        assert_eq!(house.store.ledger_counts(house.clock.now()).await.unwrap().outbox.recorded, 1);
    }
}

/// The second gives what the first lacks, and was fetched before it.
#[tokio::test]
async fn messages_of_one_case_are_answered_in_order_of_arrival() {
    for database in databases("messages_of_one_case_are_answered_in_order_of_arri").await {
        let mut house = House::open(database, |_| ()).await;
        let now = house.clock.now();
        let answer = with("In-Reply-To: <1@customer.example>", &mail(ADA, "2@customer.example", WHOLE));
        let second = house.receive(answer).await;
        let first =
            house.receive_from(now - SignedDuration::from_mins(10), mail(ADA, "1@customer.example", BARE)).await;
        assert_eq!(house.desk.answer_waiting(now, 50).await.unwrap(), 2, "both in one batch");
        let (one, other) = (house.entry(first).await, house.entry(second).await);
        assert_eq!((one.outcome, other.outcome), (Some(OutcomeKind::DetailsRequested), Some(OutcomeKind::RmaIssued)));
        assert_eq!(one.case_number, other.case_number);
        let case = house.store.case(&one.case_number.unwrap()).await.unwrap().unwrap();
        assert_eq!((case.version, case.opened_at), (2, now - SignedDuration::from_mins(10)));
    }
}

/// Another message of the case was answered between the decision and its record (guarantee G7).
#[tokio::test]
async fn what_was_decided_on_an_older_case_is_decided_again() {
    for database in databases("what_was_decided_on_an_older_case_is_decided_again").await {
        let mut house = House::open(database, |_| ()).await;
        let now = house.clock.now();
        let first = house.take_in(mail(ADA, "1@customer.example", BARE)).await;
        for (id, text) in [("2@customer.example", BARE), ("3@customer.example", WHOLE)] {
            house.receive(with("In-Reply-To: <1@customer.example>", &mail(ADA, id, text))).await;
        }
        let waiting = house.store.waiting(now, 10).await.unwrap();
        let mut tx = house.store.begin().await.unwrap();
        let stale = house.decide(&mut tx, &waiting[0]).await;
        let timely = house.decide(&mut tx, &waiting[1]).await;
        assert_eq!(tx.record(&timely, now).await.unwrap(), Recorded::Done);
        tx.savepoint().await.unwrap();
        assert!(matches!(tx.record(&stale, now).await, Err(Error::StaleCase { .. })));
        tx.rollback_to_savepoint().await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(house.entry(waiting[0].id).await.settled_at, None);
        assert_eq!(house.answer().await, 1);
        assert_eq!(house.entry(waiting[0].id).await.outcome, Some(OutcomeKind::StatusGiven));
        let case = house.store.case(&house.entry(first).await.case_number.unwrap()).await.unwrap().unwrap();
        assert_eq!((case.version, case.state), (3, State::Approved));
    }
}

/// What one daemon has set back is not tried again at once by another that took it up at the same time.
#[tokio::test]
async fn what_another_daemon_has_dealt_with_meanwhile_is_left_alone() {
    for database in databases("dealt_with").await {
        let mut house = House::open(database, |_| ()).await;
        let now = house.clock.now();
        let first = house.receive(mail(ADA, "1@customer.example", WHOLE)).await;
        let second = house.receive(mail(ADA, "2@customer.example", BARE)).await;
        let third = house.receive(mail("Zoe <zoe@elsewhere.example>", "3@elsewhere.example", BARE)).await;
        let mut tx = house.store.begin().await.unwrap();
        tx.set_back(first, now + SignedDuration::from_mins(5), "no room", "customer.example", None).await.unwrap();
        let _settled = tx.quarantine(second, Cause::TooLarge, "too large", now).await.unwrap();
        assert_eq!(tx.still_due(&[first, second, third], now).await.unwrap(), [third].into());
        assert_eq!(tx.still_due(&[first], now + SignedDuration::from_mins(5)).await.unwrap(), [first].into());
    }
}
