//! Two daemons on one PostgreSQL database and one mailbox.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rmad::daemon;

use super::{Vendor, bare_request, rma_number, serial, whole_request};
use crate::lab;
use crate::postgres;

const CUSTOMERS: usize = 24;

#[test]
fn two_daemons_answer_every_message_once_and_give_no_number_twice() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let store = runtime.block_on(postgres::url("two_daemons"));
    let customers = (0..CUSTOMERS).map(|_| lab::up().new_user()).collect();
    let vendor = Vendor::with(lab::up(), customers, Some(store));
    // some messages wait for them, the others come while they work
    let deliver = |customers: std::ops::Range<usize>| {
        for customer in customers {
            let bare = customer % 4 == 0;
            vendor.receives(&if bare { bare_request(&vendor, customer) } else { whole_request(&vendor, customer) });
        }
    };
    deliver(0..CUSTOMERS / 2);
    let daemons = [vendor.run(), vendor.run()];
    deliver(CUSTOMERS / 2..CUSTOMERS);
    for (at, customer) in vendor.customers.iter().enumerate().filter(|(at, _)| at % 4 == 0) {
        let [question] = &vendor.replies(customer, 1)[..] else { panic!() };
        vendor.receives(&question.answer(customer, &format!("It is {}.", serial(at, 1))));
    }
    let messages = CUSTOMERS + CUSTOMERS / 4;
    vendor.filed(messages, 0);
    let messages = i64::try_from(messages).unwrap();
    vendor.in_order(messages, messages);
    for daemon in daemons {
        let said = daemon.said();
        assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
        daemon.stop();
    }

    let mut numbers = BTreeSet::new();
    for (at, customer) in vendor.customers.iter().enumerate() {
        let replies = vendor.replies(customer, if at % 4 == 0 { 2 } else { 1 });
        numbers.insert(rma_number(replies.last().unwrap()));
    }
    assert_eq!(numbers.len(), CUSTOMERS);
    let cases = vendor.remembers(async |store| store.recent_cases(1_000).await.unwrap());
    assert_eq!(cases.len(), CUSTOMERS);
}

#[tokio::test]
async fn what_two_daemons_file_at_once_lies_in_its_folder_once() {
    let vendor = tokio::task::spawn_blocking(|| Vendor::new(lab::up(), 20)).await.unwrap();
    for customer in 0..20 {
        vendor.receives(&whole_request(&vendor, customer));
    }
    let (desk, mut inbox, _) = vendor.parts().await;
    let (other_desk, mut other_inbox, _) = vendor.parts().await;
    let now = Timestamp::now();
    assert_eq!(daemon::collect(&desk, &mut inbox, now).await.unwrap(), 20);
    assert_eq!(daemon::collect(&other_desk, &mut other_inbox, now).await.unwrap(), 0);
    assert_eq!(daemon::answer(&desk, now).await.unwrap(), 20);
    let (one, other) = tokio::join!(
        daemon::file_away(&desk, &mut inbox, || now),
        daemon::file_away(&other_desk, &mut other_inbox, || now)
    );
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(desk.store.ledger_counts(now).await.unwrap().unfiled, 0);
    vendor.filed(20, 0);
}

#[tokio::test]
async fn what_one_daemon_has_not_seen_yet_it_files_for_the_other_all_the_same() {
    let vendor = tokio::task::spawn_blocking(|| Vendor::new(lab::up(), 1)).await.unwrap();
    let (desk, mut inbox, _) = vendor.parts().await;
    let (other_desk, mut other_inbox, _) = vendor.parts().await;
    let now = Timestamp::now();
    assert_eq!(daemon::collect(&desk, &mut inbox, now).await.unwrap(), 0);
    vendor.receives(&whole_request(&vendor, 0));
    assert_eq!(daemon::collect(&other_desk, &mut other_inbox, now).await.unwrap(), 1);
    assert_eq!(daemon::answer(&other_desk, now).await.unwrap(), 1);
    daemon::file_away(&desk, &mut inbox, || now).await.unwrap();
    assert_eq!(desk.store.ledger_counts(now).await.unwrap().unfiled, 0);
    vendor.filed(1, 0);
}
