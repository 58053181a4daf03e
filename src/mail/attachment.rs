//! Attachments: a name that is safe to show and to store, and the text of those that have one.

use mail_parser::{Message, MessagePart, MimeHeaders};

use super::Attachment;
use super::body::{media_type, text_of};
use super::html;
use super::pdf;
use super::text::{at_most, clean, decode, single_line};

const MAX_NAME: usize = 120;
const MAX_TEXT: usize = 200_000;
/// Names of files that hold plain text, whatever media type the sender's system gave them.
const TEXT_ENDINGS: &[&str] = &[".txt", ".csv", ".tsv", ".log", ".md"];

pub(super) fn read(message: &Message<'_>, part: &MessagePart<'_>, number: usize) -> Attachment {
    let (kind, subtype) = media_type(part);
    let name = part.attachment_name().map(safe_name).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| format!("attachment-{number}"));
    let text = text(message, part, (&kind, &subtype), &name.to_lowercase());
    let text = text.map(|text| at_most(&text, MAX_TEXT).to_owned());
    Attachment { name, media_type: single_line(&format!("{kind}/{subtype}")), bytes: part.len(), text }
}

/// An attached message as it is listed; what it says is read with the body.
pub(super) fn of_message(part: &MessagePart<'_>, attached: &Message<'_>) -> Attachment {
    let named = part.attachment_name().map(safe_name).filter(|name| !name.is_empty());
    let by_subject = || attached.subject().map(|subject| safe_name(&format!("{}.eml", single_line(subject))));
    Attachment {
        name: named.or_else(by_subject).unwrap_or_else(|| "message.eml".to_owned()),
        media_type: "message/rfc822".to_owned(),
        bytes: (part.offset_end.saturating_sub(part.offset_body)) as usize,
        text: None,
    }
}

/// The last component of a path, without control characters, at most [`MAX_NAME`] characters with its ending kept.
pub(super) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = clean(last)
        .chars()
        .map(|c| if matches!(c, ':' | '"' | '<' | '>' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let shown = single_line(&shown);
    let shown = shown.trim_start_matches(['.', ' ']).trim_end();
    let length = shown.chars().count();
    if length <= MAX_NAME {
        return shown.to_owned();
    }
    let ending: String = shown.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
    let ending = if ending.chars().count() <= 10 { ending } else { String::new() };
    let stem: String = shown.chars().take(MAX_NAME - ending.chars().count()).collect();
    stem + &ending
}

fn text(message: &Message<'_>, part: &MessagePart<'_>, (kind, subtype): (&str, &str), name: &str) -> Option<String> {
    let bytes = part.contents();
    match (kind, subtype) {
        ("text", "html") => Some(of_html(&text_of(message, part))),
        // source code of markup that no reader would see
        ("text", "x-amp-html" | "rtf" | "richtext" | "enriched") => None,
        ("text", _) => Some(text_of(message, part).trim().to_owned()),
        (_, "pdf" | "x-pdf") => of_pdf(bytes),
        _ if bytes.starts_with(b"%PDF-") => of_pdf(bytes),
        ("image" | "audio" | "video", _) => None,
        _ if TEXT_ENDINGS.iter().any(|ending| name.ends_with(ending)) => {
            let text = clean(&decode(bytes, None));
            (!is_binary(bytes)).then(|| text.trim().to_owned())
        }
        _ => None,
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
