//! Look-ups, all by index, bounded in what they give back, and the same statements whether or not others have what was
//! asked for.
//!
//! The bounds stand in the statements that every message asks: SQLite prepares a statement anew when its LIMIT is bound.

use std::collections::HashMap;

use super::OrderBook;
use crate::order::{Customer, Gone, GoneAs, Invoice, Line, PaymentMethod, Product, look_alike_key};
use crate::store::stored::{Amount, Day, Json, Word, keys};
use crate::store::{Result, on};

/// The columns of an [`InvoiceRow`], of `invoices i`.
macro_rules! invoice_columns {
    () => {
        "i.invoice_number, i.account_number, i.invoiced_on, i.channel, i.ship_to_country, i.payment_method, i.currency,
         i.freight, i.insurance, i.free_shipping, i.actual_shipping_cost, i.shipped_on, i.delivered_on"
    };
}

impl OrderBook {
    /// All products, by part number; to be kept by the caller for as long as [`revision`](OrderBook::revision) stays.
    pub async fn catalogue(&self) -> Result<Vec<Product>> {
        let sql = "SELECT part_number, title, product_line, serialized, aliases FROM products ORDER BY part_number";
        let rows: Vec<ProductRow> = on!(&self.db, c => sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(Product::from).collect())
    }

    /// A number that every import raises.
    pub async fn revision(&self) -> Result<i64> {
        Ok(on!(&self.db, c => sqlx::query_scalar("SELECT revision FROM order_book").fetch_one(c).await?))
    }

    /// Some invoice and serial numbers, old ones and new ones, to learn the shapes that the vendor's numbers have.
    pub async fn sample_numbers(&self, limit: u32) -> Result<(Vec<String>, Vec<String>)> {
        let invoices = "SELECT invoice_number FROM (SELECT invoice_number FROM invoices ORDER BY invoice_number LIMIT $1) AS old
                        UNION SELECT invoice_number FROM (SELECT invoice_number FROM invoices ORDER BY invoice_number DESC LIMIT $1) AS new";
        let serials = "SELECT serial_number FROM (SELECT serial_number FROM units ORDER BY invoice_number, line LIMIT $1) AS old
                       UNION SELECT serial_number FROM (SELECT serial_number FROM units ORDER BY invoice_number DESC, line DESC LIMIT $1) AS new";
        let limit = i64::from(limit);
        let invoices = on!(&self.db, c => sqlx::query_scalar(invoices).bind(limit).fetch_all(c).await?);
        let serials = on!(&self.db, c => sqlx::query_scalar(serials).bind(limit).fetch_all(c).await?);
        Ok((invoices, serials))
    }

    /// The customers whom an address may speak for: first those who order from it, then those with any address at
    /// `domain`, which is empty where it is nobody's own. At most 1 000: a domain with more is no company.
    pub async fn customers_of_sender(&self, address: &str, domain: &str) -> Result<Vec<Customer>> {
        let sql = "SELECT c.account_number, c.name, c.company, c.emails, c.country
                   FROM (SELECT account_number, MIN(CASE WHEN address = $1 THEN 1 ELSE 2 END) AS distance
                         FROM customer_addresses WHERE address = $1 OR domain = $2 GROUP BY account_number) AS near
                   JOIN customers c ON c.account_number = near.account_number
                   ORDER BY near.distance, c.account_number LIMIT 1000";
        let rows: Vec<CustomerRow> = on!(&self.db, c => sqlx::query_as(sql)
            .bind(address.to_lowercase()).bind(domain.to_lowercase()).fetch_all(c).await?);
        Ok(rows.into_iter().map(Customer::from).collect())
    }

    /// The customers whose account number has one of these look-alike keys.
    pub async fn customers_by_account(&self, account_keys: &[String]) -> Result<Vec<Customer>> {
        let sql = "SELECT account_number, name, company, emails, country FROM customers
                   WHERE account_key IN (SELECT value FROM json_each($1)) ORDER BY account_number LIMIT 1000";
        let rows: Vec<CustomerRow> = on!(&self.db, c => sqlx::query_as(sql)
            .bind(keys(account_keys)).fetch_all(c).await?);
        Ok(rows.into_iter().map(Customer::from).collect())
    }

