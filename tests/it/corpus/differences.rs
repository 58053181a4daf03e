//! What was seen, held against what was expected: what may be known to differ, and what may never be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::Path;

use serde_json::Value;

use super::expected::Expected;
use super::mailbox::Seen;

/// Where a message was answered otherwise than expected, a line each.
pub fn differences(expected: &Expected, seen: &Seen) -> Vec<String> {
    let expect = &expected.expect;
    let mut found = Vec::new();
    found.extend(other("class", &seen.class, &expected.class));
    found.extend(other("outcome", &seen.outcome, &expect.outcome));
    found.extend(unlike("flags", &seen.flags, &expect.flags));
    found.extend(unlike("missing", &seen.decided.missing, &expect.missing));
    let uncited: Vec<&String> = expect.clauses.iter().filter(|clause| !seen.decided.clauses.contains(clause)).collect();
    if !uncited.is_empty() {
        found.push(format!("clauses: {} not cited", listed(&uncited)));
    }
    found.extend(expect.units.as_ref().and_then(|units| unlike("units", &seen.decided.units, units)));
    let reply = |there: bool| if there { "a reply" } else { "no reply" };
    found.extend(other("reply", reply(seen.replied), reply(expect.reply)));
    if !found.is_empty() {
        found.extend(other("understood", &understood(&seen.decided.request), &understood(&expected.facts)));
    }
    found
}

/// A request in one line.
fn understood(request: &Value) -> String {
    let word = |value: &Value| value.get("value").unwrap_or(value).as_str().unwrap_or("-").to_owned();
    let words = |of: &Value, names: &[&str]| names.iter().map(|name| word(&of[*name])).collect::<Vec<_>>().join(" ");
    let items = request["items"].as_array().into_iter().flatten();
    let items: Vec<String> = items.map(|item| format!("[{}]", words(item, &["invoice", "part", "serial"]))).collect();
    format!("{} {}", words(request, &["about", "reason", "wanted", "account"]), items.join(" "))
}

/// What no list excuses.
pub fn breaches(expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut found = Vec::new();
    let authorized = expected.authorized();
    if !seen.authorized.is_empty() && seen.authorized != authorized {
        let what =
            if expected.expect.outcome == "rma_issued" { "for other units" } else { "that was not to be issued" };
        found.push(format!("an RMA {what}: {}, expected {}", listed(&seen.authorized), listed(&authorized)));
    }
    found.extend((!seen.authorized.is_empty()).then(|| miscounted(expected, seen)).flatten());
    if seen.wrote && expected.class != "human" {
        found.push(format!("a reply to a machine ({})", expected.class));
    }
    if seen.wrote && expected.expect.flags.iter().any(|flag| flag == "authentication_failed") {
        found.push("a reply to a sender whose authentication failed".to_owned());
    }
    found
}

/// Units without serial numbers, of which another number was recorded than the customer told.
fn miscounted(expected: &Expected, seen: &Seen) -> Option<String> {
    let items = |request: &Value| request["items"].as_array().cloned().unwrap_or_default();
    let told: Vec<Value> = items(&expected.facts).into_iter().filter(|item| item["qty"].is_u64()).collect();
    items(&seen.decided.request).iter().filter(|item| item["serial"].is_null()).find_map(|item| {
        let told = told.iter().find(|told| told["part"] == item["part"]["value"] && told["serial"].is_null())?;
        let (seen, told) = (&item["quantity"], &told["qty"]);
        (seen != told).then(|| format!("an RMA for {seen} units of {}, {told} were told", item["part"]["value"]))
    })
}

fn other(what: &str, seen: &str, expected: &str) -> Option<String> {
    (seen != expected).then(|| format!("{what}: {seen}, expected {expected}"))
}

/// Lists are compared in any order.
fn unlike<T: Ord + Display>(what: &str, seen: &[T], expected: &[T]) -> Option<String> {
    let sorted = |list: &[T]| {
        let mut sorted: Vec<String> = list.iter().map(ToString::to_string).collect();
        sorted.sort();
        sorted
    };
    let (seen, expected) = (sorted(seen), sorted(expected));
    (seen != expected).then(|| format!("{what}: {}, expected {}", listed(&seen), listed(&expected)))
}

fn listed<T: Display>(list: &[T]) -> String {
    let texts: Vec<String> = list.iter().map(ToString::to_string).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join("; ") }
}

/// Messages that are known to be answered otherwise, each with the reason.
pub struct Known(BTreeMap<String, String>);

const FILE: &str = "known-differences.txt";

