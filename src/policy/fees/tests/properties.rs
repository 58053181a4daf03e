//! What holds of money whatever was sold, paid, sent back, found and charged.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::order::{Line, Product};

/// A unit of an order that came back: with which parcel, and how it was found.
#[derive(Debug, Clone)]
struct Arrival {
    parcel: usize,
    unit: Inspected,
}

/// How many parcels an order's units come back in, at most.
const PARCELS: usize = 3;

/// An order of some lines, and those of its units that come back.
fn any_case() -> impl Strategy<Value = (Invoice, Vec<Arrival>)> {
    any_order().prop_flat_map(|order| {
        let units: Vec<_> = order.lines.iter().flat_map(|line| (0..line.quantity).map(|_| any_arrival(line))).collect();
        (Just(order), units).prop_map(|(order, arrivals)| (order, arrivals.into_iter().flatten().collect()))
    })
}

fn any_order() -> impl Strategy<Value = Invoice> {
    use PaymentMethod::*;
    let bought = (
        select(vec!["US", "DE", "CA", "SG"]),
        select(vec![CreditCard, Paypal, Wire, Check, NetTerms, Other]),
        select(vec!["USD", "EUR"]),
        prop::collection::vec((0usize..3, any_price(), 1u32..5), 1..4),
    );
    let sent = (any::<bool>(), cents(10_000), cents(10_000), cents(10_000));
    (bought, sent).prop_map(|((country, payment, currency, lines), (free_shipping, cost, freight, insurance))| {
        Invoice {
            currency: currency.into(),
            freight,
            insurance,
            free_shipping,
            actual_shipping_cost: cost,
            lines: lines.into_iter().map(|(part, price, quantity)| line(part, price, quantity)).collect(),
            ..order(country, payment, None)
        }
    })
}

/// Many prices of a few cents, where rounding tells, and many that charges exceed.
fn any_price() -> impl Strategy<Value = Decimal> {
    prop_oneof![cents(10), cents(5_000), cents(1_000_000)]
}

fn cents(below: i64) -> impl Strategy<Value = Decimal> {
    (0..below).prop_map(|cents| Decimal::new(cents, 2))
}

fn line(part: usize, unit_price: Decimal, quantity: u32) -> Line {
    let product = Product {
        part_number: format!("P{part}"),
        title: "KVM switch".into(),
        product_line: "kvm_switch".into(),
        serialized: true,
        aliases: Vec::new(),
    };
    Line { line: 1, product, quantity, unit_price, extended_warranty_months: 0, serials: Vec::new(), gone: Vec::new() }
}

/// Half of the units stay with the customer.
fn any_arrival(line: &Line) -> impl Strategy<Value = Option<Arrival>> + use<> {
    let (part_number, unit_price) = (line.product.part_number.clone(), line.unit_price);
    let arrival = (0..PARCELS, any::<[bool; 3]>(), 0i64..=100).prop_map(move |(parcel, found, share)| {
        let [non_defective, incomplete, refused] = found;
        let condition = Condition { non_defective, incomplete, refused };
        let ceiling = fees().restocking_ceiling(condition).percent();
        let restocking = Percent::new(ceiling * Decimal::new(share, 2)).unwrap();
        let goods = Returned { part_number: part_number.clone(), unit_price, quantity: 1, condition };
        Arrival { parcel, unit: Inspected { goods, restocking } }
    });
    prop::option::of(arrival)
}

fn any_carrier_charge() -> impl Strategy<Value = Money> {
    prop_oneof![Just(Money::ZERO), cents(5_000).prop_map(Money::rounded)]
}

fn price_of<'a>(units: impl IntoIterator<Item = &'a Inspected>) -> Decimal {
    units.into_iter().map(|unit| unit.goods.price()).sum()
}

