//! How far each unit of an RMA has come, as its customer is told.

use jiff::civil::Date;

use super::rma_unit;
use crate::case::{Ended, Ending, Fulfilment, Pays, Rma, RmaUnit, State, Statement};
use crate::order::Money;
use crate::reply::{Progress, RmaStatus, UnitStatus};
use crate::store::IssuedRma;
use crate::understanding::Catalogue;

/// Where an RMA stands, unit by unit.
pub(super) fn status(issued: &IssuedRma, catalogue: &Catalogue, today: Date) -> RmaStatus {
    let IssuedRma { rma, state, .. } = issued;
    let units = rma.units.iter().enumerate().map(|(place, unit)| UnitStatus {
        unit: rma_unit(unit, catalogue),
        progress: match &unit.ended {
            Some(ended) => end(rma, place, unit, ended),
            None if *state == State::HeldForReview => Progress::UnderReview,
            None => under_way(rma, unit, today),
        },
    });
    RmaStatus { rma_number: rma.number.clone(), units: units.collect(), last_day: rma.expires_on }
}

fn under_way(rma: &Rma, unit: &RmaUnit, today: Date) -> Progress {
    match (&unit.inspection, &unit.arrival, &unit.advance) {
        (Some(inspection), ..) => Progress::Inspected(inspection.on),
        (None, Some(arrival), _) if arrival.found_serial.is_some() => Progress::UnderReview,
        (None, Some(arrival), _) => Progress::Received(arrival.on),
        (None, None, Some(advance)) => Progress::AwaitingAdvanceReturn { shipment: advance.shipment.clone() },
        (None, None, None) if rma.expires_on < today => Progress::Expired,
        (None, None, None) => Progress::AwaitingPackage,
    }
}

fn end(rma: &Rma, place: usize, unit: &RmaUnit, ended: &Ended) -> Progress {
    let on = ended.on;
    match &ended.how {
        Ending::Fulfilled(Fulfilment::Refunded { .. }) => {
            let (amount, currency) = paid(rma, place);
            Progress::Refunded { amount, currency, on }
        }
        Ending::Fulfilled(Fulfilment::Credited) => {
            let (amount, currency) = paid(rma, place);
            Progress::Credited { amount, currency, on }
        }
        Ending::Fulfilled(Fulfilment::Replaced { shipment, .. }) => Progress::Replaced { shipment: shipment.clone() },
        Ending::Fulfilled(Fulfilment::Repaired { shipment }) => Progress::Repaired { on, shipment: shipment.clone() },
        Ending::Refused { .. } => Progress::Refused(on),
        Ending::Expired => Progress::Expired,
        Ending::Cancelled => Progress::Canceled,
        Ending::Fulfilled(Fulfilment::ChargeStands) => match &unit.advance {
            Some(advance) => {
                Progress::AdvanceChargeStands { is_back: unit.arrival.is_some(), shipment: advance.shipment.clone() }
            }
            None => Progress::Expired,
        },
    }
}

/// What was paid for a unit and for all others of the RMA for which the like was paid on that day, each statement once.
fn paid(rma: &Rma, place: usize) -> (Money, String) {
    let Some(own) = rma.statements.iter().find(|statement| statement.units.contains(&place)) else {
        return Default::default();
    };
    let kind = |statement: &Statement| (statement.settled_on, statement.pays == Pays::Credit);
    let alike = rma
        .statements
        .iter()
        .filter(|statement| kind(statement) == kind(own) && statement.estimate.currency == own.estimate.currency);
    let amount = alike.fold(Money::ZERO, |sum, statement| sum + statement.estimate.refund_high);
    (amount, own.estimate.currency.clone())
}
