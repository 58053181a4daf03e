//! The digest of a business morning (policy, section 5): what waits for staff, the oldest of it first, with links to the
//! console. Once a day, however many daemons there are.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::desk::Desk;
use super::lapse::all_named;
use super::remind::{PAGE, record};
use super::staff::{Staff, flagged, tell};
use super::trouble::Trouble;
use super::unasked::{self, to_staff};
use crate::case::steps::named;
use crate::case::{Case, Ending, Fulfilment, Rma, RmaUnit, State};
use crate::policy::Flag;
use crate::reply::{Failing, Listed, Overdue, Reply, StaffDigest, Stuck, ToInspect, ToVoid, Undelivered, Unreadable};
use crate::store::{ForStaff, Result, SendingState, Unsent};

/// So many of each kind are listed; of the others it is said how many there are.
const MOST: usize = 30;
/// What has not been handed over to the mail server for so long is stuck.
const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// For so long after its last day staff are told of a unit that is not back though its replacement shipped first.
const MISSED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Records the digest of this day, once the day's hours have begun; tells whether it did.
///
/// # Errors
/// Where the store fails. A digest that cannot be written is logged.
pub async fn digest(desk: &Desk, now: Timestamp) -> anyhow::Result<bool> {
    let calendar = &desk.schedule.calendar;
    let Some(staff) = desk.staff.as_ref().filter(|_| calendar.is_open(now)) else { return Ok(false) };
    let day = calendar.day(now);
    let (written, accepted) = desk.store.last_written("staff_digest").await?;
    if written.is_some_and(|written| calendar.day(written) >= day) {
        return Ok(false);
    }
    let morning = Morning { desk, staff, now, told: accepted.unwrap_or(Timestamp::UNIX_EPOCH) };
    let digest = Reply::StaffDigest(morning.digest(day).await?);
    match to_staff(desk, &staff.address, &digest, format!("digest/{day}"), now) {
        Ok(mail) => record(desk, unasked::outcome(None, vec![], vec![mail]), now).await,
        Err(fault) => {
            tell(&fault, "");
            Ok(false)
        }
    }
}

struct Morning<'a> {
    desk: &'a Desk,
    staff: &'a Staff,
    now: Timestamp,
    /// When the last digest was written that the mail server took. What one told that did not get there, or is still on its
    /// way, is told again.
    told: Timestamp,
}

