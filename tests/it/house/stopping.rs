//! The breaker: what is out of the ordinary stops all sending, until a person lets it go on.

use jiff::SignedDuration;
use rmad::daemon::{self, Desk, Pace};
use rmad::store::Stop;
use rmad::transport::{MaildirOutSettings, Transport, TransportSettings};

use super::{ADA, BARE, House, WHOLE, databases, mail};

impl House {
    /// The daemon sends as long as it finds anything to send; tells how much that was.
    async fn sent_by_the_daemon(&self) -> usize {
        self.sent_by(&self.desk).await
    }

    async fn sent_by(&self, desk: &Desk) -> usize {
        let directory = tempfile::tempdir().unwrap();
        let settings = MaildirOutSettings { path: directory.path().join("out") };
        let (mut post, mut pace) = (Transport::open(TransportSettings::Maildir(settings)), Pace::default());
        let mut sent = 0;
        loop {
            match daemon::send(desk, &mut post, &mut pace, || self.clock.now()).await.unwrap() {
                0 => return sent,
                some => sent += some,
            }
        }
    }
}

/// Ada writes about the same unit again and again.
async fn written(house: &mut House, messages: std::ops::Range<usize>) {
    for number in messages {
        let id = format!("{number}@customer.example");
        house.take_in(mail(ADA, &id, &format!("{WHOLE} This is letter {number}."))).await;
    }
}

#[tokio::test]
async fn more_than_an_hour_allows_stops_everything_until_a_person_lets_it_go_on() {
    for database in databases("breaker").await {
        let mut house = House::open(database, |gate| gate.per_hour = 3).await;
        written(&mut house, 0..5).await;
        assert_eq!(house.sent_by_the_daemon().await, 3);
        let stop = house.store.stopped().await.unwrap().unwrap();
        assert_eq!(stop.by, "rmad");
        assert!(stop.why.contains("delivery.per_hour = 3"), "{}", stop.why);
        // nothing leaves by waiting, and what comes meanwhile is answered into the outbox
        house.clock.advance(SignedDuration::from_hours(5));
        written(&mut house, 5..6).await;
        assert_eq!(house.sent_by_the_daemon().await, 0);
        let now = house.clock.now();
        assert_eq!(house.store.due(now).await.unwrap(), 3);
        let stopped = house.store.resume_sending("dana", Some("all of it is right"), now).await.unwrap();
        assert_eq!(stopped, Some(stop));
        assert_eq!(house.store.resume_sending("dana", None, now).await.unwrap(), None);
        assert_eq!(house.sent_by_the_daemon().await, 3, "what left before counts no more");
        assert_eq!(house.store.stopped().await.unwrap(), None);
    }
}

#[tokio::test]
async fn several_daemons_on_one_database_send_no_more_in_an_hour_than_one() {
    for database in databases("breaker_of_several").await {
        let others = [database.shared(), database.shared()];
        let mut house = House::open(database, |gate| gate.per_hour = 7).await;
        for customer in 0..20 {
            let address = format!("c{customer}@freemail.example");
            house.receive(mail(&address, &format!("id.{address}"), BARE)).await;
        }
        house.answer().await;
        let mut desks = Vec::new();
        for other in others {
            desks.push(House::open(other, |gate| gate.per_hour = 7).await.desk);
        }
        let sent = tokio::join!(house.sent_by(&house.desk), house.sent_by(&desks[0]), house.sent_by(&desks[1]));
        assert_eq!(sent.0 + sent.1 + sent.2, 7, "{sent:?}");
        assert_eq!(house.store.due(house.clock.now()).await.unwrap(), 13);
        assert!(house.store.stopped().await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_person_stops_sending_once() {
    for database in databases("stopped_by_hand").await {
        let mut house = House::open(database, |_| ()).await;
        written(&mut house, 0..1).await;
        let stop = |by: &str| Stop { at: house.clock.now(), by: by.to_owned(), why: "a wrong price".to_owned() };
        assert!(house.store.stop_sending(&stop("dana")).await.unwrap());
        assert!(!house.store.stop_sending(&stop("eli")).await.unwrap());
        assert_eq!(house.store.stopped().await.unwrap().unwrap().by, "dana");
        assert_eq!(house.sent_by_the_daemon().await, 0);
        house.store.resume_sending("eli", None, house.clock.now()).await.unwrap();
        assert_eq!(house.sent_by_the_daemon().await, 1);
    }
}
