//! What may follow what in the life of an RMA (policy, section 5): each step that staff take, checked and applied to its
//! units. A step that does not fit changes nothing and says what would.

use jiff::civil::Date;
use thiserror::Error;

use super::rma::{Arrival, Arrived, Ended, Ending, Finding, Inspection, Refusal, Rma, RmaUnit, Statement};
use crate::order::look_alike_key;
use crate::policy::{Flag, Percent, Route};

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

/// Why a step cannot be taken, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepFault {
    #[error("{rma} has no unit {wanted} that {can}; it has {listed}")]
    NoSuchUnit { rma: String, wanted: String, can: &'static str, listed: String },
    #[error("{rma} has no unit that {can}; it has {listed}")]
    Nothing { rma: String, can: &'static str, listed: String },
    #[error("compare the serial numbers and name them with --serial: {rma} expects {listed}")]
    SerialsNeeded { rma: String, listed: String },
    #[error(
        "several units of {rma} are expected: say with --instead-of in whose place {found} came; expected are {listed}"
    )]
    InsteadOf { rma: String, found: String, listed: String },
    #[error("a defect was claimed for {unit}: say with --defect confirmed or --defect none what was found")]
    FindingNeeded { unit: String },
    #[error("no defect was claimed for {unit}: leave --defect out")]
    NoDefectClaimed { unit: String },
    #[error("for {unit} a restocking fee of up to {ceiling} may be charged: set it with --restocking, 0 for none")]
    RateNeeded { unit: String, ceiling: Percent },
    #[error("{rate} is more than the {ceiling} that may be charged for {unit}")]
    RateAboveCeiling { unit: String, rate: Percent, ceiling: Percent },
    #[error("the statement of {on} is for {listed} together: name all of them")]
    StatementTogether { on: Date, listed: String },
    #[error(
        "{unit} came back with marks, which rule out exchange and credit (return.no-marks): inspect it again with --as \
         refund, or refuse it for its marks"
    )]
    Marks { unit: String },
    #[error("{unit} was not approved for a refund, a credit or an exchange, and cannot be changed to one")]
    NoReturn { unit: String },
    #[error(
        "a replacement for {unit} was shipped in advance: its charge comes back with a refund (--with refund), or stands \
         (--with charge-stands)"
    )]
    InAdvance { unit: String },
    #[error("nothing was charged in advance for {unit}, or it is due to come back: no charge can stand")]
    NoCharge { unit: String },
    #[error("{rma} is good until {until}: no unit can be refused as expired before")]
    NotExpired { rma: String, until: Date },
    #[error("a return is not completed by being {how}: refuse its units, or cancel what has not come")]
    NoEnd { how: &'static str },
    #[error("no other unit came in place of {unit}")]
    NoOther { unit: String },
    #[error("{rma} is good until {until}: the new last day has to be later, and not in the past")]
    NotLater { rma: String, until: Date },
    #[error("{day} is before {rma} was issued on {issued}: give the day on which it happened")]
    BeforeIssue { rma: String, day: Date, issued: Date },
}

type Result<T> = std::result::Result<T, StepFault>;

