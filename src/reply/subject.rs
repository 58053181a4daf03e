//! The subject of a letter: the customer's own, so that mail programs keep the thread together, with our case number
//! as its tag.

use super::characters::{one_line, shortened};
use crate::mail::names_web_address;

/// In characters, the tag included.
const LONGEST: usize = 120;

/// `Re: <the customer's subject> [C-10023]`: without reply and forward prefixes, marks of mail gateways, and tags of ours
/// that it bears already. `fallback` stands where nothing is left, and where
/// a link would be.
pub(super) fn in_reply_to(customers: &str, fallback: &str, case_number: &str) -> String {
    let own = without_prefixes(&one_line(&without_tags(customers)));
    let words = if own.is_empty() || names_web_address(&own) { fallback.to_owned() } else { own };
    tagged(&format!("Re: {words}"), case_number)
}

/// A subject of our own, with the case number as its tag.
pub(super) fn tagged(words: &str, case_number: &str) -> String {
    let tag = format!(" [{case_number}]");
    let room = LONGEST.saturating_sub(tag.chars().count());
    shortened(&one_line(words), room) + &tag
}

/// A subject for staff: `[rmad] Digest of ...`.
pub(super) fn to_staff(words: &str) -> String {
    shortened(&one_line(&format!("[rmad] {words}")), LONGEST)
}

/// Takes out every `[C-…]`, whoever wrote it: only the tag that we add ourselves may name a case.
fn without_tags(subject: &str) -> String {
    let mut parts = subject.split('[');
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((inside, rest)) if is_case_tag(inside) => kept.push_str(rest),
            _ => {
                kept.push('[');
                kept.push_str(part);
            }
        }
    }
    kept
}

fn is_case_tag(inside: &str) -> bool {
    let number = inside.trim().strip_prefix(['C', 'c']).and_then(|rest| rest.strip_prefix('-'));
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

fn without_prefixes(subject: &str) -> String {
    let mut rest = subject.trim();
    while let Some(shorter) = after_prefix(rest).or_else(|| after_gateway_mark(rest)) {
        rest = shorter.trim_start();
    }
    rest.trim_end().to_owned()
}

/// What follows `Re:`, `FW:` and their like in other mail programs and languages, counted (`Re[2]:`) or not.
fn after_prefix(subject: &str) -> Option<&str> {
    const PREFIXES: &[&str] = &[
        "re", "fw", "fwd", "aw", "wg", "sv", "vs", "vb", "antw", "rv", "res", "enc", "tr", "ref", "réf", "rif", "odp",
        "pd", "ynt", "ilt", "回复", "答复", "回覆", "转发", "轉寄", "返信",
    ];
    let (before, rest) = subject.split_once([':', '\u{ff1a}'])?;
    let word = before.split(['[', '(']).next()?.trim().to_lowercase();
    let counter =
        before.chars().skip_while(|c| !matches!(c, '[' | '(')).all(|c| c.is_ascii_digit() || "[]() ".contains(c));
    (counter && PREFIXES.contains(&word.as_str())).then_some(rest)
}

/// What follows a mark that the customer's mail gateway has put in front: `[EXTERNAL]`.
fn after_gateway_mark(subject: &str) -> Option<&str> {
    let (mark, rest) = subject.strip_prefix('[')?.split_once(']')?;
    let mark = mark.trim().to_lowercase();
    ["ext", "external", "external email", "external sender", "extern", "caution", "secure"]
        .contains(&mark.as_str())
        .then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(customers: &str) -> String {
        in_reply_to(customers, "Your message", "C-10023")
    }

    #[test]
    fn the_customers_words_are_kept_once() {
        for (customers, expected) in [
            ("One bad UR-14PLUS", "Re: One bad UR-14PLUS [C-10023]"),
            ("RE: Re: FW: One bad UR-14PLUS", "Re: One bad UR-14PLUS [C-10023]"),
            ("Re[2]: AW: One bad", "Re: One bad [C-10023]"),
            ("[EXTERNAL] Re: One bad [C-10023]", "Re: One bad [C-10023]"),
            ("Re: [C-99999] One bad", "Re: One bad [C-10023]"),
            ("回复：退货", "Re: 退货 [C-10023]"),
            ("Question: which cable?", "Re: Question: which cable? [C-10023]"),
            ("[ticket 5] broken [", "Re: [ticket 5] broken [ [C-10023]"),
            ("", "Re: Your message [C-10023]"),
            ("Re: [c-1]", "Re: Your message [C-10023]"),
            ("Win at www.evil.example today", "Re: Your message [C-10023]"),
            ("Re: https://evil.example/?x", "Re: Your message [C-10023]"),
        ] {
            assert_eq!(reply(customers), expected, "{customers}");
        }
    }

    #[test]
    fn a_subject_is_one_line_of_bounded_length() {
        assert_eq!(reply("a\r\nBcc: all the world"), "Re: a Bcc: all the world [C-10023]");
        let long = reply(&"long ".repeat(100));
        assert!(long.chars().count() <= LONGEST && long.ends_with("... [C-10023]"), "{long}");
    }
}
