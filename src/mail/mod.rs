//! An inbound message as a value (RFC 5322 and MIME), read once from its bytes.
//!
//! [`read`] tells apart what the sender wrote now from what is quoted, signed or forwarded, says who must not be
//! answered ([`Class`]), whether the receiving server vouches for the sender ([`Authenticity`]), and what a delivery
//! report reports. Pure: bytes and settings in, a [`Message`] out.

mod attachment;
mod authenticity;
mod automation;
mod body;
mod bounce;
mod declared;
mod delivery_report;
mod header;
mod html;
mod html_limits;
mod html_styles;
mod laid_out;
mod machine_words;
mod mime_limits;
mod minted;
mod notes;
mod parsed;
mod pdf;
mod pdf_limits;
mod phrases;
mod sanitised;
mod subjects;
mod text;
mod web_address;
mod words;

use std::borrow::Cow;

use jiff::Timestamp;

pub use automation::{is_unread, without_detail};
pub use minted::{Keys, NAME_LENGTH};
pub use sanitised::sanitised;
pub use text::is_invisible;
pub use web_address::names_web_address;

use automation::Evidence;
use body::Body;
use header::Fields;
use parsed::Parsed;
use words::{Context, Own};

/// Larger messages are not parsed.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;
/// Messages of more parts than this are no mail.
const MAX_PARTS: usize = 10_000;

/// Reads a message from its bytes (RFC 5322, MIME).
///
/// `received_at` is the moment our server received it, never the sender's own Date. What is garbled is read as far as it
/// goes; nothing that a stranger sends panics or takes more than a bounded amount of time and memory.
///
/// # Errors
///
/// A [`Defect`] where there is nothing to read, or nobody to answer a person's mail to.
pub fn read(raw: &[u8], received_at: Timestamp, trust: &Trust) -> Result<Message, Defect> {
    let readable = readable(raw)?;
    let parsed = parse(&readable)?;
    let message = message(&parsed, received_at, trust);
    if message.class == Class::Human && message.from.address.is_empty() {
        return Err(Defect::NoSender);
    }
    Ok(message)
}

/// The body as its sender laid it out, [`sanitised`]. `None` where nothing of it is HTML, or the message cannot be read.
pub fn laid_out(raw: &[u8]) -> Option<String> {
    let readable = readable(raw).ok()?;
    laid_out::laid_out(&*parse(&readable).ok()?)
}

/// The bytes of an attachment of this message, as they were before they were encoded for transfer (RFC 2045, section 6).
/// `None` where the message has no such attachment.
pub fn content(raw: &[u8], attachment: &Attachment) -> Option<Vec<u8>> {
    let readable = readable(raw).ok()?;
    attachment::content(&*parse(&readable).ok()?, &attachment.place)
}

/// The message with a header that can be read, if it is one, and not too large.
fn readable(raw: &[u8]) -> Result<Cow<'_, [u8]>, Defect> {
    if raw.len() > MAX_MESSAGE {
        return Err(Defect::TooLarge(format!("{} bytes, at most {MAX_MESSAGE} are read", raw.len())));
    }
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Err(Defect::Empty);
    }
    Ok(header::readable(raw))
}

fn parse(readable: &[u8]) -> Result<Parsed<'_>, Defect> {
    if !Parsed::header_of(readable).is_some_and(|parsed| header::has_fields(&parsed)) {
        return Err(Defect::NoHeader);
    }
    let parsed = Parsed::of(readable)?;
    if parsed.parts.len() > MAX_PARTS {
        return Err(Defect::TooLarge(format!("{} parts, at most {MAX_PARTS} are read", parsed.parts.len())));
    }
    Ok(parsed)
}

/// When our server received the message: the date of its topmost Received field (RFC 5321, section 4.4). `None` where
/// there is no such field, or no date in it.
pub fn received_at(raw: &[u8]) -> Option<Timestamp> {
    let readable = header::readable(raw);
    stamped_at(&*Parsed::header_of(&readable)?)
}

fn stamped_at(parsed: &mail_parser::Message<'_>) -> Option<Timestamp> {
    let topmost = parsed.headers().iter().find(|header| header.name().eq_ignore_ascii_case("received"))?;
    let date = topmost.value().as_received()?.date().filter(|date| date.is_valid())?;
    Timestamp::from_second(date.to_timestamp()).ok()
}

/// Who sent a message and what its subject is, from its beginning alone: for lists of messages. Both are empty where the
/// message does not say.
pub fn heading(raw: &[u8]) -> Heading {
    let readable = header::readable(raw);
    let fields = Parsed::header_of(&readable).map(|parsed| Fields::of(&parsed));
    fields.map(|fields| Heading { from: fields.sender(), subject: fields.subject().to_owned() }).unwrap_or_default()
}

