//! What decisions are made by: the vendor, whom to believe, how numbers look, the policy and the reminders.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use regex::Regex;

use super::free_mail;
use super::section::Section;
use super::source::Source;
use super::values::{self, Hours};
use crate::case::calendar::{Calendar, Holiday};
use crate::case::reminders::Schedule;
use crate::mail::{self, Keys};

/// The settings that replay and the daemon share.
#[derive(Debug, Clone)]
pub struct Desk {
    pub vendor: Vendor,
    pub trust: Trust,
    pub recognise: Recognise,
    pub policy: Policy,
    pub reminders: Reminders,
}

/// Whose returns desk this is.
#[derive(Debug, Clone)]
pub struct Vendor {
    pub name: String,
    /// The support address that customers write to, lower case.
    pub address: String,
    /// Days and hours of the policy are of this zone.
    pub time_zone: TimeZone,
    pub business_hours: Hours,
    /// Never empty.
    pub business_days: Vec<Weekday>,
    pub holidays: BTreeSet<Holiday>,
    /// Where digests, notices and escalations go, lower case; `None`: nowhere.
    pub staff_address: Option<String>,
    /// Where the policy can be read on the web.
    pub policy_url: Option<String>,
    /// Where parcels go, line by line; never empty.
    pub returns_address: Vec<String>,
}

/// Whom to believe.
#[derive(Debug, Clone)]
pub struct Trust {
    /// What the reader of mail has to know; the vendor's address and the sender of replies are our own addresses.
    pub mail: mail::Trust,
    /// Bounces and replies come back to an address of each message's own (RFC 5233).
    pub subaddress: bool,
    /// Domains that say nothing about who somebody works for: the well-known ones and those configured, lower case.
    pub free_mail_domains: BTreeSet<String>,
    /// Whether we ask the DNS about senders that the receiving server wrote nothing about.
    pub verify: bool,
}

impl Trust {
    /// Nobody vouches for any sender: no server is trusted to, and we do not look ourselves.
    pub fn vouches_for_nobody(&self) -> bool {
        self.mail.authserv_ids.is_empty() && !self.verify
    }
}

/// Patterns that help to tell numbers from other words; the order data remains the first authority.
#[derive(Debug, Clone)]
pub struct Recognise {
    pub invoice: Option<Regex>,
    pub serial: Option<Regex>,
}

#[derive(Debug, Clone)]
pub struct Policy {
    /// One version each; none: the policy that is built in.
    pub files: Vec<PathBuf>,
    /// Whether a decline goes out by itself; otherwise a person sees it first.
    pub auto_decline: bool,
    /// Ends in `{number}`, which stands for the running number and its check digit.
    pub rma_number: String,
}

/// When mail goes out that answers nobody.
#[derive(Debug, Clone)]
pub struct Reminders {
    /// Days after a request for details.
    pub details_days: Vec<u16>,
    /// Days after an RMA was issued.
    pub rma_days: Vec<u16>,
    /// Days after an advance replacement was shipped.
    pub advance_days: Vec<u16>,
    /// So many days after a request for details that brought no answer the case closes; more than any of `details_days`.
    pub close_after_days: u16,
    /// What has waited for staff so long is put before them again.
    pub escalate_after: SignedDuration,
    pub hours: Hours,
}

impl Desk {
    /// To whom no letter to a customer goes: our own addresses and that of staff, who may answer by a machine too; each
    /// without its detail (RFC 5233).
    pub fn own_addresses(&self) -> BTreeSet<String> {
        let own = self.trust.mail.own_addresses.iter().chain(&self.vendor.staff_address);
        own.map(|address| mail::without_detail(address)).collect()
    }

    /// When time brings what.
    pub fn schedule(&self) -> Schedule {
        let reminders = &self.reminders;
        Schedule {
            details_days: reminders.details_days.clone(),
            rma_days: reminders.rma_days.clone(),
            advance_days: reminders.advance_days.clone(),
            close_after_days: reminders.close_after_days,
            escalate_after: self.vendor.staff_address.as_ref().map(|_| reminders.escalate_after),
            calendar: self.calendar(),
        }
    }

    /// When mail may go out that answers nobody.
    pub fn calendar(&self) -> Calendar {
        Calendar {
            zone: self.vendor.time_zone.clone(),
            business_days: self.vendor.business_days.clone(),
            holidays: self.vendor.holidays.clone(),
            from: self.reminders.hours.from,
            until: self.reminders.hours.until,
        }
    }
}

