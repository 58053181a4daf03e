//! Messages wait, are tried and are settled once.

use rmad::case::quarantine::Cause;
use rmad::case::{Case, RmaChange, State};
use rmad::policy::{Flag, OutcomeKind};
use rmad::store::{Arrival, Error, Recorded, Tx};

use super::{arrival, case, keep, minute, outcome, record, rma};
use crate::databases::both;

#[tokio::test]
async fn messages_wait_in_order_of_arrival() {
    for database in both("order_of_arrival").await {
        let store = &database.store;
        let late = Arrival { received_at: minute(9), ..arrival(1, "late") };
        let early = Arrival { received_at: minute(3), ..arrival(2, "early") };
        let early_too = Arrival { received_at: minute(3), ..arrival(3, "early too") };
        let ids = store.keep(&[late, early, early_too], minute(10)).await.unwrap();
        let waiting = store.waiting(minute(10), 10).await.unwrap();
        let seen: Vec<_> = waiting.iter().map(|message| (message.id, message.raw.as_slice())).collect();
        assert_eq!(seen, [(ids[1], &b"early"[..]), (ids[2], b"early too"), (ids[0], b"late")]);
        assert_eq!(store.waiting(minute(10), 1).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn attempts_are_counted_before_they_are_made_and_a_postponed_message_waits() {
    for database in both("attempts").await {
        let store = &database.store;
        let ids = [keep(store, 1).await, keep(store, 2).await];
        store.count_attempt(&ids).await.unwrap();
        store.count_attempt(&ids[..1]).await.unwrap();
        super::set_back(store, ids[0], minute(30), "the order book is locked").await;
        let waiting = store.waiting(minute(29), 10).await.unwrap();
        assert_eq!(waiting.iter().map(|message| (message.id, message.attempts)).collect::<Vec<_>>(), [(ids[1], 1)]);
        let waiting = store.waiting(minute(30), 10).await.unwrap();
        assert_eq!(waiting[0].attempts, 2);
        let entry = store.message(ids[0]).await.unwrap().unwrap();
        assert_eq!(entry.last_error.as_deref(), Some("the order book is locked"));
    }
}

#[tokio::test]
async fn large_messages_are_handed_out_few_at_a_time() {
    for database in both("large").await {
        let store = &database.store;
        let large = |uid: i64, bytes: usize| Arrival { raw: vec![b'0' + uid as u8; bytes], ..arrival(uid, "") };
        store.keep(&[large(1, 40 << 20), large(2, 20 << 20), large(3, 20 << 20)], minute(0)).await.unwrap();
        let first = store.waiting(minute(60), 10).await.unwrap();
        assert_eq!(first.iter().map(|message| message.raw.len()).collect::<Vec<_>>(), [40 << 20]);
        let _ = crate::databases::quarantine(store, first[0].id, "too large", minute(1)).await.unwrap();
        assert_eq!(store.waiting(minute(60), 10).await.unwrap().len(), 1, "two of 20 MiB are more than 32");
    }
}

#[tokio::test]
async fn a_quarantined_message_is_settled_for_staff() {
    for database in both("quarantined").await {
        let store = &database.store;
        let id = keep(store, 1).await;
        assert_eq!(
            crate::databases::quarantine(store, id, "the message is empty", minute(3)).await.unwrap(),
            Recorded::Done
        );
        assert_eq!(
            crate::databases::quarantine(store, id, "again", minute(4)).await.unwrap(),
            Recorded::AlreadySettled
        );
        assert!(matches!(
            crate::databases::quarantine(store, id + 1, "", minute(4)).await,
            Err(Error::NoSuchMessage(_))
        ));
        let entry = store.message(id).await.unwrap().unwrap();
        assert_eq!(entry.outcome, Some(OutcomeKind::HeldForReview));
        assert_eq!((entry.flags, entry.defect.as_deref()), (vec![Flag::Unreadable], Some("the message is empty")));
        assert_eq!((entry.settled_at, entry.class), (Some(minute(3)), None));
        let too_late = outcome(Some(id), case("C-1"), "r1@vendor.example");
        assert_eq!(record(store, &too_late).await.unwrap(), Recorded::AlreadySettled);
        assert_eq!(store.ledger_counts(minute(9)).await.unwrap().quarantined, 1);
    }
}

#[tokio::test]
async fn an_outcome_is_recorded_whole() {
    for database in both("whole").await {
        let store = &database.store;
        let id = keep(store, 1).await;
        let rma = rma("RMA-1");
        let mut issued =
            outcome(Some(id), Case { state: State::Approved, rma: Some(rma), ..case("C-1") }, "r1@v.example");
        issued.kind = OutcomeKind::RmaIssued;
        issued.rma = RmaChange::Issued;
        assert_eq!(record(store, &issued).await.unwrap(), Recorded::Done);

        let stored = store.case("C-1").await.unwrap().unwrap();
        assert_eq!(stored, Case { version: 1, ..issued.case.clone().unwrap() });
        let entry = store.message(id).await.unwrap().unwrap();
        assert_eq!((entry.case_number.as_deref(), entry.outcome), (Some("C-1"), Some(OutcomeKind::RmaIssued)));
        assert_eq!((entry.message_id, entry.settled_at), (issued.message_id.clone(), Some(minute(2))));
        assert_eq!(store.events_of_case("C-1").await.unwrap(), issued.events);
        assert_eq!(store.events_of_message(id).await.unwrap(), issued.events);
        let sent = store.outgoing_of_case("C-1").await.unwrap();
        assert_eq!(
            sent.iter().map(|sending| &sending.outgoing).collect::<Vec<_>>(),
            issued.replies.iter().collect::<Vec<_>>()
        );
        let mut tx = store.begin().await.unwrap();
        let rmas = tx.rmas_of_accounts(&["C1".to_owned()]).await.unwrap();
        assert_eq!((&rmas[0].rma, rmas[0].state), (stored.rma.as_ref().unwrap(), State::Approved));
    }
}

#[tokio::test]
async fn a_message_is_settled_once() {
    for database in both("settled_once").await {
        let store = &database.store;
        let id = keep(store, 1).await;
        let first = outcome(Some(id), case("C-1"), "r1@vendor.example");
        assert_eq!(record(store, &first).await.unwrap(), Recorded::Done);
        // The same decision once more, the same on the newer case, and another case altogether.
        let again = Case { version: 1, ..case("C-1") };
        for second in [first, outcome(Some(id), again, "r2@v.example"), outcome(Some(id), case("C-2"), "r3@v.example")]
        {
            assert_eq!(record(store, &second).await.unwrap(), Recorded::AlreadySettled);
        }
        assert_eq!(store.case("C-1").await.unwrap().unwrap().version, 1);
        assert_eq!(store.case("C-2").await.unwrap(), None);
        assert_eq!(store.events_of_case("C-1").await.unwrap().len(), 1);
        assert_eq!(store.outgoing_of_case("C-1").await.unwrap().len(), 1);
        assert!(store.waiting(minute(60), 10).await.unwrap().is_empty());
        super::set_back(store, id, minute(90), "too late").await;
        assert_eq!(store.message(id).await.unwrap().unwrap().not_before, None);
        assert!(matches!(
            record(store, &outcome(Some(id + 1), case("C-9"), "r9@v.example")).await,
            Err(Error::NoSuchMessage(_))
        ));
    }
}

#[tokio::test]
async fn of_two_daemons_that_answer_one_message_one_finds_it_settled() {
    for database in both("answered_by_two").await {
        let store = &database.store;
        for round in 0..10 {
            let id = keep(store, round + 1).await;
            let (one, other) = (
                outcome(Some(id), case(&format!("C-{round}-a")), &format!("{round}-a@vendor.example")),
                outcome(Some(id), case(&format!("C-{round}-b")), &format!("{round}-b@vendor.example")),
            );
            let (one, other) = tokio::join!(record(store, &one), record(store, &other));
            let mut came_to = [one.unwrap(), other.unwrap()];
            came_to.sort_by_key(|recorded| *recorded == Recorded::Done);
            assert_eq!(came_to, [Recorded::AlreadySettled, Recorded::Done]);
        }
        assert_eq!(store.recent_cases(100).await.unwrap().len(), 10);
    }
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    for database in both("dropped").await {
        let store = &database.store;
        let id = keep(store, 1).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.next_number("case").await.unwrap(), 1);
        let recorded = tx.record(&outcome(Some(id), case("C-1"), "r1@vendor.example"), minute(2)).await.unwrap();
        assert_eq!(recorded, Recorded::Done);
        drop(tx);
        assert_eq!(store.waiting(minute(60), 10).await.unwrap().len(), 1);
        assert_eq!(store.case("C-1").await.unwrap(), None);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.next_number("case").await.unwrap(), 1, "a number that nobody has seen is given");
    }
}

#[tokio::test]
async fn an_outcome_decided_on_an_older_case_is_refused() {
    for database in both("stale").await {
        let store = &database.store;
        let ids = [keep(store, 1).await, keep(store, 2).await, keep(store, 3).await];
        let _ = record(store, &outcome(Some(ids[0]), case("C-1"), "r1@vendor.example")).await.unwrap();
        let decided_on = store.case("C-1").await.unwrap().unwrap();
        let _ = record(store, &outcome(Some(ids[1]), decided_on.clone(), "r2@vendor.example")).await.unwrap();
        for (stale, reply) in [(decided_on, "r3@vendor.example"), (case("C-1"), "r4@vendor.example")] {
            let refused = record(store, &outcome(Some(ids[2]), stale, reply)).await;
            assert!(matches!(refused, Err(Error::StaleCase { number }) if number == "C-1"));
        }
        assert_eq!(store.case("C-1").await.unwrap().unwrap().version, 2);
        assert_eq!(store.waiting(minute(60), 10).await.unwrap().len(), 1, "the third waits to be decided again");
        assert_eq!(store.outgoing_of_case("C-1").await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn one_bad_message_of_a_batch_does_not_lose_the_others() {
    for database in both("batch").await {
        let store = &database.store;
        let ids = [keep(store, 1).await, keep(store, 2).await, keep(store, 3).await, keep(store, 4).await];
        let _ = super::open_case(store, "C-0", State::Approved, Some(rma("RMA-1"))).await;
        let mut tx = store.begin().await.unwrap();
        let mut failed = Vec::new();
        for (position, id) in ids.iter().enumerate() {
            tx.savepoint().await.unwrap();
            let number = tx.next_number("case").await.unwrap();
            let mut outcome = outcome(Some(*id), case(&format!("C-{number}")), &format!("{position}@vendor.example"));
            if position == 1 {
                // An RMA number that was given before: the database itself refuses it.
                outcome.rma = RmaChange::Issued;
                outcome.case.as_mut().unwrap().rma = Some(rma("RMA-1"));
            }
            match tx.record(&outcome, minute(2)).await {
                Ok(_) => tx.release_savepoint().await.unwrap(),
                Err(error) => {
                    failed.push((*id, error));
                    tx.rollback_to_savepoint().await.unwrap();
                }
            }
        }
        let _ = tx.quarantine(ids[1], Cause::NotAnswerable, "it cannot be recorded", minute(3)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(&failed[..], [(id, Error::Database(_))] if *id == ids[1]), "{failed:?}");
        let mut numbers: Vec<String> =
            store.recent_cases(10).await.unwrap().into_iter().map(|case| case.number).collect();
        numbers.sort();
        assert_eq!(numbers, ["C-0", "C-1", "C-2", "C-3"], "the number of the one that failed went to the next");
        assert_eq!(store.ledger_counts(minute(9)).await.unwrap().settled, 4);
    }
}

#[tokio::test]
async fn an_error_that_is_ignored_does_not_commit_in_silence() {
    for database in both("ignored_error").await {
        let store = &database.store;
        let mut tx = store.begin().await.unwrap();
        let Tx::Postgres(connection) = &mut tx else { continue };
        assert!(sqlx::query("SELECT 1 / 0").execute(&mut **connection).await.is_err());
        assert!(tx.commit().await.is_err());
        keep(store, 1).await;
    }
}

#[tokio::test]
async fn numbers_are_given_once_however_many_ask() {
    for database in both("numbers").await {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let store = database.store.clone();
                tokio::spawn(async move {
                    let mut given = Vec::new();
                    for _ in 0..25 {
                        let mut tx = store.begin().await.unwrap();
                        given.push(tx.next_number("rma").await.unwrap());
                        tx.commit().await.unwrap();
                    }
                    given
                })
            })
            .collect();
        let mut given = Vec::new();
        for task in tasks {
            given.extend(task.await.unwrap());
        }
        given.sort_unstable();
        assert_eq!(given, (1..=200).collect::<Vec<i64>>());
        let mut tx = database.store.begin().await.unwrap();
        assert_eq!(tx.next_number("case").await.unwrap(), 1, "each kind is counted by itself");
    }
}
