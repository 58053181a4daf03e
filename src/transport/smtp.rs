//! Mail out through an SMTP submission server (RFC 6409), stage by stage, so that it is always known how far a message
//! got: everything that fails before the content is on its way can be tried again; after the final dot only the
//! server's answer tells.
//!
//! One connection is kept and used for one message after the other. It is given up after anything but success. A
//! server may have closed a kept connection in the meantime, so whatever such a connection dies of before the
//! content is tried once more on a fresh one.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout};

use super::TransportError;
use super::starttls::{Greeted, ask_for_tls};
use crate::outbox::{Delivery, Outgoing};
use crate::tls::{self, Login, Server, Tls};

/// How long to wait for the verdict on a whole message by default: whoever gives up earlier sends duplicates
/// (RFC 5321, section 4.5.3.2.6).
pub const AFTER_DOT: Duration = Duration::from_secs(600);

/// A kept connection is used again within this time; servers close idle ones after a few minutes.
const LONGEST_IDLE: Duration = Duration::from_secs(60);
/// How many messages go over one connection.
const MESSAGES: u32 = 100;

#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub server: Server,
    /// None where the server asks for no login.
    pub login: Option<Login>,
    /// How long the content of a message and the server's verdict on it may take; [`AFTER_DOT`] as a rule.
    pub after_dot: Duration,
}

#[derive(Debug)]
pub struct Smtp {
    settings: SmtpSettings,
    kept: Option<Connection>,
}

struct Connection {
    smtp: AsyncSmtpConnection,
    last_used: Instant,
    messages: u32,
    timeout: Duration,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("messages", &self.messages).finish_non_exhaustive()
    }
}

/// Whom a failure before the content concerns. The sender is the same for all that we send: whoever is refused there
/// has said nothing about the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Sender,
    Message,
}

/// How one stage of the dialogue failed.
enum Trouble {
    /// The server's own refusal: reply code and words.
    Refused { code: u16, words: String },
    /// No answer that could be understood: the connection is gone or as good as gone.
    Lost(String),
}

impl Smtp {
    pub(super) fn new(settings: SmtpSettings) -> Smtp {
        Smtp { settings, kept: None }
    }

    pub(super) async fn deliver(&mut self, message: &Outgoing) -> Result<Delivery, TransportError> {
        let envelope = match Envelope::of(message) {
            Ok(envelope) => envelope,
            Err(why) => return Ok(Delivery::Refused(why)),
        };
        if let Some(mut kept) = self.usable().await {
            match kept.announce(&envelope).await {
                Ok(()) => return Ok(self.hand_over(kept, &envelope).await),
                Err((Stage::Message, Trouble::Refused { code, words })) if code != 421 => {
                    return Ok(refused(kept, code, &words).await);
                }
                Err(_) => (),
            }
        }
        let mut fresh = self.connect().await?;
        match fresh.announce(&envelope).await {
            Ok(()) => Ok(self.hand_over(fresh, &envelope).await),
            Err((Stage::Sender, trouble)) => Err(self.takes_nothing(trouble)),
            Err((Stage::Message, Trouble::Refused { code, words })) => Ok(refused(fresh, code, &words).await),
            Err((Stage::Message, Trouble::Lost(why))) => Ok(Delivery::Postponed(why)),
        }
    }

    pub(super) async fn check(&mut self) -> Result<String, TransportError> {
        self.close().await;
        let connection = self.connect().await?;
        let has = |extension| if connection.smtp.server_info().supports_feature(extension) { "yes" } else { "no" };
        let login = if self.settings.login.is_some() { "logged in" } else { "connected, no login" };
        let summary = format!(
            "{}: {login}; 8BITMIME {}, SMTPUTF8 {}",
            self.settings.server.address(),
            has(Extension::EightBitMime),
            has(Extension::SmtpUtfEight),
        );
        connection.quit().await;
        Ok(summary)
    }

