//! Why a person has to look before a return goes on.

use crate::case::{Finding, RmaUnit};
use crate::policy::{Flag, Route};

/// Of a unit that came.
pub fn at_receipt(unit: &RmaUnit) -> Vec<Flag> {
    let Some(arrival) = &unit.arrival else { return vec![] };
    let reasons = [
        (arrival.is_late, Flag::ArrivedLate),
        (arrival.found_serial.is_some(), Flag::OtherUnitReceived),
        (marks_rule_out(unit), Flag::ReturnMarked),
        (arrival.condition.damage.is_some(), Flag::ReturnDamaged),
    ];
    reasons.into_iter().filter_map(|(applies, flag)| applies.then_some(flag)).collect()
}

/// Of a unit that was inspected: the policy does not say what follows where a repair finds nothing to repair.
pub fn at_inspection(unit: &RmaUnit) -> Vec<Flag> {
    let found_none = unit.inspection.as_ref().is_some_and(|done| done.finding == Finding::NoDefectFound);
    if found_none && unit.route.is_for_defect() { vec![Flag::NoDefectFound] } else { vec![] }
}

/// It came back with marks, for an exchange or a credit.
pub(super) fn marks_rule_out(unit: &RmaUnit) -> bool {
    let is_marked = unit.arrival.as_ref().is_some_and(|arrival| arrival.condition.marks.is_some());
    is_marked && matches!(unit.route, Route::Credit | Route::Exchange)
}
