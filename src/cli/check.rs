//! `rmad check`: is the configuration in order, and, with `--connect`, is everything there that it names?

use std::io::Write;
use std::process::ExitCode;

use crate::clock::Clock;
use anyhow::anyhow;
use secrecy::ExposeSecret;

use super::Global;
use crate::config::{self, Backlog, Config, Environment};
use crate::daemon;
use crate::mailbox::Mailbox;
use crate::store::Store;
use crate::transport::Transport;
use crate::verify::Verifier;

/// What is in order and yet not what anybody wants.
const VOUCHES_FOR_NOBODY: &str = "rmad: no sender counts as verified: in [trust], list in authserv_ids the names by which \
     your own mail servers sign Authentication-Results, or set verify = true where they write none";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Log in to the mailbox and to the server that takes replies, and open the store, as well
    #[arg(long)]
    connect: bool,
}

/// Says that all is well, and what was found.
///
/// # Errors
/// Every fault of the configuration, then every fault of the policy, with file, line and remedy; then everything that
/// cannot be connected to.
pub async fn run(args: &Args, global: &Global) -> anyhow::Result<ExitCode> {
    let config = Config::load(&global.config, &Environment::of_process())?;
    daemon::policies(&config.desk.policy)?;
    let mut out = std::io::stdout();
    writeln!(out, "{} is in order", global.config.display())?;
    if config.desk.trust.vouches_for_nobody() {
        writeln!(std::io::stderr(), "{VOUCHES_FOR_NOBODY}")?;
    }
    if !args.connect {
        return Ok(ExitCode::SUCCESS);
    }
    let mut intake = Mailbox::open(config.intake.mailbox.clone());
    let mut post = Transport::open(config.delivery.transport.clone());
    let (mailbox, post, store) = tokio::join!(intake.check(), post.check(), store(&config.store));
    let found = [
        ("intake", mailbox.map_err(anyhow::Error::from)),
        ("delivery", post.map_err(anyhow::Error::from)),
        ("store", store),
    ];
    let mut faults = Vec::new();
    if config.desk.trust.verify
        && let Err(fault) = Verifier::of_system()
    {
        faults.push(format!("trust: {:#}", anyhow::Error::from(fault)));
    }
    for (part, found) in found {
        match found {
            Ok(sentence) => writeln!(out, "{part}: {sentence}")?,
            Err(fault) => faults.push(format!("{part}: {fault:#}")),
        }
    }
    if !faults.is_empty() {
        return Err(anyhow!(faults.join("\n")));
    }
    if let Some(sentence) = first_start(&config, intake).await? {
        writeln!(out, "first start: {sentence}")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn store(settings: &config::Store) -> anyhow::Result<String> {
    let store = Store::open(settings.url.expose_secret()).await?;
    let counts = store.ledger_counts(Clock::system().now()).await?;
    let left = if counts.left > 0 { format!("; {} more are left alone", counts.left) } else { String::new() };
    Ok(format!("open; it keeps {} messages, {} of them not answered yet{left}", counts.kept, counts.waiting))
}

/// What becomes of what lies in a mailbox that was never read; `None` where it was, or where it is empty.
async fn first_start(config: &Config, mut mailbox: Mailbox) -> anyhow::Result<Option<String>> {
    let store = Store::open(config.store.url.expose_secret()).await?;
    let (_, there) = mailbox.uids().await?;
    if there.is_empty() || store.cursor(&mailbox.name()).await?.is_some() {
        return Ok(None);
    }
    let what = match config.intake.backlog {
        Backlog::Leave => "left alone",
        Backlog::Shadow => "answered in shadow: what is written waits for staff",
        Backlog::Answer => "answered",
    };
    Ok(Some(format!("{} messages lie in the mailbox and will be {what} (intake.backlog)", there.len())))
}
