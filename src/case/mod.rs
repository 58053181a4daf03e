//! The life of one return: its state, what it knows, and what may follow what (policy, section 5).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::policy::{Flag, OutcomeKind};
use crate::understanding::{Detail, Facts};

pub mod calendar;
pub mod decision;
pub mod ledger;
pub mod quarantine;
pub mod reminders;
mod rma;
pub mod rma_number;
pub mod steps;

pub use rma::{
    Advance, Arrival, Arrived, Ended, Ending, Finding, Fulfilment, Inspection, Pays, RefundMethod, Refusal, Rma,
    RmaUnit, Shipment, Statement,
};

/// One conversation about one or more units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// `C-10023`; what a customer sees in the subject as `[C-10023]`.
    pub number: String,
    /// Counts recorded outcomes; an outcome is recorded only on the version it was decided on.
    pub version: i64,
    pub state: State,
    pub opened_at: Timestamp,
    /// When the state last changed.
    pub since: Timestamp,
    /// The address that opened the case, and that is written to.
    pub customer: String,
    /// As the customer signs mail, for the salutation.
    #[serde(default)]
    pub customer_name: Option<String>,
    /// The Message-ID of the last message that a person wrote in it: what we write of our own accord continues its thread.
    #[serde(default)]
    pub last_message_id: Option<String>,
    /// Every address that belongs to the case, lower case; the customer's is the first.
    pub participants: Vec<String>,
    pub subject: String,
    pub facts: Facts,
    pub flags: Vec<Flag>,
    /// When the customer first wrote of what the case is about now: windows are counted to this day. `None` as long as only
    /// a package has come.
    pub requested_at: Option<Timestamp>,
    /// What was asked for and not yet given.
    pub missing: Vec<Detail>,
    /// How many answers to a request for details brought nothing new.
    pub fruitless_answers: u32,
    /// When the last request for details went out.
    pub asked_at: Option<Timestamp>,
    pub rma: Option<Rma>,
    /// Since when a person has to look at it ([`Case::waits_for_staff_since`]); the store keeps it whenever it saves.
    #[serde(default)]
    pub for_staff_since: Option<Timestamp>,
    /// RMAs of the case that came to nothing before the present one.
    #[serde(default)]
    pub earlier_rmas: Vec<Rma>,
}

impl Case {
    /// Whether a person has to look at it: it is held, or bears a flag that no answer of the customer settles by itself.
    pub fn is_for_staff(&self) -> bool {
        match self.state {
            State::HeldForReview => true,
            State::Closed => false,
            _ => !self.flags.iter().all(is_asked_about),
        }
    }

    /// Whether its RMA came to nothing, so that another may be asked for: it expired or was called off, or is about to
    /// expire now that its last day has passed and nothing has come. Whose replacement has shipped asks for no other.
    pub fn has_lapsed(&self, today: Date) -> bool {
        let is_idle = |unit: &RmaUnit| unit.arrival.is_none() && unit.advance.is_none();
        let is_over = |rma: &Rma| rma.expires_on < today && rma.units.iter().all(is_idle);
        match self.state {
            State::Expired => true,
            State::Cancelled => self.rma.is_some(),
            State::Approved => self.rma.as_ref().is_some_and(is_over),
            _ => false,
        }
    }

    /// A person has to look, for these reasons beside those that stand. What the customer was asked about is past then.
    pub fn refer(&mut self, flags: &[Flag]) {
        if !flags.is_empty() {
            self.flags.retain(|flag| !is_asked_about(flag));
            self.flags.extend(flags);
            self.flags.sort_unstable();
            self.flags.dedup();
        }
    }

    /// Since when a person has to look at it, if it is as it is from `now` on: since the hold began, or since the first of
    /// its flags was set. `None` where nobody has to.
    pub fn waits_for_staff_since(&self, now: Timestamp) -> Option<Timestamp> {
        let since = match self.state {
            State::HeldForReview => self.since,
            _ => self.for_staff_since.unwrap_or(now),
        };
        self.is_for_staff().then_some(since)
    }

    /// A person has looked: it goes on where its units stand, and one without an RMA is closed.
    pub fn release(&mut self) {
        if self.state == State::HeldForReview {
            self.state = self.rma.as_ref().map_or(State::Closed, Rma::state);
            self.flags.clear();
        }
        self.flags.retain(is_asked_about);
    }
}

/// Whether the customer is asked about it, so that nobody else has to look.
pub fn is_asked_about(flag: &Flag) -> bool {
    matches!(flag, Flag::UnknownInvoice | Flag::PartNotOnInvoice | Flag::SerialNotOnInvoice)
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    New,
    AwaitingDetails,
    Approved,
    Received,
    Inspected,
    Resolved,
    Declined,
    Expired,
    Cancelled,
    HeldForReview,
    Closed,
}

impl Case {
    /// A case as it opens; nothing is known or asked for yet.
    pub fn opened(number: String, customer: String, subject: &str, opened_at: Timestamp, now: Timestamp) -> Case {
        Case {
            number,
            version: 0,
            state: State::New,
            opened_at,
            since: now,
            participants: vec![customer.clone()],
            customer,
            customer_name: None,
            last_message_id: None,
            subject: subject.chars().take(LONGEST_SUBJECT).collect(),
            facts: Facts::default(),
            flags: vec![],
            requested_at: None,
            missing: vec![],
            fruitless_answers: 0,
            asked_at: None,
            rma: None,
            for_staff_since: None,
            earlier_rmas: vec![],
        }
    }
}

/// In characters; more of a subject is not kept.
const LONGEST_SUBJECT: usize = 200;

/// One dated step of a case: what happened, by whom or what, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub at: Timestamp,
    /// `rmad`, or the name of a member of staff.
    pub actor: String,
    /// One sentence that reads alone.
    pub what: String,
    /// Where the case stands from here on; `None` for what belongs to none.
    pub state: Option<State>,
    /// What else is worth keeping: the judgement, the rules tried, the policy version, the orders as found.
    pub detail: serde_json::Value,
}

/// What one message came to. Recorded whole or not at all; the store has nothing left to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The ledger's key of the message that is settled by this outcome; `None` for a reminder or a staff action.
    pub message: Option<i64>,
    /// That message's own Message-ID, without angle brackets: later mail that refers to it finds the case.
    pub message_id: Option<String>,
    pub kind: OutcomeKind,
    pub class: crate::mail::Class,
    pub flags: Vec<Flag>,
    /// The case in its new shape; `None` where a message belongs to none (an ignored newsletter).
    /// A case with version 0 is new; any other is recorded only if the store still holds that version.
    pub case: Option<Case>,
    pub events: Vec<Event>,
    /// What this outcome does to the case's RMA.
    pub rma: RmaChange,
    /// What happened to units with serial numbers.
    pub ledger: Vec<ledger::LedgerEntry>,
    /// The invoice numbers of the orders whose cancellation it accepts.
    pub cancelled: Vec<String>,
    /// What was learned of a customer's address.
    pub address: Option<AddressNote>,
    pub replies: Vec<crate::outbox::Outgoing>,
}

/// What was learned of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressNote {
    /// Mail of ours came back from it for good, and why: nothing more goes there.
    Undeliverable { address: String, why: String },
    /// A person says that those which the case's own mail came back from can be written to.
    Released,
}

/// What an outcome does to its case's RMA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RmaChange {
    None,
    Issued,
    /// Its last day or its units are not what they were.
    Changed,
}