impl Rma {
    /// A parcel came: which units it held. Gives their places in the list of units.
    ///
    /// # Errors
    /// Where a unit that is named is not expected, or serial numbers were not compared.
    pub fn receive(&mut self, names: &[UnitName], parcel: &Parcel) -> Result<Vec<usize>> {
        self.not_before_issue(parcel.on)?;
        let is_awaited = |unit: &RmaUnit| unit.is_expected() || has_lapsed(unit);
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

    /// What was found when the units were inspected. A unit may be inspected again until its return has ended; what was
    /// stated on it before holds no more.
    ///
    /// # Errors
    /// Where a unit has not come or has ended, or the finding or a rate is left open or does not fit.
    pub fn inspect(
        &mut self,
        names: &[UnitName],
        findings: Findings,
        ceiling: impl Fn(&RmaUnit) -> Percent,
    ) -> Result<Vec<usize>> {
        self.not_before_issue(findings.on)?;
        let places = self.chosen(names, "is here to be inspected", |unit| unit.is_open() && unit.arrival.is_some())?;
        self.with_whole_statements(&places)?;
        let done: Result<Vec<Inspection>> = places
            .iter()
            .filter_map(|place| self.units.get(*place))
            .map(|unit| inspected(unit, findings, &ceiling))
            .collect();
        let mut done = done?.into_iter();
        self.change(&places, |unit| {
            unit.inspection = done.next();
            unit.route = findings.route.unwrap_or(unit.route);
        });
        self.statements.retain(|statement| !statement.units.iter().any(|place| places.contains(place)));
        Ok(places)
    }

    /// The return of units ends with something for the customer. Marks rule out exchange and credit; a refund or a credit
    /// is that of a statement, for all of its units.
    ///
    /// # Errors
    /// Where a unit was not inspected, or the policy or its statement forbids this ending.
    pub fn fulfil(&mut self, names: &[UnitName], on: Date, how: &Ending) -> Result<Vec<usize>> {
        self.not_before_issue(on)?;
        let places = self.chosen(names, "was inspected and waits for its end", RmaUnit::is_inspected)?;
        let by_statement = matches!(how, Ending::Refunded { .. } | Ending::Credited);
        if by_statement {
            self.with_whole_statements(&places)?;
        }
        for place in &places {
            self.may_end_so(*place, how)?;
        }
        self.end(&places, on, how);
        if by_statement {
            let paid = self.statements.iter_mut().filter(|statement| touches(statement, &places));
            paid.for_each(|statement| statement.settled_on = Some(on));
        } else {
            self.statements.retain(|statement| !touches(statement, &places));
        }
        Ok(places)
    }

    /// Units are turned away: those named, or all that have come. In place of another unit that is sent back, the one on
    /// the RMA is waited for again.
    ///
    /// # Errors
    /// Where a unit has ended already, or the reason is not so.
    pub fn refuse(&mut self, names: &[UnitName], on: Date, why: Refusal) -> Result<Vec<usize>> {
        self.not_before_issue(on)?;
        if why == Refusal::Expired && on <= self.expires_on {
            return Err(StepFault::NotExpired { rma: self.number.clone(), until: self.expires_on });
        }
        let has_come = |unit: &RmaUnit| unit.is_open() && unit.arrival.is_some();
        let is_meant =
            |unit: &RmaUnit| if names.is_empty() { has_come(unit) } else { unit.is_open() || has_lapsed(unit) };
        let places = self.chosen(names, "can be refused", is_meant)?;
        for unit in places.iter().filter_map(|place| self.units.get(*place)) {
            let is_other = unit.arrival.as_ref().is_some_and(|arrival| arrival.found_serial.is_some());
            match why {
                Refusal::OtherUnit if !is_other => return Err(StepFault::NoOther { unit: named(unit) }),
                Refusal::OtherUnit => {}
                _ if unit.advance.is_some() => return Err(StepFault::InAdvance { unit: named(unit) }),
                _ => {}
            }
        }
        self.with_whole_statements(&places)?;
        self.statements.retain(|statement| !touches(statement, &places));
        if why == Refusal::OtherUnit {
            self.change(&places, |unit| (unit.arrival, unit.inspection) = (None, None));
        } else {
            self.end(&places, on, &Ending::Refused { why });
        }
        Ok(places)
    }

    /// Gives more time for what has not come, expired or not.
    ///
    /// # Errors
    /// Where nothing is waited for, or the day is no later one.
    pub fn extend(&mut self, until: Date, today: Date) -> Result<Vec<usize>> {
        if until <= self.expires_on || until < today {
            return Err(StepFault::NotLater { rma: self.number.clone(), until: self.expires_on });
        }
        let places = self.chosen(&[], "is waited for", |unit| unit.is_expected() || has_lapsed(unit))?;
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
        self.change(&places, |unit| {
            let how = if unit.advance.is_some() { Ending::ChargeStands } else { Ending::Expired };
            unit.ended = Some(Ended { on, how });
        });
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

    /// The places of the units that are named and fit, each once; all that fit where none is named.
    fn chosen(&mut self, names: &[UnitName], can: &'static str, fits: impl Fn(&RmaUnit) -> bool) -> Result<Vec<usize>> {
        let mut chosen: Vec<usize> = Vec::new();
        if names.is_empty() {
            chosen = self.places(&fits);
        }
        for name in names {
            let free = |rma: &Rma, is: &dyn Fn(&RmaUnit) -> bool| -> Vec<usize> {
                rma.places(|unit| fits(unit) && is(unit)).into_iter().filter(|place| !chosen.contains(place)).collect()
            };
            let place = match name {
                UnitName::Serial(serial) => free(self, &|unit| unit.bears(serial)).first().copied(),
                UnitName::Part { part_number, quantity } => {
                    let places = free(self, &|unit| is_part(unit, part_number) && unit.quantity >= *quantity);
                    self.likeliest(&places, *quantity).map(|place| self.split(place, *quantity)).transpose()?
                }
                UnitName::Other { found, instead_of: None } => {
                    match free(self, &|unit| unit.serial_number.is_some())[..] {
                        [only] => Some(only),
                        [] => None,
                        _ => return Err(self.whose_place(found, &fits)),
                    }
                }
                UnitName::Other { instead_of: Some(serial), .. } => {
                    free(self, &|unit| unit.bears(serial)).first().copied()
                }
            };
            chosen.push(place.ok_or_else(|| self.no_such_unit(name, can))?);
        }
        if chosen.is_empty() {
            return Err(StepFault::Nothing { rma: self.number.clone(), can, listed: listed(&self.units) });
        }
        Ok(chosen)
    }

    /// Of units alike, those that were not inspected yet go first, and those that need not be split.
    fn likeliest(&self, places: &[usize], quantity: u32) -> Option<usize> {
        let comes_later =
            |place: &&usize| self.units.get(**place).map(|unit| (unit.inspection.is_some(), unit.quantity != quantity));
        places.iter().min_by_key(comes_later).copied()
    }

    /// Takes so many of the units alike for themselves, unless a statement is for all of them; gives their place.
    fn split(&mut self, place: usize, quantity: u32) -> Result<usize> {
        let stated =
            self.statements.iter().find(|statement| touches(statement, &[place])).map(|statement| statement.on);
        let Some(unit) = self.units.get_mut(place).filter(|unit| unit.quantity > quantity) else { return Ok(place) };
        if let Some(on) = stated {
            return Err(StepFault::StatementTogether { on, listed: listed([&*unit]) });
        }
        let taken = RmaUnit { quantity, ..unit.clone() };
        unit.quantity -= quantity;
        self.units.push(taken);
        Ok(self.units.len() - 1)
    }

    /// Whether the return of a unit may end like this: marks rule out exchange and credit, and of a unit whose replacement
    /// shipped first only the charge is open.
    fn may_end_so(&self, place: usize, how: &Ending) -> Result<()> {
        let Some(unit) = self.units.get(place) else { return Ok(()) };
        let is_due = self.statements.iter().any(|statement| touches(statement, &[place]));
        let is_marked = unit.arrival.as_ref().is_some_and(|arrival| arrival.condition.marks.is_some());
        let is_return = matches!(unit.route, Route::Return | Route::Credit | Route::Exchange);
        match how {
            Ending::Refused { .. } | Ending::Expired | Ending::Cancelled => Err(StepFault::NoEnd { how: how.word() }),
            Ending::ChargeStands if unit.advance.is_none() || is_due => Err(StepFault::NoCharge { unit: named(unit) }),
            Ending::Credited | Ending::Replaced { .. } | Ending::Repaired { .. } if unit.advance.is_some() => {
                Err(StepFault::InAdvance { unit: named(unit) })
            }
            Ending::Credited | Ending::Replaced { .. } if is_marked && is_return => {
                Err(StepFault::Marks { unit: named(unit) })
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

    fn no_such_unit(&self, name: &UnitName, can: &'static str) -> StepFault {
        let wanted = match name {
            UnitName::Serial(serial) | UnitName::Other { instead_of: Some(serial), .. } => serial.clone(),
            UnitName::Part { part_number, quantity } => format!("{quantity} x {part_number}"),
            UnitName::Other { found, instead_of: None } => format!("in whose place {found} came,"),
        };
        StepFault::NoSuchUnit { rma: self.number.clone(), wanted, can, listed: listed(&self.units) }
    }

    fn whose_place(&self, found: &str, fits: impl Fn(&RmaUnit) -> bool) -> StepFault {
        let listed = listed(self.units.iter().filter(|unit| fits(unit)));
        StepFault::InsteadOf { rma: self.number.clone(), found: found.to_owned(), listed }
    }
}

/// Why a person has to look before the return of a unit that came goes on.
pub fn at_receipt(unit: &RmaUnit) -> Vec<Flag> {
    let Some(arrival) = &unit.arrival else { return vec![] };
    let ruled_out = matches!(unit.route, Route::Credit | Route::Exchange) && arrival.condition.marks.is_some();
    let reasons = [
        (arrival.is_late, Flag::ArrivedLate),
        (arrival.found_serial.is_some(), Flag::OtherUnitReceived),
        (ruled_out, Flag::ReturnMarked),
        (arrival.condition.damage.is_some(), Flag::ReturnDamaged),
    ];
    reasons.into_iter().filter_map(|(applies, flag)| applies.then_some(flag)).collect()
}

/// The same, of a unit that was inspected: the policy does not say what follows where a repair finds nothing to repair.
pub fn at_inspection(unit: &RmaUnit) -> Vec<Flag> {
    let found_none = unit.inspection.as_ref().is_some_and(|done| done.finding == Finding::NoDefectFound);
    let is_repair =
        matches!(unit.route, Route::DefectiveOnArrival | Route::RepairOrReplacement | Route::InternationalRepair);
    if found_none && is_repair { vec![Flag::NoDefectFound] } else { vec![] }
}

fn inspected(unit: &RmaUnit, findings: Findings, ceiling: &impl Fn(&RmaUnit) -> Percent) -> Result<Inspection> {
    let finding = match (unit.non_defective, findings.defect_found) {
        (true, None) => Finding::AsDescribed,
        (true, Some(_)) => return Err(StepFault::NoDefectClaimed { unit: named(unit) }),
        (false, None) => return Err(StepFault::FindingNeeded { unit: named(unit) }),
        (false, Some(true)) => Finding::DefectConfirmed,
        (false, Some(false)) => Finding::NoDefectFound,
    };
    let is_return = matches!(unit.route, Route::Return | Route::Refund | Route::Credit | Route::Exchange);
    if findings.route.is_some() && !is_return {
        return Err(StepFault::NoReturn { unit: named(unit) });
    }
    let route = findings.route.unwrap_or(unit.route);
    let inspection = Inspection { on: findings.on, finding, restocking: Percent::ZERO };
    let ceiling = ceiling(&RmaUnit { inspection: Some(inspection.clone()), route, ..unit.clone() });
    let restocking = match findings.restocking {
        Some(rate) if rate > ceiling => return Err(StepFault::RateAboveCeiling { unit: named(unit), rate, ceiling }),
        Some(rate) => rate,
        None if ceiling > Percent::ZERO => return Err(StepFault::RateNeeded { unit: named(unit), ceiling }),
        None => Percent::ZERO,
    };
    Ok(Inspection { restocking, ..inspection })
}

fn has_lapsed(unit: &RmaUnit) -> bool {
    unit.arrival.is_none() && unit.ended.as_ref().is_some_and(|ended| ended.how.is_lapse())
}

fn touches(statement: &Statement, places: &[usize]) -> bool {
    statement.settled_on.is_none() && statement.units.iter().any(|place| places.contains(place))
}

fn is_part(unit: &RmaUnit, part_number: &str) -> bool {
    unit.serial_number.is_none() && look_alike_key(&unit.part_number) == look_alike_key(part_number)
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
        (Some(Ended { how: Ending::Refunded { .. }, .. }), ..) if unit.advance.is_some() => "replaced",
        (Some(ended), ..) => ended.how.word(),
        (None, Some(_), _) => "inspected",
        (None, None, Some(_)) => "received",
        (None, None, None) => "expected",
    }
}

#[cfg(test)]
mod tests;
