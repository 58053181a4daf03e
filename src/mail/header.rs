//! Header fields (RFC 5322, section 3.6) as a stranger's mail program writes them: folded, 8-bit, twice or garbled.

use std::borrow::Cow;

use mail_parser::{Addr, Header, HeaderValue};

use super::Mailbox;
use super::text::{at_most, decode, single_line};

/// References may grow without limit; the newest ones are those that join threads.
const MAX_IDS: usize = 100;
const MAX_RECIPIENTS: usize = 200;
const MAX_SUBJECT: usize = 2_000;
const MAX_NAME: usize = 200;
const MAX_ADDRESS: usize = 320;

/// The header of one message: every field in order of appearance, name in lower case, value unfolded.
pub(super) struct Fields {
    fields: Vec<(String, String)>,
    from: Vec<Mailbox>,
    from_fields: usize,
    reply_to: Option<Mailbox>,
    sender: Option<Mailbox>,
    recipients: Vec<Mailbox>,
    subject: String,
}

impl Fields {
    pub(super) fn of(message: &mail_parser::Message<'_>) -> Fields {
        let headers = message.headers();
        let from_fields = headers.iter().filter(|header| named(header, "from")).count();
        Fields {
            fields: headers.iter().map(|header| unfolded(header, &message.raw_message)).collect(),
            from: mailboxes(headers, "from"),
            from_fields,
            reply_to: mailboxes(headers, "reply-to").into_iter().next(),
            sender: mailboxes(headers, "sender").into_iter().next(),
            recipients: ["to", "cc"].iter().flat_map(|name| mailboxes(headers, name)).take(MAX_RECIPIENTS).collect(),
            subject: subject(headers),
        }
    }

    /// The unfolded values of all fields of that name (lower case), topmost first.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Names and values from the top: the order in which servers stacked them (RFC 5321, section 4.4).
    pub(super) fn topmost_first(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(super) fn from(&self) -> &[Mailbox] {
        &self.from
    }

    /// Whether there is more than one From field, or more than one address in it.
    pub(super) fn names_several_senders(&self) -> bool {
        self.from_fields > 1 || self.from.len() > 1
    }

    pub(super) fn reply_to(&self) -> Option<&Mailbox> {
        self.reply_to.as_ref()
    }

    pub(super) fn recipients(&self) -> &[Mailbox] {
        &self.recipients
    }

    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// Who sent it: From, else Sender, Reply-To and the envelope's sender. The address is empty where none has one.
    pub(super) fn sender(&self) -> Mailbox {
        let envelope = self.reverse_path().filter(|address| is_address(address));
        let named = [self.from.first(), self.sender.as_ref(), self.reply_to.as_ref()].into_iter().flatten().next();
        named.cloned().unwrap_or_else(|| Mailbox { address: envelope.unwrap_or_default().to_lowercase(), name: None })
    }

    /// The envelope's sender (RFC 5321, section 4.4): `Some("")` is the null reverse-path.
    pub(super) fn reverse_path(&self) -> Option<String> {
        let value = self.first("return-path")?;
        let inner = value.split_once('<').map_or(value, |(_, rest)| rest.split('>').next().unwrap_or_default());
        Some(at_most(&single_line(inner), MAX_ADDRESS).to_owned())
    }

    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let ids: Vec<String> = self.all(name).flat_map(message_ids).collect();
        let surplus = ids.len().saturating_sub(MAX_IDS);
        ids.into_iter().skip(surplus).collect()
    }
}

/// Makes a message's header readable for the parser: no byte order mark, line feeds where there were carriage returns
/// alone, and raw 8-bit fields (RFC 6532 or plain wrong) as UTF-8.
pub(super) fn readable(raw: &[u8]) -> Cow<'_, [u8]> {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    if raw.contains(&b'\r') && !raw.contains(&b'\n') {
        return Cow::Owned(raw.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect());
    }
    let (header, body) = raw.split_at(end_of_header(raw));
    if std::str::from_utf8(header).is_ok() {
        return Cow::Borrowed(raw);
    }
    let mut whole = Vec::with_capacity(raw.len() + header.len() / 4);
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        whole.extend_from_slice(decode(line, None).as_bytes());
    }
    whole.extend_from_slice(body);
    Cow::Owned(whole)
}

