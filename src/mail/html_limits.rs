//! Whether a document may be given to an HTML parser: html5ever takes quadratic time in the depth of nesting and in the
//! number of a tag's attributes, and copies unclosed formatting into every later block.
//!
//! The nesting is estimated from the tags alone, so that it is too high rather than too low: a start tag counts
//! wherever it stands, an end tag only where a parser is sure to obey it.

const MAX_BYTES: usize = 1_000_000;
const MAX_DEPTH: usize = 512;
/// Tags times depth bounds how long the parser can be made to search.
const MAX_WORK: usize = 4_000_000;
/// Tags times formatting elements that stand open bounds what it can be made to build.
const MAX_COPIES: usize = 500_000;
/// Of one tag.
const MAX_ATTRIBUTES: usize = 200;

const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
    "meta", "param", "source", "track", "wbr", "html", "head", "body",
];
/// Their content is text up to their own end tag.
const RAW_TEXT: &[&str] = &["style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];
/// Their end tag closes what stands open inside, if that is only inline or may be left open.
const BLOCKS: &[&str] = &[
    "div",
    "blockquote",
    "center",
    "ul",
    "ol",
    "dl",
    "table",
    "tbody",
    "thead",
    "tfoot",
    "tr",
    "td",
    "th",
    "p",
    "li",
    "dd",
    "dt",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
];
/// Their end tag may be missing.
const MAY_STAY_OPEN: &[&str] = &["p", "li", "dd", "dt", "option", "td", "th", "tr", "tbody", "thead", "tfoot"];
const PLAIN_INLINE: &[&str] = &["span", "label", "abbr", "cite", "q", "sub", "sup", "o:p"];
/// Their content is read by other rules: none of it is raw.
const FOREIGN: &[&str] = &["<svg", "<math"];
/// Inline elements that a parser opens anew in the next block when they were not closed.
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Whether the document's size, its tags, its estimated depth and the work that follows from them are within limits.
pub(super) fn is_safe_to_parse(html: &str) -> bool {
    // CDATA sections end at another place in SVG than elsewhere: too hard to tell without parsing
    if html.len() > MAX_BYTES || html.contains("<![CDATA[") {
        return false;
    }
    let mut nesting = Nesting { may_be_foreign: FOREIGN.iter().any(|tag| contains(html, tag)), ..Nesting::default() };
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, remaining) = next_tag(after);
        rest = remaining;
        match tag {
            Tag::Open(name) if RAW_TEXT.contains(&name.as_str()) => rest = nesting.pass_raw_text(rest, &name),
            Tag::Open(name) => nesting.open(name),
            Tag::Close(name) => nesting.close(&name),
            Tag::Overloaded => return false,
            Tag::Other => {}
        }
        if !nesting.is_within_limits() {
            return false;
        }
    }
    true
}

#[derive(Default)]
struct Nesting {
    open: Vec<String>,
    /// Elements that may stay open for good.
    leaked: usize,
    /// Formatting elements that are not closed, or are opened anew.
    formatting: usize,
    most_formatting: usize,
    deepest: usize,
    tags: usize,
    may_be_foreign: bool,
    /// A tag was found where its attributes are not counted.
    is_unclear: bool,
}

impl Nesting {
    fn is_within_limits(&self) -> bool {
        !self.is_unclear
            && self.deepest <= MAX_DEPTH
            && self.tags.saturating_mul(self.deepest) <= MAX_WORK
            && self.tags.saturating_mul(self.most_formatting) <= MAX_COPIES
    }

    fn open(&mut self, name: String) {
        self.tags += 1;
        if VOID.contains(&name.as_str()) {
            return;
        }
        let ended: &[&str] = match name.as_str() {
            "tr" => &["td", "th", "tr", "p"],
            "td" | "th" => &["td", "th", "p"],
            name if BLOCKS.contains(&name) => &["p"],
            _ => &[],
        };
        while self.open.last().is_some_and(|top| ended.contains(&top.as_str()) || (*top == name && may_stay_open(top)))
        {
            self.open.pop();
        }
        self.formatting += usize::from(FORMATTING.contains(&name.as_str()));
        self.most_formatting = self.most_formatting.max(self.formatting);
        self.open.push(name);
        self.deepest = self.deepest.max(self.open.len() + self.leaked);
    }

    fn close(&mut self, name: &str) {
        let passes = |inner: &&String| {
            let inner = inner.as_str();
            inner != name && (may_stay_open(inner) || PLAIN_INLINE.contains(&inner) || FORMATTING.contains(&inner))
        };
        let inside = if BLOCKS.contains(&name) { self.open.iter().rev().take_while(passes).count() } else { 0 };
        let Some(position) = self.open.len().checked_sub(inside + 1) else {
            return;
        };
        if self.open.get(position).is_some_and(|found| found == name) {
            let closed = self.open.split_off(position);
            self.formatting -= usize::from(FORMATTING.contains(&name));
            self.leaked += closed.iter().skip(1).filter(|inner| FORMATTING.contains(&inner.as_str())).count();
        }
    }

    /// Skips to the end tag. In SVG such an element is none of these, and its start tags count.
    fn pass_raw_text<'a>(&mut self, text: &'a str, name: &str) -> &'a str {
        self.tags += 1;
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('<') {
            let end_tag = after.strip_prefix('/').and_then(|tag| tag.get(..name.len()));
            if end_tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name)) {
                return after;
            }
            let is_tag = after.starts_with(|c: char| c.is_ascii_alphabetic());
            self.is_unclear |= is_tag && self.may_be_foreign;
            self.leaked += usize::from(is_tag);
            self.deepest = self.deepest.max(self.open.len() + self.leaked);
            rest = after;
        }
        ""
    }
}

fn may_stay_open(name: &str) -> bool {
    MAY_STAY_OPEN.contains(&name)
}

