//! What may follow what in the life of an RMA (policy, section 5): each step that staff take, checked and applied to its
//! units. A step that does not fit changes nothing and says what would.

mod choice;
mod fault;
mod inspection;
mod review;

use jiff::ToSpan;
use jiff::civil::Date;

pub use fault::StepFault;
pub use inspection::{Findings, InspectedUnits, Rules};
pub use review::{at_inspection, at_receipt};

use super::rma::{Arrival, Arrived, Ended, Ending, Finding, Fulfilment, Pays, Refusal, Rma, RmaUnit, Statement};

/// Which units of an RMA a step is about; none named: all that it can be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitName {
    Serial(String),
    /// So many of a product that bears no serial number.
    Part {
        part_number: String,
        quantity: u32,
    },
    /// A unit with another serial number than those on the RMA came in place of one of its units; `None` where only one
    /// is expected.
    Other {
        found: String,
        instead_of: Option<String>,
    },
}

/// What came on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub on: Date,
    pub carrier: Option<String>,
    pub condition: Arrived,
}

type Result<T> = std::result::Result<T, StepFault>;

impl Rma {
    /// A parcel came: which units it held. Gives their places in the list of units.
    ///
    /// # Errors
    /// Where a unit that is named is not expected, or serial numbers were not compared.
    pub fn receive(&mut self, names: &[UnitName], parcel: &Parcel) -> Result<Vec<usize>> {
        self.not_before_issue(parcel.on)?;
        let is_awaited = |unit: &RmaUnit| unit.is_expected() || may_still_come(unit);
        if let Some(own) = self.own_among(names) {
            return Err(StepFault::OwnUnit { rma: self.number.clone(), unit: own.to_owned() });
        }
        if names.is_empty() && self.units.iter().any(|unit| is_awaited(unit) && unit.serial_number.is_some()) {
            let listed = listed(self.units.iter().filter(|unit| is_awaited(unit)));
            return Err(StepFault::SerialsNeeded { rma: self.number.clone(), listed });
        }
        let places = self.chosen(names, "is expected", is_awaited)?;
        let arrival = Arrival {
            on: parcel.on,
            carrier: parcel.carrier.clone(),
            is_late: parcel.on > self.expires_on,
            condition: parcel.condition.clone(),
            found_serial: None,
        };
        // places stand in the order of the names
        let mut found = names.iter().map(|name| match name {
            UnitName::Other { found, .. } => Some(found.clone()),
            _ => None,
        });
        self.change(&places, |unit| {
            unit.ended = None;
            unit.arrival = Some(Arrival { found_serial: found.next().flatten(), ..arrival.clone() });
        });
        Ok(places)
    }

    /// The return of units ends with something for the customer: of those named, or of all that it fits. Marks rule out
    /// exchange and credit; a refund or a credit is that of a statement, for all of its units.
    ///
    /// # Errors
    /// Where a unit was not inspected, or the policy or its statement forbids this ending.
    pub fn fulfil(&mut self, names: &[UnitName], on: Date, how: &Fulfilment) -> Result<Vec<usize>> {
        self.not_before_issue(on)?;
        let mut places = self.chosen(names, "was inspected and waits for its end", RmaUnit::is_inspected)?;
        if names.is_empty() && places.iter().any(|place| self.may_end_so(*place, how).is_ok()) {
            places.retain(|place| self.may_end_so(*place, how).is_ok());
        }
        self.in_order(&places, on)?;
        let by_statement = matches!(how, Fulfilment::Refunded { .. } | Fulfilment::Credited);
        if by_statement {
            self.with_whole_statements(&places)?;
        }
        for place in &places {
            self.may_end_so(*place, how)?;
        }
        self.end(&places, on, &Ending::Fulfilled(how.clone()));
        if by_statement {
            let paid = self.statements.iter_mut().filter(|statement| touches(statement, &places));
            paid.for_each(|statement| statement.settled_on = Some(on));
        } else {
            self.statements.retain(|statement| !touches(statement, &places));
        }
        Ok(places)
    }

