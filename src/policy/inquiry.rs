//! A case laid before the judge, and the judgement: rules 1 to 7 of the policy judge the case as a whole, and where
//! none of them decides, each unit is judged by itself.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::case_rules::CASE_RULES;
use super::clause::ClauseId;
use super::fees::Charged;
use super::judge::{Step, UnitClaim, UnitJudgement, judge_unit};
use super::judgement::{Flag, OutcomeKind};
use super::{Policies, Policy};
use crate::mail::{Authenticity, Class};
use crate::order::Invoice;
use crate::understanding::{About, Detail, Facts, Misfit, Reason, Resolution, Unit, Wish};

/// Everything that decides, on one table.
#[derive(Debug, Clone)]
pub struct Inquiry<'a> {
    pub class: Class,
    pub authenticity: Authenticity,
    /// A delivery report on one of our replies.
    pub bounce_of_ours: bool,
    /// What the message is about; in a case that waits for details, what the case is about.
    pub about: About,
    /// What this message wishes for, if anything.
    pub wish: Option<Wish>,
    pub facts: &'a Facts,
    pub resolution: &'a Resolution,
    pub sender: Sender,
    pub history: History,
    /// RMAs that are open for the units named.
    pub open_rmas: Vec<OpenRma>,
    /// RMAs that the sender may hear about, for a question about one.
    pub own_rmas: Vec<OpenRma>,
    /// The orders named whose cancellation was accepted before.
    pub cancelled_orders: Vec<String>,
    /// By invoice number, what statements have charged on the orders named.
    pub charged: BTreeMap<String, Charged>,
    /// The request day.
    pub as_of: Date,
}

/// What the sender is to the orders that are named (policy, rule 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// A customer's address, a company domain of one, or the order's own account number.
    pub is_customer: bool,
    /// An account number was stated, whether or not it exists.
    pub states_account: bool,
    /// An invoice or serial number was named, whether or not it exists.
    pub names_numbers: bool,
}

/// What the case has been through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    pub phase: Phase,
    /// The misfit that was asked about last.
    pub asked_about: Vec<Flag>,
    /// Answers to requests for details, this one not counted, that brought nothing new.
    pub fruitless_answers: u32,
    /// This message brought something new.
    pub brings_news: bool,
}

/// Where the case stands, as far as the rules look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    #[default]
    New,
    AwaitingDetails,
    /// An RMA was issued.
    Approved,
    Declined,
    HeldForReview,
    /// The RMA expired.
    Lapsed,
    /// Cancelled, or over in another way.
    Over,
}

/// An RMA that is open, and where its units are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRma {
    pub number: String,
    pub case_number: String,
    pub invoice: String,
    /// Of the invoice.
    pub line: u32,
    /// `None` for a product that bears no serial number.
    pub serial: Option<String>,
    /// It is the sender's own.
    pub is_own: bool,
}

impl OpenRma {
    /// Whether it lists this unit.
    pub fn lists(&self, unit: &Unit) -> bool {
        self.invoice == unit.invoice.invoice_number && self.line == unit.line.line && self.serial == unit.serial
    }
}

/// What was decided about a message.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub kind: OutcomeKind,
    pub verdict: Verdict,
    pub flags: Vec<Flag>,
    pub clauses: Vec<ClauseId>,
    pub trail: Vec<Step>,
}

/// The decision and what it needs to be carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing is written to anybody.
    Ignore,
    /// A person has to judge; with an acknowledgement, or in silence.
    Refer {
        acknowledge: bool,
    },
    Ask {
        missing: Vec<Detail>,
        misfits: Vec<Misfit>,
    },
    /// What the sender's RMAs stand at.
    Status {
        rmas: Vec<OpenRma>,
    },
    /// The units were judged one by one.
    Units(Vec<JudgedUnit>),
}

/// A unit, or for a cancellation an order, what was claimed for it, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedUnit {
    pub invoice: Invoice,
    /// `None` for the cancellation of the whole order.
    pub unit: Option<JudgedLine>,
    pub reason: Option<Reason>,
    pub wish: Option<Wish>,
    pub as_of: Date,
    pub charged: Charged,
    pub judgement: UnitJudgement,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedLine {
    /// The line of the invoice.
    pub line: u32,
    pub part_number: String,
    pub title: String,
    pub serial: Option<String>,
    pub quantity: u32,
}

impl Judgement {
    pub(super) fn ignore() -> Judgement {
        Judgement {
            kind: OutcomeKind::Ignored,
            verdict: Verdict::Ignore,
            flags: vec![],
            clauses: vec![],
            trail: vec![],
        }
    }

    /// Mail that joins a held case, unanswered.
    pub fn joins_held() -> Judgement {
        let verdict = Verdict::Refer { acknowledge: false };
        Judgement { kind: OutcomeKind::HeldForReview, verdict, flags: vec![], clauses: vec![], trail: vec![] }
    }

