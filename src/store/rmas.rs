//! RMAs, found by unit and by account, and the ledger of each unit. What an RMA is stands in its case; the tables beside
//! it are there to be searched.

use jiff::civil::Date;

use super::db::{Tx, change, on, within};
use super::stored::{Day, Json, Text, Word, key, keys};
use super::{Result, Store};
use crate::case::ledger::{Happened, LedgerEntry};
use crate::case::steps::standing;
use crate::case::{Case, Rma, State};

/// How many RMAs of a customer are looked at: the newest.
const MOST_RMAS: i64 = 200;

/// An RMA, and where it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedRma {
    pub rma: Rma,
    pub case_number: String,
    /// Of its case.
    pub state: State,
}

/// An RMA's number, and the case that holds it.
type Row = (String, Json<Case>);

impl Tx {
    /// The open RMAs that a unit is in; `serial` is `None` for a product that bears none.
    ///
    /// Open until the unit's return has ended, and while the parcel may still arrive: up to the last day, and afterwards
    /// only if it has.
    pub async fn open_rmas_of_unit(
        &mut self,
        invoice: &str,
        line: u32,
        serial: Option<&str>,
        today: Date,
    ) -> Result<Vec<IssuedRma>> {
        let sql = "SELECT r.number, c.whole FROM rmas r JOIN cases c ON c.number = r.case_number
                   WHERE r.number IN (SELECT u.rma_number FROM rma_units u WHERE u.invoice_number = $1
                                      AND u.line = $2 AND u.serial_number IS NOT DISTINCT FROM $3
                                      AND (u.stage IN ('received', 'inspected')
                                           OR u.stage = 'expected' AND r.expires_on >= $4))
                   ORDER BY r.issued_on, r.number";
        let rows = within!(self, c => sqlx::query_as(sql)
            .bind(Text(invoice)).bind(i64::from(line)).bind(serial.map(Text)).bind(Day(today)).fetch_all(c).await?);
        Ok(issued(rows))
    }

    /// The RMAs that were issued to these accounts, open or not, newest first; at most 200.
    pub async fn rmas_of_accounts(&mut self, accounts: &[String]) -> Result<Vec<IssuedRma>> {
        let sql = "SELECT r.number, c.whole FROM rmas r JOIN cases c ON c.number = r.case_number
                   WHERE r.account_number IN (SELECT value FROM json_each($1))
                   ORDER BY r.issued_on DESC, r.number DESC LIMIT $2";
        let rows = within!(self, c => sqlx::query_as(sql).bind(keys(accounts)).bind(MOST_RMAS).fetch_all(c).await?);
        Ok(issued(rows))
    }

    /// The RMAs with units of an order, open or not, oldest first.
    pub async fn rmas_of_invoice(&mut self, invoice: &str) -> Result<Vec<IssuedRma>> {
        let sql = "SELECT r.number, c.whole FROM rmas r JOIN cases c ON c.number = r.case_number
                   WHERE r.number IN (SELECT rma_number FROM rma_units WHERE invoice_number = $1)
                   ORDER BY r.issued_on, r.number";
        let rows = within!(self, c => sqlx::query_as(sql).bind(Text(invoice)).fetch_all(c).await?);
        Ok(issued(rows))
    }

    /// How many entries tell of units of a line of an order that are gone.
    pub async fn gone_of_line(&mut self, invoice: &str, line: u32) -> Result<usize> {
        let sql = "SELECT count(*) FROM rma_units WHERE invoice_number = $1 AND line = $2 AND gone IS NOT NULL";
        let gone: i64 =
            within!(self, c => sqlx::query_scalar(sql).bind(Text(invoice)).bind(i64::from(line)).fetch_one(c).await?);
        Ok(usize::try_from(gone).unwrap_or_default())
    }

    /// Writes the RMA that an outcome issues. Its number was never given before, or the database refuses it.
    pub(super) async fn add_rma(&mut self, case_number: &str, rma: &Rma) -> Result<()> {
        let sql = "INSERT INTO rmas (number, case_number, account_number, issued_on, expires_on)
                   VALUES ($1, $2, $3, $4, $5)";
        change!(
            self,
            sqlx::query(sql)
                .bind(&rma.number)
                .bind(case_number)
                .bind(key(&rma.account_number))
                .bind(Day(rma.issued_on))
                .bind(Day(rma.expires_on))
        );
        self.add_rma_units(rma).await
    }

    /// Follows an RMA whose last day or units are not what they were.
    pub(super) async fn follow_rma(&mut self, rma: &Rma) -> Result<()> {
        let sql = "UPDATE rmas SET expires_on = $2 WHERE number = $1";
        change!(self, sqlx::query(sql).bind(&rma.number).bind(Day(rma.expires_on)));
        change!(self, sqlx::query("DELETE FROM rma_units WHERE rma_number = $1").bind(&rma.number));
        self.add_rma_units(rma).await
    }

    async fn add_rma_units(&mut self, rma: &Rma) -> Result<()> {
        let sql =
            "INSERT INTO rma_units (rma_number, position, invoice_number, line, serial_number, quantity, stage, gone)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        for (position, unit) in (1_i64..).zip(&rma.units) {
            change!(
                self,
                sqlx::query(sql)
                    .bind(&rma.number)
                    .bind(position)
                    .bind(Text(&unit.invoice_number))
                    .bind(i64::from(unit.line))
                    .bind(unit.serial_number.as_deref().map(Text))
                    .bind(i64::from(unit.quantity))
                    .bind(standing(unit))
                    .bind(unit.gone().map(Word))
            );
        }
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct LedgerRow {
    invoice_number: String,
    part_number: String,
    serial_number: String,
    on_day: Day,
    what: Word<Happened>,
    other_serial: Option<String>,
    rma_number: Option<String>,
}

impl Store {
    /// What happened to the units with this serial number after they were sold, in the order it was recorded.
    pub async fn unit_ledger(&self, serial: &str) -> Result<Vec<LedgerEntry>> {
        let sql = "SELECT invoice_number, part_number, serial_number, on_day, what, other_serial, rma_number
                   FROM unit_ledger WHERE serial_number = $1 ORDER BY id";
        let rows: Vec<LedgerRow> = on!(&self.db, c => sqlx::query_as(sql).bind(key(serial)).fetch_all(c).await?);
        let entry = |row: LedgerRow| LedgerEntry {
            invoice_number: row.invoice_number,
            part_number: row.part_number,
            serial_number: row.serial_number,
            on: row.on_day.0,
            what: row.what.0,
            other_serial: row.other_serial,
            rma_number: row.rma_number,
        };
        Ok(rows.into_iter().map(entry).collect())
    }
}

/// The RMA of each row out of its case, which may have had several.
fn issued(rows: Vec<Row>) -> Vec<IssuedRma> {
    let of_row = |(number, Json(case)): Row| {
        let Case { number: case_number, state, rma, earlier_rmas, .. } = case;
        let rma = rma.into_iter().chain(earlier_rmas).find(|rma| rma.number == number)?;
        Some(IssuedRma { rma, case_number, state })
    };
    rows.into_iter().filter_map(of_row).collect()
}
