//! What staff do with an RMA: they receive, inspect and complete returns, turn units away, give more time, call an RMA off,
//! send a replacement in advance, release what was held. Each step is checked against the case as it stands, dated, noted
//! with who took it and why, and told to the customer; all of it is recorded, or nothing.

mod advance;
mod dock;
mod genealogy;
mod letter;
mod rules;
mod statements;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

pub use advance::AdvanceShipment;

use super::desk::Desk;
use super::lapse;
use super::unasked::{self, to_customer};
use crate::case::ledger::{Happened, LedgerEntry};
use crate::case::rma_number::{Checked, find_case_numbers};
use crate::case::steps::{Findings, Parcel, UnitName, at_inspection, at_receipt, named};
use crate::case::{AddressNote, Case, Event, Fulfilment, Outcome, Refusal, Rma, RmaChange, RmaUnit, State};
use crate::order::{Invoice, Money};
use crate::outbox::Outgoing;
use crate::policy::{Flag, Policies, request_day};
use crate::reply::{Reply, can_be_written_to};
use crate::store::{Recorded, Tx};
use crate::understanding::Catalogue;

/// A step in the life of an RMA.
#[derive(Debug, Clone)]
pub enum Step {
    Receive {
        units: Vec<UnitName>,
        parcel: Parcel,
    },
    Refuse {
        units: Vec<UnitName>,
        on: Date,
        why: Refusal,
    },
    Inspect {
        units: Vec<UnitName>,
        findings: Findings,
        /// What a carrier billed; `None` where it is what was stated before, if anything.
        carrier_charge: Option<Money>,
    },
    Complete {
        units: Vec<UnitName>,
        on: Date,
        how: Fulfilment,
        scrapped: bool,
    },
    Extend {
        until: Date,
    },
    Cancel,
    /// A person has looked: the case goes on where its units stand; one without an RMA is closed.
    Release,
    Advance(AdvanceShipment),
}

/// Who takes a step, and why.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    pub actor: &'a str,
    pub why: Option<&'a str>,
}

/// A step that was taken.
#[derive(Debug)]
pub struct Taken {
    /// As it stands now.
    pub case: Case,
    pub event: Event,
    /// What the customer is told; `None` where there is nothing to tell, or no way to.
    pub letter: Option<Outgoing>,
}

impl Desk {
    /// Takes a step with the RMA, or the case, of this number.
    ///
    /// # Errors
    /// Where there is no such RMA, the step does not fit where it stands, or the store fails. Nothing has happened then.
    pub async fn take_step(&self, number: &str, step: &Step, by: By<'_>, now: Timestamp) -> anyhow::Result<Taken> {
        let mut tx = self.store.begin().await?;
        tx.answer_alone().await?;
        let case = self.case_of_number(&mut tx, number).await?;
        let catalogue = self.catalogue().await?;
        let mut work = self.work(case, catalogue, now).await?;
        work.take(&mut tx, step).await?;
        let taken = work.record(&mut tx, by).await?;
        tx.commit().await.context("cannot record the step")?;
        Ok(taken)
    }

    /// The case of an RMA number or a case number.
    ///
    /// # Errors
    /// Where there is none, and why that may be; where the store fails.
    pub async fn case_named(&self, number: &str) -> anyhow::Result<Case> {
        let mut tx = self.store.begin().await?;
        self.case_of_number(&mut tx, number).await
    }

    /// The case of an RMA number, as it stands on a label, or of a case number.
    async fn case_of_number(&self, tx: &mut Tx, number: &str) -> anyhow::Result<Case> {
        if let Some(number) = find_case_numbers(number).pop() {
            let case = tx.case_by_number(&number).await?;
            return case.with_context(|| format!("there is no case {number}"));
        }
        let number = match self.rma_format.check(number) {
            Checked::Valid(number) => number,
            Checked::Mistyped => bail!("{number} is mistyped: its check digit does not fit; compare it with the label"),
            Checked::NotOne => bail!("{number} is no RMA number; they look like {}", self.rma_format.number(100_000)),
        };
        let case = tx.case_by_rma_number(&number).await?;
        let case = case.with_context(|| format!("no RMA {number} was issued"))?;
        match &case.rma {
            Some(rma) if rma.number != number => {
                bail!("{number} is over; {} was issued after it", rma.number)
            }
            _ => Ok(case),
        }
    }

