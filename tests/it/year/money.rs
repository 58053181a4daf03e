//! The books: what was paid, against what was sold, and against what the letters tell.

use std::collections::BTreeMap;

use rmad::case::{Ending, Fulfilment, Pays, Rma, Statement};
use rmad::order::Money;
use rmad::policy::LineKind;
use rust_decimal::Decimal;

use super::books::{Faults, Letter, Told};
use super::world::{Order, World};

/// The sums of one case: each statement adds up and is made of what was sold, and the letters tell the very sums.
pub fn balances(told: &Told, world: &World, found: &mut impl FnMut(String)) {
    for rma in told.rmas() {
        for (place, unit) in rma.units.iter().enumerate() {
            let paid = match unit.ended.as_ref().map(|ended| &ended.how) {
                Some(Ending::Fulfilled(Fulfilment::Refunded { .. })) => [Pays::Refund, Pays::AdvanceCharge].as_slice(),
                Some(Ending::Fulfilled(Fulfilment::Credited)) => &[Pays::Credit],
                _ => continue,
            };
            let pays = |stated: &Statement| {
                stated.settled_on.is_some() && stated.units.contains(&place) && paid.contains(&stated.pays)
            };
            if !rma.statements.iter().any(pays) {
                found(format!("{:?} is paid for, and no statement pays it", unit.serial_number));
            }
        }
        for stated in &rma.statements {
            adds_up(stated, found);
            is_of_the_order(rma, stated, world.order(&stated.invoice_number), found);
            let sum = amount(stated);
            let is_told = letters(told, "inspection_result").any(|letter| sums(letter).contains(&sum));
            if !is_told {
                found(format!("no letter tells the sum of a statement: {sum}"));
            }
        }
    }
    let settled: Decimal = settled(told).map(amount).sum();
    let written: Decimal = letters(told, "return_completed").flat_map(sums).sum();
    if settled != written {
        found(format!("letters tell another sum than was paid: {written} instead of {settled}"));
    }
    for letter in letters(told, "cancellation_accepted") {
        is_cancelled_for(letter, world, found);
    }
}

/// Over all RMAs of an order no more is paid than was paid for it, and what is charged once is charged once.
pub fn orders_balance(told: &[Told], world: &World) -> Faults {
    let mut faults = Faults::new();
    let mut orders: BTreeMap<&str, Vec<(&Told, &Statement)>> = BTreeMap::new();
    for one in told {
        for stated in one.rmas().flat_map(|rma| &rma.statements).filter(|stated| stated.pays != Pays::AdvanceCharge) {
            orders.entry(&stated.invoice_number).or_default().push((one, stated));
        }
    }
    for (invoice, statements) in orders {
        let order = world.order(invoice);
        let number = &statements[0].0.case.number;
        let paid: Decimal = order.lines.iter().map(|line| line.unit_price * Decimal::from(line.quantity)).sum();
        let back: Decimal =
            statements.iter().filter(|(_, stated)| stated.settled_on.is_some()).map(|(_, stated)| amount(stated)).sum();
        if back > paid {
            faults.push((number.clone(), format!("more is paid back than was paid: {back} of {paid} for {invoice}")));
        }
        let charged =
            |kind: &LineKind| -> Decimal { statements.iter().map(|(_, stated)| charged_by(stated, kind)).sum() };
        let shipping = if order.free_shipping { order.shipping_cost } else { Decimal::ZERO };
        for (kind, once) in [(LineKind::ShippingCost, shipping), (LineKind::WireFee, Decimal::from(50))] {
            if charged(&kind) > once {
                faults.push((number.clone(), format!("charged twice on an order: {kind:?} on {invoice}")));
            }
        }
        let is_refunded =
            statements.iter().any(|(_, stated)| stated.pays == Pays::Refund && amount(stated) > Decimal::ZERO);
        if is_refunded && charged(&LineKind::ShippingCost) < shipping {
            faults.push((number.clone(), format!("not charged on an order: shipping on {invoice}")));
        }
    }
    faults
}

fn settled(told: &Told) -> impl Iterator<Item = &Statement> {
    told.rmas().flat_map(|rma| &rma.statements).filter(|stated| stated.settled_on.is_some())
}

fn amount(stated: &Statement) -> Decimal {
    stated.estimate.refund_high.amount()
}

fn charged_by(stated: &Statement, kind: &LineKind) -> Decimal {
    let lines = stated.estimate.lines.iter().filter(|line| line.kind == *kind);
    -lines.map(|line| line.high.amount()).sum::<Decimal>()
}

