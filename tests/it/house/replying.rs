//! A reply is what was recorded, threads with what it answers, and is sent until a server took it (guarantees G4, G6).

use jiff::SignedDuration;
use mail_parser::{HeaderValue, MessageParser};
use rmad::outbox::Delivery;
use rmad::store::SendingState;

use super::{ADA, House, WHOLE, databases, mail, with};

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
        let stopped = house.store.lease(now, now + SignedDuration::from_mins(5), 10).await.unwrap();
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
