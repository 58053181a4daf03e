//! An order is cancelled once, and staff void it.

use rmad::case::State;
use rmad::daemon::By;
use rmad::policy::{Flag, OutcomeKind};

use super::returning::request;
use super::{ADA, House, databases};

/// It has not shipped.
const CANCEL: &str = "Please cancel my order NW-70020.";
const CANCEL_AGAIN: &str = "I would like to cancel order NW-70020, thank you.";
const SEND_BACK: &str = "We do not need the two KVM cables of invoice NW-70020: please refund them.";

impl House {
    /// What a message came to, why, and what was written.
    async fn came_to(&self, id: i64) -> (OutcomeKind, Vec<Flag>, String) {
        let decision = self.decision(id).await.unwrap();
        let texts: Vec<String> = self.replies(id).await.into_iter().map(|reply| reply.text).collect();
        (decision.outcome, decision.flags, texts.concat())
    }
}

#[tokio::test]
async fn what_was_cancelled_is_not_cancelled_again() {
    for again in [CANCEL_AGAIN, SEND_BACK] {
        for database in databases(&format!("cancelled_once_{}", again.len())).await {
            let mut house = House::open(database, |_| ()).await;
            // both wait, and are answered in one batch
            let first = house.receive(request(ADA, "1@customer.example", CANCEL)).await;
            let second = house.receive(request(ADA, "2@customer.example", again)).await;
            house.answer().await;
            let (outcome, _, letter) = house.came_to(first).await;
            assert_eq!(outcome, OutcomeKind::CancellationAccepted);
            assert!(letter.contains("45.64"), "{letter}");

            let (outcome, flags, letter) = house.came_to(second).await;
            assert_eq!((outcome, flags), (OutcomeKind::HeldForReview, vec![Flag::OrderAlreadyCancelled]));
            assert!(letter.contains("canceled already") && !letter.contains("USD"), "{letter}");
            let numbers =
                [house.entry(first).await.case_number.unwrap(), house.entry(second).await.case_number.unwrap()];
            let states = [house.case(&numbers[0]).await.state, house.case(&numbers[1]).await.state];
            assert_eq!(states, [State::Cancelled, State::HeldForReview]);
        }
    }
}

#[tokio::test]
async fn what_is_accepted_first_cancels_whichever_words_asked_for_it() {
    for database in databases("cancelled_by_a_return").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.take_in(request(ADA, "1@customer.example", SEND_BACK)).await;
        assert_eq!(house.came_to(first).await.0, OutcomeKind::CancellationAccepted);
        let second = house.take_in(request(ADA, "2@customer.example", CANCEL)).await;
        assert_eq!(house.came_to(second).await.1, [Flag::OrderAlreadyCancelled]);
    }
}

#[tokio::test]
async fn staff_are_told_to_void_an_order_until_they_say_that_it_is() {
    for database in databases("to_void").await {
        let mut house = House::staffed(database).await;
        let by = By { actor: "dana", why: Some("stopped in the shop") };
        let now = house.clock.now();
        let fault = house.desk.note_voided("NW-70020", by, now).await.unwrap_err().to_string();
        assert!(fault.contains("no cancellation of NW-70020 was accepted"), "{fault}");
        let number = house.ada_writes("1@customer.example", None, CANCEL).await;
        let digest = house.digest_at("2026-06-16T09:00").await.unwrap();
        assert!(digest.subject.ends_with(": 1 to void"), "{}", digest.subject);
        let told = format!("{number}, NW-70020: cancellation accepted on Monday, 15 June 2026");
        assert!(digest.text.contains(&told), "{}", digest.text);

        let taken = house.desk.note_voided("NW-70020", by, house.clock.now()).await.unwrap();
        assert_eq!((taken.case.state, taken.letter), (State::Cancelled, None));
        let noted = house.store.events_of_case(&number).await.unwrap().pop().unwrap();
        assert_eq!((noted.actor.as_str(), noted.what.as_str()), ("dana", "Voided: NW-70020."));
        assert_eq!((noted.at, &noted.detail["why"]), (house.clock.now(), &"stopped in the shop".into()));
        let digest = house.digest_at("2026-06-17T09:00").await.unwrap();
        assert!(digest.subject.ends_with(": nothing waits"), "{}", digest.subject);
        let fault = house.desk.note_voided("NW-70020", by, house.clock.now()).await.unwrap_err().to_string();
        assert!(fault.contains("was noted as voided on 2026-06-16"), "{fault}");
    }
}
