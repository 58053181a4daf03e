//! The daemon's own chapters on a full inbox: Maildir in, SQLite, Maildir out.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use rmad::clock::Clock;
use rmad::config::{Backlog, Config, Environment};
use rmad::daemon::{self, Desk, Gate, Inbox, Pace};
use rmad::mailbox::{Mailbox, MailboxSettings, MaildirSettings};
use rmad::scheduler::{self, Parts};
use rmad::store::{LedgerCounts, Store};
use rmad::transport::{MaildirOutSettings, Transport, TransportSettings};
use rmad::{mail, order_book};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::clocked;
use crate::mailbag;

/// How far the daemon is to come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Every message is settled, its reply in the outbox; others are being sent meanwhile.
    Recorded,
    /// Every message is filed away as well, and every reply delivered.
    SentAndFiled,
}

/// A whole daemon in a directory of its own.
pub struct Line {
    desk: Arc<Desk>,
    inbox: Inbox,
    post: Transport,
    clock: Clock,
    messages: i64,
    directory: TempDir,
}

impl Line {
    /// A line before which so many messages lie, all of them different.
    pub async fn with_mail(messages: u32) -> anyhow::Result<Line> {
        let directory = tempfile::tempdir()?;
        let root = directory.path();
        fs::write(root.join("rmad.toml"), mailbag::CONFIGURATION)?;
        mailbag::write_orders(&root.join("orders"), messages)?;
        mailbag::write_mail(&root.join("in"), messages)?;
        let settings = Config::for_replay(&root.join("rmad.toml"), &Environment::default())?;
        let store = Store::open(&format!("sqlite://{}/rmad.db", root.display())).await?;
        order_book::import(&root.join("orders"), store.db(), &mut |_| ()).await?;
        let desk =
            Desk::new(store, &settings, Gate::open([mailbag::SUPPORT.to_owned()].into()), &settings.vendor.address)?;
        Ok(Line {
            desk: Arc::new(desk),
            inbox: inbox(root),
            post: Transport::open(TransportSettings::Maildir(MaildirOutSettings { path: root.join("out") })),
            clock: Clock::fixed("2026-06-15T17:00:00Z".parse()?),
            messages: messages.into(),
            directory,
        })
    }

    pub async fn collect(&mut self) -> anyhow::Result<Duration> {
        let took = clocked(daemon::collect(&self.desk, &mut self.inbox, self.clock.now())).await?;
        ensure!(self.counts().await?.waiting == self.messages, "not everything was collected");
        Ok(took)
    }

    pub async fn answer(&mut self) -> anyhow::Result<Duration> {
        let took = clocked(async {
            while daemon::answer(&self.desk, self.clock.now()).await? > 0 {}
            Ok(())
        })
        .await?;
        let counts = self.counts().await?;
        ensure!(counts.settled == self.messages && counts.quarantined == 0, "not everything was answered: {counts:?}");
        Ok(took)
    }

    pub async fn send(&mut self) -> anyhow::Result<Duration> {
        let took = clocked(async {
            let mut pace = Pace::default();
            while daemon::send(&self.desk, &mut self.post, &mut pace, || self.clock.now()).await? > 0 {}
            Ok(())
        })
        .await?;
        ensure!(self.counts().await?.outbox.recorded == 0, "not everything was sent");
        Ok(took)
    }

    /// The daemon itself, all of its chapters at once, from a full inbox until it has come so far.
    pub async fn run(&mut self, goal: Goal) -> anyhow::Result<Duration> {
        let stop = CancellationToken::new();
        let parts = Parts {
            desk: Arc::clone(&self.desk),
            inbox: inbox(self.directory.path()),
            post: Transport::open(TransportSettings::Maildir(MaildirOutSettings {
                path: self.directory.path().join("out"),
            })),
            clock: self.clock.clone(),
            poll: Duration::from_secs(1),
        };
        let daemon = tokio::spawn(scheduler::run(parts, stop.clone()));
        let took = clocked(async {
            while !self.has_reached(goal).await? {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        })
        .await;
        stop.cancel();
        daemon.await??;
        took
    }

    async fn has_reached(&self, goal: Goal) -> anyhow::Result<bool> {
        let counts = self.counts().await?;
        let outbox = counts.outbox;
        Ok(counts.settled == self.messages
            && (goal == Goal::Recorded || counts.unfiled == 0 && outbox.recorded + outbox.leased == 0))
    }

    async fn counts(&self) -> anyhow::Result<LedgerCounts> {
        Ok(self.desk.store.ledger_counts(self.clock.now()).await?)
    }
}

fn inbox(root: &Path) -> Inbox {
    let mailbox = Mailbox::open(MailboxSettings::Maildir(MaildirSettings {
        path: root.join("in"),
        max_bytes: 32 << 20,
        received_at: mail::received_at,
    }));
    Inbox::new(mailbox, Backlog::Answer)
}