fn message(parsed: &Parsed<'_>, received_at: Timestamp, trust: &Trust) -> Message {
    let fields = Fields::of(parsed);
    let from = fields.sender();
    let body = Body::of(parsed);
    let text = body.text();
    let author = format!("{} <{}>", from.name.as_deref().unwrap_or_default(), from.address);
    let own = Own::of(&fields, &trust.own_addresses);
    let words = words::of(&body, &Context { subject: fields.subject(), author: &author, own: &own });
    let (authenticity, authentication) = authenticity::verdict(&fields, &trust.authserv_ids);
    let evidence = Evidence {
        fields: &fields,
        message: parsed,
        text: &text,
        new_text: &words.new_text,
        said: &text::plain(&words.new_text),
        own_addresses: &trust.own_addresses,
        keys: &trust.keys,
    };
    let (class, class_reason) = automation::classify(&evidence);
    Message {
        message_id: fields.ids("message-id").into_iter().next(),
        in_reply_to: fields.ids("in-reply-to"),
        references: fields.ids("references"),
        reply_to: fields.reply_to().filter(|reply_to| reply_to.address != from.address).cloned(),
        recipients: fields.recipients().iter().map(|recipient| recipient.address.clone()).collect(),
        reverse_path: fields.reverse_path(),
        subject: fields.subject().to_owned(),
        received_at,
        stamped_at: stamped_at(parsed),
        delivery_report: (class == Class::Bounce).then(|| delivery_report::read(parsed, &fields, &text)),
        may_be_automatic: class == Class::Human && automation::may_be_automatic(&evidence),
        class,
        class_reason,
        authenticity,
        authentication,
        asks_no_auto_response: automation::asks_no_auto_response(&fields),
        from,
        text,
        words,
        attachments: body.attachments,
    }
}

/// One message as the rest of the core sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Without angle brackets. A hint for joining threads, never an identity.
    pub message_id: Option<String>,
    /// Message-IDs of In-Reply-To, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Message-IDs of References, oldest first, without angle brackets.
    pub references: Vec<String>,
    pub from: Mailbox,
    /// Set only where it differs from `from`.
    pub reply_to: Option<Mailbox>,
    /// Addresses of To and Cc, lower case.
    pub recipients: Vec<String>,
    /// Envelope sender from Return-Path: `Some("")` is the null reverse-path, `None` means that no such field was there.
    pub reverse_path: Option<String>,
    pub subject: String,
    pub received_at: Timestamp,
    /// The date of the topmost Received field. Earlier than `received_at` where a message was copied from one mailbox into
    /// another.
    pub stamped_at: Option<Timestamp>,
    pub class: Class,
    /// Why it is of that class, for the record: the field or phrase that decided.
    pub class_reason: String,
    /// A person's by class, but so much like a vacation note or an acknowledgement that staff should decide whether it is
    /// answered.
    pub may_be_automatic: bool,
    pub authenticity: Authenticity,
    /// Who checked the sender and what they found, for the record: `mx.vendor.example: dmarc=pass`. `None`: our server
    /// wrote nothing about DMARC, DKIM or SPF.
    pub authentication: Option<String>,
    /// `X-Auto-Response-Suppress` asks automatic responders to be silent: a hint, not a machine.
    pub asks_no_auto_response: bool,
    /// The body's text, whole: text parts, or HTML made into text with table rows kept as lines of cells.
    pub text: String,
    pub words: Words,
    pub attachments: Vec<Attachment>,
    pub delivery_report: Option<DeliveryReport>,
}

/// A mailbox of RFC 5322, section 3.4: an address and perhaps a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mailbox {
    /// Lower case; empty where the field had none that could be read.
    pub address: String,
    pub name: Option<String>,
}

/// What a list of messages shows of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heading {
    pub from: Mailbox,
    pub subject: String,
}

/// Who wrote a message. Everything but `Human` is never answered (RFC 3834).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Human,
    AutoReply,
    Bounce,
    Bulk,
}

/// The verdict on the sender: that of our own mail server, from its own header field alone (RFC 8601), or where it wrote
/// none that of a verification of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticity {
    Pass,
    Fail,
    /// Nobody said anything that decides.
    None,
}

/// The body by who said it and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// What the sender wrote in this message: no quotes, no signature, no disclaimer.
    pub new_text: String,
    pub signature: String,
    /// Earlier mail that the message repeats: `>` lines and blocks below an attribution or a header block.
    pub quoted: String,
    /// A message that the sender passes on (inline, or attached as message/rfc822): somebody else's words, sent on purpose.
    pub forwarded: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// As the sender named it, made safe to show and to store it under: no path, no invisible characters, at most 240 bytes.
    pub name: String,
    pub media_type: String,
    pub bytes: usize,
    /// Text where one could be read (text/*, PDF).
    pub text: Option<String>,
    /// The numbers of the parts that lead to it, from the message inwards.
    place: Vec<u32>,
}

/// What a delivery status notification says (RFC 3464), as far as it is needed to tie it to a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryReport {
    /// Message-ID of the message that is reported on, without angle brackets.
    pub original_message_id: Option<String>,
    pub final_recipient: Option<String>,
    /// Enhanced status code (RFC 3463), for instance `5.1.1`.
    pub status: Option<String>,
    /// A permanent failure, not a delay or a success.
    pub permanent: bool,
}

/// What the reader has to know about its own side.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The authserv-ids of our own mail servers; other servers' Authentication-Results are ignored.
    pub authserv_ids: Vec<String>,
    /// The vendor's own addresses, lower case: mail from them is our own coming back.
    pub own_addresses: Vec<String>,
    /// By which the names of our own messages are known.
    pub keys: Keys,
}

/// Why a message cannot be read. It is kept, byte for byte, and shown to staff.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    #[error("the message is empty")]
    Empty,
    #[error("the message has no header fields")]
    NoHeader,
    #[error("the message's structure cannot be read")]
    Garbled,
    #[error("the message names no sender that could be answered")]
    NoSender,
    #[error("the reader broke off on it, which is a fault of the program: please report it with the message")]
    ReaderFailed,
    #[error("the message exceeds the limits of the reader: {0}")]
    TooLarge(String),
}

#[cfg(test)]
mod tests;
