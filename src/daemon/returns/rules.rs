//! What the policy says of a unit that came back: what may be charged for it, and for what else it might have come.

use super::Work;
use crate::case::steps::{Findings, InspectedUnits, Rules, StepFault, UnitName};
use crate::case::{Rma, RmaUnit};
use crate::policy::{Charged, Percent, Policy, Route, UnitClaim, judge_unit, request_day};
use crate::understanding::Wish;

impl Work<'_> {
    pub(super) fn inspected(
        &self,
        rma: &mut Rma,
        units: &[UnitName],
        findings: Findings,
    ) -> Result<InspectedUnits, StepFault> {
        let (ceiling, grants) =
            (|unit: &RmaUnit| self.ceiling(unit), |unit: &RmaUnit, route| self.would_grant(unit, route));
        rma.inspect(units, findings, &Rules { ceiling: &ceiling, grants: &grants })
    }

    /// The policy that judged a unit's order.
    pub(super) fn policy(&self, unit: &RmaUnit) -> &Policy {
        let invoiced_on = self.invoices.get(&unit.invoice_number).map_or(self.today, |invoice| invoice.invoiced_on);
        self.policies.on(invoiced_on)
    }

    /// The most that may be charged for restocking a unit whose return comes to money.
    fn ceiling(&self, unit: &RmaUnit) -> Percent {
        let is_money = matches!(unit.route, Route::Return | Route::Refund | Route::Credit) && unit.advance.is_none();
        if is_money { self.policy(unit).fees.restocking_ceiling(unit.condition()) } else { Percent::ZERO }
    }

    /// Whether a unit that came for a defect would have been granted this, had it been wanted when the RMA was.
    fn would_grant(&self, unit: &RmaUnit, route: Route) -> bool {
        let wish = match route {
            Route::Refund => Wish::Refund,
            Route::Credit => Wish::Credit,
            Route::Exchange => Wish::Exchange,
            _ => return false,
        };
        let Some(invoice) = self.invoices.get(&unit.invoice_number) else { return false };
        let claim = UnitClaim {
            invoice,
            line: invoice.lines.iter().find(|line| line.line == unit.line),
            serial: unit.serial_number.as_deref(),
            quantity: unit.quantity,
            reason: self.case.facts.reason.as_ref().map(|told| told.value),
            wish: Some(wish),
            as_of: self.case.requested_at.map_or(self.today, |at| request_day(at, &self.desk.time_zone)),
            charged: Charged::default(),
        };
        judge_unit(&claim, self.policy(unit)).route == Some(route)
    }
}