    /// The invoices of these accounts that one of the keys names, or whose units it names: by look-alike key first, then
    /// by bare key. At most 200; by invoice number where they are equally good.
    pub async fn invoices_of(&self, accounts: &[String], number_keys: &[String]) -> Result<Vec<Invoice>> {
        let sql = concat!("SELECT ", invoice_columns!(), " FROM (
                       SELECT named.invoice_number, MIN(named.strength) AS strength FROM (
                           SELECT invoice_number, 1 AS strength FROM invoices
                           WHERE invoice_key IN (SELECT value FROM json_each($2))
                             AND account_number IN (SELECT value FROM json_each($1))
                           UNION ALL
                           SELECT invoice_number, 2 FROM invoices
                           WHERE bare_key IN (SELECT value FROM json_each($2))
                             AND account_number IN (SELECT value FROM json_each($1))
                           UNION ALL
                           SELECT u.invoice_number, 1 FROM units u JOIN invoices i ON i.invoice_number = u.invoice_number
                           WHERE u.serial_key IN (SELECT value FROM json_each($2))
                             AND i.account_number IN (SELECT value FROM json_each($1))
                           UNION ALL
                           SELECT u.invoice_number, 2 FROM units u JOIN invoices i ON i.invoice_number = u.invoice_number
                           WHERE u.bare_key IN (SELECT value FROM json_each($2))
                             AND i.account_number IN (SELECT value FROM json_each($1))) AS named
                       GROUP BY named.invoice_number ORDER BY MIN(named.strength), named.invoice_number LIMIT 200) AS found
                   JOIN invoices i ON i.invoice_number = found.invoice_number
                   ORDER BY found.strength, i.invoice_number");
        let rows = on!(&self.db, c => sqlx::query_as(sql)
            .bind(keys(accounts)).bind(keys(number_keys)).fetch_all(c).await?);
        self.with_lines(rows).await
    }

    /// Which of these keys name invoices or serial numbers of accounts other than these; by look-alike or bare key. For
    /// staff's eyes alone.
    pub async fn known_elsewhere(&self, accounts: &[String], number_keys: &[String]) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT k.value FROM json_each($2) AS k
             WHERE EXISTS (SELECT 1 FROM invoices i WHERE i.invoice_key = k.value
                           AND i.account_number NOT IN (SELECT value FROM json_each($1)))
                OR EXISTS (SELECT 1 FROM invoices i WHERE i.bare_key = k.value
                           AND i.account_number NOT IN (SELECT value FROM json_each($1)))
                OR EXISTS (SELECT 1 FROM units u JOIN invoices i ON i.invoice_number = u.invoice_number
                           WHERE u.serial_key = k.value AND i.account_number NOT IN (SELECT value FROM json_each($1)))
                OR EXISTS (SELECT 1 FROM units u JOIN invoices i ON i.invoice_number = u.invoice_number
                           WHERE u.bare_key = k.value AND i.account_number NOT IN (SELECT value FROM json_each($1)))
             ORDER BY k.value";
        Ok(on!(&self.db, c => sqlx::query_scalar(sql)
            .bind(keys(accounts)).bind(keys(number_keys)).fetch_all(c).await?))
    }

    /// The orders with a unit whose serial number looks like this one, whoever's they are: for staff.
    pub async fn invoices_of_serial(&self, serial: &str) -> Result<Vec<Invoice>> {
        let sql = concat!(
            "SELECT DISTINCT ",
            invoice_columns!(),
            " FROM units u
                   JOIN invoices i ON i.invoice_number = u.invoice_number WHERE u.serial_key = $1
                   ORDER BY i.invoice_number LIMIT 10"
        );
        let rows = on!(&self.db, c => sqlx::query_as(sql).bind(look_alike_key(serial)).fetch_all(c).await?);
        self.with_lines(rows).await
    }

    /// The invoice with exactly this number.
    pub async fn invoice(&self, number: &str) -> Result<Option<Invoice>> {
        let sql = concat!("SELECT ", invoice_columns!(), " FROM invoices i WHERE i.invoice_number = $1");
        let rows = on!(&self.db, c => sqlx::query_as(sql).bind(number).fetch_all(c).await?);
        Ok(self.with_lines(rows).await?.pop())
    }

    /// Whole invoices: two statements, however many there are, and none where there is no invoice. What was found so
    /// far is the sender's own, so a stranger learns nothing from the time.
    async fn with_lines(&self, rows: Vec<InvoiceRow>) -> Result<Vec<Invoice>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let numbers: Vec<&str> = rows.iter().map(|row| row.invoice_number.as_str()).collect();
        let mut lines = self.lines_of(&keys(&numbers)).await?;
        let whole = |row: InvoiceRow| {
            let lines = lines.remove(&row.invoice_number).unwrap_or_default();
            invoice(row, lines)
        };
        Ok(rows.into_iter().map(whole).collect())
    }

    async fn lines_of(&self, numbers_json: &str) -> Result<HashMap<String, Vec<Line>>> {
        let lines = "SELECT l.invoice_number, l.line, l.quantity, l.unit_price, l.extended_warranty_months,
                            p.part_number, p.title, p.product_line, p.serialized, p.aliases
                     FROM invoice_lines l JOIN products p ON p.part_number = l.part_number
                     WHERE l.invoice_number IN (SELECT value FROM json_each($1)) ORDER BY l.invoice_number, l.line";
        let units = "SELECT invoice_number, line, serial_number, 1 AS quantity, NULL AS gone
                     FROM units WHERE invoice_number IN (SELECT value FROM json_each($1))
                     UNION ALL
                     SELECT invoice_number, line, serial_number, quantity, gone FROM rma_units
                     WHERE invoice_number IN (SELECT value FROM json_each($1)) AND gone IS NOT NULL
                     ORDER BY serial_number";
        let lines: Vec<LineRow> = on!(&self.db, c => sqlx::query_as(lines).bind(numbers_json).fetch_all(c).await?);
        let units: Vec<UnitRow> = on!(&self.db, c => sqlx::query_as(units).bind(numbers_json).fetch_all(c).await?);
        let mut serials: HashMap<(String, i64), Vec<String>> = HashMap::new();
        let mut gone: HashMap<(String, i64), Vec<Gone>> = HashMap::new();
        for row in units {
            let of_line = (row.invoice_number, row.line);
            match (row.serial_number, row.gone) {
                (serial, Some(Word(how))) => {
                    let unit = Gone { serial, quantity: whole(row.quantity)?, how };
                    gone.entry(of_line).or_default().push(unit);
                }
                (Some(serial), None) => serials.entry(of_line).or_default().push(serial),
                (None, None) => {}
            }
        }
        let mut of_invoice: HashMap<String, Vec<Line>> = HashMap::new();
        for row in lines {
            let here = (row.invoice_number.clone(), row.line);
            let serials = serials.remove(&here).unwrap_or_default();
            let gone = gone.remove(&here).unwrap_or_default();
            of_invoice.entry(row.invoice_number.clone()).or_default().push(line(row, serials, gone)?);
        }
        Ok(of_invoice)
    }
}

