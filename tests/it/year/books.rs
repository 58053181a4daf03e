//! The end of the year: everything that was recorded is read once more, and must agree with everything else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use rmad::case::ledger::LedgerEntry;
use rmad::case::{Case, Event, Rma};
use rmad::policy::OutcomeKind;
use sqlx::Row;

use super::world::{PRODUCTS, World, YEAR};
use super::{CASES, SEED, Year, is_civil};

/// One case, and everything that belongs to it.
pub struct Told {
    pub case: Case,
    pub events: Vec<Event>,
    pub letters: Vec<Letter>,
}

/// A message that we wrote.
pub struct Letter {
    pub template: String,
    pub occasion: Option<String>,
    pub recipient: String,
    pub text: String,
    pub recorded_at: Timestamp,
    /// The mail server took it.
    pub is_accepted: bool,
}

/// What is wrong, and with which case.
pub type Faults = Vec<(String, String)>;

const MOST_TOLD: usize = 5;
/// What has to happen in a year, and how often at least.
const HAPPENS: [(&str, usize); 22] = [
    ("An RMA was issued", 1_000),
    ("Details were asked for", 300),
    ("The request was declined", 200),
    ("The cancellation was accepted", 50),
    ("Held for review", 400),
    ("The state of the RMA was told", 200),
    ("Released", 500),
    ("Received", 1_000),
    ("Inspected", 1_000),
    ("Refund made", 300),
    ("Credit given", 50),
    ("Replacement shipped", 300),
    ("Replacement shipped in advance", 80),
    ("Repaired", 100),
    ("Turned away", 30),
    ("Called off", 5),
    ("More time", 10),
    ("A reminder was written", 1_000),
    (" expired: ", 100),
    ("The charge stands", 10),
    ("The case was closed", 10),
    ("The mail server refused", 30),
];

impl Told {
    /// Every RMA of the case, the present one last.
    pub fn rmas(&self) -> impl Iterator<Item = &Rma> {
        self.case.earlier_rmas.iter().chain(&self.case.rma)
    }
}

impl Year {
    /// Looks through the books; whatever is wrong is told with the story of its case.
    pub async fn close(&self) {
        let told = self.everything().await;
        let calendar = self.calendar();
        let mut faults = Faults::new();
        for one in &told {
            let number = &one.case.number;
            let mut found = |fault: String| faults.push((number.clone(), fault));
            super::trails::follows(one, calendar, &mut found);
            super::reminders::reminded(one, calendar, &mut found);
            super::reminders::not_forgotten(one, calendar, self.today(), &mut found);
            super::money::balances(one, &self.world, &mut found);
            let named =
                self.stories.get(number).and_then(|story| self.world.wrong_invoice(&self.world.stories[*story]));
            names_no_one_elses_order(one, &self.world, named, &mut found);
        }
        faults.extend(numbers_are_given_once(&told, &self.house.desk.rma_format));
        faults.extend(super::money::orders_balance(&told, &self.world));
        for one in &told {
            self.ledgers_agree(one, &mut faults).await;
        }
        if !faults.is_empty() {
            panic!("{}", self.told_of(&faults).await);
        }
        much_has_happened(&told, self.wrong_steps);
        self.digests_are_daily().await;
        self.everything_is_settled(&told).await;
    }

    async fn everything(&self) -> Vec<Told> {
        let mut events: HashMap<String, Vec<Event>> = HashMap::new();
        let mut after = 0;
        loop {
            let page = self.house.store.case_events(after, 5_000).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.id;
            for one in page {
                events.entry(one.case_number).or_default().push(one.event);
            }
        }
        let mut letters = self.letters().await;
        let cases = self.house.store.recent_cases(100_000).await.unwrap();
        let told = |case: Case| Told {
            events: events.remove(&case.number).unwrap_or_default(),
            letters: letters.remove(&case.number).unwrap_or_default(),
            case,
        };
        cases.into_iter().map(told).collect()
    }

