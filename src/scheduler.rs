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
    let Parts { desk, inbox, post, clock, poll } = parts;
    let recorded = Arc::new(Notify::new());
    let chapter = |name| Chapter {
        name,
        desk: Arc::clone(&desk),
        clock: clock.clone(),
        recorded: Arc::clone(&recorded),
        stop: stop.clone(),
        failures: 0,
    };
    let mut chapters = JoinSet::new();
    chapters.spawn(intake(chapter("reading the mailbox"), inbox, poll));
    chapters.spawn(sending(chapter("sending"), post));
    chapters.spawn(reminding(chapter("reminding")));
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

/// A chapter as it is read again and again.
struct Chapter {
    /// What it does, in words that stand in a sentence.
    name: &'static str,
    desk: Arc<Desk>,
    clock: Clock,
    recorded: Arc<Notify>,
    stop: CancellationToken,
    failures: u32,
}

async fn intake(mut chapter: Chapter, mut inbox: Inbox, poll: Duration) {
    while !chapter.stop.is_cancelled() {
        match chapter.round(&mut inbox).await {
            Ok(true) => chapter.succeeded(),
            Ok(false) => {
                chapter.succeeded();
                let news = tokio::select! {
                    () = chapter.stop.cancelled() => Ok(false),
                    news = inbox.mailbox.wait(poll) => news,
                };
                if let Err(fault) = news {
                    chapter.failed(&fault.into()).await;
                }
            }
            Err(fault) => chapter.failed(&fault).await,
        }
    }
}

impl Chapter {
    /// Collects, answers and files once; tells whether there was anything to do.
    async fn round(&self, inbox: &mut Inbox) -> anyhow::Result<bool> {
        let Chapter { desk, clock, recorded, stop, .. } = self;
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
}

async fn sending(mut chapter: Chapter, mut post: Transport) {
    let mut pace = Pace::default();
    while !chapter.stop.is_cancelled() {
        match daemon::send(&chapter.desk, &mut post, &mut pace, || chapter.clock.now()).await {
            Ok(0) => {
                chapter.succeeded();
                tokio::select! {
                    () = chapter.stop.cancelled() => {}
                    () = chapter.recorded.notified() => {}
                    () = tokio::time::sleep(GLANCE) => {}
                }
            }
            Ok(_) => chapter.succeeded(),
            Err(fault) => chapter.failed(&fault).await,
        }
    }
    post.close().await;
}

async fn reminding(mut chapter: Chapter) {
    while !chapter.stop.is_cancelled() {
        match due(&chapter.desk, chapter.clock.now()).await {
            Ok(written) => {
                chapter.succeeded();
                if written > 0 {
                    chapter.recorded.notify_one();
                }
                tokio::select! {
                    () = chapter.stop.cancelled() => {}
                    () = tokio::time::sleep(ROUNDS) => {}
                }
            }
            Err(fault) => chapter.failed(&fault).await,
        }
    }
}

/// Records what staff are told in the morning, first of all so that no limit is used up before, and what is due in cases;
/// neither waits for the other to succeed.
async fn due(desk: &Desk, now: Timestamp) -> anyhow::Result<usize> {
    let (told, reminded) = (daemon::digest(desk, now).await, daemon::remind(desk, now).await);
    Ok(reminded? + usize::from(told?))
}

impl Chapter {
    fn succeeded(&mut self) {
        self.failures = 0;
        self.desk.troubles.succeeded(self.name);
    }

    /// Says what failed, waits, and counts.
    async fn failed(&mut self, fault: &anyhow::Error) {
        let Chapter { name: chapter, failures, .. } = *self;
        let rest = backoff(failures, u64::from(std::process::id()));
        let error = format!("{fault:#}");
        self.desk.troubles.failed(chapter, &error, self.clock.now());
        if failures < LASTING {
            warn!(chapter, error, again_in = ?rest, "a chapter failed and is tried again");
        } else {
            error!(chapter, error, failures, again_in = ?rest, "a chapter keeps failing: somebody has to see to it");
        }
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(rest) => {}
        }
        self.failures = failures.saturating_add(1);
    }
}