/// How many bytes the header takes, with the blank line that ends it.
pub(super) fn end_of_header(raw: &[u8]) -> usize {
    let mut end = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
    }
    end
}

/// The Message-IDs of one field (RFC 5322, section 3.6.4), without angle brackets and without the blanks that bad
/// folding leaves inside. What is no id (phrases of old mail programs, stray words) is left out.
pub(super) fn message_ids(value: &str) -> Vec<String> {
    let bracketed: Vec<String> = value
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| id.split_whitespace().collect::<String>())
        .filter(|id| is_id(id))
        .collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    value
        .split([' ', '\t', ','])
        .map(|word| word.trim_matches(['<', '>']))
        .filter(|word| word.contains('@') && is_id(word))
        .map(str::to_owned)
        .collect()
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 998 && id.chars().all(|c| !c.is_control() && !matches!(c, '<' | '>'))
}

/// Whether the text has the form of an address that mail can be sent to.
pub(super) fn is_address(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && text.len() <= MAX_ADDRESS
            && !text.contains(char::is_whitespace)
            && text.chars().all(|c| !c.is_control() && !matches!(c, '<' | '>' | ',' | ';'))
    })
}

/// Whether there is a field with a name that is one (RFC 5322, section 2.2).
pub(super) fn has_fields(message: &mail_parser::Message<'_>) -> bool {
    message
        .headers()
        .iter()
        .any(|header| !header.name().is_empty() && header.name().bytes().all(|c| c.is_ascii_graphic()))
}

fn named(header: &Header<'_>, name: &str) -> bool {
    header.name().eq_ignore_ascii_case(name)
}

fn unfolded(header: &Header<'_>, raw: &[u8]) -> (String, String) {
    let value = raw.get(header.offset_start() as usize..header.offset_end() as usize).unwrap_or_default();
    (header.name().to_ascii_lowercase(), single_line(&String::from_utf8_lossy(value)))
}

fn subject(headers: &[Header<'_>]) -> String {
    let texts = headers.iter().filter(|header| named(header, "subject")).filter_map(|header| header.value().as_text());
    let subject = texts.map(single_line).find(|text| !text.is_empty()).unwrap_or_default();
    at_most(&subject, MAX_SUBJECT).to_owned()
}

/// The mailboxes of all fields of that name. A name with an unquoted comma (`Evans, Victor <v@x>`) reads as two
/// entries, the first without an address; it is put together again.
fn mailboxes(headers: &[Header<'_>], name: &str) -> Vec<Mailbox> {
    let mut found = Vec::new();
    for header in headers.iter().filter(|header| named(header, name)) {
        let HeaderValue::Address(addresses) = header.value() else {
            continue;
        };
        let mut stray: Vec<String> = Vec::new();
        for entry in addresses.iter() {
            match mailbox(entry) {
                Ok(mut mailbox) => {
                    stray.extend(mailbox.name.take());
                    let name = std::mem::take(&mut stray).join(", ");
                    let name = at_most(&name, MAX_NAME).to_owned();
                    found.push(Mailbox { name: (!name.is_empty()).then_some(name), ..mailbox });
                }
                Err(words) => stray.extend(words),
            }
        }
    }
    found
}

fn mailbox(entry: &Addr<'_>) -> Result<Mailbox, Option<String>> {
    let name = entry.name().map(single_line).filter(|name| !name.is_empty());
    let address = entry.address().map(single_line).filter(|address| !address.is_empty());
    match (name, address.map(|address| address.to_lowercase())) {
        (name, Some(address)) if is_address(&address) || is_mail_system(&address) => Ok(Mailbox { address, name }),
        (Some(name), None) if is_mail_system(&name) => Ok(Mailbox { address: name.to_lowercase(), name: None }),
        (name, address) => Err(name.or(address)),
    }
}

/// Mail systems may name themselves without a domain.
fn is_mail_system(name: &str) -> bool {
    ["mailer-daemon", "postmaster"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The fields of a header that stands alone.
#[cfg(test)]
pub(super) fn parse(text: &str) -> Option<Fields> {
    let whole = format!("{}\n\n", text.trim_start());
    mail_parser::MessageParser::default().parse_headers(whole.as_bytes()).map(|message| Fields::of(&message))
}
