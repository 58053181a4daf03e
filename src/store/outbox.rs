//! Mail on its way out: recorded, leased to a sender for a while, and what the server said (guarantees G4 to G6).
//!
//! A lease counts the attempt before it is made. One that runs out falls back: the message is then perhaps sent twice,
//! under the same Message-ID. The number of the attempt tells a late report of an earlier lease from the report of the
//! present one. Messages that no attempt was made for are released, and the attempt with them.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::db::{Tx, change, on, within};
use super::stored::{Json, Text, When, Word, ids, key, keys};
use super::{Result, Store};
use crate::case::reminders::Written;
use crate::case::{AddressNote, Case, Event, State};
use crate::mail::without_detail;
use crate::outbox::{Delivery, Outgoing};
use crate::policy::Flag;

/// A message that this sender, and no other, may deliver until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    pub id: i64,
    pub case_number: Option<String>,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    pub outgoing: Outgoing,
}

/// What became of a message after an attempt to deliver it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    Accepted,
    Refused,
    Postponed,
    GivenUp,
    /// The lease had run out and the message went another way since; nothing was changed.
    Overtaken,
}

/// Where a message stands in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendingState {
    /// To be sent, or being sent.
    Recorded,
    Withheld,
    Accepted,
    Refused,
    GivenUp,
}

/// A message in the outbox, and how far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    pub id: i64,
    pub case_number: Option<String>,
    pub outgoing: Outgoing,
    pub state: SendingState,
    pub attempts: u32,
    pub recorded_at: Timestamp,
    pub leased_until: Option<Timestamp>,
    /// The server's last words.
    pub answer: Option<String>,
    /// When it was accepted, refused or given up.
    pub ended_at: Option<Timestamp>,
}

/// Case, template, occasion, when it was recorded, and how far it got.
type WrittenRow = (String, String, Option<String>, When, Word<SendingState>);

impl Sending {
    /// What time has to know of it.
    pub fn written(&self) -> Written {
        Written {
            template: self.outgoing.template.clone(),
            occasion: self.outgoing.occasion.clone(),
            at: self.recorded_at,
            is_accepted: self.state == SendingState::Accepted,
        }
    }
}

/// The columns of a [`Row`]; never `*`, which would break cached statements when another daemon migrates.
macro_rules! columns {
    () => {
        "id, case_number, message_id, reverse_path, recipient, subject, template, text, raw, not_before, withheld,
         occasion, state, attempts, recorded_at, leased_until, answer, ended_at"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    case_number: Option<String>,
    message_id: String,
    reverse_path: String,
    recipient: String,
    subject: String,
    template: String,
    text: String,
    raw: Vec<u8>,
    not_before: When,
    withheld: Option<String>,
    occasion: Option<String>,
    state: Word<SendingState>,
    attempts: i64,
    recorded_at: When,
    leased_until: Option<When>,
    answer: Option<String>,
    ended_at: Option<When>,
}

/// What is due and may be leased at $1: of each case the oldest.
macro_rules! due {
    () => {
        "SELECT id FROM outbox AS due
         WHERE state = 'recorded' AND not_before <= $1 AND (leased_until IS NULL OR leased_until <= $1)
           AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
                           WHERE earlier.case_number = due.case_number AND earlier.id < due.id
                             AND earlier.state = 'recorded' AND earlier.not_before <= $1)
         ORDER BY not_before, id LIMIT $3"
    };
}

impl Store {
    /// Gives back messages that were leased until then and that no attempt was made for: they are due as before, and the
    /// attempt does not count.
    pub async fn release(&self, leased: &[Leased], until: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET leased_until = NULL, attempts = attempts - 1
                   WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND state = 'recorded'
                     AND leased_until = $2";
        let messages: Vec<i64> = leased.iter().map(|message| message.id).collect();
        let mut tx = self.db.begin().await?;
        change!(&mut tx, sqlx::query(sql).bind(ids(&messages)).bind(When(until)));
        tx.commit().await
    }

    /// What was written in a case, oldest first.
    pub async fn outgoing_of_case(&self, case_number: &str) -> Result<Vec<Sending>> {
        let sql = concat!("SELECT ", columns!(), " FROM outbox WHERE case_number = $1 ORDER BY id");
        let rows: Vec<Row> = on!(&self.db, c => sqlx::query_as(sql).bind(key(case_number)).fetch_all(c).await?);
        Ok(rows.into_iter().map(Sending::from).collect())
    }

