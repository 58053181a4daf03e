//! Machines that answer whatever comes, and show no mark of a machine: every loop ends by itself, after exactly as many
//! messages as are configured, and what is withheld lies before staff with the reason.
//!
//! A loop has ended where every message that came is settled and every machine has got what left: nothing is under way.

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, Zoned};
use rmad::case::State;
use rmad::clock::Clock;
use rmad::daemon::{self, Pace};
use rmad::policy::Flag;
use rmad::store::{LedgerCounts, Stop};
use serde_json::{Value, json};

use super::{Daemon, Letter, PATIENCE, Vendor, mail, serial, whole_request};
use crate::lab::{self, Machine};

/// Whoever asks for an RMA in these words is asked for the rest, each time in a case of its own.
const ASKS: &str = "We need an RMA for a switch that no longer powers on.";

/// What a test does not limit, for `[delivery]`.
const NO_LIMIT: &str = "per_case_per_day = 1000\nper_address_per_day = 1000\nper_address_unanswered = 1000";

/// A vendor who sells to a machine, and sends no more than `limits` say.
fn vendor(customer: &Machine, limits: &str) -> Vendor<'static> {
    let customers = vec![customer.address.clone()];
    let mut vendor = Vendor::with(lab::up(), customers, None);
    vendor.further.delivery = limits.to_owned();
    vendor.configure();
    vendor
}

fn machine() -> Machine {
    lab::up().machine("machines.test")
}

/// The vendor's daemon is run on a first message until so many came and were settled, and so many left.
fn comes_to(vendor: &Vendor<'_>, first: &str, kept: i64, sent: i64) {
    vendor.receives(first);
    let daemon = vendor.run();
    ends(vendor, kept, sent);
    daemon.stop();
    nothing_leaves_later(vendor);
}

/// Waits until so many messages came and were settled, and so many left. What is due then waits for a person.
fn ends(vendor: &Vendor<'_>, kept: i64, sent: i64) {
    let what = format!("{kept} messages are settled, and {sent} left");
    let so = |counts: &LedgerCounts| counts.settled >= kept && counts.unfiled == 0 && counts.outbox.accepted >= sent;
    if vendor.stands(&what, so).outbox.recorded > 0 {
        lab::within(PATIENCE, "all sending is stopped", || stop(vendor).is_some());
    }
}

fn stop(vendor: &Vendor<'_>) -> Option<Stop> {
    vendor.remembers(async |store| store.stopped().await.unwrap())
}

/// A day goes by, in which the daemon works by the clock and without any limit.
fn nothing_leaves_later(vendor: &Vendor<'_>) {
    let before = vendor.ledger();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (desk, mut inbox, mut post) = vendor.parts().await;
        let (clock, mut pace) = (Clock::fixed(Timestamp::now()), Pace::default());
        for _ in 0..5 {
            clock.advance(SignedDuration::from_hours(5));
            let now = clock.now();
            assert_eq!(daemon::collect(&desk, &mut inbox, now).await.unwrap(), 0);
            assert_eq!(daemon::answer(&desk, now).await.unwrap(), 0);
            assert_eq!(daemon::remind(&desk, now).await.unwrap(), 0);
            assert_eq!(daemon::send(&desk, &mut post, &mut pace, || now).await.unwrap(), 0);
        }
    });
    assert_eq!(vendor.ledger(), before);
}

/// Everything is stopped, and so many letters wait for a person.
fn is_stopped(vendor: &Vendor<'_>, letters: i64, why: &str) {
    let stop = stop(vendor).unwrap();
    assert!(stop.why.contains(why), "{}", stop.why);
    let outbox = vendor.ledger().outbox;
    assert_eq!((outbox.recorded, outbox.leased, outbox.withheld), (letters, 0, 0));
}

/// Two vendors who buy from each other. All their mail goes through a relay that strips every mark of a machine and of a
/// thread (and changes the Message-ID, the subject and the reverse-path), and has these words before each.
struct Pair {
    vendors: [Vendor<'static>; 2],
    relays: [Machine; 2],
}

impl Pair {
    fn new(limits: &str, text: &str) -> Pair {
        let relays = [machine(), machine()];
        let vendors = [vendor(&relays[1], limits), vendor(&relays[0], NO_LIMIT)];
        for at in [0, 1] {
            let relayed = json!({"from": relays[1 - at].address, "to": vendors[at].address, "text": text});
            relays[at].sends(&json!([relayed]));
        }
        Pair { vendors, relays }
    }