/// Whole cents, lines as shown that add up, nothing below zero, nothing above `paid`, no line twice.
fn sound(estimate: &Estimate, paid: Decimal) -> Result<(), TestCaseError> {
    let as_shown = |amount: Money| amount.to_string().parse::<Decimal>().unwrap();
    let sum = |end: fn(&EstimateLine) -> Money| estimate.lines.iter().map(|line| as_shown(end(line))).sum::<Decimal>();
    prop_assert_eq!(sum(|line| line.low), as_shown(estimate.refund_low));
    prop_assert_eq!(sum(|line| line.high), as_shown(estimate.refund_high));
    prop_assert!(Money::ZERO <= estimate.refund_low && estimate.refund_low <= estimate.refund_high);
    prop_assert!(estimate.refund_high.amount() <= paid);
    for (at, line) in estimate.lines.iter().enumerate() {
        prop_assert!([line.low, line.high].iter().all(|end| as_shown(*end) == end.amount()), "not whole cents");
        prop_assert!(!estimate.lines[..at].iter().any(|other| other.kind == line.kind), "{:?} twice", line.kind);
        prop_assert!(line.kind != LineKind::NotCharged || estimate.refund_low == Money::ZERO);
    }
    prop_assert!(!shown(estimate).contains("-0.00"));
    Ok(())
}

fn is_final(estimate: &Estimate) -> bool {
    estimate.lines.iter().all(|line| line.low == line.high)
}

/// What lines of this kind add or take, over several statements.
fn told(statements: &[Estimate], kind: fn(&LineKind) -> bool) -> Decimal {
    let lines = statements.iter().flat_map(|statement| &statement.lines).filter(|line| kind(&line.kind));
    lines.map(|line| line.low.amount()).sum()
}

/// What the order has to bear once.
fn once(order: &Invoice) -> Decimal {
    let shipping = if order.free_shipping { order.actual_shipping_cost } else { Decimal::ZERO };
    shipping + if pays_wire_fee(order) { fees().wire.amount() } else { Decimal::ZERO }
}

/// Whether a person has to state refunds of the order.
fn is_left_to_a_person(order: &Invoice) -> bool {
    order.currency != "USD" && order.payment_method == PaymentMethod::Wire && order.ship_to_country != "US"
}

