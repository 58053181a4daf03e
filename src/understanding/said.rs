//! From candidates to what was said: which tokens are invoice, serial, part and account numbers.
//!
//! A token is a number of ours if the sender's own orders know it. What they do not know counts only where the
//! customer calls it so, or where it has the shape of the vendor's numbers; that test is the same for a number that
//! exists at somebody else's and for one that does not exist at all.

use super::chosen::{Choice, choice};
use super::claim::{About, Evidence, Facts, Number, Place, Said, Told};
use super::counted::{counts, plurals};
use super::either::without_corrected;
use super::knowledge::{Knowledge, OwnOrders};
use super::lexicon::LEXICON;
use super::meant::{is_all_right, is_excepted, is_settled, muddled, unclear};
use super::numbers::{Candidate, Label};
use super::reading::{Reading, Section};
use super::resolved::Detail;
use super::text::Clause;
use super::unknown::{is_called_serial, unknown_kind};
use super::wished::{exchange, is_wished_for};
use crate::mail::names_web_address;
use crate::order::look_alike_key;

impl Facts {
    /// Takes in what a message says: newest over oldest, one kind of detail at a time. Tells whether it brought
    /// anything new. `asked` is what the message may be an answer to: a number then needs no name.
    pub fn learn(&mut self, reading: &Reading, asked: &[Detail], knowledge: &Knowledge<'_>) -> bool {
        let before = self.gist();
        let news = said(reading, asked, self.said.account.as_ref(), knowledge);
        let names_serials = !news.serials.is_empty();
        let said = &mut self.said;
        renew(&mut said.invoices, news.invoices, reading.is_addition);
        renew(&mut said.serials, news.serials, reading.is_addition);
        renew(&mut said.parts, news.parts, reading.is_addition);
        said.account = news.account.or(said.account.take());
        said.quantity = reading.quantity.or(said.quantity);
        said.renew_counts(counts(&reading.sections), plurals(&reading.sections), reading.is_addition);
        said.every_unit = reading.every_unit.or(said.every_unit);
        said.whole_order |= reading.whole_order;
        said.cable |= reading.is_about_a_cable;
        if names_serials || news.unclear.is_some() {
            said.unclear = news.unclear;
        }
        said.descriptions.insert(0, reading.description());
        said.descriptions.truncate(3);
        self.learn_meaning(reading);
        self.gist() != before
    }

    fn learn_meaning(&mut self, reading: &Reading) {
        if self.reason.is_none() || !reading.reason_is_weak {
            self.reason = reading.reason.clone().or(self.reason.take());
        }
        let wanted = reading.wanted.clone().or_else(|| exchange(reading));
        self.wanted = wanted.or(self.wanted.take());
        for signal in &reading.signals {
            if !self.signals.iter().any(|known| known.value == signal.value) {
                self.signals.push(signal.clone());
            }
        }
    }

    /// Everything that answers a question, without the words it was read from.
    fn gist(&self) -> Vec<String> {
        let said = &self.said;
        let numbers = said
            .invoices
            .iter()
            .chain(&said.serials)
            .chain(&said.parts)
            .chain(&said.account)
            .map(|number| number.key.clone());
        let meaning = [
            format!("{:?}", self.reason.as_ref().map(|told| told.value)),
            format!("{:?}", self.wanted.as_ref().map(|told| told.value)),
            format!("{:?} {:?} {:?} {}", said.quantity, said.counts, said.every_unit, said.whole_order),
        ];
        numbers.chain(meaning).collect()
    }
}

fn renew(known: &mut Vec<Number>, news: Vec<Number>, is_addition: bool) {
    if news.is_empty() {
        return;
    }
    if !is_addition {
        known.clear();
    }
    for number in news {
        if !known.iter().any(|old| old.key == number.key) {
            known.push(number);
        }
    }
}

