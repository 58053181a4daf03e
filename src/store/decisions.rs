//! What was decided, for those who want to decide it again.

use super::db::on;
use super::trail::EventRow;
use super::{Result, Store};
use crate::case::Event;

/// An event of a case, with its place in the order of all events.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseEvent {
    pub id: i64,
    pub case_number: String,
    pub event: Event,
}

impl Store {
    /// The events of all cases behind this one, in the order they were recorded, at most `limit`.
    pub async fn case_events(&self, after: i64, limit: u32) -> Result<Vec<CaseEvent>> {
        let sql = "SELECT id, case_number, at, actor, what, state, detail FROM events
                   WHERE case_number IS NOT NULL AND id > $1 ORDER BY id LIMIT $2";
        let rows: Vec<Row> =
            on!(&self.db, c => sqlx::query_as(sql).bind(after).bind(i64::from(limit)).fetch_all(c).await?);
        let event = |row: Row| CaseEvent { id: row.id, case_number: row.case_number, event: row.event.into() };
        Ok(rows.into_iter().map(event).collect())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    case_number: String,
    #[sqlx(flatten)]
    event: EventRow,
}
