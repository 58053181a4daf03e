//! `rmad whatif`: what would have been decided under another policy? Every kept decision that judged units is judged once
//! more, from what was kept with it. Nothing is fetched, sent or written.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::civil::Date;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::Global;
use super::sheet::Sheet;
use crate::case::decision::{DecidedUnit, Decision};
use crate::config::{Config, Environment};
use crate::console::words;
use crate::daemon;
use crate::order::Money;
use crate::policy::{Estimate, OutcomeKind, Policies, Route};
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The policy to judge by; given several times where it has several versions
    #[arg(long, value_name = "FILE", required = true)]
    policy: Vec<PathBuf>,
    /// Leave out what was decided before this day
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Json,
    Table,
}

/// Prints what would change, then how much of it there is.
///
/// # Errors
/// Every fault of the policy, with file, line and remedy; where the configuration or the store cannot be read.
pub async fn run(args: &Args, global: &Global) -> anyhow::Result<ExitCode> {
    let (desk, store) = Config::for_store(&global.config, &Environment::of_process())?;
    let policies = daemon::read_policies(&args.policy)?;
    let store = super::explain::open(store.url.expose_secret()).await?;
    let day = |at: Timestamp| at.to_zoned(desk.vendor.time_zone.clone()).date();
    let comparison = judged_again(&store, &policies, args.since, day).await?;
    let told = match args.format {
        Format::Json => format!("{}\n", serde_json::to_string(&comparison)?),
        Format::Table => comparison.table(),
    };
    write!(std::io::stdout(), "{told}")?;
    Ok(ExitCode::SUCCESS)
}

/// Events that are read at once.
const PORTION: u32 = 500;

/// Compares the units of each case's last decision on units, before and after.
async fn judged_again(
    store: &Store,
    policies: &Policies,
    since: Option<Date>,
    day: impl Fn(Timestamp) -> Date,
) -> anyhow::Result<Comparison> {
    let mut cases: BTreeMap<String, CaseAgain> = BTreeMap::new();
    let (mut read, mut unreadable) = (0, 0);
    loop {
        let events = store.case_events(read, PORTION).await?;
        let Some(last) = events.last() else { break };
        read = last.id;
        for recorded in events {
            let decided_on = day(recorded.event.at);
            let Some(minutes) = Decision::of_event(recorded.event.detail) else { continue };
            if since.is_some_and(|since| decided_on < since) {
                continue;
            }
            match minutes {
                Ok(decision) if decision.units.is_empty() => {}
                Ok(decision) => {
                    let again = CaseAgain::of(&recorded.case_number, decided_on, &decision, policies);
                    cases.insert(recorded.case_number, again);
                }
                Err(_) => unreadable += 1,
            }
        }
    }
    Ok(Comparison::of(cases.into_values().collect(), unreadable))
}

/// A case's last decision on units, before and after.
#[derive(Debug, PartialEq, Eq)]
struct CaseAgain {
    units: Vec<Rejudged>,
    before: Vec<Sum>,
    after: Vec<Sum>,
}

impl CaseAgain {
    fn of(case: &str, decided_on: Date, decision: &Decision, policies: &Policies) -> CaseAgain {
        let again = |unit| Some((unit, decision.judged_again(unit, policies)?));
        let units: Vec<(&DecidedUnit, DecidedUnit)> = decision.units.iter().filter_map(again).collect();
        let rejudged = |(before, after): &(&DecidedUnit, DecidedUnit)| Rejudged {
            case: case.to_owned(),
            decided_on,
            unit: words::unit(before),
            before: Verdict::of(before),
            after: Verdict::of(after),
        };
        CaseAgain {
            units: units.iter().map(rejudged).collect(),
            before: sums(units.iter().map(|(before, _)| *before)),
            after: sums(units.iter().map(|(_, after)| after)),
        }
    }
}

/// What the units of each order come to together.
fn sums<'a>(units: impl Iterator<Item = &'a DecidedUnit>) -> Vec<Sum> {
    let mut orders: BTreeMap<&str, Vec<&Estimate>> = BTreeMap::new();
    for unit in units {
        orders.entry(&unit.invoice).or_default().extend(&unit.judgement.estimate);
    }
    let sum = |estimates: Vec<&Estimate>| {
        let (low, high) = Estimate::together(&estimates);
        Some(Sum { currency: estimates.first()?.currency.clone(), low, high })
    };
    orders.into_values().filter_map(sum).collect()
}

/// A unit, or for a cancellation an order, as it was decided and as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Rejudged {
    case: String,
    decided_on: Date,
    unit: String,
    before: Verdict,
    after: Verdict,
}

impl Rejudged {
    fn flips(&self) -> bool {
        (self.before.outcome, self.before.route) != (self.after.outcome, self.after.route)
    }

