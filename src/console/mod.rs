//! The staff's window: what came in, what became of it, and why. It only reads, on loopback alone, without sign-in.
//!
//! Pages are plain HTML with one style sheet and no script. Whatever strangers wrote is escaped by the templates, and
//! every answer carries headers that would keep a browser from running it even so ([`guard`]). Mail is also shown as its
//! sender laid it out, written anew without anything that runs, loads or leads away ([`crate::mail::laid_out`]), in a frame that
//! belongs to no site and may do nothing. What came attached is only ever downloaded, as bytes of no type. Requests under
//! a foreign name are turned away: a web page that somebody reads elsewhere must not reach this one (DNS rebinding).
//!
//! [`case_file`] gathers what there is to know about a case, [`words`] says it in plain English; `rmad explain` uses both.

pub mod case_file;
mod case_page;
mod download;
mod guard;
mod kept;
mod ledger_page;
mod message_page;
mod page;
mod problem;
pub mod words;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::clock::Clock;
use crate::daemon::Desk;
use crate::http;
use page::Frame;
use problem::Problem;

/// How long the store may take to say that it is there.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// What every page is made from.
#[derive(Debug, Clone)]
struct Console {
    desk: Arc<Desk>,
    clock: Clock,
    frame: Frame,
}

impl Console {
    /// The frame of a page as things stand.
    async fn frame(&self) -> Result<Frame, Problem> {
        let stop = self.desk.store.stopped().await?;
        Ok(self.frame.clone().with(stop, self.desk.troubles.lasting(self.clock.now())))
    }
}

/// Serves the console until it is cancelled.
///
/// # Errors
/// Where the listener can be reached from elsewhere than this machine, or fails.
pub async fn serve(
    listener: TcpListener,
    desk: Arc<Desk>,
    clock: Clock,
    cancelled: CancellationToken,
) -> anyhow::Result<()> {
    let address = listener.local_addr().context("the console's listener has no address")?;
    ensure!(
        address.ip().is_loopback(),
        "the console has no sign-in yet and would show cases to the network on {address}"
    );
    let frame = Frame::new(&desk.letters.vendor.name, &desk.time_zone);
    let console = Console { desk, clock, frame };
    let router = routes().layer(middleware::from_fn_with_state(address, guard::guard));
    http::serve(listener, router.with_state(console), "the console", cancelled).await
}

fn routes() -> Router<Console> {
    Router::new()
        .route("/", get(ledger_page::show))
        .route("/cases/{number}", get(case_page::show))
        .route("/messages/{id}", get(message_page::show))
        .route("/messages/{id}/html", get(message_page::laid_out))
        .route("/messages/{id}/raw", get(download::original))
        .route("/messages/{id}/attachments/{number}", get(download::attachment))
        .route("/console.css", get(style))
        .route("/healthz", get("alive\n"))
        .route("/readyz", get(ready))
        .fallback(async || Problem::NoSuchPage)
        .method_not_allowed_fallback(async || Problem::OnlyReads)
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../templates/console/console.css"))
        .into_response()
}

/// Whether the store answers, for a supervisor.
async fn ready(State(console): State<Console>) -> (StatusCode, &'static str) {
    match tokio::time::timeout(READY_WITHIN, console.desk.store.message(0)).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        Ok(Err(error)) => {
            warn!(%error, "the store does not answer the console");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer; the log says why\n")
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store takes too long to answer\n"),
    }
}
