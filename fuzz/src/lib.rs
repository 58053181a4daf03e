//! What is fuzzed, one function an entry point: each takes any bytes and panics where what is made of them does not hold.
//!
//! The fuzz targets call these functions, and so do the tests of the main crate over the inputs in `seeds/`, which hold
//! what each entry point has to go through and every input on which one failed before. `scripts/fuzz` runs the targets.

mod answer;
mod inert;
mod sold;

use jiff::Timestamp;
use rmad::mail::{self, Authenticity, Class, Defect, Keys, Message, Trust};
use rmad::understanding::Reading;

/// A name, and what is done with the bytes.
pub type EntryPoint = (&'static str, fn(&[u8]));

pub const ENTRY_POINTS: [EntryPoint; 7] = [
    ("message", message),
    ("new_words", new_words),
    ("numbers", numbers),
    ("delivery_report", delivery_report),
    ("authentication_results", authentication_results),
    ("staff_html", staff_html),
    ("pdf", pdf),
];

/// A whole message (RFC 5322, MIME).
pub fn message(bytes: &[u8]) {
    let _received_at = mail::received_at(bytes);
    let heading = mail::heading(bytes);
    assert!(is_one_line(&heading.subject) && is_one_line(&heading.from.address));
    if let Ok(message) = read(bytes) {
        assert_eq!(heading.subject, message.subject);
        assert!(!message.from.address.is_empty() || message.class != Class::Human, "nobody could be answered");
        if let Some(name) = proven_name(&message) {
            panic!("{name} is proven by a key that never made it");
        }
        answer::check(&message);
    }
}

/// The text of a message that is plain text; its first line is the subject.
pub fn new_words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (subject, body) = text.split_once('\n').unwrap_or(("", &text));
    let Ok(message) = read(&plain_message(&one_line(subject), body)) else { return };
    let words = &message.words;
    let parts = [&words.new_text, &words.signature, &words.quoted, &words.forwarded];
    let mut told: Vec<&str> = parts.iter().flat_map(|part| words_of(part)).collect();
    let mut sent: Vec<&str> = words_of(&message.text).collect();
    told.sort_unstable();
    sent.sort_unstable();
    assert_eq!(told, sent, "every word lands in one of the four, and none is made up");
    let lines: Vec<&str> = message.text.lines().map(str::trim).collect();
    assert!(words.new_text.lines().all(|line| line.is_empty() || lines.contains(&line.trim())), "new words as written");
}

/// A text in which numbers are looked for, held against a catalogue and a customer's orders.
pub fn numbers(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(message) = read(&plain_message("Return", &text)) else { return };
    let catalogue = sold::catalogue();
    let reading = Reading::of(&message, &catalogue);
    for section in &reading.sections {
        let written = |start, end| section.text.get(start..end);
        for candidate in &section.candidates {
            assert_eq!(written(candidate.start, candidate.end), Some(candidate.text.as_str()));
            assert!(candidate.text.contains(|c: char| c.is_ascii_digit()), "{candidate:?}");
        }
        for part in &section.parts {
            assert_eq!(written(part.start, part.end), Some(part.text.as_str()));
            assert!(catalogue.product(&part.part_number).is_some(), "{part:?} is for sale");
        }
        for clause in &section.clauses {
            assert_eq!(written(clause.span.start, clause.span.end).map(str::trim), Some(clause.written.as_str()));
        }
    }
    sold::hold_against_orders(&reading, &catalogue);
}

/// The parts of a multipart/report (RFC 3464) whose boundary is `b`.
pub fn delivery_report(bytes: &[u8]) {
    let header = b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n\
                   Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n";
    let Ok(message) = read(&[header, bytes].concat()) else { return };
    assert_ne!(message.class, Class::Human, "a report is no person's");
    assert_eq!(message.delivery_report.is_some(), message.class == Class::Bounce);
    let Some(report) = message.delivery_report else { return };
    assert!(report.final_recipient.is_none_or(|address| address.contains('@') && is_one_line(&address)));
    assert!(report.status.is_none_or(|code| code.starts_with(['2', '4', '5']) && code.split('.').count() == 3));
    assert!(report.original_message_id.is_none_or(|id| !id.is_empty() && keys().proven(&id).is_none()));
}

