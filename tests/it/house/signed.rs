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

impl House {
    async fn entry_of(&mut self, raw: String) -> Option<String> {
        let id = self.take_in(raw).await;
        self.entry(id).await.case_number
    }
}