/// The numbers of one message, from the most trusted place that holds each kind.
fn said(reading: &Reading, asked: &[Detail], known_account: Option<&Number>, knowledge: &Knowledge<'_>) -> Said {
    // an account number opens orders: it counts where the sender states it, not where somebody else did whom they forward
    let own = reading.sections.iter().enumerate().filter(|(_, section)| section.place.is_stated());
    let account = own.filter_map(|(index, section)| account(index, section, knowledge)).next();
    let may_be_named = asked.contains(&Detail::Account);
    let account = account.or_else(|| if may_be_named { proven_account(reading, knowledge) } else { None });
    let named = account.as_ref().or(known_account).map(|number| number.key.clone());
    let orders = knowledge.own_orders(named.as_deref());
    let mut said = Said { account, ..Said::default() };
    for (index, section) in reading.sections.iter().enumerate() {
        let found = numbers_of(index, section, asked, &orders, knowledge);
        take_first(&mut said.invoices, found.invoices);
        take_first(&mut said.serials, found.serials);
        take_first(&mut said.parts, found.parts);
        said.unclear = said.unclear.or(found.unclear);
    }
    said.unclear = said.unclear.or_else(|| reading.doubt.map(str::to_owned));
    if reading.about == About::Cancel {
        said.invoices = named_with_the_wish(said.invoices, reading);
    }
    said
}

fn take_first(known: &mut Vec<Number>, found: Vec<Number>) {
    if known.is_empty() {
        *known = found;
    }
}

/// Every number of one text, sorted by kind.
fn numbers_of(
    index: usize,
    section: &Section,
    asked: &[Detail],
    orders: &OwnOrders<'_>,
    knowledge: &Knowledge<'_>,
) -> Said {
    let mut said = Said::default();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let kinds: Vec<(Kind, &Candidate)> = section
        .candidates
        .iter()
        .filter_map(|candidate| Some((own_kind(candidate, asked, orders)?, candidate)))
        .collect();
    for (kind, candidate) in kinds {
        if free(&taken, candidate.start, candidate.end) {
            taken.push((candidate.start, candidate.end));
            said.add(kind, number(index, section, candidate));
        }
    }
    for mention in &section.parts {
        let others =
            !said.serials.is_empty() || section.parts.iter().any(|part| part.part_number != mention.part_number);
        if !(others && is_wished_for(mention, section)) && free(&taken, mention.start, mention.end) {
            taken.push((mention.start, mention.end));
            said.parts.push(Number {
                told: Told {
                    value: mention.part_number.clone(),
                    evidence: evidence(section, mention.start, &mention.text),
                },
                key: look_alike_key(&mention.part_number),
                clause: clause_at(index, section, mention.start),
            });
        }
    }
    let whole = !section.candidates.iter().any(|candidate| {
        unknown_kind(candidate, knowledge) == Some(Kind::Serial) && free(&taken, candidate.start, candidate.end)
    });
    said.drop_what_stays(index, section, whole);
    said.add_unknown(index, section, &mut taken, knowledge);
    said
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Invoice,
    Serial,
    Part,
}

/// What a candidate is to the sender's own orders. A number of digits alone that is called something else ("ticket
/// 20013") is not ours, and a dropped prefix needs the right name.
fn own_kind(candidate: &Candidate, asked: &[Detail], orders: &OwnOrders<'_>) -> Option<Kind> {
    let digits_only = candidate.text.chars().all(|c| !c.is_alphabetic());
    let called = if candidate.label == Some(Label::Printed) { Some(Label::Serial) } else { candidate.label };
    let fits = |label: Label| !digits_only || called == Some(label) || (called.is_none() && candidate.key.len() >= 5);
    if fits(Label::Serial) && orders.serial(&candidate.text).is_some() {
        return Some(Kind::Serial);
    }
    if fits(Label::Invoice) && orders.invoice(&candidate.text).is_some() {
        return Some(Kind::Invoice);
    }
    let answers = |detail: Detail| candidate.label.is_none() && asked.contains(&detail);
    if answers(Detail::InvoiceNumber) && orders.bare_invoice(&candidate.text).is_some() {
        return Some(Kind::Invoice);
    }
    if answers(Detail::SerialNumber) && orders.bare_serial(&candidate.text).is_some() {
        return Some(Kind::Serial);
    }
    match called? {
        Label::Serial => orders.bare_serial(&candidate.text).map(|_| Kind::Serial),
        Label::Invoice => orders.bare_invoice(&candidate.text).map(|_| Kind::Invoice),
        Label::Printed | Label::Part | Label::Account | Label::Foreign => None,
    }
}

