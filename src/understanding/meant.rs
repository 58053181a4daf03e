//! Of several units that a message names, those that come back: not the twin that is fine, nor the one of last year.

use std::sync::LazyLock;

use regex::Regex;

use super::claim::Number;
use super::either::is_either;
use super::lexicon::{LEXICON, Phrases};
use super::reading::Section;
use super::rows::stays;
use super::said::clause_of;
use super::text::{Clause, last_chars, pattern, plain};

/// What is said of a unit: that it is all right or stands beside what comes back, that it is not, or neither.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    AllRight,
    Concerned,
    Unsaid,
}

fn verdict(words: &str) -> Verdict {
    let says = |phrases: &Phrases| phrases.find_in(words).is_some();
    let reasons = ["defective", "defective_on_arrival", "not_needed", "incompatible"];
    if reasons.iter().any(|name| says(LEXICON.reason(name))) {
        Verdict::Concerned
    } else if says(LEXICON.signal("all_right")) || says(LEXICON.signal("the_other")) {
        Verdict::AllRight
    } else if IS_NOT.is_match(words) {
        Verdict::Concerned
    } else {
        Verdict::Unsaid
    }
}

/// "The first is fine, the second is not."
static IS_NOT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:is|are|was|were|does|do|did) not\b"));

/// Nothing in the clause says why what it names should come back.
fn is_spared(clause: &Clause) -> bool {
    verdict(&clause.words) == Verdict::AllRight
}

/// The unit stays: that is said in its own row of a list; or in its own part of the clause, between commas; or in the
/// clause as a whole where its part says nothing ("SN 7, SN 8 and SN 9 are fine"). "Fine, but surplus" comes back.
pub(super) fn is_all_right(number: &Number, index: usize, section: &Section) -> bool {
    let Some(clause) = clause_of(index, section, number.clause) else { return false };
    if let Some(stays) = stays(number, section) {
        return stays;
    }
    let turn = clause_of(index, section, number.clause + 1).filter(|next| TURNS.is_match(&next.words));
    if turn.is_some_and(|next| LEXICON.reason("not_needed").find_in(&next.words).is_some()) {
        return false;
    }
    let value = plain(&number.told.value);
    let part = clause.words.split([',', ';']).find(|part| part.contains(&value));
    match part.map_or(Verdict::Unsaid, verdict) {
        Verdict::AllRight => true,
        Verdict::Concerned => false,
        Verdict::Unsaid => is_spared(clause),
    }
}

/// The clause goes on with the sentence before it.
static TURNS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:but|however|although|though|yet)\b"));

pub(super) fn is_settled(clause: Option<&Clause>) -> bool {
    clause.is_some_and(|clause| LEXICON.signal("settled_before").find_in(&clause.words).is_some())
}

/// "All of them except SN 7".
pub(super) fn is_excepted(section: &Section, number: &Number) -> bool {
    let Some(at) = section.text.find(&number.told.value) else { return false };
    let before = last_chars(section.text.get(..at).unwrap_or_default(), 40);
    let words = plain(before.rsplit(['.', '\n']).next().unwrap_or_default());
    LEXICON.signal("exception").find_in(&words).is_some() || DENIED.is_match(&words)
}

/// "It is not SN 7".
static DENIED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bnot(?: (?:the|sn|s/n|serial|number|no|unit|one|with|is))*[ :#]*$"));

/// Why the serial numbers named do not say which units are meant, whatever else is said of them.
pub(super) fn muddled(serials: &[Number], index: usize, section: &Section) -> Option<String> {
    if is_either(serials, section) {
        return Some("one of two serial numbers is meant, and it is not known which".to_owned());
    }
    let (first, rest) = serials.split_first()?;
    if rest.is_empty() {
        return is_excepted(section, first).then(|| "all units but one are meant".to_owned());
    }
    let clause = |number: &Number| clause_of(index, section, number.clause);
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
    None
}

/// Why what is said of several units does not tell which of them come back.
pub(super) fn unclear(serials: &[Number], index: usize, section: &Section) -> Option<String> {
    let clause = |number: &Number| clause_of(index, section, number.clause);
    let plight = |number: &Number| plight(number, serials, index, section);
    let left: Vec<&Number> = serials
        .iter()
        .filter(|number| {
            !is_all_right(number, index, section) && !is_settled(clause(number)) && !is_excepted(section, number)
        })
        .collect();
    if left.len() > 1 && picks_one(section) {
        return Some("one of the units named is picked out by its place in the list".to_owned());
    }
    let told: Vec<Plight> = left.iter().map(|number| plight(number)).collect();
    let (last, others) = told.split_last()?;
    let is_list = others.iter().all(|plight| *plight == Plight::Unsaid);
    let is_shared = is_list && left.last().is_some_and(|last| is_followed_by_what_all_share(last, index, section));
    let differ = !is_shared && others.iter().any(|plight| plight != last);
    differ.then(|| "what is said of one unit is not said of the other".to_owned())
}

/// Below a list, "Reason: no video" or "both have no video" is said of every unit in it, where the last one's own line
/// gives no reason.
fn is_followed_by_what_all_share(last: &Number, index: usize, section: &Section) -> bool {
    let own = clause_of(index, section, last.clause);
    let is_bare = own.is_some_and(|own| !REASONS.iter().any(|name| LEXICON.reason(name).find_in(&own.words).is_some()));
    is_bare && clause_of(index, section, last.clause + 1).is_some_and(|next| OF_ALL.is_match(&next.words))
}

const REASONS: [&str; 5] = ["defective", "defective_on_arrival", "symptom", "not_needed", "incompatible"];
static OF_ALL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:(?:the )?(?:return )?(?:reasons?|faults?|problems?|issues?|symptoms?|defects?|descriptions?|conditions?|complaints?)|what(?: i|')s wrong|details?|comments?|remarks?|notes?)(?: (?:for|of) [a-z ]{2,24})?:|(?:both|all|they|these|each)\b)",
    )
});

/// "The last one has no power", "A is SN 7, B is SN 8: it is B that flickers": one of those listed is meant, by a name
/// that only a reader who counts can follow. Where two are picked out, each is described.
fn picks_one(section: &Section) -> bool {
    let picks = |clause: &Clause| PICKED.find_iter(&clause.words).count();
    section.clauses.iter().map(picks).sum::<usize>() == 1
}

static PICKED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:the|only|just) (?:very )?(?:first|second|third|fourth|fifth|last|latter|former|middle|upper|lower|left|right|top|bottom|newer|older|newest|oldest)(?: (?:one|unit|switch|kvm|box|device|of (?:them|these|those|the two|the three)))?(?: \([^)]*\))?,? (?:is|has|had|does|did|shows?|will|no longer|keeps|gives|loses|drops|stopped|died|failed|fails|flickers|needs|should|must|goes|comes)\b|\b(?:it is|it's|that is) (?:only |just )?(?:the )?(?:unit |switch |number |no\.? )?[a-z0-9#]{1,8}(?: one)? (?:that|which|who)\b|\b(?:only|just) one of (?:them|these|those|the)\b",
    )
});

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
    match between.as_str() {
        "through" | "thru" | "to" | "till" | "until" | "..." | ".." => true,
        "-" | "\u{2013}" | "\u{2014}" => !section.text.get(end..start).unwrap_or_default().contains('\n'),
        _ => false,
    }
}

/// The clauses of a description that speak of what comes back.
pub(super) fn relevant(clauses: Vec<Clause>) -> Vec<Clause> {
    clauses.into_iter().filter(|clause| !is_spared(clause)).collect()
}
