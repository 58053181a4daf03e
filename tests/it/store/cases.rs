//! Cases and RMAs are found by what belongs to them.

use jiff::Timestamp;
use jiff::civil::Date;
use rmad::case::steps::{Findings, Parcel, Rules, UnitName};
use rmad::case::{Arrived, Case, Fulfilment, Rma, RmaChange, State};
use rmad::policy::Percent;
use rmad::store::{Recorded, Store};

use super::{case, keep, minute, open_case, outcome, record, rma};
use crate::databases::both;

#[tokio::test]
async fn a_case_is_found_by_what_belongs_to_it() {
    for database in both("found").await {
        let store = &database.store;
        let id = keep(store, 1).await;
        let _ = record(store, &outcome(Some(id), case("C-1"), "first@vendor.example")).await.unwrap();
        let _ = open_case(store, "C-2", State::Approved, Some(rma("RMA-2"))).await;
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let number = |case: Option<Case>| case.map(|case| case.number);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(number(tx.case_by_number("C-1").await.unwrap()).as_deref(), Some("C-1"));
        assert_eq!(number(tx.case_by_number("C-9").await.unwrap()), None);
        for (ids, expected) in [
            (texts(&["first@vendor.example"]), Some("C-1")),
            (texts(&["who@knows.example", "reply-C-2@vendor.example", "first@vendor.example"]), Some("C-2")),
            (texts(&["First@vendor.example", "nul\0@vendor.example"]), None),
            (texts(&[]), None),
        ] {
            assert_eq!(number(tx.case_by_sent_message_ids(&ids).await.unwrap()).as_deref(), expected, "{ids:?}");
        }
        let received = texts(&["first@vendor.example", &format!("customer-{id}@customer.example")]);
        assert_eq!(number(tx.case_by_received_message_ids(&received).await.unwrap()).as_deref(), Some("C-1"));
        assert_eq!(number(tx.case_by_rma_number("RMA-2").await.unwrap()).as_deref(), Some("C-2"));
        assert_eq!(number(tx.case_by_rma_number("RMA-1").await.unwrap()), None);
    }
}

#[tokio::test]
async fn odd_text_from_strangers_can_be_stored_and_found() {
    for database in both("odd_text").await {
        let store = &database.store;
        let id = keep(store, 1).await;
        let long = format!("{}@customer.example", "é".repeat(4_000));
        let mut odd = outcome(Some(id), case("C-1"), "r1@vendor.example");
        odd.message_id = Some(long.clone());
        odd.events[0].what = "He wrote \0.".to_owned();
        odd.events[0].detail = serde_json::json!({"text": ["a\0b", "\\u0000"]});
        odd.replies[0].text = "nul \0 here".to_owned();
        let case = odd.case.as_mut().unwrap();
        case.subject = "A \0 subject \u{202e} and more".to_owned();
        case.participants.push(long.clone());
        assert_eq!(record(store, &odd).await.unwrap(), Recorded::Done);

        assert_eq!(store.case("C-1").await.unwrap().unwrap().subject, "A  subject \u{202e} and more");
        let events = store.events_of_case("C-1").await.unwrap();
        assert_eq!(events[0].what, "He wrote .");
        assert_eq!(events[0].detail, serde_json::json!({"text": ["ab", "\\u0000"]}));
        let mut tx = store.begin().await.unwrap();
        assert!(tx.case_by_received_message_ids(std::slice::from_ref(&long)).await.unwrap().is_some());
        drop(tx);
        super::set_back(store, id, minute(1), "nul \0").await;
    }
}

