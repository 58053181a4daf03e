//! One message, read for meaning: what it is about, why, what is wished for, and every number in it.
//!
//! Words of the message itself decide what it is about. Numbers are looked for further: in the subject, in what is
//! forwarded, in attachments, and in quoted mail where the new words point at it; the most trusted place that holds a
//! kind of number is the one that counts.

use std::sync::LazyLock;

use super::catalogue::{Catalogue, PartMention};
use super::claim::{About, Evidence, Place, Reason, Signal, Told, Wish};
use super::counts::{every_unit, quantity};
use super::doubted::doubt;
use super::lexicon::{Found, LEXICON, Phrases};
use super::numbers::{Candidate, candidates};
use super::signals::signals;
use super::text::{Clause, clauses, pattern};
use crate::mail::Message;
use regex::Regex;

/// A text of the message, with everything that was found in it.
#[derive(Debug, Clone)]
pub struct Section {
    pub place: Place,
    pub text: String,
    pub clauses: Vec<Clause>,
    pub candidates: Vec<Candidate>,
    pub parts: Vec<PartMention>,
}

#[cfg(test)]
impl Section {
    /// New words in which nothing was looked for.
    pub fn of_body(text: &str) -> Section {
        let (clauses, candidates, parts) = (Vec::new(), Vec::new(), Vec::new());
        Section { place: Place::Body, text: text.to_owned(), clauses, candidates, parts }
    }
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
    /// It is all right by now, or nothing is to come back.
    pub wants_no_return: bool,
    /// A cable is what is broken.
    pub is_about_a_cable: bool,
    /// Mail of another department: sales, accounts, how-to.
    pub is_other_business: bool,
    pub signals: Vec<Told<Signal>>,
    pub quantity: Option<u32>,
    pub every_unit: Option<Option<u32>>,
    pub whole_order: bool,
    /// What is named comes on top of what was named before.
    pub is_addition: bool,
    /// What was named before was a mistake.
    pub is_correction: bool,
    /// How strongly the reason was put: a weak one ("a problem") does not replace what was said before.
    pub reason_is_weak: bool,
    /// Why it is not sure that anything is wished for, or that anything of the sender's is at fault.
    pub doubt: Option<&'static str>,
}

/// At most this much of one text is read for meaning, in bytes; the rest is kept but not searched.
const LONGEST_SECTION: usize = 60_000;

impl Reading {
    pub fn of(message: &Message, catalogue: &Catalogue) -> Reading {
        let sections = sections(message, catalogue);
        let words = own_words(&sections);
        let all = flatten(&words);
        let only_asks = only_asks(&words);
        let wanted = wish(&words).filter(|_| !only_asks);
        let (reason, reason_is_weak) = match reason(&words) {
            _ if only_asks => (None, true),
            (None, _) => (change_of_mind(&words, &all, wanted.as_ref()), true),
            said => said,
        };
        let mut reading = Reading {
            about: About::Other,
            wanted,
            asks_status: only_asks || LEXICON.wish("rma_status").find(&all).is_some(),
            wants_no_return: LEXICON.signal("no_return").find(&all).is_some(),
            is_about_a_cable: LEXICON.signal("cable_fault").find(&all).is_some(),
            is_other_business: LEXICON.topic("other_business").find(&all).is_some(),
            signals: signals(&words, &message.words.new_text, catalogue),
            quantity: quantity(&all),
            every_unit: every_unit(&sections, &all),
            whole_order: LEXICON.signal("whole_order").find(&all).is_some(),
            is_addition: LEXICON.signal("addition").find(&all).is_some(),
            is_correction: LEXICON.signal("correction").find(&all).is_some(),
            reason,
            reason_is_weak,
            doubt: None,
            sections: Vec::new(),
        };
        reading.about = reading.about(&sections, &all, catalogue);
        reading.doubt = doubt(&all, reading.about == About::Cancel);
        reading.sections = sections;
        reading
    }

