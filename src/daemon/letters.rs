//! From a judgement to a letter: which one is written, and with which values.

use jiff::civil::Date;
use uuid::Uuid;

use super::settle::Settlement;
use crate::case::{Case, Rma, RmaUnit, State};
use crate::mail;
use crate::order::Invoice;
use crate::policy::{
    Estimate, Flag, JudgedUnit, LineKind, OutcomeKind, Policy, Returned, Route, UnitJudgement, Verdict, WarrantyEnd,
    clause,
};
use crate::reply::{
    Aside, AuthorizedUnit, CanceledOrder, CancellationAccepted, ClauseLine, Correction, Declined, DeclinedGoods,
    Detail, DetailRequest, DetailsRequested, Goods, Grant, HeldForReview, Matter, Mismatch, NamedUnit, Objection,
    Offer, Progress, Purpose, Range, Record, RefundItem, RefundLine, RefundStatement, Reply, RmaIssued, RmaStatus,
    SenderNotOnOrder, StatusGiven, Understood, Unit, Vendor,
};
use crate::understanding::{self, About, Catalogue, Item, Misfit, Place, Told};

/// Who writes.
#[derive(Debug, Clone)]
pub struct Letters {
    pub vendor: Vendor,
    /// The address that replies come from, and that bounces go back to.
    pub from: String,
}

impl Letters {
    pub fn sender(&self) -> mail::Mailbox {
        mail::Mailbox { address: self.from.clone(), name: Some(format!("{} Support", self.vendor.name)) }
    }

    /// A Message-ID of ours, without angle brackets (RFC 5322, section 3.6.4).
    pub fn mint_message_id(&self, unique: Uuid) -> String {
        let domain = self.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        format!("rmad.{}@{domain}", unique.simple())
    }

    /// The letter that a judgement asks for; `None` where it asks for silence.
    pub(super) fn write(&self, settlement: &Settlement<'_>, case: &Case) -> Option<Reply> {
        let writer = Writer { settlement, case, vendor: &self.vendor, policy: &settlement.desk.policy };
        match &settlement.judgement.verdict {
            Verdict::Ignore | Verdict::Refer { acknowledge: false } => None,
            Verdict::Refer { acknowledge: true } => Some(writer.acknowledgement()),
            Verdict::Ask { missing, misfits } => Some(writer.request(missing, misfits)),
            Verdict::Status { rmas } => {
                Some(writer.status(&rmas.iter().map(|rma| rma.number.as_str()).collect::<Vec<_>>()))
            }
            Verdict::Units(units) => writer.decision(units),
        }
    }
}

/// What is asked for, one question a detail and unit.
pub(super) fn requests(missing: &[understanding::Detail], items: &[Item]) -> Vec<DetailRequest> {
    missing
        .iter()
        .flat_map(|detail| {
            let without_serial: Vec<&Item> =
                items.iter().filter(|item| item.serial.is_none() && item.part.is_some()).collect();
            if *detail == understanding::Detail::SerialNumber && !without_serial.is_empty() {
                let several = items.len() > 1;
                return without_serial
                    .iter()
                    .map(|item| DetailRequest {
                        detail: Detail::SerialNumber,
                        count: item.quantity.unwrap_or(1).max(1),
                        unit: item.part.as_ref().filter(|_| several).map(|part| part.value.clone()),
                    })
                    .collect();
            }
            vec![DetailRequest { detail: asked(*detail), count: 1, unit: None }]
        })
        .collect()
}

/// The units of an RMA, with the titles that the catalogue has for them.
pub(super) fn rma_units(rma: &Rma, catalogue: &Catalogue) -> Vec<Unit> {
    let unit = |unit: &RmaUnit| Unit {
        title: catalogue
            .product(&unit.part_number)
            .map_or_else(|| unit.part_number.clone(), |product| product.title.clone()),
        part_number: unit.part_number.clone(),
        serial_number: unit.serial_number.clone(),
        invoice_number: unit.invoice_number.clone(),
        quantity: unit.quantity,
        record: Record::default(),
    };
    rma.units.iter().map(unit).collect()
}