/// Whether parcels are really going to come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ReturnsAddress {
    Required,
    Replaceable,
}

/// Reads the five sections; `None` once a setting has a fault that leaves nothing to go on with.
pub(super) fn read(source: &mut Source, returns_address: ReturnsAddress) -> Option<Desk> {
    let sender = source.peek("delivery", "from").map(str::to_lowercase);
    let vendor = source.section("vendor", |section| vendor(section, sender.as_deref(), returns_address));
    let address = vendor.as_ref().map(|vendor| vendor.address.clone());
    let trust = source.section("trust", |section| trust(section, address.into_iter().chain(sender).collect()));
    let recognise = source.section("recognise", recognise);
    let policy = source.section("policy", policy);
    let hours = vendor.as_ref().map(|vendor| vendor.business_hours).unwrap_or_default();
    let reminders = source.section("reminders", |section| reminders(section, hours));
    Some(Desk { vendor: vendor?, trust, recognise, policy, reminders })
}

fn vendor(section: &mut Section<'_>, sender: Option<&str>, returns_address: ReturnsAddress) -> Option<Vendor> {
    let name = section.text("name");
    let name = section.required("name", "write the company's name as customers know it", name);
    let remedy = "write the support address, such as support@vendor.example";
    let address = section.parsed("address", remedy, values::address);
    let address = section.required("address", remedy, address);
    let remedy = "write an IANA name such as America/Los_Angeles; the machine needs the tzdata package";
    let time_zone = section.parsed_or("time_zone", "America/Los_Angeles", remedy, values::time_zone);
    let business_hours = hours(section, "business_hours");
    let business_days = business_days(section);
    let holidays = holidays(section);
    let staff_address = staff_address(section, &[address.as_deref(), sender]);
    let policy_url = section.parsed("policy_url", "write it in full, with https:// in front", values::web_address);
    let lines = returns_lines(section, name.as_deref(), returns_address);
    Some(Vendor {
        name: name?,
        address: address?,
        time_zone: time_zone?,
        business_hours: business_hours.unwrap_or_default(),
        business_days,
        holidays,
        staff_address,
        policy_url,
        returns_address: lines?,
    })
}

fn business_days(section: &mut Section<'_>) -> Vec<Weekday> {
    let remedy = "list weekdays: [\"monday\", \"tuesday\"]";
    let days = section.list("business_days", remedy, values::weekday);
    if days.as_ref().is_some_and(Vec::is_empty) {
        section.fault("business_days", "names no day", remedy);
    }
    days.unwrap_or_else(|| Weekday::Monday.cycle_forward().take(5).collect())
}

fn holidays(section: &mut Section<'_>) -> BTreeSet<Holiday> {
    let remedy = "list dates such as \"2026-11-26\", or \"12-25\" for every year";
    section.list("holidays", remedy, values::holiday).unwrap_or_default().into_iter().collect()
}

/// What is sent to staff must not come back as a customer's mail.
fn staff_address(section: &mut Section<'_>, our_own: &[Option<&str>]) -> Option<String> {
    let remedy = "write another address, that of a person or a list, such as returns-staff@vendor.example";
    let address = section.parsed("staff_address", remedy, values::address)?;
    if our_own.iter().flatten().any(|own| values::is_same_mailbox(&address, own)) {
        section.fault("staff_address", "is our own address, so that mail to staff would come back to us", remedy);
    }
    Some(address)
}

fn returns_lines(section: &mut Section<'_>, name: Option<&str>, needed: ReturnsAddress) -> Option<Vec<String>> {
    let remedy =
        "write where parcels go, line by line: [\"Returns Department\", \"1 Example Street\", \"Springfield\"]";
    let lines = section.list("returns_address", remedy, |line| Ok(line.to_owned()));
    if lines.as_ref().is_some_and(Vec::is_empty) {
        section.fault("returns_address", "is empty", remedy);
    }
    match needed {
        ReturnsAddress::Required => section.required("returns_address", remedy, lines),
        ReturnsAddress::Replaceable => {
            let instead = vec![name.unwrap_or_default().to_owned(), "(no returns address is configured)".to_owned()];
            Some(lines.unwrap_or(instead))
        }
    }
}

