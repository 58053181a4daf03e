//! Mail that is not handed over although it is due: put back until an hour that is fit for it, or withheld for staff. No
//! attempt was made, and none counts.

use jiff::Timestamp;
use serde_json::json;

use super::db::change;
use super::stored::{Text, When};
use super::{Leased, Result, Store};
use crate::case::Event;

impl Store {
    /// Gives back a message that was leased, to be due again at `not_before`.
    pub async fn put_back(&self, leased: &Leased, not_before: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET leased_until = NULL, attempts = attempts - 1, not_before = $3
                   WHERE id = $1 AND state = 'recorded' AND attempts = $2";
        let mut tx = self.begin().await?;
        change!(&mut tx, sqlx::query(sql).bind(leased.id).bind(i64::from(leased.attempt)).bind(When(not_before)));
        tx.commit().await
    }

    /// Withholds a message that was leased, and notes it in its case.
    pub async fn withhold(&self, leased: &Leased, why: &str, at: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET state = 'withheld', withheld = $3, ended_at = $4, leased_until = NULL,
                                     attempts = attempts - 1
                   WHERE id = $1 AND state = 'recorded' AND attempts = $2";
        let mut tx = self.begin().await?;
        let withheld = change!(
            &mut tx,
            sqlx::query(sql).bind(leased.id).bind(i64::from(leased.attempt)).bind(Text(why)).bind(When(at))
        );
        if withheld == 1 && leased.case_number.is_some() {
            let event = Event {
                at,
                actor: "rmad".to_owned(),
                what: format!("The message {:?} was not sent: {why}.", leased.outgoing.template),
                state: None,
                detail: json!({"message_id": leased.outgoing.message_id}),
            };
            tx.add_event(leased.case_number.as_deref(), None, &event).await?;
        }
        tx.commit().await
    }
}
