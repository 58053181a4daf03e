//! What happened to a case and to its units, step by step: each state follows from the one before and from what is told
//! of it, and what stands in the RMA is what its events tell.

use jiff::civil::Date;
use rmad::case::calendar::Calendar;
use rmad::case::ledger::{Happened, LedgerEntry};
use rmad::case::{Case, Ending, Event, Fulfilment, Rma, RmaUnit, State};

use super::books::Told;

/// Stands in the middle of a sentence.
const EXPIRED: &str = " expired: ";

/// Whether an event tells of this: its sentence begins with it.
fn is(event: &Event, reason: &str) -> bool {
    event.what.starts_with(reason) || reason == EXPIRED && event.what.contains(EXPIRED)
}

/// What may bring a case into a state.
fn reasons(state: State) -> &'static [&'static str] {
    match state {
        State::New => &[],
        State::AwaitingDetails => &["Details were asked for"],
        State::Approved => &[
            "An RMA was issued",
            "Replacement shipped in advance",
            "More time",
            "Released",
            "Refund made",
            "Credit given",
            "Replacement shipped",
            "Repaired",
            "Turned away",
        ],
        State::Received => {
            &["Received", "Released", "Refund made", "Credit given", "Replacement shipped", "Repaired", "Inspected"]
        }
        State::Inspected => {
            &["Inspected", "Released", "Refund made", "Credit given", "Replacement shipped", "Repaired", "Turned away"]
        }
        State::Resolved => &[
            "Refund made",
            "Credit given",
            "Replacement shipped",
            "Repaired",
            "The charge stands",
            "Turned away",
            "Called off",
            "Released",
            EXPIRED,
        ],
        State::Declined => &["The request was declined", "Turned away", "Called off", "Released", EXPIRED],
        State::Expired => &[EXPIRED, "Released", "Called off"],
        State::Cancelled => &["The cancellation was accepted", "Called off", "Released"],
        State::HeldForReview => &["Held for review", "Received", "Inspected"],
        State::Closed => &["Released", "The case was closed"],
    }
}

/// What may follow what (policy, section 5). A held case may become anything: a person releases it.
fn may_become(state: State, next: State) -> bool {
    use State::{
        Approved, AwaitingDetails, Cancelled, Closed, Declined, Expired, HeldForReview, Inspected, New, Received,
        Resolved,
    };
    let follows: &[State] = match state {
        _ if next == state || next == HeldForReview => return true,
        HeldForReview => return next != New,
        // A package that no RMA announced is taken in, or turned away and that is it.
        New => &[AwaitingDetails, Approved, Declined, Cancelled, Received, Closed],
        AwaitingDetails => &[Approved, Declined, Cancelled, Closed],
        Approved => &[Received, Resolved, Declined, Expired, Cancelled],
        // The rest of what has come is turned away, or was another unit, the right one of which is late.
        Received => &[Inspected, Approved, Resolved, Declined, Expired],
        Inspected => &[Received, Approved, Resolved, Declined],
        // Some of its units may have come to nothing while others ended well, and the former may be given more time.
        Resolved | Declined => &[Approved, Received],
        Expired | Cancelled => &[Approved, Received, AwaitingDetails, Declined],
        Closed => &[AwaitingDetails, Approved, Declined, Cancelled],
    };
    follows.contains(&next)
}

/// The events of a case lead to where it stands, and its RMAs tell the same.
pub fn follows(told: &Told, calendar: &Calendar, found: &mut impl FnMut(String)) {
    let case = &told.case;
    let (mut state, mut decided_by) = (State::New, None);
    let mut last = None;
    for event in &told.events {
        let Some(next) = event.state else { continue };
        if !may_become(state, next) {
            found(format!("a state does not follow: {state:?} became {next:?} by {:?}", event.what));
        }
        if next != state {
            decided_by = Some(event);
            if !reasons(next).iter().any(|reason| is(event, reason)) {
                found(format!("a state is not explained: {state:?} became {next:?} by {:?}", event.what));
            }
        }
        if last.is_some_and(|last| event.at < last) {
            found(format!("events are out of order: {:?}", event.what));
        }
        last = Some(event.at);
        state = next;
    }
    if state != case.state {
        found(format!("the last event tells another state: {state:?}, and the case is {:?}", case.state));
    }
    if let Some(decided_by) = decided_by.filter(|event| event.at != case.since && !is_asked(case)) {
        found(format!("since tells another time: {} by {:?}", case.since, decided_by.what));
    }
    fits_its_rma(case, decided_by, found);
    for rma in told.rmas() {
        for unit in &rma.units {
            is_told(told, (rma, unit), calendar, found);
        }
    }
}

/// Who is asked again is waited for from then on.
fn is_asked(case: &Case) -> bool {
    case.state == State::AwaitingDetails
}

