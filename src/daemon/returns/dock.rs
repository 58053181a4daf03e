//! Parcels that no RMA announced: one whose sender has no RMA number is turned away (`rma.required`), and a delivery that
//! was refused or could not be made is taken in (`shipping.refused`). Each opens a case of its own.

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{By, Taken, Work};
use crate::case::ledger::Happened;
use crate::case::rma_number::case_number;
use crate::case::{Arrival, Arrived, Case, Rma, RmaChange, RmaUnit, State};
use crate::daemon::desk::Desk;
use crate::order::{Invoice, Line, look_alike_key};
use crate::policy::Route;
use crate::store::Tx;
use crate::understanding::{Evidence, Facts, Number, Place, Told};

impl Desk {
    /// A package came without an RMA number, and the unit in it is in no RMA: it is turned away, and its customer is told
    /// how to get a number. A reply goes on in the case, which knows the unit.
    ///
    /// # Errors
    /// Where it is not known whose unit it is, or it is in an RMA after all; where the store fails.
    pub async fn turn_away(&self, serial: &str, on: Date, by: By<'_>, now: Timestamp) -> anyhow::Result<Taken> {
        let mut tx = self.store.begin().await?;
        tx.answer_alone().await?;
        let (invoice, line, serial) = self.unit_of_serial(serial).await?;
        let (number, part) = (invoice.invoice_number.clone(), line.product.part_number.clone());
        let open = tx.open_rmas_of_unit(&number, line.line, Some(&serial), on).await?;
        if let Some(issued) = open.first() {
            let rma = &issued.rma.number;
            bail!("{serial} is in {rma}: take it in with `rmad rma receive {rma} --serial {serial} --unmarked-box`");
        }
        if let Some(how) = line.gone_as(Some(&serial), 1) {
            bail!("{serial} was {} already: answer its sender by hand", how.word());
        }
        let last = self.store.unit_ledger(&serial).await?.pop();
        if last.is_some_and(|last| last.what == Happened::Refused && last.on == on && last.rma_number.is_none()) {
            bail!("{serial} was turned away on {on} already, and its customer was told");
        }
        let facts = knowing(&serial);
        let mut work = self.work_on_a_new_case(&mut tx, &invoice, "Package without an RMA number", facts, now).await?;
        work.not_ahead(on)?;
        let unit = RmaUnit::approved((number, line.line, part), Some(serial), 1, Route::Return, true);
        work.note("Turned away without an RMA number", on, &[&unit]);
        work.ledger = unit.entry(on, Happened::Refused, None).into_iter().collect();
        work.letter = Some(work.turned_away(&unit, on));
        work.case.state = State::Closed;
        work.change = RmaChange::None;
        let taken = work.record(&mut tx, by).await?;
        tx.commit().await.context("cannot record the step")?;
        Ok(taken)
    }

