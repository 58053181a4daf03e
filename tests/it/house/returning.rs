//! What staff do with an RMA: each step is recorded with its letter, or refused and nothing has happened.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use rmad::case::ledger::Happened;
use rmad::case::steps::{Findings, Parcel, UnitName};
use rmad::case::{Arrived, Case, Fulfilment, RefundMethod, Refusal, Shipment, State};
use rmad::console::case_file::CaseFile;
use rmad::daemon::{AdvanceShipment, By, Step};
use rmad::order::Money;
use rmad::outbox::Delivery;
use rmad::policy::{Flag, OutcomeKind, Percent};
use serde_json::json;

use super::{ADA, House, WHOLE, databases, mail, with};

/// Two units of an order that shipped free of charge, delivered five days ago.
pub const REFUND: &str = "We ordered too many switches: please refund serial numbers NWS-26001001 and NWS-26001002 of invoice \
                      NW-70010, we do not need them. They are unopened.";
pub const OLD: &str = "NWS-24001101";
pub const NEW: &str = "NWS-30000001";

pub fn unit(serial: &str) -> Vec<UnitName> {
    vec![UnitName::Serial(serial.to_owned())]
}

pub fn receive(serial: &str, on: Date) -> Step {
    received_as(serial, on, Arrived::default())
}

pub fn received_as(serial: &str, on: Date, condition: Arrived) -> Step {
    Step::Receive { units: unit(serial), parcel: Parcel { on, carrier: Some("UPS".to_owned()), condition } }
}

pub fn inspect(serial: &str, on: Date, defect_found: Option<bool>, percent: Option<u32>) -> Step {
    let restocking = percent.map(|percent| Percent::new(percent.into()).unwrap());
    let findings = Findings { on, defect_found, restocking, route: None };
    Step::Inspect { units: unit(serial), findings, carrier_charge: None }
}

pub fn complete(serial: &str, on: Date, how: Fulfilment) -> Step {
    Step::Complete { units: unit(serial), on, how, scrapped: false }
}

pub fn replaced(on: Date) -> Fulfilment {
    Fulfilment::Replaced { shipment: shipment(on), serial_number: Some(NEW.to_owned()) }
}

pub fn shipment(on: Date) -> Shipment {
    Shipment { carrier: "FedEx".to_owned(), tracking: "7712 0001".to_owned(), shipped_on: on }
}

/// A message whose subject says nothing of a defect.
pub fn request(from: &str, id: &str, text: &str) -> String {
    mail(from, id, text).replace("Subject: Broken switch", "Subject: Return")
}

pub fn money(text: &str) -> Money {
    Money::rounded(text.parse().unwrap())
}

impl House {
    pub fn today(&self) -> Date {
        self.clock.today(&self.desk.time_zone)
    }

    /// Takes in a request; the RMA number that it is granted.
    pub async fn rma_for(&mut self, from: &str, id: &str, text: &str) -> String {
        let message = self.take_in(request(from, id, text)).await;
        let decision = self.decision(message).await.unwrap();
        assert_eq!(decision.outcome, OutcomeKind::RmaIssued, "{decision:#?}");
        decision.rma.unwrap().number
    }

    pub async fn case_of(&self, rma: &str) -> Case {
        self.desk.case_named(rma).await.unwrap()
    }

    pub async fn step_refused(&self, rma: &str, step: Step, word: &str) {
        let before = self.case_of(rma).await;
        let fault = format!("{:#}", self.step(rma, step).await.unwrap_err());
        assert!(fault.contains(word), "{fault}");
        assert_eq!(self.case_of(rma).await, before);
    }

    async fn happened_to(&self, serial: &str) -> Vec<(Happened, Option<String>)> {
        let entries = self.store.unit_ledger(serial).await.unwrap();
        entries.into_iter().map(|entry| (entry.what, entry.other_serial)).collect()
    }
}