    /// By case, in the order in which they were written; without the bytes.
    async fn letters(&self) -> HashMap<String, Vec<Letter>> {
        let sql = "SELECT case_number, template, occasion, recipient, text, recorded_at, state FROM outbox
                   WHERE case_number IS NOT NULL ORDER BY id";
        let mut letters: HashMap<String, Vec<Letter>> = HashMap::new();
        for row in sqlx::query(sql).fetch_all(&self.database).await.unwrap() {
            letters.entry(row.get(0)).or_default().push(Letter {
                template: row.get(1),
                occasion: row.get(2),
                recipient: row.get(3),
                text: row.get(4),
                recorded_at: Timestamp::from_microsecond(row.get(5)).unwrap(),
                is_accepted: row.get::<String, _>(6) == "accepted",
            });
        }
        letters
    }

    /// Staff were told once on each business day, in its hours.
    async fn digests_are_daily(&self) {
        let sql = "SELECT recorded_at FROM outbox WHERE template = 'staff_digest' ORDER BY id";
        let written: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&self.database).await.unwrap();
        let written = written.into_iter().map(|at| Timestamp::from_microsecond(at).unwrap());
        let days = date(YEAR, 1, 1).series(1.day()).take_while(|day| day.year() == YEAR);
        let mornings = days.map(|day| day.at(9, 0, 0, 0).to_zoned(self.zone.clone()).unwrap());
        let openings: Vec<Timestamp> = mornings.filter(is_civil).map(|morning| morning.timestamp()).collect();
        assert_eq!(written.collect::<Vec<_>>(), openings);
    }

    async fn told_of<'f>(&self, faults: &'f Faults) -> String {
        let kind = |fault: &'f str| fault.split_once(':').map_or(fault, |(kind, _)| kind);
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, fault) in faults {
            *kinds.entry(kind(fault)).or_default() += 1;
        }
        let mut words = format!("seed {SEED}: {} faults {kinds:#?}\n", faults.len());
        let mut shown: BTreeSet<&str> = BTreeSet::new();
        for (number, fault) in faults {
            if shown.len() < MOST_TOLD && shown.insert(kind(fault)) {
                words.push_str(&format!("\n{fault}\n{}", self.story(number).await));
            }
        }
        words
    }

    /// A case as a person can follow it.
    pub async fn story(&self, number: &str) -> String {
        let Some(case) = self.house.store.case(number).await.unwrap() else { return format!("no case {number}") };
        let mut words = format!("seed {SEED}, {number}, {:?}, flags {:?}\n", case.state, case.flags);
        for event in self.house.store.events_of_case(number).await.unwrap() {
            let at = event.at.to_zoned(self.zone.clone());
            let on = event.detail.get("on").map(|on| format!(" (on {on})")).unwrap_or_default();
            let at = at.strftime("%a %Y-%m-%d %H:%M");
            words.push_str(&format!("  {at} {:<5} {:?}: {}{on}\n", event.actor, event.state, event.what));
        }
        for rma in case.earlier_rmas.iter().chain(&case.rma) {
            words.push_str(&format!("  {rma:#?}\n"));
        }
        words
    }

    /// A unit that is expected while its parcel may come, or that is here, is in one RMA; of those that bear no serial
    /// number no more are on their way than were sold.
    pub async fn no_unit_is_in_two_open_rmas(&self, day: Date) {
        let sql = "SELECT invoice_number, line, serial_number, SUM(quantity), GROUP_CONCAT(rma_number)
                   FROM rma_units u JOIN rmas r ON r.number = u.rma_number
                   WHERE stage IN ('received', 'inspected') OR stage = 'expected' AND expires_on >= $1
                   GROUP BY invoice_number, line, serial_number HAVING SUM(quantity) > 1";
        for row in sqlx::query(sql).bind(day.to_string()).fetch_all(&self.database).await.unwrap() {
            let (invoice, line, serial): (String, i64, Option<String>) = (row.get(0), row.get(1), row.get(2));
            let (quantity, numbers): (i64, String) = (row.get(3), row.get(4));
            let line = &self.world.order(&invoice).lines[usize::try_from(line).unwrap() - 1];
            let part = line.product.part;
            if serial.is_some() || quantity > i64::from(line.quantity) {
                let mut stories = String::new();
                for number in numbers.split(',') {
                    let case = self.house.desk.case_named(number).await.unwrap();
                    stories.push_str(&self.story(&case.number).await);
                }
                panic!("on {day} {serial:?} {quantity} x {part} of {invoice} is in {numbers}, seed {SEED}\n{stories}");
            }
        }
    }

    /// The ledger of each unit is in order, and tells what its RMA tells.
    async fn ledgers_agree(&self, told: &Told, faults: &mut Faults) {
        for rma in told.rmas() {
            for unit in &rma.units {
                let Some(serial) = &unit.serial_number else { continue };
                let ledger: Vec<LedgerEntry> = self.house.store.unit_ledger(serial).await.unwrap();
                if let Err(fault) = super::trails::agrees(rma, unit, &ledger) {
                    faults.push((
                        told.case.number.clone(),
                        format!("a ledger is wrong: that of {serial} {fault}\n{ledger:#?}"),
                    ));
                }
            }
        }
    }

    /// Every message has come to something, N of N, and there were as many cases as there should be.
    async fn everything_is_settled(&self, told: &[Told]) {
        let counts = self.house.store.ledger_counts(self.house.clock.now()).await.unwrap();
        assert_eq!((counts.kept, counts.waiting, counts.quarantined), (counts.settled, 0, 0));
        assert_eq!(counts.kept, self.last_uid);
        let ignored = self.house.store.messages_with(Some(OutcomeKind::Ignored), None, 9_999).await.unwrap();
        assert!(ignored.iter().all(|entry| entry.case_number.is_none()));
        assert!(told.len() >= CASES, "{} cases", told.len());
    }
}

