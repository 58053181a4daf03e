//! A reply is what was recorded, threads with what it answers, and is sent until a server took it (guarantees G4, G6).

use std::sync::Arc;

use jiff::SignedDuration;
use mail_parser::{HeaderValue, MessageParser};
use rmad::case::State;
use rmad::outbox::Delivery;
use rmad::policy::Flag;
use rmad::store::SendingState;

use super::{ADA, BARE, House, WHOLE, databases, mail, with};

#[tokio::test]
async fn another_program_reads_the_reply_as_it_was_recorded() {
    for database in databases("another_program_reads_the_reply_as_it_was_recorded").await {
        let mut house = House::open(database, |_| ()).await;
        let asked = with("References: <0@customer.example>", &mail(ADA, "1@customer.example", WHOLE));
        let id = house.take_in(asked).await;
        let case = house.entry(id).await.case_number.unwrap();
        let reply = house.replies(id).await.remove(0);
        let read = MessageParser::default().parse(&reply.raw).unwrap();
        let field = |name: &str| read.header(name).and_then(HeaderValue::as_text).map(str::to_owned);

        assert_eq!(read.message_id(), Some(reply.message_id.as_str()));
        assert_eq!(read.in_reply_to().as_text(), Some("1@customer.example"));
        assert_eq!(read.references().as_text_list().unwrap(), ["0@customer.example", "1@customer.example"]);
        assert_eq!(read.subject(), Some(format!("Re: Broken switch [{case}]").as_str()));
        assert_eq!(read.subject(), Some(reply.subject.as_str()));
        assert_eq!(field("Auto-Submitted").as_deref(), Some("auto-replied"));
        assert_eq!(read.to().unwrap().first().unwrap().address(), Some("ada@customer.example"));
        assert_eq!(reply.recipient, "ada@customer.example");
        assert_eq!(read.from().unwrap().first().unwrap().address(), Some("support@northwind.example"));
        assert_eq!(read.date().unwrap().to_timestamp(), house.clock.now().as_second());
        assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), reply.text.trim_end());
        let rma = house.decision(id).await.unwrap().rma.unwrap().number;
        for page in [read.body_text(0).unwrap(), read.body_html(0).unwrap()] {
            assert!(page.contains(&rma), "{page}");
        }
    }
}

#[tokio::test]
async fn what_is_sent_is_what_was_recorded_and_once_it_is_taken_never_again() {
    for database in databases("what_is_sent_is_what_was_recorded_and_once_it_is_t").await {
        let mut house = House::open(database, |_| ()).await;
        let id = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        let recorded = house.replies(id).await.remove(0);
        let now = house.clock.now();

        let tried =
            house.send(&Delivery::Postponed("451 later".to_owned()), Some(now + SignedDuration::from_mins(10))).await;
        assert_eq!(tried, std::slice::from_ref(&recorded));
        assert_eq!(house.send(&Delivery::Accepted("250 ok".to_owned()), None).await, []);
        house.clock.advance(SignedDuration::from_mins(10));
        let taken = house.send(&Delivery::Accepted("250 ok".to_owned()), None).await.remove(0);
        assert_eq!(
            (&taken.raw, &taken.message_id, &taken.recipient),
            (&recorded.raw, &recorded.message_id, &recorded.recipient)
        );
        house.clock.advance(SignedDuration::from_hours(24));
        assert_eq!(house.send(&Delivery::Accepted("250 ok".to_owned()), None).await, []);
    }
}

/// The sender stops between the server's yes and its note: the message goes out again, and can be told to be the same.
#[tokio::test]
async fn a_sender_that_stops_midway_leaves_its_lease_to_the_next() {
    for database in databases("a_sender_that_stops_midway_leaves_its_lease_to_the").await {
        let mut house = House::open(database, |_| ()).await;
        let id = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        let now = house.clock.now();
        let stopped = crate::databases::lease(&house.store, now, now + SignedDuration::from_mins(5), 10).await;
        let accepted = Delivery::Accepted("250 ok".to_owned());
        assert_eq!(house.send(&accepted, None).await, [], "nobody else holds it meanwhile");
        house.clock.advance(SignedDuration::from_mins(5));
        let again = house.send(&accepted, None).await;
        assert_eq!(again, [stopped[0].outgoing.clone()]);
        let case = house.entry(id).await.case_number.unwrap();
        let sending = house.store.outgoing_of_case(&case).await.unwrap().remove(0);
        assert_eq!((sending.state, sending.attempts), (SendingState::Accepted, 2));
    }
}

#[tokio::test]
async fn an_answer_to_our_reply_joins_its_case() {
    for database in databases("an_answer_to_our_reply_joins_its_case").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.take_in(mail(ADA, "1@customer.example", super::BARE)).await;
        let ours = house.replies(first).await.remove(0).message_id;
        let answer = with(&format!("In-Reply-To: <{ours}>"), &mail(ADA, "2@customer.example", WHOLE));
        let second = house.take_in(answer).await;
        assert_eq!(house.entry(first).await.case_number, house.entry(second).await.case_number);
        let reply = house.replies(second).await.remove(0);
        let read = MessageParser::default().parse(&reply.raw).unwrap();
        assert_eq!(read.in_reply_to().as_text(), Some("2@customer.example"));
    }
}

