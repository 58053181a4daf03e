//! The rows of the five files as they are read: which columns they have, what is right and what is known from it.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::BATCH;
use super::csv_file::Row;
use super::stage::{Staged, insert};
use crate::order::{PaymentMethod, bare_key, look_alike_key};
use crate::store::stored::{Amount, Day, Json, Text, Word};
use crate::store::{Result, Tx, within};

pub(super) struct ProductRow {
    file_line: i64,
    part_number: String,
    title: String,
    product_line: String,
    serialized: bool,
    aliases: Vec<String>,
}

impl Staged for ProductRow {
    const FILE: &'static str = "products.csv";
    const COLUMNS: &'static [&'static str] = &["part_number", "title", "product_line", "serialized", "aliases"];

    fn read(row: &Row<'_>) -> std::result::Result<ProductRow, String> {
        Ok(ProductRow {
            file_line: row.line,
            part_number: row.number("part_number")?,
            title: row.text("title").unwrap_or_default().to_owned(),
            product_line: row.number("product_line")?,
            serialized: row.yes_or_no("serialized")?.ok_or("serialized is empty")?,
            aliases: row.list("aliases"),
        })
    }

    async fn stage(tx: &mut Tx, rows: &[ProductRow]) -> Result<()> {
        insert!(tx, "INSERT INTO staged_products (file_line, part_number, title, product_line, serialized, aliases) ",
            rows, row => [row.file_line, &row.part_number, Text(&row.title), &row.product_line, row.serialized,
                          Json(&row.aliases)]);
        Ok(())
    }
}

pub(super) struct CustomerRow {
    file_line: i64,
    account_number: String,
    account_key: String,
    name: String,
    company: Option<String>,
    /// Lower case.
    emails: Vec<String>,
    country: String,
}

impl Staged for CustomerRow {
    const FILE: &'static str = "customers.csv";
    const COLUMNS: &'static [&'static str] = &["account_number", "name", "company", "emails", "country"];

    fn read(row: &Row<'_>) -> std::result::Result<CustomerRow, String> {
        let account_number = row.number("account_number")?;
        let emails: Vec<String> = row.list("emails").iter().map(|email| email.to_lowercase()).collect();
        if let Some(odd) = emails.iter().find(|email| domain(email).is_none()) {
            return Err(format!("emails holds {odd:?}, which is no address"));
        }
        Ok(CustomerRow {
            file_line: row.line,
            account_key: look_alike_key(&account_number),
            account_number,
            name: row.text("name").unwrap_or_default().to_owned(),
            company: row.text("company").map(str::to_owned),
            emails,
            country: if row.text("country").is_some() { row.code("country", 2)? } else { String::new() },
        })
    }

    async fn stage(tx: &mut Tx, rows: &[CustomerRow]) -> Result<()> {
        insert!(tx, "INSERT INTO staged_customers (file_line, account_number, account_key, name, company, emails, country) ",
            rows, row => [row.file_line, &row.account_number, &row.account_key, Text(&row.name),
                          row.company.as_deref().map(Text), Json(&row.emails), &row.country]);
        let addresses: Vec<(&str, &str, &str)> = rows.iter().flat_map(CustomerRow::addresses).collect();
        for some in addresses.chunks(BATCH) {
            insert!(tx, "INSERT INTO staged_addresses (address, domain, account_number) ",
                some, (address, domain, account) => [*address, *domain, *account]);
        }
        Ok(())
    }
}

impl CustomerRow {
    /// Each address with its domain and the account.
    fn addresses(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let whole = |email| Some((email, domain(email)?, self.account_number.as_str()));
        self.emails.iter().map(String::as_str).filter_map(whole)
    }
}

/// What stands behind the last `@` of an address; `None` where it is no address, or one that nobody has.
fn domain(address: &str) -> Option<&str> {
    let (local, domain) = address.rsplit_once('@')?;
    let plain = address.len() <= 320 && !address.chars().any(|c| c.is_control() || c.is_whitespace());
    (plain && !local.is_empty() && !domain.is_empty()).then_some(domain)
}

pub(super) struct InvoiceRow {
    file_line: i64,
    invoice_number: String,
    invoice_key: String,
    bare_key: Option<String>,
    account_number: String,
    invoiced_on: Date,
    channel: String,
    ship_to_country: String,
    payment_method: PaymentMethod,
    currency: String,
    freight: Decimal,
    insurance: Decimal,
    free_shipping: bool,
    actual_shipping_cost: Decimal,
    shipped_on: Option<Date>,
    delivered_on: Option<Date>,
}