struct Writer<'a> {
    settlement: &'a Settlement<'a>,
    case: &'a Case,
    vendor: &'a Vendor,
    policy: &'a Policy,
}

impl Writer<'_> {
    fn decision(&self, units: &[JudgedUnit]) -> Option<Reply> {
        match self.settlement.judgement.kind {
            OutcomeKind::RmaIssued => self.rma_issued(units),
            OutcomeKind::CancellationAccepted => Some(self.cancellation(units)),
            OutcomeKind::Declined => Some(self.declined(units)),
            _ => Some(self.acknowledgement()),
        }
    }

    fn rma_issued(&self, units: &[JudgedUnit]) -> Option<Reply> {
        let rma = self.case.rma.as_ref()?;
        let granted: Vec<&JudgedUnit> =
            units.iter().filter(|unit| unit.judgement.outcome == OutcomeKind::RmaIssued).collect();
        let cited: Vec<_> = granted.iter().flat_map(|unit| &unit.judgement.clauses).cloned().collect();
        let (terms, clauses) = self.lines(&cited).into_iter().partition(|(id, _)| TERMS.contains(id));
        Some(Reply::RmaIssued(RmaIssued {
            rma_number: rma.number.clone(),
            issued_on: rma.issued_on,
            last_day: rma.expires_on,
            units: granted
                .iter()
                .filter_map(|judged| {
                    Some(AuthorizedUnit { unit: self.unit(judged)?, grant: grant(judged.judgement.route?) })
                })
                .collect(),
            refund: self.refund_estimate(&granted),
            clauses: without_ids(clauses),
            terms: without_ids(terms),
            asides: self.asides(units, OutcomeKind::RmaIssued),
        }))
    }

    /// One statement for all units that come back for a refund; what is charged once an order is charged once.
    fn refund_estimate(&self, granted: &[&JudgedUnit]) -> Option<RefundStatement> {
        let mut invoices: Vec<&Invoice> = Vec::new();
        for judged in granted.iter().filter(|judged| judged.judgement.route == Some(Route::Refund)) {
            if !invoices.iter().any(|known| known.invoice_number == judged.invoice.invoice_number) {
                invoices.push(&judged.invoice);
            }
        }
        let estimates = invoices.iter().map(|invoice| {
            let returned: Vec<Returned> = granted
                .iter()
                .filter(|judged| {
                    judged.invoice.invoice_number == invoice.invoice_number
                        && judged.judgement.route == Some(Route::Refund)
                })
                .filter_map(|judged| self.returned(judged))
                .collect();
            self.policy.estimate_for(invoice, Route::Refund, &returned)
        });
        let estimates: Vec<Estimate> = estimates.collect::<Option<Vec<_>>>()?;
        estimates.into_iter().map(|estimate| statement(&estimate)).reduce(joined)
    }

    fn returned(&self, judged: &JudgedUnit) -> Option<Returned> {
        let line = judged.unit.as_ref()?;
        let resolved = self.settlement.understood.resolution.units.iter().find(|unit| {
            unit.invoice.invoice_number == judged.invoice.invoice_number
                && unit.line.product.part_number == line.part_number
        })?;
        let non_defective = !self.case.facts.reason.as_ref().is_some_and(|told| told.value.is_defect());
        Some(Returned {
            part_number: line.part_number.clone(),
            unit_price: resolved.line.unit_price,
            quantity: line.quantity,
            condition: crate::policy::Condition { non_defective, ..Default::default() },
        })
    }

    fn declined(&self, units: &[JudgedUnit]) -> Reply {
        let declined = units.iter().filter(|unit| unit.judgement.outcome == OutcomeKind::Declined);
        Reply::Declined(Declined {
            requested_on: self.settlement.understood.today,
            declined: declined.map(|judged| self.declined_goods(judged)).collect(),
            clauses: vec![],
            asides: self.asides(units, OutcomeKind::Declined),
        })
    }

    fn cancellation(&self, units: &[JudgedUnit]) -> Reply {
        let mut orders: Vec<CanceledOrder> = Vec::new();
        for judged in units.iter().filter(|unit| unit.judgement.outcome == OutcomeKind::CancellationAccepted) {
            let number = &judged.invoice.invoice_number;
            if !orders.iter().any(|order| &order.invoice_number == number) {
                let refund = judged.judgement.estimate.as_ref().map(statement);
                orders.push(CanceledOrder {
                    invoice_number: number.clone(),
                    record: self.record(None, number),
                    refund,
                });
            }
        }
        let cited = units.iter().flat_map(|unit| &unit.judgement.clauses).cloned().collect::<Vec<_>>();
        let asides = self.asides(units, OutcomeKind::CancellationAccepted);
        Reply::CancellationAccepted(CancellationAccepted { orders, clauses: without_ids(self.lines(&cited)), asides })
    }

    /// The units of the case that the letter is not mainly about.
    fn asides(&self, units: &[JudgedUnit], main: OutcomeKind) -> Vec<Aside> {
        let others = units.iter().filter(|unit| unit.judgement.outcome != main);
        let mut asides: Vec<Aside> = others
            .map(|judged| match judged.judgement.outcome {
                OutcomeKind::Declined => Aside::Declined(self.declined_goods(judged)),
                _ => Aside::UnderReview(self.goods(judged)),
            })
            .collect();
        let catalogue = self.settlement.understood.knowledge.catalogue;
        for (issued, _) in self.settlement.open_rmas.iter().filter(|(_, is_own)| *is_own) {
            asides.extend(rma_units(&issued.rma, catalogue).into_iter().map(|unit| Aside::OpenRma {
                unit,
                rma_number: issued.rma.number.clone(),
                last_day: issued.rma.expires_on,
            }));
        }
        asides
    }

    fn declined_goods(&self, judged: &JudgedUnit) -> DeclinedGoods {
        DeclinedGoods {
            goods: self.goods(judged),
            objections: objections(&judged.judgement, &judged.invoice),
            clauses: without_ids(self.lines(&judged.judgement.clauses)),
            offer: offer(&judged.judgement, &judged.invoice, self.settlement.understood.today),
        }
    }

    fn goods(&self, judged: &JudgedUnit) -> Goods {
        let number = &judged.invoice.invoice_number;
        self.unit(judged).map_or_else(
            || Goods::Order { invoice_number: number.clone(), record: self.record(None, number) },
            Goods::Unit,
        )
    }

    fn unit(&self, judged: &JudgedUnit) -> Option<Unit> {
        let line = judged.unit.as_ref()?;
        let number = judged.invoice.invoice_number.clone();
        let item =
            self.case.facts.items.iter().find(|item| is_item(item, &number, &line.part_number, line.serial.as_deref()));
        Some(Unit {
            title: line.title.clone(),
            part_number: line.part_number.clone(),
            serial_number: line.serial.clone(),
            record: self.record(item, &number),
            invoice_number: number,
            quantity: line.quantity,
        })
    }

    /// What the customer may want to object to.
    fn record(&self, item: Option<&Item>, invoice_number: &str) -> Record {
        let serial = item.and_then(|item| item.serial.as_ref()).map(|told| told.value.as_str());
        let corrections = self.settlement.understood.resolution.corrections.iter().filter_map(|(typed, recorded)| {
            let detail = match recorded.as_str() {
                recorded if Some(recorded) == serial => Detail::SerialNumber,
                recorded if recorded == invoice_number => Detail::InvoiceNumber,
                _ => return None,
            };
            Some(Correction { detail, recorded: recorded.clone(), typed: typed.clone() })
        });
        Record { corrections: corrections.collect(), from_order: item.map(read_from_order).unwrap_or_default() }
    }

    fn request(&self, missing: &[understanding::Detail], misfits: &[Misfit]) -> Reply {
        let facts = &self.case.facts;
        let purpose =
            if self.settlement.understood.about == About::Cancel { Purpose::Cancellation } else { Purpose::Return };
        Reply::DetailsRequested(DetailsRequested {
            purpose,
            understood: Understood {
                units: self.named_units(),
                account_number: facts.account().map(|told| told.value.clone()),
                reason: facts.reason.as_ref().map(|told| told.value),
                wanted: facts.wanted.as_ref().map(|told| told.value),
            },
            mismatches: misfits.iter().filter_map(mismatch).collect(),
            requests: requests(missing, &facts.items),
            clauses: without_ids(self.lines(&self.settlement.judgement.clauses)),
            asides: vec![],
        })
    }

    fn named_units(&self) -> Vec<NamedUnit> {
        let catalogue = self.settlement.understood.knowledge.catalogue;
        let value = |told: &Option<Told<String>>| told.as_ref().map(|told| told.value.clone());
        let named = |item: &Item| NamedUnit {
            title: item
                .part
                .as_ref()
                .and_then(|part| catalogue.product(&part.value))
                .map(|product| product.title.clone()),
            part_number: value(&item.part),
            serial_number: value(&item.serial),
            invoice_number: value(&item.invoice),
            quantity: item.quantity.unwrap_or(1).max(1),
            record: self.record(Some(item), item.invoice.as_ref().map(|told| told.value.as_str()).unwrap_or_default()),
        };
        self.case.facts.items.iter().map(named).collect()
    }

    /// What staff will look at; a sender who is not the order's customer reads the same whatever was named.
    fn acknowledgement(&self) -> Reply {
        let judgement = &self.settlement.judgement;
        let flag = judgement.flags.first().copied();
        if flag == Some(Flag::SenderNotOnOrder) {
            return Reply::SenderNotOnOrder(SenderNotOnOrder);
        }
        let matter = flag.map_or(Matter::General, matter);
        let says_units = !matches!(matter, Matter::RmaNotFound | Matter::Legal | Matter::LanguageNotSupported);
        let is_customer = !self.settlement.understood.knowledge.accounts.is_empty();
        let units = if says_units && is_customer { self.named_units() } else { vec![] };
        Reply::HeldForReview(HeldForReview { matter, units, clauses: without_ids(self.lines(&judgement.clauses)) })
    }

    fn status(&self, numbers: &[&str]) -> Reply {
        let settlement = self.settlement;
        let known = settlement.own_rmas.iter().chain(settlement.open_rmas.iter().map(|(issued, _)| issued));
        let mut rmas: Vec<RmaStatus> = Vec::new();
        for issued in known.filter(|issued| numbers.contains(&issued.rma.number.as_str())) {
            if !rmas.iter().any(|status| status.rma_number == issued.rma.number) {
                rmas.push(RmaStatus {
                    rma_number: issued.rma.number.clone(),
                    units: rma_units(&issued.rma, settlement.understood.knowledge.catalogue),
                    progress: self.progress(issued.state, &issued.rma),
                    last_day: issued.rma.expires_on,
                });
            }
        }
        Reply::StatusGiven(StatusGiven { rmas })
    }

    fn progress(&self, state: State, rma: &Rma) -> Progress {
        let since = crate::policy::request_day(self.case.since, &self.settlement.desk.time_zone);
        match state {
            State::Received => Progress::Received(since),
            State::Inspected => Progress::Inspected(since),
            State::Resolved | State::Closed => Progress::Resolved(since),
            State::InTransit => Progress::InTransit,
            State::Cancelled => Progress::Canceled,
            State::HeldForReview => Progress::UnderReview,
            _ if rma.expires_on < self.settlement.understood.today => Progress::Expired,
            _ => Progress::AwaitingPackage,
        }
    }

    /// The clauses as they are shown, each once, in the order in which they are cited.
    fn lines(&self, ids: &[clause::ClauseId]) -> Vec<(clause::ClauseId, ClauseLine)> {
        let mut lines: Vec<(clause::ClauseId, ClauseLine)> = Vec::new();
        for clause in ids.iter().filter_map(|id| self.policy.clause(id)) {
            if !lines.iter().any(|(known, _)| known == &clause.id) {
                lines.push((
                    clause.id.clone(),
                    ClauseLine::new(self.vendor, clause.id.as_str(), &clause.title, &clause.text),
                ));
            }
        }
        lines
    }
}

