//! Where an RMA stands, and what happened to a unit.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use jiff::civil::Date;

use crate::case::ledger::{Happened, LedgerEntry};
use crate::case::steps::{named, standing};
use crate::case::{Rma, RmaUnit};
use crate::cli::sheet::Sheet;
use crate::console::words::{self, day};
use crate::daemon::Desk;

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
        sheet.field("Unit", &described(unit));
    }
    statements(&mut sheet, rma);
    write!(std::io::stdout(), "{}", sheet.into_text())?;
    Ok(ExitCode::SUCCESS)
}

fn described(unit: &RmaUnit) -> String {
    let steps = [
        unit.arrival.as_ref().map(|arrival| ("received", arrival.on)),
        unit.inspection.as_ref().map(|inspection| ("inspected", inspection.on)),
        unit.ended.as_ref().map(|ended| (ended.how.word(), ended.on)),
    ];
    let dated = |(what, on): (&str, Date)| format!("{what} {}", day(on));
    let steps: Vec<String> = steps.into_iter().flatten().map(dated).collect();
    let standing = if steps.is_empty() { standing(unit).to_owned() } else { steps.join(", ") };
    format!("{} ({}), invoice {}: {standing}", named(unit), unit.part_number, unit.invoice_number)
}

fn statements(sheet: &mut Sheet, rma: &Rma) {
    for statement in &rma.statements {
        let estimate = &statement.estimate;
        let paid = statement.settled_on.map_or("not paid yet".to_owned(), |on| format!("paid {}", day(on)));
        let sum =
            format!("{} {}, invoice {}, {paid}", estimate.refund_high, estimate.currency, statement.invoice_number);
        sheet.field("Statement", &format!("{}: {sum}", day(statement.on)));
    }
}

/// Prints the ledger of a unit: when it was sold, and what happened then.
pub(super) async fn unit(desk: &Desk, serial: &str) -> anyhow::Result<ExitCode> {
    let orders = desk.orders.orders_of_serial(serial).await?;
    let entries = desk.store.unit_ledger(serial).await?;
    if orders.is_empty() && entries.is_empty() {
        bail!("no unit with the serial number {serial} is known");
    }
    let mut sheet = Sheet::default();
    sheet.heading(&format!("Unit {serial}"));
    sheet.field("Stands on", &orders.join("; "));
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
    format!("{what} ({})", entry.rma_number)
}
