//! The story.
//!
//! A message arrives and is kept; only then does it leave the inbox. If a person wrote it, we learn which case it belongs
//! to, what it asks for and what we sold. The policy judges, and the outcome is recorded in one transaction, the reply
//! included. Another hand sends what was recorded, and a last one looks for cases that have fallen silent, and tells staff
//! each morning what waits for them.

mod answer;
mod backlog;
mod bounce;
mod breaker;
mod collect;
mod desk;
mod digest;
mod escalate;
mod gate;
mod lapse;
mod letters;
mod look_up;
mod remind;
mod returns;
mod rmas;
mod rulebook;
mod send;
mod settle;
mod staff;
mod thread;
mod timely;
mod trouble;
mod unasked;
mod voiding;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use collect::Inbox;
pub use desk::Desk;
pub use digest::digest;
pub use gate::{Gate, Today};
pub use letters::Letters;
pub use remind::remind;
pub use returns::{AdvanceShipment, By, Step, Taken};
pub use rulebook::{policies, read_policies};
pub use send::{Pace, send};
pub use staff::{Staff, flag_words};
pub use trouble::{Trouble, Troubles};

use crate::case::is_asked_about;
use crate::mailbox::{Folder, Mailbox, portions};
use crate::policy::OutcomeKind;
use crate::store::Unfiled;

/// Messages that are taken up to be answered at once.
const ROUND: u32 = 400;
/// Messages that are filed at once.
const BATCH: u32 = 100;
/// How long filing belongs to one daemon, should it not say that it is done.
const FILING: SignedDuration = SignedDuration::from_mins(1);

/// Collects: what is new in the inbox is kept, byte for byte (G1, G3). Tells how many messages that is.
///
/// # Errors
/// Where the mailbox or the store fails; what was kept until then is kept, and the next round goes on behind it.
pub async fn collect(desk: &Desk, inbox: &mut Inbox, now: Timestamp) -> anyhow::Result<usize> {
    let after = inbox.cursor(desk, now).await?;
    let (listing, backlog) = inbox.unseen(desk, after).await?;
    let mut kept = inbox.take_up(desk, listing.uid_validity, &backlog, now).await?;
    for portion in portions(&listing.messages) {
        kept += inbox.keep(desk, listing.uid_validity, portion, false, now).await?;
    }
    Ok(kept)
}

/// Moves what is settled out of the inbox, unless another daemon is about it.
///
/// # Errors
/// Where the mailbox or the store fails; a later round goes on. What was moved and not noted is then found to be gone.
pub async fn file_away(desk: &Desk, inbox: &mut Inbox, now: impl Fn() -> Timestamp) -> anyhow::Result<()> {
    let Some(uid_validity) = inbox.uid_validity else { return Ok(()) };
    let name = inbox.mailbox.name();
    while !desk.store.unfiled(&name, uid_validity, 1).await?.is_empty() {
        let until = now() + FILING;
        if !desk.store.begin_filing(&name, now(), until).await? {
            return Ok(());
        }
        let filed = file_batch(desk, &mut inbox.mailbox, uid_validity, now()).await;
        desk.store.end_filing(&name, until).await?;
        filed?;
    }
    Ok(())
}

/// What staff must look at goes into their folder, the rest into the other.
async fn file_batch(desk: &Desk, inbox: &mut Mailbox, uid_validity: i64, now: Timestamp) -> anyhow::Result<()> {
    let settled = desk.store.unfiled(&inbox.name(), uid_validity, BATCH).await?;
    let moves: Vec<(i64, Folder)> = settled.iter().map(|message| (message.uid, folder(message))).collect();
    inbox.file(uid_validity, &moves).await?;
    desk.store.filed(&settled.iter().map(|message| message.id).collect::<Vec<_>>(), now).await?;
    Ok(())
}

/// Staff have to see what is held, an order that is to be voided, a letter that was withheld, and a unit under review
/// beside an RMA.
fn folder(message: &Unfiled) -> Folder {
    let asks_staff = match message.outcome {
        OutcomeKind::HeldForReview | OutcomeKind::CancellationAccepted => true,
        OutcomeKind::DetailsRequested => !message.flags.iter().all(is_asked_about),
        _ => !message.flags.is_empty(),
    };
    if asks_staff { Folder::Review } else { Folder::Processed }
}

/// Answers what has waited longest; tells how many messages were taken up, none where nothing may be answered now.
///
/// # Errors
/// Where the store fails. What was not recorded waits on.
pub async fn answer(desk: &Arc<Desk>, now: Timestamp) -> anyhow::Result<usize> {
    desk.answer_waiting(now, ROUND).await
}
