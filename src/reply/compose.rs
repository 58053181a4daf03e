//! From a rendered letter to the bytes that go over the wire (RFC 5322, MIME), by lettre's builder alone. The same letter
//! under the same Message-ID always gives the same bytes.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, MultiPartBuilder, SinglePart};
use sha2::{Digest, Sha256};

use super::Rendered;
use super::characters::one_line;
use crate::mail;

/// The field that bears our own mark: a message that comes back with it is ours, and is not answered.
const LOOP_FIELD: &str = "X-Loop";

/// RFC 5322 asks for no limit; beyond this a thread is known by its first and its last messages.
const LAST_REFERENCES: usize = 20;
const LONGEST_NAME: usize = 80;
/// RFC 5322, section 2.1.1: a line, and so an id that cannot be folded behind its field's name, has at most 998 characters.
const LONGEST_ID: usize = 998 - "In-Reply-To: <>".len();

/// What a message needs besides its words. Message-IDs stand without angle brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressing {
    pub from: mail::Mailbox,
    pub to: mail::Mailbox,
    /// Where answers come back to, if not to `from`.
    pub reply_to: Option<String>,
    /// Envelope sender; empty for the null reverse-path. It is not written into the message, but has to be sendable.
    pub reverse_path: String,
    pub message_id: String,
    /// The message that is answered.
    pub in_reply_to: Option<String>,
    /// The References of the message that is answered, oldest first; its own id is added (RFC 5322, section 3.6.4).
    pub references: Vec<String>,
    pub auto_submitted: AutoSubmitted,
    pub date: Timestamp,
    /// What our own mark, the field X-Loop, says.
    pub loop_mark: String,
}

/// RFC 3834, section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoSubmitted {
    /// An answer to a message.
    Replied,
    /// Of our own accord: a reminder.
    Generated,
}

