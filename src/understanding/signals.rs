//! What a person has to know before a unit can be judged: threats, accidents, other sellers, other languages.

use std::sync::LazyLock;

use regex::Regex;

use super::catalogue::Catalogue;
use super::claim::{Evidence, Place, Signal, Told};
use super::language::other_language;
use super::lexicon::LEXICON;
use super::reading::told;
use super::text::{Clause, is_negated, pattern};

pub(super) fn signals(words: &[(&Place, &[Clause])], new_text: &str, catalogue: &Catalogue) -> Vec<Told<Signal>> {
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
        seller.is_some_and(|seller| elsewhere(seller.as_str())) && !is_negated(&clause.words, clause.words.len())
    };
    let clause = clauses.iter().find(names_a_seller)?;
    let evidence = Evidence { text: clause.written.chars().take(200).collect(), place: place.clone() };
    Some(Told { value: Signal::PurchasedElsewhere, evidence })
}

static BOUGHT_FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:[Bb]ought|[Pp]urchased|[Oo]rdered|[Gg]ot) (?:(?:it|them|this|these|one|the unit|the switch|a unit|mine|ours) )?(?:[\w+-]+ ){0,3}(?:from|at|through|via) (?:the )?([A-Z][\w&.-]{2,})",
    )
});
static MONTH_OR_DAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|you|your|inv|invoice|order)",
    )
});
