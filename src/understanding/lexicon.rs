//! The words of returns (`lexicon.toml`), compiled once, and the search for them in clauses.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::text::{Clause, is_negated, pattern};

/// What customers say, sorted by what they mean.
pub struct Lexicon {
    reasons: BTreeMap<String, Phrases>,
    wishes: BTreeMap<String, Phrases>,
    topics: BTreeMap<String, Phrases>,
    signals: BTreeMap<String, Phrases>,
}

/// The phrases of one meaning.
pub struct Phrases {
    any: Regex,
    unless: Option<Regex>,
}

/// A phrase found: which clause, and the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Index into the clauses that were searched.
    pub clause: usize,
    /// Bytes into the clause's plain words.
    pub start: usize,
    pub end: usize,
}

pub static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::parse(include_str!("lexicon.toml")).unwrap_or_else(|fault| panic!("lexicon.toml is faulty: {fault}"))
});

impl Lexicon {
    pub fn reason(&self, name: &str) -> &Phrases {
        known(&self.reasons, name)
    }

    pub fn wish(&self, name: &str) -> &Phrases {
        known(&self.wishes, name)
    }

    pub fn topic(&self, name: &str) -> &Phrases {
        known(&self.topics, name)
    }

    pub fn signal(&self, name: &str) -> &Phrases {
        known(&self.signals, name)
    }

    fn parse(text: &str) -> Result<Lexicon, String> {
        let source: Source = toml::from_str(text).map_err(|fault| fault.to_string())?;
        let compile = |entries: &BTreeMap<String, Entry>| {
            entries
                .iter()
                .map(|(name, entry)| Ok((name.clone(), entry.compile(&source.groups)?)))
                .collect::<Result<BTreeMap<_, _>, String>>()
        };
        Ok(Lexicon {
            reasons: compile(&source.reason)?,
            wishes: compile(&source.wish)?,
            topics: compile(&source.topic)?,
            signals: compile(&source.signal)?,
        })
    }
}

impl Phrases {
    /// The first match in the clauses that no negation and no exception turns off.
    pub fn find(&self, clauses: &[Clause]) -> Option<Found> {
        clauses.iter().enumerate().find_map(|(index, clause)| {
            self.find_in(&clause.words).map(|range| Found { clause: index, start: range.0, end: range.1 })
        })
    }

    /// Whether the words stand anywhere, denied or not.
    pub fn mentions(&self, clauses: &[Clause]) -> bool {
        clauses.iter().any(|clause| self.any.is_match(&clause.words))
    }

    /// The first match in one clause, as bytes of its plain words.
    pub fn find_in(&self, words: &str) -> Option<(usize, usize)> {
        self.any
            .find_iter(words)
            .map(|found| (found.start(), found.end()))
            .find(|(start, end)| !is_denied(words, *start) && !self.is_excepted(words, *start, *end))
    }

    fn is_excepted(&self, words: &str, start: usize, end: usize) -> bool {
        self.unless.as_ref().is_some_and(|unless| {
            unless.find_iter(words).any(|exception| exception.start() < end && start < exception.end())
        })
    }
}

/// Whether a negation governs what stands at `at`. One before "since" or "after" belongs to what came of it: "no
/// picture since I opened it". One before a list reaches over the list: "never dropped, opened or got wet".
fn is_denied(words: &str, at: usize) -> bool {
    let before = words.get(..at).unwrap_or_default();
    let cause = CAUSE.find_iter(before).last().map_or(0, |cause| cause.end());
    let (told, at) = (words.get(cause..).unwrap_or_default(), at - cause);
    is_negated(told, at) || continues_denied_list(told, at)
}

fn continues_denied_list(words: &str, at: usize) -> bool {
    let Some((head, item)) = words.get(..at).and_then(|before| before.rsplit_once(',')) else { return false };
    let rest = words.get(head.len()..).unwrap_or_default();
    let is_list = ALTERNATIVE.is_match(rest) && !NEW_SUBJECT.is_match(item) && item.split_whitespace().count() <= 4;
    is_list && (DENIED.is_match(head) || continues_denied_list(words, head.len()))
}

