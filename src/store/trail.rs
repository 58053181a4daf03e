//! What staff and `explain` see: the ledger, the audit trail, and how much of everything there is.

use std::collections::HashMap;

use jiff::Timestamp;

use super::db::on;
use super::stored::{Json, When, Word, ids, key, keys};
use super::{Result, SendingState, Store};
use crate::case::quarantine::Cause;
use crate::case::{Event, State};
use crate::mail::Class;
use crate::policy::{Flag, OutcomeKind};

/// One row of the ledger: a message and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    pub mailbox: String,
    pub uid_validity: i64,
    pub uid: i64,
    /// In bytes.
    pub size: i64,
    pub received_at: Timestamp,
    pub kept_at: Timestamp,
    pub filed_at: Option<Timestamp>,
    /// When it may be tried again.
    pub not_before: Option<Timestamp>,
    pub attempts: u32,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    pub message_id: Option<String>,
    pub class: Option<Class>,
    pub outcome: Option<OutcomeKind>,
    pub flags: Vec<Flag>,
    pub case_number: Option<String>,
    /// Why it was quarantined, as a word and as a sentence.
    pub cause: Option<Cause>,
    pub defect: Option<String>,
    /// When a person had seen to it.
    pub dismissed_at: Option<Timestamp>,
    pub duplicate_of: Option<i64>,
    /// `None` while it waits.
    pub settled_at: Option<Timestamp>,
}

/// How many messages stand where. `kept` is all of them: `waiting` and `settled` together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct LedgerCounts {
    pub kept: i64,
    /// Not kept: the backlog that is left alone in the inboxes.
    pub left: i64,
    /// Still in the inbox, as far as its UIDs still mean anything.
    pub unfiled: i64,
    pub waiting: i64,
    pub settled: i64,
    /// Of the settled: those that could not be read or answered, and that nobody has decided on.
    pub quarantined: i64,
    /// Of the settled: those that are another message's bytes again.
    pub duplicates: i64,
    #[sqlx(flatten)]
    pub outbox: OutboxCounts,
}

/// How many outgoing messages stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct OutboxCounts {
    /// To be sent, and in no sender's hands.
    pub recorded: i64,
    pub leased: i64,
    pub accepted: i64,
    pub refused: i64,
    pub given_up: i64,
    pub withheld: i64,
}

/// The columns of an [`EntryRow`].
macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT id, mailbox, uid_validity, uid, size, received_at, kept_at, filed_at, not_before, attempts,
                    last_error, message_id, class, outcome, flags, case_number, cause, defect, dismissed_at, duplicate_of,
                    settled_at
             FROM messages ",
            $rest
        )
    };
}

impl Store {
    /// The messages that were kept last, newest first.
    pub async fn recent_messages(&self, limit: u32) -> Result<Vec<Entry>> {
        let sql = entries!("ORDER BY id DESC LIMIT $1");
        let rows: Vec<EntryRow> = on!(&self.db, c => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(c).await?);
        rows.into_iter().map(Entry::try_from).collect()
    }

    /// The messages that were kept last, newest first: those with this outcome, or all; those kept before this one, or
    /// the newest.
    pub async fn messages_with(
        &self,
        outcome: Option<OutcomeKind>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        let sql = entries!("WHERE ($1 IS NULL OR outcome = $1) AND id < $2 ORDER BY id DESC LIMIT $3");
        let rows: Vec<EntryRow> = on!(&self.db, c => sqlx::query_as(sql)
            .bind(outcome.map(Word)).bind(before.unwrap_or(i64::MAX)).bind(i64::from(limit)).fetch_all(c).await?);
        rows.into_iter().map(Entry::try_from).collect()
    }

    /// The first bytes of these messages, at most `length` of each, by id.
    pub async fn beginnings(&self, messages: &[i64], length: u16) -> Result<HashMap<i64, Vec<u8>>> {
        let sql = "SELECT m.id, SUBSTR(b.bytes, 1, $2) FROM messages m JOIN message_bytes b ON b.hash = m.hash
                   WHERE m.id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
        let rows: Vec<(i64, Vec<u8>)> = on!(&self.db, c => sqlx::query_as(sql)
            .bind(ids(messages)).bind(i32::from(length)).fetch_all(c).await?);
        Ok(rows.into_iter().collect())
    }

    /// What was recorded when these messages were settled, by id.
    pub async fn events_of_messages(&self, messages: &[i64]) -> Result<HashMap<i64, Vec<Event>>> {
        let sql = "SELECT message, at, actor, what, state, detail FROM events
                   WHERE message IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY id";
        let rows: Vec<MessageEventRow> =
            on!(&self.db, c => sqlx::query_as(sql).bind(ids(messages)).fetch_all(c).await?);
        let mut events: HashMap<i64, Vec<Event>> = HashMap::new();
        for row in rows {
            events.entry(row.message).or_default().push(Event::from(row.event));
        }
        Ok(events)
    }

    /// How far these outgoing messages got, by Message-ID.
    pub async fn sending_states(&self, message_ids: &[String]) -> Result<HashMap<String, SendingState>> {
        let sql = "SELECT message_id, state FROM outbox WHERE message_id IN (SELECT value FROM json_each($1))";
        let rows: Vec<(String, Word<SendingState>)> =
            on!(&self.db, c => sqlx::query_as(sql).bind(keys(message_ids)).fetch_all(c).await?);
        Ok(rows.into_iter().map(|(message_id, state)| (message_id, state.0)).collect())
    }

    /// One message's row in the ledger.
    pub async fn message(&self, id: i64) -> Result<Option<Entry>> {
        let sql = entries!("WHERE id = $1");
        let row: Option<EntryRow> = on!(&self.db, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await?);
        row.map(Entry::try_from).transpose()
    }

