//! The inbox we read: what is new in it, the messages themselves, and the folders they go to once they are kept.
//!
//! The way to use it: [`Mailbox::list`] until it lists nothing, [`Mailbox::fetch`] what is listed in the portions of
//! [`portions`], keep it, [`Mailbox::file`] what is kept, then [`Mailbox::wait`] and list again, whatever `wait` said.
//! A connection is opened when it is first needed and given up after any error; the next call opens another, and how
//! long to pause before it is what [`backoff`] says. Nothing here marks a message as read: staff read the mailbox too.
//!
//! A message is known by UIDVALIDITY and UID (RFC 3501, section 2.3.1.1). Whatever takes UIDs therefore takes the
//! UIDVALIDITY they belong to, and refuses to touch a mailbox that has been renumbered since.

mod fetching;
mod filing;
mod guard;
mod imap;
mod maildir;
mod session;
mod utf7;
mod waiting;

use std::time::Duration;

use jiff::Timestamp;

use crate::tls::LineError;

pub use imap::{Imap, ImapSettings};
pub use maildir::{Maildir, MaildirSettings};

/// The inbox of whichever kind was configured.
#[derive(Debug)]
pub enum Mailbox {
    Imap(Box<Imap>),
    Maildir(Maildir),
}

/// Which inbox to read.
#[derive(Debug, Clone)]
pub enum MailboxSettings {
    Imap(ImapSettings),
    Maildir(MaildirSettings),
}

/// How far a mailbox has been listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub uid_validity: i64,
    pub last_uid: i64,
}

/// A batch of messages that lie in the inbox; empty when there is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub uid_validity: i64,
    pub messages: Vec<Listed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub uid: i64,
    /// In bytes, as the server says; some servers only estimate it.
    pub size: u64,
}

/// One message as it lies in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub uid: i64,
    /// When it arrived (INTERNALDATE); `None` where the server's date cannot be read.
    pub received_at: Option<Timestamp>,
    /// The whole message, byte for byte; its header alone where it is oversized.
    pub raw: Vec<u8>,
    /// Set where the message is larger than is read: its size in bytes.
    pub oversized: Option<u64>,
}

/// Where a message goes that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Folder {
    Processed,
    Review,
}

#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    #[error(transparent)]
    Line(#[from] LineError),
    #[error("the mail server refused the login: {0}; check username and password")]
    Login(String),
    #[error("the connection to the mail server is lost: {0}")]
    Lost(String),
    #[error("the mail server refused {command}: {text}")]
    Refused { command: &'static str, text: String },
    #[error("the mailbox has been renumbered (UIDVALIDITY {expected} is now {found}); list it again")]
    Renumbered { expected: i64, found: i64 },
    #[error("there is no {path}: a Maildir has the directories new and cur; check path in [intake], or make it")]
    NoMaildir { path: String },
    #[error("cannot {action} {path}: {reason}")]
    Disk { action: &'static str, path: String, reason: String },
}

impl Mailbox {
    /// Takes the settings; the first connection is made by the first call that needs one.
    pub fn open(settings: MailboxSettings) -> Mailbox {
        match settings {
            MailboxSettings::Imap(settings) => Mailbox::Imap(Box::new(Imap::new(settings))),
            MailboxSettings::Maildir(settings) => Mailbox::Maildir(Maildir::new(settings)),
        }
    }

    /// Names the mailbox in the ledger, the same in every run: `imap://user%40vendor.example@host/INBOX`.
    pub fn name(&self) -> String {
        match self {
            Mailbox::Imap(imap) => imap.name(),
            Mailbox::Maildir(maildir) => maildir.name(),
        }
    }

    /// The next batch of messages after the cursor, in order; everything where UIDVALIDITY has changed since.
    ///
    /// A Maildir knows no such order and passes over the cursor: there, each call goes on where the last one ended, an
    /// empty listing ends the pass, and the call after that begins a new one.
    pub async fn list(&mut self, after: Option<Cursor>) -> Result<Listing, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.list(after).await,
            Mailbox::Maildir(maildir) => maildir.list().await,
        }
    }

    /// These messages, whole, without marking them as read. One that has gone in the meantime is left out; a message
    /// that was cut short is an error, never a result. After an error fetch them one by one, so that a message that the
    /// server or its answer's reader chokes on holds up no other.
    pub async fn fetch(&mut self, uid_validity: i64, wanted: &[Listed]) -> Result<Vec<Fetched>, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.fetch(uid_validity, wanted).await,
            Mailbox::Maildir(maildir) => maildir.fetch(wanted).await,
        }
    }

    /// Moves messages out of the inbox, into folders that are made where they are missing. One that is gone already is
    /// no error, so what failed can be filed again.
    pub async fn file(&mut self, uid_validity: i64, moves: &[(i64, Folder)]) -> Result<(), MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.file(uid_validity, moves).await,
            Mailbox::Maildir(maildir) => maildir.file(moves).await,
        }
    }

    /// Every UID that lies in the inbox now, with the UIDVALIDITY they belong to: for reconciliation.
    pub async fn uids(&mut self) -> Result<(i64, Vec<i64>), MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.uids().await,
            Mailbox::Maildir(maildir) => maildir.uids().await,
        }
    }

    /// Waits for news, at most this long, and says whether there was any. A "no" is not to be relied on (a server may
    /// be mute): list anyway. Dropping the future costs the connection, nothing else.
    pub async fn wait(&mut self, limit: Duration) -> Result<bool, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.wait(limit).await,
            Mailbox::Maildir(maildir) => maildir.wait(limit).await,
        }
    }

    /// Tries the connection afresh and says in one sentence what was found: for `rmad check --connect`.
    pub async fn check(&mut self) -> Result<String, MailboxError> {
        match self {
            Mailbox::Imap(imap) => imap.check().await,
            Mailbox::Maildir(maildir) => maildir.check().await,
        }
    }
}

