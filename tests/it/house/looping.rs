//! A machine that answers everything and opens a case with each answer, through a month.

use jiff::{SignedDuration, Timestamp};
use rmad::daemon::{self, Gate};
use rmad::outbox::Delivery;

use super::{ADA, BARE, House, databases, mail};

/// A day has six rounds of the daemon.
const ROUND: SignedDuration = SignedDuration::from_hours(4);

/// It answers the same day, or a day later and never near a limit of a day. Each of its cases has reminders, which it
/// answers too: with no more than the limits of a day it would be written to for ever.
#[tokio::test]
async fn a_loop_ends_with_the_questions_that_are_without_an_answer_however_slow_it_is() {
    for (test, answers_after) in [("a_loop_ends", ROUND), ("a_slow_loop_ends", ROUND * 6)] {
        let letters = written(test, |gate| gate.per_address_unanswered = 3, answers_after).await;
        // three questions, for each two reminders and the end of its case
        assert_eq!(letters.iter().map(|(_, letters)| letters).sum::<usize>(), 3 * 4, "{letters:?}");
        assert!(letters.iter().all(|(day, _)| *day < 20), "{letters:?}");
    }
}

/// How many letters leave on which day.
async fn written(test: &str, limit: impl Fn(&mut Gate), answers_after: SignedDuration) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for database in databases(test).await {
        let mut house = House::open(database, &limit).await;
        house.take_in(mail(ADA, "0@customer.example", BARE)).await;
        let (mut by_day, mut owed) = (vec![0; 30], Vec::new());
        for day in &mut by_day {
            for _ in 0..6 {
                *day += round(&mut house, &mut owed, answers_after).await;
                house.clock.advance(ROUND);
            }
        }
        all.push(by_day.into_iter().enumerate().filter(|(_, letters)| *letters > 0).collect());
    }
    assert_eq!(all[0], all[1]);
    all.remove(0)
}

/// What is due is answered with another request each, and what leaves will be.
async fn round(house: &mut House, owed: &mut Vec<(Timestamp, String)>, after: SignedDuration) -> usize {
    let now = house.clock.now();
    let (due, later): (Vec<_>, Vec<_>) = owed.drain(..).partition(|(at, _)| *at <= now);
    owed.extend(later);
    for (_, letter) in due {
        house.take_in(mail(ADA, &format!("after.{letter}"), BARE)).await;
    }
    daemon::remind(&house.desk, now).await.unwrap();
    let sent = house.send(&Delivery::Accepted(String::new()), None).await;
    owed.extend(sent.iter().map(|letter| (now + after, letter.message_id.clone())));
    sent.len()
}
