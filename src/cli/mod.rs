//! The command line: one file a command.
//!
//! Exit status 0: done. 1: it failed and said why on standard error. 2: wrong usage. Nothing but results on standard
//! output.

mod check;
mod demo;
mod explain;
mod import;
mod init;
mod quarantine;
mod read;
mod replay;
mod rma;
mod run;
mod saved_mail;
mod scratch;
mod sending;
mod sheet;
mod values;
mod whatif;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

use crate::telemetry::Format;

/// The returns desk of a support mailbox: reads, judges by the policy, answers
#[derive(Debug, Parser)]
#[command(name = "rmad", version)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// The configuration
    #[arg(long, global = true, value_name = "FILE", env = "RMAD_CONFIG", default_value = "rmad.toml")]
    pub config: PathBuf,
    /// How the log on standard error looks
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub log_format: Format,
    /// Log more; twice for everything
    #[arg(short, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented configuration to start from
    Init(init::Args),
    /// Read the configuration and report every fault
    Check(check::Args),
    /// Take in order data from CSV files, all or nothing
    Import(import::Args),
    /// A sandbox in one command: sample orders, sample mail, and the real daemon at work on them
    Demo(demo::Args),
    /// The daemon: intake, replies, reminders, console
    Run,
    /// What would the daemon have done? Runs saved mail through the whole pipeline and sends nothing
    Replay(replay::Args),
    /// How is a message read? Needs neither order data nor a store
    Read(read::Args),
    /// What staff do with an RMA, from its package to its end
    Rma(rma::Args),
    /// Whether mail leaves; stops it, or lets it go on
    Sending(sending::Args),
    /// What could not be read or answered, and what to do about it
    Quarantine(quarantine::Args),
    /// Why does a case stand where it stands?
    Explain(explain::Args),
    /// What would have been decided under another policy? Sends and writes nothing
    Whatif(whatif::Args),
}

/// Runs the command that was asked for.
///
/// # Errors
/// What kept the command from being done.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Init(args) => init::run(&args).await,
        Command::Check(args) => check::run(&args, &global).await,
        Command::Import(args) => import::run(&args, &global).await,
        Command::Demo(args) => demo::run(&args).await,
        Command::Run => run::run(&global).await,
        Command::Replay(args) => replay::run(&args, &global).await,
        Command::Read(args) => read::run(&args, &global).await,
        Command::Rma(args) => rma::run(args, &global).await,
        Command::Sending(args) => sending::run(args, &global).await,
        Command::Quarantine(args) => quarantine::run(args, &global).await,
        Command::Explain(args) => explain::run(&args, &global).await,
        Command::Whatif(args) => whatif::run(&args, &global).await,
    }
}

/// Shows how far long work has come, on a terminal only.
fn progress_bar(length: usize) -> indicatif::ProgressBar {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    if std::io::stderr().is_terminal() { indicatif::ProgressBar::new(length) } else { indicatif::ProgressBar::hidden() }
}
