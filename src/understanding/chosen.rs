//! Of several units that a message lists, those that it then picks out: "the last two", "only SN 9", "the one in the
//! middle", or by a piece of the number.

use std::sync::LazyLock;

use regex::Regex;

use super::claim::Number;
use super::lexicon::LEXICON;
use super::reading::Section;
use super::text::{Clause, pattern, plain};
use crate::order::look_alike_key;

/// Which of the serial numbers listed come back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// None is picked out.
    NotMade,
    /// By their place in the list.
    These(Vec<usize>),
    Unclear(&'static str),
}

/// What is said of those picked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Defective,
    Surplus,
    /// Something is wished for them, and no reason given.
    Wanted(&'static str),
    Fine,
    Unsaid,
}

#[derive(Debug)]
struct Pick {
    whom: Vec<usize>,
    fate: Fate,
    /// The words say that these are meant and no others, or name a place in the list; a number that is merely named
    /// again does neither.
    exclusive: bool,
}

/// `whole`: the list holds every serial number that the text names, so that its places can be counted.
pub(super) fn choice(serials: &[Number], section: &Section, whole: bool) -> Choice {
    if serials.len() < 2 {
        return Choice::NotMade;
    }
    let listed: Vec<Listed> = serials.iter().map(|number| Listed::of(number, &section.clauses)).collect();
    let mut picks: Vec<Pick> = Vec::new();
    for (index, clause) in section.clauses.iter().enumerate() {
        let marks = marks(clause, index, &listed);
        let next = section.clauses.get(index + 1).filter(|next| speaks_on(next, index + 1, &listed));
        for (place, mark) in marks.iter().enumerate() {
            let end = marks.get(place + 1).map_or(clause.words.len(), |next| next.start);
            let said = clause.words.get(mark.start..end).unwrap_or_default();
            let Some(whom) = mark.whom(&picks, &listed, index, &clause.words) else {
                return Choice::Unclear("a unit is picked out that the list does not show");
            };
            if ADDS.is_match(said) && mark.exclusive() {
                return Choice::Unclear("more is said of one unit than of the others");
            }
            let fate = match fate(said) {
                Fate::Unsaid => next.map_or(Fate::Unsaid, |next| fate(&next.words)),
                known => known,
            };
            picks.push(Pick { whom, fate, exclusive: mark.exclusive() });
        }
    }
    weigh(picks, &listed, whole)
}

/// What the picks come to when they are taken together.
fn weigh(mut picks: Vec<Pick>, listed: &[Listed], whole: bool) -> Choice {
    picks.retain(|pick| pick.exclusive || pick.fate != Fate::Unsaid);
    if picks.iter().all(|pick| pick.fate == Fate::Unsaid) {
        return Choice::NotMade;
    }
    let exclusive = picks.iter().any(|pick| pick.exclusive);
    if exclusive && (!whole || picks.iter().any(|pick| pick.fate == Fate::Unsaid)) {
        return Choice::Unclear("it is not certain which of the units listed are picked out");
    }
    let back = |pick: &&Pick| pick.fate != Fate::Fine;
    let fates = |wanted: fn(&Fate) -> bool| {
        let mut found: Vec<Fate> = picks.iter().map(|pick| pick.fate).filter(wanted).collect();
        found.dedup();
        found.len()
    };
    let reasons = fates(|fate| matches!(fate, Fate::Defective | Fate::Surplus));
    if reasons > 1 || fates(|fate| matches!(fate, Fate::Wanted(_))) > 1 {
        return Choice::Unclear("one unit comes back for another reason, or with another wish, than the other");
    }
    let among = |picks: &[&Pick], one: usize| picks.iter().any(|pick| pick.whom.contains(&one));
    let (back, fine): (Vec<&Pick>, Vec<&Pick>) = picks.iter().partition(back);
    let all = 0..listed.len();
    let chosen: Vec<usize> =
        all.clone().filter(|one| if back.is_empty() { !among(&fine, *one) } else { among(&back, *one) }).collect();
    let told_apart = |one: usize| listed.get(one).is_some_and(|listed| listed.is_described && !among(&fine, one));
    if all.clone().any(|one| !chosen.contains(&one) && told_apart(one)) {
        return if exclusive {
            Choice::Unclear("a unit is described and another is picked out")
        } else {
            Choice::NotMade
        };
    }
    if chosen.is_empty() || chosen.iter().any(|one| among(&fine, *one)) {
        return Choice::Unclear("the units picked out are said to be fine and are said to come back");
    }
    Choice::These(chosen)
}

