//! An HTML body as staff may look at it: written anew from what the parser found in it, not cleaned.
//!
//! Whatever a stranger's markup is, what is written are the elements, attributes and values listed here, and text in
//! which every character that could be markup is a reference. Nothing listed runs, loads, asks for input, leads anywhere
//! or lies above anything else. A picture becomes its description, a link its words and, as text, where it led.

use std::panic::{AssertUnwindSafe, catch_unwind};

use html2text::{Comment, Document, Element, Handle, RcDom, config};

use super::html::{attribute, lines, name_of, value};
use super::html_limits::is_safe_to_parse;
use super::text::{at_most, clean, single_line};

/// More bytes than this are not written: a parser can be made to repeat markup.
const MAX_WRITTEN: usize = 2_000_000;
/// What is shown of a link's destination and of a picture's description, in characters.
const MAX_SHOWN: usize = 100;
/// What is told of a destination at all, in bytes.
const MAX_DESTINATION: usize = 2_000;
const MAX_VALUE: usize = 80;

/// Elements that are written as they are.
const KEPT: &str = "abbr address article aside b big blockquote caption center cite code colgroup dd del dfn div dl dt \
    em figcaption figure font footer h1 h2 h3 h4 h5 h6 header i ins kbd li main mark ol p pre q s samp section small \
    span strike strong sub sup table tbody td tfoot th thead tr tt u ul var";
/// The same without content and end tag.
const KEPT_VOID: &str = "br col hr wbr";
/// Elements that are left out with all that they hold. Of any other the content is written.
const LEFT_OUT: &str = "applet audio canvas embed frameset head iframe noembed noframes object script select style \
    template title video";

/// Whether a value in lower case may be written.
type Allowed = fn(&str) -> bool;

/// Attributes beside `style`.
const ATTRIBUTES: [(&str, Allowed); 15] = [
    ("align", is_word),
    ("bgcolor", is_colour),
    ("border", is_length),
    ("cellpadding", is_length),
    ("cellspacing", is_length),
    ("color", is_colour),
    ("colspan", is_span),
    ("dir", is_word),
    ("rowspan", is_span),
    ("span", is_span),
    ("start", is_length),
    ("type", is_word),
    ("valign", is_word),
    ("value", is_length),
    ("width", is_length),
];
/// Properties of CSS; those of boxes have one for each side beside.
const PROPERTIES: &str = "background background-color color font-style font-weight list-style-type text-align \
    text-decoration vertical-align white-space width";
const BOXES: [&str; 3] = ["border", "margin", "padding"];

/// What a document shows, as HTML that may stand in a page of its own. Never fails: of a document that no parser should
/// be given, the text is written.
pub fn sanitised(html: &str) -> String {
    // html5ever is not known to panic, but a stranger's document must not stop the page
    let written = || catch_unwind(AssertUnwindSafe(|| Writer::of(html))).ok().flatten();
    is_safe_to_parse(html).then(written).flatten().unwrap_or_else(|| as_text(html))
}

/// Text that was written without layout, as HTML.
pub(super) fn as_written(text: &str) -> String {
    format!("<div class=\"plain\">{}</div>", escaped(at_most(text, MAX_WRITTEN)))
}

fn as_text(html: &str) -> String {
    let lines: Vec<String> = lines(html).into_iter().map(|line| line.text).collect();
    format!("<p>{}</p>{}", aside("laid out too intricately to be shown: its text alone"), as_written(&lines.join("\n")))
}

