//! Recording an outcome: the message, the case, its events, its RMA and the replies, whole or not at all (guarantee G2).

use jiff::Timestamp;

use super::db::{Tx, change, within};
use super::stored::{Day, Json, Text, When, Word, key};
use super::{Error, Result};
use crate::case::ledger::LedgerEntry;
use crate::case::{Case, Event, Outcome, RmaChange};

/// What became of an outcome that was to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Recorded {
    Done,
    /// The message was settled before, or the reminder recorded before.
    AlreadySettled,
}

impl Tx {
    /// Records an outcome; the case becomes version + 1. Unless it is [`Recorded::Done`], parts of it may have been
    /// written: the caller returns to a savepoint or drops the transaction.
    ///
    /// # Errors
    /// [`Error::StaleCase`] where the case has another version by now (guarantee G7): decide again.
    pub async fn record(&mut self, outcome: &Outcome, at: Timestamp) -> Result<Recorded> {
        if let Some(message) = outcome.message
            && !self.settle(message, outcome, at).await?
        {
            return self.settled_before(message).await;
        }
        match &outcome.case {
            Some(case) => {
                self.record_case(case, outcome.rma, at).await?;
                for invoice in &outcome.cancelled {
                    self.cancel_order(invoice, &case.number, at).await?;
                }
            }
            None if outcome.rma == RmaChange::Issued => return Err(Error::NoRma),
            None => {}
        }
        for entry in &outcome.ledger {
            self.add_ledger_entry(entry).await?;
        }
        let case_number = outcome.case.as_ref().map(|case| case.number.as_str());
        if let (Some(case_number), Some(note)) = (case_number, &outcome.address) {
            self.note_address(case_number, note, at).await?;
        }
        for event in &outcome.events {
            self.add_event(case_number, outcome.message, event).await?;
        }
        for reply in &outcome.replies {
            if !self.add_outgoing(case_number, reply, at).await? {
                return Ok(Recorded::AlreadySettled);
            }
        }
        Ok(Recorded::Done)
    }

    async fn record_case(&mut self, case: &Case, change: RmaChange, at: Timestamp) -> Result<()> {
        self.save_case(case, at).await?;
        match (change, &case.rma) {
            (RmaChange::None, _) => Ok(()),
            (_, None) => Err(Error::NoRma),
            (RmaChange::Issued, Some(rma)) => {
                if let Some(earlier) = case.earlier_rmas.last() {
                    self.follow_rma(earlier).await?;
                }
                self.add_rma(&case.number, rma).await
            }
            (RmaChange::Changed, Some(rma)) => self.follow_rma(rma).await,
        }
    }

    async fn add_ledger_entry(&mut self, entry: &LedgerEntry) -> Result<()> {
        let sql = "INSERT INTO unit_ledger (invoice_number, part_number, serial_number, on_day, what, other_serial,
                                            rma_number)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        change!(
            self,
            sqlx::query(sql)
                .bind(Text(&entry.invoice_number))
                .bind(Text(&entry.part_number))
                .bind(key(&entry.serial_number))
                .bind(Day(entry.on))
                .bind(Word(entry.what))
                .bind(entry.other_serial.as_deref().map(Text))
                .bind(&entry.rma_number)
        );
        Ok(())
    }

    /// False where the message is not waiting.
    async fn settle(&mut self, message: i64, outcome: &Outcome, at: Timestamp) -> Result<bool> {
        let sql = "UPDATE messages SET settled_at = $2, class = $3, outcome = $4, flags = $5, case_number = $6,
                                       message_id = $7, not_before = NULL
                   WHERE id = $1 AND settled_at IS NULL";
        let case_number = outcome.case.as_ref().map(|case| &case.number);
        let settled = change!(
            self,
            sqlx::query(sql)
                .bind(message)
                .bind(When(at))
                .bind(Word(outcome.class))
                .bind(Word(outcome.kind))
                .bind(Json(&outcome.flags))
                .bind(case_number)
                .bind(outcome.message_id.as_deref().map(key))
        );
        Ok(settled == 1)
    }

    /// Why a message could not be settled: it is settled, unless it does not exist.
    pub(super) async fn settled_before(&mut self, message: i64) -> Result<Recorded> {
        let sql = "SELECT id FROM messages WHERE id = $1";
        let known: Option<i64> = within!(self, c => sqlx::query_scalar(sql).bind(message).fetch_optional(c).await?);
        known.map(|_| Recorded::AlreadySettled).ok_or(Error::NoSuchMessage(message))
    }

    pub(super) async fn add_event(
        &mut self,
        case_number: Option<&str>,
        message: Option<i64>,
        event: &Event,
    ) -> Result<()> {
        let sql = "INSERT INTO events (case_number, message, at, actor, what, state, detail)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        change!(
            self,
            sqlx::query(sql)
                .bind(case_number)
                .bind(message)
                .bind(When(event.at))
                .bind(Text(&event.actor))
                .bind(Text(&event.what))
                .bind(event.state.map(Word))
                .bind(Json(&event.detail))
        );
        Ok(())
    }
}
