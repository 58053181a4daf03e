//! Every token of a mail that could be a number, with the word that says what kind it is.
//!
//! A candidate is not yet a claim: what decides is whether the sender's own orders know it (by look-alike key), or
//! that the customer calls it an invoice, a serial or an account number.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::claim::Place;
use super::text::{last_chars, pattern};
use crate::order::look_alike_key;

/// A token, or a few tokens that belong together ("vswd 2202 02443"), that may be a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As it was written.
    pub text: String,
    /// [`look_alike_key`] of the text.
    pub key: String,
    /// What the words before it call it.
    pub label: Option<Label>,
    pub place: Place,
    /// Bytes into the text of its place.
    pub start: usize,
    pub end: usize,
}

/// What a customer calls a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    Invoice,
    Serial,
    /// "The sticker reads", "barcode": what is printed on goods may be a serial number, and is not called one.
    Printed,
    Part,
    Account,
    /// A telephone, purchase order, ticket, tracking, postal code, asset, ... number: nothing of ours.
    Foreign,
}

/// No message is searched for more candidates than this; nobody writes so many numbers by hand.
const MOST_CANDIDATES: usize = 6000;
/// How far before a number its name may stand, in characters.
const LABEL_REACH: usize = 48;
/// Tokens that may be joined to one number.
const MOST_JOINED: usize = 4;
const LONGEST_KEY: usize = 40;

/// All candidates of one text, in the order in which they stand.
pub fn candidates(text: &str, place: &Place) -> Vec<Candidate> {
    let tokens: Vec<(usize, usize)> =
        TOKEN.find_iter(text).flat_map(|token| listed(token.as_str(), token.start())).collect();
    let columns = Columns::read(text);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for first in 0..tokens.len() {
        for last in first..tokens.len().min(first + MOST_JOINED) {
            let Some((start, end)) = joined(text, &tokens, first, last) else { break };
            found.extend(
                readings(text, start, end, place, &columns)
                    .into_iter()
                    .filter(|candidate| seen.insert((candidate.start, candidate.key.clone()))),
            );
            if found.len() >= MOST_CANDIDATES {
                return found;
            }
        }
    }
    found
}

/// "KB3004001/KB3004002" is a list of two numbers, "24/00391" is one: numbers in a list are long and much alike. What is
/// cut here in error is joined again.
fn listed(token: &str, start: usize) -> Vec<(usize, usize)> {
    let is_number = |piece: &&str| piece.len() >= 5 && piece.chars().filter(char::is_ascii_digit).count() >= 3;
    let pieces: Vec<&str> = token.split('/').collect();
    let alike = pieces.iter().all(|piece| piece.len().abs_diff(pieces.first().map_or(0, |first| first.len())) <= 1);
    if pieces.len() < 2 || !alike || !pieces.iter().all(is_number) {
        return vec![(start, start + token.len())];
    }
    let starts = pieces.iter().scan(start, |at, piece| {
        let begins = *at;
        *at += piece.len() + 1;
        Some((begins, begins + piece.len()))
    });
    starts.collect()
}

/// The span of tokens `first` to `last`, where nothing but a space or a mark stands between them.
fn joined(text: &str, tokens: &[(usize, usize)], first: usize, last: usize) -> Option<(usize, usize)> {
    let span = tokens.get(first..=last)?;
    let apart = span.windows(2).any(|pair| match pair {
        [left, right] => !is_joint(text.get(left.1..right.0).unwrap_or("?")),
        _ => false,
    });
    (!apart).then_some((span.first()?.0, span.last()?.1))
}

fn is_joint(between: &str) -> bool {
    between.chars().count() <= 3
        && between.chars().all(|c| matches!(c, ' ' | '\u{a0}' | '-' | '\u{2010}'..='\u{2015}' | '.' | '/' | '_' | '#'))
}

/// The span as a candidate; where its name is grown together with it ("SN230415000871"), once with and once without.
fn readings(text: &str, start: usize, end: usize, place: &Place, columns: &Columns) -> Vec<Candidate> {
    let Some(written) = text.get(start..end).filter(|written| written.chars().any(|c| c.is_ascii_digit())) else {
        return Vec::new();
    };
    let (grown, rest) = split_label(written);
    let label = grown.or_else(|| columns.label(start)).or_else(|| label_before(text, start));
    let mut spellings = vec![written];
    if rest.len() < written.len() {
        spellings.push(rest);
    }
    spellings
        .into_iter()
        .map(|spelling| (spelling, look_alike_key(spelling)))
        .filter(|(_, key)| (3..=LONGEST_KEY).contains(&key.len()))
        .map(|(spelling, key)| Candidate {
            text: spelling.to_owned(),
            key,
            label,
            place: place.clone(),
            start: end - spelling.len(),
            end,
        })
        .collect()
}