/// What is left to do, last in first out; documents may be deep.
enum Step {
    Begin(Handle),
    End(&'static str),
    /// The end of a link; its words begin at this byte.
    EndLink {
        destination: String,
        words_from: usize,
    },
}

#[derive(Default)]
struct Writer {
    html: String,
    waiting: Vec<Step>,
}

impl Writer {
    fn of(html: &str) -> Option<String> {
        let dom: RcDom = config::plain().parse_html(html.as_bytes()).ok()?;
        let mut writer = Writer { waiting: vec![Step::Begin(dom.document.clone())], ..Writer::default() };
        while let Some(step) = writer.waiting.pop() {
            match step {
                Step::Begin(node) if writer.html.len() < MAX_WRITTEN => writer.begin(&node),
                Step::Begin(_) => {}
                Step::End(name) => writer.html.push_str(&format!("</{name}>")),
                Step::EndLink { destination, words_from } => writer.end_link(&destination, words_from),
            }
        }
        if writer.html.len() >= MAX_WRITTEN {
            writer.html.push_str(&aside("cut here"));
        }
        Some(writer.html)
    }

    fn begin(&mut self, node: &Handle) {
        match &node.data {
            Document => self.content_of(node),
            Comment { .. } => {}
            Element { name, .. } if &*name.ns == "http://www.w3.org/1999/xhtml" => self.element(node),
            // SVG and MathML: their content is read by other rules
            Element { .. } => {}
            _ => self.text(node),
        }
    }

    fn element(&mut self, node: &Handle) {
        let name = name_of(node).unwrap_or_default();
        if is_hidden(node) || is_in(LEFT_OUT, name).is_some() {
            return;
        }
        match name {
            "img" => self.picture(node),
            "a" if value(node, "href").is_some() => self.link(node),
            // its ground and colour are those of all that it holds
            "body" => self.kept("div", node),
            _ => match (is_in(KEPT, name), is_in(KEPT_VOID, name)) {
                (Some(name), _) => self.kept(name, node),
                (_, Some(name)) => self.start_tag(name, node),
                _ => self.content_of(node),
            },
        }
    }

    fn kept(&mut self, name: &'static str, node: &Handle) {
        self.start_tag(name, node);
        self.waiting.push(Step::End(name));
        self.content_of(node);
    }

    fn content_of(&mut self, node: &Handle) {
        self.waiting.extend(node.children.borrow().iter().rev().cloned().map(Step::Begin));
    }

    fn start_tag(&mut self, name: &str, node: &Handle) {
        let styles = declarations(&attribute(node, "style"));
        let attributes = ATTRIBUTES.iter().filter_map(|(name, is_allowed)| {
            let value = attribute(node, name).trim().to_ascii_lowercase();
            is_allowed(&value).then(|| format!(" {name}=\"{value}\""))
        });
        let style = (!styles.is_empty()).then(|| format!(" style=\"{styles}\""));
        let attributes: String = attributes.chain(style).collect();
        self.html.push_str(&format!("<{name}{attributes}>"));
    }

    /// The parser's tree gives a text only as it would stand in a document; one that is raw there is none here.
    fn text(&mut self, node: &Handle) {
        let mut written = Vec::new();
        if node.serialize(&mut written).is_ok() {
            let text = clean(&String::from_utf8_lossy(&written));
            self.html.extend(text.chars().filter(|c| !matches!(c, '<' | '>')));
        }
    }

    /// An empty description says that the picture tells nothing (HTML, section 4.8.4.4.4).
    fn picture(&mut self, node: &Handle) {
        let description = single_line(&attribute(node, "alt"));
        let is_attached = attribute(node, "src").trim_start().to_ascii_lowercase().starts_with("cid:");
        let name = if is_attached { "attached picture" } else { "picture" };
        if !description.is_empty() {
            self.html.push_str(&aside(&format!("{name}: {}", shortened(&description))));
        } else if is_attached || value(node, "alt").is_none() {
            self.html.push_str(&aside(name));
        }
    }

    fn link(&mut self, node: &Handle) {
        let destination = single_line(at_most(&attribute(node, "href"), MAX_DESTINATION));
        self.html.push_str("<span class=\"link\">");
        self.waiting.push(Step::EndLink { destination, words_from: self.html.len() });
        self.content_of(node);
    }

