//! Staff void what was cancelled (policy, rule 8), and say so.

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::desk::Desk;
use super::returns::{By, Taken};
use super::unasked;
use crate::case::Event;
use crate::policy::request_day;
use crate::store::Recorded;

impl Desk {
    /// Notes that a cancelled order is voided, as a step of its case. The customer has been told of the cancellation.
    ///
    /// # Errors
    /// Where no cancellation of the order was accepted, or it is voided already; where the store fails.
    pub async fn note_voided(&self, invoice: &str, by: By<'_>, now: Timestamp) -> anyhow::Result<Taken> {
        let mut tx = self.store.begin().await?;
        tx.answer_alone().await?;
        let order = tx.cancelled_order(invoice).await?;
        let order =
            order.with_context(|| format!("no cancellation of {invoice} was accepted: there is nothing to void"))?;
        if let Some(at) = order.voided_at {
            bail!("{invoice} was noted as voided on {}", request_day(at, &self.time_zone));
        }
        let case = tx.case_by_number(&order.case_number).await?;
        let case = case.with_context(|| format!("there is no case {}", order.case_number))?;
        let why = by.why.map(|why| ("why".to_owned(), json!(why)));
        let event = Event {
            at: now,
            actor: by.actor.to_owned(),
            what: format!("Voided: {invoice}."),
            state: Some(case.state),
            detail: Value::Object(why.into_iter().collect::<Map<_, _>>()),
        };
        tx.void_order(invoice, now).await?;
        let mut outcome = unasked::outcome(Some(case), vec![event.clone()], vec![]);
        match unasked::record(self, &mut tx, &mut outcome, now).await? {
            Recorded::Done => tx.commit().await.context("cannot record the step")?,
            Recorded::AlreadySettled => bail!("this was recorded before"),
        }
        Ok(Taken { case: outcome.case.context("a step without a case")?, event, letter: None })
    }
}
