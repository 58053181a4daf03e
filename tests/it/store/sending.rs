//! Mail on its way out: leased, tried, accepted or put before staff; reminders once.

use std::collections::BTreeSet;

use rmad::case::{Outcome, State};
use rmad::outbox::{Delivery, Outgoing};
use rmad::policy::Flag;
use rmad::store::{Db, Leased, Recorded, SendingState, Sent, Store};

use super::{case, minute, open_case, outcome, outgoing, record};
use crate::databases::both;

/// Records these messages in a case of their own.
async fn put(store: &Store, number: &str, messages: Vec<Outgoing>) {
    let mut outcome = outcome(None, case(number), "unused");
    outcome.replies = messages;
    assert_eq!(record(store, &outcome).await.unwrap(), Recorded::Done);
}

fn message_ids(leased: &[Leased]) -> Vec<&str> {
    leased.iter().map(|leased| leased.outgoing.message_id.as_str()).collect()
}

#[tokio::test]
async fn what_is_due_is_leased_oldest_first() {
    for database in both("leased").await {
        let store = &database.store;
        let later = Outgoing { not_before: minute(30), ..outgoing("later@v.example") };
        let withheld = Outgoing { withheld: Some("shadow mode".to_owned()), ..outgoing("withheld@v.example") };
        let second = Outgoing { not_before: minute(2), ..outgoing("second@v.example") };
        let third = Outgoing { not_before: minute(2), ..outgoing("third@v.example") };
        let messages = [later, withheld, second.clone(), third, outgoing("first@v.example")];
        for (message, n) in messages.into_iter().zip(1..) {
            put(store, &format!("C-{n}"), vec![message]).await;
        }
        let leased = crate::databases::lease(store, minute(5), minute(10), 2).await;
        assert_eq!(message_ids(&leased), ["first@v.example", "second@v.example"]);
        assert_eq!(leased[1].outgoing, second, "what is sent is what was recorded");
        assert_eq!((leased[0].attempt, leased[0].case_number.as_deref()), (1, Some("C-5")));
        assert_eq!(message_ids(&crate::databases::lease(store, minute(5), minute(10), 9).await), ["third@v.example"]);
        assert_eq!(crate::databases::lease(store, minute(5), minute(10), 9).await, []);
        assert_eq!(message_ids(&crate::databases::lease(store, minute(30), minute(40), 1).await), ["first@v.example"]);
    }
}

/// After an outage several letters of a case are due at once.
#[tokio::test]
async fn of_a_case_one_message_leaves_at_a_time_in_the_order_in_which_they_were_written() {
    for database in both("one_at_a_time").await {
        let store = &database.store;
        put(store, "C-1", ["received@v.example", "repaired@v.example"].map(outgoing).to_vec()).await;
        put(store, "C-2", vec![outgoing("other@v.example")]).await;
        let due = async |at| crate::databases::lease(store, minute(at), minute(at + 5), 9).await;
        let says = async |leased: &Leased, delivery: Delivery, at: i64, retry_at: Option<i64>| {
            crate::databases::delivered(store, leased, &delivery, minute(at), retry_at.map(minute)).await
        };
        let accepted = || Delivery::Accepted("250 ok".to_owned());
        let postponed = || Delivery::Postponed("451 later".to_owned());

        let leased = due(5).await;
        assert_eq!(message_ids(&leased), ["received@v.example", "other@v.example"]);
        assert_eq!(due(6).await, [], "the first is on its way");
        let again = due(10).await;
        assert_eq!(message_ids(&again), ["received@v.example", "other@v.example"], "its lease has run out");
        assert_eq!(says(&again[1], accepted(), 11, None).await, Sent::Accepted);

        // what is set to a later time holds up nothing, and comes first again as soon as both are due
        assert_eq!(says(&again[0], postponed(), 11, Some(20)).await, Sent::Postponed);
        let behind = due(12).await;
        assert_eq!(message_ids(&behind), ["repaired@v.example"]);
        assert_eq!(says(&behind[0], postponed(), 13, Some(19)).await, Sent::Postponed);
        let first = due(20).await;
        assert_eq!(message_ids(&first), ["received@v.example"]);
        assert_eq!(says(&first[0], accepted(), 21, None).await, Sent::Accepted);
        assert_eq!(message_ids(&due(21).await), ["repaired@v.example"]);
    }
}

