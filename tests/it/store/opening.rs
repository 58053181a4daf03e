//! Opening a store, and its tables.

use std::collections::BTreeSet;
use std::path::Path;

use rmad::store::{Db, Error, Store};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::databases::both;

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |directory: &str| -> BTreeSet<String> {
        let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("migrations/sqlite"), names("migrations/postgres"));
    assert!(!names("migrations/sqlite").is_empty());
}

#[tokio::test]
async fn a_store_can_be_opened_again_and_by_two_at_once() {
    for database in both("opened_again").await {
        // One that is writing keeps nobody out.
        let mut writing = database.store.begin().await.unwrap();
        writing.next_number("case").await.unwrap();
        let other = Store::open(&database.url).await.unwrap();
        drop(writing);
        super::keep(&database.store, 1).await;
        assert_eq!(other.waiting(super::minute(60), 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn sqlite_is_set_up_to_keep_what_it_is_given() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/down/rmad.db");
    let store = Store::open(&format!("sqlite://{}", path.display())).await.unwrap();
    let mut connection: SqliteConnection =
        sqlx::sqlite::SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await.unwrap();
    let lax: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0
         AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlx%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    assert_eq!((mode.as_str(), lax), ("wal", Vec::new()));
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777, 0o600);
    let rmad::store::Tx::Sqlite(mut tx) = store.begin().await.unwrap() else { panic!("not SQLite") };
    for (pragma, expected) in [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1)] {
        let value: i64 = sqlx::query_scalar(pragma).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_says_what_to_do_and_no_password() {
    for url in ["mysql://rmad:secret@db.example/rmad", "rmad.db", "sqlite://", "sqlite:rmad.db", "secret"] {
        let error = Store::open(url).await.unwrap_err();
        assert!(matches!(error, Error::UnknownKind(_)), "{url}: {error}");
        assert!(error.to_string().contains("sqlite://PATH") && !error.to_string().contains("rmad:secret"), "{error}");
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "no database").unwrap();
    let error = Store::open(&format!("sqlite://{}", file.display())).await.unwrap_err();
    assert!(error.to_string().contains("has to be an SQLite database"), "{error}");
    let error = Store::open(&format!("sqlite://{}/below", file.display())).await.unwrap_err();
    assert!(matches!(error, Error::Directory { .. }), "{error}");
    let url = format!("postgres://rmad:secret@localhost/rmad?host={}", directory.path().display());
    let error = Store::open(&url).await.unwrap_err();
    assert!(error.to_string().contains("the server has to run") && !error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn two_that_open_a_new_store_at_once_both_get_it() {
    for round in 0..20 {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/rmad.db", directory.path().display());
        let (one, other) = tokio::join!(Store::open(&url), Store::open(&url));
        assert!(one.is_ok() && other.is_ok(), "round {round}: {one:?} {other:?}");
    }
}

/// sqlx 0.9.0 gives a connection back with its transaction open when a `begin` is cancelled, as it is when a browser hangs
/// up. What is written through such a connection later on may never be committed.
#[tokio::test]
async fn a_cancelled_begin_leaves_no_transaction_behind() {
    for database in both("cancelled_begin").await {
        let Db::Postgres(pool) = database.store.db() else { continue };
        for polls in (1..6).cycle().take(60) {
            let mut begin = Box::pin(database.store.begin());
            for _ in 0..polls {
                if futures_util::poll!(begin.as_mut()).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(begin);
            let row = sqlx::raw_sql("SELECT now() = statement_timestamp()").fetch_one(pool).await.unwrap();
            assert!(row.get::<bool, _>(0), "in a transaction after {polls} polls");
        }
    }
}