#[tokio::test]
async fn the_events_of_all_cases_are_read_in_portions() {
    for database in both("case_events").await {
        let store = &database.store;
        for number in ["C-1", "C-2", "C-3"] {
            let _ = open_case(store, number, State::Approved, None).await;
        }
        let (mut read, mut found) = (0, vec![]);
        while let Some(recorded) = store.case_events(read, 2).await.unwrap().into_iter().next() {
            assert!(store.events_of_case(&recorded.case_number).await.unwrap().contains(&recorded.event));
            read = recorded.id;
            found.push(recorded.case_number);
        }
        assert_eq!(found, ["C-1", "C-2", "C-3"]);
        assert_eq!(store.case_events(0, 2).await.unwrap().len(), 2);
    }
}

/// The numbers of the open RMAs that a unit is in on a day.
async fn open_rmas(store: &Store, unit: (&str, u32, Option<&str>), day: &str) -> Vec<String> {
    let mut tx = store.begin().await.unwrap();
    let day: Date = day.parse().unwrap();
    let found = tx.open_rmas_of_unit(unit.0, unit.1, unit.2, day).await.unwrap();
    found.into_iter().map(|issued| issued.rma.number).collect()
}

#[tokio::test]
async fn an_rma_is_open_until_its_last_day_or_its_end() {
    let unit = ("INV-1", 1, Some("S1"));
    for database in both("open_rmas").await {
        let store = &database.store;
        let mut current = open_case(store, "C-1", State::Approved, Some(rma("RMA-1"))).await;
        assert_eq!(open_rmas(store, unit, "2026-06-29").await, ["RMA-1"]);
        assert_eq!(open_rmas(store, unit, "2026-06-30").await, Vec::<String>::new());
        assert_eq!(open_rmas(store, ("INV-1", 2, None), "2026-06-29").await, ["RMA-1"]);
        for other in [("INV-1", 1, Some("S2")), ("INV-1", 1, None), ("INV-2", 1, Some("S1"))] {
            assert_eq!(open_rmas(store, other, "2026-06-20").await, Vec::<String>::new(), "{other:?}");
        }
        for (step, before, after) in [("none", 1, 0), ("receive", 1, 1), ("inspect", 1, 1), ("fulfil", 0, 0)] {
            taken(current.rma.as_mut().unwrap(), step);
            let mut next = outcome(None, current.clone(), &format!("{step}@vendor.example"));
            next.replies.clear();
            next.rma = RmaChange::Changed;
            assert_eq!(record(store, &next).await.unwrap(), Recorded::Done);
            current = store.case("C-1").await.unwrap().unwrap();
            let open =
                [open_rmas(store, unit, "2026-06-20").await.len(), open_rmas(store, unit, "2026-07-20").await.len()];
            assert_eq!(open, [before, after], "{step}");
        }
    }
}

