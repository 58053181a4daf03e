//! `rmad check`: is the configuration in order?

use std::io::Write;
use std::process::ExitCode;

use super::Global;
use crate::config::{Config, Environment};

/// Says that all is well.
///
/// # Errors
/// Every fault, with file, line and remedy.
pub async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    Config::load(&global.config, &Environment::of_process())?;
    writeln!(std::io::stdout(), "{} is in order", global.config.display())?;
    Ok(ExitCode::SUCCESS)
}
