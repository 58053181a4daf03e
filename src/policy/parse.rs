//! From the policy file to a [`Policy`]: figures checked, sentences filled in, and every fault named with its line.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Policy;
use super::clause::{self, Clause, ClauseId};
use super::document::{Document, Lined, PolicyFault, Section, nearest, suggestion};
use super::fees::{Fees, Percent};
use super::windows::{Anchor, Term, Window, Windows};
use crate::order::Money;

impl Policy {
    /// Reads one version of the policy.
    ///
    /// # Errors
    /// Every fault of the file, in the order of its lines: what is missing, unknown, out of range or named twice, a
    /// clause that a rule cites and that is not there, and a sentence that names a figure that is not.
    pub fn parse(text: &str) -> Result<Policy, Vec<PolicyFault>> {
        Version::parse(text).map(|version| version.policy)
    }
}

/// A policy, and where it says which version it is.
pub(super) struct Version {
    pub policy: Policy,
    pub version_line: usize,
    pub effective_from_line: usize,
}

impl Version {
    pub fn parse(text: &str) -> Result<Version, Vec<PolicyFault>> {
        let (mut document, root) = Document::open(text)?;
        let root = Section { name: "the policy", line: 1, table: &root };
        let version = read(&mut document, root);
        let mut faults = document.faults;
        faults.sort();
        faults.dedup();
        match version {
            Some(version) if faults.is_empty() => Ok(version),
            _ => Err(faults),
        }
    }
}

fn read(document: &mut Document<'_>, root: Section<'_>) -> Option<Version> {
    document.only(root, &["version", "effective_from", "windows", "fees", "warranty", "clause"]);
    let version = document.text(root, "version");
    let effective_from = document.date(root, "effective_from");
    let windows = document.section(root, "windows").and_then(|section| read_windows(document, section));
    let fees = document.section(root, "fees").and_then(|section| read_fees(document, section));
    let warranties = read_warranties(document, root);
    let drafts = read_clauses(document, root);
    require_clauses(document, root, &drafts, &warranties);
    refuse_idle_clauses(document, &drafts, &warranties);
    let figures = Figures::of(windows?, fees.as_ref()?, &warranties);
    let (version, effective_from) = (version?, effective_from?);
    let policy = Policy {
        version: version.value,
        effective_from: effective_from.value,
        windows: windows?,
        clauses: figures.fill_in(document, drafts),
        warranties: warranties.into_iter().map(|(line, entry)| (line, (entry.term, entry.clause.value))).collect(),
        fees: fees?,
    };
    Some(Version { policy, version_line: version.line, effective_from_line: effective_from.line })
}

fn read_windows(document: &mut Document<'_>, section: Section<'_>) -> Option<Windows> {
    document.only(section, &["refund", "doa", "rma", "advance_replacement"]);
    let mut window = |key, anchors: &[Anchor]| read_window(document, section, key, anchors);
    let (refund, doa, rma, advance_replacement) = (
        window("refund", &[Anchor::Receipt, Anchor::Shipping]),
        window("doa", &[Anchor::Receipt, Anchor::Shipping]),
        window("rma", &[Anchor::Issue]),
        window("advance_replacement", &[Anchor::Shipping]),
    );
    Some(Windows { refund: refund?, doa: doa?, rma: rma?, advance_replacement: advance_replacement? })
}

/// A window without a day that it is counted from would be no window.
fn read_window<'d>(
    document: &mut Document<'_>,
    section: Section<'d>,
    key: &'d str,
    anchors: &[Anchor],
) -> Option<Window> {
    let first = anchors.first().map_or("", |anchor| anchor.word());
    let expected = format!("a window such as {{ days = 14, from = \"{first}\" }}");
    let window = document.section_such_as(section, key, &expected)?;
    document.only(window, &["days", "from"]);
    let days = document.days(window, "days");
    let choices: Vec<(&str, Anchor)> = anchors.iter().map(|anchor| (anchor.word(), *anchor)).collect();
    let from = document.one_of(window, "from", &choices);
    Some(Window { days: days?, from: from? })
}

