//! First sight of a mailbox: what lies in it then is noted as its backlog, by UID and size alone, and everything behind it
//! is new. What is left alone stays on that list; what is taken up after all is kept like other mail and leaves it.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::db::{Tx, change, on};
use super::stored::{When, ids, key};
use super::{Arrival, Result, Store};

/// A message that lay in a mailbox before it was first read, and that is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub uid: i64,
    /// In bytes, as the mailbox says.
    pub size: i64,
}

impl Store {
    /// Notes what lies in a mailbox at its first sight; the cursor is set behind it. False where it was seen before, by
    /// another daemon too: then nothing is noted.
    pub async fn first_sight(&self, mailbox: &str, uid_validity: i64, backlog: &[Left], at: Timestamp) -> Result<bool> {
        let last = backlog.iter().map(|left| left.uid).max().unwrap_or(0);
        let sql = "INSERT INTO cursors (mailbox, uid_validity, last_uid, first_validity, first_seen_at)
                   VALUES ($1, $2, $3, $2, $4) ON CONFLICT (mailbox) DO NOTHING";
        let mut tx = self.db.begin().await?;
        let is_first =
            change!(&mut tx, sqlx::query(sql).bind(key(mailbox)).bind(uid_validity).bind(last).bind(When(at))) == 1;
        if is_first {
            for left in backlog {
                tx.note_left(mailbox, uid_validity, *left, at).await?;
            }
        }
        tx.commit().await?;
        Ok(is_first)
    }

    /// What was left alone in a mailbox as it is numbered now, in the order of its UIDs.
    pub async fn backlog(&self, mailbox: &str, uid_validity: i64) -> Result<Vec<Left>> {
        let sql = "SELECT uid, size FROM backlog WHERE mailbox = $1 AND uid_validity = $2 ORDER BY uid";
        let rows: Vec<(i64, i64)> =
            on!(&self.db, c => sqlx::query_as(sql).bind(key(mailbox)).bind(uid_validity).fetch_all(c).await?);
        Ok(rows.into_iter().map(|(uid, size)| Left { uid, size }).collect())
    }

    /// Leaves messages alone that turned up anew after the mailbox was renumbered, each with its size in bytes, and moves
    /// the cursor. One whose bytes were kept before is the same message (guarantee G3) and is kept as its duplicate.
    pub async fn leave(&self, arrivals: impl IntoIterator<Item = (Arrival, i64)>, at: Timestamp) -> Result<()> {
        let mut tx = self.db.begin().await?;
        for (arrival, size) in arrivals {
            let hash = Sha256::digest(&arrival.raw).to_vec();
            if let (None, None) = tx.known_rows(&arrival, &hash).await? {
                let left = Left { uid: arrival.uid, size };
                tx.note_left(&arrival.mailbox, arrival.uid_validity, left, at).await?;
            } else {
                tx.keep(&arrival, false, at).await?;
            }
            tx.move_cursor(&arrival, at).await?;
        }
        tx.commit().await
    }

    /// Takes messages off the list: they are kept now, or have gone from the mailbox.
    pub async fn taken_up(&self, mailbox: &str, uid_validity: i64, uids: &[i64]) -> Result<()> {
        let sql = "DELETE FROM backlog WHERE mailbox = $1 AND uid_validity = $2
                   AND uid IN (SELECT CAST(value AS BIGINT) FROM json_each($3))";
        let mut tx = self.db.begin().await?;
        change!(&mut tx, sqlx::query(sql).bind(key(mailbox)).bind(uid_validity).bind(ids(uids)));
        tx.commit().await
    }
}

impl Tx {
    async fn note_left(&mut self, mailbox: &str, uid_validity: i64, left: Left, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO backlog (mailbox, uid_validity, uid, size, seen_at) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT DO NOTHING";
        change!(
            self,
            sqlx::query(sql).bind(key(mailbox)).bind(uid_validity).bind(left.uid).bind(left.size).bind(When(at))
        );
        Ok(())
    }
}
