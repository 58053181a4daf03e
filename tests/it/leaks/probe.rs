//! Probes: who writes, in which words, which numbers, and how the numbers are spelt.

use std::path::Path;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use mail_parser::MessageParser;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;
use regex::Regex;
use rmad::case::rma_number::{RmaFormat, case_number};
use rmad::daemon;
use rmad::outbox::{Delivery, Outgoing};
use rmad::store::{Sending, Waiting};
use tokio::runtime::Runtime;

use super::orders::Orders;
use crate::house::{self, Database};

/// The same words with numbers of others' and with invented ones.
#[derive(Debug, Clone)]
pub struct Probe {
    from: String,
    subject: String,
    text: String,
    /// Another header field, or nothing.
    field: String,
    pub real: Numbers,
    pub invented: Numbers,
}

/// What stands in the place of `{invoice}` and the rest.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    invoice: String,
    serial: String,
    account: String,
    case: String,
    rma: String,
    message_id: String,
}

/// The desk of a corpus's vendor, in which one customer has an RMA.
pub struct House {
    house: house::House,
    runtime: Runtime,
    pub orders: Orders,
    /// Of the customer's case, with the customer's account.
    pub known: Numbers,
    letters: u32,
}

impl House {
    pub fn open(corpus: &Path) -> House {
        let runtime = Runtime::new().unwrap();
        let house = runtime.block_on(house::House::of(corpus, Database::sqlite(), |_| ()));
        let orders = Orders::of(corpus, &house.desk.free_mail);
        let mut house = House { house, runtime, orders, known: Numbers::default(), letters: 0 };
        house.known = house.customers_case();
        house
    }

    /// A customer asks, and gets an RMA.
    fn customers_case(&mut self) -> Numbers {
        let orders = self.orders.clone();
        let asked = orders.units.iter().rev().find_map(|unit| {
            let address = orders.customers.iter().find(|(account, _)| *account == unit.account)?.1.first()?;
            let text = format!("It is defective. Please send an RMA. Serial number: {}", unit.serial);
            let raw = self.letter(address, "A dead unit", &text, "");
            let id = self.runtime.block_on(self.house.take_in(raw));
            let rma = self.runtime.block_on(self.house.decision(id))?.rma?;
            let case = self.runtime.block_on(self.house.entry(id)).case_number?;
            let message_id = self.runtime.block_on(self.house.replies(id)).pop()?.message_id;
            Some(Numbers { case, rma: rma.number, message_id, account: unit.account.clone(), ..Numbers::default() })
        });
        asked.expect("no customer of this corpus gets an RMA")
    }

    /// Holds the answer to the real numbers against the answer to the invented ones.
    pub fn hit_and_miss(&mut self, probe: &Probe) -> TestCaseResult {
        let hit = self.answers(probe, &probe.real).join("\n");
        let miss = self.answers(probe, &probe.invented).join("\n");
        let at = hit.chars().zip(miss.chars()).take_while(|(hit, miss)| hit == miss).count();
        let near = |text: &str| text.chars().skip(at.saturating_sub(200)).take(400).collect::<String>();
        prop_assert!(hit == miss, "a hit and a miss differ:\n...{}...\n...{}...", near(&hit), near(&miss));
        Ok(())
    }

    /// What would be written, if this were recorded.
    fn answers(&mut self, probe: &Probe, numbers: &Numbers) -> Vec<String> {
        let raw = self.typed(probe, numbers, &probe.field);
        let waiting = Waiting {
            id: i64::MAX,
            mailbox: "INBOX".to_owned(),
            received_at: self.house.clock.now(),
            attempts: 0,
            in_shadow: false,
            raw: raw.into_bytes(),
        };
        let replies = self.runtime.block_on(async {
            let mut tx = self.house.store.begin().await.unwrap();
            self.house.decide(&mut tx, &waiting).await.replies
        });
        let now = self.house.clock.now();
        replies.iter().map(|reply| masked(reply, probe, now)).collect()
    }

    /// Takes a probe in, and answers it; gives its case.
    pub fn ask(&mut self, probe: &Probe, numbers: &Numbers) -> Option<String> {
        let raw = self.typed(probe, numbers, &probe.field);
        self.take_in(raw)
    }