    async fn work(&self, case: Case, catalogue: Arc<Catalogue>, now: Timestamp) -> anyhow::Result<Work<'_>> {
        let mut invoices = BTreeMap::new();
        let of_units = case.rma.iter().flat_map(|rma| &rma.units).map(|unit| &unit.invoice_number);
        let of_facts = case.facts.items.iter().filter_map(|item| item.invoice.as_ref()).map(|told| &told.value);
        for number in of_units.chain(of_facts) {
            if !invoices.contains_key(number)
                && let Some(invoice) = self.orders.invoice(number).await?
            {
                invoices.insert(number.clone(), invoice);
            }
        }
        Ok(Work {
            desk: self,
            policies: self.policies(),
            today: request_day(now, &self.time_zone),
            before: case.state,
            case,
            catalogue,
            invoices,
            now,
            change: RmaChange::Changed,
            flags: vec![],
            ledger: vec![],
            address: None,
            told_serials: BTreeSet::new(),
            what: String::new(),
            detail: Map::new(),
            letter: None,
        })
    }
}

/// A step under way: the case, what is known beside it, and what becomes of it.
struct Work<'a> {
    desk: &'a Desk,
    policies: Arc<Policies>,
    catalogue: Arc<Catalogue>,
    /// The orders of the case's units.
    invoices: BTreeMap<String, Invoice>,
    now: Timestamp,
    today: Date,
    case: Case,
    /// Where the case stood.
    before: State,
    change: RmaChange,
    /// Why a person has to look from here on.
    flags: Vec<Flag>,
    ledger: Vec<LedgerEntry>,
    address: Option<AddressNote>,
    /// Serial numbers of other units that came, and that are the customer's own or nobody's that we know.
    told_serials: BTreeSet<String>,
    /// What happened, in a sentence.
    what: String,
    detail: Map<String, Value>,
    letter: Option<Reply>,
}

