//! Whether a letter that was recorded may still leave: the mail server may have been away for hours or days since. What
//! time brought goes at civil hours alone and while it is true; what answers a message or a person goes at any hour.

use std::collections::HashSet;
use std::slice;

use jiff::Timestamp;

use super::desk::Desk;
use crate::store::{Leased, Result};

/// Letters that promise a last day.
const PROMISE_LAST_DAY: [&str; 2] = ["rma_issued", "rma_extended"];

/// Why a letter does not leave now.
enum Obstacle {
    ClosedUntil(Timestamp),
    Moot(&'static str),
}

/// Puts back or withholds what may not leave now; tells which.
///
/// # Errors
/// Where the store fails.
pub(super) async fn set_aside(desk: &Desk, leased: &[Leased], now: Timestamp) -> Result<HashSet<i64>> {
    let mut aside = HashSet::new();
    for message in leased {
        match obstacle(desk, message, now).await? {
            None => continue,
            Some(Obstacle::ClosedUntil(opening)) => desk.store.put_back(message, opening).await?,
            Some(Obstacle::Moot(why)) => desk.store.withhold(message, why, now).await?,
        }
        aside.insert(message.id);
    }
    Ok(aside)
}

async fn obstacle(desk: &Desk, message: &Leased, now: Timestamp) -> Result<Option<Obstacle>> {
    let moot = match &message.outgoing.occasion {
        Some(occasion) => {
            let opening = desk.schedule.calendar.next_open(now);
            if let Some(opening) = opening.filter(|opening| *opening > now) {
                return Ok(Some(Obstacle::ClosedUntil(opening)));
            }
            has_moved_on(desk, message, occasion, now).await?.then_some("the case has moved on")
        }
        None => is_past_last_day(desk, message, now).await?.then_some("the last day of its RMA has passed"),
    };
    Ok(moot.map(Obstacle::Moot))
}

async fn has_moved_on(desk: &Desk, message: &Leased, occasion: &str, now: Timestamp) -> Result<bool> {
    let Some(number) = &message.case_number else { return Ok(false) };
    let Some(case) = desk.store.case(number).await? else { return Ok(false) };
    let written = desk.store.written_in(slice::from_ref(&case)).await?;
    let written = written.get(number).map_or(&[][..], Vec::as_slice);
    Ok(!desk.schedule.still_stands(&case, written, occasion, now))
}

async fn is_past_last_day(desk: &Desk, message: &Leased, now: Timestamp) -> Result<bool> {
    let calendar = &desk.schedule.calendar;
    let was_delayed = message.attempt > 1 || calendar.day(message.outgoing.not_before) < calendar.day(now);
    let Some(number) = message.case_number.as_ref().filter(|_| was_delayed) else { return Ok(false) };
    if !PROMISE_LAST_DAY.contains(&message.outgoing.template.as_str()) {
        return Ok(false);
    }
    let rma = desk.store.case(number).await?.and_then(|case| case.rma);
    Ok(rma.is_some_and(|rma| rma.expires_on < calendar.day(now)))
}