/// Why a message cannot be written. It names the field, never the value: addresses are not logged.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    #[error(
        "the {0} address cannot be written into a message (RFC 5322, section 3.4.1): write to this customer by hand"
    )]
    Address(&'static str),
    #[error(
        "the Message-ID is not one (RFC 5322, section 3.6.4): it needs a left side, an @ and a right side, in ASCII without spaces"
    )]
    MessageId,
    #[error("the date {0} has no form in a message (RFC 5322, section 3.3): check the clock")]
    Date(Timestamp),
    #[error("the message cannot be built: {0}")]
    Build(#[from] lettre::error::Error),
    #[error("a part of the message is not a media type: {0}")]
    MediaType(#[from] lettre::message::header::ContentTypeErr),
}

/// The whole message, with CRLF line ends: text and HTML as alternatives, each encoded so that no line is too long.
///
/// # Errors
/// Where an address, the Message-ID or the date cannot be written. Ids of other people's messages that are none are
/// left out instead: they are hints.
pub fn compose(rendered: &Rendered, addressing: &Addressing) -> Result<Vec<u8>, ComposeError> {
    if !is_message_id(&addressing.message_id) {
        return Err(ComposeError::MessageId);
    }
    let envelope =
        Envelope::new(reverse_path(&addressing.reverse_path)?, vec![address(&addressing.to.address, "recipient's")?])?;
    // a stranger's words: no link goes out in them
    let name = addressing.to.name.clone().filter(|name| !mail::names_web_address(name));
    let recipient = mail::Mailbox { name, ..addressing.to.clone() };
    let mut message = Message::builder()
        .envelope(envelope)
        .date(date(addressing.date)?)
        .message_id(Some(bracketed(&addressing.message_id)))
        .from(mailbox(&addressing.from, "sender's")?)
        .to(mailbox(&recipient, "recipient's")?)
        .subject(one_line(&rendered.subject));
    if let Some(parent) = addressing.in_reply_to.as_deref().filter(|id| is_message_id(id)) {
        message = message.in_reply_to(bracketed(parent));
    }
    if let Some(reply_to) = &addressing.reply_to {
        message = message.reply_to(mailbox(&mail::Mailbox { address: reply_to.clone(), name: None }, "reply")?);
    }
    let references = references(addressing);
    if !references.is_empty() {
        message = message.references(references);
    }
    for (name, value) in marks(addressing) {
        message = message.raw_header(HeaderValue::new(name, value));
    }
    Ok(message.multipart(body(rendered, &addressing.message_id)?)?.formatted())
}

/// The fields that tell other machines not to answer (RFC 3834), and us that the message is ours.
fn marks(addressing: &Addressing) -> [(HeaderName, String); 3] {
    let auto_submitted = match addressing.auto_submitted {
        AutoSubmitted::Replied => "auto-replied",
        AutoSubmitted::Generated => "auto-generated",
    };
    [
        (HeaderName::new_from_ascii_str("Auto-Submitted"), auto_submitted.to_owned()),
        (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All".to_owned()),
        (HeaderName::new_from_ascii_str(LOOP_FIELD), one_line(&addressing.loop_mark)),
    ]
}

/// The letter, and behind it what is attached.
fn body(rendered: &Rendered, message_id: &str) -> Result<MultiPart, ComposeError> {
    let letter = parts("alternative", "=_rmad", message_id)?
        .singlepart(SinglePart::plain(rendered.text.clone()))
        .singlepart(SinglePart::html(rendered.html.clone()));
    if rendered.attachments.is_empty() {
        return Ok(letter);
    }
    let mut whole = parts("mixed", "=_rmad-whole", message_id)?.multipart(letter);
    for file in &rendered.attachments {
        let kind = ContentType::parse(file.content_type)?;
        whole = whole.singlepart(Attachment::new(file.name.clone()).body(file.bytes.clone(), kind));
    }
    Ok(whole)
}

/// The boundary is made from the Message-ID, so that the same message is the same bytes; `mark` tells those of one
/// message apart.
fn parts(kind: &str, mark: &str, message_id: &str) -> Result<MultiPartBuilder, ComposeError> {
    let digest = Sha256::digest(message_id.as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let kind = ContentType::parse(&format!("multipart/{kind}; boundary=\"{mark}_{hex}\""))?;
    Ok(MultiPart::builder().header(kind))
}

/// The thread so far: the first message and the last ones, the message that is answered at the end.
fn references(addressing: &Addressing) -> String {
    let mut thread: Vec<&String> = addressing.references.iter().filter(|id| is_message_id(id)).collect();
    if let Some(parent) = addressing.in_reply_to.as_ref().filter(|id| is_message_id(id)) {
        thread.retain(|id| *id != parent);
        thread.push(parent);
    }
    let left_out = thread.len().saturating_sub(LAST_REFERENCES + 1);
    let (first, others) = (thread.iter().take(1), thread.iter().skip(1 + left_out));
    first.chain(others).map(|id| bracketed(id)).collect::<Vec<_>>().join(" ")
}

fn bracketed(id: &str) -> String {
    format!("<{id}>")
}

/// Something on both sides of an `@`, visible ASCII throughout, no brackets: what other programs will thread by.
fn is_message_id(id: &str) -> bool {
    let sides = id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty());
    sides && id.len() <= LONGEST_ID && id.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'))
}

fn mailbox(mailbox: &mail::Mailbox, whose: &'static str) -> Result<Mailbox, ComposeError> {
    let name = mailbox.name.as_deref().map(one_line).map(|name| name.chars().take(LONGEST_NAME).collect::<String>());
    Ok(Mailbox::new(name.filter(|name| !name.is_empty()), address(&mailbox.address, whose)?))
}

fn reverse_path(path: &str) -> Result<Option<Address>, ComposeError> {
    if path.is_empty() { Ok(None) } else { address(path, "envelope sender's").map(Some) }
}

/// Whether a message can be addressed to it. Letters beyond ASCII take servers and mail programs that know RFC 6531 all
/// along the way.
pub fn can_be_written_to(address: &str) -> bool {
    self::address(address, "recipient's").is_ok()
}

/// Addresses in ASCII, also those that the grammar refuses and that mail servers deliver all the same: `a..b@docomo.example`.
fn address(text: &str, whose: &'static str) -> Result<Address, ComposeError> {
    let refused = ComposeError::Address(whose);
    let Some((local, domain)) = text.rsplit_once('@').filter(|_| text.chars().all(|c| c.is_ascii_graphic())) else {
        return Err(refused);
    };
    if let Ok(address) = Address::new(local, domain) {
        return Ok(address);
    }
    let loose = !local.is_empty() && local.len() <= 64 && local.chars().all(is_atom);
    // The domain has to be a right one all the same; the local part is its owner's matter.
    if loose && Address::new("postmaster", domain).is_ok() {
        Ok(Address::new_dangerous(local, domain))
    } else {
        Err(refused)
    }
}

/// The characters of a dot-atom (RFC 5322, section 3.2.3).
fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

/// lettre writes dates from 1970 on, in UTC; a [`Timestamp`] ends with the year 9999, as the four digits of a year do.
fn date(date: Timestamp) -> Result<SystemTime, ComposeError> {
    if date.as_second() < 0 { Err(ComposeError::Date(date)) } else { Ok(SystemTime::from(date)) }
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    use super::*;

    fn letter() -> Rendered {
        Rendered {
            template: "rma_issued",
            subject: "Re: Défaut [C-10023]".to_owned(),
            text: "Hello Tomás,\n\nFrom here.\n".to_owned(),
            html: "<p>Hello Tomás</p>\n".to_owned(),
            attachments: vec![],
        }
    }

    fn person(name: &str, address: &str) -> mail::Mailbox {
        mail::Mailbox { address: address.to_owned(), name: Some(name.to_owned()) }
    }

    fn addressing() -> Addressing {
        Addressing {
            from: person("Northwind KVM Support", "support@northwind.example"),
            to: person("Reyes, Tomás [EXT] (Lab)", "tomas@lab.example"),
            reply_to: None,
            reverse_path: "bounce+c10023@northwind.example".to_owned(),
            message_id: "01980000.c10023@northwind.example".to_owned(),
            in_reply_to: Some("parent@lab.example".to_owned()),
            references: vec!["first@lab.example".to_owned(), "parent@lab.example".to_owned()],
            auto_submitted: AutoSubmitted::Replied,
            date: "2026-06-15T17:12:00Z".parse().unwrap(),
            loop_mark: "support@northwind.example".to_owned(),
        }
    }

    fn composed(addressing: &Addressing) -> String {
        String::from_utf8(compose(&letter(), addressing).unwrap()).unwrap()
    }

    /// The header fields, unfolded.
    fn fields(message: &str) -> Vec<String> {
        let header = message.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ");
        header.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn the_header_says_who_answers_what() {
        let fields = fields(&composed(&addressing()));
        for expected in [
            "Date: Mon, 15 Jun 2026 17:12:00 +0000",
            "Message-ID: <01980000.c10023@northwind.example>",
            "From: \"Northwind KVM Support\" <support@northwind.example>",
            "In-Reply-To: <parent@lab.example>",
            "References: <first@lab.example> <parent@lab.example>",
            "Auto-Submitted: auto-replied",
            "X-Auto-Response-Suppress: All",
            "X-Loop: support@northwind.example",
            "MIME-Version: 1.0",
        ] {
            assert!(fields.iter().any(|field| field == expected), "{expected} is missing:\n{fields:#?}");
        }
        assert!(!fields.iter().any(|field| field.starts_with("Precedence") || field.starts_with("Bcc")));
    }

    #[test]
    fn another_program_reads_what_we_wrote() {
        let raw = compose(&letter(), &addressing()).unwrap();
        let read = MessageParser::new().parse(&raw).unwrap();
        assert_eq!(read.subject(), Some("Re: Défaut [C-10023]"));
        assert_eq!(read.body_text(0).unwrap().trim_end(), "Hello Tomás,\r\n\r\nFrom here.");
        assert_eq!(read.body_html(0).unwrap().trim_end(), "<p>Hello Tomás</p>");
        let to = read.to().unwrap().first().unwrap();
        assert_eq!((to.name(), to.address()), (Some("Reyes, Tomás [EXT] (Lab)"), Some("tomas@lab.example")));
    }

    #[test]
    fn the_same_letter_is_the_same_bytes() {
        assert_eq!(composed(&addressing()), composed(&addressing()));
        let other = Addressing { message_id: "other@northwind.example".to_owned(), ..addressing() };
        let boundary = |message: String| message.split_once("boundary=").unwrap().1.lines().next().unwrap().to_owned();
        assert_ne!(boundary(composed(&addressing())), boundary(composed(&other)));
    }

    #[test]
    fn a_reminder_says_that_it_was_generated() {
        let reminder = Addressing {
            auto_submitted: AutoSubmitted::Generated,
            in_reply_to: None,
            references: vec![],
            ..addressing()
        };
        let fields = fields(&composed(&reminder));
        assert!(fields.contains(&"Auto-Submitted: auto-generated".to_owned()));
        assert!(!fields.iter().any(|field| field.starts_with("In-Reply-To") || field.starts_with("References")));
    }

    #[test]
    fn a_long_thread_keeps_its_ends() {
        let references = (0..100).map(|n| format!("m{n}@lab.example")).collect();
        let long = Addressing { references, in_reply_to: Some("m99@lab.example".to_owned()), ..addressing() };
        let message = composed(&long);
        let thread = fields(&message).into_iter().find(|field| field.starts_with("References:")).unwrap();
        assert!(thread.starts_with("References: <m0@lab.example> <m80@lab.example>"), "{thread}");
        assert!(thread.ends_with("<m99@lab.example>") && thread.matches('@').count() == 21, "{thread}");
        assert!(message.split("\r\n").all(|line| line.len() <= 998));
    }

    #[test]
    fn an_id_is_left_out_where_its_line_would_be_too_long() {
        for (length, is_named) in [(983, true), (984, false)] {
            let id = format!("{}@lab.example", "x".repeat(length - "@lab.example".len()));
            let long = Addressing { in_reply_to: Some(id.clone()), references: vec![id.clone()], ..addressing() };
            let message = composed(&long);
            assert_eq!(message.matches(&id).count(), if is_named { 2 } else { 0 }, "{length}");
            assert!(message.split("\r\n").all(|line| line.len() <= 998), "{length}");
        }
    }

    #[test]
    fn ids_that_are_none_are_left_out() {
        let references = ["", "no id", "a>b@c", "ok@lab.example", "\r\nBcc: x@y"].map(str::to_owned).to_vec();
        let odd = Addressing { references, in_reply_to: Some("@".to_owned()), ..addressing() };
        let fields = fields(&composed(&odd));
        assert!(fields.contains(&"References: <ok@lab.example>".to_owned()), "{fields:#?}");
        assert!(!fields.iter().any(|field| field.starts_with("In-Reply-To") || field.starts_with("Bcc")));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let to = |address: &str| compose(&letter(), &Addressing { to: person("X", address), ..addressing() });
        for wrong in [
            "",
            "nobody",
            "a@b\r\nBcc: c@d",
            "a b@c.example",
            "<a>@c.example",
            "a@",
            "@b.example",
            "jörg@c.example",
            "a@b c",
        ] {
            assert!(matches!(to(wrong), Err(ComposeError::Address("recipient's"))), "{wrong:?}");
        }
        let id = Addressing { message_id: "no id".to_owned(), ..addressing() };
        assert!(matches!(compose(&letter(), &id), Err(ComposeError::MessageId)));
        let early = Addressing { date: Timestamp::MIN, ..addressing() };
        assert!(matches!(compose(&letter(), &early), Err(ComposeError::Date(_))));
    }

    #[test]
    fn addresses_that_only_the_grammar_refuses_are_answered() {
        for odd in ["a..b@docomo.example", ".a@docomo.example", "a.@docomo.example"] {
            let message =
                composed(&Addressing { to: mail::Mailbox { address: odd.to_owned(), name: None }, ..addressing() });
            assert!(fields(&message).contains(&format!("To: {odd}")), "{message}");
        }
        let silent = Addressing { reverse_path: String::new(), ..addressing() };
        assert!(compose(&letter(), &silent).is_ok());
    }

    proptest! {
        #[test]
        fn nobody_writes_our_header(name in "\\PC{0,60}|([A-Z:@\r\n\"\\\\<>,\0 ]{0,60})", subject in "([ -~é\r\n\0\u{202e}]{0,200})") {
            let hostile = Addressing { to: person(&name, "tomas@lab.example"), ..addressing() };
            let letter = Rendered { subject: subject.clone(), ..letter() };
            let message = String::from_utf8(compose(&letter, &hostile).unwrap()).unwrap();
            let names: Vec<String> = fields(&message).iter().map(|field| field.split(':').next().unwrap().to_owned()).collect();
            let tame: Vec<String> = fields(&composed(&addressing())).iter().map(|field| field.split(':').next().unwrap().to_owned()).collect();
            prop_assert_eq!(names, tame);
            prop_assert!(message.is_ascii() && message.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0'])));
        }
    }
}