impl Staged for InvoiceRow {
    const FILE: &'static str = "invoices.csv";
    const COLUMNS: &'static [&'static str] = &[
        "invoice_number",
        "account_number",
        "invoiced_on",
        "channel",
        "ship_to_country",
        "payment_method",
        "currency",
        "freight",
        "insurance",
        "free_shipping",
        "actual_shipping_cost",
        "shipped_on",
        "delivered_on",
    ];

    fn read(row: &Row<'_>) -> std::result::Result<InvoiceRow, String> {
        let invoice_number = row.number("invoice_number")?;
        let channel = row.required("channel")?;
        Ok(InvoiceRow {
            file_line: row.line,
            invoice_key: look_alike_key(&invoice_number),
            bare_key: bare_key(&invoice_number),
            invoice_number,
            account_number: row.number("account_number")?,
            invoiced_on: row.day("invoiced_on")?.ok_or("invoiced_on is empty")?,
            channel: if channel.eq_ignore_ascii_case("direct") { "direct" } else { channel }.to_owned(),
            ship_to_country: row.code("ship_to_country", 2)?,
            payment_method: payment_method(row.text("payment_method"))?,
            currency: row.code("currency", 3)?,
            freight: row.money("freight")?,
            insurance: row.money("insurance")?,
            free_shipping: row.yes_or_no("free_shipping")?.unwrap_or(false),
            actual_shipping_cost: row.money("actual_shipping_cost")?,
            shipped_on: row.day("shipped_on")?,
            delivered_on: row.day("delivered_on")?,
        })
    }

    async fn stage(tx: &mut Tx, rows: &[InvoiceRow]) -> Result<()> {
        insert!(tx, "INSERT INTO staged_invoices (file_line, invoice_number, invoice_key, bare_key, account_number,
                         invoiced_on, channel, ship_to_country, payment_method, currency, freight, insurance,
                         free_shipping, actual_shipping_cost, shipped_on, delivered_on) ",
            rows, row => [row.file_line, &row.invoice_number, &row.invoice_key, &row.bare_key, &row.account_number,
                          Day(row.invoiced_on), Text(&row.channel), &row.ship_to_country, Word(row.payment_method),
                          &row.currency, Amount(row.freight), Amount(row.insurance), row.free_shipping,
                          Amount(row.actual_shipping_cost), row.shipped_on.map(Day), row.delivered_on.map(Day)]);
        Ok(())
    }
}

fn payment_method(text: Option<&str>) -> std::result::Result<PaymentMethod, String> {
    match text {
        None => Ok(PaymentMethod::Other),
        Some("credit_card") => Ok(PaymentMethod::CreditCard),
        Some("paypal") => Ok(PaymentMethod::Paypal),
        Some("wire") => Ok(PaymentMethod::Wire),
        Some("check") => Ok(PaymentMethod::Check),
        Some("net_terms") => Ok(PaymentMethod::NetTerms),
        Some(other) => Err(format!("payment_method {other:?} is none of credit_card, paypal, wire, check, net_terms")),
    }
}

pub(super) struct LineRow {
    file_line: i64,
    invoice_number: String,
    line: i64,
    part_number: String,
    quantity: i64,
    unit_price: Decimal,
    extended_warranty_months: i64,
}

impl Staged for LineRow {
    const FILE: &'static str = "invoice_lines.csv";
    const COLUMNS: &'static [&'static str] =
        &["invoice_number", "line", "part_number", "quantity", "unit_price", "extended_warranty_months"];

    fn read(row: &Row<'_>) -> std::result::Result<LineRow, String> {
        row.required("unit_price")?;
        Ok(LineRow {
            file_line: row.line,
            invoice_number: row.number("invoice_number")?,
            line: row.count("line")?.ok_or("line is empty")?,
            part_number: row.number("part_number")?,
            quantity: row.count("quantity")?.filter(|quantity| *quantity > 0).ok_or("quantity is not above zero")?,
            unit_price: row.money("unit_price")?,
            extended_warranty_months: row.count("extended_warranty_months")?.unwrap_or(0),
        })
    }

    async fn stage(tx: &mut Tx, rows: &[LineRow]) -> Result<()> {
        insert!(tx, "INSERT INTO staged_lines (file_line, invoice_number, line, part_number, quantity, unit_price,
                         extended_warranty_months) ",
            rows, row => [row.file_line, &row.invoice_number, row.line, &row.part_number, row.quantity,
                          Amount(row.unit_price), row.extended_warranty_months]);
        Ok(())
    }
}

pub(super) struct UnitRow {
    file_line: i64,
    serial_number: String,
    serial_key: String,
    bare_key: Option<String>,
    invoice_number: String,
    line: i64,
}

impl Staged for UnitRow {
    const FILE: &'static str = "units.csv";
    const COLUMNS: &'static [&'static str] = &["serial_number", "invoice_number", "line"];

    fn read(row: &Row<'_>) -> std::result::Result<UnitRow, String> {
        let serial_number = row.number("serial_number")?;
        Ok(UnitRow {
            file_line: row.line,
            serial_key: look_alike_key(&serial_number),
            bare_key: bare_key(&serial_number),
            serial_number,
            invoice_number: row.number("invoice_number")?,
            line: row.count("line")?.ok_or("line is empty")?,
        })
    }

    async fn stage(tx: &mut Tx, rows: &[UnitRow]) -> Result<()> {
        insert!(tx, "INSERT INTO staged_units (file_line, serial_number, serial_key, bare_key, invoice_number, line) ",
            rows, row => [row.file_line, &row.serial_number, &row.serial_key, &row.bare_key, &row.invoice_number,
                          row.line]);
        Ok(())
    }
}
