//! Final statements as tables: what one inspection comes to, and several inspections of one order.

use super::*;

const NOTHING: Charged = Charged { shipping_cost: Money::ZERO, wire_fee: Money::ZERO };

fn money(text: &str) -> Money {
    Money::rounded(decimal(text))
}

fn charged(shipping_cost: &str, wire_fee: &str) -> Charged {
    Charged { shipping_cost: money(shipping_cost), wire_fee: money(wire_fee) }
}

fn percent(text: &str) -> Percent {
    Percent::new(decimal(text)).unwrap()
}

fn found(goods: Returned, rate: &str) -> Inspected {
    Inspected { goods, restocking: percent(rate) }
}

/// KVM switches at 249.99 without a defect.
fn unused(quantity: u32, rate: &str) -> Inspected {
    found(goods("KVM", "249.99", quantity, true), rate)
}

/// One that has a defect.
fn broken() -> Inspected {
    found(goods("KVM", "249.99", 1, false), "0")
}

/// One without its box.
fn incomplete(non_defective: bool, rate: &str) -> Inspected {
    let condition = Condition { non_defective, incomplete: true, refused: false };
    found(Returned { condition, ..goods("KVM", "249.99", 1, non_defective) }, rate)
}

type Statement = (&'static str, PaymentMethod, Option<&'static str>, Vec<Inspected>, &'static str);

fn statements_as_expected(rows: Vec<Statement>) {
    for (country, payment, shipping, inspected, expected) in rows {
        let order = order(country, payment, shipping);
        let statement = fees().final_refund(&order, &inspected, NOTHING, Money::ZERO).unwrap();
        assert_eq!(shown(&statement), expected, "{country} {payment:?}");
    }
}

#[test]
fn the_rate_that_was_set_takes_the_place_of_the_ceiling() {
    use PaymentMethod::*;
    let free = Some("18.40");
    statements_as_expected(vec![
        // The worked examples of the estimate, at each of its ends and between them.
        ("US", CreditCard, None, vec![unused(1, "0")], "1 KVM 249.99 | processing 2.9% -7.25 | = 242.74"),
        (
            "US",
            CreditCard,
            None,
            vec![unused(1, "15")],
            "1 KVM 249.99 | restocking 15% -37.50 | processing 2.9% -7.25 | = 205.24",
        ),
        (
            "US",
            CreditCard,
            free,
            vec![unused(1, "12.5")],
            "1 KVM 249.99 | restocking 12.5% -31.25 | processing 2.9% -7.25 | shipping -18.40 | = 193.09",
        ),
        ("US", Check, None, vec![unused(1, "15")], "1 KVM 249.99 | restocking 15% -37.50 | = 212.49"),
        ("US", Paypal, free, vec![broken()], "1 KVM 249.99 | processing 2.9% -7.25 | shipping -18.40 | = 224.34"),
        ("DE", Wire, None, vec![broken()], "1 KVM 249.99 | wire -50.00 | = 199.99"),
        ("DE", Paypal, None, vec![broken()], "1 KVM 249.99 | processing 4.9% -12.25 | = 237.74"),
        // Incomplete: up to 30 %, in place of the 15 % and not beside it, and with a defect too.
        ("US", Check, None, vec![incomplete(true, "30")], "1 KVM 249.99 | restocking 30% -75.00 | = 174.99"),
        ("US", Check, None, vec![incomplete(false, "30")], "1 KVM 249.99 | restocking 30% -75.00 | = 174.99"),
        // Never below zero.
        (
            "US",
            CreditCard,
            free,
            vec![found(goods("CBL", "20.00", 1, true), "15")],
            "1 CBL 20.00 | restocking 15% -3.00 | processing 2.9% -0.58 | shipping -16.42 | = 0.00",
        ),
    ]);
}

#[test]
fn each_rate_that_was_set_is_a_line() {
    use PaymentMethod::*;
    let cable = |price, quantity, rate| found(goods("CBL", price, quantity, true), rate);
    statements_as_expected(vec![
        (
            "US",
            CreditCard,
            None,
            vec![unused(1, "15"), unused(1, "10")],
            "2 KVM 499.98 | restocking 10% -25.00 | restocking 15% -37.50 | processing 2.9% -14.50 | = 422.98",
        ),
        // The same rate on several goods is one fee, rounded once (7.4985 + 7.4985).
        (
            "US",
            Check,
            None,
            vec![cable("49.99", 1, "15"), cable("49.99", 1, "15.0")],
            "2 CBL 99.98 | restocking 15% -15.00 | = 84.98",
        ),
        (
            "US",
            Check,
            None,
            vec![incomplete(true, "22"), broken(), unused(1, "5"), cable("40.00", 3, "5")],
            "3 KVM 749.97 | 3 CBL 120.00 | restocking 5% -18.50 | restocking 22% -55.00 | = 796.47",
        ),
        // Rounded one by one, 0.0056 and 0.0060 would be two cents; the estimate said up to 0.0120, which is one.
        (
            "US",
            Check,
            None,
            vec![cable("0.04", 1, "14"), cable("0.04", 1, "15")],
            "2 CBL 0.08 | restocking 14% -0.01 | restocking 15% 0.00 | = 0.07",
        ),
    ]);
}

#[test]
fn a_rate_above_the_ceiling_of_the_condition_is_refused() {
    for (inspected, rate, ceiling) in [
        (unused(1, "15.01"), "15.01%", "15%"),
        (incomplete(true, "30.5"), "30.5%", "30%"),
        (found(goods("KVM", "249.99", 1, false), "1"), "1%", "0%"),
    ] {
        let order = order("US", PaymentMethod::Check, None);
        let message = format!(
            "a restocking fee of {rate} on KVM is above the {ceiling} that the policy allows for its condition: set \
             {ceiling} or less"
        );
        // Another unit within its ceiling makes no room for it.
        let inspected = [unused(1, "0"), inspected];
        let refund = fees().final_refund(&order, &inspected, NOTHING, Money::ZERO).unwrap_err();
        assert_eq!(refund.to_string(), message);
        assert_eq!(fees().final_credit(&order, &inspected, Money::ZERO).unwrap_err(), refund);
    }
}

#[test]
fn what_is_charged_once_an_order_is_in_its_first_statement_alone() {
    use PaymentMethod::*;
    for (country, payment, first, charged, second) in [
        (
            "US",
            CreditCard,
            "1 KVM 249.99 | restocking 10% -25.00 | processing 2.9% -7.25 | shipping -18.40 | = 199.34",
            charged("18.40", "0"),
            "1 KVM 249.99 | processing 2.9% -7.25 | = 242.74",
        ),
        (
            "DE",
            Wire,
            "1 KVM 249.99 | restocking 10% -25.00 | wire -50.00 | shipping -18.40 | = 156.59",
            charged("18.40", "50"),
            "1 KVM 249.99 | = 249.99",
        ),
    ] {
        let order = order(country, payment, Some("18.40"));
        let one = fees().final_refund(&order, &[unused(1, "10")], NOTHING, Money::ZERO).unwrap();
        assert_eq!((shown(&one).as_str(), one.charges()), (first, charged));
        let other = fees().final_refund(&order, &[broken()], charged, Money::ZERO).unwrap();
        assert_eq!((shown(&other).as_str(), other.charges()), (second, NOTHING));
    }
}

/// The shipping cost of 18.40 and a wire fee of 50.00 are more than a cable at 20.00 can bear.
#[test]
fn what_one_statement_cannot_bear_the_next_one_does() {
    let cable = || found(goods("CBL", "20.00", 1, true), "15");
    let order = order("DE", PaymentMethod::Wire, Some("18.40"));
    let state = |unit, charged, charge| fees().final_refund(&order, &[unit], charged, money(charge)).unwrap();
    let first = state(cable(), NOTHING, "0");
    assert_eq!(shown(&first), "1 CBL 20.00 | restocking 15% -3.00 | wire -17.00 | = 0.00");
    let second = state(broken(), first.charges(), "0");
    assert_eq!(shown(&second), "1 KVM 249.99 | wire -33.00 | shipping -18.40 | = 198.59");
    assert_eq!(first.charges().and(second.charges()), charged("18.40", "50"));
    let other_way = [state(broken(), NOTHING, "0"), state(cable(), charged("18.40", "50"), "0")];
    assert_eq!(shown(&other_way[1]), "1 CBL 20.00 | restocking 15% -3.00 | = 17.00");
    let sum = |statements: &[Estimate]| statements.iter().map(|stated| stated.refund_high.amount()).sum::<Decimal>();
    assert_eq!(sum(&[first, second]), sum(&other_way));
    // A carrier's charge is the parcel's own: it goes first, and what exceeds the price is not charged later.
    let intercepted = state(cable(), NOTHING, "25.00");
    let breakdown = "1 CBL 20.00 | restocking 15% -3.00 | carrier -25.00 | not charged 8.00 | = 0.00";
    assert_eq!((shown(&intercepted).as_str(), intercepted.charges()), (breakdown, NOTHING));
}

#[test]
fn estimates_of_one_order_bear_once_what_is_charged_once() {
    let order = order("US", PaymentMethod::CreditCard, Some("18.40"));
    let estimate = |unit: &Returned| fees().refund(&order, std::slice::from_ref(unit), NOTHING).unwrap();
    let (switch, cable) = (goods("KVM", "200.00", 1, true), goods("CBL", "20.00", 1, true));
    let singly = [estimate(&switch), estimate(&cable), estimate(&switch)];
    let together = fees().refund(&order, &[switch.clone(), cable, switch], NOTHING).unwrap();
    let all: Vec<&Estimate> = singly.iter().collect();
    assert_eq!(Estimate::together(&all), (together.refund_low, together.refund_high));
    assert_eq!(Estimate::together(&[&singly[1]]), (singly[1].refund_low, singly[1].refund_high));
    assert_eq!(Estimate::together(&[]), (Money::ZERO, Money::ZERO));
}

#[test]
fn what_was_charged_is_kept_and_read_back() {
    for charged in [NOTHING, charged("18.40", "0"), charged("0", "50"), charged("18.40", "0").and(charged("0", "50"))] {
        let kept = serde_json::to_string(&charged).unwrap();
        assert_eq!(serde_json::from_str::<Charged>(&kept).unwrap(), charged);
        assert_eq!(charged.and(NOTHING), charged);
    }
    assert_eq!(Charged::default(), NOTHING);
}

#[test]
fn a_carriers_charge_is_a_line_of_its_own() {
    let order = order("US", PaymentMethod::CreditCard, None);
    let charge = money("12.25");
    let refund = fees().final_refund(&order, &[broken()], NOTHING, charge).unwrap();
    assert_eq!(shown(&refund), "1 KVM 249.99 | processing 2.9% -7.25 | carrier -12.25 | = 230.49");
    let credit = fees().final_credit(&order, &[unused(1, "15")], charge).unwrap();
    assert_eq!(shown(&credit), "1 KVM 249.99 | restocking 15% -37.50 | carrier -12.25 | = 200.24");
    let gift = fees().final_credit(&order, &[broken()], money("-0.01")).unwrap_err();
    assert_eq!(
        gift.to_string(),
        "a carrier's charge of -0.01 would add to the refund: give what the carrier billed, as 0.00 or more"
    );
}

#[test]
fn a_final_credit_bears_no_cost_of_payment_or_shipping() {
    let order = order("DE", PaymentMethod::Wire, Some("18.40"));
    let credit = fees().final_credit(&order, &[unused(2, "10")], Money::ZERO).unwrap();
    assert_eq!(shown(&credit), "2 KVM 499.98 | restocking 10% -50.00 | = 449.98");
    assert_eq!(credit.charges(), NOTHING);
}

#[test]
fn a_wire_fee_in_another_currency_is_stated_by_hand_unless_it_was_charged() {
    let wired = Invoice { currency: "EUR".into(), ..order("DE", PaymentMethod::Wire, None) };
    let fault = fees().final_refund(&wired, &[broken()], NOTHING, Money::ZERO).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the wire fee is fixed in USD and order A-1 was paid in EUR: state this refund by hand"
    );
    let later = fees().final_refund(&wired, &[broken()], charged("0", "50"), Money::ZERO).unwrap();
    assert_eq!((shown(&later).as_str(), later.currency.as_str()), ("1 KVM 249.99 | = 249.99", "EUR"));
    assert_eq!(fees().final_credit(&wired, &[broken()], Money::ZERO).unwrap().currency, "EUR");
}

#[test]
fn an_advance_replacement_returns_what_was_charged_for_the_product() {
    let refund = Estimate::advance_refund("USD", "KVM", money("249.99"));
    assert_eq!(shown(&refund), "advance KVM 249.99 | = 249.99");
    assert_eq!((refund.currency.as_str(), refund.charges()), ("USD", NOTHING));
}
