//! What nobody learns from us: whether a number that is not theirs exists; and what no machine gets: an answer.
//!
//! Each probe is written twice, word for word the same, once with numbers that stand in the order data of others and once
//! with invented ones. What comes back has to be the same in both cases, and to leave at the same time, apart from the
//! numbers that were typed: the answer, and what follows within three weeks, to one who asks on too.

mod machines;
mod orders;
mod probe;

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use crate::corpus::corpora;
use orders::Orders;
use probe::{House, Numbers, Probe};

const PROBES: u32 = 70;
const LIVES: u32 = 8;

#[test]
fn a_stranger_cannot_tell_a_hit_from_a_miss() {
    run(PROBES, probe::by_strangers, |house, probe| house.hit_and_miss(&probe));
}

#[test]
fn a_customer_cannot_tell_anothers_invoice_from_an_invented_one() {
    run(PROBES, probe::by_customers, |house, probe| house.hit_and_miss(&probe));
}

/// The numbers of a case and of an RMA that exist, and of ones that do not.
#[test]
fn a_case_opens_to_nobody_who_only_knows_its_number() {
    run(PROBES / 2, probe::of_cases, |house, probe| house.hit_and_miss(&probe));
}

/// Strangers and customers ask, ask on, and are silent.
#[test]
fn what_follows_tells_no_more_than_the_answer() {
    for corpus in corpora() {
        let [mut of_hits, mut of_misses] = [House::open(&corpus), House::open(&corpus)];
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
        let (strangers, customers) = (
            probe::by_strangers(&of_hits.orders, &of_hits.known),
            probe::by_customers(&of_hits.orders, &of_hits.known),
        );
        let mut probes: Vec<Probe> = Vec::new();
        for _ in 0..LIVES {
            probes.push(strangers.new_tree(&mut runner).unwrap().current());
            probes.push(customers.new_tree(&mut runner).unwrap().current());
        }
        let lives = |house: &mut House, numbers: fn(&Probe) -> &Numbers| {
            let cases: Vec<Option<String>> = probes.iter().map(|probe| house.ask(probe, numbers(probe))).collect();
            for (probe, case) in probes.iter().zip(&cases).skip(probes.len() / 2) {
                house.ask_on(probe, numbers(probe), case.as_deref());
            }
            house.let_time_pass(SignedDuration::from_hours(21 * 24));
            probes.iter().zip(&cases).map(|(probe, case)| house.written(probe, case.as_deref())).collect::<Vec<_>>()
        };
        let hits = lives(&mut of_hits, |probe| &probe.real);
        let misses = lives(&mut of_misses, |probe| &probe.invented);
        assert!(hits.iter().any(|letters| letters.len() > 2), "nobody is reminded of anything");
        for ((probe, hit), miss) in probes.iter().zip(hits).zip(misses) {
            assert_eq!(hit, miss, "{probe:?}");
        }
    }
}

/// Tries probes on the order data of every corpus.
fn run<S: Strategy<Value = Probe>>(
    probes: u32,
    strategy: fn(&Orders, &Numbers) -> S,
    holds: fn(&mut House, Probe) -> TestCaseResult,
) {
    for corpus in corpora() {
        let house = std::cell::RefCell::new(House::open(&corpus));
        let strategy = strategy(&house.borrow().orders, &house.borrow().known);
        let mut runner = TestRunner::new(Config { cases: probes, failure_persistence: None, ..Config::default() });
        runner.run(&strategy, |probe| holds(&mut house.borrow_mut(), probe)).unwrap_or_else(|error| panic!("{error}"));
    }
}
