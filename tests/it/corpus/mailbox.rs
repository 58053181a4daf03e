//! A corpus's mail, taken in message by message, and what is seen of each from outside: the ledger, the minutes, the
//! case and the outbox.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rmad::case::RmaUnit;
use rmad::case::decision::Decision;
use rmad::mail;
use rmad::outbox::Outgoing;
use serde::Deserialize;
use serde_json::json;

use super::expected::{Expected, Unit};
use crate::house::{Database, House};

/// The desk, its corpus, and our last reply in each thread.
pub struct Mailbox {
    corpus: PathBuf,
    house: House,
    last_replies: HashMap<String, Reply>,
}

struct Reply {
    outgoing: Outgoing,
    rma: String,
}

/// What came of one message.
#[derive(Debug, Clone)]
pub struct Seen {
    pub class: String,
    pub outcome: String,
    pub flags: Vec<String>,
    pub decided: Decided,
    /// The minutes.
    pub decision: Option<Decision>,
    /// What goes out.
    pub replied: bool,
    /// What goes out or was prepared to.
    pub wrote: bool,
    /// The units of an RMA that this message was given.
    pub authorized: Vec<Unit>,
}

/// The minutes, as far as they are compared.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Decided {
    /// What was understood.
    pub request: serde_json::Value,
    pub missing: Vec<String>,
    pub clauses: Vec<String>,
    pub units: Vec<Unit>,
}

impl Mailbox {
    pub async fn open(corpus: &Path) -> Mailbox {
        let house = House::of(corpus, Database::sqlite(), |_| ()).await;
        Mailbox { corpus: corpus.to_owned(), house, last_replies: HashMap::new() }
    }

    pub fn house(&self) -> &House {
        &self.house
    }

    /// Takes the message in at the moment of its receipt.
    pub async fn answer(&mut self, message: &Expected) -> Seen {
        let raw = std::fs::read(self.corpus.join("mail").join(&message.file)).unwrap();
        let raw = filled_in(&raw, self.last_replies.get(&message.thread));
        let received_at = mail::received_at(&raw);
        self.house.clock.set(received_at.unwrap_or_else(|| panic!("{} says not when it was received", message.file)));
        let id = self.house.take_in(raw).await;
        let (seen, replies) = self.seen(id).await;
        if let Some(outgoing) = replies.into_iter().rfind(|reply| reply.withheld.is_none()) {
            let rma =
                self.house.decision(id).await.and_then(|made| made.rma).map_or_else(String::new, |rma| rma.number);
            self.last_replies.insert(message.thread.clone(), Reply { outgoing, rma });
        }
        seen
    }

    async fn seen(&self, id: i64) -> (Seen, Vec<Outgoing>) {
        let entry = self.house.entry(id).await;
        let decision = self.house.decision(id).await;
        decision.iter().for_each(|made| self.assert_replayable(made));
        let replies = self.house.replies(id).await;
        let outcome = if entry.duplicate_of.is_some() { json!("ignored") } else { json!(entry.outcome) };
        let issued = outcome == "rma_issued";
        let seen = Seen {
            class: word(json!(entry.class.unwrap_or(mail::Class::Human))),
            outcome: word(outcome),
            flags: entry.flags.iter().map(ToString::to_string).collect(),
            decided: decided(decision.as_ref()),
            decision,
            replied: replies.iter().any(|reply| reply.withheld.is_none()),
            wrote: !replies.is_empty(),
            authorized: if issued { self.authorized(entry.case_number.as_deref()).await } else { vec![] },
        };
        (seen, replies)
    }

    /// The minutes alone hold all that judging the units once more needs.
    fn assert_replayable(&self, made: &Decision) {
        let policies = self.house.desk.policies();
        for unit in &made.units {
            assert_eq!(made.judged_again(unit, &policies).as_ref(), Some(unit));
        }
    }

    /// The units of the case's RMA: what a parcel will be taken in for.
    async fn authorized(&self, case_number: Option<&str>) -> Vec<Unit> {
        let case = self.house.store.case(case_number.unwrap()).await.unwrap().unwrap();
        let mut units: Vec<Unit> = case.rma.unwrap().units.into_iter().map(unit).collect();
        units.sort();
        units
    }
}

fn decided(decision: Option<&Decision>) -> Decided {
    decision.map_or_else(Decided::default, |made| serde_json::from_value(json!(made)).unwrap())
}

fn unit(unit: RmaUnit) -> Unit {
    let RmaUnit { invoice_number, part_number, serial_number, .. } = unit;
    Unit { invoice: invoice_number, part: Some(part_number), serial: serial_number, outcome: "rma_issued".to_owned() }
}

fn word(value: serde_json::Value) -> String {
    value.as_str().unwrap_or("waiting").to_owned()
}

/// Puts our last reply of the thread in the place of its placeholders. Where there was none, as where it was lost, the
/// message refers to mail that nobody knows.
fn filled_in(raw: &[u8], reply: Option<&Reply>) -> Vec<u8> {
    let (message_id, subject, text, rma) = match reply {
        Some(Reply { outgoing, rma }) => {
            let quoted: Vec<String> = outgoing.text.lines().map(|line| format!("> {line}")).collect();
            (outgoing.message_id.as_str(), outgoing.subject.as_str(), quoted.join("\n"), rma.as_str())
        }
        None => ("nothing@nowhere.example", "", String::new(), ""),
    };
    let values = [
        ("{{reply.message_id}}", format!("<{message_id}>")),
        ("{{reply.subject}}", subject.to_owned()),
        ("{{reply.text}}", text),
        ("{{reply.rma}}", rma.to_owned()),
    ];
    values.iter().fold(raw.to_owned(), |raw, (name, value)| replaced(&raw, name.as_bytes(), value.as_bytes()))
}

/// Mail is bytes, not always text.
fn replaced(mut rest: &[u8], name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(at) = rest.windows(name.len()).position(|window| window == name) {
        whole.extend_from_slice(&rest[..at]);
        whole.extend_from_slice(value);
        rest = &rest[at + name.len()..];
    }
    whole.extend_from_slice(rest);
    whole
}

#[test]
fn placeholders_are_filled_in_wherever_they_stand() {
    assert_eq!(replaced(b"{{a}} \xff{{a}}{{b}}{{a", b"{{a}}", b"x"), b"x \xffx{{b}}{{a");
    let filled = filled_in(b"In-Reply-To: {{reply.message_id}}\n\n{{reply.text}}", None);
    assert_eq!(filled, b"In-Reply-To: <nothing@nowhere.example>\n\n");
}
