//! `rmad explain`: why a case stands where it stands.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::ExposeSecret;

use super::Global;
use super::sheet::Sheet;
use crate::case::decision::Decision;
use crate::case::reminders::Due;
use crate::case::rma_number::find_case_numbers;
use crate::case::{Case, Rma};
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::console::case_file::{CaseFile, Received, Recorded, clauses, decisive, versions};
use crate::console::words::{self, day};
use crate::daemon;
use crate::policy::{OutcomeKind, Policies};
use crate::store::{Sending, SendingState, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The case's number, such as C-10023
    #[arg(value_name = "CASE")]
    case: String,
}

/// Prints the case's page; with `-v` every rule that was tried.
///
/// # Errors
/// Where there is no such case, or the configuration, the policy or the store cannot be read.
pub async fn run(args: &Args, global: &Global) -> anyhow::Result<ExitCode> {
    let (desk, store) = Config::for_store(&global.config, &Environment::of_process())?;
    let policies = daemon::policies(&desk.policy)?;
    let store = open(store.url.expose_secret()).await?;
    let number = find_case_numbers(&args.case).pop().unwrap_or_else(|| args.case.clone());
    let Some(file) = CaseFile::load(&store, &number).await.with_context(|| format!("cannot look up {number}"))? else {
        bail!(
            "there is no case {number} in the store; case numbers look like C-10023 and stand in the subject of every reply"
        );
    };
    let next = file.next(&desk.schedule(), Clock::system().now());
    let account = Account { policies, time_zone: desk.vendor.time_zone, every_rule: global.verbose > 0, next };
    write!(std::io::stdout(), "{}", account.of(&file))?;
    Ok(ExitCode::SUCCESS)
}

/// Opening an embedded store would make one where none is, and then know no case.
pub(super) async fn open(url: &str) -> anyhow::Result<Store> {
    if let Some(path) = url.strip_prefix("sqlite://")
        && !std::path::Path::new(path).exists()
    {
        bail!("there is no store at {path} yet; store.url names it, and `rmad import` or `rmad run` makes it");
    }
    Ok(Store::open(url).await?)
}

/// How a case is told.
struct Account {
    policies: Policies,
    time_zone: TimeZone,
    every_rule: bool,
    next: Option<Due>,
}

impl Account {
    fn of(&self, file: &CaseFile) -> String {
        let mut sheet = Sheet::default();
        self.standing(&mut sheet, &file.case);
        facts(&mut sheet, file);
        sheet.heading("What happened");
        for recorded in &file.events {
            self.event(&mut sheet, recorded);
        }
        sheet.heading("Mail");
        self.mail(&mut sheet, file);
        sheet.into_text()
    }

    fn standing(&self, sheet: &mut Sheet, case: &Case) {
        sheet.heading(&format!("Case {}: {}", case.number, words::state(case.state)));
        sheet.field("Since", &self.time(case.since));
        sheet.field("Opened", &self.time(case.opened_at));
        sheet.field("Customer", &case.customer);
        let others: Vec<&str> = case.participants.iter().skip(1).map(String::as_str).collect();
        sheet.field("Also writing", &others.join(", "));
        sheet.field("Subject", &case.subject);
        let flags: Vec<&str> = case.flags.iter().map(|flag| words::flag(*flag)).collect();
        sheet.field("To look at", &flags.join("; "));
        let missing: Vec<&str> = case.missing.iter().map(|detail| words::detail(*detail)).collect();
        sheet.field("Missing", &missing.join(", "));
        if let Some(next) = &self.next {
            sheet.field("Next", &format!("{} on {}", words::occasion(&next.what), self.time(next.at)));
        }
        if let Some(rma) = &case.rma {
            authorisation(sheet, rma);
        }
    }

    fn event(&self, sheet: &mut Sheet, recorded: &Recorded) {
        let event = &recorded.event;
        sheet.blank();
        sheet.line(2, &format!("{}, {}: {}", self.time(event.at), event.actor, event.what));
        for (name, value) in recorded.particulars() {
            sheet.line(4, &format!("{name}: {value}"));
        }
        if let Some(decision) = &recorded.decision {
            self.decision(sheet, decision);
        }
    }