    /// What was written in each of these cases, oldest first, as far as time has to know it.
    pub async fn written_in(&self, cases: &[Case]) -> Result<HashMap<String, Vec<Written>>> {
        let sql = "SELECT case_number, template, occasion, recorded_at, state FROM outbox
                   WHERE case_number IN (SELECT value FROM json_each($1)) ORDER BY id";
        let numbers: Vec<&str> = cases.iter().map(|case| case.number.as_str()).collect();
        let rows: Vec<WrittenRow> = on!(&self.db, c => sqlx::query_as(sql).bind(keys(&numbers)).fetch_all(c).await?);
        let mut written: HashMap<String, Vec<Written>> = HashMap::new();
        for (case_number, template, occasion, recorded_at, state) in rows {
            let is_accepted = state.0 == SendingState::Accepted;
            written.entry(case_number).or_default().push(Written {
                template,
                occasion,
                at: recorded_at.0,
                is_accepted,
            });
        }
        Ok(written)
    }
}

impl Tx {
    /// Leases what is due, oldest first, until `until`. Two senders never hold the same message.
    ///
    /// Of a case one message at a time, in the order in which they were written: one waits while an earlier one is due or
    /// leased, so that "repaired and shipped" never overtakes "received". It does not wait for an earlier one that is set
    /// to a later time: a reminder that waits for civil hours would hold up an answer for a weekend, and one that the
    /// server puts off again and again for days.
    pub async fn lease(&mut self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Leased>> {
        // The one statement that differs: PostgreSQL has other writers, whose rows are left to them.
        let sql = match self {
            Tx::Sqlite(_) => concat!(
                "UPDATE outbox SET leased_until = $2, attempts = attempts + 1 WHERE id IN (",
                due!(),
                ") RETURNING ",
                columns!()
            ),
            Tx::Postgres(_) => concat!(
                "UPDATE outbox SET leased_until = $2, attempts = attempts + 1 WHERE id IN (",
                due!(),
                " FOR UPDATE SKIP LOCKED) RETURNING ",
                columns!()
            ),
        };
        let mut rows: Vec<Row> = within!(self, c => sqlx::query_as(sql)
            .bind(When(now)).bind(When(until)).bind(i64::from(limit)).fetch_all(c).await?);
        rows.sort_by_key(|row| (row.not_before, row.id));
        Ok(rows.into_iter().map(Leased::from).collect())
    }

    /// False where this occasion's message is already in the outbox.
    pub(super) async fn add_outgoing(
        &mut self,
        case_number: Option<&str>,
        outgoing: &Outgoing,
        at: Timestamp,
    ) -> Result<bool> {
        let sql =
            "INSERT INTO outbox (message_id, case_number, template, occasion, reverse_path, recipient, mailbox, subject, text,
                                       raw, withheld, recorded_at, not_before, state)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                   ON CONFLICT (COALESCE(case_number, ''), occasion) WHERE occasion IS NOT NULL DO NOTHING";
        let state = if outgoing.withheld.is_some() { SendingState::Withheld } else { SendingState::Recorded };
        let added = change!(
            self,
            sqlx::query(sql)
                .bind(key(&outgoing.message_id))
                .bind(case_number)
                .bind(&outgoing.template)
                .bind(&outgoing.occasion)
                .bind(Text(&outgoing.reverse_path))
                .bind(Text(&outgoing.recipient))
                .bind(Text(&without_detail(&outgoing.recipient)))
                .bind(Text(&outgoing.subject))
                .bind(Text(&outgoing.text))
                .bind(&outgoing.raw)
                .bind(outgoing.withheld.as_deref().map(Text))
                .bind(When(at))
                .bind(When(outgoing.not_before))
                .bind(Word(state))
        );
        Ok(added == 1)
    }

    /// Records how an attempt ended. What is refused, or postponed with no `retry_at` left, is put before staff: an
    /// event and a flag on the case, whose state stays as it is; no flag where it was for staff.
    pub async fn delivered(
        &mut self,
        leased: &Leased,
        delivery: &Delivery,
        at: Timestamp,
        retry_at: Option<Timestamp>,
    ) -> Result<Sent> {
        let sent = fate(delivery, retry_at);
        if !self.note_attempt(leased, sent, delivery, at, retry_at).await? {
            return Ok(Sent::Overtaken);
        }
        if let Some(case_number) = &leased.case_number
            && matches!(sent, Sent::Refused | Sent::GivenUp)
        {
            self.flag_undelivered(case_number, leased, sent, words(delivery), at).await?;
        }
        Ok(sent)
    }

