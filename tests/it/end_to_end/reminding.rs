//! Two daemons remind those who forget, on one database, through a month that passes hour by hour.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rmad::case::State;
use rmad::clock::Clock;
use rmad::config::{Config, Environment};
use rmad::daemon::{self, Desk, Gate};
use rmad::order_book;
use rmad::outbox::Delivery;
use rmad::store::{Arrival, Sending, Store};

use super::{PART, invoice, mail, orders_of, serial};
use crate::databases::both;

const VENDOR: &str = "support@northwind.example";
/// Who was asked and forgets, who was asked and answers, who was told a number, whose case staff hold, and who was asked
/// in a letter that did not arrive.
const CUSTOMERS: [&str; 5] =
    ["ann@one.example", "ben@two.example", "cleo@three.example", "dan@four.example", "eve@five.example"];
const NEVER_TOLD: usize = 4;
/// What was written to each of them, and when.
const WRITTEN: [&[&str]; 5] = [
    &[
        "Mon 1 14:30 details_requested",
        "Thu 4 09:30 details_reminder",
        "Mon 8 09:30 details_reminder",
        "Mon 15 09:30 case_closed",
    ],
    // the twelfth day is a Monday
    &[
        "Mon 1 14:30 details_requested",
        "Wed 3 14:30 rma_issued",
        "Wed 10 09:30 rma_reminder",
        "Mon 15 09:30 rma_reminder",
        "Thu 18 09:30 rma_expired",
    ],
    // the twelfth day is a Saturday
    &["Mon 1 14:30 rma_issued", "Mon 8 09:30 rma_reminder", "Mon 15 09:30 rma_reminder", "Tue 16 09:30 rma_expired"],
    &["Mon 1 14:30 held_for_review"],
    &["Mon 1 14:30 details_requested"],
];

#[tokio::test]
async fn every_reminder_goes_out_once_at_a_civil_hour_until_the_customer_has_answered() {
    for database in both("reminders").await {
        let zone = TimeZone::get("America/Los_Angeles").unwrap();
        // a Monday
        let start = date(2026, 6, 1).at(14, 30, 0, 0).to_zoned(zone.clone()).unwrap();
        let clock = Clock::fixed(start.timestamp());
        let directory = tempfile::tempdir().unwrap();
        let desks = [desk(directory.path(), &database.url).await, desk(directory.path(), &database.url).await];
        order_book::import(directory.path(), database.store.db(), &mut |_| ()).await.unwrap();
        let mut inbox = Inbox { desk: &desks[0], last: 0 };

        let asks =
            |customer: usize| format!("One switch {PART} of invoice {} is dead. Please repair it.", invoice(customer));
        let names = |customer: usize| {
            format!("Our switch with serial number {} is dead. Please repair it.", serial(customer, 1))
        };
        let requests = [asks(0), asks(1), names(2), format!("I dropped it. {}", names(3)), asks(4)];
        for (customer, words) in requests.iter().enumerate() {
            inbox.receives(customer, "Dead switch", words, clock.now()).await;
        }
        while clock.now() < start.saturating_add(40.days()).timestamp() {
            let (one, other) =
                tokio::join!(daemon::remind(&desks[0], clock.now()), daemon::remind(&desks[1], clock.now()));
            let (one, other) = (one.unwrap(), other.unwrap());
            if one + other > 0 {
                assert!(desks[0].schedule.calendar.is_open(clock.now()));
            }
            clock.advance(1.hour().try_into().unwrap());
            if clock.now() == start.saturating_add(2.days()).timestamp() {
                inbox.receives(1, "Re: Dead switch [C-00002]", &names(1), clock.now()).await;
            }
        }

        let store = &database.store;
        let mut written = Vec::new();
        for number in ["C-00001", "C-00002", "C-00003", "C-00004", "C-00005"] {
            let told = |sending: Sending| {
                let at = sending.recorded_at.to_zoned(zone.clone());
                format!("{} {}", at.strftime("%a %-d %H:%M"), sending.outgoing.template)
            };
            let case: Vec<String> = store.outgoing_of_case(number).await.unwrap().into_iter().map(told).collect();
            written.push(case);
        }
        assert_eq!(written, WRITTEN);
        let case = store.case("C-00004").await.unwrap().unwrap();
        assert_eq!(case.state, State::HeldForReview);
        assert_eq!(store.ledger_counts(clock.now()).await.unwrap().outbox.recorded, 9);
    }
}

/// Messages that arrive at a desk and are answered.
struct Inbox<'a> {
    desk: &'a Arc<Desk>,
    last: i64,
}

impl Inbox<'_> {
    async fn receives(&mut self, customer: usize, subject: &str, words: &str, at: Timestamp) {
        self.last += 1;
        let raw = mail(CUSTOMERS[customer], subject, "", words).into_bytes();
        let arrival = Arrival { mailbox: "INBOX".to_owned(), uid_validity: 1, uid: self.last, received_at: at, raw };
        self.desk.store.keep(&[arrival], at).await.unwrap();
        assert_eq!(daemon::answer(self.desk, at).await.unwrap(), 1);
        let says = if customer == NEVER_TOLD { "550 no such user" } else { "250 ok" };
        let delivery = if customer == NEVER_TOLD { Delivery::Refused } else { Delivery::Accepted };
        for leased in crate::databases::lease(&self.desk.store, at, at + 1.minute(), 9).await {
            let _sent =
                crate::databases::delivered(&self.desk.store, &leased, &delivery(says.to_owned()), at, None).await;
        }
    }
}

/// A daemon's desk, on a store of its own to the same database. Writes the order data.
async fn desk(directory: &Path, url: &str) -> Arc<Desk> {
    let text = format!("[vendor]\nname = \"Northwind KVM\"\naddress = \"{VENDOR}\"\n");
    std::fs::write(directory.join("rmad.toml"), text).unwrap();
    for (name, rows) in orders_of(&CUSTOMERS.map(str::to_owned), date(2026, 6, 1)) {
        std::fs::write(directory.join(name), rows).unwrap();
    }
    let settings = Config::for_replay(&directory.join("rmad.toml"), &Environment::default()).unwrap();
    let store = Store::open(url).await.unwrap();
    Arc::new(Desk::new(store, &settings, Gate::open([VENDOR.to_owned()].into()), VENDOR).unwrap())
}
