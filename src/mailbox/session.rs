//! One connection to an IMAP server: opened, logged in, the folder selected, and commands with checked answers.
//!
//! async-imap serves at its lowest level alone: it cuts the stream into parsed responses. Its own commands let a tagged
//! NO pass for an empty result and know no timeout, so each command is written here, each of its answers read under
//! the timeout, and its tagged status decides.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{Capability, MailboxDatum, Outcome, Response, ResponseCode, Status};
use base64::Engine;
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::MailboxError;
use super::guard::Guarded;
use super::imap::ImapSettings;
use super::utf7::{encoded, quoted};
use crate::tls::{self, Login, Server, Stream, Tls};

/// A session with a selected folder.
#[derive(Debug)]
pub(super) struct Session {
    client: Client<Guarded<Stream>>,
    timeout: Duration,
    commands: u32,
    /// As the server names them, in upper case.
    capabilities: Vec<String>,
    pub(super) uid_validity: i64,
    /// The UID that the next message was to get when the folder was selected, where the server says so.
    pub(super) uid_next: Option<i64>,
    /// How many messages lie in the folder.
    pub(super) exists: u32,
    /// Messages have arrived that were not listed yet.
    pub(super) news: bool,
    /// The server has refused to IDLE, whatever it announced.
    pub(super) idle_refused: bool,
    /// The wire names of folders that are known to exist, by their configured names.
    pub(super) folders: HashMap<String, String>,
}

impl Session {
    /// Connects, logs in and selects the folder.
    pub(super) async fn open(settings: &ImapSettings) -> Result<Session, MailboxError> {
        let mut session = Session::connect(&settings.server).await?;
        session.log_in(&settings.login).await?;
        session.select(&settings.folder).await?;
        Ok(session)
    }

    async fn connect(server: &Server) -> Result<Session, MailboxError> {
        let mut tcp = server.connect().await?;
        let stream: Stream = match server.tls {
            Tls::None => Box::new(tcp),
            Tls::Implicit => server.secure(tcp).await?,
            Tls::Starttls => {
                let dialogue = timeout(server.timeout, ask_for_tls(&mut tcp)).await;
                let agreed = dialogue.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                agreed.map_err(|error| server.no_handshake(error))?;
                server.secure(tcp).await?
            }
        };
        let mut session = Session::over(stream, server.timeout);
        if server.tls != Tls::Starttls {
            session.greeting().await?;
        }
        Ok(session)
    }

    fn over(stream: Stream, timeout: Duration) -> Session {
        Session {
            client: Client::new(Guarded::new(stream)),
            timeout,
            commands: 0,
            capabilities: Vec::new(),
            uid_validity: 0,
            uid_next: None,
            exists: 0,
            news: false,
            idle_refused: false,
            folders: HashMap::new(),
        }
    }

    async fn greeting(&mut self) -> Result<(), MailboxError> {
        self.next(|_| ()).await
    }

    async fn log_in(&mut self, login: &Login) -> Result<(), MailboxError> {
        self.learn_capabilities().await?;
        let answer =
            if self.can("AUTH=PLAIN") { self.authenticate_plain(login).await } else { self.login(login).await };
        answer.map_err(|error| match error {
            MailboxError::Refused { text, .. } => MailboxError::Login(text),
            other => other,
        })?;
        // what a server offers may differ before and after the login; the answer to the login may have said so
        self.learn_capabilities().await
    }

    /// Asks for the capabilities, unless the server has told them already.
    async fn learn_capabilities(&mut self) -> Result<(), MailboxError> {
        if self.capabilities.is_empty() {
            self.run("CAPABILITY", "CAPABILITY", |_| ()).await?;
        }
        Ok(())
    }

    /// SASL PLAIN (RFC 4616): carries any character in name and password.
    async fn authenticate_plain(&mut self, login: &Login) -> Result<(), MailboxError> {
        let words = format!("\0{}\0{}", login.username, login.password.expose_secret());
        let tag = self.send("AUTHENTICATE PLAIN").await?;
        if self.may_go_on("AUTHENTICATE", &tag).await? {
            self.capabilities.clear();
            self.write(&base64::engine::general_purpose::STANDARD.encode(words)).await?;
            self.finish("AUTHENTICATE", &tag, |_| ()).await?;
        }
        Ok(())
    }