    /// A yes of the server counts whenever it comes; anything else only from the lease that is in force.
    async fn note_attempt(
        &mut self,
        leased: &Leased,
        sent: Sent,
        delivery: &Delivery,
        at: Timestamp,
        retry_at: Option<Timestamp>,
    ) -> Result<bool> {
        let (state, ended_at) = match sent {
            Sent::Accepted => (SendingState::Accepted, Some(at)),
            Sent::Refused => (SendingState::Refused, Some(at)),
            Sent::GivenUp => (SendingState::GivenUp, Some(at)),
            Sent::Postponed | Sent::Overtaken => (SendingState::Recorded, None),
        };
        let sql = "UPDATE outbox SET state = $2, answer = $3, ended_at = $4, not_before = COALESCE($5, not_before),
                                     leased_until = NULL
                   WHERE id = $1 AND state <> 'accepted' AND ($2 = 'accepted' OR state = 'recorded' AND attempts = $6)";
        let retry_at = retry_at.filter(|_| sent == Sent::Postponed);
        let noted = change!(
            self,
            sqlx::query(sql)
                .bind(leased.id)
                .bind(Word(state))
                .bind(Text(words(delivery)))
                .bind(ended_at.map(When))
                .bind(retry_at.map(When))
                .bind(i64::from(leased.attempt))
        );
        Ok(noted == 1)
    }

    async fn flag_undelivered(
        &mut self,
        case_number: &str,
        leased: &Leased,
        sent: Sent,
        words: &str,
        at: Timestamp,
    ) -> Result<()> {
        // A write first: it keeps the case from changing between reading and saving it.
        let sql = "UPDATE cases SET version = version WHERE number = $1 RETURNING whole";
        let whole: Json<Case> = within!(self, c => sqlx::query_scalar(sql).bind(case_number).fetch_one(c).await?);
        let mut case = whole.0;
        if !leased.outgoing.is_to_staff() && !case.flags.contains(&Flag::ReplyBounced) {
            case.flags.push(Flag::ReplyBounced);
        }
        self.save_case(&case, at).await?;
        if sent == Sent::Refused && !leased.outgoing.is_to_staff() && is_of_address(words) {
            let (address, why) = (leased.outgoing.recipient.clone(), words.to_owned());
            self.note_address(case_number, &AddressNote::Undeliverable { address, why }, at).await?;
        }
        let event = undelivered(leased, sent, words, case.state, at);
        self.add_event(Some(case_number), None, &event).await
    }
}

/// Whether the server refused the recipient's address, rather than us or what we wrote (RFC 3463, section 3.2).
fn is_of_address(words: &str) -> bool {
    words.split(|c: char| !(c.is_ascii_digit() || c == '.')).any(|code| code.starts_with("5.1."))
}

fn fate(delivery: &Delivery, retry_at: Option<Timestamp>) -> Sent {
    match (delivery, retry_at) {
        (Delivery::Accepted(_), _) => Sent::Accepted,
        (Delivery::Refused(_), _) => Sent::Refused,
        (Delivery::Postponed(_) | Delivery::Unknown(_), Some(_)) => Sent::Postponed,
        (Delivery::Postponed(_) | Delivery::Unknown(_), None) => Sent::GivenUp,
    }
}

fn words(delivery: &Delivery) -> &str {
    match delivery {
        Delivery::Accepted(words)
        | Delivery::Refused(words)
        | Delivery::Postponed(words)
        | Delivery::Unknown(words) => words,
    }
}

fn undelivered(leased: &Leased, sent: Sent, words: &str, state: State, at: Timestamp) -> Event {
    let outgoing = &leased.outgoing;
    let what = match sent {
        Sent::Refused => format!("The mail server refused the message {:?}.", outgoing.template),
        _ => format!("Sending the message {:?} was given up after attempt {}.", outgoing.template, leased.attempt),
    };
    let detail = json!({"message_id": outgoing.message_id, "recipient": outgoing.recipient, "answer": words});
    Event { at, actor: "rmad".to_owned(), what, state: Some(state), detail }
}

impl From<Row> for Leased {
    fn from(row: Row) -> Leased {
        let Sending { id, case_number, outgoing, attempts, .. } = Sending::from(row);
        Leased { id, case_number, attempt: attempts, outgoing }
    }
}

impl From<Row> for Sending {
    fn from(row: Row) -> Sending {
        Sending {
            id: row.id,
            case_number: row.case_number,
            state: row.state.0,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            recorded_at: row.recorded_at.0,
            leased_until: row.leased_until.map(|when| when.0),
            answer: row.answer,
            ended_at: row.ended_at.map(|when| when.0),
            outgoing: Outgoing {
                message_id: row.message_id,
                reverse_path: row.reverse_path,
                recipient: row.recipient,
                subject: row.subject,
                template: row.template,
                text: row.text,
                raw: row.raw,
                not_before: row.not_before.0,
                withheld: row.withheld,
                occasion: row.occasion,
            },
        }
    }
}
