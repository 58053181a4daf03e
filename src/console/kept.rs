//! A message as it was kept, found by the number in an address, and read once more.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;

use super::Console;
use super::problem::Problem;
use crate::mail::{self, Message};
use crate::store::Entry;

/// The message of that number.
pub(super) async fn entry(console: &Console, id: Result<Path<String>, PathRejection>) -> Result<Entry, Problem> {
    let Path(id) = id.map_err(|_| Problem::NoSuchPage)?;
    numbered(console, &id).await
}

pub(super) async fn numbered(console: &Console, id: &str) -> Result<Entry, Problem> {
    let missing = || Problem::NoSuchMessage(id.chars().take(40).collect());
    let number: i64 = id.parse().map_err(|_| missing())?;
    console.desk.store.message(number).await?.ok_or_else(missing)
}

/// What `read` makes of the message and its bytes; or what is wrong with it.
pub(super) async fn read<T: Send + 'static>(
    console: &Console,
    entry: &Entry,
    read: impl FnOnce(Message, &[u8]) -> T + Send + 'static,
) -> Result<Result<T, String>, Problem> {
    let raw = console.desk.store.raw(entry.id).await?.unwrap_or_default();
    let (received_at, trust) = (entry.received_at, console.desk.trust.clone());
    aside(move || Ok(read(mail::read(&raw, received_at, &trust).map_err(|defect| defect.to_string())?, &raw))).await
}

/// Aside, since a message may be large; a reader that panics on it has found a defect.
pub(super) async fn aside<T: Send + 'static>(
    reading: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<Result<T, String>, Problem> {
    match tokio::task::spawn_blocking(reading).await {
        Ok(read) => Ok(read),
        Err(failure) if failure.is_panic() => Ok(Err("the reader failed on it".to_owned())),
        Err(failure) => Err(failure.into()),
    }
}
