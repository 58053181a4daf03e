//! A return merchandise authorisation and its units: what each was approved for, when it came, what was found and how it
//! ended (policy, section 5). Several units of one RMA may come on different days and end differently.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::State;
use super::ledger::{Happened, LedgerEntry};
use crate::order::{GoneAs, Money, look_alike_key};
use crate::policy::{Charged, Condition, Estimate, Percent, Route};
use crate::reply::AdvanceCharge;
pub use crate::reply::{Finding, RefundMethod, Shipment};

/// One number for one or more units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rma {
    pub number: String,
    pub issued_on: Date,
    /// The last day on which the parcel may arrive; expired from the next day on.
    pub expires_on: Date,
    pub account_number: String,
    pub units: Vec<RmaUnit>,
    /// What was found to be paid, in the order of the inspections.
    #[serde(default)]
    pub statements: Vec<Statement>,
}

/// A unit, or several alike that bear no serial number, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RmaUnit {
    pub invoice_number: String,
    /// Of the invoice.
    pub line: u32,
    pub part_number: String,
    /// `None` for a product that bears no serial number.
    pub serial_number: Option<String>,
    pub quantity: u32,
    /// What it was approved for; at the inspection the customer may have agreed to something else.
    pub route: Route,
    /// No defect was claimed, so that a restocking fee may be charged.
    pub non_defective: bool,
    /// The replacement that shipped first.
    #[serde(default)]
    pub advance: Option<Advance>,
    #[serde(default)]
    pub arrival: Option<Arrival>,
    #[serde(default)]
    pub inspection: Option<Inspection>,
    #[serde(default)]
    pub ended: Option<Ended>,
}

/// A replacement that shipped before the defective unit was back, and what was charged for it (`replacement.advance`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advance {
    pub shipment: Shipment,
    /// Of the replacement.
    pub serial_number: Option<String>,
    /// Refunded if the defective unit is back in time.
    pub product_charge: Money,
    pub freight_charge: Money,
    /// ISO 4217.
    pub currency: String,
}

/// A unit came back. What staff noted of it is for staff; the customer is told in the policy's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    pub on: Date,
    pub carrier: Option<String>,
    /// After the RMA's last day.
    pub is_late: bool,
    pub condition: Arrived,
    /// The serial number on the unit, where it is not the one on the RMA.
    pub found_serial: Option<String>,
}

/// In what condition goods arrived.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Arrived {
    /// What of box, manuals and accessories is missing.
    pub missing: Option<String>,
    /// Permanent marks, scratches or dents on product or box.
    pub marks: Option<String>,
    pub damage: Option<String>,
    /// The RMA number did not stand on the outside of the box.
    pub unmarked_box: bool,
    /// The customer refused the delivery, or it could not be made.
    pub refused_delivery: bool,
}

/// What staff found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    pub on: Date,
    pub finding: Finding,
    /// The restocking fee that staff set; zero where none is charged.
    pub restocking: Percent,
}

/// How a unit's return ended, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub on: Date,
    pub how: Ending,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// The customer got what the RMA was for.
    Fulfilled(Fulfilment),
    Refused {
        why: Refusal,
    },
    /// It did not come in time.
    Expired,
    Cancelled,
}

/// What the customer of a unit got for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fulfilment", rename_all = "snake_case")]
pub enum Fulfilment {
    Refunded {
        method: RefundMethod,
    },
    Credited,
    Replaced {
        shipment: Shipment,
        /// Of the replacement.
        serial_number: Option<String>,
    },
    Repaired {
        /// `None` where the customer fetched it.
        shipment: Option<Shipment>,
    },
    /// The replacement that shipped in advance, paid for: the defective unit did not come in time, or nothing is due for it.
    ChargeStands,
}

/// Why a unit was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    Expired,
    Marks,
    /// It is not the unit that the RMA was issued for, which is waited for as before.
    OtherUnit,
    /// Opened, altered or misused: no warranty covers it (`warranty.void`).
    WarrantyVoid,
    /// It came back for a defect, and none was found.
    NoDefect,
}

/// The final statement on units of one order that were inspected together: what is paid, once, for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub on: Date,
    pub invoice_number: String,
    /// Places in the RMA's list of units.
    pub units: Vec<usize>,
    pub pays: Pays,
    /// Both ends are the same.
    pub estimate: Estimate,
    /// What a carrier billed, which the estimate takes off.
    pub carrier_charge: Money,
    /// The version of the policy whose figures it has.
    pub policy_version: String,
    /// When it was paid or credited.
    pub settled_on: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pays {
    Refund,
    Credit,
    /// What was charged for a replacement in advance.
    AdvanceCharge,
}

impl Rma {
    /// Where the case stands, as its units do: while one is open the furthest that waits for staff, else how they ended.
    pub fn state(&self) -> State {
        let open: Vec<&RmaUnit> = self.units.iter().filter(|unit| unit.is_open()).collect();
        if open.iter().any(|unit| unit.waits_for_inspection()) {
            return State::Received;
        }
        if open.iter().any(|unit| unit.inspection.is_some()) {
            return State::Inspected;
        }
        if !open.is_empty() {
            return State::Approved;
        }
        let ended =
            |is: fn(&Ending) -> bool| self.units.iter().filter_map(|unit| unit.ended.as_ref()).any(|e| is(&e.how));
        if ended(Ending::is_fulfilled) {
            State::Resolved
        } else if ended(|how| matches!(how, Ending::Refused { .. })) {
            State::Declined
        } else if ended(|how| matches!(how, Ending::Expired)) {
            State::Expired
        } else {
            State::Cancelled
        }
    }

