//! The money of a return: what is stated anew, what is carried over, how it is paid, and what is told of it afterwards.

use rmad::case::steps::{Findings, UnitName};
use rmad::case::{Arrived, Fulfilment, RefundMethod, Rma};
use rmad::daemon::Step;
use rmad::order::Money;
use rmad::policy::Percent;

use super::returning::{REFUND, complete, inspect, money, receive, received_as, request};
use super::{ADA, House, databases};

const ONE: &str = "NWS-26001001";
const OTHER: &str = "NWS-26001002";

fn refund(method: RefundMethod) -> Fulfilment {
    Fulfilment::Refunded { method }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl House {
    /// Both switches of the order have come back; the RMA number.
    async fn with_both_back(&mut self) -> String {
        let rma = self.rma_for(ADA, "1@customer.example", REFUND).await;
        for serial in [ONE, OTHER] {
            self.step(&rma, receive(serial, self.today())).await.unwrap();
        }
        rma
    }

    fn inspect_at(&self, serials: &[&str], percent: u32, carrier_charge: Option<Money>) -> Step {
        let units = serials.iter().map(|serial| UnitName::Serial((*serial).to_owned())).collect();
        let restocking = Some(Percent::new(percent.into()).unwrap());
        let findings = Findings { on: self.today(), defect_found: None, restocking, route: None };
        Step::Inspect { units, findings, carrier_charge }
    }

    /// The text of the letter that tells of a step, on one line.
    async fn told(&self, rma: &str, step: Step) -> String {
        one_line(&self.step(rma, step).await.unwrap().letter.unwrap().text)
    }

    async fn rma(&self, number: &str) -> Rma {
        self.case_of(number).await.rma.unwrap()
    }

    /// What the customer reads who asks where the RMA is.
    async fn status_of(&mut self, rma: &str) -> String {
        let text = format!("What is the status of my RMA {rma}?");
        let message = self.take_in(request(ADA, "9@customer.example", &text)).await;
        one_line(&self.replies(message).await.remove(0).text)
    }
}

#[tokio::test]
async fn a_unit_stated_with_others_is_inspected_again_by_itself() {
    for database in databases("again_by_itself").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.with_both_back().await;
        let first = house.told(&rma, house.inspect_at(&[ONE, OTHER], 15, Some(money("12.00")))).await;
        // 499.98 - 75.00 restocking - 14.50 processing - 12.00 carrier - 18.40 shipping
        assert!(first.contains("380.08") && !first.contains("It replaces"), "{first}");
        let second = house.told(&rma, house.inspect_at(&[ONE], 5, None)).await;
        // 499.98 - 12.50 and 37.50 restocking - 14.50 processing - 12.00 carrier - 18.40 shipping
        for words in ["405.08", "-12.00", ONE, OTHER, "It replaces what we wrote to you about these items after"] {
            assert!(second.contains(words), "{words}:\n{second}");
        }
        let statements = house.rma(&rma).await.statements;
        assert_eq!((statements.len(), statements[0].units.as_slice()), (1, [0, 1].as_slice()));
        let third = house.told(&rma, house.inspect_at(&[OTHER], 15, Some(Money::ZERO))).await;
        assert!(third.contains("417.08") && !third.contains("arrier's"), "{third}");
        let alone = complete(ONE, house.today(), refund(RefundMethod::Check));
        house.step_refused(&rma, alone, "name all of them").await;
        let both = |method| Step::Complete { units: vec![], on: house.today(), how: refund(method), scrapped: false };
        let (wire, check) = (both(RefundMethod::Wire), both(RefundMethod::Check));
        house.step_refused(&rma, wire, "order NW-70010 was not paid by wire").await;
        let paid = house.told(&rma, check).await;
        assert!(paid.contains("USD 417.08 by check"), "{paid}");
        let status = house.status_of(&rma).await;
        assert_eq!(status.matches("USD 417.08 refunded").count(), 1, "{status}");
    }
}

