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

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_answered_as_expected() {
    let runs: Vec<_> = corpora().into_iter().map(|corpus| tokio::spawn(run(corpus))).collect();
    assert!(!runs.is_empty(), "there is no corpus in tests/corpus");
    let mut faults = Vec::new();
    for run in runs {
        let report = run.await.unwrap();
        println!("{}", report.text);
        faults.extend(report.faults);
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The directories of all corpora.
pub fn corpora() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")).unwrap();
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("expect.jsonl").exists()).collect();
    found.sort();
    found
}

/// What a corpus came to: all of it to be read, and what fails the test.
struct Report {
    text: String,
    faults: Vec<String>,
}

async fn run(corpus: PathBuf) -> Report {
    let name = corpus.file_name().unwrap().to_str().unwrap().to_owned();
    let expected = Expected::all_of(&corpus);
    let mut mailbox = Mailbox::open(&corpus).await;
    let mut seen = Vec::new();
    for message in &expected {
        seen.push(mailbox.answer(message).await);
    }
    let mut known = Known::of(&corpus);
    if std::env::var("RMAD_CORPUS_ACCEPT").is_ok_and(|accept| accept == "1") {
        known = known.renewed(&expected, &seen);
        known.write(&corpus);
    }
    report(&name, &expected, &seen, &known)
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
