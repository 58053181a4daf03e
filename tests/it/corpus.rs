//! Mailboxes with known answers, each message a case: every directory of `tests/corpus` runs through the answering desk in
//! the order of its `expect.jsonl`, and what comes of each message is held against what is expected.
//!
//! What may differ for now stands in the corpus's `known-differences.txt`; `RMAD_CORPUS_ACCEPT=1` writes that list anew.
//! What may never happen is asserted for every message, listed or not.

mod differences;
mod expected;
mod mailbox;
mod whatif;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use differences::{Known, breaches, differences};
use expected::Expected;
use mailbox::{Mailbox, Seen};
use tokio::sync::OnceCell;

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_answered_as_expected() {
    let runs = runs().await;
    assert!(!runs.is_empty(), "there is no corpus in tests/corpus");
    let mut faults = Vec::new();
    for run in runs {
        let report = run.report();
        println!("{}", report.text);
        faults.extend(report.faults);
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// What came of a corpus.
pub struct Run {
    pub name: String,
    corpus: PathBuf,
    pub expected: Vec<Expected>,
    /// Of each message in turn.
    pub seen: Vec<Seen>,
}

/// All corpora, each run once, whichever test asks first.
pub async fn runs() -> &'static [Run] {
    static RUNS: OnceCell<Vec<Run>> = OnceCell::const_new();
    let run_all = || async {
        let under_way: Vec<_> = corpora().into_iter().map(|corpus| tokio::spawn(Run::of(corpus))).collect();
        let mut runs = Vec::new();
        for run in under_way {
            runs.push(run.await.unwrap());
        }
        runs
    };
    RUNS.get_or_init(run_all).await
}

/// The directories of all corpora.
pub fn corpora() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")).unwrap();
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("expect.jsonl").exists()).collect();
    found.sort();
    found
}

impl Run {
    async fn of(corpus: PathBuf) -> Run {
        let name = corpus.file_name().unwrap().to_str().unwrap().to_owned();
        let expected = Expected::all_of(&corpus);
        let mut mailbox = Mailbox::open(&corpus).await;
        let mut seen = Vec::new();
        for message in &expected {
            seen.push(mailbox.answer(message).await);
        }
        Run { name, corpus, expected, seen }
    }

    fn report(&self) -> Report {
        let mut known = Known::of(&self.corpus);
        if std::env::var("RMAD_CORPUS_ACCEPT").is_ok_and(|accept| accept == "1") {
            known = known.renewed(&self.expected, &self.seen);
            known.write(&self.corpus);
        }
        report(&self.name, &self.expected, &self.seen, &known)
    }
}

/// What a corpus came to: all of it to be read, and what fails the test.
struct Report {
    text: String,
    faults: Vec<String>,
}

fn report(name: &str, expected: &[Expected], seen: &[Seen], known: &Known) -> Report {
    let (mut text, mut faults, mut agreeing) = (String::new(), Vec::new(), 0);
    for (expected, seen) in expected.iter().zip(seen) {
        let (found, file) = (differences(expected, seen), &expected.file);
        let list = found.iter().fold(String::new(), |list, line| list + "\n    " + line);
        faults.extend(breaches(expected, seen).iter().map(|breach| format!("{name}/{file}: NEVER: {breach}")));
        match (found.is_empty(), known.reason(file)) {
            (true, None) => agreeing += 1,
            (true, Some(_)) => {
                faults.push(format!("{name}/{file}: it agrees, and stands in known-differences.txt: take it out"));
            }
            (false, None) => faults.push(format!("{name}/{file}:{list}")),
            (false, Some(reason)) => writeln!(text, "{name}/{file}: known, {reason}{list}").unwrap(),
        }
    }
    faults.extend(known.strangers(expected).map(|file| format!("{name}/known-differences.txt: there is no {file}")));
    writeln!(text, "{name}: {agreeing} of {} messages are answered as expected", expected.len()).unwrap();
    Report { text, faults }
}
