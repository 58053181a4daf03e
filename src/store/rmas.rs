//! RMAs, found by unit and by account.

use std::collections::HashMap;

use jiff::civil::Date;

use super::db::{Tx, change, within};
use super::stored::{Day, Text, Word, key, keys};
use super::{Error, Result};
use crate::case::{Case, Rma, RmaUnit, State};

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

#[derive(sqlx::FromRow)]
struct RmaRow {
    number: String,
    case_number: String,
    account_number: String,
    issued_on: Day,
    expires_on: Day,
    state: Word<State>,
}

impl Tx {
    /// The open RMAs that a unit is in; `serial` is `None` for a product that bears none.
    ///
    /// Open until the case has ended (resolved, closed, expired, cancelled), and while the parcel may still arrive:
    /// up to the last day, and afterwards only if it has.
    pub async fn open_rmas_of_unit(
        &mut self,
        invoice: &str,
        part: &str,
        serial: Option<&str>,
        today: Date,
    ) -> Result<Vec<IssuedRma>> {
        let sql = "SELECT r.number, r.case_number, r.account_number, r.issued_on, r.expires_on, c.state
                   FROM rmas r JOIN cases c ON c.number = r.case_number
                   WHERE r.number IN (SELECT u.rma_number FROM rma_units u WHERE u.invoice_number = $1
                                      AND u.part_number = $2 AND u.serial_number IS NOT DISTINCT FROM $3)
                     AND c.state NOT IN ('resolved', 'closed', 'expired', 'cancelled')
                     AND (r.expires_on >= $4 OR c.state IN ('received', 'inspected') AND r.number = c.rma_number)
                   ORDER BY r.issued_on, r.number";
        let rows = within!(self, c => sqlx::query_as(sql)
            .bind(Text(invoice)).bind(Text(part)).bind(serial.map(Text)).bind(Day(today)).fetch_all(c).await?);
        self.with_units(rows).await
    }

    /// The RMAs that were issued to these accounts, open or not, newest first; at most 200.
    pub async fn rmas_of_accounts(&mut self, accounts: &[String]) -> Result<Vec<IssuedRma>> {
        let sql = "SELECT r.number, r.case_number, r.account_number, r.issued_on, r.expires_on, c.state
                   FROM rmas r JOIN cases c ON c.number = r.case_number
                   WHERE r.account_number IN (SELECT value FROM json_each($1))
                   ORDER BY r.issued_on DESC, r.number DESC LIMIT $2";
        let rows = within!(self, c => sqlx::query_as(sql).bind(keys(accounts)).bind(MOST_RMAS).fetch_all(c).await?);
        self.with_units(rows).await
    }

    async fn with_units(&mut self, rows: Vec<RmaRow>) -> Result<Vec<IssuedRma>> {
        let sql = "SELECT rma_number, invoice_number, part_number, serial_number, quantity FROM rma_units
                   WHERE rma_number IN (SELECT value FROM json_each($1)) ORDER BY rma_number, position";
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let numbers: Vec<&str> = rows.iter().map(|row| row.number.as_str()).collect();
        let found: Vec<UnitRow> = within!(self, c => sqlx::query_as(sql).bind(keys(&numbers)).fetch_all(c).await?);
        let mut units: HashMap<String, Vec<RmaUnit>> = HashMap::new();
        for (number, invoice_number, part_number, serial_number, quantity) in found {
            let quantity = u32::try_from(quantity).map_err(|error| sqlx::Error::Decode(error.into()))?;
            let unit = RmaUnit { invoice_number, part_number, serial_number, quantity };
            units.entry(number).or_default().push(unit);
        }
        Ok(rows.into_iter().map(|row| issued(units.remove(&row.number).unwrap_or_default(), row)).collect())
    }

    /// Writes the RMA that an outcome issues. Its number was never given before, or the database refuses it.
    pub(super) async fn add_rma(&mut self, case: &Case) -> Result<()> {
        let rma = case.rma.as_ref().ok_or(Error::NoRma)?;
        let sql = "INSERT INTO rmas (number, case_number, account_number, issued_on, expires_on)
                   VALUES ($1, $2, $3, $4, $5)";
        change!(
            self,
            sqlx::query(sql)
                .bind(&rma.number)
                .bind(&case.number)
                .bind(key(&rma.account_number))
                .bind(Day(rma.issued_on))
                .bind(Day(rma.expires_on))
        );
        for (position, unit) in (1_i64..).zip(&rma.units) {
            let sql =
                "INSERT INTO rma_units (rma_number, position, invoice_number, part_number, serial_number, quantity)
                       VALUES ($1, $2, $3, $4, $5, $6)";
            change!(
                self,
                sqlx::query(sql)
                    .bind(&rma.number)
                    .bind(position)
                    .bind(Text(&unit.invoice_number))
                    .bind(Text(&unit.part_number))
                    .bind(unit.serial_number.as_deref().map(Text))
                    .bind(i64::from(unit.quantity))
            );
        }
        Ok(())
    }

    /// Follows a case whose RMA was given another last day.
    pub(super) async fn follow_rma(&mut self, rma: &Rma) -> Result<()> {
        let sql = "UPDATE rmas SET expires_on = $2 WHERE number = $1 AND expires_on <> $2";
        change!(self, sqlx::query(sql).bind(&rma.number).bind(Day(rma.expires_on)));
        Ok(())
    }
}

type UnitRow = (String, String, String, Option<String>, i64);

fn issued(units: Vec<RmaUnit>, row: RmaRow) -> IssuedRma {
    let rma = Rma {
        number: row.number,
        issued_on: row.issued_on.0,
        expires_on: row.expires_on.0,
        account_number: row.account_number,
        units,
    };
    IssuedRma { rma, case_number: row.case_number, state: row.state.0 }
}
