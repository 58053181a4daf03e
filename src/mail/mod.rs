//! An inbound message as a value (RFC 5322 and MIME), read once from its bytes.
//!
//! [`read`] tells apart what the sender wrote now from what is quoted, signed or forwarded, says who must not be
//! answered ([`Class`]), whether the receiving server vouches for the sender ([`Authenticity`]), and what a delivery
//! report reports. Pure: bytes and settings in, a [`Message`] out.

use jiff::Timestamp;

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
    pub class: Class,
    /// Why it is of that class, for the record: the field or phrase that decided.
    pub class_reason: String,
    pub authenticity: Authenticity,
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

/// Who wrote a message. Everything but `Human` is never answered (RFC 3834).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Human,
    AutoReply,
    Bounce,
    Bulk,
}

/// The verdict of our own mail server on the sender (RFC 8601), from its own header field alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticity {
    Pass,
    Fail,
    /// Our server said nothing that decides.
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
    /// As the sender named it, made safe: no path, no control characters, at most 120 characters.
    pub name: String,
    pub media_type: String,
    pub bytes: usize,
    /// Text where one could be read (text/*, PDF).
    pub text: Option<String>,
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
}

/// Why a message cannot be read. It is kept, byte for byte, and shown to staff.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    #[error("the message is empty")]
    Empty,
    #[error("the message has no header fields")]
    NoHeader,
    #[error("the message names no sender that could be answered")]
    NoSender,
    #[error("the message exceeds the limits of the reader: {0}")]
    TooLarge(String),
}