    /// Whatever was found: the customer cannot be written to by mail, so a person has to answer.
    pub fn unanswerable(mut self, why: &str) -> Judgement {
        self.flags.push(Flag::ReplyWithheld);
        self.trail.push(Step { rule: "the answer", found: why.to_owned() });
        Judgement {
            kind: OutcomeKind::HeldForReview,
            verdict: Verdict::Refer { acknowledge: false },
            flags: self.flags,
            clauses: self.clauses,
            trail: self.trail,
        }
    }

    pub(super) fn refer(flag: Flag) -> Judgement {
        let verdict = Verdict::Refer { acknowledge: true };
        Judgement { kind: OutcomeKind::HeldForReview, verdict, flags: vec![flag], clauses: vec![], trail: vec![] }
    }

    pub(super) fn silently(self) -> Judgement {
        Judgement { verdict: Verdict::Refer { acknowledge: false }, ..self }
    }

    pub(super) fn citing(self, clause: ClauseId) -> Judgement {
        Judgement { clauses: vec![clause], ..self }
    }

    pub(super) fn status(rmas: Vec<OpenRma>) -> Judgement {
        Judgement {
            kind: OutcomeKind::StatusGiven,
            verdict: Verdict::Status { rmas },
            flags: vec![],
            clauses: vec![],
            trail: vec![],
        }
    }
}

/// Judges a case: the first rule that applies decides. Each unit is judged by the version of the policy that was in force
/// on its order's invoice date.
pub fn judge(inquiry: &Inquiry<'_>, policies: &Policies) -> Judgement {
    let mut trail = Vec::new();
    for (rule, decide) in CASE_RULES {
        match decide(inquiry) {
            Some(judgement) => {
                trail.push(Step { rule, found: "applies".to_owned() });
                return Judgement { trail, ..judgement };
            }
            None => trail.push(Step { rule, found: "does not apply".to_owned() }),
        }
    }
    judge_units(inquiry, policies, trail)
}

fn judge_units(inquiry: &Inquiry<'_>, policies: &Policies, mut trail: Vec<Step>) -> Judgement {
    let units =
        if inquiry.about == About::Cancel { judge_orders(inquiry, policies) } else { judge_lines(inquiry, policies) };
    let kind = units.iter().map(|unit| unit.judgement.outcome).max().unwrap_or(OutcomeKind::HeldForReview);
    let mut flags: Vec<Flag> = units.iter().flat_map(|unit| unit.judgement.flags.clone()).collect();
    let mut clauses: Vec<ClauseId> = units.iter().flat_map(|unit| unit.judgement.clauses.clone()).collect();
    trail.extend(units.iter().flat_map(|unit| unit.judgement.trail.clone()));
    clauses.sort();
    clauses.dedup();
    flags.sort();
    flags.dedup();
    Judgement { kind, verdict: Verdict::Units(units), flags, clauses, trail }
}

/// One row an order (policy, rule 8).
fn judge_orders(inquiry: &Inquiry<'_>, policies: &Policies) -> Vec<JudgedUnit> {
    let judged = |invoice: &Invoice| JudgedUnit::judge(&claim(inquiry, invoice), policies);
    inquiry.resolution.orders.iter().map(judged).collect()
}

fn judge_lines(inquiry: &Inquiry<'_>, policies: &Policies) -> Vec<JudgedUnit> {
    let judged = |unit: &Unit| {
        let claim = UnitClaim {
            line: Some(&unit.line),
            serial: unit.serial.as_deref(),
            quantity: unit.quantity,
            ..claim(inquiry, &unit.invoice)
        };
        JudgedUnit::judge(&claim, policies)
    };
    let in_rma = |unit: &&Unit| inquiry.open_rmas.iter().any(|rma| rma.lists(unit));
    inquiry.resolution.units.iter().filter(|unit| !in_rma(unit)).map(judged).collect()
}

/// What is claimed for a whole order.
fn claim<'a>(inquiry: &Inquiry<'_>, invoice: &'a Invoice) -> UnitClaim<'a> {
    UnitClaim {
        invoice,
        line: None,
        serial: None,
        quantity: 0,
        reason: inquiry.facts.reason.as_ref().map(|told| told.value),
        wish: inquiry.facts.wanted.as_ref().map(|told| told.value),
        as_of: inquiry.as_of,
        charged: inquiry.charged.get(&invoice.invoice_number).copied().unwrap_or_default(),
    }
}

impl JudgedUnit {
    /// Judges a claim by the version of the policy that its order falls under.
    pub fn judge(claim: &UnitClaim<'_>, policies: &Policies) -> JudgedUnit {
        JudgedUnit {
            invoice: claim.invoice.clone(),
            unit: claim.line.map(|line| JudgedLine {
                line: line.line,
                part_number: line.product.part_number.clone(),
                title: line.product.title.clone(),
                serial: claim.serial.map(str::to_owned),
                quantity: claim.quantity,
            }),
            reason: claim.reason,
            wish: claim.wish,
            as_of: claim.as_of,
            charged: claim.charged,
            judgement: judge_unit(claim, policies.on(claim.invoice.invoiced_on)),
        }
    }

    /// The version that it was judged by.
    pub fn policy<'a>(&self, policies: &'a Policies) -> &'a Policy {
        policies.on(self.invoice.invoiced_on)
    }
}
