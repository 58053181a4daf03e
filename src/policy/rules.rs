//! The rules that judge a unit, one function each, in the order of the policy, section 3.

use jiff::ToSpan;
use jiff::civil::Date;

use super::clause::{self, ClauseId};
use super::fees::{Estimate, pays_wire_fee};
use super::judge::{Route, Unit};
use super::windows::Anchor;
use super::{Flag, OutcomeKind};
use crate::understanding::Wish;

/// A rule by its number and name.
pub(super) type Rule = (&'static str, fn(&Unit<'_>) -> Finding);

/// What of rule 7 depends on the unit. Tried first.
pub(super) static DELIVERY_DATE: Rule = ("7 delivery date unknown", delivery_date_unknown);

/// Rules 8 to 14; what none of them takes is rule 15's ([`no_rule_applies`]).
pub(super) static ON_THE_UNIT: &[Rule] = &[
    ("8 cancellation or refusal", cancellation),
    ("9 international", international),
    ("10 guarantee after receipt", guarantee),
    ("11 defective on arrival", defective_on_arrival),
    ("12 in warranty", in_warranty),
    ("13 out of warranty", out_of_warranty),
    ("14 too late without a defect", too_late),
];

/// What a rule found.
pub(super) enum Finding {
    Decided(Ruling),
    /// The rule does not apply, for this reason.
    NotThis(String),
}

/// What a rule decided.
pub(super) struct Ruling {
    pub outcome: OutcomeKind,
    pub route: Option<Route>,
    pub flag: Option<Flag>,
    pub clauses: Vec<ClauseId>,
    pub estimate: Option<Estimate>,
    /// Why, in a few words.
    pub found: String,
}

/// What every RMA goes with.
static EVERY_RMA: &[ClauseId] = &[
    clause::RMA_VALIDITY,
    clause::RMA_NUMBER_ON_BOX,
    clause::SHIPPING_RETURN_PREPAID,
    clause::RETURN_PACKAGING,
    clause::RETURN_INCOMPLETE,
    clause::SHIPPING_INSURE_RETURN,
];

/// Rule 7: held only where the unknown date decides. Every day on which the order can have been received is tried; the
/// rules that follow count from the day of shipping, which is the earliest.
fn delivery_date_unknown(unit: &Unit<'_>) -> Finding {
    let invoice = unit.claim.invoice;
    let Some(shipped) = invoice.shipped_on.filter(|_| invoice.delivered_on.is_none()) else {
        return not_this("the date of delivery is known, or nothing has shipped");
    };
    let earliest = decide(unit);
    let differing = possible_receipts(unit, shipped).into_iter().find(|day| {
        let ruling = decide(&unit.received_on(*day));
        ruling.outcome != earliest.outcome || ruling.estimate != earliest.estimate
    });
    match differing {
        None => not_this(format!("it is not known, but a delivery on any day since {shipped} comes to the same")),
        Some(day) => Finding::Decided(held(
            Flag::DeliveryDateUnknown,
            format!("a delivery on {shipped} and one on {day} come to different results"),
        )),
    }
}

/// Beside the day of shipping: for each window from receipt the earliest day of receipt with which the request is still
/// inside it.
fn possible_receipts(unit: &Unit<'_>, shipped: Date) -> Vec<Date> {
    let windows = unit.policy.windows;
    let as_of = unit.claim.as_of;
    [windows.refund, windows.doa]
        .into_iter()
        .filter(|window| window.from == Anchor::Receipt)
        .map(|window| as_of.saturating_sub(i64::from(window.days).days()))
        .filter(|day| *day > shipped)
        .collect()
}

/// What rules 8 to 15 come to.
fn decide(unit: &Unit<'_>) -> Ruling {
    ON_THE_UNIT
        .iter()
        .find_map(|(_, rule)| match rule(unit) {
            Finding::Decided(ruling) => Some(ruling),
            Finding::NotThis(_) => None,
        })
        .unwrap_or_else(|| no_rule_applies("no other rule applies"))
}

/// Rule 8.
fn cancellation(unit: &Unit<'_>) -> Finding {
    let asked = matches!(unit.claim.wish, Some(Wish::Cancel | Wish::RefuseDelivery));
    match (unit.claim.invoice.has_shipped(), asked) {
        (false, true) => accepted(unit, "not shipped"),
        (false, false) if unit.claim.is_non_defective() => accepted(unit, "not shipped, and no defect is claimed"),
        (false, false) if unit.claim.is_defective() => {
            Finding::Decided(no_rule_applies("a defect is claimed of what has not shipped"))
        }
        (true, true) => too_late_to_cancel(unit),
        (_, false) => not_this("neither a cancellation nor a refusal is wanted"),
    }
}

