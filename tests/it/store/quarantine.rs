//! What cannot be read or answered is kept until a person decides.

use rmad::case::quarantine::Cause;
use rmad::case::{Event, State};
use rmad::policy::{Flag, OutcomeKind};
use rmad::store::{Decided, Recorded, Store};
use serde_json::json;

use super::{case, keep, minute, outcome, record, set_back};
use crate::databases::both;

async fn quarantine(store: &Store, id: i64, cause: Cause) {
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.quarantine(id, cause, "it is broken", minute(5)).await.unwrap(), Recorded::Done);
    tx.commit().await.unwrap();
}

async fn again(store: &Store, id: i64) -> Decided {
    let mut tx = store.begin().await.unwrap();
    let decided = tx.process_again(id, "dana", Some("mended"), minute(7)).await.unwrap();
    tx.commit().await.unwrap();
    decided
}

async fn dismiss(store: &Store, id: i64) -> Decided {
    let mut tx = store.begin().await.unwrap();
    let decided = tx.dismiss(id, "dana", "answered by telephone", minute(8)).await.unwrap();
    tx.commit().await.unwrap();
    decided
}

#[tokio::test]
async fn what_is_processed_again_waits_with_fresh_attempts() {
    for database in both("process_again").await {
        let store = &database.store;
        let id = keep(store, 1).await;
        store.count_attempt(&[id]).await.unwrap();
        set_back(store, id, minute(3), "the disk is full").await;
        quarantine(store, id, Cause::NotAnswerable).await;
        assert!(store.waiting(minute(90), 9).await.unwrap().is_empty());

        assert_eq!(again(store, id).await, Decided::Done);
        let waiting = store.waiting(minute(7), 9).await.unwrap().remove(0);
        assert_eq!((waiting.id, waiting.attempts, waiting.received_at), (id, 0, minute(1)));
        let entry = store.message(id).await.unwrap().unwrap();
        assert_eq!((entry.cause, entry.defect, entry.outcome, entry.last_error), (None, None, None, None));
        assert!(entry.flags.is_empty());
        let mut tx = store.begin().await.unwrap();
        assert!(!tx.any_set_back().await.unwrap(), "nobody waits behind it");
        drop(tx);
        assert_eq!(again(store, id).await, Decided::NotInQuarantine);

        let answered = outcome(Some(id), case("C-1"), "r1@vendor.example");
        assert_eq!(record(store, &answered).await.unwrap(), Recorded::Done);
        let mut events = store.events_of_message(id).await.unwrap();
        let [quarantined, decided, _] = &events[..] else { panic!("{events:?}") };
        assert_eq!(
            (quarantined.what.as_str(), &quarantined.detail["cause"]),
            ("Quarantined: it is broken.", &json!("not_answerable"))
        );
        let expected = ("dana", "It is to be processed again.", minute(7), &json!("mended"));
        assert_eq!((decided.actor.as_str(), decided.what.as_str(), decided.at, &decided.detail["why"]), expected);
        let Event { state, .. } = events.remove(2);
        assert_eq!(state, Some(State::AwaitingDetails));
    }
}

#[tokio::test]
async fn what_is_dismissed_is_listed_no_more_and_kept() {
    for database in both("dismissed").await {
        let store = &database.store;
        let (id, other) = (keep(store, 1).await, keep(store, 2).await);
        assert_eq!(dismiss(store, id).await, Decided::NotInQuarantine);
        quarantine(store, id, Cause::Garbled).await;
        quarantine(store, other, Cause::NoSender).await;
        let all = store.quarantined(minute(0), 9).await.unwrap();
        let causes: Vec<_> = all.oldest.iter().map(|quarantined| (quarantined.message, quarantined.cause)).collect();
        assert_eq!((all.total, &causes[..]), (2, &[(id, Cause::Garbled), (other, Cause::NoSender)][..]));

        assert_eq!(dismiss(store, id).await, Decided::Done);
        let left = store.quarantined(minute(0), 9).await.unwrap();
        assert_eq!((left.total, left.oldest.len(), left.oldest[0].message), (1, 1, other));
        assert_eq!(store.ledger_counts(minute(9)).await.unwrap().quarantined, 1);
        let entry = store.message(id).await.unwrap().unwrap();
        assert_eq!((entry.cause, entry.dismissed_at), (Some(Cause::Garbled), Some(minute(8))));
        assert_eq!((entry.outcome, entry.flags), (Some(OutcomeKind::HeldForReview), vec![Flag::Unreadable]));
        assert_eq!(store.raw(id).await.unwrap().unwrap(), b"message 1");
        assert_eq!(dismiss(store, id).await, Decided::NotInQuarantine, "only once");
        assert_eq!(store.events_of_message(id).await.unwrap().len(), 2);

        assert_eq!(again(store, id).await, Decided::Done, "whoever dismissed it may have been wrong");
        assert_eq!(store.message(id).await.unwrap().unwrap().dismissed_at, None);
    }
}

#[tokio::test]
async fn what_was_not_kept_whole_is_not_processed_again() {
    for database in both("not_whole").await {
        let store = &database.store;
        for (uid, cause) in [(1, Cause::OverFetchLimit), (2, Cause::NotFetched)] {
            let id = keep(store, uid).await;
            quarantine(store, id, cause).await;
            assert_eq!(again(store, id).await, Decided::NotWhole(cause));
            assert_eq!(dismiss(store, id).await, Decided::Done);
            assert_eq!(again(store, id + 100).await, Decided::NoSuchMessage);
            assert_eq!(dismiss(store, id + 100).await, Decided::NoSuchMessage);
        }
        assert!(store.waiting(minute(90), 9).await.unwrap().is_empty());
    }
}
