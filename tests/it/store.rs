//! The store's guarantees, each on SQLite and on PostgreSQL.

mod answering;
mod backlog;
mod cases;
mod intake;
mod opening;
mod quarantine;
mod sending;
mod staff;

use jiff::{Timestamp, ToSpan};
use rmad::case::{Case, Event, Outcome, Rma, RmaChange, RmaUnit, State};
use rmad::mail::Class;
use rmad::outbox::Outgoing;
use rmad::policy::{OutcomeKind, Route};
use rmad::store::{Arrival, Recorded, Store, Tx};
use rmad::understanding::{Detail, Facts};

const MAILBOX: &str = "INBOX";

/// Noon, so many minutes past.
fn minute(minutes: i64) -> Timestamp {
    "2026-06-15T12:00:00Z".parse::<Timestamp>().unwrap() + minutes.minutes()
}

fn arrival(uid: i64, raw: &str) -> Arrival {
    Arrival {
        mailbox: MAILBOX.to_owned(),
        uid_validity: 1,
        uid,
        received_at: minute(uid),
        raw: raw.as_bytes().to_vec(),
    }
}

/// Keeps a message that is unlike any other, and gives its id.
async fn keep(store: &Store, uid: i64) -> i64 {
    store.keep(&[arrival(uid, &format!("message {uid}"))], minute(0)).await.unwrap()[0]
}

fn case(number: &str) -> Case {
    Case {
        number: number.to_owned(),
        version: 0,
        state: State::AwaitingDetails,
        opened_at: minute(0),
        since: minute(0),
        customer: "ada@customer.example".to_owned(),
        customer_name: None,
        last_message_id: None,
        participants: vec!["ada@customer.example".to_owned(), "bob@customer.example".to_owned()],
        subject: "A broken switch".to_owned(),
        facts: Facts::default(),
        flags: Vec::new(),
        missing: vec![Detail::Reason],
        fruitless_answers: 0,
        asked_at: None,
        requested_at: None,
        rma: None,
        for_staff_since: None,
        earlier_rmas: vec![],
    }
}

fn rma(number: &str) -> Rma {
    Rma {
        number: number.to_owned(),
        issued_on: "2026-06-15".parse().unwrap(),
        expires_on: "2026-06-29".parse().unwrap(),
        account_number: "C1".to_owned(),
        units: vec![unit("SWITCH", Some("S1"), 1), unit("CABLE", None, 3)],
        statements: vec![],
    }
}

fn unit(part: &str, serial: Option<&str>, quantity: u32) -> RmaUnit {
    let line = if serial.is_some() { 1 } else { 2 };
    let of_order = ("INV-1".to_owned(), line, part.to_owned());
    RmaUnit::approved(of_order, serial.map(str::to_owned), quantity, Route::RepairOrReplacement, false)
}

fn outgoing(message_id: &str) -> Outgoing {
    Outgoing {
        message_id: message_id.to_owned(),
        reverse_path: "support+c1@vendor.example".to_owned(),
        recipient: "ada@customer.example".to_owned(),
        subject: "Re: A broken switch [C-1]".to_owned(),
        template: "details_requested".to_owned(),
        text: "What is wrong with it?".to_owned(),
        raw: b"Subject: Re\r\n\r\nWhat is wrong with it?\r\n".to_vec(),
        not_before: minute(0),
        withheld: None,
        occasion: None,
    }
}

fn event(what: &str) -> Event {
    Event {
        at: minute(1),
        actor: "rmad".to_owned(),
        what: what.to_owned(),
        state: Some(State::AwaitingDetails),
        detail: serde_json::json!({"policy": "2026-01", "rules": [5, 6]}),
    }
}

/// An outcome that asks for details in `case` and sends one reply.
fn outcome(message: Option<i64>, case: Case, reply: &str) -> Outcome {
    Outcome {
        message,
        message_id: message.map(|id| format!("customer-{id}@customer.example")),
        kind: OutcomeKind::DetailsRequested,
        class: Class::Human,
        flags: Vec::new(),
        case: Some(case),
        events: vec![event("Asked for the reason.")],
        rma: RmaChange::None,
        ledger: vec![],
        cancelled: vec![],
        address: None,
        replies: vec![outgoing(reply)],
    }
}

/// Records an outcome in a transaction of its own.
async fn record(store: &Store, outcome: &Outcome) -> rmad::store::Result<Recorded> {
    let mut tx: Tx = store.begin().await?;
    let recorded = tx.record(outcome, minute(2)).await?;
    if recorded == Recorded::Done {
        tx.commit().await?;
    }
    Ok(recorded)
}

/// Sets a message back in a transaction of its own.
async fn set_back(store: &Store, message: i64, until: Timestamp, error: &str) {
    let mut tx: Tx = store.begin().await.unwrap();
    tx.set_back(message, until, error, "ann@customer.example", Some("1@customer.example")).await.unwrap();
    tx.commit().await.unwrap();
}

/// Opens a case, with an RMA where one is given.
async fn open_case(store: &Store, number: &str, state: State, rma: Option<Rma>) -> Case {
    let mut outcome = outcome(None, Case { state, rma, ..case(number) }, &format!("reply-{number}@vendor.example"));
    if outcome.case.as_ref().unwrap().rma.is_some() {
        outcome.rma = RmaChange::Issued;
    }
    assert_eq!(record(store, &outcome).await.unwrap(), Recorded::Done);
    store.case(number).await.unwrap().unwrap()
}
