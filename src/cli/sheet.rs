//! A page of plain text for people: headings, fields and wrapped words, at most 100 columns wide.

use crate::mail::is_invisible;

/// Columns.
const WIDTH: usize = 100;
/// Where a field's words begin.
const FIELD: usize = 18;

/// A page that grows line by line. What strangers wrote is shown without control characters: a terminal would obey them.
#[derive(Debug, Default)]
pub struct Sheet {
    text: String,
}

impl Sheet {
    /// Begins a section.
    pub fn heading(&mut self, words: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(0, words);
    }

    /// A name and what it stands for; nothing where that is empty.
    pub fn field(&mut self, name: &str, words: &str) {
        let name = format!("  {name:<width$}", width = FIELD - 4);
        self.wrapped(words, &format!("{name}  "), FIELD);
    }

    /// A line, wrapped at words; its later lines stand two columns further in.
    pub fn line(&mut self, indent: usize, words: &str) {
        self.wrapped(words, &" ".repeat(indent), indent + 2);
    }

    /// A text as it was written, line by line.
    pub fn quote(&mut self, indent: usize, text: &str) {
        for line in text.lines() {
            match line.trim_end() {
                "" => self.text.push('\n'),
                words => self.pieces(words, indent),
            }
        }
    }

    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    pub fn into_text(self) -> String {
        self.text
    }

    fn wrapped(&mut self, words: &str, lead: &str, hanging: usize) {
        let mut line = lead.to_owned();
        let mut is_empty = true;
        for word in words.split_whitespace() {
            let length = line.chars().count();
            if !is_empty && length + 1 + word.chars().count() > WIDTH {
                self.push(&line);
                line = " ".repeat(hanging);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        if !is_empty {
            self.push(&line);
        }
    }

    /// Keeps the spaces within a line, which may be a table's, and breaks it at a space where it has one.
    fn pieces(&mut self, words: &str, indent: usize) {
        let room = WIDTH.saturating_sub(indent);
        let mut rest: Vec<char> = words.chars().collect();
        while rest.len() > room {
            let space = rest.iter().take(room + 1).rposition(|c| *c == ' ').filter(|at| *at > 0);
            let behind = rest.split_off(space.unwrap_or(room));
            self.push(&format!("{}{}", " ".repeat(indent), String::from_iter(rest)));
            rest = behind.into_iter().skip(usize::from(space.is_some())).collect();
        }
        self.push(&format!("{}{}", " ".repeat(indent), String::from_iter(rest)));
    }

    fn push(&mut self, line: &str) {
        let shown = line.trim_end().chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !is_obeyed(*c));
        self.text.extend(shown);
        self.text.push('\n');
    }
}

/// Control characters, and those that turn the direction of writing or hide what stands there.
fn is_obeyed(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_wrapped_below_their_first_word_and_empty_ones_left_out() {
        let mut sheet = Sheet::default();
        sheet.heading("Case C-10023");
        sheet.field("Subject", &"word ".repeat(30));
        sheet.field("Flags", "  ");
        let first = format!("  Subject         {}", ["word"; 16].join(" "));
        let second = format!("{}{}", " ".repeat(18), ["word"; 14].join(" "));
        assert_eq!(sheet.into_text(), format!("Case C-10023\n{first}\n{second}\n"));
    }

    #[test]
    fn nothing_is_wider_than_the_page() {
        let mut sheet = Sheet::default();
        sheet.line(4, &"of several words ".repeat(50));
        sheet.quote(4, &"cell  cell ".repeat(50));
        sheet.quote(4, &"x".repeat(300));
        let text = sheet.into_text();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!((text.matches("cell").count(), text.matches('x').count()), (100, 300));
    }

    #[test]
    fn a_terminal_has_nothing_to_obey() {
        let mut sheet = Sheet::default();
        sheet.line(0, "a\u{1b}[31mre\u{202e}d\u{7}");
        sheet.quote(2, "one\ttwo\u{9b}\n\nthree\r\n");
        assert_eq!(sheet.into_text(), "a[31mred\n  one two\n\n  three\n");
    }
}
