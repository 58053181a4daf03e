//! What is prepared and does not go out: limits, shadow mode, old mail, senders who ask for silence (RFC 3834).

use jiff::SignedDuration;
use rmad::outbox::Delivery;
use rmad::policy::OutcomeKind;

use super::{ADA, BARE, House, WHOLE, databases, mail, with};

#[tokio::test]
async fn a_case_that_was_answered_too_often_waits_for_a_person() {
    for database in databases("a_case_that_was_answered_too_often_waits_for_a_per").await {
        let mut house = House::open(database, |gate| gate.per_case_per_day = 1).await;
        let first = house.take_in(mail(ADA, "1@customer.example", BARE)).await;
        let thread = |id: &str| with("References: <1@customer.example>", &mail(ADA, id, WHOLE));
        let second = house.take_in(thread("2@customer.example")).await;
        assert_withheld(&house, first, None).await;
        assert_withheld(&house, second, Some("the limit of 1 messages a day for one case is reached")).await;
        assert_eq!(house.entry(second).await.outcome, Some(OutcomeKind::RmaIssued), "decided all the same");
        let elsewhere = house.take_in(mail(ADA, "3@customer.example", BARE)).await;
        assert_withheld(&house, elsewhere, None).await;
    }
}

#[tokio::test]
async fn limits_are_for_a_day() {
    for database in databases("limits_are_for_a_day").await {
        let mut house = House::open(database, |gate| gate.per_address_per_day = 1).await;
        let first = house.take_in(mail(ADA, "1@customer.example", BARE)).await;
        let second = house.take_in(mail(ADA, "2@customer.example", BARE)).await;
        let other = house.take_in(mail("ben@freemail.example", "3@freemail.example", BARE)).await;
        house.clock.advance(SignedDuration::from_hours(25));
        let next_day = house.take_in(mail(ADA, "4@customer.example", BARE)).await;
        assert_withheld(&house, first, None).await;
        assert_withheld(&house, second, Some("the limit of 1 messages a day for one address is reached")).await;
        assert_withheld(&house, other, None).await;
        assert_withheld(&house, next_day, None).await;
    }
}

/// Until it answers one of them, or they are a month old.
#[tokio::test]
async fn who_leaves_questions_without_an_answer_is_asked_no_more() {
    for database in databases("who_leaves_questions_without_an_answer_is_asked").await {
        let mut house = House::open(database, |gate| gate.per_address_unanswered = 2).await;
        let why = "2 questions of this month to this address are without an answer";
        let asks = |n: u32| mail(ADA, &format!("{n}@customer.example"), BARE);
        for (n, withheld) in [(1, None), (2, None), (3, Some(why))] {
            let id = house.take_in(asks(n)).await;
            assert_withheld(&house, id, withheld).await;
        }
        let other = house.take_in(mail("ben@freemail.example", "4@freemail.example", BARE)).await;
        assert_withheld(&house, other, None).await;
        house.take_in(with("References: <1@customer.example>", &mail(ADA, "5@customer.example", WHOLE))).await;
        for (n, withheld) in [(6, None), (7, Some(why))] {
            let id = house.take_in(asks(n)).await;
            assert_withheld(&house, id, withheld).await;
        }
        house.clock.advance(SignedDuration::from_hours(31 * 24));
        let id = house.take_in(asks(8)).await;
        assert_withheld(&house, id, None).await;
    }
}

#[tokio::test]
async fn nobody_gets_more_than_a_day_allows() {
    for database in databases("nobody_gets_more_than_a_day_allows").await {
        let mut house = House::open(database, |gate| gate.per_day = 2).await;
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(
                house.receive(mail(&format!("c{n}@customer.example"), &format!("{n}@customer.example"), BARE)).await,
            );
        }
        house.answer().await;
        for id in &ids[..2] {
            assert_withheld(&house, *id, None).await;
        }
        for id in &ids[2..] {
            assert_withheld(&house, *id, Some("the limit of 2 messages a day for one day is reached")).await;
        }
        assert_eq!(house.send(&Delivery::Accepted(String::new()), None).await.len(), 2);
    }
}

#[tokio::test]
async fn in_shadow_mode_everything_is_prepared_and_nothing_goes_out() {
    for database in databases("in_shadow_mode_everything_is_prepared_and_nothing_").await {
        let mut house = House::open(database, |gate| gate.shadow = true).await;
        let whole = house.take_in(mail(ADA, "1@customer.example", WHOLE)).await;
        let bare = house.take_in(mail(ADA, "2@customer.example", BARE)).await;
        for id in [whole, bare] {
            assert_withheld(&house, id, Some("delivery.mode is \"shadow\"")).await;
        }
        assert_eq!(house.entry(whole).await.outcome, Some(OutcomeKind::RmaIssued));
        assert!(house.store.cases_for_staff(9).await.unwrap().oldest.is_empty(), "staff would drown in them");
    }
}

/// A hint of many mail programs, not a machine.
#[tokio::test]
async fn who_asks_for_no_automatic_answers_gets_none() {
    for database in databases("who_asks_for_no_automatic_answers_gets_none").await {
        let mut house = House::open(database, |_| ()).await;
        let field = "X-Auto-Response-Suppress: All";
        let id = house.take_in(with(field, &mail(ADA, "1@customer.example", WHOLE))).await;
        let why = "the sender asks for no automatic answers (X-Auto-Response-Suppress)";
        assert_withheld(&house, id, Some(why)).await;
        assert_eq!(house.entry(id).await.outcome, Some(OutcomeKind::RmaIssued));
    }
}

