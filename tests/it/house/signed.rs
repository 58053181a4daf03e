//! What bears our digest is ours: bounces and replies find their case by the address alone, our own mail is known as it
//! comes back, and what somebody else made up in our form leads nowhere.

use std::sync::Arc;

use rmad::case::State;
use rmad::mail::{Class, Keys};
use rmad::policy::{Flag, OutcomeKind};

use super::{ADA, Database, House, WHOLE, databases, mail, with};

const KEY: &str = "a key of this test, long enough";

async fn signing(database: Database) -> House {
    let mut house = House::open(database, |_| ()).await;
    let desk = Arc::get_mut(&mut house.desk).unwrap();
    let keys = Keys::new([KEY]);
    desk.trust.keys = keys.clone();
    (desk.letters.keys, desk.letters.subaddress) = (keys, true);
    house
}

#[tokio::test]
async fn an_address_of_its_own_leads_to_the_message() {
    for database in databases("signed").await {
        let mut house = signing(database).await;
        let first = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        let case = house.entry(first).await.case_number.unwrap();
        let reply = house.store.outgoing_of_case(&case).await.unwrap().remove(0).outgoing;
        assert!(reply.reverse_path.starts_with("support+rmad."), "{}", reply.reverse_path);
        let raw = String::from_utf8(reply.raw.clone()).unwrap();
        assert!(raw.contains(&format!("Reply-To: {}", reply.reverse_path)), "{raw}");

        // a reply that names nothing but the address it was sent to
        let answer = mail(ADA, "2@customer.example", "Thank you!");
        let answer = answer.replace("To: support@northwind.example", &format!("To: {}", reply.reverse_path));
        let id = house.take_in(answer.clone()).await;
        assert_eq!(house.entry(id).await.case_number.as_deref(), Some(case.as_str()));
        // the same from a stranger, and to an address that somebody made up
        let eve = answer.replace(ADA, "Eve <eve@stranger.example>").replace("2@customer", "3@customer");
        assert_ne!(house.entry_of(eve).await, Some(case.clone()));
        let forged = reply.reverse_path.replace("@northwind", "0@northwind");
        let made_up = answer.replace(&reply.reverse_path, &forged).replace("2@customer", "4@customer");
        assert_ne!(house.entry_of(made_up).await, Some(case.clone()));

        // our own message, sent on to us by somebody's forwarding
        let back = raw.replace("From: ", "X-From: ").replace("X-Loop: ", "X-Other: ");
        let id = house.take_in(format!("From: Forwarder <forward@customer.example>\r\n{back}")).await;
        assert_eq!(house.entry(id).await.class, Some(Class::AutoReply));
        assert_eq!(house.decision(id).await.unwrap().outcome, OutcomeKind::Ignored);

        // a bounce that says nothing else
        let bounce = format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.customer.example\r\nTo: {}\r\nSubject: Undelivered Mail\r\n\
             Message-ID: <b1@mx.customer.example>\r\n\r\nThe address is unknown. 550 5.1.1 user unknown\r\n",
            reply.reverse_path
        );
        house.take_in(bounce).await;
        let held = house.store.case(&case).await.unwrap().unwrap();
        assert_eq!((held.state, held.flags.contains(&Flag::ReplyBounced)), (State::HeldForReview, true));
    }
}

#[tokio::test]
async fn an_id_in_our_form_that_we_did_not_sign_joins_nothing() {
    for database in databases("unsigned").await {
        let mut house = signing(database).await;
        let first = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        let case = house.entry(first).await.case_number.unwrap();
        let reply = house.store.outgoing_of_case(&case).await.unwrap().remove(0).outgoing;
        let thanks = |id| with(&format!("In-Reply-To: <{}>", reply.message_id), &mail(ADA, id, "Thank you!"));
        let rotate = |house: &mut House, keys: &[&str]| {
            Arc::get_mut(&mut house.desk).unwrap().trust.keys = Keys::new(keys.iter().copied());
        };
        // under a new key the old one still proves, until it is forgotten
        rotate(&mut house, &["a newer key, longer than that", KEY]);
        assert_eq!(house.entry_of(thanks("2@customer.example")).await, Some(case.clone()));
        rotate(&mut house, &["a newer key, longer than that"]);
        assert_ne!(house.entry_of(thanks("3@customer.example")).await, Some(case));
    }
}

