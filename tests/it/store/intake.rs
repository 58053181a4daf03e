//! Messages are kept before they leave the inbox, and each is one message however often it is fetched.

use rmad::policy::{Flag, OutcomeKind};
use rmad::store::{Arrival, Cursor};

use super::{MAILBOX, arrival, case, keep, minute, outcome, record};
use crate::databases::both;

#[tokio::test]
async fn bytes_are_kept_as_they_came() {
    for database in both("bytes_kept").await {
        let raw: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        let arrival = Arrival { raw: raw.clone(), ..arrival(1, "") };
        let ids = database.store.keep(&[arrival], minute(0)).await.unwrap();
        assert_eq!(database.store.raw(ids[0]).await.unwrap(), Some(raw));
        assert_eq!(database.store.raw(ids[0] + 1).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_message_that_is_fetched_again_keeps_its_row() {
    for database in both("fetched_again").await {
        let store = &database.store;
        assert_eq!(store.cursor(MAILBOX).await.unwrap(), None);
        let first = store.keep(&[arrival(7, "seven"), arrival(8, "eight")], minute(0)).await.unwrap();
        let second = store.keep(&[arrival(8, "eight"), arrival(7, "seven")], minute(9)).await.unwrap();
        assert_eq!(second, [first[1], first[0]]);
        assert_eq!(store.ledger_counts(minute(9)).await.unwrap().kept, 2);
        assert_eq!(store.cursor(MAILBOX).await.unwrap(), Some(read_to(1, 8)));
        assert_eq!(store.cursor("another").await.unwrap(), None);
    }
}

#[tokio::test]
async fn other_bytes_under_a_known_uid_are_another_message() {
    for database in both("other_bytes").await {
        let ids = database.store.keep(&[arrival(7, "one"), arrival(7, "two")], minute(0)).await.unwrap();
        assert_ne!(ids[0], ids[1]);
        assert_eq!(database.store.waiting(minute(60), 10).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_renumbered_mailbox_is_not_answered_again() {
    for database in both("renumbered").await {
        let store = &database.store;
        let old = store.keep(&[arrival(7, "seven"), arrival(8, "eight")], minute(0)).await.unwrap();
        let mut held = outcome(Some(old[0]), case("C-1"), "r1@vendor.example");
        held.kind = OutcomeKind::HeldForReview;
        held.flags = vec![Flag::LegalThreat];
        let _ = record(store, &held).await.unwrap();

        let renumbered = |uid, raw| Arrival { uid_validity: 2, ..arrival(uid, raw) };
        let new = store
            .keep(&[renumbered(1, "seven"), renumbered(2, "eight"), renumbered(3, "nine")], minute(5))
            .await
            .unwrap();

        let waiting: Vec<i64> = store.waiting(minute(60), 10).await.unwrap().iter().map(|message| message.id).collect();
        assert_eq!(waiting, [new[2], old[1]], "the new one and the one that waited; no duplicate");
        assert_eq!(store.message(new[0]).await.unwrap().unwrap().duplicate_of, Some(old[0]));
        assert_eq!(store.cursor(MAILBOX).await.unwrap(), Some(read_to(2, 3)));
        let counts = store.ledger_counts(minute(5)).await.unwrap();
        assert_eq!((counts.kept, counts.waiting, counts.settled, counts.duplicates, counts.unfiled), (5, 2, 3, 2, 3));

        // A duplicate goes into the folder that its first went into.
        let unfiled = store.unfiled(MAILBOX, 2, 10).await.unwrap();
        let outcomes: Vec<_> = unfiled.iter().map(|message| (message.uid, message.outcome)).collect();
        assert_eq!(
            outcomes,
            [(1, OutcomeKind::HeldForReview)],
            "what waits stays in the inbox, and its duplicate with it"
        );
        assert_eq!(unfiled[0].flags, [Flag::LegalThreat]);
    }
}

#[tokio::test]
async fn a_copy_in_the_same_mailbox_is_a_duplicate_and_an_empty_message_is_not() {
    for database in both("copied").await {
        let store = &database.store;
        let ids =
            store.keep(&[arrival(1, "same"), arrival(2, "same"), arrival(3, ""), arrival(4, "")], minute(0)).await;
        let ids = ids.unwrap();
        let waiting: Vec<i64> = store.waiting(minute(60), 10).await.unwrap().iter().map(|message| message.id).collect();
        assert_eq!(waiting, [ids[0], ids[2], ids[3]]);
        assert_eq!(store.ledger_counts(minute(0)).await.unwrap().kept, 4, "every UID has its row");
    }
}

#[tokio::test]
async fn what_is_filed_is_not_filed_again() {
    for database in both("filed").await {
        let store = &database.store;
        let ids = [keep(store, 1).await, keep(store, 2).await, keep(store, 3).await];
        assert_eq!(store.unfiled(MAILBOX, 1, 10).await.unwrap(), [], "what waits stays in the inbox");
        for id in ids {
            let _settled = crate::databases::quarantine(store, id, "unreadable", minute(0)).await.unwrap();
        }
        store.filed(&[ids[0], ids[2]], minute(1)).await.unwrap();
        let unfiled: Vec<i64> = store.unfiled(MAILBOX, 1, 10).await.unwrap().iter().map(|message| message.id).collect();
        assert_eq!(unfiled, [ids[1]]);
        store.filed(&ids, minute(2)).await.unwrap();
        assert_eq!(store.message(ids[0]).await.unwrap().unwrap().filed_at, Some(minute(1)));
        assert_eq!(store.message(ids[1]).await.unwrap().unwrap().filed_at, Some(minute(2)));
        assert_eq!(store.unfiled("another", 1, 10).await.unwrap(), []);
    }
}

#[tokio::test]
async fn two_daemons_that_keep_the_same_message_keep_it_once() {
    for database in both("kept_by_two").await {
        let arrivals: Vec<Arrival> = (1..=20).map(|uid| arrival(uid, &format!("message {uid}"))).collect();
        let (one, other) =
            tokio::join!(database.store.keep(&arrivals, minute(0)), database.store.keep(&arrivals, minute(0)));
        assert_eq!(one.unwrap(), other.unwrap());
        assert_eq!(database.store.waiting(minute(60), 50).await.unwrap().len(), 20);
    }
}

/// The cursor of a mailbox that was first seen at noon.
fn read_to(uid_validity: i64, last_uid: i64) -> Cursor {
    Cursor { uid_validity, last_uid, first_validity: 1, first_seen_at: minute(0) }
}