/// What the letter's own steps say: cited by title alone.
const TERMS: [clause::ClauseId; 5] = [
    clause::RMA_VALIDITY,
    clause::RMA_NUMBER_ON_BOX,
    clause::SHIPPING_RETURN_PREPAID,
    clause::RETURN_PACKAGING,
    clause::SHIPPING_INSURE_RETURN,
];

fn without_ids(lines: Vec<(clause::ClauseId, ClauseLine)>) -> Vec<ClauseLine> {
    lines.into_iter().map(|(_, line)| line).collect()
}

fn is_item(item: &Item, invoice: &str, part: &str, serial: Option<&str>) -> bool {
    let same = |told: &Option<Told<String>>, value: &str| told.as_ref().is_some_and(|told| told.value == value);
    same(&item.invoice, invoice)
        && same(&item.part, part)
        && item.serial.as_ref().map(|told| told.value.as_str()) == serial
}

fn read_from_order(item: &Item) -> Vec<Detail> {
    let details = [
        (&item.invoice, Detail::InvoiceNumber),
        (&item.part, Detail::PartNumber),
        (&item.serial, Detail::SerialNumber),
    ];
    details
        .into_iter()
        .filter(|(told, _)| told.as_ref().is_some_and(|told| told.evidence.place == Place::OrderData))
        .map(|(_, detail)| detail)
        .collect()
}

