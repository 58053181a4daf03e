//! What waits for staff, as a digest tells it: how much in all, and the oldest of it.

use jiff::Timestamp;

use super::db::{on, within};
use super::stored::{Json, When, Word};
use super::{Result, SendingState, Store, Tx};
use crate::case::Case;

/// What waits for staff of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct ForStaff<T> {
    /// Of all, also of those that are not listed.
    pub total: i64,
    pub oldest: Vec<T>,
}

/// A message that we wrote and that did not go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    pub message_id: String,
    pub case_number: Option<String>,
    /// The template it was written from.
    pub template: String,
    pub recipient: String,
    pub subject: String,
    /// Withheld, refused or given up.
    pub state: SendingState,
    /// Why it was withheld, or the server's last words.
    pub why: Option<String>,
    /// When it was withheld, refused or given up.
    pub at: Timestamp,
}

impl Store {
    /// Cases that a person has to look at ([`Case::is_for_staff`]): the one that has waited longest first.
    pub async fn cases_for_staff(&self, limit: u32) -> Result<ForStaff<Case>> {
        let sql = "SELECT (SELECT COUNT(*) FROM cases WHERE for_staff_since IS NOT NULL), whole
                   FROM cases WHERE for_staff_since IS NOT NULL ORDER BY for_staff_since, number LIMIT $1";
        let rows: Vec<(i64, Json<Case>)> =
            on!(&self.db, c => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(rows.into_iter().map(|(total, whole)| (total, whole.0)).collect())
    }

    /// Cases that have waited for a person since `since_before` or longer, longest first; `after` says since when the last
    /// one of the page before, and its number.
    pub async fn cases_for_staff_since(
        &self,
        since_before: Timestamp,
        after: (Timestamp, &str),
        limit: u32,
    ) -> Result<Vec<Case>> {
        let sql = "SELECT whole FROM cases WHERE for_staff_since <= $1 AND (for_staff_since, number) > ($2, $3)
                   ORDER BY for_staff_since, number LIMIT $4";
        let (since, number) = after;
        let found: Vec<Json<Case>> = on!(&self.db, c => sqlx::query_scalar(sql)
            .bind(When(since_before)).bind(When(since)).bind(number).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(found.into_iter().map(|json| json.0).collect())
    }

    /// Messages of ours that were withheld, refused or given up since then, the earliest first.
    pub async fn unsent(&self, since: Timestamp, limit: u32) -> Result<ForStaff<Unsent>> {
        let sql = "SELECT (SELECT COUNT(*) FROM outbox WHERE state IN ('withheld', 'refused', 'given_up')
                                  AND COALESCE(ended_at, recorded_at) >= $1) AS total,
                          message_id, case_number, template, recipient, subject, state,
                          COALESCE(withheld, answer) AS why, COALESCE(ended_at, recorded_at) AS at
                   FROM outbox WHERE state IN ('withheld', 'refused', 'given_up')
                     AND COALESCE(ended_at, recorded_at) >= $1
                   ORDER BY COALESCE(ended_at, recorded_at), id LIMIT $2";
        let rows: Vec<UnsentRow> =
            on!(&self.db, c => sqlx::query_as(sql).bind(When(since)).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(rows.into_iter().map(|row| (row.total, Unsent::from(row))).collect())
    }
}

impl Store {
    /// Messages that were recorded before then and still wait to be sent: how many, and when the oldest was recorded.
    pub async fn stuck(&self, before: Timestamp) -> Result<Option<(i64, Timestamp)>> {
        let sql = "SELECT COUNT(*), MIN(recorded_at) FROM outbox WHERE state = 'recorded' AND recorded_at <= $1";
        let (count, oldest): (i64, Option<When>) =
            on!(&self.db, c => sqlx::query_as(sql).bind(When(before)).fetch_one(c).await?);
        Ok(oldest.map(|oldest| (count, oldest.0)))
    }

    /// When the last message of this template that belongs to no case was recorded, and when the last one was that the mail
    /// server has accepted.
    pub async fn last_written(&self, template: &str) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let sql = "SELECT MAX(recorded_at), MAX(CASE WHEN state = 'accepted' THEN recorded_at END) FROM outbox
                   WHERE COALESCE(case_number, '') = '' AND occasion IS NOT NULL AND template = $1";
        let (written, accepted): (Option<When>, Option<When>) =
            on!(&self.db, c => sqlx::query_as(sql).bind(template).fetch_one(c).await?);
        Ok((written.map(|at| at.0), accepted.map(|at| at.0)))
    }
}

impl Tx {
    /// How many messages of this template were recorded since then, withheld ones too.
    pub async fn written_since(&mut self, since: Timestamp, template: &str) -> Result<usize> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE recorded_at >= $1 AND template = $2";
        let written: i64 =
            within!(self, c => sqlx::query_scalar(sql).bind(When(since)).bind(template).fetch_one(c).await?);
        Ok(usize::try_from(written).unwrap_or_default())
    }
}

#[derive(sqlx::FromRow)]
struct UnsentRow {
    total: i64,
    message_id: String,
    case_number: Option<String>,
    template: String,
    recipient: String,
    subject: String,
    state: Word<SendingState>,
    why: Option<String>,
    at: When,
}

impl From<UnsentRow> for Unsent {
    fn from(row: UnsentRow) -> Unsent {
        Unsent {
            message_id: row.message_id,
            case_number: row.case_number,
            template: row.template,
            recipient: row.recipient,
            subject: row.subject,
            state: row.state.0,
            why: row.why,
            at: row.at.0,
        }
    }
}

/// Every row brings the total; where there is no row, there is nothing.
impl<T> FromIterator<(i64, T)> for ForStaff<T> {
    fn from_iter<I: IntoIterator<Item = (i64, T)>>(rows: I) -> ForStaff<T> {
        let mut total = 0;
        let counted = |(all, row)| {
            total = all;
            row
        };
        let oldest = rows.into_iter().map(counted).collect();
        ForStaff { total, oldest }
    }
}
