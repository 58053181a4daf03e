//! How many units are meant: "two of the four", "both", "all five DA-12H".

use std::sync::LazyLock;

use regex::Regex;

use super::claim::Standing;
use super::lexicon::LEXICON;
use super::reading::Section;
use super::standing::standing;
use super::text::{Clause, last_chars, pattern, plain};

/// "Two of the four", "3 of 10", "2 x UR-18PLUS" - but not "you delivered two of the switches", which says how many
/// there are, nor "we keep two of the four".
pub(super) fn quantity(clauses: &[Clause]) -> Option<u32> {
    clauses.iter().find_map(|clause| {
        let found = OF_MANY.captures(&clause.words).or_else(|| TIMES.captures(&clause.words))?;
        let number = found.get(1)?;
        let before = clause.words.get(..number.start()).unwrap_or_default();
        let after = clause.words.get(number.end()..).unwrap_or_default();
        let comes_back = matches!(standing(before, after), Some(Standing::ComesBack | Standing::Named));
        if comes_back { count(number.as_str()) } else { None }
    })
}

/// Numbers of units in words and figures, as they stand in plain words.
const NUMBER: &str = r"half(?:[ -]a)?[ -]dozen|(?:(?:a|one|the) )?(?:dozen|pair|couple)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|\d{1,3}";

/// A pattern in which `{n}` stands for any number of units.
pub(super) fn counting(source: &str) -> Regex {
    pattern(&source.replace("{n}", &format!("(?:{NUMBER})")))
}

pub(super) fn every_unit(sections: &[Section], clauses: &[Clause]) -> Option<Option<u32>> {
    let spoken = LEXICON.signal("every_unit").find(clauses);
    let phrase =
        spoken.and_then(|found| clauses.get(found.clause)?.words.get(found.start..found.end).map(str::to_owned));
    let phrase =
        phrase.or_else(|| sections.iter().filter(|section| section.place.is_own()).find_map(all_before_a_part))?;
    if phrase.contains("both") {
        return Some(Some(2));
    }
    Some(COUNT.find_iter(&phrase).find_map(|word| count(word.as_str())))
}

/// "Both TRX 120", "all five DA-12H": the words before a part number.
fn all_before_a_part(section: &Section) -> Option<String> {
    section.parts.iter().find_map(|mention| {
        let before = section.text.get(..mention.start)?;
        ALL_BEFORE.find(&plain(last_chars(before, 30))).map(|found| found.as_str().to_owned())
    })
}

static ALL_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"\b(?:both|every(?: single)?|all(?: of)?(?: the| our| these| those| my)? ?{n}?)(?: of)?(?: the| our| your| these| those| my)?$",
    )
});

pub(super) fn count(word: &str) -> Option<u32> {
    let words = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    let last = word.rsplit(' ').next().unwrap_or_default();
    match last {
        _ if word.starts_with("half") => Some(6),
        "dozen" => Some(12),
        "pair" | "couple" | "both" => Some(2),
        _ => {
            let named = words.iter().zip(1..).find(|(name, _)| **name == last).map(|(_, number)| number);
            named.or_else(|| last.parse().ok().filter(|number| *number > 0 && *number < 10_000))
        }
    }
}

static COUNT: LazyLock<Regex> = LazyLock::new(|| counting(r"\b(?:{n}|\d{4})\b"));
static OF_MANY: LazyLock<Regex> = LazyLock::new(|| {
    counting(
        r"(?:^|[ (])({n}) (?:out )?of (?:the |our |my |these |those |your |his |her )?(?:\d{1,4}\b|{n}\b|them\b|(?:[a-z0-9+-]+ ){0,3}(?:units?|devices|items|pieces|switches|kvms?|cables|extenders|splitters|consoles|products|ones|boxes)\b|[a-z]+[a-z/+-]*\d[a-z0-9/+-]*)",
    )
});
static TIMES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[ (:])(\d{1,3}) ?(?:x|pcs\.?|pieces|units) (?:of )?[a-z]"));