fn read_fees(document: &mut Document<'_>, section: Section<'_>) -> Option<Fees> {
    let rates = [
        "processing_domestic_percent",
        "processing_international_percent",
        "restocking_percent",
        "incomplete_percent",
        "refused_percent",
    ];
    document.only(section, &[&["currency", "wire_fee"], rates.as_slice()].concat());
    let currency = document.text(section, "currency");
    let wire = document.figure(section, "wire_fee", "an amount of money, for instance 50.00", amount);
    let [domestic, international, restocking, incomplete, refused] =
        rates.map(|key| document.figure(section, key, "a rate from 0 to 100 percent", Percent::new));
    Some(Fees {
        currency: currency?.value,
        processing_domestic: domestic?,
        processing_international: international?,
        wire: wire?,
        restocking: restocking?,
        incomplete: incomplete?,
        refused: refused?,
    })
}

/// Whole cents, not negative, and less than a billion.
fn amount(figure: Decimal) -> Option<Money> {
    let money = Money::rounded(figure);
    let sensible = !figure.is_sign_negative() && figure < Decimal::from(1_000_000_000) && money.amount() == figure;
    sensible.then_some(money)
}

/// A product line's term, as it is written as well, for the sentence of its clause.
struct Warranty {
    term: Term,
    written: String,
    clause: Lined<ClauseId>,
}

fn read_warranties(document: &mut Document<'_>, root: Section<'_>) -> BTreeMap<String, Warranty> {
    let mut warranties = BTreeMap::new();
    for section in document.sections(root, "warranty") {
        document.only(section, &["product_line", "term", "clause"]);
        let product_line = document.text(section, "product_line");
        let written = document.text(section, "term");
        let clause = document.text(section, "clause");
        let (Some(product_line), Some(written), Some(clause)) = (product_line, written, clause) else {
            continue;
        };
        let Some(term) = Term::parse(&written.value) else {
            let what = format!("\"{}\" is not a warranty term", written.value);
            document.fault(
                written.line,
                what,
                "give one such as \"3 years\", \"18 months\", \"90 days\" or \"lifetime\"",
            );
            continue;
        };
        let clause = Lined { value: ClauseId::new(clause.value), line: clause.line };
        let warranty = Warranty { term, written: written.value, clause };
        if warranties.insert(product_line.value.clone(), warranty).is_some() {
            let what = format!("product line `{}` has a second warranty", product_line.value);
            document.fault(product_line.line, what, "keep one of them");
        }
    }
    warranties
}

/// A clause whose figures are not filled in yet.
struct Draft {
    id: Lined<ClauseId>,
    title: Lined<String>,
    text: Lined<String>,
}

fn read_clauses(document: &mut Document<'_>, root: Section<'_>) -> Vec<Draft> {
    let mut seen = BTreeSet::new();
    let mut drafts = Vec::new();
    for section in document.sections(root, "clause") {
        document.only(section, &["id", "title", "text"]);
        let id = document.text(section, "id");
        let title = document.text(section, "title");
        let text = document.text(section, "text");
        let Some(id) = id else { continue };
        if !seen.insert(id.value.clone()) {
            let what = format!("there is a second clause `{}`", id.value);
            document.fault(id.line, what, "give it an id of its own, or remove it");
        }
        let id = Lined { value: ClauseId::new(id.value), line: id.line };
        // A clause without its words is a fault already; it is not missing as well.
        let blank = |words: Option<Lined<String>>| words.unwrap_or(Lined { value: String::new(), line: id.line });
        let (title, text) = (blank(title), blank(text));
        drafts.push(Draft { id, title, text });
    }
    drafts
}

/// Whatever a rule or a warranty cites has to be there.
fn require_clauses(
    document: &mut Document<'_>,
    root: Section<'_>,
    drafts: &[Draft],
    warranties: &BTreeMap<String, Warranty>,
) {
    let ids: Vec<&str> = drafts.iter().map(|draft| draft.id.value.as_str()).collect();
    for cited in clause::CITED.iter().filter(|cited| !ids.contains(&cited.as_str())) {
        let what = format!("there is no clause `{cited}`, which a rule cites");
        document.fault(root.line, what, format!("add a [[clause]] with id = \"{cited}\""));
    }
    for (product_line, Warranty { clause, .. }) in warranties {
        if !ids.contains(&clause.value.as_str()) {
            let what =
                format!("the warranty of `{product_line}` names the clause `{}`, which is not there", clause.value);
            document.fault(clause.line, what, suggestion(clause.value.as_str(), &ids));
        }
    }
}

