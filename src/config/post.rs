//! Where mail comes from and where it goes: `[intake]` and `[delivery]`.

use std::path::PathBuf;
use std::time::Duration;

use super::section::Section;
use super::values;
use crate::mail;
use crate::mailbox::{ImapSettings, MailboxSettings, MaildirSettings};
use crate::tls::{Login, Server, Tls};
use crate::transport::{AFTER_DOT, MaildirOutSettings, SmtpSettings, TransportSettings};

/// The inbox that is read.
#[derive(Debug, Clone)]
pub struct Intake {
    pub mailbox: MailboxSettings,
    /// How long to wait before looking again, where the server does not tell of new mail by itself.
    pub poll: Duration,
    pub backlog: Backlog,
}

/// What is done with the messages that lie in the inbox when it is first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backlog {
    /// They are listed and left alone.
    Leave,
    /// Their answers are prepared for staff, and none goes out.
    Shadow,
    Answer,
}

/// How replies leave, and how many may.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub transport: TransportSettings,
    pub sending: Sending,
}

/// What may go out, however it travels.
#[derive(Debug, Clone)]
pub struct Sending {
    pub mode: Mode,
    pub limits: Limits,
    /// Mail that was received longer ago is not answered by itself.
    pub max_age_days: u16,
    /// The address that replies come from, lower case.
    pub from: String,
}

/// How long one step with a mail server may take.
const STEP: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Live,
    /// Everything is prepared for staff, and nothing goes out.
    Shadow,
}

/// How many replies may go out within a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub per_case_per_day: u32,
    pub per_address_per_day: u32,
    /// So many questions to one address within 30 days may be without an answer; then a person is asked first.
    pub per_address_unanswered: u32,
    /// In all: what is beyond it is written and waits for staff.
    pub per_day: u32,
    /// In all: more than this within an hour means that something is wrong, and stops all sending.
    pub per_hour: u32,
}

#[derive(Clone, Copy)]
enum Kind {
    Server,
    Maildir,
}

/// Keys that matter with one kind and are left alone with the other, so that switching kinds is a change of one line.
const IMAP_OR_MAILDIR: [&str; 12] = [
    "host",
    "port",
    "tls",
    "ca_file",
    "username",
    "auth",
    "password",
    "password_file",
    "folder",
    "processed_folder",
    "review_folder",
    "path",
];
const SMTP_OR_MAILDIR: [&str; 10] =
    ["kind", "host", "port", "tls", "ca_file", "username", "auth", "password", "password_file", "path"];

pub(super) fn intake(section: &mut Section<'_>) -> Option<Intake> {
    section.tolerate(&IMAP_OR_MAILDIR);
    let kind = section.one_of("kind", &[("imap", Kind::Server), ("maildir", Kind::Maildir)]);
    let kind = section.required("kind", "write kind = \"imap\" or kind = \"maildir\"", kind);
    let poll = section.whole("poll_seconds", 1..=86_400).unwrap_or(60);
    let max_bytes = section.whole("max_bytes", 1_024..=512 * 1_024 * 1_024).unwrap_or(25 * 1_024 * 1_024);
    let poll = Duration::from_secs(poll);
    let choices = [("leave", Backlog::Leave), ("shadow", Backlog::Shadow), ("answer", Backlog::Answer)];
    let backlog = section.one_of("backlog", &choices).unwrap_or(Backlog::Leave);
    let mailbox = match kind? {
        Kind::Server => MailboxSettings::Imap(imap(section, max_bytes, poll)?),
        Kind::Maildir => MailboxSettings::Maildir(MaildirSettings {
            path: maildir(section)?,
            max_bytes,
            received_at: mail::received_at,
        }),
    };
    Some(Intake { mailbox, poll, backlog })
}

fn imap(section: &mut Section<'_>, max_bytes: u64, poll: Duration) -> Option<ImapSettings> {
    let server = server(section, |tls| if tls == Tls::Implicit { 993 } else { 143 });
    let username = section.text("username");
    let username = section.required("username", "write the name that the mailbox is signed in to with", username);
    let login = login(section, username);
    let folder = section.text("folder").unwrap_or_else(|| "INBOX".to_owned());
    let processed_folder = section.text("processed_folder").unwrap_or_else(|| "Processed".to_owned());
    let review_folder = section.text("review_folder").unwrap_or_else(|| "Review".to_owned());
    for (key, filed) in [("processed_folder", &processed_folder), ("review_folder", &review_folder)] {
        if *filed == folder {
            section.fault(
                key,
                "is the folder that mail arrives in",
                "name another folder; it is made when it is not there",
            );
        }
    }
    Some(ImapSettings { server: server?, login: login?, folder, processed_folder, review_folder, max_bytes, poll })
}