/// What to fetch at once: portions of at most 4 MiB and 200 messages, so that many small messages travel together and
/// memory stays bounded. A larger message is a portion by itself.
pub fn portions(listed: &[Listed]) -> Vec<&[Listed]> {
    const BYTES: u64 = 4 * 1024 * 1024;
    const MESSAGES: usize = 200;
    let mut portions = Vec::new();
    let mut rest = listed;
    while !rest.is_empty() {
        let mut bytes = 0_u64;
        let fitting = rest.iter().take(MESSAGES).take_while(|listed| {
            bytes = listed.size.saturating_add(bytes);
            bytes <= BYTES
        });
        let (portion, others) = rest.split_at(fitting.count().max(1));
        portions.push(portion);
        rest = others;
    }
    portions
}

/// How long to pause before attempt `attempt` (0 is the first repetition): one second, doubled each time up to five
/// minutes, and of that a part between half and all that `seed` picks, so that several daemons do not return together.
pub fn backoff(attempt: u32, seed: u64) -> Duration {
    const LONGEST: u64 = 300_000;
    let full = 1000_u64.saturating_mul(1 << attempt.min(20)).min(LONGEST);
    Duration::from_millis(full / 2 + scattered(seed.wrapping_add(u64::from(attempt))) % (full / 2 + 1))
}

/// One step of SplitMix64 (Steele, Lea and Flood, 2014): neighbouring seeds give numbers far apart.
fn scattered(seed: u64) -> u64 {
    let a = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let b = (a ^ (a >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let c = (b ^ (b >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    c ^ (c >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(sizes: &[u64]) -> Vec<Listed> {
        sizes.iter().zip(1..).map(|(&size, uid)| Listed { uid, size }).collect()
    }

    fn lengths(sizes: &[u64]) -> Vec<usize> {
        portions(&listed(sizes)).iter().map(|portion| portion.len()).collect()
    }

    #[test]
    fn portions_are_bounded_in_bytes_and_number() {
        assert!(lengths(&[]).is_empty());
        assert_eq!(lengths(&[4000; 450]), [200, 200, 50]);
        assert_eq!(lengths(&[2 << 20, 2 << 20, 1, 1]), [2, 2]);
        assert_eq!(lengths(&[1, 50 << 20, 1]), [1, 1, 1]);
        assert_eq!(lengths(&[u64::MAX / 2, u64::MAX / 2, 5]), [1, 1, 1]);
    }

    #[test]
    fn pauses_grow_to_five_minutes_and_are_scattered() {
        for attempt in 0..40 {
            let full = Duration::from_secs(1 << attempt.min(9)).min(Duration::from_secs(300));
            for seed in 0..100 {
                let pause = backoff(attempt, seed);
                assert!(pause >= full / 2 && pause <= full, "attempt {attempt}, seed {seed}: {pause:?}");
            }
        }
        let different: std::collections::HashSet<_> = (0..100).map(|seed| backoff(9, seed)).collect();
        assert!(different.len() > 90);
        assert_eq!(backoff(3, 7), backoff(3, 7));
    }
}