/// "SN230415000871", "inv4410233": the name of the number grown together with it.
fn split_label(written: &str) -> (Option<Label>, &str) {
    let Some(found) = GROWN.captures(written) else { return (None, written) };
    let (Some(name), Some(rest)) = (found.get(1), found.get(2)) else { return (None, written) };
    let label = if name.as_str().to_lowercase().starts_with('s') { Label::Serial } else { Label::Invoice };
    (Some(label), rest.as_str())
}

/// The nearest name before the number, in its sentence or the line before. "The serial number on the label" is a serial
/// number.
fn label_before(text: &str, start: usize) -> Option<Label> {
    let before = text.get(..start)?;
    let near = last_chars(before, LABEL_REACH).rsplit(['\t', ';', '?', '!']).next()?.to_lowercase();
    let near = near.rsplit("\n\n").next()?;
    let names: Vec<(usize, Label)> = LABELS
        .iter()
        .filter_map(|(label, names)| Some((names.find_iter(near).last()?.end(), *label)))
        .filter(|(end, _)| {
            let (name, bridge) = near.split_at_checked(*end).unwrap_or_default();
            is_bridge(bridge) && !(THING_AT_THE_END.is_match(name) && bridge.starts_with(' '))
        })
        .collect();
    let nearest = names.iter().max_by_key(|(end, _)| *end).map(|(_, label)| *label)?;
    let is_called_serial = names.iter().any(|(_, label)| *label == Label::Serial);
    Some(if nearest == Label::Printed && is_called_serial { Label::Serial } else { nearest })
}

/// Between a name and its number stand only small words: "serial number of the unit is", "S/N:", "invoice, number".
fn is_bridge(between: &str) -> bool {
    BRIDGE.is_match(between)
}

/// "Dead out of the box. 4711 is fine": a thing that ends its sentence is no name of the next number.
static THING_AT_THE_END: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:the|a|this|its|our|my|each|every) (?:box|ports?|desk|room|office|floor|building)\.$")
});
static TOKEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\p{L}\p{N}]+(?:[-\u{2010}-\u{2015}_/.][\p{L}\p{N}]+)*\+?"));
static GROWN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^(s/?n|ser(?:ial)?|inv(?:oice)?|order)[-.:#_]?(\d[\d-]{3,})$"));
static BRIDGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[\s:#=.,()\x22'*_|>-]|\b(?:number|numbers|no|nr|num|id|code|is|are|was|it|its|the|of|on|from|our|your|my|their|this|that|for|reads|read|says|shows|label|sticker|box|unit|units|device|switch|kvm|console|extender|splitter|broken|defective|faulty|dead|failed|and|as|follows|below|above|with|you|us|both|which|i|think|believe|should|be|order|invoice|which|would|called|under|in|to|a|one|printed|back|bottom|to|vendor)\b|[\p{L}\p{N}-]*\d[\p{L}\p{N}-]*(?:\s*(?:,|and|&|/|\+)| (?:is|are)\b))*$",
    )
});

/// Names of numbers. A longer or later name wins over one that ends earlier.
static LABELS: LazyLock<Vec<(Label, Regex)>> = LazyLock::new(|| {
    [
        (Label::Invoice, r"\b(?:invoices?|inv|orders?|ord|bill|receipt|sales order|so|rechnung|factura|facture|bestellung|fattura|fatura)\b"),
        (Label::Serial, r"\b(?:serials?|s/n|sn|s\.n|serial numbers?|ser|seriennummer|s/ns|serie|s/nr)\b"),
        (Label::Printed, r"\b(?:sticker|label|barcode|unit numbers?)\b"),
        (Label::Part, r"\b(?:parts?|p/n|pn|models?|part numbers?|item|sku|product|mpn|type|article)\b"),
        (Label::Account, r"\b(?:accounts?|acct|a/c|customer (?:number|no|id|account|code|#)|cust(?:omer)?|client (?:number|no|id)|account (?:number|no|id|with you))\b"),
        (
            Label::Foreign,
            r"(?:\b(?:p\.?o\.?|purchase orders?|purchase order|tickets?|case|cases|ref|reference|tracking|phone|tel|telephone|mobile|cell|fax|ext|extension|x|asset|assets|tag|zip|postal|plz|room|suite|ste|floor|building|desk|rma|incident|inc|vat|tax|ein|imei|mac|ip|version|ver|rev|revision|firmware|fw|page|port|ports|pages|box|po box|hd|wo|work order|job|project|quote|model year|bid|pager|direct|office|main|dept|street|usd|eur|awb|waybill|shipment|carrier|ups|fedex|dhl|usps|1z|budget|cost cent(?:er|re)|req|requisition|service tag|dell|patient|employee|badge|circuit|permit|license|licence|policy|claim|contract)\b[.:#]*|[$\u{20ac}\u{a3}])",
        ),
    ]
    .into_iter()
    .map(|(label, names)| (label, pattern(names)))
    .collect()
});