impl Known {
    pub fn of(corpus: &Path) -> Known {
        let text = std::fs::read_to_string(corpus.join(FILE)).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        Known(lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).map(entry).collect())
    }

    pub fn reason(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(String::as_str)
    }

    /// Listed names that no message bears.
    pub fn strangers<'a>(&'a self, expected: &'a [Expected]) -> impl Iterator<Item = &'a String> {
        let files: BTreeSet<&String> = expected.iter().map(|message| &message.file).collect();
        self.0.keys().filter(move |file| !files.contains(file))
    }

    /// As things stand now: a reason that was written stays, and where there is none the first difference is one.
    pub fn renewed(&self, expected: &[Expected], seen: &[Seen]) -> Known {
        let differing = expected.iter().zip(seen).filter_map(|(expected, seen)| {
            let first = differences(expected, seen).into_iter().next()?;
            let reason = self.reason(&expected.file).map_or(first, str::to_owned);
            Some((expected.file.clone(), reason))
        });
        Known(differing.collect())
    }

    pub fn write(&self, corpus: &Path) {
        let file = corpus.join(FILE);
        if self.0.is_empty() {
            let gone = std::fs::remove_file(file);
            assert!(gone.is_ok() || !corpus.join(FILE).exists(), "{gone:?}");
        } else {
            let lines: Vec<String> = self.0.iter().map(|(file, reason)| format!("{file} {reason}\n")).collect();
            std::fs::write(file, lines.concat()).unwrap();
        }
    }
}

fn entry((file, reason): (&str, &str)) -> (String, String) {
    (file.to_owned(), reason.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::corpus::expected::Unit;
    use crate::corpus::mailbox::Decided;

    fn expected(line: &str) -> Expected {
        serde_json::from_str(line).unwrap()
    }

    fn unit(serial: &str) -> Unit {
        let text = |text: &str| Some(text.to_owned());
        Unit { invoice: "1".to_owned(), part: text("P"), serial: text(serial), outcome: "rma_issued".to_owned() }
    }

    fn issued() -> (Expected, Seen) {
        let line = r#"{"file": "a-1.eml", "thread": "a", "class": "human", "facts": {}, "expect": {"outcome": "rma_issued", "flags": [],
            "missing": [], "clauses": ["c"], "reply": true,
            "units": [{"invoice": "1", "part": "P", "serial": "S", "outcome": "rma_issued"}]}}"#;
        let seen = Seen {
            class: "human".to_owned(),
            outcome: "rma_issued".to_owned(),
            flags: vec![],
            decision: None,
            decided: Decided { clauses: vec!["b".into(), "c".into()], units: vec![unit("S")], ..Decided::default() },
            replied: true,
            wrote: true,
            authorized: vec![unit("S")],
        };
        (expected(line), seen)
    }

    #[test]
    fn what_agrees_shows_nothing() {
        let (expected, seen) = issued();
        assert_eq!(differences(&expected, &seen), [""; 0]);
        assert_eq!(breaches(&expected, &seen), [""; 0]);
    }

    #[test]
    fn every_difference_is_shown() {
        let (expected, _) = issued();
        let seen = Seen {
            class: "bulk".to_owned(),
            outcome: "ignored".to_owned(),
            flags: vec!["legal_threat".to_owned()],
            decision: None,
            decided: Decided {
                request: json!({"about": "other", "items": [{"invoice": {"value": "1"}, "part": null}]}),
                missing: vec!["reason".into()],
                units: vec![unit("T")],
                ..Decided::default()
            },
            replied: false,
            wrote: false,
            authorized: vec![],
        };
        let shown = [
            "class: bulk, expected human",
            "outcome: ignored, expected rma_issued",
            "flags: legal_threat, expected none",
            "missing: reason, expected none",
            "clauses: c not cited",
            "units: 1 P T rma_issued, expected 1 P S rma_issued",
            "reply: no reply, expected a reply",
            "understood: other - - - [1 - -], expected - - - - ",
        ];
        assert_eq!(differences(&expected, &seen), shown);
    }

    #[test]
    fn what_may_never_be_is_found() {
        let (wanted, seen) = issued();
        let other_units = Seen { authorized: vec![unit("S"), unit("T")], ..seen.clone() };
        assert!(breaches(&wanted, &other_units)[0].starts_with("an RMA for other units"));
        let mut machine = wanted.clone();
        machine.class = "bounce".to_owned();
        let withheld = Seen { replied: false, authorized: vec![], ..seen.clone() };
        assert_eq!(breaches(&machine, &withheld), ["a reply to a machine (bounce)"]);
        let mut forged = wanted;
        forged.expect.outcome = "held_for_review".to_owned();
        forged.expect.flags = vec!["authentication_failed".to_owned()];
        forged.expect.units = None;
        let found = breaches(&forged, &seen);
        assert!(
            found[0].starts_with("an RMA that was not to be issued") && found[1].contains("authentication"),
            "{found:?}"
        );
    }
}
