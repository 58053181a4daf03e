//! One message, read for meaning: what it is about, why, what is wished for, and every number in it.
//!
//! Words of the message itself decide what it is about. Numbers are looked for further: in the subject, in what is
//! forwarded, in attachments, and in quoted mail where the new words point at it; the most trusted place that holds a
//! kind of number is the one that counts.

use std::sync::LazyLock;

use regex::Regex;
use whatlang::{Lang, Script};

use super::catalogue::{Catalogue, PartMention};
use super::claim::{About, Evidence, Place, Reason, Signal, Told, Wish};
use super::lexicon::{Found, LEXICON, Phrases};
use super::numbers::{Candidate, candidates};
use super::text::{Clause, clauses, pattern};
use crate::mail::Message;

/// A text of the message, with everything that was found in it.
#[derive(Debug, Clone)]
pub struct Section {
    pub place: Place,
    pub text: String,
    pub clauses: Vec<Clause>,
    pub candidates: Vec<Candidate>,
    pub parts: Vec<PartMention>,
}

/// A message, read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Most trusted first; the first is the new words.
    pub sections: Vec<Section>,
    pub about: About,
    pub reason: Option<Told<Reason>>,
    pub wanted: Option<Told<Wish>>,
    pub signals: Vec<Told<Signal>>,
    pub quantity: Option<u32>,
    pub every_unit: Option<Option<u32>>,
    pub whole_order: bool,
    /// What is named comes on top of what was named before.
    pub is_addition: bool,
    /// How strongly the reason was put: a weak one ("a problem") does not replace what was said before.
    pub reason_is_weak: bool,
}

/// At most this much of one text is read for meaning, in bytes; the rest is kept but not searched.
const LONGEST_SECTION: usize = 60_000;

impl Reading {
    pub fn of(message: &Message, catalogue: &Catalogue) -> Reading {
        let sections = sections(message, catalogue);
        let words = own_words(&sections);
        let all = flatten(&words);
        let (reason, reason_is_weak) = reason(&words);
        let firm_reason = reason.is_some() && !reason_is_weak;
        let wanted = wish(&words, firm_reason);
        let (about, signals) = (
            about(&sections, &all, reason.is_some(), firm_reason, wanted.as_ref(), catalogue),
            signals(&words, &message.words.new_text),
        );
        let (quantity, every_unit) = (quantity(&all), every_unit(&all));
        let whole_order = LEXICON.signal("whole_order").find(&all).is_some();
        let is_addition = LEXICON.signal("addition").find(&all).is_some();
        Reading {
            sections,
            about,
            reason,
            wanted,
            signals,
            quantity,
            every_unit,
            whole_order,
            is_addition,
            reason_is_weak,
        }
    }

    /// The look-alike keys of every candidate, for one look-up in the order data.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .sections
            .iter()
            .flat_map(|section| section.candidates.iter().map(|candidate| candidate.key.clone()))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The new words, for matching descriptions.
    pub fn description(&self) -> String {
        let told = self
            .sections
            .iter()
            .filter(|section| matches!(section.place, Place::Body | Place::Subject | Place::Forwarded));
        told.map(|section| section.text.as_str()).collect::<Vec<_>>().join("\n\n").chars().take(4000).collect()
    }
}

/// The texts of a message in order of trust. The subject of an answer ("Re: ...") is as good as quoted: its words are
/// of the mail before.
fn sections(message: &Message, catalogue: &Catalogue) -> Vec<Section> {
    let words = &message.words;
    let (own_subject, old_subject) =
        if ANSWER.is_match(&message.subject) { ("", message.subject.as_str()) } else { (message.subject.as_str(), "") };
    let mut texts = vec![
        (Place::Body, words.new_text.clone()),
        (Place::Subject, own_subject.to_owned()),
        (Place::Forwarded, words.forwarded.clone()),
    ];
    texts.extend(
        message
            .attachments
            .iter()
            .filter_map(|attachment| Some((Place::Attachment(attachment.name.clone()), attachment.text.clone()?))),
    );
    if LEXICON.signal("points_at_quote").find(&clauses(&words.new_text)).is_some() {
        texts.push((Place::Quoted, format!("{old_subject}\n\n{}", words.quoted)));
    }
    texts.into_iter().map(|(place, text)| section(place, text, catalogue)).collect()
}

static ANSWER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*(?:\[[^\]]*\]\s*)?(?:re|aw|sv|antw|res|rif|odp|vs)(?:\[\d+\])?\s*:"));

fn section(place: Place, text: String, catalogue: &Catalogue) -> Section {
    let text: String = text.char_indices().take_while(|(at, _)| *at < LONGEST_SECTION).map(|(_, c)| c).collect();
    Section {
        clauses: clauses(&text),
        candidates: candidates(&text, &place),
        parts: catalogue.parts_in(&text),
        place,
        text,
    }
}