fn asked(detail: understanding::Detail) -> Detail {
    match detail {
        understanding::Detail::Account => Detail::Account,
        understanding::Detail::InvoiceNumber => Detail::InvoiceNumber,
        understanding::Detail::PartNumber => Detail::PartNumber,
        understanding::Detail::SerialNumber => Detail::SerialNumber,
        understanding::Detail::Reason => Detail::Reason,
    }
}

fn grant(route: Route) -> Grant {
    match route {
        Route::Return => Grant::Return,
        Route::Refund => Grant::Refund,
        Route::Credit => Grant::Credit,
        Route::Exchange => Grant::Exchange,
        Route::DefectiveOnArrival => Grant::DoaReplacement,
        Route::RepairOrReplacement => Grant::RepairOrReplacement,
        Route::InternationalRepair => Grant::InternationalRepair,
    }
}

fn matter(flag: Flag) -> Matter {
    match flag {
        Flag::AdvanceReplacement => Matter::AdvanceReplacement,
        Flag::PurchasedElsewhere => Matter::PurchasedElsewhere,
        Flag::PossibleVoidWarranty => Matter::PossibleVoidWarranty,
        Flag::ShippingDamage => Matter::ShippingDamage,
        Flag::WrongItem => Matter::WrongItem,
        Flag::MissingParts => Matter::MissingParts,
        Flag::LegalThreat => Matter::Legal,
        Flag::LanguageNotSupported => Matter::LanguageNotSupported,
        Flag::DeclinedContested => Matter::DeclinedContested,
        Flag::RmaNotFound => Matter::RmaNotFound,
        Flag::DeliveryDateUnknown => Matter::DeliveryDateUnknown,
        Flag::ConflictingDetails => Matter::ConflictingDetails,
        Flag::DetailsNotForthcoming => Matter::DetailsNotForthcoming,
        _ => Matter::General,
    }
}

