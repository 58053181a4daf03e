//! A directory for what a command needs only while it runs.

use std::path::{Path, PathBuf};

use anyhow::Context;
use uuid::Uuid;

/// Removed when it is dropped.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// # Errors
    /// Where the system's directory for temporary files cannot be written.
    pub fn new(purpose: &str) -> anyhow::Result<Directory> {
        let path = std::env::temp_dir().join(format!("rmad-{purpose}-{}", Uuid::new_v4().simple()));
        std::fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Directory { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(directory = %self.path.display(), %error, "a scratch directory could not be removed");
        }
    }
}