/// A year in which nothing happens proves nothing.
fn much_has_happened(told: &[Told], wrong_steps: u32) {
    let told_of =
        |words: &str| told.iter().flat_map(|one| &one.events).filter(|event| event.what.contains(words)).count();
    for (words, least) in HAPPENS {
        assert!(told_of(words) >= least, "{words:?} happens {} times", told_of(words));
    }
    assert!(wrong_steps >= 200, "{wrong_steps} wrong steps");
}

/// No RMA number twice, and each with the right check digit.
fn numbers_are_given_once(told: &[Told], format: &rmad::case::rma_number::RmaFormat) -> Faults {
    let mut seen = BTreeSet::new();
    let mut faults = Faults::new();
    for one in told {
        for rma in one.rmas() {
            if !seen.insert(&rma.number) {
                faults.push((one.case.number.clone(), format!("an RMA number is given twice: {}", rma.number)));
            }
            if format.check(&rma.number) != rmad::case::rma_number::Checked::Valid(rma.number.clone()) {
                faults.push((one.case.number.clone(), format!("a check digit is wrong: {}", rma.number)));
            }
        }
    }
    faults
}

/// An order's number is told to its customer alone, or to who has `named` it; strangers are told nothing of any order.
fn names_no_one_elses_order(told: &Told, world: &World, named: Option<&str>, found: &mut impl FnMut(String)) {
    for letter in told.letters.iter().filter(|letter| !letter.template.starts_with("staff")) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
        for word in letter.text.split(|c| !is_word(c)).filter(|word| Some(*word) != named) {
            let Some(order) = world.orders.iter().find(|order| order.invoice == word) else { continue };
            if world.customers[order.customer].address != letter.recipient {
                found(format!("an order is told to somebody else: {word} to {}\n{}", letter.recipient, letter.text));
            }
        }
        let is_stranger = !world.customers.iter().any(|customer| customer.address == letter.recipient);
        let tells = |fact: &str| letter.text.contains(fact);
        let facts = PRODUCTS.iter().flat_map(|product| [Some(product.part), Some(product.title), product.serials]);
        if is_stranger && (world.customers.iter().any(|who| tells(&who.name)) || facts.flatten().any(tells)) {
            found(format!("a stranger is told a fact: {}", letter.text));
        }
    }
}