    /// Units are turned away: those named, or all that have come. In place of another unit that is sent back, the one on
    /// the RMA is waited for again, unless its last day has passed meanwhile: then it has not come in time.
    ///
    /// # Errors
    /// Where a unit has ended already, or what is known of it speaks against the reason.
    pub fn refuse(&mut self, names: &[UnitName], on: Date, why: Refusal) -> Result<Vec<usize>> {
        self.not_before_issue(on)?;
        if why == Refusal::Expired && on <= self.expires_on {
            return Err(StepFault::NotExpired { rma: self.number.clone(), until: self.expires_on });
        }
        let is_meant = |unit: &RmaUnit| {
            let has_come = unit.is_open() && unit.arrival.is_some();
            let may_come = !names.is_empty() && (unit.is_open() || may_still_come(unit));
            // of units alike, those that came in time are not meant
            (has_come || may_come) && (why != Refusal::Expired || unit.serial_number.is_some() || !came_in_time(unit))
        };
        let places = self.chosen(names, "can be refused", is_meant)?;
        self.in_order(&places, on)?;
        let mut units = places.iter().filter_map(|place| self.units.get(*place));
        units.try_for_each(|unit| may_be_refused(unit, why))?;
        self.with_whole_statements(&places)?;
        self.statements.retain(|statement| !touches(statement, &places));
        if why == Refusal::OtherUnit {
            let is_over = on > self.expires_on;
            self.change(&places, |unit| {
                (unit.arrival, unit.inspection) = (None, None);
                unit.ended = is_over.then(|| lapsed(unit, on));
            });
        } else {
            self.end(&places, on, &Ending::Refused { why });
        }
        Ok(places)
    }

    /// Gives more time for what has not come, expired or called off or not.
    ///
    /// # Errors
    /// Where nothing is waited for, or the day is no later one, or over a year away.
    pub fn extend(&mut self, until: Date, today: Date) -> Result<Vec<usize>> {
        if until <= self.expires_on || until < today {
            return Err(StepFault::NotLater { rma: self.number.clone(), until: self.expires_on });
        }
        if until > today.saturating_add(1.year()) {
            return Err(StepFault::TooFar { until });
        }
        let places = self.chosen(&[], "is waited for", |unit| unit.is_expected() || may_still_come(unit))?;
        self.change(&places, |unit| unit.ended = None);
        self.expires_on = until;
        Ok(places)
    }

    /// What has not come need not come any more.
    ///
    /// # Errors
    /// Where nothing is waited for.
    pub fn cancel(&mut self, on: Date) -> Result<Vec<usize>> {
        let can_be_called_off = |unit: &RmaUnit| unit.is_expected() && unit.advance.is_none();
        let places = self.chosen(&[], "is waited for and can be called off", can_be_called_off)?;
        self.end(&places, on, &Ending::Cancelled);
        Ok(places)
    }

    /// The last day has passed: what has not come is waited for no more, and what was charged for a replacement in advance
    /// stands. Empty where everything has come.
    pub fn expire(&mut self, on: Date) -> Vec<usize> {
        let places: Vec<usize> = self.places(RmaUnit::is_expected);
        self.change(&places, |unit| unit.ended = Some(lapsed(unit, on)));
        places
    }

    fn end(&mut self, places: &[usize], on: Date, how: &Ending) {
        self.change(places, |unit| unit.ended = Some(Ended { on, how: how.clone() }));
    }

    fn change(&mut self, places: &[usize], mut change: impl FnMut(&mut RmaUnit)) {
        for place in places {
            if let Some(unit) = self.units.get_mut(*place) {
                change(unit);
            }
        }
    }

    fn places(&self, is: impl Fn(&RmaUnit) -> bool) -> Vec<usize> {
        self.units.iter().enumerate().filter(|(_, unit)| is(unit)).map(|(place, _)| place).collect()
    }

    /// Whether the return of a unit may end like this: marks rule out exchange and credit, and of a unit whose replacement
    /// shipped first only the charge is open.
    fn may_end_so(&self, place: usize, how: &Fulfilment) -> Result<()> {
        let Some(unit) = self.units.get(place) else { return Ok(()) };
        let due = self.statements.iter().find(|statement| touches(statement, &[place])).map(|statement| statement.pays);
        let is_marked = unit.arrival.as_ref().is_some_and(|arrival| arrival.condition.marks.is_some());
        match how {
            Fulfilment::ChargeStands if unit.advance.is_none() || due.is_some() => {
                Err(StepFault::NoCharge { unit: named(unit) })
            }
            Fulfilment::Credited | Fulfilment::Replaced { .. } | Fulfilment::Repaired { .. }
                if unit.advance.is_some() =>
            {
                Err(StepFault::InAdvance { unit: named(unit) })
            }
            Fulfilment::Credited | Fulfilment::Replaced { .. } if is_marked && unit.route.marks_matter() => {
                Err(StepFault::Marks { unit: named(unit) })
            }
            Fulfilment::Replaced { .. } | Fulfilment::Repaired { .. } if due.is_some() => {
                Err(StepFault::SumDue { unit: named(unit) })
            }
            Fulfilment::Refunded { .. } if due.is_none_or(|pays| pays == Pays::Credit) => {
                Err(StepFault::NothingDue { unit: named(unit), what: "refund" })
            }
            Fulfilment::Credited if due != Some(Pays::Credit) => {
                Err(StepFault::NothingDue { unit: named(unit), what: "credit" })
            }
            _ => Ok(()),
        }
    }

