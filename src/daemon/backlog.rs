//! First start: what lies in a mailbox when it is seen for the first time was sent to people, perhaps years ago. It is
//! listed and dealt with as `intake.backlog` says; whatever arrives after that one listing is new, however soon.
//!
//! Where the server renumbers the mailbox later, the same bytes are the same message (guarantee G3). A message that was
//! never seen before is then judged by its age, since its UID says nothing any more: received before the first sight it
//! belongs to the backlog, be it left there or imported; received since it is new, and `delivery.max_age_days` withholds
//! the answer to an old one. What counts is the earlier of the server's date (INTERNALDATE) and the topmost Received
//! field: a server that moved house may date everything anew.
//!
//! Whoever sets the key to another word later has what was left alone taken up.

use std::collections::HashSet;

use anyhow::ensure;
use jiff::Timestamp;
use tracing::info;

use super::collect::Inbox;
use super::desk::Desk;
use crate::config::Backlog;
use crate::mail;
use crate::mailbox::{Cursor, Fetched, Listed, Listing, portions};
use crate::store::{self, Left};

/// So much of the backlog is taken up before new mail is looked at again.
const AT_ONCE: usize = 1_000;

/// When a mailbox was seen for the first time.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstSight {
    uid_validity: i64,
    at: Timestamp,
}

impl Inbox {
    /// How far the mailbox has been read; at its first sight, behind what lies in it. `None` where all of it is new.
    pub(super) async fn cursor(&mut self, desk: &Desk, now: Timestamp) -> anyhow::Result<Option<Cursor>> {
        let name = self.mailbox.name();
        let mut known = desk.store.cursor(&name).await?;
        if known.is_none() && self.backlog != Backlog::Answer {
            self.first_sight(desk, now).await?;
            known = desk.store.cursor(&name).await?;
        }
        self.first_sight = known.map(FirstSight::from);
        Ok(known.map(|cursor| Cursor { uid_validity: cursor.uid_validity, last_uid: cursor.last_uid }))
    }

    /// Notes what lies in the mailbox. The first listing says what that is; sizes are asked for afterwards, and what
    /// arrives meanwhile is none of it.
    async fn first_sight(&mut self, desk: &Desk, now: Timestamp) -> anyhow::Result<()> {
        let (uid_validity, there) = self.mailbox.uids().await?;
        let there: HashSet<i64> = there.into_iter().collect();
        let (mut backlog, mut after) = (Vec::new(), None);
        loop {
            let listing = self.mailbox.list(after).await?;
            ensure!(listing.uid_validity == uid_validity, "the mailbox was renumbered while it was listed");
            let Some(last) = listing.messages.last() else { break };
            after = Some(Cursor { uid_validity, last_uid: last.uid });
            let found = listing.messages.iter().filter(|listed| there.contains(&listed.uid));
            backlog.extend(found.map(|listed| Left { uid: listed.uid, size: size(listed.size) }));
        }
        let messages = backlog.len();
        if desk.store.first_sight(&self.mailbox.name(), uid_validity, &backlog, now).await? {
            match self.backlog {
                Backlog::Leave => info!(
                    messages,
                    "the mailbox is read for the first time: what lies in it is left alone; intake.backlog takes it up"
                ),
                Backlog::Shadow | Backlog::Answer => {
                    info!(messages, "the mailbox is read for the first time: what lies in it is taken up");
                }
            }
        }
        Ok(())
    }

    /// The next batch that holds messages which are not of the backlog, and the backlog.
    pub(super) async fn unseen(
        &mut self,
        desk: &Desk,
        mut after: Option<Cursor>,
    ) -> anyhow::Result<(Listing, Vec<Listed>)> {
        loop {
            let mut listing = self.mailbox.list(after).await?;
            self.uid_validity = Some(listing.uid_validity);
            let backlog = desk.store.backlog(&self.mailbox.name(), listing.uid_validity).await?;
            let Some(last) = listing.messages.last().copied() else { return Ok((listing, listed(&backlog))) };
            let left: HashSet<i64> = backlog.iter().map(|left| left.uid).collect();
            listing.messages.retain(|listed| !left.contains(&listed.uid));
            if !listing.messages.is_empty() {
                return Ok((listing, listed(&backlog)));
            }
            after = Some(Cursor { uid_validity: listing.uid_validity, last_uid: last.uid });
        }
    }

    /// Keeps a part of the backlog where it is not to be left alone; tells how many messages are done with.
    pub(super) async fn take_up(
        &mut self,
        desk: &Desk,
        uid_validity: i64,
        backlog: &[Listed],
        now: Timestamp,
    ) -> anyhow::Result<usize> {
        if self.backlog == Backlog::Leave {
            return Ok(0);
        }
        let some = backlog.get(..AT_ONCE).unwrap_or(backlog);
        for portion in portions(some) {
            self.keep(desk, uid_validity, portion, true, now).await?;
            let uids: Vec<i64> = portion.iter().map(|listed| listed.uid).collect();
            desk.store.taken_up(&self.mailbox.name(), uid_validity, &uids).await?;
        }
        Ok(some.len())
    }

    /// What is to be done with a message, and when it was received.
    pub(super) fn treatment(
        &self,
        uid_validity: i64,
        is_backlog: bool,
        message: &Fetched,
        now: Timestamp,
    ) -> (Backlog, Timestamp) {
        let received = message.received_at.unwrap_or(now);
        let renumbered = self.first_sight.filter(|first| first.uid_validity != uid_validity);
        let told = renumbered.and_then(|_| mail::received_at(&message.raw));
        let received = told.map_or(received, |told| told.min(received));
        let is_old = renumbered.is_some_and(|first| received < first.at);
        (if is_backlog || is_old { self.backlog } else { Backlog::Answer }, received)
    }
}

impl From<store::Cursor> for FirstSight {
    fn from(cursor: store::Cursor) -> FirstSight {
        FirstSight { uid_validity: cursor.first_validity, at: cursor.first_seen_at }
    }
}

pub(super) fn size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn listed(backlog: &[Left]) -> Vec<Listed> {
    backlog.iter().map(|left| Listed { uid: left.uid, size: u64::try_from(left.size).unwrap_or_default() }).collect()
}