/// A letter of ours was passed on, and somebody else answers it. Who merely knows a number is any stranger.
#[tokio::test]
async fn who_answers_in_anothers_case_opens_one_and_staff_see_which_that_was() {
    for database in databases("no_part_in_a_case").await {
        let mut house = signing(database).await;
        let first = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        let case = house.entry(first).await.case_number.unwrap();
        let letter = house.store.outgoing_of_case(&case).await.unwrap().remove(0).outgoing;
        let rma = house.decision(first).await.unwrap().rma.unwrap().number;
        let text = "Our switch is dead too, please send an RMA.";
        let by = |from: &str, id: &str, field: String, text: &str| with(&field, &mail(from, id, text));
        let eve = "Eve <eve@stranger.example>";
        let thread = |id: &str| format!("In-Reply-To: <{id}>");
        let cases = [
            (by(eve, "2@stranger.example", thread(&letter.message_id), text), true),
            (by(eve, "3@stranger.example", thread("1@customer.example"), text), true),
            (by(eve, "4@stranger.example", thread("0@x.example"), &format!("{text} See {case}.")), false),
            (by(eve, "5@stranger.example", thread("0@x.example"), &format!("{text} See {rma}.")), false),
            (by(eve, "6@stranger.example", thread("0@x.example"), &format!("{text} See C-99999.")), false),
            (by(eve, "7@stranger.example", thread(&letter.message_id.replace("rmad.", "rmad.0")), text), false),
        ];
        for (raw, is_flagged) in cases {
            let id = house.take_in(raw.clone()).await;
            let entry = house.entry(id).await;
            let own = entry.case_number.unwrap();
            assert_ne!(own, case, "{raw}");
            assert_eq!(entry.flags.contains(&Flag::SenderNotOnOrder), is_flagged, "{raw}");
            let told = house.store.events_of_case(&own).await.unwrap().remove(0).what;
            assert_eq!(told.contains(&format!("It answers in case {case}")), is_flagged, "{told}");
            assert_eq!(house.store.case(&own).await.unwrap().unwrap().is_for_staff(), is_flagged, "{raw}");
        }
        let untouched = house.store.case(&case).await.unwrap().unwrap();
        assert_eq!(untouched.participants, ["ada@customer.example"]);
    }
}

/// Case numbers can be guessed: whom our server looked at and nobody vouches for has to know the thread.
#[tokio::test]
async fn a_number_opens_nothing_to_whom_nobody_vouches_for() {
    for database in databases("unvouched").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        let case = house.entry(first).await.case_number.unwrap();
        let letter = house.replies(first).await.remove(0);
        let about = |id: &str| mail(ADA, id, &format!("If {case} is not settled I will call my lawyer."));
        let results = |dmarc: &str| format!("Authentication-Results: mx.northwind.example; spf=none; dmarc={dmarc}");
        let guessed = house.take_in(with(&results("none"), &about("2@customer.example"))).await;
        assert_ne!(house.entry(guessed).await.case_number.as_ref(), Some(&case));
        assert_eq!(house.store.case(&case).await.unwrap().unwrap().state, State::Approved);
        let thread = with(&format!("In-Reply-To: <{}>", letter.message_id), &about("3@customer.example"));
        for raw in [
            with(&results("none"), &thread),
            with(&results("pass header.from=customer.example"), &about("4@customer.example")),
            about("5@customer.example"),
        ] {
            let id = house.take_in(raw.clone()).await;
            assert_eq!(house.entry(id).await.case_number.as_ref(), Some(&case), "{raw}");
        }
    }
}

impl House {
    async fn entry_of(&mut self, raw: String) -> Option<String> {
        let id = self.take_in(raw).await;
        self.entry(id).await.case_number
    }
}