    /// What the message is about, from its own words.
    fn about(&self, sections: &[Section], all: &[Clause], catalogue: &Catalogue) -> About {
        if LEXICON.topic("unsolicited").find(all).is_some() {
            return About::Other;
        }
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
        if self.wants_no_return {
            return About::Other;
        }
        let asks_for_it = wanted.is_some() || LEXICON.topic("return").find(all).is_some();
        let returns = if self.is_other_business {
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
pub(super) fn told<T>(value: T, phrases: &Phrases, words: &[(&Place, &[Clause])]) -> Option<Told<T>> {
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

/// A cause that no list foresees ("the staff could not get used to it") beside a firm wish for money or another product.
/// Where anything is said of how the product behaves it may be a defect in other words, and the customer is asked.
fn change_of_mind(words: &[(&Place, &[Clause])], all: &[Clause], wanted: Option<&Told<Wish>>) -> Option<Told<Reason>> {
    let wants_its_worth = matches!(wanted?.value, Wish::Refund | Wish::Credit | Wish::Exchange);
    let behaves = LEXICON.signal("behaviour").mentions(all);
    (wants_its_worth && !behaves).then(|| told(Reason::Other, LEXICON.signal("cause"), words)).flatten()
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

/// "Where is my refund?", and nothing beside it that is wished for or that tells why something comes back: the refund is
/// no new wish. A subject says what the question is about.
fn only_asks(words: &[(&Place, &[Clause])]) -> bool {
    let question = LEXICON.signal("asks_after");
    let is_beside = |clause: &&Clause| question.find_in(&clause.words).is_none();
    let said = words.iter().filter(|(place, _)| **place != Place::Subject);
    let beside: Vec<(&Place, Vec<Clause>)> =
        said.map(|(place, clauses)| (*place, clauses.iter().filter(is_beside).cloned().collect())).collect();
    let beside: Vec<(&Place, &[Clause])> = beside.iter().map(|(place, clauses)| (*place, clauses.as_slice())).collect();
    let asks = question.find(&flatten(words)).is_some();
    asks && wish(&beside).is_none() && !matches!(reason(&beside), (Some(_), false))
}

/// "I know that a refund is no longer possible", "otherwise I want a refund": not what is wished for.
static RULED_OUT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:otherwise|or else|if not|failing that)\b|\b(?:no longer|not) (?:be )?(?:possible|available|an option|eligible)|\b(?:window|period|deadline) (?:is|has|was) |\btoo late for\b|\bpast the\b",
    )
});

/// A part number, a kind of product that is sold here, or a number that is called by its name or has the form of one of
/// the vendor's. A form of digits alone tells nothing: telephone numbers and postcodes have it too.
fn names_goods(sections: &[Section], all: &[Clause], catalogue: &Catalogue) -> bool {
    let is_formed = |number: &str| {
        number.contains(char::is_alphabetic)
            && (catalogue.has_invoice_shape(number) || catalogue.has_serial_shape(number))
    };
    let numbers_it = |candidate: &Candidate| candidate.label.is_some() || is_formed(&candidate.text);
    let numbered = |section: &Section| !section.parts.is_empty() || section.candidates.iter().any(numbers_it);
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::mail;

    fn read(subject: &str, text: &str) -> Reading {
        let raw = format!("From: ann@customer.example\r\nSubject: {subject}\r\n\r\n{text}\r\n");
        let message = mail::read(raw.as_bytes(), Timestamp::UNIX_EPOCH, &mail::Trust::default()).unwrap();
        Reading::of(&message, &Catalogue::new(&[], &[], &[]))
    }

    #[test]
    fn who_asks_after_what_is_owed_wishes_for_nothing_new() {
        let mut faults = Vec::new();
        for text in [
            "Where is my refund for RMA-0000076?",
            "When do I get my money back?",
            "Has the replacement shipped yet?",
            "Have you sent our replacement?",
            "How long until my credit note is issued?",
            "We are still waiting for our money.",
            "I have not received my refund yet.",
            "The replacement has not arrived.",
            "What happened to my exchange?",
            "Has our money been transferred?",
            "Any sign of the repaired unit?",
        ] {
            let reading = read("Refund", text);
            if (reading.about, &reading.wanted) != (About::Status, &None) {
                faults.push(format!("{text} {:?} {:?}", reading.about, reading.wanted));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn a_wish_is_no_question_about_one() {
        let mut faults = Vec::new();
        for (text, wish) in [
            ("I want my money back.", Wish::Refund),
            ("I want my money back, SN 4711 is dead.", Wish::Refund),
            ("Can I get a refund for INV-4711?", Wish::Refund),
            ("Please send a replacement, the switch is dead.", Wish::RepairOrReplacement),
            ("The switch is dead. When do I get a replacement?", Wish::RepairOrReplacement),
            ("The switch is dead. When will you send my replacement?", Wish::RepairOrReplacement),
            ("Where is my replacement? I want a refund instead.", Wish::Refund),
        ] {
            let reading = read("Our order", text);
            if (reading.about, reading.wanted.as_ref().map(|told| told.value)) != (About::Return, Some(wish)) {
                faults.push(format!("{text} {:?} {:?}", reading.about, reading.wanted));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
