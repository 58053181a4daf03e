//! A machine that answers everything, through weeks.

use jiff::SignedDuration;
use rmad::daemon;
use rmad::outbox::Delivery;

use super::{ADA, BARE, House, databases, mail};

/// Each of its answers opens a case, and each case has reminders. They use up what an address may get on their day, so
/// that nothing they bring is answered: the loop does not begin anew.
#[tokio::test]
async fn a_loop_that_the_limit_of_an_address_ended_dies_out_with_the_reminders() {
    for database in databases("a_loop_dies_out").await {
        let mut house = House::open(database, |gate| gate.per_address_per_day = 5).await;
        house.take_in(mail(ADA, "0@customer.example", BARE)).await;
        let mut by_day = Vec::new();
        for _ in 0..30 {
            daemon::remind(&house.desk, house.clock.now()).await.unwrap();
            by_day.push(answered(&mut house).await);
            house.clock.advance(SignedDuration::from_hours(24));
        }
        let written: Vec<(usize, usize)> = by_day.into_iter().enumerate().filter(|(_, letters)| *letters > 0).collect();
        // the question, two reminders and the end of each of five cases
        assert_eq!(written, [(0, 5), (3, 5), (7, 5), (14, 5)]);
    }
}

/// Everything leaves, and each letter is answered with another request, until nothing leaves any more.
async fn answered(house: &mut House) -> usize {
    let mut letters = 0;
    loop {
        let sent = house.send(&Delivery::Accepted(String::new()), None).await;
        if sent.is_empty() {
            return letters;
        }
        for letter in sent {
            letters += 1;
            house.take_in(mail(ADA, &format!("after.{}", letter.message_id), BARE)).await;
        }
    }
}