    /// The same again, in answer to what was written in this case.
    pub fn ask_on(&mut self, probe: &Probe, numbers: &Numbers, case: Option<&str>) {
        let letter = case.and_then(|case| self.letters_of(case).pop());
        let thread = letter.map(|letter| format!("In-Reply-To: <{}>\r\n", letter.outgoing.message_id));
        let raw = self.typed(probe, numbers, &thread.unwrap_or_default());
        self.take_in(raw);
    }

    /// Hands over what is due, and looks for what time brings, every four hours.
    pub fn let_time_pass(&mut self, time: SignedDuration) {
        let end = self.house.clock.now() + time;
        while self.house.clock.now() < end {
            self.runtime.block_on(async {
                self.house.send(&Delivery::Accepted("250 ok".to_owned()), None).await;
                daemon::remind(&self.house.desk, self.house.clock.now()).await.unwrap();
            });
            self.house.clock.advance(SignedDuration::from_hours(4));
        }
    }

    /// Everything that was written to whoever sent a probe, and how long after the first letter.
    pub fn written(&mut self, probe: &Probe, case: Option<&str>) -> Vec<String> {
        let letters = case.map(|case| self.letters_of(case)).unwrap_or_default();
        let Some(first) = letters.first().map(|letter| letter.recorded_at) else { return vec![] };
        letters.iter().map(|letter| masked(&letter.outgoing, probe, first)).collect()
    }

    fn letters_of(&mut self, case: &str) -> Vec<Sending> {
        self.runtime.block_on(self.house.store.outgoing_of_case(case)).unwrap()
    }

    fn take_in(&mut self, raw: String) -> Option<String> {
        let id = self.runtime.block_on(self.house.take_in(raw));
        self.runtime.block_on(self.house.entry(id)).case_number
    }

    fn typed(&mut self, probe: &Probe, numbers: &Numbers, field: &str) -> String {
        let filled = |words: &str| numbers.filled_into(words);
        self.letter(&probe.from, &filled(&probe.subject), &filled(&probe.text), &filled(field))
    }

    fn letter(&mut self, from: &str, subject: &str, text: &str, field: &str) -> String {
        self.letters += 1;
        format!(
            "From: {from}\r\nTo: {}\r\nSubject: {subject}\r\nMessage-ID: <{:08}@probe.example>\r\n\
             {field}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n",
            self.house.desk.letters.vendor.address, self.letters
        )
    }
}

impl Numbers {
    /// A case, its RMA and a letter of ours that never were.
    fn unlike(&self) -> Numbers {
        let format = RmaFormat::parse("RMA-{number}").unwrap();
        let case = case_number(87_001);
        assert_eq!(case.len(), self.case.len());
        let domain = self.message_id.rsplit_once('@').unwrap().1;
        let message_id = format!("rmad.{}@{domain}", "abcdefgh".repeat(2));
        assert_eq!(message_id.len(), self.message_id.len());
        Numbers { case, rma: format.number(87_001), message_id, ..self.clone() }
    }

    fn named(&self) -> [(&str, &str); 6] {
        [
            ("{invoice}", self.invoice.as_str()),
            ("{serial}", self.serial.as_str()),
            ("{account}", self.account.as_str()),
            ("{case}", self.case.as_str()),
            ("{rma}", self.rma.as_str()),
            ("{message_id}", self.message_id.as_str()),
        ]
    }

    fn filled_into(&self, words: &str) -> String {
        self.named().iter().fold(words.to_owned(), |words, (name, number)| words.replace(name, number))
    }
}

/// Everything that comes back, without the numbers that were typed and what differs from one letter to the next.
fn masked(reply: &Outgoing, probe: &Probe, asked_at: Timestamp) -> String {
    let read = MessageParser::default().parse(&reply.raw).unwrap();
    let mut whole: Vec<String> = read.headers_raw().map(|(name, value)| format!("{name}: {}", value.trim())).collect();
    let Outgoing { template, withheld, reverse_path, recipient, not_before, .. } = reply;
    let after = not_before.duration_since(asked_at);
    whole.push(format!("{template} to {recipient} from {reverse_path} after {after}, withheld {withheld:?}"));
    whole.extend([read.body_text(0).unwrap().into_owned(), read.body_html(0).unwrap().into_owned()]);
    // a number that was typed in parts may be told on two lines
    let whole = whole.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    let whole = PASSING.replace_all(&whole, "*").into_owned();
    typed(probe).iter().fold(whole, |whole, number| whole.replace(number, "#"))
}