    /// Units that have not come and are still waited for.
    pub fn expected(&self) -> impl Iterator<Item = &RmaUnit> {
        self.units.iter().filter(|unit| unit.is_expected())
    }

    pub fn has_begun_to_arrive(&self) -> bool {
        self.units.iter().any(|unit| unit.arrival.is_some())
    }

    /// What an order has borne by the statements here, all but this one.
    pub fn charged(&self, invoice_number: &str, but: Option<&Statement>) -> Charged {
        let on_order = self.statements.iter().filter(|known| known.invoice_number == invoice_number);
        let counted = on_order.filter(|known| Some(*known) != but);
        counted.fold(Charged::default(), |charged, known| charged.and(known.estimate.charges()))
    }

    /// A line for the ledger of each of these units that bears a serial number.
    pub fn entries<'u>(
        &self,
        units: impl IntoIterator<Item = &'u RmaUnit>,
        on: Date,
        what: Happened,
    ) -> Vec<LedgerEntry> {
        units.into_iter().filter_map(|unit| unit.entry(on, what, Some(&self.number))).collect()
    }
}

impl RmaUnit {
    /// As it is when the RMA is issued.
    pub fn approved(
        (invoice_number, line, part_number): (String, u32, String),
        serial_number: Option<String>,
        quantity: u32,
        route: Route,
        non_defective: bool,
    ) -> RmaUnit {
        RmaUnit {
            invoice_number,
            line,
            part_number,
            serial_number,
            quantity,
            route,
            non_defective,
            advance: None,
            arrival: None,
            inspection: None,
            ended: None,
        }
    }

    /// A line for its ledger; `None` for a unit that bears no serial number.
    pub fn entry(&self, on: Date, what: Happened, rma_number: Option<&str>) -> Option<LedgerEntry> {
        Some(LedgerEntry {
            invoice_number: self.invoice_number.clone(),
            part_number: self.part_number.clone(),
            serial_number: self.serial_number.clone()?,
            on,
            what,
            other_serial: None,
            rma_number: rma_number.map(str::to_owned),
        })
    }

    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// How its customer has been satisfied, and has no further claim on it; `None` where that may still come, or will not.
    pub fn gone(&self) -> Option<GoneAs> {
        match self.ended.as_ref().map(|ended| &ended.how) {
            _ if self.advance.is_some() => Some(GoneAs::Replaced),
            Some(Ending::Fulfilled(Fulfilment::Refunded { .. })) => Some(GoneAs::Refunded),
            Some(Ending::Fulfilled(Fulfilment::Credited)) => Some(GoneAs::Credited),
            Some(Ending::Fulfilled(Fulfilment::Replaced { .. } | Fulfilment::ChargeStands)) => Some(GoneAs::Replaced),
            _ => None,
        }
    }

    pub fn is_expected(&self) -> bool {
        self.is_open() && self.arrival.is_none()
    }

    pub fn waits_for_inspection(&self) -> bool {
        self.is_open() && self.arrival.is_some() && self.inspection.is_none()
    }

    pub fn is_inspected(&self) -> bool {
        self.is_open() && self.inspection.is_some()
    }

    /// Whether both are the same unit, or of the same kind where they bear no serial number.
    pub fn is_alike(&self, other: &RmaUnit) -> bool {
        (&self.invoice_number, self.line, &self.serial_number)
            == (&other.invoice_number, other.line, &other.serial_number)
    }

    /// Whether it bears this serial number; case, spacing and look-alike characters do not matter.
    pub fn bears(&self, serial: &str) -> bool {
        self.serial_number.as_deref().is_some_and(|own| look_alike_key(own) == look_alike_key(serial))
    }

    /// What a restocking fee depends on, as far as it is known.
    pub fn condition(&self) -> Condition {
        let arrived = self.arrival.as_ref().map(|arrival| &arrival.condition);
        let found_none = self.inspection.as_ref().is_some_and(|done| done.finding == Finding::NoDefectFound);
        Condition {
            non_defective: self.non_defective || found_none,
            incomplete: arrived.is_some_and(|arrived| arrived.missing.is_some()),
            refused: arrived.is_some_and(|arrived| arrived.refused_delivery),
        }
    }
}

impl Advance {
    /// What was charged, as letters tell it.
    pub fn charge(&self) -> AdvanceCharge {
        AdvanceCharge { product: self.product_charge, freight: self.freight_charge, currency: self.currency.clone() }
    }
}

impl Ending {
    pub fn is_fulfilled(&self) -> bool {
        matches!(self, Ending::Fulfilled(_))
    }

    /// Whether the unit is waited for no more only because it did not come in time.
    pub fn is_lapse(&self) -> bool {
        matches!(self, Ending::Expired | Ending::Fulfilled(Fulfilment::ChargeStands))
    }

    /// The word it is stored under.
    pub fn word(&self) -> &'static str {
        match self {
            Ending::Fulfilled(Fulfilment::Refunded { .. }) => "refunded",
            Ending::Fulfilled(Fulfilment::Credited) => "credited",
            Ending::Fulfilled(Fulfilment::Replaced { .. } | Fulfilment::ChargeStands) => "replaced",
            Ending::Fulfilled(Fulfilment::Repaired { .. }) => "repaired",
            Ending::Refused { .. } => "refused",
            Ending::Expired => "expired",
            Ending::Cancelled => "cancelled",
        }
    }
}