    async fn login(&mut self, login: &Login) -> Result<(), MailboxError> {
        let (name, password) = (login.username.as_str(), login.password.expose_secret());
        if self.can("LOGINDISABLED") {
            return Err(MailboxError::Login(
                "it offers no way to log in with a password on this connection".to_owned(),
            ));
        }
        if !name.chars().chain(password.chars()).all(|c| matches!(c, ' '..='~')) {
            let words = "it offers only LOGIN, which cannot carry characters outside of ASCII";
            return Err(MailboxError::Login(words.to_owned()));
        }
        let command = format!("LOGIN {} {}", quoted(name), quoted(password));
        self.capabilities.clear();
        self.run("LOGIN", &command, |_| ()).await
    }

    async fn select(&mut self, folder: &str) -> Result<(), MailboxError> {
        let (mut uid_validity, mut uid_next) = (None, None);
        let command = format!("SELECT {}", quoted(&encoded(folder)));
        self.run("SELECT", &command, |response| {
            if let Response::Data { outcome: Outcome { code: Some(code), .. }, .. } = response {
                match code {
                    ResponseCode::UidValidity(number) => uid_validity = Some(i64::from(*number)),
                    ResponseCode::UidNext(number) => uid_next = Some(i64::from(*number)),
                    _ => (),
                }
            }
        })
        .await?;
        self.uid_validity = uid_validity.ok_or_else(|| MailboxError::Refused {
            command: "SELECT",
            text: "it gives the folder no UIDVALIDITY, without which messages cannot be told apart".to_owned(),
        })?;
        self.uid_next = uid_next;
        self.news = false;
        Ok(())
    }