/// Staff void the order. The order's total is refunded; for a part of an order a person states the amount.
fn accepted(unit: &Unit<'_>, found: &str) -> Finding {
    let invoice = unit.claim.invoice;
    let fees = &unit.policy.fees;
    let mut clauses = vec![by_destination(unit, clause::CANCEL_DOMESTIC, clause::CANCEL_INTERNATIONAL)];
    if fees.processing_rate(invoice).is_some() {
        clauses.push(by_destination(unit, clause::FEE_PROCESSING_DOMESTIC, clause::FEE_PROCESSING_INTERNATIONAL));
    }
    if pays_wire_fee(invoice) {
        clauses.push(clause::FEE_INTERNATIONAL_WIRE);
    }
    let estimate = if unit.claim.is_whole_order() { fees.cancellation(invoice) } else { None };
    Finding::Decided(Ruling { estimate, ..Ruling::new(OutcomeKind::CancellationAccepted, clauses, found) })
}

fn too_late_to_cancel(unit: &Unit<'_>) -> Finding {
    let found = "it has shipped";
    if !unit.claim.invoice.is_domestic() {
        return declined(vec![clause::CANCEL_INTERNATIONAL, clause::RETURN_INTERNATIONAL], found);
    }
    let mut clauses = vec![clause::CANCEL_DOMESTIC, clause::RETURN_DOMESTIC];
    if unit.claim.wish == Some(Wish::RefuseDelivery) {
        clauses.push(clause::SHIPPING_REFUSED);
    }
    declined(clauses, found)
}

fn by_destination(unit: &Unit<'_>, domestic: ClauseId, international: ClauseId) -> ClauseId {
    if unit.claim.invoice.is_domestic() { domestic } else { international }
}

/// Rule 9.
fn international(unit: &Unit<'_>) -> Finding {
    if unit.claim.invoice.is_domestic() {
        return not_this("the order is domestic");
    }
    if !unit.claim.invoice.has_shipped() {
        return not_this("the order has not shipped");
    }
    if unit.claim.is_non_defective() {
        return declined(vec![clause::RETURN_INTERNATIONAL], "no defect is claimed");
    }
    if !unit.claim.is_defective() {
        return not_this("neither a defect nor a reason without one is claimed");
    }
    let Some((_, warranty)) = unit.term else { return not_this(NO_TERM) };
    if !unit.warranty_end().covers(unit.claim.as_of) {
        return declined(vec![warranty.clone(), clause::WARRANTY_START], unit.warranty_found());
    }
    let mut clauses = Vec::new();
    if unit.claim.wants_return() {
        clauses.push(clause::RETURN_INTERNATIONAL);
    }
    clauses.extend(unit.warranty_clauses(warranty));
    clauses.push(clause::SHIPPING_INTERNATIONAL_REPAIR);
    issued(Route::InternationalRepair, clauses, None, unit.warranty_found())
}

/// Rule 10.
fn guarantee(unit: &Unit<'_>) -> Finding {
    let non_defective = unit.claim.is_non_defective();
    let receipt = match domestic_receipt(unit) {
        Ok(receipt) => receipt,
        Err(found) => return not_this(found),
    };
    let until = unit.last_day(unit.policy.windows.refund, receipt);
    if unit.claim.as_of > until {
        return not_this(format!("the guarantee ended on {until}"));
    }
    if !(non_defective || unit.claim.is_defective() && unit.claim.wants_return()) {
        return not_this("no refund, credit or exchange is wanted for a defect");
    }
    let mut clauses = vec![clause::RETURN_DOMESTIC];
    if non_defective {
        clauses.push(clause::RETURN_RESTOCKING);
    }
    let route = match unit.claim.wish {
        Some(Wish::Refund) => Route::Refund,
        Some(Wish::Credit) => Route::Credit,
        Some(Wish::Exchange) => Route::Exchange,
        _ => Route::Return,
    };
    match route {
        Route::Refund => clauses.extend(refund_clauses(unit)),
        Route::Credit | Route::Exchange => clauses.push(clause::RETURN_NO_MARKS),
        _ => {}
    }
    let estimate = unit
        .claim
        .returned()
        .and_then(|goods| unit.policy.estimate_for(unit.claim.invoice, route, &[goods], unit.claim.charged));
    issued(route, clauses, estimate, format!("the guarantee runs until {until}"))
}

fn refund_clauses(unit: &Unit<'_>) -> Vec<ClauseId> {
    let mut clauses = vec![clause::REFUND_METHOD, clause::SHIPPING_NOT_REFUNDABLE];
    if unit.policy.fees.processing_rate(unit.claim.invoice).is_some() {
        clauses.push(clause::FEE_PROCESSING_DOMESTIC);
    }
    if unit.claim.invoice.free_shipping {
        clauses.push(clause::SHIPPING_FREE);
    }
    clauses
}