#[tokio::test]
async fn a_lease_that_runs_out_falls_back_with_its_attempt_counted() {
    for database in both("lease_expiry").await {
        let store = &database.store;
        put(store, "C-1", vec![outgoing("m@v.example")]).await;
        let lost = crate::databases::lease(store, minute(5), minute(10), 9).await.remove(0);
        assert_eq!(crate::databases::lease(store, minute(9), minute(20), 9).await, []);
        let taken = crate::databases::lease(store, minute(10), minute(20), 9).await.remove(0);
        assert_eq!((lost.attempt, taken.attempt), (1, 2));
        assert_eq!(lost.outgoing.message_id, taken.outgoing.message_id);

        // A late word of the first sender does not take the message from the second; a late yes counts.
        let refused = Delivery::Refused("550 no".to_owned());
        assert_eq!(crate::databases::delivered(store, &lost, &refused, minute(11), None).await, Sent::Overtaken);
        assert_eq!(crate::databases::lease(store, minute(12), minute(20), 9).await, []);
        let accepted = Delivery::Accepted("250 ok".to_owned());
        assert_eq!(crate::databases::delivered(store, &lost, &accepted, minute(13), None).await, Sent::Accepted);
        let postponed = Delivery::Postponed("451 later".to_owned());
        assert_eq!(
            crate::databases::delivered(store, &taken, &postponed, minute(14), Some(minute(60))).await,
            Sent::Overtaken
        );
        assert_eq!(crate::databases::lease(store, minute(90), minute(99), 9).await, []);
    }
}

#[tokio::test]
async fn an_attempt_ends_in_one_of_four_ways() {
    for database in both("four_ways").await {
        let store = &database.store;
        let ids = ["accepted@v.example", "refused@v.example", "postponed@v.example", "unknown@v.example"];
        put(store, "C-1", ids.iter().map(|id| outgoing(id)).collect()).await;
        let words = |text: &str| text.to_owned();
        for (delivery, retry_at, sent) in [
            (Delivery::Accepted(words("250 ok")), None, Sent::Accepted),
            (Delivery::Refused(words("550 no such user")), Some(minute(20)), Sent::Refused),
            (Delivery::Postponed(words("451 later")), Some(minute(20)), Sent::Postponed),
            (Delivery::Unknown(words("lost")), None, Sent::GivenUp),
        ] {
            let leased = crate::databases::lease(store, minute(5), minute(10), 9).await.remove(0);
            assert_eq!(crate::databases::delivered(store, &leased, &delivery, minute(6), retry_at).await, sent);
        }
        let sendings = store.outgoing_of_case("C-1").await.unwrap();
        let states: Vec<_> =
            sendings.iter().map(|sending| (sending.state, sending.ended_at, sending.leased_until)).collect();
        assert_eq!(
            states,
            [
                (SendingState::Accepted, Some(minute(6)), None),
                (SendingState::Refused, Some(minute(6)), None),
                (SendingState::Recorded, None, None),
                (SendingState::GivenUp, Some(minute(6)), None),
            ]
        );
        assert_eq!(sendings[1].answer.as_deref(), Some("550 no such user"));
        assert_eq!(crate::databases::lease(store, minute(19), minute(25), 9).await, []);
        let again = crate::databases::lease(store, minute(20), minute(25), 9).await;
        assert_eq!((message_ids(&again), again[0].attempt), (vec!["postponed@v.example"], 2));
    }
}

#[tokio::test]
async fn staff_are_told_of_what_did_not_arrive_and_the_case_stays_where_it_is() {
    for database in both("undelivered").await {
        let store = &database.store;
        let before = open_case(store, "C-1", State::Approved, None).await;
        let leased = crate::databases::lease(store, minute(5), minute(10), 9).await.remove(0);
        let refused = Delivery::Refused("550 no such user\0".to_owned());
        assert_eq!(crate::databases::delivered(store, &leased, &refused, minute(6), None).await, Sent::Refused);
        let after = store.case("C-1").await.unwrap().unwrap();
        assert_eq!(
            (after.state, after.since, &after.flags[..]),
            (before.state, before.since, &[Flag::ReplyBounced][..])
        );
        assert_eq!(after.version, before.version + 1, "what was decided before has to be decided again");
        let events = store.events_of_case("C-1").await.unwrap();
        let told = events.last().unwrap();
        assert_eq!((told.at, told.actor.as_str()), (minute(6), "rmad"));
        assert_eq!(told.detail["answer"], "550 no such user");
        assert_eq!(crate::databases::lease(store, minute(90), minute(99), 9).await, []);
    }
}

