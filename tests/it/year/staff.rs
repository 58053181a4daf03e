//! Staff: they open parcels, inspect, settle, review what is held, and now and then take a wrong step, which must change
//! nothing.

use jiff::ToSpan;
use jiff::civil::Date;
use rmad::case::steps::{Findings, Parcel as Carried, UnitName};
use rmad::case::{Case, Ending, Finding, Fulfilment, Pays, RefundMethod, Refusal, Rma, RmaUnit, Shipment, State};
use rmad::daemon::{AdvanceShipment, Step, Taken};
use rmad::order::Money;
use rmad::policy::{Flag, LineKind, Percent, Route};
use rust_decimal::Decimal;

use super::Year;
use super::customers::Condition;
use super::world::PRODUCTS;

/// What a customer has put into a box, and the RMA number on it.
pub struct Parcel {
    pub number: String,
    pub unit: RmaUnit,
    pub condition: Condition,
    /// How often the number on the box was looked up in vain.
    pub tries: u32,
}

const METHODS: [RefundMethod; 3] = [RefundMethod::OriginalPayment, RefundMethod::Check, RefundMethod::Wire];
const MOST_TRIES: u32 = 3;
/// A replacement's, which stands in no order at first.
const REPLACEMENTS: &str = "RPL";

impl Year {
    /// A parcel is opened: it is taken in exactly where its unit is waited for.
    pub async fn arrives(&mut self, parcel: Parcel) {
        let case = match self.house.desk.case_named(&parcel.number).await {
            Ok(case) => case,
            Err(fault) => {
                let number = issued_instead(&format!("{fault:#}")).expect("the number on a box was issued");
                assert!(parcel.tries < MOST_TRIES, "{fault:#}");
                let parcel = Parcel { number, tries: parcel.tries + 1, ..parcel };
                return Box::pin(self.arrives(parcel)).await;
            }
        };
        let rma = case.rma.clone().unwrap();
        let on = self.today();
        let is_open = rma.units.iter().any(|unit| unit.is_expected() && holds(unit, &parcel.unit));
        if is_open && on > rma.expires_on && parcel.unit.advance.is_none() && self.chance.percent(25) {
            let refuse = Step::Refuse { units: vec![name(&parcel.unit)], on, why: Refusal::Expired };
            self.takes(&case, refuse).await;
            return;
        }
        let carrier = Some("UPS".to_owned());
        let units = vec![self.found(&parcel)];
        let step = Step::Receive { units, parcel: Carried { on, carrier, condition: parcel.condition.noted() } };
        let is_awaited = rma.units.iter().any(|unit| is_awaited(unit) && holds(unit, &parcel.unit));
        let elsewhere = self.elsewhere(&rma, &parcel.unit).await;
        if is_awaited && elsewhere.is_none() {
            self.takes(&case, step).await;
            self.will_look(case.number, 1, 3);
            return;
        }
        self.is_refused(&case, &parcel.number, step).await;
        if let Some(number) = elsewhere.filter(|_| parcel.tries < MOST_TRIES) {
            Box::pin(self.arrives(Parcel { number, tries: parcel.tries + 1, ..parcel })).await;
        }
    }

    /// Another RMA that a unit is in by now, so that no more of its kind are left for this one.
    async fn elsewhere(&self, rma: &Rma, unit: &RmaUnit) -> Option<String> {
        let sql = "SELECT rma_number, quantity FROM rma_units u JOIN rmas r ON r.number = u.rma_number
                   WHERE rma_number <> $1 AND invoice_number = $2 AND line = $3 AND serial_number IS $4
                     AND (stage IN ('received', 'inspected') OR stage = 'expected' AND expires_on >= $5)";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql)
            .bind(&rma.number)
            .bind(&unit.invoice_number)
            .bind(unit.line)
            .bind(&unit.serial_number)
            .bind(self.today().to_string())
            .fetch_all(&self.database)
            .await
            .unwrap();
        let line = &self.world.order(&unit.invoice_number).lines[unit.line as usize - 1];
        let sold = if unit.serial_number.is_some() { 1 } else { i64::from(line.quantity) };
        let taken: i64 = rows.iter().map(|(_, quantity)| quantity).sum();
        rows.first().filter(|_| taken + open_with(rma, unit) > sold).map(|(number, _)| number.clone())
    }

