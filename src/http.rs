//! Serving pages until the daemon stops, for the console and the metrics.

use std::future::IntoFuture;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long answers that are under way may still take once it is to stop: a client that never ends its request keeps
/// nobody from stopping.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// Serves until it is cancelled. `what` is served, in an error.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    what: &'static str,
    cancelled: CancellationToken,
) -> anyhow::Result<()> {
    let server =
        axum::serve(listener, router).with_graceful_shutdown(cancelled.clone().cancelled_owned()).into_future();
    let patience = async {
        cancelled.cancelled().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        served = server => served.with_context(|| format!("{what} failed")),
        () = patience => Ok(()),
    }
}
