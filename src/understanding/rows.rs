//! What a list or a table says of the unit in each of its rows: "SN 7 - keep", "SN 8 | no video | yes".

use std::sync::LazyLock;

use regex::Regex;

use super::claim::Number;
use super::lexicon::LEXICON;
use super::numbers::row_cells;
use super::reading::Section;
use super::text::{pattern, plain};

/// Whether the unit stays where it is, by its own row; nothing where it has none, or the row does not say.
pub(super) fn stays(number: &Number, section: &Section) -> Option<bool> {
    let at = section.text.find(&number.told.value)?;
    let start = section.text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let line = section.text.get(start..)?.lines().next()?;
    let lead = section.text.get(start..at)?;
    let is_table = line.contains(['\t', '|']);
    if !is_table && lead.chars().any(char::is_alphanumeric) && !NAME.is_match(&plain(lead)) {
        return None;
    }
    let after = line.get(lead.len() + number.told.value.len()..)?;
    let remarks: Vec<String> = after.split(['\t', '|', ',', ';', '(']).map(remark).collect();
    let decided = if is_table { by_column(section.text.get(..start)?, line) } else { None };
    let says = |phrase: &Regex| remarks.iter().any(|remark| phrase.is_match(remark));
    let reasons = ["defective", "defective_on_arrival", "not_needed", "incompatible", "symptom"];
    let reason = || reasons.iter().any(|name| LEXICON.reason(name).find_in(&plain(after)).is_some());
    decided
        .or_else(|| says(&LEFT).then_some(true))
        .or_else(|| (reason() || says(&RETURNS)).then_some(false))
        .or_else(|| says(&GOOD).then_some(true))
}

fn remark(text: &str) -> String {
    plain(text).trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// "Yes" and "no", by what the column is called in the header of the table.
fn by_column(before: &str, line: &str) -> Option<bool> {
    let cells = |line: &str| -> Vec<String> {
        row_cells(line).into_iter().map(|(start, end)| remark(line.get(start..end).unwrap_or_default())).collect()
    };
    let row = cells(line);
    let header = before.lines().rev().map(cells).take_while(|above| above.len() == row.len()).last()?;
    header.iter().zip(&row).find_map(|(name, cell)| {
        let yes = match cell.as_str() {
            "yes" | "y" | "x" => true,
            "no" | "n" | "none" => false,
            _ => return None,
        };
        if COMES_BACK.is_match(name) { Some(!yes) } else { IS_GOOD.is_match(name).then_some(yes) }
    })
}

/// The name of the number, and nothing else, before it: "1. S/N: 7".
static NAME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\W*(?:\d{1,2}[.):]?)?\W*(?:s/n|sn|serial(?: (?:no|number))?|unit|no)?[ .:#]*$"));
static LEFT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:we |please )?(?:keep|ignore|disregard|leave)(?: (?:it|this|one|this one|here|as is))?|stays?(?: here| with us)?|staying|keeping|kept|no return|no action(?: needed)?|nothing to do|not (?:affected|returning|to be returned)|do not return|not for return)$",
    )
});
static RETURNS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:please )?(?:return|send back|repair|replace|refund|exchange|credit|rma)\b|goes back|comes back|to (?:be )?return)",
    )
});
static GOOD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:still |is |it is )?(?:works?|working|fine|ok|okay|good|healthy|passed|all right)(?: (?:fine|ok|well|now))?|no (?:fault|problem|issue|defect|trouble)s?(?: found)?)$",
    )
});
static COMES_BACK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:rma|return|returning|back|replace|repair|defective|faulty|broken|affected|bad|dead)\b")
});
static IS_GOOD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:ok|okay|works|working|good|keep|keeping|fine)\b"));

#[cfg(test)]
mod tests {
    use super::super::claim::{Evidence, Place, Told};
    use super::*;

    #[test]
    fn a_row_says_whether_its_unit_stays() {
        for (text, said) in [
            ("Serial\tCondition\tRMA?\nS-1\tno video\tyes\nS-77\tworks\tno", Some(true)),
            ("Serial\tCondition\tRMA?\nS-1\tworks\tno\nS-77\tno video\tyes", Some(false)),
            ("Serial | Room | Action\nS-77 | B-205 | keep", Some(true)),
            ("Serial | Room | Action\nS-77 | B-205 | return for refund, unopened", Some(false)),
            ("Unit | Works\nS-77 | yes", Some(true)),
            ("Unit | Opened\nS-77 | no", None),
            ("S-1 - no video\nS-77 - fine, ignore (on the list by mistake)", Some(true)),
            ("* S-77: works fine", Some(true)),
            ("1. S/N S-77: fine, no longer needed", Some(false)),
            ("2) S-77 (no power)", Some(false)),
            ("We have S-77, fine, and more", None),
            ("S-77\nS-78", None),
        ] {
            let section = Section::of_body(text);
            let evidence = Evidence { text: "S-77".into(), place: Place::Body };
            let number = Number { told: Told { value: "S-77".into(), evidence }, key: "S77".into(), clause: 0 };
            assert_eq!(stays(&number, &section), said, "{text}");
        }
    }
}