    /// What is in the box.
    fn found(&mut self, parcel: &Parcel) -> UnitName {
        match &parcel.unit.serial_number {
            Some(serial) if parcel.condition == Condition::Other => {
                UnitName::Other { found: self.world.serial("OTH"), instead_of: Some(serial.clone()) }
            }
            _ => name(&parcel.unit),
        }
    }

    /// Staff look at a case and do what is next.
    pub async fn looks(&mut self, number: &str) {
        let case = self.case(number).await;
        if self.chance.percent(5) {
            self.takes_a_wrong_step(&case).await;
        }
        if case.state == State::HeldForReview {
            self.reviews(&case).await;
        } else if case.is_for_staff() && self.chance.percent(70) {
            self.takes(&case, Step::Release).await;
        } else if let Some(rma) = &case.rma {
            self.goes_on(&case, rma).await;
        }
        if waits_for_staff(&self.case(number).await) {
            self.will_look(number.to_owned(), 0, 2);
        }
    }

    /// What is here is inspected; what was inspected is brought to its end.
    async fn goes_on(&mut self, case: &Case, rma: &Rma) {
        let is_inspected = rma.units.iter().any(RmaUnit::is_inspected);
        if rma.units.iter().any(RmaUnit::waits_for_inspection) && !(is_inspected && self.chance.percent(30)) {
            self.inspects(case, rma).await;
        } else if is_inspected {
            if self.chance.percent(4) {
                self.inspects_again(case, rma).await;
            }
            self.brings_to_an_end(&case.number).await;
        }
    }

    async fn reviews(&mut self, case: &Case) {
        let has_open = case.rma.iter().flat_map(|rma| &rma.units).any(RmaUnit::is_open);
        if case.flags.contains(&Flag::AdvanceReplacement) && !has_open && self.chance.percent(85) {
            return self.ships_in_advance(case).await;
        }
        if let Some(rma) = &case.rma {
            let is_here = rma.units.iter().any(RmaUnit::waits_for_inspection);
            let is_expected = rma.expected().next().is_some();
            let has_advance = rma.units.iter().any(|unit| unit.advance.is_some());
            match self.chance.between(1, 100) {
                1..=30 if is_here => self.inspects(case, rma).await,
                31..=50 if is_here && !has_advance => self.refuses(case, rma).await,
                1..=40 if is_expected => {
                    self.gives_more_time(case, rma).await;
                }
                41..=55 if rma.expected().any(|unit| !is_charged(unit)) => {
                    self.takes(case, Step::Cancel).await;
                }
                _ => {}
            }
        }
        if self.case(&case.number).await.is_for_staff() {
            self.takes(case, Step::Release).await;
        }
    }

    async fn gives_more_time(&mut self, case: &Case, rma: &Rma) {
        let until = rma.expires_on.max(self.today()) + self.chance.between(1, 20).days();
        for unit in rma.units.iter().filter(|unit| is_awaited(unit)) {
            if self.elsewhere(rma, unit).await.is_some() {
                return self.is_refused(case, &rma.number, Step::Extend { until }).await;
            }
        }
        self.takes(case, Step::Extend { until }).await;
    }

    /// The first unit that waits, for a reason that is so.
    async fn refuses(&mut self, case: &Case, rma: &Rma) {
        let Some(unit) = rma.units.iter().find(|unit| unit.waits_for_inspection() && !is_charged(unit)) else { return };
        let found_none = unit.inspection.as_ref().is_some_and(|done| done.finding == Finding::NoDefectFound);
        let is_late = unit.arrival.as_ref().is_some_and(|arrival| arrival.is_late);
        let why = match unit {
            unit if is_another(unit) => Refusal::OtherUnit,
            _ if is_late => Refusal::Expired,
            _ if unit.route.marks_matter() => Refusal::Marks,
            _ if found_none => Refusal::NoDefect,
            _ if unit.route.is_for_defect() => Refusal::WarrantyVoid,
            _ => return,
        };
        self.takes(case, Step::Refuse { units: vec![name(unit)], on: self.today(), why }).await;
    }

