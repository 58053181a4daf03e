//! Answering what waits, in batches: read side by side, judged one after the other, recorded together.
//!
//! Each message has a savepoint of its own in the batch's transaction. One that fails is set back for later and, after the
//! last attempt, put before staff; the others of its batch are recorded all the same (guarantees G2, G5, G8). One that
//! brought the whole program down is known by an attempt that was counted and never ended: it is taken up alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

use super::desk::{Desk, Read};
use crate::mail::Defect;
use crate::store::{Recorded, Tx, Waiting};
use crate::understanding::Catalogue;

/// A message is tried so often before a person is asked.
const MOST_ATTEMPTS: u32 = 5;
/// A message that was taken up so often and never brought to an end brings the program down. More than the above: each
/// of several daemons that take it up at once counts an attempt.
const MOST_BEGINNINGS: u32 = 10;
/// How long after a failed attempt the next one comes, times the number of attempts.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);

impl Desk {
    /// Answers the oldest messages that wait, at most `limit`; tells how many it took up.
    ///
    /// # Errors
    /// Where the store fails. What was not recorded waits on.
    pub async fn answer_waiting(self: &Arc<Self>, now: Timestamp, limit: u32) -> anyhow::Result<usize> {
        let mut waiting = self.store.waiting(now, limit).await.context("cannot ask the store for waiting messages")?;
        let Some(first) = waiting.first() else { return Ok(0) };
        if first.attempts >= MOST_BEGINNINGS {
            self.give_up(first, "rmad broke off each time it was to be answered", now).await?;
            return Ok(1);
        }
        // One that was tried before goes alone: it may be what brought its whole batch down.
        waiting.truncate(waiting.iter().take_while(|message| message.attempts == 0).count().max(1));
        self.store.count_attempt(&waiting.iter().map(|message| message.id).collect::<Vec<_>>()).await?;
        let catalogue = self.catalogue().await.context("cannot read the catalogue")?;
        let taken = waiting.len();
        let read = self.read_all(waiting, &catalogue).await?;
        let mut tx = self.store.begin().await?;
        let mut failed = Vec::new();
        for (message, read) in &read {
            if let Err(fault) = self.settle(&mut tx, message, read, &catalogue, now).await {
                failed.push((message, fault));
            }
        }
        tx.commit().await.context("cannot record the outcomes")?;
        for (message, fault) in failed {
            self.set_back(message, &fault, now).await?;
        }
        Ok(taken)
    }

    /// Reads the messages on all processors. A reader that panics on what a stranger sent has found a defect.
    async fn read_all(
        self: &Arc<Self>,
        waiting: Vec<Waiting>,
        catalogue: &Arc<Catalogue>,
    ) -> anyhow::Result<Vec<(Waiting, Read)>> {
        let lanes = std::thread::available_parallelism().map_or(1, usize::from);
        let size = waiting.len().div_ceil(lanes).max(1);
        let mut waiting = waiting;
        let mut tasks = Vec::new();
        while !waiting.is_empty() {
            let lane: Vec<Waiting> = waiting.drain(..size.min(waiting.len())).collect();
            let (desk, catalogue) = (Arc::clone(self), Arc::clone(catalogue));
            tasks.push(tokio::task::spawn_blocking(move || {
                lane.into_iter()
                    .map(|message| {
                        let read = desk.read_guarded(&message, &catalogue);
                        (message, read)
                    })
                    .collect::<Vec<_>>()
            }));
        }
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.context("a reader was stopped")?);
        }
        Ok(all)
    }

    fn read_guarded(&self, message: &Waiting, catalogue: &Catalogue) -> Read {
        catch_unwind(AssertUnwindSafe(|| self.read(message, catalogue))).unwrap_or(Err(Defect::ReaderFailed))
    }

    /// Records what one message comes to, or nothing of it.
    async fn settle(
        &self,
        tx: &mut Tx,
        waiting: &Waiting,
        read: &Read,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let read = match read {
            Ok(read) => read,
            Err(defect) => {
                warn!(message = waiting.id, %defect, "a message cannot be read and waits for staff");
                let _settled = tx.quarantine(waiting.id, &defect.to_string(), now).await?;
                return Ok(());
            }
        };
        tx.savepoint().await?;
        let recorded = AssertUnwindSafe(self.answer_and_record(tx, waiting, read, catalogue, now)).catch_unwind().await;
        let recorded = recorded.unwrap_or_else(|_| Err(anyhow!("answering it panicked")));
        match &recorded {
            Ok(Recorded::Done) => tx.release_savepoint().await?,
            // the numbers that were taken for it as well
            Ok(Recorded::AlreadySettled) | Err(_) => tx.rollback_to_savepoint().await?,
        }
        recorded.map(|_| ())
    }

    async fn answer_and_record(
        &self,
        tx: &mut Tx,
        waiting: &Waiting,
        read: &(crate::mail::Message, crate::understanding::Reading),
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> anyhow::Result<Recorded> {
        let outcome = self.answer(tx, waiting, read, catalogue, now).await?;
        let recorded = tx.record(&outcome, now).await?;
        let case = outcome.case.as_ref().map(|case| case.number.as_str()).unwrap_or_default();
        if recorded == Recorded::AlreadySettled {
            return Ok(recorded);
        }
        info!(message = waiting.id, outcome = ?outcome.kind, case, replies = outcome.replies.len(), "a message is settled");
        Ok(recorded)
    }

    /// Lets a message wait that could not be answered; after the last attempt a person is told.
    async fn set_back(&self, waiting: &Waiting, fault: &anyhow::Error, now: Timestamp) -> anyhow::Result<()> {
        let attempt = waiting.attempts + 1;
        if attempt >= MOST_ATTEMPTS {
            return self.give_up(waiting, &format!("{fault:#}"), now).await;
        }
        warn!(
            message = waiting.id,
            attempt,
            error = format!("{fault:#}"),
            "a message could not be answered; it is tried again"
        );
        let pause = PAUSE.checked_mul(i32::try_from(attempt)?).ok_or_else(|| anyhow!("no such pause"))?;
        self.store.postpone(waiting.id, now + pause, &format!("{fault:#}")).await?;
        Ok(())
    }

    async fn give_up(&self, waiting: &Waiting, why: &str, now: Timestamp) -> anyhow::Result<()> {
        error!(message = waiting.id, error = why, "a message cannot be answered and waits for staff");
        let _settled = self.store.quarantine(waiting.id, &format!("it could not be answered: {why}"), now).await?;
        Ok(())
    }
}
