//! The returns desk: what a message comes to. Messages are read and looked up ahead and side by side; each is then
//! matched to its case, understood, judged and written down, one after the other in order of arrival.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::ensure;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::bounce;
use super::gate::Gate;
use super::letters::Letters;
use super::look_up::{Shelf, knowledge};
use super::rmas::OnRecord;
use super::rulebook::Rulebook;
use super::settle::Settlement;
use super::staff::Staff;
use super::thread::thread_of;
use super::trouble::Troubles;
use crate::case::reminders::Schedule;
use crate::case::rma_number::RmaFormat;
use crate::case::{Case, Outcome, RmaUnit, State};
use crate::config;
use crate::mail::{self, Class, Defect, Message, NAME_LENGTH, Trust};
use crate::order_book::OrderBook;
use crate::policy::{History, Inquiry, Judgement, OpenRma, Phase, Policies, Sender, judge, request_day};
use crate::reply;
use crate::store::{IssuedRma, Result, Store, Tx, Waiting};
use crate::understanding::{About, Catalogue, Facts, Knowledge, Misfit, Reading, Resolution, Wish, resolve};
use crate::verify::Verifier;

/// Everything that answering needs.
#[derive(Debug)]
pub struct Desk {
    pub store: Store,
    pub orders: OrderBook,
    pub(super) rulebook: Rulebook,
    /// Whether a decline goes out by itself.
    pub auto_decline: bool,
    pub trust: Trust,
    /// Looks at senders that the receiving server wrote nothing about; `None`: nobody does.
    pub verifier: Option<Verifier>,
    pub free_mail: BTreeSet<String>,
    pub time_zone: TimeZone,
    pub rma_format: RmaFormat,
    pub letters: Letters,
    pub gate: Gate,
    pub shelf: Shelf,
    pub schedule: Schedule,
    /// `None`: nobody is told.
    pub staff: Option<Staff>,
    pub troubles: Troubles,
}

/// Of an address (RFC 5321, section 4.5.3.1.1), in octets.
const LONGEST_LOCAL_PART: usize = 64;

impl Desk {
    /// The desk of a vendor, on a store; replies come `from` this address.
    ///
    /// # Errors
    /// Where the policy file cannot be read or has faults, or the RMA number's format cannot be used.
    pub fn new(store: Store, settings: &config::Desk, gate: Gate, from: &str) -> anyhow::Result<Desk> {
        let vendor = &settings.vendor;
        let local = from.rsplit_once('@').map_or(from, |(local, _)| local);
        ensure!(
            !settings.trust.subaddress || local.len() + 1 + NAME_LENGTH <= LONGEST_LOCAL_PART,
            "{from} is too long for trust.subaddress: set it to false, or send from a shorter address"
        );
        Ok(Desk {
            orders: OrderBook::new(store.db()),
            store,
            rulebook: Rulebook::open(&settings.policy)?,
            auto_decline: settings.policy.auto_decline,
            trust: settings.trust.mail.clone(),
            verifier: None,
            free_mail: settings.trust.free_mail_domains.clone(),
            time_zone: vendor.time_zone.clone(),
            rma_format: RmaFormat::parse(&settings.policy.rma_number)?,
            letters: Letters {
                vendor: reply::Vendor {
                    name: vendor.name.clone(),
                    address: vendor.address.clone(),
                    policy_url: vendor.policy_url.clone(),
                    returns_address: vendor.returns_address.clone(),
                },
                from: from.to_owned(),
                keys: settings.trust.mail.keys.clone(),
                subaddress: settings.trust.subaddress,
            },
            gate,
            shelf: Shelf::new(settings.recognise.clone(), vendor.name.clone()),
            schedule: settings.schedule(),
            staff: vendor.staff_address.clone().map(|address| Staff { address, console: None }),
            troubles: Troubles::default(),
        })
    }
}

/// A message that was read.
pub type Read = Box<(Message, Reading)>;

/// What a message says once it is held against its case and the order data.
pub(super) struct Understood<'a> {
    pub case: Option<Case>,
    pub about: About,
    pub facts: Facts,
    pub resolution: Resolution,
    pub knowledge: Knowledge<'a>,
    pub brings_news: bool,
    pub today: Date,
}

impl Desk {
    /// The policy as it is now. A decision takes it once and keeps it to its end.
    pub fn policies(&self) -> Arc<Policies> {
        self.rulebook.policies()
    }

    /// Reads the policy's files again; where they have faults, the old policy stays in force. Tells whether they are in
    /// force.
    pub fn reload_policy(&self) -> bool {
        self.rulebook.reload()
    }

    /// Reads a message: pure, and dear enough to be done beside others.
    ///
    /// # Errors
    /// Where there is no reading it.
    pub fn read(&self, waiting: &Waiting, catalogue: &Catalogue) -> std::result::Result<Read, Defect> {
        let message = mail::read(&waiting.raw, waiting.received_at, &self.trust)?;
        let reading = Reading::of(&message, catalogue);
        Ok(Box::new((message, reading)))
    }

