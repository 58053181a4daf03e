//! The returns policy as a judge: clauses and figures are data (`config/policy.toml`), the rules are functions.
//!
//! [`Policies::parse`] reads the versions of the policy and names every fault with file and line. [`judge_unit`] judges
//! one unit by one of them. A policy is a value: another version is another value, and a decision can be replayed under
//! either.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::order::Invoice;

mod case_rules;
pub mod clause;
mod document;
mod fees;
mod inquiry;
mod judge;
mod judgement;
mod parse;
mod policies;
mod rules;
mod window_lines;
mod windows;

pub use clause::{Clause, ClauseId};
pub use document::PolicyFault;
pub use fees::{
    Charged, Condition, Estimate, EstimateLine, Fees, Inspected, LineKind, Percent, Returned, StatementFault,
    bears_costs_once,
};
pub use inquiry::{History, Inquiry, JudgedLine, JudgedUnit, Judgement, OpenRma, Phase, Sender, Verdict, judge};
pub use judge::{Route, Step, UnitClaim, UnitJudgement, judge_unit};
pub use judgement::{Flag, OutcomeKind};
pub use policies::{Policies, PolicyFaults, Written};
pub use window_lines::WindowLine;
pub use windows::{Anchor, Term, WarrantyEnd, Window, Windows, last_day, request_day};

/// One version of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Kept with every decision.
    pub version: String,
    pub effective_from: Date,
    pub windows: Windows,
    pub fees: Fees,
    /// By product line: its term, and the clause that says so.
    warranties: BTreeMap<String, (Term, ClauseId)>,
    clauses: BTreeMap<ClauseId, Clause>,
}

impl Policy {
    /// The policy that ships with the program, commented for editing.
    pub fn default_text() -> &'static str {
        include_str!("../../config/policy.toml")
    }

    /// Every clause of [`clause::CITED`] and of a judgement by this policy is there.
    pub fn clause(&self, id: &ClauseId) -> Option<&Clause> {
        self.clauses.get(id)
    }

    /// How long a product line is covered, and the clause that says so.
    pub fn warranty(&self, product_line: &str) -> Option<(Term, &ClauseId)> {
        self.warranties.get(product_line).map(|(term, clause)| (*term, clause))
    }

    /// What is paid back or credited for units of one order that come back on the same route; `None` on a route without
    /// money, and where a person has to state the amount ([`Fees::refund`]). `charged` is what statements have charged on
    /// the order already.
    pub fn estimate_for(
        &self,
        invoice: &Invoice,
        route: Route,
        returned: &[Returned],
        charged: Charged,
    ) -> Option<Estimate> {
        match route {
            Route::Refund => self.fees.refund(invoice, returned, charged),
            Route::Credit => Some(self.fees.credit(invoice, returned)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
