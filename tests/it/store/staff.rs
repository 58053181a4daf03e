//! What staff see of it all.

use rmad::mail::Class;
use rmad::outbox::{Delivery, Outgoing};
use rmad::policy::OutcomeKind;
use rmad::store::{LedgerCounts, OutboxCounts};

use super::{case, event, keep, minute, outcome, outgoing, record};
use crate::databases::both;

#[tokio::test]
async fn everything_is_counted_where_it_stands() {
    for database in both("counts").await {
        let store = &database.store;
        assert_eq!(store.ledger_counts(minute(0)).await.unwrap(), LedgerCounts::default());
        let ids = [keep(store, 1).await, keep(store, 2).await, keep(store, 3).await];
        let mut answered = outcome(Some(ids[0]), case("C-1"), "leased@v.example");
        answered.replies.push(outgoing("accepted@v.example"));
        answered.replies.push(outgoing("recorded@v.example"));
        answered.replies.push(Outgoing { withheld: Some("shadow".to_owned()), ..outgoing("withheld@v.example") });
        let _ = record(store, &answered).await.unwrap();
        let _ = crate::databases::quarantine(store, ids[1], "no header", minute(1)).await.unwrap();
        store.filed(&[ids[0]], minute(1)).await.unwrap();
        let leased = store.lease(minute(5), minute(10), 2).await.unwrap();
        crate::databases::delivered(store, &leased[1], &Delivery::Accepted("250 ok".to_owned()), minute(6), None).await;
        let expected = LedgerCounts {
            kept: 3,
            unfiled: 2,
            waiting: 1,
            settled: 2,
            quarantined: 1,
            duplicates: 0,
            outbox: OutboxCounts { recorded: 1, leased: 1, accepted: 1, refused: 0, given_up: 0, withheld: 1 },
        };
        assert_eq!(store.ledger_counts(minute(9)).await.unwrap(), expected);
        let fallen_back = OutboxCounts { recorded: 2, leased: 0, ..expected.outbox };
        assert_eq!(store.ledger_counts(minute(10)).await.unwrap().outbox, fallen_back);
    }
}

#[tokio::test]
async fn messages_are_listed_with_what_they_came_to() {
    for database in both("listed").await {
        let store = &database.store;
        let ids = [keep(store, 1).await, keep(store, 2).await, keep(store, 3).await];
        let _ = record(store, &outcome(Some(ids[0]), case("C-1"), "r@v.example")).await.unwrap();
        let mut ignored = outcome(Some(ids[1]), case("unused"), "unused");
        ignored.case = None;
        ignored.kind = OutcomeKind::Ignored;
        ignored.class = Class::Bulk;
        ignored.events = vec![event("A newsletter: it carries List-Unsubscribe.")];
        ignored.replies.clear();
        let _ = record(store, &ignored).await.unwrap();
        let recent = store.recent_messages(2).await.unwrap();
        assert_eq!(recent.iter().map(|entry| entry.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
        assert_eq!((recent[1].class, recent[1].outcome), (Some(Class::Bulk), Some(OutcomeKind::Ignored)));
        assert_eq!((recent[0].class, recent[0].settled_at), (None, None));
        assert_eq!(store.events_of_message(ids[1]).await.unwrap(), ignored.events);
        let of_case = store.messages_of_case("C-1").await.unwrap();
        assert_eq!(of_case.iter().map(|entry| entry.id).collect::<Vec<_>>(), [ids[0]]);
        assert_eq!(store.message(ids[2] + 1).await.unwrap(), None);
    }
}
