//! What was said, held against the sender's own orders: which units are meant, what is missing, what does not fit.
//!
//! What order data answers without doubt is not asked (policy, rule 5); the invoice is never guessed from the sender.

use super::claim::{About, Evidence, Facts, Item, Number, Place, Told};
use super::knowledge::{Knowledge, OwnOrders, Owned};
use super::meant::relevant;
use super::resolved::{Detail, Misfit, Resolution, Unit};
use super::tally::Tally;
use super::text::clauses;
use crate::order::{Invoice, Line, look_alike_key};

/// Holds the facts of a case against the order data.
pub fn resolve(facts: &Facts, about: About, knowledge: &Knowledge<'_>) -> Resolution {
    let named = facts.said.account.as_ref().map(|number| number.key.as_str());
    let orders = knowledge.own_orders(named);
    let mut resolver = Resolver { facts, knowledge, orders: &orders, done: Resolution::default() };
    if about == About::Cancel {
        resolver.cancellation();
    } else {
        resolver.units();
    }
    let mut done = resolver.done;
    done.missing.sort_unstable();
    done.missing.dedup();
    done
}

struct Resolver<'a> {
    facts: &'a Facts,
    knowledge: &'a Knowledge<'a>,
    orders: &'a OwnOrders<'a>,
    done: Resolution,
}

impl<'a> Resolver<'a> {
    /// A cancellation needs the invoice alone (policy, rule 8).
    fn cancellation(&mut self) {
        let mut orders = self.invoices();
        if orders.is_empty() {
            orders = self.serials().into_iter().map(|(owned, _)| owned.invoice).collect();
            orders.dedup_by_key(|invoice| invoice.invoice_number.clone());
        }
        if orders.is_empty() {
            self.note_unknown_invoice();
            if self.done.misfits.is_empty() {
                self.done.missing.push(Detail::InvoiceNumber);
            }
        }
        self.done.items = orders
            .iter()
            .map(|invoice| Item { invoice: Some(self.invoice_told(invoice)), ..Item::default() })
            .collect();
        self.done.orders = orders.into_iter().cloned().collect();
        self.done.misfits.extend(self.facts.said.unclear.clone().map(|what| Misfit::Conflict { what }));
    }

    fn units(&mut self) {
        let said = &self.facts.said;
        if let Some(what) = said.unclear.clone().filter(|_| said.serials.is_empty()) {
            // "All but SN 7": what remains is not recorded as long as nobody has said that it is all of the order.
            self.done.misfits.push(Misfit::Conflict { what });
            self.done.items = self.bare_items();
            return;
        }
        let invoices = self.invoices();
        let serials = self.serials();
        self.note_unknown_invoice();
        for (owned, number) in &serials {
            self.serial_unit(*owned, number, &invoices);
        }
        self.note_unknown_serials(&invoices);
        let unknown_invoice = self.done.misfits.iter().any(|misfit| matches!(misfit, Misfit::UnknownInvoice { .. }));
        if !unknown_invoice {
            self.parts_without_serial(&invoices, &serials);
        }
        if self.done.units.is_empty() && self.done.misfits.is_empty() && self.done.missing.is_empty() {
            self.described_units(&invoices);
        }
        self.note_shortfall();
        if self.facts.said.cable && self.done.units.iter().any(|unit| unit.line.product.serialized) {
            let defective = self.facts.reason.as_ref().is_some_and(|told| told.value.is_defect());
            let other = "a cable is said to be broken, and another product is named".to_owned();
            self.done.misfits.extend(defective.then_some(Misfit::Conflict { what: other }));
        }
        if let Some(what) = self.facts.said.unclear.clone() {
            self.done.misfits.push(Misfit::Conflict { what });
        }
        if self.done.items.is_empty() {
            self.done.items = self.bare_items();
        }
    }

