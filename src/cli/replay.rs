//! `rmad replay`: what would the daemon have done? Saved mail runs through the whole pipeline in a scratch store; nothing
//! is sent. The clock is each message's own receipt.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Global;
use super::saved_mail::{self, SavedMessage};
use crate::case::decision::{DecidedUnit, Decision};
use crate::config::{self, Config, Environment};
use crate::daemon::{Desk, Gate};
use crate::mail;
use crate::order_book;
use crate::store::{Arrival, Entry, Store};
use crate::understanding::{About, Wish};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Order data to import first (the directory that `rmad import` takes)
    #[arg(long, value_name = "DIR")]
    orders: Option<PathBuf>,
    /// Keep the scratch store here, and go on with it the next time
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// .eml files, directories of them, mbox files, Maildirs
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Json,
    Table,
}

/// Replays the messages, one line each, flushed as it is decided.
///
/// # Errors
/// Where the configuration, the order data or a path cannot be read, or the store fails.
pub async fn run(args: &Args, global: &Global) -> anyhow::Result<ExitCode> {
    let settings = Config::for_replay(&global.config, &Environment::of_process())?;
    let messages = saved_mail::read_all(&args.paths)?;
    if messages.is_empty() {
        writeln!(std::io::stderr(), "rmad: there is no message in the paths given")?;
    }
    let scratch = Scratch::open(args.state.as_deref()).await?;
    let desk = Arc::new(Desk::new(scratch.store.clone(), &settings, gate(&settings), &settings.vendor.address)?);
    if let Some(orders) = &args.orders {
        order_book::import(orders, scratch.store.db(), &mut |_| ()).await?;
    }
    let progress = super::progress_bar(messages.len());
    for message in &messages {
        let line = replay(&desk, message).await.with_context(|| format!("cannot replay {}", message.name))?;
        print(&line, args.format, &progress)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(ExitCode::SUCCESS)
}

/// Where a replay remembers; a directory of its own, which goes when it ends, unless a file was named.
struct Scratch {
    store: Store,
    _directory: Option<super::scratch::Directory>,
}

impl Scratch {
    async fn open(state: Option<&Path>) -> anyhow::Result<Scratch> {
        let directory = if state.is_none() { Some(super::scratch::Directory::new("replay")?) } else { None };
        let file = match (state, &directory) {
            (Some(file), _) => std::path::absolute(file)?,
            (None, Some(directory)) => directory.path().join("replay.db"),
            (None, None) => anyhow::bail!("there is no place for the scratch store"),
        };
        let store = Store::open(&format!("sqlite://{}", file.display())).await?;
        Ok(Scratch { store, _directory: directory })
    }
}

/// Nothing goes out, so nothing is held back either: replay shows what would be sent.
fn gate(settings: &config::Desk) -> Gate {
    Gate::open(settings.own_addresses())
}

const MAILBOX: &str = "replay";

async fn replay(desk: &Arc<Desk>, message: &SavedMessage) -> anyhow::Result<Value> {
    let received_at = mail::received_at(&message.raw).unwrap_or(message.fallback_time);
    let last = desk.store.cursor(MAILBOX).await?.map_or(0, |cursor| cursor.last_uid);
    let arrival =
        Arrival { mailbox: MAILBOX.to_owned(), uid_validity: 1, uid: last + 1, received_at, raw: message.raw.clone() };
    let kept = desk.store.keep(&[arrival], received_at).await?;
    let id = *kept.first().context("the store kept nothing")?;
    while desk.answer_waiting(received_at, 1).await? > 0 {}
    let entry = desk.store.message(id).await?.context("the store lost the message")?;
    let decision = decision(desk, id).await?;
    let replies = replies(desk, &entry, decision.as_ref()).await?;
    Ok(line(desk, message, received_at, &entry, decision.as_ref(), replies))
}

async fn decision(desk: &Desk, id: i64) -> anyhow::Result<Option<Decision>> {
    let events = desk.store.events_of_message(id).await?;
    Ok(events.into_iter().find_map(|event| Decision::of_event(event.detail)?.ok()))
}

async fn replies(desk: &Desk, entry: &Entry, decision: Option<&Decision>) -> anyhow::Result<Vec<Value>> {
    let (Some(case), Some(decision)) = (&entry.case_number, decision) else { return Ok(Vec::new()) };
    let sent = desk.store.outgoing_of_case(case).await?;
    let ours = sent
        .iter()
        .map(|sending| &sending.outgoing)
        .filter(|outgoing| outgoing.withheld.is_none() && decision.replies.contains(&outgoing.message_id));
    Ok(ours
        .map(|outgoing| {
            json!({
                "to": outgoing.recipient, "subject": outgoing.subject, "message_id": outgoing.message_id,
                "template": outgoing.template, "text": outgoing.text,
            })
        })
        .collect())
}

/// One line of the output; the names are those of the policy.
fn line(
    desk: &Desk,
    message: &SavedMessage,
    received_at: Timestamp,
    entry: &Entry,
    decision: Option<&Decision>,
    replies: Vec<Value>,
) -> Value {
    let empty = json!({"about": "other", "reason": null, "wanted": null, "account": null, "items": []});
    let outcome = if entry.duplicate_of.is_some() { json!("ignored") } else { json!(entry.outcome) };
    json!({
        "file": message.name,
        "message_id": entry.message_id,
        "received_at": received_at.to_zoned(desk.time_zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "class": entry.class.unwrap_or(mail::Class::Human),
        "case": entry.case_number,
        "request": decision.map_or(empty, request),
        "outcome": outcome,
        "flags": entry.flags,
        "missing": decision.map(|decision| decision.missing.clone()).unwrap_or_default(),
        "clauses": decision.map(|decision| decision.clauses.clone()).unwrap_or_default(),
        "units": decision.map(units).unwrap_or_default(),
        "rma": decision.and_then(|decision| decision.rma.clone()),
        "replies": replies,
    })
}

fn units(decision: &Decision) -> Vec<Value> {
    let unit = |unit: &DecidedUnit| json!({"invoice": unit.invoice, "part": unit.part, "serial": unit.serial, "outcome": unit.judgement.outcome});
    decision.units.iter().map(unit).collect()
}

fn request(decision: &Decision) -> Value {
    let request = &decision.request;
    let items: Vec<Value> = request
        .items
        .iter()
        .map(|item| {
            let told = [("invoice", &item.invoice), ("part", &item.part), ("serial", &item.serial)];
            let evidence: serde_json::Map<String, Value> =
                told.iter().filter_map(|(name, told)| Some(((*name).to_owned(), json!(told.as_ref()?.evidence)))).collect();
            let value = |index: usize| told.get(index).and_then(|(_, told)| told.as_ref()).map(|told| told.value.clone());
            json!({"invoice": value(0), "part": value(1), "serial": value(2), "quantity": item.quantity.unwrap_or(1), "evidence": evidence})
        })
        .collect();
    json!({
        "about": request.about,
        "reason": request.reason.as_ref().map(|told| told.value),
        "wanted": if request.about == About::Status { Some(Wish::RmaStatus) } else { request.wanted.as_ref().map(|told| told.value) },
        "account": request.account.as_ref().map(|told| told.value.clone()),
        "items": items,
    })
}

fn print(line: &Value, format: Format, progress: &ProgressBar) -> anyhow::Result<()> {
    let text = match format {
        Format::Json => line.to_string(),
        Format::Table => row(line),
    };
    let mut written = Ok(());
    progress.suspend(|| {
        let mut out = std::io::stdout();
        written = writeln!(out, "{text}").and_then(|()| out.flush());
    });
    Ok(written?)
}

fn row(line: &Value) -> String {
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    let flags: Vec<&str> =
        line.get("flags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let missing: Vec<&str> =
        line.get("missing").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let rma = line.pointer("/rma/number").and_then(Value::as_str).unwrap_or_default();
    let said = [flags.join(", "), missing.join(", "), rma.to_owned()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    format!("{:<28} {:<10} {:<22} {:<8} {}", text("file"), text("class"), text("outcome"), text("case"), said)
        .trim_end()
        .to_owned()
}
