//! How many units of a product come back, by all that was counted: a number that is not certain is not assumed.

use super::catalogue::kind_of;
use super::claim::{Count, Counted, Said, Standing};
use crate::order::{Line, look_alike_key};

/// How many units of a line come back, by the words.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tally {
    Units(u32),
    /// No number was said, and nothing speaks of more than one.
    Unsaid,
    /// Several, and no number of those that come back was said.
    Several,
    /// Why the numbers that were said cannot be what comes back.
    Unclear(String),
}

impl Said {
    /// How many units of a line come back. What was merely named counts where `named`: of units with serial numbers
    /// it may say how many there are.
    pub(super) fn tally(&self, line: &Line, named: bool) -> Tally {
        let part = &line.product.part_number;
        let bought = line.quantity;
        let told = match self.told(line, named) {
            Ok(told) => told,
            Err(why) => return Tally::Unclear(format!("{part}: {why}")),
        };
        match told.as_slice() {
            _ if self.every_unit == Some(Some(bought)) => Tally::Units(bought),
            [] if self.every_unit == Some(None) => Tally::Units(bought),
            [units] if self.every_unit == Some(None) && *units != bought => {
                Tally::Unclear(format!("all units of {part} are named, and {units}"))
            }
            [first, second, ..] => Tally::Unclear(format!("{first} units of {part} are named, and {second}")),
            [units] if *units > bought => {
                Tally::Unclear(format!("{units} units of {part} are named, and {bought} were bought"))
            }
            [units] => Tally::Units(*units),
            [] if bought > 1 && named && self.speaks_of_several(line) => Tally::Several,
            [] => Tally::Unsaid,
        }
    }

    /// The numbers of units that come back, from the firmest words that tell any.
    fn told(&self, line: &Line, named: bool) -> Result<Vec<u32>, String> {
        let alone = self.parts.len() <= 1;
        let both = self.every_unit.flatten().filter(|_| named && alone);
        let picked = self.quantity.filter(|_| alone || self.counts.is_empty()).or(both);
        if let Some(picked) = picked.filter(|_| named || line.quantity > 1) {
            return Ok(vec![picked]);
        }
        let (stays, bought) = (self.said_to(Standing::Stays, line), self.said_to(Standing::Bought, line));
        let returned = self.said_to(Standing::ComesBack, line);
        if !returned.is_empty() {
            return Ok(returned);
        }
        let has_counted = bought.iter().all(|units| *units == line.quantity);
        match stays.as_slice() {
            [] if named => Ok(self.said_to(Standing::Named, line)),
            [] => Ok(Vec::new()),
            [kept] if has_counted && *kept < line.quantity => Ok(vec![line.quantity - *kept]),
            [kept, ..] => Err(format!("{kept} are said to stay, of {}", line.quantity)),
        }
    }

    /// The numbers of units of which one thing is said: of the part, or, where no other part is named, of its kind or of
    /// units without a name.
    fn said_to(&self, standing: Standing, line: &Line) -> Vec<u32> {
        let of = |wanted: &Counted| -> Vec<u32> {
            let of_it = |count: &&Count| count.of == *wanted && count.standing == standing;
            let mut units: Vec<u32> = self.counts.iter().filter(of_it).map(|count| count.units).collect();
            units.sort_unstable();
            units.dedup();
            units
        };
        self.names_of(line).iter().map(of).find(|units| !units.is_empty()).unwrap_or_default()
    }

    fn speaks_of_several(&self, line: &Line) -> bool {
        let is_bought = self.said_to(Standing::Bought, line).iter().any(|units| *units > 1);
        let names = self.names_of(line);
        is_bought || self.plurals.iter().any(|plural| names.contains(plural))
    }

    /// What the units of a line may be called in a count. A kind names them where no part is named.
    fn names_of(&self, line: &Line) -> Vec<Counted> {
        let own = Counted::Part(look_alike_key(&line.product.part_number));
        match self.parts.len() {
            0 | 1 if line.product.serialized || line.quantity == 1 => vec![own, Counted::Kind(kind_of(&line.product))],
            0 | 1 => vec![own, Counted::Kind(kind_of(&line.product)), Counted::Unnamed],
            _ => vec![own],
        }
    }

    /// Takes in what a message counts; what it speaks of in the plural is of use as long as nothing is counted.
    pub(super) fn renew_counts(&mut self, counts: Vec<Count>, plurals: Vec<Counted>, is_addition: bool) {
        if !counts.is_empty() && !is_addition {
            self.counts.clear();
            self.plurals.clear();
        }
        self.counts.extend(counts);
        self.plurals.extend(plurals);
    }
}