/// The clauses that speak for the sender: the new words, what is forwarded, and the subject last.
fn own_words(sections: &[Section]) -> Vec<(&Place, &[Clause])> {
    let in_order = [Place::Body, Place::Forwarded, Place::Subject];
    in_order
        .iter()
        .flat_map(|place| sections.iter().filter(move |section| section.place == *place))
        .map(|section| (&section.place, section.clauses.as_slice()))
        .collect()
}

fn flatten(words: &[(&Place, &[Clause])]) -> Vec<Clause> {
    words.iter().flat_map(|(_, clauses)| clauses.to_vec()).collect()
}

/// The first place in which a phrase stands, as evidence.
fn told<T>(value: T, phrases: &Phrases, words: &[(&Place, &[Clause])]) -> Option<Told<T>> {
    words
        .iter()
        .find_map(|(place, clauses)| phrases.find(clauses).map(|found| (place, clauses, found)))
        .map(|(place, clauses, found)| Told { value, evidence: evidence(place, clauses, &found) })
}

fn evidence(place: &Place, clauses: &[Clause], found: &Found) -> Evidence {
    let text = clauses.get(found.clause).map(|clause| clause.written.chars().take(200).collect()).unwrap_or_default();
    Evidence { text, place: (*place).clone() }
}

/// Reasons in the order in which they outweigh each other.
const REASONS: [(&str, Reason); 9] = [
    ("wrong_item", Reason::WrongItem),
    ("shipping_damage", Reason::ShippingDamage),
    ("missing_parts", Reason::MissingParts),
    ("incompatible", Reason::Incompatible),
    ("defective_on_arrival", Reason::DefectiveOnArrival),
    ("defective", Reason::Defective),
    ("not_needed", Reason::NotNeeded),
    ("other", Reason::Other),
    ("trouble", Reason::Defective),
];

/// Why it comes back, and whether that was put weakly. The body decides before the subject.
fn reason(words: &[(&Place, &[Clause])]) -> (Option<Told<Reason>>, bool) {
    let denied = LEXICON.reason("denied_defect").find(&flatten(words)).is_some();
    for place_words in words {
        for (name, value) in REASONS {
            let weak = name == "trouble" || name == "other";
            if denied && value.is_defect() {
                continue;
            }
            if weak && words.iter().any(|other| strong_reason(std::slice::from_ref(other), denied).is_some()) {
                continue;
            }
            if let Some(reason) = told(value, LEXICON.reason(name), std::slice::from_ref(place_words)) {
                return (Some(reason), weak);
            }
        }
    }
    (None, false)
}

fn strong_reason(words: &[(&Place, &[Clause])], denied: bool) -> Option<Reason> {
    REASONS
        .iter()
        .filter(|(name, value)| !matches!(*name, "trouble" | "other") && !(denied && value.is_defect()))
        .find_map(|(name, value)| told(*value, LEXICON.reason(name), words).map(|told| told.value))
}

/// Wishes in the order in which they outweigh each other.
const WISHES: [(&str, Wish); 8] = [
    ("advance_replacement", Wish::AdvanceReplacement),
    ("refuse_delivery", Wish::RefuseDelivery),
    ("cancel", Wish::Cancel),
    ("refund", Wish::Refund),
    ("credit", Wish::Credit),
    ("exchange", Wish::Exchange),
    ("repair_or_replacement", Wish::RepairOrReplacement),
    ("rma_status", Wish::RmaStatus),
];

fn wish(words: &[(&Place, &[Clause])], has_strong_reason: bool) -> Option<Told<Wish>> {
    let firm: Vec<(&Place, Vec<Clause>)> = words
        .iter()
        .map(|(place, clauses)| {
            (*place, clauses.iter().filter(|clause| !RULED_OUT.is_match(&clause.words)).cloned().collect())
        })
        .collect();
    let firm: Vec<(&Place, &[Clause])> = firm.iter().map(|(place, clauses)| (*place, clauses.as_slice())).collect();
    let found = WISHES.iter().find_map(|(name, value)| told(*value, LEXICON.wish(name), &firm));
    found.filter(|wish| wish.value != Wish::RmaStatus || !has_strong_reason)
}

/// "I know that a refund is no longer possible", "otherwise I want a refund": not what is wished for.
static RULED_OUT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:otherwise|or else|if not|failing that)\b|\b(?:no longer|not) (?:be )?(?:possible|available|an option|eligible)|\b(?:window|period|deadline) (?:is|has|was) |\btoo late for\b|\bpast the\b",
    )
});

/// "Two of the four", "3 of 10", "2 x UR-18PLUS".
fn quantity(clauses: &[Clause]) -> Option<u32> {
    clauses.iter().find_map(|clause| {
        let found = OF_MANY.captures(&clause.words).or_else(|| TIMES.captures(&clause.words))?;
        count(found.get(1)?.as_str())
    })
}

