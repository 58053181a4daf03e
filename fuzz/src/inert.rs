//! HTML in which nothing runs, loads, leads away or asks for input, whatever it was written from.

/// What a stranger's document may be written with.
const ELEMENTS: &str = "abbr address article aside b big blockquote br caption center cite code col colgroup dd del dfn \
    div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li main mark ol p pre q s samp \
    section small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var wbr";
const ATTRIBUTES: &str = "align bgcolor border cellpadding cellspacing class color colspan dir rowspan span start style \
    title type valign value width";

/// Reads the document tag by tag, as strictly as it is written: text holds no `<` or `>` but those of its tags.
pub fn check(html: &str) {
    assert!(html.len() < 10_000_000, "{} bytes", html.len());
    assert!(!html.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')));
    let mut pieces = html.split('<');
    assert!(!pieces.next().unwrap_or_default().contains('>'));
    for piece in pieces {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("a tag that does not end: {piece}"));
        assert!(!text.contains('>'), "{piece}");
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let name = name.strip_prefix('/').unwrap_or(name);
        assert!(ELEMENTS.split_whitespace().any(|known| known == name), "{tag}");
        check_attributes(attributes);
    }
}

fn check_attributes(mut rest: &str) {
    while !rest.is_empty() {
        let (name, value) = rest.trim_start().split_once("=\"").unwrap_or_else(|| panic!("no attribute: {rest}"));
        let (value, behind) = value.split_once('"').unwrap_or_else(|| panic!("a value that does not end: {rest}"));
        assert!(ATTRIBUTES.split_whitespace().any(|known| known == name), "{name}");
        // what a link led to is told, and is no attribute that leads anywhere
        let lower = value.to_lowercase();
        let leads = ["url(", "://", "expression", "import", "javascript", "\\", "position", "@"];
        assert!(name == "title" || !leads.iter().any(|word| lower.contains(word)), "{name}={value}");
        rest = behind;
    }
}
