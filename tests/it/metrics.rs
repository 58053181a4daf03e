//! The metrics as a monitoring system scrapes them.

use std::time::Duration;

use jiff::SignedDuration;
use rmad::clock::Clock;
use rmad::metrics::serve;
use rmad::store::Stop;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::console::ask;
use crate::databases::both;
use crate::filled::Filled;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn a_scrape_tells_how_things_stand() {
    for database in both("metrics").await {
        let filled = Filled::on(database.store.clone(), tempfile::tempdir().unwrap()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cancelled = CancellationToken::new();
        let served = tokio::spawn(serve(listener, filled.desk.clone(), Clock::fixed(filled.now), cancelled.clone()));
        let scrape = async || {
            let answer = ask(address, &format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\n")).await;
            assert_eq!(answer.status, 200);
            assert!(answer.field("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
            answer.text().to_owned()
        };
        let says = |text: &str, lines: &[&str]| {
            for line in lines {
                assert!(text.lines().any(|told| told == *line), "{line:?} is not in\n{text}");
            }
        };
        says(&scrape().await, &["rmad_messages{state=\"settled\"} 0", "rmad_sending_stopped 0"]);

        filled.answer_mail().await;
        filled.keep(b"From: late@customer.example\r\nSubject: just in\r\n\r\nHello\r\n").await;
        filled.answer(b" \r\n").await;
        let stop = Stop { at: filled.now, by: "dana".to_owned(), why: "a wrong price".to_owned() };
        assert!(filled.desk.store.stop_sending(&stop).await.unwrap());
        let counts = filled.desk.store.ledger_counts(filled.now).await.unwrap();
        filled.desk.troubles.failed("reading the mailbox", "token of a@b.example expired", filled.now - HOUR);
        filled.desk.troubles.failed("sending", "passing", filled.now);
        let text = scrape().await;
        assert!(counts.settled > 0 && counts.outbox.recorded > 0);
        says(
            &text,
            &[
                "# TYPE rmad_messages gauge",
                &format!("rmad_messages{{state=\"settled\"}} {}", counts.settled),
                &format!("rmad_messages{{state=\"waiting\"}} {}", counts.waiting),
                "rmad_messages{state=\"quarantined\"} 1",
                &format!("rmad_outbox_messages{{state=\"recorded\"}} {}", counts.outbox.recorded),
                "rmad_sending_stopped 1",
                &format!(
                    "rmad_failing_since_seconds{{what=\"reading the mailbox\"}} {}",
                    (filled.now - HOUR).as_second()
                ),
            ],
        );
        assert!(!text.contains('@') && !text.contains("what=\"sending\""), "{text}");
        cancelled.cancel();
        served.await.unwrap().unwrap();
    }
}

/// Whoever begins a request and never ends it keeps the daemon from nothing.
#[tokio::test]
async fn half_a_request_does_not_keep_it_from_stopping() {
    let filled = Filled::with_orders().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let cancelled = CancellationToken::new();
    let served = tokio::spawn(serve(listener, filled.desk.clone(), Clock::fixed(filled.now), cancelled.clone()));
    stream.write_all(b"GET /met").await.unwrap();
    cancelled.cancel();
    tokio::time::timeout(Duration::from_secs(30), served).await.expect("it waits for ever").unwrap().unwrap();
}
