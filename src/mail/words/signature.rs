//! Signatures, the lines that phones add, disclaimers and the footers of mailing lists: what the sender sends with every
//! mail and says in none.

use super::signature_words::{
    DETAILS, DEVICES, DISCLAIMER_OPENINGS, FAREWELLS, LIST_FOOTERS, PHONE_LABELS, STRONG_MARKERS, WEAK_MARKERS,
};
use crate::mail::text::at_most;

/// A signature of more lines than this is text below a line of dashes.
const MAX_LINES: usize = 15;
/// Signatures are looked for in the last lines alone.
const MAX_TAIL: usize = 40;
/// A disclaimer of more lines than this is cut off there.
const MAX_DISCLAIMER_LINES: usize = 40;
/// What is looked at of one line of a disclaimer, in bytes.
const MAX_DISCLAIMER_LINE: usize = 2_000;
/// How many lines of a paragraph are looked at as the beginning of a disclaimer.
const MAX_OPENINGS: usize = 20;
/// How many paragraphs at the end may belong to a block of name and address.
const MAX_PARAGRAPHS: usize = 3;
const MAX_CONTACT_LENGTH: usize = 100;

/// By which words the author is known: those of the display name and of the address.
pub(super) struct Author {
    names: Vec<String>,
}

impl Author {
    /// From `Ann Baker <a.baker@x.example>`.
    pub(super) fn of(text: &str) -> Author {
        let named = text.split('@').next().unwrap_or_default();
        let words = named.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase);
        Author { names: words.filter(|word| word.chars().count() >= 3).collect() }
    }

    fn is_named_by(&self, word: &str) -> bool {
        let word: String = word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
        self.names.contains(&word)
    }
}

/// Parts written lines into what the sender says and what is added to every mail. `is_last`: nothing that the sender
/// wrote follows.
pub(super) fn taken_off(lines: Vec<String>, author: &Author, is_last: bool) -> (Vec<String>, Vec<String>) {
    let mut is_signature = vec![false; lines.len()];
    mark_below_delimiter(&lines, &mut is_signature);
    mark_list_footer(&lines, &mut is_signature);
    mark_disclaimers(&lines, &mut is_signature);
    mark_device_lines(&lines, &mut is_signature);
    if is_last {
        mark_name_block(&lines, &mut is_signature, author);
    }
    let (mut written, mut signature) = (Vec::new(), Vec::new());
    for (line, is_signature) in lines.into_iter().zip(is_signature) {
        if is_signature {
            // where a disclaimer was, the paragraphs around it stay apart
            written.push(String::new());
            signature.push(line);
        } else {
            written.push(line);
        }
    }
    (written, signature)
}

/// Everything below `-- ` (RFC 3676, section 4.3). Two dashes alone may also part one paragraph from the next, so they
/// count only above what can be nothing but a name and an address.
fn mark_below_delimiter(lines: &[String], is_signature: &mut [bool]) {
    let begins = lines.len().saturating_sub(MAX_TAIL);
    let delimiter = (begins..lines.len()).find(|at| {
        let line = lines.get(*at).map(String::as_str).unwrap_or_default();
        let below = lines.get(at + 1..).unwrap_or_default();
        let length = below.iter().filter(|line| !line.trim().is_empty()).count();
        let is_delimiter = match line {
            "-- " => true,
            "--" | "—" | "__" => below.iter().all(|line| is_contact(line) || is_device(line)),
            _ => false,
        };
        is_delimiter && (1..=MAX_LINES).contains(&length)
    });
    if let Some(at) = delimiter {
        mark_from(is_signature, at);
    }
}

fn mark_list_footer(lines: &[String], is_signature: &mut [bool]) {
    let footer = lines.iter().enumerate().position(|(at, line)| {
        let is_rule = line.trim().len() >= 2 && line.trim().chars().all(|c| matches!(c, '_' | '-' | '=' | '*'));
        let below = lines.get(at + 1..).unwrap_or_default().iter().take(3).map(|line| line.to_lowercase());
        is_rule && below.into_iter().any(|line| LIST_FOOTERS.iter().any(|phrase| line.contains(phrase)))
    });
    if let Some(at) = footer {
        mark_from(is_signature, at);
    }
}

fn mark_from(is_signature: &mut [bool], at: usize) {
    is_signature.iter_mut().skip(at).for_each(|mark| *mark = true);
}

/// Disclaimers, wherever they stand: from the line that opens one to the end of its paragraph. A paragraph that does not
/// begin like one is one if it says more.
fn mark_disclaimers(lines: &[String], is_signature: &mut [bool]) {
    for (begins, ends) in paragraphs(lines) {
        let opens = |at: usize| lines.get(at).is_some_and(|line| opens_disclaimer(line));
        let candidates = (begins..ends).filter(|at| *at == begins || opens(*at)).take(MAX_OPENINGS);
        let disclaimer = candidates.map(|at| (at, ends.min(at + MAX_DISCLAIMER_LINES))).find(|(at, ends)| {
            let lines = lines.get(*at..*ends).unwrap_or_default().iter();
            let text =
                lines.map(|line| at_most(line, MAX_DISCLAIMER_LINE)).collect::<Vec<_>>().join(" ").to_lowercase();
            let (strong, weak) = (count(&text, STRONG_MARKERS), count(&text, WEAK_MARKERS));
            if opens(*at) { strong >= 1 && strong + weak >= 2 } else { strong >= 2 && strong + weak >= 4 }
        });
        if let Some((at, ends)) = disclaimer {
            is_signature.iter_mut().take(ends).skip(at).for_each(|mark| *mark = true);
        }
    }
}