/// The numbers as they were typed, and their parts where they were typed in several: those of both letters, for a part
/// may stand in a number of the sender's own.
fn typed(probe: &Probe) -> Vec<&str> {
    let named = probe.real.named().into_iter().chain(probe.invented.named());
    let whole: Vec<&str> = named.map(|(_, number)| number.trim_start_matches('#')).collect();
    let parts = whole.iter().flat_map(|number| number.split(' ')).filter(|part| part.len() >= 4);
    whole.iter().copied().chain(parts).filter(|number| !number.is_empty()).collect()
}

/// Case numbers, Message-IDs, boundaries and times.
static PASSING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bC-\d+|\brmad\.[0-9a-z.]+@[\w.-]+|\d{8}@probe\.example|=_rmad(-whole)?_[0-9a-f]+|\d\d:\d\d:\d\d")
        .unwrap()
});

/// What a person who knows none of the customers might write.
const STRANGERS_WORDS: &[&str] = &[
    "My switch is dead. The invoice is {invoice}. Please send me an RMA number.",
    "Please issue an RMA for serial number {serial}, it stopped working last week.",
    "Invoice: {invoice}\nPart number: {part}\nSerial number: {serial}\nReason: defective\nWe would like a replacement.",
    "We ordered the wrong thing and want our money back for {part}, order {invoice}.",
    "Please cancel order {invoice}, we no longer need it.",
    "Can you tell me the status of the RMA for {serial}?",
    "{serial} is broken.",
    "{invoice}",
    "Did {invoice} ship already? I want to refuse the delivery.",
    "I bought {part} with serial {serial} from a reseller and it has no picture. Is it still under warranty?",
    "Our account number is {account}. The unit is dead, please help with an RMA.",
    "Account {account}, invoice {invoice}: the whole order goes back, not needed any more.",
    "My account number: {account}\nSerial: {serial}\nIt does not power on. Exchange please.",
    "Our account number is 4041404 or {account}, I am not sure. The unit is dead, RMA please.",
    "It was delivered with a broken housing. Order no. {invoice}, S/N {serial}.",
    "The {part} came without its power supply, see {invoice}.",
    "Hello, who is the owner of {serial}? Thanks",
    "If I get no refund for {invoice} I will call my lawyer.",
    "Bonjour, notre commutateur {part} est en panne, facture {invoice}, merci de nous envoyer un numéro de retour.",
];

/// What a customer might write about an order of somebody else's.
const CUSTOMERS_WORDS: &[&str] = &[
    "The unit is dead. The invoice is {invoice}. Please send me an RMA number.",
    "Invoice: {invoice}\nPart number: {part}\nReason: defective\nWe would like a replacement.",
    "Invoice {invoice}, serial {serial}, no power. RMA please.",
    "Please issue an RMA for serial number {serial}, it stopped working last week.",
    "We want a refund for {part}, order {invoice}, we do not need it.",
    "Please cancel order {invoice}, we no longer need it.",
    "Can you tell me the status of the RMA for {serial}?",
    "Can you tell me the status of the RMA for order {invoice}?",
    "The whole order {invoice} goes back, it is not compatible.",
    "Our account number is {account}. Invoice {invoice} is defective, RMA please.",
    "The unit with serial number {own_serial} from invoice {invoice} is dead, RMA please.",
    "Two units are dead: {own_serial} and {serial}. Please send an RMA.",
    "Please cancel orders {own_invoice} and {invoice}, we no longer need them.",
];

/// What somebody might write who has seen one of our letters.
const WORDS_ABOUT_CASES: &[&str] = &[
    "Any news about {case}?",
    "What is the status of RMA {rma}?",
    "This is about case {case}: please send the RMA to me.",
    "I lost the RMA number for the dead unit, can you repeat it? {case}",
    "Please cancel {rma}.",
    "Here is the serial number you asked for: {serial}",
];

const SUBJECTS: &[&str] = &["Question", "RMA request", "Re: your products", "{invoice}", "Defective {part} {serial}"];
const CASE_SUBJECTS: &[&str] = &["Question", "Re: A dead unit [{case}]", "Re: RMA {rma}"];
const CASE_FIELDS: &[&str] = &["", "In-Reply-To: <{message_id}>\r\n", "References: <{message_id}>\r\n"];

