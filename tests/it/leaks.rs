//! What nobody learns from us: whether a number that is not theirs exists; and what no machine gets: an answer.
//!
//! Each probe is written twice, word for word the same, once with numbers that stand in the order data of others and once
//! with invented ones. What comes back has to be the same in both cases, apart from the numbers that were typed.

mod machines;
mod orders;
mod probe;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use crate::corpus::corpora;
use orders::Orders;
use probe::{House, Numbers, Probe};

const PROBES: u32 = 70;

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
