//! When each chapter of the story is read: collecting and answering, sending, reminding, side by side until asked to
//! stop. A chapter that fails is read again after a pause that grows; the others go on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::clock::Clock;
use crate::daemon::{self, Desk, Inbox, Pace};
use crate::mailbox::backoff;
use crate::transport::Transport;

/// How often due sendings are looked for when nothing else wakes.
const GLANCE: Duration = Duration::from_secs(5);
/// How often it is looked for what is due: that is counted in days.
const ROUNDS: Duration = Duration::from_secs(5 * 60);
/// After so many failures in a row, half an hour or more, it is no passing fault.
const LASTING: u32 = 15;

/// The daemon's parts.
#[derive(Debug)]
pub struct Parts {
    pub desk: Arc<Desk>,
    pub inbox: Inbox,
    pub post: Transport,
    pub clock: Clock,
    /// How long to wait for news in the inbox before looking all the same.
    pub poll: Duration,
}

/// Runs all chapters until `stop` is cancelled; what is under way is brought to an end first.
///
/// # Errors
/// Where a chapter broke off; the others are stopped then, and whoever supervises the program starts it again.
pub async fn run(parts: Parts, stop: CancellationToken) -> anyhow::Result<()> {
    let recorded = Arc::new(Notify::new());
    let Parts { desk, inbox, post, clock, poll } = parts;
    let mut chapters = JoinSet::new();
    chapters.spawn(intake(Arc::clone(&desk), inbox, clock.clone(), poll, Arc::clone(&recorded), stop.clone()));
    chapters.spawn(sending(Arc::clone(&desk), post, clock.clone(), Arc::clone(&recorded), stop.clone()));
    chapters.spawn(reminding(desk, clock, recorded, stop.clone()));
    info!("rmad is at work");
    let mut ended = Ok(());
    while let Some(chapter) = chapters.join_next().await {
        if let Err(fault) = chapter {
            stop.cancel();
            ended = Err(anyhow::Error::new(fault).context("a part of the daemon broke off; start it again"));
        }
    }
    info!("rmad has stopped");
    ended
}

async fn intake(
    desk: Arc<Desk>,
    mut inbox: Inbox,
    clock: Clock,
    poll: Duration,
    recorded: Arc<Notify>,
    stop: CancellationToken,
) {
    let mut failures = 0;
    while !stop.is_cancelled() {
        match round(&desk, &mut inbox, &clock, &recorded, &stop).await {
            Ok(true) => failures = 0,
            Ok(false) => {
                failures = 0;
                tokio::select! {
                    () = stop.cancelled() => {}
                    news = inbox.mailbox.wait(poll) => if let Err(fault) = news {
                        failures = pause("waiting for mail", &fault.into(), failures, &stop).await;
                    },
                }
            }
            Err(fault) => failures = pause("collecting and answering", &fault, failures, &stop).await,
        }
    }
}

/// Collects, answers and files once; tells whether there was anything to do.
async fn round(
    desk: &Arc<Desk>,
    inbox: &mut Inbox,
    clock: &Clock,
    recorded: &Notify,
    stop: &CancellationToken,
) -> anyhow::Result<bool> {
    let collected = tokio::select! {
        // What is kept is kept; the rest is for the next start.
        () = stop.cancelled() => return Ok(false),
        collected = daemon::collect(desk, inbox, clock.now()) => collected,
    };
    // What is kept already is answered even while the mail server is away.
    let mut answered = 0;
    while !stop.is_cancelled() {
        let taken = daemon::answer(desk, clock.now()).await?;
        if taken == 0 {
            break;
        }
        answered += taken;
        recorded.notify_one();
    }
    let collected = collected?;
    if !stop.is_cancelled() {
        daemon::file_away(desk, inbox, || clock.now()).await?;
    }
    Ok(collected > 0 || answered > 0)
}

async fn sending(desk: Arc<Desk>, mut post: Transport, clock: Clock, recorded: Arc<Notify>, stop: CancellationToken) {
    let (mut failures, mut pace) = (0, Pace::default());
    while !stop.is_cancelled() {
        match daemon::send(&desk, &mut post, &mut pace, || clock.now()).await {
            Ok(0) => {
                failures = 0;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = recorded.notified() => {}
                    () = tokio::time::sleep(GLANCE) => {}
                }
            }
            Ok(_) => failures = 0,
            Err(fault) => failures = pause("sending", &fault, failures, &stop).await,
        }
    }
    post.close().await;
}

async fn reminding(desk: Arc<Desk>, clock: Clock, recorded: Arc<Notify>, stop: CancellationToken) {
    let mut failures = 0;
    while !stop.is_cancelled() {
        match due(&desk, clock.now()).await {
            Ok(written) => {
                failures = 0;
                if written > 0 {
                    recorded.notify_one();
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(ROUNDS) => {}
                }
            }
            Err(fault) => failures = pause("reminding", &fault, failures, &stop).await,
        }
    }
}

/// Records what staff are told in the morning, first of all so that no limit is used up before, and what is due in cases;
/// neither waits for the other to succeed.
async fn due(desk: &Desk, now: Timestamp) -> anyhow::Result<usize> {
    let (told, reminded) = (daemon::digest(desk, now).await, daemon::remind(desk, now).await);
    Ok(reminded? + usize::from(told?))
}

/// Says what failed, waits, and counts.
async fn pause(chapter: &str, fault: &anyhow::Error, failures: u32, stop: &CancellationToken) -> u32 {
    let seed = u64::from(std::process::id());
    let rest = backoff(failures, seed);
    let error = format!("{fault:#}");
    if failures < LASTING {
        warn!(chapter, error, again_in = ?rest, "a chapter failed and is tried again");
    } else {
        error!(chapter, error, failures, again_in = ?rest, "a chapter keeps failing: somebody has to see to it");
    }
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(rest) => {}
    }
    failures.saturating_add(1)
}
