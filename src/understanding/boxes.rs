//! Forms with boxes to tick: what stands at an empty box is printed on the form and not said.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::text::pattern;

/// What stands beside each box of a form, in bytes of the text, and whether the box is ticked. Without an empty box
/// there is no form: "(x)" alone may be anything.
pub(super) fn boxes(text: &str) -> Vec<(Range<usize>, bool)> {
    if !EMPTY.is_match(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        found.extend(in_line(line).into_iter().map(|(span, ticked)| (span.start + at..span.end + at, ticked)));
        at += line.len();
    }
    found
}

/// A box belongs to the words after it, or, where nothing follows the last box of the line, to the words before it.
fn in_line(line: &str) -> Vec<(Range<usize>, bool)> {
    let marks: Vec<(Range<usize>, bool)> =
        BOX.find_iter(line).map(|mark| (mark.range(), !EMPTY.is_match(mark.as_str()))).collect();
    let Some((last, _)) = marks.last() else { return Vec::new() };
    let has_words = |span: Range<usize>| line.get(span).is_some_and(|words| words.chars().any(char::is_alphanumeric));
    let follows = has_words(last.end..line.len());
    let label = |place: usize, mark: &Range<usize>| {
        if follows {
            mark.start..marks.get(place + 1).map_or(line.len(), |(next, _)| next.start)
        } else {
            let from = place.checked_sub(1).and_then(|before| marks.get(before)).map_or(0, |(before, _)| before.end);
            let words = line.get(from..mark.start).unwrap_or_default();
            from + words.rfind([':', '\t', '|']).map_or(0, |colon| colon + 1)..mark.end
        }
    };
    marks.iter().enumerate().map(|(place, (mark, ticked))| (label(place, mark), *ticked)).collect()
}

/// "[x]", "( )", "\u{2612}".
static BOX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\[[ \u{a0}_]*(?:[xX\u{2713}\u{2714}\u{2715}\u{2717}*])?[ \u{a0}_]*\]|\([ \u{a0}_]*[xX\u{2713}\u{2714}][ \u{a0}_]*\)|\([ \u{a0}_]+\)|[\u{2610}\u{2611}\u{2612}\u{25a1}\u{25a0}\u{1f5f9}\u{2705}]",
    )
});
static EMPTY: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[[ \u{a0}_]*\]|\([ \u{a0}_]+\)|[\u{2610}\u{25a1}]"));

#[cfg(test)]
mod tests {
    use super::super::text::clauses;

    #[test]
    fn what_stands_at_an_empty_box_is_not_said() {
        for (text, said) in [
            ("Reason: [x] defective  [ ] not needed  [ ] damaged", &["reason", "[x] defective"][..]),
            ("Reason: defective (X)  unwanted ( )  transit damage ( )", &["reason", "defective (x)"]),
            ("Solution: refund ( )  repair (X)", &["solution", "repair (x)"]),
            ("\u{2610} Refund \u{2610} Credit \u{2612} Repair/Replacement", &["\u{2612} repair/replacement"]),
            ("[ ] refund\n[X] credit\n[ ] repair", &["[x] credit"]),
            ("Wish\t[_] Refund\t[X] Exchange", &["wish", "[x] exchange"]),
            ("Refund \u{2610}\nRepair \u{2611}\n\nThank you", &["repair \u{2611}", "thank you"]),
            ("Port 2 (x) is dead.", &["port 2 (x) is dead"]),
        ] {
            let words: Vec<String> = clauses(text).into_iter().map(|clause| clause.words).collect();
            let words: Vec<&str> = words.iter().map(|words| words.trim_end_matches(':')).collect();
            assert_eq!(words, said, "{text}");
        }
    }
}
