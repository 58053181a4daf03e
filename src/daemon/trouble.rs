//! What the daemon tries in vain: a password that was changed, a token that has expired, a server that is gone. The log
//! tells of each attempt; whoever reads no log sees it in the console, in the metrics and in the digest.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// What passes within this time is nobody's concern.
const LASTING: SignedDuration = SignedDuration::from_mins(15);

/// A part of the daemon that fails again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What is tried: `reading the mailbox`.
    pub what: &'static str,
    /// Since its first failure after the last success.
    pub since: Timestamp,
    /// How it failed last.
    pub error: String,
}

/// What fails now, as far as this process knows.
#[derive(Debug, Default)]
pub struct Troubles(Mutex<BTreeMap<&'static str, Trouble>>);

impl Troubles {
    pub fn failed(&self, what: &'static str, error: &str, now: Timestamp) {
        let mut troubles = self.locked();
        let trouble = troubles.entry(what).or_insert_with(|| Trouble { what, since: now, error: String::new() });
        error.clone_into(&mut trouble.error);
    }

    pub fn succeeded(&self, what: &'static str) {
        self.locked().remove(what);
    }

    /// What has failed for so long that a person has to see to it.
    pub fn lasting(&self, now: Timestamp) -> Vec<Trouble> {
        let is_lasting = |trouble: &&Trouble| now.duration_since(trouble.since) >= LASTING;
        self.locked().values().filter(is_lasting).cloned().collect()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<&'static str, Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
