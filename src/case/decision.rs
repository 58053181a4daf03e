//! What was decided about a message, written down so that it can be explained and replayed years later: the request as
//! it was understood, the outcome, the rules that were tried, the orders as they were found, the policy's version.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::mail::Class;
use crate::order::Invoice;
use crate::policy::{ClauseId, Flag, OutcomeKind};
use crate::understanding::{About, Detail, Item, Reason, Told, Wish};

/// The minutes of one decision; kept as the detail of the event that records it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub class: Class,
    pub request: Request,
    pub outcome: OutcomeKind,
    pub flags: Vec<Flag>,
    pub missing: Vec<Detail>,
    pub clauses: Vec<ClauseId>,
    pub units: Vec<DecidedUnit>,
    pub rma: Option<IssuedRma>,
    /// Message-IDs of the replies, withheld ones included.
    pub replies: Vec<String>,
    pub policy_version: String,
    /// The rules that were tried, in order, and what each found.
    pub rules: Vec<(String, String)>,
    /// The sender's orders that were named, as they were known on that day.
    pub orders: Vec<Invoice>,
}

/// What the case knows after this message, after inference and correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub about: About,
    pub reason: Option<Told<Reason>>,
    pub wanted: Option<Told<Wish>>,
    pub account: Option<Told<String>>,
    pub items: Vec<Item>,
}

/// A unit, or for a cancellation an order, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecidedUnit {
    pub invoice: String,
    pub part: Option<String>,
    pub serial: Option<String>,
    pub outcome: OutcomeKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuedRma {
    pub number: String,
    pub expires_on: Date,
}
