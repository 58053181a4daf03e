//! Answering what waits: messages are read and looked up side by side, judged one after the other, recorded together.
//!
//! Each message has a savepoint of its own in the batch's transaction. One that fails is set back for later and, after the
//! last attempt, put before staff; the others of its batch are recorded all the same (guarantees G2, G5), but for those
//! that may belong to its case, which wait behind it (G8). One that brought the whole program down is known by an attempt
//! that was counted and never ended: it is taken up alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

use super::desk::{Desk, Read};
use super::gate::Today;
use super::thread::{company_domain, named_ids};
use crate::case::Outcome;
use crate::case::quarantine::Cause;
use crate::mail::{Defect, Message};
use crate::store::{Recorded, Tx, Waiting};
use crate::understanding::{Catalogue, Knowledge};

/// A message is tried so often before a person is asked.
const MOST_ATTEMPTS: u32 = 5;
/// A message that was taken up so often and never brought to an end brings the program down. More than the above: each
/// of several daemons that take it up at once counts an attempt.
const MOST_BEGINNINGS: u32 = 10;
/// How long after a failed attempt the next one comes, times the number of attempts.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// Messages that are recorded together, while the next ones are read.
const TOGETHER: usize = 100;
/// Messages that are read and looked up at once.
const SIDE_BY_SIDE: usize = 6;

/// What there is to know of a message before its case is looked at.
enum Known<'a> {
    Unreadable(Defect),
    Readable(Read, anyhow::Result<Knowledge<'a>>),
}

impl Desk {
    /// Answers the oldest messages that wait, at most `limit`; tells how many it took up.
    ///
    /// # Errors
    /// Where the store fails. What was not recorded waits on.
    pub async fn answer_waiting(self: &Arc<Self>, now: Timestamp, limit: u32) -> anyhow::Result<usize> {
        let mut waiting = self.store.waiting(now, limit).await.context("cannot ask the store for waiting messages")?;
        let Some(first) = waiting.first() else { return Ok(0) };
        if first.attempts >= MOST_BEGINNINGS {
            let mut tx = self.store.begin().await?;
            give_up(&mut tx, first, Cause::BrokeOff, "rmad broke off each time it was to be answered", now).await?;
            tx.commit().await?;
            return Ok(1);
        }
        // One that was tried before goes alone: it may be what brought its whole batch down.
        waiting.truncate(waiting.iter().take_while(|message| message.attempts == 0).count().max(1));
        let catalogue = self.catalogue().await.context("cannot read the catalogue")?;
        let mut untried: Vec<i64> = waiting.iter().map(|message| message.id).collect();
        let taken = untried.len();
        self.store.count_attempt(&untried).await?;
        let answered = self.answer_in_order(waiting, &mut untried, &catalogue, now).await;
        if answered.is_err()
            && !untried.is_empty()
            && let Err(fault) = self.store.discount_attempt(&untried).await
        {
            // what broke first is told by the caller
            warn!(error = format!("{fault:#}"), "attempts that were not made cannot be taken back");
        }
        answered.map(|()| taken)
    }

    /// Takes what is settled, or was tried, from the `untried`.
    async fn answer_in_order(
        self: &Arc<Self>,
        waiting: Vec<Waiting>,
        untried: &mut Vec<i64>,
        catalogue: &Arc<Catalogue>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let mut waiting = waiting.into_iter();
        let mut ready = self.know_all(waiting.by_ref().take(TOGETHER), catalogue).await?;
        while !ready.is_empty() {
            let mut tx = self.store.begin().await?;
            tx.answer_alone().await?;
            let turn: Vec<i64> = untried.drain(..ready.len()).collect();
            let due = tx.still_due(&turn, now).await?;
            ready.retain(|(message, _)| due.contains(&message.id));
            let next = self.know_all(waiting.by_ref().take(TOGETHER), catalogue);
            let (settled, next) = futures_util::join!(self.settle_all(tx, ready, now), next);
            settled?;
            ready = next?;
        }
        Ok(())
    }

