//! What a corpus expects: the lines of `expect.jsonl`.

use std::path::Path;

use serde::Deserialize;

/// One message and what should come of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Expected {
    pub file: String,
    pub thread: String,
    pub class: String,
    /// What is understood: shown beside a difference, not compared.
    pub facts: serde_json::Value,
    pub expect: Expectation,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Expectation {
    pub outcome: String,
    pub flags: Vec<String>,
    pub missing: Vec<String>,
    /// Cited at least.
    pub clauses: Vec<String>,
    pub reply: bool,
    /// Given where units were judged.
    pub units: Option<Vec<Unit>>,
}

/// A unit, or for a cancellation an order, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Unit {
    pub invoice: String,
    pub part: Option<String>,
    pub serial: Option<String>,
    pub outcome: String,
}

impl Expected {
    /// In the order in which the messages arrive.
    pub fn all_of(corpus: &Path) -> Vec<Expected> {
        let file = corpus.join("expect.jsonl");
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(at, line)| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{}:{}: {error}", file.display(), at + 1))
            })
            .collect()
    }

    /// The units that an RMA is to be issued for.
    pub fn authorized(&self) -> Vec<Unit> {
        let units = self.expect.units.iter().flatten().filter(|unit| unit.outcome == "rma_issued");
        let mut units: Vec<Unit> = units.cloned().collect();
        units.sort();
        units
    }
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        write!(f, "{} {} {} {}", self.invoice, or_dash(&self.part), or_dash(&self.serial), self.outcome)
    }
}
