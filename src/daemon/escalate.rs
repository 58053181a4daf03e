//! Escalations: what has waited too long for staff is put before them again (policy, section 5).

use jiff::Timestamp;
use tracing::error;

use super::desk::Desk;
use super::remind::{PAGE, of_time, record_in};
use super::staff::{Staff, flagged};
use super::unasked::to_staff;
use crate::case::reminders::Occasion;
use crate::case::{Case, Outcome};
use crate::reply::{Reply, StaffEscalation};

/// So many cases a day have an escalation of their own.
const MOST_A_DAY: usize = 5;

/// Records an escalation of each case that has been held or flagged too long, longest first; tells of how many.
///
/// On one day no more than [`MOST_A_DAY`] are written, lest the morning after a weekend be a flood. The others keep their
/// turn for the days after, as long as they wait for staff; meanwhile the digest of every morning tells of all of them.
///
/// # Errors
/// Where the store fails. A mail that cannot be written is logged, and the other cases go on.
pub(super) async fn escalate(desk: &Desk, now: Timestamp) -> anyhow::Result<usize> {
    let calendar = &desk.schedule.calendar;
    let (Some(staff), Some(morning)) = (&desk.staff, calendar.opening(calendar.day(now))) else { return Ok(0) };
    let mut recorded = 0;
    let mut after = (Timestamp::UNIX_EPOCH, String::new());
    loop {
        let cases = desk.store.cases_for_staff_since(now, (after.0, &after.1), PAGE).await?;
        let Some(end) = cases.last() else { return Ok(recorded) };
        after = (end.for_staff_since.unwrap_or(now), end.number.clone());
        let written = desk.store.written_in(&cases).await?;
        for case in &cases {
            let written = written.get(&case.number).map_or(&[][..], Vec::as_slice);
            let due = desk.schedule.for_staff(case, written, now).filter(|due| due.at <= now);
            let outcome = due.and_then(|due| escalation(desk, staff, case, &due.what, now));
            let Some(outcome) = outcome else { continue };
            let mut tx = desk.store.begin().await?;
            tx.answer_alone().await?;
            // counted here, where no other daemon can add to it
            if tx.written_since(morning, "staff_escalation").await? >= MOST_A_DAY {
                return Ok(recorded);
            }
            recorded += usize::from(record_in(desk, tx, outcome, now).await?);
        }
    }
}

/// `None` where there is no writing it.
fn escalation(desk: &Desk, staff: &Staff, case: &Case, occasion: &Occasion, now: Timestamp) -> Option<Outcome> {
    let thread = flagged(desk, staff, case, now);
    let what = format!("Staff were written to: the case has waited for them for {}.", thread.age());
    let letter = Reply::StaffEscalation(StaffEscalation { thread });
    match to_staff(desk, &staff.address, &letter, occasion.name(), now) {
        Ok(mail) => Some(of_time(Some(case.clone()), what, occasion, vec![mail], now)),
        Err(fault) => {
            let error = format!("{fault:#}");
            error!(case = case.number, occasion = occasion.name(), error, "an escalation cannot be written");
            None
        }
    }
}
