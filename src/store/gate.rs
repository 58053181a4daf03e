//! How much was sent: what the limits on sending are held against.

use jiff::Timestamp;

use super::Result;
use super::db::{Tx, within};
use super::stored::{Text, When};

/// Messages recorded for sending, withheld ones left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentCounts {
    pub to_case: u32,
    pub to_address: u32,
    pub in_all: u32,
}

impl Tx {
    /// How many messages were recorded since then: for a case, to an address, and in all.
    pub async fn sent_since(&mut self, since: Timestamp, case_number: &str, address: &str) -> Result<SentCounts> {
        let to_case = "SELECT COUNT(*) FROM outbox WHERE recorded_at >= $1 AND withheld IS NULL AND case_number = $2";
        let to_address = "SELECT COUNT(*) FROM outbox WHERE recorded_at >= $1 AND withheld IS NULL AND recipient = $2";
        let in_all = "SELECT COUNT(*) FROM outbox WHERE recorded_at >= $1 AND withheld IS NULL";
        let when = When(since);
        let to_case: i64 =
            within!(self, c => sqlx::query_scalar(to_case).bind(when).bind(Text(case_number)).fetch_one(c).await?);
        let to_address: i64 =
            within!(self, c => sqlx::query_scalar(to_address).bind(when).bind(Text(address)).fetch_one(c).await?);
        let in_all: i64 = within!(self, c => sqlx::query_scalar(in_all).bind(when).fetch_one(c).await?);
        let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(SentCounts { to_case: count(to_case), to_address: count(to_address), in_all: count(in_all) })
    }
}
