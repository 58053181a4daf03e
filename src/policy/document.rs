//! Reads a TOML document value by value, and gathers faults with their lines instead of stopping at the first.
//!
//! Decimal figures are taken as they are written; none of them passes through a float.

use std::ops::Range;

use jiff::civil::Date;
use rust_decimal::Decimal;
use toml::de::{DeTable, DeValue};

/// What is wrong with a policy file, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyFault {
    /// Counted from 1.
    pub line: usize,
    pub what: String,
    pub remedy: String,
}

/// The text under reading, with the faults found so far.
pub(super) struct Document<'t> {
    text: &'t str,
    pub faults: Vec<PolicyFault>,
}

/// One table of the document, with its name and line for messages.
#[derive(Clone, Copy)]
pub(super) struct Section<'d> {
    pub name: &'d str,
    pub line: usize,
    pub table: &'d DeTable<'d>,
}

/// A value with the line it stands on.
pub(super) struct Lined<T> {
    pub value: T,
    pub line: usize,
}

impl<'t> Document<'t> {
    /// The document and its tables.
    ///
    /// # Errors
    /// Every line that is not TOML. What the rest of the file says would be guesswork then.
    pub fn open(text: &'t str) -> Result<(Document<'t>, DeTable<'t>), Vec<PolicyFault>> {
        let mut document = Document { text, faults: Vec::new() };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let line = error.span().map_or(1, |span| document.line(span));
            document.fault(line, format!("this is not TOML: {}", error.message()), "correct the line");
        }
        if document.faults.is_empty() { Ok((document, root.into_inner())) } else { Err(document.faults) }
    }

    pub fn fault(&mut self, line: usize, what: impl Into<String>, remedy: impl Into<String>) {
        self.faults.push(PolicyFault { line, what: what.into(), remedy: remedy.into() });
    }

    /// Faults every key that is not among `known`.
    pub fn only(&mut self, section: Section<'_>, known: &[&str]) {
        for key in section.table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let line = self.line(key.span());
                self.fault(line, format!("{} has an unknown key `{name}`", section.name), suggestion(name, known));
            }
        }
    }

    /// A table that has to be there.
    pub fn section<'d>(&mut self, root: Section<'d>, key: &'d str) -> Option<Section<'d>> {
        self.section_such_as(root, key, "a table")
    }

    /// The same, with words for what is expected.
    pub fn section_such_as<'d>(&mut self, root: Section<'d>, key: &'d str, expected: &str) -> Option<Section<'d>> {
        let (value, line) = self.value(root, key, expected)?;
        match value {
            DeValue::Table(table) => Some(Section { name: key, line, table }),
            other => {
                self.wrong(root, key, line, other, expected);
                None
            }
        }
    }

    /// An array of tables that has to be there.
    pub fn sections<'d>(&mut self, root: Section<'d>, key: &'d str) -> Vec<Section<'d>> {
        let Some((value, line)) = self.value(root, key, "an array of tables") else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            self.wrong(root, key, line, value, "an array of tables");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            let line = self.line(item.span());
            match item.get_ref() {
                DeValue::Table(table) => sections.push(Section { name: key, line, table }),
                other => self.wrong(root, key, line, other, "a table"),
            }
        }
        sections
    }

    /// A text that is not blank.
    pub fn text(&mut self, section: Section<'_>, key: &str) -> Option<Lined<String>> {
        let expected = "a text in quotes";
        let (value, line) = self.value(section, key, expected)?;
        let text = value.as_str().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(section, key, line, value, expected);
        }
        text.map(|text| Lined { value: text.to_owned(), line })
    }

    /// One word of a few.
    pub fn one_of<T: Copy>(&mut self, section: Section<'_>, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let expected = words.join(" or ");
        let (value, line) = self.value(section, key, &expected)?;
        let chosen = choices.iter().find(|(word, _)| value.as_str() == Some(word)).map(|(_, choice)| *choice);
        if chosen.is_none() {
            self.wrong(section, key, line, value, &expected);
        }
        chosen
    }

    /// A number of days, from one day to ten years.
    pub fn days(&mut self, section: Section<'_>, key: &str) -> Option<u32> {
        let expected = "a whole number of days from 1 to 3650";
        let (value, line) = self.value(section, key, expected)?;
        let days = match value {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let days = days.filter(|days| (1..=3650).contains(days));
        if days.is_none() {
            self.wrong(section, key, line, value, expected);
        }
        days
    }

    /// A decimal figure that `accepts` takes, as it is written.
    pub fn figure<T>(
        &mut self,
        section: Section<'_>,
        key: &str,
        expected: &str,
        accepts: impl Fn(Decimal) -> Option<T>,
    ) -> Option<T> {
        let (value, line) = self.value(section, key, expected)?;
        let figure: Option<Decimal> = match value {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let accepted = figure.and_then(accepts);
        if accepted.is_none() {
            self.wrong(section, key, line, value, expected);
        }
        accepted
    }

    /// A day of the calendar.
    pub fn date(&mut self, section: Section<'_>, key: &str) -> Option<Lined<Date>> {
        let expected = "a date such as 2026-01-31";
        let (value, line) = self.value(section, key, expected)?;
        let date = match value {
            DeValue::Datetime(written) => written.to_string().parse().ok(),
            DeValue::String(written) => written.parse().ok(),
            _ => None,
        };
        if date.is_none() {
            self.wrong(section, key, line, value, expected);
        }
        date.map(|value| Lined { value, line })
    }

    fn value<'d>(&mut self, section: Section<'d>, key: &str, expected: &str) -> Option<(&'d DeValue<'d>, usize)> {
        match section.table.get(key) {
            Some(value) => Some((value.get_ref(), self.line(value.span()))),
            None => {
                let what = format!("{} has no `{key}`", section.name);
                self.fault(section.line, what, format!("add `{key}`, {expected}"));
                None
            }
        }
    }

    fn wrong(&mut self, section: Section<'_>, key: &str, line: usize, found: &DeValue<'_>, expected: &str) {
        let what = format!("`{key}` of {} is {}", section.name, described(found));
        self.fault(line, what, format!("give {expected}"));
    }

    fn line(&self, span: Range<usize>) -> usize {
        1 + self.text.bytes().take(span.start).filter(|byte| *byte == b'\n').count()
    }
}

fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{text}\""),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(written) => written.to_string(),
        DeValue::Array(_) => "an array".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// What was probably meant, else what there is to choose from.
pub(super) fn suggestion(found: &str, known: &[&str]) -> String {
    match nearest(found, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("use one of: {}", known.join(", ")),
    }
}

/// What was probably meant.
pub(super) fn nearest<'k>(found: &str, known: &[&'k str]) -> Option<&'k str> {
    let likeness = |name: &&'k str| (strsim::normalized_damerau_levenshtein(found, name), *name);
    let nearest = known.iter().map(likeness).max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.filter(|(likeness, _)| *likeness >= 0.6).map(|(_, name)| name)
}
