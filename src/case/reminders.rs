//! What time alone brings to a case (policy, section 5): reminders, the end of what nobody answers, and a word to staff
//! about what waits for them. Derived from the case and from what was written in it, never queued beside it: whatever
//! changes the case changes what comes next.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::calendar::Calendar;
use super::{Case, Rma, RmaUnit, State};
use crate::policy::Flag;

/// When time brings what.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Days after a request for details, rising: the first reminder and the last.
    pub details_days: Vec<u16>,
    /// Days after an RMA was issued, rising: the first reminder and the last.
    pub rma_days: Vec<u16>,
    /// Days after an advance replacement was shipped, rising: the first reminder and the last.
    pub advance_days: Vec<u16>,
    /// So many days after a request for details that brought no answer the case closes.
    pub close_after_days: u16,
    /// What has waited for staff so long is put before them again; `None` where there is nobody to tell.
    pub escalate_after: Option<SignedDuration>,
    /// When mail may go out.
    pub calendar: Calendar,
}

/// What comes next in a case, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// From then on, at civil hours.
    pub at: Timestamp,
    pub what: Occasion,
}

/// What time brings to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// Details that were asked for on that day have not come.
    DetailsReminder { days: u16, is_last: bool, since: Date },
    /// The customer was silent for too long.
    Closing { since: Date },
    /// The parcel has not come.
    RmaReminder { days: u16, is_last: bool, last_day: Date },
    /// A replacement was shipped in advance, and the unit at this place of the RMA has not come.
    AdvanceReminder { unit: usize, days: u16, is_last: bool, last_day: Date },
    /// The last day has passed, and the units at these places of the RMA have not come. The case lapses in this version of
    /// it: what lapsed, came and was turned away may lapse again.
    Expiry { last_day: Date, rma: String, version: i64, places: Vec<usize> },
    /// The case has waited for a person too long, held or flagged.
    Escalation { since: Timestamp },
}

impl Occasion {
    /// The lapse of what is waited for at these places of the case's RMA.
    pub fn expiry(case: &Case, rma: &Rma, places: Vec<usize>) -> Occasion {
        Occasion::Expiry { last_day: rma.expires_on, rma: rma.number.clone(), version: case.version, places }
    }

    /// Names it within its case, so that it comes once.
    pub fn name(&self) -> String {
        match self {
            Occasion::DetailsReminder { days, since, .. } => format!("details_{days}_days/{since}"),
            Occasion::Closing { since } => format!("case_closed/{since}"),
            Occasion::RmaReminder { days, last_day, .. } => format!("rma_{days}_days/{last_day}"),
            Occasion::AdvanceReminder { unit, days, last_day, .. } => format!("advance_{days}_days/{last_day}/{unit}"),
            Occasion::Expiry { last_day, rma, version, places } => {
                let places: Vec<String> = places.iter().map(usize::to_string).collect();
                format!("rma_expired/{last_day}/{rma}/{version}/{}", places.join("+"))
            }
            Occasion::Escalation { since } => format!("escalation/{since}"),
        }
    }

    /// Names what staff are told of it beside the customer.
    pub fn name_for_staff(&self) -> String {
        format!("{}{TO_STAFF}", self.name())
    }
}

/// The end of the name of what staff are told.
const TO_STAFF: &str = "/staff";

/// A message of ours in a case, as far as time has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The letter it was written from, for instance `rma_issued`.
    pub template: String,
    pub occasion: Option<String>,
    pub at: Timestamp,
    /// Whether the mail server took it: neither withheld nor refused, nor on its way yet.
    pub is_accepted: bool,
}

/// Cases in which time brings something to the customer.
pub const WAITING: [State; 4] = [State::AwaitingDetails, State::Approved, State::Received, State::Inspected];

/// The letters that tell a customer by when a parcel has to come.
const TELL_LAST_DAY: [&str; 3] = ["rma_issued", "rma_extended", "advance_shipped"];

impl Schedule {
    /// What time brings next, to the customer or to staff.
    pub fn next(&self, case: &Case, written: &[Written], now: Timestamp) -> Option<Due> {
        let due = [self.for_customer(case, written, now), self.for_staff(case, written, now)];
        due.into_iter().flatten().min_by_key(|due| due.at)
    }