#[tokio::test]
async fn a_case_may_get_another_rma_and_a_later_last_day() {
    for database in both("another_rma").await {
        let store = &database.store;
        let first = open_case(store, "C-1", State::Approved, Some(rma("RMA-1"))).await;
        let later = Rma { expires_on: "2026-07-05".parse().unwrap(), ..rma("RMA-1") };
        let mut prolonged = outcome(None, Case { rma: Some(later), ..first }, "r2@vendor.example");
        prolonged.rma = RmaChange::Changed;
        assert_eq!(record(store, &prolonged).await.unwrap(), Recorded::Done);
        assert_eq!(open_rmas(store, ("INV-1", 1, Some("S1")), "2026-07-05").await, ["RMA-1"]);

        prolonged = outcome(None, store.case("C-1").await.unwrap().unwrap(), "r3@vendor.example");
        prolonged.rma = RmaChange::Issued;
        let case = prolonged.case.as_mut().unwrap();
        case.earlier_rmas.extend(case.rma.replace(rma("RMA-2")));
        taken(case.rma.as_mut().unwrap(), "receive");
        let second = case.rma.clone().unwrap();
        assert_eq!(record(store, &prolonged).await.unwrap(), Recorded::Done);
        assert_eq!(open_rmas(store, ("INV-1", 1, Some("S1")), "2026-08-01").await, ["RMA-2"]);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.case_by_rma_number("RMA-1").await.unwrap().unwrap().number, "C-1");
        let all = tx.rmas_of_accounts(&["C0".to_owned(), "C1".to_owned()]).await.unwrap();
        assert_eq!(all.iter().map(|issued| issued.rma.number.as_str()).collect::<Vec<_>>(), ["RMA-2", "RMA-1"]);
        assert_eq!(all[0].rma, second);
        assert_eq!(tx.rmas_of_accounts(&[]).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_rma_that_is_issued_has_to_be_there() {
    for database in both("no_rma").await {
        let mut outcome = outcome(None, case("C-1"), "r1@vendor.example");
        outcome.rma = RmaChange::Issued;
        assert!(matches!(record(&database.store, &outcome).await, Err(rmad::store::Error::NoRma)));
        outcome.case = None;
        assert!(matches!(record(&database.store, &outcome).await, Err(rmad::store::Error::NoRma)));
        assert_eq!(database.store.case("C-1").await.unwrap(), None);
    }
}

#[tokio::test]
async fn cases_that_wait_long_are_found_page_by_page() {
    for database in both("pages").await {
        let store = &database.store;
        for (number, since) in [("C-1", 30), ("C-2", 10), ("C-3", 10), ("C-4", 20), ("C-5", 40)] {
            let waiting = Case { since: minute(since), ..case(number) };
            let _ = record(store, &outcome(None, waiting, &format!("{number}@vendor.example"))).await.unwrap();
        }
        let _ = open_case(store, "C-6", State::Approved, None).await;
        let mut seen = Vec::new();
        let mut after = (Timestamp::UNIX_EPOCH, String::new());
        loop {
            let page = store.cases_in_state(State::AwaitingDetails, minute(30), (after.0, &after.1), 2).await.unwrap();
            let Some(end) = page.last() else { break };
            after = (end.since, end.number.clone());
            seen.extend(page.into_iter().map(|case| case.number));
        }
        assert_eq!(seen, ["C-2", "C-3", "C-4", "C-1"]);
    }
}

#[tokio::test]
async fn instants_come_back_to_the_microsecond() {
    for database in both("microseconds").await {
        let fine = "2026-06-15T12:00:00.123456789Z".parse().unwrap();
        let exact: Case = Case { since: fine, opened_at: fine, asked_at: Some(fine), ..case("C-1") };
        let _ = record(&database.store, &outcome(None, exact, "r1@vendor.example")).await.unwrap();
        let stored = database.store.case("C-1").await.unwrap().unwrap();
        let coarse = "2026-06-15T12:00:00.123456Z".parse().unwrap();
        assert_eq!((stored.since, stored.opened_at, stored.asked_at), (coarse, coarse, Some(coarse)));
        let found = database
            .store
            .cases_in_state(State::AwaitingDetails, coarse, (Timestamp::UNIX_EPOCH, ""), 10)
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            database
                .store
                .cases_in_state(State::AwaitingDetails, coarse, (found[0].since, &found[0].number), 10)
                .await
                .unwrap(),
            []
        );
    }
}

/// The next step in the life of the switch of an RMA.
fn taken(rma: &mut Rma, step: &str) {
    let switch = [UnitName::Serial("S1".to_owned())];
    let on = "2026-06-20".parse().unwrap();
    let done = match step {
        "receive" => rma.receive(&switch, &Parcel { on, carrier: None, condition: Arrived::default() }),
        "inspect" => {
            let findings = Findings { on, defect_found: Some(true), restocking: None, route: None };
            rma.inspect(&switch, findings, &Rules { ceiling: &|_| Percent::ZERO, grants: &|_, _| false })
                .map(|done| done.places)
        }
        "fulfil" => rma.fulfil(&switch, on, &Fulfilment::Repaired { shipment: None }),
        _ => return,
    };
    assert_eq!(done.unwrap(), [0]);
}