/// A case that is not held stands where its units do, unless a request was decided since they came to their end.
fn fits_its_rma(case: &Case, decided_by: Option<&Event>, found: &mut impl FnMut(String)) {
    let Some(rma) = case.rma.as_ref().filter(|rma| rma.state() != case.state) else { return };
    let has_ended = rma.units.iter().all(|unit| !unit.is_open());
    let is_decision = decided_by.is_some_and(|event| event.detail.get("outcome").is_some());
    if case.state != State::HeldForReview && !(has_ended && is_decision) {
        found(format!("case and RMA disagree: {:?} and {:?}", case.state, rma.state()));
    }
}

/// A unit came, was inspected and ended in this order, and an event tells of each.
fn is_told(told: &Told, (rma, unit): (&Rma, &RmaUnit), calendar: &Calendar, found: &mut impl FnMut(String)) {
    let name = unit.serial_number.clone().unwrap_or_else(|| unit.part_number.clone());
    let tells = |words: &str, on: Date| {
        told.events.iter().any(|event| {
            let noted = event.detail.get("on").and_then(|day| day.as_str()?.parse().ok());
            is(event, words) && event.what.contains(&name) && on == noted.unwrap_or_else(|| calendar.day(event.at))
        })
    };
    let came = unit.arrival.as_ref().map(|arrival| arrival.on);
    let inspected = unit.inspection.as_ref().map(|done| done.on);
    let ended = unit.ended.as_ref().map(|ended| ended.on);
    let days: Vec<Date> = [Some(rma.issued_on), came, inspected, ended].into_iter().flatten().collect();
    if !days.is_sorted() {
        found(format!("the days of a unit are out of order: {name} {days:?}"));
    }
    if inspected.is_some() && came.is_none() {
        found(format!("a unit was inspected that never came: {name}"));
    }
    for (words, on) in [("Received", came), ("Inspected", inspected)] {
        if on.is_some_and(|on| !tells(words, on)) {
            found(format!("no event tells of a unit: {name}, {words} on {on:?}"));
        }
    }
    if let Some(ended) =
        unit.ended.as_ref().filter(|ended| !end_words(&ended.how).iter().any(|words| tells(words, ended.on)))
    {
        found(format!("no event tells of a unit's end: {name}, {ended:?}"));
    }
}

fn end_words(how: &Ending) -> &'static [&'static str] {
    match how {
        Ending::Fulfilled(Fulfilment::Refunded { .. }) => &["Refund made"],
        Ending::Fulfilled(Fulfilment::Credited) => &["Credit given"],
        Ending::Fulfilled(Fulfilment::Replaced { .. }) => &["Replacement shipped"],
        Ending::Fulfilled(Fulfilment::Repaired { .. }) => &["Repaired"],
        Ending::Refused { .. } => &["Turned away"],
        Ending::Expired => &[EXPIRED],
        Ending::Fulfilled(Fulfilment::ChargeStands) => &["The charge stands", EXPIRED],
        Ending::Cancelled => &["Called off"],
    }
}

/// Whether a unit's ledger tells what the RMA tells of it, and in its order.
pub fn agrees(rma: &Rma, unit: &RmaUnit, ledger: &[LedgerEntry]) -> Result<(), String> {
    let own: Vec<&LedgerEntry> = ledger.iter().filter(|entry| entry.rma_number.as_ref() == Some(&rma.number)).collect();
    let what: Vec<Happened> = own.iter().map(|entry| entry.what).collect();
    let times = |happened| what.iter().filter(|one| **one == happened).count();
    if what.first() != Some(&Happened::InRma) || times(Happened::InRma) != 1 {
        return Err("does not begin with the RMA".to_owned());
    }
    if !own.iter().map(|entry| entry.on).collect::<Vec<_>>().is_sorted() {
        return Err("is out of order".to_owned());
    }
    if times(Happened::Returned) != usize::from(unit.arrival.as_ref().is_some_and(|came| came.found_serial.is_none())) {
        return Err(format!("tells of {} returns", times(Happened::Returned)));
    }
    let how = unit.ended.as_ref().map(|ended| &ended.how);
    let advance = usize::from(unit.advance.is_some());
    let expected = [
        (Happened::Refunded, usize::from(matches!(how, Some(Ending::Fulfilled(Fulfilment::Refunded { .. }))))),
        (Happened::Credited, usize::from(matches!(how, Some(Ending::Fulfilled(Fulfilment::Credited))))),
        (Happened::Repaired, usize::from(matches!(how, Some(Ending::Fulfilled(Fulfilment::Repaired { .. }))))),
        (Happened::Refused, usize::from(matches!(how, Some(Ending::Refused { .. })))),
        (
            Happened::ReplacedBy,
            usize::from(matches!(how, Some(Ending::Fulfilled(Fulfilment::Replaced { .. })))) + advance,
        ),
    ];
    for (happened, count) in expected {
        if times(happened) != count {
            return Err(format!("tells {happened:?} {} times, and {count} would be right", times(happened)));
        }
    }
    if own.iter().any(|entry| (entry.what == Happened::ReplacedBy) != entry.other_serial.is_some()) {
        return Err("does not name the replacement".to_owned());
    }
    Ok(())
}