/// Too little to tell a person from a machine.
#[tokio::test]
async fn what_may_be_an_automatic_answer_waits_for_staff() {
    for database in databases("what_may_be_an_automatic_answer_waits_for_staff").await {
        let mut house = House::open(database, |_| ()).await;
        let text = "Our office is closed between the years.";
        let id = house.take_in(mail(ADA, "1@customer.example", text)).await;
        let why = "the message may be an automatic answer: it speaks of absence or of receipt";
        assert_withheld(&house, id, Some(why)).await;
    }
}

#[tokio::test]
async fn nothing_goes_to_ourselves_as_to_a_customer() {
    for database in databases("nothing_goes_to_ourselves").await {
        let mut house = House::open(database, |_| ()).await;
        let colleague = mail("Ann <ann@northwind.example>", "1@northwind.example", BARE);
        let id = house.take_in(with("Reply-To: support@northwind.example", &colleague)).await;
        assert_withheld(&house, id, Some("it would go to ourselves or to staff, as to a customer")).await;
    }
}

#[tokio::test]
async fn old_mail_is_not_answered() {
    for database in databases("old_mail_is_not_answered").await {
        let mut house = House::open(database, |gate| gate.max_age = SignedDuration::from_hours(72)).await;
        let now = house.clock.now();
        let old =
            house.receive_from(now - SignedDuration::from_hours(73), mail(ADA, "1@customer.example", WHOLE)).await;
        let new = house.receive_from(now - SignedDuration::from_hours(72), mail(ADA, "2@customer.example", BARE)).await;
        house.answer().await;
        assert_withheld(&house, old, Some("the message is older than delivery.max_age_days")).await;
        assert_withheld(&house, new, None).await;
    }
}

/// A mailbox that was moved from one server to another may date everything in it by the day of the move.
#[tokio::test]
async fn mail_that_was_copied_today_is_as_old_as_its_receipt() {
    for database in databases("mail_that_was_copied_today").await {
        let mut house = House::open(database, |gate| gate.max_age = SignedDuration::from_hours(72)).await;
        for (id, stamp, why) in [
            ("1", "Mon, 15 Jun 2020 10:00:00 -0700", Some("the message is older than delivery.max_age_days")),
            ("2", "Fri, 12 Jun 2026 09:59:59 -0700", Some("the message is older than delivery.max_age_days")),
            ("3", "Fri, 12 Jun 2026 10:00:00 -0700", None),
            ("4", "Mon, 15 Jun 2037 10:00:00 -0700", None),
            ("5", "yesterday", None),
        ] {
            let copied = mail(&format!("c{id}@customer.example"), &format!("{id}@customer.example"), BARE);
            let copied = copied.replace("Mon, 15 Jun 2026 10:00:00 -0700", stamp);
            let copied = house.take_in(copied).await;
            assert_withheld(&house, copied, why).await;
        }
    }
}

/// One mailbox has all addresses that differ behind a `+` alone.
#[tokio::test]
async fn details_of_an_address_share_its_limit() {
    for database in databases("details_of_an_address_share_its_limit").await {
        let mut house = House::open(database, |gate| gate.per_address_per_day = 1).await;
        let first = house.take_in(mail("help+1@freemail.example", "1@freemail.example", BARE)).await;
        let second = house.take_in(mail("help+2@freemail.example", "2@freemail.example", BARE)).await;
        assert_withheld(&house, first, None).await;
        assert_withheld(&house, second, Some("the limit of 1 messages a day for one address is reached")).await;
    }
}

#[tokio::test]
async fn some_addresses_are_nobodys() {
    let mut house = House::open(super::Database::sqlite(), |_| ()).await;
    for (n, (address, why)) in [
        ("ann@[127.0.0.1]", "the address is none of the Internet's"),
        ("ann@localhost", "the address is none of the Internet's"),
        ("ann@mail.local", "the address is none of the Internet's"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = house.take_in(mail(&format!("<{address}>"), &format!("{n}@customer.example"), BARE)).await;
        assert_withheld(&house, id, Some(why)).await;
    }
    // a form on the vendor's own site: whom it is from reads nothing
    let form = with("Reply-To: zoe@freemail.example", &mail("noreply@northwind.example", "f@northwind.example", BARE));
    let id = house.take_in(form).await;
    assert_withheld(&house, id, Some("nobody reads what is sent to this address")).await;
}

/// There is one reply; it is withheld for this reason, and no sender is given it then.
async fn assert_withheld(house: &House, id: i64, why: Option<&str>) {
    let replies = house.replies(id).await;
    assert_eq!(replies.iter().map(|reply| reply.withheld.as_deref()).collect::<Vec<_>>(), [why]);
    let now = house.clock.now();
    let due = crate::databases::lease(&house.store, now, now, 100).await;
    let is_due = due.iter().any(|lease| lease.outgoing.message_id == replies[0].message_id);
    assert_eq!(is_due, why.is_none());
}