static CAUSE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:since|after|because) "));
static ALTERNATIVE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:,? ?[^ ,]+){0,8},? (?:or|nor) "));
static NEW_SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ (?:(?:and|or|nor) )?(?:i|we|it|he|she|they|you|the|my|our|this|that)\b|\b(?:and|or|nor) (?:i|we|it|he|she|they|you|the|my|our|this|that)\b|\b(?:but|then|there|please|now)\b",
    )
});
/// "It was never dropped": a denial with its verb, and not "no picture".
static DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:never|not|nobody|no one) (?:[a-z]+ ?){1,4}$"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    groups: BTreeMap<String, String>,
    reason: BTreeMap<String, Entry>,
    wish: BTreeMap<String, Entry>,
    topic: BTreeMap<String, Entry>,
    signal: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    phrases: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
}

impl Entry {
    fn compile(&self, groups: &BTreeMap<String, String>) -> Result<Phrases, String> {
        Ok(Phrases {
            any: alternatives(&self.phrases, groups)?,
            unless: if self.unless.is_empty() { None } else { Some(alternatives(&self.unless, groups)?) },
        })
    }
}

/// One expression for all phrases, on whole words.
fn alternatives(phrases: &[String], groups: &BTreeMap<String, String>) -> Result<Regex, String> {
    let expanded: Vec<String> = phrases
        .iter()
        .map(|phrase| {
            groups.iter().fold(phrase.clone(), |text, (name, group)| text.replace(&format!("{{{name}}}"), group))
        })
        .collect();
    for phrase in &expanded {
        Regex::new(phrase).map_err(|fault| format!("{phrase}: {fault}"))?;
    }
    RegexBuilder::new(&format!(r"\b(?:{})(?:\b|$)", expanded.join("|")))
        .size_limit(1 << 26)
        .build()
        .map_err(|fault| fault.to_string())
}

