//! Sets a rendered template: plain text in lines of 72 columns (RFC 5322, section 2.1.1 asks for at most 78, and a quoted
//! reply still fits), no trailing spaces, one blank line where a template leaves several.

const WIDTH: usize = 72;
/// Continuation lines are never indented further, so that something is left of the line.
const DEEPEST: usize = 24;

/// The text as it is sent. A template writes a paragraph as one line; what is longer than a line is broken at spaces,
/// and goes on below its own beginning: behind a bullet, or behind the label of a column.
pub(super) fn text(rendered: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in rendered.lines() {
        wrap(line.trim_end(), &mut lines);
    }
    without_gaps(lines)
}

/// The HTML as it is sent: without the empty lines that the tags of the template leave.
pub(super) fn html(rendered: &str) -> String {
    let lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), |page, line| page + line + "\n")
}

fn wrap(line: &str, lines: &mut Vec<String>) {
    if line.chars().count() <= WIDTH {
        return lines.push(line.to_owned());
    }
    let column = column_of_content(line);
    let width = WIDTH - column;
    let mut start: String = line.chars().take(column).collect();
    let content: String = line.chars().skip(column).collect();
    let mut filled = String::new();
    for piece in content.split_whitespace().flat_map(|word| pieces(word, width)) {
        if filled.is_empty() {
            filled = piece;
        } else if filled.chars().count() + 1 + piece.chars().count() <= width {
            filled = filled + " " + &piece;
        } else {
            lines.push(start + &filled);
            start = " ".repeat(column);
            filled = piece;
        }
    }
    lines.push(start + &filled);
}

/// Where the content of a line begins: behind its indentation, its bullet, or the label that two spaces set apart.
fn column_of_content(line: &str) -> usize {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let content = line.trim_start();
    if content.starts_with("- ") {
        return (indent + 2).min(DEEPEST);
    }
    let Some((label, rest)) = content.split_once("  ") else { return indent.min(DEEPEST) };
    let gap = 2 + rest.chars().take_while(|c| *c == ' ').count();
    let column = indent + label.chars().count() + gap;
    if column <= DEEPEST { column } else { indent.min(DEEPEST) }
}

/// A word in pieces that fit a line; an address on the web is never broken, since it could not be followed.
fn pieces(word: &str, width: usize) -> Vec<String> {
    if word.contains("://") {
        return vec![word.to_owned()];
    }
    let characters: Vec<char> = word.chars().collect();
    characters.chunks(width).map(|piece| piece.iter().collect()).collect()
}

fn without_gaps(lines: Vec<String>) -> String {
    let mut text = String::new();
    let mut blank = true;
    for line in lines {
        if !(line.is_empty() && blank) {
            text.push_str(&line);
            text.push('\n');
        }
        blank = line.is_empty();
    }
    format!("{}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_broken_at_spaces() {
        let set = text(&"word ".repeat(40));
        assert!(set.lines().all(|line| line.len() <= WIDTH && !line.ends_with(' ')), "{set}");
        assert_eq!(set.split_whitespace().count(), 40);
    }

    #[test]
    fn an_item_goes_on_behind_its_bullet() {
        let set = text(&format!("  - {}", "word ".repeat(20)));
        assert!(set.lines().skip(1).all(|line| line.starts_with("    word")), "{set}");
    }

    #[test]
    fn a_column_goes_on_behind_its_label() {
        let set = text(&format!("  Product       {}", "word ".repeat(20)));
        assert!(set.lines().skip(1).all(|line| line.starts_with("                word")), "{set}");
    }

    #[test]
    fn a_word_without_end_is_broken_and_an_address_is_not() {
        let set = text(&format!("Serial number {}", "X".repeat(200)));
        assert!(set.lines().all(|line| line.len() <= WIDTH), "{set}");
        let url = format!("https://vendor.example/{}", "x".repeat(100));
        assert!(text(&format!("Read {url} please")).contains(&url));
    }

    #[test]
    fn gaps_are_closed() {
        assert_eq!(text("\n\na\n \n\n\nb\n\n"), "a\n\nb\n");
        assert_eq!(html("<p>\n\n  a\n</p>\n"), "<p>\na\n</p>\n");
    }
}