#[tokio::test]
async fn two_senders_never_hold_the_same_message() {
    for database in both("two_senders").await {
        let store = &database.store;
        for n in 0..60 {
            put(store, &format!("C-{n}"), vec![outgoing(&format!("{n}@v.example"))]).await;
        }
        let take = || async {
            let mut taken = Vec::new();
            for _ in 0..10 {
                let leased = crate::databases::lease(store, minute(5), minute(10), 3).await;
                taken.extend(leased.into_iter().map(|leased| leased.outgoing.message_id));
            }
            taken
        };
        let (one, two, three) = tokio::join!(take(), take(), take());
        let all: Vec<String> = [one, two, three].concat();
        assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len(), "none twice");
        let rest = crate::databases::lease(store, minute(5), minute(10), 60).await;
        assert_eq!(all.len() + rest.len(), 60, "none lost");
    }
}

#[tokio::test]
async fn a_reminder_is_recorded_once_for_its_occasion() {
    for database in both("occasions").await {
        let store = &database.store;
        let decided_on = open_case(store, "C-1", State::AwaitingDetails, None).await;
        let other = open_case(store, "C-2", State::AwaitingDetails, None).await;
        let reminder = |case: &rmad::case::Case, id: &str, occasion: &str| {
            let mut reminder = outcome(None, case.clone(), id);
            reminder.replies[0].template = "reminder".to_owned();
            reminder.replies[0].occasion = Some(occasion.to_owned());
            reminder
        };
        let first = reminder(&decided_on, "a@v.example", "details_3_days");
        assert_eq!(record(store, &first).await.unwrap(), Recorded::Done);
        // After a restart, on the case as it stands now.
        let now = store.case("C-1").await.unwrap().unwrap();
        let again = reminder(&now, "b@v.example", "details_3_days");
        assert_eq!(record(store, &again).await.unwrap(), Recorded::AlreadySettled);
        assert_eq!(store.case("C-1").await.unwrap().unwrap(), now, "nothing of it was written");
        for another in
            [reminder(&now, "c@v.example", "details_7_days"), reminder(&other, "d@v.example", "details_3_days")]
        {
            assert_eq!(record(store, &another).await.unwrap(), Recorded::Done);
        }
        let templates: Vec<String> =
            store.outgoing_of_case("C-1").await.unwrap().into_iter().map(|sending| sending.outgoing.template).collect();
        assert_eq!(templates, ["details_requested", "reminder", "reminder"]);
    }
}

#[tokio::test]
async fn of_two_daemons_that_remind_one_does() {
    for database in both("two_remind").await {
        let store = &database.store;
        // What belongs to no case, such as a digest for staff, is sent once as well.
        for day in 0..10 {
            let (one, other) = (digest(day, "one"), digest(day, "other"));
            let (one, other) = tokio::join!(record(store, &one), record(store, &other));
            let done = [one.unwrap(), other.unwrap()].iter().filter(|recorded| **recorded == Recorded::Done).count();
            assert_eq!(done, 1);
        }
        assert_eq!(store.ledger_counts(minute(9)).await.unwrap().outbox.recorded, 10);
    }
}

#[tokio::test]
async fn a_digest_that_is_not_committed_yet_is_waited_for() {
    for database in both("digest_waits").await {
        let store = &database.store;
        for (day, first_commits) in [(0, true), (1, false)] {
            let mut first = store.begin().await.unwrap();
            assert_eq!(first.record(&digest(day, "first"), minute(1)).await.unwrap(), Recorded::Done);
            let second = tokio::spawn({
                let store = store.clone();
                async move { record(&store, &digest(day, "second")).await.unwrap() }
            });
            if let Db::Postgres(pool) = store.db() {
                while !second.is_finished() && !somebody_waits(pool).await {}
                assert!(!second.is_finished(), "the second does not decide before the first has");
            }
            if first_commits {
                first.commit().await.unwrap();
                assert_eq!(second.await.unwrap(), Recorded::AlreadySettled);
            } else {
                drop(first);
                assert_eq!(second.await.unwrap(), Recorded::Done);
            }
        }
        let leased = crate::databases::lease(store, minute(5), minute(10), 9).await;
        assert_eq!(message_ids(&leased), ["0-first@v.example", "1-second@v.example"]);
        assert!(leased.iter().all(|leased| leased.case_number.is_none()));
    }
}

/// A mail to staff, which belongs to no case.
fn digest(day: u32, id: &str) -> Outcome {
    let mut digest = outcome(None, case("unused"), &format!("{day}-{id}@v.example"));
    digest.case = None;
    digest.events.clear();
    digest.replies[0].occasion = Some(format!("digest/{day}"));
    digest
}

/// Whether a transaction of this database waits for another.
async fn somebody_waits(pool: &sqlx::PgPool) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                              WHERE datname = current_database() AND wait_event_type = 'Lock')";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}
