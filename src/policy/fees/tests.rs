//! Money as tables: the worked examples of the policy, section 4, and each payment method. Final statements and what
//! always holds have files of their own.

use std::sync::LazyLock;

use jiff::civil::date;

use super::*;
use crate::policy::Policy;

fn fees() -> &'static Fees {
    static FEES: LazyLock<Fees> = LazyLock::new(|| Policy::parse(Policy::default_text()).unwrap().fees);
    &FEES
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// An order of the payment method's own, with a total of 1284.37 in freight alone.
fn order(country: &str, payment_method: PaymentMethod, shipping: Option<&str>) -> Invoice {
    Invoice {
        invoice_number: "A-1".into(),
        account_number: "1".into(),
        invoiced_on: date(2026, 5, 27),
        channel: "direct".into(),
        ship_to_country: country.into(),
        payment_method,
        currency: "USD".into(),
        freight: decimal("1280.00"),
        insurance: decimal("4.37"),
        free_shipping: shipping.is_some(),
        actual_shipping_cost: decimal(shipping.unwrap_or("18.40")),
        shipped_on: None,
        delivered_on: None,
        lines: Vec::new(),
    }
}

fn goods(part_number: &str, unit_price: &str, quantity: u32, non_defective: bool) -> Returned {
    let condition = Condition { non_defective, ..Condition::default() };
    Returned { part_number: part_number.into(), unit_price: decimal(unit_price), quantity, condition }
}

/// `price 249.99 | restocking -37.50..0.00 | = 212.49..249.99`
fn shown(estimate: &Estimate) -> String {
    let range = |low: Money, high: Money| if low == high { low.to_string() } else { format!("{low}..{high}") };
    let mut text = String::new();
    for EstimateLine { kind, low, high } in &estimate.lines {
        let name = match kind {
            LineKind::ProductPrice { part_number, quantity } => format!("{quantity} {part_number}"),
            LineKind::OrderTotal => "total".to_owned(),
            LineKind::AdvanceCharge { part_number } => format!("advance {part_number}"),
            LineKind::RestockingFee { rate } => format!("restocking {rate}"),
            LineKind::ProcessingFee { rate } => format!("processing {rate}"),
            LineKind::WireFee => "wire".to_owned(),
            LineKind::ShippingCost => "shipping".to_owned(),
            LineKind::CarrierCharge => "carrier".to_owned(),
            LineKind::NotCharged => "not charged".to_owned(),
        };
        text += &format!("{name} {} | ", range(*low, *high));
    }
    text + "= " + &range(estimate.refund_low, estimate.refund_high)
}