    /// The sender's invoices among those named.
    fn invoices(&mut self) -> Vec<&'a Invoice> {
        let mut found: Vec<&'a Invoice> = Vec::new();
        for number in &self.facts.said.invoices {
            let invoice =
                self.orders.invoice(&number.told.value).or_else(|| self.orders.bare_invoice(&number.told.value));
            if let Some(invoice) =
                invoice.filter(|invoice| !found.iter().any(|known| known.invoice_number == invoice.invoice_number))
            {
                self.note_correction(&number.told.value, &invoice.invoice_number);
                found.push(invoice);
            }
        }
        found
    }

    /// The sender's units among the serial numbers named.
    fn serials(&mut self) -> Vec<(Owned<'a>, &'a Number)> {
        let mut found: Vec<(Owned<'a>, &'a Number)> = Vec::new();
        for number in &self.facts.said.serials {
            let owned = self.orders.serial(&number.told.value).or_else(|| self.orders.bare_serial(&number.told.value));
            if let Some(owned) = owned.filter(|owned| !found.iter().any(|(known, _)| known.serial == owned.serial)) {
                self.note_correction(&number.told.value, owned.serial);
                found.push((owned, number));
            }
        }
        found
    }

    fn note_correction(&mut self, typed: &str, recorded: &str) {
        let plain =
            |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
        let correction = (typed.to_owned(), recorded.to_owned());
        if plain(typed) != plain(recorded) && !self.done.corrections.contains(&correction) {
            self.done.corrections.push(correction);
        }
    }

    /// An invoice that is not among the sender's, where no other one was named.
    fn note_unknown_invoice(&mut self) {
        let said = &self.facts.said.invoices;
        let is_known = |number: &Number| {
            self.orders.invoice(&number.told.value).or_else(|| self.orders.bare_invoice(&number.told.value)).is_some()
        };
        if let Some(unknown) = said.first().filter(|_| !said.iter().any(is_known)) {
            let elsewhere = self.knowledge.elsewhere.contains(&unknown.key);
            self.done.misfits.push(Misfit::UnknownInvoice { invoice: unknown.told.value.clone(), elsewhere });
        }
    }

    fn serial_unit(&mut self, owned: Owned<'a>, number: &Number, invoices: &[&'a Invoice]) {
        let stated = invoices.iter().any(|invoice| invoice.invoice_number == owned.invoice.invoice_number);
        let parts = &self.facts.said.parts;
        let part_agrees =
            parts.is_empty() || parts.iter().any(|part| part.key == look_alike_key(&owned.line.product.part_number));
        if let Some(other) = invoices.first().filter(|_| !stated) {
            let misfit =
                Misfit::SerialNotOnInvoice { serial: number.told.value.clone(), invoice: other.invoice_number.clone() };
            self.done.misfits.push(misfit);
        } else if !part_agrees {
            let part = parts.first().map(|part| part.told.value.clone()).unwrap_or_default();
            self.done
                .misfits
                .push(Misfit::Conflict { what: format!("{} is not the serial number of a {part}", owned.serial) });
        }
        let serial = Told { value: owned.serial.to_owned(), evidence: number.told.evidence.clone() };
        self.add_unit(owned.invoice, owned.line, Some(serial), 1);
    }

    fn note_unknown_serials(&mut self, invoices: &[&'a Invoice]) {
        let known = |number: &Number| {
            self.orders.serial(&number.told.value).or_else(|| self.orders.bare_serial(&number.told.value)).is_some()
        };
        let unknown: Vec<&Number> = self.facts.said.serials.iter().filter(|number| !known(number)).collect();
        let own = self.done.units.first().map(|unit| unit.invoice.invoice_number.clone());
        for number in unknown {
            match invoices.first().map(|invoice| invoice.invoice_number.clone()).or_else(|| own.clone()) {
                Some(invoice) => {
                    self.done.misfits.push(Misfit::SerialNotOnInvoice { serial: number.told.value.clone(), invoice })
                }
                None => self.done.missing.push(Detail::InvoiceNumber),
            }
        }
    }

    /// Parts that were named without a serial number of theirs.
    fn parts_without_serial(&mut self, invoices: &[&'a Invoice], serials: &[(Owned<'a>, &'a Number)]) {
        let covered = |part: &Number| {
            serials.iter().any(|(owned, _)| look_alike_key(&owned.line.product.part_number) == part.key)
        };
        let open: Vec<&'a Number> = self.facts.said.parts.iter().filter(|part| !covered(part)).collect();
        let searched: Vec<&'a Invoice> = if invoices.is_empty() {
            serials.iter().map(|(owned, _)| owned.invoice).collect()
        } else {
            invoices.to_vec()
        };
        let settled = !self.done.misfits.is_empty();
        for part in open {
            let lines = lines_with(part, &near(part, &searched, self.facts, self.orders));
            match lines.as_slice() {
                [] if searched.is_empty() => self.part_without_invoice(part),
                [] if serials.is_empty() && self.facts.said.parts.len() == 1 && !settled => {
                    self.note_foreign_part(part, &searched)
                }
                [] => {}
                [(invoice, line)] => self.line_units(invoice, line, Some(part)),
                _ => self.done.misfits.push(Misfit::Conflict {
                    what: format!("{} stands on several of the invoices named", part.told.value),
                }),
            }
        }
    }

    fn part_without_invoice(&mut self, part: &Number) {
        let serialized = self.knowledge.catalogue.product(&part.told.value).is_none_or(|product| product.serialized);
        self.done.missing.push(Detail::InvoiceNumber);
        if serialized && self.facts.said.serials.is_empty() {
            self.done.missing.push(Detail::SerialNumber);
        }
        self.done.items.push(Item {
            part: Some(part.told.clone()),
            quantity: self.facts.said.quantity,
            ..Item::default()
        });
    }

    fn note_foreign_part(&mut self, part: &Number, searched: &[&'a Invoice]) {
        let invoice = searched.first().map(|invoice| invoice.invoice_number.clone()).unwrap_or_default();
        self.done.misfits.push(Misfit::PartNotOnInvoice { part: part.told.value.clone(), invoice });
    }

    /// Neither serial nor part was named: the whole order, its only line, or the line that a description fits.
    fn described_units(&mut self, invoices: &[&'a Invoice]) {
        match invoices {
            [] => self.done.missing.extend([Detail::InvoiceNumber, Detail::PartNumber, Detail::SerialNumber]),
            _ if self.facts.said.whole_order => {
                for invoice in invoices {
                    for line in &invoice.lines {
                        self.all_units(invoice, line);
                    }
                }
            }
            [invoice] => self.units_of_order(invoice),
            _ => self
                .done
                .misfits
                .push(Misfit::Conflict { what: "several invoices, and no unit that tells which".into() }),
        }
    }

    fn units_of_order(&mut self, invoice: &'a Invoice) {
        let units: u32 = invoice.lines.iter().map(|line| line.quantity).sum();
        if self.facts.said.every_unit == Some(Some(units)) {
            for line in &invoice.lines {
                self.all_units(invoice, line);
            }
            return;
        }
        let described = self
            .facts
            .said
            .descriptions
            .iter()
            .find_map(|text| self.knowledge.catalogue.described_line(&relevant(clauses(text)), invoice));
        match (invoice.lines.as_slice(), described) {
            ([only], _) => self.line_units(invoice, only, None),
            (_, Some(line)) => self.line_units(invoice, line, None),
            (lines, None) => {
                self.done.missing.push(Detail::PartNumber);
                if lines.iter().any(|line| line.product.serialized) && invoice.shipped_on.is_some() {
                    self.done.missing.push(Detail::SerialNumber);
                }
                self.done.items.push(Item { invoice: Some(self.invoice_told(invoice)), ..Item::default() });
            }
        }
    }

    /// The units of one line that are meant. An order that has not shipped bears no serial number yet that a customer
    /// could read, and is not asked for one.
    fn line_units(&mut self, invoice: &'a Invoice, line: &'a Line, part: Option<&Number>) {
        let said = &self.facts.said;
        let bears_none = !line.product.serialized || invoice.shipped_on.is_none();
        match said.tally(line, bears_none) {
            Tally::Unclear(what) => self.done.misfits.push(Misfit::Conflict { what }),
            _ if said.whole_order || line.quantity == 1 => self.all_units(invoice, line),
            Tally::Units(units) if units == line.quantity => self.all_units(invoice, line),
            Tally::Units(units) if bears_none => self.add_unit(invoice, line, None, units),
            Tally::Several if self.facts.reason.as_ref().is_some_and(|told| told.value.is_for_a_person()) => {
                self.all_units(invoice, line);
            }
            Tally::Several => {
                let part = &line.product.part_number;
                let what = format!("several units of {part} are spoken of, and it is not said how many come back");
                self.done.misfits.push(Misfit::Conflict { what });
            }
            Tally::Unsaid if bears_none => self.add_unit(invoice, line, None, 1),
            Tally::Units(units) => self.ask_for_serials(invoice, line, part, Some(units)),
            Tally::Unsaid => self.ask_for_serials(invoice, line, part, said.quantity),
        }
    }

    fn ask_for_serials(&mut self, invoice: &Invoice, line: &Line, part: Option<&Number>, quantity: Option<u32>) {
        self.done.missing.push(Detail::SerialNumber);
        let part = part.map_or_else(|| from_orders(&line.product.part_number), |part| part.told.clone());
        self.done.items.push(Item {
            invoice: Some(self.invoice_told(invoice)),
            part: Some(part),
            quantity,
            ..Item::default()
        });
    }

    fn all_units(&mut self, invoice: &'a Invoice, line: &'a Line) {
        let present = line.present_serials();
        if line.product.serialized && !present.is_empty() && line.knows_every_serial() {
            for serial in present {
                self.add_unit(invoice, line, Some(from_orders(serial)), 1);
            }
        } else if line.product.serialized && invoice.shipped_on.is_some() && line.quantity > 1 {
            self.ask_for_serials(invoice, line, None, Some(line.quantity));
        } else {
            self.add_unit(invoice, line, None, line.quantity);
        }
    }

    fn add_unit(&mut self, invoice: &Invoice, line: &Line, serial: Option<Told<String>>, quantity: u32) {
        let part = self.facts.said.parts.iter().find(|part| part.key == look_alike_key(&line.product.part_number));
        self.done.items.push(Item {
            invoice: Some(self.invoice_told(invoice)),
            part: Some(part.map_or_else(|| from_orders(&line.product.part_number), |part| part.told.clone())),
            serial: serial.clone(),
            quantity: Some(quantity),
        });
        let serial = serial.map(|told| told.value);
        self.done.units.push(Unit { invoice: invoice.clone(), line: line.clone(), serial, quantity });
    }

    /// "Three of the ten fail", and two serial numbers: one is still missing. "One of our two", and two serial numbers:
    /// nobody can tell which.
    fn note_shortfall(&mut self) {
        let told = u32::try_from(self.facts.said.serials.len()).unwrap_or(u32::MAX);
        let too_many = self.facts.said.quantity.is_some_and(|quantity| told > quantity) && self.done.units.len() > 1;
        if too_many && self.done.misfits.is_empty() {
            self.done
                .misfits
                .push(Misfit::Conflict { what: "more serial numbers than units that are said to come back".into() });
        }
        let fewer = self.counted().is_some_and(|quantity| told > 0 && told < quantity);
        if fewer && self.done.units.iter().all(|unit| unit.serial.is_some()) && self.done.units.len() == told as usize {
            self.done.missing.push(Detail::SerialNumber);
        }
    }

    /// How many units are said to come back, where all that were found are of one line.
    fn counted(&self) -> Option<u32> {
        let (first, others) = self.done.units.split_first()?;
        let is_one_line = others.iter().all(|unit| unit.line == first.line);
        let counted = match self.facts.said.tally(&first.line, false) {
            Tally::Units(units) if is_one_line => Some(units),
            _ => None,
        };
        self.facts.said.quantity.or(counted)
    }

    /// What was told, where nothing of it could be found.
    fn bare_items(&self) -> Vec<Item> {
        let said = &self.facts.said;
        let most = said.invoices.len().max(said.serials.len()).max(said.parts.len());
        let at = |list: &[Number], index: usize| {
            list.get(index).or_else(|| list.first().filter(|_| list.len() == 1)).map(|number| number.told.clone())
        };
        (0..most)
            .map(|index| Item {
                invoice: at(&said.invoices, index),
                part: at(&said.parts, index),
                serial: at(&said.serials, index),
                quantity: said.quantity,
            })
            .collect()
    }

    fn invoice_told(&self, invoice: &Invoice) -> Told<String> {
        let told = self.facts.said.invoices.iter().find(|number| {
            self.orders.invoice(&number.told.value).is_some_and(|known| known.invoice_number == invoice.invoice_number)
        });
        let evidence = told.map(|number| number.told.evidence.clone());
        Told {
            value: invoice.invoice_number.clone(),
            evidence: evidence.unwrap_or_else(|| from_orders(&invoice.invoice_number).evidence),
        }
    }
}

/// Of several invoices, the one that stands in the part's own clause; otherwise all.
fn near<'a>(part: &Number, searched: &[&'a Invoice], facts: &Facts, orders: &OwnOrders<'a>) -> Vec<&'a Invoice> {
    let beside: Vec<&'a Invoice> = facts
        .said
        .invoices
        .iter()
        .filter(|number| number.clause == part.clause)
        .filter_map(|number| orders.invoice(&number.told.value))
        .collect();
    if beside.len() == 1 && searched.len() > 1 { beside } else { searched.to_vec() }
}

fn lines_with<'a>(part: &Number, invoices: &[&'a Invoice]) -> Vec<(&'a Invoice, &'a Line)> {
    invoices
        .iter()
        .flat_map(|invoice| invoice.lines.iter().map(move |line| (*invoice, line)))
        .filter(|(_, line)| look_alike_key(&line.product.part_number) == part.key)
        .collect()
}

