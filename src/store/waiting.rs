//! Messages that wait to be answered, in order of arrival; attempts are counted before they are made (guarantee G5).

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::db::{Tx, change, on, within};
use super::stored::{Text, When, ids, key, keys};
use super::{Result, Store};

/// How many bytes of mail are handed out at once, unless a single message has more.
const AT_ONCE: i64 = 32 << 20;

/// A message that waits to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub id: i64,
    pub mailbox: String,
    pub received_at: Timestamp,
    /// Attempts that were begun before this one.
    pub attempts: u32,
    /// Whatever is written for it is withheld.
    pub in_shadow: bool,
    pub raw: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct WaitingRow {
    id: i64,
    mailbox: String,
    received_at: When,
    attempts: i64,
    in_shadow: bool,
    size: i64,
}

impl Store {
    /// The oldest messages that may be answered now: at most `limit`, and fewer where they are large.
    pub async fn waiting(&self, now: Timestamp, limit: u32) -> Result<Vec<Waiting>> {
        let sql = "SELECT id, mailbox, received_at, attempts, in_shadow, size FROM messages
                   WHERE settled_at IS NULL AND (not_before IS NULL OR not_before <= $1)
                   ORDER BY received_at, id LIMIT $2";
        let mut rows: Vec<WaitingRow> =
            on!(&self.db, c => sqlx::query_as(sql).bind(When(now)).bind(i64::from(limit)).fetch_all(c).await?);
        rows.truncate(affordable(&rows));
        let mut bytes = self.bytes_of(&rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
        Ok(rows.into_iter().filter_map(|row| Some(waiting(bytes.remove(&row.id)?, row))).collect())
    }

    async fn bytes_of(&self, messages: &[i64]) -> Result<HashMap<i64, Vec<u8>>> {
        let sql = "SELECT m.id, b.bytes FROM messages m JOIN message_bytes b ON b.hash = m.hash
                   WHERE m.id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
        let rows: Vec<(i64, Vec<u8>)> = on!(&self.db, c => sqlx::query_as(sql).bind(ids(messages)).fetch_all(c).await?);
        Ok(rows.into_iter().collect())
    }

    /// Counts an attempt for each of these messages, before it is made.
    pub async fn count_attempt(&self, messages: &[i64]) -> Result<()> {
        let sql = "UPDATE messages SET attempts = attempts + 1
                   WHERE settled_at IS NULL AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
        let mut tx = self.db.begin().await?;
        change!(&mut tx, sqlx::query(sql).bind(ids(messages)));
        tx.commit().await
    }

    /// Takes back an attempt that was counted for these messages and never made.
    pub async fn discount_attempt(&self, messages: &[i64]) -> Result<()> {
        let sql = "UPDATE messages SET attempts = attempts - 1
                   WHERE settled_at IS NULL AND attempts > 0 AND id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
        let mut tx = self.db.begin().await?;
        change!(&mut tx, sqlx::query(sql).bind(ids(messages)));
        tx.commit().await
    }
}

impl Tx {
    /// Lets no other daemon answer until this transaction ends: what is decided on, an RMA for the same unit above all,
    /// cannot change between looking and recording.
    pub async fn answer_alone(&mut self) -> Result<()> {
        self.next_number("answering").await.map(|_| ())
    }

    /// Which of these messages still wait and may be answered now: another daemon may have been first.
    pub async fn still_due(&mut self, messages: &[i64], now: Timestamp) -> Result<HashSet<i64>> {
        let sql = "SELECT id FROM messages WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))
                     AND settled_at IS NULL AND (not_before IS NULL OR not_before <= $2)";
        let due: Vec<i64> =
            within!(self, c => sqlx::query_scalar(sql).bind(ids(messages)).bind(When(now)).fetch_all(c).await?);
        Ok(due.into_iter().collect())
    }

    /// Sets a message back for another attempt, and keeps why. `party` is who wrote it, a company or an address: what
    /// comes behind it from there, or answers it, has to wait. One that is settled meanwhile stays settled.
    pub async fn set_back(
        &mut self,
        message: i64,
        until: Timestamp,
        error: &str,
        party: &str,
        message_id: Option<&str>,
    ) -> Result<()> {
        let sql = "UPDATE messages SET not_before = $2, last_error = $3, party = $4, message_id = $5
                   WHERE id = $1 AND settled_at IS NULL";
        change!(
            self,
            sqlx::query(sql)
                .bind(message)
                .bind(When(until))
                .bind(Text(error))
                .bind(key(party))
                .bind(message_id.map(key))
        );
        Ok(())
    }

    /// Whether any message is set back for another attempt.
    pub async fn any_set_back(&mut self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM messages WHERE settled_at IS NULL AND party IS NOT NULL)";
        Ok(within!(self, c => sqlx::query_scalar(sql).fetch_one(c).await?))
    }

    /// Until when a message has to wait because an earlier one waits that may belong to the same case: of the same
    /// party, or one that its thread names (guarantee G8).
    pub async fn set_back_before(
        &mut self,
        message: &Waiting,
        party: &str,
        thread: &[String],
    ) -> Result<Option<Timestamp>> {
        let sql = "SELECT MAX(not_before) FROM messages
                   WHERE settled_at IS NULL AND party IS NOT NULL AND (received_at, id) < ($1, $2)
                     AND (party = $3 OR message_id IN (SELECT value FROM json_each($4)))";
        let until: Option<When> = within!(self, c => sqlx::query_scalar(sql)
            .bind(When(message.received_at)).bind(message.id).bind(key(party)).bind(keys(thread))
            .fetch_one(c).await?);
        Ok(until.map(|when| when.0))
    }

    /// Lets a message wait behind another, and others behind it; the attempt that was counted for it was none.
    pub async fn wait_behind(
        &mut self,
        message: i64,
        until: Timestamp,
        party: &str,
        message_id: Option<&str>,
    ) -> Result<()> {
        let sql = "UPDATE messages SET not_before = $2, attempts = attempts - 1, party = $3, message_id = $4
                   WHERE id = $1 AND settled_at IS NULL";
        change!(self, sqlx::query(sql).bind(message).bind(When(until)).bind(key(party)).bind(message_id.map(key)));
        Ok(())
    }
}

/// How many of these messages fit into [`AT_ONCE`]: always the first.
fn affordable(rows: &[WaitingRow]) -> usize {
    let mut total: i64 = 0;
    let fitting = rows.iter().take_while(|row| {
        total = total.saturating_add(row.size);
        total <= AT_ONCE
    });
    fitting.count().max(1)
}

fn waiting(raw: Vec<u8>, row: WaitingRow) -> Waiting {
    Waiting {
        id: row.id,
        mailbox: row.mailbox,
        received_at: row.received_at.0,
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        in_shadow: row.in_shadow,
        raw,
    }
}
