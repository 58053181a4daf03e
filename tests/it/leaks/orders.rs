//! The order data of a corpus, as far as probes are made of it.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::sample::Index;
use rmad::order::{bare_key, look_alike_key};

/// The parts of the order data that probes are made of.
#[derive(Debug, Clone)]
pub struct Orders {
    /// Account number and addresses.
    pub customers: Vec<(String, Vec<String>)>,
    pub units: Vec<Unit>,
    /// Domains where nobody speaks for anybody else.
    pub free_mail: Vec<String>,
    /// Keys of all invoice, serial and account numbers.
    keys: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub struct Unit {
    pub invoice: String,
    pub account: String,
    pub part: String,
    pub serial: String,
}

impl Orders {
    pub fn of(corpus: &Path, free_mail: &BTreeSet<String>) -> Orders {
        let rows = |file: &str| -> Vec<csv::StringRecord> {
            let mut reader = csv::Reader::from_path(corpus.join("orders").join(file)).unwrap();
            reader.records().map(Result::unwrap).collect()
        };
        let (invoices, lines) = (rows("invoices.csv"), rows("invoice_lines.csv"));
        let of_invoice = |number: &str| invoices.iter().find(|row| &row[0] == number).unwrap();
        let part_of = |unit: &csv::StringRecord| {
            lines.iter().find(|row| row[0] == unit[1] && row[1] == unit[2]).unwrap()[2].to_owned()
        };
        let units: Vec<Unit> = rows("units.csv")
            .iter()
            .map(|unit| Unit {
                invoice: unit[1].to_owned(),
                account: of_invoice(&unit[1])[1].to_owned(),
                part: part_of(unit),
                serial: unit[0].to_owned(),
            })
            .collect();
        let customers: Vec<(String, Vec<String>)> = rows("customers.csv")
            .iter()
            .map(|row| (row[0].to_owned(), row[3].split('|').map(str::to_owned).collect()))
            .collect();
        // also of orders that hold no unit with a serial number
        let invoiced: Vec<String> = invoices.iter().map(|row| row[0].to_owned()).collect();
        let numbers = units.iter().map(|unit| &unit.serial).chain(&invoiced);
        let numbers = numbers.chain(customers.iter().map(|(account, _)| account));
        let keys = numbers.flat_map(|number| bare_key(number).into_iter().chain([look_alike_key(number)])).collect();
        Orders { customers, units, free_mail: free_mail.iter().cloned().collect(), keys }
    }

    pub fn addresses(&self) -> Vec<String> {
        self.customers.iter().flat_map(|(_, addresses)| addresses.clone()).collect()
    }

    /// Whether the sender may speak for the account: by address, or by company domain.
    pub fn is_own(&self, from: &str, account: &str) -> bool {
        let domain = |address: &str| address.split('@').next_back().unwrap().trim_end_matches('>').to_owned();
        let addresses = self.customers.iter().filter(|(number, _)| number == account).flat_map(|(_, all)| all);
        addresses
            .into_iter()
            .any(|own| own == from || domain(own) == domain(from) && !self.free_mail.contains(&domain(own)))
    }

    /// A unit of the sender's own.
    pub fn own_unit(&self, from: &str, which: Index) -> Option<&Unit> {
        let own: Vec<&Unit> = self.units.iter().filter(|unit| self.is_own(from, &unit.account)).collect();
        (!own.is_empty()).then(|| *which.get(&own))
    }

    /// A number of the same shape that names nothing, however it is spelt. A nought stays: spelt as an O it has another
    /// shape.
    pub fn invented(&self, number: &str, digits: &str) -> Option<String> {
        let mut digits = digits.chars();
        let other: String =
            number.chars().map(|c| if ('1'..='9').contains(&c) { digits.next().unwrap() } else { c }).collect();
        let is_taken = |key: String| self.keys.contains(&key);
        let exists = is_taken(look_alike_key(&other)) || bare_key(&other).is_some_and(is_taken);
        (!exists && look_alike_key(&other) != look_alike_key(number)).then_some(other)
    }
}
