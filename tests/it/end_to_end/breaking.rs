//! The way to the mailbox breaks, or the daemon does, and nothing is lost or answered twice.

use jiff::Timestamp;
use rmad::daemon;

use super::{PATIENCE, Vendor, bare_request, serial, whole_request};
use crate::lab::{self, Lab};

#[test]
fn a_renumbered_mailbox_is_not_answered_again() {
    let vendor = Vendor::new(lab::up(), 4);
    // what is answered stays in the inbox for the while
    vendor.lab.close_folder(&vendor.address, "Processed");
    vendor.receives(&whole_request(&vendor, 0));
    vendor.receives(&bare_request(&vendor, 1));
    let daemon = vendor.run();
    vendor.replies(&vendor.customers[0], 1);
    let [question] = &vendor.replies(&vendor.customers[1], 1)[..] else { panic!() };

    vendor.lab.renumber(&vendor.address, 987_654);
    vendor.receives(&whole_request(&vendor, 2));
    vendor.receives(&question.answer(&vendor.customers[1], &format!("It is {}.", serial(1, 1))));
    vendor.lab.open_folder(&vendor.address, "Processed");
    vendor.replies(&vendor.customers[1], 2);
    vendor.replies(&vendor.customers[2], 1);
    vendor.filed(4, 0);

    // and once more, while the daemon waits and nothing lies in the inbox
    vendor.lab.renumber(&vendor.address, 987_655);
    vendor.receives(&whole_request(&vendor, 3));
    vendor.replies(&vendor.customers[3], 1);
    vendor.filed(5, 0);
    daemon.stop();

    let counts = vendor.ledger();
    assert_eq!((counts.kept, counts.settled, counts.duplicates, counts.unfiled), (7, 7, 2, 0), "{counts:?}");
    assert_eq!(counts.outbox.accepted, 5, "{counts:?}");
    vendor.replies(&vendor.customers[0], 1);
}

#[test]
fn a_message_whose_fetch_is_cut_off_is_fetched_whole_and_answered_once() {
    let mut vendor = Vendor::new(lab::up(), 2);
    let proxy = vendor.lab.proxy("imaps", "imap-cut-in-literal");
    vendor.imap_port = proxy.port;
    vendor.configure();
    let requests = [0, 1].map(|customer| whole_request(&vendor, customer));
    for request in &requests {
        vendor.receives(request);
    }
    let daemon = vendor.run();
    for customer in &vendor.customers {
        vendor.replies(customer, 1);
    }
    proxy.has_caused(1);
    vendor.filed(2, 0);
    vendor.in_order(2, 2);
    daemon.stop();
    let kept = vendor.remembers(async |store| {
        let mut kept = Vec::new();
        for entry in store.recent_messages(9).await.unwrap() {
            kept.push(String::from_utf8(store.raw(entry.id).await.unwrap().unwrap()).unwrap());
        }
        kept
    });
    for request in &requests {
        assert_eq!(kept.iter().filter(|raw| raw.ends_with(request.as_str())).count(), 1);
    }
}

#[test]
fn what_was_kept_before_a_stop_is_answered_and_filed_after_it() {
    let vendor = Vendor::new(lab::up(), 2);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    vendor.receives(&whole_request(&vendor, 0));
    runtime.block_on(async {
        let (desk, mut inbox, _) = vendor.parts().await;
        assert_eq!(daemon::collect(&desk, &mut inbox, Timestamp::now()).await.unwrap(), 1);
    });
    assert_eq!(vendor.lab.count(&vendor.address, "INBOX"), 1, "it is kept, not answered, not filed");
    let counts = vendor.ledger();
    assert_eq!((counts.kept, counts.waiting, counts.unfiled), (1, 1, 1));

    vendor.lab.close_folder(&vendor.address, "Processed");
    let daemon = vendor.run();
    vendor.replies(&vendor.customers[0], 1);
    vendor.receives(&whole_request(&vendor, 1));
    vendor.replies(&vendor.customers[1], 1);
    lab::within(PATIENCE, "the replies are noted as accepted", || vendor.ledger().outbox.accepted == 2);
    daemon.kill();
    assert_eq!(vendor.lab.count(&vendor.address, "INBOX"), 2, "they are answered, not filed");
    assert_eq!(vendor.ledger().unfiled, 2);

    vendor.lab.open_folder(&vendor.address, "Processed");
    let daemon = vendor.run();
    vendor.filed(2, 0);
    vendor.in_order(2, 2);
    daemon.stop();
    for customer in &vendor.customers {
        vendor.replies(customer, 1);
    }
}

#[test]
fn a_stop_in_the_middle_of_the_work_loses_nothing() {
    let vendor = Vendor::new(lab::up(), 25);
    for customer in 0..25 {
        vendor.receives(&whole_request(&vendor, customer));
    }
    let daemon = vendor.run();
    vendor.replies(&vendor.customers[0], 1);
    daemon.stop();
    let counts = vendor.ledger();
    assert_eq!((counts.kept, counts.waiting + counts.settled, counts.outbox.leased), (25, 25, 0), "{counts:?}");
    let daemon = vendor.run();
    vendor.filed(25, 0);
    vendor.in_order(25, 25);
    daemon.stop();
    for customer in &vendor.customers {
        vendor.replies(customer, 1);
    }
}

#[test]
fn servers_may_go_and_come_back() {
    let lab = Lab::start(&["--no-oauth"]);
    let vendor = Vendor::new(&lab, 4);
    let daemon = vendor.run();
    vendor.receives(&whole_request(&vendor, 0));
    vendor.filed(1, 0);
    // once it has arrived: a server that is stopped while it takes a message makes the one before it deliver it twice
    vendor.replies(&vendor.customers[0], 1);

    lab.restart_dovecot();
    vendor.receives(&whole_request(&vendor, 1));
    vendor.filed(2, 0);
    vendor.replies(&vendor.customers[1], 1);

    lab.stop_dovecot();
    daemon.says("reading the mailbox");
    lab.start_dovecot();
    vendor.receives(&whole_request(&vendor, 2));
    vendor.filed(3, 0);
    vendor.in_order(3, 3);

    lab.stop_postfix();
    vendor.receives(&whole_request(&vendor, 3));
    vendor.filed(4, 0);
    daemon.says("nothing can be sent");
    assert_eq!(vendor.ledger().outbox.accepted, 3);
    lab.start_postfix();
    vendor.in_order(4, 4);
    daemon.stop();
    for customer in &vendor.customers {
        vendor.replies(customer, 1);
    }
}