fn opens_disclaimer(line: &str) -> bool {
    let start: String = line.chars().take(60).collect::<String>().to_lowercase();
    DISCLAIMER_OPENINGS.iter().any(|opening| begins_with(&start, opening))
}

fn begins_with(text: &str, opening: &str) -> bool {
    text.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(opening)
}

fn count(text: &str, markers: &[&str]) -> usize {
    markers.iter().filter(|marker| text.contains(*marker)).count()
}

/// Runs of lines that are not blank, as ranges.
fn paragraphs(lines: &[String]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match found.last_mut() {
            Some((_, ends)) if *ends == at => *ends = at + 1,
            _ => found.push((at, at + 1)),
        }
    }
    found
}

fn mark_device_lines(lines: &[String], is_signature: &mut [bool]) {
    for (line, mark) in lines.iter().zip(is_signature) {
        *mark |= is_device(line);
    }
}

fn is_device(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    line.chars().count() <= 100
        && DEVICES.iter().any(|(begins, contains)| {
            begins_with(&line, begins) && (contains.is_empty() || contains.iter().any(|word| line.contains(word)))
        })
}

/// The block at the end that begins with the author's name and holds nothing but ways to reach them.
fn mark_name_block(lines: &[String], is_signature: &mut [bool], author: &Author) {
    let open: Vec<String> = lines
        .iter()
        .zip(is_signature.iter())
        .map(|(line, mark)| if *mark { String::new() } else { line.clone() })
        .collect();
    let paragraphs = paragraphs(&open);
    let Some(text_begins) = paragraphs.first().map(|(begins, _)| *begins) else {
        return;
    };
    let last = paragraphs.iter().rev().take(MAX_PARAGRAPHS);
    let begins = last.filter_map(|(begins, ends)| name_line(&open, *begins, *ends, author)).min();
    if let Some(at) = begins.filter(|at| *at > text_begins) {
        mark_from(is_signature, at);
    }
}

/// The first line of the paragraph that names the author, has only ways to reach them below, and stands at the top of the
/// paragraph or below a farewell.
fn name_line(lines: &[String], begins: usize, ends: usize, author: &Author) -> Option<usize> {
    (begins.max(lines.len().saturating_sub(MAX_TAIL))..ends).find(|at| {
        let above = at.checked_sub(1).filter(|above| *above >= begins).and_then(|above| lines.get(above));
        let below = lines.get(at + 1..).unwrap_or_default();
        let is_placed = above
            .is_none_or(|line| line.split_whitespace().count() <= 5 && !line.contains(|c: char| c.is_ascii_digit()));
        let length = below.iter().filter(|line| !line.trim().is_empty()).count();
        is_placed
            && length <= MAX_LINES
            && lines.get(*at).is_some_and(|line| names(line, author))
            && below.iter().all(|line| is_contact(line))
    })
}

/// `Ann Baker`, `A. Baker, Facilities`, `Sgt. Ann Baker | Acme`: a short name, and what the author is.
fn names(line: &str, author: &Author) -> bool {
    let name = line.split([',', '|', '·', '(', '/', ';']).next().unwrap_or_default();
    let name = name.split(" - ").next().unwrap_or_default().split(" – ").next().unwrap_or_default();
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_name = |word: &&str| {
        word.chars().any(char::is_alphabetic)
            && word.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '’'))
    };
    let may_stand_in_name = |word: &&str| {
        let lower = word.to_lowercase();
        word.starts_with(char::is_uppercase)
            || author.is_named_by(word)
            || FAREWELLS.contains(&lower.trim_matches(|c: char| !c.is_alphabetic()))
    };
    (1..=5).contains(&words.len())
        && words.iter().all(|word| is_name(word) && may_stand_in_name(word))
        && words.iter().any(|word| author.is_named_by(word))
        && is_contact(line)
}

/// A line that can be part of a signature: short, and without anything that may be a detail of an order.
fn is_contact(line: &str) -> bool {
    let lower = line.trim().to_lowercase().replace("po box", "box").replace("p.o. box", "box");
    let words: Vec<&str> =
        lower.split(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | '·' | '(' | ')' | ';')).collect();
    let is_detail = |word: &&str| DETAILS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric()));
    let has_phone = words.iter().any(|word| PHONE_LABELS.contains(&word.trim_matches(|c: char| !c.is_alphabetic())));
    lower.chars().count() <= MAX_CONTACT_LENGTH
        && !lower.contains('?')
        && !lower.starts_with("ps")
        && !lower.starts_with("p.s")
        && words.len() <= 18
        && !words.iter().any(is_detail)
        && !words.iter().any(|word| may_be_number(word, has_phone))
}

/// A word that may be the number of an order or of a unit: letters and digits mixed, or many digits in a row. Phone numbers
/// are grouped or labelled.
fn may_be_number(word: &str, has_phone: bool) -> bool {
    if word.contains('@') || word.contains("://") || word.starts_with("www.") || word.starts_with('+') {
        return false;
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let is_grouped = word.contains(['-', '.', '/']);
    letters > 0 && digits >= 2 && letters + digits >= 5 || letters == 0 && digits >= 6 && !is_grouped && !has_phone
}
