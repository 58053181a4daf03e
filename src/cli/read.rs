//! `rmad read`: how a message is read, without order data or store.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Value, json};

use super::Global;
use super::saved_mail::{self, SavedMessage};
use super::sheet::Sheet;
use crate::config::{Config, Environment};
use crate::console::words;
use crate::mail::{self, Attachment, Mailbox, Message, Trust};
use crate::understanding::{Candidate, Catalogue, Label, Reading};
use crate::verify::Verifier;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// .eml files, directories of them, mbox files, Maildirs; - for one message on standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Json,
    Text,
}

/// Prints how each message is read; one that cannot be read with its defect.
///
/// # Errors
/// Where a path cannot be read, or the configuration has faults.
pub async fn run(args: &Args, global: &Global) -> anyhow::Result<ExitCode> {
    let (trust, verifier) = trust(&global.config)?;
    let mut is_first = true;
    for path in &args.paths {
        for saved in messages(path)? {
            let shown = show(saved, &trust, verifier.as_ref(), args.format).await?;
            let gap = if is_first || args.format == Format::Json { "" } else { "\n" };
            let mut out = std::io::stdout();
            writeln!(out, "{gap}{}", shown.trim_end()).and_then(|()| out.flush())?;
            is_first = false;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whom the configuration trusts, and whether we look ourselves. Without one nobody is trusted, and no address is our own.
fn trust(config: &Path) -> anyhow::Result<(Trust, Option<Verifier>)> {
    if config == Path::new("rmad.toml") && !config.exists() {
        return Ok((Trust::default(), None));
    }
    let trust = Config::for_replay(config, &Environment::of_process())?.trust;
    Ok((trust.mail, trust.verify.then(Verifier::of_system).transpose()?))
}

fn messages(path: &PathBuf) -> anyhow::Result<Vec<SavedMessage>> {
    if path.as_os_str() == "-" {
        return Ok(vec![saved_mail::read_standard_input()?]);
    }
    saved_mail::read_all(std::slice::from_ref(path))
}

/// In a task of its own: a reader that panics on what a stranger sent stops no other message.
async fn show(
    saved: SavedMessage,
    trust: &Trust,
    verifier: Option<&Verifier>,
    format: Format,
) -> anyhow::Result<String> {
    let (name, trust) = (saved.name.clone(), trust.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let received_at = mail::received_at(&saved.raw).unwrap_or(saved.fallback_time);
        let message = mail::read(&saved.raw, received_at, &trust).map_err(|defect| defect.to_string())?;
        let reading = Reading::of(&message, &Catalogue::default());
        Ok((message, reading, saved.raw))
    });
    let read: Result<(Message, Reading, Vec<u8>), String> = match reading.await {
        Ok(read) => read,
        Err(failure) if failure.is_panic() => Err("the reader failed on it".to_owned()),
        Err(failure) => return Err(failure).context("a reader was stopped"),
    };
    let read = match read {
        Ok((mut message, reading, raw)) => {
            if let Some(verifier) = verifier {
                verifier.complete(&raw, &mut message).await;
            }
            Ok((message, reading))
        }
        Err(defect) => Err(defect),
    };
    Ok(match (format, read) {
        (Format::Json, Ok((message, reading))) => line(&name, &message, &reading).to_string(),
        (Format::Json, Err(defect)) => json!({"file": name, "defect": defect}).to_string(),
        (Format::Text, Ok((message, reading))) => page(&name, &message, &reading),
        (Format::Text, Err(defect)) => unreadable(&name, &defect),
    })
}

fn line(name: &str, message: &Message, reading: &Reading) -> Value {
    let attachment = |attachment: &Attachment| {
        json!({
            "name": attachment.name, "type": attachment.media_type, "bytes": attachment.bytes,
            "text": attachment.text,
        })
    };
    let candidate =
        |candidate: &Candidate| json!({"kind": kind(candidate), "text": candidate.text, "where": candidate.place});
    json!({
        "file": name,
        "message_id": message.message_id,
        "class": message.class,
        "class_reason": message.class_reason,
        "from": {"address": message.from.address, "name": message.from.name},
        "reply_to": message.reply_to.as_ref().map(|mailbox| &mailbox.address),
        "subject": message.subject,
        "auth": message.authenticity,
        "auth_reason": message.authentication,
        "text": message.text,
        "new_text": message.words.new_text,
        "signature": message.words.signature,
        "quoted": message.words.quoted,
        "forwarded": message.words.forwarded,
        "attachments": message.attachments.iter().map(attachment).collect::<Vec<_>>(),
        "candidates": candidates(reading).map(candidate).collect::<Vec<_>>(),
    })
}

/// What a person would take for a number. The reader also tries every few words that stand together, and leaves it to
/// the order data which of them is one.
fn candidates(reading: &Reading) -> impl Iterator<Item = &Candidate> {
    reading.sections.iter().flat_map(|section| &section.candidates).filter(|candidate| is_number(candidate))
}

/// Every word of it has a digit, but for the prefix of a number that is called by its name ("serial vswd 2202 02443").
fn is_number(candidate: &Candidate) -> bool {
    const LONGEST_PREFIX: usize = 4;
    let has_digit = |word: &str| word.chars().any(|c| c.is_ascii_digit());
    let mut words = candidate.text.split_whitespace();
    let starts = words.next().is_some_and(|first| {
        has_digit(first) || (candidate.label.is_some() && first.chars().count() <= LONGEST_PREFIX)
    });
    starts && words.all(has_digit)
}

/// What the words before a number call it.
fn kind(candidate: &Candidate) -> &'static str {
    match candidate.label {
        Some(Label::Invoice) => "invoice",
        Some(Label::Serial) => "serial",
        Some(Label::Printed) => "printed",
        Some(Label::Part) => "part",
        Some(Label::Account) => "account",
        Some(Label::Foreign) => "foreign",
        None => "number",
    }
}

fn page(name: &str, message: &Message, reading: &Reading) -> String {
    let mut sheet = Sheet::default();
    sheet.heading(name);
    let class = format!("{} ({})", words::class(message.class), message.class_reason);
    sheet.field("Class", &class);
    sheet.field("From", &written(&message.from));
    sheet.field("Reply to", &message.reply_to.as_ref().map(written).unwrap_or_default());
    sheet.field("Subject", &message.subject);
    sheet.field("Authenticity", &words::authenticity(message.authenticity, message.authentication.as_deref()));
    sheet.field("Message-ID", message.message_id.as_deref().unwrap_or_default());
    if let Some(report) = &message.delivery_report {
        sheet.field("Reports on", report.original_message_id.as_deref().unwrap_or("a message it does not name"));
        sheet.field("Not delivered to", report.final_recipient.as_deref().unwrap_or_default());
        let outcome = if report.permanent { "given up" } else { "not a final failure" };
        let delivery = [report.status.as_deref().unwrap_or_default(), outcome].join(" ");
        sheet.field("Delivery", &delivery);
    }
    let said = &message.words;
    for (heading, text) in [
        ("What the sender wrote", &said.new_text),
        ("Passed on", &said.forwarded),
        ("Quoted from earlier mail", &said.quoted),
        ("Signature", &said.signature),
    ] {
        if !text.trim().is_empty() {
            sheet.blank();
            sheet.line(2, heading);
            sheet.quote(4, text.trim());
        }
    }
    attachments(&mut sheet, &message.attachments);
    numbers(&mut sheet, reading);
    sheet.into_text()
}

fn attachments(sheet: &mut Sheet, attachments: &[Attachment]) {
    if attachments.is_empty() {
        return;
    }
    sheet.blank();
    sheet.line(2, "Attachments");
    for attachment in attachments {
        let Attachment { name, media_type, bytes, text, .. } = attachment;
        let text = if text.is_some() { "read as text" } else { "not read" };
        sheet.line(4, &format!("{name}: {media_type}, {bytes} bytes, {text}"));
    }
}

fn numbers(sheet: &mut Sheet, reading: &Reading) {
    let mut found = candidates(reading).peekable();
    if found.peek().is_none() {
        return;
    }
    sheet.blank();
    sheet.line(2, "What may be a number");
    for candidate in found {
        let kind = match candidate.label {
            Some(Label::Foreign) => "called something that is not ours",
            _ => kind(candidate),
        };
        sheet.line(4, &format!("{}: {kind}, {}", candidate.text, words::place(&candidate.place)));
    }
}

fn unreadable(name: &str, defect: &str) -> String {
    let mut sheet = Sheet::default();
    sheet.heading(name);
    sheet.field("Cannot be read", defect);
    sheet.into_text()
}

fn written(mailbox: &Mailbox) -> String {
    match &mailbox.name {
        Some(name) => format!("{name} <{}>", mailbox.address),
        None => mailbox.address.clone(),
    }
}