fn from_orders(value: &str) -> Told<String> {
    Told { value: value.to_owned(), evidence: Evidence { text: value.to_owned(), place: Place::OrderData } }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::super::reading::Reading;
    use super::*;
    use crate::mail;
    use crate::order::{Customer, PaymentMethod, Product};
    use jiff::Timestamp;
    use jiff::civil::date;

    fn line(part_number: &str, product_line: &str, quantity: u32, serials: &[&str]) -> Line {
        let product = Product {
            part_number: part_number.into(),
            title: format!("{part_number}, {}", product_line.replace('_', " ")),
            product_line: product_line.into(),
            serialized: !serials.is_empty(),
            aliases: vec![],
        };
        Line {
            line: 1,
            product,
            quantity,
            unit_price: 49.into(),
            extended_warranty_months: 0,
            serials: serials.iter().map(|serial| (*serial).into()).collect(),
            gone: vec![],
        }
    }

    /// V-1001 is of four switches, with serial numbers, and of five cables, without.
    fn order() -> Invoice {
        let serials = ["KV40000011", "KV40000012", "KV40000013", "KV40000014"];
        Invoice {
            invoice_number: "V-1001".into(),
            account_number: "A-1".into(),
            invoiced_on: date(2026, 5, 4),
            channel: "direct".into(),
            ship_to_country: "US".into(),
            payment_method: PaymentMethod::Check,
            currency: "USD".into(),
            freight: 0.into(),
            insurance: 0.into(),
            free_shipping: false,
            actual_shipping_cost: 0.into(),
            shipped_on: Some(date(2026, 5, 5)),
            delivered_on: Some(date(2026, 5, 8)),
            lines: vec![line("KV-4", "kvm_switch", 4, &serials), line("CB-6", "premium_cable", 5, &[])],
        }
    }

    /// V-1002 is of six cables alone.
    fn six_cables() -> Invoice {
        Invoice { invoice_number: "V-1002".into(), lines: vec![line("CB-6", "premium_cable", 6, &[])], ..order() }
    }

    fn resolved(order: &Invoice, text: &str) -> Resolution {
        let products: Vec<Product> = order.lines.iter().map(|line| line.product.clone()).collect();
        let serials: Vec<String> = order.lines.iter().flat_map(|line| line.serials.clone()).collect();
        let catalogue = Catalogue::new(&products, std::slice::from_ref(&order.invoice_number), &serials);
        let owner = Customer {
            account_number: order.account_number.clone(),
            name: "Ann".into(),
            company: None,
            emails: vec![],
            country: "US".into(),
        };
        let knowledge = Knowledge {
            catalogue: &catalogue,
            accounts: vec![owner],
            named_accounts: vec![],
            invoices: vec![order.clone()],
            elsewhere: Default::default(),
        };
        let raw = format!("From: ann@customer.example\r\nSubject: Return\r\n\r\n{}\r\n", text.replace('\n', "\r\n"));
        let message = mail::read(raw.as_bytes(), Timestamp::UNIX_EPOCH, &mail::Trust::default()).unwrap();
        let reading = Reading::of(&message, &catalogue);
        let mut facts = Facts::default();
        facts.learn(&reading, &[], &knowledge);
        resolve(&facts, About::Return, &knowledge)
    }

    /// V-1003 is of one switch alone.
    fn one_switch() -> Invoice {
        let lines = vec![line("KV-4", "kvm_switch", 1, &["KV40000011"])];
        Invoice { invoice_number: "V-1003".into(), lines, ..order() }
    }

    #[test]
    fn what_is_called_a_serial_number_is_the_one_given() {
        let mut faults = Vec::new();
        for (text, serial) in [
            ("V-1003: our KV-4, serial ABC-4471, has no video.", "ABC-4471"),
            ("V-1003, the S/N is 99182-31, no video. Please repair.", "99182-31"),
            ("Invoice V-1003\nSerial number: PX771200\nReason: no video", "PX771200"),
            ("V-1003: serial of the broken KV-4 is QQ-4471, no power.", "QQ-4471"),
            ("V-1003 has no video. Serial number on the sticker: 5512099.", "5512099"),
        ] {
            let done = resolved(&one_switch(), text);
            let unknown = Misfit::SerialNotOnInvoice { serial: serial.into(), invoice: "V-1003".into() };
            if done.misfits != [unknown] {
                faults.push(format!("{text} {:?}", done.misfits));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn other_numbers_put_no_serial_number_in_doubt() {
        let mut faults = Vec::new();
        for text in [
            "V-1003: KV-4 has no video, serial number unknown. Please repair.",
            "V-1003: no video. The sticker reads 99-1203 and the barcode 0088123.",
            "V-1003: KV-4 has no video, asset tag 4471-20. Call me at 1-800-20167.",
            "V-1003: no video. Serial KV40000011, serial of the monitor 77120034.",
            "V-1003: no video on our two monitors (S/N CN-0F2N3H-74261 and CN-0F2N3H-74277).",
            "V-1003: no video. I can not find the serial number, it is from 2026-05-08.",
        ] {
            let done = resolved(&one_switch(), text);
            let serials: Vec<&str> = done.units.iter().filter_map(|unit| unit.serial.as_deref()).collect();
            if !(done.misfits.is_empty() && serials == ["KV40000011"]) {
                faults.push(format!("{text} {serials:?} {:?}", done.misfits));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn units_listed_one_below_the_other_all_come_back() {
        let both = ["KV40000011", "KV40000012"];
        for text in [
            "Invoice: V-1001\nPart: KV-4\nSerial number: KV40000011\nPart: KV-4\nSerial number: KV40000012\nReason: no video\nI want: replacement",
            "Invoice: V-1001\nPart: KV-4\nSerial number: KV40000011\nReason: no video\nInvoice: V-1001\nPart: KV-4\nSerial number: KV40000012\nReason: no video\nI want a repair.",
            "Invoice: V-1001\nPart: KV-4\nSerial number: KV40000011\n\nInvoice: V-1001\nPart: KV-4\nSerial number: KV40000012\n\nProblem: no video\n",
            "Invoice: V-1001\nPart: KV-4\nSerial number: KV40000011\nSerial number: KV40000012\nReason: defective, no video\nWish: repair",
            "Invoice: V-1001\nUnit 1: KV-4, serial number KV40000011\nUnit 2: KV-4, serial number KV40000012\nBoth have no video. Please repair.",
            "Invoice: V-1001\nUnit 1: KV40000011\nUnit 2: KV40000012\nReason: dead",
            "Order V-1001, these two:\n- KV40000011\n- KV40000012\nThey do not power on.",
        ] {
            let done = resolved(&order(), text);
            let serials: Vec<&str> = done.units.iter().filter_map(|unit| unit.serial.as_deref()).collect();
            assert_eq!((serials, done.misfits), (both.to_vec(), vec![]), "{text}");
        }
    }

    #[test]
    fn what_is_said_of_one_unit_of_several_is_not_said_of_the_others() {
        for text in [
            "Order V-1001. KV40000011 stands in room 4. KV40000012 stands in room 5. It has no video.",
            "Order V-1001\nSerial number: KV40000011\nReason: no video\nSerial number: KV40000012\nReason: not needed",
            "Order V-1001\nUnit 1: KV40000011\nUnit 2: KV40000012 has no video\nReason: see above",
        ] {
            assert_ne!(resolved(&order(), text).misfits, vec![], "{text}");
        }
    }

    #[test]
    fn a_number_beside_a_part_counts_its_units() {
        let mut faults = Vec::new();
        for (text, units) in [
            ("I return four CB-6 cables of V-1001, unused.", 4),
            ("Please refund: return 2 CB-6 cables from invoice V-1001.", 2),
            ("Return of V-1001: CB-6 cables, 2 pieces, not needed", 2),
            ("Invoice: V-1001\nPart: CB-6\nQuantity: 2\nReason: not needed", 2),
            ("Invoice: V-1001\nQty: 3\nPart number: CB-6\nReason: surplus", 3),
            ("I would like to send back 3x CB-6 (invoice V-1001).", 3),
            ("From V-1001 we return CB-6 x 4, still sealed.", 4),
            ("Order V-1001: two unopened cables CB-6 are not needed.", 2),
            ("V-1001, CB-6 (2 pcs), not needed, refund please", 2),
            ("We have to return 3 units of CB-6, order V-1001.", 3),
            ("Please take back three cables of V-1001, unused.", 3),
            ("Invoice V-1001\nPart | Qty | Reason\nCB-6 | 2 | surplus", 2),
            ("Order V-1001: we bought five CB-6 cables. Two of them are not needed.", 2),
            ("V-1001: CB-6, bought 15 days ago on May 4, for HDMI 2.0 at 4K on a 2-port switch, not needed.", 1),
            ("Refund for V-1001 please, $3 CB-6 cable, not needed, page 2.", 1),
            ("We received 5 CB-6 cables on V-1001 and do not need one.", 1),
            ("Invoice V-1001, line 2 CB-6, is not needed. Room 4, phone 555-0199.", 1),
            ("Return all the CB-6 of V-1001, not needed.", 5),
        ] {
            let done = resolved(&order(), text);
            let found: Vec<u32> = done.units.iter().map(|unit| unit.quantity).collect();
            if (&found, &done.misfits) != (&vec![units], &vec![]) {
                faults.push(format!("{text} {found:?} {:?}", done.misfits));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn a_number_is_understood_in_whatever_words_it_is_put() {
        let mut faults = Vec::new();
        for (text, units) in [
            ("We do not need 2 of the CB-6 cables of invoice V-1002, refund please.", 2),
            ("We don't need three of the CB-6 on V-1002.", 3),
            ("Half a dozen of the CB-6 cables on V-1002 are not needed.", 6),
            ("Please refund a pair of CB-6 cables, order V-1002, unused.", 2),
            ("A couple of the CB-6 of V-1002 are dead.", 2),
            ("Both CB-6 cables of V-1002 are dead on arrival.", 2),
            ("I ordered 6 CB-6 on V-1002 and need only 4. Refund for the rest please.", 2),
            ("We bought six CB-6 (V-1002), will keep five and return the other one.", 1),
            ("From V-1002 we keep 2 CB-6. Please refund the remaining cables.", 4),
            ("Of the six CB-6 on V-1002 only three are needed. The rest should go back.", 3),
            ("We received 4 CB-6 that we do not need, order V-1002.", 4),
            ("There are 3 CB-6 from V-1002 which have never been opened, refund please.", 3),
            ("We have 5 CB-6 of V-1002; two are dead.", 2),
            ("V-1002: we have six CB-6. Three of them do not work.", 3),
            ("V-1002, CB-6. Two are surplus, please credit us.", 2),
            ("Order V-1002: all of the CB-6 cables are unused, refund please.", 6),
            ("Order V-1002: the CB-6 cable is dead.", 1),
            ("My CB-6 of V-1002 is dead. It has two ends, one is loose.", 1),
            ("My CB-6 of V-1002 flickers on two monitors; both are black.", 1),
            ("V-1002: we ordered a dozen CB-6, and got six. One is dead.", 1),
            (
                "Under V-1002 we have received six nos. CB-6. Now three nos. are giving blue screen. Three nos. are ok.",
                3,
            ),
            ("V-1002: please take back all but one of the CB-6, we do not need them.", 5),
            ("V-1002 - we return every CB-6, not needed.", 6),
            ("I ordered 6 CB-6 on V-1002 by mistake, I only wanted 1.", 5),
            ("We got 6 CB-6 with V-1002, but we only needed 2, so please take the others back.", 4),
            ("Of the 6 CB-6 on V-1002 we opened 1. The other 5 are still sealed and can go back.", 5),
            ("V-1002: 3 of my CB-6 cables no longer work, the other three do.", 3),
            ("Four CB-6 too many on V-1002, please credit us.", 4),
            ("All six CB-6 of V-1002 are surplus. Four of the six bags are still sealed.", 6),
        ] {
            let done = resolved(&six_cables(), text);
            let found: Vec<u32> = done.units.iter().map(|unit| unit.quantity).collect();
            if (&found, &done.misfits) != (&vec![units], &vec![]) {
                faults.push(format!("{text} {found:?} {:?}", done.misfits));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn several_units_without_a_number_are_not_taken_for_one() {
        let mut faults = Vec::new();
        for text in [
            "The CB-6 cables of V-1002 are not needed, refund please.",
            "Please refund the CB-6 of V-1002. They are unused.",
            "We bought 6 CB-6 on V-1002. Refund for the rest please, not needed.",
            "Several of the CB-6 on V-1002 are dead.",
            "These cables (CB-6, V-1002) do not work.",
            "The cables of V-1002 are not needed.",
            "I have 5 CB-6 from order V-1002, some of them flicker.",
            "We return 3 CB-6 of V-1002; 2 CB-6 come back as well.",
            "We return 2 CB-6 of V-1002. All units are unused.",
            "Half of the CB-6 cables on V-1002 are surplus.",
        ] {
            let done = resolved(&six_cables(), text);
            if !(done.units.is_empty() && matches!(done.misfits[..], [Misfit::Conflict { .. }])) {
                let found: Vec<u32> = done.units.iter().map(|unit| unit.quantity).collect();
                faults.push(format!("{text} {found:?} {:?}", done.misfits));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn as_many_serial_numbers_are_asked_for_as_units_come_back() {
        for (text, quantity) in [
            ("We do not need 2 KV-4 of V-1001.", Some(2)),
            ("Please refund two KV-4 switches, order V-1001, unused.", Some(2)),
            ("V-1001: three KV-4 are dead.", Some(3)),
            ("A couple of KV-4 on V-1001 do not power on.", Some(2)),
            ("V-1001: KV-4, no power.", None),
        ] {
            let done = resolved(&order(), text);
            let asked: Vec<Option<u32>> = done.items.iter().map(|item| item.quantity).collect();
            assert_eq!((asked, done.missing), (vec![quantity], vec![Detail::SerialNumber]), "{text}");
        }
        let done = resolved(&order(), "We do not need 2 KV-4 of V-1001. One is KV40000011.");
        assert_eq!(done.missing, vec![Detail::SerialNumber]);
        let done = resolved(&order(), "Our 4 KV-4 of V-1001 are in the rack. KV40000011 has no video.");
        assert_eq!((done.missing, done.units.len()), (vec![], 1));
    }

    #[test]
    fn more_than_was_bought_and_two_numbers_for_one_part_are_held() {
        let mut faults = Vec::new();
        for text in [
            "Please refund 7 CB-6 of V-1001, not needed.",
            "Invoice: V-1001\nPart: CB-6\nQuantity: 12",
            "I return six cables of V-1001.",
            "Order V-1001: return all eight CB-6.",
            "I return 2 CB-6 of V-1001. Please refund the 3 CB-6.",
        ] {
            let done = resolved(&order(), text);
            if !(done.units.is_empty() && matches!(done.misfits[..], [Misfit::Conflict { .. }])) {
                let found: Vec<u32> = done.units.iter().map(|unit| unit.quantity).collect();
                faults.push(format!("{text} {found:?} {:?}", done.misfits));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