fn known<'a>(entries: &'a BTreeMap<String, Phrases>, name: &str) -> &'a Phrases {
    entries.get(name).unwrap_or_else(|| panic!("lexicon.toml has no entry `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::text::clauses;

    fn says(phrases: &Phrases, text: &str) -> bool {
        phrases.find(&clauses(text)).is_some()
    }

    #[test]
    fn the_lexicon_compiles() {
        assert!(says(LEXICON.reason("defective"), "It is dead."));
    }

    #[test]
    fn negation_turns_a_wish_off() {
        let refund = LEXICON.wish("refund");
        assert!(says(refund, "I want a refund."));
        assert!(!says(refund, "We do NOT want a refund, just a working unit."));
        assert!(!says(refund, "No refund needed."));
    }

    #[test]
    fn accidents_are_told_from_symptoms_and_from_unpacking() {
        let void = LEXICON.signal("void_warranty");
        for accident in [
            "One of us dropped it.",
            "It slid off the cart and hit the floor.",
            "A cup of coffee went into the slots.",
            "I have taken cover off and put new capacitors near the power socket.",
            "I opened the housing to look inside.",
            "My son spilled juice on it.",
            "No output since I drilled two holes in the case for a bracket.",
            "It has had no output since I unscrewed the lid and bridged a fuse.",
            "The forklift drove over the cart.",
            "A shelf collapsed onto the switch.",
            "It does not power on because somebody shorted the pins.",
            "No video, it was dropped once or twice.",
        ] {
            assert!(says(void, accident), "{accident}");
        }
        for harmless in [
            "It was never dropped, never opened, and nobody spilled anything on it.",
            "It drops sync every minute.",
            "We opened the box yesterday.",
            "I opened a ticket.",
            "None of the cartons has been opened.",
            "It has never been dropped, opened or got wet.",
            "It was not opened, modified or dropped off the desk.",
            "It was not dropped, modified, or opened.",
            "Nobody dropped it, opened it or spilled anything on it.",
            "Nobody has opened it up, dropped it or spilled coffee on it.",
            "Just came off the FedEx truck like that.",
        ] {
            assert!(!says(void, harmless), "{harmless}");
        }
    }

    #[test]
    fn pitches_and_reports_of_others_are_no_requests() {
        let unsolicited = LEXICON.topic("unsolicited");
        for pitch in [
            "We help hardware brands cut return rates by 40%.",
            "A buyer has requested to return the item below.",
            "New 1-star review: \"defective\"",
            "Please log in to Seller Central to authorize.",
            "Free audit this week?",
        ] {
            assert!(says(unsolicited, pitch), "{pitch}");
        }
        for request in [
            "A customer of ours wants to return the switch.",
            "I left a review on your page, and the switch is dead.",
            "We work with several companies here and need a replacement.",
            "You sent a refund of 100, it should be 199.",
        ] {
            assert!(!says(unsolicited, request), "{request}");
        }
    }

    #[test]
    fn several_units_are_asked_for_as_one_is() {
        let (advance, status) = (LEXICON.wish("advance_replacement"), LEXICON.wish("rma_status"));
        for text in [
            "Please send advance replacements for both.",
            "We would like advance exchanges for the two switches.",
            "Can you ship the replacements before we send the old ones?",
            "We need new units up front.",
        ] {
            assert!(says(advance, text), "{text}");
        }
        for text in [
            "What is the status of my returns?",
            "Is there any progress on our three repairs?",
            "Could you send me an update? The refunds status page is empty.",
            "When will the replacements go out?",
        ] {
            assert!(says(status, text), "{text}");
        }
        for text in ["Please send replacements.", "I want to make two returns.", "We need no advance replacements."] {
            assert!(!says(advance, text) && !says(status, text), "{text}");
        }
    }

    #[test]
    fn an_order_is_stopped_in_many_words() {
        let (cancel, refuse) = (LEXICON.wish("cancel"), LEXICON.wish("refuse_delivery"));
        for wish in [
            "Please don't send RE-2026.4527 out!",
            "Can you pull 4711 before it goes out?",
            "Hold off on 4711 - pls scrap it.",
            "Do not let the parcel leave.",
            "Please put a stop to order 4711.",
        ] {
            assert!(says(cancel, wish), "{wish}");
        }
        for refusal in ["Our dock will turn the parcel away.", "4711 will be turned away.", "We won't be accepting it."]
        {
            assert!(says(refuse, refusal), "{refusal}");
        }
        for other in [
            "Please don't ship 4711 before Monday.",
            "Do not send it to the old address.",
            "Should we scrap it?",
            "I do not want 3 weeks of downtime.",
            "We won't be needing SN 4711 after all.",
        ] {
            assert!(!says(cancel, other) && !says(refuse, other), "{other}");
        }
        assert!(says(LEXICON.reason("not_needed"), "We won't be needing RE-2026.4538 after all."));
    }

    #[test]
    fn what_needs_no_return_is_told_in_many_words() {
        let no_return = LEXICON.signal("no_return");
        for text in [
            "No need for a return of 4711.",
            "No need for an RMA for 4711 after all.",
            "For your information only: 4711 had no video.",
            "Nothing to do for you.",
            "We do not need the RMA anymore.",
        ] {
            assert!(says(no_return, text), "{text}");
        }
        for text in
            ["No need for a return label, we have one.", "For your information: 4711 is dead.", "I need an RMA."]
        {
            assert!(!says(no_return, text), "{text}");
        }
    }

    #[test]
    fn a_payment_that_the_bank_shall_take_back_is_a_threat() {
        let threat = LEXICON.signal("legal_threat");
        for text in [
            "I will ask my card company to reverse the payment.",
            "My bank will claw the money back.",
            "I will dispute this charge.",
            "I get my money back through my credit card.",
        ] {
            assert!(says(threat, text), "{text}");
        }
        for text in ["Please put the money back on my card.", "I paid by credit card."] {
            assert!(!says(threat, text), "{text}");
        }
    }

    #[test]
    fn a_lawyer_is_a_threat_and_may_be_a_customer() {
        let threat = LEXICON.signal("legal_threat");
        for text in [
            "A lawyer will follow if you do not replace it.",
            "The next letter comes from a solicitor.",
            "Otherwise our attorneys are next.",
            "This goes straight to my lawyer.",
            "The court will decide then.",
            "You leave us no choice but to sue.",
            "We are taking legal advice.",
            "My lawyer will write to you.",
            "Next step: small claims.",
        ] {
            assert!(says(threat, text), "{text}");
        }
        for text in [
            "I am a lawyer and my switch is dead.",
            "The lawyer on the second floor has no video.",
            "We supply courts and law firms.",
            "It stands in court room 4.",
            "Sue Miller bought it.",
            "Our tennis court camera is connected to it.",
        ] {
            assert!(!says(threat, text), "{text}");
        }
    }

    #[test]
    fn who_needs_fewer_tells_of_no_defect() {
        for text in [
            "I ordered 6 CB-6 on I-500032 and need only 4.",
            "We bought ten and used just seven.",
            "We only need three of them.",
            "We need only two, please refund the rest.",
            "Only four are needed.",
            "Two of them are too many.",
        ] {
            assert!(says(LEXICON.reason("not_needed"), text), "{text}");
            assert!(!says(LEXICON.reason("defective"), text), "{text}");
        }
        for text in
            ["Only port 3 works.", "Only 2 of the 4 ports work.", "Only 1 has video.", "It only works upside down."]
        {
            assert!(says(LEXICON.reason("defective"), text), "{text}");
        }
        for text in ["I just need one.", "We need only 2 ports to work.", "Only 2 have video."] {
            assert!(!says(LEXICON.reason("not_needed"), text), "{text}");
        }
    }

    #[test]
    fn reasons_are_told_in_other_words() {
        let cases: [(&str, &[&str]); 5] = [
            (
                "wrong_item",
                &[
                    "You sent us one VX.8/HD and one SP.4/HD on 4480 instead of two VX.8/HD.",
                    "Out of the other came a 4-way splitter.",
                    "The label outside says VX.8/HD, inside sits a splitter.",
                ],
            ),
            ("missing_parts", &["The package was one unit short.", "Only one of the two switches arrived."]),
            (
                "defective",
                &[
                    "7CX-0043-K9 dead, please RMA.",
                    "0050078.61 dead this morning.",
                    "Neither of the two, 7CX-4407-T1 or 7CX-4408-T1, detects the left monitor.",
                    "None of our two switches works.",
                ],
            ),
            ("incompatible", &["My new monitor only takes HDMI.", "Our laptops have only USB-C."]),
            ("not_needed", &["It is still in plastic.", "Two of them is one more than we need."]),
        ];
        for (reason, texts) in cases {
            for text in texts {
                assert!(says(LEXICON.reason(reason), text), "{reason}: {text}");
            }
        }
        assert!(!says(LEXICON.reason("wrong_item"), "I got a refund instead of a replacement."));
        assert!(!says(LEXICON.reason("wrong_item"), "We get a black picture, and received no answer."));
    }

    #[test]
    fn what_was_bought_elsewhere_is_told_from_what_is_planned() {
        let elsewhere = LEXICON.signal("purchased_elsewhere");
        for text in ["I got a HX.2K-4/HD off ebay.", "It came from eBay.", "I purchased the KVM second hand last year."]
        {
            assert!(says(elsewhere, text), "{text}");
        }
        for text in ["I am about to buy a used KVM on a marketplace.", "We want to buy another one on Amazon."] {
            assert!(!says(elsewhere, text), "{text}");
        }
    }

    #[test]
    fn a_cause_is_told_from_mere_words_around_a_wish() {
        let (cause, behaviour) = (LEXICON.signal("cause"), LEXICON.signal("behaviour"));
        for text in [
            "The practice is closing its second location.",
            "The staff couldn't get used to it.",
            "The cabinet won't be built after all, so the console has no home.",
            "Refund for 4711 please, because of a reorganisation here.",
        ] {
            assert!(says(cause, text) && !behaviour.mentions(&clauses(text)), "{text}");
        }
        for text in [
            "I want a refund for SN 5.",
            "We bought it in August, and as I wrote last week I would like it soon.",
            "I want a refund, because I have not heard from you.",
        ] {
            assert!(!says(cause, text), "{text}");
        }
        assert!(behaviour.mentions(&clauses("The left monitor dances a jig because of it.")));
    }
}
