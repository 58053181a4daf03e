//! `rmad demo`: the sandbox that a newcomer runs first. Sample orders and sample mail are written to a directory of
//! their own, the real daemon works on them, and a table tells what became of each message.

pub mod sample;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use jiff::Zoned;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::sample::Sample;
use super::run as daemon_run;
use crate::case::decision::Decision;
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::daemon::{self, Pace};
use crate::mail;
use crate::order_book;
use crate::policy::OutcomeKind;
use crate::scheduler::Parts;
use crate::store::{Entry, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stop when the mailbox is empty; otherwise the daemon and its console go on until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Where to put the sandbox, a directory that does not exist yet [default: a new one among the temporary files]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Runs the demo.
///
/// # Errors
/// Where the sandbox cannot be written, or the daemon fails on it.
pub async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let directory = sandbox(args.directory.as_deref())?;
    let config = Config::load(&directory.join("rmad.toml"), &Environment::from_iter([]))?;
    let now = Clock::system().now().to_zoned(config.desk.vendor.time_zone.clone());
    let samples = sample::mail(&now);
    write_sample(&directory, &now, &samples)?;
    let store = Store::open(&format!("sqlite://{}", directory.join("rmad.db").display())).await?;
    order_book::import(&directory.join("orders"), store.db(), &mut |_| ()).await?;
    let mut parts = daemon_run::parts(&config, store.clone())?;
    work_through(&mut parts).await?;
    print_table(&store, &samples, &directory).await?;
    if args.once {
        return Ok(ExitCode::SUCCESS);
    }
    let stop = CancellationToken::new();
    daemon_run::stop_on_signals(&stop)?;
    tell_console(&config)?;
    daemon_run::serve(&config, parts, stop).await?;
    Ok(ExitCode::SUCCESS)
}

fn tell_console(config: &Config) -> anyhow::Result<()> {
    if let Some(console) = &config.console {
        writeln!(std::io::stdout(), "Staff's window:   http://{}/   (Ctrl-C stops the demo)", console.listen)?;
    }
    Ok(())
}

/// The chapters of the daemon's story, until nothing is left to do.
async fn work_through(parts: &mut Parts) -> anyhow::Result<()> {
    let mut pace = Pace::default();
    loop {
        let clock = parts.clock.clone();
        let collected = daemon::collect(&parts.desk, &mut parts.inbox, clock.now()).await?;
        let answered = daemon::answer(&parts.desk, clock.now()).await?;
        daemon::file_away(&parts.desk, &mut parts.inbox, || clock.now()).await?;
        let sent = daemon::send(&parts.desk, &mut parts.post, &mut pace, || clock.now()).await?;
        if collected + answered + sent == 0 {
            return Ok(());
        }
    }
}

fn sandbox(directory: Option<&Path>) -> anyhow::Result<PathBuf> {
    let temporary = || std::env::temp_dir().join(format!("rmad-demo-{}", Uuid::new_v4().simple()));
    let directory = directory.map_or_else(temporary, Path::to_path_buf);
    std::fs::create_dir(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let directory = std::path::absolute(directory)?;
    std::fs::write(directory.join("rmad.toml"), include_str!("rmad.toml"))?;
    for maildir in ["inbox", "replies"] {
        for part in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(directory.join(maildir).join(part))?;
        }
    }
    Ok(directory)
}

fn write_sample(directory: &Path, now: &Zoned, samples: &[Sample]) -> anyhow::Result<()> {
    let orders = directory.join("orders");
    std::fs::create_dir(&orders)?;
    for (name, text) in sample::orders(now.date()) {
        std::fs::write(orders.join(name), text)?;
    }
    for (sample, place) in samples.iter().zip(1..) {
        let name = format!("{}.M{place:03}P1.sample", now.timestamp().as_second());
        std::fs::write(directory.join("inbox/new").join(name), &sample.raw)?;
    }
    Ok(())
}

async fn print_table(store: &Store, samples: &[Sample], directory: &Path) -> anyhow::Result<()> {
    let entries = store.recent_messages(1_000).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{:<20} {:<34} {:<52} reply", "message", "what it is", "what rmad did")?;
    let mut accounted = 0;
    for sample in samples {
        let id = mail::read(&sample.raw, jiff::Timestamp::UNIX_EPOCH, &mail::Trust::default())?.message_id;
        let entry = entries.iter().find(|entry| entry.message_id == id).filter(|entry| entry.settled_at.is_some());
        let (did, reply) = match entry {
            Some(entry) => told(store, entry).await?,
            None => ("waits".to_owned(), "-".to_owned()),
        };
        accounted += usize::from(entry.is_some());
        writeln!(out, "{:<20} {:<34} {did:<52} {reply}", sample.name, sample.shows)?;
    }
    writeln!(out, "\n{accounted} of {} messages accounted for.", samples.len())?;
    writeln!(out, "Replies to read:  {}", directory.join("replies/new").display())?;
    let config = directory.join("rmad.toml");
    writeln!(out, "Why, for a case:  rmad --config {} explain C-00001", config.display())?;
    writeln!(out, "What staff do:    rmad --config {} rma --help", config.display())?;
    Ok(())
}

/// What became of a message, in words for a newcomer, and which reply went out.
async fn told(store: &Store, entry: &Entry) -> anyhow::Result<(String, String)> {
    let events = store.events_of_message(entry.id).await?;
    let decision = events.into_iter().find_map(|event| Decision::of_event(event.detail)?.ok());
    let Some(decision) = decision else {
        return Ok(("could not be read; staff look at it".to_owned(), "-".to_owned()));
    };
    let reply = match &entry.case_number {
        Some(case) => {
            let sent = store.outgoing_of_case(case).await?;
            let ours = sent.into_iter().find(|sending| decision.replies.contains(&sending.outgoing.message_id));
            ours.map_or_else(|| "none".to_owned(), |sending| sending.outgoing.template)
        }
        None => "none".to_owned(),
    };
    Ok((deed(&decision), reply))
}

fn deed(decision: &Decision) -> String {
    let words = |words: Vec<String>| words.join(", ").replace('_', " ");
    match decision.outcome {
        OutcomeKind::RmaIssued => decision.rma.as_ref().map_or_else(String::new, |rma| {
            format!("issued {}, good until {}", rma.number, rma.expires_on.strftime("%B %-d"))
        }),
        OutcomeKind::DetailsRequested => {
            let missing = decision
                .missing
                .iter()
                .map(|detail| detail.to_string())
                .chain(decision.flags.iter().map(|flag| flag.to_string()));
            format!("asked for {}", words(missing.collect()))
        }
        OutcomeKind::Declined => {
            format!("declined: {}", words(decision.clauses.iter().map(|clause| clause.to_string()).collect()))
        }
        OutcomeKind::CancellationAccepted => "accepted the cancellation".to_owned(),
        OutcomeKind::StatusGiven => "told where the RMA stands".to_owned(),
        OutcomeKind::HeldForReview => {
            format!("held for staff: {}", words(decision.flags.iter().map(|flag| flag.to_string()).collect()))
        }
        OutcomeKind::Ignored => format!("ignored ({})", words(vec![format!("{:?}", decision.class).to_lowercase()])),
    }
}
