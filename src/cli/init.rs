//! `rmad init`: files to start from.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

/// What is written: name and text.
const FILES: [(&str, &str); 2] =
    [("rmad.toml", include_str!("../../config/rmad.toml")), ("policy.toml", include_str!("../../config/policy.toml"))];

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to; it is made when it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

/// Writes the files, all or none, and says which.
///
/// # Errors
/// When one of them is there already or cannot be written.
pub async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let directory = &args.directory;
    for (name, _) in FILES {
        let path = directory.join(name);
        if path.try_exists().with_context(|| format!("cannot look at {}", path.display()))? {
            bail!("{} is there already; nothing was written. Move it away, or name another directory", path.display());
        }
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot make the directory {}", directory.display()))?;
    let mut out = std::io::stdout().lock();
    for (name, text) in FILES {
        let path = directory.join(name);
        write_new(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
