//! RMA and case numbers: how they are written, and how they are found again in what people write.
//!
//! An RMA number ends in a check digit by Damm's method, which catches every single wrong digit and every swap of two
//! neighbours, so that a mistyped number is told from an unknown one.

use regex::{Captures, Regex};

/// How a vendor's RMA numbers look, for instance `RMA-{number}`.
#[derive(Debug, Clone)]
pub struct RmaFormat {
    before: String,
    /// `before`, as freely as people write it, and digits behind it.
    spoken: Regex,
}

/// Why a format cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatFault {
    #[error("the RMA number format `{0}` does not end in {{number}}; write for instance `RMA-{{number}}`")]
    NotAtTheEnd(String),
    #[error(
        "the RMA number format `{0}` has no letter before {{number}}, and a bare number in a mail could mean anything; \
         write for instance `RMA-{{number}}`"
    )]
    NoLetter(String),
    #[error("the RMA number format has {0} characters; keep it to 40")]
    TooLong(usize),
}

/// What a text that may be an RMA number is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The number as we write it.
    Valid(String),
    /// It looks like one, but no number of ours has these digits.
    Mistyped,
    NotOne,
}

/// Something in a text that is an RMA number, or was meant as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRma {
    /// As it stands in the text.
    pub text: String,
    /// The number as we write it; `None` where it is mistyped.
    pub number: Option<String>,
}

/// A serial is written with at least so many digits, the check digit behind them: too long for a quantity or a year.
const SERIAL_DIGITS: usize = 6;

impl RmaFormat {
    /// # Errors
    /// Where the format does not end in `{number}`, or no letter before it tells an RMA number from other numbers.
    pub fn parse(format: &str) -> Result<RmaFormat, FormatFault> {
        let length = format.chars().count();
        if length > 40 {
            return Err(FormatFault::TooLong(length));
        }
        let not_at_the_end = || FormatFault::NotAtTheEnd(format.to_owned());
        let before = format.strip_suffix("{number}").ok_or_else(not_at_the_end)?;
        if !before.chars().any(char::is_alphabetic) {
            return Err(FormatFault::NoLetter(format.to_owned()));
        }
        let spoken = Regex::new(&spoken_pattern(before)).map_err(|_| not_at_the_end())?;
        Ok(RmaFormat { before: before.to_owned(), spoken })
    }

    /// The RMA number of a serial, which is positive and never given twice.
    pub fn number(&self, serial: i64) -> String {
        let serial = format!("{:0SERIAL_DIGITS$}", serial.unsigned_abs());
        format!("{}{serial}{}", self.before, damm(&serial))
    }

    /// Reads a text that should be an RMA number and nothing else. Case, spaces and dashes do not matter.
    pub fn check(&self, text: &str) -> Checked {
        let text = text.trim();
        let whole = self.spoken.captures(text).filter(|found| found.get_match().as_str() == text);
        let Some(found) = whole else {
            return Checked::NotOne;
        };
        let digits: String = groups(&found).concat();
        self.valid(&digits).map_or(Checked::Mistyped, Checked::Valid)
    }

    /// Every RMA number of a text, in the order in which they stand there, each once.
    pub fn find_in(&self, text: &str) -> Vec<FoundRma> {
        let mut all: Vec<FoundRma> = Vec::new();
        for found in self.spoken.captures_iter(text).map(|captures| self.found(&captures)) {
            let is_same = |known: &FoundRma| match &found.number {
                Some(number) => known.number.as_ref() == Some(number),
                None => known.text == found.text,
            };
            if all.len() == MOST_NUMBERS {
                break;
            }
            if !all.iter().any(is_same) {
                all.push(found);
            }
        }
        all
    }

    /// The digits may be written in groups, and another number may follow: the first groups that make a number are it.
    fn found(&self, captures: &Captures<'_>) -> FoundRma {
        let whole = captures.get_match().as_str();
        let mut digits = String::new();
        for group in groups(captures) {
            digits.push_str(group);
            if let Some(number) = self.valid(&digits) {
                return FoundRma { text: up_to_digit(whole, captures, digits.len()), number: Some(number) };
            }
        }
        FoundRma { text: whole.to_owned(), number: None }
    }

    fn valid(&self, digits: &str) -> Option<String> {
        // The check digit of a number is that which takes Damm's sum to zero.
        (digits.len() > SERIAL_DIGITS && damm(digits) == 0).then(|| format!("{}{digits}", self.before))
    }
}

