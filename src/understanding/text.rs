//! Text made plain and cut into clauses, so that phrases can be found in it and negations seen.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::boxes::boxes;

/// One clause: the part of a sentence that says one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Made plain: see [`plain`].
    pub words: String,
    /// Where it stood in the text it was cut from, in bytes.
    pub span: Range<usize>,
    /// The words as they were written.
    pub written: String,
}

/// Cuts a text into clauses: at the ends of sentences, at blank lines, at list items and form fields, and before
/// words such as "but". A line that is merely wrapped goes on. What stands at the empty box of a form is left out.
pub fn clauses(text: &str) -> Vec<Clause> {
    let mut cuts: Vec<usize> = vec![0];
    cuts.extend(SENTENCE_END.find_iter(text).filter(|end| !ends_abbreviation(text, end.start())).map(|end| end.end()));
    cuts.extend(TURN.find_iter(text).filter(|turn| !excepts(text, turn.start())).map(|turn| turn.start()));
    cuts.extend(line_breaks(text));
    let boxes = boxes(text);
    cuts.extend(boxes.iter().flat_map(|(label, _)| [label.start, label.end]));
    let is_said = |at: usize| {
        let begun = boxes.partition_point(|(label, _)| label.start <= at);
        let last = begun.checked_sub(1).and_then(|last| boxes.get(last));
        last.is_none_or(|(label, ticked)| *ticked || !label.contains(&at))
    };
    cuts.push(text.len());
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .filter_map(|cut| match cut {
            [start, end] => {
                let written = text.get(*start..*end)?;
                let words = plain(written);
                (!words.is_empty() && is_said(*start)).then(|| Clause {
                    words,
                    span: *start..*end,
                    written: written.trim().to_owned(),
                })
            }
            _ => None,
        })
        .collect()
}

/// "All but one": the word is no turn.
fn excepts(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end();
    before.rsplit(char::is_whitespace).next().is_some_and(|word| word.eq_ignore_ascii_case("all"))
}