impl Work<'_> {
    async fn take(&mut self, tx: &mut Tx, step: &Step) -> anyhow::Result<()> {
        match step {
            Step::Release => return self.release(),
            Step::Advance(shipment) => return self.ship_in_advance(tx, shipment).await,
            _ => {}
        }
        let mut rma = self.case.rma.clone().with_context(|| format!("case {} has no RMA", self.case.number))?;
        match step {
            Step::Receive { units, parcel } => self.receive(tx, &mut rma, units, parcel).await?,
            Step::Refuse { units, on, why } => self.refuse(&mut rma, units, *on, *why)?,
            Step::Inspect { units, findings, carrier_charge } => {
                self.inspect(tx, &mut rma, units, *findings, *carrier_charge).await?;
            }
            Step::Complete { units, on, how, scrapped } => {
                self.complete(tx, &mut rma, units, *on, how, *scrapped).await?;
            }
            Step::Extend { until } => self.extend(tx, &mut rma, *until).await?,
            Step::Cancel => self.cancel(&mut rma)?,
            Step::Release | Step::Advance(_) => {}
        }
        // what is held stays held, whatever comes in meanwhile; unless staff have ended all that it was held for
        let is_settled = !rma.units.iter().any(RmaUnit::is_open) && self.case.flags.iter().all(is_of_goods);
        if self.case.state != State::HeldForReview || is_settled {
            self.case.flags.retain(|flag| !is_settled || !is_of_goods(flag));
            self.case.state = if self.flags.is_empty() { rma.state() } else { State::HeldForReview };
        }
        self.case.rma = Some(rma);
        Ok(())
    }

    async fn receive(&mut self, tx: &mut Tx, rma: &mut Rma, units: &[UnitName], parcel: &Parcel) -> anyhow::Result<()> {
        self.not_ahead(parcel.on)?;
        let places = rma.receive(units, parcel)?;
        let came = at(rma, &places);
        self.in_no_other_rma(tx, rma, &came).await?;
        self.flags = came.iter().copied().flat_map(at_receipt).collect();
        self.note("Received", parcel.on, &came);
        self.describe_parcel(rma, parcel, &came).await?;
        let named = came.iter().filter(|unit| unit.arrival.as_ref().is_some_and(|came| came.found_serial.is_none()));
        self.ledger = rma.entries(named.copied(), parcel.on, Happened::Returned);
        self.letter = Some(self.package_received(rma, &came, parcel.on, parcel.carrier.clone()));
        Ok(())
    }

    fn refuse(&mut self, rma: &mut Rma, units: &[UnitName], on: Date, why: Refusal) -> anyhow::Result<()> {
        self.not_ahead(on)?;
        let before = rma.clone();
        let places = rma.refuse(units, on, why)?;
        let refused = at(rma, &places);
        self.note("Turned away", on, &refused);
        if why == Refusal::OtherUnit && refused.iter().any(|unit| !unit.is_open()) {
            self.what = format!("{} {}", self.what, lapse::sentence(rma, &places));
        }
        self.detail.insert("reason".to_owned(), json!(why));
        // another unit is no part of this one's life
        let own = refused.iter().copied().filter(|_| why != Refusal::OtherUnit);
        self.ledger = rma.entries(own, on, Happened::Refused);
        let came = at(&before, &places).into_iter().filter_map(|unit| unit.arrival.as_ref()).map(|came| came.on).max();
        self.letter = Some(self.unit_refused(rma, &refused, came.unwrap_or(on), why));
        Ok(())
    }

    async fn inspect(
        &mut self,
        tx: &mut Tx,
        rma: &mut Rma,
        units: &[UnitName],
        findings: Findings,
        carrier_charge: Option<Money>,
    ) -> anyhow::Result<()> {
        self.not_ahead(findings.on)?;
        let done = self.inspected(rma, units, findings)?;
        let statements = self.statements(tx, rma, &done, findings.on, carrier_charge).await?;
        let inspected = at(rma, &done.places);
        // unless it is said of others, it was of an earlier inspection of these
        let others =
            rma.units.iter().enumerate().filter(|(place, unit)| unit.is_open() && !done.places.contains(place));
        if !others.flat_map(|(_, unit)| at_inspection(unit)).any(|flag| flag == Flag::NoDefectFound) {
            self.case.flags.retain(|flag| *flag != Flag::NoDefectFound);
        }
        self.flags = inspected.iter().copied().flat_map(at_inspection).collect();
        self.note("Inspected", findings.on, &inspected);
        for inspection in inspected.iter().filter_map(|unit| unit.inspection.as_ref()).take(1) {
            self.detail.insert("finding".to_owned(), json!(inspection.finding));
            self.detail.insert("restocking fee".to_owned(), json!(inspection.restocking.to_string()));
        }
        self.note_statements(&statements);
        self.letter = Some(self.inspection_result(rma, &done, &statements, findings.on));
        rma.statements.extend(statements);
        Ok(())
    }

    async fn complete(
        &mut self,
        tx: &mut Tx,
        rma: &mut Rma,
        units: &[UnitName],
        on: Date,
        how: &Fulfilment,
        scrapped: bool,
    ) -> anyhow::Result<()> {
        self.not_ahead(on)?;
        let before = rma.clone();
        let places = rma.fulfil(units, on, how)?;
        let paid = self.paid(&before, rma, how)?;
        self.may_be_paid(&paid, how)?;
        self.still_hold(tx, rma, &paid).await?;
        let ended = at(rma, &places);
        self.note(completed(how), on, &ended);
        self.note_statements(&paid);
        if let Some(happened) = happened(how) {
            self.ledger = rma.entries(ended.iter().copied(), on, happened);
        }
        if scrapped {
            self.ledger.extend(rma.entries(ended.iter().copied(), on, Happened::Scrapped));
        }
        if let Fulfilment::Replaced { serial_number, .. } = how {
            self.replace(tx, rma, &ended, serial_number.as_deref(), on).await?;
        }
        self.letter = Some(self.return_completed(rma, &ended, &paid, on, how)?);
        Ok(())
    }

    async fn extend(&mut self, tx: &mut Tx, rma: &mut Rma, until: Date) -> anyhow::Result<()> {
        let places = rma.extend(until, self.today)?;
        let waited_for = at(rma, &places);
        self.in_no_other_rma(tx, rma, &waited_for).await?;
        self.note(&format!("More time, until {until}, for"), self.today, &waited_for);
        self.letter = Some(self.rma_extended(rma, &waited_for));
        Ok(())
    }

    fn cancel(&mut self, rma: &mut Rma) -> anyhow::Result<()> {
        let places = rma.cancel(self.today)?;
        let cancelled = at(rma, &places);
        self.note("Called off", self.today, &cancelled);
        self.letter = Some(self.rma_canceled(rma, &cancelled));
        Ok(())
    }

    fn release(&mut self) -> anyhow::Result<()> {
        if !self.case.is_for_staff() {
            bail!("case {} does not wait for a person", self.case.number);
        }
        self.case.release();
        self.address = Some(AddressNote::Released);
        self.change = RmaChange::None;
        self.what = "Released: a person has looked.".to_owned();
        Ok(())
    }

    /// Nothing is noted before it has happened.
    fn not_ahead(&self, day: Date) -> anyhow::Result<()> {
        if day > self.today {
            bail!("{day} lies ahead: give the day on which it happened");
        }
        Ok(())
    }

    fn note(&mut self, what: &str, on: Date, units: &[&RmaUnit]) {
        let units: Vec<String> = units.iter().map(|unit| named(unit)).collect();
        self.what = format!("{what}: {}.", units.join(", "));
        self.detail.insert("on".to_owned(), json!(on));
    }

    /// Writes the letter, if the customer can be written to, and records everything.
    async fn record(mut self, tx: &mut Tx, by: By<'_>) -> anyhow::Result<Taken> {
        if self.case.state != self.before {
            self.case.since = self.now;
        }
        self.case.refer(&self.flags);
        let letter = self.letter.as_ref().filter(|_| can_be_written_to(&self.case.customer));
        let letter = letter.map(|letter| to_customer(self.desk, &self.case, letter, None, self.now)).transpose()?;
        self.note_clauses();
        if let Some(why) = by.why {
            self.detail.insert("why".to_owned(), json!(why));
        }
        if let Some(letter) = &letter {
            self.detail.insert("message_id".to_owned(), json!(letter.message_id));
        }
        let event = Event {
            at: self.now,
            actor: by.actor.to_owned(),
            what: self.what,
            state: Some(self.case.state),
            detail: Value::Object(self.detail),
        };
        let outcome = unasked::outcome(Some(self.case), vec![event.clone()], letter.into_iter().collect());
        let mut outcome = Outcome { rma: self.change, ledger: self.ledger, address: self.address, ..outcome };
        match unasked::record(self.desk, tx, &mut outcome, self.now).await? {
            Recorded::Done => {
                let case = outcome.case.context("a step without a case")?;
                Ok(Taken { case, event, letter: outcome.replies.pop() })
            }
            Recorded::AlreadySettled => bail!("this was recorded before"),
        }
    }
}