/// Case, spaces, dashes and the words between `RMA` and the digits do not matter: `RMA-1000017`, `rma no. 1000 017`.
/// A full stop belongs to it only where the format has one: `I need an RMA. 20172030 is the invoice` names none.
fn spoken_pattern(before: &str) -> String {
    let (letters, marks): (Vec<char>, Vec<char>) = before.chars().partition(|c| c.is_alphanumeric());
    let escaped = |chars: Vec<char>| chars.iter().map(|c| regex::escape(&c.to_string())).collect::<Vec<_>>();
    let gap = format!(r"[\s\p{{Pd}}\u{{2212}}_#:{}]{{0,3}}", escaped(marks).concat());
    let letters = escaped(letters).join(&gap);
    let words = format!(r"(?:(?:(?:number|is|was)\b|(?:num|no|nr)\b\.?){gap}){{0,2}}");
    format!(r"(?i)\b{letters}{gap}{words}(?<digits>[0-9](?:[ \u{{a0}}\p{{Pd}}]?[0-9]){{5,18}})\b")
}

fn groups<'t>(captures: &Captures<'t>) -> Vec<&'t str> {
    let digits = captures.name("digits").map_or("", |digits| digits.as_str());
    digits.split(|c: char| !c.is_ascii_digit()).collect()
}

/// What was matched, as far as its n-th digit of the number.
fn up_to_digit(whole: &str, captures: &Captures<'_>, count: usize) -> String {
    let lead = whole.len() - captures.name("digits").map_or(0, |digits| digits.len());
    let digits = whole.get(lead..).unwrap_or_default().char_indices().filter(|(_, c)| c.is_ascii_digit());
    let end = digits.map(|(at, _)| lead + at + 1).nth(count.saturating_sub(1)).unwrap_or(whole.len());
    whole.get(..end).unwrap_or(whole).to_owned()
}

/// Damm's check digit of a row of digits; zero for a row that ends in its check digit.
fn damm(digits: &str) -> u32 {
    /// The totally anti-symmetric quasigroup of order 10 that H. Michael Damm gives in his thesis of 2004.
    const TABLE: [[u32; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits.chars().filter_map(|c| c.to_digit(10)).fold(0, |sum, digit| {
        let row = TABLE.get(sum as usize);
        row.and_then(|row| row.get(digit as usize)).copied().unwrap_or_default()
    })
}

/// The case number of a serial: `C-10023`, which stands in subjects as `[C-10023]`.
pub fn case_number(serial: i64) -> String {
    format!("C-{:0CASE_DIGITS$}", serial.unsigned_abs())
}

/// Of one text, of a kind; no customer has more to say, and each of them is looked up.
const MOST_NUMBERS: usize = 50;

/// A case number has at least so many digits: a C-13 connector is none.
const CASE_DIGITS: usize = 5;

/// Every case number of a text, bare or in brackets, in the order in which they stand there, each once.
pub fn find_case_numbers(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || is_dash(c)));
    for number in words.filter_map(|word| as_case_number(word.trim_matches(is_dash))) {
        if found.len() == MOST_NUMBERS {
            break;
        }
        if !found.contains(&number) {
            found.push(number);
        }
    }
    found
}

fn as_case_number(word: &str) -> Option<String> {
    let digits = word.strip_prefix(['C', 'c'])?.strip_prefix(is_dash)?;
    let is_number = (CASE_DIGITS..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("C-{digits}"))
}

