//! Addresses that cannot be written to: mail of ours came back from them for good.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Result;
use super::db::{Tx, change, within};
use super::stored::{Text, When, key, keys};
use crate::case::AddressNote;

impl Tx {
    /// Since when and why nothing goes to an address; `None` where it can be written to.
    pub async fn undeliverable(&mut self, address: &str) -> Result<Option<(Timestamp, String)>> {
        let sql = "SELECT since, why FROM undeliverable WHERE address = $1";
        let row: Option<(When, String)> =
            within!(self, c => sqlx::query_as(sql).bind(key(address)).fetch_optional(c).await?);
        Ok(row.map(|(since, why)| (since.0, why)))
    }

    /// To which customer we sent one of these messages; the first id that is ours decides.
    pub async fn recipient_of(&mut self, message_ids: &[String]) -> Result<Option<String>> {
        let sql = "SELECT message_id, recipient FROM outbox
                   WHERE template NOT LIKE 'staff%' AND message_id IN (SELECT value FROM json_each($1))";
        let known: Vec<(String, String)> =
            within!(self, c => sqlx::query_as(sql).bind(keys(message_ids)).fetch_all(c).await?);
        let mut known: HashMap<String, String> = known.into_iter().collect();
        Ok(message_ids.iter().find_map(|id| known.remove(key(id).as_ref())))
    }

    /// The customers' addresses that we wrote to in a case.
    pub async fn recipients_in(&mut self, case_number: &str) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT recipient FROM outbox WHERE case_number = $1 AND template NOT LIKE 'staff%'";
        Ok(within!(self, c => sqlx::query_scalar(sql).bind(key(case_number)).fetch_all(c).await?))
    }

    /// Takes in what was learned of an address. Mail that comes back again changes nothing.
    pub(super) async fn note_address(&mut self, note: &AddressNote, at: Timestamp) -> Result<()> {
        match note {
            AddressNote::Undeliverable { address, why } => {
                let sql = "INSERT INTO undeliverable (address, since, why) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
                change!(self, sqlx::query(sql).bind(key(address)).bind(When(at)).bind(Text(why)));
            }
            AddressNote::Deliverable { address } => {
                change!(self, sqlx::query("DELETE FROM undeliverable WHERE address = $1").bind(key(address)));
            }
        }
        Ok(())
    }
}
