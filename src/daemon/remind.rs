//! Reminding those who forget: a reminder takes the same way to the outbox as a reply, through the same gate.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::desk::Desk;
use super::gate::Today;
use super::letters::{Way, requests, rma_units};
use crate::case::reminders::{Due, Schedule, Subject};
use crate::case::{Case, Event, Outcome, RmaChange, State};
use crate::mail::{Class, Mailbox};
use crate::outbox::Outgoing;
use crate::policy::{Flag, OutcomeKind};
use crate::reply::{
    AutoSubmitted, DetailsReminder, DetailsTurn, Heading, Reply, RmaReminder, RmaTurn, can_be_written_to,
};
use crate::store::{Error, Recorded, Sending, SendingState, Tx};
use crate::understanding::{Catalogue, Detail};

/// Cases that are looked at together.
const PAGE: u32 = 200;
/// A case closes so long after the request for details that brought no answer.
const CLOSES_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Records every reminder that is due; tells how many.
///
/// # Errors
/// Where the store fails, or a letter cannot be written.
pub async fn remind(desk: &Desk, schedule: &Schedule, now: Timestamp) -> anyhow::Result<usize> {
    if !schedule.calendar.is_open(now) {
        return Ok(0);
    }
    let today = schedule.calendar.day(now);
    let catalogue = desk.catalogue().await?;
    let mut reminded = 0;
    for (state, days) in [(State::AwaitingDetails, &schedule.details_days), (State::Approved, &schedule.rma_days)] {
        let Some(first) = days.iter().min() else { continue };
        // A day less: days are counted in the vendor's calendar, and a change of clocks makes one short.
        let silent_since = now - SignedDuration::from_hours(24 * (i64::from(*first) - 1));
        let mut last: Option<Case> = None;
        loop {
            let cases = desk.store.cases_in_state(state, silent_since, last.as_ref(), PAGE).await?;
            for case in &cases {
                let Some(due) = schedule.due(case, today) else { continue };
                if is_wanted(&due, &desk.store.outgoing_of_case(&case.number).await?) {
                    reminded += usize::from(record(desk, case, &due, &catalogue, now).await?);
                }
            }
            let Some(end) = cases.into_iter().last() else { break };
            last = Some(end);
        }
    }
    Ok(reminded)
}

/// Whether a reminder is still to be written, and of something that the customer was told: nobody is reminded of a
/// letter that was withheld or refused, or is on its way yet.
fn is_wanted(due: &Due, written: &[Sending]) -> bool {
    let told_by = match due.about {
        Subject::Details => "details_requested",
        Subject::Rma => "rma_issued",
    };
    let told = written.iter().rev().find(|sending| sending.outgoing.template == told_by);
    told.is_some_and(|sending| sending.state == SendingState::Accepted)
        && !written.iter().any(|sending| sending.outgoing.occasion.as_ref() == Some(&due.occasion))
}

/// Records one reminder, unless it was recorded before or the case has moved on.
async fn record(desk: &Desk, case: &Case, due: &Due, catalogue: &Catalogue, now: Timestamp) -> anyhow::Result<bool> {
    let Some(letter) = letter(desk, case, due, catalogue, now) else { return Ok(false) };
    if !can_be_written_to(&case.customer) {
        return Ok(false);
    }
    let mut tx = desk.store.begin().await?;
    tx.answer_alone().await?;
    let reminder = outgoing(desk, &mut tx, case, due, &letter, now).await?;
    let event = Event {
        at: now,
        actor: "rmad".to_owned(),
        what: format!("The customer was reminded ({}).", reminder.template),
        state: Some(case.state),
        detail: json!({"occasion": due.occasion, "message_id": reminder.message_id}),
    };
    let outcome = Outcome {
        message: None,
        message_id: None,
        kind: OutcomeKind::StatusGiven,
        class: Class::Human,
        flags: vec![],
        case: Some(case.clone()),
        events: vec![event],
        rma: RmaChange::None,
        ledger: vec![],
        replies: vec![reminder],
    };
    match tx.record(&outcome, now).await {
        Ok(Recorded::Done) => tx.commit().await.map(|()| true).context("cannot record a reminder"),
        Ok(Recorded::AlreadySettled) | Err(Error::StaleCase { .. }) => Ok(false),
        Err(fault) => Err(fault).context("cannot record a reminder"),
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

fn letter(desk: &Desk, case: &Case, due: &Due, catalogue: &Catalogue, now: Timestamp) -> Option<Reply> {
    match due.about {
        Subject::Details => {
            let closes_on = (case.asked_at.unwrap_or(now) + CLOSES_AFTER).to_zoned(desk.time_zone.clone()).date();
            let turn = if due.is_last { DetailsTurn::Second { closes_on } } else { DetailsTurn::First };
            let requests = requests(&open_details(case), &case.facts.items);
            if requests.is_empty() {
                return None;
            }
            Some(Reply::DetailsReminder(DetailsReminder { turn, asked_on: due.since, requests }))
        }
        Subject::Rma => {
            let rma = case.rma.as_ref()?;
            Some(Reply::RmaReminder(RmaReminder {
                turn: if due.is_last { RmaTurn::Second } else { RmaTurn::First },
                rma_number: rma.number.clone(),
                last_day: rma.expires_on,
                units: rma_units(rma, catalogue),
            }))
        }
    }
}

async fn outgoing(
    desk: &Desk,
    tx: &mut Tx,
    case: &Case,
    due: &Due,
    letter: &Reply,
    now: Timestamp,
) -> anyhow::Result<Outgoing> {
    let vendor = &desk.letters.vendor;
    let today = Today::at(now, tx).await?;
    let heading = Heading { vendor, case_number: &case.number, subject: &case.subject, sender_name: None };
    let way = Way {
        to: Mailbox { address: case.customer.clone(), name: None },
        in_reply_to: None,
        references: vec![],
        auto_submitted: AutoSubmitted::Generated,
        occasion: Some(due.occasion.clone()),
        withheld: desk.gate.withheld_by_limits(tx, &case.customer, &case.number, today).await?,
        now,
    };
    desk.letters.outgoing(&letter.render(&heading)?, way)
}
