//! Arguments, logging, and the start of a command; nothing else.

use std::process::ExitCode;

use clap::Parser;
use rmad::cli::{self, Arguments};
use rmad::telemetry;

#[tokio::main]
async fn main() -> ExitCode {
    match start(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("rmad: {}", telemetry::harmless(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

async fn start(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let installed = rustls::crypto::ring::default_provider().install_default();
    installed.map_err(|_| anyhow::anyhow!("a TLS provider is installed already"))?;
    telemetry::start(arguments.global.log_format, arguments.global.verbose)?;
    cli::run(arguments).await
}