enum Tag {
    Open(String),
    Close(String),
    /// Of too many attributes.
    Overloaded,
    Other,
}

fn contains(html: &str, tag: &str) -> bool {
    html.as_bytes().windows(tag.len()).any(|found| found.eq_ignore_ascii_case(tag.as_bytes()))
}

/// The tag after a `<`, and what follows it.
fn next_tag(after: &str) -> (Tag, &str) {
    if let Some(comment) = after.strip_prefix("!--") {
        return (Tag::Other, after_comment(comment));
    }
    let (is_close, named) = after.strip_prefix('/').map_or((false, after), |rest| (true, rest));
    if !named.starts_with(|c: char| c.is_ascii_alphabetic()) {
        // `<!x>`, `<?x>` and `</ x>` are comments up to the next `>`; any other `<` is text
        let is_comment = is_close || after.starts_with(['!', '?']);
        let rest = if is_comment { after.split_once('>').map_or("", |(_, rest)| rest) } else { after };
        return (Tag::Other, rest);
    }
    let end = named.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(named.len());
    let (name, attributes) = named.split_at_checked(end).unwrap_or((named, ""));
    let name = name.to_ascii_lowercase();
    let (count, rest) = pass_attributes(attributes);
    let tag = match (count > MAX_ATTRIBUTES, is_close) {
        (true, _) => Tag::Overloaded,
        (_, true) => Tag::Close(name),
        _ => Tag::Open(name),
    };
    (tag, rest)
}

/// `<!-->` and `<!--->` are whole comments; an unclosed one runs to the end.
fn after_comment(comment: &str) -> &str {
    if let Some(rest) = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->")) {
        return rest;
    }
    let is_end =
        |at: &usize| comment.get(..*at).is_some_and(|before| before.ends_with("--") || before.ends_with("--!"));
    let end = comment.match_indices('>').map(|(at, _)| at).find(is_end);
    end.and_then(|end| comment.get(end + 1..)).unwrap_or_default()
}

/// How many attributes there may be at most, and what follows the `>` of the tag; one inside a quoted value does not
/// end it.
fn pass_attributes(attributes: &str) -> (usize, &str) {
    let mut quote = None;
    let mut after_equals = false;
    let mut count = 0;
    let mut is_between = true;
    for (at, c) in attributes.char_indices() {
        let separates = c.is_ascii_whitespace() || c == '/';
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => continue,
            (None, '>') => return (count, attributes.get(at + 1..).unwrap_or_default()),
            (None, '"' | '\'') if after_equals => quote = Some(c),
            (None, _) => count += usize::from(is_between && !separates),
        }
        is_between = separates || matches!(c, '"' | '\'');
        after_equals = c == '=' || (after_equals && c.is_ascii_whitespace());
    }
    (count, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_documents_are_safe() {
        let cases = [
            String::new(),
            "plain, 3 < 4".to_owned(),
            "<p>a<p>b<ul><li>c<li>d</ul>".repeat(2_000),
            "<div><b>x</b></div>".repeat(10_000),
            "<table><tr><td><p>a<td><span>b</table>".repeat(2_000),
            "<br>".repeat(50_000),
            "<b>x</b> <i>y</i> <a href=z>w</a>".repeat(20_000),
            "<td\n    a=1\n    b='c d e'\n    f/>x".repeat(500),
            format!("<a title='{}'>", "of many words ".repeat(1_000)),
            "<svg><title>A cable</title><style>a b c</style></svg>".repeat(100),
            "<style><!-- p {margin:0} --></style><![if !x]><p class=\"a>b\">c</p><![endif]>".repeat(2_000),
        ];
        for html in cases {
            assert!(is_safe_to_parse(&html), "{}", at_most_40(&html));
        }
    }

    #[test]
    fn deep_and_large_documents_are_not() {
        let cases = [
            "<div>".repeat(600),
            "<div><!-- </div> -->".repeat(600),
            "<div title=\"</div>\">".repeat(600),
            "<div><style></div></style>".repeat(600),
            "<div><! </div>".repeat(600),
            "<div></ </div>".repeat(600),
            "<div><table></div></table>".repeat(600),
            "<span><div></span></div>".repeat(600),
            "<span><p></span></p>".repeat(600),
            "<b><div></b>".repeat(600),
            "<form><div></form>".repeat(600),
            "<table><tr><td>".repeat(600),
            "<!--><div>".repeat(600),
            format!("<svg><title>{}", "<div>".repeat(600)),
            format!("<p>{}</p>{}", "<b a=1>".repeat(400), "<p>x</p>".repeat(20_000)),
            format!("<p>{}</p>{}", "<b>".repeat(100), "<p>x</p>".repeat(6_000)),
            format!("<address>{}</address>{}", "<i>".repeat(100), "<p>x</p>".repeat(6_000)),
            format!("<p {}>", "a=1 ".repeat(300)),
            format!("<p {}>", "a/".repeat(300)),
            format!("<p {}>", "a=''".repeat(300)),
            format!("<p {}>", "a=\">\"".repeat(300)),
            format!("<sVg><title><p {}>", "a=1 ".repeat(300)),
            "x".repeat(1_000_001),
        ];
        for html in cases {
            assert!(!is_safe_to_parse(&html), "{}", at_most_40(&html));
        }
    }

    #[test]
    fn a_document_that_ends_anywhere_is_scanned() {
        for html in ["<", "</", "<a", "<a href=\"x", "<!--", "<!", "<style>", "<style></sty", "a<b c='>", "<é>", "</é"]
        {
            assert!(is_safe_to_parse(html), "{html}");
        }
    }

    fn at_most_40(html: &str) -> &str {
        html.get(..html.len().min(40)).unwrap_or(html)
    }
}
