//! Messages that cannot be read or answered: settled for a person to decide on, processed again or dismissed. Nothing of
//! them is ever deleted, and each step is an event with who and why.

use jiff::Timestamp;
use serde_json::json;

use super::db::{Tx, change, on, within};
use super::staff::ForStaff;
use super::stored::{Json, Text, When, Word};
use super::{Recorded, Result, Store};
use crate::case::Event;
use crate::case::quarantine::Cause;
use crate::policy::{Flag, OutcomeKind};

/// A message that could not be read or answered, and that no person has decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The ledger's key.
    pub message: i64,
    pub received_at: Timestamp,
    pub quarantined_at: Timestamp,
    pub cause: Cause,
    pub defect: String,
}

/// What became of a person's decision on a message in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decided {
    Done,
    /// It is in the ledger, and not in quarantine: it waits, was answered, or was dismissed before.
    NotInQuarantine,
    /// It was not kept whole: there is nothing to process.
    NotWhole(Cause),
    NoSuchMessage,
}

#[derive(sqlx::FromRow)]
struct Row {
    total: i64,
    id: i64,
    received_at: When,
    settled_at: When,
    cause: Word<Cause>,
    defect: String,
}

impl Store {
    /// Messages that were quarantined since then and that nobody has decided on, the earliest first.
    pub async fn quarantined(&self, since: Timestamp, limit: u32) -> Result<ForStaff<Quarantined>> {
        let sql = "SELECT (SELECT COUNT(*) FROM messages
                           WHERE defect IS NOT NULL AND dismissed_at IS NULL AND settled_at >= $1) AS total,
                          id, received_at, settled_at, cause, defect
                   FROM messages WHERE defect IS NOT NULL AND dismissed_at IS NULL AND settled_at >= $1
                   ORDER BY settled_at, id LIMIT $2";
        let rows: Vec<Row> =
            on!(&self.db, c => sqlx::query_as(sql).bind(When(since)).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(rows.into_iter().map(|row| (row.total, Quarantined::from(row))).collect())
    }
}

impl Tx {
    /// Settles a message that cannot be read or answered: held for review, unreadable, with its cause and a sentence for
    /// staff.
    pub async fn quarantine(&mut self, message: i64, cause: Cause, defect: &str, at: Timestamp) -> Result<Recorded> {
        let sql = "UPDATE messages SET settled_at = $2, cause = $3, defect = $4, outcome = $5, flags = $6,
                                       not_before = NULL
                   WHERE id = $1 AND settled_at IS NULL";
        let settled = change!(
            self,
            sqlx::query(sql)
                .bind(message)
                .bind(When(at))
                .bind(Word(cause))
                .bind(Text(defect))
                .bind(Word(OutcomeKind::HeldForReview))
                .bind(Json(vec![Flag::Unreadable]))
        );
        if settled == 0 {
            return self.settled_before(message).await;
        }
        let event = Event {
            at,
            actor: "rmad".to_owned(),
            what: format!("Quarantined: {defect}."),
            state: None,
            detail: json!({"cause": cause}),
        };
        self.add_event(None, Some(message), &event).await?;
        Ok(Recorded::Done)
    }

    /// Lets a message in quarantine wait to be answered, as if it had just been kept; a dismissed one too. When it was
    /// received stays as it was.
    pub async fn process_again(&mut self, message: i64, by: &str, why: Option<&str>, at: Timestamp) -> Result<Decided> {
        match self.quarantine_of(message).await? {
            None => return Ok(Decided::NoSuchMessage),
            Some((None, _)) => return Ok(Decided::NotInQuarantine),
            Some((Some(cause), _)) if !cause.0.has_all_bytes() => return Ok(Decided::NotWhole(cause.0)),
            Some(_) => {}
        }
        let sql =
            "UPDATE messages SET settled_at = NULL, cause = NULL, defect = NULL, dismissed_at = NULL, outcome = NULL,
                                       flags = $2, attempts = 0, not_before = NULL, last_error = NULL, party = NULL,
                                       message_id = NULL
                   WHERE id = $1 AND defect IS NOT NULL";
        let changed = change!(self, sqlx::query(sql).bind(message).bind(Json(Vec::<Flag>::new())));
        self.decided(changed, message, ("It is to be processed again.", by, why), at).await
    }

    /// Closes a message in quarantine: a person has seen to it.
    pub async fn dismiss(&mut self, message: i64, by: &str, why: &str, at: Timestamp) -> Result<Decided> {
        match self.quarantine_of(message).await? {
            None => return Ok(Decided::NoSuchMessage),
            Some((Some(_), None)) => {}
            Some(_) => return Ok(Decided::NotInQuarantine),
        }
        let sql = "UPDATE messages SET dismissed_at = $2
                   WHERE id = $1 AND defect IS NOT NULL AND dismissed_at IS NULL";
        let changed = change!(self, sqlx::query(sql).bind(message).bind(When(at)));
        self.decided(changed, message, ("It was dismissed from quarantine.", by, Some(why)), at).await
    }

    /// Why a message was quarantined and when it was dismissed; none where there is no such message.
    async fn quarantine_of(&mut self, message: i64) -> Result<Option<(Option<Word<Cause>>, Option<When>)>> {
        let sql = "SELECT cause, dismissed_at FROM messages WHERE id = $1";
        Ok(within!(self, c => sqlx::query_as(sql).bind(message).fetch_optional(c).await?))
    }

    /// Notes what a person decided, unless another was quicker and nothing changed.
    async fn decided(
        &mut self,
        changed: u64,
        message: i64,
        (what, by, why): (&str, &str, Option<&str>),
        at: Timestamp,
    ) -> Result<Decided> {
        if changed == 0 {
            return Ok(Decided::NotInQuarantine);
        }
        let event = Event { at, actor: by.to_owned(), what: what.to_owned(), state: None, detail: json!({"why": why}) };
        self.add_event(None, Some(message), &event).await?;
        Ok(Decided::Done)
    }
}

impl From<Row> for Quarantined {
    fn from(row: Row) -> Quarantined {
        Quarantined {
            message: row.id,
            received_at: row.received_at.0,
            quarantined_at: row.settled_at.0,
            cause: row.cause.0,
            defect: row.defect,
        }
    }
}