/// A serial number where it is named first.
struct Listed {
    written: String,
    key: String,
    clause: usize,
    /// What comes before any pick in its clause gives a reason.
    is_described: bool,
}

impl Listed {
    fn of(number: &Number, clauses: &[Clause]) -> Listed {
        let written = plain(&number.told.value);
        let clause = clauses.iter().position(|clause| clause.words.contains(&written)).unwrap_or(usize::MAX);
        let words = clauses.get(clause).map(|clause| clause.words.as_str()).unwrap_or_default();
        let picked = PLACE.find_iter(words).map(|found| found.start()).chain(ONLY.find_iter(words).map(|o| o.start()));
        let before = words.get(..picked.min().unwrap_or(words.len())).unwrap_or_default();
        let turn = clauses.get(clause.saturating_add(1)).filter(|next| next.words.starts_with("but "));
        let gives_reason = |words: &str| matches!(fate(words), Fate::Defective | Fate::Surplus);
        let is_described = gives_reason(before) || turn.is_some_and(|next| gives_reason(&next.words));
        Listed { written, key: number.key.clone(), clause, is_described }
    }

    /// "1193" for "7DX-1193-M4": a piece of the number, or its end.
    fn is_called(&self, token: &str) -> bool {
        let key = look_alike_key(token);
        let digits = token.chars().filter(char::is_ascii_digit).count();
        let piece = self.written.split(['-', '.', '/', ' ']).any(|piece| look_alike_key(piece) == key);
        digits >= 3 && self.key != key && (piece || self.key.ends_with(&key))
    }
}

/// Words that pick units out.
struct Mark {
    start: usize,
    how: How,
}

enum How {
    /// By their place: the name of the place, and how many.
    Place(String, usize),
    /// All that were not picked out before.
    Rest,
    /// By number, the last holds whether "only" stands before it.
    Named(Vec<usize>, bool),
}

impl Mark {
    fn exclusive(&self) -> bool {
        !matches!(self.how, How::Named(_, false))
    }

    /// The places in the list that are meant, counted over what is listed before the mark.
    fn whom(&self, picks: &[Pick], listed: &[Listed], clause: usize, words: &str) -> Option<Vec<usize>> {
        let before = words.get(..self.start).unwrap_or_default();
        let seen = listed
            .iter()
            .filter(|one| one.clause < clause || (one.clause == clause && before.contains(&one.written)))
            .count();
        match &self.how {
            How::Named(whom, _) => Some(whom.clone()),
            How::Rest => {
                Some((0..listed.len()).filter(|one| !picks.iter().any(|pick| pick.whom.contains(one))).collect())
            }
            How::Place(..) if seen < listed.len() => None,
            How::Place(name, many) => counted(name, *many, seen),
        }
    }
}

/// "The last two" of four are the third and the fourth.
fn counted(name: &str, many: usize, of: usize) -> Option<Vec<usize>> {
    let ordinals = ["first", "second", "third", "fourth", "fifth"];
    match name {
        "first" | "former" => (many <= of).then(|| (0..many).collect()),
        "last" => (many <= of).then(|| (of - many..of).collect()),
        "latter" if many > 1 || of == 2 => (many <= of).then(|| (of - many..of).collect()),
        "middle" if many == 1 && of % 2 == 1 => Some(vec![of / 2]),
        "penultimate" => of.checked_sub(2).map(|one| vec![one]),
        other if many == 1 => {
            ordinals.iter().position(|known| *known == other).filter(|one| *one < of).map(|one| vec![one])
        }
        _ => None,
    }
}