    /// One message's bytes, as they were kept.
    pub async fn raw(&self, message: i64) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT b.bytes FROM messages m JOIN message_bytes b ON b.hash = m.hash WHERE m.id = $1";
        Ok(on!(&self.db, c => sqlx::query_scalar(sql).bind(message).fetch_optional(c).await?))
    }

    /// The messages that belong to a case, in the order they were kept.
    pub async fn messages_of_case(&self, number: &str) -> Result<Vec<Entry>> {
        let sql = entries!("WHERE case_number = $1 ORDER BY id");
        let rows: Vec<EntryRow> = on!(&self.db, c => sqlx::query_as(sql).bind(key(number)).fetch_all(c).await?);
        rows.into_iter().map(Entry::try_from).collect()
    }

    /// What happened in a case, in the order it was recorded.
    pub async fn events_of_case(&self, number: &str) -> Result<Vec<Event>> {
        let sql = "SELECT at, actor, what, state, detail FROM events WHERE case_number = $1 ORDER BY id";
        let rows: Vec<EventRow> = on!(&self.db, c => sqlx::query_as(sql).bind(key(number)).fetch_all(c).await?);
        Ok(rows.into_iter().map(Event::from).collect())
    }

    /// What was recorded when this message was settled; also for one that belongs to no case.
    pub async fn events_of_message(&self, message: i64) -> Result<Vec<Event>> {
        let sql = "SELECT at, actor, what, state, detail FROM events WHERE message = $1 ORDER BY id";
        let rows: Vec<EventRow> = on!(&self.db, c => sqlx::query_as(sql).bind(message).fetch_all(c).await?);
        Ok(rows.into_iter().map(Event::from).collect())
    }

    /// Everything, counted by where it stands.
    pub async fn ledger_counts(&self, now: Timestamp) -> Result<LedgerCounts> {
        let sql =
            "SELECT l.kept, b.left_alone AS \"left\", l.waiting, l.settled, l.quarantined, l.duplicates, u.unfiled,
                          o.recorded, o.leased, o.accepted, o.refused, o.given_up, o.withheld
                   FROM (SELECT COUNT(*) AS kept, COUNT(*) - COUNT(settled_at) AS waiting, COUNT(settled_at) AS settled,
                                COUNT(*) FILTER (WHERE defect IS NOT NULL AND dismissed_at IS NULL) AS quarantined,
                                COUNT(duplicate_of) AS duplicates FROM messages) AS l,
                        (SELECT COUNT(*) AS unfiled FROM cursors c JOIN messages m
                                ON m.mailbox = c.mailbox AND m.uid_validity = c.uid_validity
                         WHERE m.filed_at IS NULL) AS u,
                        (SELECT COUNT(*) AS left_alone FROM cursors c JOIN backlog b
                                ON b.mailbox = c.mailbox AND b.uid_validity = c.uid_validity) AS b,
                        (SELECT COUNT(*) FILTER (WHERE state = 'recorded' AND NOT COALESCE(leased_until > $1, false))
                                AS recorded,
                                COUNT(*) FILTER (WHERE state = 'recorded' AND leased_until > $1) AS leased,
                                COUNT(*) FILTER (WHERE state = 'accepted') AS accepted,
                                COUNT(*) FILTER (WHERE state = 'refused') AS refused,
                                COUNT(*) FILTER (WHERE state = 'given_up') AS given_up,
                                COUNT(*) FILTER (WHERE state = 'withheld') AS withheld FROM outbox) AS o";
        Ok(on!(&self.db, c => sqlx::query_as(sql).bind(When(now)).fetch_one(c).await?))
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct EventRow {
    at: When,
    actor: String,
    what: String,
    state: Option<Word<State>>,
    detail: Json<serde_json::Value>,
}

#[derive(sqlx::FromRow)]
struct MessageEventRow {
    message: i64,
    #[sqlx(flatten)]
    event: EventRow,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Event {
        let state = row.state.map(|word| word.0);
        Event { at: row.at.0, actor: row.actor, what: row.what, state, detail: row.detail.0 }
    }
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: i64,
    mailbox: String,
    uid_validity: i64,
    uid: i64,
    size: i64,
    received_at: When,
    kept_at: When,
    filed_at: Option<When>,
    not_before: Option<When>,
    attempts: i64,
    last_error: Option<String>,
    message_id: Option<String>,
    class: Option<Word<Class>>,
    outcome: Option<Word<OutcomeKind>>,
    flags: Json<Vec<Flag>>,
    case_number: Option<String>,
    cause: Option<Word<Cause>>,
    defect: Option<String>,
    dismissed_at: Option<When>,
    duplicate_of: Option<i64>,
    settled_at: Option<When>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = super::Error;

    fn try_from(row: EntryRow) -> Result<Entry> {
        let instant = |when: Option<When>| when.map(|when| when.0);
        Ok(Entry {
            id: row.id,
            mailbox: row.mailbox,
            uid_validity: row.uid_validity,
            uid: row.uid,
            size: row.size,
            received_at: row.received_at.0,
            kept_at: row.kept_at.0,
            filed_at: instant(row.filed_at),
            not_before: instant(row.not_before),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            last_error: row.last_error,
            message_id: row.message_id,
            class: row.class.map(|word| word.0),
            outcome: row.outcome.map(|word| word.0),
            flags: row.flags.0,
            case_number: row.case_number,
            cause: row.cause.map(|word| word.0),
            defect: row.defect,
            dismissed_at: instant(row.dismissed_at),
            duplicate_of: row.duplicate_of,
            settled_at: instant(row.settled_at),
        })
    }
}
