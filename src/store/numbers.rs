//! Numbers that are given once: case numbers and RMA numbers (guarantee G8). Whoever has taken one keeps others waiting
//! until the transaction ends, which also is how daemons take turns.

use super::Result;
use super::db::{Tx, within};

impl Tx {
    /// The next number of this kind, counted from 1. It is given when the transaction commits: until then no other
    /// transaction gets any number of the kind, and after a rollback nobody has seen it.
    pub async fn next_number(&mut self, kind: &str) -> Result<i64> {
        let sql = "INSERT INTO counters (kind, last) VALUES ($1, 1)
                   ON CONFLICT (kind) DO UPDATE SET last = counters.last + 1 RETURNING last";
        Ok(within!(self, c => sqlx::query_scalar(sql).bind(kind).fetch_one(c).await?))
    }
}
