//! A message under way: what was recorded for sending, and what an SMTP answer means (RFC 5321, section 4.2).

use jiff::Timestamp;

/// A message that is recorded for sending: exactly these bytes, under this Message-ID, to this one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Without angle brackets; fixed before the first attempt.
    pub message_id: String,
    /// Envelope sender (RFC 5321 reverse-path); a DSN comes back to it.
    pub reverse_path: String,
    pub recipient: String,
    pub subject: String,
    /// The template it was written from, for instance `rma_issued`.
    pub template: String,
    pub text: String,
    /// The whole message as it goes over the wire (RFC 5322), CRLF line ends.
    pub raw: Vec<u8>,
    pub not_before: Timestamp,
    /// Prepared for staff and not sent, for this reason (shadow mode, a sender who asked for no automatic answers).
    pub withheld: Option<String>,
    /// What a message is sent for that time brings, for instance `details_3_days/2026-06-15`: one message a case and
    /// occasion, however many daemons think of it. `None` for what answers a message or a person.
    pub occasion: Option<String>,
}

impl Outgoing {
    /// Whether it is for the vendor's own staff: what becomes of it says nothing about the customer of its case.
    pub fn is_to_staff(&self) -> bool {
        self.template.starts_with("staff_")
    }
}

/// How one attempt to deliver ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// 2xx after the final dot, with the server's words.
    Accepted(String),
    /// 5xx: another attempt would end the same way.
    Refused(String),
    /// 4xx, or the connection failed before the final dot: try again later.
    Postponed(String),
    /// The connection failed after the final dot: the server may have the message (guarantee G6).
    Unknown(String),
}
