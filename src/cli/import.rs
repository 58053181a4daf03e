//! `rmad import`: order data from CSV files, all or nothing.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use indicatif::ProgressBar;
use secrecy::ExposeSecret;

use super::Global;
use crate::config::{Config, Environment};
use crate::order_book::{self, Step};
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Holds products.csv, customers.csv, invoices.csv, invoice_lines.csv and units.csv
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Imports the files and says how many rows they had.
///
/// # Errors
/// Every fault of the files, with file and line; the order data is then what it was. Or where the configuration or the
/// store cannot be used.
pub async fn run(args: &Args, global: &Global) -> anyhow::Result<ExitCode> {
    let (_, store) = Config::for_store(&global.config, &Environment::of_process())?;
    let store = Store::open(store.url.expose_secret()).await?;
    let progress = spinner();
    let imported =
        order_book::import(&args.directory, store.db(), &mut |step| progress.set_message(described(step))).await;
    progress.finish_and_clear();
    let counts = imported.with_context(|| format!("order data in {}", args.directory.display()))?;
    writeln!(
        std::io::stdout(),
        "imported {} products, {} customers, {} invoices with {} lines, {} units",
        counts.products,
        counts.customers,
        counts.invoices,
        counts.lines,
        counts.units
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Shows what the import is at, on a terminal only. How long the files are is not known before they are read.
fn spinner() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

fn described(step: Step) -> String {
    match step {
        Step::Reading { file, rows } => format!("reading {file}, {rows} rows"),
        Step::Checking => "checking what belongs together".to_owned(),
        Step::Writing => "writing".to_owned(),
    }
}