/// A clause that nothing cites would never be shown: its id is a slip, or it belongs to no product line.
fn refuse_idle_clauses(document: &mut Document<'_>, drafts: &[Draft], warranties: &BTreeMap<String, Warranty>) {
    let of_warranties = warranties.values().map(|warranty| &warranty.clause.value);
    let cited: Vec<&str> = clause::CITED.iter().chain(of_warranties).map(ClauseId::as_str).collect();
    for Draft { id, .. } in drafts.iter().filter(|draft| !cited.contains(&draft.id.value.as_str())) {
        let what = format!("no rule and no [[warranty]] cites the clause `{}`", id.value);
        let remedy = match nearest(id.value.as_str(), &cited) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "name it in a [[warranty]], or remove it".to_owned(),
        };
        document.fault(id.line, what, remedy);
    }
}

/// The figures that sentences may name, as a customer reads them.
struct Figures {
    common: Vec<(&'static str, String)>,
    /// What the product lines are covered for that name a clause.
    terms: BTreeMap<ClauseId, BTreeSet<String>>,
}

impl Figures {
    fn of(windows: Windows, fees: &Fees, warranties: &BTreeMap<String, Warranty>) -> Figures {
        let mut terms: BTreeMap<ClauseId, BTreeSet<String>> = BTreeMap::new();
        for Warranty { written, clause, .. } in warranties.values() {
            terms.entry(clause.value.clone()).or_default().insert(written.clone());
        }
        let common = vec![
            ("refund_days", windows.refund.days.to_string()),
            ("doa_days", windows.doa.days.to_string()),
            ("rma_days", windows.rma.days.to_string()),
            ("advance_replacement_days", windows.advance_replacement.days.to_string()),
            ("processing_domestic_percent", fees.processing_domestic.to_string()),
            ("processing_international_percent", fees.processing_international.to_string()),
            ("wire_fee", format!("{} {}", fees.currency, fees.wire)),
            ("restocking_percent", fees.restocking.to_string()),
            ("incomplete_percent", fees.incomplete.to_string()),
            ("refused_percent", fees.refused.to_string()),
        ];
        Figures { common, terms }
    }

    fn fill_in(&self, document: &mut Document<'_>, drafts: Vec<Draft>) -> BTreeMap<ClauseId, Clause> {
        let mut clauses = BTreeMap::new();
        for Draft { id, title, text } in drafts {
            let title = self.filled(document, &id.value, &title);
            let text = self.filled(document, &id.value, &text);
            clauses.insert(id.value.clone(), Clause { id: id.value, title, text });
        }
        clauses
    }

    /// The sentence with its figures in place of `{name}`.
    fn filled(&self, document: &mut Document<'_>, id: &ClauseId, sentence: &Lined<String>) -> String {
        let mut filled = String::new();
        let mut rest = sentence.value.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                document.fault(sentence.line, format!("a brace of clause `{id}` is not closed"), "close it with `}`");
                return filled;
            };
            match self.figure(id, name) {
                Ok(figure) => filled.push_str(&figure),
                Err((what, remedy)) => document.fault(sentence.line, what, remedy),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// The figure, or what is wrong with naming it here and what to do.
    fn figure(&self, id: &ClauseId, name: &str) -> Result<String, (String, String)> {
        if name == "term" {
            return self.term(id);
        }
        let found = self.common.iter().find(|(known, _)| *known == name);
        found.map(|(_, figure)| figure.clone()).ok_or_else(|| {
            let mut known: Vec<&str> = self.common.iter().map(|(known, _)| *known).collect();
            known.push("term");
            (format!("clause `{id}` names a figure `{name}` that is not there"), suggestion(name, &known))
        })
    }

    fn term(&self, id: &ClauseId) -> Result<String, (String, String)> {
        let mut terms = self.terms.get(id).into_iter().flatten();
        match (terms.next(), terms.next()) {
            (Some(only), None) => Ok(only.clone()),
            (None, _) => Err((
                format!("clause `{id}` names a term, but no [[warranty]] names the clause"),
                "name the clause in a [[warranty]], or take {term} out of it".to_owned(),
            )),
            (Some(one), Some(other)) => Err((
                format!("clause `{id}` names a term, but serves product lines with {one} and with {other}"),
                "give each term a clause of its own, or take {term} out of it".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests;
