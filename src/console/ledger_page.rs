//! The first page: how much stands where, and the messages that came last.

use std::collections::HashMap;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::Console;
use super::case_file::headings;
use super::page::{Badge, Frame, Tone, written};
use super::problem::Problem;
use super::words;
use crate::case::Event;
use crate::case::decision::Decision;
use crate::mail::{Class, Heading};
use crate::policy::{Flag, OutcomeKind};
use crate::store::{Entry, LedgerCounts, Store};

/// Rows of one page.
const ROWS: u32 = 100;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    outcome: Option<String>,
    /// Older than this message.
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "console/ledger.html")]
struct Page<'a> {
    frame: &'a Frame,
    counts: Vec<Count>,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    /// The address of the next page.
    older: Option<String>,
}

struct Count {
    name: &'static str,
    number: i64,
    /// Where a person has to look.
    is_alarming: bool,
}

struct Filter {
    name: &'static str,
    address: String,
    is_chosen: bool,
}

struct Row {
    id: i64,
    received: String,
    sender: String,
    subject: String,
    outcome: Badge,
    notes: Vec<&'static str>,
    case: Option<String>,
    replies: Vec<Badge>,
}

pub(super) async fn show(
    State(console): State<Console>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::NoSuchPage)?;
    let outcome = asked.outcome.filter(|word| !word.is_empty()).map(known).transpose()?;
    let store = &console.desk.store;
    let counts = store.ledger_counts(console.clock.now()).await?;
    let entries = store.messages_with(outcome, asked.before, ROWS).await?;
    let older = entries.last().filter(|_| entries.len() == ROWS as usize).map(|last| address(outcome, Some(last.id)));
    let frame = console.frame().await?;
    written(&Page {
        frame: &frame,
        counts: shown(&counts),
        filters: filters(outcome),
        rows: rows(store, &frame, entries).await?,
        older,
    })
}

fn known(word: String) -> Result<OutcomeKind, Problem> {
    let found = words::OUTCOMES.into_iter().find(|kind| words::key(*kind) == word);
    found.ok_or_else(|| Problem::NoSuchOutcome(word.chars().take(40).collect()))
}

fn address(outcome: Option<OutcomeKind>, before: Option<i64>) -> String {
    let outcome = outcome.map(|kind| format!("outcome={}", words::key(kind)));
    let before = before.map(|id| format!("before={id}"));
    let query: Vec<String> = outcome.into_iter().chain(before).collect();
    if query.is_empty() { "/".to_owned() } else { format!("/?{}", query.join("&")) }
}

fn filters(chosen: Option<OutcomeKind>) -> Vec<Filter> {
    let all = Filter { name: "All", address: address(None, None), is_chosen: chosen.is_none() };
    let by_outcome = words::OUTCOMES.into_iter().map(|kind| Filter {
        name: words::outcome(kind),
        address: address(Some(kind), None),
        is_chosen: chosen == Some(kind),
    });
    std::iter::once(all).chain(by_outcome).collect()
}

/// The counts that say something: those that are zero only where that is news.
fn shown(counts: &LedgerCounts) -> Vec<Count> {
    let LedgerCounts { kept, left, waiting, settled, quarantined, duplicates, outbox, .. } = *counts;
    let count = |name, number| Count { name, number, is_alarming: false };
    let alarming = |name, number| Count { name, number, is_alarming: number > 0 };
    let always = [
        count("Messages kept", kept),
        count("Waiting", waiting),
        count("Settled", settled),
        alarming("Cannot be read", quarantined),
        count("Replies sent", outbox.accepted),
        count("Replies to send", outbox.recorded + outbox.leased),
    ];
    let if_any = [
        count("Left in the inbox", left),
        count("Copies", duplicates),
        count("Replies withheld", outbox.withheld),
        alarming("Replies refused", outbox.refused),
        alarming("Replies given up", outbox.given_up),
    ];
    always.into_iter().chain(if_any.into_iter().filter(|count| count.number > 0)).collect()
}

async fn rows(store: &Store, frame: &Frame, entries: Vec<Entry>) -> Result<Vec<Row>, Problem> {
    let headings = headings(store, &entries).await?;
    let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    let replies = replies(store.events_of_messages(&ids).await?);
    let states = store.sending_states(&replies.values().flatten().cloned().collect::<Vec<_>>()).await?;
    let row = |(entry, heading): (Entry, Heading)| {
        let written = replies.get(&entry.id).into_iter().flatten();
        let written: Vec<Badge> =
            written.filter_map(|id| states.get(id)).map(|state| Badge::of_sending(*state)).collect();
        row(frame, entry, heading, written)
    };
    Ok(entries.into_iter().zip(headings).map(row).collect())
}

/// The Message-IDs of what was written in answer to each message.
fn replies(events: HashMap<i64, Vec<Event>>) -> HashMap<i64, Vec<String>> {
    let of_event = |event: Event| Some(Decision::of_event(event.detail)?.ok()?.replies);
    events.into_iter().map(|(id, events)| (id, events.into_iter().filter_map(of_event).flatten().collect())).collect()
}

fn row(frame: &Frame, entry: Entry, heading: Heading, replies: Vec<Badge>) -> Row {
    let mut notes: Vec<&'static str> = Vec::new();
    notes.extend(entry.class.filter(|class| *class != Class::Human).map(words::class));
    notes.extend(flags(&entry));
    Row {
        id: entry.id,
        received: frame.time(entry.received_at),
        sender: heading.from.name.unwrap_or(heading.from.address),
        subject: heading.subject,
        outcome: outcome(&entry),
        notes,
        case: entry.case_number,
        replies,
    }
}

/// What became of a message.
pub(super) fn outcome(entry: &Entry) -> Badge {
    match (entry.duplicate_of, &entry.defect, entry.outcome) {
        (Some(first), _, _) => Badge::new(format!("Copy of message {first}"), Tone::Quiet),
        (_, Some(_), _) if entry.dismissed_at.is_some() => Badge::new("Seen to by staff", Tone::Quiet),
        (_, Some(_), _) => Badge::new("Cannot be read", Tone::Alert),
        (_, _, Some(kind)) => Badge::of_outcome(kind),
        (None, None, None) => Badge::new("Waiting for an answer", Tone::Waiting),
    }
}

/// What to look at; of a message that cannot be read, its outcome says it.
pub(super) fn flags(entry: &Entry) -> Vec<&'static str> {
    let flags = entry.flags.iter().filter(|flag| **flag != Flag::Unreadable);
    flags.map(|flag| words::flag(*flag)).collect()
}
