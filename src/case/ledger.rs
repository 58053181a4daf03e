//! The life of a unit, one ledger a unit: sold, in an RMA, returned, replaced by another, replacing one, scrapped. What was
//! sold stands in the order data; the rest is noted here as it happens.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One line of a unit's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub invoice_number: String,
    pub part_number: String,
    pub serial_number: String,
    pub on: Date,
    pub what: Happened,
    /// The other unit, where one replaces the other.
    pub other_serial: Option<String>,
    /// `None` for what came without one.
    pub rma_number: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    InRma,
    Returned,
    Refused,
    Refunded,
    Credited,
    Repaired,
    ReplacedBy,
    Replaces,
    Scrapped,
}
