//! How things stand, for a monitoring system: counts of what the store holds, asked of it at each scrape, in the text
//! format of Prometheus. Nothing that a customer wrote is among them.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::clock::Clock;
use crate::daemon::{Desk, Trouble};
use crate::http;
use crate::store::LedgerCounts;

/// Of the text format, version 0.0.4; gauges look the same in OpenMetrics.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves `/metrics` until it is cancelled.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(
    listener: TcpListener,
    desk: Arc<Desk>,
    clock: Clock,
    cancelled: CancellationToken,
) -> anyhow::Result<()> {
    let router = Router::new().route("/metrics", get(scrape)).with_state((desk, clock));
    http::serve(listener, router, "the metrics", cancelled).await
}

async fn scrape(State((desk, clock)): State<(Arc<Desk>, Clock)>) -> Response {
    match text(&desk, clock.now()).await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(fault) => {
            warn!(error = format!("{fault:#}"), "the metrics cannot be read from the store");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer; the log says why\n").into_response()
        }
    }
}

async fn text(desk: &Desk, now: Timestamp) -> anyhow::Result<String> {
    let counts = desk.store.ledger_counts(now).await?;
    let is_stopped = desk.store.stopped().await?.is_some();
    let troubles = desk.troubles.lasting(now);
    let mut text = String::new();
    encode(&mut text, &registry(&counts, is_stopped, &troubles))?;
    Ok(text)
}

fn registry(counts: &LedgerCounts, is_stopped: bool, troubles: &[Trouble]) -> Registry {
    let LedgerCounts { waiting, settled, quarantined, duplicates, unfiled, left, outbox, .. } = counts;
    let mut registry = Registry::with_prefix("rmad");
    let messages = [
        ("waiting", waiting),
        ("settled", settled),
        ("quarantined", quarantined),
        ("duplicate", duplicates),
        ("unfiled", unfiled),
        ("left", left),
    ];
    registry.register(
        "messages",
        "Messages received, by state; those in quarantine and duplicates are among the settled",
        by_state(&messages),
    );
    let outgoing = [
        ("recorded", &outbox.recorded),
        ("leased", &outbox.leased),
        ("accepted", &outbox.accepted),
        ("refused", &outbox.refused),
        ("given_up", &outbox.given_up),
        ("withheld", &outbox.withheld),
    ];
    registry.register("outbox_messages", "Messages written, by state", by_state(&outgoing));
    let stopped: Gauge = Gauge::default();
    stopped.set(i64::from(is_stopped));
    registry.register("sending_stopped", "1 while all sending is stopped and waits for a person", stopped);
    let failing = Family::<[(&str, &str); 1], Gauge>::default();
    for trouble in troubles {
        failing.get_or_create(&[("what", trouble.what)]).set(trouble.since.as_second());
    }
    registry.register("failing_since_seconds", "Since when a part of the daemon fails, in Unix time", failing);
    registry
}

fn by_state(counts: &[(&'static str, &i64)]) -> Family<[(&'static str, &'static str); 1], Gauge> {
    let family = Family::<_, Gauge>::default();
    for (state, count) in counts {
        family.get_or_create(&[("state", *state)]).set(**count);
    }
    family
}
