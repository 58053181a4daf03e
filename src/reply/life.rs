//! The letters of an RMA's life after it was issued (policy, section 5), one struct each: what arrived, what was found,
//! how it ended, and what became of a package that cannot be accepted. The dates are days of the vendor's calendar.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::refund::RefundStatement;
use super::values::{ClauseLine, Unit, cited};
use crate::order::Money;

/// A package arrived: what was in it, what was noted, and what happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageReceived {
    pub rma_number: String,
    pub received_on: Date,
    pub carrier: Option<String>,
    pub arrived: Vec<ArrivedUnit>,
    pub still_expected: Vec<Unit>,
    /// The last day on which a package may arrive.
    pub last_day: Date,
    /// What the policy says of the remarks.
    pub clauses: Vec<ClauseLine>,
}

impl PackageReceived {
    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(&self.clauses, &[])
    }

    /// Whether units go on to the inspection without a person looking first.
    pub fn goes_to_inspection(&self) -> bool {
        self.arrived.iter().any(|arrived| !arrived.under_review)
    }

    pub fn goes_to_review(&self) -> bool {
        self.arrived.iter().any(|arrived| arrived.under_review)
    }

    /// Whether what is still expected can arrive in time.
    pub fn is_in_time(&self) -> bool {
        self.received_on <= self.last_day
    }
}

/// A unit as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivedUnit {
    /// The unit of the RMA.
    pub unit: Unit,
    pub remarks: Vec<Remark>,
    /// Whether a person decides how it goes on.
    pub under_review: bool,
}

/// What was noted when a unit was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    Late {
        last_day: Date,
    },
    /// What is missing, in the words of staff: `power adapter, manual`.
    Incomplete {
        missing: String,
    },
    /// Permanent marks, scratches or dents on the product or its box.
    Marked,
    Damaged,
    NoNumberOnBox,
    /// A delivery of ours that was refused or could not be made.
    DeliveryFailed,
    /// Another unit came in place of the one on the RMA; the serial number that it bears, where it bears one.
    OtherUnit {
        found: Option<String>,
    },
}

/// What came back was inspected: the finding, what follows, and the final figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionResult {
    pub rma_number: String,
    pub inspected_on: Date,
    /// The days of earlier inspections of these units, in order: what was written of them is replaced.
    pub replaces: Vec<Date>,
    /// With those that are told again, because they are settled together with what was inspected.
    pub units: Vec<InspectedUnit>,
    pub statements: Vec<FinalStatement>,
    pub clauses: Vec<ClauseLine>,
}

impl InspectionResult {
    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(&self.clauses, &[])
    }

    /// Whether more follows than a person's decision.
    pub fn goes_on(&self) -> bool {
        self.units.iter().any(|inspected| inspected.next != Next::Review)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectedUnit {
    pub unit: Unit,
    pub finding: Finding,
    /// In what condition it came, as far as that was noted.
    pub remarks: Vec<Remark>,
    pub next: Next,
}

/// What the inspection found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    DefectConfirmed,
    /// A defect was claimed and could not be found.
    NoDefectFound,
    /// No defect was claimed, and the unit is as the customer described it.
    AsDescribed,
}

/// What follows the inspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Refund,
    Credit,
    /// The deductions use up what would be refunded or credited.
    NothingLeft(Settled),
    Exchange,
    Replacement,
    Repair,
    /// It is not known yet which of the two.
    RepairOrReplacement,
    /// A person decides.
    Review,
}

/// Figures that no longer change: both ends are the same in every line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalStatement {
    pub what: Settled,
    pub statement: RefundStatement,
}

/// What a final statement settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Refund,
    Credit,
    /// What was charged for a replacement that shipped in advance.
    AdvanceCharge,
}

/// The return of these units has come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCompleted {
    pub rma_number: String,
    pub ended_on: Date,
    pub units: Vec<Unit>,
    pub ending: Ending,
    /// Whether other units of the RMA have not come to their end.
    pub still_open: bool,
    pub clauses: Vec<ClauseLine>,
}

impl ReturnCompleted {
    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(&self.clauses, &[])
    }

    /// The deductions have used up what would have been refunded or credited.
    pub fn is_nothing(&self) -> bool {
        match &self.ending {
            Ending::Refunded { statement, .. } | Ending::Credited { statement } => statement.is_nothing(),
            _ => false,
        }
    }

    pub fn is_about_several(&self) -> bool {
        self.units.iter().map(|unit| unit.quantity).sum::<u32>() > 1
    }
}

