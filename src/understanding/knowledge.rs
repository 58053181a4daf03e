//! What the order data knows of a sender and of the numbers in a mail: the look-up, as a value.

use std::collections::{HashMap, HashSet};

use super::catalogue::Catalogue;
use crate::order::{Customer, Invoice, Line, bare_key, look_alike_key};

/// One look-up: the sender's accounts, and those of their orders that the mail's numbers name.
#[derive(Debug, Clone)]
pub struct Knowledge<'a> {
    pub catalogue: &'a Catalogue,
    /// Accounts that the sender's address belongs to, by itself or by its company domain.
    pub accounts: Vec<Customer>,
    /// Accounts whose number stands in the mail; they count only where the customer calls it an account number.
    pub named_accounts: Vec<Customer>,
    /// Orders of all these accounts that a number in the mail names, by invoice or by serial.
    pub invoices: Vec<Invoice>,
    /// Keys that name an invoice or a serial of somebody else; for staff's eyes alone.
    pub elsewhere: HashSet<String>,
}

/// The orders that a sender may hear about, by the keys of their numbers.
pub struct OwnOrders<'a> {
    invoices: HashMap<String, Vec<&'a Invoice>>,
    bare_invoices: HashMap<String, Vec<&'a Invoice>>,
    serials: HashMap<String, Vec<Owned<'a>>>,
    bare_serials: HashMap<String, Vec<Owned<'a>>>,
}

/// One unit of the sender's.
#[derive(Debug, Clone, Copy)]
pub struct Owned<'a> {
    pub invoice: &'a Invoice,
    pub line: &'a Line,
    pub serial: &'a str,
}

impl Knowledge<'_> {
    /// The accounts that count as the sender's: those of the address, and the one that was named.
    pub fn own_accounts(&self, named: Option<&str>) -> Vec<&Customer> {
        let named = self
            .named_accounts
            .iter()
            .filter(|account| named.is_some_and(|key| look_alike_key(&account.account_number) == key));
        self.accounts.iter().chain(named).collect()
    }

    /// `named` is the look-alike key of the account number that the customer stated.
    pub fn own_orders(&self, named: Option<&str>) -> OwnOrders<'_> {
        let own: HashSet<&str> =
            self.own_accounts(named).iter().map(|account| account.account_number.as_str()).collect();
        let mut orders = OwnOrders {
            invoices: HashMap::new(),
            bare_invoices: HashMap::new(),
            serials: HashMap::new(),
            bare_serials: HashMap::new(),
        };
        for invoice in self.invoices.iter().filter(|invoice| own.contains(invoice.account_number.as_str())) {
            orders.add(invoice);
        }
        orders
    }
}

impl<'a> OwnOrders<'a> {
    fn add(&mut self, invoice: &'a Invoice) {
        self.invoices.entry(look_alike_key(&invoice.invoice_number)).or_default().push(invoice);
        if let Some(bare) = bare_key(&invoice.invoice_number) {
            self.bare_invoices.entry(bare).or_default().push(invoice);
        }
        for line in &invoice.lines {
            for serial in &line.serials {
                let owned = Owned { invoice, line, serial };
                self.serials.entry(look_alike_key(serial)).or_default().push(owned);
                if let Some(bare) = bare_key(serial) {
                    self.bare_serials.entry(bare).or_default().push(owned);
                }
            }
        }
    }

    /// The sender's invoice of this number, as typed; by its look-alike key where that names exactly one.
    pub fn invoice(&self, typed: &str) -> Option<&'a Invoice> {
        exactly_one(self.invoices.get(&look_alike_key(typed)), typed, |invoice| &invoice.invoice_number)
    }

    /// The sender's invoice whose number was typed without its prefix.
    pub fn bare_invoice(&self, typed: &str) -> Option<&'a Invoice> {
        exactly_one(self.bare_invoices.get(&look_alike_key(typed)), typed, |invoice| &invoice.invoice_number)
    }

    pub fn serial(&self, typed: &str) -> Option<Owned<'a>> {
        exactly_one(self.serials.get(&look_alike_key(typed)), typed, |owned| owned.serial)
    }

    pub fn bare_serial(&self, typed: &str) -> Option<Owned<'a>> {
        exactly_one(self.bare_serials.get(&look_alike_key(typed)), typed, |owned| owned.serial)
    }
}

/// Of several numbers that look alike, the one that was typed exactly; otherwise none can be told.
fn exactly_one<'n, T: Copy>(found: Option<&Vec<T>>, typed: &str, number: impl Fn(&T) -> &'n str) -> Option<T> {
    match found?.as_slice() {
        [only] => Some(*only),
        several => several.iter().find(|one| same_letters(number(one), typed)).copied(),
    }
}

fn same_letters(left: &str, right: &str) -> bool {
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
    letters(left) == letters(right)
}
