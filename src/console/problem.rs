//! Errors as pages that help: what happened, and what to do.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use tracing::error;

use super::words;
use crate::store;

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("There is no such page")]
    NoSuchPage,
    #[error("There is no case {0}")]
    NoSuchCase(String),
    #[error("There is no message {0}")]
    NoSuchMessage(String),
    #[error("Message {0} has no attachment {1}")]
    NoSuchAttachment(i64, String),
    #[error("Message {0} has no layout that can be shown")]
    NotLaidOut(i64),
    #[error("“{0}” is no outcome")]
    NoSuchOutcome(String),
    #[error("The console only reads")]
    OnlyReads,
    #[error("The console does not answer under this name")]
    ForeignName,
    #[error("The store does not answer")]
    Store(#[from] store::Error),
    #[error("The page could not be written")]
    Page(#[from] askama::Error),
    #[error("The page could not be made ready")]
    Task(#[from] tokio::task::JoinError),
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Problem::NoSuchPage
            | Problem::NoSuchCase(_)
            | Problem::NoSuchMessage(_)
            | Problem::NoSuchAttachment(..)
            | Problem::NotLaidOut(_) => StatusCode::NOT_FOUND,
            Problem::NoSuchOutcome(_) => StatusCode::BAD_REQUEST,
            Problem::OnlyReads => StatusCode::METHOD_NOT_ALLOWED,
            Problem::ForeignName => StatusCode::MISDIRECTED_REQUEST,
            Problem::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Page(_) | Problem::Task(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What to do about it.
    fn remedy(&self) -> String {
        match self {
            Problem::NoSuchPage => "Start from the list of messages.".to_owned(),
            Problem::NoSuchCase(_) => {
                "A case number looks like C-10023 and stands in brackets in the subject of every reply. Compare the \
                 digits with the mail, or find the customer's message in the list."
                    .to_owned()
            }
            Problem::NoSuchMessage(_) => {
                "Messages are numbered as they are kept, and no message ever goes. Find it in the list.".to_owned()
            }
            Problem::NoSuchAttachment(..) => {
                "What came with a message is listed on its page. Find the message in the list.".to_owned()
            }
            Problem::NotLaidOut(_) => {
                "There is no HTML in it that can be read; its own page shows the text. Find the message in the list."
                    .to_owned()
            }
            Problem::NoSuchOutcome(_) => {
                let known: Vec<String> = words::OUTCOMES.iter().map(|kind| words::key(*kind)).collect();
                format!("Choose one in the list of messages. By address they are {}.", known.join(", "))
            }
            Problem::OnlyReads => "Nothing can be changed here yet; answer customers from the mailbox.".to_owned(),
            Problem::ForeignName => {
                "Open it as http://localhost with its port, on the machine it runs on or through a tunnel. This keeps \
                 other web sites from reading customers' mail through your browser."
                    .to_owned()
            }
            Problem::Store(_) => {
                "Wait a moment and load the page again. If it stays so, the log of rmad says what the database answered."
                    .to_owned()
            }
            Problem::Page(_) | Problem::Task(_) => {
                "The log of rmad says why; please pass it on to whoever looks after this machine.".to_owned()
            }
        }
    }
}

#[derive(Template)]
#[template(path = "console/problem.html")]
struct Page {
    what: String,
    remedy: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if self.status().is_server_error() {
            let cause = std::error::Error::source(&self).map(ToString::to_string).unwrap_or_default();
            error!(%cause, "{self}");
        }
        let page = Page { what: self.to_string(), remedy: self.remedy() };
        let html = page.render().unwrap_or_else(|_| format!("{}. {}", page.what, page.remedy));
        (self.status(), Html(html)).into_response()
    }
}
