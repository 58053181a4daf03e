//! What a number that no order of the sender's knows claims to be: by what it is called, and by its shape.

use std::sync::LazyLock;

use regex::Regex;

use super::knowledge::Knowledge;
use super::numbers::{Candidate, Label};
use super::reading::Section;
use super::said::Kind;
use super::text::{last_chars, pattern};
use crate::mail::names_web_address;

/// What a candidate claims to be, by its name and its shape. No look-up: a number that exists at somebody else's and
/// one that does not exist are the same here.
pub(super) fn unknown_kind(candidate: &Candidate, knowledge: &Knowledge<'_>) -> Option<Kind> {
    let digits = candidate.text.chars().filter(char::is_ascii_digit).count();
    let has_letters = candidate.text.chars().any(char::is_alphabetic);
    if digits < 3 || is_year_or_date(&candidate.text) || knowledge.catalogue.product(&candidate.text).is_some() {
        return None;
    }
    let spelled_apart = candidate.text.contains([' ', '\u{a0}', '\n']);
    let may_be_called_so = !spelled_apart && !names_web_address(&candidate.text);
    match candidate.label {
        Some(Label::Serial | Label::Printed) if knowledge.catalogue.has_serial_shape(&candidate.text) => {
            Some(Kind::Serial)
        }
        Some(Label::Invoice) if knowledge.catalogue.has_invoice_shape(&candidate.text) => Some(Kind::Invoice),
        Some(Label::Foreign | Label::Account) => None,
        None if TELEPHONE.is_match(&candidate.text) => None,
        _ if has_letters && knowledge.catalogue.has_serial_shape(&candidate.text) => Some(Kind::Serial),
        _ if has_letters && knowledge.catalogue.has_invoice_shape(&candidate.text) => Some(Kind::Invoice),
        Some(Label::Invoice) if digits >= 4 && may_be_called_so => Some(Kind::Invoice),
        Some(Label::Part) if has_letters && may_be_called_so => Some(Kind::Part),
        _ => None,
    }
}

/// A number in one piece behind the words "serial number", unless they stand behind a monitor or a computer. Few digits
/// alone count ports or units.
pub(super) fn is_called_serial(candidate: &Candidate, section: &Section, knowledge: &Knowledge<'_>) -> bool {
    let text = &candidate.text;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_long = digits >= 5 || (digits >= 3 && text.contains(char::is_alphabetic));
    candidate.label == Some(Label::Serial)
        && is_long
        && !text.contains(char::is_whitespace)
        && !is_year_or_date(text)
        && !names_web_address(text)
        && knowledge.catalogue.product(text).is_none()
        && !OTHER_GOODS.is_match(section.text.get(..candidate.start).map_or("", |before| last_chars(before, REACH)))
}

/// How far before a number the goods it belongs to are looked for, in characters.
const REACH: usize = 60;
/// "Our monitors (S/N ...", "the laptop with serial number ...".
static OTHER_GOODS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:monitor|screen|display|laptop|notebook|computer|pc|workstation|server|printer|projector|dock|mac|macbook|tv|camera|dell|lenovo|hp|thinkstation|thinkpad)s?\b(?:[\s:#(&-]|\b(?:with|serial|serials|number|numbers|no|s/n|sn|is|are|has|have|the|and)\b|[\p{L}\p{N}-]*\d[\p{L}\p{N}-]*)*$",
    )
});

/// "2026", "06/11/2026", "2026-06-11".
fn is_year_or_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let numeric = parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    let year = |part: &&str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    match parts.as_slice() {
        [only] => year(only),
        [a, b] => numeric && (a.len() <= 2 && (b.len() <= 2 || year(b))),
        [a, b, c] => {
            numeric
                && a.len() <= 4
                && b.len() <= 2
                && c.len() <= 4
                && (year(a) || year(c) || (a.len() <= 2 && c.len() == 2))
        }
        _ => false,
    }
}

/// "Call me at 1-800-55501": words and digits that have the shape of a serial number together.
static TELEPHONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[\p{L} ]+ (?:\+?\d{1,3}[-. ])?\d{3}[-. ]\d{3,}$"));
