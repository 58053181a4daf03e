//! One message: how it was read, what became of it, and how its sender laid it out.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use super::Console;
use super::case_file::{Recorded, decisive};
use super::guard::{in_frame, with_frame};
use super::kept;
use super::ledger_page;
use super::page::{Badge, Frame, written};
use super::problem::Problem;
use super::words;
use crate::case::decision::Decision;
use crate::mail::{self, Authenticity, Mailbox, Message};

/// So much of one text is shown; nobody reads on, and the whole is there to be downloaded.
const LONGEST_TEXT: usize = 50_000;

#[derive(Template)]
#[template(path = "console/message.html")]
struct Page<'a> {
    frame: &'a Frame,
    id: i64,
    received: String,
    size: String,
    outcome: Badge,
    flags: Vec<&'static str>,
    case: Option<String>,
    /// Why staff have to look at it themselves.
    defect: Option<String>,
    /// Whether somebody has.
    is_dismissed: bool,
    /// Why the last attempt failed, while it waits.
    last_error: Option<String>,
    decisive: Vec<String>,
    read: Option<Read>,
}

/// A message as it was read.
struct Read {
    subject: String,
    fields: Vec<Field>,
    new_text: String,
    /// The other texts: their name, and what they say.
    others: Vec<(&'static str, String)>,
    /// Whether there is HTML to show.
    is_laid_out: bool,
    attachments: Vec<Attachment>,
}

struct Field {
    name: &'static str,
    value: String,
    is_alarming: bool,
}

struct Attachment {
    name: String,
    media_type: String,
    size: String,
    text: Option<String>,
}

pub(super) async fn show(
    State(console): State<Console>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let entry = kept::entry(&console, id).await?;
    let events = console.desk.store.events_of_message(entry.id).await?.into_iter().map(Recorded::from);
    let decisions: Vec<Decision> = events.filter_map(|recorded| recorded.decision).collect();
    let reading = kept::read(&console, &entry, |message, raw| (message, mail::laid_out(raw).is_some()));
    let (read, defect) = match reading.await? {
        Ok((message, is_laid_out)) => (Some(as_read(&as_decided(message, decisions.first()), is_laid_out)), None),
        Err(defect) => (None, Some(defect)),
    };
    let decisive = decisions.iter().flat_map(decisive).map(words::step).collect();
    let frame = console.frame().await?;
    let page = written(&Page {
        frame: &frame,
        id: entry.id,
        received: frame.time(entry.received_at),
        size: bytes(usize::try_from(entry.size).unwrap_or_default()),
        outcome: ledger_page::outcome(&entry),
        flags: ledger_page::flags(&entry),
        case: entry.case_number,
        is_dismissed: entry.dismissed_at.is_some(),
        defect: entry.defect.or(defect),
        last_error: entry.last_error.filter(|_| entry.settled_at.is_none()),
        decisive,
        read,
    })?;
    Ok(with_frame(page))
}

#[derive(Template)]
#[template(path = "console/laid_out.html")]
struct LaidOut {
    id: i64,
    /// Sanitised HTML.
    body: String,
}

/// The message as its sender laid it out: a page that is shown in a frame of the other, or alone.
pub(super) async fn laid_out(
    State(console): State<Console>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let id = kept::entry(&console, id).await?.id;
    let raw = console.desk.store.raw(id).await?.unwrap_or_default();
    let body = kept::aside(move || Ok(mail::laid_out(&raw))).await?.ok().flatten();
    Ok(in_frame(written(&LaidOut { id, body: body.ok_or(Problem::NotLaidOut(id))? })?))
}

/// With the verdict on the sender that the decision was made on: what the DNS said then it may not say today.
fn as_decided(message: Message, decision: Option<&Decision>) -> Message {
    let Some(Decision { authenticity, authentication, .. }) = decision else { return message };
    Message { authenticity: *authenticity, authentication: authentication.clone(), ..message }
}

fn as_read(message: &Message, is_laid_out: bool) -> Read {
    let said = &message.words;
    let others = [
        ("Passed on", &said.forwarded),
        ("Quoted from earlier mail", &said.quoted),
        ("Signature", &said.signature),
        ("The whole text", &message.text),
    ];
    let is_new = |text: &str| !text.trim().is_empty() && text.trim() != said.new_text.trim();
    Read {
        subject: message.subject.clone(),
        fields: fields(message),
        new_text: shown(&said.new_text),
        others: others.into_iter().filter(|(_, text)| is_new(text)).map(|(name, text)| (name, shown(text))).collect(),
        is_laid_out,
        attachments: message.attachments.iter().map(attachment).collect(),
    }
}

fn fields(message: &Message) -> Vec<Field> {
    let class = format!("{}: {}", words::class(message.class), message.class_reason);
    let all = [
        ("From", mailbox(&message.from)),
        ("Reply to", message.reply_to.as_ref().map(mailbox).unwrap_or_default()),
        ("To", message.recipients.join(", ")),
        ("Kind", class),
    ];
    let told = all.into_iter().filter(|(_, value)| !value.is_empty());
    let mut fields: Vec<Field> = told.map(|(name, value)| Field { name, value, is_alarming: false }).collect();
    fields.push(Field {
        name: "Authenticity",
        value: words::authenticity(message.authenticity, message.authentication.as_deref()),
        is_alarming: message.authenticity == Authenticity::Fail,
    });
    fields
}

fn mailbox(mailbox: &Mailbox) -> String {
    match &mailbox.name {
        Some(name) => format!("{name} <{}>", mailbox.address),
        None => mailbox.address.clone(),
    }
}

fn attachment(attachment: &mail::Attachment) -> Attachment {
    Attachment {
        name: attachment.name.clone(),
        media_type: attachment.media_type.clone(),
        size: bytes(attachment.bytes),
        text: attachment.text.as_deref().map(shown),
    }
}

fn shown(text: &str) -> String {
    let text = text.trim();
    let mut shown: String = text.chars().take(LONGEST_TEXT).collect();
    if shown.len() < text.len() {
        shown.push_str("\n\n… (cut here; download the message for the rest)");
    }
    shown
}

fn bytes(count: usize) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{} KB", count.div_ceil(1_000)),
        _ => format!("{} MB", count.div_ceil(1_000_000)),
    }
}