fn every_unit(clauses: &[Clause]) -> Option<Option<u32>> {
    let found = LEXICON.signal("every_unit").find(clauses)?;
    let phrase = clauses.get(found.clause)?.words.get(found.start..found.end)?;
    if phrase.contains("both") {
        return Some(Some(2));
    }
    Some(COUNT.find_iter(phrase).find_map(|word| count(word.as_str())))
}

fn count(word: &str) -> Option<u32> {
    let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    words
        .iter()
        .zip(1..)
        .find(|(name, _)| **name == word)
        .map(|(_, number)| number)
        .or_else(|| word.parse().ok().filter(|number| *number > 0 && *number < 10_000))
}

static COUNT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,4})\b"));
static OF_MANY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3}) (?:out )?of (?:the|our|my|these|those|them|your|\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|twelve)\b",
    )
});
static TIMES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(\d{1,3}) ?(?:x|pcs\.?|pieces|units) (?:of )?[a-z]"));

fn signals(words: &[(&Place, &[Clause])], new_text: &str) -> Vec<Told<Signal>> {
    let named = [
        ("legal_threat", Signal::LegalThreat),
        ("void_warranty", Signal::VoidWarranty),
        ("purchased_elsewhere", Signal::PurchasedElsewhere),
    ];
    let mut found: Vec<Told<Signal>> =
        named.iter().filter_map(|(name, signal)| told(*signal, LEXICON.signal(name), words)).collect();
    if let Some(language) = other_language(new_text) {
        found.push(Told { value: Signal::OtherLanguage, evidence: Evidence { text: language, place: Place::Body } });
    }
    found
}

/// The name of the language, where it is not English beyond doubt.
///
/// A customer who writes English with words of home in it writes English: what decides is how many of the small words
/// of English stand in the text.
fn other_language(text: &str) -> Option<String> {
    let info = whatlang::detect(text)?;
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let foreign_letters = text.chars().filter(|c| c.is_alphabetic() && !is_latin(*c)).count();
    if info.script() != Script::Latin && foreign_letters * 3 > letters {
        return Some(info.lang().eng_name().to_owned());
    }
    let words = super::text::plain(text);
    let total = words.split(' ').filter(|word| word.chars().all(char::is_alphabetic)).count();
    let english = words.split(' ').filter(|word| ENGLISH.contains(word)).count();
    (info.lang() != Lang::Eng && total >= 6 && english * 8 < total).then(|| info.lang().eng_name().to_owned())
}

fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// Small words that are English and hardly anything else.
const ENGLISH: [&str; 44] = [
    "the", "and", "is", "it", "of", "to", "for", "with", "that", "this", "have", "has", "was", "we", "you", "your",
    "our", "my", "not", "are", "from", "please", "can", "would", "but", "been", "which", "will", "they", "there",
    "any", "thanks", "thank", "hello", "like", "does", "back", "out", "how", "what", "when", "still", "need", "dead",
];

/// What the message is about, from its own words.
fn about(
    sections: &[Section],
    all: &[Clause],
    has_reason: bool,
    firm_reason: bool,
    wanted: Option<&Told<Wish>>,
    catalogue: &Catalogue,
) -> About {
    match wanted.map(|told| told.value) {
        Some(Wish::Cancel | Wish::RefuseDelivery) => return About::Cancel,
        Some(Wish::RmaStatus) => return About::Status,
        _ => {}
    }
    let body = sections.first().map(|section| section.clauses.as_slice()).unwrap_or_default();
    if !firm_reason && wanted.is_none() && is_only_thanks(body) {
        return About::Thanks;
    }
    let names_return = LEXICON.topic("return").find(all).is_some();
    let asks_for_it = names_return || wanted.is_some();
    let returns = if LEXICON.topic("other_business").find(all).is_some() {
        firm_reason && asks_for_it
    } else {
        asks_for_it || (has_reason && names_goods(sections, all, catalogue))
    };
    if returns { About::Return } else { About::Other }
}

/// A part number, a kind of product that is sold here, or a number that is called by its name.
fn names_goods(sections: &[Section], all: &[Clause], catalogue: &Catalogue) -> bool {
    let numbered = |section: &Section| {
        !section.parts.is_empty() || section.candidates.iter().any(|candidate| candidate.label.is_some())
    };
    sections.iter().any(numbered) || all.iter().any(|clause| catalogue.names_a_kind(clause))
}

/// Thanks and nothing else: short, no question.
fn is_only_thanks(body: &[Clause]) -> bool {
    let words: usize = body.iter().map(|clause| clause.words.split(' ').count()).sum();
    let asks = body.iter().any(|clause| clause.written.contains('?'));
    words <= 45 && !asks && LEXICON.topic("thanks").find(body).is_some()
}