fn trust(section: &mut Section<'_>, own_addresses: Vec<String>) -> Trust {
    let remedy = "list the names by which your own mail servers sign Authentication-Results, such as mx.vendor.example";
    let authserv_ids = section.list("authserv_ids", remedy, values::authserv_id).unwrap_or_default();
    let remedy = "list domains such as mail.example; the well-known ones are built in";
    let configured = section.list("free_mail_domains", remedy, values::domain).unwrap_or_default();
    let built_in = free_mail::DOMAINS.iter().map(|domain| (*domain).to_owned());
    Trust {
        mail: mail::Trust { authserv_ids, own_addresses, keys: keys(section) },
        subaddress: section.truth("subaddress").unwrap_or(false),
        free_mail_domains: built_in.chain(configured).collect(),
        verify: section.truth("verify").unwrap_or(false),
    }
}

/// The shortest key that is one, in characters.
const SHORTEST_KEY: usize = 24;

/// One a line, the newest first.
fn keys(section: &mut Section<'_>) -> Keys {
    let Some(path) = section.file("keys_file") else { return Keys::default() };
    let read = std::fs::read_to_string(&path).map_err(|error| format!("names {}: {error}", path.display()));
    let keys = read.and_then(|text| {
        let keys: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        match keys.iter().find(|key| key.chars().count() < SHORTEST_KEY) {
            _ if keys.is_empty() => Err(format!("names {}, which is empty", path.display())),
            Some(_) => Err(format!("names {}, which has a key of less than {SHORTEST_KEY} characters", path.display())),
            None => Ok(Keys::new(keys)),
        }
    });
    let remedy = "write one key a line, the newest first, such as the output of `openssl rand -hex 32`";
    section.keep("keys_file", remedy, keys).unwrap_or_default()
}

fn recognise(section: &mut Section<'_>) -> Recognise {
    let remedy = "write a regular expression for one number, such as '\\bINV-\\d{5}\\b', or leave the key out";
    Recognise {
        invoice: section.parsed("invoice_pattern", remedy, values::pattern),
        serial: section.parsed("serial_pattern", remedy, values::pattern),
    }
}

fn policy(section: &mut Section<'_>) -> Policy {
    let remedy = "write a short prefix of letters, digits and dashes, then {number}: \"RMA-{number}\"";
    let rma_number = section.parsed("rma_number", remedy, values::rma_number);
    Policy {
        files: section.files("file").unwrap_or_default(),
        auto_decline: section.truth("auto_decline").unwrap_or(true),
        rma_number: rma_number.unwrap_or_else(|| "RMA-{number}".to_owned()),
    }
}

fn reminders(section: &mut Section<'_>, business_hours: Hours) -> Reminders {
    let escalate_after_hours: u16 = section.whole("escalate_after_hours", 1..=8_760).unwrap_or(24);
    let reminders = Reminders {
        details_days: days(section, "details_days").unwrap_or_else(|| vec![3, 7]),
        rma_days: days(section, "rma_days").unwrap_or_else(|| vec![7, 12]),
        advance_days: days(section, "advance_days").unwrap_or_else(|| vec![7, 12]),
        close_after_days: section.whole("close_after_days", 1..=365).unwrap_or(14),
        escalate_after: SignedDuration::from_hours(escalate_after_hours.into()),
        hours: hours(section, "hours").unwrap_or(business_hours),
    };
    let closes = reminders.close_after_days;
    if let Some(last) = reminders.details_days.iter().max().filter(|last| **last >= closes) {
        let what = format!("is {closes}, and a reminder after {last} days would find the case closed");
        section.fault("close_after_days", &what, "write a greater number, or take that day out of details_days");
    }
    reminders
}

fn days(section: &mut Section<'_>, key: &'static str) -> Option<Vec<u16>> {
    let remedy = "list the days in rising order, such as [3, 7]; [] sends no reminder";
    let days = section.list(key, remedy, |text| values::whole(text, &(1..=365_u16)))?;
    if !days.is_sorted_by(|earlier, later| earlier < later) {
        section.fault(key, "does not rise", remedy);
    }
    Some(days)
}

fn hours(section: &mut Section<'_>, key: &'static str) -> Option<Hours> {
    section.parsed(key, "write two times of one day, such as \"09:00-17:00\"", values::hours)
}