type Refund = (&'static str, PaymentMethod, Option<&'static str>, Vec<Returned>, &'static str);

fn refunds_as_expected(rows: Vec<Refund>) {
    for (country, payment, shipping, returned, expected) in rows {
        let estimate = fees().refund(&order(country, payment, shipping), &returned, Charged::default()).unwrap();
        assert_eq!(shown(&estimate), expected, "{country} {payment:?}");
    }
}

/// The first two rows and [`cancellations_refund_the_orders_total`] are the policy's worked examples.
#[test]
fn a_refund_bears_what_its_payment_cost() {
    use PaymentMethod::*;
    let unused = || vec![goods("KVM", "249.99", 1, true)];
    let broken = || vec![goods("KVM", "249.99", 1, false)];
    let free = Some("18.40");
    let carded = "1 KVM 249.99 | restocking 15% -37.50..0.00 | processing 2.9% -7.25 | = 205.24..242.74";
    let carded_free =
        "1 KVM 249.99 | restocking 15% -37.50..0.00 | processing 2.9% -7.25 | shipping -18.40 | = 186.84..224.34";
    let no_fee = "1 KVM 249.99 | restocking 15% -37.50..0.00 | = 212.49..249.99";
    refunds_as_expected(vec![
        ("US", CreditCard, None, unused(), carded),
        ("US", CreditCard, free, unused(), carded_free),
        ("US", Paypal, None, unused(), carded),
        ("US", Paypal, free, unused(), carded_free),
        ("US", Check, None, unused(), no_fee),
        ("US", Wire, None, unused(), no_fee),
        ("US", NetTerms, None, unused(), no_fee),
        ("US", Other, None, unused(), no_fee),
        ("US", NetTerms, Some("0.00"), broken(), "1 KVM 249.99 | = 249.99"),
        ("US", CreditCard, free, broken(), "1 KVM 249.99 | processing 2.9% -7.25 | shipping -18.40 | = 224.34"),
        ("DE", CreditCard, None, broken(), "1 KVM 249.99 | processing 4.9% -12.25 | = 237.74"),
        ("DE", Wire, None, broken(), "1 KVM 249.99 | wire -50.00 | = 199.99"),
        ("DE", Check, None, broken(), "1 KVM 249.99 | = 249.99"),
    ]);
}

#[test]
fn several_units_are_estimated_in_one_breakdown() {
    use PaymentMethod::*;
    let free = Some("18.40");
    refunds_as_expected(vec![
        // One line of two is one claim; each fee is rounded once, not once a unit (2 x 1.4497 and 2 x 7.4985).
        (
            "US",
            CreditCard,
            None,
            vec![goods("KVM", "49.99", 2, true)],
            "2 KVM 99.98 | restocking 15% -15.00..0.00 | processing 2.9% -2.90 | = 82.08..97.08",
        ),
        // The shipping cost is charged once an order; a fee for no defect falls on the unit without one alone.
        (
            "US",
            CreditCard,
            free,
            vec![goods("KVM", "100.00", 1, true), goods("KVM", "100.00", 1, true), goods("CBL", "40.00", 3, false)],
            "2 KVM 200.00 | 3 CBL 120.00 | restocking 15% -30.00..0.00 | processing 2.9% -9.28 | shipping -18.40 \
             | = 262.32..292.32",
        ),
        // Never below zero.
        (
            "US",
            CreditCard,
            free,
            vec![goods("CBL", "20.00", 1, true)],
            "1 CBL 20.00 | restocking 15% -3.00..0.00 | processing 2.9% -0.58 | shipping -16.42..-18.40 | = 0.00..1.02",
        ),
        ("US", Check, free, vec![goods("CBL", "10.00", 1, false)], "1 CBL 10.00 | shipping -10.00 | = 0.00"),
    ]);
}

#[test]
fn a_credit_bears_no_cost_of_payment_or_shipping() {
    let order = order("US", PaymentMethod::CreditCard, Some("18.40"));
    let credit = fees().credit(&order, &[goods("KVM", "249.99", 1, true)]);
    assert_eq!(shown(&credit), "1 KVM 249.99 | restocking 15% -37.50..0.00 | = 212.49..249.99");
}

#[test]
fn cancellations_refund_the_orders_total() {
    use PaymentMethod::*;
    for (country, payment, expected) in [
        ("US", Paypal, "total 1284.37 | processing 2.9% -37.25 | = 1247.12"),
        ("US", CreditCard, "total 1284.37 | processing 2.9% -37.25 | = 1247.12"),
        ("US", Wire, "total 1284.37 | = 1284.37"),
        ("US", Check, "total 1284.37 | = 1284.37"),
        ("US", NetTerms, "total 1284.37 | = 1284.37"),
        ("CA", Wire, "total 1284.37 | wire -50.00 | = 1234.37"),
        ("CA", CreditCard, "total 1284.37 | processing 4.9% -62.93 | = 1221.44"),
        ("CA", Paypal, "total 1284.37 | processing 4.9% -62.93 | = 1221.44"),
        ("CA", Other, "total 1284.37 | = 1284.37"),
    ] {
        let free = order(country, payment, Some("18.40"));
        assert_eq!(shown(&fees().cancellation(&free).unwrap()), expected, "{country} {payment:?}");
    }
}

#[test]
fn a_fee_in_another_currency_is_left_to_a_person() {
    let wired = Invoice { currency: "EUR".into(), ..order("DE", PaymentMethod::Wire, None) };
    assert_eq!(fees().cancellation(&wired), None);
    assert_eq!(fees().refund(&wired, &[goods("KVM", "249.99", 1, false)], Charged::default()), None);
    let carded = Invoice { payment_method: PaymentMethod::CreditCard, ..wired };
    assert_eq!(fees().cancellation(&carded).unwrap().currency, "EUR");
}

#[test]
fn of_two_restocking_rates_the_higher_is_charged() {
    let all = Condition { non_defective: true, incomplete: true, refused: true };
    for (condition, ceiling) in [
        (Condition::default(), "0"),
        (Condition { non_defective: true, ..Condition::default() }, "15"),
        (Condition { incomplete: true, ..Condition::default() }, "30"),
        (Condition { refused: true, ..Condition::default() }, "30"),
        (all, "30"),
    ] {
        assert_eq!(fees().restocking_ceiling(condition), Percent(decimal(ceiling)), "{condition:?}");
    }
    let cheap_parts = Fees { incomplete: Percent(decimal("10")), refused: Percent(decimal("5")), ..fees().clone() };
    assert_eq!(cheap_parts.restocking_ceiling(all), Percent(decimal("15")));
}

#[test]
fn a_percentage_is_between_nothing_and_everything() {
    assert_eq!(Percent::new(decimal("2.90")).unwrap().to_string(), "2.9%");
    assert_eq!(Percent::new(decimal("100")).unwrap().to_string(), "100%");
    assert_eq!(Percent::new(decimal("100.1")), None);
    assert_eq!(Percent::new(decimal("-0.1")), None);
}

mod properties;
mod statements;
