//! HTML bodies as lines of text: a table row is one line with its cells separated by tabs, quoted text bears `> `,
//! and what mail programs mark as signature or as earlier mail keeps that mark.
//!
//! html5ever parses, html2text lays out. Between the two, private-use characters are set into the document where an
//! element that matters begins and ends; they are read back from the laid-out text and never leave this module.

use std::panic::{AssertUnwindSafe, catch_unwind};

use html2text::render::TrivialDecorator;
use html2text::{Element, Handle, RcDom, config};

use super::body::{Line, Mark};
use super::html_limits::is_safe_to_parse;
use super::html_styles::plain_rules;
use super::text::{at_most, clean};

/// Wider than any line: the text is not wrapped.
const WIDTH: usize = 1_000_000;
/// What is read of a document that is too large or too deep for a parser.
const MAX_STRIPPED: usize = 4_000_000;
/// Nobody quotes deeper.
const MAX_QUOTES: usize = 50;
/// A row with a cell of more lines than this is a frame around a text, not a row of values.
const MAX_CELL_LINES: usize = 6;

const ROW: char = '\u{e000}';
const CELL: char = '\u{e001}';
const ROW_END: char = '\u{e002}';
const QUOTE: char = '\u{e003}';
const QUOTE_END: char = '\u{e004}';
const SIGNATURE: char = '\u{e005}';
const SIGNATURE_END: char = '\u{e006}';
const FOREIGN: char = '\u{e007}';
/// Before a paragraph that its author set without space above.
const TIGHT: char = '\u{e008}';
const SIGNS: [char; 9] = [ROW, CELL, ROW_END, QUOTE, QUOTE_END, SIGNATURE, SIGNATURE_END, FOREIGN, TIGHT];

/// The document as lines. Never fails: what cannot be parsed is read with its tags stripped.
pub(super) fn lines(html: &str) -> Vec<Line> {
    let laid_out = is_safe_to_parse(html).then(|| lay_out(html)).flatten();
    match laid_out {
        Some(text) => read_signs(&text),
        None => strip_tags(html),
    }
}

fn lay_out(html: &str) -> Option<String> {
    let without_signs: String = html.chars().filter(|c| !SIGNS.contains(c)).collect();
    // html2text has bugs left that show as panics on absurd documents; a stranger's mail must not stop the reader
    catch_unwind(AssertUnwindSafe(|| {
        let config = config::with_decorator(TrivialDecorator::new())
            .raw_mode(true)
            .no_table_borders()
            .unicode_strikeout(false)
            .use_doc_css();
        let dom = config.parse_html(without_signs.as_bytes()).ok()?;
        Signs::new()?.set_into(&dom);
        let tree = config.dom_to_render_tree(&dom).ok()?;
        config.render_to_string(tree, WIDTH).ok()
    }))
    .ok()
    .flatten()
}

fn strip_tags(html: &str) -> Vec<Line> {
    let head = at_most(html, MAX_STRIPPED);
    let text = catch_unwind(|| mail_parser::decoders::html::html_to_text(head)).unwrap_or_default();
    clean(&text).lines().map(|line| Line::written(line.trim_end())).collect()
}

/// One text node for every sign; the same node is set wherever the sign is needed.
struct Signs {
    nodes: Vec<(char, Handle)>,
}

impl Signs {
    fn new() -> Option<Signs> {
        let text_of = |sign: char| {
            let dom = config::plain().parse_html(format!("<p>{sign}</p>").as_bytes()).ok()?;
            let paragraph = elements(&dom).into_iter().find(|node| name_of(node) == Some("p"))?;
            paragraph.children.borrow().first().cloned()
        };
        let nodes = SIGNS.iter().map(|sign| Some((*sign, text_of(*sign)?))).collect::<Option<_>>()?;
        Some(Signs { nodes })
    }

    fn node(&self, sign: char) -> Option<Handle> {
        self.nodes.iter().find(|(known, _)| *known == sign).map(|(_, node)| node.clone())
    }

    fn set_into(&self, dom: &RcDom) {
        for element in elements(dom) {
            element.children.borrow_mut().retain(|child| !matches!(name_of(child), Some("img" | "svg" | "object")));
            match name_of(&element) {
                Some("td" | "th") => without_spans(&element),
                Some("style") => simplify(&element),
                _ => {}
            }
            for attribution in attributions(&element) {
                self.surround(&attribution, QUOTE, QUOTE_END);
            }
            match Role::of(&element) {
                Some(Role::Row) => self.mark_row(&element),
                Some(Role::Quote) => self.surround(&element, QUOTE, QUOTE_END),
                Some(Role::Signature) => self.surround(&element, SIGNATURE, SIGNATURE_END),
                Some(Role::Foreign) => self.prepend(&element, FOREIGN),
                Some(Role::Tight) => self.prepend(&element, TIGHT),
                None => {}
            }
        }
    }

