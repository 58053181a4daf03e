//! Bytes and strings from strangers made into text that every later step, and both databases, can hold.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

/// The text without NUL, control and invisible characters, with line feeds for line ends and plain spaces for
/// no-break spaces.
///
/// PostgreSQL refuses NUL; zero-width characters and soft hyphens would split a serial number that looks whole.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                cleaned.push('\n');
            }
            '\n' | '\t' => cleaned.push(c),
            '\u{a0}' | '\u{2007}' | '\u{202f}' => cleaned.push(' '),
            c if c.is_control() || is_invisible(c) => {}
            c => cleaned.push(c),
        }
    }
    cleaned
}

/// One line of clean text: line ends and tabs become spaces, runs of spaces one space.
pub(super) fn single_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text as phrases are looked for in it: one line in lower case with plain apostrophes.
pub(super) fn plain(text: &str) -> String {
    // the Turkish capital I with a dot becomes two characters in lower case
    single_line(text).to_lowercase().replace("i\u{307}", "i").replace(['\u{2019}', '\u{2018}', '\u{b4}'], "'")
}

/// At most `limit` bytes of the text, cut between characters.
pub(super) fn at_most(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Bytes as text: by their byte order mark, their declared charset, as UTF-8, and as windows-1252 where all else fails.
///
/// Mail programs send windows-1252 under every name, and without any.
pub(super) fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    if let Some(text) = decode_by_mark(bytes) {
        return text;
    }
    // `x-user-defined` is what old browsers wrote when they did not know
    let charset = charset.filter(|name| !name.trim().eq_ignore_ascii_case("x-user-defined"));
    let declared = charset.and_then(|name| charset_decoder(name.trim().as_bytes())).map(|decoder| decoder(bytes));
    match declared {
        Some(text) if !text.contains(char::REPLACEMENT_CHARACTER) => text,
        _ => decode_undeclared(bytes),
    }
}

fn decode_by_mark(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Some(decode_undeclared(rest)),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => charset_decoder(b"utf-16").map(|decoder| decoder(bytes)),
        _ => None,
    }
}

fn decode_undeclared(bytes: &[u8]) -> String {
    let lossy = String::from_utf8_lossy(bytes);
    let Cow::Owned(lossy) = lossy else {
        return lossy.into_owned();
    };
    // a damaged UTF-8 text still holds sound multi-byte characters; a windows-1252 text hardly ever does
    let is_damaged_utf8 = lossy.chars().any(|c| !c.is_ascii() && c != char::REPLACEMENT_CHARACTER);
    match charset_decoder(b"windows-1252") {
        Some(decoder) if !is_damaged_utf8 => decoder(bytes),
        _ => lossy,
    }
}

/// Format characters of Unicode, which show nothing and change what a program finds or how others are shown: soft hyphen,
/// zero-width and joining characters, marks and overrides of direction, tags.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_holds_no_control_characters() {
        assert_eq!(clean("a\0b\r\nc\rd\te\u{a0}f\u{200b}g\u{85}h\u{1b}"), "ab\nc\nd\te fgh");
        assert_eq!(single_line(" Re:\r\n\tYour  order\n"), "Re: Your order");
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(at_most("añb", 2), "a");
        assert_eq!(at_most("añb", 3), "añ");
        assert_eq!(at_most("añb", 99), "añb");
        assert_eq!(at_most("", 5), "");
    }

    #[test]
    fn bytes_are_read_by_mark_charset_and_guess() {
        let cases: [(&[u8], Option<&str>, &str); 9] = [
            (b"caf\xc3\xa9", Some("utf-8"), "café"),
            (b"caf\xe9", Some("iso-8859-1"), "café"),
            (b"don\x92t", Some("us-ascii"), "don’t"),
            (b"don\x92t", None, "don’t"),
            (b"don\x92t", Some("utf-8"), "don’t"),
            (b"caf\xc3\xa9 na\xc3", Some("x-user-defined"), "café na\u{fffd}"),
            (b"\xff\xfeH\0i\0", Some("utf-8"), "Hi"),
            (b"\xef\xbb\xbfHi", None, "Hi"),
            (b"\xd0\xbb\xb9\xab", Some("gb2312"), "谢公"),
        ];
        for (bytes, charset, text) in cases {
            assert_eq!(decode(bytes, charset).trim_start_matches('\u{feff}'), text, "{bytes:?} {charset:?}");
        }
    }
}
