//! From a judgement to a letter: which one is written, with which values, and the message that carries it.

pub(super) mod figures;
mod status;
mod writer;

use jiff::Timestamp;
use uuid::Uuid;

use super::settle::Settlement;
use crate::case::{Case, RmaUnit};
use crate::mail::{Keys, Mailbox};
use crate::outbox::Outgoing;
use crate::policy::Verdict;
use crate::reply::{Addressing, AutoSubmitted, Detail, DetailRequest, Record, Rendered, Reply, Unit, Vendor, compose};
use crate::understanding::{self, Catalogue, Item};
use writer::Writer;

/// Who writes.
#[derive(Debug, Clone)]
pub struct Letters {
    pub vendor: Vendor,
    /// The address that replies come from, and that bounces go back to.
    pub from: String,
    /// Sign the names of messages.
    pub keys: Keys,
    /// Bounces and replies come back to an address of each message's own.
    pub subaddress: bool,
}

impl Letters {
    fn sender(&self) -> Mailbox {
        Mailbox { address: self.from.clone(), name: Some(format!("{} Support", self.vendor.name)) }
    }

    /// The message that carries a letter, ready for the outbox.
    ///
    /// # Errors
    /// Where an address cannot be written into a message.
    pub(super) fn outgoing(&self, rendered: &Rendered, way: Way) -> anyhow::Result<Outgoing> {
        let name = self.keys.mint(Uuid::new_v4().as_bytes());
        let (local, domain) = self.from.rsplit_once('@').unwrap_or((&self.from, "localhost"));
        let own_address = self.subaddress.then(|| format!("{local}+{name}@{domain}"));
        let addressing = Addressing {
            from: self.sender(),
            to: way.to.clone(),
            reply_to: own_address.clone(),
            reverse_path: own_address.unwrap_or_else(|| self.from.clone()),
            message_id: format!("{name}@{domain}"),
            in_reply_to: way.in_reply_to,
            references: way.references,
            auto_submitted: way.auto_submitted,
            date: way.now,
            loop_mark: self.vendor.address.clone(),
        };
        Ok(Outgoing {
            raw: compose(rendered, &addressing)?,
            message_id: addressing.message_id,
            reverse_path: addressing.reverse_path,
            recipient: way.to.address,
            subject: rendered.subject.clone(),
            template: rendered.template.to_owned(),
            text: rendered.text.clone(),
            not_before: way.now,
            occasion: way.occasion,
            withheld: way.withheld,
        })
    }

    /// The letter that a judgement asks for; `None` where it asks for silence.
    pub(super) fn write(&self, settlement: &Settlement<'_>, case: &Case) -> Option<Reply> {
        let writer = Writer { settlement, case, vendor: &self.vendor, policies: &settlement.policies };
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

/// To whom a letter goes, in which thread, and whether it may.
pub(super) struct Way {
    pub to: Mailbox,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    pub auto_submitted: AutoSubmitted,
    pub occasion: Option<String>,
    pub withheld: Option<String>,
    pub now: Timestamp,
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

/// Units of an RMA, with the titles that the catalogue has for them.
pub(super) fn units<'u>(units: impl IntoIterator<Item = &'u RmaUnit>, catalogue: &Catalogue) -> Vec<Unit> {
    units.into_iter().map(|unit| rma_unit(unit, catalogue)).collect()
}

pub(super) fn rma_unit(unit: &RmaUnit, catalogue: &Catalogue) -> Unit {
    let product = catalogue.product(&unit.part_number);
    Unit {
        title: product.map_or_else(|| unit.part_number.clone(), |product| product.title.clone()),
        part_number: unit.part_number.clone(),
        serial_number: unit.serial_number.clone(),
        invoice_number: unit.invoice_number.clone(),
        quantity: unit.quantity,
        record: Record::default(),
    }
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
