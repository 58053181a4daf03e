//! What staff see of it all.

use rmad::case::quarantine::Cause;
use rmad::case::{Case, State};
use rmad::mail::Class;
use rmad::outbox::{Delivery, Outgoing};
use rmad::policy::{Flag, OutcomeKind};
use rmad::store::{LedgerCounts, OutboxCounts, Quarantined, SendingState, Store};

use super::{case, event, keep, minute, outcome, outgoing, record};
use crate::databases::both;

#[tokio::test]
async fn everything_is_counted_where_it_stands() {
    for database in both("counts").await {
        let store = &database.store;
        assert_eq!(store.ledger_counts(minute(0)).await.unwrap(), LedgerCounts::default());
        let ids = [keep(store, 1).await, keep(store, 2).await, keep(store, 3).await];
        let mut answered = outcome(Some(ids[0]), case("C-1"), "accepted@v.example");
        answered.replies.push(outgoing("leased@v.example"));
        answered.replies.push(outgoing("recorded@v.example"));
        answered.replies.push(Outgoing { withheld: Some("shadow".to_owned()), ..outgoing("withheld@v.example") });
        let _ = record(store, &answered).await.unwrap();
        let _ = crate::databases::quarantine(store, ids[1], "no header", minute(1)).await.unwrap();
        store.filed(&[ids[0]], minute(1)).await.unwrap();
        let first = crate::databases::lease(store, minute(5), minute(10), 2).await.remove(0);
        crate::databases::delivered(store, &first, &Delivery::Accepted("250 ok".to_owned()), minute(6), None).await;
        assert_eq!(crate::databases::lease(store, minute(6), minute(10), 2).await.len(), 1);
        let expected = LedgerCounts {
            kept: 3,
            left: 0,
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

#[tokio::test]
async fn cases_for_staff_are_counted_and_the_oldest_listed() {
    for database in both("cases_for_staff").await {
        let store = &database.store;
        assert_eq!(numbers(store, 9).await, (0, vec![]));
        for (number, since, state, flags) in [
            ("C-1", 5, State::HeldForReview, vec![Flag::LegalThreat]),
            ("C-2", 4, State::AwaitingDetails, vec![Flag::UnknownInvoice]),
            ("C-3", 3, State::Approved, vec![Flag::ReplyBounced]),
            ("C-4", 2, State::Closed, vec![Flag::ReplyBounced]),
            ("C-5", 3, State::AwaitingDetails, vec![Flag::UnknownInvoice, Flag::SenderNotOnOrder]),
            ("C-6", 1, State::Approved, vec![]),
        ] {
            let opened = Case { state, flags, since: minute(since), ..case(number) };
            let _ = record(store, &outcome(None, opened, &format!("{number}@v.example"))).await.unwrap();
        }
        assert_eq!(numbers(store, 9).await, (3, ["C-3", "C-5", "C-1"].map(str::to_owned).to_vec()));
        assert_eq!(numbers(store, 1).await, (3, vec!["C-3".to_owned()]));
        let waiting = store.cases_for_staff_since(minute(4), (minute(0), ""), 1).await.unwrap();
        let first = (waiting[0].for_staff_since.unwrap(), waiting[0].number.as_str());
        assert_eq!(first, (minute(2), "C-3"), "since it was flagged, not since its state");
        let next = store.cases_for_staff_since(minute(4), first, 9).await.unwrap();
        assert_eq!(next.iter().map(|case| case.number.as_str()).collect::<Vec<_>>(), ["C-5"], "not the later hold");
        let released = Case { state: State::Approved, flags: vec![], ..store.case("C-1").await.unwrap().unwrap() };
        let _ = record(store, &outcome(None, released, "released@v.example")).await.unwrap();
        assert_eq!(numbers(store, 9).await, (2, ["C-3", "C-5"].map(str::to_owned).to_vec()));
    }
}

#[tokio::test]
async fn what_staff_are_sent_counts_for_no_case_and_no_address() {
    for database in both("sent_since").await {
        let store = &database.store;
        let mut written = outcome(None, case("C-1"), "customer@v.example");
        let to_staff = |id: &str| Outgoing { template: "staff_escalation".to_owned(), ..outgoing(id) };
        written.replies.extend([to_staff("1@v.example"), to_staff("2@v.example")]);
        let address = written.replies[0].recipient.clone();
        let _ = record(store, &written).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.sent_since(minute(0), "C-1", &address).await.unwrap(), (1, 1));
        assert_eq!(tx.all_sent_since(minute(0)).await.unwrap(), 3);
        assert_eq!(tx.sent_since(minute(3), "C-1", &address).await.unwrap(), (0, 0));
        for (since, written) in [(2, 2), (3, 0)] {
            assert_eq!(tx.written_since(minute(since), "staff_escalation").await.unwrap(), written);
        }
    }
}

async fn numbers(store: &Store, limit: u32) -> (i64, Vec<String>) {
    let found = store.cases_for_staff(limit).await.unwrap();
    (found.total, found.oldest.into_iter().map(|case| case.number).collect())
}

#[tokio::test]
async fn quarantined_messages_are_counted_and_the_earliest_listed() {
    for database in both("quarantined").await {
        let store = &database.store;
        let mut ids = Vec::new();
        for uid in 1..=4 {
            ids.push(keep(store, uid).await);
            if uid < 4 {
                let at = minute(10 * uid);
                let _ = crate::databases::quarantine(store, ids[ids.len() - 1], "no header", at).await.unwrap();
            }
        }
        let found = store.quarantined(minute(20), 1).await.unwrap();
        let second = Quarantined {
            message: ids[1],
            received_at: minute(2),
            quarantined_at: minute(20),
            cause: Cause::NoHeader,
            defect: "no header".to_owned(),
        };
        assert_eq!((found.total, found.oldest), (2, vec![second]));
        let later = store.quarantined(minute(31), 9).await.unwrap();
        assert_eq!((later.total, later.oldest), (0, vec![]));
    }
}

#[tokio::test]
async fn what_did_not_go_out_is_counted_and_the_earliest_listed() {
    for database in both("unsent").await {
        let store = &database.store;
        let mut written = outcome(None, case("C-1"), "accepted@v.example");
        for id in ["refused@v.example", "given_up@v.example"] {
            written.replies.push(outgoing(id));
        }
        written.replies.push(Outgoing { withheld: Some("shadow".to_owned()), ..outgoing("withheld@v.example") });
        let _ = record(store, &written).await.unwrap();
        for (delivery, at) in [
            (Delivery::Accepted("250 ok".to_owned()), 6),
            (Delivery::Refused("550 no such user".to_owned()), 8),
            (Delivery::Postponed("451 later".to_owned()), 7),
        ] {
            let leased = crate::databases::lease(store, minute(5), minute(10), 9).await.remove(0);
            crate::databases::delivered(store, &leased, &delivery, minute(at), None).await;
        }
        let found = store.unsent(minute(2), 9).await.unwrap();
        let told: Vec<_> = found
            .oldest
            .iter()
            .map(|unsent| (unsent.message_id.as_str(), unsent.state, unsent.why.as_deref(), unsent.at))
            .collect();
        let expected = [
            ("withheld@v.example", SendingState::Withheld, Some("shadow"), minute(2)),
            ("given_up@v.example", SendingState::GivenUp, Some("451 later"), minute(7)),
            ("refused@v.example", SendingState::Refused, Some("550 no such user"), minute(8)),
        ];
        assert_eq!((found.total, &told[..]), (3, &expected[..]));
        assert_eq!(found.oldest[2].case_number.as_deref(), Some("C-1"));
        let since = store.unsent(minute(7), 1).await.unwrap();
        assert_eq!((since.total, since.oldest.len()), (2, 1));
        assert_eq!(since.oldest[0].message_id, "given_up@v.example");
    }
}
