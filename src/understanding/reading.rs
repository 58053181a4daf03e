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
    /// It asks how far an RMA, a repair or a refund has come.
    pub asks_status: bool,
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
        let mut reading = Reading {
            about: About::Other,
            wanted: wish(&words),
            asks_status: LEXICON.wish("rma_status").find(&all).is_some(),
            signals: signals(&words, &message.words.new_text, catalogue),
            quantity: quantity(&all),
            every_unit: every_unit(&sections, &all),
            whole_order: LEXICON.signal("whole_order").find(&all).is_some(),
            is_addition: LEXICON.signal("addition").find(&all).is_some(),
            reason,
            reason_is_weak,
            sections: Vec::new(),
        };
        reading.about = reading.about(&sections, &all, catalogue);
        reading.sections = sections;
        reading
    }

    /// What the message is about, from its own words.
    fn about(&self, sections: &[Section], all: &[Clause], catalogue: &Catalogue) -> About {
        let wanted = self.wanted.as_ref().map(|told| told.value);
        if matches!(wanted, Some(Wish::Cancel | Wish::RefuseDelivery)) {
            return About::Cancel;
        }
        let firm_reason = self.reason.is_some() && !self.reason_is_weak;
        let is_under_way = LEXICON.signal("sent_back").find(all).is_some();
        if self.asks_status && (is_under_way || (!firm_reason && wanted.is_none())) {
            return About::Status;
        }
        let body = sections.first().map(|section| section.clauses.as_slice()).unwrap_or_default();
        if !firm_reason && wanted.is_none() && is_only_thanks(body) {
            return About::Thanks;
        }
        let asks_for_it = wanted.is_some() || LEXICON.topic("return").find(all).is_some();
        let returns = if LEXICON.topic("other_business").find(all).is_some() {
            firm_reason && asks_for_it
        } else {
            asks_for_it || (self.reason.is_some() && names_goods(sections, all, catalogue))
        };
        if returns { About::Return } else { About::Other }
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
const REASONS: [(&str, Reason); 10] = [
    ("wrong_item", Reason::WrongItem),
    ("shipping_damage", Reason::ShippingDamage),
    ("missing_parts", Reason::MissingParts),
    ("incompatible", Reason::Incompatible),
    ("defective_on_arrival", Reason::DefectiveOnArrival),
    ("defective", Reason::Defective),
    ("not_needed", Reason::NotNeeded),
    ("symptom", Reason::Defective),
    ("other", Reason::Other),
    ("trouble", Reason::Defective),
];

/// Why it comes back, and whether that was put weakly.
fn reason(words: &[(&Place, &[Clause])]) -> (Option<Told<Reason>>, bool) {
    let denied = LEXICON.reason("denied_defect").find(&flatten(words)).is_some();
    let said = REASONS.iter().filter(|(_, value)| !(denied && value.is_defect())).find_map(|(name, value)| {
        let weak = matches!(*name, "trouble" | "other");
        told(*value, LEXICON.reason(name), words).map(|reason| (reason, weak))
    });
    said.map_or((None, false), |(reason, weak)| (Some(reason), weak))
}

/// Wishes in the order in which they outweigh each other.
const WISHES: [(&str, Wish); 7] = [
    ("advance_replacement", Wish::AdvanceReplacement),
    ("refuse_delivery", Wish::RefuseDelivery),
    ("cancel", Wish::Cancel),
    ("refund", Wish::Refund),
    ("credit", Wish::Credit),
    ("exchange", Wish::Exchange),
    ("repair_or_replacement", Wish::RepairOrReplacement),
];

fn wish(words: &[(&Place, &[Clause])]) -> Option<Told<Wish>> {
    let firm: Vec<(&Place, Vec<Clause>)> = words
        .iter()
        .map(|(place, clauses)| {
            (*place, clauses.iter().filter(|clause| !RULED_OUT.is_match(&clause.words)).cloned().collect())
        })
        .collect();
    let firm: Vec<(&Place, &[Clause])> = firm.iter().map(|(place, clauses)| (*place, clauses.as_slice())).collect();
    WISHES.iter().find_map(|(name, value)| told(*value, LEXICON.wish(name), &firm))
}

/// "I know that a refund is no longer possible", "otherwise I want a refund": not what is wished for.
static RULED_OUT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:otherwise|or else|if not|failing that)\b|\b(?:no longer|not) (?:be )?(?:possible|available|an option|eligible)|\b(?:window|period|deadline) (?:is|has|was) |\btoo late for\b|\bpast the\b",
    )
});