    fn mark_row(&self, row: &Handle) {
        let cells: Vec<Handle> =
            row.children.borrow().iter().filter(|child| matches!(name_of(child), Some("td" | "th"))).cloned().collect();
        if cells.len() < 2 || descendants(row).iter().any(|node| matches!(name_of(node), Some("table" | "blockquote")))
        {
            return;
        }
        for (position, cell) in cells.iter().enumerate() {
            self.prepend(cell, if position == 0 { ROW } else { CELL });
        }
        if let (Some(last), Some(end)) = (cells.last(), self.node(ROW_END)) {
            last.children.borrow_mut().push(end);
        }
    }

    fn surround(&self, element: &Handle, start: char, end: char) {
        self.prepend(element, start);
        element.children.borrow_mut().extend(self.node(end));
    }

    fn prepend(&self, element: &Handle, sign: char) {
        if let Some(node) = self.node(sign) {
            element.children.borrow_mut().insert(0, node);
        }
    }
}

/// Gmail's line that says who wrote the quote below, in whatever language.
fn attributions(parent: &Handle) -> Vec<Handle> {
    let children = parent.children.borrow();
    let elements: Vec<&Handle> = children.iter().filter(|child| name_of(child).is_some()).collect();
    let pairs = elements.windows(2).filter_map(|pair| Some((pair.first()?, pair.get(1)?)));
    let is_attribution =
        |line: &Handle, next: &Handle| attribute(line, "class") == "gmail_attr" && name_of(next) == Some("blockquote");
    pairs.filter(|(line, next)| is_attribution(line, next)).map(|(line, _)| (*line).clone()).collect()
}

/// A span of a million columns or rows would be laid out as such.
fn without_spans(cell: &Handle) {
    if let Element { attrs, .. } = &cell.data {
        attrs.borrow_mut().retain(|attribute| !matches!(&*attribute.name.local, "colspan" | "rowspan"));
    }
}

/// Leaves the plain rules of a style sheet.
fn simplify(style: &Handle) {
    let mut sheet = Vec::new();
    let is_whole = style.children.borrow().iter().all(|text| text.serialize(&mut sheet).is_ok());
    let rules = if is_whole { plain_rules(&String::from_utf8_lossy(&sheet)) } else { String::new() };
    let parsed = config::plain().parse_html(format!("<style>{rules}</style>").as_bytes());
    let simple = parsed.iter().flat_map(elements).find(|element| name_of(element) == Some("style"));
    style.children.replace(simple.map(|simple| simple.children.take()).unwrap_or_default());
}

/// What an element means to a reader of mail.
enum Role {
    Row,
    Quote,
    Signature,
    /// From here on it is earlier mail.
    Foreign,
    Tight,
}

impl Role {
    fn of(element: &Handle) -> Option<Role> {
        let name = name_of(element)?;
        let class = attribute(element, "class").to_lowercase();
        let has_class = |wanted: &[&str]| class.split_whitespace().any(|word| wanted.contains(&word));
        let id = attribute(element, "id").to_lowercase();
        let style = attribute(element, "style").to_lowercase().replace(' ', "");
        let is_indent = style.contains("border:none") && !has_class(&["gmail_quote"]);
        match name {
            "tr" => Some(Role::Row),
            "blockquote" if !is_indent || attribute(element, "type") == "cite" => Some(Role::Quote),
            _ if has_class(&["moz-cite-prefix"]) => Some(Role::Quote),
            _ if has_class(SIGNATURE_CLASSES) || SIGNATURE_IDS.contains(&id.as_str()) => Some(Role::Signature),
            _ if has_class(FOREIGN_CLASSES) || FOREIGN_IDS.iter().any(|known| id.ends_with(known)) => {
                Some(Role::Foreign)
            }
            "div" if attribute(element, "name") == "quote" => Some(Role::Foreign),
            // Outlook for Windows draws a line above the header fields of earlier mail
            "div" if style.contains("border:none") && style.contains("border-top:solid") => Some(Role::Foreign),
            "p" if class.starts_with("mso") || style.contains("margin:0") => Some(Role::Tight),
            _ => None,
        }
    }
}

const SIGNATURE_CLASSES: &[&str] = &[
    "gmail_signature",
    "gmail_signature_prefix",
    "moz-signature",
    "protonmail_signature_block",
    "yahoo-signature",
    "zmail_signature",
    "signature_editor",
];
const SIGNATURE_IDS: &[&str] =
    &["signature", "applemailsignature", "ms-outlook-mobile-signature", "composer_signature"];
const FOREIGN_CLASSES: &[&str] =
    &["yahoo_quoted", "zmail_extra", "outlookmessageheader", "ms-outlook-mobile-reference-message"];
const FOREIGN_IDS: &[&str] = &[
    "divrplyfwdmsg",
    "appendonsend",
    "mail-editor-reference-message-container",
    "olk_src_body_section",
    "ms-outlook-mobile-body-separator-line",
];

/// All elements below the document, parents before children. A loop, since documents may be deep.
fn elements(dom: &RcDom) -> Vec<Handle> {
    descendants(&dom.document)
}

fn descendants(node: &Handle) -> Vec<Handle> {
    let mut found = Vec::new();
    let mut waiting: Vec<Handle> = node.children.borrow().iter().rev().cloned().collect();
    while let Some(node) = waiting.pop() {
        if matches!(node.data, Element { .. }) {
            waiting.extend(node.children.borrow().iter().rev().cloned());
            found.push(node);
        }
    }
    found
}