/// Lower case, straight quotes and dashes, single spaces, and contractions written out ("isn't" and "isnt" are
/// "is not"), so that one phrase fits every spelling.
pub fn plain(text: &str) -> String {
    let straight: String = text
        .chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' | '\u{00b4}' | '`' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' => '-',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .flat_map(char::to_lowercase)
        .collect();
    let spaced = straight.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let spaced = spaced.split(' ').map(corrected).collect::<Vec<_>>().join(" ");
    let written_out = CONTRACTIONS.iter().fold(spaced, |text, (from, to)| match from.replace_all(&text, *to) {
        Cow::Owned(changed) => changed,
        Cow::Borrowed(_) => text,
    });
    written_out.trim_matches([' ', '.', ',', '-', '*', '>']).to_owned()
}

/// A word that is one slip away from a word of returns ("repiar", "swich") is that word.
fn corrected(word: &str) -> &str {
    let is_plain = (5..=12).contains(&word.len()) && word.chars().all(|c| c.is_ascii_lowercase());
    if !is_plain || WORDS.contains(&word) || NEIGHBOURS.contains(&word) {
        return word;
    }
    let is_slip = |known: &&&str| known.len().abs_diff(word.len()) <= 1 && strsim::osa_distance(known, word) == 1;
    WORDS.iter().find(is_slip).copied().unwrap_or(word)
}

/// Words that decide, and that hardly any other word resembles.
const WORDS: &[&str] = &[
    "switch",
    "repair",
    "replace",
    "replacement",
    "refund",
    "broken",
    "defective",
    "warranty",
    "working",
    "exchange",
    "returned",
    "stopped",
    "keyboard",
    "monitor",
    "defect",
    "cancelled",
    "unopened",
    "picture",
];

/// Words that do resemble them.
const NEIGHBOURS: &[&str] = &[
    "switched",
    "switches",
    "twitch",
    "swatch",
    "repairs",
    "repaid",
    "replaced",
    "replaces",
    "replacements",
    "refunds",
    "broke",
    "broker",
    "token",
    "spoken",
    "warrants",
    "worming",
    "wording",
    "exchanged",
    "exchanges",
    "returner",
    "stepped",
    "stopper",
    "topped",
    "shopped",
    "chopped",
    "dropped",
    "slopped",
    "swapped",
    "keyboards",
    "monitors",
    "defects",
    "detect",
    "deject",
    "canceled",
    "opened",
    "reopened",
    "pictures",
    "pictured",
    "effect",
    "defend",
];

/// Whether a negation stands before `at` in its part of the clause: "we do NOT want a refund", "no need to repair it".
pub fn is_negated(clause: &str, at: usize) -> bool {
    let before = clause.get(..at).unwrap_or_default();
    let part = before.rsplit([',', ':', '(', '"']).next().unwrap_or_default();
    let words: Vec<&str> = part.split(' ').filter(|word| !word.is_empty()).collect();
    let near = |reach: usize| words.get(words.len().saturating_sub(reach)..).unwrap_or_default().join(" ");
    let (wide, narrow) = (near(NEGATION_REACH), near(CONTRAST_REACH));
    (NEGATION.is_match(&wide) && !NOT_ONLY.is_match(&wide)) || CONTRAST.is_match(&narrow)
}

/// How many words before a phrase a negation still governs it.
const NEGATION_REACH: usize = 6;
/// The same for "rather than" and its like: "rather than a repair I would like a credit" rules out the repair alone.
const CONTRAST_REACH: usize = 4;

/// The last so many characters of a text, or all of it.
pub(super) fn last_chars(text: &str, many: usize) -> &str {
    let start = text.char_indices().rev().take(many).last().map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or_default()
}

/// A pattern of this module, known to be sound: the tests compile every one.
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(source).unwrap_or_else(|fault| panic!("a pattern of the program is faulty: {fault}"))
}

static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[.!?]+[)\x22'\u{201d}]*\s+|[;\u{3002}\u{ff01}\u{ff1f}]\s*|\s+[\u{2013}\u{2014}-]{1,2}\s+|\n[ \t>]*\n\s*")
});
static TURN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:but|however|although|though|whereas|while (?:the|all|port|it)|otherwise|yet)\b")
});
static NEGATION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:not|no|never|nobody|none|nothing|neither|nor|hardly|avoid)\b"));
static CONTRAST: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:rather than|instead of|without)\b"));
static NOT_ONLY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:not only|no doubt|no longer sure|not sure|nothing but|no choice)\b"));

static CONTRACTIONS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"\bwon'?t\b", "will not"),
        (r"\b(?:can'?t|cannot|cant)\b", "can not"),
        (r"\bshan'?t\b", "shall not"),
        (r"\b(is|are|was|were|do|does|did|has|have|had|could|would|should|must|need|ai)n'?t\b", "$1 not"),
        (r"\bpls\b|\bplz\b|\bplease\b", "please"),
        (r"\bi'd\b", "i would"),
        (r"\bwe'd\b", "we would"),
    ]
    .into_iter()
    .map(|(from, to)| (pattern(from), to))
    .collect()
});

/// "Invoice no. 4711" does not end a sentence after "no."
fn ends_abbreviation(text: &str, at: usize) -> bool {
    if !text.get(at..).is_some_and(|mark| mark.starts_with('.')) {
        return false;
    }
    let word = text.get(..at).unwrap_or_default().rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(['(', '"']).to_lowercase();
    let is_initial = word.len() == 1 && word.chars().all(char::is_alphabetic) && word != "i";
    is_initial
        || matches!(
            word.as_str(),
            "no" | "nr"
                | "inv"
                | "ser"
                | "s/n"
                | "p/n"
                | "approx"
                | "e.g"
                | "i.e"
                | "mr"
                | "mrs"
                | "ms"
                | "dr"
                | "st"
                | "vs"
                | "ref"
                | "ext"
                | "tel"
                | "qty"
                | "nos"
                | "pcs"
                | "incl"
                | "acct"
                | "mod"
                | "art"
        )
}

/// The line breaks that end a clause: before list items, around form fields and table rows, and after lines too short
/// to have been wrapped.
fn line_breaks(text: &str) -> Vec<usize> {
    let mut breaks = Vec::new();
    let mut at = 0;
    let mut previous: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        if let Some(previous) = previous
            && !is_wrapped(previous, line)
            && (stands_alone(previous) || stands_alone(line) || is_short(previous, line))
        {
            breaks.push(at);
        }
        previous = Some(line);
        at += line.len();
    }
    breaks
}

/// A list item, a form field, a table row.
fn stands_alone(line: &str) -> bool {
    static ALONE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\s*(?:[-*\u{2022}\u{00b7}]\s|\(?\d{1,2}[.)]\s|[\p{L}\d/#(][^:\n]{0,32}:(?:\s|$))|\t|\.{3,}|\s\|\s|;\S+;",
        )
    });
    ALONE.is_match(line)
}

/// The line ran up to the margin and goes on in small letters.
fn is_wrapped(line: &str, next: &str) -> bool {
    let starts_small = next.chars().next().is_some_and(char::is_lowercase);
    starts_small && line.trim_end().chars().count() >= 55 && !line.contains('\t')
}

/// The line ended before the margin, and what follows does not look like its continuation.
fn is_short(line: &str, next: &str) -> bool {
    let starts_small = next.trim_start().chars().next().is_some_and(|c| c.is_lowercase());
    line.trim_end().chars().count() < 50 && !starts_small
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        clauses(text).into_iter().map(|clause| clause.words).collect()
    }

    #[test]
    fn wrapped_lines_go_on_and_sentences_end() {
        assert_eq!(
            words(
                "I bought an HDMI extender off you at the start of the month, the 70 meter\none (EXT-HDMI70). Since last night it drops out."
            ),
            [
                "i bought an hdmi extender off you at the start of the month, the 70 meter one (ext-hdmi70)",
                "since last night it drops out"
            ]
        );
    }

    #[test]
    fn lists_and_forms_are_cut_line_by_line() {
        assert_eq!(words("Model: UD-14PLUS\nS/N: 1\n- one\n- two"), ["model: ud-14plus", "s/n: 1", "one", "two"]);
    }

    #[test]
    fn the_end_of_a_text_is_counted_in_characters() {
        assert_eq!(["", "S\u{fc}d", "ab"].map(|text| last_chars(text, 2)), ["", "\u{fc}d", "ab"]);
        assert_eq!(last_chars("ab", 0), "");
    }

    #[test]
    fn contractions_are_written_out() {
        assert_eq!(
            plain("It  doesn\u{2019}t work, won't start; cant see, ISNT"),
            "it does not work, will not start; can not see, is not"
        );
    }

    #[test]
    fn an_abbreviation_ends_no_sentence() {
        assert_eq!(words("Invoice no. 4711 is ours. S/N. 12 too.").len(), 2);
        assert_eq!(words("Stop it? No! Ship it."), ["stop it?", "no!", "ship it"]);
    }

    #[test]
    fn negation_reaches_to_the_phrase_and_not_beyond_a_comma() {
        let negated = |text: &str, phrase: &str| is_negated(text, text.find(phrase).unwrap());
        assert!(negated("we do not want a refund", "refund"));
        assert!(negated("no need to repair it", "repair"));
        assert!(!negated("i do not want another one, i want my money back", "money back"));
        assert!(!negated("not only is it broken", "broken"));
        assert!(negated("rather than a repair i would like a credit", "repair"));
        assert!(!negated("rather than a repair i would like a credit", "credit"));
        assert!(negated("it was never dropped", "dropped"));
    }
}
