//! What was decided about a message, written down so that it can be explained and replayed years later: the request as
//! it was understood, the outcome, the rules that were tried, the orders as they were found, the policy's versions.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mail::{Authenticity, Class};
use crate::order::Invoice;
use crate::policy::{Charged, ClauseId, Flag, JudgedUnit, OutcomeKind, Policies, UnitClaim, UnitJudgement};
use crate::understanding::{About, Detail, Item, Reason, Told, Wish};

/// The minutes of one decision; kept as the detail of the event that records it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub class: Class,
    pub authenticity: Authenticity,
    /// Who checked the sender and what they found; `None`: nobody did.
    pub authentication: Option<String>,
    pub request: Request,
    pub outcome: OutcomeKind,
    pub flags: Vec<Flag>,
    pub missing: Vec<Detail>,
    pub clauses: Vec<ClauseId>,
    pub units: Vec<DecidedUnit>,
    pub rma: Option<IssuedRma>,
    /// Message-IDs of the replies, withheld ones included.
    pub replies: Vec<String>,
    /// The version that was in force on the day of the request; each unit names its own.
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

/// A unit, or for a cancellation an order: what was claimed for it, what became of it, and its dates. Beside the orders of
/// the decision this is all that judging it once more needs ([`Decision::claim`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecidedUnit {
    pub invoice: String,
    /// The line of the invoice; it, `part` and `serial` are `None` for the cancellation of a whole order.
    pub line: Option<u32>,
    pub part: Option<String>,
    pub serial: Option<String>,
    pub quantity: u32,
    pub reason: Option<Reason>,
    pub wish: Option<Wish>,
    /// The request day.
    pub as_of: Date,
    /// What statements had charged on the order before.
    #[serde(default)]
    pub charged: Charged,
    /// Without its trail, which stands with the decision.
    #[serde(flatten)]
    pub judgement: UnitJudgement,
}

impl Decision {
    /// The minutes in the detail of an event, or why they cannot be read; `None` where the event records no decision.
    pub fn of_event(detail: Value) -> Option<serde_json::Result<Decision>> {
        detail.get("request").is_some().then(|| serde_json::from_value(detail))
    }
}

impl DecidedUnit {
    pub fn of(judged: &JudgedUnit) -> DecidedUnit {
        let unit = judged.unit.as_ref();
        DecidedUnit {
            invoice: judged.invoice.invoice_number.clone(),
            line: unit.map(|unit| unit.line),
            part: unit.map(|unit| unit.part_number.clone()),
            serial: unit.and_then(|unit| unit.serial.clone()),
            quantity: unit.map_or(0, |unit| unit.quantity),
            reason: judged.reason,
            wish: judged.wish,
            as_of: judged.as_of,
            charged: judged.charged,
            judgement: UnitJudgement { trail: vec![], ..judged.judgement.clone() },
        }
    }
}

impl Decision {
    /// What was claimed for a unit of this decision, with the order as it was found; `None` where the minutes do not hold
    /// the order.
    pub fn claim<'a>(&'a self, unit: &'a DecidedUnit) -> Option<UnitClaim<'a>> {
        let invoice = self.orders.iter().find(|order| order.invoice_number == unit.invoice)?;
        let line = match unit.line {
            Some(number) => Some(invoice.lines.iter().find(|line| line.line == number)?),
            None => None,
        };
        Some(UnitClaim {
            invoice,
            line,
            serial: unit.serial.as_deref(),
            quantity: unit.quantity,
            reason: unit.reason,
            wish: unit.wish,
            as_of: unit.as_of,
            charged: unit.charged,
        })
    }

    /// A unit of this decision judged once more, by the version of `policies` that its order falls under. `None` as for
    /// [`Decision::claim`].
    pub fn judged_again(&self, unit: &DecidedUnit, policies: &Policies) -> Option<DecidedUnit> {
        self.claim(unit).map(|claim| DecidedUnit::of(&JudgedUnit::judge(&claim, policies)))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuedRma {
    pub number: String,
    pub expires_on: Date,
}