/// The header cells of a table's columns: "Desk, Serial, Fault" names every number below "Serial".
struct Columns {
    /// Start and end of a cell, and what the cell above it in the header is called.
    cells: Vec<(usize, usize, Label)>,
}

impl Columns {
    fn read(text: &str) -> Columns {
        let mut cells = Vec::new();
        let mut header: Vec<Option<Label>> = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let row = row_cells(line);
            if row.len() < 2 {
                header.clear();
            } else if header.len() != row.len() {
                header = row.iter().map(|(start, end)| line.get(*start..*end).and_then(heading)).collect();
            } else {
                let labelled =
                    header.iter().zip(&row).filter_map(|(label, (start, end))| Some((at + start, at + end, (*label)?)));
                cells.extend(labelled);
            }
            at += line.len();
        }
        Columns { cells }
    }

    fn label(&self, at: usize) -> Option<Label> {
        let after = self.cells.partition_point(|(start, _, _)| *start <= at);
        let (_, end, label) = self.cells.get(after.checked_sub(1)?)?;
        (at < *end).then_some(*label)
    }
}

/// The cells of a line that is a table row, by tabs, bars, semicolons or commas; empty where it is none.
pub(super) fn row_cells(line: &str) -> Vec<(usize, usize)> {
    let separator = ['\t', '|', ';', ',']
        .into_iter()
        .find(|mark| line.matches(*mark).count() >= 1 && (*mark != ',' || line.matches(',').count() >= 2));
    let Some(separator) = separator else { return Vec::new() };
    let mut start = 0;
    line.split(separator)
        .map(|cell| {
            let span = (start, start + cell.len());
            start = span.1 + separator.len_utf8();
            span
        })
        .collect()
}

/// What a header cell names, if it names a number and is nothing but a name.
fn heading(cell: &str) -> Option<Label> {
    let cell = cell.trim().to_lowercase();
    let short = cell.chars().count() <= 24 && !cell.chars().any(|c| c.is_ascii_digit());
    LABELS.iter().find(|(_, names)| short && names.is_match(&cell)).map(|(label, _)| *label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label_of(text: &str, number: &str) -> Option<Label> {
        candidates(text, &Place::Body)
            .into_iter()
            .find(|candidate| candidate.text == number)
            .unwrap_or_else(|| panic!("{number} is no candidate"))
            .label
    }

    #[test]
    fn the_nearest_name_tells_the_kind() {
        for (text, number, label) in [
            ("invoice # is\nINV-20312 and the sticker says\nEXTH2202-04725", "INV-20312", Some(Label::Invoice)),
            ("S/N: UD142204-00049", "UD142204-00049", Some(Label::Serial)),
            ("Our PO ............... BML-26-0871", "BML-26-0871", Some(Label::Foreign)),
            ("Order / invoice ...... INV-20104", "INV-20104", Some(Label::Invoice)),
            ("our account number with\nyou is C10466", "C10466", Some(Label::Account)),
            ("a ThinkStation with asset no. 20013", "20013", Some(Label::Foreign)),
            ("serials VSWH2309-04753 and\nVSWH2601-04795", "VSWH2601-04795", Some(Label::Serial)),
            ("SN230415000871 died", "230415000871", Some(Label::Serial)),
            ("call 20013 people", "20013", None),
            ("the sticker reads 99182310", "99182310", Some(Label::Printed)),
            ("serial number on the sticker: 99182310", "99182310", Some(Label::Serial)),
            ("serial of the broken SLC-1916 is 99182310", "99182310", Some(Label::Serial)),
            ("dead out of the box. 0050078.61: fine", "0050078.61", None),
        ] {
            assert_eq!(label_of(text, number), label, "{number} in {text:?}");
        }
    }

    #[test]
    fn spaced_numbers_are_joined() {
        let keys: Vec<String> = candidates("The serial is vswd 2202 02443.", &Place::Body)
            .into_iter()
            .map(|candidate| candidate.key)
            .collect();
        assert!(keys.contains(&look_alike_key("VSWD2202-02443")), "{keys:?}");
    }

    #[test]
    fn a_table_header_names_its_column() {
        let table = "Desk\tSerial\tFault\n2F-11\tUR142610-02282\treboots\n2F-14\t99182310\treboots\n";
        assert_eq!(label_of(table, "99182310"), Some(Label::Serial));
        assert_eq!(label_of("Asset;Model;Serial\n0041;UD-14PLUS;UD142411-04522\n", "0041"), Some(Label::Foreign));
    }

    #[test]
    fn the_number_of_candidates_is_bounded() {
        assert!(candidates(&"1234 ".repeat(100_000), &Place::Body).len() <= MOST_CANDIDATES);
    }
}
