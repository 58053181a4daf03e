//! The inbox on an IMAP server: settings, and a session that is opened when it is needed and dropped after any error.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;

use super::session::Session;
use super::{Cursor, Fetched, Folder, Listed, Listing, MailboxError};
use crate::tls::{Login, Server};

#[derive(Debug, Clone)]
pub struct ImapSettings {
    pub server: Server,
    pub login: Login,
    /// The folder that is read, `INBOX` as a rule; `/` divides levels, whatever the server uses.
    pub folder: String,
    pub processed_folder: String,
    pub review_folder: String,
    /// Of a message larger than this, in bytes, only the header is read.
    pub max_bytes: u64,
    /// How often to ask for news where the server cannot tell them by itself.
    pub poll: Duration,
}

/// An inbox on an IMAP server (RFC 3501, with IDLE, MOVE and UIDPLUS where the server has them).
#[derive(Debug)]
pub struct Imap {
    settings: ImapSettings,
    session: Option<Session>,
}

impl Imap {
    pub(super) fn new(settings: ImapSettings) -> Imap {
        Imap { settings, session: None }
    }

    pub(super) fn name(&self) -> String {
        let user = self.settings.login.username.replace('%', "%25").replace('@', "%40").replace('/', "%2F");
        format!("imap://{user}@{}/{}", self.settings.server.host, self.settings.folder)
    }

    pub(super) async fn list(&mut self, after: Option<Cursor>) -> Result<Listing, MailboxError> {
        let mut session = self.session().await?;
        let listing = supervised(session.list(after)).await;
        self.keep(session, listing)
    }

    pub(super) async fn uids(&mut self) -> Result<(i64, Vec<i64>), MailboxError> {
        let mut session = self.session().await?;
        let uids = supervised(session.uids()).await;
        self.keep(session, uids)
    }

    pub(super) async fn fetch(&mut self, uid_validity: i64, wanted: &[Listed]) -> Result<Vec<Fetched>, MailboxError> {
        let mut session = self.session().await?;
        let fetched = supervised(session.fetch(uid_validity, wanted, self.settings.max_bytes)).await;
        self.keep(session, fetched)
    }

    pub(super) async fn file(&mut self, uid_validity: i64, moves: &[(i64, Folder)]) -> Result<(), MailboxError> {
        let mut session = self.session().await?;
        let filed = supervised(session.file_all(uid_validity, moves, &self.settings)).await;
        self.keep(session, filed)
    }

    pub(super) async fn wait(&mut self, limit: Duration) -> Result<bool, MailboxError> {
        if self.session.is_none() {
            // whatever arrived while there was no connection is news
            self.session = Some(self.session().await?);
            return Ok(true);
        }
        let mut session = self.session().await?;
        let news = supervised(session.wait(limit, self.settings.poll)).await;
        self.keep(session, news)
    }

    pub(super) async fn check(&mut self) -> Result<String, MailboxError> {
        self.session = None;
        let mut session = self.session().await?;
        let summary = supervised(session.summary(&self.settings)).await;
        self.keep(session, summary)
    }

    /// Takes the session out, so that it is lost with whatever goes wrong or is given up while it is in use.
    async fn session(&mut self) -> Result<Session, MailboxError> {
        match self.session.take() {
            Some(session) => Ok(session),
            None => supervised(Session::open(&self.settings)).await,
        }
    }

    fn keep<T>(&mut self, session: Session, outcome: Result<T, MailboxError>) -> Result<T, MailboxError> {
        if outcome.is_ok() {
            self.session = Some(session);
        }
        outcome
    }
}

/// Takes a panic of the response parser (it has some: `INTERNALDATE NIL`) for a lost connection.
async fn supervised<T>(work: impl Future<Output = Result<T, MailboxError>>) -> Result<T, MailboxError> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|_| Err(MailboxError::Lost("the server's answer cannot be read".to_owned())))
}