    /// What was stated for several units together is not torn apart.
    fn with_whole_statements(&self, places: &[usize]) -> Result<()> {
        let torn = |statement: &&Statement| {
            touches(statement, places) && !statement.units.iter().all(|place| places.contains(place))
        };
        match self.statements.iter().filter(|statement| statement.settled_on.is_none()).find(torn) {
            None => Ok(()),
            Some(statement) => {
                let units = statement.units.iter().filter_map(|place| self.units.get(*place));
                Err(StepFault::StatementTogether { on: statement.on, listed: listed(units) })
            }
        }
    }

    fn not_before_issue(&self, day: Date) -> Result<()> {
        if day >= self.issued_on {
            return Ok(());
        }
        Err(StepFault::BeforeIssue { rma: self.number.clone(), day, issued: self.issued_on })
    }

    /// Nothing happens to a unit before what has happened to it already.
    fn in_order(&self, places: &[usize], day: Date) -> Result<()> {
        for unit in places.iter().filter_map(|place| self.units.get(*place)) {
            let steps = [
                unit.arrival.as_ref().map(|arrival| ("received", arrival.on)),
                unit.inspection.as_ref().map(|inspection| ("inspected", inspection.on)),
            ];
            if let Some((last, since)) = steps.into_iter().flatten().find(|(_, since)| *since > day) {
                return Err(StepFault::BeforeLastStep { unit: named(unit), last, since, day });
            }
        }
        Ok(())
    }
}

fn may_be_refused(unit: &RmaUnit, why: Refusal) -> Result<()> {
    let is_other = unit.arrival.as_ref().is_some_and(|arrival| arrival.found_serial.is_some());
    let found = unit.inspection.as_ref().map(|done| done.finding);
    match why {
        Refusal::OtherUnit if is_other => Ok(()),
        Refusal::OtherUnit => Err(StepFault::NoOther { unit: named(unit) }),
        _ if unit.advance.is_some() => Err(StepFault::InAdvance { unit: named(unit) }),
        Refusal::Marks if !unit.route.marks_matter() => Err(StepFault::MarksDoNotMatter { unit: named(unit) }),
        Refusal::Expired if came_in_time(unit) => Err(StepFault::InTime { unit: named(unit) }),
        Refusal::WarrantyVoid if !unit.route.is_for_defect() => Err(StepFault::NoWarranty { unit: named(unit) }),
        Refusal::NoDefect if found != Some(Finding::NoDefectFound) => {
            Err(StepFault::NoDefectNotFound { unit: named(unit) })
        }
        _ => Ok(()),
    }
}

fn came_in_time(unit: &RmaUnit) -> bool {
    unit.arrival.as_ref().is_some_and(|arrival| !arrival.is_late)
}

/// The end of what did not come in time.
fn lapsed(unit: &RmaUnit, on: Date) -> Ended {
    let how = if unit.advance.is_some() { Ending::Fulfilled(Fulfilment::ChargeStands) } else { Ending::Expired };
    Ended { on, how }
}

/// It is waited for no more, and its parcel may be on its way all the same.
fn may_still_come(unit: &RmaUnit) -> bool {
    let is_cancelled = unit.ended.as_ref().is_some_and(|ended| ended.how == Ending::Cancelled);
    unit.has_lapsed() || unit.arrival.is_none() && is_cancelled
}

fn touches(statement: &Statement, places: &[usize]) -> bool {
    statement.settled_on.is_none() && statement.units.iter().any(|place| places.contains(place))
}

/// As staff name it: its serial number, else how many of which part.
pub fn named(unit: &RmaUnit) -> String {
    match &unit.serial_number {
        Some(serial) => serial.clone(),
        None => format!("{} x {}", unit.quantity, unit.part_number),
    }
}

fn listed<'a>(units: impl IntoIterator<Item = &'a RmaUnit>) -> String {
    let all: Vec<String> = units.into_iter().map(|unit| format!("{} ({})", named(unit), standing(unit))).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

/// How far a unit has come, in a word. Whose charge for a replacement came back has the replacement.
pub fn standing(unit: &RmaUnit) -> &'static str {
    match (&unit.ended, &unit.inspection, &unit.arrival) {
        (Some(Ended { how: Ending::Fulfilled(Fulfilment::Refunded { .. }), .. }), ..) if unit.advance.is_some() => {
            "replaced"
        }
        (Some(ended), ..) => ended.how.word(),
        (None, Some(_), _) => "inspected",
        (None, None, Some(_)) => "received",
        (None, None, None) => "expected",
    }
}

#[cfg(test)]
mod tests;