impl Morning<'_> {
    async fn digest(&self, day: Date) -> Result<StaffDigest> {
        let (store, most) = (&self.desk.store, u32::try_from(MOST).unwrap_or(u32::MAX));
        let (to_inspect, overdue) = self.goods(day).await?;
        let thread = |case: Case| flagged(self.desk, self.staff, &case, self.now);
        let stuck = store.stuck(self.now - STUCK_AFTER).await?;
        Ok(StaffDigest {
            day,
            flagged: listed(store.cases_for_staff(most).await?, thread),
            to_inspect: Listed::first(MOST, to_inspect),
            overdue: Listed::first(MOST, overdue),
            to_void: listed(store.orders_to_void(most).await?, |order| ToVoid {
                cancelled_on: self.desk.schedule.calendar.day(order.cancelled_at),
                url: self.staff.case_page(&order.case_number),
                case_number: order.case_number,
                invoice_number: order.invoice_number,
            }),
            undelivered: listed(store.unsent(self.told, most).await?, |unsent| self.undelivered(unsent)),
            unreadable: listed(store.quarantined(self.told, most).await?, |quarantined| Unreadable {
                message: quarantined.message,
                received_on: self.desk.schedule.calendar.day(quarantined.received_at),
                defect: quarantined.defect,
                url: self.staff.message_page(quarantined.message),
            }),
            failing: self.failing(),
            stuck: stuck.map(|(count, oldest)| Stuck {
                count: usize::try_from(count).unwrap_or_default(),
                since: self.desk.time_zone.to_datetime(oldest),
            }),
            console: self.staff.console.as_ref().map(|console| format!("{console}/")),
        })
    }

    fn failing(&self) -> Vec<Failing> {
        let troubles = self.desk.troubles.lasting(self.now).into_iter();
        let told =
            |Trouble { what, since, error }| Failing { what, since: self.desk.time_zone.to_datetime(since), error };
        troubles.map(told).collect()
    }

    /// What was received and waits to be inspected, and what should have been here by now; the longest first.
    async fn goods(&self, today: Date) -> Result<(Vec<ToInspect>, Vec<Overdue>)> {
        let (mut to_inspect, mut overdue) = (Vec::new(), Vec::new());
        let beginning = Timestamp::UNIX_EPOCH;
        for (state, from) in [
            (State::Approved, beginning),
            (State::Received, beginning),
            (State::Inspected, beginning),
            (State::HeldForReview, beginning),
            (State::Resolved, self.now - MISSED_FOR),
        ] {
            let mut after = (from, String::new());
            loop {
                let cases = self.desk.store.cases_in_state(state, self.now, (after.0, &after.1), PAGE).await?;
                let written = self.desk.store.written_in(&cases).await?;
                for (case, rma) in cases.iter().filter_map(|case| Some((case, case.rma.as_ref()?))) {
                    let written = written.get(&case.number).map_or(&[][..], Vec::as_slice);
                    // the digest is written before what is due in the same round
                    let expires = self.desk.schedule.for_customer(case, written, self.now).is_some();
                    to_inspect.extend(rma.units.iter().filter_map(|unit| self.to_inspect(case, rma, unit)));
                    overdue.extend(self.overdue(case, rma, expires, today));
                }
                let Some(end) = cases.last() else { break };
                after = (end.since, end.number.clone());
            }
        }
        to_inspect.sort_by_key(|unit| unit.received_on);
        overdue.sort_by_key(|overdue| overdue.since);
        Ok((to_inspect, overdue))
    }

    fn to_inspect(&self, case: &Case, rma: &Rma, unit: &RmaUnit) -> Option<ToInspect> {
        let arrival = unit.arrival.as_ref().filter(|_| unit.waits_for_inspection())?;
        Some(ToInspect {
            case_number: case.number.clone(),
            rma_number: rma.number.clone(),
            unit: named(unit),
            received_on: arrival.on,
            url: self.staff.case_page(&case.number),
        })
    }

    /// `expires` where time is about to bring what the last day ends.
    fn overdue(&self, case: &Case, rma: &Rma, expires: bool, today: Date) -> Option<Overdue> {
        let what = missed(rma).or_else(|| unexpired(case, rma, today).filter(|_| !expires))?;
        Some(Overdue {
            case_number: case.number.clone(),
            rma_number: rma.number.clone(),
            what,
            since: rma.expires_on.tomorrow().unwrap_or(rma.expires_on),
            url: self.staff.case_page(&case.number),
        })
    }

    fn undelivered(&self, unsent: Unsent) -> Undelivered {
        let what = match unsent.state {
            SendingState::Withheld => "withheld",
            SendingState::Refused => "refused",
            SendingState::Recorded | SendingState::Accepted | SendingState::GivenUp => "given up",
        };
        Undelivered {
            url: unsent.case_number.as_ref().and_then(|number| self.staff.case_page(number)),
            case_number: unsent.case_number,
            recipient: unsent.recipient,
            subject: unsent.subject,
            why: unsent.why.map_or_else(|| what.to_owned(), |why| format!("{what}: {why}")),
        }
    }
}

/// Units whose replacements shipped first, and that did not come by the last day.
fn missed(rma: &Rma) -> Option<String> {
    let is_missed = |unit: &&RmaUnit| {
        unit.arrival.is_none()
            && unit.ended.as_ref().is_some_and(|ended| ended.how == Ending::Fulfilled(Fulfilment::ChargeStands))
    };
    let units: Vec<&RmaUnit> = rma.units.iter().filter(is_missed).collect();
    let what = || format!("the replacement shipped in advance, and this is not back: {}", all_named(&units));
    (!units.is_empty()).then(what)
}

/// An RMA that is past its last day and does not expire by itself.
fn unexpired(case: &Case, rma: &Rma, today: Date) -> Option<String> {
    if today <= rma.expires_on || rma.expected().next().is_none() {
        return None;
    }
    let why = if case.state == State::HeldForReview {
        "while the case is held"
    } else if case.flags.contains(&Flag::ReplyBounced) {
        "while the customer cannot be reached"
    } else {
        "while the customer has not been told of it"
    };
    Some(format!("the last day has passed, and the RMA does not expire {why}"))
}

fn listed<T, U>(found: ForStaff<T>, told: impl Fn(T) -> U) -> Listed<U> {
    let total = usize::try_from(found.total).unwrap_or(usize::MAX);
    Listed { total, oldest: found.oldest.into_iter().map(told).collect() }
}
