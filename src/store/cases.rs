//! Cases: stored whole as JSON, found by what belongs to them.

use std::collections::HashMap;

use jiff::Timestamp;

use super::db::{Tx, change, on, within};
use super::stored::{Json, When, Word, key, keys, to_microsecond};
use super::{Error, Result, Store};
use crate::case::{Case, State};

/// A case's whole, by its number; read in and outside of transactions.
const BY_NUMBER: &str = "SELECT whole FROM cases WHERE number = $1";

impl Store {
    /// A case as it stands.
    pub async fn case(&self, number: &str) -> Result<Option<Case>> {
        let whole: Option<Json<Case>> =
            on!(&self.db, c => sqlx::query_scalar(BY_NUMBER).bind(key(number)).fetch_optional(c).await?);
        Ok(whole.map(|json| json.0))
    }

    /// Cases that have been in `state` since `since_before` or longer, longest first; `after` says since when the last one
    /// of the page before, and its number.
    pub async fn cases_in_state(
        &self,
        state: State,
        since_before: Timestamp,
        after: (Timestamp, &str),
        limit: u32,
    ) -> Result<Vec<Case>> {
        let sql = "SELECT whole FROM cases WHERE state = $1 AND since <= $2 AND (since, number) > ($3, $4)
                   ORDER BY since, number LIMIT $5";
        let (since, number) = after;
        let found: Vec<Json<Case>> = on!(&self.db, c => sqlx::query_scalar(sql)
            .bind(Word(state)).bind(When(since_before)).bind(When(since)).bind(number).bind(i64::from(limit))
            .fetch_all(c).await?);
        Ok(found.into_iter().map(|json| json.0).collect())
    }

    /// The newest cases.
    pub async fn recent_cases(&self, limit: u32) -> Result<Vec<Case>> {
        let sql = "SELECT whole FROM cases ORDER BY opened_at DESC, number DESC LIMIT $1";
        let found: Vec<Json<Case>> =
            on!(&self.db, c => sqlx::query_scalar(sql).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(found.into_iter().map(|json| json.0).collect())
    }
}

impl Tx {
    pub async fn case_by_number(&mut self, number: &str) -> Result<Option<Case>> {
        let whole: Option<Json<Case>> =
            within!(self, c => sqlx::query_scalar(BY_NUMBER).bind(key(number)).fetch_optional(c).await?);
        Ok(whole.map(|json| json.0))
    }

    /// The case that we wrote one of these messages to its customer in (In-Reply-To and References of an answer). The
    /// first id that is ours decides.
    pub async fn case_by_sent_message_ids(&mut self, message_ids: &[String]) -> Result<Option<Case>> {
        let sql = "SELECT message_id, case_number FROM outbox
                   WHERE case_number IS NOT NULL AND template NOT LIKE 'staff%'
                     AND message_id IN (SELECT value FROM json_each($1))";
        let known = within!(self, c => sqlx::query_as(sql).bind(keys(message_ids)).fetch_all(c).await?);
        self.first_case(message_ids, known).await
    }

    /// The case that one of these messages of a customer belongs to. The first id that is known decides, and of several
    /// messages under one id the earliest.
    pub async fn case_by_received_message_ids(&mut self, message_ids: &[String]) -> Result<Option<Case>> {
        let sql = "SELECT message_id, case_number FROM messages
                   WHERE case_number IS NOT NULL AND message_id IN (SELECT value FROM json_each($1)) ORDER BY id DESC";
        let known = within!(self, c => sqlx::query_as(sql).bind(keys(message_ids)).fetch_all(c).await?);
        self.first_case(message_ids, known).await
    }

    async fn first_case(&mut self, message_ids: &[String], known: Vec<(String, String)>) -> Result<Option<Case>> {
        let known: HashMap<String, String> = known.into_iter().collect();
        match message_ids.iter().find_map(|id| known.get(key(id).as_ref())) {
            Some(number) => self.case_by_number(number).await,
            None => Ok(None),
        }
    }

    /// The case that an RMA number was issued in, whether or not it still holds.
    pub async fn case_by_rma_number(&mut self, number: &str) -> Result<Option<Case>> {
        let sql = "SELECT c.whole FROM rmas r JOIN cases c ON c.number = r.case_number WHERE r.number = $1";
        let whole: Option<Json<Case>> =
            within!(self, c => sqlx::query_scalar(sql).bind(key(number)).fetch_optional(c).await?);
        Ok(whole.map(|json| json.0))
    }

    /// Stores the next version of a case, if `case` was made from the present one (guarantee G7).
    pub(super) async fn save_case(&mut self, case: &Case) -> Result<()> {
        let next = Case {
            version: case.version.saturating_add(1),
            opened_at: to_microsecond(case.opened_at),
            since: to_microsecond(case.since),
            asked_at: case.asked_at.map(to_microsecond),
            requested_at: case.requested_at.map(to_microsecond),
            ..case.clone()
        };
        let sql = if case.version == 0 {
            "INSERT INTO cases (number, version, state, opened_at, since, customer, rma_number, whole, for_staff)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (number) DO NOTHING"
        } else {
            "UPDATE cases SET version = $2, state = $3, opened_at = $4, since = $5, customer = $6, rma_number = $7,
                              whole = $8, for_staff = $9
             WHERE number = $1 AND version = $2 - 1"
        };
        let saved = change!(
            self,
            sqlx::query(sql)
                .bind(&next.number)
                .bind(next.version)
                .bind(Word(next.state))
                .bind(When(next.opened_at))
                .bind(When(next.since))
                .bind(key(&next.customer))
                .bind(next.rma.as_ref().map(|rma| &rma.number))
                .bind(Json(&next))
                .bind(next.is_for_staff())
        );
        if saved == 0 {
            return Err(Error::StaleCase { number: next.number });
        }
        self.save_participants(&next).await
    }

    /// Nobody leaves a case: addresses are only added.
    async fn save_participants(&mut self, case: &Case) -> Result<()> {
        let sql = "INSERT INTO participants (case_number, address) SELECT $1, value FROM json_each($2) WHERE true
                   ON CONFLICT (address, case_number) DO NOTHING";
        change!(self, sqlx::query(sql).bind(&case.number).bind(keys(&case.participants)));
        Ok(())
    }
}
