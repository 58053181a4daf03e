//! `rmad sending`: whether mail leaves, and stopping it or letting it go on by hand.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use jiff::SignedDuration;
use secrecy::ExposeSecret;

use super::Global;
use super::values::words;
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::store::Stop;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    /// Who does it
    #[arg(long, global = true, value_name = "NAME", env = "USER", default_value = "staff", value_parser = words)]
    by: String,
    /// Why, for the record
    #[arg(long, global = true, value_name = "TEXT", value_parser = words)]
    why: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Whether mail leaves, and how much waits
    Show,
    /// Nothing leaves from now on
    Stop,
    /// What waits leaves again
    Resume,
}

/// Carries it out and says how things stand then.
///
/// # Errors
/// Where the configuration or the store cannot be used, or sending stands as it is asked to already.
pub async fn run(args: Args, global: &Global) -> anyhow::Result<ExitCode> {
    let (settings, sending, store) = Config::for_staff(&global.config, &Environment::of_process())?;
    let store = super::explain::open(store.url.expose_secret()).await?;
    let now = Clock::system().now();
    match args.action {
        Action::Show => {}
        Action::Stop => {
            let why = args.why.unwrap_or_else(|| "by hand".to_owned());
            if !store.stop_sending(&Stop { at: now, by: args.by, why }).await? {
                bail!("sending is stopped already");
            }
        }
        Action::Resume => {
            if store.resume_sending(&args.by, args.why.as_deref(), now).await?.is_none() {
                bail!("sending is not stopped");
            }
        }
    }
    let (waiting, left) = (store.due(now).await?, store.handed_over_since(now - SignedDuration::from_hours(1)).await?);
    let mut out = std::io::stdout();
    match store.stopped().await? {
        Some(Stop { at, by, why }) => {
            let since = at.to_zoned(settings.vendor.time_zone).strftime("%-d %b %Y, %H:%M").to_string();
            writeln!(out, "Stopped since {since} by {by}: {why}")?;
        }
        None => writeln!(out, "Sending goes on: {left} left within the hour, of {}", sending.limits.per_hour)?,
    }
    writeln!(out, "{waiting} due to be sent")?;
    Ok(ExitCode::SUCCESS)
}
