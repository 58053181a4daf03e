//! What time alone brings: every case that waits is asked what is due, and that takes the same way to the outbox as a
//! reply, through the same gate.

use anyhow::Context;
use jiff::Timestamp;
use serde_json::json;
use tracing::{error, warn};

use super::desk::Desk;
use super::escalate::escalate;
use super::gate::Today;
use super::lapse::{case_closed, rma_expired};
use super::letters::{requests, units};
use super::unasked::{self, to_customer};
use crate::case::reminders::{Due, Occasion, WAITING};
use crate::case::{Case, Event, Outcome};
use crate::outbox::Outgoing;
use crate::policy::Flag;
use crate::reply::{AdvanceReminder, AdvanceTurn, DetailsReminder, DetailsTurn, Reply, RmaReminder, RmaTurn};
use crate::store::{Error, Recorded, Tx};
use crate::understanding::{Catalogue, Detail};

/// Cases that are looked at together.
pub(super) const PAGE: u32 = 200;

/// Records what is due, at civil hours: to the customer of each case the first, and what escalates; tells of how many.
///
/// # Errors
/// Where the store fails. A letter that cannot be written is logged, and the other cases go on.
pub async fn remind(desk: &Desk, now: Timestamp) -> anyhow::Result<usize> {
    if !desk.schedule.calendar.is_open(now) {
        return Ok(0);
    }
    let catalogue = desk.catalogue().await?;
    let mut recorded = 0;
    for state in WAITING {
        let mut after = (Timestamp::UNIX_EPOCH, String::new());
        loop {
            let cases = desk.store.cases_in_state(state, now, (after.0, &after.1), PAGE).await?;
            let written = desk.store.written_in(&cases).await?;
            for case in &cases {
                let written = written.get(&case.number).map_or(&[][..], Vec::as_slice);
                let due = desk.schedule.for_customer(case, written, now).filter(|due| due.at <= now);
                // nothing ends for who cannot be told
                if due.is_some() && desk.store.undeliverable(&case.customer).await?.is_some() {
                    continue;
                }
                if let Some(outcome) = due.and_then(|due| outcome(desk, case, &due, &catalogue, now)) {
                    recorded += usize::from(record(desk, outcome, now).await?);
                }
            }
            let Some(end) = cases.last() else { break };
            after = (end.since, end.number.clone());
        }
    }
    Ok(recorded + escalate(desk, now).await?)
}

/// What is due, put into an outcome; none where there is nothing to write, or no writing it.
fn outcome(desk: &Desk, case: &Case, due: &Due, catalogue: &Catalogue, now: Timestamp) -> Option<Outcome> {
    let outcome = match &due.what {
        Occasion::Closing { .. } => case_closed(desk, case, &due.what, now),
        Occasion::Expiry { .. } => rma_expired(desk, case, &due.what, catalogue, now),
        _ => reminder(desk, case, &due.what, catalogue, now),
    };
    outcome.unwrap_or_else(|fault| {
        let error = format!("{fault:#}");
        error!(case = case.number, occasion = due.what.name(), error, "what is due in a case cannot be written");
        None
    })
}

fn reminder(
    desk: &Desk,
    case: &Case,
    occasion: &Occasion,
    catalogue: &Catalogue,
    now: Timestamp,
) -> anyhow::Result<Option<Outcome>> {
    let Some(letter) = letter(desk, case, occasion, catalogue) else { return Ok(None) };
    let reminder = to_customer(desk, case, &letter, Some(occasion.name()), now)?;
    let what = format!("A reminder was written to the customer ({}).", reminder.template);
    Ok(Some(of_time(Some(case.clone()), what, occasion, vec![reminder], now)))
}

