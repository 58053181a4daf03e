//! From MIME parts (RFC 2045 to 2049) to lines of text, attached messages and attachments.

use std::cell::Cell;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use super::Attachment;
use super::attachment;
use super::header::Fields;
use super::html;
use super::parsed::Parsed;
use super::text::{at_most, clean, decode};

/// What is read of the text of one body; the rest of a longer one is not looked at.
pub(super) const MAX_TEXT: usize = 1_000_000;
/// What a line takes, in bytes, whatever it holds.
const LINE: usize = 16;
/// What is looked at of one part: markup takes more bytes than the text that it holds.
const MAX_PART: usize = 4 * MAX_TEXT;
pub(super) const MAX_ATTACHMENTS: usize = 50;
/// What is looked at of all parts and attachments of a message.
const MAX_LOOKED_AT: usize = 10 * MAX_TEXT;
/// Messages in messages in messages, and multiparts in multiparts.
const MAX_DEPTH: usize = 24;

/// One line of a body. Quoted lines begin with `>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) mark: Mark,
}

/// What the markup says of a line; plain text says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Written,
    Signature,
    /// From here on it is earlier mail.
    Foreign,
}

impl Line {
    pub(super) fn written(text: &str) -> Line {
        Line { text: text.to_owned(), mark: Mark::Written }
    }
}

/// A message that is attached to another (message/rfc822).
pub(super) struct Attached {
    pub(super) fields: Fields,
    pub(super) body: Body,
}

/// What a message says and carries.
#[derive(Default)]
pub(super) struct Body {
    pub(super) lines: Vec<Line>,
    pub(super) messages: Vec<Attached>,
    pub(super) attachments: Vec<Attachment>,
    has_html: bool,
    /// What the lines take.
    length: usize,
}

/// How far into a message is looked.
#[derive(Clone, Copy)]
pub(super) struct Reach<'r> {
    depth: usize,
    /// Bytes that may still be looked at.
    left: &'r Cell<usize>,
}

impl Reach<'_> {
    fn deeper(self) -> Self {
        Reach { depth: self.depth + 1, ..self }
    }

    /// Whether so many bytes may be looked at; then they are used up.
    pub(super) fn takes(self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(bytes.min(MAX_PART));
        left.inspect(|left| self.left.set(*left)).is_some()
    }
}

impl Body {
    pub(super) fn of(message: &Message<'_>) -> Body {
        Body::within(message, Reach { depth: 0, left: &Cell::new(MAX_LOOKED_AT) })
    }

    fn within(message: &Message<'_>, reach: Reach<'_>) -> Body {
        let mut body = Body::default();
        body.add_part(message, 0, reach);
        body.limit();
        body
    }

