//! `rmad run`: the daemon.

use std::future::ready;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use futures_util::FutureExt;
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::Global;
use crate::clock::Clock;
use crate::config::{self, Config, Console, Environment, Mode};
use crate::console;
use crate::daemon::{Desk, Gate, Inbox};
use crate::mailbox::Mailbox;
use crate::metrics;
use crate::scheduler::{self, Parts};
use crate::store::Store;
use crate::transport::Transport;
use crate::verify::Verifier;

/// Works until SIGTERM or SIGINT; SIGHUP has the policy read again.
///
/// # Errors
/// Where the configuration, the policy or the store cannot be used, or a part of the daemon breaks off.
pub async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let config = Config::load(&global.config, &Environment::of_process())?;
    let store = Store::open(config.store.url.expose_secret()).await?;
    let stop = CancellationToken::new();
    stop_on_signals(&stop)?;
    let parts = parts(&config, store)?;
    reload_on_signal(&parts.desk)?;
    serve(&config, parts, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// The daemon's chapters and, where they are configured, the console and the metrics beside them.
///
/// # Errors
/// Where an address cannot be listened on, or a part of the daemon breaks off.
pub(super) async fn serve(config: &Config, parts: Parts, stop: CancellationToken) -> anyhow::Result<()> {
    let (desk, clock) = (&parts.desk, &parts.clock);
    let window = match &config.console {
        Some(console) => {
            let listener = listen(console.listen, "console").await?;
            console::serve(listener, Arc::clone(desk), clock.clone(), stop.clone()).right_future()
        }
        None => ready(Ok(())).left_future(),
    };
    let metrics = match &config.metrics {
        Some(metrics) => {
            let listener = listen(metrics.listen, "metrics").await?;
            metrics::serve(listener, Arc::clone(desk), clock.clone(), stop.clone()).right_future()
        }
        None => ready(Ok(())).left_future(),
    };
    let chapters = async {
        let ended = scheduler::run(parts, stop.clone()).await;
        stop.cancel();
        ended
    };
    let (window, metrics, chapters) = tokio::join!(window, metrics, chapters);
    window.and(metrics).and(chapters)
}

/// Listens for a section of the configuration.
async fn listen(address: SocketAddr, section: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address} for the {section}; see {section}.listen"))
}

/// Everything that the daemon works with.
///
/// # Errors
/// Where the policy has faults, or senders are to be verified and no name server can be asked.
pub(super) fn parts(config: &Config, store: Store) -> anyhow::Result<Parts> {
    let sending = &config.delivery.sending;
    let mut desk = Desk::new(store, &config.desk, gate(&config.desk, sending), &sending.from)?;
    desk.verifier = config.desk.trust.verify.then(Verifier::of_system).transpose()?;
    if let Some(staff) = &mut desk.staff {
        staff.console = config.console.as_ref().map(Console::address);
    }
    Ok(Parts {
        desk: Arc::new(desk),
        inbox: Inbox::new(Mailbox::open(config.intake.mailbox.clone()), config.intake.backlog),
        post: Transport::open(config.delivery.transport.clone()),
        clock: Clock::system(),
        poll: config.intake.poll,
    })
}

/// What the configuration lets out.
pub(super) fn gate(desk: &config::Desk, sending: &config::Sending) -> Gate {
    Gate {
        shadow: sending.mode == Mode::Shadow,
        max_age: SignedDuration::from_hours(24 * i64::from(sending.max_age_days)),
        per_case_per_day: sending.limits.per_case_per_day,
        per_address_per_day: sending.limits.per_address_per_day,
        per_address_unanswered: sending.limits.per_address_unanswered,
        per_day: sending.limits.per_day,
        per_hour: sending.limits.per_hour,
        own_addresses: desk.own_addresses(),
    }
}

/// Has the policy read again when the system, or somebody at the terminal, asks for it.
fn reload_on_signal(desk: &Arc<Desk>) -> anyhow::Result<()> {
    let mut hangup = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
    let desk = Arc::clone(desk);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            desk.reload_policy();
        }
    });
    Ok(())
}

/// Asks the daemon to stop when the system, or somebody at the terminal, does.
pub(super) fn stop_on_signals(stop: &CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => info!("asked to stop by SIGTERM"),
            _ = interrupt.recv() => info!("asked to stop by SIGINT"),
        }
        stop.cancel();
    });
    Ok(())
}