#[derive(sqlx::FromRow)]
struct ProductRow {
    part_number: String,
    title: String,
    product_line: String,
    serialized: bool,
    aliases: Json<Vec<String>>,
}

#[derive(sqlx::FromRow)]
struct CustomerRow {
    account_number: String,
    name: String,
    company: Option<String>,
    emails: Json<Vec<String>>,
    country: String,
}

#[derive(sqlx::FromRow)]
struct InvoiceRow {
    invoice_number: String,
    account_number: String,
    invoiced_on: Day,
    channel: String,
    ship_to_country: String,
    payment_method: Word<PaymentMethod>,
    currency: String,
    freight: Amount,
    insurance: Amount,
    free_shipping: bool,
    actual_shipping_cost: Amount,
    shipped_on: Option<Day>,
    delivered_on: Option<Day>,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    invoice_number: String,
    line: i64,
    quantity: i64,
    unit_price: Amount,
    extended_warranty_months: i64,
    #[sqlx(flatten)]
    product: ProductRow,
}

/// A unit of a line, or a unit of an RMA that is gone.
#[derive(sqlx::FromRow)]
struct UnitRow {
    invoice_number: String,
    line: i64,
    serial_number: Option<String>,
    quantity: i64,
    gone: Option<Word<GoneAs>>,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Product {
        Product {
            part_number: row.part_number,
            title: row.title,
            product_line: row.product_line,
            serialized: row.serialized,
            aliases: row.aliases.0,
        }
    }
}

impl From<CustomerRow> for Customer {
    fn from(row: CustomerRow) -> Customer {
        Customer {
            account_number: row.account_number,
            name: row.name,
            company: row.company,
            emails: row.emails.0,
            country: row.country,
        }
    }
}

fn invoice(row: InvoiceRow, lines: Vec<Line>) -> Invoice {
    Invoice {
        invoice_number: row.invoice_number,
        account_number: row.account_number,
        invoiced_on: row.invoiced_on.0,
        channel: row.channel,
        ship_to_country: row.ship_to_country,
        payment_method: row.payment_method.0,
        currency: row.currency,
        freight: row.freight.0,
        insurance: row.insurance.0,
        free_shipping: row.free_shipping,
        actual_shipping_cost: row.actual_shipping_cost.0,
        shipped_on: row.shipped_on.map(|day| day.0),
        delivered_on: row.delivered_on.map(|day| day.0),
        lines,
    }
}

fn whole(number: i64) -> Result<u32> {
    Ok(u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))?)
}

fn line(row: LineRow, serials: Vec<String>, gone: Vec<Gone>) -> Result<Line> {
    Ok(Line {
        line: whole(row.line)?,
        product: row.product.into(),
        quantity: whole(row.quantity)?,
        unit_price: row.unit_price.0,
        extended_warranty_months: whole(row.extended_warranty_months)?,
        serials,
        gone,
    })
}
