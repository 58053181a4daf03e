//! Mails to the vendor's staff: the digest of a business morning, an escalation, a notice. Plain and dense; what customers
//! wrote is shown in them as in every letter, one line and no markup.

use jiff::civil::Date;

use super::life::AdvanceCharge;
use super::values::Unit;

/// What waits for staff on a business morning (policy, section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffDigest {
    pub day: Date,
    /// The oldest first.
    pub flagged: Vec<FlaggedThread>,
    pub to_inspect: Vec<ToInspect>,
    pub overdue: Vec<Overdue>,
    pub undelivered: Vec<Undelivered>,
    /// Messages that could not be read and are set aside.
    pub unreadable: u32,
    /// The console's first page; `None` where there is no console to open.
    pub console: Option<String>,
}

impl StaffDigest {
    pub fn is_empty(&self) -> bool {
        let listed = self.flagged.len() + self.to_inspect.len() + self.overdue.len() + self.undelivered.len();
        listed == 0 && self.unreadable == 0
    }

    /// How many of each, for the subject: `4 flagged, 2 to inspect`.
    pub(super) fn summary(&self) -> String {
        let counts = [
            (self.flagged.len(), "flagged"),
            (self.to_inspect.len(), "to inspect"),
            (self.overdue.len(), "overdue"),
            (self.undelivered.len(), "not delivered"),
            (usize::try_from(self.unreadable).unwrap_or(usize::MAX), "unreadable"),
        ];
        let told: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if told.is_empty() { "nothing waits".to_owned() } else { told.join(", ") }
    }
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
    /// Why it is held, for instance `possible_void_warranty`.
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

/// A message of ours that could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// `None` for a mail to staff.
    pub case_number: Option<String>,
    pub recipient: String,
    pub subject: String,
    /// What the mail server said.
    pub why: String,
    /// Its page in the console.
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
