//! The whole line, the daemon's own chapters one after the other: Maildir in, Maildir out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use jiff::civil::date;
use rmad::case::State;
use rmad::config::Backlog;
use rmad::daemon::{self, Inbox, Pace};
use rmad::mail;
use rmad::mailbox::{Mailbox, MailboxSettings, MaildirSettings};
use rmad::store::{Sending, SendingState};
use rmad::transport::{MaildirOutSettings, Transport, TransportSettings};

use super::reminding::{BOTH, receive};
use super::{ADA, BARE, House, WHOLE, databases, mail as letter, with};

/// An inbox and a post office on disk.
struct Post {
    directory: tempfile::TempDir,
}

impl Post {
    fn new() -> Post {
        let directory = tempfile::tempdir().unwrap();
        for part in ["in/new", "in/cur", "in/tmp"] {
            fs::create_dir_all(directory.path().join(part)).unwrap();
        }
        Post { directory }
    }

    fn drop_off(&self, name: &str, raw: &str) {
        fs::write(self.directory.path().join("in/new").join(name), raw).unwrap();
    }

    /// What a daemon reads that was just started.
    fn inbox(&self) -> Inbox {
        self.inbox_with(Backlog::Answer)
    }

    fn inbox_with(&self, backlog: Backlog) -> Inbox {
        let path = self.directory.path().join("in");
        let settings = MaildirSettings { path, max_bytes: 1 << 20, received_at: mail::received_at };
        Inbox::new(Mailbox::open(MailboxSettings::Maildir(settings)), backlog)
    }

    fn office(&self) -> Transport {
        Transport::open(TransportSettings::Maildir(MaildirOutSettings { path: self.directory.path().join("out") }))
    }

