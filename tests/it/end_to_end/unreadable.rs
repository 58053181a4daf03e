//! What cannot be fetched, read or answered is put before staff, and stops nobody else.

use jiff::Timestamp;
use rmad::daemon;
use rmad::policy::{Flag, OutcomeKind};
use serde_json::json;

use super::{Vendor, mail, whole_request};
use crate::lab;

#[test]
fn a_message_that_cannot_be_fetched_or_read_stops_no_other() {
    let mut vendor = Vendor::new(lab::up(), 3);
    // the connection breaks each time a certain message comes by
    let poison = "poison-3f1c";
    let rule = json!([{"side": "s2c", "match": poison, "action": "cut", "times": 0}]);
    let proxy = vendor.lab.proxy_rules("imaps", &rule);
    vendor.imap_port = proxy.port;
    vendor.configure();
    vendor.receives(&whole_request(&vendor, 0));
    let part = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n";
    let fields = "Content-Type: multipart/mixed; boundary=b\r\n";
    vendor.receives(&format!("From: <ann@customer.example>\r\n{fields}\r\n{}--b--\r\n", part.repeat(12_000)));
    vendor.receives(&mail("ann@customer.example", "Dead switch", "", poison));
    vendor.receives(&mail("ann@customer.example", "Large", "", &"0123456789 0123456789\r\n".repeat(50_000)));
    vendor.receives(&whole_request(&vendor, 1));
    let daemon = vendor.run();
    vendor.replies(&vendor.customers[0], 1);
    vendor.replies(&vendor.customers[1], 1);
    vendor.receives(&whole_request(&vendor, 2));
    vendor.replies(&vendor.customers[2], 1);
    vendor.filed(3, 3);
    let counts = vendor.in_order(6, 3);
    daemon.stop();

    assert_eq!(counts.quarantined, 3, "{counts:?}");
    // together, alone, and in the next round again
    assert!((3..=4).contains(&proxy.faults()), "{}", proxy.faults());
    let mut defects = vendor.remembers(async |store| {
        let mut defects = Vec::new();
        for entry in store.recent_messages(9).await.unwrap().into_iter().filter(|entry| entry.defect.is_some()) {
            assert_eq!((entry.outcome, entry.flags), (Some(OutcomeKind::HeldForReview), vec![Flag::Unreadable]));
            defects.push((store.raw(entry.id).await.unwrap().unwrap().len(), entry.defect.unwrap()));
        }
        defects
    });
    defects.sort();
    let [unfetched, oversized, unread] = &defects[..] else { panic!("{defects:?}") };
    assert!(unfetched.0 == 0 && unfetched.1.contains("could not be fetched"), "{unfetched:?}");
    assert!((1..2_000).contains(&oversized.0) && oversized.1.contains("only its header"), "{oversized:?}");
    assert!(unread.0 > 400_000 && unread.1.contains("exceeds the limits"), "{unread:?}");
    let review = vendor.lab.messages(&vendor.address, "Review");
    assert!(review.iter().any(|message| message["text"].to_string().contains(poison)), "staff find it whole");
}

#[tokio::test]
async fn a_message_that_the_server_lists_and_does_not_give_is_not_passed_over() {
    let mut vendor = tokio::task::spawn_blocking(|| Vendor::new(lab::up(), 2)).await.unwrap();
    let rule = json!([{"side": "s2c", "match": "\\* 2 FETCH \\(UID 2 INTERNALDATE .*?the last words\r\n\\)\r\n",
                       "action": "drop", "times": 0, "every": true}]);
    let proxy = vendor.lab.proxy_rules("imaps", &rule);
    vendor.imap_port = proxy.port;
    vendor.configure();
    vendor.receives(&whole_request(&vendor, 0));
    vendor.receives(&mail("ann@customer.example", "Dead switch", "", "the last words"));
    vendor.receives(&whole_request(&vendor, 1));
    let (desk, mut inbox, _) = vendor.parts().await;
    let now = Timestamp::now();
    let fault = daemon::collect(&desk, &mut inbox, now).await.unwrap_err();
    assert!(fault.to_string().contains("lists message 2 and does not give it"), "{fault}");
    assert_eq!(desk.store.ledger_counts(now).await.unwrap().kept, 1, "those before it are kept");
    assert_eq!(daemon::collect(&desk, &mut inbox, now).await.unwrap(), 2);
    let counts = desk.store.ledger_counts(now).await.unwrap();
    assert_eq!((counts.kept, counts.waiting, counts.quarantined), (3, 2, 1));
}

#[tokio::test]
async fn a_message_that_brings_the_program_down_is_given_up_and_those_beside_it_are_not() {
    let vendor = tokio::task::spawn_blocking(|| Vendor::new(lab::up(), 3)).await.unwrap();
    for customer in 0..3 {
        vendor.receives(&whole_request(&vendor, customer));
    }
    let (desk, mut inbox, _) = vendor.parts().await;
    let now = Timestamp::now();
    assert_eq!(daemon::collect(&desk, &mut inbox, now).await.unwrap(), 3);
    let waiting: Vec<i64> = desk.store.waiting(now, 9).await.unwrap().iter().map(|message| message.id).collect();
    // an attempt that was counted and never ended, first of all three, then of the second alone
    desk.store.count_attempt(&waiting).await.unwrap();
    assert_eq!(daemon::answer(&desk, now).await.unwrap(), 1, "each is tried alone");
    for _ in 0..9 {
        desk.store.count_attempt(&waiting[1..2]).await.unwrap();
    }
    assert_eq!(daemon::answer(&desk, now).await.unwrap(), 1);
    assert_eq!(daemon::answer(&desk, now).await.unwrap(), 1);
    assert_eq!(daemon::answer(&desk, now).await.unwrap(), 0);
    let mut outcomes = Vec::new();
    for id in waiting {
        outcomes.push(desk.store.message(id).await.unwrap().unwrap().outcome.unwrap());
    }
    assert_eq!(outcomes, [OutcomeKind::RmaIssued, OutcomeKind::HeldForReview, OutcomeKind::RmaIssued]);
}
