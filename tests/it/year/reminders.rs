//! What time alone has brought: each thing once, at a civil hour, to somebody who was waited for; and nothing that it
//! should have ended is still open.

use jiff::ToSpan;
use jiff::civil::Date;
use rmad::case::calendar::Calendar;
use rmad::case::{RmaUnit, State};
use rmad::policy::Flag;

use super::books::{Letter, Told};
use super::is_civil;

/// What is written of our own accord, and where the case has to stand when it is.
const OCCASIONS: [(&str, &[State]); 6] = [
    ("details_", &[State::AwaitingDetails]),
    ("case_closed", &[State::AwaitingDetails]),
    ("rma_expired", WITH_AN_RMA),
    ("rma_", &[State::Approved]),
    ("advance_", WITH_AN_RMA),
    // of flags as well as of holds
    ("escalation", ANY_OPEN),
];
const ANY_OPEN: &[State] = &[
    State::HeldForReview,
    State::AwaitingDetails,
    State::Approved,
    State::Received,
    State::Inspected,
    State::Resolved,
    State::Declined,
    State::Expired,
    State::Cancelled,
];
/// While a part of the units is here, others may still be waited for.
const WITH_AN_RMA: &[State] = &[State::Approved, State::Received, State::Inspected];

/// So many days late may be what is due on a day without business: a long weekend.
const GRACE: i32 = 5;

pub fn reminded(told: &Told, calendar: &Calendar, found: &mut impl FnMut(String)) {
    let mut occasions: Vec<&str> = vec![];
    for letter in &told.letters {
        let Some(occasion) = &letter.occasion else { continue };
        if occasions.contains(&occasion.as_str()) {
            found(format!("an occasion has two letters: {occasion}"));
        }
        occasions.push(occasion);
        if !is_civil(&letter.recorded_at.to_zoned(calendar.zone.clone())) {
            found(format!("a reminder is out of hours: {occasion} at {}", letter.recorded_at));
        }
        let state = state_before(told, occasion);
        let fits = OCCASIONS.iter().find(|(name, _)| occasion.starts_with(name)).map(|(_, states)| *states);
        if !state.zip(fits).is_some_and(|(state, fits)| fits.contains(&state)) {
            found(format!("a reminder is moot: {occasion} while {state:?}"));
        }
        asks_for_what_has_come(told, letter, calendar.day(letter.recorded_at), found);
    }
}

/// Where a case stood when a reminder was written.
fn state_before(told: &Told, occasion: &str) -> Option<State> {
    // each letter about a lapse names the units that it tells of, and the event all of them
    let lapse =
        |name: &str| name.strip_prefix("rma_expired/").and_then(|lapse| lapse.split('/').nth(2).map(str::to_owned));
    let is_of = |name: &str| occasion == name || lapse(name).is_some() && lapse(name) == lapse(occasion);
    let named =
        |event: &&rmad::case::Event| event.detail.get("occasion").and_then(|name| name.as_str()).is_some_and(is_of);
    let before = told.events.iter().take_while(|event| !named(event));
    before.filter_map(|event| event.state).last()
}

fn asks_for_what_has_come(told: &Told, letter: &Letter, day: Date, found: &mut impl FnMut(String)) {
    let has_come = |unit: &&RmaUnit| unit.arrival.as_ref().is_some_and(|arrival| arrival.on < day);
    for unit in told.rmas().flat_map(|rma| &rma.units).filter(has_come) {
        if unit.serial_number.as_ref().is_some_and(|serial| letter.text.contains(serial)) {
            found(format!("a reminder asks for what has come: {:?}\n{}", letter.occasion, letter.text));
        }
    }
}

/// Nobody is waited for for ever: what has been silent for too long was closed, and what did not come has expired,
/// unless the customer cannot be reached.
pub fn not_forgotten(told: &Told, calendar: &Calendar, today: Date, found: &mut impl FnMut(String)) {
    let case = &told.case;
    let templates: &[&str] = match case.state {
        State::AwaitingDetails => &["details_requested"],
        _ => &["rma_issued", "rma_extended", "advance_shipped"],
    };
    let letter = told.letters.iter().rev().find(|letter| templates.contains(&letter.template.as_str()));
    if case.flags.contains(&Flag::ReplyBounced) || !letter.is_some_and(|letter| letter.is_accepted) {
        return;
    }
    let since = today - (14 + GRACE).days();
    let has_asked = |at| calendar.day(at) < since;
    if case.state == State::AwaitingDetails && case.asked_at.is_some_and(has_asked) {
        found(format!("a case is forgotten: it awaits details since {:?}", case.asked_at));
    }
    let waits = WITH_AN_RMA.contains(&case.state);
    if let Some(rma) = case.rma.as_ref().filter(|rma| waits && rma.expires_on + GRACE.days() < today)
        && rma.expected().next().is_some()
    {
        found(format!("a case is forgotten: {} was good until {}", rma.number, rma.expires_on));
    }
}
