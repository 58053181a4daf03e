//! The judge of one unit: rules 8 to 15 of the policy, section 3, and of rule 7 what depends on the unit.
//!
//! The rules stand in a table and are tried in its order; the first that applies decides. What each of them found is
//! kept with the judgement, so that it can be explained and replayed. The rules themselves: [`super::rules`].

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::clause::ClauseId;
use super::fees::{Charged, Condition, Estimate, Returned};
use super::rules::{self, Finding, Ruling};
use super::window_lines::WindowLine;
use super::windows::{Anchor, Term, WarrantyEnd, Window};
use super::{Flag, OutcomeKind, Policy};
use crate::order::{Invoice, Line};
use crate::understanding::{Reason, Wish};

/// Judges one unit, several units alike of one line, or the cancellation of a whole order.
///
/// Expects what rules 1 to 7 ensure: the sender is the order's customer, the order was bought directly, and no person
/// has to judge what the customer tells.
pub fn judge_unit(claim: &UnitClaim<'_>, policy: &Policy) -> UnitJudgement {
    let unit = Unit::new(claim, policy);
    let mut trail = vec![Step { rule: "as found", found: unit.described() }];
    for (rule, applies) in std::iter::once(&rules::DELIVERY_DATE).chain(rules::ON_THE_UNIT) {
        match applies(&unit) {
            Finding::NotThis(found) => trail.push(Step { rule, found }),
            Finding::Decided(ruling) => {
                trail.push(Step { rule, found: ruling.found.clone() });
                return unit.judgement(ruling, trail);
            }
        }
    }
    let ruling = rules::no_rule_applies("no other rule applies");
    trail.push(Step { rule: "15 anything else", found: ruling.found.clone() });
    unit.judgement(ruling, trail)
}

/// What is claimed for one unit.
#[derive(Debug, Clone, Copy)]
pub struct UnitClaim<'a> {
    /// As it was known on the day of the message that is answered ([`Invoice::as_known_on`]).
    pub invoice: &'a Invoice,
    /// `None` for the cancellation of the whole order.
    pub line: Option<&'a Line>,
    pub serial: Option<&'a str>,
    pub quantity: u32,
    pub reason: Option<Reason>,
    pub wish: Option<Wish>,
    /// The request day ([`super::request_day`]).
    pub as_of: Date,
    /// What statements have charged on the order before.
    pub charged: Charged,
}

/// What became of a unit, and why.
#[must_use]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitJudgement {
    /// Of the policy that it was judged by.
    pub policy_version: String,
    pub outcome: OutcomeKind,
    /// What an RMA was issued for; `None` with any other outcome.
    pub route: Option<Route>,
    pub flags: Vec<Flag>,
    pub clauses: Vec<ClauseId>,
    /// The last day for a refund, a credit or an exchange; `None` abroad and while the day that it is counted from is
    /// unknown.
    pub refund_until: Option<Date>,
    /// The last day to report a defect on arrival; `None` as for `refund_until`.
    pub doa_until: Option<Date>,
    pub warranty_until: WarrantyEnd,
    /// The windows beside what was decided, in the order in which they are told.
    pub windows: Vec<WindowLine>,
    /// Where money is paid back or credited. For several units of one order, ask [`Policy::estimate_for`].
    pub estimate: Option<Estimate>,
    /// The rules that were tried, in order; told apart from the rest.
    #[serde(skip)]
    pub trail: Vec<Step>,
}

/// What an RMA is issued for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Under the guarantee after receipt, and the customer has not said for what.
    Return,
    Refund,
    Credit,
    Exchange,
    DefectiveOnArrival,
    RepairOrReplacement,
    InternationalRepair,
}

impl Route {
    /// A defect comes back, to be repaired or replaced.
    pub fn is_for_defect(self) -> bool {
        matches!(self, Route::DefectiveOnArrival | Route::RepairOrReplacement | Route::InternationalRepair)
    }

    /// It may come to an exchange or a credit, which marks rule out (`return.no-marks`).
    pub fn marks_matter(self) -> bool {
        matches!(self, Route::Return | Route::Credit | Route::Exchange)
    }
}

/// One rule that was tried, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub rule: &'static str,
    pub found: String,
}

