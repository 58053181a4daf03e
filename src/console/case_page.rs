//! One case: where it stands, what it knows, what happened, and its mail.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::Timestamp;

use super::Console;
use super::case_file::{CaseFile, Fact, Received, Recorded, clauses, decisive, versions};
use super::ledger_page;
use super::page::{Badge, Frame, written};
use super::problem::Problem;
use super::words;
use crate::case::decision::Decision;
use crate::case::{Case, Rma};
use crate::policy::Policies;
use crate::store::Sending;

#[derive(Template)]
#[template(path = "console/case.html")]
struct Page<'a> {
    frame: &'a Frame,
    case: &'a Case,
    state: Badge,
    since: String,
    opened: String,
    flags: Vec<&'static str>,
    missing: Vec<&'static str>,
    next: Option<String>,
    rma: Option<&'a Rma>,
    facts: Vec<Fact>,
    events: Vec<Event>,
    mails: Vec<Mail>,
}

struct Event {
    at: String,
    actor: String,
    what: String,
    particulars: Vec<(String, String)>,
    units: Vec<String>,
    missing: Vec<&'static str>,
    /// Who wrote it, as far as anybody vouches for that; empty where nothing was decided.
    sender: String,
    /// The rules that decided.
    decisive: Vec<String>,
    /// Every rule that was tried.
    tried: Vec<String>,
    clauses: Vec<String>,
    policy_version: String,
}

/// A message that came in or went out.
struct Mail {
    at: Timestamp,
    time: String,
    is_incoming: bool,
    party: String,
    subject: String,
    state: Badge,
    /// The address of its own page, where it came in.
    address: Option<String>,
    /// What the mail server said, or why it was not sent.
    remarks: Vec<String>,
    /// What we wrote.
    text: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    number: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(number) = number.map_err(|_| Problem::NoSuchPage)?;
    let policies = console.desk.policies();
    let file = CaseFile::load(&console.desk.store, &number).await?;
    let file = file.ok_or_else(|| Problem::NoSuchCase(number.chars().take(40).collect()))?;
    let frame = console.frame().await?;
    let (frame, case) = (&frame, &file.case);
    let next = file.next(&console.desk.schedule, console.clock.now());
    written(&Page {
        frame,
        case,
        state: Badge::of_state(case.state),
        since: frame.time(case.since),
        opened: frame.time(case.opened_at),
        flags: case.flags.iter().map(|flag| words::flag(*flag)).collect(),
        missing: case.missing.iter().map(|detail| words::detail(*detail)).collect(),
        next: next.map(|due| format!("{} on {}", words::occasion(&due.what), frame.weekday_and_time(due.at))),
        rma: case.rma.as_ref(),
        facts: file.facts(),
        events: file.events.iter().map(|recorded| event(frame, recorded, &policies)).collect(),
        mails: mails(frame, &file),
    })
}

fn event(frame: &Frame, recorded: &Recorded, policies: &Policies) -> Event {
    let decision = recorded.decision.as_ref();
    let units = decision.into_iter().flat_map(|decision| &decision.units);
    let tried = decision.into_iter().flat_map(|decision| &decision.rules);
    Event {
        at: frame.time(recorded.event.at),
        actor: recorded.event.actor.clone(),
        what: recorded.event.what.clone(),
        particulars: recorded.particulars(),
        units: units.map(|unit| format!("{}: {}", words::unit(unit), words::outcome(unit.judgement.outcome))).collect(),
        missing: decision.into_iter().flat_map(|made| &made.missing).map(|detail| words::detail(*detail)).collect(),
        sender: decision.map(sender).unwrap_or_default(),
        decisive: decision.into_iter().flat_map(decisive).map(words::step).collect(),
        tried: tried.map(|(rule, found)| words::step((rule, found))).collect(),
        clauses: decision.map(|decision| clauses(decision, policies)).unwrap_or_default(),
        policy_version: decision.map(versions).unwrap_or_default(),
    }
}

fn sender(decision: &Decision) -> String {
    words::authenticity(decision.authenticity, decision.authentication.as_deref())
}

/// What came in and what went out, by time.
fn mails(frame: &Frame, file: &CaseFile) -> Vec<Mail> {
    let received = file.received.iter().map(|received| incoming(frame, received));
    let written = file.written.iter().map(|sending| outgoing(frame, sending));
    let mut mails: Vec<Mail> = received.chain(written).collect();
    mails.sort_by_key(|mail| mail.at);
    mails
}

fn incoming(frame: &Frame, received: &Received) -> Mail {
    let Received { entry, heading } = received;
    Mail {
        at: entry.received_at,
        time: frame.time(entry.received_at),
        is_incoming: true,
        party: heading.from.address.clone(),
        subject: heading.subject.clone(),
        state: ledger_page::outcome(entry),
        address: Some(format!("/messages/{}", entry.id)),
        remarks: vec![],
        text: String::new(),
    }
}

fn outgoing(frame: &Frame, sending: &Sending) -> Mail {
    let outgoing = &sending.outgoing;
    let withheld = outgoing.withheld.as_ref().map(|reason| format!("Not sent because {reason}."));
    let answer = sending.answer.as_ref().map(|answer| format!("The mail server said: {answer}"));
    let attempts = (sending.attempts > 1).then(|| format!("{} attempts to send.", sending.attempts));
    Mail {
        at: sending.recorded_at,
        time: frame.time(sending.recorded_at),
        is_incoming: false,
        party: outgoing.recipient.clone(),
        subject: outgoing.subject.clone(),
        state: Badge::of_sending(sending.state),
        address: None,
        remarks: withheld.into_iter().chain(answer).chain(attempts).collect(),
        text: outgoing.text.clone(),
    }
}
