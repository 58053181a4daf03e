//! Waiting for new mail in an IMAP folder: IDLE (RFC 2177) where it works, asking again and again where it does not.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::MailboxError;
use super::session::Session;

/// The longest single IDLE: short enough that routers on the way do not forget the connection.
const LONGEST_IDLE: Duration = Duration::from_secs(5 * 60);

impl Session {
    /// Waits for messages that were not listed yet, at most `limit`; true where there are some.
    pub(super) async fn wait(&mut self, limit: Duration, poll: Duration) -> Result<bool, MailboxError> {
        let end = Instant::now() + limit;
        while !self.news && Instant::now() < end {
            if self.can("IDLE") && !self.idle_refused {
                self.idle(end.min(Instant::now() + LONGEST_IDLE)).await?;
            } else {
                sleep_until(end.min(Instant::now() + poll)).await;
            }
            // shows whether the connection still lives, and what an IDLE that is deaf has not told
            self.run("NOOP", "NOOP", |_| ()).await?;
        }
        Ok(self.news)
    }

    /// One IDLE, until there is news or the time has come.
    async fn idle(&mut self, end: Instant) -> Result<(), MailboxError> {
        let tag = self.send("IDLE").await?;
        match self.may_go_on("IDLE", &tag).await {
            Ok(true) => (),
            Ok(false) | Err(MailboxError::Refused { .. }) => {
                tracing::info!(
                    "The mail server announces IDLE and refuses it; asking for news from time to time instead"
                );
                self.idle_refused = true;
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        while !self.news {
            match timeout_at(end, self.next_whenever(|_| ())).await {
                Ok(response) => response?,
                Err(_) => break,
            }
        }
        self.write("DONE").await?;
        self.finish("IDLE", &tag, |_| ()).await
    }
}
