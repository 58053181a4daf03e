//! Every clause of the policy and every rule is reached by a test: `docs/policy-coverage.md` says by which, as it comes of
//! running all corpora and the lives in `coverage/life.rs`. `RMAD_COVERAGE_ACCEPT=1` writes that document anew.

mod document;
mod life;

use std::collections::BTreeSet;
use std::path::Path;

use rmad::case::decision::Decision;
use rmad::policy::{ClauseId, Policy};

use crate::corpus;
use document::{difference, document, unreached};

/// The clauses of the policy, in its order.
const CLAUSES: [&str; 36] = [
    "warranty.kvm-switch",
    "warranty.streamline-console",
    "warranty.video-switch",
    "warranty.extender-splitter",
    "warranty.premium-cable",
    "warranty.extended",
    "warranty.start",
    "warranty.other-channel",
    "warranty.void",
    "rma.required",
    "rma.information",
    "rma.valid-14-days",
    "rma.number-on-box",
    "return.domestic-15-days",
    "return.no-refund-after-15-days",
    "return.international",
    "return.restocking-15",
    "return.incomplete-30",
    "return.original-packaging",
    "return.no-marks",
    "shipping.return-prepaid",
    "shipping.replacement-ground",
    "shipping.international-repair",
    "shipping.insure-return",
    "shipping.not-refundable",
    "shipping.free-shipping",
    "shipping.refused",
    "shipping.address-correction",
    "refund.method",
    "fee.processing-domestic",
    "fee.processing-international",
    "fee.international-wire",
    "cancel.domestic",
    "cancel.international",
    "doa.7-days",
    "replacement.advance",
];

/// Where the rules tried on a unit begin in a decision's minutes.
const FACTS: &str = "as found";
const LAST_RULE: &str = "15 anything else";
const COMMAND: &str = "RMAD_COVERAGE_ACCEPT=1 cargo test --test it coverage";

/// A rule that decided in a test, or a step that was taken, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
struct Ground {
    /// As the program names it.
    by: String,
    clauses: Vec<String>,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Test {
    /// `connectpro/c042-1`.
    Message(String),
    /// The name of a life.
    Life(&'static str),
}

#[tokio::test(flavor = "multi_thread")]
async fn every_clause_and_every_rule_is_reached() {
    let lives = tokio::spawn(life::lives());
    let mut decisions = Vec::new();
    for run in corpus::runs().await {
        for (message, seen) in run.expected.iter().zip(&run.seen) {
            let test = Test::Message(format!("{}/{}", run.name, message.file.trim_end_matches(".eml")));
            decisions.extend(seen.decision.clone().map(|decision| (test, decision)));
        }
    }
    let lives = lives.await.unwrap();
    decisions.extend(lives.decisions);
    let decided = decisions.iter().flat_map(|(test, decision)| of_decision(test, decision));
    // of the lives that reach a clause, those that do so by a step are named first
    let grounds: Vec<Ground> = lives.steps.into_iter().chain(decided).collect();
    let rules = rules(decisions.iter().map(|(_, decision)| decision));

    let empty = unreached(&CLAUSES, &rules, &grounds);
    assert!(empty.is_empty(), "no test reaches {empty:?}: write a message of a corpus or a life that does");
    hold_against_document(&document(&CLAUSES, &rules, &grounds));
}

#[test]
fn the_policy_that_ships_has_these_clauses() {
    let policy: toml::Table = Policy::default_text().parse().unwrap();
    let clauses = policy["clause"].as_array().unwrap();
    let shipped: Vec<&str> = clauses.iter().map(|clause| clause["id"].as_str().unwrap()).collect();
    assert_eq!(shipped, CLAUSES);
}

fn hold_against_document(made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy-coverage.md");
    if std::env::var("RMAD_COVERAGE_ACCEPT").is_ok_and(|accept| accept == "1") {
        std::fs::write(&file, made).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let differing = difference(&written, made);
    assert!(written == made, "{} is out of date; {COMMAND} writes it anew:\n{differing}", file.display());
}

/// What the minutes say: the rule that decided on the case as a whole, or on each of its units.
fn of_decision(test: &Test, decision: &Decision) -> Vec<Ground> {
    let ground = |(rule, _): &(String, String), clauses: &[ClauseId]| Ground {
        by: rule.clone(),
        clauses: clauses.iter().map(ToString::to_string).collect(),
        test: test.clone(),
    };
    if let Some(rule) = decision.rules.iter().find(|(_, found)| found == "applies") {
        return vec![ground(rule, &decision.clauses)];
    }
    let deciding = decision.rules.split(|(rule, _)| rule == FACTS).skip(1).filter_map(<[_]>::last);
    deciding.zip(&decision.units).map(|(rule, unit)| ground(rule, &unit.judgement.clauses)).collect()
}

/// All rules in their order: where the last one decided, all were tried.
fn rules<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> Vec<String> {
    let ends_with_last = |decision: &&Decision| decision.rules.last().is_some_and(|(rule, _)| rule == LAST_RULE);
    let decision = decisions.into_iter().find(ends_with_last).expect("a unit that no other rule takes");
    let mut known = BTreeSet::new();
    let tried = decision.rules.iter().map(|(rule, _)| rule.clone());
    tried.filter(|rule| rule != FACTS && known.insert(rule.clone())).collect()
}
