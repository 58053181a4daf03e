//! Fetching what the inbox lists, so that a message which the server cannot give holds up no other (guarantee G5).
//!
//! Messages travel in portions. Where a portion fails its messages are asked for one by one, in order, and what comes is
//! kept. The one that fails is asked for again in the next round; failing again it is put before staff, without its
//! bytes, and those behind it come. A server that cannot be reached or logged in to says nothing about a message.

use std::collections::HashMap;

use anyhow::Context;
use jiff::Timestamp;
use tracing::{error, info, warn};

use super::backlog::{self, FirstSight};
use super::desk::Desk;
use crate::case::quarantine::Cause;
use crate::config::Backlog;
use crate::mailbox::{Fetched, Listed, Mailbox, MailboxError};
use crate::store::Arrival;

/// So many rounds are made for one message.
const MOST_FAILURES: u32 = 2;

/// The inbox, and what it would not give.
#[derive(Debug)]
pub struct Inbox {
    pub mailbox: Mailbox,
    pub(super) backlog: Backlog,
    /// As of the last round; `None` where it is yet to come.
    pub(super) first_sight: Option<FirstSight>,
    /// As it was listed last.
    pub(super) uid_validity: Option<i64>,
    /// How often a message could not be fetched, by UIDVALIDITY and UID; only those that are still wanted.
    failures: HashMap<(i64, i64), u32>,
}

/// What there is of a message.
struct Given {
    message: Fetched,
    /// Why it is not to be read, as a word and as a sentence.
    defect: Option<(Cause, String)>,
}

impl Inbox {
    pub fn new(mailbox: Mailbox, backlog: Backlog) -> Inbox {
        Inbox { mailbox, backlog, first_sight: None, uid_validity: None, failures: HashMap::new() }
    }

    /// Fetches a portion and keeps what comes of it; tells how many messages that is.
    pub(super) async fn keep(
        &mut self,
        desk: &Desk,
        uid_validity: i64,
        portion: &[Listed],
        is_backlog: bool,
        now: Timestamp,
    ) -> anyhow::Result<usize> {
        let together = match self.mailbox.fetch(uid_validity, portion).await {
            Ok(messages) => self.without_gaps(uid_validity, portion, messages).await,
            Err(fault) => Err(fault),
        };
        let fault = match together {
            Ok(messages) => {
                let given = messages.into_iter().map(Given::whole);
                return self.store(desk, uid_validity, given, is_backlog, now).await;
            }
            Err(fault) => fault,
        };
        warn!(error = %fault, messages = portion.len(), "messages could not be fetched together; now one by one");
        let mut kept = 0;
        for listed in portion {
            let given = self.alone(uid_validity, *listed).await?;
            kept += self.store(desk, uid_validity, given, is_backlog, now).await?;
        }
        Ok(kept)
    }

    /// One message; none where it has gone.
    async fn alone(&mut self, uid_validity: i64, listed: Listed) -> Result<Option<Given>, MailboxError> {
        let fetched = match self.mailbox.fetch(uid_validity, &[listed]).await {
            Ok(messages) => self.without_gaps(uid_validity, &[listed], messages).await,
            Err(fault) => Err(fault),
        };
        let fault = match fetched {
            Ok(messages) => return Ok(messages.into_iter().next().map(Given::whole)),
            Err(fault) if is_about_the_message(&fault) => fault,
            Err(fault) => return Err(fault),
        };
        let failures = self.failures.entry((uid_validity, listed.uid)).or_default();
        *failures += 1;
        if *failures < MOST_FAILURES {
            return Err(fault);
        }
        error!(uid = listed.uid, error = %fault, "a message cannot be fetched and waits for staff");
        Ok(Some(Given::nothing(listed.uid, &fault)))
    }

    /// Fails where the server passes over a message that it still lists: a gap would never be noticed again.
    async fn without_gaps(
        &mut self,
        uid_validity: i64,
        wanted: &[Listed],
        messages: Vec<Fetched>,
    ) -> Result<Vec<Fetched>, MailboxError> {
        let is_absent = |uid: i64| messages.iter().all(|message| message.uid != uid);
        let absent: Vec<i64> = wanted.iter().map(|listed| listed.uid).filter(|uid| is_absent(*uid)).collect();
        if absent.is_empty() {
            return Ok(messages);
        }
        let (validity, there) = self.mailbox.uids().await?;
        match absent.iter().find(|uid| validity == uid_validity && there.contains(uid)) {
            Some(uid) => Err(MailboxError::Lost(format!("the server lists message {uid} and does not give it"))),
            None => Ok(messages),
        }
    }

