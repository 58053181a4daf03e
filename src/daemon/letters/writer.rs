//! Fills a letter with the values of a judgement.

use std::collections::BTreeSet;

use super::figures::{joined, objections, offer, statement, unsaid};
use super::status::status;
use super::{Settlement, requests, units as rma_units};
use crate::case::Case;
use crate::order::Invoice;
use crate::policy::{
    Charged, ClauseId, Condition, Estimate, Flag, JudgedUnit, OutcomeKind, Policies, Policy, Returned, Route, clause,
};
use crate::reply::{
    Aside, AuthorizedUnit, CanceledOrder, CancellationAccepted, ClauseLine, Correction, Declined, DeclinedGoods,
    Detail, DetailsRequested, Goods, Grant, HeldForReview, Matter, Mismatch, NamedUnit, Purpose, Record,
    RefundStatement, Reply, RmaIssued, RmaStatus, SenderNotOnOrder, StatusGiven, Understood, Unit, Vendor,
};
use crate::understanding::{self, About, Item, Misfit, Place, Told};

pub(super) struct Writer<'a> {
    pub settlement: &'a Settlement<'a>,
    pub case: &'a Case,
    pub vendor: &'a Vendor,
    pub policies: &'a Policies,
}

impl Writer<'_> {
    pub(super) fn decision(&self, units: &[JudgedUnit]) -> Option<Reply> {
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
        let cited = self.cited_for(granted.iter().copied());
        let (mut terms, clauses): (Vec<_>, Vec<_>) = cited.into_iter().partition(|line| TERMS.contains(&line.id));
        // their figures may differ between versions, and their titles are all that is shown
        let mut titles = BTreeSet::new();
        terms.retain(|line| titles.insert(line.title.clone()));
        Some(Reply::RmaIssued(RmaIssued {
            rma_number: rma.number.clone(),
            issued_on: rma.issued_on,
            last_day: rma.expires_on,
            units: granted
                .iter()
                .filter_map(|judged| {
                    let windows = judged.judgement.windows.clone();
                    Some(AuthorizedUnit { unit: self.unit(judged)?, grant: grant(judged.judgement.route?), windows })
                })
                .collect(),
            refund: self.refund_estimate(&granted),
            clauses,
            terms,
            asides: self.asides(units, OutcomeKind::RmaIssued),
        }))
    }

    /// One statement for all units that come back for a refund; what is charged once an order is charged once.
    fn refund_estimate(&self, granted: &[&JudgedUnit]) -> Option<RefundStatement> {
        let mut invoices: Vec<(&Invoice, Charged)> = Vec::new();
        for judged in granted.iter().filter(|judged| judged.judgement.route == Some(Route::Refund)) {
            if !invoices.iter().any(|(known, _)| known.invoice_number == judged.invoice.invoice_number) {
                invoices.push((&judged.invoice, judged.charged));
            }
        }
        let estimates = invoices.iter().map(|(invoice, charged)| {
            let returned: Vec<Returned> = granted
                .iter()
                .filter(|judged| {
                    judged.invoice.invoice_number == invoice.invoice_number
                        && judged.judgement.route == Some(Route::Refund)
                })
                .filter_map(|judged| self.returned(judged))
                .collect();
            self.policies.on(invoice.invoiced_on).estimate_for(invoice, Route::Refund, &returned, *charged)
        });
        joined(&estimates.collect::<Option<Vec<Estimate>>>()?)
    }

    fn returned(&self, judged: &JudgedUnit) -> Option<Returned> {
        let line = judged.unit.as_ref()?;
        let resolved =
            self.settlement.understood.resolution.units.iter().find(|unit| {
                unit.invoice.invoice_number == judged.invoice.invoice_number && unit.line.line == line.line
            })?;
        let non_defective = !self.case.facts.reason.as_ref().is_some_and(|told| told.value.is_defect());
        Some(Returned {
            part_number: line.part_number.clone(),
            unit_price: resolved.line.unit_price,
            quantity: line.quantity,
            condition: Condition { non_defective, ..Default::default() },
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
        let clauses = self.cited_for(units);
        let asides = self.asides(units, OutcomeKind::CancellationAccepted);
        Reply::CancellationAccepted(CancellationAccepted { orders, clauses, asides })
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
        for (issued, _) in self.settlement.on_record.open_rmas.iter().filter(|(_, is_own)| *is_own) {
            asides.extend(rma_units(issued.rma.expected(), catalogue).into_iter().map(|unit| Aside::OpenRma {
                unit,
                rma_number: issued.rma.number.clone(),
                last_day: issued.rma.expires_on,
            }));
        }
        asides
    }

    fn declined_goods(&self, judged: &JudgedUnit) -> DeclinedGoods {
        let objections = objections(&judged.judgement, &judged.invoice);
        DeclinedGoods {
            goods: self.goods(judged),
            windows: unsaid(&judged.judgement.windows, &objections),
            objections,
            clauses: self.cited_for([judged]),
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

    pub(super) fn request(&self, missing: &[understanding::Detail], misfits: &[Misfit]) -> Reply {
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
            clauses: self.cited_for_case(),
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
    pub(super) fn acknowledgement(&self) -> Reply {
        let judgement = &self.settlement.judgement;
        let flag = judgement.flags.first().copied();
        if flag == Some(Flag::SenderNotOnOrder) {
            return Reply::SenderNotOnOrder(SenderNotOnOrder);
        }
        let matter = flag.map_or(Matter::General, matter);
        let says_units = !matches!(matter, Matter::RmaNotFound | Matter::Legal | Matter::LanguageNotSupported);
        let is_customer = !self.settlement.understood.knowledge.accounts.is_empty();
        let units = if says_units && is_customer { self.named_units() } else { vec![] };
        Reply::HeldForReview(HeldForReview { matter, units, clauses: self.cited_for_case() })
    }

    pub(super) fn status(&self, numbers: &[&str]) -> Reply {
        let settlement = self.settlement;
        let known =
            settlement.on_record.own_rmas.iter().chain(settlement.on_record.open_rmas.iter().map(|(issued, _)| issued));
        let mut rmas: Vec<RmaStatus> = Vec::new();
        for issued in known.filter(|issued| numbers.contains(&issued.rma.number.as_str())) {
            if !rmas.iter().any(|status| status.rma_number == issued.rma.number) {
                let understood = &settlement.understood;
                rmas.push(status(issued, understood.knowledge.catalogue, understood.today));
            }
        }
        Reply::StatusGiven(StatusGiven { rmas })
    }

    /// The clauses of the decision on the case as a whole, in the words that are in force on the day of the request.
    fn cited_for_case(&self) -> Vec<ClauseLine> {
        let settlement = self.settlement;
        let policy = self.policies.on(settlement.understood.today);
        self.lines(settlement.judgement.clauses.iter().map(|id| (policy, id)))
    }

    /// The clauses of these units, in the words of the version that judged each.
    fn cited_for<'u>(&self, units: impl IntoIterator<Item = &'u JudgedUnit>) -> Vec<ClauseLine> {
        let cited = units.into_iter().flat_map(|judged| {
            let policy = judged.policy(self.policies);
            judged.judgement.clauses.iter().map(move |id| (policy, id))
        });
        self.lines(cited)
    }

    /// The clauses as they are shown, each once, in the order in which they are cited.
    fn lines<'c>(&self, cited: impl Iterator<Item = (&'c Policy, &'c ClauseId)>) -> Vec<ClauseLine> {
        let mut lines: Vec<ClauseLine> = Vec::new();
        for clause in cited.filter_map(|(policy, id)| policy.clause(id)) {
            let line = ClauseLine::new(self.vendor, clause.id.as_str(), &clause.title, &clause.text);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }
}

/// What the letter's own steps say: cited by title alone.
const TERMS: [ClauseId; 5] = [
    clause::RMA_VALIDITY,
    clause::RMA_NUMBER_ON_BOX,
    clause::SHIPPING_RETURN_PREPAID,
    clause::RETURN_PACKAGING,
    clause::SHIPPING_INSURE_RETURN,
];

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
        Flag::OrderAlreadyCancelled => Matter::OrderAlreadyCanceled,
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
