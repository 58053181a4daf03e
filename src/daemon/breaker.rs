//! The breaker: where more leaves than is ordinary, something is wrong, whatever it is (two machines that answer each
//! other, an import of old mail, a mistake of ours). All sending stops; what is recorded waits, and only a person lets it
//! go on. Staff learn of it from the console and the log: a mail about it could not be sent either.

use jiff::{SignedDuration, Timestamp};
use tracing::error;

use super::desk::Desk;
use crate::store::{Leased, Result, Stop};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// When a stop was last told of in the log.
#[derive(Debug, Default)]
pub(super) struct Told(Option<Timestamp>);

/// Takes up what is due, so many messages at most and no more than may leave within an hour; none while sending is
/// stopped, or from now on. Several daemons on one database let no more out than one.
///
/// # Errors
/// Where the store fails: then nothing leaves.
pub(super) async fn take_up(
    desk: &Desk,
    told: &mut Told,
    at_once: u32,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Leased>> {
    let (store, most) = (&desk.store, desk.gate.per_hour);
    if let Some(stop) = store.stopped().await? {
        told.tell(&stop, now);
        return Ok(vec![]);
    }
    if store.due(now).await? == 0 {
        return Ok(vec![]);
    }
    let mut tx = store.begin().await?;
    tx.lease_alone().await?;
    let handed_over = tx.handed_over_since(now - HOUR).await?;
    let room = most.saturating_sub(handed_over).saturating_sub(tx.under_way(now).await?);
    let leased = tx.lease(now, until, at_once.min(room)).await?;
    tx.commit().await?;
    if handed_over >= most {
        let why = format!("more than delivery.per_hour = {most} messages were to leave within an hour");
        let stop = Stop { at: now, by: "rmad".to_owned(), why };
        store.stop_sending(&stop).await?;
        told.tell(&stop, now);
    }
    Ok(leased)
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
