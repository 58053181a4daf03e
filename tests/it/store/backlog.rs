//! What lies in a mailbox at its first sight is listed once, and left alone or taken up.

use rmad::store::{Arrival, Cursor, Left};

use super::{MAILBOX, arrival, keep, minute};
use crate::databases::both;

const OLD: [Left; 2] = [Left { uid: 4, size: 900 }, Left { uid: 7, size: 5_000_000_000 }];

#[tokio::test]
async fn the_first_sight_of_a_mailbox_is_noted_once() {
    for database in both("first_sight").await {
        let store = &database.store;
        assert!(store.first_sight(MAILBOX, 1, &OLD, minute(0)).await.unwrap());
        assert!(!store.first_sight(MAILBOX, 1, &[Left { uid: 9, size: 1 }], minute(1)).await.unwrap());
        assert!(store.first_sight("another", 5, &[], minute(2)).await.unwrap());
        let first = Cursor { uid_validity: 1, last_uid: 7, first_validity: 1, first_seen_at: minute(0) };
        assert_eq!(store.cursor(MAILBOX).await.unwrap(), Some(first));
        let empty = Cursor { uid_validity: 5, last_uid: 0, first_validity: 5, first_seen_at: minute(2) };
        assert_eq!(store.cursor("another").await.unwrap(), Some(empty));
        assert_eq!(store.backlog(MAILBOX, 1).await.unwrap(), OLD);
        let counts = store.ledger_counts(minute(3)).await.unwrap();
        assert_eq!((counts.left, counts.kept, counts.waiting, counts.unfiled), (2, 0, 0, 0));

        let new = keep(store, 8).await;
        store.taken_up(MAILBOX, 1, &[4, 5]).await.unwrap();
        assert_eq!(store.backlog(MAILBOX, 1).await.unwrap(), OLD[1..]);
        let waiting = store.waiting(minute(60), 9).await.unwrap();
        assert_eq!(waiting.iter().map(|message| (message.id, message.in_shadow)).collect::<Vec<_>>(), [(new, false)]);
    }
}

#[tokio::test]
async fn what_is_taken_up_in_shadow_says_so_and_does_not_move_the_cursor_back() {
    for database in both("in_shadow").await {
        let store = &database.store;
        store.first_sight(MAILBOX, 1, &OLD, minute(0)).await.unwrap();
        let ids = store.keep_in_shadow(&[arrival(4, "four")], minute(1)).await.unwrap();
        let waiting = store.waiting(minute(60), 9).await.unwrap();
        assert_eq!(waiting.iter().map(|message| (message.id, message.in_shadow)).collect::<Vec<_>>(), [(ids[0], true)]);
        assert_eq!(store.cursor(MAILBOX).await.unwrap().unwrap().last_uid, 7);
    }
}

#[tokio::test]
async fn in_a_renumbered_mailbox_what_was_kept_before_is_a_duplicate_and_the_rest_is_left() {
    for database in both("left_again").await {
        let store = &database.store;
        store.first_sight(MAILBOX, 1, &OLD, minute(0)).await.unwrap();
        let first = store.keep(&[arrival(8, "eight")], minute(1)).await.unwrap()[0];
        let again = |uid, raw| (Arrival { uid_validity: 2, ..arrival(uid, raw) }, 700);
        store.leave([again(1, "four"), again(2, "seven"), again(3, "eight")], minute(2)).await.unwrap();
        let left: Vec<i64> = store.backlog(MAILBOX, 2).await.unwrap().iter().map(|left| left.uid).collect();
        assert_eq!(left, [1, 2]);
        let newest = store.recent_messages(1).await.unwrap().remove(0);
        assert_eq!((newest.uid, newest.duplicate_of), (3, Some(first)));
        let cursor = Cursor { uid_validity: 2, last_uid: 3, first_validity: 1, first_seen_at: minute(0) };
        assert_eq!(store.cursor(MAILBOX).await.unwrap(), Some(cursor));
        assert_eq!(store.ledger_counts(minute(3)).await.unwrap().left, 2, "not those of the old numbers");
    }
}