pub(super) fn name_of(node: &Handle) -> Option<&str> {
    match &node.data {
        Element { name, .. } => Some(&name.local),
        _ => None,
    }
}

/// The attribute's value; empty where there is none.
pub(super) fn attribute(node: &Handle, wanted: &str) -> String {
    value(node, wanted).unwrap_or_default()
}

pub(super) fn value(node: &Handle, wanted: &str) -> Option<String> {
    let Element { attrs, .. } = &node.data else { return None };
    let attrs = attrs.borrow();
    attrs.iter().find(|attribute| &*attribute.name.local == wanted).map(|found| found.value.to_string())
}

/// The laid-out text as lines, the signs put into effect.
fn read_signs(text: &str) -> Vec<Line> {
    let mut reader = SignReader::default();
    for line in text.lines() {
        reader.read(line);
    }
    reader.end_row();
    reader.lines
}

#[derive(Default)]
struct SignReader {
    lines: Vec<Line>,
    quote_depth: usize,
    in_signature: bool,
    /// The last line is blank because its author wrote it so.
    ends_with_written_blank: bool,
    /// The cells of the row that is being read, each with its lines.
    row: Option<Vec<Vec<String>>>,
}

impl SignReader {
    fn read(&mut self, line: &str) {
        let mut text = String::new();
        let (mut has_signs, mut is_tight, mut is_foreign) = (false, false, false);
        let mut depth_of_line = self.quote_depth;
        let mut is_signature = self.in_signature;
        for c in line.chars() {
            has_signs |= SIGNS.contains(&c);
            match c {
                ROW => self.row = Some(vec![Vec::new()]),
                CELL => self.next_cell(&mut text),
                ROW_END => {
                    self.add_to_cell(&mut text);
                    self.end_row();
                }
                QUOTE => self.quote_depth += 1,
                QUOTE_END => self.quote_depth = self.quote_depth.saturating_sub(1),
                SIGNATURE => self.in_signature = true,
                SIGNATURE_END => self.in_signature = false,
                FOREIGN => is_foreign = true,
                TIGHT => is_tight = true,
                other => text.push(other),
            }
            depth_of_line = depth_of_line.max(self.quote_depth);
            is_signature |= self.in_signature;
        }
        let text = clean(&text).trim_end().to_owned();
        if let Some(cells) = &mut self.row {
            cells.last_mut().into_iter().for_each(|cell| cell.push(text.clone()));
            return;
        }
        if is_tight {
            self.drop_space_above();
        }
        if is_foreign {
            self.lines.push(Line { text: String::new(), mark: Mark::Foreign });
        }
        if !(has_signs && text.is_empty()) || is_tight {
            let mark = if is_signature && depth_of_line == 0 { Mark::Signature } else { Mark::Written };
            let is_written_blank = is_tight && text.is_empty();
            self.push(text, depth_of_line, mark);
            self.ends_with_written_blank |= is_written_blank;
        }
    }

    /// Adds a line; of several blank lines only the first is kept.
    fn push(&mut self, text: String, quote_depth: usize, mark: Mark) {
        if text.is_empty() && self.lines.last().is_none_or(|last| is_blank(&last.text)) {
            return;
        }
        self.ends_with_written_blank = false;
        let text = format!("{}{text}", "> ".repeat(quote_depth.min(MAX_QUOTES)));
        self.lines.push(Line { text: text.trim_end().to_owned(), mark });
    }

    /// Takes back the blank line that is laid out above every paragraph, but not one that was written.
    fn drop_space_above(&mut self) {
        let is_space = self.lines.last().is_some_and(|last| is_blank(&last.text) && last.mark != Mark::Foreign);
        if is_space && !self.ends_with_written_blank {
            self.lines.pop();
        }
    }

    fn next_cell(&mut self, text: &mut String) {
        self.add_to_cell(text);
        if let Some(cells) = &mut self.row {
            cells.push(Vec::new());
        }
    }

    fn add_to_cell(&mut self, text: &mut String) {
        if let Some(cell) = self.row.as_mut().and_then(|cells| cells.last_mut()) {
            cell.push(clean(text));
            text.clear();
        }
    }

    fn end_row(&mut self) {
        let Some(cells) = self.row.take() else { return };
        let cells: Vec<Vec<String>> = cells
            .into_iter()
            .map(|cell| cell.into_iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
            .collect();
        let mark = if self.in_signature && self.quote_depth == 0 { Mark::Signature } else { Mark::Written };
        if cells.iter().any(|cell| cell.len() > MAX_CELL_LINES) {
            cells.into_iter().flatten().for_each(|line| self.push(line, self.quote_depth, mark));
        } else {
            let row = cells.iter().map(|cell| cell.join(" ")).collect::<Vec<_>>().join("\t");
            self.push(row.trim_end().to_owned(), self.quote_depth, mark);
        }
    }
}

fn is_blank(line: &str) -> bool {
    line.trim_start_matches(['>', ' ']).is_empty()
}

#[cfg(test)]
mod tests;
