//! Helvetica, regular and bold: which characters it has, and how wide they are.
//!
//! Both are among the fonts that every reader of PDF brings along (PDF 32000-1, section 9.6.2.2), so only their widths have
//! to be known here. Words are encoded as WinAnsi: Western Europe's letters; other letters are written in Latin ones.

use deunicode::deunicode_char;
use lopdf::Encoding;

use crate::reply::characters::one_line;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
}

impl Face {
    pub fn name(self) -> &'static str {
        match self {
            Face::Regular => "Helvetica",
            Face::Bold => "Helvetica-Bold",
        }
    }

    /// What the page calls it.
    pub fn resource(self) -> &'static str {
        match self {
            Face::Regular => "R",
            Face::Bold => "B",
        }
    }

    /// How wide the words are at a size of one point.
    pub fn width(self, words: &str) -> f32 {
        let widths = match self {
            Face::Regular => &REGULAR_WIDTHS,
            Face::Bold => &BOLD_WIDTHS,
        };
        let width = |byte: u8| byte.checked_sub(FIRST).and_then(|place| widths.get(usize::from(place)));
        let thousandths: u32 = encoded(words).into_iter().filter_map(width).map(|width| u32::from(*width)).sum();
        thousandths as f32 / 1000.0
    }
}

/// The words with the characters that the font has: `Łódź` as `Lódz`, what has no letters at all as a question mark.
pub(super) fn spelled(words: &str) -> String {
    let mut spelled = String::new();
    for c in one_line(words).chars() {
        if byte(c).is_some() {
            spelled.push(c);
        } else {
            spelled.push_str(deunicode_char(c).unwrap_or("?"));
        }
    }
    one_line(&spelled)
}

/// As WinAnsi; what it has no code for is left out, see [`spelled`].
pub(super) fn encoded(words: &str) -> Vec<u8> {
    words.chars().filter_map(byte).collect()
}

fn byte(c: char) -> Option<u8> {
    if matches!(c, ' '..='~') {
        return u8::try_from(c).ok();
    }
    let code = Encoding::SimpleEncoding(b"WinAnsiEncoding").string_to_bytes(c.encode_utf8(&mut [0; 4]));
    match code.as_slice() {
        [byte] => Some(*byte),
        _ => None,
    }
}

/// As much of a line as fits the width; what is cut off is marked by three dots.
pub(super) fn shortened_to(face: Face, size: f32, line: &str, width: f32) -> String {
    let room = width / size;
    if face.width(line) <= room + 0.001 {
        return line.to_owned();
    }
    let mut used = face.width(MARK);
    let fits = |c: &char| {
        used += face.width(c.encode_utf8(&mut [0; 4]));
        used <= room
    };
    let kept: String = line.chars().take_while(fits).collect();
    format!("{}{MARK}", kept.trim_end())
}

const MARK: &str = "...";

/// A sentence in lines of the width.
pub(super) fn lines(face: Face, size: f32, sentence: &str, width: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        match lines.last_mut().filter(|line| size * face.width(&format!("{line} {word}")) <= width) {
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The code of the first character that has a width.
const FIRST: u8 = b' ';

/// Widths from the space on, in thousandths of the size, from Adobe's metrics of the fonts.
#[rustfmt::skip]
const REGULAR_WIDTHS: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667,
    556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556,
    556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722,
    500, 500, 500, 334, 260, 334, 584, 350, 556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350,
    611, 350, 350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667, 278, 333, 556, 556,
    556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 578, 537, 278, 333, 333,
    365, 556, 834, 834, 834, 611, 667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611, 556, 556, 556, 556, 556, 556,
    889, 500, 556, 556, 556, 556, 278, 278, 278, 278, 556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556,
    556, 500, 556, 500,
];

#[rustfmt::skip]
const BOLD_WIDTHS: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722,
    611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556,
    611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778,
    556, 556, 500, 389, 280, 389, 584, 350, 556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350,
    611, 350, 350, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667, 278, 333, 556, 556,
    556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 611, 556, 278, 333, 333,
    365, 556, 834, 834, 834, 611, 722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611, 556, 556, 556, 556, 556, 556,
    889, 556, 556, 556, 556, 556, 278, 278, 278, 278, 611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611,
    611, 556, 611, 556,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_the_font_lacks_are_written_in_others() {
        for (words, shown) in [
            ("Müller & Söhne GmbH – 5 €", "Müller & Söhne GmbH – 5 €"),
            ("ul. Świętokrzyska 1, Łódź", "ul. Swietokrzyska 1, Lódz"),
            ("深圳市", "Shen Zhen Shi"),
            ("Mu\u{308}ller", "Muller"),
            ("a\r\nb\0c\u{202e}d\u{7f}", "a b cd"),
            ("\u{e123}", "?"),
        ] {
            assert_eq!(spelled(words), shown);
        }
    }

    #[test]
    fn codes_are_those_of_win_ansi() {
        assert_eq!(encoded("A~äß€–™ÿ"), [0x41, 0x7e, 0xe4, 0xdf, 0x80, 0x96, 0x99, 0xff]);
    }

    #[test]
    fn widths_are_the_fonts_own() {
        for (face, words, width) in [
            (Face::Regular, "RMA", 0.722 + 0.833 + 0.667),
            (Face::Bold, "RMA", 0.722 + 0.833 + 0.722),
            (Face::Regular, "ä€ÿ", 0.556 + 0.556 + 0.5),
            (Face::Bold, "1 @", 0.556 + 0.278 + 0.975),
        ] {
            assert!((face.width(words) - width).abs() < 0.0001, "{words}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(shortened_to(Face::Regular, 10.0, "1234 678", 100.0), "1234 678");
        assert_eq!(shortened_to(Face::Regular, 10.0, "1234 678", 36.0), "1234...");
        assert_eq!(shortened_to(Face::Regular, 10.0, "1234 678", 1.0), "...");
        assert_eq!(lines(Face::Regular, 10.0, "one two three", 40.0), ["one two", "three"]);
    }
}