/// Rule 11. A refund or a credit wanted in these days is rule 10's.
fn defective_on_arrival(unit: &Unit<'_>) -> Finding {
    let receipt = match domestic_defect(unit) {
        Ok(receipt) => receipt,
        Err(found) => return not_this(found),
    };
    let until = unit.last_day(unit.policy.windows.doa, receipt);
    if unit.claim.as_of > until {
        return not_this(format!("a defect on arrival could be reported until {until}"));
    }
    if wants_money(unit) {
        return not_this("a refund or a credit is wanted");
    }
    let clauses = vec![clause::DOA, clause::SHIPPING_REPLACEMENT];
    issued(Route::DefectiveOnArrival, clauses, None, format!("a defect on arrival can be reported until {until}"))
}

/// Rule 12.
fn in_warranty(unit: &Unit<'_>) -> Finding {
    if let Err(found) = domestic_defect(unit) {
        return not_this(found);
    }
    let Some((_, warranty)) = unit.term else { return not_this(NO_TERM) };
    if !unit.warranty_end().covers(unit.claim.as_of) {
        return not_this(unit.warranty_found());
    }
    let mut clauses = unit.warranty_clauses(warranty);
    clauses.push(clause::SHIPPING_REPLACEMENT);
    if wants_money(unit) {
        clauses.push(clause::RETURN_NO_REFUND);
    }
    issued(Route::RepairOrReplacement, clauses, None, unit.warranty_found())
}

/// Rule 13. What is covered is rule 12's.
fn out_of_warranty(unit: &Unit<'_>) -> Finding {
    if let Err(found) = domestic_defect(unit) {
        return not_this(found);
    }
    let Some((_, warranty)) = unit.term else { return not_this(NO_TERM) };
    let mut clauses = vec![warranty.clone(), clause::WARRANTY_START];
    if unit.claim.wish == Some(Wish::Refund) {
        clauses.push(clause::RETURN_NO_REFUND);
    }
    declined(clauses, unit.warranty_found())
}

/// Rule 14. What came in time is rule 10's.
fn too_late(unit: &Unit<'_>) -> Finding {
    match domestic_receipt(unit) {
        Err(found) => not_this(found),
        Ok(_) if !unit.claim.is_non_defective() => not_this("no reason without a defect is claimed"),
        Ok(_) => declined(vec![clause::RETURN_NO_REFUND], "the days of the guarantee are over"),
    }
}

/// Rule 15.
pub(super) fn no_rule_applies(found: &str) -> Ruling {
    held(Flag::NoRuleApplies, found)
}

/// The product line is not in the policy, so no clause could be cited for or against the customer.
const NO_TERM: &str = "the policy has no warranty term for the product";

/// The day of receipt of an order that was delivered inside the country, else of its shipping; else why there is none.
fn domestic_receipt(unit: &Unit<'_>) -> Result<Date, &'static str> {
    if !unit.claim.invoice.is_domestic() {
        return Err("the order went abroad");
    }
    unit.receipt.ok_or("the order has not shipped")
}

/// The same, where a defect is claimed.
fn domestic_defect(unit: &Unit<'_>) -> Result<Date, &'static str> {
    let receipt = domestic_receipt(unit)?;
    unit.claim.is_defective().then_some(receipt).ok_or("no defect is claimed")
}

fn wants_money(unit: &Unit<'_>) -> bool {
    matches!(unit.claim.wish, Some(Wish::Refund | Wish::Credit))
}

impl Unit<'_> {
    fn warranty_clauses(&self, warranty: &ClauseId) -> Vec<ClauseId> {
        let mut clauses = vec![warranty.clone(), clause::WARRANTY_START];
        if self.is_covered_by_extension() {
            clauses.push(clause::WARRANTY_EXTENDED);
        }
        clauses
    }

    fn warranty_found(&self) -> String {
        format!("warranty {}", self.warranty_described())
    }
}

impl Ruling {
    fn new(outcome: OutcomeKind, clauses: Vec<ClauseId>, found: impl Into<String>) -> Ruling {
        Ruling { outcome, route: None, flag: None, clauses, estimate: None, found: found.into() }
    }
}

fn not_this(found: impl Into<String>) -> Finding {
    Finding::NotThis(found.into())
}

fn held(flag: Flag, found: impl Into<String>) -> Ruling {
    Ruling { flag: Some(flag), ..Ruling::new(OutcomeKind::HeldForReview, Vec::new(), found) }
}

fn declined(clauses: Vec<ClauseId>, found: impl Into<String>) -> Finding {
    Finding::Decided(Ruling::new(OutcomeKind::Declined, clauses, found))
}

fn issued(route: Route, mut clauses: Vec<ClauseId>, estimate: Option<Estimate>, found: String) -> Finding {
    clauses.extend_from_slice(EVERY_RMA);
    let ruling = Ruling::new(OutcomeKind::RmaIssued, clauses, found);
    Finding::Decided(Ruling { route: Some(route), estimate, ..ruling })
}