    fn money_changes(&self) -> bool {
        self.before.estimate != self.after.estimate
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Verdict {
    policy_version: String,
    outcome: OutcomeKind,
    route: Option<Route>,
    /// Of the unit by itself.
    estimate: Option<Sum>,
}

impl Verdict {
    fn of(unit: &DecidedUnit) -> Verdict {
        Verdict {
            policy_version: unit.judgement.policy_version.clone(),
            outcome: unit.judgement.outcome,
            route: unit.judgement.route,
            estimate: unit.judgement.estimate.as_ref().map(Sum::of),
        }
    }

    /// `RMA issued (refund)`.
    fn words(&self) -> String {
        let outcome = words::outcome(self.outcome);
        self.route.map_or_else(|| outcome.to_owned(), |route| format!("{outcome} ({})", words::route(route)))
    }
}

/// What is paid back or credited, both ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Sum {
    /// ISO 4217.
    currency: String,
    low: Money,
    high: Money,
}

impl Sum {
    fn of(estimate: &Estimate) -> Sum {
        Sum { currency: estimate.currency.clone(), low: estimate.refund_low, high: estimate.refund_high }
    }

    /// `USD 205.24 to 242.74`.
    fn words(&self) -> String {
        let Sum { currency, low, high } = self;
        if low == high { format!("{currency} {low}") } else { format!("{currency} {low} to {high}") }
    }
}

/// What changes, and how much of it there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Comparison {
    /// The units that flip, or whose money changes, by case.
    changes: Vec<Rejudged>,
    /// How many were judged again.
    units: usize,
    /// Another outcome, or another route.
    flips: usize,
    /// The same outcome on the same route, with other money.
    money_changes: usize,
    turns: Vec<Turn>,
    /// A sum for each currency, of every unit that was judged again. What is charged once an order counts once for the
    /// units of a case.
    money: Vec<Totals>,
    /// Decisions left out because their minutes cannot be read, for instance those of another version of rmad.
    unreadable: usize,
}

/// How many units go from one verdict to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Turn {
    before: String,
    after: String,
    units: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Totals {
    before: Sum,
    after: Sum,
}

impl Comparison {
    fn of(cases: Vec<CaseAgain>, unreadable: usize) -> Comparison {
        let money = totals(&cases);
        let units: Vec<Rejudged> = cases.into_iter().flat_map(|case| case.units).collect();
        let count = units.len();
        let changes: Vec<Rejudged> = units.into_iter().filter(|unit| unit.flips() || unit.money_changes()).collect();
        let mut turns: BTreeMap<(String, String), usize> = BTreeMap::new();
        for unit in changes.iter().filter(|unit| unit.flips()) {
            *turns.entry((unit.before.words(), unit.after.words())).or_default() += 1;
        }
        let flips = turns.values().sum();
        Comparison {
            units: count,
            flips,
            money_changes: changes.len() - flips,
            turns: turns.into_iter().map(|((before, after), units)| Turn { before, after, units }).collect(),
            money,
            changes,
            unreadable,
        }
    }

    fn table(&self) -> String {
        let mut sheet = Sheet::default();
        for change in &self.changes {
            change.tell(&mut sheet);
        }
        let Comparison { units, flips, money_changes, .. } = self;
        sheet.heading(&format!("Units judged again: {units}; flip: {flips}; other money alone: {money_changes}"));
        for Turn { before, after, units } in &self.turns {
            sheet.line(2, &format!("{units} × {before} -> {after}"));
        }
        for Totals { before, after } in &self.money {
            sheet.line(2, &format!("Estimates: {} before, {} after", before.words(), after.words()));
        }
        if self.unreadable > 0 {
            let told = format!("Decisions left out, since their minutes cannot be read: {}", self.unreadable);
            sheet.line(2, &told);
        }
        sheet.into_text()
    }
}

impl Rejudged {
    fn tell(&self, sheet: &mut Sheet) {
        let Rejudged { case, decided_on, unit, before, after } = self;
        sheet.line(0, &format!("{case}, {}: {unit}", words::day(*decided_on)));
        if self.flips() {
            sheet.line(4, &format!("{} -> {}", before.words(), after.words()));
        }
        if self.money_changes() {
            let words = |estimate: &Option<Sum>| estimate.as_ref().map_or_else(|| "no estimate".to_owned(), Sum::words);
            sheet.line(4, &format!("{} -> {}", words(&before.estimate), words(&after.estimate)));
        }
    }
}

fn totals(cases: &[CaseAgain]) -> Vec<Totals> {
    let mut totals: BTreeMap<&str, Totals> = BTreeMap::new();
    for case in cases {
        let before = case.before.iter().map(|sum| (sum, true));
        for (sum, is_before) in before.chain(case.after.iter().map(|sum| (sum, false))) {
            let of_currency = totals.entry(&sum.currency).or_insert_with(|| Totals::none(&sum.currency));
            let total = if is_before { &mut of_currency.before } else { &mut of_currency.after };
            total.low = total.low + sum.low;
            total.high = total.high + sum.high;
        }
    }
    totals.into_values().collect()
}

impl Totals {
    fn none(currency: &str) -> Totals {
        let nothing = Sum { currency: currency.to_owned(), low: Money::ZERO, high: Money::ZERO };
        Totals { before: nothing.clone(), after: nothing }
    }
}
