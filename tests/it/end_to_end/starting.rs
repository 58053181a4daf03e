//! The first start on a mailbox in which mail lies already.

use jiff::{SignedDuration, Timestamp};
use rmad::daemon;
use rmad::store::SendingState;

use super::{Vendor, mail, whole_request};
use crate::lab;

/// A vendor with so many customers, who says what becomes of mail that lies there.
fn vendor(customers: usize, backlog: &'static str) -> Vendor<'static> {
    let vendor = Vendor { backlog, ..Vendor::new(lab::up(), customers) };
    vendor.configure();
    vendor
}

#[test]
fn what_lies_there_is_left_alone_until_the_operator_says_otherwise() {
    let mut vendor = vendor(2, "leave");
    vendor.receives(&whole_request(&vendor, 0));
    let checked = vendor.command(&["check", "--connect"]).output().unwrap();
    let checked = String::from_utf8(checked.stdout).unwrap();
    assert!(checked.contains("first start: 1 messages lie in the mailbox and will be left alone"), "{checked}");

    let daemon = vendor.run();
    daemon.says("what lies in it is left alone");
    vendor.receives(&whole_request(&vendor, 1));
    vendor.replies(&vendor.customers[1], 1);
    let counts = vendor.in_order(1, 1);
    assert_eq!((counts.left, counts.quarantined), (1, 0), "{counts:?}");
    assert_eq!(vendor.lab.count(&vendor.address, "INBOX"), 1, "it is not moved");
    daemon.stop();

    vendor.backlog = "shadow";
    vendor.configure();
    let daemon = vendor.run();
    vendor.filed(1, 1);
    daemon.stop();
    let counts = vendor.ledger();
    assert_eq!((counts.left, counts.kept, counts.outbox.withheld, counts.outbox.accepted), (0, 2, 1, 1), "{counts:?}");
    assert_eq!(vendor.lab.count(&vendor.customers[0], "INBOX"), 0);
    let why = vendor.remembers(async |store| {
        let unsent = store.unsent(Timestamp::UNIX_EPOCH, 9).await.unwrap().oldest.remove(0);
        assert_eq!(unsent.state, SendingState::Withheld);
        unsent.why.unwrap()
    });
    assert!(why.contains("intake.backlog"), "{why}");
}

#[tokio::test]
async fn what_arrives_after_the_first_listing_is_new_however_soon() {
    let vendor = tokio::task::spawn_blocking(|| vendor(0, "leave")).await.unwrap();
    let (desk, mut inbox, _) = vendor.parts().await;
    let now = Timestamp::now();
    assert_eq!(daemon::collect(&desk, &mut inbox, now).await.unwrap(), 0, "an empty mailbox has been seen");
    for words in ["one", "two"] {
        vendor.receives(&mail("ann@customer.example", words, "", words));
        assert_eq!(daemon::collect(&desk, &mut inbox, now).await.unwrap(), 1);
    }
    let counts = desk.store.ledger_counts(now).await.unwrap();
    assert_eq!((counts.left, counts.waiting), (0, 2));
}

#[tokio::test]
async fn in_a_renumbered_mailbox_what_is_older_than_the_first_sight_is_left_alone_and_what_is_newer_is_new() {
    let vendor = tokio::task::spawn_blocking(|| vendor(0, "leave")).await.unwrap();
    vendor.receives(&mail("ann@customer.example", "old", "", "left alone"));
    let (desk, mut inbox, _) = vendor.parts().await;
    // Dovecot dates by the second
    let first_seen = Timestamp::now() + SignedDuration::from_secs(1);
    assert_eq!(daemon::collect(&desk, &mut inbox, first_seen).await.unwrap(), 0);
    lab::within(super::PATIENCE, "a second passes", || Timestamp::now() > first_seen + SignedDuration::from_secs(1));
    vendor.receives(&mail("ann@customer.example", "new", "", "kept"));
    assert_eq!(daemon::collect(&desk, &mut inbox, Timestamp::now()).await.unwrap(), 1);

    vendor.lab.renumber(&vendor.address, 987_654);
    vendor.receives(&mail("ann@customer.example", "newer", "", "not seen before"));
    let imported = "Received: from a by b; Mon, 3 Feb 2020 10:00:00 +0000\r\n";
    let old = mail("ann@customer.example", "imported", "", "years old");
    let file = vendor.path("imported.eml");
    std::fs::write(&file, format!("{imported}{old}")).unwrap();
    vendor.lab.doveadm(&["save", "-u", &vendor.address, "-m", "INBOX", file.to_str().unwrap()]);
    let (_, mut inbox, _) = vendor.parts().await;
    for _ in 0..2 {
        daemon::collect(&desk, &mut inbox, Timestamp::now()).await.unwrap();
        let counts = desk.store.ledger_counts(Timestamp::now()).await.unwrap();
        assert_eq!((counts.left, counts.waiting, counts.duplicates), (2, 2, 1), "{counts:?}");
    }
}