    /// The charge is agreed and a replacement shipped, where it is known for which unit.
    async fn ships_in_advance(&mut self, case: &Case) {
        let shipped_on = self.today() - self.chance.between(0, 1).days();
        let product = match case.facts.items.as_slice() {
            [item] if item.invoice.is_some() && item.quantity.is_none_or(|quantity| quantity == 1) => {
                let part = item.part.as_ref().map(|told| told.value.as_str());
                let product = PRODUCTS.iter().find(|product| Some(product.part) == part);
                product.filter(|product| product.serials.is_none() || item.serial.is_some())
            }
            _ => None,
        };
        let price = product.zip(case.facts.items.first().and_then(|item| item.invoice.as_ref()));
        let price = price.map(|(product, invoice)| {
            let lines = &self.world.order(&invoice.value).lines;
            lines.iter().find(|line| line.product.part == product.part).unwrap().unit_price
        });
        let is_charged = self.chance.percent(90);
        let product_charge = price.filter(|_| is_charged).map_or(Money::ZERO, Money::rounded);
        let bears_none = product.is_some_and(|product| product.serials.is_none());
        let step = Step::Advance(AdvanceShipment {
            shipment: shipment(shipped_on),
            serial_number: (!bears_none).then(|| self.world.serial(REPLACEMENTS)),
            product_charge,
            freight_charge: money(1_840),
        });
        if product.is_some() {
            self.takes(case, step).await;
        } else {
            self.is_refused(case, &case.number, step).await;
            self.takes(case, Step::Release).await;
        }
    }

    /// The first unit that waits, and those that the same can be said of.
    async fn inspects(&mut self, case: &Case, rma: &Rma) {
        let here: Vec<&RmaUnit> = rma.units.iter().filter(|unit| unit.waits_for_inspection()).collect();
        if let Some(other) = here.iter().find(|unit| is_another(unit)) {
            let step = Step::Refuse { units: vec![name(other)], on: self.today(), why: Refusal::OtherUnit };
            self.takes(case, step).await;
            return;
        }
        let defect_found = (!here[0].non_defective).then(|| self.chance.percent(85));
        let ceiling = ceiling(here[0], defect_found);
        let alike = |unit: &&&RmaUnit| {
            unit.non_defective == here[0].non_defective
                && self::ceiling(unit, defect_found) == ceiling
                && is_ruled_out(unit) == is_ruled_out(here[0])
        };
        let most = if self.chance.percent(60) { here.len() } else { 1 };
        let together: Vec<RmaUnit> = here.iter().filter(alike).take(most).map(|unit| (*unit).clone()).collect();
        let taken = self.finds(case, &together, defect_found, ceiling).await;
        if waiting(&taken.case) + together.len() != here.len() {
            panic!("other units were inspected than were named\n{}", self.story(&case.number).await);
        }
    }

    /// Those of one statement, or one unit.
    async fn inspects_again(&mut self, case: &Case, rma: &Rma) {
        let units = together(rma);
        let defect_found = (!units[0].non_defective).then_some(true);
        let ceiling = ceiling(&units[0], defect_found);
        let alike = |unit: &RmaUnit| {
            unit.non_defective == units[0].non_defective && self::ceiling(unit, defect_found) == ceiling
        };
        if units.iter().all(alike) && !units.iter().any(is_another) {
            self.finds(case, &units, defect_found, ceiling).await;
        }
    }