/// Mail programs turn the hyphen into its lookalikes (Unicode, category Pd, and the minus sign).
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    fn format() -> &'static RmaFormat {
        static FORMAT: LazyLock<RmaFormat> = LazyLock::new(|| RmaFormat::parse("RMA-{number}").unwrap());
        &FORMAT
    }

    #[test]
    fn the_check_digit_is_damms() {
        assert_eq!(damm("572"), 4);
        assert_eq!(damm("5724"), 0);
        assert_eq!(damm("112946"), 0);
    }

    #[test]
    fn a_text_of_nothing_but_numbers_names_some_of_them() {
        let text: String = (0..200_000).map(|n| format!("{} {} ", case_number(n), format().number(n))).collect();
        assert_eq!(find_case_numbers(&text).len(), MOST_NUMBERS);
        assert_eq!(format().find_in(&text).len(), MOST_NUMBERS);
    }

    #[test]
    fn numbers_are_written() {
        let one = format().number(100_001);
        assert!(one.starts_with("RMA-100001") && one.len() == "RMA-100001".len() + 1, "{one}");
        assert!(format().number(7).starts_with("RMA-000007"));
        assert_eq!(format().check(&format().number(i64::MAX)), Checked::NotOne, "longer than any number that is given");
        assert_eq!(case_number(10_023), "C-10023");
        assert_eq!(case_number(7), "C-00007");
    }

    #[test]
    fn a_number_is_read_however_it_is_written() {
        let number = format().number(100_001);
        let digits = number.strip_prefix("RMA-").unwrap();
        let (front, back) = digits.split_at(4);
        for text in [
            number.clone(),
            number.to_lowercase(),
            format!("  {number}\n"),
            format!("RMA{digits}"),
            format!("RMA {digits}"),
            format!("RMA #{digits}"),
            format!("RMA: {digits}"),
            format!("RMA number {digits}"),
            format!("rma no. {digits}"),
            format!("RMA number is: {digits}"),
            format!("RMA\u{2011}{digits}"),
            format!("RMA-{front} {back}"),
            format!("RMA {front}\u{2013}{back}"),
        ] {
            assert_eq!(format().check(&text), Checked::Valid(number.clone()), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_told_from_what_is_mistyped() {
        let number = format().number(100_001);
        let last = number.chars().last().unwrap().to_digit(10).unwrap();
        let wrong = format!("RMA-100001{}", (last + 1) % 10);
        assert_eq!(format().check(&wrong), Checked::Mistyped);
        assert_eq!(format().check("RMA-100001"), Checked::Mistyped);
        for text in [
            "",
            "RMA",
            "RMA-12",
            "INV-1000017",
            "1000017",
            "pharma 1000017",
            "RMA. 1000017",
            "RMA-1000017 and more",
            "RMA-1000017x",
        ] {
            assert_eq!(format().check(text), Checked::NotOne, "{text}");
        }
    }

    #[test]
    fn numbers_are_found_in_a_text() {
        let (one, two) = (format().number(100_001), format().number(123_456));
        let digits = two.strip_prefix("RMA-").unwrap();
        let text =
            format!("About {one}, 2 units ({one}): and rma no {digits} 3 boxes. RMA-1000000. RMA for 20 units, 2026.");
        let found = format().find_in(&text);
        let numbers: Vec<Option<&str>> = found.iter().map(|found| found.number.as_deref()).collect();
        assert_eq!(numbers, [Some(one.as_str()), Some(two.as_str()), None]);
        let words: Vec<&str> = found.iter().map(|found| found.text.as_str()).collect();
        assert_eq!(words, [one.as_str(), &format!("rma no {digits}"), "RMA-1000000"]);
    }

    #[test]
    fn another_vendors_format_is_found_too() {
        let format = RmaFormat::parse("Retoure/{number}").unwrap();
        let number = format.number(4_242);
        assert_eq!(format.find_in(&format!("Zu {number}: danke")).first().unwrap().number.as_ref(), Some(&number));
        assert!(format.find_in("RMA-1000017").is_empty());
    }

    #[test]
    fn a_format_without_use_is_refused() {
        for (format, word) in
            [("RMA-", "end in"), ("{number}-US", "end in"), ("{number}", "no letter"), ("7-{number}", "no letter")]
        {
            let fault = RmaFormat::parse(format).unwrap_err().to_string();
            assert!(fault.contains(word) && fault.contains("RMA-{number}"), "{fault}");
        }
        assert_eq!(RmaFormat::parse(&"R".repeat(41)).unwrap_err(), FormatFault::TooLong(41));
    }

    #[test]
    fn case_numbers_are_found() {
        let found = find_case_numbers(
            "Re: [C-10023] c-10024, C\u{2011}10025- and [C-10023]_C-10026 USB-C-10027 C10028 C-10029-1 C-13 xC-10030",
        );
        assert_eq!(found, ["C-10023", "C-10024", "C-10025"]);
        assert!(find_case_numbers("").is_empty());
    }

    proptest! {
        #[test]
        fn every_wrong_digit_is_caught(serial in 1i64..1_000_000_000_000, at in 0usize..18, shift in 1u32..10) {
            let number = format().number(serial);
            let mut chars: Vec<char> = number.chars().collect();
            let at = 4 + at % (chars.len() - 4);
            chars[at] = char::from_digit((chars[at].to_digit(10).unwrap() + shift) % 10, 10).unwrap();
            prop_assert_eq!(format().check(&String::from_iter(chars)), Checked::Mistyped);
        }

        #[test]
        fn every_swap_of_neighbours_is_caught(serial in 1i64..1_000_000_000_000, at in 0usize..18) {
            let number = format().number(serial);
            let mut chars: Vec<char> = number.chars().collect();
            let at = 4 + at % (chars.len() - 5);
            prop_assume!(chars[at] != chars[at + 1]);
            chars.swap(at, at + 1);
            prop_assert_eq!(format().check(&String::from_iter(chars)), Checked::Mistyped);
        }

        #[test]
        fn what_is_written_is_found(serial in 1i64..1_000_000_000_000, around in "[^0-9a-zA-Z]{0,5}") {
            let number = format().number(serial);
            let text = format!("{around} {number} {around}");
            let found = format().find_in(&text);
            prop_assert_eq!(found.first().and_then(|found| found.number.as_ref()), Some(&number));
            prop_assert_eq!(format().check(&number), Checked::Valid(number));
        }

        #[test]
        fn no_text_is_too_odd(text in ".*") {
            for found in format().find_in(&text) {
                prop_assert!(text.contains(&found.text));
            }
            for number in find_case_numbers(&text) {
                prop_assert!(number.starts_with("C-"));
            }
        }

        #[test]
        fn case_numbers_are_found_again(serial in 1i64..1_000_000_000_000) {
            let number = case_number(serial);
            prop_assert_eq!(find_case_numbers(&format!("Re: [{number}] RMA")), vec![number]);
        }
    }
}