    /// Both daemons run until the first has sent so many and the second so many.
    fn come_to(&self, first: &str, kept: [i64; 2], sent: [i64; 2]) {
        let [one, other] = &self.vendors;
        one.receives(first);
        let daemons = [one.run(), other.run()];
        ends(one, kept[0], sent[0]);
        ends(other, kept[1], sent[1]);
        daemons.into_iter().for_each(Daemon::stop);
        self.vendors.iter().for_each(nothing_leaves_later);
        for at in [0, 1] {
            let counts = self.vendors[at].ledger();
            assert_eq!((counts.kept, counts.outbox.accepted), (kept[at], sent[at]));
            assert_eq!(self.relays[1 - at].received(), usize::try_from(sent[at]).unwrap());
        }
    }

    /// The first daemon sends `most` and the second as many.
    fn stop_after(&self, most: i64) {
        self.come_to(&whole_request(&self.vendors[0], 0), [most + 1, most], [most, most]);
    }
}

#[test]
fn a_daemon_does_not_answer_another() {
    let lab = lab::up();
    let one = Vendor::new(lab, 1);
    let other = Vendor { address: one.customers[0].clone(), ..Vendor::with(lab, vec![one.address.clone()], None) };
    other.configure();
    one.receives(&whole_request(&one, 0));
    let daemons = [one.run(), other.run()];
    ends(&one, 1, 1);
    ends(&other, 1, 0);
    daemons.into_iter().for_each(Daemon::stop);
    let (one, other) = (one.ledger(), other.ledger());
    assert_eq!((one.kept, one.outbox.accepted, one.outbox.withheld), (1, 1, 0));
    assert_eq!((other.kept, other.outbox), (1, Default::default()));
}

#[test]
fn two_daemons_that_cannot_know_each_other_are_before_staff_after_two_letters() {
    let pair = Pair::new("", "{body}");
    pair.come_to(&whole_request(&pair.vendors[0], 0), [2, 1], [1, 1]);
}

#[test]
fn two_daemons_that_cannot_know_each_other_stop_at_the_limit_of_a_case() {
    // each letter seems to ask what became of the unit
    let pair = Pair::new("per_case_per_day = 3", &format!("Our KS-400 {} is dead.\n\n{{quoted}}", serial(0, 1)));
    pair.stop_after(3);
    pair.vendors[0].has_withheld(1, "the limit of 3 messages a day for one case is reached");
}

#[test]
fn two_daemons_that_cannot_know_each_other_stop_at_the_limit_of_an_address() {
    let pair = Pair::new("per_address_per_day = 4", &format!("{ASKS}\n\n{{quoted}}"));
    pair.stop_after(4);
    pair.vendors[0].has_withheld(1, "the limit of 4 messages a day for one address is reached");
}

#[test]
fn two_daemons_that_cannot_know_each_other_stop_at_the_limit_of_a_day() {
    let pair = Pair::new("per_day = 2", &format!("{ASKS}\n\n{{quoted}}"));
    pair.stop_after(2);
    pair.vendors[0].has_withheld(1, "the limit of 2 messages a day for one day is reached");
}

#[test]
fn two_daemons_that_cannot_know_each_other_stop_at_the_limit_of_an_hour() {
    let pair = Pair::new("per_hour = 5", &format!("{ASKS}\n\n{{quoted}}"));
    pair.stop_after(5);
    is_stopped(&pair.vendors[0], 1, "delivery.per_hour = 5");
}

/// A customer whose own machine answers everything: with another subject each time, and with what it says of his unit.
fn responder(limits: &str, mails: impl FnOnce(&Machine) -> Value) -> (Vendor<'static>, Machine) {
    let machine = machine();
    machine.sends(&mails(&machine));
    (vendor(&machine, limits), machine)
}

#[test]
fn a_responder_that_names_its_unit_stops_at_the_limit_of_a_case() {
    let text = format!("I am away until Monday, {{words}}. Our KS-400 {} is out of order.\n\n{{quoted}}", serial(0, 1));
    let (vendor, machine) = responder(
        "per_case_per_day = 4",
        |machine| json!([{"from": machine.address, "subject": "Out of the house {n}: {words}", "text": text}]),
    );
    comes_to(&vendor, &whole_request(&vendor, 0), 5, 4);
    assert_eq!(machine.received(), 4);
    vendor.has_withheld(1, "the limit of 4 messages a day for one case is reached");
}

#[test]
fn a_responder_that_opens_a_case_each_time_stops_at_the_limit_of_an_address() {
    let (vendor, machine) = responder(
        "per_address_per_day = 3",
        |machine| json!([{"from": machine.address, "reverse_path": "nobody@machines.test", "subject": "Re: {words}", "text": ASKS}]),
    );
    comes_to(&vendor, &whole_request(&vendor, 0), 4, 3);
    assert_eq!(machine.received(), 3);
    vendor.has_withheld(1, "the limit of 3 messages a day for one address is reached");
}

#[test]
fn a_responder_that_opens_a_case_each_time_stops_when_its_questions_are_without_an_answer() {
    let (vendor, machine) = responder(
        "per_address_unanswered = 2",
        |machine| json!([{"from": machine.address, "text": format!("{ASKS}\n\n{{quoted}}")}]),
    );
    comes_to(&vendor, &whole_request(&vendor, 0), 4, 3);
    assert_eq!(machine.received(), 3);
    vendor.has_withheld(1, "2 questions of this month to this address are without an answer");
}

#[test]
fn a_responder_that_writes_twice_for_each_letter_stops_at_the_limit_of_a_day() {
    let (vendor, machine) = responder("per_day = 4", |machine| {
        let answer = |subject| json!({"from": machine.address, "subject": subject, "text": ASKS});
        json!([answer("News {n}"), answer("Re: {words}")])
    });
    comes_to(&vendor, &whole_request(&vendor, 0), 9, 4);
    assert_eq!(machine.received(), 4);
    vendor.has_withheld(5, "the limit of 4 messages a day for one day is reached");
}

#[test]
fn a_company_whose_every_answer_has_another_address_stops_at_the_limit_of_a_day() {
    let (vendor, machine) = responder(
        "per_day = 5",
        |machine| json!([{"from": format!("Desk {{n}} <{}>", machine.also("desk{n}")), "subject": "{words}", "text": ASKS}]),
    );
    comes_to(&vendor, &whole_request(&vendor, 0), 6, 5);
    assert_eq!(machine.received(), 5);
    vendor.has_withheld(1, "the limit of 5 messages a day for one day is reached");
}

/// They name a customer's unit, and each gets an acknowledgement in a case of its own.
#[test]
fn strangers_of_a_free_mail_house_stop_at_the_limit_of_an_hour() {
    let strangers = lab::up().machine("free.test");
    let text = format!("{ASKS} Serial number {}.", serial(0, 1));
    strangers.sends(&json!([{"from": strangers.also("stranger{n}"), "subject": "{words}", "text": text}]));
    let vendor = vendor(&machine(), "per_hour = 4");
    comes_to(&vendor, &mail(&strangers.address, "Dead switch", "", &text), 5, 4);
    assert_eq!(strangers.received(), 4);
    is_stopped(&vendor, 1, "delivery.per_hour = 4");
}

/// Dovecot's own, which answers every mail that does not say that it is an answer itself; a relay takes that away.
#[test]
fn a_vacation_note_of_a_real_server_is_not_answered() {
    let (vendor, relay) = responder("", |_| json!([]));
    relay.sends(
        &json!([{"from": vendor.address, "to": "vacation@cust.test", "subject": "{subject}", "text": "{body}"}]),
    );
    comes_to(&vendor, &whole_request(&vendor, 0), 2, 1);
    assert_eq!(relay.received(), 1);
}

/// No bounce is answered, nor what would bounce for ever: its own sender cannot be written to.
#[test]
fn bounces_of_bounces_end_with_the_first() {
    let returned = "I'm sorry to have to inform you that your message could not be delivered to one or more recipients.\n\n\
                    <{from}>: host mx.machines.test said: 550 5.1.1 User unknown\n\n{quoted}";
    let mails = [
        json!({"from": "Mail Delivery System <MAILER-DAEMON@machines.test>", "to": "{sender}", "subject": "Undelivered Mail Returned to Sender", "text": returned}),
        json!({"from": "bounce@cust.test", "reverse_path": "", "to": "{sender}", "text": ASKS}),
        json!({"from": "Postmaster <postmaster@machines.test>", "to": "{sender}", "text": ASKS}),
    ];
    let (vendor, machine) = responder("", |_| json!(mails));
    comes_to(&vendor, &whole_request(&vendor, 0), 4, 1);
    assert_eq!(machine.received(), 1);
    assert_eq!(vendor.ledger().outbox.withheld, 0);
}

/// The bounce finds its reply by the address that it comes to; from then on nothing goes to that customer.
#[test]
fn a_customer_whose_mail_bounces_is_written_to_once() {
    let mut vendor = Vendor::with(lab::up(), vec!["bounce@cust.test".to_owned()], None);
    std::fs::write(vendor.path("keys"), "a key that signs addresses in tests alone").unwrap();
    vendor.further.trust = "subaddress = true\nkeys_file = \"keys\"".to_owned();
    vendor.configure();
    vendor.receives(&whole_request(&vendor, 0));
    let daemon = vendor.run();
    ends(&vendor, 2, 1);
    let again = format!("Our other KS-400 {} is dead as well. Please repair it.", serial(0, 2));
    vendor.receives(&mail(&vendor.customers[0], "Another switch", "", &again));
    ends(&vendor, 3, 1);
    daemon.stop();
    nothing_leaves_later(&vendor);
    let [why] = &vendor.withheld()[..] else { panic!("{:?}", vendor.withheld()) };
    assert!(why.contains("mail to this address has come back"), "{why}");
    let bounced = vendor.remembers(async |store| store.case("C-00001").await.unwrap().unwrap());
    assert_eq!((bounced.state, bounced.flags), (State::HeldForReview, vec![Flag::ReplyBounced]));
    let review = vendor.lab.messages(&vendor.address, "Review").into_iter().map(Letter);
    let bounce = review.into_iter().find(|message| message.header("From").contains("MAILER-DAEMON")).unwrap();
    assert!(bounce.header("To").contains("+rmad."), "{}", bounce.header("To"));
}

/// Through a week of five digests: each is answered with something that is held, and four of those cases escalate.
#[test]
fn staff_whose_machine_answers_get_what_staff_get_and_nothing_else() {
    let staff = machine();
    let answer = "We will see you in court, says our lawyer.";
    staff.sends(&json!([{"from": staff.address, "subject": "Re: {subject}", "text": answer}]));
    let mut vendor = vendor(&machine(), "");
    vendor.further.vendor = format!("staff_address = \"{}\"", staff.address);
    vendor.configure();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (desk, mut inbox, mut post) = vendor.parts().await;
        let sunday = Zoned::now().with_time_zone(desk.time_zone.clone()).nth_weekday(1, Weekday::Sunday).unwrap();
        let (clock, mut pace) = (Clock::fixed(sunday.start_of_day().unwrap().timestamp()), Pace::default());
        let mut sent = 0;
        for _ in 0..7 * 24 {
            clock.advance(SignedDuration::from_hours(1));
            daemon::digest(&desk, clock.now()).await.unwrap();
            daemon::remind(&desk, clock.now()).await.unwrap();
            let leaving = daemon::send(&desk, &mut post, &mut pace, || clock.now()).await.unwrap();
            if leaving > 0 {
                sent += leaving;
                lab::within(PATIENCE, "staff's machine has answered", || {
                    vendor.lab.count(&vendor.address, "INBOX") == sent
                });
                assert_eq!(daemon::collect(&desk, &mut inbox, clock.now()).await.unwrap(), leaving);
                assert_eq!(daemon::answer(&desk, clock.now()).await.unwrap(), leaving);
            }
        }
    });
    assert_eq!(staff.received(), 5 + 4);
    assert_eq!(vendor.withheld(), ["it would go to ourselves or to staff, as to a customer"; 5]);
}