    async fn finds(&mut self, case: &Case, units: &[RmaUnit], defect_found: Option<bool>, ceiling: i64) -> Taken {
        let on = self.today();
        let rate = if self.chance.percent(35) { 0 } else { self.chance.between(0, ceiling) };
        let restocking = (ceiling > 0).then(|| percent(rate));
        // marks rule out what was agreed: the customer takes a refund
        let route = units.iter().any(is_ruled_out).then_some(Route::Refund);
        let findings = Findings { on, defect_found, restocking, route };
        let comes_to_money = units.iter().all(is_money);
        let carrier_charge = (comes_to_money && self.chance.percent(5)).then(|| money(1_225));
        let units: Vec<UnitName> = units.iter().map(name).collect();
        if ceiling > 0 && self.chance.percent(5) {
            let findings = Findings { restocking: Some(percent(ceiling + 1)), ..findings };
            let step = Step::Inspect { units: units.clone(), findings, carrier_charge };
            self.is_refused(case, &case.number, step).await;
        }
        self.takes(case, Step::Inspect { units, findings, carrier_charge }).await
    }

    /// The first unit that was inspected, and those that its statement is about.
    async fn brings_to_an_end(&mut self, number: &str) {
        let case = self.case(number).await;
        let Some(rma) = case.rma.as_ref().filter(|rma| rma.units.iter().any(RmaUnit::is_inspected)) else { return };
        let units = together(rma);
        let statement = statement_of(rma, first_inspected(rma)).map(|place| &rma.statements[place]);
        let stated = statement.map(|statement| statement.pays);
        let is_nothing = statement.is_some_and(|statement| statement.estimate.refund_high == Money::ZERO);
        let is_marked = units.iter().any(is_marked);
        let names: Vec<UnitName> = units.iter().map(name).collect();
        let on = self.today();
        let by_wire = rma.units.iter().all(|unit| self.world.order(&unit.invoice_number).payment == "wire");
        let method = Some(*self.chance.one_of(&METHODS)).filter(|method| *method != RefundMethod::Wire || by_wire);
        let method = method.unwrap_or(RefundMethod::Check);
        let how = match stated {
            Some(Pays::Refund | Pays::AdvanceCharge) => Fulfilment::Refunded { method },
            Some(Pays::Credit) => Fulfilment::Credited,
            None if units[0].advance.is_some() => Fulfilment::ChargeStands,
            None if self.chance.percent(60) || units[0].route == Route::Exchange => self.replacement(&units[0], on),
            None => Fulfilment::Repaired { shipment: self.chance.percent(80).then(|| shipment(on)) },
        };
        let is_ruled_out = is_marked
            && matches!(units[0].route, Route::Return | Route::Credit | Route::Exchange)
            && matches!(how, Fulfilment::Credited | Fulfilment::Replaced { .. });
        let scrapped = self.chance.percent(10);
        // what is paid may be named by its kind alone
        let is_paid = matches!(how, Fulfilment::Refunded { .. } | Fulfilment::Credited);
        let named = if is_paid && self.chance.percent(30) { vec![] } else { names.clone() };
        let step = Step::Complete { units: named, on, how, scrapped };
        if stated == Some(Pays::Refund) && !is_nothing && self.bears_no_shipping(&units[0].invoice_number).await {
            self.is_refused(&case, number, step).await;
            self.inspects_again(&case, rma).await;
        } else if is_ruled_out {
            self.is_refused(&case, number, step).await;
            self.takes(&case, Step::Refuse { units: names, on, why: Refusal::Marks }).await;
        } else if let Err(fault) = self.house.step(number, step.clone()).await {
            // the statement that bore what is charged once an order has gone since
            if !fault.to_string().contains("inspect the units again") {
                panic!("{step:?} is refused: {fault:#}\n{}", self.story(number).await);
            }
            self.inspects_again(&case, rma).await;
        }
    }

    /// Whether the statement has gone that bore what shipping a free-shipping order cost.
    async fn bears_no_shipping(&self, invoice: &str) -> bool {
        let mut tx = self.house.store.begin().await.unwrap();
        let rmas = tx.rmas_of_invoice(invoice).await.unwrap();
        let mut lines = rmas.iter().flat_map(|issued| &issued.rma.statements).flat_map(|stated| &stated.estimate.lines);
        self.world.order(invoice).free_shipping && !lines.any(|line| line.kind == LineKind::ShippingCost)
    }

