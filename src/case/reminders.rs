//! Reminders (policy, section 5): which one a case is due, if any. Derived from the case, never queued beside it.

use jiff::civil::Date;

use super::calendar::Calendar;
use super::{Case, State};

/// When reminders are due.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Days after a request for details: the first reminder and the last.
    pub details_days: Vec<u16>,
    /// Days after an RMA was issued: the first reminder and the last.
    pub rma_days: Vec<u16>,
    /// When mail may go out.
    pub calendar: Calendar,
}

/// A reminder that a case is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub about: Subject,
    /// The last one of its row.
    pub is_last: bool,
    /// Names the reminder within its case, so that it is sent once.
    pub occasion: String,
    /// The day it counts from.
    pub since: Date,
}

/// What a customer is reminded of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Details that were asked for.
    Details,
    /// An RMA whose parcel has not come.
    Rma,
}

impl Schedule {
    /// The latest reminder that the case is due on this day; an earlier one that was missed is moot.
    pub fn due(&self, case: &Case, today: Date) -> Option<Due> {
        match (case.state, &case.asked_at, &case.rma) {
            (State::AwaitingDetails, Some(asked_at), _) => {
                latest(Subject::Details, &self.details_days, self.calendar.day(*asked_at), today)
            }
            (State::Approved, _, Some(rma)) if today <= rma.expires_on => {
                latest(Subject::Rma, &self.rma_days, rma.issued_on, today)
            }
            _ => None,
        }
    }
}

/// After so many days of silence a request for details is over (policy, section 5).
const DETAILS_END: i32 = 14;

fn latest(about: Subject, days: &[u16], since: Date, today: Date) -> Option<Due> {
    let elapsed = since.until(today).ok()?.get_days();
    if about == Subject::Details && elapsed >= DETAILS_END {
        return None;
    }
    let passed = days.iter().filter(|day| i32::from(**day) <= elapsed).max()?;
    let name = match about {
        Subject::Details => "details",
        Subject::Rma => "rma",
    };
    let is_last = days.iter().max() == Some(passed) && days.len() > 1;
    Some(Due { about, is_last, occasion: format!("{name}_{passed}_days/{since}"), since })
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use jiff::tz::TimeZone;

    use super::*;
    use crate::case::{Case, Rma};
    use crate::understanding::Facts;

    fn schedule() -> Schedule {
        Schedule {
            details_days: vec![3, 7],
            rma_days: vec![7, 12],
            calendar: Calendar {
                zone: TimeZone::get("America/Los_Angeles").unwrap(),
                business_days: vec![],
                holidays: [].into(),
                from: time(9, 0, 0, 0),
                until: time(17, 0, 0, 0),
            },
        }
    }

    fn case(state: State) -> Case {
        let asked_at = "2026-06-09T05:30:00Z".parse().unwrap(); // still the 8th in Los Angeles
        Case {
            number: "C-00001".into(),
            version: 1,
            state,
            opened_at: asked_at,
            since: asked_at,
            customer: "a@b.example".into(),
            participants: vec![],
            subject: String::new(),
            facts: Facts::default(),
            flags: vec![],
            missing: vec![],
            fruitless_answers: 0,
            asked_at: Some(asked_at),
            rma: Some(Rma {
                number: "RMA-0000011".into(),
                issued_on: date(2026, 6, 8),
                expires_on: date(2026, 6, 22),
                account_number: "A".into(),
                units: vec![],
                statements: vec![],
            }),
            earlier_rmas: vec![],
        }
    }

    fn occasion(state: State, today: Date) -> Option<String> {
        schedule().due(&case(state), today).map(|due| due.occasion)
    }

    #[test]
    fn each_reminder_is_due_from_its_day_on() {
        for (state, today, expected) in [
            (State::AwaitingDetails, date(2026, 6, 10), None),
            (State::AwaitingDetails, date(2026, 6, 11), Some("details_3_days/2026-06-08")),
            (State::AwaitingDetails, date(2026, 6, 14), Some("details_3_days/2026-06-08")),
            (State::AwaitingDetails, date(2026, 6, 15), Some("details_7_days/2026-06-08")),
            (State::AwaitingDetails, date(2026, 6, 21), Some("details_7_days/2026-06-08")),
            (State::AwaitingDetails, date(2026, 6, 22), None),
            (State::Approved, date(2026, 6, 14), None),
            (State::Approved, date(2026, 6, 15), Some("rma_7_days/2026-06-08")),
            (State::Approved, date(2026, 6, 22), Some("rma_12_days/2026-06-08")),
            (State::Approved, date(2026, 6, 23), None),
            (State::HeldForReview, date(2026, 6, 22), None),
            (State::Received, date(2026, 6, 22), None),
        ] {
            assert_eq!(occasion(state, today).as_deref(), expected, "{state:?} on {today}");
        }
    }
}
