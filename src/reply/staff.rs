//! Mails to the vendor's staff: the digest of a business morning, an escalation, a notice. Plain and dense; what customers
//! wrote is shown in them as in every letter, one line and no markup.

use jiff::civil::{Date, DateTime};

use super::life::AdvanceCharge;
use super::values::Unit;

/// What waits for staff on a business morning (policy, section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffDigest {
    pub day: Date,
    pub flagged: Listed<FlaggedThread>,
    pub to_inspect: Listed<ToInspect>,
    pub overdue: Listed<Overdue>,
    pub to_void: Listed<ToVoid>,
    pub undelivered: Listed<Undelivered>,
    pub unreadable: Listed<Unreadable>,
    /// Parts of the daemon that fail.
    pub failing: Vec<Failing>,
    /// `None`: what is written goes out.
    pub stuck: Option<Stuck>,
    /// The console's first page; `None` where there is no console to open.
    pub console: Option<String>,
}

impl StaffDigest {
    pub fn is_empty(&self) -> bool {
        self.counts().iter().all(|(count, _)| *count == 0) && self.stuck.is_none() && self.failing.is_empty()
    }

    fn counts(&self) -> [(usize, &'static str); 6] {
        [
            (self.flagged.total, "flagged"),
            (self.to_inspect.total, "to inspect"),
            (self.overdue.total, "overdue"),
            (self.to_void.total, "to void"),
            (self.undelivered.total, "not delivered"),
            (self.unreadable.total, "unreadable"),
        ]
    }

    /// How many of each, for the subject: `mail is stuck, 4 flagged, 2 to inspect`.
    pub(super) fn summary(&self) -> String {
        let failing = self.failing.iter().take(1).map(|_| "trouble".to_owned());
        let stuck = self.stuck.iter().map(|_| "mail is stuck".to_owned());
        let counts = self.counts().into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> =
            failing.chain(stuck).chain(counts.map(|(count, what)| format!("{count} {what}"))).collect();
        if told.is_empty() { "nothing waits".to_owned() } else { told.join(", ") }
    }
}

/// What waits of one kind: how much in all, and the oldest of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// Of all, also of those that are not listed.
    pub total: usize,
    pub oldest: Vec<T>,
}

impl<T> Listed<T> {
    /// The first `most` of all of them.
    pub fn first(most: usize, all: Vec<T>) -> Listed<T> {
        Listed { total: all.len(), oldest: all.into_iter().take(most).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// How many are not listed.
    pub fn more(&self) -> usize {
        self.total.saturating_sub(self.oldest.len())
    }
}

/// A part of the daemon that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// What is tried: `reading the mailbox`.
    pub what: &'static str,
    /// By the vendor's clock.
    pub since: DateTime,
    pub error: String,
}

impl Failing {
    /// `Monday, 15 June 2026, 08:12`.
    pub fn since(&self) -> String {
        moment(self.since)
    }
}

fn moment(at: DateTime) -> String {
    at.strftime("%A, %-d %B %Y, %H:%M").to_string()
}

/// Messages that could not be handed over to the mail server for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    pub count: usize,
    /// When the oldest of them was written, by the vendor's clock.
    pub since: DateTime,
}

impl Stuck {
    /// `Monday, 15 June 2026, 08:12`.
    pub fn since(&self) -> String {
        moment(self.since)
    }
}

/// A message that could not be read or answered, and is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its number in the ledger.
    pub message: i64,
    pub received_on: Date,
    /// Why.
    pub defect: String,
    /// Its page in the console.
    pub url: Option<String>,
}

/// A case that a person has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlaggedThread {
    /// `C-10023`.
    pub case_number: String,
    /// Name, address or both, as staff know the customer.
    pub customer: String,
    /// Of the customer's message, as it came.
    pub subject: String,
    /// Why it is held, for instance `warranty may be void`.
    pub reasons: Vec<String>,
    pub since: Date,
    /// Whole hours since then.
    pub age_hours: u32,
    /// Its page in the console.
    pub url: Option<String>,
}

impl FlaggedThread {
    /// `5 hours`, `3 days`.
    pub fn age(&self) -> String {
        age(self.age_hours)
    }
}

/// A unit that was received and not yet inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToInspect {
    pub case_number: String,
    pub rma_number: String,
    /// What it is, in a few words: part and serial number.
    pub unit: String,
    pub received_on: Date,
    /// The case's page in the console.
    pub url: Option<String>,
}

/// Something that should have happened by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    pub case_number: String,
    pub rma_number: String,
    /// What, as the end of a sentence: `advance replacement: the defective unit is not back`.
    pub what: String,
    pub since: Date,
    /// The case's page in the console.
    pub url: Option<String>,
}

/// A cancelled order that is not noted as voided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToVoid {
    pub case_number: String,
    pub invoice_number: String,
    pub cancelled_on: Date,
    /// The case's page in the console.
    pub url: Option<String>,
}

/// A message of ours that did not go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// `None` for a mail to staff.
    pub case_number: Option<String>,
    pub recipient: String,
    pub subject: String,
    /// What the mail server said, or why it was withheld.
    pub why: String,
    /// The case's page in the console.
    pub url: Option<String>,
}

/// A flagged case has waited longer than the configured hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffEscalation {
    pub thread: FlaggedThread,
}

/// The last day of an RMA has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffNotice {
    pub case_number: String,
    pub rma_number: String,
    pub customer: String,
    pub last_day: Date,
    pub lapse: Lapse,
    /// The case's page in the console.
    pub url: Option<String>,
}

/// What the last day has passed without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lapse {
    RmaExpired { units: Vec<Unit> },
    AdvanceOverdue { unit: Unit, charge: AdvanceCharge },
}

/// Hours up to two days, then whole days.
fn age(hours: u32) -> String {
    match hours {
        1 => "1 hour".to_owned(),
        0..48 => format!("{hours} hours"),
        _ => format!("{} days", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn an_age_is_told_in_hours_and_then_in_days() {
        for (hours, told) in
            [(0, "0 hours"), (1, "1 hour"), (47, "47 hours"), (48, "2 days"), (71, "2 days"), (72, "3 days")]
        {
            assert_eq!(age(hours), told, "{hours}");
        }
    }
}