/// "Two of the four", "3 of 10", "2 x UR-18PLUS" - but not "you delivered two of the switches", which says how many
/// there are.
fn quantity(clauses: &[Clause]) -> Option<u32> {
    clauses.iter().find_map(|clause| {
        let found = OF_MANY.captures(&clause.words).or_else(|| TIMES.captures(&clause.words))?;
        let number = found.get(1)?;
        let before = clause.words.get(..number.start()).unwrap_or_default();
        if ACQUIRED.is_match(before) { None } else { count(number.as_str()) }
    })
}

static ACQUIRED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:bought|ordered|got|received|delivered|purchased|took|have|had|own|sent|shipped|installed|keep|keeping|need)(?: [a-z]+){0,2} $",
    )
});

fn every_unit(sections: &[Section], clauses: &[Clause]) -> Option<Option<u32>> {
    let spoken = LEXICON.signal("every_unit").find(clauses);
    let phrase =
        spoken.and_then(|found| clauses.get(found.clause)?.words.get(found.start..found.end).map(str::to_owned));
    let phrase =
        phrase.or_else(|| sections.iter().filter(|section| section.place.is_own()).find_map(all_before_a_part))?;
    if phrase.contains("both") {
        return Some(Some(2));
    }
    Some(COUNT.find_iter(&phrase).find_map(|word| count(word.as_str())))
}

/// "Both TRX 120", "all five DA-12H": the words before a part number.
fn all_before_a_part(section: &Section) -> Option<String> {
    section.parts.iter().find_map(|mention| {
        let before = section.text.get(..mention.start)?;
        let near: String = before.chars().rev().take(30).collect::<Vec<_>>().into_iter().rev().collect();
        ALL_BEFORE.find(&super::text::plain(&near)).map(|found| found.as_str().to_owned())
    })
}

static ALL_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:both|all(?: of)?(?: the| our| these| those| my)? ?(?:two|three|four|five|six|seven|eight|nine|ten|twelve|\d{1,3})?)(?: of)?(?: the| our| your| these| those| my)?$",
    )
});

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
        r"(?:^|[ (])(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3}) (?:out )?of (?:the|our|my|these|those|them|your|\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|twelve)\b",
    )
});
static TIMES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[ (:])(\d{1,3}) ?(?:x|pcs\.?|pieces|units) (?:of )?[a-z]"));

fn signals(words: &[(&Place, &[Clause])], new_text: &str, catalogue: &Catalogue) -> Vec<Told<Signal>> {
    let named = [
        ("legal_threat", Signal::LegalThreat),
        ("void_warranty", Signal::VoidWarranty),
        ("purchased_elsewhere", Signal::PurchasedElsewhere),
    ];
    let mut found: Vec<Told<Signal>> =
        named.iter().filter_map(|(name, signal)| told(*signal, LEXICON.signal(name), words)).collect();
    if !found.iter().any(|told| told.value == Signal::PurchasedElsewhere) {
        found.extend(words.iter().find_map(|(place, clauses)| bought_by_name(place, clauses, catalogue)));
    }
    if let Some(language) = other_language(new_text) {
        found.push(Told { value: Signal::OtherLanguage, evidence: Evidence { text: language, place: Place::Body } });
    }
    found
}

/// "We bought it from TechBarn": a name that is not the vendor's, a month or a day.
fn bought_by_name(place: &Place, clauses: &[Clause], catalogue: &Catalogue) -> Option<Told<Signal>> {
    let names_a_seller = |clause: &&Clause| {
        let seller = BOUGHT_FROM.captures(&clause.written).and_then(|found| found.get(1));
        let elsewhere = |seller: &str| !catalogue.is_vendor(seller) && !MONTH_OR_DAY.is_match(seller);
        seller.is_some_and(|seller| elsewhere(seller.as_str()))
            && !super::text::is_negated(&clause.words, clause.words.len())
    };
    let clause = clauses.iter().find(names_a_seller)?;
    let evidence = Evidence { text: clause.written.chars().take(200).collect(), place: place.clone() };
    Some(Told { value: Signal::PurchasedElsewhere, evidence })
}

static BOUGHT_FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:[Bb]ought|[Pp]urchased|[Oo]rdered) (?:(?:it|them|this|these|one|the unit|the switch|a unit|mine|ours) )?(?:[\w+-]+ ){0,3}(?:from|at|through|via) ([A-Z][\w&.-]{2,})",
    )
});
static MONTH_OR_DAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|you|your|inv|invoice|order)",
    )
});

