//! Collecting: a message is kept, byte for byte, before it leaves the inbox (guarantees G1 and G3).
//!
//! A message is known by mailbox, UIDVALIDITY, UID and the SHA-256 of its bytes. Every UID gets a row of its own. Where
//! the same bytes are already there under another one (the server renumbered the mailbox, or somebody copied the
//! message back into the inbox), it is the same message: its row is settled at once as a duplicate of the first and
//! is never answered. Two deliveries by a mail server differ in their Received fields, so they are two messages.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::db::{Tx, change, on, within};
use super::stored::{Json, When, Word, ids, key};
use super::{Result, Store};
use crate::case::quarantine::Cause;
use crate::policy::{Flag, OutcomeKind};

/// How far a mailbox has been read (RFC 9051, section 2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub uid_validity: i64,
    pub last_uid: i64,
    /// The UIDVALIDITY at the mailbox's first sight, and when that was.
    pub first_validity: i64,
    pub first_seen_at: Timestamp,
}

/// A message as it was found in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub mailbox: String,
    pub uid_validity: i64,
    pub uid: i64,
    pub received_at: Timestamp,
    /// All of its bytes; empty where the server would not give them (to be quarantined).
    pub raw: Vec<u8>,
}

/// A message that is settled and still lies in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfiled {
    pub id: i64,
    pub uid_validity: i64,
    pub uid: i64,
    /// A duplicate has the outcome of its first.
    pub outcome: OutcomeKind,
    pub flags: Vec<Flag>,
}

impl Store {
    /// How far this mailbox has been read; `None` where it never was.
    pub async fn cursor(&self, mailbox: &str) -> Result<Option<Cursor>> {
        let sql = "SELECT uid_validity, last_uid, first_validity, first_seen_at FROM cursors WHERE mailbox = $1";
        let row: Option<(i64, i64, i64, When)> =
            on!(&self.db, c => sqlx::query_as(sql).bind(key(mailbox)).fetch_optional(c).await?);
        Ok(row.map(|(uid_validity, last_uid, first_validity, first_seen_at)| Cursor {
            uid_validity,
            last_uid,
            first_validity,
            first_seen_at: first_seen_at.0,
        }))
    }

    /// Keeps messages and moves their mailboxes' cursors, in one transaction. Answers with their ids in the ledger, in
    /// the order given; a message that is already kept keeps the id it has.
    pub async fn keep(&self, arrivals: &[Arrival], at: Timestamp) -> Result<Vec<i64>> {
        self.keep_all(arrivals, false, at).await
    }

    /// The same, for messages that are answered in shadow: whatever is written for them is withheld.
    pub async fn keep_in_shadow(&self, arrivals: &[Arrival], at: Timestamp) -> Result<Vec<i64>> {
        self.keep_all(arrivals, true, at).await
    }

    async fn keep_all(&self, arrivals: &[Arrival], in_shadow: bool, at: Timestamp) -> Result<Vec<i64>> {
        let mut tx = self.db.begin().await?;
        let mut kept = Vec::with_capacity(arrivals.len());
        for listed in arrivals.chunk_by(|a, b| (&a.mailbox, a.uid_validity) == (&b.mailbox, b.uid_validity)) {
            for arrival in listed {
                kept.push(tx.keep(arrival, in_shadow, at).await?);
            }
            if let Some(last) = listed.iter().max_by_key(|arrival| arrival.uid) {
                tx.move_cursor(last, at).await?;
            }
        }
        tx.commit().await?;
        Ok(kept)
    }

    /// Keeps a message that there is no reading, with its defect for staff, in one transaction: nobody may find it
    /// waiting in between. It may have all of its bytes, its header alone or none.
    pub async fn keep_unreadable(
        &self,
        arrival: &Arrival,
        in_shadow: bool,
        cause: Cause,
        defect: &str,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let id = tx.keep(arrival, in_shadow, at).await?;
        let _settled = tx.quarantine(id, cause, defect, at).await?;
        tx.move_cursor(arrival, at).await?;
        tx.commit().await
    }

    /// Messages that are settled and not yet filed away, in the order they were kept. Those of an earlier UIDVALIDITY
    /// have no UID any more by which they could be filed, and are not among them.
    pub async fn unfiled(&self, mailbox: &str, uid_validity: i64, limit: u32) -> Result<Vec<Unfiled>> {
        let sql = "SELECT m.id, m.uid_validity, m.uid, COALESCE(first.outcome, m.outcome),
                          COALESCE(first.flags, m.flags)
                   FROM messages m LEFT JOIN messages first ON first.id = m.duplicate_of
                   WHERE m.mailbox = $1 AND m.uid_validity = $2 AND m.filed_at IS NULL
                     AND COALESCE(first.outcome, m.outcome) IS NOT NULL
                   ORDER BY m.id LIMIT $3";
        let rows: Vec<UnfiledRow> = on!(&self.db, c => sqlx::query_as(sql)
            .bind(key(mailbox)).bind(uid_validity).bind(i64::from(limit)).fetch_all(c).await?);
        let unfiled = |(id, uid_validity, uid, outcome, flags): UnfiledRow| Unfiled {
            id,
            uid_validity,
            uid,
            outcome: outcome.0,
            flags: flags.0,
        };
        Ok(rows.into_iter().map(unfiled).collect())
    }

