//! Where the customer's RMAs stand, unit by unit: an answer to "where is my RMA?".

use jiff::civil::Date;

use super::life::Shipment;
use super::values::Unit;
use crate::order::Money;

/// Where the customer's RMAs stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusGiven {
    pub rmas: Vec<RmaStatus>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RmaStatus {
    pub rma_number: String,
    pub units: Vec<UnitStatus>,
    /// The last day on which a package may arrive.
    pub last_day: Date,
}

impl RmaStatus {
    /// The units by how far they have come, in the order in which they are listed.
    pub fn standings(&self) -> Vec<Standing<'_>> {
        let mut standings: Vec<Standing<'_>> = Vec::new();
        for UnitStatus { unit, progress } in &self.units {
            match standings.iter_mut().find(|standing| standing.progress == progress) {
                Some(standing) => standing.units.push(unit),
                None => standings.push(Standing { progress, units: vec![unit] }),
            }
        }
        standings
    }
}

/// A unit of an RMA, and how far its return has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitStatus {
    pub unit: Unit,
    pub progress: Progress,
}

/// Units that have come equally far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'a> {
    pub progress: &'a Progress,
    pub units: Vec<&'a Unit>,
}

impl Standing<'_> {
    /// What would have been refunded or credited was used up by the deductions.
    pub fn is_nothing(&self) -> bool {
        use Progress::{Credited, Refunded};
        matches!(self.progress, Refunded { amount, .. } | Credited { amount, .. } if *amount == Money::ZERO)
    }

    /// Whether the last day still decides something.
    pub fn last_day_matters(&self) -> bool {
        use Progress::{AdvanceChargeStands, AwaitingAdvanceReturn, AwaitingPackage, Expired, UnderReview};
        matches!(
            self.progress,
            AwaitingPackage | Expired | UnderReview | AwaitingAdvanceReturn { .. } | AdvanceChargeStands { .. }
        )
    }
}

/// How far a return has come. The dates are days of the vendor's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Authorized; the package has not arrived.
    AwaitingPackage,
    Received(Date),
    Inspected(Date),
    Refunded {
        /// For all units of the RMA that were refunded on that day.
        amount: Money,
        /// ISO 4217.
        currency: String,
        on: Date,
    },
    Credited {
        /// For all units of the RMA that were credited on that day.
        amount: Money,
        /// ISO 4217.
        currency: String,
        on: Date,
    },
    Replaced {
        shipment: Shipment,
    },
    /// The shipment back to the customer; `None` where there was none to record.
    Repaired {
        on: Date,
        shipment: Option<Shipment>,
    },
    Refused(Date),
    Expired,
    Canceled,
    UnderReview,
    /// The replacement shipped in advance; the defective unit has not come back.
    AwaitingAdvanceReturn {
        shipment: Shipment,
    },
    /// The defective unit did not come back in time, and what was charged for the replacement stands.
    AdvanceChargeStands {
        /// The defective unit is back.
        is_back: bool,
        shipment: Shipment,
    },
}
