//! How much was sent: what the limits on sending are held against. Withheld messages do not count, and mails to staff
//! only against what a day allows in all.

use jiff::Timestamp;

use super::Result;
use super::db::{Tx, within};
use super::stored::{Text, When};
use crate::mail::without_detail;

impl Tx {
    /// How many messages to customers were recorded since then for a case, and how many to an address, whatever its
    /// detail (RFC 5233).
    pub async fn sent_since(&mut self, since: Timestamp, case_number: &str, address: &str) -> Result<(u32, u32)> {
        let sql = "SELECT (SELECT COUNT(*) FROM outbox WHERE recorded_at >= $1 AND withheld IS NULL AND template NOT LIKE 'staff%'
                                  AND case_number = $2),
                          (SELECT COUNT(*) FROM outbox WHERE recorded_at >= $1 AND withheld IS NULL AND template NOT LIKE 'staff%'
                                  AND mailbox = $3)";
        let (to_case, to_address): (i64, i64) = within!(self, c => sqlx::query_as(sql)
            .bind(When(since)).bind(Text(case_number)).bind(Text(&without_detail(address))).fetch_one(c).await?);
        Ok((count(to_case), count(to_address)))
    }

    /// In how many cases beside this one an address was asked for details since then, and gave none.
    pub async fn unanswered_since(&mut self, since: Timestamp, case_number: &str, address: &str) -> Result<u32> {
        let sql = "SELECT COUNT(DISTINCT cases.number) FROM outbox JOIN cases ON cases.number = outbox.case_number
                   WHERE outbox.mailbox = $3 AND outbox.recorded_at >= $1 AND outbox.withheld IS NULL
                     AND outbox.template = 'details_requested' AND cases.number <> $2
                     AND cases.state IN ('awaiting_details', 'closed')";
        let cases: i64 = within!(self, c => sqlx::query_scalar(sql)
            .bind(When(since)).bind(Text(case_number)).bind(Text(&without_detail(address))).fetch_one(c).await?);
        Ok(count(cases))
    }

    /// How many messages were recorded since then, to whomever. Looks at each of them: to be asked once a transaction.
    pub async fn all_sent_since(&mut self, since: Timestamp) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE recorded_at >= $1 AND withheld IS NULL";
        let in_all: i64 = within!(self, c => sqlx::query_scalar(sql).bind(When(since)).fetch_one(c).await?);
        Ok(count(in_all))
    }
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
