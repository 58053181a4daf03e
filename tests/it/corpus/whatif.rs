//! `rmad whatif` on the decisions about a whole mailbox.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use rmad::case::decision::{DecidedUnit, Decision};
use rmad::case::{Case, Event, Outcome, RmaChange};
use rmad::mail::Class;
use rmad::order::{Invoice, Money};
use rmad::policy::{Estimate, Flag, OutcomeKind, Policy, Route};
use rmad::store::{Recorded, Store};
use rmad::understanding::{Reason, Wish};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::corpora;
use super::expected::Expected;
use super::mailbox::Mailbox;

/// Exit status, standard output, standard error.
fn whatif(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rmad"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RMAD_")) {
        command.env_remove(name);
    }
    let output = command.arg("whatif").args(arguments).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A directory with a configuration that names this store, and with policies.
fn directory(store: &str, policies: &[(&str, String)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "[vendor]\nname = \"V\"\naddress = \"support@vendor.example\"\nreturns_address = [\"V\"]\n[store]\nurl = {store:?}\n"
    );
    fs::write(directory.path().join("rmad.toml"), text).unwrap();
    for (name, text) in policies {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn edited(old: &str, new: &str) -> String {
    assert!(Policy::default_text().contains(old), "{old}");
    Policy::default_text().replacen(old, new, 1)
}

/// What was decided last on the units of each case.
async fn decided(mailbox: &Mailbox) -> Vec<(String, Decision)> {
    let mut last = BTreeMap::new();
    for recorded in mailbox.house().store.case_events(0, 100_000).await.unwrap() {
        if let Ok(decision) = serde_json::from_value::<Decision>(recorded.event.detail)
            && !decision.units.is_empty()
        {
            last.insert(recorded.case_number, decision);
        }
    }
    last.into_iter().collect()
}

/// Whether what was asked for came too late after 15 days, for all that is known, and is in time after 30.
fn is_late_by_days(decision: &Decision, unit: &DecidedUnit) -> bool {
    let order = decision.orders.iter().find(|order| order.invoice_number == unit.invoice).unwrap();
    let wants_return = matches!(unit.wish, Some(Wish::Refund | Wish::Credit | Wish::Exchange));
    let asks = match unit.reason {
        Some(Reason::NotNeeded | Reason::Incompatible) => {
            !matches!(unit.wish, Some(Wish::Cancel | Wish::RefuseDelivery))
        }
        Some(Reason::Defective | Reason::DefectiveOnArrival | Reason::Other) => wants_return,
        _ => false,
    };
    // where the day of delivery decided, that of shipping is the earliest that it can be
    let is_unsure = unit.judgement.flags.contains(&Flag::DeliveryDateUnknown);
    let receipt = order.delivered_on.or(order.shipped_on.filter(|_| is_unsure));
    let days = receipt.map(|receipt| (unit.as_of - receipt).get_days());
    order.is_domestic() && asks && days.is_some_and(|days| (16..=30).contains(&days))
}

/// What the estimates of units of one order, each made by itself, bear of its shipping cost beyond the first of them.
fn borne_more_than_once(decision: &Decision) -> Decimal {
    let of_order = |order: &Invoice| {
        let units = decision.units.iter().filter(|unit| unit.invoice == order.invoice_number);
        let refunds = units.filter(|unit| unit.judgement.estimate.is_some());
        let refunds = refunds.filter(|unit| unit.judgement.route == Some(Route::Refund)).count();
        Decimal::from(refunds.saturating_sub(1)) * order.actual_shipping_cost
    };
    let orders: BTreeMap<&str, &Invoice> =
        decision.orders.iter().map(|order| (order.invoice_number.as_str(), order)).collect();
    orders.into_values().filter(|order| order.free_shipping && order.currency == "USD").map(of_order).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_guarantee_flips_what_came_too_late_and_the_same_policy_nothing() {
    let corpus = corpora().into_iter().find(|corpus| corpus.ends_with("connectpro")).unwrap();
    let mut mailbox = Mailbox::open(&corpus).await;
    for message in Expected::all_of(&corpus) {
        mailbox.answer(&message).await;
    }
    let decided = decided(&mailbox).await;
    let units: usize = decided.iter().map(|(_, decision)| decision.units.len()).sum();
    let late: BTreeSet<&str> = decided
        .iter()
        .filter(|(_, decision)| decision.units.iter().any(|unit| is_late_by_days(decision, unit)))
        .map(|(case, _)| case.as_str())
        .collect();
    assert!(late.len() >= 2, "the corpus has too few that came late: {late:?}");

    let longer = edited("refund = { days = 15", "refund = { days = 30");
    let dearer = edited("restocking_percent = 15", "restocking_percent = 25");
    let policies = [("same.toml", Policy::default_text().to_owned()), ("longer.toml", longer), ("dearer.toml", dearer)];
    let directory = directory(&mailbox.house().database.url, &policies);
    let compared = |policy: &str| -> Value {
        let (status, out, err) = whatif(directory.path(), &["--policy", policy, "--format", "json"]);
        assert_eq!((status, err.as_str()), (0, ""));
        serde_json::from_str(&out).unwrap()
    };

    let same = compared("same.toml");
    assert_eq!((&same["units"], &same["flips"], &same["money_changes"]), (&units.into(), &0.into(), &0.into()));
    assert_eq!(same["changes"], Value::Array(vec![]));

    let longer = compared("longer.toml");
    let flipped: BTreeSet<&str> = changes(&longer).iter().map(|change| change["case"].as_str().unwrap()).collect();
    assert_eq!(flipped, late, "{longer:#}");
    assert_eq!(longer["flips"].as_u64().unwrap() as usize, changes(&longer).len());

    let dearer = compared("dearer.toml");
    let estimates: Vec<&Estimate> = decided
        .iter()
        .flat_map(|(_, decision)| &decision.units)
        .filter_map(|unit| unit.judgement.estimate.as_ref())
        .filter(|estimate| estimate.currency == "USD")
        .collect();
    let with_a_ceiling = estimates.iter().filter(|estimate| estimate.refund_low != estimate.refund_high).count();
    assert!(with_a_ceiling > 0);
    assert_eq!((&dearer["flips"], &dearer["money_changes"]), (&0.into(), &with_a_ceiling.into()));
    for change in changes(&dearer) {
        let end =
            |when: &str, end: &str| -> Decimal { change[when]["estimate"][end].as_str().unwrap().parse().unwrap() };
        assert!(end("after", "low") < end("before", "low"), "{change}");
        assert_eq!(end("after", "high"), end("before", "high"), "{change}");
    }
    let twice: Decimal = decided.iter().map(|(_, decision)| borne_more_than_once(decision)).sum();
    assert!(twice > Decimal::ZERO, "no case of the corpus has several units of an order that shipped free of charge");
    let sum = |end: fn(&Estimate) -> Money| {
        estimates.iter().fold(Money::rounded(twice), |sum, estimate| sum + end(estimate)).to_string()
    };
    let usd = dearer["money"].as_array().unwrap().iter().find(|money| money["before"]["currency"] == "USD").unwrap();
    assert_eq!(usd["before"]["low"], sum(|estimate| estimate.refund_low));
    assert_eq!(usd["before"]["high"], sum(|estimate| estimate.refund_high));
    assert_eq!(usd["after"]["high"], usd["before"]["high"]);

    let (status, out, _) = whatif(directory.path(), &["--policy", "longer.toml"]);
    assert_eq!(status, 0);
    let turn = "Declined -> RMA issued (refund)";
    assert!(out.contains(turn) && out.contains(&format!("Units judged again: {units}; flip: {}", late.len())), "{out}");
    let (_, out, _) = whatif(directory.path(), &["--policy", "longer.toml", "--since", "2040-01-01"]);
    assert_eq!(out, "Units judged again: 0; flip: 0; other money alone: 0\n");
}

#[tokio::test]
async fn a_faulty_policy_is_told_with_file_line_and_remedy() {
    let broken = edited("restocking_percent = 15", "restocking_percent = 115");
    let line = 1 + broken.lines().position(|line| line.starts_with("restocking_percent")).unwrap();
    let policies = [("same.toml", Policy::default_text().to_owned()), ("broken.toml", broken)];
    let directory = directory("sqlite://none.db", &policies);
    let (status, out, err) = whatif(directory.path(), &["--policy", "same.toml", "--policy", "broken.toml"]);
    assert_eq!((status, out.as_str()), (1, ""));
    let fault =
        format!("broken.toml:{line}: `restocking_percent` of fees is 115\n    give a rate from 0 to 100 percent");
    assert!(err.contains(&fault), "{err}");
    assert!(!directory.path().join("none.db").exists());
}

#[tokio::test]
async fn minutes_that_cannot_be_read_are_counted() {
    let directory = directory("sqlite://rmad.db", &[("same.toml", Policy::default_text().to_owned())]);
    let store = Store::open(&format!("sqlite://{}/rmad.db", directory.path().display())).await.unwrap();
    let at = "2026-06-15T17:00:00Z".parse().unwrap();
    let event = |detail| Event { at, actor: "rmad".into(), what: "It was so.".into(), state: None, detail };
    let outcome = Outcome {
        message: None,
        message_id: None,
        kind: OutcomeKind::Declined,
        class: Class::Human,
        flags: vec![],
        case: Some(Case::opened("C-1".into(), "ada@customer.example".into(), "Switch", at, at)),
        events: vec![event(json!({"occasion": "digest"})), event(json!({"request": "as nobody wrote it down"}))],
        rma: RmaChange::None,
        ledger: vec![],
        cancelled: vec![],
        address: None,
        replies: vec![],
    };
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.record(&outcome, at).await.unwrap(), Recorded::Done);
    tx.commit().await.unwrap();
    let nothing = "Units judged again: 0; flip: 0; other money alone: 0\n";
    for (since, unreadable) in [("2026-06-15", 1), ("2026-06-16", 0)] {
        let (status, out, err) = whatif(directory.path(), &["--policy", "same.toml", "--since", since]);
        assert_eq!((status, err.as_str()), (0, ""));
        let left_out = format!("  Decisions left out, since their minutes cannot be read: {unreadable}\n");
        assert_eq!(out, format!("{nothing}{}", if unreadable > 0 { left_out } else { String::new() }));
    }
}

fn changes(compared: &Value) -> &[Value] {
    compared["changes"].as_array().unwrap()
}