/// The value of an Authentication-Results field (RFC 8601), behind the name of the server that wrote it.
pub fn authentication_results(bytes: &[u8]) {
    let value = one_line(&String::from_utf8_lossy(bytes));
    let with = |fields: &str| read(&plain_message_with(fields, "Return", "Hello")).expect("a sound message");
    let received = "Received: from out.example by mx.vendor.example; Mon, 15 Jun 2026 06:51:08 +0000\n";
    let ours = with(&format!("Authentication-Results: mx.vendor.example; {value}\n{received}"));
    let says_pass = value.replace('\\', "").to_lowercase().contains("pass");
    assert!(ours.authenticity != Authenticity::Pass || says_pass, "nothing passes that nobody let pass");
    if let Some(record) = &ours.authentication {
        assert!(record.len() <= 200 && is_one_line(record), "{record:?}");
    }
    // what another server wrote, or stands below the mark of one, says nothing
    let theirs = with(&format!("Authentication-Results: mx.elsewhere.example; {value}\n{received}"));
    let elsewhere = "Received: from out.example by mx.elsewhere.example; Mon, 15 Jun 2026 06:51:08 +0000\n";
    let below = with(&format!("{elsewhere}Authentication-Results: mx.vendor.example; {value}\n"));
    for unproven in [theirs, below] {
        assert_eq!((unproven.authenticity, unproven.authentication), (Authenticity::None, None));
    }
}

/// A message whose body is HTML, as staff look at it; and the bytes of its attachments.
pub fn staff_html(bytes: &[u8]) {
    let header = b"From: Ann <ann@customer.example>\nContent-Type: text/html; charset=utf-8\n\n";
    for raw in [&[header, bytes].concat(), bytes] {
        if let Some(written) = mail::laid_out(raw) {
            inert::check(&written);
        }
        for attachment in read(raw).into_iter().flat_map(|message| message.attachments) {
            let content = mail::content(raw, &attachment).expect("what is listed is there");
            assert!(content.len() <= raw.len(), "{} has grown", attachment.name);
        }
    }
}

/// A PDF, as a message that is nothing else.
pub fn pdf(bytes: &[u8]) {
    let header = b"From: Ann <ann@customer.example>\nContent-Type: application/pdf; name=order.pdf\n\
                   Content-Transfer-Encoding: binary\n\n";
    let _message = read(&[header, bytes].concat());
}

/// Reads twice, and holds what was read to what every message has to be.
fn read(raw: &[u8]) -> Result<Message, Defect> {
    let trust = Trust {
        authserv_ids: vec!["mx.vendor.example".to_owned()],
        own_addresses: vec!["support@vendor.example".to_owned()],
        keys: keys(),
    };
    let read = mail::read(raw, Timestamp::UNIX_EPOCH, &trust);
    assert_eq!(read, mail::read(raw, Timestamp::UNIX_EPOCH, &trust), "the same bytes read the same");
    if let Ok(message) = &read {
        check(message);
    }
    read
}

/// What later steps rely on: single lines are single lines, names are safe, and both databases can hold the texts.
fn check(message: &Message) {
    let reply_to = message.reply_to.iter();
    for mailbox in [&message.from].into_iter().chain(reply_to) {
        assert!(is_one_line(&mailbox.address) && !mailbox.address.contains(' '), "{mailbox:?}");
        assert!(mailbox.name.as_deref().is_none_or(is_one_line), "{mailbox:?}");
    }
    let ids = message.message_id.iter().chain(&message.in_reply_to).chain(&message.references);
    let fields = ids.chain(&message.recipients).chain(&message.reverse_path).chain([&message.subject]);
    fields.for_each(|value| assert!(is_one_line(value), "{value:?} may stand in a header"));
    assert!(message.attachments.len() <= 50);
    for attachment in &message.attachments {
        let name = &attachment.name;
        assert!(is_one_line(name) && !name.contains(['/', '\\', '"', ':']) && !name.starts_with('.'), "{name:?}");
        assert!(name.chars().count() <= 120 && is_one_line(&attachment.media_type), "{name:?}");
    }
    let words = &message.words;
    let texts = [&message.text, &words.new_text, &words.signature, &words.quoted, &words.forwarded];
    for text in texts.into_iter().chain(message.attachments.iter().filter_map(|attachment| attachment.text.as_ref())) {
        assert!(!text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')), "{text:?}");
    }
}

/// What must not be: nobody has the key, so nothing in any input can have been made by it.
fn proven_name(message: &Message) -> Option<&str> {
    let keys = keys();
    let ids = message.message_id.iter().chain(&message.in_reply_to).chain(&message.references);
    ids.chain(&message.recipients).find(|name| keys.proven(name).is_some()).map(String::as_str)
}

fn keys() -> Keys {
    Keys::new(["the key that no input was made with"])
}

fn plain_message(subject: &str, body: &str) -> Vec<u8> {
    plain_message_with("", subject, body)
}

/// `fields` stand on top, each with its line end.
fn plain_message_with(fields: &str, subject: &str, body: &str) -> Vec<u8> {
    let header = "From: Ann Baker <ann@customer.example>\nTo: support@vendor.example\n\
                  Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
    format!("{fields}{header}Subject: {subject}\n\n{body}").into_bytes()
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn is_one_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

/// Words without the marks of quoting before them, which come off what is passed on.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.trim_start_matches(|c: char| c == '>' || c.is_whitespace()).split_whitespace())
}
