//! The judge as tables: both sides of every edge of rules 7 to 15, money and trail.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::date;
use rust_decimal::Decimal;

use super::*;
use crate::order::{PaymentMethod, Product};
use crate::policy::clause;

fn policy() -> &'static Policy {
    static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::parse(Policy::default_text()).unwrap());
    &POLICY
}

/// Two KVM switches at 249.99, domestic, by card; shipped on 28 May, received on 1 June 2026.
fn order() -> Invoice {
    let product = Product {
        part_number: "KVM".into(),
        title: "KVM switch".into(),
        product_line: "kvm_switch".into(),
        serialized: true,
        aliases: Vec::new(),
    };
    let line = Line {
        line: 1,
        product,
        quantity: 2,
        unit_price: Decimal::new(24_999, 2),
        extended_warranty_months: 0,
        serials: vec!["K1".into(), "K2".into()],
        gone: vec![],
    };
    Invoice {
        invoice_number: "A-1".into(),
        account_number: "1".into(),
        invoiced_on: date(2026, 5, 27),
        channel: "direct".into(),
        ship_to_country: "US".into(),
        payment_method: PaymentMethod::CreditCard,
        currency: "USD".into(),
        freight: Decimal::new(2_000, 2),
        insurance: Decimal::new(450, 2),
        free_shipping: false,
        actual_shipping_cost: Decimal::new(1_840, 2),
        shipped_on: Some(date(2026, 5, 28)),
        delivered_on: Some(date(2026, 6, 1)),
        lines: vec![line],
    }
}

fn unshipped() -> Invoice {
    Invoice { shipped_on: None, delivered_on: None, ..order() }
}

fn undelivered() -> Invoice {
    Invoice { delivered_on: None, ..order() }
}

fn abroad(order: Invoice) -> Invoice {
    Invoice { ship_to_country: "DE".into(), ..order }
}

fn paid(payment_method: PaymentMethod, order: Invoice) -> Invoice {
    Invoice { payment_method, ..order }
}

/// Invoiced then, and shipped and received in the days after.
fn invoiced(day: Date, order: Invoice) -> Invoice {
    let (shipped, delivered) = (day.saturating_add(1.day()), day.saturating_add(5.days()));
    Invoice { invoiced_on: day, shipped_on: Some(shipped), delivered_on: Some(delivered), ..order }
}

fn of_line(product_line: &str, extended_warranty_months: u32, mut order: Invoice) -> Invoice {
    for line in &mut order.lines {
        line.product.product_line = product_line.into();
        line.extended_warranty_months = extended_warranty_months;
    }
    order
}

fn claim_of(invoice: &Invoice, reason: Option<Reason>, wish: Option<Wish>, as_of: Date) -> UnitClaim<'_> {
    UnitClaim {
        invoice,
        line: invoice.lines.first(),
        serial: Some("K1"),
        quantity: 1,
        reason,
        wish,
        as_of,
        charged: Charged::default(),
    }
}

fn june(day: i8) -> Date {
    date(2026, 6, day)
}

/// `rma_issued refund: return.domestic-15-days ...` without what every RMA cites, which is asserted instead.
fn summary(judgement: &UnitJudgement) -> String {
    let every_rma = [
        clause::RMA_VALIDITY,
        clause::RMA_NUMBER_ON_BOX,
        clause::SHIPPING_RETURN_PREPAID,
        clause::RETURN_PACKAGING,
        clause::RETURN_INCOMPLETE,
        clause::SHIPPING_INSURE_RETURN,
    ];
    let issued = judgement.outcome == OutcomeKind::RmaIssued;
    for id in &every_rma {
        assert_eq!(judgement.clauses.contains(id), issued, "{id}: {judgement:#?}");
    }
    let name = |value: serde_json::Value| value.as_str().map(str::to_owned);
    let mut words = vec![name(serde_json::to_value(judgement.outcome).unwrap())];
    words.push(judgement.route.and_then(|route| name(serde_json::to_value(route).unwrap())));
    words.extend(judgement.flags.iter().map(|flag| name(serde_json::to_value(flag).unwrap())));
    let words: Vec<String> = words.into_iter().flatten().collect();
    let own = judgement.clauses.iter().filter(|id| !every_rma.contains(id));
    let clauses: Vec<&str> = own.map(ClauseId::as_str).collect();
    format!("{}: {}", words.join(" "), clauses.join(" ")).trim_end().to_owned()
}