#[tokio::test]
async fn a_repair_goes_its_way_and_the_customer_hears_of_each_step() {
    for database in databases("a_repair_goes_its_way").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        let today = house.today();
        house.step_refused(&rma, inspect(OLD, today, Some(true), None), "no unit NWS-24001101 that is here").await;
        house.step_refused(&rma, receive(OLD, today.tomorrow().unwrap()), "lies ahead").await;
        let taken = house.step(&rma, receive("nws 24OO1101", today)).await.unwrap();
        assert_eq!((taken.case.state, taken.event.state), (State::Received, Some(State::Received)));
        house.step(&rma, inspect(OLD, today, Some(true), None)).await.unwrap();
        let taken = house.step(&rma, complete(OLD, today, replaced(today))).await.unwrap();
        assert_eq!(taken.case.state, State::Resolved);
        let letter = taken.letter.unwrap().text;
        for word in ["7712 0001", NEW, "Friday, 3 March 2028"] {
            assert!(letter.contains(word), "{word} is missing:\n{letter}");
        }
        let case = house.case_of(&rma).await.number;
        let letters: Vec<String> =
            house.store.outgoing_of_case(&case).await.unwrap().into_iter().map(|sent| sent.outgoing.template).collect();
        assert_eq!(letters, ["rma_issued", "package_received", "inspection_result", "return_completed"]);
        let events = house.store.events_of_case(&case).await.unwrap();
        let states: Vec<State> = events.iter().filter_map(|event| event.state).collect();
        assert_eq!(states, [State::Approved, State::Received, State::Inspected, State::Resolved]);
        assert!(events[1..].iter().all(|event| event.actor == "dana" && event.detail["why"] == "as found"));
    }
}

#[tokio::test]
async fn a_replacement_carries_the_rest_of_the_warranty_and_what_it_replaced_is_flagged() {
    for database in databases("a_replacement_carries").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        let today = house.today();
        for step in [receive(OLD, today), inspect(OLD, today, Some(true), None), complete(OLD, today, replaced(today))]
        {
            house.step(&rma, step).await.unwrap();
        }
        assert_eq!(
            house.happened_to(OLD).await,
            [(Happened::InRma, None), (Happened::Returned, None), (Happened::ReplacedBy, Some(NEW.to_owned()))]
        );
        assert_eq!(house.happened_to(NEW).await, [(Happened::Replaces, Some(OLD.to_owned()))]);

        let again = house.take_in(mail(ADA, "2@customer.example", &WHOLE.replace("RMA.", "RMA for it."))).await;
        let decision = house.decision(again).await.unwrap();
        assert_eq!(
            (decision.outcome, decision.flags.as_slice()),
            (OutcomeKind::HeldForReview, [Flag::UnitAlreadyReplaced].as_slice())
        );

        let broken = format!("The replacement, serial number {NEW}, does not power on either. Please repair it.");
        let second = house.rma_for(ADA, "3@customer.example", &broken).await;
        let unit = &house.case_of(&second).await.rma.unwrap().units[0];
        assert_eq!((unit.invoice_number.as_str(), unit.serial_number.as_deref()), ("NW-70001", Some(NEW)));

        // the warranty of the order from March 2025 is over in March 2028, and so is the replacement's
        house.clock.set("2028-03-06T18:00:00Z".parse().unwrap());
        let late = house.take_in(mail(ADA, "4@customer.example", &broken.replace("either", "any more"))).await;
        assert_eq!(house.decision(late).await.unwrap().outcome, OutcomeKind::Declined);
    }
}