fn marks(clause: &Clause, index: usize, listed: &[Listed]) -> Vec<Mark> {
    let words = &clause.words;
    let listed_before = |at: usize| {
        let before = words.get(..at).unwrap_or_default();
        listed.iter().filter(|one| one.clause < index || (one.clause == index && before.contains(&one.written))).count()
    };
    let mut found: Vec<Mark> = Vec::new();
    for place in PLACE.captures_iter(words) {
        let Some(all) = place.get(0) else { continue };
        let rest = words.get(all.end()..).unwrap_or_default();
        let group = |name: &str| place.name(name).map(|part| part.as_str());
        let sure = group("noun").is_some() || matches!(group("name"), Some("latter" | "former"));
        let goes_on = AFTER_PLACE.is_match(rest) || (sure && !OTHER_THING.is_match(rest));
        let several = group("many").is_some() && !OTHER_THING.is_match(rest);
        let described = listed.iter().any(|one| one.clause == index && rest.contains(&one.written));
        if listed_before(all.start()) < 2 || described || !(goes_on || several) {
            continue;
        }
        let how = match (group("name"), group("inside"), group("early"), group("rest")) {
            (_, _, _, Some(_)) => How::Rest,
            (_, Some(_), _, _) => How::Place("middle".into(), 1),
            (_, _, Some(_), _) => How::Place("penultimate".into(), 1),
            (name, ..) => How::Place(name.unwrap_or_default().to_owned(), group("many").map_or(1, number)),
        };
        found.push(Mark { start: all.start(), how });
    }
    found.retain(|mark| !matches!(mark.how, How::Rest) || mark.start > 0 || index > 0);
    found.extend(named(words, index, listed));
    found.sort_by_key(|mark| mark.start);
    found
}

fn number(word: &str) -> usize {
    match word {
        "two" | "2" => 2,
        "three" | "3" => 3,
        "four" | "4" => 4,
        _ => 5,
    }
}

/// Numbers that are named a second time, by a piece of them, or after "only": one mark for "B and C".
fn named(words: &str, index: usize, listed: &[Listed]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut end_of_last = None;
    for mention in mentions(words, index, listed) {
        let before = words.get(..mention.start).unwrap_or_default();
        let only = ONLY_BEFORE.is_match(before);
        let joins = end_of_last.is_some_and(|end| words.get(end..mention.start).is_some_and(|gap| AND.is_match(gap)));
        if let (true, Some(Mark { how: How::Named(whom, _), .. })) = (joins, marks.last_mut()) {
            whom.push(mention.one);
        } else if only || mention.again {
            marks.push(Mark { start: mention.start, how: How::Named(vec![mention.one], only) });
        } else {
            continue;
        }
        end_of_last = Some(mention.end);
    }
    marks
}

/// A unit named in a clause, in full or by a piece of its number.
struct Mention {
    start: usize,
    end: usize,
    one: usize,
    /// It was named before.
    again: bool,
}

fn mentions(words: &str, index: usize, listed: &[Listed]) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for (one, unit) in listed.iter().enumerate() {
        let places = words.match_indices(unit.written.as_str()).enumerate();
        found.extend(places.map(|(nth, (start, _))| Mention {
            start,
            end: start + unit.written.len(),
            one,
            again: nth > 0 || unit.clause != index,
        }));
    }
    for token in TOKEN.find_iter(words) {
        if found.iter().any(|full| token.start() < full.end && full.start < token.end()) {
            continue;
        }
        let mut called = listed.iter().enumerate().filter(|(_, unit)| unit.is_called(token.as_str()));
        if let (Some((one, _)), None) = (called.next(), called.next()) {
            found.push(Mention { start: token.start(), end: token.end(), one, again: true });
        }
    }
    found.sort_by_key(|mention| mention.start);
    found
}

