//! Lives of an RMA: what a customer writes and what staff do, in turn. Each is there for what no message alone reaches.

use jiff::SignedDuration;
use jiff::civil::Date;
use rmad::case::decision::Decision;
use rmad::case::steps::Findings;
use rmad::case::{Arrived, Fulfilment, RefundMethod, Refusal};
use rmad::daemon::{AdvanceShipment, By, Step, Taken};
use rmad::order::Money;
use rmad::policy::Percent;

use super::{Ground, Test};
use crate::house::returning::{
    NEW, OLD, complete, inspect, money, receive, received_as, replaced, request, shipment, unit,
};
use crate::house::{ADA, Database, House, WHOLE};

/// What the lives came to.
pub struct Lives {
    pub decisions: Vec<(Test, Decision)>,
    pub steps: Vec<Ground>,
}

enum Act {
    /// Ada writes.
    Write(&'static str),
    Wait {
        days: i64,
    },
    /// Staff take a step on this day.
    Take(fn(Date) -> Step),
    /// A delivery of this order comes back.
    TakeBack(&'static str),
    /// A package with this unit comes without an RMA number.
    TurnAway(&'static str),
}

use Act::{Take, TakeBack, TurnAway, Wait, Write};

const UNUSED: &str = "NWS-26001001";
const REFUND: &str = "We ordered too many switches: please refund serial number NWS-26001001 of invoice NW-70010, we do not \
                      need it. It is unopened.";
const REFUND_AGAIN: &str = "Please refund serial number NWS-26001001 of invoice NW-70010, we do not need it.";
const CREDIT: &str = "We ordered too many switches: please give us a credit for serial number NWS-26001001 of invoice \
                      NW-70010, we do not need it. It is unopened.";
const AGAIN: &str = "The switch with serial number NWS-24001101 does not power on, please repair it under warranty.";
const CANCEL: &str = "Please cancel my order NW-70020.";
const CANCEL_AGAIN: &str = "I would like to cancel order NW-70020, thank you.";
const IN_ADVANCE: &str = "Our switch no longer powers on. The serial number is NWS-24001101. Please send a replacement in \
                          advance, we cannot be without it.";

const DANA: By<'static> = By { actor: "dana", why: None };

static LIVES: &[(&str, &[Act])] = &[
    (
        "an incomplete package is refunded",
        &[Write(REFUND), Take(incomplete), Take(inspect_at_30), Take(refund), Write(REFUND_AGAIN)],
    ),
    ("a refused delivery comes back", &[TakeBack("NW-70011"), Take(inspect_all_at_30), Take(refund_all)]),
    ("a carrier charges for an address", &[Write(REFUND), Take(unopened), Take(inspect_with_charge), Take(refund)]),
    ("an unused unit is credited", &[Write(CREDIT), Take(unopened), Take(inspect_at_15), Take(credit)]),
    ("a marked unit is turned away", &[Write(CREDIT), Take(marked), Take(refuse_marks)]),
    ("a package comes too late", &[Write(WHOLE), Wait { days: 15 }, Take(defective), Take(refuse_late)]),
    ("a package bears no number", &[TurnAway(OLD)]),
    ("a warranty is found to be void", &[Write(WHOLE), Take(defective), Take(refuse_void)]),
    ("the number is in the package", &[Write(WHOLE), Take(unmarked_box)]),
    ("a package is damaged", &[Write(WHOLE), Take(damaged)]),
    ("a unit is replaced", &[Write(WHOLE), Take(defective), Take(confirm), Take(replace), Write(AGAIN)]),
    ("an order is cancelled", &[Write(CANCEL), Write(CANCEL_AGAIN)]),
    (
        "a replacement ships in advance",
        &[Write(IN_ADVANCE), Take(ship_in_advance), Take(defective), Take(confirm), Take(refund_of_charge)],
    ),
];

pub async fn lives() -> Lives {
    let (mut decisions, mut steps) = (Vec::new(), Vec::new());
    for (name, acts) in LIVES {
        let mut house = House::open(Database::sqlite(), |_| ()).await;
        let mut case = String::new();
        for (act, count) in acts.iter().zip(1..) {
            match act {
                Wait { days } => house.clock.advance(SignedDuration::from_hours(24 * days)),
                Write(text) => {
                    let id = house.take_in(request(ADA, &format!("{count}@customer.example"), text)).await;
                    case = house.entry(id).await.case_number.unwrap();
                    decisions.push((Test::Life(name), house.decision(id).await.unwrap()));
                }
                Take(step) => {
                    let taken = house.step(&case, step(house.today())).await;
                    steps.push(ground(name, &taken.unwrap_or_else(|fault| panic!("{name}: {fault:#}"))));
                }
                TakeBack(invoice) => {
                    let taken = house.desk.take_back(invoice, house.today(), None, DANA, house.clock.now()).await;
                    let taken = taken.unwrap();
                    steps.push(ground(name, &taken));
                    case = taken.case.number;
                }
                TurnAway(serial) => {
                    let taken = house.desk.turn_away(serial, house.today(), DANA, house.clock.now()).await;
                    steps.push(ground(name, &taken.unwrap()));
                }
            }
        }
    }
    Lives { decisions, steps }
}

/// What the record of a step says.
fn ground(life: &'static str, taken: &Taken) -> Ground {
    let clauses = taken.event.detail.get("clauses").and_then(|clauses| clauses.as_array());
    let clauses = clauses.into_iter().flatten().map(|clause| clause.as_str().unwrap().to_owned());
    Ground { by: named(taken), clauses: clauses.collect(), test: Test::Life(life) }
}

/// A step in the words of its record, with what matters of it: `received, incomplete`.
fn named(taken: &Taken) -> String {
    let what =
        taken.event.what.split(':').next().unwrap().trim_end_matches(" for").to_lowercase().replace("rma", "RMA");
    let reason =
        taken.event.detail.get("reason").map(|reason| reason.as_str().unwrap().replace('_', " ").replace("rma", "RMA"));
    let how = if what == "received" { conditions(taken) } else { reason.into_iter().collect() };
    [vec![what], how].concat().join(", ")
}

fn conditions(taken: &Taken) -> Vec<String> {
    let arrival = taken.case.rma.iter().flat_map(|rma| &rma.units).find_map(|unit| unit.arrival.as_ref()).unwrap();
    let condition = &arrival.condition;
    let all = [
        (arrival.is_late, "late"),
        (condition.missing.is_some(), "incomplete"),
        (condition.marks.is_some(), "marked"),
        (condition.damage.is_some(), "damaged"),
        (condition.unmarked_box, "no number on the box"),
        (condition.refused_delivery, "delivery refused"),
    ];
    all.into_iter().filter(|(applies, _)| *applies).map(|(_, word)| word.to_owned()).collect()
}

fn unopened(today: Date) -> Step {
    receive(UNUSED, today)
}

fn incomplete(today: Date) -> Step {
    received_as(UNUSED, today, Arrived { missing: Some("the manual".to_owned()), ..Arrived::default() })
}

fn marked(today: Date) -> Step {
    received_as(UNUSED, today, Arrived { marks: Some("a scratch".to_owned()), ..Arrived::default() })
}

fn defective(today: Date) -> Step {
    receive(OLD, today)
}

fn unmarked_box(today: Date) -> Step {
    received_as(OLD, today, Arrived { unmarked_box: true, ..Arrived::default() })
}

fn damaged(today: Date) -> Step {
    received_as(OLD, today, Arrived { damage: Some("a dent".to_owned()), ..Arrived::default() })
}

fn inspect_at_15(today: Date) -> Step {
    inspect(UNUSED, today, None, Some(15))
}

fn inspect_at_30(today: Date) -> Step {
    inspect(UNUSED, today, None, Some(30))
}

fn inspect_with_charge(today: Date) -> Step {
    let findings = Findings { on: today, defect_found: None, restocking: Some(Percent::ZERO), route: None };
    Step::Inspect { units: unit(UNUSED), findings, carrier_charge: Some(money("16.50")) }
}

fn inspect_all_at_30(today: Date) -> Step {
    let restocking = Percent::new(30.into());
    let findings = Findings { on: today, defect_found: None, restocking, route: None };
    Step::Inspect { units: vec![], findings, carrier_charge: None }
}

fn refund_all(today: Date) -> Step {
    let how = Fulfilment::Refunded { method: RefundMethod::OriginalPayment };
    Step::Complete { units: vec![], on: today, how, scrapped: false }
}

fn confirm(today: Date) -> Step {
    inspect(OLD, today, Some(true), None)
}

fn refund(today: Date) -> Step {
    complete(UNUSED, today, Fulfilment::Refunded { method: RefundMethod::OriginalPayment })
}

fn refund_of_charge(today: Date) -> Step {
    complete(OLD, today, Fulfilment::Refunded { method: RefundMethod::OriginalPayment })
}

fn credit(today: Date) -> Step {
    complete(UNUSED, today, Fulfilment::Credited)
}

fn replace(today: Date) -> Step {
    complete(OLD, today, replaced(today))
}

fn refuse_marks(today: Date) -> Step {
    Step::Refuse { units: unit(UNUSED), on: today, why: Refusal::Marks }
}

fn refuse_late(today: Date) -> Step {
    Step::Refuse { units: unit(OLD), on: today, why: Refusal::Expired }
}

fn refuse_void(today: Date) -> Step {
    Step::Refuse { units: unit(OLD), on: today, why: Refusal::WarrantyVoid }
}

fn ship_in_advance(today: Date) -> Step {
    Step::Advance(AdvanceShipment {
        shipment: shipment(today),
        serial_number: Some(NEW.to_owned()),
        product_charge: money("249.00"),
        freight_charge: Money::ZERO,
    })
}
