//! From the temporary tables into the lasting ones. A row that says what is known already is not written again.

use crate::store::{Result, Tx, change};

/// Comes before anything else on a lasting table: this write takes SQLite's write lock, and on PostgreSQL it makes a second
/// import wait for the first.
pub(super) async fn raise_revision(tx: &mut Tx) -> Result<()> {
    change!(tx, sqlx::query("UPDATE order_book SET revision = revision + 1"));
    Ok(())
}

/// Merges all tables, each after those that it refers to.
pub(super) async fn merge(tx: &mut Tx) -> Result<()> {
    for statement in STATEMENTS {
        change!(tx, sqlx::query(*statement));
    }
    Ok(())
}

const STATEMENTS: &[&str] = &[
    "INSERT INTO products (part_number, title, product_line, serialized, aliases)
     SELECT part_number, title, product_line, serialized, aliases FROM staged_products WHERE true
     ON CONFLICT (part_number) DO UPDATE SET title = excluded.title, product_line = excluded.product_line,
         serialized = excluded.serialized, aliases = excluded.aliases
     WHERE (products.title, products.product_line, products.serialized, products.aliases)
           IS DISTINCT FROM (excluded.title, excluded.product_line, excluded.serialized, excluded.aliases)",
    "INSERT INTO customers (account_number, account_key, name, company, emails, country)
     SELECT account_number, account_key, name, company, emails, country FROM staged_customers WHERE true
     ON CONFLICT (account_number) DO UPDATE SET account_key = excluded.account_key, name = excluded.name,
         company = excluded.company, emails = excluded.emails, country = excluded.country
     WHERE (customers.account_key, customers.name, customers.company, customers.emails, customers.country)
           IS DISTINCT FROM (excluded.account_key, excluded.name, excluded.company, excluded.emails, excluded.country)",
    "DELETE FROM customer_addresses
     WHERE account_number IN (SELECT account_number FROM staged_customers)
       AND NOT EXISTS (SELECT 1 FROM staged_addresses s WHERE s.account_number = customer_addresses.account_number
                                                          AND s.address = customer_addresses.address)",
    "INSERT INTO customer_addresses (address, domain, account_number)
     SELECT address, domain, account_number FROM staged_addresses WHERE true
     ON CONFLICT (address, account_number) DO NOTHING",
    "INSERT INTO invoices (invoice_number, invoice_key, bare_key, account_number, invoiced_on, channel, ship_to_country,
         payment_method, currency, freight, insurance, free_shipping, actual_shipping_cost, shipped_on, delivered_on)
     SELECT invoice_number, invoice_key, bare_key, account_number, invoiced_on, channel, ship_to_country,
         payment_method, currency, freight, insurance, free_shipping, actual_shipping_cost, shipped_on, delivered_on
     FROM staged_invoices WHERE true ORDER BY invoice_number
     ON CONFLICT (invoice_number) DO UPDATE SET invoice_key = excluded.invoice_key, bare_key = excluded.bare_key,
         account_number = excluded.account_number, invoiced_on = excluded.invoiced_on, channel = excluded.channel,
         ship_to_country = excluded.ship_to_country, payment_method = excluded.payment_method,
         currency = excluded.currency, freight = excluded.freight, insurance = excluded.insurance,
         free_shipping = excluded.free_shipping, actual_shipping_cost = excluded.actual_shipping_cost,
         shipped_on = excluded.shipped_on, delivered_on = excluded.delivered_on
     WHERE (invoices.invoice_key, invoices.bare_key, invoices.account_number, invoices.invoiced_on, invoices.channel,
            invoices.ship_to_country, invoices.payment_method, invoices.currency, invoices.freight, invoices.insurance,
            invoices.free_shipping, invoices.actual_shipping_cost, invoices.shipped_on, invoices.delivered_on)
           IS DISTINCT FROM
           (excluded.invoice_key, excluded.bare_key, excluded.account_number, excluded.invoiced_on, excluded.channel,
            excluded.ship_to_country, excluded.payment_method, excluded.currency, excluded.freight, excluded.insurance,
            excluded.free_shipping, excluded.actual_shipping_cost, excluded.shipped_on, excluded.delivered_on)",
    "INSERT INTO invoice_lines (invoice_number, line, part_number, quantity, unit_price, extended_warranty_months)
     SELECT invoice_number, line, part_number, quantity, unit_price, extended_warranty_months
     FROM staged_lines WHERE true ORDER BY invoice_number, line
     ON CONFLICT (invoice_number, line) DO UPDATE SET part_number = excluded.part_number,
         quantity = excluded.quantity, unit_price = excluded.unit_price,
         extended_warranty_months = excluded.extended_warranty_months
     WHERE (invoice_lines.part_number, invoice_lines.quantity, invoice_lines.unit_price,
            invoice_lines.extended_warranty_months)
           IS DISTINCT FROM
           (excluded.part_number, excluded.quantity, excluded.unit_price, excluded.extended_warranty_months)",
    // A unit that stood on another line until now.
    "DELETE FROM units WHERE (serial_number, invoice_number, line) IN (
         SELECT u.serial_number, u.invoice_number, u.line
         FROM staged_units s
         JOIN units u ON u.serial_number = s.serial_number
              AND (u.invoice_number <> s.invoice_number OR u.line <> s.line) AND u.replaces IS NULL
         JOIN invoice_lines here ON here.invoice_number = s.invoice_number AND here.line = s.line
         JOIN invoice_lines there ON there.invoice_number = u.invoice_number AND there.line = u.line
         WHERE there.part_number = here.part_number)",
    "INSERT INTO units (serial_number, invoice_number, line, serial_key, bare_key)
     SELECT serial_number, invoice_number, line, serial_key, bare_key
     FROM staged_units WHERE true ORDER BY serial_number
     ON CONFLICT (serial_number, invoice_number, line) DO UPDATE SET serial_key = excluded.serial_key,
         bare_key = excluded.bare_key
     WHERE (units.serial_key, units.bare_key) IS DISTINCT FROM (excluded.serial_key, excluded.bare_key)",
    "ANALYZE customers",
    "ANALYZE customer_addresses",
    "ANALYZE invoices",
    "ANALYZE invoice_lines",
    "ANALYZE units",
];