fn mismatch(misfit: &Misfit) -> Option<Mismatch> {
    match misfit.clone() {
        Misfit::UnknownInvoice { invoice, .. } => Some(Mismatch::UnknownInvoice { invoice_number: invoice }),
        Misfit::PartNotOnInvoice { part, invoice } => {
            Some(Mismatch::PartNotOnInvoice { part_number: part, invoice_number: invoice })
        }
        Misfit::SerialNotOnInvoice { serial, invoice } => {
            Some(Mismatch::SerialNotOnInvoice { serial_number: serial, invoice_number: invoice })
        }
        Misfit::Conflict { .. } => None,
    }
}

/// Why a unit or an order is declined, with the dates that decided.
fn objections(judgement: &UnitJudgement, invoice: &Invoice) -> Vec<Objection> {
    let cites = |id: &clause::ClauseId| judgement.clauses.contains(id);
    let left_on = invoice.shipped_on.or(invoice.delivered_on);
    let mut objections = Vec::new();
    if let (true, WarrantyEnd::Until(ended_on)) = (cites(&clause::WARRANTY_START), judgement.warranty_until) {
        objections.push(Objection::OutOfWarranty { started_on: invoice.invoiced_on, ended_on });
    }
    if let (true, Some(delivered_on), Some(ended_on)) =
        (cites(&clause::RETURN_NO_REFUND), invoice.delivered_on, judgement.refund_until)
    {
        objections.push(Objection::ReturnPeriodOver { delivered_on, ended_on });
    }
    match left_on {
        Some(shipped_on) if cites(&clause::CANCEL_DOMESTIC) => {
            objections.push(Objection::AlreadyShipped { shipped_on })
        }
        Some(shipped_on) if cites(&clause::CANCEL_INTERNATIONAL) || cites(&clause::RETURN_INTERNATIONAL) => {
            objections.push(Objection::LeftWarehouse { shipped_on })
        }
        _ => {}
    }
    objections
}

