//! Style sheets as far as they decide what of a document is text: rules that hide an element, and those on its white
//! space. html2text holds each rule against each element and searches for the ancestors that a rule names, which a
//! stranger's sheet could make endless; so few rules are left to it, and plain ones.

const MAX_RULES: usize = 50;
const MAX_SELECTORS: usize = 200;
/// Names in one selector: an element, or an element within another.
const MAX_NAMES: usize = 2;
const DECIDES: [&str; 2] = ["display:none", "white-space:"];

/// The rules of a sheet that are plain and decide what is text. What holds only on some screens is left out.
pub(super) fn plain_rules(sheet: &str) -> String {
    let sheet = without_comments(sheet);
    let mut kept = Vec::new();
    let mut rest = sheet.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (declarations, behind) = block(after);
        rest = behind;
        let selectors = before.rsplit(';').next().unwrap_or_default().trim();
        if decides(declarations) && selectors.len() <= MAX_SELECTORS && selectors.split(',').all(is_plain) {
            kept.push(format!("{selectors}{{{declarations}}}"));
        }
        if kept.len() == MAX_RULES {
            break;
        }
    }
    kept.concat()
}

fn without_comments(sheet: &str) -> String {
    let mut parts = sheet.split("/*");
    let first = parts.next().unwrap_or_default();
    let others = parts.filter_map(|part| part.split_once("*/")).map(|(_, behind)| behind);
    std::iter::once(first).chain(others).collect()
}

/// What stands before the brace that closes a block, and what behind it.
fn block(text: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    for (at, brace) in text.match_indices(['{', '}']) {
        match (brace, depth) {
            ("}", 0) => return (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
            ("}", _) => depth -= 1,
            _ => depth += 1,
        }
    }
    (text, "")
}

fn decides(declarations: &str) -> bool {
    let squeezed: String = declarations.split_whitespace().collect::<String>().to_ascii_lowercase();
    !squeezed.contains(['{', '&', '<']) && DECIDES.iter().any(|declaration| squeezed.contains(declaration))
}

/// `.preheader`, `div#top`, `.mail span`.
fn is_plain(selector: &str) -> bool {
    let is_name =
        |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '#' | '-' | '_' | '*'));
    let names = selector.split_whitespace();
    (1..=MAX_NAMES).contains(&names.clone().count()) && names.clone().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::plain_rules;

    #[test]
    fn rules_that_decide_what_is_text_are_kept() {
        for (sheet, kept) in [
            (".h{display:none}", ".h{display:none}"),
            ("p {color: red} .a, div#b { DISPLAY : none ; }", ".a, div#b{ DISPLAY : none ; }"),
            ("@import url(x); .x pre {white-space: pre-wrap}", ".x pre{white-space: pre-wrap}"),
            ("@media (max-width: 9em) { .a {display:none} } .b {display:none}", ".b{display:none}"),
            ("/* .a {display:none} */ .b /* x */ {display:none} /* open", ".b{display:none}"),
            ("a b c {display:none} a > b {display:none} a:hover {display:none}", ""),
            (".a {display:none", ".a{display:none}"),
            ("} {", ""),
        ] {
            assert_eq!(plain_rules(sheet), kept, "{sheet}");
        }
        assert_eq!(plain_rules(&".a{display:none}".repeat(10_000)).matches('{').count(), 50);
    }
}