    pub(super) async fn close(&mut self) {
        if let Some(kept) = self.kept.take() {
            kept.quit().await;
        }
    }

    /// The kept connection, unless it has been idle or in use for too long.
    async fn usable(&mut self) -> Option<Connection> {
        let kept = self.kept.take()?;
        if kept.messages < MESSAGES && kept.last_used.elapsed() < LONGEST_IDLE {
            return Some(kept);
        }
        kept.quit().await;
        None
    }

    /// A connection that is ready for a message: protected as configured, and logged in.
    async fn connect(&self) -> Result<Connection, TransportError> {
        let Server { tls, timeout, .. } = self.settings.server;
        let hello = ClientId::default();
        let stream = self.stream(tls, &hello).await?;
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
        let smtp = within(timeout, greeted).await.map_err(|trouble| self.unusable(trouble.words()))?;
        let mut connection = Connection { smtp, last_used: Instant::now(), messages: 0, timeout };
        if let Some(login) = &self.settings.login {
            connection.log_in(login, &self.settings.server.address()).await?;
        }
        Ok(connection)
    }

    async fn stream(&self, tls: Tls, hello: &ClientId) -> Result<Greeted, TransportError> {
        let server = &self.settings.server;
        let mut tcp = server.connect().await?;
        let peer = tcp.peer_addr().map_err(|error| self.unusable(error.to_string()))?;
        Ok(match tls {
            Tls::None => Greeted::by_server(Box::new(tcp), peer),
            Tls::Implicit => Greeted::by_server(server.secure(tcp).await?, peer),
            Tls::Starttls => {
                let dialogue = timeout(server.timeout, ask_for_tls(&mut tcp, &hello.to_string())).await;
                let agreed = dialogue.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
                agreed.map_err(|error| server.no_handshake(error))?;
                Greeted::by_us(server.secure(tcp).await?, peer)
            }
        })
    }

    fn unusable(&self, reason: String) -> TransportError {
        TransportError::Server { server: self.settings.server.address(), reason }
    }

    /// The server takes no mail from us, whatever it is.
    fn takes_nothing(&self, trouble: Trouble) -> TransportError {
        match trouble {
            Trouble::Refused { code: code @ (530 | 534 | 535 | 538), words } => {
                TransportError::Login(format!("{code} {words}"))
            }
            Trouble::Refused { code, words } => {
                self.unusable(format!("it takes no mail from our address ({code} {words}); check from in [delivery]"))
            }
            Trouble::Lost(why) => self.unusable(why),
        }
    }

    /// Sends the content, and keeps the connection if the message was accepted.
    async fn hand_over(&mut self, mut connection: Connection, envelope: &Envelope<'_>) -> Delivery {
        let whole = AtomicBool::new(false);
        let sending = connection.smtp.message_iter(Parts { rest: envelope.content, whole: &whole });
        match within(self.settings.after_dot, sending).await {
            Ok(response) if response.code().severity == Severity::PositiveCompletion => {
                connection.messages += 1;
                connection.last_used = Instant::now();
                self.kept = Some(connection);
                Delivery::Accepted(tls::one_line(&words(&response)))
            }
            Ok(response) => Delivery::Unknown(format!("the server answered the message with {}", words(&response))),
            Err(Trouble::Refused { code, words }) => refused(connection, code, &words).await,
            Err(Trouble::Lost(why)) if whole.load(Ordering::Relaxed) => Delivery::Unknown(why),
            Err(Trouble::Lost(why)) => Delivery::Postponed(why),
        }
    }
}

async fn refused(connection: Connection, code: u16, words: &str) -> Delivery {
    connection.quit().await;
    verdict(code, words)
}

/// What a refusal means for the message. A login that is asked for is no fault of the message, so it is tried again.
fn verdict(code: u16, words: &str) -> Delivery {
    let reply = format!("{code} {words}");
    match code {
        530 | 534 | 535 | 538 => Delivery::Postponed(reply),
        500.. => Delivery::Refused(reply),
        _ => Delivery::Postponed(reply),
    }
}