    /// Takes the filing of a mailbox upon one daemon until then; false where another has it. Two that move the same
    /// message at once would leave two copies of it.
    pub async fn begin_filing(&self, mailbox: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
        let sql = "UPDATE cursors SET filing_until = $3
                   WHERE mailbox = $1 AND (filing_until IS NULL OR filing_until <= $2)";
        let mut tx = self.db.begin().await?;
        let begun = change!(&mut tx, sqlx::query(sql).bind(key(mailbox)).bind(When(now)).bind(When(until)));
        tx.commit().await?;
        Ok(begun == 1)
    }

    /// Leaves to any daemon what was begun until then.
    pub async fn end_filing(&self, mailbox: &str, until: Timestamp) -> Result<()> {
        let sql = "UPDATE cursors SET filing_until = NULL WHERE mailbox = $1 AND filing_until = $2";
        let mut tx = self.db.begin().await?;
        change!(&mut tx, sqlx::query(sql).bind(key(mailbox)).bind(When(until)));
        tx.commit().await
    }

    /// Notes that these messages have left the inbox.
    pub async fn filed(&self, messages: &[i64], at: Timestamp) -> Result<()> {
        let sql = "UPDATE messages SET filed_at = $2
                   WHERE filed_at IS NULL AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
        let mut tx = self.db.begin().await?;
        change!(&mut tx, sqlx::query(sql).bind(ids(messages)).bind(When(at)));
        tx.commit().await
    }
}

type UnfiledRow = (i64, i64, i64, Word<OutcomeKind>, Json<Vec<Flag>>);

impl Tx {
    pub(super) async fn keep(&mut self, arrival: &Arrival, in_shadow: bool, at: Timestamp) -> Result<i64> {
        let hash = Sha256::digest(&arrival.raw).to_vec();
        // On PostgreSQL this also makes two daemons that keep the same bytes wait for each other.
        let sql = "INSERT INTO message_bytes (hash, bytes) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
        change!(self, sqlx::query(sql).bind(&hash).bind(&arrival.raw));
        match self.known_rows(arrival, &hash).await? {
            (Some(same), _) => Ok(same),
            (None, first) => {
                let first = first.filter(|_| !arrival.raw.is_empty());
                self.add_row(arrival, &hash, in_shadow, first, at).await
            }
        }
    }

    /// The row of this very arrival, and the first one with its bytes.
    pub(super) async fn known_rows(&mut self, arrival: &Arrival, hash: &[u8]) -> Result<(Option<i64>, Option<i64>)> {
        let sql = "SELECT (SELECT id FROM messages
                           WHERE mailbox = $1 AND uid_validity = $2 AND uid = $3 AND hash = $4),
                          (SELECT MIN(id) FROM messages WHERE hash = $4 AND duplicate_of IS NULL)";
        Ok(within!(self, c => sqlx::query_as(sql)
            .bind(key(&arrival.mailbox)).bind(arrival.uid_validity).bind(arrival.uid).bind(hash)
            .fetch_one(c).await?))
    }

    async fn add_row(
        &mut self,
        arrival: &Arrival,
        hash: &[u8],
        in_shadow: bool,
        first: Option<i64>,
        at: Timestamp,
    ) -> Result<i64> {
        let sql = "INSERT INTO messages (mailbox, uid_validity, uid, hash, size, received_at, kept_at, duplicate_of,
                                         settled_at, in_shadow)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";
        let size = i64::try_from(arrival.raw.len()).unwrap_or(i64::MAX);
        Ok(within!(self, c => sqlx::query_scalar(sql)
            .bind(key(&arrival.mailbox)).bind(arrival.uid_validity).bind(arrival.uid).bind(hash)
            .bind(size).bind(When(arrival.received_at)).bind(When(at)).bind(first).bind(first.map(|_| When(at)))
            .bind(in_shadow)
            .fetch_one(c).await?))
    }

    pub(super) async fn move_cursor(&mut self, arrival: &Arrival, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO cursors (mailbox, uid_validity, last_uid, first_validity, first_seen_at)
                   VALUES ($1, $2, $3, $2, $4)
                   ON CONFLICT (mailbox) DO UPDATE SET uid_validity = excluded.uid_validity, last_uid = CASE
                       WHEN cursors.uid_validity = excluded.uid_validity AND cursors.last_uid > excluded.last_uid
                       THEN cursors.last_uid ELSE excluded.last_uid END";
        let Arrival { mailbox, uid_validity, uid, .. } = arrival;
        change!(self, sqlx::query(sql).bind(key(mailbox)).bind(uid_validity).bind(uid).bind(When(at)));
        Ok(())
    }
}
