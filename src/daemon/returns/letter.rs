//! What the customer is told of a step.

use std::collections::BTreeSet;

use anyhow::Context;
use jiff::civil::Date;
use serde_json::json;

use super::statements::is_owed;
use super::{Work, at};
use crate::case::steps::{InspectedUnits, at_inspection, at_receipt};
use crate::case::{Arrival, Finding, Fulfilment, Pays, Refusal, Rma, RmaUnit, Statement};
use crate::daemon::letters::figures::{joined, statement};
use crate::daemon::letters::rma_unit;
use crate::order::Money;
use crate::policy::clause::{self, ClauseId};
use crate::policy::{Estimate, LineKind, Route, WarrantyEnd};
use crate::reply::{
    self, ArrivedUnit, ClauseLine, FinalStatement, InspectedUnit, InspectionResult, Instead, Next, NotOwed,
    PackageReceived, Remark, Reply, ReturnCompleted, RmaCanceled, RmaExtended, Settled, Unit, UnitRefused,
    WarrantyNote,
};

impl Work<'_> {
    pub(super) fn package_received(&self, rma: &Rma, came: &[&RmaUnit], on: Date, carrier: Option<String>) -> Reply {
        let arrived = came.iter().map(|unit| ArrivedUnit {
            unit: self.unit(unit),
            remarks: remarks(unit, rma.expires_on, &self.told_serials),
            under_review: !at_receipt(unit).is_empty(),
        });
        Reply::PackageReceived(PackageReceived {
            rma_number: rma.number.clone(),
            received_on: on,
            carrier,
            arrived: arrived.collect(),
            still_expected: rma.expected().map(|unit| self.unit(unit)).collect(),
            last_day: rma.expires_on,
            clauses: self.clauses(came, of_arrival),
        })
    }

    /// A package without an RMA number, which came on that day.
    pub(super) fn turned_away(&self, unit: &RmaUnit, on: Date) -> Reply {
        Reply::UnitRefused(UnitRefused {
            rma_number: None,
            received_on: on,
            units: self.units(&[unit]),
            refusal: reply::Refusal::NoRmaNumber,
            clauses: self.clauses(&[unit], |_| vec![clause::RMA_REQUIRED]),
        })
    }

    /// `on` is the day on which the package came.
    pub(super) fn unit_refused(&self, rma: &Rma, units: &[&RmaUnit], on: Date, why: Refusal) -> Reply {
        let last_day = rma.expires_on;
        let (refusal, cited) = match why {
            Refusal::Expired => (reply::Refusal::Expired { last_day }, Some(clause::RMA_VALIDITY)),
            Refusal::Marks => (reply::Refusal::Marks, Some(clause::RETURN_NO_MARKS)),
            Refusal::OtherUnit => {
                let instead = units.first().map_or(Instead::Expected { last_day }, |unit| instead(unit, last_day));
                (reply::Refusal::OtherUnit(instead), Some(clause::RMA_REQUIRED))
            }
            Refusal::WarrantyVoid => (reply::Refusal::WarrantyVoid, Some(clause::WARRANTY_VOID)),
            Refusal::NoDefect => (reply::Refusal::NoDefect, None),
        };
        Reply::UnitRefused(UnitRefused {
            rma_number: Some(rma.number.clone()),
            received_on: on,
            units: self.units(units),
            refusal,
            clauses: self.clauses(units, |_| cited.iter().cloned().collect()),
        })
    }

    pub(super) fn inspection_result(
        &self,
        rma: &Rma,
        inspected: &InspectedUnits,
        statements: &[Statement],
        on: Date,
    ) -> Reply {
        let units = inspected.all().into_iter().filter_map(|place| {
            let unit = rma.units.get(place)?;
            let finding = unit.inspection.as_ref()?.finding;
            let is_nothing = |stated: &Statement| stated.estimate.refund_high == Money::ZERO;
            let used_up = statements.iter().find(|stated| stated.units.contains(&place) && is_nothing(stated));
            let next = used_up.map_or_else(|| next(unit), |stated| Next::NothingLeft(settled(stated.pays)));
            Some(InspectedUnit { unit: self.unit(unit), finding, remarks: condition(unit), next })
        });
        let finals = statements
            .iter()
            .map(|stated| FinalStatement { what: settled(stated.pays), statement: statement(&stated.estimate) });
        Reply::InspectionResult(InspectionResult {
            rma_number: rma.number.clone(),
            inspected_on: on,
            replaces: inspected.before.iter().copied().collect(),
            units: units.collect(),
            statements: finals.collect(),
            clauses: self.money_clauses(rma, statements),
        })
    }

    pub(super) fn return_completed(
        &self,
        rma: &Rma,
        ended: &[&RmaUnit],
        paid: &[Statement],
        on: Date,
        how: &Fulfilment,
    ) -> anyhow::Result<Reply> {
        let estimates: Vec<Estimate> = paid.iter().map(|statement| statement.estimate.clone()).collect();
        let whole =
            || joined(&estimates).context("statements in several currencies are paid one by one: name the units");
        let (ending, cited) = match how {
            Fulfilment::Refunded { method } => {
                (reply::Ending::Refunded { statement: whole()?, method: *method }, Some(clause::REFUND_METHOD))
            }
            Fulfilment::Credited => (reply::Ending::Credited { statement: whole()? }, None),
            Fulfilment::Replaced { shipment, serial_number } => {
                let warranty = ended.first().and_then(|unit| self.rest_of_warranty(unit));
                let (shipment, serial_number) = (shipment.clone(), serial_number.clone());
                (reply::Ending::Replaced { shipment, serial_number, warranty }, Some(clause::SHIPPING_REPLACEMENT))
            }
            Fulfilment::Repaired { shipment } => (reply::Ending::Repaired { shipment: shipment.clone() }, None),
            Fulfilment::ChargeStands => {
                let stands = ended.first().and_then(|unit| charge_stands(unit, rma.expires_on));
                (stands.context("nothing was charged in advance")?, Some(clause::REPLACEMENT_ADVANCE))
            }
        };
        Ok(Reply::ReturnCompleted(ReturnCompleted {
            rma_number: rma.number.clone(),
            ended_on: on,
            units: self.units(ended),
            ending,
            still_open: rma.units.iter().any(RmaUnit::is_open),
            clauses: self.clauses(ended, |_| cited.iter().cloned().collect()),
        }))
    }

    pub(super) fn rma_extended(&self, rma: &Rma, waited_for: &[&RmaUnit]) -> Reply {
        let (rma_number, last_day) = (rma.number.clone(), rma.expires_on);
        Reply::RmaExtended(RmaExtended { rma_number, last_day, units: self.units(waited_for) })
    }

    pub(super) fn rma_canceled(&self, rma: &Rma, cancelled: &[&RmaUnit]) -> Reply {
        let (rma_number, is_rest) = (rma.number.clone(), rma.has_begun_to_arrive());
        Reply::RmaCanceled(RmaCanceled { rma_number, is_rest, units: self.units(cancelled) })
    }

    /// What the step rests on: the clauses that its letter cites, whether or not it can be sent.
    pub(super) fn note_clauses(&mut self) {
        let cited: BTreeSet<&ClauseId> = self.letter.iter().flat_map(Reply::cited).map(|line| &line.id).collect();
        if !cited.is_empty() {
            self.detail.insert("clauses".to_owned(), json!(cited));
        }
    }

    pub(super) fn unit(&self, unit: &RmaUnit) -> Unit {
        rma_unit(unit, &self.catalogue)
    }

    fn units(&self, units: &[&RmaUnit]) -> Vec<Unit> {
        units.iter().map(|unit| self.unit(unit)).collect()
    }

    /// What is cited for each unit, each clause once, in the words of the version that the unit's order is under.
    pub(super) fn clauses(&self, units: &[&RmaUnit], cites: impl Fn(&RmaUnit) -> Vec<ClauseId>) -> Vec<ClauseLine> {
        let mut lines: Vec<ClauseLine> = Vec::new();
        for unit in units {
            let policy = self.policy(unit);
            for cited in cites(unit).iter().filter_map(|id| policy.clause(id)) {
                let line = ClauseLine::new(&self.desk.letters.vendor, cited.id.as_str(), &cited.title, &cited.text);
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        lines
    }

    fn money_clauses(&self, rma: &Rma, statements: &[Statement]) -> Vec<ClauseLine> {
        let mut lines: Vec<ClauseLine> = Vec::new();
        for stated in statements {
            let units = at(rma, &stated.units);
            let of_statement = self.clauses(&units, |unit| self.of_money(stated, unit));
            lines.extend(of_statement.into_iter().filter(|line| !lines.contains(line)).collect::<Vec<_>>());
        }
        lines
    }

    /// What the lines of a statement rest on.
    fn of_money(&self, stated: &Statement, unit: &RmaUnit) -> Vec<ClauseId> {
        let is_domestic = self.invoices.get(&unit.invoice_number).is_none_or(crate::order::Invoice::is_domestic);
        let condition = unit.condition();
        let of_line = |kind: &LineKind| match kind {
            LineKind::RestockingFee { .. } if condition.incomplete => Some(clause::RETURN_INCOMPLETE),
            LineKind::RestockingFee { .. } if condition.refused => Some(clause::SHIPPING_REFUSED),
            LineKind::RestockingFee { .. } => Some(clause::RETURN_RESTOCKING),
            LineKind::ProcessingFee { .. } if is_domestic => Some(clause::FEE_PROCESSING_DOMESTIC),
            LineKind::ProcessingFee { .. } => Some(clause::FEE_PROCESSING_INTERNATIONAL),
            LineKind::WireFee => Some(clause::FEE_INTERNATIONAL_WIRE),
            LineKind::ShippingCost => Some(clause::SHIPPING_FREE),
            LineKind::CarrierCharge => Some(clause::SHIPPING_ADDRESS_CORRECTION),
            LineKind::AdvanceCharge { .. } => Some(clause::REPLACEMENT_ADVANCE),
            LineKind::ProductPrice { .. } | LineKind::OrderTotal | LineKind::NotCharged => None,
        };
        let refund = [clause::REFUND_METHOD, clause::SHIPPING_NOT_REFUNDABLE];
        let refund = refund.into_iter().filter(|_| stated.pays == Pays::Refund);
        stated.estimate.lines.iter().filter_map(|line| of_line(&line.kind)).chain(refund).collect()
    }

    /// Until when the replacement of a unit is covered: as long as the unit would have been.
    fn rest_of_warranty(&self, unit: &RmaUnit) -> Option<WarrantyNote> {
        let invoice = self.invoices.get(&unit.invoice_number)?;
        let line = invoice.lines.iter().find(|line| line.line == unit.line)?;
        let (term, _) = self.policy(unit).warranty(&line.product.product_line)?;
        match term.end(invoice.invoiced_on, line.extended_warranty_months) {
            WarrantyEnd::Until(last) => (last >= self.today).then_some(WarrantyNote::Until(last)),
            WarrantyEnd::Lifetime => Some(WarrantyNote::Lifetime),
            WarrantyEnd::None => None,
        }
    }
}

fn remarks(unit: &RmaUnit, last_day: Date, told: &BTreeSet<String>) -> Vec<Remark> {
    let Some(arrival) = &unit.arrival else { return vec![] };
    let noted = [
        arrival.is_late.then_some(Remark::Late { last_day }),
        arrival
            .found_serial
            .clone()
            .map(|found| Remark::OtherUnit { found: Some(found).filter(|found| told.contains(found)) }),
    ];
    let unmarked_box = arrival.condition.unmarked_box.then_some(Remark::NoNumberOnBox);
    noted.into_iter().flatten().chain(condition(unit)).chain(unmarked_box).collect()
}

/// In what condition the goods came, as far as it is not as it should be.
fn condition(unit: &RmaUnit) -> Vec<Remark> {
    let Some(Arrival { condition, .. }) = &unit.arrival else { return vec![] };
    let noted = [
        condition.missing.as_ref().map(|missing| Remark::Incomplete { missing: missing.clone() }),
        condition.marks.as_ref().map(|_| Remark::Marked),
        condition.damage.as_ref().map(|_| Remark::Damaged),
        condition.refused_delivery.then_some(Remark::DeliveryFailed),
    ];
    noted.into_iter().flatten().collect()
}

/// What becomes of a unit in whose place another came, now that that one is sent back.
fn instead(unit: &RmaUnit, last_day: Date) -> Instead {
    match (unit.is_open(), &unit.advance) {
        (true, _) => Instead::Expected { last_day },
        (false, Some(advance)) if advance.charge().has_product() => Instead::ChargeStands { last_day },
        (false, _) => Instead::TooLate { last_day },
    }
}

/// Of a unit that is back, and whose replacement shipped first.
fn charge_stands(unit: &RmaUnit, last_day: Date) -> Option<reply::Ending> {
    let is_late = unit.arrival.as_ref().is_some_and(|arrival| arrival.is_late);
    let found_none = unit.inspection.as_ref().is_some_and(|done| done.finding == Finding::NoDefectFound);
    let why = match (is_late, found_none) {
        (true, _) => Some(NotOwed::Late { last_day }),
        (false, true) => Some(NotOwed::NoDefect),
        (false, false) => None,
    };
    Some(reply::Ending::ChargeStands { charge: unit.advance.as_ref()?.charge(), why })
}

/// What the policy says of how a unit came.
fn of_arrival(unit: &RmaUnit) -> Vec<ClauseId> {
    let Some(arrival) = &unit.arrival else { return vec![] };
    let condition = &arrival.condition;
    let cited = [
        (arrival.is_late, clause::RMA_VALIDITY),
        (condition.missing.is_some(), clause::RETURN_INCOMPLETE),
        (condition.marks.is_some() && unit.route.marks_matter(), clause::RETURN_NO_MARKS),
        (condition.damage.is_some(), clause::RETURN_PACKAGING),
        (condition.unmarked_box, clause::RMA_NUMBER_ON_BOX),
        (condition.refused_delivery, clause::SHIPPING_REFUSED),
    ];
    cited.into_iter().filter_map(|(applies, id)| applies.then_some(id)).collect()
}

fn next(unit: &RmaUnit) -> Next {
    if !at_inspection(unit).is_empty() {
        return Next::Review;
    }
    if let Some(advance) = &unit.advance {
        return if is_owed(unit, advance) { Next::Refund } else { Next::Review };
    }
    match unit.route {
        Route::Refund | Route::Return => Next::Refund,
        Route::Credit => Next::Credit,
        Route::Exchange => Next::Exchange,
        Route::DefectiveOnArrival => Next::Replacement,
        Route::RepairOrReplacement => Next::RepairOrReplacement,
        Route::InternationalRepair => Next::Repair,
    }
}

fn settled(pays: Pays) -> Settled {
    match pays {
        Pays::Refund => Settled::Refund,
        Pays::Credit => Settled::Credit,
        Pays::AdvanceCharge => Settled::AdvanceCharge,
    }
}
