//! Attachments: a name that is safe to show and to store, the text of those that have one, and their bytes.

use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use super::Attachment;
use super::body::{Reach, decoded_body, media_type, repaired, text_of};
use super::html;
use super::parsed::Parsed;
use super::pdf;
use super::text::{at_most, clean, decode, single_line};

/// In characters.
const MAX_NAME: usize = 120;
/// File systems take 255; a browser may add a number.
const MAX_NAME_BYTES: usize = 240;
/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
const NUMBERED_DEVICES: &[&str] = &["com", "lpt"];
const MAX_TEXT: usize = 200_000;
/// What a PDF counts for at least, in bytes.
const LEAST_PDF: usize = 500_000;
/// Names of files that hold plain text, whatever media type the sender's system gave them.
const TEXT_ENDINGS: &[&str] = &[".txt", ".csv", ".tsv", ".log", ".md"];

pub(super) fn read(message: &Message<'_>, part: &MessagePart<'_>, id: u32, reach: Reach<'_>) -> Attachment {
    let (kind, subtype) = media_type(part);
    let name = part.attachment_name().map(safe_name).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| format!("attachment-{id}"));
    let source = Source::of(part, (&kind, &subtype), &name.to_lowercase());
    let text = source.filter(|source| reach.takes(source.cost(part))).and_then(|source| source.text(message, part));
    let text = text.map(|text| at_most(&text, MAX_TEXT).to_owned());
    Attachment { name, media_type: single_line(&format!("{kind}/{subtype}")), bytes: part.len(), text, place: vec![id] }
}

/// An attached message as it is listed; what it says is read with the body.
pub(super) fn of_message(id: u32, part: &MessagePart<'_>, attached: &Message<'_>) -> Attachment {
    let named = part.attachment_name().map(safe_name).filter(|name| !name.is_empty());
    let by_subject = || attached.subject().map(|subject| safe_name(&format!("{}.eml", single_line(subject))));
    Attachment {
        name: named.or_else(by_subject).unwrap_or_else(|| "message.eml".to_owned()),
        media_type: "message/rfc822".to_owned(),
        bytes: (part.offset_end.saturating_sub(part.offset_body)) as usize,
        text: None,
        place: vec![id],
    }
}

/// The bytes of the part that these numbers lead to; those of an attached message where they end with its own.
pub(super) fn content(message: &Message<'_>, place: &[u32]) -> Option<Vec<u8>> {
    let (id, inner) = place.split_first()?;
    let part = message.parts.get(*id as usize)?;
    match &part.body {
        PartType::Message(attached) if !inner.is_empty() => content(attached, inner),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) if !part.is_encoding_problem => Some(bytes.to_vec()),
        _ if inner.is_empty() => Some(decoded_body(message, part)),
        _ => content(&*Parsed::of(&repaired(message, part)?).ok()?, inner),
    }
}

/// The last component of a path as a name that shows what it is and that any file system takes: no control or invisible
/// characters, none that means something to a system, neither dots nor spaces at its ends, no device's name, and not too
/// long with its ending kept.
pub(super) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = clean(last)
        .chars()
        .map(|c| if matches!(c, ':' | '"' | '<' | '>' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let shown = single_line(&shown);
    let shown = shortened(shown.trim_matches(['.', ' ']));
    if is_device(&shown) { format!("_{shown}") } else { shown }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME && name.len() <= MAX_NAME_BYTES {
        return name.to_owned();
    }
    let ending: String = name.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
    let ending = if ending.chars().count() <= 10 { ending } else { String::new() };
    let stem: String = name.chars().take(MAX_NAME - ending.chars().count()).collect();
    let stem = at_most(&stem, MAX_NAME_BYTES - ending.len());
    format!("{}{ending}", stem.trim_end_matches(['.', ' ']))
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let number = NUMBERED_DEVICES.iter().find_map(|device| stem.strip_prefix(device));
    let is_numbered = number.is_some_and(|number| number.chars().count() == 1 && number.chars().all(char::is_numeric));
    is_numbered || DEVICES.contains(&stem.as_str())
}

/// What the text of an attachment is read from.
enum Source {
    Html,
    Text,
    /// Text by the name of the file alone.
    File,
    Pdf,
}

impl Source {
    fn of(part: &MessagePart<'_>, (kind, subtype): (&str, &str), name: &str) -> Option<Source> {
        match (kind, subtype) {
            ("text", "html") => Some(Source::Html),
            // source code of markup that no reader would see
            ("text", "x-amp-html" | "rtf" | "richtext" | "enriched") => None,
            ("text", _) => Some(Source::Text),
            (_, "pdf" | "x-pdf") => Some(Source::Pdf),
            _ if part.contents().starts_with(b"%PDF-") => Some(Source::Pdf),
            ("image" | "audio" | "video", _) => None,
            _ => TEXT_ENDINGS.iter().any(|ending| name.ends_with(ending)).then_some(Source::File),
        }
    }

    /// In bytes that are looked at: a small PDF may hold much.
    fn cost(&self, part: &MessagePart<'_>) -> usize {
        part.len().max(if matches!(self, Source::Pdf) { LEAST_PDF } else { 0 })
    }

    fn text(&self, message: &Message<'_>, part: &MessagePart<'_>) -> Option<String> {
        let bytes = part.contents();
        match self {
            Source::Html => Some(of_html(&text_of(message, part))),
            Source::Text => Some(text_of(message, part).trim().to_owned()),
            Source::File => (!is_binary(bytes)).then(|| clean(&decode(bytes, None)).trim().to_owned()),
            Source::Pdf => of_pdf(bytes),
        }
    }
}

/// The text of a PDF without blanks at the ends of its lines.
fn of_pdf(bytes: &[u8]) -> Option<String> {
    let text = clean(&pdf::text(bytes)?);
    Some(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned())
}

fn is_binary(bytes: &[u8]) -> bool {
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    !is_utf16 && bytes.contains(&0)
}

fn of_html(html: &str) -> String {
    let lines: Vec<String> = html::lines(html).into_iter().map(|line| line.text).collect();
    lines.join("\n").trim().to_owned()
}