    pub(super) fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        lines.join("\n").trim().to_owned()
    }

    fn add_part(&mut self, message: &Message<'_>, id: u32, reach: Reach<'_>) {
        let Some(part) = message.parts.get(id as usize).filter(|_| reach.depth <= MAX_DEPTH) else {
            return;
        };
        let (kind, subtype) = media_type(part);
        let is_text = kind == "text" && is_body(part, id);
        match &part.body {
            PartType::Multipart(parts) if parts.is_empty() => self.add_raw(message, part),
            PartType::Multipart(parts) if subtype == "alternative" => {
                self.add(Body::of_alternatives(message, parts, reach.deeper()));
            }
            PartType::Multipart(parts) => parts.iter().for_each(|id| self.add_part(message, *id, reach.deeper())),
            PartType::Message(attached) => self.add_message(id, part, attached, reach.deeper()),
            _ if kind == "multipart" => self.add_broken_multipart(message, id, part, reach.deeper()),
            _ if is_text && ["plain", "html"].contains(&subtype.as_str()) && !reach.takes(part.len()) => {}
            _ if is_text && subtype == "plain" => {
                self.add_lines(plain_lines(&text_of(message, part), Flow::of(part)));
            }
            _ if is_text && subtype == "html" => {
                self.has_html = true;
                self.add_lines(html::lines(&text_of(message, part)));
            }
            _ => self
                .attachments
                .extend((self.attachments.len() < MAX_ATTACHMENTS).then(|| attachment::read(message, part, id, reach))),
        }
    }

    /// The alternative that says most: plain text, unless it is blank, only asks for another mail program, or lacks
    /// what the HTML says in numbers (a table that was not put into plain text).
    fn of_alternatives(message: &Message<'_>, parts: &[u32], reach: Reach<'_>) -> Body {
        let mut plain = Body::default();
        let mut rich = Body::default();
        for id in parts {
            let mut alternative = Body::default();
            alternative.add_part(message, *id, reach);
            if alternative.has_html { rich.add(alternative) } else { plain.add(alternative) }
        }
        let (chosen, other) =
            if says_enough(&plain.text(), &rich.text()) { (&mut plain, &mut rich) } else { (&mut rich, &mut plain) };
        chosen.attachments.append(&mut other.attachments);
        chosen.messages.append(&mut other.messages);
        std::mem::take(chosen)
    }

    fn add_message(&mut self, id: u32, part: &MessagePart<'_>, attached: &Message<'_>, reach: Reach<'_>) {
        if attached.parts.is_empty() {
            return;
        }
        let mut body = Body::within(attached, reach).inside(id);
        self.attachments.push(attachment::of_message(id, part, attached));
        self.attachments.append(&mut body.attachments);
        self.attachments.truncate(MAX_ATTACHMENTS);
        self.messages.push(Attached { fields: Fields::of(attached), body });
    }

    /// A multipart whose declared boundary does not occur: read by the boundary that does, else as plain text.
    fn add_broken_multipart(&mut self, message: &Message<'_>, id: u32, part: &MessagePart<'_>, reach: Reach<'_>) {
        let Some(whole) = repaired(message, part) else {
            return self.add_raw(message, part);
        };
        if let Ok(repaired) = Parsed::of(&whole) {
            match repaired.parts.first().map(|root| &root.body) {
                Some(PartType::Multipart(_)) => self.add(Body::within(&repaired, reach).inside(id)),
                _ => self.add_raw(message, part),
            }
        }
    }

    /// The same as the body of a part of that number.
    fn inside(mut self, id: u32) -> Body {
        self.attachments.iter_mut().for_each(|attachment| attachment.place.insert(0, id));
        self
    }

    /// The part as it stands, where nothing better can be made of it.
    fn add_raw(&mut self, message: &Message<'_>, part: &MessagePart<'_>) {
        let raw = raw_body(message, part);
        self.add_lines(plain_lines(&clean(&decode(raw.get(..MAX_PART).unwrap_or(raw), None)), Flow::Fixed));
    }

    fn add(&mut self, mut other: Body) {
        self.add_lines(std::mem::take(&mut other.lines));
        self.messages.append(&mut other.messages);
        self.attachments.append(&mut other.attachments);
        self.has_html |= other.has_html;
    }

    fn add_lines(&mut self, lines: Vec<Line>) {
        if lines.iter().all(|line| line.text.trim().is_empty()) || self.length > MAX_TEXT {
            return;
        }
        if !self.lines.is_empty() {
            self.lines.push(Line::written(""));
        }
        self.length += lines.iter().map(|line| line.text.len() + LINE).sum::<usize>();
        self.lines.extend(lines);
    }

    fn limit(&mut self) {
        let mut left = MAX_TEXT;
        for line in &mut self.lines {
            if line.text.len() >= left {
                line.text = at_most(&line.text, left).to_owned();
            }
            left = left.saturating_sub(line.text.len() + LINE);
        }
        let kept = self.lines.iter().rposition(|line| !line.text.is_empty()).map_or(0, |last| last + 1);
        self.lines.truncate(kept);
        self.attachments.truncate(MAX_ATTACHMENTS);
    }
}

/// Media type and subtype in lower case; what has no readable Content-Type is plain text (RFC 2045, section 5.2).
pub(super) fn media_type(part: &MessagePart<'_>) -> (String, String) {
    let declared = part.content_type();
    let kind = declared.map_or_else(|| "text".to_owned(), |declared| declared.ctype().to_ascii_lowercase());
    let subtype = declared.and_then(|declared| declared.subtype()).map(str::to_ascii_lowercase);
    (kind, subtype.unwrap_or_else(|| "plain".to_owned()))
}

/// Text that is shown as the message itself, not offered as a file. The only part of a message is its body.
pub(super) fn is_body(part: &MessagePart<'_>, id: u32) -> bool {
    let is_attachment = part.content_disposition().is_some_and(|disposition| disposition.is_attachment());
    id == 0 || !is_attachment && part.attachment_name().is_none()
}

/// The text of a text part as clean text; decoded anew where the parser could not make sense of it.
pub(super) fn text_of(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    if let PartType::Text(text) | PartType::Html(text) = &part.body
        && !part.is_encoding_problem
        && !text.contains(['\0', char::REPLACEMENT_CHARACTER])
    {
        return clean(at_most(text, MAX_PART));
    }
    let charset = part.content_type().and_then(|declared| declared.attribute("charset"));
    let decoded = decoded_body(message, part);
    clean(&decode(decoded.get(..MAX_PART).unwrap_or(&decoded), charset))
}

