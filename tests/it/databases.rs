//! Both kinds of database, empty, so that a test runs on each.

use rmad::store::Store;
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