type Row = (Invoice, Option<Reason>, Option<Wish>, Date, &'static str);

fn judged_as_expected(rows: &[Row]) {
    for (number, (invoice, reason, wish, as_of, expected)) in rows.iter().enumerate() {
        let judgement = judge_unit(&claim_of(invoice, *reason, *wish, *as_of), policy());
        assert_eq!(summary(&judgement), *expected, "row {number}: {:#?}", judgement.trail);
    }
}

const DEFECTIVE: Option<Reason> = Some(Reason::Defective);
const DOA: Option<Reason> = Some(Reason::DefectiveOnArrival);
const UNNEEDED: Option<Reason> = Some(Reason::NotNeeded);
const OTHER: Option<Reason> = Some(Reason::Other);
const REFUND: Option<Wish> = Some(Wish::Refund);
const CREDIT: Option<Wish> = Some(Wish::Credit);
const EXCHANGE: Option<Wish> = Some(Wish::Exchange);
const REPAIR: Option<Wish> = Some(Wish::RepairOrReplacement);
const CANCEL: Option<Wish> = Some(Wish::Cancel);
const REFUSE: Option<Wish> = Some(Wish::RefuseDelivery);

const GUARANTEE_REFUND: &str = "rma_issued refund: return.domestic-15-days return.restocking-15 refund.method \
                                shipping.not-refundable fee.processing-domestic";
const DEFECT_REFUND: &str =
    "rma_issued refund: return.domestic-15-days refund.method shipping.not-refundable fee.processing-domestic";
const EXCHANGED: &str = "rma_issued exchange: return.domestic-15-days return.restocking-15 return.no-marks";
const CREDITED: &str = "rma_issued credit: return.domestic-15-days return.restocking-15 return.no-marks";
const RETURNED: &str = "rma_issued return: return.domestic-15-days return.restocking-15";
const ON_ARRIVAL: &str = "rma_issued defective_on_arrival: doa.7-days shipping.replacement-ground";
const REPAIRED: &str =
    "rma_issued repair_or_replacement: warranty.kvm-switch warranty.start shipping.replacement-ground";
const REPAIRED_NOT_REFUNDED: &str = "rma_issued repair_or_replacement: warranty.kvm-switch warranty.start \
                                     shipping.replacement-ground return.no-refund-after-15-days";
const REPAIRED_ABROAD: &str =
    "rma_issued international_repair: warranty.kvm-switch warranty.start shipping.international-repair";
const TOO_LATE: &str = "declined: return.no-refund-after-15-days";
const NO_RULE: &str = "held_for_review no_rule_applies:";
const DATE_UNKNOWN: &str = "held_for_review delivery_date_unknown:";

#[test]
fn rule_7_holds_for_an_unknown_delivery_only_where_the_date_decides() {
    let old = || Invoice { delivered_on: None, ..invoiced(date(2023, 5, 27), order()) };
    judged_as_expected(&[
        // Shipped on 28 May: the windows hold at least until 4 June and 12 June.
        (undelivered(), UNNEEDED, REFUND, june(12), GUARANTEE_REFUND),
        (undelivered(), UNNEEDED, REFUND, june(13), DATE_UNKNOWN),
        (undelivered(), UNNEEDED, None, june(13), DATE_UNKNOWN),
        (undelivered(), OTHER, EXCHANGE, june(13), DATE_UNKNOWN),
        (undelivered(), DEFECTIVE, REFUND, june(12), DEFECT_REFUND),
        (undelivered(), DEFECTIVE, REFUND, june(13), DATE_UNKNOWN),
        (undelivered(), DEFECTIVE, CREDIT, june(13), DATE_UNKNOWN),
        (undelivered(), DEFECTIVE, None, june(4), ON_ARRIVAL),
        // A defect in warranty comes back either way, without money: the rule that needs no date takes it.
        (undelivered(), DOA, REPAIR, june(5), REPAIRED),
        (undelivered(), DEFECTIVE, None, june(13), REPAIRED),
        (undelivered(), DEFECTIVE, EXCHANGE, june(13), REPAIRED),
        (undelivered(), DEFECTIVE, REPAIR, date(2029, 5, 27), REPAIRED),
        // Out of warranty it would come back only as defective on arrival.
        (old(), DEFECTIVE, REPAIR, date(2026, 5, 28), DATE_UNKNOWN),
        // A request from before the order shipped is inside every window.
        (undelivered(), UNNEEDED, REFUND, date(2026, 5, 20), GUARANTEE_REFUND),
        // The date is nothing to these.
        (undelivered(), UNNEEDED, CANCEL, june(13), "declined: cancel.domestic return.domestic-15-days"),
        (abroad(undelivered()), UNNEEDED, REFUND, june(13), "declined: return.international"),
        (abroad(undelivered()), DEFECTIVE, REPAIR, june(13), REPAIRED_ABROAD),
        (undelivered(), OTHER, REPAIR, june(13), NO_RULE),
        // Delivered, though the day of shipping was not recorded.
        (Invoice { shipped_on: None, ..order() }, UNNEEDED, REFUND, june(16), GUARANTEE_REFUND),
        (Invoice { shipped_on: None, ..order() }, UNNEEDED, REFUND, june(17), TOO_LATE),
    ]);
}

#[test]
fn rule_8_accepts_a_cancellation_until_the_order_ships() {
    use PaymentMethod::*;
    let domestic = "cancellation_accepted: cancel.domestic";
    let domestic_fee = "cancellation_accepted: cancel.domestic fee.processing-domestic";
    let international = "cancellation_accepted: cancel.international";
    let international_fee = "cancellation_accepted: cancel.international fee.processing-international";
    let wired = "cancellation_accepted: cancel.international fee.international-wire";
    judged_as_expected(&[
        (unshipped(), None, CANCEL, june(1), domestic_fee),
        (unshipped(), OTHER, REFUSE, june(1), domestic_fee),
        (unshipped(), UNNEEDED, REFUND, june(1), domestic_fee),
        (unshipped(), Some(Reason::Incompatible), None, june(1), domestic_fee),
        (unshipped(), OTHER, CREDIT, june(1), domestic_fee),
        (paid(Paypal, unshipped()), None, CANCEL, june(1), domestic_fee),
        (paid(Wire, unshipped()), None, CANCEL, june(1), domestic),
        (paid(Check, unshipped()), None, CANCEL, june(1), domestic),
        (paid(NetTerms, unshipped()), None, CANCEL, june(1), domestic),
        (paid(Other, unshipped()), None, CANCEL, june(1), domestic),
        (abroad(unshipped()), None, CANCEL, june(1), international_fee),
        (abroad(paid(Paypal, unshipped())), None, REFUSE, june(1), international_fee),
        (abroad(paid(Wire, unshipped())), UNNEEDED, None, june(1), wired),
        (abroad(paid(Check, unshipped())), None, CANCEL, june(1), international),
        (unshipped(), DEFECTIVE, REPAIR, june(1), NO_RULE),
        (unshipped(), DOA, REFUND, june(1), NO_RULE),
        (unshipped(), OTHER, REPAIR, june(1), NO_RULE),
        (unshipped(), None, REFUND, june(1), NO_RULE),
        (order(), UNNEEDED, CANCEL, june(3), "declined: cancel.domestic return.domestic-15-days"),
        (order(), None, REFUSE, june(3), "declined: cancel.domestic return.domestic-15-days shipping.refused"),
        (abroad(order()), None, CANCEL, june(3), "declined: cancel.international return.international"),
        (abroad(order()), OTHER, REFUSE, june(3), "declined: cancel.international return.international"),
    ]);
}

#[test]
fn rule_9_repairs_what_was_sent_abroad_and_takes_nothing_back() {
    let wanted_money = "rma_issued international_repair: return.international warranty.kvm-switch warranty.start \
                        shipping.international-repair";
    let extended = "rma_issued international_repair: warranty.video-switch warranty.start warranty.extended \
                    shipping.international-repair";
    let out = "declined: warranty.kvm-switch warranty.start";
    judged_as_expected(&[
        (abroad(order()), DEFECTIVE, REPAIR, june(3), REPAIRED_ABROAD),
        (abroad(order()), DOA, None, june(3), REPAIRED_ABROAD),
        (abroad(order()), DOA, REFUND, june(3), wanted_money),
        (abroad(order()), DEFECTIVE, CREDIT, june(3), wanted_money),
        (abroad(order()), DEFECTIVE, EXCHANGE, june(3), wanted_money),
        (abroad(order()), DEFECTIVE, REPAIR, date(2029, 5, 27), REPAIRED_ABROAD),
        (abroad(order()), DEFECTIVE, REPAIR, date(2029, 5, 28), out),
        (abroad(order()), DEFECTIVE, REFUND, date(2029, 5, 28), out),
        (abroad(of_line("video_switch", 24, order())), DEFECTIVE, REPAIR, date(2029, 5, 27), extended),
        (abroad(order()), UNNEEDED, REFUND, june(3), "declined: return.international"),
        (abroad(order()), OTHER, EXCHANGE, june(3), "declined: return.international"),
        (abroad(order()), OTHER, REPAIR, june(3), NO_RULE),
        (abroad(of_line("unheard_of", 0, order())), DEFECTIVE, REPAIR, june(3), NO_RULE),
    ]);
}

#[test]
fn rule_10_gives_fifteen_days_and_rule_14_none_more() {
    use PaymentMethod::*;
    let free = || Invoice { free_shipping: true, ..order() };
    judged_as_expected(&[
        (order(), UNNEEDED, REFUND, june(1), GUARANTEE_REFUND),
        (order(), UNNEEDED, REFUND, june(16), GUARANTEE_REFUND),
        (order(), UNNEEDED, REFUND, june(17), TOO_LATE),
        (order(), OTHER, REFUND, june(16), GUARANTEE_REFUND),
        (order(), OTHER, REFUND, june(17), TOO_LATE),
        (order(), OTHER, None, june(16), NO_RULE),
        (order(), Some(Reason::Incompatible), None, june(16), RETURNED),
        (order(), UNNEEDED, REPAIR, june(16), RETURNED),
        (order(), UNNEEDED, None, june(17), TOO_LATE),
        (order(), UNNEEDED, EXCHANGE, june(16), EXCHANGED),
        (order(), UNNEEDED, CREDIT, june(16), CREDITED),
        (order(), DEFECTIVE, REFUND, june(16), DEFECT_REFUND),
        (order(), DEFECTIVE, CREDIT, june(16), "rma_issued credit: return.domestic-15-days return.no-marks"),
        (order(), DOA, EXCHANGE, june(2), "rma_issued exchange: return.domestic-15-days return.no-marks"),
        (paid(Paypal, order()), DEFECTIVE, REFUND, june(2), DEFECT_REFUND),
        (
            paid(Wire, order()),
            DEFECTIVE,
            REFUND,
            june(2),
            "rma_issued refund: return.domestic-15-days refund.method shipping.not-refundable",
        ),
        (
            paid(NetTerms, order()),
            DEFECTIVE,
            REFUND,
            june(2),
            "rma_issued refund: return.domestic-15-days refund.method shipping.not-refundable",
        ),
        (
            paid(Check, free()),
            UNNEEDED,
            REFUND,
            june(2),
            "rma_issued refund: return.domestic-15-days return.restocking-15 refund.method shipping.not-refundable \
             shipping.free-shipping",
        ),
        (free(), UNNEEDED, CREDIT, june(2), CREDITED),
        // The window of a product without a warranty is the same; only a defect after it is for a person.
        (of_line("unheard_of", 0, order()), DEFECTIVE, REFUND, june(16), DEFECT_REFUND),
        (of_line("unheard_of", 0, order()), DEFECTIVE, REFUND, june(17), NO_RULE),
    ]);
}

#[test]
fn rule_11_takes_a_defect_on_arrival_for_seven_days() {
    judged_as_expected(&[
        (order(), DEFECTIVE, None, june(8), ON_ARRIVAL),
        (order(), DOA, REPAIR, june(8), ON_ARRIVAL),
        (order(), DOA, REPAIR, june(9), REPAIRED),
        (order(), DOA, REFUND, june(8), DEFECT_REFUND),
        // Delivered long after the warranty began, and ended.
        (Invoice { invoiced_on: date(2023, 6, 1), ..order() }, DOA, REPAIR, june(8), ON_ARRIVAL),
        (
            Invoice { invoiced_on: date(2023, 6, 1), ..order() },
            DOA,
            REPAIR,
            june(9),
            "declined: warranty.kvm-switch warranty.start",
        ),
    ]);
}

#[test]
fn rules_12_and_13_follow_the_warranty_to_its_last_day() {
    let video = |months, day| of_line("video_switch", months, invoiced(day, order()));
    let standard = "rma_issued repair_or_replacement: warranty.video-switch warranty.start shipping.replacement-ground";
    let extended = "rma_issued repair_or_replacement: warranty.video-switch warranty.start warranty.extended \
                    shipping.replacement-ground";
    let out = "declined: warranty.video-switch warranty.start";
    let cable = "rma_issued repair_or_replacement: warranty.premium-cable warranty.start shipping.replacement-ground";
    let leap = || invoiced(date(2024, 2, 29), order());
    judged_as_expected(&[
        (order(), DEFECTIVE, REPAIR, date(2029, 5, 27), REPAIRED),
        (order(), DEFECTIVE, REPAIR, date(2029, 5, 28), "declined: warranty.kvm-switch warranty.start"),
        (order(), DEFECTIVE, REFUND, june(17), REPAIRED_NOT_REFUNDED),
        (order(), DEFECTIVE, CREDIT, june(17), REPAIRED_NOT_REFUNDED),
        (order(), DEFECTIVE, EXCHANGE, june(17), REPAIRED),
        (
            order(),
            DEFECTIVE,
            REFUND,
            date(2029, 5, 28),
            "declined: warranty.kvm-switch warranty.start return.no-refund-after-15-days",
        ),
        (order(), DEFECTIVE, CREDIT, date(2029, 5, 28), "declined: warranty.kvm-switch warranty.start"),
        (leap(), DEFECTIVE, None, date(2027, 2, 28), REPAIRED),
        (leap(), DEFECTIVE, None, date(2027, 3, 1), "declined: warranty.kvm-switch warranty.start"),
        // Extended months are added to the standard term, and cited where they carry the claim.
        (video(24, date(2023, 8, 25)), DEFECTIVE, None, date(2024, 8, 25), standard),
        (video(24, date(2023, 8, 25)), DEFECTIVE, None, date(2024, 8, 26), extended),
        (video(24, date(2023, 8, 25)), DEFECTIVE, None, date(2026, 8, 25), extended),
        (video(24, date(2023, 8, 25)), DEFECTIVE, None, date(2026, 8, 26), out),
        (video(0, date(2023, 8, 25)), DEFECTIVE, None, date(2024, 8, 26), out),
        (of_line("premium_cable", 12, invoiced(date(1999, 1, 1), order())), DEFECTIVE, None, june(1), cable),
    ]);
}

#[test]
fn rule_15_leaves_the_rest_to_a_person() {
    judged_as_expected(&[
        (order(), None, REFUND, june(2), NO_RULE),
        (order(), None, None, june(2), NO_RULE),
        (order(), Some(Reason::WrongItem), EXCHANGE, june(2), NO_RULE),
        (order(), Some(Reason::ShippingDamage), None, june(2), NO_RULE),
        (order(), Some(Reason::MissingParts), REPAIR, june(2), NO_RULE),
    ]);
}

#[test]
fn a_judgement_names_its_days() {
    let order = of_line("video_switch", 6, order());
    let judgement = judge_unit(&claim_of(&order, DEFECTIVE, None, june(3)), policy());
    assert_eq!(judgement.refund_until, Some(june(16)));
    assert_eq!(judgement.doa_until, Some(june(8)));
    assert_eq!(judgement.warranty_until, WarrantyEnd::Until(date(2027, 11, 27)));

    let unknown = Invoice { delivered_on: None, ..order };
    let judgement = judge_unit(&claim_of(&unknown, DEFECTIVE, None, june(3)), policy());
    assert_eq!((judgement.refund_until, judgement.doa_until), (None, None));
}

#[test]
fn the_trail_tells_every_rule_that_was_tried() {
    let judgement = judge_unit(&claim_of(&order(), UNNEEDED, REFUND, june(17)), policy());
    let rules: Vec<&str> = judgement.trail.iter().map(|step| step.rule).collect();
    assert_eq!(
        rules,
        [
            "as found",
            "7 delivery date unknown",
            "8 cancellation or refusal",
            "9 international",
            "10 guarantee after receipt",
            "11 defective on arrival",
            "12 in warranty",
            "13 out of warranty",
            "14 too late without a defect",
        ]
    );
    assert_eq!(judgement.trail[4].found, "the guarantee ended on 2026-06-16");
    let held = judge_unit(&claim_of(&order(), None, None, june(17)), policy());
    assert_eq!(held.trail.last().unwrap().rule, "15 anything else");
}

#[test]
fn money_follows_the_route() {
    let order = order();
    let refund = |reason, wish| {
        let judgement = judge_unit(&claim_of(&order, reason, wish, june(11)), policy());
        judgement.estimate.map(|estimate| format!("{}..{}", estimate.refund_low, estimate.refund_high))
    };
    assert_eq!(refund(UNNEEDED, REFUND).unwrap(), "205.24..242.74");
    assert_eq!(refund(DEFECTIVE, REFUND).unwrap(), "242.74..242.74");
    assert_eq!(refund(UNNEEDED, CREDIT).unwrap(), "212.49..249.99");
    assert_eq!(refund(UNNEEDED, EXCHANGE), None);
    assert_eq!(refund(UNNEEDED, None), None);
    assert_eq!(refund(DEFECTIVE, REPAIR), None);
    assert_eq!(refund(UNNEEDED, CANCEL), None);
}

#[test]
fn several_units_of_an_order_are_estimated_together() {
    let order = Invoice { free_shipping: true, ..order() };
    let one = claim_of(&order, UNNEEDED, REFUND, june(11));
    let together = [one.returned().unwrap(), one.returned().unwrap()];
    let estimate = policy().estimate_for(&order, Route::Refund, &together, Charged::default()).unwrap();
    let both = UnitClaim { quantity: 2, ..one };
    assert_eq!(judge_unit(&both, policy()).estimate, Some(estimate.clone()));
    // 499.98 - 75.00 - 14.50 - 18.40 once.
    assert_eq!((estimate.refund_low.to_string(), estimate.refund_high.to_string()), ("392.08".into(), "467.08".into()));
}

#[test]
fn only_a_whole_order_refunds_its_total_when_cancelled() {
    let order = unshipped();
    let claim = claim_of(&order, None, CANCEL, june(1));
    let refund =
        |claim: &UnitClaim<'_>| judge_unit(claim, policy()).estimate.map(|estimate| estimate.refund_low.to_string());
    // 499.98 + 20.00 + 4.50 - 15.21
    assert_eq!(refund(&UnitClaim { line: None, serial: None, ..claim }).unwrap(), "509.27");
    assert_eq!(refund(&UnitClaim { quantity: 2, ..claim }).unwrap(), "509.27");
    assert_eq!(refund(&claim), None, "one of two");
}

mod anchors;
mod properties;
mod windows;