/// The part's bytes without their transfer encoding; what is cut off or damaged is decoded as far as it goes.
pub(super) fn decoded_body(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    let raw = raw_body(message, part);
    let encoding = part.content_transfer_encoding().unwrap_or_default().trim().to_ascii_lowercase();
    let decoded = match encoding.as_str() {
        "quoted-printable" => quoted_printable_decode(raw),
        "base64" => base64_decode(raw).or_else(|| {
            let mut digits: Vec<u8> = raw.iter().copied().take_while(|c| *c != b'-' && *c != b'=').collect();
            digits.retain(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/'));
            base64_decode(&digits)
        }),
        _ => None,
    };
    decoded.unwrap_or_else(|| raw.to_vec())
}

pub(super) fn raw_body<'a>(message: &'a Message<'_>, part: &MessagePart<'_>) -> &'a [u8] {
    message.raw_message.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default()
}

/// A message of its own that reads a multipart by the boundary that occurs in it.
pub(super) fn repaired(message: &Message<'_>, part: &MessagePart<'_>) -> Option<Vec<u8>> {
    let raw = raw_body(message, part);
    let boundary = boundary_in(raw)?;
    let subtype = media_type(part).1;
    let mut whole = format!("Content-Type: multipart/{subtype}; boundary=\"{boundary}\"\n\n").into_bytes();
    whole.extend_from_slice(raw);
    Some(whole)
}

/// The first line of two dashes and more that is followed by a MIME header field.
fn boundary_in(raw: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(raw);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let next_is_field = lines.peek().is_some_and(|next| next.to_ascii_lowercase().starts_with("content-"));
        if let Some(boundary) =
            line.trim_end().strip_prefix("--").filter(|boundary| next_is_field && !boundary.is_empty())
        {
            return (!boundary.contains('"')).then(|| boundary.to_owned());
        }
    }
    None
}

/// Whether the lines of plain text are as their writer broke them (RFC 3676).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Fixed,
    /// A blank at the end of a line means that the next continues it; `delete_space` says that it belongs to no word.
    Flowed {
        delete_space: bool,
    },
}

impl Flow {
    fn of(part: &MessagePart<'_>) -> Flow {
        let attribute = |name| part.content_type().and_then(|declared| declared.attribute(name)).unwrap_or_default();
        if attribute("format").eq_ignore_ascii_case("flowed") {
            Flow::Flowed { delete_space: attribute("delsp").eq_ignore_ascii_case("yes") }
        } else {
            Flow::Fixed
        }
    }
}

fn plain_lines(text: &str, flow: Flow) -> Vec<Line> {
    let text = at_most(text, MAX_TEXT);
    let Flow::Flowed { delete_space } = flow else {
        return text.lines().map(|line| Line::written(without_end(line))).collect();
    };
    let mut lines: Vec<Line> = Vec::new();
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_soft = content.ends_with(' ') && content != "-- ";
        let words = if is_soft && delete_space { content.strip_suffix(' ').unwrap_or(content) } else { content };
        match lines.last_mut() {
            Some(last) if open == Some(depth) && content != "-- " => last.text.push_str(words),
            _ => lines.push(Line::written(&format!("{}{words}", "> ".repeat(depth)))),
        }
        open = is_soft.then_some(depth);
    }
    lines.iter_mut().for_each(|line| line.text = without_end(&line.text).to_owned());
    lines
}

/// Without blanks at the end, except in the line that separates the signature (RFC 3676, section 4.3).
fn without_end(line: &str) -> &str {
    if line == "-- " { line } else { line.trim_end() }
}

/// Whether the plain text can stand for the HTML beside it.
fn says_enough(plain: &str, rich: &str) -> bool {
    if plain.trim().is_empty() || rich.trim().is_empty() {
        return !plain.trim().is_empty() || rich.trim().is_empty();
    }
    let squeezed: String =
        at_most(plain, 5 * MAX_COMPARED).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let is_told = |word: &str| {
        let word: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        word.is_empty() || squeezed.contains(&word)
    };
    let has_digit = |word: &&str| word.len() >= 3 && word.contains(|c: char| c.is_ascii_digit());
    let rich_words = || at_most(rich, MAX_COMPARED).split_whitespace();
    if !rich_words().filter(has_digit).all(is_told) {
        return false;
    }
    let words: Vec<&str> = rich_words().filter(|word| word.chars().count() >= 4).collect();
    let told = words.iter().filter(|word| is_told(word)).count();
    // a stub holds hardly any word of what it stands for
    told * 3 >= words.len()
}

/// How much of an HTML alternative is compared with the plain text.
const MAX_COMPARED: usize = 20_000;
