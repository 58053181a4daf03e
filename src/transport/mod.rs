//! The post office: hands over what was recorded for sending, exactly those bytes, and says how it ended.

mod maildir;
mod smtp;
mod starttls;

use crate::outbox::{Delivery, Outgoing};

pub use maildir::{MaildirOut, MaildirOutSettings};
pub use smtp::{AFTER_DOT, Smtp, SmtpSettings};

/// The post office of whichever kind was configured. Holds at most one connection; several work side by side.
#[derive(Debug)]
pub enum Transport {
    Smtp(Box<Smtp>),
    Maildir(MaildirOut),
}

/// Which post office to use.
#[derive(Debug, Clone)]
pub enum TransportSettings {
    Smtp(SmtpSettings),
    Maildir(MaildirOutSettings),
}

impl Transport {
    /// Takes the settings; the first connection is made for the first message.
    pub fn open(settings: TransportSettings) -> Transport {
        match settings {
            TransportSettings::Smtp(settings) => Transport::Smtp(Box::new(Smtp::new(settings))),
            TransportSettings::Maildir(settings) => Transport::Maildir(MaildirOut::new(settings)),
        }
    }

    /// One attempt to deliver one message. If the future is dropped, it is not known whether the message was accepted.
    ///
    /// # Errors
    /// Where nothing can be handed over at all, whatever the message: no attempt was made.
    pub async fn deliver(&mut self, message: &Outgoing) -> Result<Delivery, TransportError> {
        match self {
            Transport::Smtp(smtp) => smtp.deliver(message).await,
            Transport::Maildir(maildir) => maildir.deliver(message).await,
        }
    }

    /// Tries the connection afresh and says in one sentence what was found, or in one what is wrong and what to do.
    pub async fn check(&mut self) -> Result<String, TransportError> {
        match self {
            Transport::Smtp(smtp) => smtp.check().await,
            Transport::Maildir(maildir) => maildir.check().await,
        }
    }

    /// Takes leave of the server; the next message opens a new connection.
    pub async fn close(&mut self) {
        if let Transport::Smtp(smtp) = self {
            smtp.close().await;
        }
    }
}

/// Why nothing can be handed over at all, whatever the message.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error(transparent)]
    Line(#[from] crate::tls::LineError),
    #[error("the mail server refused the login: {0}; check username and password, messages wait until it is right")]
    Login(String),
    #[error("the mail server at {server} cannot be used: {reason}")]
    Server { server: String, reason: String },
    #[error("cannot write to {path}: {reason}")]
    Disk { path: String, reason: String },
}