/// Where a cancellation came too late, the return guarantee still stands.
fn offer(judgement: &UnitJudgement, invoice: &Invoice, today: Date) -> Option<Offer> {
    if !judgement.clauses.contains(&clause::CANCEL_DOMESTIC) {
        return None;
    }
    match (invoice.delivered_on, judgement.refund_until) {
        (None, _) => Some(Offer::ReturnAfterDelivery),
        (Some(_), Some(last)) if today <= last => Some(Offer::ReturnUntil(last)),
        _ => None,
    }
}

/// The policy's breakdown as it is shown: amounts without signs, the smaller one first.
fn statement(estimate: &Estimate) -> RefundStatement {
    let lines = estimate.lines.iter().map(|line| {
        let (low, high) = (line.low, line.high);
        let (item, amount) = match &line.kind {
            LineKind::ProductPrice { part_number, quantity } => (
                RefundItem::Goods { part_number: part_number.clone(), quantity: *quantity },
                Range { least: low, most: high },
            ),
            LineKind::OrderTotal => (RefundItem::OrderTotal, Range { least: low, most: high }),
            LineKind::NotCharged => (RefundItem::NotCharged, Range { least: low, most: high }),
            LineKind::RestockingFee { up_to } => {
                (RefundItem::RestockingFee { percent: up_to.percent() }, deduction(low, high))
            }
            LineKind::ProcessingFee { rate } => {
                (RefundItem::ProcessingFee { percent: rate.percent() }, deduction(low, high))
            }
            LineKind::WireFee => (RefundItem::WireFee, deduction(low, high)),
            LineKind::ShippingCost => (RefundItem::ShippingCost, deduction(low, high)),
        };
        RefundLine { item, amount }
    });
    RefundStatement {
        currency: estimate.currency.clone(),
        lines: lines.collect(),
        refund: Range { least: estimate.refund_low, most: estimate.refund_high },
    }
}

fn deduction(low: crate::order::Money, high: crate::order::Money) -> Range {
    let zero = crate::order::Money::ZERO;
    Range { least: zero - high, most: zero - low }
}

fn joined(mut first: RefundStatement, second: RefundStatement) -> RefundStatement {
    first.lines.extend(second.lines);
    first.refund =
        Range { least: first.refund.least + second.refund.least, most: first.refund.most + second.refund.most };
    first
}