    fn replacement(&mut self, unit: &RmaUnit, on: Date) -> Fulfilment {
        let serial_number = unit.serial_number.is_some().then(|| self.world.serial(REPLACEMENTS));
        Fulfilment::Replaced { shipment: shipment(on), serial_number }
    }

    /// The serial number of a replacement that a customer got.
    pub fn replacement_of(&self, case: &Case) -> Option<String> {
        case.rma.iter().flat_map(|rma| &rma.units).find_map(|unit| match &unit.ended.as_ref()?.how {
            Ending::Fulfilled(Fulfilment::Replaced { serial_number, .. }) => serial_number.clone(),
            Ending::Fulfilled(Fulfilment::Repaired { .. }) => unit.serial_number.clone(),
            _ => None,
        })
    }

    async fn takes_a_wrong_step(&mut self, case: &Case) {
        let Some(rma) = &case.rma else { return };
        let tomorrow = self.today() + 1.day();
        let nobodys = vec![UnitName::Serial("NWX-99999999".to_owned())];
        let units: Vec<UnitName> = rma.units.iter().map(name).collect();
        let carried = |on| Carried { on, carrier: None, condition: Condition::Fine.noted() };
        let findings = Findings { on: self.today(), defect_found: None, restocking: None, route: None };
        let expected: Vec<UnitName> = rma.expected().map(name).collect();
        let wrong = match self.chance.between(1, 8) {
            1 => Step::Receive { units, parcel: carried(tomorrow) },
            2 => Step::Receive { units, parcel: carried(rma.issued_on - 1.day()) },
            3 => Step::Receive { units: nobodys, parcel: carried(self.today()) },
            4 => Step::Extend { until: rma.issued_on },
            5 if !expected.is_empty() => Step::Inspect { units: expected, findings, carrier_charge: None },
            6 if !expected.is_empty() => {
                Step::Complete { units: expected, on: self.today(), how: Fulfilment::Credited, scrapped: false }
            }
            7 if !case.is_for_staff() => Step::Release,
            _ => Step::Refuse { units: nobodys, on: self.today(), why: Refusal::Marks },
        };
        self.is_refused(case, &rma.number, wrong).await;
    }

    /// A step that has to be taken.
    async fn takes(&mut self, case: &Case, step: Step) -> Taken {
        match self.house.step(&case.number, step.clone()).await {
            Ok(taken) => taken,
            Err(fault) => panic!("{step:?} is refused: {fault:#}\n{}", self.story(&case.number).await),
        }
    }

    /// A step that is wrong: nothing has happened.
    async fn is_refused(&mut self, case: &Case, number: &str, step: Step) {
        let before = self.recorded(&case.number).await;
        if self.house.step(number, step.clone()).await.is_ok() {
            panic!("{step:?} is taken, and should not be\n{}", self.story(&case.number).await);
        }
        assert_eq!(self.recorded(&case.number).await, before, "{step:?} is refused and leaves something behind");
        self.wrong_steps += 1;
    }

    async fn recorded(&self, number: &str) -> (Case, usize, usize) {
        let events = self.house.store.events_of_case(number).await.unwrap();
        let letters = self.house.store.outgoing_of_case(number).await.unwrap();
        (self.case(number).await, events.len(), letters.len())
    }
}

/// The units that are brought to an end at once: those of the first statement that waits, else the first alone.
fn together(rma: &Rma) -> Vec<RmaUnit> {
    let first = first_inspected(rma);
    let places = statement_of(rma, first).map_or_else(|| vec![first], |place| rma.statements[place].units.clone());
    places.into_iter().map(|place| rma.units[place].clone()).collect()
}

fn first_inspected(rma: &Rma) -> usize {
    rma.units.iter().position(RmaUnit::is_inspected).unwrap()
}

