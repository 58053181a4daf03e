//! Two numbers for one thing: "A or B", of which one is meant and nobody knows which; "A, sorry, I mean B", where it is
//! the later one.

use std::sync::LazyLock;

use regex::Regex;

use super::claim::Number;
use super::reading::Section;
use super::text::{pattern, plain};

/// "SN 7 or SN 8", "SN 7, or possibly SN 8", "SN 7 - or is it 8?": one is meant, and it is not known which.
pub(super) fn is_either(serials: &[Number], section: &Section) -> bool {
    serials.iter().any(|number| {
        section.text.match_indices(&number.told.value).any(|(at, written)| {
            let end = at + written.len();
            let before =
                plain(section.text.get(..at).unwrap_or_default().rsplit(['.', '\n']).next().unwrap_or_default());
            let after = section.text.get(end..).unwrap_or_default();
            let Some(other) = OR.captures(after).and_then(|found| found.get(1)) else { return false };
            let is_part =
                section.parts.iter().any(|part| part.start < end + other.end() && end + other.start() < part.end);
            !is_part && is_a_number(other.as_str()) && !NEITHER.is_match(&before)
        })
    })
}

fn is_a_number(token: &str) -> bool {
    token.chars().filter(char::is_ascii_digit).count() >= 3
}

/// Numbers that their writer took back: what stands between them and the next one says so.
pub(super) fn without_corrected(numbers: &[Number], section: &Section) -> Vec<Number> {
    let span = |number: &Number| section.text.find(&number.told.value).map(|at| (at, at + number.told.value.len()));
    let taken_back = |place: usize, number: &Number| {
        let Some((start, end)) = numbers.get(place + 1).and_then(span).zip(span(number)).map(|((s, _), (_, e))| (s, e))
        else {
            return false;
        };
        let between = plain(section.text.get(end..start).unwrap_or_default());
        TAKEN_BACK.is_match(&between) && !EARLIER.is_match(&between) && between.len() <= LONGEST_CORRECTION
    };
    numbers
        .iter()
        .enumerate()
        .filter(|(place, number)| !taken_back(*place, number))
        .map(|(_, number)| number.clone())
        .collect()
}

/// A correction comes at once, in a sentence or less, in characters.
const LONGEST_CORRECTION: usize = 100;

static OR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)^[\s,;:()?"'\u{2010}-\u{2015}-]*\bor\b(?:[\s,;:#."'()-]|\b(?:is|was|it|that|else|might|could|may|be|possibly|perhaps|maybe|probably|rather|even|the|serial|number|no|sn|s/n|unit|one|with|ending)\b)*((?:[\p{L}\p{N}]+[-_/.])*[\p{L}\p{N}]+)"#,
    )
});
/// "It is not SN 7 or SN 8": neither is meant.
static NEITHER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:not|neither|nothing|without|no)\b"));
static TAKEN_BACK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:sorry,? no|no,? sorry|wait,? no|no,? wait|scratch that|strike that|i (?:mean|meant)|make that|correction:?$|(?:read|copied|typed|took|looked at|had|wrote|gave(?: you)?)(?: down| off)? the wrong|misread|mistyped|typo|should (?:read|be|have been)|(?:wrong|mistaken|incorrect)[:,]? (?:it is|that is|it's|the (?:right|correct) one is))\b",
    )
});
/// What is corrected was written in another mail, or the later number is the one that is wrong.
static EARLIER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:earlier|previous|before|last|yesterday|instead of|and not|rather than|not)\b|\bwrong[^,:;.-]{0,20}$")
});

#[cfg(test)]
mod tests {
    use super::super::claim::{Evidence, Place, Told};
    use super::super::numbers::candidates;
    use super::super::text::clauses;
    use super::*;

    fn read(text: &str) -> (Vec<Number>, Section) {
        let candidates = candidates(text, &Place::Body);
        let section = Section {
            place: Place::Body,
            text: text.to_owned(),
            clauses: clauses(text),
            candidates,
            parts: Vec::new(),
        };
        let named = section.candidates.iter().filter(|found| found.text.starts_with("QT-") && found.text.len() == 9);
        let numbers = named.map(|found| Number {
            told: Told {
                value: found.text.clone(),
                evidence: Evidence { text: found.text.clone(), place: Place::Body },
            },
            key: found.key.clone(),
            clause: 0,
        });
        (numbers.collect(), section)
    }

    #[test]
    fn of_two_numbers_one_is_meant() {
        for (text, either) in [
            ("Serial is QT-1001-A, or possibly QT-1002-A - the labels came off.", true),
            ("Either QT-1001-A or QT-1002-A is broken.", true),
            ("The label says QT-1001-A or QT-1002-A, the last digit is scratched.", true),
            ("QT-1001-A - or is it -1002-? I can not crawl under the desk.", true),
            ("It is QT-1001-A (or maybe 1002).", true),
            ("QT-1001-A, QT-1002-A or QT-1003-A has died.", true),
            ("QT-1001-A and QT-1002-A are dead, repair or replace them.", false),
            ("QT-1001-A or the whole order can come back.", false),
            ("QT-1003-A is dead, it is not QT-1001-A or QT-1002-A.", false),
            ("QT-1001-A loses video on port 1 or 2.", false),
        ] {
            let (serials, section) = read(text);
            assert_eq!(is_either(&serials, &section), either, "{text}");
        }
    }

    #[test]
    fn the_later_number_is_meant() {
        for (text, left) in [
            ("Serial QT-1001-A - sorry, no, I read the wrong label: QT-1002-A has no video.", &["QT-1002-A"][..]),
            ("It is QT-1001-A, no wait, QT-1002-A.", &["QT-1002-A"]),
            ("QT-1001-A, I mean QT-1002-A, is dead.", &["QT-1002-A"]),
            ("S/N QT-1001-A (typo, should be QT-1002-A)", &["QT-1002-A"]),
            ("QT-1001-A is dead. In my last mail I gave the wrong number, QT-1002-A.", &["QT-1001-A", "QT-1002-A"]),
            ("QT-1001-A is dead and QT-1002-A too, sorry.", &["QT-1001-A", "QT-1002-A"]),
            ("QT-1001-A, not the mistyped QT-1002-A.", &["QT-1001-A", "QT-1002-A"]),
        ] {
            let (numbers, section) = read(text);
            let kept: Vec<String> =
                without_corrected(&numbers, &section).into_iter().map(|number| number.told.value).collect();
            assert_eq!(kept, left, "{text}");
        }
    }
}
