//! Of several units that a message names, those that come back: not the twin that is fine, nor the one of last year.

use std::sync::LazyLock;

use regex::Regex;

use super::claim::Number;
use super::lexicon::{LEXICON, Phrases};
use super::reading::Section;
use super::said::clause_of;
use super::text::{Clause, pattern, plain};

/// What the clause names is all right, or stands beside what comes back: nothing in it says why it should.
pub(super) fn is_all_right(clause: Option<&Clause>) -> bool {
    let Some(words) = clause.map(|clause| clause.words.as_str()) else { return false };
    let says = |phrases: &Phrases| phrases.find_in(words).is_some();
    let is_spared = says(LEXICON.signal("all_right")) || says(LEXICON.signal("the_other"));
    let has_reason = ["defective", "defective_on_arrival", "not_needed", "incompatible"];
    is_spared && !has_reason.iter().any(|name| says(LEXICON.reason(name)))
}

pub(super) fn is_settled(clause: Option<&Clause>) -> bool {
    clause.is_some_and(|clause| LEXICON.signal("settled_before").find_in(&clause.words).is_some())
}

/// "All of them except SN 7".
pub(super) fn is_excepted(section: &Section, number: &Number) -> bool {
    let Some(at) = section.text.find(&number.told.value) else { return false };
    let before: String = section
        .text
        .get(..at)
        .unwrap_or_default()
        .chars()
        .rev()
        .take(40)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let words = plain(before.rsplit(['.', '\n']).next().unwrap_or_default());
    LEXICON.signal("exception").find_in(&words).is_some() || DENIED.is_match(&words)
}

/// "It is not SN 7".
static DENIED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bnot(?: (?:the|sn|s/n|serial|number|no|unit|one|with|is))*[ :#]*$"));

/// Why several serial numbers do not say which units come back.
pub(super) fn unclear(serials: &[Number], index: usize, section: &Section) -> Option<String> {
    let clause = |number: &Number| clause_of(index, section, number.clause);
    let (first, rest) = serials.split_first()?;
    if rest.is_empty() {
        return is_excepted(section, first).then(|| "all units but one are meant".to_owned());
    }
    let pairs = serials.windows(2).filter_map(|pair| if let [left, right] = pair { Some((left, right)) } else { None });
    for (left, right) in pairs {
        if is_range(section, left, right) {
            return Some(format!("{} to {} is a range", left.told.value, right.told.value));
        }
        let same = left.clause == right.clause;
        if same && clause(left).is_some_and(|clause| LEXICON.signal("swap_test").find_in(&clause.words).is_some()) {
            return Some("one unit was swapped with another to find the fault".to_owned());
        }
    }
    let plight = |number: &Number| plight(number, serials, index, section);
    let left: Vec<&Number> = serials
        .iter()
        .filter(|number| !is_all_right(clause(number)) && !is_settled(clause(number)) && !is_excepted(section, number))
        .collect();
    let told: Vec<Plight> = left.iter().map(|number| plight(number)).collect();
    let differ = told.iter().any(|plight| Some(plight) != told.first());
    differ.then(|| "what is said of one unit is not said of the other".to_owned())
}

/// What is said of one unit in its own clause, or up to the next unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plight {
    Defective,
    Surplus,
    Unsaid,
}

fn plight(number: &Number, serials: &[Number], index: usize, section: &Section) -> Plight {
    let next = serials.iter().map(|other| other.clause).filter(|clause| *clause > number.clause).min();
    let last = next.unwrap_or(number.clause + 2).min(number.clause + 2);
    let clauses: Vec<&Clause> = (number.clause..last).filter_map(|clause| clause_of(index, section, clause)).collect();
    let says = |name: &str| {
        clauses
            .iter()
            .any(|clause| !clause.written.contains('?') && LEXICON.reason(name).find_in(&clause.words).is_some())
    };
    if says("defective") || says("defective_on_arrival") || says("symptom") {
        Plight::Defective
    } else if says("not_needed") || says("incompatible") {
        Plight::Surplus
    } else {
        Plight::Unsaid
    }
}

/// "250103002014 through 250103002016": the ones between are meant as well, and are not named.
fn is_range(section: &Section, left: &Number, right: &Number) -> bool {
    let end_of = |number: &Number| section.text.find(&number.told.value).map(|at| (at, at + number.told.value.len()));
    let (Some((_, end)), Some((start, _))) = (end_of(left), end_of(right)) else { return false };
    let between = section.text.get(end..start).unwrap_or_default().trim().to_lowercase();
    matches!(
        between.as_str(),
        "through" | "thru" | "to" | "till" | "until" | "-" | "\u{2013}" | "\u{2014}" | "..." | ".."
    )
}

/// The clauses of a description that speak of what comes back.
pub(super) fn relevant(clauses: Vec<Clause>) -> Vec<Clause> {
    clauses.into_iter().filter(|clause| !is_all_right(Some(clause))).collect()
}
