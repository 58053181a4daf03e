//! The breaker: where more leaves than is ordinary, something is wrong, whatever it is (two machines that answer each
//! other, an import of old mail, a mistake of ours). All sending stops; what is recorded waits, and only a person lets it
//! go on. Staff learn of it from the console and the log: a mail about it could not be sent either.

use jiff::{SignedDuration, Timestamp};
use tracing::error;

use super::desk::Desk;
use crate::store::{Result, Stop};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// When a stop was last told of in the log.
#[derive(Debug, Default)]
pub(super) struct Told(Option<Timestamp>);

/// How many messages may leave now: none while sending is stopped, or from now on.
///
/// # Errors
/// Where the store fails: then nothing leaves.
pub(super) async fn room(desk: &Desk, told: &mut Told, now: Timestamp) -> Result<u32> {
    if let Some(stop) = desk.store.stopped().await? {
        told.tell(&stop, now);
        return Ok(0);
    }
    let most = desk.gate.per_hour;
    let room = most.saturating_sub(desk.store.handed_over_since(now - HOUR).await?);
    if room > 0 || desk.store.due(now).await? == 0 {
        return Ok(room);
    }
    let why = format!("more than delivery.per_hour = {most} messages were to leave within an hour");
    let stop = Stop { at: now, by: "rmad".to_owned(), why };
    desk.store.stop_sending(&stop).await?;
    told.tell(&stop, now);
    Ok(0)
}

impl Told {
    /// At once, and once an hour from then on.
    fn tell(&mut self, stop: &Stop, now: Timestamp) {
        if self.0.is_none_or(|last| now.duration_since(last) >= HOUR) {
            let Stop { at, by, why } = stop;
            error!(since = %at, by, why, "all sending is stopped; look at what waits, then `rmad sending resume`");
            self.0 = Some(now);
        }
    }
}
