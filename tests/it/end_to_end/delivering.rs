//! The way to the mail server breaks while a reply is handed over: it arrives once, or twice as the same message.

use jiff::{SignedDuration, Timestamp};
use rmad::clock::Clock;
use rmad::daemon::{self, Pace};

use super::{Letter, Vendor, whole_request};
use crate::lab;

#[tokio::test]
async fn a_reply_that_the_server_never_took_arrives_once() {
    let letters = through("smtp-cut-before-dot").await;
    assert_eq!(letters.len(), 1);
}

#[tokio::test]
async fn a_reply_that_the_server_took_in_secret_may_arrive_twice_as_the_same_message() {
    let letters = through("smtp-cut-after-dot").await;
    let [first, second] = &letters[..] else { panic!("{} arrived", letters.len()) };
    assert_eq!(first.header("Message-ID"), second.header("Message-ID"));
    assert_eq!(first.text(), second.text());
}

/// What a customer gets when the connection breaks while the answer is handed over, and not the next time.
async fn through(preset: &str) -> Vec<Letter> {
    let mut vendor = tokio::task::spawn_blocking(|| Vendor::new(lab::up(), 1)).await.unwrap();
    let proxy = vendor.lab.proxy("submissions", preset);
    vendor.smtp_port = proxy.port;
    vendor.configure();
    vendor.receives(&whole_request(&vendor, 0));
    let clock = Clock::fixed(Timestamp::now());
    let (desk, mut inbox, mut post) = vendor.parts().await;
    assert_eq!(daemon::collect(&desk, &mut inbox, clock.now()).await.unwrap(), 1);
    assert_eq!(daemon::answer(&desk, clock.now()).await.unwrap(), 1);
    let mut pace = Pace::default();

    assert_eq!(daemon::send(&desk, &mut post, &mut pace, || clock.now()).await.unwrap(), 1);
    proxy.has_caused(1);
    assert_eq!(
        daemon::send(&desk, &mut post, &mut pace, || clock.now()).await.unwrap(),
        0,
        "it is not tried again at once"
    );
    assert_eq!(desk.store.ledger_counts(clock.now()).await.unwrap().outbox.recorded, 1);
    clock.advance(SignedDuration::from_secs(31));
    assert_eq!(daemon::send(&desk, &mut post, &mut pace, || clock.now()).await.unwrap(), 1);
    assert_eq!(desk.store.ledger_counts(clock.now()).await.unwrap().outbox.accepted, 1);
    proxy.has_caused(1);
    let arrived = if preset == "smtp-cut-after-dot" { 2 } else { 1 };
    vendor.replies(&vendor.customers[0], arrived)
}