fn letter(desk: &Desk, case: &Case, occasion: &Occasion, catalogue: &Catalogue) -> Option<Reply> {
    match occasion {
        Occasion::DetailsReminder { is_last, since, .. } => {
            let closes_on = desk.schedule.closes_on(*since);
            let turn = closes_on.filter(|_| *is_last).map(|closes_on| DetailsTurn::Second { closes_on });
            let asked_on = desk.schedule.calendar.day(case.asked_at?);
            let requests = requests(&open_details(case), &case.facts.items);
            let turn = turn.unwrap_or(DetailsTurn::First);
            (!requests.is_empty()).then_some(Reply::DetailsReminder(DetailsReminder { turn, asked_on, requests }))
        }
        Occasion::RmaReminder { is_last, last_day, .. } => {
            let rma = case.rma.as_ref()?;
            Some(Reply::RmaReminder(RmaReminder {
                turn: if *is_last { RmaTurn::Second } else { RmaTurn::First },
                rma_number: rma.number.clone(),
                last_day: *last_day,
                units: units(rma.expected().filter(|unit| unit.advance.is_none()), catalogue),
            }))
        }
        Occasion::AdvanceReminder { unit, is_last, last_day, .. } => {
            let rma = case.rma.as_ref()?;
            let expected = rma.units.get(*unit)?;
            Some(Reply::AdvanceReminder(AdvanceReminder {
                turn: if *is_last { AdvanceTurn::Second } else { AdvanceTurn::First },
                rma_number: rma.number.clone(),
                unit: units([expected], catalogue).pop()?,
                last_day: *last_day,
                charge: expected.advance.as_ref()?.charge(),
            }))
        }
        Occasion::Closing { .. } | Occasion::Expiry { .. } | Occasion::Escalation { .. } => None,
    }
}

/// What the customer was asked for: what is missing, and what did not fit.
fn open_details(case: &Case) -> Vec<Detail> {
    let misfits = case.flags.iter().filter_map(|flag| match flag {
        Flag::UnknownInvoice => Some(Detail::InvoiceNumber),
        Flag::PartNotOnInvoice => Some(Detail::PartNumber),
        Flag::SerialNotOnInvoice => Some(Detail::SerialNumber),
        _ => None,
    });
    case.missing.iter().copied().chain(misfits).collect()
}

/// What time brought, with the case in its new shape.
pub(super) fn of_time(
    case: Option<Case>,
    what: String,
    occasion: &Occasion,
    replies: Vec<Outgoing>,
    now: Timestamp,
) -> Outcome {
    let ids: Vec<&str> = replies.iter().map(|reply| reply.message_id.as_str()).collect();
    let event = Event {
        at: now,
        actor: "rmad".to_owned(),
        what,
        state: case.as_ref().map(|case| case.state),
        detail: json!({"occasion": occasion.name(), "messages": ids.join(", ")}),
    };
    unasked::outcome(case, vec![event], replies)
}

/// Records what time brought, unless it was recorded before or the case has moved on. What the gate does not let out is
/// withheld; but what tells staff alone waits until the day allows it, since an occasion that is withheld never comes
/// again.
pub(super) async fn record(desk: &Desk, outcome: Outcome, now: Timestamp) -> anyhow::Result<bool> {
    let mut tx = desk.store.begin().await?;
    tx.answer_alone().await?;
    record_in(desk, tx, outcome, now).await
}

/// [`record`] in a transaction in which nobody else answers.
pub(super) async fn record_in(desk: &Desk, mut tx: Tx, mut outcome: Outcome, now: Timestamp) -> anyhow::Result<bool> {
    let tells_staff_alone = !outcome.replies.is_empty() && outcome.replies.iter().all(Outgoing::is_to_staff);
    if tells_staff_alone && desk.gate.is_day_full(Today::at(now, &mut tx).await?) {
        warn!("delivery.per_day is reached: a mail to staff waits");
        return Ok(false);
    }
    match unasked::record(desk, &mut tx, &mut outcome, now).await {
        Ok(Recorded::Done) => tx.commit().await.map(|()| true).context("cannot record what is due"),
        Ok(Recorded::AlreadySettled) | Err(Error::StaleCase { .. }) => Ok(false),
        Err(fault) => Err(fault).context("cannot record what is due"),
    }
}