fn statement_of(rma: &Rma, unit: usize) -> Option<usize> {
    rma.statements.iter().position(|stated| stated.settled_on.is_none() && stated.units.contains(&unit))
}

fn is_marked(unit: &RmaUnit) -> bool {
    unit.arrival.as_ref().is_some_and(|arrival| arrival.condition.marks.is_some())
}

/// The most that may be charged, in percent, as the policy has it.
fn ceiling(unit: &RmaUnit, defect_found: Option<bool>) -> i64 {
    let Some(arrival) = unit.arrival.as_ref().filter(|_| is_money(unit)) else { return 0 };
    if arrival.condition.missing.is_some() || arrival.condition.refused_delivery {
        30
    } else if unit.non_defective || defect_found == Some(false) {
        15
    } else {
        0
    }
}

fn is_money(unit: &RmaUnit) -> bool {
    let comes_to_money = matches!(unit.route, Route::Return | Route::Refund | Route::Credit) || is_ruled_out(unit);
    comes_to_money && unit.advance.is_none()
}

/// Waited for, or given up only for its lateness.
pub fn is_awaited(unit: &RmaUnit) -> bool {
    let is_given_up = |how: &Ending| how.is_lapse() || *how == Ending::Cancelled;
    unit.arrival.is_none() && unit.ended.as_ref().is_none_or(|ended| is_given_up(&ended.how))
}

/// How many units like this an RMA has open once this one is waited for or here.
fn open_with(rma: &Rma, unit: &RmaUnit) -> i64 {
    let open = rma.units.iter().filter(|own| own.is_open() && own.is_alike(unit));
    let reopened = if rma.units.iter().any(|own| own.is_expected() && holds(own, unit)) { 0 } else { unit.quantity };
    i64::from(open.map(|own| own.quantity).sum::<u32>() + reopened)
}

/// Whether a unit of an RMA is what is in a box.
fn holds(unit: &RmaUnit, sent: &RmaUnit) -> bool {
    unit.part_number == sent.part_number && unit.serial_number == sent.serial_number && unit.quantity >= sent.quantity
}

/// How many units wait for inspection.
fn waiting(case: &Case) -> usize {
    case.rma.iter().flat_map(|rma| &rma.units).filter(|unit| unit.waits_for_inspection()).count()
}

fn waits_for_staff(case: &Case) -> bool {
    let is_here = |unit: &RmaUnit| unit.is_open() && unit.arrival.is_some();
    case.state == State::HeldForReview || case.rma.iter().flat_map(|rma| &rma.units).any(is_here)
}

fn name(unit: &RmaUnit) -> UnitName {
    match &unit.serial_number {
        Some(serial) => UnitName::Serial(serial.clone()),
        None => UnitName::Part { part_number: unit.part_number.clone(), quantity: unit.quantity },
    }
}

/// The number that a box has to be taken in under, where its own came to nothing.
fn issued_instead(fault: &str) -> Option<String> {
    let (_, number) = fault.split_once(" is over; ")?;
    number.split_whitespace().next().map(str::to_owned)
}

fn shipment(shipped_on: Date) -> Shipment {
    Shipment { carrier: "FedEx".to_owned(), tracking: "7712 0001".to_owned(), shipped_on }
}

fn percent(rate: i64) -> Percent {
    Percent::new(Decimal::from(rate)).unwrap()
}

fn money(cents: i64) -> Money {
    Money::rounded(Decimal::new(cents, 2))
}

/// Another unit came in its place.
fn is_another(unit: &RmaUnit) -> bool {
    unit.arrival.as_ref().is_some_and(|arrival| arrival.found_serial.is_some())
}

/// Its replacement shipped first.
fn is_charged(unit: &RmaUnit) -> bool {
    unit.advance.is_some()
}

/// It came back with marks, for an exchange or a credit.
fn is_ruled_out(unit: &RmaUnit) -> bool {
    is_marked(unit) && matches!(unit.route, Route::Credit | Route::Exchange)
}
