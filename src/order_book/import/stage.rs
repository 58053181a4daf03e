//! The temporary tables that hold what was read, until all of it is known to be right.

use super::csv_file::Row;
use crate::store::{Result, Tx, within};

/// A kind of row: where it is read from, and how many of them are staged at once.
pub(super) trait Staged: Sized + Send + Sync {
    const FILE: &'static str;
    const COLUMNS: &'static [&'static str];

    /// One row, or what is wrong with it.
    fn read(row: &Row<'_>) -> std::result::Result<Self, String>;

    fn stage(tx: &mut Tx, rows: &[Self]) -> impl Future<Output = Result<()>> + Send;
}

/// Inserts rows, many at once.
macro_rules! insert {
    ($tx:expr, $into:literal, $rows:expr, $row:pat => [$($value:expr),+ $(,)?]) => {
        within!($tx, c => {
            let mut insert = sqlx::QueryBuilder::new($into);
            insert.push_values($rows, |mut values, $row| {
                $(values.push_bind($value);)+
            });
            insert.build().execute(c).await.map(|_| ())?
        })
    };
}

pub(super) use insert;

/// Makes the empty tables. The one place where their SQL differs: PostgreSQL needs the types, SQLite keeps what it gets.
pub(super) async fn make_tables(tx: &mut Tx) -> Result<()> {
    let sql = match tx {
        Tx::Sqlite(_) => include_str!("staging.sqlite.sql"),
        Tx::Postgres(_) => include_str!("staging.postgres.sql"),
    };
    run(tx, sql).await
}

/// Lets the full tables be searched and joined.
pub(super) async fn index_tables(tx: &mut Tx) -> Result<()> {
    let sql = "CREATE INDEX staged_products_part ON staged_products (part_number);
               CREATE INDEX staged_customers_account ON staged_customers (account_number);
               CREATE INDEX staged_addresses_account ON staged_addresses (account_number, address);
               CREATE INDEX staged_invoices_number ON staged_invoices (invoice_number);
               CREATE INDEX staged_lines_line ON staged_lines (invoice_number, line);
               CREATE INDEX staged_units_serial ON staged_units (serial_number);
               ANALYZE staged_products; ANALYZE staged_customers; ANALYZE staged_addresses; ANALYZE staged_invoices;
               ANALYZE staged_lines; ANALYZE staged_units";
    run(tx, sql).await
}

pub(super) async fn drop_tables(tx: &mut Tx) -> Result<()> {
    let sql = "DROP TABLE staged_products; DROP TABLE staged_customers; DROP TABLE staged_addresses;
               DROP TABLE staged_invoices; DROP TABLE staged_lines; DROP TABLE staged_units";
    run(tx, sql).await
}

async fn run(tx: &mut Tx, statements: &'static str) -> Result<()> {
    within!(tx, c => sqlx::raw_sql(statements).execute(c).await.map(|_| ())?);
    Ok(())
}
