//! The policy in force: read from its files, and read again without a restart.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use tracing::{error, info};

use crate::config;
use crate::policy::{Policies, Policy, PolicyFaults, Written};

/// The policy that decisions are made by, and the files it is read from.
#[derive(Debug)]
pub struct Rulebook {
    settings: config::Policy,
    in_force: RwLock<Arc<Policies>>,
}

impl Rulebook {
    /// # Errors
    /// As [`policies`].
    pub fn open(settings: &config::Policy) -> anyhow::Result<Rulebook> {
        let in_force = RwLock::new(Arc::new(policies(settings)?));
        Ok(Rulebook { settings: settings.clone(), in_force })
    }

    pub fn policies(&self) -> Arc<Policies> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the files again. What comes next is decided by them; where they have faults, by the old ones, and every fault
    /// is logged. Tells whether they are in force.
    pub fn reload(&self) -> bool {
        match policies(&self.settings) {
            Ok(policies) => {
                let versions = named(&policies);
                *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policies);
                info!(versions, "the policy was read again and is in force");
                true
            }
            Err(faults) => {
                log_faults(&faults);
                let versions = named(&self.policies());
                error!(versions, "the policy was read again and not taken; the old one stays in force");
                false
            }
        }
    }
}

/// One line a fault.
fn log_faults(refused: &anyhow::Error) {
    let Some(PolicyFaults(faults)) = refused.downcast_ref() else {
        error!(error = format!("{refused:#}"), "the policy cannot be read");
        return;
    };
    for (file, fault) in faults {
        error!(file, line = fault.line, what = fault.what, remedy = fault.remedy, "the policy has a fault");
    }
}

/// `2024-03, 2026-01`.
fn named(policies: &Policies) -> String {
    policies.versions().map(|policy| policy.version.as_str()).collect::<Vec<_>>().join(", ")
}

/// The policy of the configuration, or the one that is built in.
///
/// # Errors
/// Where a file cannot be read; every fault, with file, line and remedy ([`PolicyFaults`]).
pub fn policies(settings: &config::Policy) -> anyhow::Result<Policies> {
    if settings.files.is_empty() {
        let built_in = Written { file: "the built-in policy", text: Policy::default_text() };
        return Ok(Policies::parse(&[built_in])?);
    }
    read_policies(&settings.files)
}

/// The versions in these files.
///
/// # Errors
/// As [`policies`].
pub fn read_policies(files: &[PathBuf]) -> anyhow::Result<Policies> {
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the policy {name}"))?;
        texts.push((name, text));
    }
    let written: Vec<Written<'_>> = texts.iter().map(|(file, text)| Written { file, text }).collect();
    Ok(Policies::parse(&written)?)
}