/// What is asked for at another party's address goes to the sender, and staff are told.
#[tokio::test]
async fn an_answer_goes_to_whom_it_is_from() {
    for database in databases("an_answer_goes_to_whom_it_is_from").await {
        let mut house = House::open(database, |_| ()).await;
        let cases = [
            ("Reply-To: eve@stranger.example", "ada@customer.example", true),
            ("Reply-To: service@customer.example", "service@customer.example", false),
            ("Reply-To: ADA@Customer.example", "ada@customer.example", false),
            ("Reply-To: no-reply@customer.example", "ada@customer.example", false),
            ("Reply-To: ada@customer.example.stranger.example", "ada@customer.example", true),
            ("Reply-To: ada@sub.customer.example", "ada@customer.example", true),
            ("Reply-To: eve@stranger.example, service@customer.example", "ada@customer.example", true),
            ("Reply-To: service@customer.example, eve@stranger.example", "service@customer.example", false),
        ];
        for (n, (field, recipient, is_flagged)) in cases.into_iter().enumerate() {
            let id = house.take_in(with(field, &mail(ADA, &format!("{n}@customer.example"), BARE))).await;
            assert_eq!(house.replies(id).await[0].recipient, recipient, "{field}");
            let case = house.entry(id).await.case_number.unwrap();
            let case = house.store.case(&case).await.unwrap().unwrap();
            assert_eq!(case.flags.contains(&Flag::ReplyToDiffers), is_flagged, "{field}");
            assert_eq!(case.is_for_staff(), is_flagged, "{field}");
        }
        // at a provider of free mail everybody is a party of his own
        Arc::get_mut(&mut house.desk).unwrap().free_mail.insert("freemail.example".to_owned());
        let field = "Reply-To: ben2@freemail.example";
        let id = house.take_in(with(field, &mail("ben@freemail.example", "f@freemail.example", BARE))).await;
        assert_eq!(house.replies(id).await[0].recipient, "ben@freemail.example");
        assert_eq!(house.entry(id).await.flags, [Flag::ReplyToDiffers]);
    }
}

/// Who bears a customer's name and is not that customer opens a case that the customer has no part in.
#[tokio::test]
async fn nobody_joins_what_was_opened_in_a_forged_name() {
    for database in databases("nobody_joins_what_was_opened_in_a_forged_name").await {
        let mut house = House::open(database, |_| ()).await;
        let fails = "Authentication-Results: mx.northwind.example; dmarc=fail header.from=customer.example";
        let forged = house.take_in(with(fails, &mail(ADA, "1@customer.example", WHOLE))).await;
        let case = house.entry(forged).await.case_number.unwrap();
        let opened = house.store.case(&case).await.unwrap().unwrap();
        assert_eq!((opened.state, opened.participants.len()), (State::HeldForReview, 0));
        assert!(house.replies(forged).await.is_empty());

        for (n, (field, from)) in [
            ("In-Reply-To: <1@customer.example>", ADA),
            ("In-Reply-To: <1@customer.example>", "cleo@customer.example"),
            ("Keywords: none", ADA),
        ]
        .into_iter()
        .enumerate()
        {
            let text = format!("{WHOLE} It is about {case}.");
            let own = house.take_in(with(field, &mail(from, &format!("own{n}@customer.example"), &text))).await;
            assert_ne!(house.entry(own).await.case_number, Some(case.clone()), "{field}, {from}");
        }
        let unchanged = house.store.case(&case).await.unwrap().unwrap();
        assert_eq!(unchanged, opened);
    }
}

/// Nobody is sent a link in our name, by whoever writes in theirs.
#[tokio::test]
async fn no_link_of_a_strangers_goes_out() {
    let mut house = House::open(super::Database::sqlite(), |_| ()).await;
    let links = [
        "Invoice number: www.evil.example/pay-4411. It is defective, RMA please.",
        "Our invoice is https://evil.example/441199 and the serial number evil.example/sn-99812, it is dead.",
        "Invoice NW-20881, part number: evil.example/X99, defective, RMA please.",
        "Account number: pay.evil.example/8812, serial evil.example/24001101 died.",
    ];
    for (n, text) in links.into_iter().enumerate() {
        for from in
            [ADA, "Pay at evil.example/now <zoe@free.example>", "\"https://evil.example\" <ada@customer.example>"]
        {
            let raw = mail(from, &format!("{n}{}@customer.example", from.len()), text);
            let raw = raw.replace("Subject: Broken switch", "Subject: See https://evil.example/win now");
            let id = house.take_in(raw).await;
            let letters = house.replies(id).await;
            assert_eq!(letters.len(), 1, "{text}");
            let read = MessageParser::default().parse(&letters[0].raw).unwrap();
            let header: Vec<String> = read.headers().iter().map(|field| format!("{:?}", field.value)).collect();
            let whole =
                [header.join("\n"), read.body_text(0).unwrap().into(), read.body_html(0).unwrap().into()].join("\n");
            assert!(!whole.contains("evil"), "{from}, {text}:\n{whole}");
        }
    }
}