/// The clause names no unit and picks none out: it goes on about those before.
fn speaks_on(clause: &Clause, index: usize, listed: &[Listed]) -> bool {
    !listed.iter().any(|one| clause.words.contains(&one.written)) && marks(clause, index, listed).is_empty()
}

/// What words say of the units that they speak of.
pub(super) fn fate(words: &str) -> Fate {
    let reason = |names: &[&str]| names.iter().any(|name| LEXICON.reason(name).find_in(words).is_some());
    let wishes = ["refund", "credit", "exchange", "repair_or_replacement", "advance_replacement"];
    if reason(&["not_needed", "incompatible"]) {
        Fate::Surplus
    } else if reason(&["defective", "defective_on_arrival"]) {
        Fate::Defective
    } else if LEXICON.signal("all_right").find_in(words).is_some() {
        Fate::Fine
    } else if reason(&["symptom", "trouble"]) || AT_FAULT.is_match(words) {
        Fate::Defective
    } else {
        let wished = wishes.into_iter().find(|name| LEXICON.wish(name).find_in(words).is_some());
        wished.map_or(Fate::Unsaid, Fate::Wanted)
    }
}

static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:only |just )?(?:the|our|my) |(?:only|just) )(?:very )?(?:(?P<early>second[- ]to[- ]last|last but one|second[- ]last|penultimate|next to last)|(?P<inside>(?:one |unit |switch |box )?in the middle)|(?P<rest>others?|rest|remaining)|(?P<name>first|second|third|fourth|fifth|last|latter|former|middle))(?: (?P<many>two|three|four|five|[2-5]))?(?P<noun>(?: (?:ones?|units?|switch(?:es)?|kvms?|box(?:es)?|devices?|extenders?|splitters?|consoles?|serials?|serial numbers?|numbers?|of (?:them|these|those|the (?:two|three|four|five|list|lot))|(?:in|on) (?:the|that|this|my) list|listed|named|mentioned))+)?\b",
    )
});
/// What follows when the word before is a unit: "the last has", "for the first we want", "the second: no video".
static AFTER_PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:$|[,:(]| -|,? (?:is|are|was|were|has|have|had|does|do|did|shows?|will|no longer|keeps?|gives?|loses?|drops?|stopped|died|failed|fails?|flickers?|needs?|should|must|goes?|comes?|freezes?|hangs?|reboots?|works?|can not|never|we|i|a|an|only|just|please)\b)",
    )
});
static OTHER_THING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ (?:week|day|month|year|hour|minute|time|night|morning|port|output|input|channel|monitor|screen|display|computer|pc|digit|character|letter|order|invoice|mail|email|line|paragraph)",
    )
});
static ONLY: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:only|just)\b"));
static ONLY_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:only|just)(?: (?:the|unit|one|serial|number|no\.?|sn|s/n|switch|kvm|box|device|extender|splitter|console|with|ending|in|for|it|is))*[ .:#-]*$",
    )
});
static AND: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:,? and |,? & |, |\s*\+\s*)$"));
static TOKEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{L}\p{N}]+(?:[-_/.][\p{L}\p{N}]+)*"));
/// "The last one also smells": said of it on top of what is said of all.
static ADDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:also|too|as well|even|additionally|in addition|moreover|on top|worse|worst|same)\b")
});
static AT_FAULT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:is|are|was|were) (?:the )?(?:not|bad|faulty|at fault|to blame|affected|concerned|culprits?|broken|dead)\b|(?:has|have|shows?) (?:the|this|that) (?:fault|defect|problem|issue|trouble)|(?:come|go|be sent|be returned)(?: to you)? back\b)",
    )
});

#[cfg(test)]
mod tests {
    use super::super::claim::{Evidence, Place, Told};
    use super::super::numbers::candidates;
    use super::super::text::clauses;
    use super::*;