    async fn know_all<'a>(
        self: &Arc<Self>,
        waiting: impl Iterator<Item = Waiting>,
        catalogue: &'a Arc<Catalogue>,
    ) -> anyhow::Result<Vec<(Waiting, Known<'a>)>> {
        let known: Vec<_> = waiting.map(|message| self.know(message, catalogue).boxed()).collect();
        stream::iter(known).buffered(SIDE_BY_SIDE).try_collect().await
    }

    /// Reads a message on a thread of its own, and asks the order data about it. A reader that panics on what a stranger
    /// sent has found a defect.
    async fn know<'a>(
        self: &Arc<Self>,
        waiting: Waiting,
        catalogue: &'a Arc<Catalogue>,
    ) -> anyhow::Result<(Waiting, Known<'a>)> {
        let (desk, shared) = (Arc::clone(self), Arc::clone(catalogue));
        let reading = tokio::task::spawn_blocking(move || {
            let read = catch_unwind(AssertUnwindSafe(|| desk.read(&waiting, &shared)));
            (waiting, read.unwrap_or(Err(Defect::ReaderFailed)))
        });
        let (waiting, read) = reading.await.context("a reader was stopped")?;
        let known = match read {
            Ok(mut read) => {
                self.verify_sender(&waiting, &mut read.0).await;
                let knowledge = guarded(self.look_up(&read, catalogue)).await;
                Known::Readable(read, knowledge)
            }
            Err(defect) => Known::Unreadable(defect),
        };
        Ok((waiting, known))
    }

    /// Finds out whether the message is from whom it says, if the receiving server left that open. A verifier that panics on
    /// what a stranger sent has found a defect; nobody vouches for the sender then.
    async fn verify_sender(&self, waiting: &Waiting, message: &mut Message) {
        let Some(verifier) = &self.verifier else { return };
        if AssertUnwindSafe(verifier.complete(&waiting.raw, message)).catch_unwind().await.is_err() {
            error!(mail = waiting.id, "the sender could not be verified, which is a fault of the program");
        }
    }

    /// Records what each message comes to, in order of arrival and in one transaction; sets back what cannot be
    /// answered, and what has to wait for that.
    async fn settle_all(&self, mut tx: Tx, messages: Vec<(Waiting, Known<'_>)>, now: Timestamp) -> anyhow::Result<()> {
        let mut settled = Vec::with_capacity(messages.len());
        let mut any_set_back = tx.any_set_back().await?;
        let mut today = Today::at(now, &mut tx).await?;
        for (waiting, known) in messages {
            let (read, knowledge) = match known {
                Known::Readable(read, knowledge) => (read, knowledge),
                Known::Unreadable(defect) => {
                    warn!(mail = waiting.id, %defect, "a message cannot be read and waits for staff");
                    let _settled = tx.quarantine(waiting.id, Cause::from(&defect), &defect.to_string(), now).await?;
                    continue;
                }
            };
            let message = &read.0;
            if any_set_back && self.has_to_wait(&mut tx, &waiting, message).await? {
                continue;
            }
            match self.settle(&mut tx, &waiting, &read, knowledge, today).await {
                Ok(outcome) => {
                    today.count(outcome.iter().flat_map(|outcome| &outcome.replies));
                    settled.extend(outcome);
                }
                Err(fault) => {
                    self.set_back(&mut tx, &waiting, message, &fault, now).await?;
                    any_set_back = true;
                }
            }
        }
        tx.commit().await.context("cannot record the outcomes")?;
        settled.iter().for_each(tell);
        Ok(())
    }

    /// Records what one message comes to, or nothing of it; none where it was settled already.
    async fn settle(
        &self,
        tx: &mut Tx,
        waiting: &Waiting,
        read: &Read,
        knowledge: anyhow::Result<Knowledge<'_>>,
        today: Today,
    ) -> anyhow::Result<Option<Outcome>> {
        let knowledge = knowledge?;
        tx.savepoint().await?;
        let recorded = guarded(async {
            let mut outcome = self.answer(tx, waiting, read, knowledge, today.now).await?;
            let recorded = self.record(tx, &mut outcome, Some(&read.0), today).await?;
            anyhow::Ok((recorded == Recorded::Done).then_some(outcome))
        });
        match recorded.await {
            Ok(Some(outcome)) => {
                tx.release_savepoint().await?;
                Ok(Some(outcome))
            }
            // the numbers that were taken for it are given back as well
            Ok(None) => tx.rollback_to_savepoint().await.map(|()| None).map_err(Into::into),
            Err(fault) => tx.rollback_to_savepoint().await.map_or_else(|broken| Err(broken.into()), |()| Err(fault)),
        }
    }

    /// Whether an earlier message that may belong to the same case is set back; this one then waits behind it.
    async fn has_to_wait(&self, tx: &mut Tx, waiting: &Waiting, message: &Message) -> anyhow::Result<bool> {
        let party = self.party(message);
        let Some(until) = tx.set_back_before(waiting, party, &named_ids(message)).await? else { return Ok(false) };
        info!(mail = waiting.id, "a message waits for an earlier one of its sender or thread");
        tx.wait_behind(waiting.id, until, party, message.message_id.as_deref()).await?;
        Ok(true)
    }

    /// Lets a message wait that could not be answered; after the last attempt a person is told.
    async fn set_back(
        &self,
        tx: &mut Tx,
        waiting: &Waiting,
        message: &Message,
        fault: &anyhow::Error,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let (attempt, error) = (waiting.attempts + 1, format!("{fault:#}"));
        if attempt >= MOST_ATTEMPTS {
            return give_up(tx, waiting, Cause::NotAnswerable, &error, now).await;
        }
        warn!(mail = waiting.id, attempt, error, "a message could not be answered; it is tried again");
        let pause = PAUSE.checked_mul(i32::try_from(attempt)?).ok_or_else(|| anyhow!("no such pause"))?;
        tx.set_back(waiting.id, now + pause, &error, self.party(message), message.message_id.as_deref()).await?;
        Ok(())
    }

    /// Who may write into the cases of a message's sender: everybody at the company, or this address alone.
    fn party<'m>(&self, message: &'m Message) -> &'m str {
        let address = &message.from.address;
        company_domain(address, &self.free_mail).unwrap_or(address)
    }
}

fn tell(settled: &Outcome) {
    let case = settled.case.as_ref().map(|case| case.number.as_str()).unwrap_or_default();
    let (outcome, replies) = (settled.kind, settled.replies.len());
    info!(mail = settled.message, ?outcome, case, replies, "a message is settled");
}

/// What may panic, with the panic as its error.
async fn guarded<T, E: Into<anyhow::Error>>(work: impl Future<Output = Result<T, E>>) -> anyhow::Result<T> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(ended) => ended.map_err(Into::into),
        Err(_) => Err(anyhow!("answering it panicked")),
    }
}

async fn give_up(tx: &mut Tx, waiting: &Waiting, cause: Cause, why: &str, now: Timestamp) -> anyhow::Result<()> {
    error!(mail = waiting.id, %cause, error = why, "a message cannot be answered and waits for staff");
    let _settled = tx.quarantine(waiting.id, cause, &format!("it could not be answered: {why}"), now).await?;
    Ok(())
}
