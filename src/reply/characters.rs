//! Which characters of a stranger's words are shown: everything that is passed on goes through here.
//!
//! Line breaks and other control characters become spaces, so that a value stays inside its line; marks that turn the
//! direction of writing or hide text are left out, so that a value cannot disguise what stands beside it.

use crate::mail::is_invisible;

/// What is shown for one character; `None` where it is left out.
pub(crate) fn shown(c: char) -> Option<char> {
    match c {
        '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || c.is_whitespace() => Some(' '),
        c if is_invisible(c) => None,
        c => Some(c),
    }
}

/// The text with every character as it is shown, runs of spaces made one, and none at the ends.
pub(crate) fn one_line(text: &str) -> String {
    let shown: String = text.chars().filter_map(shown).collect();
    shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// At most `limit` characters of `text`; what is cut off is marked by three dots.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_in_its_line() {
        assert_eq!(one_line("a\r\nBcc: b@c.example\u{85}\u{2028}d\0e"), "a Bcc: b@c.example d e");
    }

    #[test]
    fn direction_marks_are_left_out() {
        assert_eq!(one_line("\u{202e}gpj.\u{2066}exe\u{200f}"), "gpj.exe");
    }

    #[test]
    fn a_cut_is_marked() {
        assert_eq!(shortened("abcdefgh", 8), "abcdefgh");
        assert_eq!(shortened("abcdefghi", 8), "abcde...");
    }
}