    /// What time brings next to the customer: of each row the latest whose time has come, since one that was missed is
    /// moot, otherwise the first that is still to come; of several rows the earliest. Nobody is reminded, nor anything
    /// ended, where the letter that began it was withheld or refused or is on its way yet, or where mail comes back.
    /// `written` is what was written in the case, oldest first.
    pub fn for_customer(&self, case: &Case, written: &[Written], now: Timestamp) -> Option<Due> {
        let rows = self.customer_rows(case, written);
        let left = rows.iter().filter_map(|row| next_of(row, written, now));
        left.min_by_key(|due| due.at).cloned()
    }

    /// Whether what was written on this occasion is still true as it is about to leave: a reminder or an escalation where
    /// it is what has come last of its row, an end where no part of it was taken back since. Nothing goes to the customer of
    /// a case that is held or whose mail comes back. What is withheld for it is for staff: the digest lists it.
    pub fn still_stands(&self, case: &Case, written: &[Written], occasion: &str, now: Timestamp) -> bool {
        let is_other = |letter: &&Written| letter.occasion.as_deref() != Some(occasion);
        let others: Vec<Written> = written.iter().filter(is_other).cloned().collect();
        let is_it = |due: &Due| due.at <= now && due.what.name() == occasion;
        let rows = self.customer_rows(case, written);
        rows.iter().filter_map(|row| next_of(row, &others, now)).any(is_it)
            || self.for_staff(case, &others, now).as_ref().is_some_and(is_it)
            || has_ended(case, occasion)
    }

    fn customer_rows(&self, case: &Case, written: &[Written]) -> Vec<Vec<Due>> {
        let can_be_reached = !case.flags.contains(&Flag::ReplyBounced);
        match case.state {
            State::AwaitingDetails if can_be_reached => self.details_row(case, written).into_iter().collect(),
            State::Approved | State::Received | State::Inspected if can_be_reached => self.rma_rows(case, written),
            _ => vec![],
        }
    }

    fn details_row(&self, case: &Case, written: &[Written]) -> Option<Vec<Due>> {
        // A case that staff release begins anew.
        let since = case.asked_at.filter(|_| is_told(written, &["details_requested"]))?.max(case.since);
        let since = self.calendar.day(since);
        let reminder = |days, is_last| Occasion::DetailsReminder { days, is_last, since };
        let closing = self.on(after(since, self.close_after_days)?, Occasion::Closing { since });
        Some(ending_with(closing, self.reminders(&self.details_days, since, reminder)))
    }

    /// The parcel's row, unless a part of it has come, and one for each unit that a replacement was shipped for. Each ends
    /// with the last day.
    fn rma_rows(&self, case: &Case, written: &[Written]) -> Vec<Vec<Due>> {
        let Some(rma) = case.rma.as_ref().filter(|_| is_told(written, &TELL_LAST_DAY)) else { return vec![] };
        let last_day = rma.expires_on;
        let extended_on = self.extended_on(written);
        let counted_from = |day: Date| extended_on.map_or(day, |extended| extended.max(day));
        let mut rows = Vec::new();
        if rma.expected().any(|unit| unit.advance.is_none()) {
            let days: &[u16] = if rma.has_begun_to_arrive() { &[] } else { &self.rma_days };
            let reminder = |days, is_last| Occasion::RmaReminder { days, is_last, last_day };
            rows.push(self.reminders(days, counted_from(rma.issued_on), reminder));
        }
        for (unit, expected) in rma.units.iter().enumerate().filter(|(_, unit)| unit.is_expected()) {
            if let Some(advance) = &expected.advance {
                let reminder = |days, is_last| Occasion::AdvanceReminder { unit, days, is_last, last_day };
                rows.push(self.reminders(&self.advance_days, counted_from(advance.shipment.shipped_on), reminder));
            }
        }
        let places = rma.units.iter().enumerate().filter(|(_, unit)| unit.is_expected()).map(|(place, _)| place);
        let expiry = Occasion::expiry(case, rma, places.collect());
        let expiry = last_day.tomorrow().ok().and_then(|day| self.on(day, expiry));
        rows.into_iter().map(|row| ending_with(expiry.clone(), row)).collect()
    }

