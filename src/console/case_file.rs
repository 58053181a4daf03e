//! Everything there is to know about one case, gathered from the store: what the console and `rmad explain` show.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use serde_json::Value;

use crate::case::decision::Decision;
use crate::case::reminders::{Due, Schedule, Written};
use crate::case::{Case, Event};
use crate::mail::{self, Heading};
use crate::policy::{ClauseId, Policies, Policy};
use crate::store::{self, Entry, Sending, Store};
use crate::understanding::{Evidence, Item, Number, Told};

use super::words;

/// So much of a message holds its header.
pub(super) const HEADER_LENGTH: u16 = 32_000;

/// What a rule on the whole case is noted to have found where it decided.
pub const APPLIES: &str = "applies";

/// A case with all that happened in it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseFile {
    pub case: Case,
    /// Oldest first.
    pub events: Vec<Recorded>,
    /// In the order they were kept.
    pub received: Vec<Received>,
    /// Oldest first.
    pub written: Vec<Sending>,
}

/// One step of a case; with the minutes where something was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    pub event: Event,
    pub decision: Option<Decision>,
}

/// A message that belongs to a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    pub entry: Entry,
    pub heading: Heading,
}

/// Something that the case knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is: `serial number`.
    pub name: String,
    pub value: String,
    /// The words it was read from; empty where they are not in the mail.
    pub words: String,
    /// Where they stood.
    pub place: String,
}

impl CaseFile {
    /// Gathers a case; `None` where there is none of that number.
    pub async fn load(store: &Store, number: &str) -> store::Result<Option<CaseFile>> {
        let Some(case) = store.case(number).await? else { return Ok(None) };
        let events = store.events_of_case(number).await?.into_iter().map(Recorded::from).collect();
        let entries = store.messages_of_case(number).await?;
        let headings = headings(store, &entries).await?;
        let received = entries.into_iter().zip(headings).map(|(entry, heading)| Received { entry, heading }).collect();
        Ok(Some(CaseFile { case, events, received, written: store.outgoing_of_case(number).await? }))
    }

    /// What time brings next, and when: what should have come by now comes at the next opening.
    pub fn next(&self, schedule: &Schedule, now: Timestamp) -> Option<Due> {
        let written: Vec<Written> = self.written.iter().map(Sending::written).collect();
        let due = schedule.next(&self.case, &written, now)?;
        let at = if due.at <= now { schedule.calendar.next_open(now)? } else { due.at };
        Some(Due { at, ..due })
    }

    /// What the case knows, with the words it was read from.
    pub fn facts(&self) -> Vec<Fact> {
        let known = &self.case.facts;
        let mut facts = Vec::new();
        facts.extend(known.account().map(|told| fact("account", told.value.clone(), told)));
        facts.extend(known.reason.as_ref().map(|told| fact("reason", words::reason(told.value).to_owned(), told)));
        facts.extend(known.wanted.as_ref().map(|told| fact("wish", words::wish(told.value).to_owned(), told)));
        let several = known.items.len() > 1;
        for (item, count) in known.items.iter().zip(1..) {
            let lead = if several { format!("unit {count}: ") } else { String::new() };
            facts.extend(of_item(item, &lead));
        }
        if known.items.is_empty() {
            let said = &known.said;
            for (name, numbers) in
                [("invoice number", &said.invoices), ("part number", &said.parts), ("serial number", &said.serials)]
            {
                facts.extend(numbers.iter().map(|number: &Number| fact(name, number.told.value.clone(), &number.told)));
            }
        }
        facts.extend(known.signals.iter().map(|told| fact("to note", words::signal(told.value).to_owned(), told)));
        facts
    }
}

impl From<Event> for Recorded {
    fn from(event: Event) -> Recorded {
        let decision = Decision::of_event(event.detail.clone()).and_then(Result::ok);
        Recorded { event, decision }
    }
}

