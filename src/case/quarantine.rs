//! Quarantine: messages that cannot be read or answered are kept, byte for byte, until a person decides. Each has a cause
//! that machines can count and a sentence that people can read.

use serde::{Deserialize, Serialize};

use crate::mail::Defect;

/// Why a message is in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Empty,
    NoHeader,
    Garbled,
    NoSender,
    /// The reader's own limits, of size or of parts.
    TooLarge,
    ReaderFailed,
    /// Larger than is fetched from the mailbox: its header alone was kept.
    OverFetchLimit,
    /// The mailbox did not give it: nothing of it was kept.
    NotFetched,
    /// Answering it failed each time.
    NotAnswerable,
    /// The program ended each time that it was to be answered.
    BrokeOff,
}

impl Cause {
    /// Whether all of its bytes were kept, so that it can be processed again.
    pub fn has_all_bytes(self) -> bool {
        !matches!(self, Cause::OverFetchLimit | Cause::NotFetched)
    }

    /// What a person can do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Cause::Empty => "nothing was written: dismiss it",
            Cause::NoHeader | Cause::Garbled | Cause::NoSender | Cause::TooLarge => {
                "read it in the Review folder and answer by hand; then dismiss it"
            }
            Cause::ReaderFailed | Cause::BrokeOff => {
                "report it as a fault of rmad and answer by hand, or process it again with another version"
            }
            Cause::OverFetchLimit => {
                "answer by hand and dismiss it, or raise intake.max_bytes and move it back into the inbox"
            }
            Cause::NotFetched => {
                "move it from the Review folder back into the inbox, or answer by hand; then dismiss it"
            }
            Cause::NotAnswerable => "see to what failed and process it again",
        }
    }
}

impl From<&Defect> for Cause {
    fn from(defect: &Defect) -> Cause {
        match defect {
            Defect::Empty => Cause::Empty,
            Defect::NoHeader => Cause::NoHeader,
            Defect::Garbled => Cause::Garbled,
            Defect::NoSender => Cause::NoSender,
            Defect::ReaderFailed => Cause::ReaderFailed,
            Defect::TooLarge(_) => Cause::TooLarge,
        }
    }
}

impl std::fmt::Display for Cause {
    /// The word that is recorded: `over_fetch_limit`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}