impl Said {
    fn add(&mut self, kind: Kind, number: Number) {
        let list = match kind {
            Kind::Invoice => &mut self.invoices,
            Kind::Serial => &mut self.serials,
            Kind::Part => &mut self.parts,
        };
        if !list.iter().any(|known| known.key == number.key) {
            list.push(number);
        }
    }

    /// Of the units named, those that come back remain: those picked out, or else those that are not said to be fine.
    fn drop_what_stays(&mut self, index: usize, section: &Section, whole: bool) {
        self.serials = without_corrected(&self.serials, section);
        self.invoices = without_corrected(&self.invoices, section);
        self.unclear = muddled(&self.serials, index, section);
        match choice(&self.serials, section, whole) {
            Choice::These(chosen) => {
                let mut place = 0..;
                self.serials.retain(|_| place.next().is_some_and(|place| chosen.contains(&place)));
            }
            Choice::Unclear(why) => self.unclear = Some(why.to_owned()),
            Choice::NotMade => {
                self.unclear = self.unclear.take().or_else(|| unclear(&self.serials, index, section));
                self.drop_what_is_all_right(index, section);
            }
        }
    }

    /// "SN 7 works fine, SN 8 is dead": what is all right, or was settled before, does not come back, as long as something
    /// else does. Of several units that are all said to be fine, none is known to come back.
    fn drop_what_is_all_right(&mut self, index: usize, section: &Section) {
        let several = self.serials.len() > 1;
        for list in [&mut self.serials, &mut self.parts] {
            let clause = |number: &Number| clause_of(index, section, number.clause);
            let comes_back: Vec<Number> = list
                .iter()
                .filter(|number| {
                    !is_all_right(number, index, section)
                        && !is_settled(clause(number))
                        && !is_excepted(section, number)
                })
                .cloned()
                .collect();
            if !comes_back.is_empty() {
                *list = comes_back;
            }
        }
        let stays = |number: &Number| is_all_right(number, index, section);
        let excepted = |number: &Number| is_excepted(section, number);
        if (several && self.serials.iter().all(stays)) || (!several && self.serials.iter().all(excepted)) {
            self.serials.clear();
        }
    }

    /// Numbers that no order of the sender's knows.
    fn add_unknown(
        &mut self,
        index: usize,
        section: &Section,
        taken: &mut Vec<(usize, usize)>,
        knowledge: &Knowledge<'_>,
    ) {
        let (knows_invoice, knows_part) = (!self.invoices.is_empty(), !self.parts.is_empty());
        for candidate in &section.candidates {
            let Some(kind) = unknown_kind(candidate, knowledge) else { continue };
            let superfluous = (kind == Kind::Invoice && knows_invoice) || (kind == Kind::Part && knows_part);
            if !superfluous && free(taken, candidate.start, candidate.end) {
                taken.push((candidate.start, candidate.end));
                self.add(kind, number(index, section, candidate));
            }
        }
        if self.serials.is_empty() {
            self.add_called_serials(index, section, taken, knowledge);
        }
    }

    /// What the customer calls a serial number is the one given, whatever it looks like: a unit is not put in its place
    /// because the order has no other.
    fn add_called_serials(
        &mut self,
        index: usize,
        section: &Section,
        taken: &mut Vec<(usize, usize)>,
        knowledge: &Knowledge<'_>,
    ) {
        for candidate in section.candidates.iter().filter(|candidate| is_called_serial(candidate, section, knowledge)) {
            if free(taken, candidate.start, candidate.end) {
                taken.push((candidate.start, candidate.end));
                self.add(Kind::Serial, number(index, section, candidate));
            }
        }
    }
}

/// The account number that the customer states. Only the sender's own accounts are preferred: which other number
/// exists must make no difference.
fn account(index: usize, section: &Section, knowledge: &Knowledge<'_>) -> Option<Number> {
    let is_own = |candidate: &&Candidate| {
        knowledge.accounts.iter().any(|account| look_alike_key(&account.account_number) == candidate.key)
    };
    let called = |candidate: &&Candidate| {
        candidate.label == Some(Label::Account)
            && candidate.text.chars().filter(char::is_ascii_digit).count() >= 3
            && !names_web_address(&candidate.text)
    };
    let spaces = |candidate: &&Candidate| candidate.text.chars().filter(|c| c.is_whitespace()).count();
    let stated = section.candidates.iter().filter(called);
    let first = stated.clone().find(is_own).or_else(|| stated.min_by_key(spaces))?;
    Some(number(index, section, first))
}

