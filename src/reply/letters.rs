//! The letters that answer a request, one struct each, with just the values that it needs: a value that is missing does
//! not compile.

use jiff::civil::Date;

use super::refund::RefundStatement;
use super::values::{Aside, ClauseLine, DeclinedGoods, DetailRequest, NamedUnit, Record, Unit, cited};
use crate::policy::WindowLine;
use crate::understanding::{Reason, Wish};

/// The return is authorized: the RMA number, for which units, and how to ship them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RmaIssued {
    pub rma_number: String,
    pub issued_on: Date,
    /// The last day on which the package may arrive.
    pub last_day: Date,
    pub units: Vec<AuthorizedUnit>,
    /// Set where a unit is returned for a refund.
    pub refund: Option<RefundStatement>,
    /// Clauses that say something which the letter does not say in its own words; they are cited with their sentences.
    pub clauses: Vec<ClauseLine>,
    /// Clauses that the letter's steps spell out (validity, number on the box, packing, freight, insurance): cited by title.
    pub terms: Vec<ClauseLine>,
    pub asides: Vec<Aside>,
}

impl RmaIssued {
    /// What is granted, each once, in the order of the units.
    pub fn grants(&self) -> Vec<Grant> {
        let mut grants: Vec<Grant> = Vec::new();
        for unit in &self.units {
            if !grants.contains(&unit.grant) {
                grants.push(unit.grant);
            }
        }
        grants
    }

    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(&self.clauses, &self.asides)
    }
}

/// A unit of an RMA, and what it comes back for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizedUnit {
    pub unit: Unit,
    pub grant: Grant,
    /// The other windows, a line each.
    pub windows: Vec<WindowLine>,
}

/// What a unit of an RMA is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    Refund,
    Credit,
    Exchange,
    RepairOrReplacement,
    /// Defective on arrival.
    DoaReplacement,
    InternationalRepair,
    /// Refund, credit or exchange: the customer has not said which.
    Return,
}

/// Something is missing or does not fit: what we have, and exactly what we need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsRequested {
    pub purpose: Purpose,
    pub understood: Understood,
    pub mismatches: Vec<Mismatch>,
    pub requests: Vec<DetailRequest>,
    pub clauses: Vec<ClauseLine>,
    pub asides: Vec<Aside>,
}

impl DetailsRequested {
    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(&self.clauses, &self.asides)
    }
}

/// What the details are needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Return,
    Cancellation,
}

/// What the case knows already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Understood {
    pub units: Vec<NamedUnit>,
    pub account_number: Option<String>,
    pub reason: Option<Reason>,
    pub wanted: Option<Wish>,
}

impl Understood {
    /// The units of which there is something to say.
    pub fn named_units(&self) -> Vec<&NamedUnit> {
        self.units.iter().filter(|unit| unit.is_named()).collect()
    }

    pub fn is_empty(&self) -> bool {
        let told = self.account_number.is_some() || self.reason.is_some() || self.wanted.is_some();
        !told && self.named_units().is_empty()
    }
}

/// Something named that is not among what the customer bought. The words are the same whether or not it exists elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    UnknownInvoice { invoice_number: String },
    PartNotOnInvoice { part_number: String, invoice_number: String },
    SerialNotOnInvoice { serial_number: String, invoice_number: String },
}

/// No unit or order of the case can be granted what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    pub requested_on: Date,
    pub declined: Vec<DeclinedGoods>,
    /// Clauses that concern the whole decision, beside those of each unit.
    pub clauses: Vec<ClauseLine>,
    pub asides: Vec<Aside>,
}

impl Declined {
    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(self.declined.iter().flat_map(|declined| &declined.clauses).chain(&self.clauses), &self.asides)
    }
}

/// Orders that are canceled before they shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancellationAccepted {
    pub orders: Vec<CanceledOrder>,
    pub clauses: Vec<ClauseLine>,
    pub asides: Vec<Aside>,
}

impl CancellationAccepted {
    pub fn policy(&self) -> Vec<&ClauseLine> {
        cited(&self.clauses, &self.asides)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanceledOrder {
    pub invoice_number: String,
    pub record: Record,
    /// `None` where a person has to state the amount: part of an order, or a fee in another currency.
    pub refund: Option<RefundStatement>,
}

/// A person has to look: an acknowledgement that promises nothing it cannot keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldForReview {
    pub matter: Matter,
    /// What was understood; empty where nothing should be said of it.
    pub units: Vec<NamedUnit>,
    pub clauses: Vec<ClauseLine>,
}

impl HeldForReview {
    pub fn policy(&self) -> Vec<&ClauseLine> {
        self.clauses.iter().collect()
    }

    pub fn named_units(&self) -> Vec<&NamedUnit> {
        self.units.iter().filter(|unit| unit.is_named()).collect()
    }
}

/// What the person has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// Whatever has no words of its own: an invoice that is unknown twice, a unit in somebody else's RMA, no rule.
    General,
    AdvanceReplacement,
    PurchasedElsewhere,
    PossibleVoidWarranty,
    ShippingDamage,
    WrongItem,
    MissingParts,
    Legal,
    LanguageNotSupported,
    DeclinedContested,
    RmaNotFound,
    DeliveryDateUnknown,
    ConflictingDetails,
    DetailsNotForthcoming,
    OrderAlreadyCanceled,
}

/// A stranger names an order. It has no values: what was named, and whether it exists, must make no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderNotOnOrder;

/// Details that were asked for are still missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsReminder {
    pub turn: DetailsTurn,
    pub asked_on: Date,
    pub requests: Vec<DetailRequest>,
}

/// Which of the two reminders it is; the second says on which day the case closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailsTurn {
    First,
    Second { closes_on: Date },
}

/// An RMA was issued and its package has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RmaReminder {
    pub turn: RmaTurn,
    pub rma_number: String,
    pub last_day: Date,
    pub units: Vec<Unit>,
}

/// Which of the two reminders it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RmaTurn {
    First,
    Second,
}
