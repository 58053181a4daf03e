//! What holds for every claim.

use proptest::prelude::*;

use super::*;

fn any_order() -> impl Strategy<Value = Invoice> {
    use PaymentMethod::*;
    let payment = prop::sample::select(vec![CreditCard, Paypal, Wire, Check, NetTerms, Other]);
    let product_line = prop::sample::select(vec!["kvm_switch", "extender", "premium_cable", "unheard_of"]);
    let days = prop::option::of(0i64..40);
    (any::<bool>(), payment, any::<bool>(), 0i64..1_200, days.clone(), days, product_line, 0u32..30).prop_map(
        |(domestic, payment, free_shipping, age, shipped, delivered, product_line, months)| {
            let invoiced_on = june(15).saturating_sub(age.days());
            let after = |days: Option<i64>| days.map(|days| invoiced_on.saturating_add(days.days()));
            let order = of_line(product_line, months, paid(payment, order()));
            let order = if domestic { order } else { abroad(order) };
            Invoice { free_shipping, invoiced_on, shipped_on: after(shipped), delivered_on: after(delivered), ..order }
        },
    )
}

fn any_reason() -> impl Strategy<Value = Option<Reason>> {
    use Reason::*;
    prop::option::of(prop::sample::select(vec![
        Defective,
        DefectiveOnArrival,
        NotNeeded,
        Incompatible,
        WrongItem,
        Other,
    ]))
}

fn any_wish() -> impl Strategy<Value = Option<Wish>> {
    use Wish::*;
    prop::option::of(prop::sample::select(vec![
        Refund,
        Credit,
        Exchange,
        RepairOrReplacement,
        AdvanceReplacement,
        Cancel,
        RefuseDelivery,
    ]))
}

proptest! {
    #[test]
    fn every_judgement_is_of_one_piece(order in any_order(), reason in any_reason(), wish in any_wish()) {
        let order = order.as_known_on(june(15));
        let judgement = judge_unit(&claim_of(&order, reason, wish, june(15)), policy());
        summary(&judgement);
        for id in &judgement.clauses {
            prop_assert!(policy().clause(id).is_some(), "{id}");
            prop_assert_eq!(judgement.clauses.iter().filter(|other| *other == id).count(), 1, "{} twice", id);
        }
        let shipped = order.shipped_on.or(order.delivered_on).is_some();
        match judgement.outcome {
            OutcomeKind::RmaIssued => prop_assert!(shipped && judgement.route.is_some()),
            OutcomeKind::CancellationAccepted => prop_assert!(!shipped && judgement.estimate.is_none()),
            OutcomeKind::Declined => prop_assert!(judgement.estimate.is_none() && !judgement.clauses.is_empty()),
            OutcomeKind::HeldForReview => prop_assert_eq!(judgement.flags.len(), 1),
            other => prop_assert!(false, "{other:?} is not a unit's"),
        }
    }

    /// What is decided without a delivery date stands on whatever day since shipping the order was delivered.
    #[test]
    fn no_decision_without_a_date_hangs_on_it(
        order in any_order(), reason in any_reason(), wish in any_wish(), after in 0i64..60,
    ) {
        let order = Invoice { delivered_on: None, ..order.as_known_on(june(15)) };
        let judgement = judge_unit(&claim_of(&order, reason, wish, june(15)), policy());
        prop_assume!(!judgement.flags.contains(&Flag::DeliveryDateUnknown));
        let Some(shipped) = order.shipped_on else { return Ok(()) };
        let day = shipped.saturating_add(after.days()).min(june(15));
        let delivered = Invoice { delivered_on: Some(day), ..order.clone() };
        let known = judge_unit(&claim_of(&delivered, reason, wish, june(15)), policy());
        prop_assert_eq!((known.outcome, known.estimate), (judgement.outcome, judgement.estimate));
    }
}