/// An answer to our questions holds no more numbers without a name than this.
const MOST_UNNAMED: usize = 8;

/// An account number that is not called one ("88-1034, Mesa Verde Dispatch", below our question for it) counts where an
/// order of that account is named with it: the order proves it. A list of numbers to be tried proves nothing.
fn proven_account(reading: &Reading, knowledge: &Knowledge<'_>) -> Option<Number> {
    let tokens = || reading.sections.iter().flat_map(|section| &section.candidates);
    let unnamed = tokens().filter(|token| token.label.is_none() && !token.text.contains(char::is_whitespace)).count();
    if unnamed > MOST_UNNAMED {
        return None;
    }
    let proven = |key: &str| {
        let orders = knowledge.own_orders(Some(key));
        let named = |text: &str| orders.invoice(text).is_some() || orders.serial(text).is_some();
        tokens().any(|token| token.key.len() >= 5 && named(&token.text))
    };
    let is_own = |key: &str| knowledge.accounts.iter().any(|own| look_alike_key(&own.account_number) == key);
    let keys = knowledge.named_accounts.iter().map(|account| look_alike_key(&account.account_number));
    let key = keys.filter(|key| !is_own(key) && tokens().any(|token| token.key == *key)).find(|key| proven(key))?;
    reading.sections.iter().enumerate().find_map(|(index, section)| {
        let token = section.candidates.iter().find(|token| token.key == key)?;
        Some(number(index, section, token))
    })
}

/// "Cancel 4711, it duplicates 4712": of several orders, those named in the clause that asks for it.
fn named_with_the_wish(invoices: Vec<Number>, reading: &Reading) -> Vec<Number> {
    let asks = |clause: &Clause| {
        LEXICON.wish("cancel").find_in(&clause.words).is_some()
            || LEXICON.wish("refuse_delivery").find_in(&clause.words).is_some()
    };
    let meant: Vec<Number> = invoices
        .iter()
        .filter(|number| {
            reading
                .sections
                .iter()
                .enumerate()
                .any(|(index, section)| clause_of(index, section, number.clause).is_some_and(asks))
        })
        .cloned()
        .collect();
    if meant.is_empty() { invoices } else { meant }
}

fn free(taken: &[(usize, usize)], start: usize, end: usize) -> bool {
    taken.iter().all(|(from, to)| end <= *from || *to <= start)
}

fn number(index: usize, section: &Section, candidate: &Candidate) -> Number {
    Number {
        told: Told { value: candidate.text.clone(), evidence: evidence(section, candidate.start, &candidate.text) },
        key: candidate.key.clone(),
        clause: clause_at(index, section, candidate.start),
    }
}

/// The clause a number stands in, shortened to the words around it.
fn evidence(section: &Section, at: usize, written: &str) -> Evidence {
    let clause = section.clauses.iter().find(|clause| clause.span.contains(&at));
    let text = clause
        .map(|clause| clause.written.chars().take(120).collect::<String>())
        .filter(|text| text.contains(written))
        .unwrap_or_else(|| written.to_owned());
    Evidence { text, place: section.place.clone() }
}

/// Clauses are counted over all texts of a message: so many are set aside for each.
const CLAUSES_A_SECTION: usize = 100_000;

fn clause_at(index: usize, section: &Section, at: usize) -> usize {
    index * CLAUSES_A_SECTION + section.clauses.iter().position(|clause| clause.span.contains(&at)).unwrap_or_default()
}

pub(super) fn clause_of(index: usize, section: &Section, clause: usize) -> Option<&Clause> {
    (clause / CLAUSES_A_SECTION == index).then(|| section.clauses.get(clause % CLAUSES_A_SECTION)).flatten()
}

impl Place {
    /// What the sender wrote or attached, not what others wrote.
    fn is_stated(&self) -> bool {
        matches!(self, Place::Body | Place::Subject | Place::Attachment(_))
    }

    /// The sender's own words, not an attachment, a quotation or the order data.
    pub fn is_own(&self) -> bool {
        matches!(self, Place::Body | Place::Subject | Place::Forwarded)
    }
}