    /// The files of a directory by name, with what is in them.
    fn files(&self, directory: &str) -> BTreeMap<String, Vec<u8>> {
        let path = self.directory.path().join(directory);
        if !path.exists() {
            return BTreeMap::new();
        }
        let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| (name(&path), fs::read(&path).unwrap())).collect()
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Everything in the outbox.
async fn written(house: &House) -> Vec<Sending> {
    let mut all = Vec::new();
    for case in house.store.recent_cases(10).await.unwrap() {
        all.extend(house.store.outgoing_of_case(&case.number).await.unwrap());
    }
    all
}

/// Each chapter is read by a daemon that was just started, and is read twice: whatever the one before it left behind,
/// nothing is lost and nothing is done again.
#[tokio::test]
async fn a_daemon_that_stops_after_any_chapter_leaves_a_state_to_go_on_from() {
    for database in databases("line").await {
        let house = House::open(database, |_| ()).await;
        let post = Post::new();
        let now = house.clock.now();
        let machine = with("Auto-Submitted: auto-replied", &letter(ADA, "3@customer.example", "I am away."));
        let sent = [letter(ADA, "1@customer.example", WHOLE), letter(ADA, "2@customer.example", BARE), machine];
        for (raw, n) in sent.iter().zip(1..) {
            post.drop_off(&format!("178154280{n}.M1.host"), raw);
        }

        for expected in [3, 3] {
            assert_eq!(daemon::collect(&house.desk, &mut post.inbox(), now).await.unwrap(), expected);
            let counts = house.store.ledger_counts(now).await.unwrap();
            assert_eq!((counts.kept, counts.waiting, counts.duplicates), (3, 3, 0));
            assert_eq!(post.files("in/new").len(), 3, "what waits stays where staff see it");
        }
        assert_eq!(daemon::answer(&house.desk, now).await.unwrap(), 3);
        assert_eq!(daemon::answer(&house.desk, now).await.unwrap(), 0);
        for _ in 0..2 {
            let mut inbox = post.inbox();
            daemon::collect(&house.desk, &mut inbox, now).await.unwrap();
            daemon::file_away(&house.desk, &mut inbox, || now).await.unwrap();
            assert_eq!((post.files("in/new").len(), post.files("in/.Processed/new").len()), (0, 3));
        }
        let kept: Vec<Vec<u8>> = post.files("in/.Processed/new").into_values().collect();
        assert_eq!(kept, sent.map(String::into_bytes), "byte for byte");

        let mut pace = Pace::default();
        for due in [1, 1, 0] {
            assert_eq!(daemon::send(&house.desk, &mut post.office(), &mut pace, || now).await.unwrap(), due);
        }
        let mut recorded: Vec<Vec<u8>> =
            written(&house).await.into_iter().map(|sending| sending.outgoing.raw).collect();
        let mut delivered: Vec<Vec<u8>> = post.files("out/new").into_values().collect();
        delivered.sort();
        recorded.sort();
        assert_eq!(delivered, recorded);
    }
}

/// A Maildir has no order of UIDs: what is left alone is known by name.
#[tokio::test]
async fn the_backlog_of_a_maildir_is_left_alone_and_taken_up_in_shadow() {
    for database in databases("backlog").await {
        let house = House::open(database, |_| ()).await;
        let (post, now) = (Post::new(), house.clock.now());
        for n in 1..=2 {
            post.drop_off(&format!("178154280{n}.M1.host"), &letter(ADA, &format!("{n}@customer.example"), WHOLE));
        }
        let mut inbox = post.inbox_with(Backlog::Leave);
        for _ in 0..2 {
            assert_eq!(daemon::collect(&house.desk, &mut inbox, now).await.unwrap(), 0);
        }
        // its name is older than theirs
        post.drop_off("1781542700.M1.host", &letter(ADA, "3@customer.example", BARE));
        assert_eq!(daemon::collect(&house.desk, &mut inbox, now).await.unwrap(), 1);
        assert_eq!(daemon::answer(&house.desk, now).await.unwrap(), 1);
        daemon::file_away(&house.desk, &mut inbox, || now).await.unwrap();
        assert_eq!(post.files("in/new").len(), 2, "the new one is filed, the others stay");
        assert_eq!(house.store.ledger_counts(now).await.unwrap().left, 2);

        let mut inbox = post.inbox_with(Backlog::Shadow);
        assert_eq!(daemon::collect(&house.desk, &mut inbox, now).await.unwrap(), 2);
        assert_eq!(daemon::answer(&house.desk, now).await.unwrap(), 2);
        daemon::file_away(&house.desk, &mut inbox, || now).await.unwrap();
        assert!(post.files("in/new").is_empty());
        let counts = house.store.ledger_counts(now).await.unwrap();
        assert_eq!((counts.left, counts.kept, counts.outbox.recorded, counts.outbox.withheld), (0, 3, 1, 2));
    }
}

/// An outage is nobody's fault: however long it lasts, no message is given up for it.
#[tokio::test]
async fn while_nothing_can_be_sent_no_attempt_counts() {
    for database in databases("outage").await {
        let mut house = House::open(database, |_| ()).await;
        let post = Post::new();
        for (raw, n) in [WHOLE, BARE].iter().zip(1..) {
            house.take_in(letter(ADA, &format!("{n}@customer.example"), raw)).await;
        }
        let mut pace = Pace::default();
        let office = post.directory.path().join("out");
        fs::write(&office, "in the way").unwrap();
        for _ in 0..20 {
            let fault =
                daemon::send(&house.desk, &mut post.office(), &mut pace, || house.clock.now()).await.unwrap_err();
            assert!(format!("{fault:#}").contains("nothing can be sent"), "{fault:#}");
            house.clock.advance(SignedDuration::from_hours(12));
        }
        let states: Vec<_> = written(&house).await.iter().map(|sending| (sending.state, sending.attempts)).collect();
        assert_eq!(states, [(SendingState::Recorded, 0), (SendingState::Recorded, 0)]);

        fs::remove_file(&office).unwrap();
        for due in [1, 1, 0] {
            let sent = daemon::send(&house.desk, &mut post.office(), &mut pace, || house.clock.now()).await;
            assert_eq!(sent.unwrap(), due);
        }
        let states: Vec<_> = written(&house).await.iter().map(|sending| (sending.state, sending.attempts)).collect();
        assert_eq!(states, [(SendingState::Accepted, 1), (SendingState::Accepted, 1)]);
    }
}

/// Reminders wait while the mail server is away; the vendor's hours are 9 to 17.
#[tokio::test]
async fn what_time_brought_leaves_at_civil_hours_and_while_it_is_true() {
    for database in databases("timely").await {
        let (post, mut house) = (Post::new(), House::staffed(database).await);
        let asked = house.ada_writes("1@customer.example", None, BARE).await;
        let other = house.ada_writes("2@customer.example", None, BARE).await;
        house.at("2026-06-18T16:50");
        assert_eq!(daemon::remind(&house.desk, house.clock.now()).await.unwrap(), 2);
        house.at("2026-06-18T23:00");
        let reply = house.take_in(letter(ADA, "3@customer.example", WHOLE)).await;
        assert_eq!(send_all(&house, &post).await, 3, "the answer leaves at night, the reminders are put back");
        assert_eq!(house.replies(reply).await.len(), 1);
        let states = async |number: &str| -> Vec<(SendingState, u32)> {
            house.written(number).await.iter().map(|sending| (sending.state, sending.attempts)).collect()
        };
        assert_eq!(states(&asked).await[1], (SendingState::Recorded, 0));
        assert_eq!(post.files("out/new").len(), 1);
        house.at("2026-06-19T08:59");
        assert_eq!(send_all(&house, &post).await, 0);
        house.staff_change(&other, None, |case| case.state = State::HeldForReview).await;
        house.at("2026-06-19T09:00");
        assert_eq!(send_all(&house, &post).await, 2);
        assert_eq!(states(&asked).await[1], (SendingState::Accepted, 1));
        assert_eq!(states(&other).await[1], (SendingState::Withheld, 0));
        assert_eq!(post.files("out/new").len(), 2);
        let withheld = house.written(&other).await.remove(1);
        assert_eq!(withheld.outgoing.withheld.as_deref(), Some("the case has moved on"));
        let events = house.store.events_of_case(&other).await.unwrap();
        assert_eq!(
            events.last().unwrap().what,
            "The message \"details_reminder\" was not sent: the case has moved on."
        );
    }
}

/// What was told to have expired, and what has come while the mail server was away.
#[tokio::test]
async fn a_letter_that_calls_expired_what_has_come_is_withheld_and_staff_are_told() {
    for database in databases("came_meanwhile").await {
        let (post, mut house) = (Post::new(), House::staffed(database).await);
        let number = house.ada_writes("1@customer.example", None, BOTH).await;
        house.at("2026-06-30T09:00");
        assert_eq!(daemon::remind(&house.desk, house.clock.now()).await.unwrap(), 1);
        house.at("2026-06-30T11:00");
        house.step(&number, receive("NWS-24001101", date(2026, 6, 29))).await.unwrap();
        assert_eq!(send_all(&house, &post).await, 3);
        let states: Vec<(String, SendingState)> =
            house.written(&number).await.into_iter().map(|sent| (sent.outgoing.template, sent.state)).collect();
        let (accepted, withheld) = (SendingState::Accepted, SendingState::Withheld);
        let expected = [
            ("rma_issued", accepted),
            ("rma_expired", withheld),
            ("staff_notice", withheld),
            ("package_received", accepted),
        ];
        assert_eq!(states, expected.map(|(template, state)| (template.to_owned(), state)));
        let digest = house.digest_at("2026-07-01T09:00").await.unwrap().text;
        assert!(digest.contains("NOT DELIVERED (2)") && digest.contains(&format!("- {number}, to ada@")), "{digest}");
        assert!(digest.contains("withheld: the case has moved on"), "{digest}");
    }
}

/// An RMA whose reply could not leave for weeks.
#[tokio::test]
async fn an_rma_whose_last_day_has_passed_is_not_sent() {
    for (test, time, state) in [
        ("in_time", "2026-06-29T23:59", SendingState::Accepted),
        ("too_late", "2026-06-30T00:00", SendingState::Withheld),
    ] {
        for database in databases(test).await {
            let (post, mut house) = (Post::new(), House::staffed(database).await);
            let id = house.take_in(letter(ADA, "1@customer.example", WHOLE)).await;
            house.at(time);
            assert_eq!(send_all(&house, &post).await, 1);
            let number = house.entry(id).await.case_number.unwrap();
            assert_eq!(house.written(&number).await[0].state, state, "{time}");
        }
    }
}

/// Sends until nothing is due; how many were seen to.
async fn send_all(house: &House, post: &Post) -> usize {
    let (mut pace, mut all) = (Pace::default(), 0);
    loop {
        match daemon::send(&house.desk, &mut post.office(), &mut pace, || house.clock.now()).await.unwrap() {
            0 => return all,
            some => all += some,
        }
    }
}
