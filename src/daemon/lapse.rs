//! The end of what nobody answers (policy, section 5): a case closes, an RMA expires. What is in the books changes in the
//! same moment as the letter about it is written, at civil hours.

use jiff::Timestamp;
use jiff::civil::Date;

use super::desk::Desk;
use super::letters::units;
use super::remind::of_time;
use super::staff::notice;
use super::unasked::to_customer;
use crate::case::reminders::Occasion;
use crate::case::steps::named;
use crate::case::{Case, Outcome, Rma, RmaChange, RmaUnit, State};
use crate::outbox::Outgoing;
use crate::reply::{CaseClosed, Lapse, Reply, RmaExpired};
use crate::understanding::Catalogue;

/// The case closes, until a new message reopens it.
pub(super) fn case_closed(
    desk: &Desk,
    case: &Case,
    occasion: &Occasion,
    now: Timestamp,
) -> anyhow::Result<Option<Outcome>> {
    let Some(asked_at) = case.asked_at else { return Ok(None) };
    let calendar = &desk.schedule.calendar;
    let closed = CaseClosed { asked_on: calendar.day(asked_at), closed_on: calendar.day(now) };
    let what = format!("The case was closed: {} days have passed without an answer.", closed.days());
    let letter = to_customer(desk, case, &Reply::CaseClosed(closed), Some(occasion.name()), now)?;
    let case = Case { state: State::Closed, since: now, ..case.clone() };
    Ok(Some(of_time(Some(case), what, occasion, vec![letter], now)))
}

/// What has not come by the last day is waited for no more; the case goes on with what has. The customer is told, unless
/// a replacement was shipped first: what was charged for it stands, and staff are told.
pub(super) fn rma_expired(
    desk: &Desk,
    case: &Case,
    occasion: &Occasion,
    catalogue: &Catalogue,
    now: Timestamp,
) -> anyhow::Result<Option<Outcome>> {
    let Some(mut rma) = case.rma.clone() else { return Ok(None) };
    let places = rma.expire(desk.schedule.calendar.day(now));
    let what = sentence(&rma, &places);
    let replies = letters(desk, (case, &rma), &places, catalogue, now)?;
    let state = rma.state();
    let since = if state == case.state { case.since } else { now };
    let case = Case { state, since, rma: Some(rma), ..case.clone() };
    Ok(Some(Outcome { rma: RmaChange::Changed, ..of_time(Some(case), what, occasion, replies, now) }))
}

/// To the customer and to staff, about units that are expected and about those that a replacement was shipped for. Each is
/// named by the places that it tells of: what becomes of the others does not make it untrue.
fn letters(
    desk: &Desk,
    (case, rma): (&Case, &Rma),
    places: &[usize],
    catalogue: &Catalogue,
    now: Timestamp,
) -> anyhow::Result<Vec<Outgoing>> {
    let is_advanced = |place: &usize| rma.units.get(*place).is_some_and(|unit| unit.advance.is_some());
    let (advanced, expected): (Vec<usize>, Vec<usize>) = places.iter().copied().partition(is_advanced);
    let mut letters = Vec::new();
    let mut lapses = Vec::new();
    if !expected.is_empty() {
        let units = units(expected.iter().filter_map(|place| rma.units.get(*place)), catalogue);
        let expired = RmaExpired {
            rma_number: rma.number.clone(),
            is_rest: rma.has_begun_to_arrive(),
            last_day: rma.expires_on,
            units: units.clone(),
        };
        let occasion = Occasion::expiry(case, rma, expected);
        letters.push(to_customer(desk, case, &Reply::RmaExpired(expired), Some(occasion.name()), now)?);
        lapses.push((occasion, Lapse::RmaExpired { units }));
    }
    lapses.extend(advanced.into_iter().filter_map(|place| {
        let unit = rma.units.get(place)?;
        let charge = unit.advance.as_ref()?.charge();
        let lapse = Lapse::AdvanceOverdue { unit: units([unit], catalogue).pop()?, charge };
        Some((Occasion::expiry(case, rma, vec![place]), lapse))
    }));
    for (occasion, lapse) in lapses {
        letters.extend(notice(desk, case, rma, lapse, occasion.name_for_staff(), now));
    }
    Ok(letters)
}

/// Those of the units at these places that a replacement was shipped for, and the others.
fn lapsed<'r>(rma: &'r Rma, places: &[usize]) -> (Vec<&'r RmaUnit>, Vec<&'r RmaUnit>) {
    let lapsed = places.iter().filter_map(|place| rma.units.get(*place));
    lapsed.partition(|unit| unit.advance.is_some())
}

/// That the units at these places came too late: one sentence that reads alone, and another where a charge stands.
pub(super) fn sentence(rma: &Rma, places: &[usize]) -> String {
    let (advanced, expected) = lapsed(rma, places);
    let Rma { number, expires_on, .. } = rma;
    let day = |day: Date| day.strftime("%-d %b %Y").to_string();
    let all: Vec<&RmaUnit> = expected.iter().chain(&advanced).copied().collect();
    let expired = format!("{number} expired: {} did not come by {}.", all_named(&all), day(*expires_on));
    if advanced.is_empty() {
        return expired;
    }
    format!("{expired} What was charged for the replacement of {} stands.", all_named(&advanced))
}

/// As staff name them, in a row.
pub(super) fn all_named(units: &[&RmaUnit]) -> String {
    units.iter().map(|unit| named(unit)).collect::<Vec<_>>().join(", ")
}
