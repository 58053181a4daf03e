//! The answering desk and the sender in a box: on a database of its own, cranked by hand, with a clock that stands still
//! until a test moves it.

mod answering;
mod asked_again;
mod bouncing;
mod cancelling;
mod digesting;
mod failing;
mod injecting;
mod line;
mod looping;
mod reminding;
mod replying;
pub mod returning;
mod settling;
mod signed;
mod staff_steps;
mod stopping;
mod troubled;
mod versions;
mod windows;
mod withholding;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rmad::case::Outcome;
use rmad::case::decision::Decision;
use rmad::clock::Clock;
use rmad::config::{Config, Environment};
use rmad::daemon::{By, Desk, Gate, Step, Taken};
use rmad::order_book;
use rmad::outbox::{Delivery, Outgoing};
use rmad::store::{Arrival, Entry, Store, Tx, Waiting};
use tempfile::TempDir;

use crate::postgres;

/// A whole returns desk, and what it remembers.
pub struct House {
    pub desk: Arc<Desk>,
    pub store: Store,
    pub clock: Clock,
    pub database: Database,
    last_uid: i64,
}

/// A database of a test's own.
pub struct Database {
    pub url: String,
    _directory: Option<TempDir>,
}

impl Database {
    /// In a file that goes with it.
    pub fn sqlite() -> Database {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/rmad.db", directory.path().display());
        Database { url, _directory: Some(directory) }
    }

    /// In this file, which is for the caller to remove.
    pub fn at(file: &Path) -> Database {
        Database { url: format!("sqlite://{}", file.display()), _directory: None }
    }

    /// The same database, for another daemon.
    fn shared(&self) -> Database {
        Database { url: self.url.clone(), _directory: None }
    }
}

/// What every guarantee is tested on; `test` is the test's own name.
async fn databases(test: &str) -> [Database; 2] {
    let postgres = Database { url: postgres::url(&format!("house_{test}")).await, _directory: None };
    [Database::sqlite(), postgres]
}

/// Where the clock of a new house stands: 10 in the morning in the vendor's zone.
const START: &str = "2026-06-15T17:00:00Z";
const MAILBOX: &str = "INBOX";
const LEASE: SignedDuration = SignedDuration::from_mins(5);

impl House {
    /// The desk of a small vendor, nothing withheld unless `limit` says so.
    pub async fn open(database: Database, limit: impl FnOnce(&mut Gate)) -> House {
        let vendor = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/house");
        House::of(&vendor, database, limit).await
    }

    /// The desk of the vendor in this directory (`rmad.toml`, `orders/`).
    pub async fn of(vendor: &Path, database: Database, limit: impl FnOnce(&mut Gate)) -> House {
        let settings = Config::for_replay(&vendor.join("rmad.toml"), &Environment::default()).unwrap();
        let store = Store::open(&database.url).await.unwrap();
        order_book::import(&vendor.join("orders"), store.db(), &mut |_| ()).await.unwrap();
        let mut gate = Gate::open(settings.own_addresses());
        limit(&mut gate);
        let desk = Arc::new(Desk::new(store.clone(), &settings, gate, &settings.vendor.address).unwrap());
        House { desk, store, clock: Clock::fixed(START.parse().unwrap()), database, last_uid: 0 }
    }

    /// Keeps a message that arrives now; gives its id.
    pub async fn receive(&mut self, raw: impl Into<Vec<u8>>) -> i64 {
        let now = self.clock.now();
        self.receive_from(now, raw).await
    }

    /// Keeps a message that the mail server received at another time.
    pub async fn receive_from(&mut self, received_at: Timestamp, raw: impl Into<Vec<u8>>) -> i64 {
        self.last_uid += 1;
        let (mailbox, uid) = (MAILBOX.to_owned(), self.last_uid);
        let arrival = Arrival { mailbox, uid_validity: 1, uid, received_at, raw: raw.into() };
        self.store.keep(&[arrival], self.clock.now()).await.unwrap()[0]
    }

    /// Answers whatever may be answered now; tells how many messages were taken up.
    pub async fn answer(&self) -> usize {
        let mut taken = 0;
        loop {
            match self.desk.answer_waiting(self.clock.now(), 50).await.unwrap() {
                0 => return taken,
                some => taken += some,
            }
        }
    }

    /// Receives and answers.
    pub async fn take_in(&mut self, raw: impl Into<Vec<u8>>) -> i64 {
        let id = self.receive(raw).await;
        self.answer().await;
        id
    }

    /// What a message comes to, not recorded.
    pub async fn decide(&self, tx: &mut Tx, waiting: &Waiting) -> Outcome {
        let catalogue = self.desk.catalogue().await.unwrap();
        let read = self.desk.read(waiting, &catalogue).unwrap();
        let knowledge = self.desk.look_up(&read, &catalogue).await.unwrap();
        self.desk.answer(tx, waiting, &read, knowledge, self.clock.now()).await.unwrap()
    }

    /// Hands all that is due to a post office that says the same of each; tells what was handed over.
    pub async fn send(&self, says: &Delivery, retry_at: Option<Timestamp>) -> Vec<Outgoing> {
        let now = self.clock.now();
        let mut sent = Vec::new();
        loop {
            let leased = crate::databases::lease(&self.store, now, now + LEASE, 100).await;
            if leased.is_empty() {
                return sent;
            }
            for lease in leased {
                let _sent = crate::databases::delivered(&self.store, &lease, says, now, retry_at).await;
                sent.push(lease.outgoing);
            }
        }
    }

    /// Staff take a step.
    pub async fn step(&self, number: &str, step: Step) -> anyhow::Result<Taken> {
        let by = By { actor: "dana", why: Some("as found") };
        self.desk.take_step(number, &step, by, self.clock.now()).await
    }

    /// A message's row in the ledger.
    pub async fn entry(&self, id: i64) -> Entry {
        self.store.message(id).await.unwrap().unwrap()
    }

    /// The minutes of what was decided about a message; none where it waits, or could not be read.
    pub async fn decision(&self, id: i64) -> Option<Decision> {
        let events = self.store.events_of_message(id).await.unwrap();
        events.into_iter().find_map(|event| serde_json::from_value(event.detail).ok())
    }

    /// Everything that was written in answer to a message, whether or not it may go out.
    pub async fn replies(&self, id: i64) -> Vec<Outgoing> {
        let (Some(case), Some(decision)) = (self.entry(id).await.case_number, self.decision(id).await) else {
            return vec![];
        };
        let written = self.store.outgoing_of_case(&case).await.unwrap().into_iter().map(|sending| sending.outgoing);
        written.filter(|outgoing| decision.replies.contains(&outgoing.message_id)).collect()
    }
}

/// A customer's message to the small vendor. `id` is its Message-ID.
fn mail(from: &str, id: &str, text: &str) -> String {
    format!(
        "Received: from mail.customer.example by mx.northwind.example; Mon, 15 Jun 2026 10:00:00 -0700\r\n\
         From: {from}\r\nTo: support@northwind.example\r\nSubject: Broken switch\r\nMessage-ID: <{id}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
}

/// The same message with another header field.
fn with(field: &str, mail: &str) -> String {
    format!("{field}\r\n{mail}")
}

pub const ADA: &str = "Ada Marsh <ada@customer.example>";
/// Nothing is missing, and the warranty holds.
pub const WHOLE: &str = "Our switch no longer powers on and we need an RMA. The serial number is NWS-24001101.";
/// Invoice, part and serial number are missing.
const BARE: &str = "Our switch no longer powers on and we need an RMA.";