impl Connection {
    async fn log_in(&mut self, login: &Login, server: &str) -> Result<(), TransportError> {
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        let offered = |mechanism: &Mechanism| self.smtp.server_info().supports_auth_mechanism(*mechanism);
        if !mechanisms.iter().any(offered) {
            return Err(TransportError::Login("it offers no login with a password on this connection".to_owned()));
        }
        let credentials = Credentials::new(login.username.clone(), login.password.expose_secret().to_owned());
        match within(self.timeout, self.smtp.auth(&mechanisms, &credentials)).await {
            Ok(_) => Ok(()),
            Err(Trouble::Refused { code, words }) if code >= 500 => {
                Err(TransportError::Login(format!("{code} {words}")))
            }
            Err(trouble) => Err(TransportError::Server {
                server: server.to_owned(),
                reason: format!("the login did not come to an end: {}", trouble.words()),
            }),
        }
    }

    /// Everything before the content: whatever fails here, the server has not taken the message.
    async fn announce(&mut self, envelope: &Envelope<'_>) -> Result<(), (Stage, Trouble)> {
        let of_message = |trouble| (Stage::Message, trouble);
        let parameters = envelope.parameters(&self.smtp).map_err(of_message)?;
        let is_plain = parameters.is_empty();
        let mail = Mail::new(envelope.reverse_path.clone(), parameters);
        within(self.timeout, self.smtp.command(mail)).await.map_err(|trouble| match trouble {
            // what the message needs beside the address (RFC 5321, section 4.1.1.11)
            Trouble::Refused { code: 501 | 504 | 555, .. } if !is_plain => of_message(trouble),
            _ => (Stage::Sender, trouble),
        })?;
        let rcpt = Rcpt::new(envelope.recipient.clone(), Vec::new());
        within(self.timeout, self.smtp.command(rcpt)).await.map_err(of_message)?;
        let answer = within(self.timeout, self.smtp.command(Data)).await.map_err(of_message)?;
        if answer.has_code(354) {
            return Ok(());
        }
        Err(of_message(Trouble::Lost(format!("the server answered DATA with {}", words(&answer)))))
    }

    /// Takes leave. Every message is settled by now, so how the server takes it does not matter.
    async fn quit(mut self) {
        let _ = timeout(self.timeout.min(Duration::from_secs(5)), self.smtp.quit()).await;
    }
}

/// A message as the dialogue needs it.
struct Envelope<'a> {
    /// None is the null reverse-path `<>`.
    reverse_path: Option<Address>,
    recipient: Address,
    /// Without its last line end, which belongs to the final dot (RFC 5321, section 4.1.1.4).
    content: &'a [u8],
}

impl Envelope<'_> {
    fn of(message: &Outgoing) -> Result<Envelope<'_>, String> {
        let reverse_path = match message.reverse_path.as_str() {
            "" => None,
            path => Some(address(path).ok_or("the envelope's sender is no mail address")?),
        };
        let recipient = address(&message.recipient).ok_or("the recipient is no mail address")?;
        let content = message.raw.strip_suffix(b"\r\n").unwrap_or(&message.raw);
        Ok(Envelope { reverse_path, recipient, content })
    }

    /// What the server has to know before it takes such a message, if it can take it at all.
    fn parameters(&self, smtp: &AsyncSmtpConnection) -> Result<Vec<MailParameter>, Trouble> {
        let international = |address: &Address| !AsRef::<str>::as_ref(address).is_ascii();
        let utf8 = international(&self.recipient) || self.reverse_path.as_ref().is_some_and(international);
        let needs = [
            (utf8, Extension::SmtpUtfEight, MailParameter::SmtpUtfEight),
            (!self.content.is_ascii(), Extension::EightBitMime, MailParameter::Body(MailBodyParameter::EightBitMime)),
        ];
        let mut parameters = Vec::new();
        for (_, extension, parameter) in needs.into_iter().filter(|(needed, ..)| *needed) {
            if !smtp.server_info().supports_feature(extension) {
                // in the server's stead, which would answer so if it were tried (RFC 6531, section 3.5; RFC 6152)
                return Err(Trouble::Refused { code: 550, words: format!("the mail server lacks {extension}") });
            }
            parameters.push(parameter);
        }
        Ok(parameters)
    }
}

