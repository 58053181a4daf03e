//! Opening the store: which database, how it is set up, and its tables brought up to date.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::db::{Db, SqlitePools};
use super::error::{Error, Result};

static SQLITE_TABLES: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_TABLES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long one process waits for another that is writing to the same SQLite file.
const PATIENCE: Duration = Duration::from_secs(30);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;

/// Opens `sqlite://PATH` (created where missing, its directory too) or `postgres://…`, and migrates it.
pub(super) async fn open(url: &str) -> Result<Db> {
    match url.split_once("://") {
        Some(("sqlite", path)) if !path.is_empty() => open_sqlite(Path::new(path)).await,
        Some(("postgres" | "postgresql", _)) => open_postgres(url).await,
        // Whatever stands behind the scheme may hold a password.
        Some((scheme, _)) => Err(Error::UnknownKind(format!("{scheme}://"))),
        None => Err(Error::UnknownKind(url.split(':').next().unwrap_or_default().to_owned())),
    }
}

async fn open_sqlite(path: &Path) -> Result<Db> {
    let place = path.display().to_string();
    let failed = |source| Error::Open {
        place: place.clone(),
        remedy: "it has to be an SQLite database, readable and writable for this user",
        source,
    };
    let file = path.to_owned();
    let _claimed = tokio::task::spawn_blocking(move || claim(&file))
        .await
        .unwrap_or_else(|stopped| Err(std::io::Error::other(stopped)))
        .map_err(|source| Error::Directory { directory: directory(path).display().to_string(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // 64 MiB of pages for the writer, and no more than that left in the log after a large import; pages that change
        // often are copied from the log into the file every 16 MiB.
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864")
        .analysis_limit(400)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new().test_before_acquire(false).idle_timeout(None).max_lifetime(None);
    let writer = pool.clone().max_connections(1).connect_with(options.clone()).await.map_err(failed)?;
    SQLITE_TABLES.run(&writer).await.map_err(|source| outdated(&place, source))?;
    let reading = options.pragma("cache_size", "-8192").pragma("query_only", "ON");
    let readers = pool.max_connections(SQLITE_READERS).connect_with(reading).await.map_err(failed)?;
    Ok(Db::Sqlite(SqlitePools { writer, readers }))
}

/// Makes the file where there is none, and holds its directory for as long as the answer lives: making a new file a
/// database with tables in it is nothing that SQLite lets two processes do at once.
///
/// The file holds customers' mail: it is for its owner alone, and SQLite gives its log the same mode.
fn claim(path: &Path) -> std::io::Result<File> {
    let directory = directory(path);
    std::fs::create_dir_all(directory)?;
    let claimed = File::open(directory)?;
    claimed.lock()?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(claimed),
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

async fn open_postgres(url: &str) -> Result<Db> {
    let failed = |place: &str, source| Error::Open {
        place: place.to_owned(),
        remedy: "the server has to run, the database to exist, and user and password to be right",
        source,
    };
    let options: PgConnectOptions = url.parse().map_err(|source| failed("postgres://…", source))?;
    let place = format!("{} on {}", options.get_database().unwrap_or(options.get_username()), options.get_host());
    // A daemon that hangs in the middle of its work, or whose machine has gone, does not stop the others for ever.
    let limits = [("lock_timeout", "5min"), ("idle_in_transaction_session_timeout", "5min")];
    let options = options.application_name("rmad").options(limits).disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(is_idle(connection)))
        .connect_with(options)
        .await
        .map_err(|source| failed(&place, source))?;
    POSTGRES_TABLES.run(&pool).await.map_err(|source| outdated(&place, source))?;
    Ok(Db::Postgres(pool))
}

/// Whether a connection from the pool is outside a transaction. sqlx 0.9.0 leaves one open where a `begin` was cancelled,
/// and everything written through that connection afterwards would vanish; such a connection is thrown away.
async fn is_idle(connection: &mut PgConnection) -> sqlx::Result<bool> {
    use sqlx::Row;
    sqlx::raw_sql("SELECT now() = statement_timestamp()").fetch_one(connection).await?.try_get(0)
}

fn outdated(place: &str, source: MigrateError) -> Error {
    let remedy = match &source {
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
            "another version of rmad has changed it: run that version, or restore the copy made before"
        }
        _ => "the user needs the right to create tables and functions in it; then start again",
    };
    Error::Migration { place: place.to_owned(), remedy, source }
}
