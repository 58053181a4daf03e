//! The document, put together.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{COMMAND, Ground, Test};

/// So many tests of a clause are named.
const NAMED: usize = 3;

pub fn document(clauses: &[&str], rules: &[String], grounds: &[Ground]) -> String {
    let mut text = format!(
        "# What reaches each clause of the policy\n\n\
         For each clause the rules that cite it in a decision, the steps that cite it in a letter, and the tests in which\n\
         they do: messages of `tests/corpus`, and lives of an RMA (`tests/it/coverage/life.rs`). A test makes this of what\n\
         happened in them: `{COMMAND}` writes it anew.\n\n\
         | clause | cited by | reached by |\n| --- | --- | --- |\n"
    );
    for clause in clauses {
        let citing = || grounds.iter().filter(|ground| ground.clauses.iter().any(|cited| cited == clause));
        let (by, tests) = (in_order(rules, citing()).join("; "), listed(&tests(citing())));
        writeln!(text, "| `{clause}` | {by} | {tests} |").unwrap();
    }
    text.push_str("\nIn how many of them each rule decided, in the order in which they are tried:\n\n| rule | messages | lives |\n| --- | ---: | ---: |\n");
    for rule in rules {
        let tests = tests(grounds.iter().filter(|ground| &ground.by == rule));
        let messages = tests.iter().filter(|test| matches!(test, Test::Message(_))).count();
        writeln!(text, "| {rule} | {messages} | {} |", tests.len() - messages).unwrap();
    }
    text
}

/// Clauses that nothing cites, and rules that never decide.
pub fn unreached<'a>(clauses: &[&'a str], rules: &'a [String], grounds: &[Ground]) -> Vec<&'a str> {
    let cited: BTreeSet<&str> = grounds.iter().flat_map(|ground| &ground.clauses).map(String::as_str).collect();
    let deciding: BTreeSet<&str> = grounds.iter().map(|ground| ground.by.as_str()).collect();
    let clauses = clauses.iter().copied().filter(|clause| !cited.contains(clause));
    clauses.chain(rules.iter().map(String::as_str).filter(|rule| !deciding.contains(rule))).collect()
}

/// The lines that are in one of them alone.
pub fn difference(written: &str, made: &str) -> String {
    let only = |sign: char, of: &str, other: &str| -> String {
        let other: BTreeSet<&str> = other.lines().collect();
        of.lines().filter(|line| !other.contains(line)).map(|line| format!("{sign} {line}\n")).collect()
    };
    only('-', written, made) + &only('+', made, written)
}

/// What cites, each once: rules in the order in which they are tried, then steps by name.
fn in_order<'a>(rules: &[String], grounds: impl Iterator<Item = &'a Ground>) -> Vec<&'a str> {
    let by: BTreeSet<&str> = grounds.map(|ground| ground.by.as_str()).collect();
    let mut by: Vec<&str> = by.into_iter().collect();
    by.sort_by_key(|by| rules.iter().position(|rule| rule == by).unwrap_or(rules.len()));
    by
}

/// Each test once, in the order in which they ran.
fn tests<'a>(grounds: impl Iterator<Item = &'a Ground>) -> Vec<&'a Test> {
    let mut known = BTreeSet::new();
    grounds.map(|ground| &ground.test).filter(|test| known.insert(*test)).collect()
}

fn listed(tests: &[&Test]) -> String {
    let messages = tests.iter().filter_map(|test| match test {
        Test::Message(name) => Some(name.clone()),
        Test::Life(_) => None,
    });
    let lives = tests.iter().filter_map(|test| match test {
        Test::Life(name) => Some(format!("“{name}”")),
        Test::Message(_) => None,
    });
    let both = [first(messages.collect()), first(lives.collect())];
    both.into_iter().filter(|list| !list.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The first by name, and how many more there are.
fn first(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

#[test]
fn what_nothing_reaches_is_found_and_what_is_reached_is_told() {
    let ground = |by: &str, clauses: &[&str], test: Test| Ground {
        by: by.to_owned(),
        clauses: clauses.iter().map(ToString::to_string).collect(),
        test,
    };
    let message = |name: &str| Test::Message(name.to_owned());
    let rules = ["1 first".to_owned(), "2 second".to_owned(), "3 third".to_owned()];
    let mut grounds = vec![
        ground("received, late", &["a"], Test::Life("a life")),
        ground("2 second", &["a"], message("m-1")),
        ground("1 first", &["a"], message("m-2")),
        ground("1 first", &["a"], message("m-2")),
    ];
    assert_eq!(unreached(&["a", "b"], &rules, &grounds), ["b", "3 third"]);
    grounds.extend((3..6).map(|n| ground("3 third", &["a", "b"], message(&format!("m-{n}")))));
    assert_eq!(unreached(&["a", "b"], &rules, &grounds), [""; 0]);

    let made = document(&["a", "b"], &rules, &grounds);
    for row in [
        "| `a` | 1 first; 2 second; 3 third; received, late | m-1, m-2, m-3, 2 more; “a life” |",
        "| `b` | 3 third | m-3, m-4, m-5 |",
        "| 1 first | 1 | 0 |",
        "| 3 third | 3 | 0 |",
    ] {
        assert!(made.lines().any(|line| line == row), "{row}\n{made}");
    }
    assert_eq!(difference("same\nold\n", "same\nnew\n"), "- old\n+ new\n");
}
