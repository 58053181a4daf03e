//! Both kinds of database, empty, so that a test runs on each.

use jiff::Timestamp;
use rmad::case::quarantine::Cause;
use rmad::outbox::Delivery;
use rmad::store::{Leased, Recorded, Sent, Store};
use tempfile::TempDir;

use crate::postgres;

/// An open store in a database of its own.
pub struct Database {
    pub store: Store,
    pub url: String,
    _directory: Option<TempDir>,
}

/// SQLite in a file and PostgreSQL on a server. `name` is the test's own.
pub async fn both(name: &str) -> [Database; 2] {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}/rmad.db", directory.path().display());
    let postgres = postgres::url(name).await;
    [
        Database { store: Store::open(&sqlite).await.unwrap(), url: sqlite, _directory: Some(directory) },
        Database { store: Store::open(&postgres).await.unwrap(), url: postgres, _directory: None },
    ]
}

/// Leases what is due, past the breaker.
pub async fn lease(store: &Store, now: Timestamp, until: Timestamp, limit: u32) -> Vec<Leased> {
    let mut tx = store.begin().await.unwrap();
    let leased = tx.lease(now, until, limit).await.unwrap();
    tx.commit().await.unwrap();
    leased
}

/// Notes how an attempt ended, in a transaction of its own.
pub async fn delivered(
    store: &Store,
    leased: &Leased,
    delivery: &Delivery,
    at: Timestamp,
    retry_at: Option<Timestamp>,
) -> Sent {
    let mut tx = store.begin().await.unwrap();
    let sent = tx.delivered(leased, delivery, at, retry_at).await.unwrap();
    tx.commit().await.unwrap();
    sent
}

/// Quarantines a message in a transaction of its own.
pub async fn quarantine(store: &Store, message: i64, defect: &str, at: Timestamp) -> rmad::store::Result<Recorded> {
    let mut tx = store.begin().await?;
    let recorded = tx.quarantine(message, Cause::NoHeader, defect, at).await?;
    tx.commit().await?;
    Ok(recorded)
}