/// An address for a command. lettre refuses some that exist (`a..b@docomo.example`); what cannot do harm in a command
/// is let through.
fn address(text: &str) -> Option<Address> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (user, domain) = text.rsplit_once('@')?;
    let harmless =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && !"<>@\\\"(),:;".contains(c));
    (harmless(user) && harmless(domain)).then(|| Address::new_dangerous(user, domain))
}

/// The content in pieces. Notes when the last one has been asked for: from then on the final dot may be on its way.
struct Parts<'a> {
    rest: &'a [u8],
    whole: &'a AtomicBool,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        const PIECE: usize = 64 * 1024;
        if self.rest.is_empty() {
            self.whole.store(true, Ordering::Relaxed);
            return None;
        }
        let (piece, rest) = self.rest.split_at(self.rest.len().min(PIECE));
        self.rest = rest;
        Some(piece)
    }
}

/// One stage under its time limit.
async fn within<T>(
    limit: Duration,
    stage: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Trouble> {
    match timeout(limit, stage).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Trouble::from(error)),
        Err(_) => Err(Trouble::Lost(format!("the mail server did not answer within {limit:?}"))),
    }
}

impl From<lettre::transport::smtp::Error> for Trouble {
    fn from(error: lettre::transport::smtp::Error) -> Trouble {
        let source = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        match error.status() {
            Some(code) => Trouble::Refused { code: code.into(), words: tls::one_line(&source) },
            None => Trouble::Lost(format!("the connection to the mail server broke: {}", tls::one_line(&source))),
        }
    }
}

impl Trouble {
    fn words(self) -> String {
        match self {
            Trouble::Refused { code, words } => format!("{code} {words}"),
            Trouble::Lost(why) => why,
        }
    }
}

/// A reply as the server gave it, on one line.
fn words(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    tls::one_line(&format!("{} {}", response.code(), lines.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_break_a_command_are_none() {
        for good in
            ["ann@customer.example", "a..b@docomo.example", "o'neil+x@customer.example", "j\u{fc}rgen@customer.example"]
        {
            assert_eq!(address(good).map(|address| address.to_string()).as_deref(), Some(good));
        }
        let bad = [
            "",
            "ann",
            "@customer.example",
            "ann@",
            "a b@c.example",
            "a@b@c..example",
            "a..<b@c.example",
            "a\r\nDATA@c.example",
        ];
        for bad in bad {
            assert_eq!(address(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_a_login_that_is_asked_for_makes_a_final_answer_wait() {
        assert_eq!(verdict(550, "5.1.1 unknown"), Delivery::Refused("550 5.1.1 unknown".to_owned()));
        assert_eq!(verdict(450, "later"), Delivery::Postponed("450 later".to_owned()));
        for code in [530, 534, 535, 538] {
            assert!(matches!(verdict(code, "log in first"), Delivery::Postponed(why) if why.contains("log in first")));
        }
    }

    #[test]
    fn the_dot_is_near_once_the_last_part_is_taken() {
        let whole = AtomicBool::new(false);
        let content = vec![7; 150_000];
        let mut parts = Parts { rest: &content, whole: &whole };
        let lengths: Vec<usize> = parts.by_ref().take(3).map(<[u8]>::len).collect();
        assert_eq!(lengths, [65_536, 65_536, 18_928]);
        assert!(!whole.load(Ordering::Relaxed));
        assert_eq!(parts.next(), None);
        assert!(whole.load(Ordering::Relaxed));
    }
}