    /// Where the link led is told unless its words say it, or it stays in the mail.
    fn end_link(&mut self, destination: &str, words_from: usize) {
        let words = self.html.get(words_from..).unwrap_or_default().trim().to_owned();
        self.html.push_str("</span>");
        let says_it = bare(&words).eq_ignore_ascii_case(bare(&escaped(destination)));
        if !says_it && !destination.is_empty() && !destination.starts_with('#') {
            let (whole, shown) = (escaped(destination), escaped(&shortened(destination)));
            self.html.push_str(&format!(" <span class=\"left-out\" title=\"{whole}\">[{shown}]</span>"));
        }
    }
}

fn is_hidden(node: &Handle) -> bool {
    let style: String = attribute(node, "style").to_ascii_lowercase().split_ascii_whitespace().collect();
    value(node, "hidden").is_some() || style.split(';').any(|declaration| declaration.starts_with("display:none"))
}

/// A word of ours among those of the sender.
fn aside(words: &str) -> String {
    format!("<span class=\"left-out\">[{}]</span>", escaped(words))
}

/// An address without what its readers leave out.
fn bare(address: &str) -> &str {
    let schemes = ["mailto:", "tel:", "https://", "http://"];
    let scheme =
        schemes.iter().find(|scheme| address.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)));
    let named = scheme.and_then(|scheme| address.get(scheme.len()..)).unwrap_or(address);
    named.strip_suffix('/').unwrap_or(named)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", at_most(text, end)),
        None => text.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            c => written.push(c),
        }
    }
    written
}

/// The declarations of a `style` attribute that are known and plain. Their writer may have quoted or commented what is
/// split here: then it has a form that is not plain.
fn declarations(style: &str) -> String {
    let style = style.to_ascii_lowercase();
    let known = style.split(';').filter_map(|declaration| {
        let (property, value) = declaration.split_once(':')?;
        let (property, value) = (property.trim(), value.trim().trim_end_matches("!important").trim_end());
        let is_known = is_in(PROPERTIES, property).is_some() || is_of_box(property);
        (is_known && is_plain(value)).then(|| format!("{property}:{value}"))
    });
    known.collect::<Vec<_>>().join(";")
}

fn is_of_box(property: &str) -> bool {
    let is_side = |side: &str| {
        side.is_empty() || side.starts_with('-') && side.bytes().all(|c| c == b'-' || c.is_ascii_lowercase())
    };
    BOXES.iter().filter_map(|name| property.strip_prefix(name)).any(is_side)
}

/// Words, numbers and colours: nothing that could be an address, a function, an escape or a comment, and nothing that
/// could move a box over another.
fn is_plain(value: &str) -> bool {
    let is_simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '#' | '.' | '%' | ',' | '-');
    let without_colours = value.replace("rgba(", "").replace("rgb(", "").replace(')', "");
    let is_negative = value.starts_with('-') || [" -", ",-", "(-"].iter().any(|minus| value.contains(minus));
    (1..=MAX_VALUE).contains(&value.len()) && !is_negative && without_colours.chars().all(is_simple)
}

fn is_word(value: &str) -> bool {
    (1..=20).contains(&value.len()) && value.bytes().all(|c| c.is_ascii_lowercase())
}

fn is_colour(value: &str) -> bool {
    let digits = value.strip_prefix('#').unwrap_or(value);
    (1..=20).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_alphanumeric())
}

fn is_length(value: &str) -> bool {
    let number = value.strip_suffix('%').or_else(|| value.strip_suffix("px")).unwrap_or(value);
    (1..=4).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit())
}

/// Cells may span few others: a browser would lay out all that are named.
fn is_span(value: &str) -> bool {
    (1..=2).contains(&value.len()) && value.bytes().all(|c| c.is_ascii_digit())
}

/// The word of the list that is the same.
fn is_in(list: &'static str, word: &str) -> Option<&'static str> {
    list.split_ascii_whitespace().find(|known| *known == word)
}

#[cfg(test)]
mod tests;
