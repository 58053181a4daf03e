//! What staff find when they inspect what came, and what becomes of what was stated on it before.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::choice::Stated;
use super::review::marks_rule_out;
use super::{Result, StepFault, UnitName, named, touches};
use crate::case::rma::{Finding, Inspection, Rma, RmaUnit, Statement};
use crate::policy::{Percent, Route};

/// What was found at an inspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findings {
    pub on: Date,
    /// `None` where no defect was claimed.
    pub defect_found: Option<bool>,
    /// `None` where no restocking fee may be charged.
    pub restocking: Option<Percent>,
    /// What the customer agreed to instead of what the units of a return were approved for.
    pub route: Option<Route>,
}

/// What the policy says of a unit that is inspected.
pub struct Rules<'a> {
    /// The most that may be charged for restocking.
    pub ceiling: &'a dyn Fn(&RmaUnit) -> Percent,
    /// Whether a unit that came for a defect might have come for this as well.
    pub grants: &'a dyn Fn(&RmaUnit, Route) -> bool,
}

/// What an inspection was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectedUnits {
    /// The places of the units that were inspected.
    pub places: Vec<usize>,
    /// The places of those that were stated together with one of them: they stand as they were found before, and have to
    /// be stated anew.
    pub restated: Vec<usize>,
    /// What was stated before on any of them, and holds no more.
    pub fallen: Vec<Statement>,
    /// The days on which any of them was inspected before, in order.
    pub before: BTreeSet<Date>,
}

impl InspectedUnits {
    /// The places of all that is told of it, in the order of the units.
    pub fn all(&self) -> Vec<usize> {
        let all: BTreeSet<usize> = self.places.iter().chain(&self.restated).copied().collect();
        all.into_iter().collect()
    }
}

impl Rma {
    /// What was found when the units were inspected. A unit may be inspected again until its return has ended; what was
    /// stated on it before, alone or together with others, holds no more.
    ///
    /// # Errors
    /// Where a unit has not come or has ended, or the finding or a rate is left open or does not fit.
    pub fn inspect(&mut self, names: &[UnitName], findings: Findings, rules: &Rules<'_>) -> Result<InspectedUnits> {
        self.not_before_issue(findings.on)?;
        // what was inspected is inspected again where it is named, or where nothing else waits
        let is_new = names.is_empty() && self.units.iter().any(RmaUnit::waits_for_inspection);
        let is_here =
            |unit: &RmaUnit| unit.is_open() && unit.arrival.is_some() && (!is_new || unit.inspection.is_none());
        let places = self.choose(names, "is here to be inspected", is_here, Stated::MayFall)?;
        self.in_order(&places, findings.on)?;
        let done: Result<Vec<Inspection>> = places
            .iter()
            .filter_map(|place| self.units.get(*place))
            .map(|unit| inspected(unit, findings, rules))
            .collect();
        let mut done = done?.into_iter();
        let fallen: Vec<Statement> = self.statements.extract_if(.., |stated| touches(stated, &places)).collect();
        let stated = fallen.iter().flat_map(|statement| statement.units.iter().copied());
        let restated: Vec<usize> = stated.filter(|place| !places.contains(place)).collect();
        let known = places.iter().chain(&restated).filter_map(|place| self.units.get(*place)?.inspection.as_ref());
        let before = known.map(|inspection| inspection.on).collect();
        self.change(&places, |unit| {
            unit.inspection = done.next();
            unit.route = findings.route.unwrap_or(unit.route);
        });
        Ok(InspectedUnits { places, restated, fallen, before })
    }
}

fn inspected(unit: &RmaUnit, findings: Findings, rules: &Rules<'_>) -> Result<Inspection> {
    let finding = match (unit.non_defective, findings.defect_found) {
        (true, None) => Finding::AsDescribed,
        (true, Some(_)) => return Err(StepFault::NoDefectClaimed { unit: named(unit) }),
        (false, None) => return Err(StepFault::FindingNeeded { unit: named(unit) }),
        (false, Some(true)) => Finding::DefectConfirmed,
        (false, Some(false)) => Finding::NoDefectFound,
    };
    if findings.route.is_some_and(|route| unit.route.is_for_defect() && !(rules.grants)(unit, route)) {
        return Err(StepFault::NoReturn { unit: named(unit) });
    }
    if let Some(found) = unit.arrival.as_ref().and_then(|arrival| arrival.found_serial.clone()) {
        return Err(StepFault::Other { unit: named(unit), found });
    }
    let route = findings.route.unwrap_or(unit.route);
    if marks_rule_out(&RmaUnit { route, ..unit.clone() }) {
        return Err(StepFault::Marks { unit: named(unit) });
    }
    let inspection = Inspection { on: findings.on, finding, restocking: Percent::ZERO };
    let ceiling = (rules.ceiling)(&RmaUnit { inspection: Some(inspection.clone()), route, ..unit.clone() });
    let restocking = match findings.restocking {
        Some(rate) if rate > ceiling => return Err(StepFault::RateAboveCeiling { unit: named(unit), rate, ceiling }),
        Some(rate) => rate,
        None if ceiling > Percent::ZERO => return Err(StepFault::RateNeeded { unit: named(unit), ceiling }),
        None => Percent::ZERO,
    };
    Ok(Inspection { restocking, ..inspection })
}
