//! The breaker: all sending stops, whoever finds that it must, and goes on by a person's hand only.

use jiff::Timestamp;

use super::db::{change, on, within};
use super::stored::{Text, When};
use super::{Result, Store, Tx};

/// Nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    pub at: Timestamp,
    /// `rmad`, or the name of a member of staff.
    pub by: String,
    pub why: String,
}

type Row = (When, String, String);

impl Store {
    /// Since when and why nothing is sent; `None` where sending goes on.
    pub async fn stopped(&self) -> Result<Option<Stop>> {
        let sql = "SELECT stopped_at, stopped_by, why FROM stops WHERE resumed_at IS NULL";
        let row: Option<Row> = on!(&self.db, c => sqlx::query_as(sql).fetch_optional(c).await?);
        Ok(row.map(stop))
    }

    /// Stops all sending; tells whether it went on until then.
    pub async fn stop_sending(&self, stop: &Stop) -> Result<bool> {
        let sql = "INSERT INTO stops (stopped_at, stopped_by, why) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let mut tx = self.begin().await?;
        let stopped = change!(&mut tx, sqlx::query(sql).bind(When(stop.at)).bind(Text(&stop.by)).bind(Text(&stop.why)));
        tx.commit().await?;
        Ok(stopped == 1)
    }

    /// Lets sending go on; gives what it was stopped for, `None` where it was not stopped.
    pub async fn resume_sending(&self, by: &str, why: Option<&str>, at: Timestamp) -> Result<Option<Stop>> {
        let sql = "UPDATE stops SET resumed_at = $1, resumed_by = $2, resumed_why = $3 WHERE resumed_at IS NULL
                   RETURNING stopped_at, stopped_by, why";
        let mut tx = self.begin().await?;
        let row: Option<Row> = within!(&mut tx, c => sqlx::query_as(sql)
            .bind(When(at)).bind(Text(by)).bind(why.map(Text)).fetch_optional(c).await?);
        tx.commit().await?;
        Ok(row.map(stop))
    }

    /// As [`Tx::handed_over_since`].
    pub async fn handed_over_since(&self, since: Timestamp) -> Result<u32> {
        let count: i64 = on!(&self.db, c => sqlx::query_scalar(HANDED_OVER).bind(When(since)).fetch_one(c).await?);
        Ok(number(count))
    }

    /// How many messages are due to be sent.
    pub async fn due(&self, now: Timestamp) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE state = 'recorded' AND not_before <= $1
                     AND (leased_until IS NULL OR leased_until <= $1)";
        let count: i64 = on!(&self.db, c => sqlx::query_scalar(sql).bind(When(now)).fetch_one(c).await?);
        Ok(number(count))
    }
}

impl Tx {
    /// Lets no other daemon lease until this transaction ends: what may leave is counted and taken in one.
    pub async fn lease_alone(&mut self) -> Result<()> {
        self.next_number("leasing").await.map(|_| ())
    }

    /// How many messages were handed over to the mail server since then, or since sending was last let go on.
    pub async fn handed_over_since(&mut self, since: Timestamp) -> Result<u32> {
        let count: i64 = within!(self, c => sqlx::query_scalar(HANDED_OVER).bind(When(since)).fetch_one(c).await?);
        Ok(number(count))
    }

    /// How many messages are in the hands of a sender now.
    pub async fn under_way(&mut self, now: Timestamp) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE state = 'recorded' AND leased_until > $1";
        let count: i64 = within!(self, c => sqlx::query_scalar(sql).bind(When(now)).fetch_one(c).await?);
        Ok(number(count))
    }
}

const HANDED_OVER: &str = "SELECT COUNT(*) FROM outbox WHERE state IN ('accepted', 'refused', 'given_up')
     AND ended_at >= $1 AND ended_at >= COALESCE((SELECT MAX(resumed_at) FROM stops), $1)";

fn number(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn stop((at, by, why): Row) -> Stop {
    Stop { at: at.0, by, why }
}
