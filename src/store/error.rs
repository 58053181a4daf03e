//! What can go wrong with the store, and what to do about it.

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0:?} is no store: store.url has to be sqlite://PATH or postgres://USER@HOST/DATABASE")]
    UnknownKind(String),
    #[error("the directory {directory} for the store cannot be used: {source}; create it, writable for this user")]
    Directory { directory: String, source: std::io::Error },
    #[error("the store {place} cannot be opened: {source}; {remedy}")]
    Open { place: String, remedy: &'static str, source: sqlx::Error },
    #[error("the tables of the store {place} cannot be brought up to date: {source}; {remedy}")]
    Migration { place: String, remedy: &'static str, source: sqlx::migrate::MigrateError },
    /// Guarantee G7: decide again, on the case as it stands now.
    #[error("case {number} is not the one this outcome was decided on; decide again on its present version")]
    StaleCase { number: String },
    #[error("no message {0} is in the ledger")]
    NoSuchMessage(i64),
    #[error("an outcome was to issue an RMA, but its case has none")]
    NoRma,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

pub type Result<T> = std::result::Result<T, Error>;