/// The name of the language, where it is not English beyond doubt.
///
/// A customer who writes English with words of home in it writes English: the small words decide, and only a longer
/// text without them is left to the statistics of its letters.
fn other_language(text: &str) -> Option<String> {
    let info = whatlang::detect(text)?;
    let name = || info.lang().eng_name().to_owned();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let foreign_letters = text.chars().filter(|c| c.is_alphabetic() && !is_latin(*c)).count();
    if info.script() != Script::Latin && foreign_letters * 3 > letters {
        return Some(name());
    }
    let plain = super::text::plain(text);
    let words: Vec<&str> =
        plain.split(|c: char| !(c.is_alphabetic() || c == '\'')).filter(|word| !word.is_empty()).collect();
    let among = |list: &[&str]| words.iter().filter(|word| list.contains(word)).count();
    let (english, foreign) = (among(ENGLISH), among(FOREIGN));
    let is_told_by_words = foreign >= 2 && foreign > english;
    let is_told_by_letters =
        info.lang() != Lang::Eng && info.is_reliable() && words.len() >= 8 && english * 8 < words.len();
    (is_told_by_words || is_told_by_letters)
        .then(|| if info.lang() == Lang::Eng { "not English".to_owned() } else { name() })
}

fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// Small words that are English and hardly anything else.
const ENGLISH: &[&str] = &[
    "the", "and", "is", "it", "of", "to", "for", "with", "that", "this", "have", "has", "was", "we", "you", "your",
    "our", "my", "not", "are", "from", "please", "can", "would", "but", "been", "which", "will", "they", "there",
    "any", "thanks", "thank", "hello", "like", "does", "back", "out", "how", "what", "when", "still", "need", "dead",
    "want", "number", "than", "less", "old", "its", "i", "an", "at", "by", "be", "do", "if", "or", "as", "all", "get",
    "send", "one", "no", "here", "just", "don't", "works", "work", "broken", "return", "bought", "got", "died",
    "working", "today",
];

/// Small words of German, French, Spanish, Italian, Portuguese and Dutch that are not English words.
const FOREIGN: &[&str] = &[
    "der",
    "das",
    "und",
    "ist",
    "nicht",
    "ich",
    "wir",
    "sie",
    "bitte",
    "mit",
    "für",
    "ein",
    "eine",
    "einen",
    "haben",
    "mein",
    "unser",
    "unsere",
    "sehr",
    "geehrte",
    "guten",
    "danke",
    "kein",
    "keine",
    "mehr",
    "wird",
    "bei",
    "le",
    "les",
    "est",
    "pas",
    "je",
    "nous",
    "vous",
    "avec",
    "pour",
    "une",
    "mon",
    "notre",
    "votre",
    "bonjour",
    "merci",
    "cordialement",
    "plus",
    "que",
    "el",
    "los",
    "las",
    "es",
    "por",
    "con",
    "para",
    "una",
    "mi",
    "su",
    "nuestro",
    "hola",
    "gracias",
    "buenos",
    "días",
    "está",
    "puedo",
    "il",
    "che",
    "di",
    "non",
    "per",
    "sono",
    "mio",
    "nostro",
    "buongiorno",
    "grazie",
    "della",
    "ho",
    "abbiamo",
    "um",
    "uma",
    "não",
    "meu",
    "nosso",
    "obrigado",
    "obrigada",
    "olá",
    "você",
    "com",
    "foi",
    "het",
    "een",
    "niet",
    "wij",
    "ik",
    "onze",
    "graag",
    "voor",
    "bedankt",
    "geachte",
];

/// A part number, a kind of product that is sold here, or a number that is called by its name.
fn names_goods(sections: &[Section], all: &[Clause], catalogue: &Catalogue) -> bool {
    let numbered = |section: &Section| {
        !section.parts.is_empty() || section.candidates.iter().any(|candidate| candidate.label.is_some())
    };
    sections.iter().any(numbered) || all.iter().any(|clause| catalogue.names_a_kind(clause))
}

/// Thanks and nothing else: short, and nothing is asked.
fn is_only_thanks(body: &[Clause]) -> bool {
    let words: usize = body.iter().map(|clause| clause.words.split(' ').count()).sum();
    let asks = body.iter().any(|clause| clause.written.contains('?') || ASKS.is_match(&clause.words));
    words <= 45 && !asks && LEXICON.topic("thanks").find(body).is_some()
}

static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:please|need|needs|want|can you|could you|can i|could i|would like|how do|how can|where|when will|still|but|send me|let me know)\b",
    )
});
