//! What the vendor sold: imported from CSV, looked up by what a customer may have written.
//!
//! Numbers are found by their look-alike key (`0` and `O` are one character, dashes are none) and by their bare key (the
//! leading letters left out), within the accounts that the sender may speak for. A look-up does the same work
//! whether or not what was asked for is somebody else's.

mod import;
mod lookup;
mod replacement;

pub use import::{Counts, Fault, ImportError, Step, import};

use crate::store::Db;

/// The order data. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OrderBook {
    db: Db,
}

impl OrderBook {
    /// The order data that is kept in this database.
    pub fn new(db: &Db) -> OrderBook {
        OrderBook { db: db.clone() }
    }
}
