//! Whether a document may be given to an HTML parser: html5ever takes quadratic time in the depth of nesting, and
//! copies unclosed formatting into every later block.
//!
//! The nesting is estimated from the tags alone, so that it is too high rather than too low: a start tag counts
//! wherever it stands, an end tag only where a parser is sure to obey it.

const MAX_BYTES: usize = 1_000_000;
const MAX_DEPTH: usize = 512;
/// Tags times depth bounds what the parser can be made to build.
const MAX_WORK: usize = 4_000_000;

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
/// Inline elements that a parser opens anew in the next block when they were not closed.
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Whether the document's size, its estimated depth and the work that follows from both are within limits.
pub(super) fn is_safe_to_parse(html: &str) -> bool {
    // CDATA sections end at another place in SVG than elsewhere: too hard to tell without parsing
    if html.len() > MAX_BYTES || html.contains("<![CDATA[") {
        return false;
    }
    let mut nesting = Nesting::default();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, remaining) = next_tag(after);
        rest = remaining;
        match tag {
            Tag::Open(name) if RAW_TEXT.contains(&name.as_str()) => rest = nesting.pass_raw_text(rest, &name),
            Tag::Open(name) => nesting.open(name),
            Tag::Close(name) => nesting.close(&name),
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
    deepest: usize,
    tags: usize,
}

impl Nesting {
    fn is_within_limits(&self) -> bool {
        self.deepest <= MAX_DEPTH && self.tags.saturating_mul(self.deepest) <= MAX_WORK
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
            self.leaked += usize::from(after.starts_with(|c: char| c.is_ascii_alphabetic()));
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
    Other,
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
    let rest = after_attributes(attributes);
    (if is_close { Tag::Close(name) } else { Tag::Open(name) }, rest)
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

/// Skips to behind the `>` of a tag; a `>` inside a quoted value does not end it.
fn after_attributes(attributes: &str) -> &str {
    let mut quote = None;
    let mut after_equals = false;
    for (at, c) in attributes.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '>') => return attributes.get(at + 1..).unwrap_or_default(),
            (None, '"' | '\'') if after_equals => quote = Some(c),
            (None, _) => {}
        }
        after_equals = c == '=' || (after_equals && c.is_ascii_whitespace());
    }
    ""
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
