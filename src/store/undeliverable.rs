//! Addresses that cannot be written to: mail of ours came back from them for good.

use std::collections::HashMap;

use jiff::Timestamp;

use super::db::{Tx, change, on, within};
use super::stored::{Text, When, key, keys};
use super::{Result, Store};
use crate::case::AddressNote;

/// Why nothing goes to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undeliverable {
    pub since: Timestamp,
    /// The status of the bounce, or the server's words.
    pub why: String,
    /// The case whose letter came back: releasing it lets mail through again.
    pub case_number: String,
}

const BY_ADDRESS: &str = "SELECT since, why, case_number FROM undeliverable WHERE address = $1";

impl Store {
    /// As [`Tx::undeliverable`].
    pub async fn undeliverable(&self, address: &str) -> Result<Option<Undeliverable>> {
        let row: Option<(When, String, String)> =
            on!(&self.db, c => sqlx::query_as(BY_ADDRESS).bind(key(address)).fetch_optional(c).await?);
        Ok(row.map(undeliverable))
    }
}

impl Tx {
    /// Why nothing goes to an address; `None` where it can be written to.
    pub async fn undeliverable(&mut self, address: &str) -> Result<Option<Undeliverable>> {
        let row: Option<(When, String, String)> =
            within!(self, c => sqlx::query_as(BY_ADDRESS).bind(key(address)).fetch_optional(c).await?);
        Ok(row.map(undeliverable))
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

    /// Takes in what was learned of addresses in a case. Mail that comes back again changes nothing.
    pub(super) async fn note_address(&mut self, case_number: &str, note: &AddressNote, at: Timestamp) -> Result<()> {
        match note {
            AddressNote::Undeliverable { address, why } => {
                let sql = "INSERT INTO undeliverable (address, case_number, since, why) VALUES ($1, $2, $3, $4)
                           ON CONFLICT DO NOTHING";
                change!(
                    self,
                    sqlx::query(sql).bind(key(address)).bind(key(case_number)).bind(When(at)).bind(Text(why))
                );
            }
            AddressNote::Released => {
                change!(self, sqlx::query("DELETE FROM undeliverable WHERE case_number = $1").bind(key(case_number)));
            }
        }
        Ok(())
    }
}

fn undeliverable((since, why, case_number): (When, String, String)) -> Undeliverable {
    Undeliverable { since: since.0, why, case_number }
}
