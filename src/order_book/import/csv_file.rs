//! One CSV file with a header, row by row, and the values that its fields hold.

use std::fs::File;
use std::path::Path;
use std::str::FromStr;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Fault;

/// The longest number (of an invoice, a unit, an account, a part) that is believed, in characters.
const LONGEST_NUMBER: usize = 200;
/// Amounts have at most ten digits before the point.
const TOO_MUCH: i64 = 10_000_000_000;

/// An open file whose header is known.
pub(super) struct CsvFile {
    name: &'static str,
    reader: Reader<File>,
    header: StringRecord,
    record: StringRecord,
}

/// One row. Every reading of a value says in its error what is wrong with it.
pub(super) struct Row<'a> {
    header: &'a StringRecord,
    record: &'a StringRecord,
    /// Where the row begins in its file, counted from 1.
    pub line: i64,
}

impl CsvFile {
    pub(super) fn open(directory: &Path, name: &'static str, columns: &[&str]) -> Result<CsvFile, Fault> {
        let fault = |line, what| Fault { file: name.to_owned(), line, what };
        let mut reader = ReaderBuilder::new()
            .trim(Trim::All)
            .from_path(directory.join(name))
            .map_err(|error| fault(None, format!("cannot be read: {error}")))?;
        let header = reader.headers().map_err(|error| fault(Some(1), unreadable(&error)))?.clone();
        let missing: Vec<&str> =
            columns.iter().copied().filter(|column| !header.iter().any(|c| c == *column)).collect();
        if missing.is_empty() {
            Ok(CsvFile { name, reader, header, record: StringRecord::new() })
        } else {
            Err(fault(Some(1), format!("the header lacks {}", missing.join(", "))))
        }
    }

    /// The next row as `read` takes it; `None` at the end of the file.
    pub(super) fn next<T>(&mut self, read: fn(&Row<'_>) -> Result<T, String>) -> Option<Result<T, Fault>> {
        let (line, what) = match self.reader.read_record(&mut self.record) {
            Ok(false) => return None,
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line);
                let row = Row { header: &self.header, record: &self.record, line: i64::try_from(line).unwrap_or(0) };
                match read(&row) {
                    Ok(value) => return Some(Ok(value)),
                    Err(what) => (Some(line), what),
                }
            }
            Err(error) => (error.position().map(csv::Position::line), unreadable(&error)),
        };
        Some(Err(Fault { file: self.name.to_owned(), line, what }))
    }
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields, and the header {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

impl Row<'_> {
    /// What stands in a column; `None` where nothing does.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| name == column)?;
        self.record.get(place).filter(|text| !text.is_empty())
    }

    pub(super) fn required(&self, column: &str) -> Result<&str, String> {
        self.text(column).ok_or_else(|| format!("{column} is empty"))
    }

    /// What a part, an account, an invoice or a unit is known by.
    pub(super) fn number(&self, column: &str) -> Result<String, String> {
        let number = self.required(column)?;
        if number.chars().count() > LONGEST_NUMBER {
            return Err(format!("{column} has more than {LONGEST_NUMBER} characters"));
        }
        if number.chars().any(char::is_control) {
            return Err(format!("{column} {number:?} holds a control character"));
        }
        if !number.chars().any(char::is_alphanumeric) {
            return Err(format!("{column} {number:?} has neither letter nor digit"));
        }
        Ok(number.to_owned())
    }

    /// `YYYY-MM-DD`, or nothing.
    pub(super) fn day(&self, column: &str) -> Result<Option<Date>, String> {
        let read = |text: &str| {
            let day = Date::strptime("%Y-%m-%d", text).ok().filter(|day| day.to_string() == text);
            day.ok_or_else(|| format!("{column} {text:?} is not a date of the form YYYY-MM-DD"))
        };
        self.text(column).map(read).transpose()
    }

    /// An amount with up to two decimals, never negative; zero where nothing stands.
    pub(super) fn money(&self, column: &str) -> Result<Decimal, String> {
        let read = |text: &str| {
            let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.') && !text.starts_with('.');
            let amount = if plain { Decimal::from_str(text).ok() } else { None };
            let amount = amount.filter(|amount| amount.scale() <= 2 && *amount < Decimal::from(TOO_MUCH));
            amount.ok_or_else(|| format!("{column} {text:?} is not an amount such as 139.00"))
        };
        self.text(column).map_or(Ok(Decimal::ZERO), read)
    }

    /// A whole number, or nothing.
    pub(super) fn count(&self, column: &str) -> Result<Option<i64>, String> {
        let read = |text: &str| {
            let count = u32::from_str(text).ok().filter(|_| text.chars().all(|c| c.is_ascii_digit()));
            count.map(i64::from).ok_or_else(|| format!("{column} {text:?} is not a whole number"))
        };
        self.text(column).map(read).transpose()
    }

    /// `yes` or `no`, or nothing.
    pub(super) fn yes_or_no(&self, column: &str) -> Result<Option<bool>, String> {
        let read = |text: &str| match text.to_ascii_lowercase().as_str() {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(format!("{column} {text:?} is neither yes nor no")),
        };
        self.text(column).map(read).transpose()
    }

    /// A code of so many letters (ISO 3166-1, ISO 4217), in capitals.
    pub(super) fn code(&self, column: &str, letters: usize) -> Result<String, String> {
        let code = self.required(column)?;
        if code.len() == letters && code.chars().all(|c| c.is_ascii_alphabetic()) {
            Ok(code.to_ascii_uppercase())
        } else {
            Err(format!("{column} {code:?} is not a code of {letters} letters"))
        }
    }

    /// Values separated by a bar.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        let values = self.text(column).unwrap_or_default().split('|').map(str::trim);
        values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }
}
