//! Which units of an RMA staff mean: by serial number, by part and count, or in whose place another came.

use super::{Result, StepFault, UnitName, listed, touches};
use crate::case::{Rma, RmaUnit};
use crate::order::look_alike_key;

/// What becomes of a statement for several units alike, where a step is about some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stated {
    Stays,
    /// And the others are stated anew.
    MayFall,
}

impl Rma {
    /// The places of the units that are named and fit, each once; all that fit where none is named. What was stated for
    /// units alike is not torn apart.
    pub(super) fn chosen(
        &mut self,
        names: &[UnitName],
        can: &'static str,
        fits: impl Fn(&RmaUnit) -> bool,
    ) -> Result<Vec<usize>> {
        self.choose(names, can, fits, Stated::Stays)
    }

    pub(super) fn choose(
        &mut self,
        names: &[UnitName],
        can: &'static str,
        fits: impl Fn(&RmaUnit) -> bool,
        stated: Stated,
    ) -> Result<Vec<usize>> {
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
                    self.likeliest(&places, *quantity).map(|place| self.split(place, *quantity, stated)).transpose()?
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

    /// Of units alike, those that are here go first, of these those that were not inspected yet, and those that need not be
    /// split.
    fn likeliest(&self, places: &[usize], quantity: u32) -> Option<usize> {
        let comes_later = |place: &&usize| {
            let unit = self.units.get(**place)?;
            Some((unit.arrival.is_none(), unit.inspection.is_some(), unit.quantity != quantity))
        };
        places.iter().min_by_key(comes_later).copied()
    }

    /// Takes so many of the units alike for themselves; gives their place. What was stated for all of them is for both
    /// parts, where it may fall.
    fn split(&mut self, place: usize, quantity: u32, stated: Stated) -> Result<usize> {
        let part = self.units.len();
        let Some(unit) = self.units.get_mut(place).filter(|unit| unit.quantity > quantity) else { return Ok(place) };
        if let Some(statement) = self.statements.iter_mut().find(|statement| touches(statement, &[place])) {
            if stated == Stated::Stays {
                return Err(StepFault::StatementTogether { on: statement.on, listed: listed([&*unit]) });
            }
            statement.units.push(part);
        }
        let taken = RmaUnit { quantity, ..unit.clone() };
        unit.quantity -= quantity;
        self.units.push(taken);
        Ok(part)
    }

    /// A unit of the RMA that is named as one of another order.
    pub(super) fn own_among<'n>(&self, names: &'n [UnitName]) -> Option<&'n str> {
        names.iter().find_map(|name| match name {
            UnitName::Other { found, .. } => self.units.iter().any(|unit| unit.bears(found)).then_some(found.as_str()),
            UnitName::Serial(_) | UnitName::Part { .. } => None,
        })
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

fn is_part(unit: &RmaUnit, part_number: &str) -> bool {
    unit.serial_number.is_none() && look_alike_key(&unit.part_number) == look_alike_key(part_number)
}