    /// Whether the server has this capability.
    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }

    /// Fails where the folder is no longer the one that UIDs of `uid_validity` belong to.
    pub(super) fn expect(&self, uid_validity: i64) -> Result<(), MailboxError> {
        match self.uid_validity {
            found if found == uid_validity => Ok(()),
            found => Err(MailboxError::Renumbered { expected: uid_validity, found }),
        }
    }

    /// One command, one checked answer. Untagged responses go to `each`; `what` names the command in errors.
    pub(super) async fn run(
        &mut self,
        what: &'static str,
        command: &str,
        each: impl FnMut(&Response<'_>),
    ) -> Result<(), MailboxError> {
        let tag = self.send(command).await?;
        self.finish(what, &tag, each).await
    }

    /// Sends a command under a new tag.
    pub(super) async fn send(&mut self, command: &str) -> Result<String, MailboxError> {
        self.commands += 1;
        let tag = format!("R{}", self.commands);
        self.write(&format!("{tag} {command}")).await?;
        Ok(tag)
    }

    /// Writes one line.
    pub(super) async fn write(&mut self, line: &str) -> Result<(), MailboxError> {
        let stream = self.client.get_mut();
        let writing = async {
            stream.write_all(format!("{line}\r\n").as_bytes()).await?;
            stream.flush().await
        };
        match timeout(self.timeout, writing).await {
            Ok(written) => written.map_err(|error| lost(&error)),
            Err(_) => Err(self.silent()),
        }
    }

    /// Waits until the server asks for the rest of a command; false where it has completed the command instead.
    pub(super) async fn may_go_on(&mut self, what: &'static str, tag: &str) -> Result<bool, MailboxError> {
        loop {
            let answer = self.next(|response| match response {
                Response::Continue(_) => Some(Ok(true)),
                Response::Done { tag: done, status, outcome } if done.0 == tag => {
                    Some(verdict(what, status, outcome).map(|()| false))
                }
                _ => None,
            });
            if let Some(answer) = answer.await? {
                return answer;
            }
        }
    }

    /// Reads the answer of a command to its end.
    pub(super) async fn finish(
        &mut self,
        what: &'static str,
        tag: &str,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<(), MailboxError> {
        loop {
            let answer = self.next(|response| match response {
                Response::Done { tag: done, status, outcome } if done.0 == tag => Some(verdict(what, status, outcome)),
                other => {
                    each(other);
                    None
                }
            });
            if let Some(answer) = answer.await? {
                return answer;
            }
        }
    }

    /// The next response, within the timeout.
    async fn next<T>(&mut self, heard: impl FnOnce(&Response<'_>) -> T) -> Result<T, MailboxError> {
        match timeout(self.timeout, self.next_whenever(heard)).await {
            Ok(response) => response,
            Err(_) => Err(self.silent()),
        }
    }

    /// The next response, whenever it comes. The future may be dropped without losing one.
    pub(super) async fn next_whenever<T>(&mut self, heard: impl FnOnce(&Response<'_>) -> T) -> Result<T, MailboxError> {
        match self.client.read_response().await {
            Ok(Some(response)) => {
                self.note(response.parsed())?;
                Ok(heard(response.parsed()))
            }
            Ok(None) => Err(MailboxError::Lost("the server closed it".to_owned())),
            Err(error) => Err(lost(&error)),
        }
    }

    /// Keeps what any response may say in passing: how many messages there are, what the server can do, goodbye.
    fn note(&mut self, response: &Response<'_>) -> Result<(), MailboxError> {
        match response {
            Response::MailboxData(MailboxDatum::Exists(number)) => {
                self.news |= *number > self.exists;
                self.exists = *number;
            }
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            Response::Capabilities(list) => self.note_capabilities(list),
            Response::Data { status: Status::Bye, outcome } => {
                return Err(MailboxError::Lost(format!("the server said goodbye: {}", words(outcome))));
            }
            Response::Data { outcome, .. } | Response::Done { outcome, .. } => {
                if let Some(ResponseCode::Capabilities(list)) = &outcome.code {
                    self.note_capabilities(list);
                }
            }
            _ => (),
        }
        Ok(())
    }

    fn note_capabilities(&mut self, list: &[Capability<'_>]) {
        let named = list.iter().map(|capability| match capability {
            Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
            Capability::Auth(mechanism) => format!("AUTH={mechanism}").to_uppercase(),
            Capability::Atom(name) => name.to_uppercase(),
        });
        self.capabilities = named.collect();
    }

    fn silent(&self) -> MailboxError {
        MailboxError::Lost(format!("no answer within {:?}", self.timeout))
    }
}

/// The plain-text dialogue up to the server's agreement to TLS (RFC 3501, section 6.2.1).
async fn ask_for_tls(tcp: &mut tokio::net::TcpStream) -> io::Result<()> {
    let greeting = tls::hear(tcp).await?;
    if !greeting.starts_with("* OK") {
        return Err(io::Error::other(format!("the server greets with: {}", tls::one_line(&greeting))));
    }
    tls::say(tcp, "S1 STARTTLS").await?;
    loop {
        let line = tls::hear(tcp).await?;
        match line.strip_prefix("S1 ") {
            Some(answer) if answer.starts_with("OK") => return Ok(()),
            Some(answer) => return Err(io::Error::other(format!("STARTTLS was answered {}", tls::one_line(answer)))),
            None => (),
        }
    }
}

fn verdict(command: &'static str, status: &Status, outcome: &Outcome<'_>) -> Result<(), MailboxError> {
    match status {
        Status::Ok => Ok(()),
        _ => Err(MailboxError::Refused { command, text: words(outcome) }),
    }
}

fn words(outcome: &Outcome<'_>) -> String {
    match outcome.information.as_deref() {
        Some(text) => tls::one_line(text),
        None => "without a reason".to_owned(),
    }
}

/// An error of the stream, in words of our own: async-imap puts all that it has not read yet, mail included, into its
/// errors.
fn lost(error: &io::Error) -> MailboxError {
    MailboxError::Lost(match error.kind() {
        io::ErrorKind::Other => "the server's answer cannot be read".to_owned(),
        io::ErrorKind::FileTooLarge => "the server's response is too large".to_owned(),
        kind => kind.to_string(),
    })
}
