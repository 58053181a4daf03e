//! What a request comes to against the order data: units, what is missing, what does not fit.

use serde::{Deserialize, Serialize};

use super::claim::Item;
use crate::order::{Invoice, Line};

/// One of the five details of the policy (`rma.information`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    Account,
    InvoiceNumber,
    PartNumber,
    SerialNumber,
    Reason,
}

impl std::fmt::Display for Detail {
    /// The word of the policy: `serial_number`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

/// Something that was said and does not agree with the order data, or with itself (policy, rule 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// `elsewhere`: it is somebody else's, which only staff may know.
    UnknownInvoice {
        invoice: String,
        elsewhere: bool,
    },
    PartNotOnInvoice {
        part: String,
        invoice: String,
    },
    SerialNotOnInvoice {
        serial: String,
        invoice: String,
    },
    /// Two values for one detail that cannot be told apart.
    Conflict {
        what: String,
    },
}

/// One line of the request: a unit with its serial number, or a quantity of units that bear none.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    pub invoice: Invoice,
    pub line: Line,
    pub serial: Option<String>,
    pub quantity: u32,
}

/// The request as the order data understands it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolution {
    pub units: Vec<Unit>,
    /// For a cancellation: the orders that are meant.
    pub orders: Vec<Invoice>,
    pub missing: Vec<Detail>,
    pub misfits: Vec<Misfit>,
    /// What was typed and what was recorded instead, where they differ in more than case and spacing.
    pub corrections: Vec<(String, String)>,
    /// The units as the case knows them, each value with its evidence.
    pub items: Vec<Item>,
}