    /// A delivery of ours came back, refused or not deliverable: all of the order is here, to be inspected and refunded.
    ///
    /// # Errors
    /// Where there is no such order, it was delivered or never shipped or was cancelled, or went abroad, which takes a
    /// person; where the store fails.
    pub async fn take_back(
        &self,
        invoice: &str,
        on: Date,
        carrier: Option<&str>,
        by: By<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Taken> {
        let mut tx = self.store.begin().await?;
        tx.answer_alone().await?;
        let invoice = self.orders.invoice(invoice).await?.with_context(|| format!("there is no invoice {invoice}"))?;
        came_back(&invoice)?;
        if !tx.rmas_of_invoice(&invoice.invoice_number).await?.is_empty() {
            bail!("units of {} are in an RMA: receive them under its number", invoice.invoice_number);
        }
        if !tx.cancelled_among(&[&invoice.invoice_number]).await?.is_empty() {
            bail!(
                "{} was cancelled, and what was paid was promised back with that: settle it by hand",
                invoice.invoice_number
            );
        }
        let mut work = self.work_on_a_new_case(&mut tx, &invoice, "Delivery came back", Facts::default(), now).await?;
        work.not_ahead(on)?;
        let condition = Arrived { refused_delivery: true, ..Arrived::default() };
        let carrier = carrier.map(str::to_owned);
        let arrival = Arrival { on, carrier: carrier.clone(), is_late: false, condition, found_serial: None };
        let rma = Rma {
            number: self.rma_format.number(tx.next_number("rma").await?),
            issued_on: on,
            expires_on: on,
            account_number: invoice.account_number.clone(),
            units: invoice.lines.iter().flat_map(|line| units(&invoice, line, &arrival)).collect(),
            statements: vec![],
        };
        let came: Vec<&RmaUnit> = rma.units.iter().collect();
        work.note("The delivery came back", on, &came);
        work.ledger = rma.entries(came.iter().copied(), on, Happened::Returned);
        work.letter = Some(work.package_received(&rma, &came, on, carrier));
        work.case.state = State::Received;
        work.change = RmaChange::Issued;
        work.case.rma = Some(rma);
        let taken = work.record(&mut tx, by).await?;
        tx.commit().await.context("cannot record the step")?;
        Ok(taken)
    }

    /// The one unit that bears this serial number, and where it was sold.
    async fn unit_of_serial(&self, serial: &str) -> anyhow::Result<(Invoice, Line, String)> {
        let invoices = self.orders.invoices_of_serial(serial).await?;
        let key = look_alike_key(serial);
        let bearing = invoices.iter().flat_map(|invoice| invoice.lines.iter().map(move |line| (invoice, line)));
        let mut found = bearing.filter_map(|(invoice, line)| {
            let known = line.serials.iter().find(|known| look_alike_key(known) == key)?;
            Some((invoice.clone(), line.clone(), known.clone()))
        });
        match (found.next(), found.next()) {
            (Some(unit), None) => Ok(unit),
            (None, _) => bail!("no unit with the serial number {serial} was sold: answer its sender by hand"),
            (Some(_), Some(_)) => bail!("several units bear the serial number {serial}: answer its sender by hand"),
        }
    }

    async fn work_on_a_new_case(
        &self,
        tx: &mut Tx,
        invoice: &Invoice,
        subject: &str,
        facts: Facts,
        now: Timestamp,
    ) -> anyhow::Result<Work<'_>> {
        let account = &invoice.account_number;
        let customers = self.orders.customers_by_account(&[look_alike_key(account)]).await?;
        let customer = customers.into_iter().find(|customer| &customer.account_number == account);
        let address = customer.and_then(|customer| customer.emails.into_iter().next());
        let address = address.with_context(|| format!("account {account} has no mail address: write by hand"))?;
        let number = case_number(tx.next_number("case").await?);
        let case = Case { facts, ..Case::opened(number, address, subject, now, now) };
        let mut work = self.work(case, self.catalogue().await?, now).await?;
        work.invoices.insert(invoice.invoice_number.clone(), invoice.clone());
        Ok(work)
    }
}

/// A case that knows a unit by its serial number, as if its customer had told it.
fn knowing(serial: &str) -> Facts {
    let evidence = Evidence { text: serial.to_owned(), place: Place::OrderData };
    let told = Told { value: serial.to_owned(), evidence };
    let mut facts = Facts::default();
    facts.said.serials.push(Number { told, key: look_alike_key(serial), clause: 0 });
    facts
}

fn came_back(invoice: &Invoice) -> anyhow::Result<()> {
    let number = &invoice.invoice_number;
    match (invoice.shipped_on, invoice.delivered_on) {
        (None, None) => bail!("{number} has not shipped, as far as the order data knows"),
        (_, Some(day)) => bail!("{number} was delivered on {day}: its customer needs an RMA number to send it back"),
        (Some(_), None) if invoice.is_domestic() => Ok(()),
        (Some(_), None) => {
            bail!("{number} went abroad, where nothing is refunded (return.international): a person decides")
        }
    }
}

fn units(invoice: &Invoice, line: &Line, arrival: &Arrival) -> Vec<RmaUnit> {
    let unit = |serial: Option<String>, quantity| {
        let of_order = (invoice.invoice_number.clone(), line.line, line.product.part_number.clone());
        let approved = RmaUnit::approved(of_order, serial, quantity, Route::Refund, true);
        RmaUnit { arrival: Some(arrival.clone()), ..approved }
    };
    if line.product.serialized && line.knows_every_serial() {
        line.serials.iter().map(|serial| unit(Some(serial.clone()), 1)).collect()
    } else {
        vec![unit(None, line.quantity)]
    }
}