impl Recorded {
    /// What else was kept of a step that is no decision: the server's answer, a recipient.
    pub fn particulars(&self) -> Vec<(String, String)> {
        let fields = self.event.detail.as_object().filter(|_| self.decision.is_none());
        let told = |(name, value): (&String, &Value)| Some((name.replace('_', " "), plain(value)?));
        fields.into_iter().flatten().filter_map(told).collect()
    }
}

/// A value in a line; `None` for one of many parts, which is kept to be replayed and not to be read.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => Some(values.iter().map(plain).collect::<Option<Vec<_>>>()?.join(", ")),
        Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// The rules that decided, and the facts of each unit they decided on, out of all that were tried.
///
/// Each unit's run of rules begins with its facts ("as found") and ends with the rule that decided. Where a rule decided
/// on the case as a whole, it stands last.
pub fn decisive(decision: &Decision) -> Vec<(&str, &str)> {
    const FACTS: &str = "as found";
    const DOES_NOT_APPLY: &str = "does not apply";
    let rules = &decision.rules;
    let ends_a_run = |at: usize| rules.get(at + 1).is_none_or(|(rule, _)| rule == FACTS);
    rules
        .iter()
        .enumerate()
        .filter(|(at, (rule, found))| rule == FACTS || (ends_a_run(*at) && found != DOES_NOT_APPLY))
        .map(|(_, (rule, found))| (rule.as_str(), found.as_str()))
        .collect()
}

/// The titles of the clauses that a decision rests on, as the version that judged has them; the id of one that the policy
/// has no longer.
pub fn clauses(decision: &Decision, policies: &Policies) -> Vec<String> {
    let title = |id: &ClauseId| {
        let unit = decision.units.iter().find(|unit| unit.judgement.clauses.contains(id));
        let version = unit.map_or(&decision.policy_version, |unit| &unit.judgement.policy_version);
        let words = |policy: &Policy| policy.clause(id).map(|clause| clause.title.clone());
        let judged_by = policies.version(version).and_then(words);
        judged_by.or_else(|| policies.versions().find_map(words)).unwrap_or_else(|| id.to_string())
    };
    decision.clauses.iter().map(title).collect()
}

/// The versions of the policy that a decision was made by: `2026-01`.
pub fn versions(decision: &Decision) -> String {
    let of_units: BTreeSet<&str> = decision.units.iter().map(|unit| unit.judgement.policy_version.as_str()).collect();
    if of_units.is_empty() {
        return decision.policy_version.clone();
    }
    of_units.into_iter().collect::<Vec<_>>().join(", ")
}

/// Sender and subject of each of these messages.
pub(super) async fn headings(store: &Store, entries: &[Entry]) -> store::Result<Vec<Heading>> {
    let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    let beginnings: HashMap<i64, Vec<u8>> = store.beginnings(&ids, HEADER_LENGTH).await?;
    let heading = |id: &i64| beginnings.get(id).map(|raw| mail::heading(raw)).unwrap_or_default();
    Ok(ids.iter().map(heading).collect())
}

fn of_item(item: &Item, lead: &str) -> Vec<Fact> {
    let numbers = [("invoice number", &item.invoice), ("part number", &item.part), ("serial number", &item.serial)];
    let mut facts: Vec<Fact> = numbers
        .into_iter()
        .filter_map(|(name, told)| told.as_ref().map(|told| fact(&format!("{lead}{name}"), told.value.clone(), told)))
        .collect();
    if let Some(quantity) = item.quantity.filter(|quantity| *quantity != 1) {
        let name = format!("{lead}quantity");
        facts.push(Fact { name, value: quantity.to_string(), words: String::new(), place: String::new() });
    }
    facts
}

fn fact<T>(name: &str, value: String, told: &Told<T>) -> Fact {
    let Evidence { text, place } = &told.evidence;
    let is_from_mail = *place != crate::understanding::Place::OrderData;
    let words = if is_from_mail { text.split_whitespace().collect::<Vec<_>>().join(" ") } else { String::new() };
    Fact { name: name.to_owned(), value, words, place: words::place(place) }
}