pub(super) fn delivery(section: &mut Section<'_>, vendor_address: Option<&str>) -> Option<Delivery> {
    let sending = sending(section, vendor_address);
    let kind = section.one_of("kind", &[("smtp", Kind::Server), ("maildir", Kind::Maildir)]);
    let kind = section.required("kind", "write kind = \"smtp\" or kind = \"maildir\"", kind);
    let transport = match kind? {
        Kind::Server => TransportSettings::Smtp(smtp(section)?),
        Kind::Maildir => TransportSettings::Maildir(MaildirOutSettings { path: maildir(section)? }),
    };
    Some(Delivery { transport, sending: sending? })
}

/// The replies' sender is the vendor's address where no other is configured. How they travel is not looked at.
pub(super) fn sending(section: &mut Section<'_>, vendor_address: Option<&str>) -> Option<Sending> {
    section.tolerate(&SMTP_OR_MAILDIR);
    let mode = section.one_of("mode", &[("live", Mode::Live), ("shadow", Mode::Shadow)]);
    let limits = Limits {
        per_case_per_day: section.whole("per_case_per_day", 1..=u32::MAX).unwrap_or(8),
        per_address_per_day: section.whole("per_address_per_day", 1..=u32::MAX).unwrap_or(20),
        per_address_unanswered: section.whole("per_address_unanswered", 1..=u32::MAX).unwrap_or(5),
        per_day: section.whole("per_day", 1..=u32::MAX).unwrap_or(2_000),
        per_hour: section.whole("per_hour", 1..=u32::MAX).unwrap_or(200),
    };
    let max_age_days = section.whole("max_age_days", 1..=36_500).unwrap_or(14);
    let from = section.parsed("from", "write an address alone, such as support@vendor.example", values::address);
    let from = from.or_else(|| vendor_address.map(str::to_owned))?;
    Some(Sending { mode: mode.unwrap_or(Mode::Live), limits, max_age_days, from })
}

fn smtp(section: &mut Section<'_>) -> Option<SmtpSettings> {
    let server = server(section, |tls| match tls {
        Tls::Implicit => 465,
        Tls::Starttls => 587,
        Tls::None => 25,
    });
    let login = match section.text("username") {
        Some(username) => Some(login(section, Some(username))?),
        None => None,
    };
    Some(SmtpSettings { server: server?, login, after_dot: AFTER_DOT })
}

fn maildir(section: &mut Section<'_>) -> Option<PathBuf> {
    let path = section.path("path");
    section.required("path", "write the directory of the Maildir; a relative one counts from this file", path)
}

fn server(section: &mut Section<'_>, usual_port: impl FnOnce(Tls) -> u16) -> Option<Server> {
    let remedy = "write the server's name alone, such as mail.vendor.example";
    let host = section.parsed("host", remedy, values::host);
    let host = section.required("host", remedy, host);
    let choices = [("implicit", Tls::Implicit), ("starttls", Tls::Starttls), ("none", Tls::None)];
    let tls = section.one_of("tls", &choices).unwrap_or(Tls::Implicit);
    let port = section.whole("port", 1..=u16::MAX);
    let ca_file = section.file("ca_file");
    if tls == Tls::None && host.as_deref().is_some_and(|host| !values::is_loopback(host)) {
        let what = "is \"none\", which would send mail and password over the network for all to read";
        section.fault("tls", what, "write \"implicit\" or \"starttls\"; \"none\" is for a server on this machine");
    }
    Some(Server { host: host?, port: port.unwrap_or_else(|| usual_port(tls)), tls, ca_file, timeout: STEP })
}

fn login(section: &mut Section<'_>, username: Option<String>) -> Option<Login> {
    let by_password = section.one_of("auth", &[("password", true), ("xoauth2", false)]).unwrap_or(true);
    if !by_password {
        section.fault("auth", "is \"xoauth2\", which is not available yet", "write auth = \"password\"");
        return None;
    }
    let password = section.password();
    Some(Login { username: username?, password: password? })
}