    /// What time brings next to staff: a word about a case that has waited for them too long, once a hold or flagging. A
    /// flag that joins others is none of its own, and a hold is always one.
    pub fn for_staff(&self, case: &Case, written: &[Written], now: Timestamp) -> Option<Due> {
        let since = case.for_staff_since?;
        let at = self.calendar.next_open(since.saturating_add(self.escalate_after?).ok()?)?;
        next_of(&[Due { at, what: Occasion::Escalation { since } }], written, now).cloned()
    }

    fn reminders(&self, days: &[u16], since: Date, what: impl Fn(u16, bool) -> Occasion) -> Vec<Due> {
        let last = days.iter().max().filter(|_| days.len() > 1);
        let on = |after_days: &u16| self.on(after(since, *after_days)?, what(*after_days, last == Some(after_days)));
        days.iter().filter_map(on).collect()
    }

    /// At the opening of that day, or of the first day after it that has one.
    fn on(&self, day: Date, what: Occasion) -> Option<Due> {
        Some(Due { at: self.calendar.first_opening(day)?, what })
    }

    /// The day on which more time was granted for the present RMA: reminders then count from there.
    fn extended_on(&self, written: &[Written]) -> Option<Date> {
        let letter = written.iter().rev().find(|w| ["rma_issued", "rma_extended"].contains(&w.template.as_str()))?;
        (letter.template == "rma_extended").then(|| self.calendar.day(letter.at))
    }

    /// The day on which the case closes by itself, if it stays silent.
    pub fn closes_on(&self, since: Date) -> Option<Date> {
        let closing = self.on(after(since, self.close_after_days)?, Occasion::Closing { since })?;
        Some(self.calendar.day(closing.at))
    }
}

/// A row with its end. A reminder that would come with it or behind it, as after a short extension, gives way.
fn ending_with(end: Option<Due>, mut row: Vec<Due>) -> Vec<Due> {
    if let Some(end) = end {
        row.retain(|due| due.at < end.at);
        row.push(end);
    }
    row
}

/// A row in order of time: what was written is done, and so is what should have come before it.
fn next_of<'r>(row: &'r [Due], written: &[Written], now: Timestamp) -> Option<&'r Due> {
    let is_done = |due: &Due| {
        let name = due.what.name();
        written.iter().any(|letter| letter.occasion.as_ref() == Some(&name))
    };
    let done = row.iter().rposition(is_done).map_or(0, |last| last + 1);
    let left = row.get(done..)?;
    let come = left.iter().map(|due| due.at).filter(|at| *at <= now).max();
    let at = come.or(left.first().map(|due| due.at))?;
    left.iter().rfind(|due| due.at == at)
}

/// Whether the last of these letters reached the customer.
fn is_told(written: &[Written], templates: &[&str]) -> bool {
    let letter = written.iter().rev().find(|letter| templates.contains(&letter.template.as_str()));
    letter.is_some_and(|letter| letter.is_accepted)
}

/// Whether the case or its RMA is still at the end that was told on this occasion, to the customer or to staff.
fn has_ended(case: &Case, occasion: &str) -> bool {
    let can_be_told = case.state != State::HeldForReview && !case.flags.contains(&Flag::ReplyBounced);
    if occasion.starts_with("case_closed/") {
        return case.state == State::Closed && can_be_told;
    }
    let to_staff = occasion.strip_suffix(TO_STAFF);
    let is_true = case.rma.as_ref().is_some_and(|rma| has_expired(rma, to_staff.unwrap_or(occasion)));
    is_true && (to_staff.is_some() || can_be_told)
}

/// Whether all that is told to have lapsed on this occasion has: one unit that came, or was given more time, makes it untrue.
fn has_expired(rma: &Rma, occasion: &str) -> bool {
    let lapse = occasion.strip_prefix(&format!("rma_expired/{}/{}/", rma.expires_on, rma.number));
    let is_lapsed = |place: &str| {
        let unit = place.parse().ok().and_then(|place: usize| rma.units.get(place));
        unit.is_some_and(RmaUnit::has_lapsed)
    };
    lapse.and_then(|lapse| lapse.split_once('/')).is_some_and(|(_, places)| places.split('+').all(is_lapsed))
}

fn after(since: Date, days: u16) -> Option<Date> {
    since.checked_add(i32::from(days).days()).ok()
}

#[cfg(test)]
mod tests;
