//! An order is cancelled once, and staff void it.

use rmad::case::State;
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