/// As people copy numbers.
fn spelt(number: &str, spelling: usize) -> String {
    match spelling {
        1 => number.to_lowercase(),
        2 => number.replace('-', " "),
        3 => number.replace('-', ""),
        4 => number.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned(),
        5 => format!("#{number}"),
        6 => number.replace('0', "O"),
        _ => number.to_owned(),
    }
}

/// Somebody at a free-mail domain or at a company that never ordered.
fn stranger(orders: &Orders) -> impl Strategy<Value = String> + use<> {
    let free = (select(orders.free_mail.clone()), "[a-z]{3,9}").prop_map(|(domain, name)| format!("{name}.x@{domain}"));
    let company = ("[a-z]{3,9}", "[a-z]{4,9}").prop_map(|(name, firm)| format!("{name}@{firm}-stranger.example"));
    prop_oneof![free, company].prop_map(|address| format!("Sam Stranger <{address}>"))
}

pub fn by_strangers(orders: &Orders, _: &Numbers) -> impl Strategy<Value = Probe> + use<> {
    probes(orders.clone(), stranger(orders), STRANGERS_WORDS)
}

pub fn by_customers(orders: &Orders, _: &Numbers) -> impl Strategy<Value = Probe> + use<> {
    probes(orders.clone(), select(orders.addresses()), CUSTOMERS_WORDS)
}

/// By strangers and by customers who have no part in the case.
pub fn of_cases(orders: &Orders, known: &Numbers) -> impl Strategy<Value = Probe> + use<> {
    let (known, made_up, others) = (known.clone(), known.unlike(), orders.clone());
    let customer = known.account.clone();
    let anybody = prop_oneof![stranger(orders), select(orders.addresses())]
        .prop_filter("the customer of the case", move |from| !others.is_own(from, &customer));
    let probes = probes(orders.clone(), anybody, WORDS_ABOUT_CASES);
    (probes, select(CASE_FIELDS), select(CASE_SUBJECTS)).prop_map(move |(probe, field, subject)| Probe {
        field: field.to_owned(),
        subject: subject.to_owned(),
        real: Numbers { serial: probe.real.serial, ..known.clone() },
        invented: Numbers { serial: probe.invented.serial, ..made_up.clone() },
        ..probe
    })
}

fn probes(
    orders: Orders,
    from: impl Strategy<Value = String>,
    words: &'static [&'static str],
) -> impl Strategy<Value = Probe> {
    let digits = ["[1-9]{20}", "[1-9]{20}", "[1-9]{20}"];
    let drawn = (any::<Index>(), any::<Index>(), any::<Index>(), 0..7_usize, digits);
    (from, select(SUBJECTS), vec(select(words), 1..3), drawn).prop_filter_map(
        "the sender's own number, or an invented one that exists",
        move |(from, subject, sentences, drawn)| probe(&orders, from, subject, &sentences.join("\n\n"), drawn),
    )
}

/// Which unit and account of others, which unit of the sender's own, the spelling, and digits for invented numbers.
type Drawn = (Index, Index, Index, usize, [String; 3]);

fn probe(orders: &Orders, from: String, subject: &str, text: &str, drawn: Drawn) -> Option<Probe> {
    let (unit, account, own, spelling, digits) = drawn;
    let unit = unit.get(&orders.units);
    let account = &account.get(&orders.customers).0;
    let own = orders.own_unit(&from, own);
    let is_own = orders.is_own(&from, &unit.account) || orders.is_own(&from, account) || account == &unit.account;
    if is_own || own.is_none() && text.contains("{own_") {
        return None;
    }
    let (own_serial, own_invoice) = own.map_or(("", ""), |own| (&own.serial, &own.invoice));
    let known = [("{part}", unit.part.as_str()), ("{own_serial}", own_serial), ("{own_invoice}", own_invoice)];
    let words = |words: &str| known.iter().fold(words.to_owned(), |words, (name, number)| words.replace(name, number));
    let named = |invoice: &str, serial: &str, account: &str| Numbers {
        invoice: spelt(invoice, spelling),
        serial: spelt(serial, spelling),
        account: account.to_owned(),
        ..Numbers::default()
    };
    let [invoice, serial, other] = [(&unit.invoice, &digits[0]), (&unit.serial, &digits[1]), (account, &digits[2])]
        .map(|(number, digits)| orders.invented(number, digits));
    Some(Probe {
        subject: words(subject),
        text: words(text),
        field: String::new(),
        real: named(&unit.invoice, &unit.serial, account),
        invented: named(&invoice?, &serial?, &other?),
        from,
    })
}