#[tokio::test]
async fn the_status_tells_the_sum_of_what_was_refunded_at_once() {
    for database in databases("sum_at_once").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.with_both_back().await;
        let today = house.today();
        for (serial, percent) in [(ONE, 0), (OTHER, 15)] {
            house.step(&rma, inspect(serial, today, None, Some(percent))).await.unwrap();
        }
        let how = refund(RefundMethod::OriginalPayment);
        house.step(&rma, Step::Complete { units: vec![], on: today, how, scrapped: false }).await.unwrap();
        let status = house.status_of(&rma).await;
        // 224.34 and 205.24
        assert_eq!(status.matches("refunded on").count(), 1, "{status}");
        assert!(
            status.contains("USD 429.58 refunded on") && status.contains(ONE) && status.contains(OTHER),
            "{status}"
        );
    }
}

#[tokio::test]
async fn what_the_deductions_use_up_is_told_as_it_is() {
    for database in databases("used_up").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", REFUND).await;
        let today = house.today();
        let without_manual = Arrived { missing: Some("the manual".to_owned()), ..Arrived::default() };
        house.step(&rma, received_as(ONE, today, without_manual)).await.unwrap();
        let letter = house.told(&rma, house.inspect_at(&[ONE], 30, Some(money("900.00")))).await;
        assert!(letter.contains("The package was not complete; missing: the manual."), "{letter}");
        assert!(letter.contains("nothing is left to refund"), "{letter}");
        for foolish in ["as you described it", "We will make the refund"] {
            assert!(!letter.contains(foolish), "{foolish}:\n{letter}");
        }
        let letter = house.told(&rma, complete(ONE, today, refund(RefundMethod::OriginalPayment))).await;
        assert!(letter.contains("nothing is left to refund") && !letter.contains("a few days"), "{letter}");
        let status = house.status_of(&rma).await;
        assert!(status.contains("nothing was left to refund") && !status.contains("USD 0.00"), "{status}");
    }
}

/// Three cables at 19.00 and a switch of an order that shipped free of charge for 11.15; a carrier's bill leaves the
/// cables too little to bear that.
#[tokio::test]
async fn what_a_small_statement_cannot_bear_the_next_one_does() {
    for database in databases("next_one_bears").await {
        let house = House::open(database, |_| ()).await;
        let (today, now) = (house.today(), house.clock.now());
        let by = rmad::daemon::By { actor: "dana", why: None };
        let taken = house.desk.take_back("NW-70011", today, Some("UPS"), by, now).await.unwrap();
        let rma = taken.case.rma.unwrap().number;
        let cables = vec![UnitName::Part { part_number: "CBL-15".to_owned(), quantity: 3 }];
        let switch = vec![UnitName::Serial("NWS-26002001".to_owned())];
        let inspect = |units, percent: u32, charge| {
            let restocking = Some(Percent::new(percent.into()).unwrap());
            let findings = Findings { on: today, defect_found: None, restocking, route: None };
            Step::Inspect { units, findings, carrier_charge: Some(money(charge)) }
        };
        // 57.00 - 17.10 - 1.65 - 30.00 leaves 8.25
        house.step(&rma, inspect(cables.clone(), 30, "30.00")).await.unwrap();
        // 249.00 - 7.22 - 2.90
        house.step(&rma, inspect(switch.clone(), 0, "0.00")).await.unwrap();
        let sums = |rma: &Rma| -> Vec<String> {
            rma.statements.iter().map(|stated| stated.estimate.refund_high.to_string()).collect()
        };
        assert_eq!(sums(&house.rma(&rma).await), ["0.00", "238.88"]);
        let complete = |units: &[UnitName]| Step::Complete {
            units: units.to_vec(),
            on: today,
            how: refund(RefundMethod::OriginalPayment),
            scrapped: false,
        };
        // 57.00 - 17.10 - 1.65 - 8.25: their part of the shipping cost stays with them
        house.step(&rma, inspect(cables.clone(), 30, "0.00")).await.unwrap();
        assert_eq!(sums(&house.rma(&rma).await), ["238.88", "30.00"]);
        house.step(&rma, complete(&cables)).await.unwrap();
        house.step(&rma, complete(&switch)).await.unwrap();
    }
}