    fn decision(&self, sheet: &mut Sheet, decision: &Decision) {
        sheet.line(4, &words::authenticity(decision.authenticity, decision.authentication.as_deref()));
        let missing: Vec<&str> = decision.missing.iter().map(|detail| words::detail(*detail)).collect();
        if !missing.is_empty() {
            sheet.line(4, &format!("Missing: {}", missing.join(", ")));
        }
        for unit in &decision.units {
            sheet.line(4, &format!("{}: {}", words::unit(unit), words::outcome(unit.judgement.outcome)));
            for window in &unit.judgement.windows {
                sheet.line(6, &words::window(window));
            }
        }
        if let Some(rma) = decision.rma.as_ref().filter(|_| decision.outcome == OutcomeKind::RmaIssued) {
            sheet.line(4, &format!("{}, good until {}", rma.number, day(rma.expires_on)));
        }
        let (heading, rules) = if self.every_rule {
            let tried = decision.rules.iter().map(|(rule, found)| (rule.as_str(), found.as_str())).collect();
            ("Rules that were tried", tried)
        } else {
            ("Rules that decided", decisive(decision))
        };
        if !rules.is_empty() {
            sheet.line(4, &format!("{heading}, by policy {}:", versions(decision)));
        }
        for step in rules {
            sheet.line(6, &words::step(step));
        }
        let clauses = clauses(decision, &self.policies);
        if !clauses.is_empty() {
            sheet.line(4, &format!("Clauses: {}", clauses.join("; ")));
        }
    }

    /// What came in and what went out, by time.
    fn mail(&self, sheet: &mut Sheet, file: &CaseFile) {
        let received = file.received.iter().map(|received| (received.entry.received_at, self.incoming(received)));
        let written = file.written.iter().map(|sending| (sending.recorded_at, self.outgoing(sending)));
        let mut mails: Vec<(Timestamp, Vec<String>)> = received.chain(written).collect();
        mails.sort_by_key(|(at, _)| *at);
        for (at, lines) in mails {
            sheet.blank();
            for (line, place) in lines.iter().zip(0..) {
                let line = if place == 0 { format!("{}, {line}", self.time(at)) } else { line.clone() };
                sheet.line(if place == 0 { 2 } else { 4 }, &line);
            }
        }
    }

    fn incoming(&self, received: &Received) -> Vec<String> {
        let Received { entry, heading } = received;
        let outcome = entry.outcome.map_or("not answered yet", words::outcome);
        vec![
            format!("from {}: {}", heading.from.address, heading.subject),
            format!("Message {} of the ledger: {outcome}", entry.id),
        ]
    }

    fn outgoing(&self, sending: &Sending) -> Vec<String> {
        let outgoing = &sending.outgoing;
        let mut lines = vec![
            format!("to {}: {}", outgoing.recipient, outgoing.subject),
            format!("Letter: {}; {}", words::template(&outgoing.template), self.state(sending)),
        ];
        lines.extend(outgoing.withheld.as_ref().map(|reason| format!("Why not sent: {reason}")));
        lines.extend(sending.answer.as_ref().map(|answer| format!("The mail server said: {answer}")));
        lines
    }

    fn state(&self, sending: &Sending) -> String {
        let state = words::sending(sending.state);
        let attempts = match (sending.state, sending.attempts) {
            (SendingState::Accepted, 1) | (_, 0) => String::new(),
            (_, 1) => ", after 1 attempt".to_owned(),
            (_, attempts) => format!(", after {attempts} attempts"),
        };
        let when = sending.ended_at.map(|at| format!(", {}", self.time(at))).unwrap_or_default();
        format!("{state}{attempts}{when}")
    }

    fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.time_zone.clone()).strftime("%a %-d %b %Y, %H:%M %Z").to_string()
    }
}

fn authorisation(sheet: &mut Sheet, rma: &Rma) {
    sheet.field("RMA", &format!("{}, issued {}, good until {}", rma.number, day(rma.issued_on), day(rma.expires_on)));
    for unit in &rma.units {
        sheet.field("", &words::rma_unit(unit));
    }
    for statement in &rma.statements {
        sheet.field("Statement", &words::statement(statement));
    }
}

fn facts(sheet: &mut Sheet, file: &CaseFile) {
    sheet.heading("What is known, and the words it was read from");
    let facts = file.facts();
    if facts.is_empty() {
        sheet.line(2, "nothing yet");
    }
    for fact in facts {
        let place = if fact.place.is_empty() { String::new() } else { format!(" ({})", fact.place) };
        sheet.field(&fact.name, &format!("{}{place}", fact.value));
        if !fact.words.is_empty() && fact.words != fact.value {
            sheet.field("", &format!("“{}”", fact.words));
        }
    }
}