    pub async fn catalogue(&self) -> Result<Arc<Catalogue>> {
        self.shelf.catalogue(&self.orders).await
    }

    /// Asks the order data about a message that was read.
    ///
    /// # Errors
    /// Where the order data cannot be asked.
    pub async fn look_up<'a>(&self, read: &Read, catalogue: &'a Catalogue) -> Result<Knowledge<'a>> {
        let (message, reading) = &**read;
        self.look_up_keys(message, &reading.keys(), catalogue).await
    }

    async fn look_up_keys<'a>(
        &self,
        message: &Message,
        keys: &[String],
        catalogue: &'a Catalogue,
    ) -> Result<Knowledge<'a>> {
        let today = request_day(message.received_at, &self.time_zone);
        knowledge(&self.orders, catalogue, message, keys, &self.free_mail, today).await
    }

    /// What the message comes to, ready to be recorded.
    ///
    /// # Errors
    /// Where the store fails, or a letter cannot be written.
    pub async fn answer(
        &self,
        tx: &mut Tx,
        waiting: &Waiting,
        read: &Read,
        knowledge: Knowledge<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Outcome> {
        let (message, reading) = &**read;
        let thread = thread_of(tx, message, &self.rma_format, &self.free_mail, &self.trust.keys).await?;
        let understood = self.understand(message, reading, thread.case, knowledge).await?;
        let on_record = self.on_record(tx, message, &understood).await?;
        let policies = self.policies();
        let judgement = self.judge(message, reading, &understood, &on_record, &policies);
        let anothers = thread.anothers;
        let settlement =
            Settlement { desk: self, policies, waiting, message, anothers, understood, judgement, on_record, now };
        settlement.outcome(tx).await
    }

    /// Takes in what the message says. In a case that was decided, units it does not know start another case.
    async fn understand<'a>(
        &self,
        message: &Message,
        reading: &Reading,
        case: Option<Case>,
        mut knowledge: Knowledge<'a>,
    ) -> Result<Understood<'a>> {
        let today = request_day(message.received_at, &self.time_zone);
        let known = case.as_ref().map(|case| case.facts.clone()).unwrap_or_default();
        let mut keys = known.keys();
        if !keys.is_empty() {
            keys.extend(reading.keys());
            knowledge = self.look_up_keys(message, &keys, knowledge.catalogue).await?;
        }
        if message.class == Class::Human && case.as_ref().is_some_and(|case| is_decided(case.state)) {
            let mut facts = Facts::default();
            facts.learn(reading, &[], &knowledge);
            let about = request_about(reading, None, &facts);
            let mut resolution = resolve(&facts, about, &knowledge);
            if case.as_ref().is_some_and(|case| names_other_units(case, about, &resolution)) {
                let case = case.filter(|_| reading.is_correction);
                if case.is_some() {
                    let what = "what the case was decided on is said to be a mistake".to_owned();
                    resolution.misfits.push(Misfit::Conflict { what });
                }
                return Ok(Understood { case, about, facts, resolution, knowledge, brings_news: true, today });
            }
        }
        let is_decided = case.as_ref().is_some_and(|case| is_decided(case.state));
        let mut facts = known;
        let asked = case.as_ref().map(|case| case.missing.clone()).unwrap_or_default();
        let brings_news = message.class == Class::Human && facts.learn(reading, &asked, &knowledge);
        let about = request_about(reading, case.as_ref().map(|case| case.state), &facts);
        let resolution = resolve(&facts, about, &knowledge);
        let about = if about == About::Other && !is_decided && is_service(reading, &facts, &resolution) {
            About::Return
        } else {
            about
        };
        facts.items = resolution.items.clone();
        Ok(Understood { case, about, facts, resolution, knowledge, brings_news, today })
    }

    fn judge(
        &self,
        message: &Message,
        reading: &Reading,
        understood: &Understood<'_>,
        on_record: &OnRecord,
        policies: &Policies,
    ) -> Judgement {
        let case = understood.case.as_ref();
        let inquiry = Inquiry {
            class: message.class,
            authenticity: message.authenticity,
            bounce_of_ours: bounce::is_lasting(message) && case.is_some(),
            about: understood.about,
            wish: reading.wanted.as_ref().map(|told| told.value),
            facts: &understood.facts,
            resolution: &understood.resolution,
            sender: standing(understood),
            history: history(case, understood.brings_news, understood.today),
            open_rmas: on_record
                .open_rmas
                .iter()
                .flat_map(|(issued, is_own)| listed(issued, *is_own, RmaUnit::is_open))
                .collect(),
            own_rmas: on_record.own_rmas.iter().flat_map(|issued| listed(issued, true, |_| true)).collect(),
            cancelled_orders: on_record.cancelled_orders.clone(),
            charged: on_record.charged.clone(),
            as_of: self.as_of(case, understood, policies),
        };
        judge(&inquiry, policies)
    }

    /// The request day: the day of the first message about what the case is about now, unless that one is long past and no
    /// unit was named then. Who let an RMA lapse makes a new request: no window is held open by numbers that are never used.
    fn as_of(&self, case: Option<&Case>, understood: &Understood<'_>, policies: &Policies) -> Date {
        let today = understood.today;
        let Some(case) = case.filter(|case| !case.has_lapsed(today)) else { return today };
        let Some(requested_at) = case.requested_at else { return today };
        let requested = request_day(requested_at, &self.time_zone);
        let is_old = policies.on(today).windows.rma.last_day(requested) < today;
        if is_old && case.facts.items.is_empty() { today } else { requested }
    }
}

