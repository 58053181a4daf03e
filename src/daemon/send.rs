//! Sending what was recorded, exactly as it was recorded (guarantee G4): a few at a time, and what became of them is
//! noted together.

use anyhow::{Context, anyhow};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::breaker::{Told, take_up};
use super::desk::Desk;
use super::timely::set_aside;
use crate::outbox::Delivery;
use crate::store::{Leased, Sent, Store};
use crate::telemetry::mask;
use crate::transport::Transport;

/// How long a message under way belongs to one sender.
const LEASE: SignedDuration = SignedDuration::from_mins(30);
/// What was sent is noted after this long, and what was not is given back: a crash repeats little (G6), and no lease
/// runs out before its message's turn.
const ROUND: SignedDuration = SignedDuration::from_secs(1);
/// The most messages that are taken up at once.
const MOST: u32 = 50;
/// The pauses between attempts to send; after the last one a person is told.
const PAUSES: [SignedDuration; 9] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(4),
    SignedDuration::from_hours(12),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(24),
];

/// How many messages are taken up at once: as many as the last round could send, or twice as many if it sent them all.
/// A crash holds no more than these for the length of a lease.
#[derive(Debug)]
pub struct Pace {
    messages: u32,
    told: Told,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { messages: 1, told: Told::default() }
    }
}

/// One attempt that was made.
struct Attempt<'a> {
    leased: &'a Leased,
    delivery: Delivery,
    at: Timestamp,
}

/// Sends some of the messages that are due, oldest first, or sets them aside; tells how many, none where none is due or
/// sending is stopped.
///
/// # Errors
/// Where the store fails: a message whose delivery could not be noted is sent again under the same Message-ID (G6).
/// Where nothing can be handed over at all: every message waits as before, and no attempt counts.
pub async fn send(
    desk: &Desk,
    post: &mut Transport,
    pace: &mut Pace,
    now: impl Fn() -> Timestamp,
) -> anyhow::Result<usize> {
    let began = now();
    let until = began + LEASE;
    let leased = take_up(desk, &mut pace.told, pace.messages, began, until).await;
    let mut leased = leased.context("cannot take messages to send")?;
    if leased.is_empty() {
        return Ok(0);
    }
    let aside = match set_aside(desk, &leased, began).await {
        Ok(aside) => aside,
        Err(fault) => {
            desk.store.release(&leased, until).await.context("cannot give back what was not sent")?;
            return Err(fault).context("cannot see whether messages may still be sent");
        }
    };
    leased.retain(|message| !aside.contains(&message.id));
    let mut attempts = Vec::new();
    let mut outage = None;
    for message in &leased {
        match post.deliver(&message.outgoing).await {
            Ok(delivery) => attempts.push(Attempt { leased: message, delivery, at: now() }),
            Err(fault) => outage = Some(fault),
        }
        if outage.is_some() || now().duration_since(began) >= ROUND {
            break;
        }
    }
    let untried = leased.get(attempts.len()..).unwrap_or_default();
    let released = if untried.is_empty() { Ok(()) } else { desk.store.release(untried, until).await };
    note(&desk.store, &attempts).await.context("cannot note what was sent")?;
    released.context("cannot give back what was not sent")?;
    let seen_to = attempts.len() + aside.len();
    let made = u32::try_from(seen_to).unwrap_or(MOST);
    pace.messages = if untried.is_empty() { pace.messages.max(made * 2).min(MOST) } else { made.max(1) };
    match outage {
        Some(fault) => Err(anyhow!(fault).context("nothing can be sent; what is recorded waits")),
        None => Ok(seen_to),
    }
}

/// Notes the attempts together; where that fails each alone, so that one that cannot be noted leaves out no other.
async fn note(store: &Store, attempts: &[Attempt<'_>]) -> anyhow::Result<()> {
    if attempts.is_empty() || note_together(store, attempts).await.is_ok() {
        return Ok(());
    }
    let mut noted = Ok(());
    for attempt in attempts {
        noted = note_together(store, std::slice::from_ref(attempt)).await.and(noted);
    }
    noted
}

async fn note_together(store: &Store, attempts: &[Attempt<'_>]) -> anyhow::Result<()> {
    let mut tx = store.begin().await?;
    let mut fates = Vec::with_capacity(attempts.len());
    for Attempt { leased, delivery, at } in attempts {
        let pause = usize::try_from(leased.attempt).ok().and_then(|attempt| PAUSES.get(attempt.saturating_sub(1)));
        fates.push(tx.delivered(leased, delivery, *at, pause.map(|pause| *at + *pause)).await?);
    }
    tx.commit().await?;
    attempts.iter().zip(fates).for_each(|(attempt, sent)| tell(attempt, sent));
    Ok(())
}

fn tell(attempt: &Attempt<'_>, sent: Sent) {
    let sending = attempt.leased.id;
    let case = attempt.leased.case_number.as_deref().unwrap_or_default();
    match &attempt.delivery {
        Delivery::Accepted(_) => info!(sending, case, "a reply was accepted by the mail server"),
        Delivery::Refused(words) | Delivery::Postponed(words) | Delivery::Unknown(words) => {
            // servers like to repeat the address, which is nothing for a log
            let masked = |word| if str::contains(word, '@') { mask(word) } else { word.to_owned() };
            let answer = words.split(' ').map(masked).collect::<Vec<_>>().join(" ");
            warn!(sending, case, ?sent, answer, "a reply was not accepted by the mail server");
        }
    }
}
