//! What is asked for a second time: after an end, beside an open RMA, in a case that is held.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use rmad::case::steps::Findings;
use rmad::case::{Arrived, State};
use rmad::daemon::{AdvanceShipment, By, Step};
use rmad::order::Money;
use rmad::outbox::Delivery;
use rmad::policy::{Flag, OutcomeKind, Route};

use super::returning::{NEW, OLD, complete, inspect, money, receive, received_as, replaced, request, shipment, unit};
use super::{ADA, House, WHOLE, databases, with};

fn advance(on: Date, product_charge: &str) -> Step {
    Step::Advance(AdvanceShipment {
        shipment: shipment(on),
        serial_number: Some(NEW.to_owned()),
        product_charge: money(product_charge),
        freight_charge: Money::ZERO,
    })
}

#[tokio::test]
async fn what_has_come_to_its_end_comes_back_under_no_other_name() {
    for database in databases("came_to_its_end").await {
        let mut house = House::open(database, |_| ()).await;
        let (today, now) = (house.today(), house.clock.now());
        let by = By { actor: "dana", why: None };
        house.desk.turn_away(OLD, today, by, now).await.unwrap();
        let again = house.desk.turn_away(OLD, today, by, now).await.unwrap_err().to_string();
        assert!(again.contains("was turned away on 2026-06-15 already"), "{again}");

        let lapsed = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        house.step(&lapsed, Step::Cancel).await.unwrap();
        let rma = house.rma_for(ADA, "2@customer.example", WHOLE).await;
        for step in [receive(OLD, today), inspect(OLD, today, Some(true), None), complete(OLD, today, replaced(today))]
        {
            house.step(&rma, step).await.unwrap();
        }
        house.step_refused(&lapsed, Step::Extend { until: today + 30.days() }, "was replaced already").await;
        let gone = house.desk.turn_away(OLD, today, by, now).await.unwrap_err().to_string();
        assert!(gone.contains("was replaced already"), "{gone}");
        let in_advance = "My switch NWS-24001101 is dead again. Please send a replacement in advance.";
        let id = house.take_in(request(ADA, "3@customer.example", in_advance)).await;
        assert_eq!(house.decision(id).await.unwrap().flags, [Flag::UnitAlreadyReplaced]);
        let case = house.entry(id).await.case_number.unwrap();
        house.step_refused(&case, advance(today, "249.00"), "does not wait for an advance replacement").await;

        house.take_in(request(ADA, "4@customer.example", "Please cancel my order NW-70020.")).await;
        let back = house.desk.take_back("NW-70020", today, None, by, now).await.unwrap_err().to_string();
        assert!(back.contains("has not shipped"), "{back}");
    }
}

#[tokio::test]
async fn no_more_is_charged_for_a_replacement_than_the_unit_cost() {
    for database in databases("advance_price").await {
        let mut house = House::open(database, |_| ()).await;
        let in_advance = "My switch NWS-24001101 is dead. Please send a replacement in advance.";
        let id = house.take_in(request(ADA, "1@customer.example", in_advance)).await;
        let case = house.entry(id).await.case_number.unwrap();
        house.step_refused(&case, advance(house.today(), "249.01"), "no more may be charged").await;
        house.step(&case, advance(house.today(), "249.00")).await.unwrap();
        // it is gone, however late it is: no second one is asked for
        house.clock.advance(SignedDuration::from_hours(24 * 20));
        let id = house.take_in(request(ADA, "2@customer.example", WHOLE)).await;
        assert_eq!(house.decision(id).await.unwrap().flags, [Flag::UnitAlreadyReplaced]);
    }
}

#[tokio::test]
async fn who_had_an_rma_called_off_may_ask_for_another() {
    for database in databases("called_off").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        let off = house.step(&rma, Step::Cancel).await.unwrap().letter.unwrap();
        assert!(
            String::from_utf8_lossy(&off.raw).contains("In-Reply-To: <1@customer.example>")
                && off.text.starts_with("Hello Ada"),
            "{}",
            off.text
        );
        let again = request(ADA, "2@customer.example", "Please send me another RMA number after all.");
        let id = house.take_in(with(&format!("In-Reply-To: <{}>", off.message_id), &again)).await;
        let decision = house.decision(id).await.unwrap();
        assert_eq!(decision.outcome, OutcomeKind::RmaIssued);
        assert_ne!(decision.rma.unwrap().number, rma);
        assert!(house.desk.case_named(&rma).await.unwrap_err().to_string().contains("is over"));
    }
}

#[tokio::test]
async fn a_case_that_a_status_answers_asks_for_nothing_more() {
    for database in databases("status_answers").await {
        let mut house = House::open(database, |_| ()).await;
        house.rma_for(ADA, "1@customer.example", WHOLE).await;
        let id = house.take_in(request(ADA, "2@customer.example", "A switch of ours is dead, we need an RMA.")).await;
        let asked = house.entry(id).await.case_number.unwrap();
        let question = house.store.outgoing_of_case(&asked).await.unwrap().remove(0).outgoing.message_id;
        let answer = request(ADA, "3@customer.example", "Its serial number is NWS-24001101.");
        let id = house.take_in(with(&format!("In-Reply-To: <{question}>"), &answer)).await;
        assert_eq!(house.decision(id).await.unwrap().outcome, OutcomeKind::StatusGiven);
        assert_eq!(house.entry(id).await.case_number.as_deref(), Some(asked.as_str()));
        assert_eq!(house.store.case(&asked).await.unwrap().unwrap().state, State::Closed);
    }
}

#[tokio::test]
async fn a_hold_keeps_the_reasons_that_it_had() {
    for database in databases("keeps_reasons").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        let today = house.today();
        let damage = Arrived { damage: Some("a dent".to_owned()), ..Arrived::default() };
        house.step(&rma, received_as(OLD, today, damage)).await.unwrap();
        assert_eq!(house.case_of(&rma).await.flags, [Flag::ReturnDamaged]);
        house.send(&Delivery::Refused("550 no such user".to_owned()), None).await;
        let flags = house.case_of(&rma).await.flags;
        assert!(flags.contains(&Flag::ReturnDamaged) && flags.contains(&Flag::ReplyBounced), "{flags:?}");
    }
}

#[tokio::test]
async fn a_replacement_becomes_a_refund_only_where_the_guarantee_would_have_granted_it() {
    let dead = "The switch with serial number NWS-26001001 of invoice NW-70010 no longer powers on, please replace it.";
    for (serial, text, is_guaranteed) in [("NWS-26001001", dead, true), (OLD, WHOLE, false)] {
        for database in databases(&format!("becomes_a_refund_{is_guaranteed}")).await {
            let mut house = House::open(database, |_| ()).await;
            let rma = house.rma_for(ADA, "1@customer.example", text).await;
            let today = house.today();
            house.step(&rma, receive(serial, today)).await.unwrap();
            let findings =
                Findings { on: today, defect_found: Some(true), restocking: None, route: Some(Route::Refund) };
            let step = Step::Inspect { units: unit(serial), findings, carrier_charge: None };
            if is_guaranteed {
                let letter = house.step(&rma, step).await.unwrap().letter.unwrap().text;
                assert!(letter.contains("REFUND IN USD"), "{letter}");
            } else {
                house.step_refused(&rma, step, "the policy would not have granted that").await;
            }
        }
    }
}