#[tokio::test]
async fn what_is_charged_once_an_order_is_charged_once_over_all_its_inspections() {
    for database in databases("charged_once").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", REFUND).await;
        let today = house.today();
        let refund = Fulfilment::Refunded { method: RefundMethod::OriginalPayment };
        for (serial, percent, sum) in [("NWS-26001001", 0, "224.34"), ("NWS-26001002", 15, "205.24")] {
            house.step(&rma, receive(serial, today)).await.unwrap();
            house.step_refused(&rma, inspect(serial, today, None, None), "up to 15%").await;
            house.step(&rma, inspect(serial, today, None, Some(percent))).await.unwrap();
            house.step_refused(&rma, complete(serial, today, Fulfilment::Credited), "no final statement").await;
            let taken = house.step(&rma, complete(serial, today, refund.clone())).await.unwrap();
            assert!(taken.letter.unwrap().text.contains(&format!("USD {sum}")), "{sum}");
        }
        let case = house.case_of(&rma).await;
        let paid: Vec<Money> = case.rma.unwrap().statements.iter().map(|stated| stated.estimate.refund_high).collect();
        assert_eq!(paid, [money("224.34"), money("205.24")]);

        let again = house.take_in(request(ADA, "2@customer.example", &format!("{REFUND} Thank you."))).await;
        assert_eq!(house.decision(again).await.unwrap().flags, [Flag::UnitAlreadyRefunded]);
    }
}

#[tokio::test]
async fn a_unit_that_goes_while_its_next_claim_is_read_is_claimed_on_what_is_known_then() {
    for database in databases("goes_meanwhile").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", REFUND).await;
        let today = house.today();
        for serial in ["NWS-26001001", "NWS-26001002"] {
            house.step(&rma, receive(serial, today)).await.unwrap();
            house.step(&rma, inspect(serial, today, None, Some(0))).await.unwrap();
        }
        let again = house.receive(request(ADA, "2@customer.example", &format!("{REFUND} Thank you."))).await;
        let waiting = house.store.waiting(house.clock.now(), 1).await.unwrap().remove(0);
        let catalogue = house.desk.catalogue().await.unwrap();
        let read = house.desk.read(&waiting, &catalogue).unwrap();
        let knowledge = house.desk.look_up(&read, &catalogue).await.unwrap();
        for serial in ["NWS-26001001", "NWS-26001002"] {
            let refund = Fulfilment::Refunded { method: RefundMethod::OriginalPayment };
            house.step(&rma, complete(serial, today, refund)).await.unwrap();
        }
        let mut tx = house.store.begin().await.unwrap();
        tx.answer_alone().await.unwrap();
        let now = house.clock.now();
        let stale = house.desk.answer(&mut tx, &waiting, &read, knowledge, now).await.unwrap_err();
        assert!(stale.to_string().contains("ended while the message was read"), "{stale}");
        drop(tx);
        house.answer().await;
        assert_eq!(house.decision(again).await.unwrap().flags, [Flag::UnitAlreadyRefunded]);
    }
}

