//! Where an RMA stands, and what happened to a unit.

use std::io::Write;
use std::process::ExitCode;

use crate::case::ledger::{Happened, LedgerEntry};
use crate::cli::sheet::Sheet;
use crate::console::words::{self, day};
use crate::daemon::Desk;
use crate::order::look_alike_key;
use anyhow::bail;

/// Prints an RMA, unit by unit.
pub(super) async fn rma(desk: &Desk, number: &str) -> anyhow::Result<ExitCode> {
    let case = desk.case_named(number).await?;
    let Some(rma) = &case.rma else { bail!("case {} has no RMA", case.number) };
    let mut sheet = Sheet::default();
    sheet.heading(&format!("{}, case {}: {}", rma.number, case.number, words::state(case.state)));
    sheet.field("Customer", &format!("{}, account {}", case.customer, rma.account_number));
    sheet.field("Issued", &day(rma.issued_on));
    sheet.field("Last day", &day(rma.expires_on));
    for unit in &rma.units {
        sheet.field("Unit", &words::rma_unit(unit));
    }
    for statement in &rma.statements {
        sheet.field("Statement", &words::statement(statement));
    }
    write!(std::io::stdout(), "{}", sheet.into_text())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the ledger of a unit: when it was sold, and what happened then.
pub(super) async fn unit(desk: &Desk, serial: &str) -> anyhow::Result<ExitCode> {
    let orders = desk.orders.invoices_of_serial(serial).await?;
    // as the books spell it
    let key = look_alike_key(serial);
    let known = orders.iter().flat_map(|order| &order.lines).flat_map(|line| &line.serials);
    let serial = known.into_iter().find(|known| look_alike_key(known) == key).map_or(serial, String::as_str);
    let entries = desk.store.unit_ledger(serial).await?;
    if orders.is_empty() && entries.is_empty() {
        bail!("no unit with the serial number {serial} is known");
    }
    let mut sheet = Sheet::default();
    sheet.heading(&format!("Unit {serial}"));
    for order in &orders {
        let (invoice, account) = (&order.invoice_number, &order.account_number);
        sheet.field("Order", &format!("invoice {invoice} of {}, account {account}", day(order.invoiced_on)));
    }
    for entry in &entries {
        sheet.field(&day(entry.on), &happened(entry));
    }
    write!(std::io::stdout(), "{}", sheet.into_text())?;
    Ok(ExitCode::SUCCESS)
}

fn happened(entry: &LedgerEntry) -> String {
    let other = entry.other_serial.as_deref().unwrap_or("another unit");
    let what = match entry.what {
        Happened::InRma => "in an RMA".to_owned(),
        Happened::Returned => "came back".to_owned(),
        Happened::Refused => "turned away".to_owned(),
        Happened::Refunded => "refunded".to_owned(),
        Happened::Credited => "credited".to_owned(),
        Happened::Repaired => "repaired".to_owned(),
        Happened::ReplacedBy => format!("replaced by {other}"),
        Happened::Replaces => format!("replaces {other}"),
        Happened::Scrapped => "scrapped".to_owned(),
    };
    format!("{what} ({})", entry.rma_number.as_deref().unwrap_or("without an RMA"))
}