fn adds_up(stated: &Statement, found: &mut impl FnMut(String)) {
    let estimate = &stated.estimate;
    let sum: Decimal = estimate.lines.iter().map(|line| line.high.amount()).sum();
    let is_fixed =
        estimate.refund_low == estimate.refund_high && estimate.lines.iter().all(|line| line.low == line.high);
    if sum != amount(stated) || !is_fixed || sum < Decimal::ZERO {
        found(format!("a statement does not add up: {estimate:?}"));
    }
}

/// The price is that of the units, the fees are those of the order's payment, and the restocking fee is what was set.
fn is_of_the_order(rma: &Rma, stated: &Statement, order: &Order, found: &mut impl FnMut(String)) {
    let units: Vec<_> = stated.units.iter().map(|place| &rma.units[*place]).collect();
    if stated.pays == Pays::AdvanceCharge {
        let charge = units[0].advance.as_ref().map(|advance| advance.product_charge.amount());
        if charge != Some(amount(stated)) {
            found(format!("another sum than was charged comes back: {charge:?} and {}", amount(stated)));
        }
        return;
    }
    let mut price = Decimal::ZERO;
    let mut restocking = Decimal::ZERO;
    for unit in &units {
        let line = order.lines.iter().find(|line| line.product.part == unit.part_number).unwrap();
        let of_unit = line.unit_price * Decimal::from(unit.quantity);
        price += of_unit;
        let rate = unit.inspection.as_ref().map(|done| done.restocking.percent()).unwrap_or_default();
        restocking += of_unit * rate / Decimal::ONE_HUNDRED;
    }
    let has_fee = stated.pays == Pays::Refund && ["credit_card", "paypal"].contains(&order.payment);
    let rate = if order.country == "US" { Decimal::new(29, 3) } else { Decimal::new(49, 3) };
    let processing = if has_fee { cents(price * rate) } else { Decimal::ZERO };
    let of = |is: fn(&LineKind) -> bool| -> Decimal {
        stated.estimate.lines.iter().filter(|line| is(&line.kind)).map(|line| line.high.amount()).sum()
    };
    // several rates are rounded one by one
    let rounding = Decimal::new(i64::try_from(units.len()).unwrap(), 2);
    let fits = of(|kind| matches!(kind, LineKind::ProductPrice { .. })) == price
        && of(|kind| matches!(kind, LineKind::ProcessingFee { .. })) == -processing
        && (of(|kind| matches!(kind, LineKind::RestockingFee { .. })) + restocking).abs() <= rounding;
    if !fits || stated.estimate.currency != order.currency {
        found(format!("a statement is not of its order: {:?} of {price}", stated.estimate));
    }
}

/// The order's total, less what the payment cost (policy, section 4).
fn is_cancelled_for(letter: &Letter, world: &World, found: &mut impl FnMut(String)) {
    let Some(order) = world.orders.iter().find(|order| letter.text.contains(&order.invoice)) else { return };
    let goods: Decimal = order.lines.iter().map(|line| line.unit_price * Decimal::from(line.quantity)).sum();
    let total = goods + order.freight;
    let is_domestic = order.country == "US";
    let fee = match order.payment {
        "credit_card" | "paypal" if is_domestic => cents(total * Decimal::new(29, 3)),
        "credit_card" | "paypal" => cents(total * Decimal::new(49, 3)),
        "wire" if !is_domestic => Decimal::from(50),
        _ => Decimal::ZERO,
    };
    let told = sums(letter);
    let right = (total - fee).max(Decimal::ZERO);
    if !told.is_empty() && told != [right] {
        found(format!("a cancellation tells another sum: {told:?} instead of {right} for {}", order.invoice));
    }
}

fn letters<'t>(told: &'t Told, template: &'t str) -> impl Iterator<Item = &'t Letter> {
    told.letters.iter().filter(move |letter| letter.template == template)
}

/// The last rows of the breakdowns that a letter holds.
fn sums(letter: &Letter) -> Vec<Decimal> {
    let rows = letter.text.lines().filter(|line| line.starts_with("  Refund  ") || line.starts_with("  Credit  "));
    rows.filter_map(|row| row.split_whitespace().last()?.parse().ok()).collect()
}

fn cents(amount: Decimal) -> Decimal {
    Money::rounded(amount).amount()
}