#[tokio::test]
async fn an_estimate_bears_what_no_statement_on_the_order_has_borne() {
    for database in databases("estimated_once").await {
        let mut house = House::open(database, |_| ()).await;
        let today = house.today();
        for (serial, cost_is_borne) in [("NWS-26001001", true), ("NWS-26001002", false)] {
            let text = format!("Please refund serial number {serial} of invoice NW-70010, we do not need it.");
            let message = house.take_in(request(ADA, &format!("{serial}@customer.example"), &text)).await;
            let decision = house.decision(message).await.unwrap();
            assert_eq!(decision.outcome, OutcomeKind::RmaIssued, "{decision:#?}");
            let letter = house.replies(message).await.remove(0).text;
            assert_eq!(letter.contains("-18.40"), cost_is_borne, "{letter}");
            let kept = decision.units[0].judgement.estimate.as_ref().unwrap();
            assert_eq!(kept.charges().shipping_cost > Money::ZERO, cost_is_borne);
            assert_eq!(decision.judged_again(&decision.units[0], &house.desk.policies()).unwrap(), decision.units[0]);
            // stated, and not yet paid
            let rma = decision.rma.unwrap().number;
            house.step(&rma, receive(serial, today)).await.unwrap();
            house.step(&rma, inspect(serial, today, None, Some(0))).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_step_is_recorded_with_the_clauses_that_its_letter_cites() {
    for database in databases("recorded_with_clauses").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", REFUND).await;
        let (serial, today) = ("NWS-26001001", house.today());
        let open_box = Arrived { missing: Some("the manual".to_owned()), unmarked_box: true, ..Arrived::default() };
        let received = house.step(&rma, received_as(serial, today, open_box)).await.unwrap();
        assert_eq!(received.event.detail["clauses"], json!(["return.incomplete-30", "rma.number-on-box"]));
        let extended = house.step(&rma, Step::Extend { until: today + 30.days() }).await.unwrap();
        assert_eq!(extended.event.detail.get("clauses"), None);
        let inspected = house.step(&rma, inspect(serial, today, None, Some(30))).await.unwrap();
        let case_file = CaseFile::load(&house.store, &inspected.case.number).await.unwrap().unwrap();
        let told = case_file.events.last().unwrap().particulars();
        let clauses = "fee.processing-domestic, refund.method, return.incomplete-30, shipping.free-shipping, \
                       shipping.not-refundable";
        assert!(told.contains(&("clauses".to_owned(), clauses.to_owned())), "{told:?}");
    }
}

#[tokio::test]
async fn what_came_otherwise_than_agreed_is_held_until_a_person_releases_it() {
    let marks = Arrived { marks: Some("a scratch".to_owned()), ..Arrived::default() };
    let damage = Arrived { damage: Some("a dent".to_owned()), ..Arrived::default() };
    for (days, condition, other, flags) in [
        (14, Arrived::default(), None, vec![]),
        (15, Arrived::default(), None, vec![Flag::ArrivedLate]),
        (1, Arrived::default(), Some("NWS-24002101"), vec![Flag::OtherUnitReceived]),
        (1, damage, None, vec![Flag::ReturnDamaged]),
        // a repair does not ask about scratches
        (1, marks, None, vec![]),
    ] {
        for database in databases(&format!("otherwise_{days}_{}_{}", other.is_some(), flags.len())).await {
            let mut house = House::open(database, |_| ()).await;
            let rma = house.rma_for(ADA, "1@customer.example", WHOLE).await;
            let on = house.today() + days.days();
            house.clock.advance(SignedDuration::from_hours(24 * i64::from(days)));
            let found = other.map(|found| UnitName::Other { found: found.to_owned(), instead_of: None });
            let parcel = Parcel { on, carrier: None, condition: condition.clone() };
            let units = found.map_or_else(|| unit(OLD), |found| vec![found]);
            let taken = house.step(&rma, Step::Receive { units, parcel }).await.unwrap();
            assert_eq!(taken.case.flags, flags);
            let held = !flags.is_empty();
            assert_eq!(taken.case.state == State::HeldForReview, held);
            assert_eq!(taken.letter.unwrap().text.contains("A member of our team"), held);
            if let Some(found) = other {
                assert_eq!(
                    taken.event.detail["another unit"],
                    format!("{found}, of invoice NW-70002 of account A-200")
                );
            }
            if other.is_some() {
                house.step_refused(&rma, inspect(OLD, on, Some(true), None), "came in place of").await;
            } else if held {
                let inspected = house.step(&rma, inspect(OLD, on, Some(true), None)).await.unwrap();
                assert_eq!(inspected.case.state, State::HeldForReview, "what is held stays held");
                let released = house.step(&rma, Step::Release).await.unwrap();
                assert_eq!((released.case.state, released.case.flags.len()), (State::Inspected, 0));
            }
        }
    }
}

#[tokio::test]
async fn units_are_turned_away_and_given_more_time_and_called_off() {
    for database in databases("turned_away").await {
        let mut house = House::open(database, |_| ()).await;
        let credit = REFUND.replace("refund", "credit");
        let rma = house.rma_for(ADA, "1@customer.example", &credit).await;
        let today = house.today();
        house.step_refused(&rma, Step::Extend { until: today }, "good until 2026-06-29").await;
        let more = house.step(&rma, Step::Extend { until: today + 30.days() }).await.unwrap();
        assert!(more.letter.unwrap().text.contains("Wednesday, 15 July 2026"));
        let refuse = |why| Step::Refuse { units: unit("NWS-26001001"), on: today, why };
        let refused = house.step(&rma, refuse(Refusal::Marks)).await.unwrap();
        assert_eq!(refused.case.state, State::Approved);
        house.step_refused(&rma, refuse(Refusal::Marks), "no unit NWS-26001001 that can be refused").await;
        let off = house.step(&rma, Step::Cancel).await.unwrap();
        assert_eq!(off.case.state, State::Declined);
        assert_eq!(off.letter.unwrap().template, "rma_canceled");
        house.step_refused(&rma, Step::Cancel, "no unit that is waited for").await;
    }
}

#[tokio::test]
async fn an_advance_replacement_ships_first_and_its_cost_comes_back_with_the_unit() {
    let asked = format!("{WHOLE} Please send a replacement in advance, we cannot be without it.");
    for (days, in_time) in [(14, true), (15, false)] {
        for database in databases(&format!("advance_{days}")).await {
            let mut house = House::open(database, |_| ()).await;
            let id = house.take_in(mail(ADA, "1@customer.example", &asked)).await;
            assert_eq!(house.decision(id).await.unwrap().flags, [Flag::AdvanceReplacement]);
            let case = house.entry(id).await.case_number.unwrap();
            let today = house.today();
            let ship = |serial: Option<&str>| {
                Step::Advance(AdvanceShipment {
                    shipment: shipment(today),
                    serial_number: serial.map(str::to_owned),
                    product_charge: money("249.00"),
                    freight_charge: money("18.40"),
                })
            };
            house.step_refused(&case, ship(None), "--replacement-serial").await;
            let shipped = house.step(&case, ship(Some(NEW))).await.unwrap();
            let rma = shipped.case.rma.unwrap();
            assert_eq!((shipped.case.state, rma.expires_on), (State::Approved, today + 14.days()));
            let letter = shipped.letter.unwrap().text;
            for word in ["249.00", "18.40", "7712 0001", "Monday, 29 June 2026", &rma.number] {
                assert!(letter.contains(word), "{word} is missing:\n{letter}");
            }
            house.clock.advance(SignedDuration::from_hours(24 * days));
            let back = house.today();
            let arrived = house.step(&rma.number, receive(OLD, back)).await.unwrap();
            assert_eq!(arrived.case.flags.is_empty(), in_time);
            house.step(&rma.number, inspect(OLD, back, Some(true), None)).await.unwrap();
            let refund = complete(OLD, back, Fulfilment::Refunded { method: RefundMethod::OriginalPayment });
            if in_time {
                let paid = house.step(&rma.number, refund).await.unwrap();
                assert!(paid.letter.unwrap().text.contains("USD 249.00"));
                assert_eq!(paid.case.state, State::Resolved);
            } else {
                house.step_refused(&rma.number, refund, "no final statement").await;
                let stands = house.step(&rma.number, complete(OLD, back, Fulfilment::ChargeStands)).await.unwrap();
                assert_eq!(
                    (stands.case.state, stands.case.flags.len()),
                    (State::Resolved, 0),
                    "nothing is left to judge"
                );
            }
            let gone = house.take_in(mail(ADA, "9@customer.example", WHOLE)).await;
            let flags = house.decision(gone).await.unwrap().flags;
            assert!(
                flags.iter().all(|flag| matches!(flag, Flag::UnitAlreadyReplaced | Flag::UnitAlreadyRefunded)),
                "{flags:?}"
            );
            assert_eq!(flags.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_status_answer_tells_of_each_unit() {
    for database in databases("status_of_units").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", REFUND).await;
        let today = house.today();
        house.step(&rma, receive("NWS-26001001", today)).await.unwrap();
        house.step(&rma, inspect("NWS-26001001", today, None, Some(0))).await.unwrap();
        let refund = Fulfilment::Refunded { method: RefundMethod::Check };
        house.step(&rma, complete("NWS-26001001", today, refund)).await.unwrap();
        let asked = house.take_in(mail(ADA, "2@customer.example", &format!("Where is my RMA {rma}?"))).await;
        assert_eq!(house.decision(asked).await.unwrap().outcome, OutcomeKind::StatusGiven);
        let told = house.replies(asked).await.remove(0).text;
        for word in ["refunded", "224.34", "NWS-26001002", "has not arrived", "Monday, 29 June 2026"] {
            assert!(told.contains(word), "{word} is missing:\n{told}");
        }
        let stranger = "Eve Moss <eve@elsewhere.example>";
        let asked = house.take_in(mail(stranger, "3@elsewhere.example", &format!("Where is my RMA {rma}?"))).await;
        let decision = house.decision(asked).await.unwrap();
        assert_eq!(
            (decision.outcome, decision.flags.as_slice()),
            (OutcomeKind::HeldForReview, [Flag::RmaNotFound].as_slice())
        );
        assert!(!house.replies(asked).await.iter().any(|reply| reply.text.contains("refunded")));
    }
}

#[tokio::test]
async fn a_package_without_an_rma_number_is_turned_away_and_a_reply_gets_one() {
    for database in databases("without_a_number").await {
        let mut house = House::open(database, |_| ()).await;
        let (today, now) = (house.today(), house.clock.now());
        let by = By { actor: "dana", why: None };
        let fault = house.desk.turn_away("NWS-99999999", today, by, now).await.unwrap_err().to_string();
        assert!(fault.contains("no unit with the serial number"), "{fault}");
        let taken = house.desk.turn_away("nws-2400 1101", today, by, now).await.unwrap();
        let letter = taken.letter.unwrap();
        assert_eq!((letter.recipient.as_str(), letter.template.as_str()), ("ada@customer.example", "unit_refused"));
        let answer = "It no longer powers on. Please send me an RMA number.";
        let answer = request(ADA, "1@customer.example", answer);
        let id = house.take_in(with(&format!("In-Reply-To: <{}>", letter.message_id), &answer)).await;
        let decision = house.decision(id).await.unwrap();
        assert_eq!(decision.outcome, OutcomeKind::RmaIssued);
        assert_eq!(house.entry(id).await.case_number, Some(taken.case.number));
        let fault = house.desk.turn_away(OLD, today, by, now).await.unwrap_err().to_string();
        assert!(fault.contains("--unmarked-box"), "{fault}");
    }
}

#[tokio::test]
async fn a_delivery_that_came_back_is_inspected_and_refunded() {
    for database in databases("came_back").await {
        let house = House::open(database, |_| ()).await;
        let (today, now) = (house.today(), house.clock.now());
        let by = By { actor: "dana", why: None };
        let back = |invoice| house.desk.take_back(invoice, today, Some("UPS"), by, now);
        assert!(back("NW-70010").await.unwrap_err().to_string().contains("was delivered on 2026-06-10"));
        let taken = back("NW-70011").await.unwrap();
        assert_eq!((taken.case.state, taken.case.customer.as_str()), (State::Received, "ben@freemail.example"));
        assert!(taken.letter.unwrap().text.contains("the carrier brought it back"));
        assert!(back("NW-70011").await.unwrap_err().to_string().contains("are in an RMA"));
        let number = taken.case.rma.unwrap().number;
        let all = |percent: u32| {
            let restocking = Some(Percent::new(percent.into()).unwrap());
            let findings = Findings { on: today, defect_found: None, restocking, route: None };
            Step::Inspect { units: vec![], findings, carrier_charge: Some(money("18.00")) }
        };
        house.step_refused(&number, all(31), "31% is more than the 30%").await;
        let letter = house.step(&number, all(30)).await.unwrap().letter.unwrap().text;
        // 306.00 - 91.80 restocking - 8.87 processing - 11.15 free shipping - 18.00 address correction
        assert!(letter.contains("176.18"), "{letter}");
        for clause in ["Refused or undeliverable", "Free-shipping", "Address correction", "Processing fee"] {
            assert!(letter.contains(clause), "{clause}:\n{letter}");
        }
    }
}

#[tokio::test]
async fn a_flag_that_holds_nothing_is_taken_off_as_well() {
    for database in databases("flag_taken_off").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        house.step_refused(&rma, Step::Release, "does not wait for a person").await;
        house.send(&Delivery::Refused("550 no such user".to_owned()), None).await;
        assert_eq!(house.case_of(&rma).await.flags, [Flag::ReplyBounced]);
        let released = house.step(&rma, Step::Release).await.unwrap();
        assert_eq!((released.case.state, released.case.flags.as_slice()), (State::Approved, [].as_slice()));
    }
}

#[tokio::test]
async fn a_replacement_is_one_unit_that_no_customer_has() {
    for database in databases("one_replacement").await {
        let mut house = House::open(database, |_| ()).await;
        let both = "Both our switches NWS-24001101 and NWS-24001102 no longer power on. Please repair them.";
        let rma = house.rma_for(ADA, "1@customer.example", both).await;
        let today = house.today();
        for serial in [OLD, "NWS-24001102"] {
            house.step(&rma, receive(serial, today)).await.unwrap();
            house.step(&rma, inspect(serial, today, Some(true), None)).await.unwrap();
        }
        let with = |serial: Option<&str>| Fulfilment::Replaced {
            shipment: shipment(today),
            serial_number: serial.map(str::to_owned),
        };
        let all = Step::Complete { units: vec![], on: today, how: with(Some(NEW)), scrapped: false };
        house.step_refused(&rma, all, "is for one unit").await;
        house.step_refused(&rma, complete(OLD, today, with(None)), "--replacement-serial").await;
        for taken in [OLD, "NWS-24001102", "NWS-24002101"] {
            house.step_refused(&rma, complete(OLD, today, with(Some(taken))), "is already a customer's").await;
        }
        house.step(&rma, complete(OLD, today, with(Some(NEW)))).await.unwrap();
        house.step_refused(&rma, complete("NWS-24001102", today, with(Some(NEW))), "is already a customer's").await;
        house.step_refused(&rma, complete("NWS-24001102", today, with(Some(OLD))), "is already a customer's").await;
    }
}

#[tokio::test]
async fn the_serial_number_of_another_customers_unit_is_for_staff_alone() {
    for database in databases("anothers_unit").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        let today = house.today();
        for (found, is_told) in [("NWS-24002101", false), ("NWS-24001102", true), ("NWS-99999999", true)] {
            let units = vec![UnitName::Other { found: found.to_owned(), instead_of: None }];
            let parcel = Parcel { on: today, carrier: None, condition: Arrived::default() };
            let taken = house.step(&rma, Step::Receive { units, parcel }).await.unwrap();
            assert_eq!(taken.letter.unwrap().text.contains(found), is_told, "{found}");
            let back = Step::Refuse { units: vec![], on: today, why: Refusal::OtherUnit };
            let letter = house.step(&rma, back).await.unwrap().letter.unwrap().text;
            assert!(letter.contains("is not the one") && letter.contains(OLD), "{letter}");
        }
        assert_eq!(house.happened_to(OLD).await.len(), 1, "it never came back");
        house.step(&rma, receive(OLD, today)).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_charged_once_an_order_is_not_lost_with_the_statement_that_bore_it() {
    for database in databases("charge_not_lost").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", REFUND).await;
        let today = house.today();
        house.clock.advance(SignedDuration::from_hours(24 * 15));
        let late = house.today();
        for (serial, on) in [("NWS-26001001", late), ("NWS-26001002", today)] {
            house.step(&rma, receive(serial, on)).await.unwrap();
            house.step(&rma, inspect(serial, late, None, Some(0))).await.unwrap();
        }
        let today = late;
        house.step_refused(&rma, complete("NWS-26001001", today, replaced(today)), "a sum is due").await;
        let refuse = Step::Refuse { units: unit("NWS-26001001"), on: today, why: Refusal::Expired };
        house.step(&rma, refuse).await.unwrap();
        let refund = complete("NWS-26001002", today, Fulfilment::Refunded { method: RefundMethod::OriginalPayment });
        house.step_refused(&rma, refund.clone(), "says 242.74 USD, and now it would be 224.34: inspect").await;
        house.step(&rma, inspect("NWS-26001002", today, None, Some(0))).await.unwrap();
        assert!(house.step(&rma, refund).await.unwrap().letter.unwrap().text.contains("USD 224.34"));
    }
}

#[tokio::test]
async fn no_window_is_held_open_by_numbers_that_are_never_used() {
    for database in databases("window_not_held_open").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.rma_for(ADA, "1@customer.example", REFUND).await;
        // the saturday after the last day, before anything has expired by itself; the fifteen days ended on 25 June
        house.clock.set("2026-07-04T18:00:00Z".parse().unwrap());
        let again = "We never sent it. Please issue another RMA number for the refund.";
        let again = request(ADA, "2@customer.example", again).replace("Subject: Return", &format!("Subject: {first}"));
        let id = house.take_in(again).await;
        assert_eq!(house.decision(id).await.unwrap().outcome, OutcomeKind::Declined);
        let case = house.case_of(&first).await;
        assert_eq!(case.requested_at, Some(house.clock.now()));
        assert!(case.rma.unwrap().units.iter().all(|unit| unit.ended.is_some()), "the first is over");
    }
}

#[tokio::test]
async fn a_lapsed_rma_is_followed_by_another_that_alone_counts() {
    for database in databases("followed_by_another").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        house.clock.set("2026-07-04T18:00:00Z".parse().unwrap());
        let again = "We never sent it. Please issue another RMA number for the switch.";
        let again = request(ADA, "2@customer.example", again).replace("Subject: Return", &format!("Subject: {first}"));
        let id = house.take_in(again).await;
        let second = house.decision(id).await.unwrap().rma.unwrap().number;
        assert_ne!(first, second);
        house.step_refused(&second, Step::Release, "does not wait").await;
        let fault = format!("{:#}", house.step(&first, Step::Cancel).await.unwrap_err());
        assert!(fault.contains(&format!("is over; {second} was issued after it")), "{fault}");
        house.step(&second, receive(OLD, house.today())).await.unwrap();
    }
}

#[tokio::test]
async fn numbers_that_name_no_rma_say_why() {
    for database in databases("numbers_that_name_no_rma").await {
        let mut house = House::open(database, |_| ()).await;
        let rma = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        let mut digits = rma.clone();
        let last = digits.pop().unwrap().to_digit(10).unwrap();
        let mistyped = format!("{digits}{}", (last + 1) % 10);
        for (number, word) in [
            (mistyped.as_str(), "check digit"),
            ("hello", "no RMA number; they look like RMA-"),
            ("C-99999", "no case C-99999"),
            (&house.desk.rma_format.number(424_242), "was issued"),
        ] {
            let fault = format!("{:#}", house.step(number, Step::Cancel).await.unwrap_err());
            assert!(fault.contains(word), "{fault}");
        }
    }
}

#[tokio::test]
async fn who_got_another_rma_for_a_unit_sends_it_under_that_one() {
    for database in databases("another_rma").await {
        let mut house = House::open(database, |_| ()).await;
        let first = house.rma_for(ADA, "1@customer.example", WHOLE).await;
        house.clock.advance(SignedDuration::from_hours(24 * 15));
        let again = house.rma_for(ADA, "2@customer.example", &WHOLE.replace("RMA.", "new RMA.")).await;
        assert_ne!(again, first);
        let today = house.today();
        house.step_refused(&first, receive(OLD, today), &format!("{OLD} is in {again} by now")).await;
        house.step_refused(&first, Step::Extend { until: today + 5.days() }, &format!("is in {again} by now")).await;
        house.step(&again, receive(OLD, today)).await.unwrap();
    }
}