/// How the return of a unit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Refunded {
        statement: RefundStatement,
        method: RefundMethod,
    },
    Credited {
        statement: RefundStatement,
    },
    Replaced {
        shipment: Shipment,
        /// Of the replacement; `None` for a product that bears none.
        serial_number: Option<String>,
        /// `None` where no warranty is left, or where nobody knows.
        warranty: Option<WarrantyNote>,
    },
    /// The shipment back to the customer; `None` where there was none to record.
    Repaired {
        shipment: Option<Shipment>,
    },
    /// The defective unit of an advance replacement is back, and what was charged is not given back.
    ChargeStands {
        charge: AdvanceCharge,
        /// `None` where staff have told it.
        why: Option<NotOwed>,
    },
}

/// Why the cost of a replacement that shipped in advance is not given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOwed {
    Late { last_day: Date },
    NoDefect,
}

/// How a refund was paid (policy, `refund.method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundMethod {
    /// The card or PayPal account that the order was paid with.
    OriginalPayment,
    Check,
    Wire,
}

/// A package that we sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    pub carrier: String,
    pub tracking: String,
    pub shipped_on: Date,
}

/// The rest of the original's warranty, which a replacement carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarrantyNote {
    /// Inclusive.
    Until(Date),
    Lifetime,
}

/// The package may arrive later than was first said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RmaExtended {
    pub rma_number: String,
    /// The new last day.
    pub last_day: Date,
    pub units: Vec<Unit>,
}

/// A package came that cannot be accepted and is turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRefused {
    pub rma_number: Option<String>,
    pub received_on: Date,
    /// Empty where nobody knows what was in the package.
    pub units: Vec<Unit>,
    pub refusal: Refusal,
    pub clauses: Vec<ClauseLine>,
}

impl UnitRefused {
    pub fn is_other_unit(&self) -> bool {
        matches!(self.refusal, Refusal::OtherUnit(_))
    }

    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(&self.clauses, &[])
    }
}

/// Why a unit is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NoRmaNumber,
    Expired {
        last_day: Date,
    },
    /// Permanent marks, scratches or dents.
    Marks,
    /// It is not the unit that the RMA was issued for.
    OtherUnit(Instead),
    WarrantyVoid,
    NoDefect,
}

/// What becomes of the unit in whose place another came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// It may still arrive.
    Expected { last_day: Date },
    /// Its last day has passed.
    TooLate { last_day: Date },
    /// Its last day has passed, and what was charged for the replacement that shipped first stands.
    ChargeStands { last_day: Date },
}

/// What has not arrived was called off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RmaCanceled {
    pub rma_number: String,
    /// Other units of the RMA arrived, and take their course.
    pub is_rest: bool,
    pub units: Vec<Unit>,
}

/// The last day has passed for what has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RmaExpired {
    pub rma_number: String,
    /// Other units of the RMA arrived, and take their course.
    pub is_rest: bool,
    pub last_day: Date,
    pub units: Vec<Unit>,
}

/// Details that were asked for never came, and the case is closed for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseClosed {
    pub asked_on: Date,
    pub closed_on: Date,
}

impl CaseClosed {
    /// How many days the customer was silent.
    pub fn days(&self) -> i32 {
        self.asked_on.until(self.closed_on).map_or(0, |silence| silence.get_days())
    }
}

/// A replacement is on its way before the defective unit is back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvanceShipped {
    pub rma_number: String,
    /// The defective unit.
    pub unit: Unit,
    pub shipment: Shipment,
    /// Of the replacement; `None` for a product that bears none.
    pub serial_number: Option<String>,
    pub charge: AdvanceCharge,
    /// The last day on which the defective unit may arrive.
    pub last_day: Date,
    pub clauses: Vec<ClauseLine>,
}

impl AdvanceShipped {
    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(&self.clauses, &[])
    }
}

/// What was charged for a replacement that shipped in advance. The product's cost comes back with the defective unit,
/// the freight does not (policy, `replacement.advance`, `shipping.not-refundable`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvanceCharge {
    pub product: Money,
    pub freight: Money,
    /// ISO 4217.
    pub currency: String,
}

impl AdvanceCharge {
    pub fn total(&self) -> Money {
        self.product + self.freight
    }

    /// Whether the product was charged at all: it may be sent on trust.
    pub fn has_product(&self) -> bool {
        self.product != Money::ZERO
    }

    pub fn has_freight(&self) -> bool {
        self.freight != Money::ZERO
    }
}

/// A replacement shipped in advance, and the defective unit has not come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvanceReminder {
    pub turn: AdvanceTurn,
    pub rma_number: String,
    /// The defective unit.
    pub unit: Unit,
    pub last_day: Date,
    pub charge: AdvanceCharge,
}

impl AdvanceReminder {
    pub fn units(&self) -> &[Unit] {
        std::slice::from_ref(&self.unit)
    }
}

/// Which of the two reminders it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvanceTurn {
    First,
    Second,
}
