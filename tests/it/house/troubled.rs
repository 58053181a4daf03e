//! What the daemon tries in vain is told until it goes on: an expired token is not to go unnoticed for days.

use std::fs;
use std::time::Duration;

use jiff::SignedDuration;
use rmad::config::Backlog;
use rmad::daemon::{self, Inbox};
use rmad::mailbox::{Mailbox, MailboxSettings, MaildirSettings};
use rmad::scheduler::{self, Parts};
use rmad::transport::{MaildirOutSettings, Transport, TransportSettings};
use tokio_util::sync::CancellationToken;

use super::{Database, House};
use crate::lab;

const PATIENCE: Duration = Duration::from_secs(60);
const QUARTER: SignedDuration = SignedDuration::from_mins(15);

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_long_is_told_until_it_goes_on() {
    let house = House::staffed(Database::sqlite()).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("inbox");
    let settings = MaildirSettings { path: path.clone(), max_bytes: 1 << 20, received_at: |_| None };
    let out = directory.path().join("out");
    let parts = Parts {
        desk: house.desk.clone(),
        inbox: Inbox::new(Mailbox::open(MailboxSettings::Maildir(settings)), Backlog::Answer),
        post: Transport::open(TransportSettings::Maildir(MaildirOutSettings { path: out.clone() })),
        clock: house.clock.clone(),
        poll: Duration::from_millis(100),
    };
    let stop = CancellationToken::new();
    let daemon = tokio::spawn(scheduler::run(parts, stop.clone()));
    let began = house.clock.now();
    let fails = |what: &str, fails: bool| {
        lab::within(PATIENCE, what, || house.desk.troubles.lasting(began + QUARTER).is_empty() != fails);
    };

    fails("the mailbox is not there", true);
    assert_eq!(house.desk.troubles.lasting(began), [], "it may pass");
    house.clock.advance(SignedDuration::from_hours(24));
    assert!(daemon::digest(&house.desk, house.clock.now()).await.unwrap());
    lab::within(PATIENCE, "the digest tells of it", || {
        // made with the first mail
        let sent = fs::read_dir(out.join("new"))
            .into_iter()
            .flatten()
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        sent.map(|mail| mail.replace("\r\n ", " ")).any(|mail| mail.contains("2026: trouble"))
    });

    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(path.join(folder)).unwrap();
    }
    fails("the mailbox is read", false);
    stop.cancel();
    daemon.await.unwrap().unwrap();
}