proptest! {
    #[test]
    fn estimates_and_cancellations_are_sound((order, arrivals) in any_case()) {
        let returned: Vec<Returned> = arrivals.iter().map(|arrival| arrival.unit.goods.clone()).collect();
        let price = price_of(arrivals.iter().map(|arrival| &arrival.unit));
        sound(&fees().credit(&order, &returned), price)?;
        let (refund, cancellation) = (fees().refund(&order, &returned, Charged::default()), fees().cancellation(&order));
        prop_assert_eq!(refund.is_none(), is_left_to_a_person(&order));
        prop_assert_eq!(cancellation.is_none(), is_left_to_a_person(&order));
        if let (Some(refund), Some(cancellation)) = (refund, cancellation) {
            sound(&refund, price)?;
            sound(&cancellation, order.total())?;
            prop_assert!(is_final(&cancellation));
        }
    }

    /// The units of an order come back in several parcels, each inspected and stated by itself.
    #[test]
    fn successive_statements_charge_an_order_once(
        (order, arrivals) in any_case(),
        carrier_charges in prop::collection::vec(any_carrier_charge(), PARCELS),
    ) {
        let mut charged = Charged::default();
        let mut statements = Vec::new();
        for (parcel, carrier_charge) in carrier_charges.into_iter().enumerate() {
            let inspected: Vec<Inspected> =
                arrivals.iter().filter(|arrival| arrival.parcel == parcel).map(|arrival| arrival.unit.clone()).collect();
            if inspected.is_empty() {
                continue;
            }
            match fees().final_refund(&order, &inspected, charged, carrier_charge) {
                Ok(statement) => {
                    sound(&statement, price_of(&inspected))?;
                    prop_assert!(is_final(&statement));
                    charged = charged.and(statement.charges());
                    statements.push(statement);
                }
                Err(fault) => {
                    let in_another_currency = matches!(fault, StatementFault::FeeInAnotherCurrency { .. });
                    prop_assert!(in_another_currency && is_left_to_a_person(&order), "{}", fault);
                }
            }
        }
        let once = once(&order);
        let borne = -told(&statements, |kind| matches!(kind, LineKind::ShippingCost | LineKind::WireFee));
        let paid: Decimal = statements.iter().map(|statement| statement.refund_high.amount()).sum();
        prop_assert!(borne <= once);
        prop_assert!(borne == once || paid == Decimal::ZERO, "{} of {} is borne, and {} is paid", borne, once, paid);
    }

    /// What comes back in several parcels comes to the same sum in whatever order they are inspected.
    #[test]
    fn the_order_of_the_inspections_changes_no_sum(
        (order, arrivals) in any_case(),
        carrier_charges in prop::collection::vec(any_carrier_charge(), PARCELS),
        another_order in Just((0..PARCELS).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let inspected_in = |parcels: Vec<usize>| {
            let mut charged = Charged::default();
            let mut paid = Decimal::ZERO;
            for parcel in parcels {
                let units = arrivals.iter().filter(|arrival| arrival.parcel == parcel);
                let units: Vec<Inspected> = units.map(|arrival| arrival.unit.clone()).collect();
                if let Ok(statement) = fees().final_refund(&order, &units, charged, carrier_charges[parcel]) {
                    charged = charged.and(statement.charges());
                    paid += statement.refund_high.amount();
                }
            }
            (paid, charged)
        };
        prop_assert_eq!(inspected_in((0..PARCELS).collect()), inspected_in(another_order));
    }

    /// Estimates of the parcels of an order, each counting on those before, come to the same sums in whatever order.
    #[test]
    fn the_order_of_the_estimates_changes_no_sum(
        (order, arrivals) in any_case(),
        another_order in Just((0..PARCELS).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let estimated_in = |parcels: Vec<usize>| {
            let mut charged = Charged::default();
            let mut highest = Decimal::ZERO;
            for parcel in parcels {
                let units = arrivals.iter().filter(|arrival| arrival.parcel == parcel);
                let units: Vec<Returned> = units.map(|arrival| arrival.unit.goods.clone()).collect();
                if let Some(estimate) = fees().refund(&order, &units, charged) {
                    charged = charged.and(estimate.charges());
                    highest += estimate.refund_high.amount();
                }
            }
            highest
        };
        prop_assert_eq!(estimated_in((0..PARCELS).collect()), estimated_in(another_order));
    }

    /// No unit bears two restocking fees: all of them together stay under the units' ceilings.
    #[test]
    fn a_final_statement_lies_within_its_estimate((order, arrivals) in any_case()) {
        let inspected: Vec<Inspected> = arrivals.into_iter().map(|arrival| arrival.unit).collect();
        let returned: Vec<Returned> = inspected.iter().map(|unit| unit.goods.clone()).collect();
        let credit = fees().final_credit(&order, &inspected, Money::ZERO).unwrap();
        sound(&credit, price_of(&inspected))?;
        let mut pairs = vec![(fees().credit(&order, &returned), credit)];
        if let Some(estimate) = fees().refund(&order, &returned, Charged::default()) {
            let refund = fees().final_refund(&order, &inspected, Charged::default(), Money::ZERO).unwrap();
            let borne = |of: &Estimate| of.charges().wire_fee + of.charges().shipping_cost;
            prop_assert!(borne(&refund) <= borne(&estimate));
            pairs.push((estimate, refund));
        }
        for (estimate, settled) in pairs {
            prop_assert!(is_final(&settled));
            prop_assert!(estimate.refund_low <= settled.refund_low, "{} of {}", shown(&settled), shown(&estimate));
            prop_assert!(settled.refund_high <= estimate.refund_high, "{} of {}", shown(&settled), shown(&estimate));
            let restocking = |kind: &LineKind| matches!(kind, LineKind::RestockingFee { .. });
            prop_assert!(told(&[settled], restocking) >= told(&[estimate], restocking));
        }
    }
}