impl UnitClaim<'_> {
    /// What comes back, as the estimate counts it; `None` where no line is spoken of.
    pub fn returned(&self) -> Option<Returned> {
        let line = self.line?;
        Some(Returned {
            part_number: line.product.part_number.clone(),
            unit_price: line.unit_price,
            quantity: self.quantity,
            condition: Condition { non_defective: self.is_non_defective(), ..Condition::default() },
        })
    }

    pub(super) fn is_defective(&self) -> bool {
        self.reason.is_some_and(Reason::is_defect)
    }

    /// `other` counts where a refund, a credit or an exchange is wanted; with any other wish it is for a person.
    pub(super) fn is_non_defective(&self) -> bool {
        match self.reason {
            Some(Reason::NotNeeded | Reason::Incompatible) => true,
            Some(Reason::Other) => self.wants_return(),
            _ => false,
        }
    }

    /// A refund, a credit or an exchange.
    pub(super) fn wants_return(&self) -> bool {
        matches!(self.wish, Some(Wish::Refund | Wish::Credit | Wish::Exchange))
    }

    /// Every unit of the order goes back.
    pub(super) fn is_whole_order(&self) -> bool {
        match self.line {
            None => true,
            Some(line) => self.invoice.lines.len() == 1 && self.quantity >= line.quantity,
        }
    }
}

/// A claim beside the policy, with what several rules ask.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a> {
    pub claim: &'a UnitClaim<'a>,
    pub policy: &'a Policy,
    /// The day of delivery, else of shipping, which is the earliest that it can be. `None` for what has not shipped.
    pub receipt: Option<Date>,
    pub term: Option<(Term, &'a ClauseId)>,
}

impl<'a> Unit<'a> {
    fn new(claim: &'a UnitClaim<'a>, policy: &'a Policy) -> Unit<'a> {
        let receipt = claim.invoice.delivered_on.or(claim.invoice.shipped_on);
        let term = claim.line.and_then(|line| policy.warranty(&line.product.product_line));
        Unit { claim, policy, receipt, term }
    }

    /// The same unit, had it been delivered on this day.
    pub fn received_on(self, day: Date) -> Unit<'a> {
        Unit { receipt: Some(day), ..self }
    }

    /// The last day of a window on this order, received on this day.
    pub fn last_day(&self, window: Window, receipt: Date) -> Date {
        let shipped = self.claim.invoice.shipped_on.filter(|_| window.from == Anchor::Shipping);
        window.last_day(shipped.unwrap_or(receipt))
    }

    /// The same, of a domestic order whose day 0 is known for certain.
    pub fn known_last_day(&self, window: Window) -> Option<Date> {
        let invoice = self.claim.invoice;
        let received = if window.from == Anchor::Shipping { self.receipt } else { invoice.delivered_on };
        received.filter(|_| invoice.is_domestic()).map(|day| self.last_day(window, day))
    }

    pub fn warranty_end(&self) -> WarrantyEnd {
        let months = self.claim.line.map_or(0, |line| line.extended_warranty_months);
        self.warranty_end_with(months)
    }

    /// Covered, and would not be without the extended months.
    pub fn is_covered_by_extension(&self) -> bool {
        self.warranty_end().covers(self.claim.as_of) && !self.warranty_end_with(0).covers(self.claim.as_of)
    }

    fn warranty_end_with(&self, extended_months: u32) -> WarrantyEnd {
        match self.term {
            Some((term, _)) => term.end(self.claim.invoice.invoiced_on, extended_months),
            None => WarrantyEnd::None,
        }
    }

    /// The facts that the rules look at, in a line.
    fn described(&self) -> String {
        let UnitClaim { invoice, line, serial, quantity, as_of, .. } = self.claim;
        let goods = line.map_or("the whole order".to_owned(), |line| {
            format!("{quantity} x {}, serial {}", line.product.part_number, serial.unwrap_or("none"))
        });
        format!(
            "{goods}, of {}: requested {as_of}, shipped {}, delivered {}, to {}, invoiced {}, \
             warranty {}, reason {}, wish {}",
            invoice.invoice_number,
            known(invoice.shipped_on),
            known(invoice.delivered_on),
            invoice.ship_to_country,
            invoice.invoiced_on,
            self.warranty_described(),
            known(self.claim.reason),
            known(self.claim.wish),
        )
    }

    pub fn warranty_described(&self) -> String {
        match self.warranty_end() {
            WarrantyEnd::Until(last) => format!("until {last}"),
            WarrantyEnd::Lifetime => "for life".to_owned(),
            WarrantyEnd::None => "not known".to_owned(),
        }
    }

    fn judgement(&self, ruling: Ruling, trail: Vec<Step>) -> UnitJudgement {
        let windows = self.policy.windows;
        UnitJudgement {
            policy_version: self.policy.version.clone(),
            outcome: ruling.outcome,
            route: ruling.route,
            flags: ruling.flag.into_iter().collect(),
            refund_until: self.known_last_day(windows.refund),
            doa_until: self.known_last_day(windows.doa),
            warranty_until: self.warranty_end(),
            windows: self.window_lines(&ruling),
            clauses: ruling.clauses,
            estimate: ruling.estimate,
            trail,
        }
    }
}

fn known(fact: Option<impl std::fmt::Debug>) -> String {
    fact.map_or_else(|| "unknown".to_owned(), |fact| format!("{fact:?}"))
}

#[cfg(test)]
mod tests;