    fn choose(text: &str) -> Choice {
        let section = Section {
            place: Place::Body,
            text: text.to_owned(),
            clauses: clauses(text),
            candidates: candidates(text, &Place::Body),
            parts: Vec::new(),
        };
        let mut serials: Vec<Number> = Vec::new();
        for found in section.candidates.iter().filter(|found| found.text.starts_with("QT-") && found.text.len() == 9) {
            if !serials.iter().any(|known| known.key == found.key) {
                let evidence = Evidence { text: found.text.clone(), place: Place::Body };
                serials.push(Number {
                    told: Told { value: found.text.clone(), evidence },
                    key: found.key.clone(),
                    clause: 0,
                });
            }
        }
        choice(&serials, &section, true)
    }

    #[test]
    fn places_in_a_list_are_counted() {
        for (text, chosen) in [
            ("Of QT-1001-A, QT-1002-A and QT-1003-A only QT-1003-A has no video.", &[2][..]),
            ("QT-1001-A, QT-1002-A, QT-1003-A: just the first one is bad (no USB), the others are fine.", &[0]),
            ("We have QT-1001-A, QT-1002-A, QT-1003-A. Only the last two have the fault (no audio).", &[1, 2]),
            ("Tested QT-1001-A, QT-1002-A and QT-1003-A. The latter two drop USB all the time.", &[1, 2]),
            ("I have QT-1001-A, QT-1002-A, QT-1003-A. The first two have no video. Repair please.", &[0, 1]),
            ("QT-1001-A, QT-1002-A and QT-1003-A are ours; the one in the middle has no USB.", &[1]),
            ("QT-1001-A and QT-1002-A arrived on Monday. The latter is dead.", &[1]),
            ("QT-1001-A and QT-1002-A are on our shelf, the former does not power on.", &[0]),
            ("We own QT-1001-A, QT-1002-A, QT-1003-A. 1001 and 1003 are dead.", &[0, 2]),
            ("There are QT-1001-A and QT-1002-A in the rack. It is only 1002 that has no picture.", &[1]),
            ("QT-1001-A, QT-1002-A, QT-1003-A: the last one is fine. The others have no video.", &[0, 1]),
            ("QT-1001-A, QT-1002-A, QT-1003-A. The first has no video and the third has no power.", &[0, 2]),
            ("Ours are QT-1001-A and QT-1002-A. It is the former that drops USB.", &[0]),
            ("Our three are QT-1001-A, QT-1002-A and QT-1003-A. Only QT-1001-A and QT-1002-A are defective.", &[0, 1]),
        ] {
            assert_eq!(choose(text), Choice::These(chosen.to_vec()), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_counted_is_unclear() {
        for text in [
            "QT-1001-A and QT-1002-A. 1001 has a dead port. 1002 is fine, we no longer need it. For the first one a replacement, for the second a credit.",
            "QT-1001-A is dead. QT-1002-A is fine, but surplus. For the first we want a replacement.",
            "QT-1001-A, QT-1002-A. The third one is dead.",
            "QT-1001-A and QT-1002-A have no video. The last one also reboots.",
            "QT-1001-A, QT-1002-A and QT-1003-A are dead. The last one has no video.",
            "QT-1001-A, QT-1002-A and QT-1003-A. The first has no power, the second was bought in May.",
        ] {
            assert!(matches!(choose(text), Choice::Unclear(_)), "{text}: {:?}", choose(text));
        }
    }

    #[test]
    fn other_firsts_and_lasts_pick_nothing_out() {
        for text in [
            "QT-1001-A and QT-1002-A have no video. It happened the first time last week.",
            "QT-1001-A and QT-1002-A lose the second monitor. Only the first port works.",
            "QT-1001-A and QT-1002-A are dead. QT-1001-A is on INV-1.",
            "The first one, QT-1001-A, has no video; the second, QT-1002-A, has no power.",
            "QT-1001-A and QT-1002-A have been dead for the last two weeks.",
            "QT-1001-A is dead. QT-1002-A is dead. 1002 loses USB.",
        ] {
            assert_eq!(choose(text), Choice::NotMade, "{text}");
        }
    }
}