/// It tells how goods came back.
fn is_of_goods(flag: &Flag) -> bool {
    use Flag::{ArrivedLate, NoDefectFound, OtherUnitReceived, ReturnDamaged, ReturnMarked};
    matches!(flag, ArrivedLate | NoDefectFound | OtherUnitReceived | ReturnDamaged | ReturnMarked)
}

/// The units at these places.
fn at<'r>(rma: &'r Rma, places: &[usize]) -> Vec<&'r RmaUnit> {
    places.iter().filter_map(|place| rma.units.get(*place)).collect()
}

fn completed(how: &Fulfilment) -> &'static str {
    match how {
        Fulfilment::Refunded { .. } => "Refund made",
        Fulfilment::Credited => "Credit given",
        Fulfilment::Replaced { .. } => "Replacement shipped",
        Fulfilment::Repaired { .. } => "Repaired",
        Fulfilment::ChargeStands => "The charge stands",
    }
}

/// What the ledger is told of an end; nothing where it knows already, as of a replacement that shipped in advance.
fn happened(how: &Fulfilment) -> Option<Happened> {
    match how {
        Fulfilment::Refunded { .. } => Some(Happened::Refunded),
        Fulfilment::Credited => Some(Happened::Credited),
        Fulfilment::Replaced { .. } => Some(Happened::ReplacedBy),
        Fulfilment::Repaired { .. } => Some(Happened::Repaired),
        Fulfilment::ChargeStands => None,
    }
}
