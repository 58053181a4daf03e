//! No machine gets an answer (RFC 3834), whatever it is called and whatever it asks for.

use crate::corpus::corpora;
use crate::house::{Database, House};
use rmad::mail::Class;

/// What a machine is known by: header fields, instead of those that a person's message has.
const MACHINES: &[&str] = &[
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated",
    "Auto-Submitted: auto-notified; owner-email=\"a@b.example\"",
    "Auto-Submitted: (a responder) auto-replied",
    "Precedence: bulk",
    "Precedence: list",
    "Precedence: junk",
    "Precedence: auto_reply",
    "List-Id: <talk.lists.example>",
    "List-Unsubscribe: <mailto:off@lists.example>",
    "Return-Path: <>",
    "X-Autoreply: yes",
    "X-Autorespond: yes",
    "X-Loop: {support}",
    "X-Failed-Recipients: {support}",
    "Subject: Automatic reply: Broken unit",
    "Subject: Out of Office: Broken unit",
    "Subject: Undeliverable: Broken unit\r\nReturn-Path: <>",
    "From: {support}",
    "From: MAILER-DAEMON@{domain}",
    "From: postmaster@{domain}",
    "From: no-reply@{domain}",
    "From: Notifications <donotreply@{domain}>",
    "From: owner-talk@{domain}",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
];

/// What a person's message may bear as well.
const NOT_MACHINES: &[&str] = &["Auto-Submitted: no", "Precedence: normal", "X-Mailer: Mail 1.0", "X-Priority: 1"];

#[tokio::test]
async fn a_machine_gets_no_answer() {
    let (mut house, customer, request) = a_request().await;
    for fields in MACHINES {
        let raw = message(&house, &customer, fields, &request);
        let id = house.take_in(raw).await;
        let entry = house.entry(id).await;
        assert_ne!(entry.class, Some(Class::Human), "{fields}");
        assert_eq!((house.replies(id).await, entry.case_number), (vec![], None), "{fields}");
    }
    let counts = house.store.ledger_counts(house.clock.now()).await.unwrap();
    assert_eq!((counts.settled, counts.outbox.recorded, counts.outbox.withheld), (MACHINES.len() as i64, 0, 0));
}

/// The same request from a person, which shows that it is the marks that silence us.
#[tokio::test]
async fn a_person_gets_one() {
    for fields in NOT_MACHINES {
        let (mut house, customer, request) = a_request().await;
        let raw = message(&house, &customer, fields, &request);
        let id = house.take_in(raw).await;
        assert_eq!(house.entry(id).await.class, Some(Class::Human), "{fields}");
        assert_eq!(house.replies(id).await.len(), 1, "{fields}");
    }
}

/// A machine on the other side of a case answers each of our letters; it gets none of its own.
#[tokio::test]
async fn two_machines_do_not_talk() {
    let (mut house, customer, request) = a_request().await;
    let raw = message(&house, &customer, "X-Mailer: Mail 1.0", &request);
    let asked = house.take_in(raw).await;
    let ours = house.replies(asked).await.remove(0);
    for fields in MACHINES {
        let threaded = format!("{fields}\r\nIn-Reply-To: <{}>\r\nReferences: <{0}>", ours.message_id);
        let raw = message(&house, &customer, &threaded, &request);
        let id = house.take_in(raw).await;
        assert_eq!(house.replies(id).await, [], "{fields}");
    }
    let counts = house.store.ledger_counts(house.clock.now()).await.unwrap();
    assert_eq!(counts.outbox.recorded, 1);
}

/// A desk, a customer, and a request that gets an RMA when a person writes it.
async fn a_request() -> (House, String, String) {
    let corpus = corpora().into_iter().next().unwrap();
    let house = House::of(&corpus, Database::sqlite(), |_| ()).await;
    let rows = |file: &str| -> Vec<csv::StringRecord> {
        csv::Reader::from_path(corpus.join("orders").join(file)).unwrap().records().map(Result::unwrap).collect()
    };
    let invoices = rows("invoices.csv");
    let recent =
        invoices.iter().find(|row| &row[3] == "direct" && &row[4] == "US" && row[2].starts_with("2026")).unwrap();
    let customer = rows("customers.csv").into_iter().find(|row| row[0] == recent[1]).unwrap();
    let unit = rows("units.csv").into_iter().find(|row| row[1] == recent[0]).unwrap();
    let request = format!("The unit with serial number {} is defective. Please send me an RMA number.", &unit[0]);
    (house, customer[3].split('|').next().unwrap().to_owned(), request)
}

/// The customer's message; `fields` stand in front of its own, or instead of them.
fn message(house: &House, customer: &str, fields: &str, request: &str) -> String {
    let support = &house.desk.letters.vendor.address;
    let fields = fields.replace("{domain}", customer.rsplit_once('@').unwrap().1).replace("{support}", support);
    let own = [
        format!("Return-Path: <{customer}>"),
        format!("From: {customer}"),
        format!("To: {support}"),
        "Subject: Broken unit".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
    ];
    let name = |field: &str| field.split(':').next().unwrap().to_owned();
    let given: Vec<String> = fields.lines().map(name).collect();
    let kept: Vec<String> = own.into_iter().filter(|field| !given.contains(&name(field))).collect();
    let id = format!("Message-ID: <{:x}@customer.example>", unlike(&fields));
    let body = match fields.contains("boundary=b") {
        true => format!("--b\r\nContent-Type: text/plain\r\n\r\n{request}\r\n--b--"),
        false => request.to_owned(),
    };
    format!("{fields}\r\n{}\r\n{id}\r\n\r\n{body}\r\n", kept.join("\r\n"))
}

/// Some number that differs from field to field.
fn unlike(fields: &str) -> u64 {
    fields.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}
