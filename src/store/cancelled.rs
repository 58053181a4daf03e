//! Orders whose cancellation was accepted: none is accepted twice, and each is voided by a person.

use jiff::Timestamp;

use super::db::{Tx, change, on, within};
use super::stored::{When, key, keys};
use super::{ForStaff, Result, Store};

/// An order whose cancellation was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelledOrder {
    pub invoice_number: String,
    /// The case in which it was accepted.
    pub case_number: String,
    pub cancelled_at: Timestamp,
    /// When staff noted that it is voided.
    pub voided_at: Option<Timestamp>,
}

type Row = (String, String, When, Option<When>);

impl Tx {
    /// Which of these orders are cancelled already.
    pub async fn cancelled_among(&mut self, invoices: &[&str]) -> Result<Vec<String>> {
        let sql = "SELECT invoice_number FROM cancelled_orders
                   WHERE invoice_number IN (SELECT value FROM json_each($1)) ORDER BY invoice_number";
        Ok(within!(self, c => sqlx::query_scalar(sql).bind(keys(invoices)).fetch_all(c).await?))
    }

    /// The cancellation of an order; `None` where none was accepted.
    pub async fn cancelled_order(&mut self, invoice: &str) -> Result<Option<CancelledOrder>> {
        let sql = "SELECT invoice_number, case_number, cancelled_at, voided_at FROM cancelled_orders
                   WHERE invoice_number = $1";
        let row: Option<Row> = within!(self, c => sqlx::query_as(sql).bind(key(invoice)).fetch_optional(c).await?);
        Ok(row.map(cancelled))
    }

    /// Notes that an order is voided.
    pub async fn void_order(&mut self, invoice: &str, at: Timestamp) -> Result<()> {
        let sql = "UPDATE cancelled_orders SET voided_at = $2 WHERE invoice_number = $1";
        change!(self, sqlx::query(sql).bind(key(invoice)).bind(When(at)));
        Ok(())
    }

    /// Writes an order that an outcome cancels. It was never cancelled before, or the database refuses it.
    pub(super) async fn cancel_order(&mut self, invoice: &str, case_number: &str, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO cancelled_orders (invoice_number, case_number, cancelled_at) VALUES ($1, $2, $3)";
        change!(self, sqlx::query(sql).bind(key(invoice)).bind(case_number).bind(When(at)));
        Ok(())
    }
}

impl Store {
    /// Cancelled orders that are not noted as voided: the one that waits longest first.
    pub async fn orders_to_void(&self, limit: u32) -> Result<ForStaff<CancelledOrder>> {
        let sql = "SELECT (SELECT COUNT(*) FROM cancelled_orders WHERE voided_at IS NULL),
                          invoice_number, case_number, cancelled_at
                   FROM cancelled_orders WHERE voided_at IS NULL ORDER BY cancelled_at, invoice_number LIMIT $1";
        let rows: Vec<(i64, String, String, When)> =
            on!(&self.db, c => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(c).await?);
        let waiting = |(total, invoice, case, at)| (total, cancelled((invoice, case, at, None)));
        Ok(rows.into_iter().map(waiting).collect())
    }
}

fn cancelled((invoice_number, case_number, cancelled_at, voided_at): Row) -> CancelledOrder {
    let voided_at = voided_at.map(|at| at.0);
    CancelledOrder { invoice_number, case_number, cancelled_at: cancelled_at.0, voided_at }
}