    /// Keeps messages in their order, so that the cursor passes none: the sound ones together, the others each alone.
    async fn store(
        &mut self,
        desk: &Desk,
        uid_validity: i64,
        given: impl IntoIterator<Item = Given>,
        is_backlog: bool,
        now: Timestamp,
    ) -> anyhow::Result<usize> {
        let mut run = Run::default();
        let mut kept = 0;
        for Given { message, defect } in given {
            self.failures.remove(&(uid_validity, message.uid));
            let (treatment, received_at) = self.treatment(uid_validity, is_backlog, &message, now);
            let size = message.oversized.unwrap_or(message.raw.len() as u64);
            let mailbox = self.mailbox.name();
            let arrival = Arrival { mailbox, uid_validity, uid: message.uid, received_at, raw: message.raw };
            kept += 1;
            match defect.filter(|_| treatment != Backlog::Leave) {
                None => run.add(treatment, arrival, size, desk, now).await?,
                Some((cause, defect)) => {
                    run.store(desk, now).await?;
                    let in_shadow = treatment == Backlog::Shadow;
                    let unreadable = desk.store.keep_unreadable(&arrival, in_shadow, cause, &defect, now);
                    unreadable.await.context("cannot keep what arrived")?;
                }
            }
        }
        run.store(desk, now).await?;
        Ok(kept)
    }
}

/// Messages that follow each other and are treated alike: stored together.
#[derive(Default)]
struct Run {
    treatment: Option<Backlog>,
    arrivals: Vec<Arrival>,
    /// In bytes, as the mailbox says.
    sizes: Vec<u64>,
}

impl Run {
    async fn add(
        &mut self,
        treatment: Backlog,
        arrival: Arrival,
        size: u64,
        desk: &Desk,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        if self.treatment != Some(treatment) {
            self.store(desk, now).await?;
            self.treatment = Some(treatment);
        }
        self.arrivals.push(arrival);
        self.sizes.push(size);
        Ok(())
    }

    async fn store(&mut self, desk: &Desk, now: Timestamp) -> anyhow::Result<()> {
        let Run { treatment, arrivals, sizes } = std::mem::take(self);
        let stored = match treatment {
            None => return Ok(()),
            Some(Backlog::Answer) => desk.store.keep(&arrivals, now).await.map(|_| ()),
            Some(Backlog::Shadow) => desk.store.keep_in_shadow(&arrivals, now).await.map(|_| ()),
            Some(Backlog::Leave) => {
                let messages = arrivals.len();
                info!(messages, "the mailbox was renumbered: mail from before its first reading is left alone");
                desk.store.leave(arrivals.into_iter().zip(sizes.into_iter().map(backlog::size)), now).await
            }
        };
        stored.context("cannot keep what arrived")
    }
}

impl Given {
    fn whole(message: Fetched) -> Given {
        let defect = message.oversized.map(|size| {
            let what = format!("it has {size} bytes, more than intake.max_bytes; only its header was fetched");
            (Cause::OverFetchLimit, what)
        });
        Given { message, defect }
    }

    fn nothing(uid: i64, fault: &MailboxError) -> Given {
        let message = Fetched { uid, received_at: None, raw: Vec::new(), oversized: None };
        let what = format!("it could not be fetched: {fault}; it lies in the mailbox as it came");
        Given { message, defect: Some((Cause::NotFetched, what)) }
    }
}

/// Whether a message may be the reason, rather than the way to the server.
fn is_about_the_message(fault: &MailboxError) -> bool {
    match fault {
        MailboxError::Lost(_) | MailboxError::Refused { .. } | MailboxError::Disk { .. } => true,
        MailboxError::Line(_)
        | MailboxError::Login(_)
        | MailboxError::NoMaildir { .. }
        | MailboxError::Renumbered { .. } => false,
    }
}