/// What the request is about: an answer to our questions continues what was asked for, and in a case with an RMA a
/// question about progress is about that.
fn request_about(reading: &Reading, state: Option<State>, facts: &Facts) -> About {
    let wants_to_cancel =
        facts.wanted.as_ref().is_some_and(|told| matches!(told.value, Wish::Cancel | Wish::RefuseDelivery));
    match state.map(phase) {
        Some(Phase::AwaitingDetails | Phase::New) if wants_to_cancel => About::Cancel,
        Some(Phase::AwaitingDetails | Phase::New) => About::Return,
        Some(Phase::Approved) if reading.asks_status => About::Status,
        _ => reading.about,
    }
}

/// A message that names a unit of the sender's by its serial number is about that unit, in whatever words; why, is asked.
/// One that names an order of the sender's needs a reason.
fn is_service(reading: &Reading, facts: &Facts, resolution: &Resolution) -> bool {
    let names_unit = !facts.said.serials.is_empty() && resolution.units.iter().any(|unit| unit.serial.is_some());
    let names_order = resolution.items.iter().any(|item| item.invoice.is_some());
    let has_firm_reason = reading.reason.is_some() && !reading.reason_is_weak;
    !reading.is_other_business && !reading.wants_no_return && (names_unit || names_order && has_firm_reason)
}

fn is_decided(state: State) -> bool {
    matches!(phase(state), Phase::Approved | Phase::Lapsed | Phase::Over)
}

/// Units or orders that the case does not know: another request.
fn names_other_units(case: &Case, about: About, resolution: &Resolution) -> bool {
    let serials: BTreeSet<&str> =
        case.rma.iter().flat_map(|rma| &rma.units).filter_map(|unit| unit.serial_number.as_deref()).collect();
    let invoices: BTreeSet<&str> =
        case.facts.items.iter().filter_map(|item| item.invoice.as_ref()).map(|told| told.value.as_str()).collect();
    match about {
        About::Cancel => resolution.orders.iter().any(|order| !invoices.contains(order.invoice_number.as_str())),
        About::Return => resolution.units.iter().any(|unit| match &unit.serial {
            Some(serial) => !serials.contains(serial.as_str()),
            None => !invoices.contains(unit.invoice.invoice_number.as_str()),
        }),
        _ => false,
    }
}

/// An account number that was stated makes a customer only together with an order of that account.
fn standing(understood: &Understood<'_>) -> Sender {
    let said = &understood.facts.said;
    let resolution = &understood.resolution;
    let found_own = !resolution.units.is_empty()
        || !resolution.orders.is_empty()
        || resolution
            .items
            .iter()
            .any(|item| item.invoice.is_some() && resolution.misfits.is_empty() && !resolution.missing.is_empty());
    Sender {
        is_customer: !understood.knowledge.accounts.is_empty() || (said.account.is_some() && found_own),
        states_account: said.account.is_some(),
        names_numbers: !said.invoices.is_empty() || !said.serials.is_empty(),
    }
}

fn history(case: Option<&Case>, brings_news: bool, today: Date) -> History {
    let Some(case) = case else { return History { brings_news, ..History::default() } };
    History {
        phase: if case.has_lapsed(today) { Phase::Lapsed } else { phase(case.state) },
        asked_about: case.flags.clone(),
        fruitless_answers: case.fruitless_answers,
        brings_news,
    }
}

fn phase(state: State) -> Phase {
    match state {
        State::New | State::Closed => Phase::New,
        State::AwaitingDetails => Phase::AwaitingDetails,
        State::Approved | State::Received | State::Inspected => Phase::Approved,
        State::Declined => Phase::Declined,
        State::HeldForReview => Phase::HeldForReview,
        State::Expired => Phase::Lapsed,
        State::Resolved | State::Cancelled => Phase::Over,
    }
}

/// The units of an RMA that are such.
fn listed(issued: &IssuedRma, is_own: bool, such: fn(&RmaUnit) -> bool) -> Vec<OpenRma> {
    let unit = |listed: &RmaUnit| OpenRma {
        number: issued.rma.number.clone(),
        case_number: issued.case_number.clone(),
        invoice: listed.invoice_number.clone(),
        line: listed.line,
        serial: listed.serial_number.clone(),
        route: listed.route,
        is_own,
    };
    issued.rma.units.iter().filter(|unit| such(unit)).map(unit).collect()
}
