//! Who may know whom in `src/`, and what the core may not name.
//!
//! The source is read as text: comments, strings and tests are taken out, `use` trees are spelt out, and every mention
//! of another module is held against the table below.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;

#[derive(Clone, Copy, PartialEq)]
enum Side {
    /// Values and functions.
    Core,
    /// One module for each thing outside; an adapter knows no other adapter.
    Shell,
    /// Where core and shell come together.
    Meeting,
}

use Side::{Core, Meeting, Shell};

/// Each module and whom it may know.
const HOUSE: [(&str, Side, &str); 22] = [
    ("order", Core, ""),
    ("mail", Core, ""),
    ("understanding", Core, "mail order"),
    ("policy", Core, "mail order understanding"),
    ("outbox", Core, "mail"),
    ("reply", Core, "mail order understanding policy outbox"),
    ("case", Core, "mail order understanding policy reply outbox"),
    ("clock", Shell, ""),
    ("telemetry", Shell, ""),
    // The line to a mail server, which mailbox and transport share.
    ("tls", Shell, ""),
    ("mailbox", Shell, "mail tls telemetry"),
    ("transport", Shell, "mail outbox tls telemetry"),
    // Keys and policies of senders, in the DNS.
    ("verify", Shell, "mail"),
    ("store", Shell, "mail order understanding policy outbox case telemetry"),
    // The one adapter on another: order data lies in the same database, behind the store's connection.
    ("order_book", Shell, "order store telemetry"),
    // What the console and the metrics share.
    ("http", Shell, ""),
    ("config", Meeting, "CORE SHELL"),
    ("daemon", Meeting, "CORE SHELL config"),
    ("console", Meeting, "CORE SHELL config daemon"),
    ("metrics", Meeting, "SHELL daemon"),
    ("scheduler", Meeting, "CORE SHELL config daemon"),
    ("cli", Meeting, "CORE SHELL config daemon console metrics scheduler"),
];

/// What the core may not name: clock, disk, network, async, randomness.
const NOT_IN_THE_CORE: [&str; 17] = [
    "tokio",
    "sqlx",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "Instant",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "rand",
    "getrandom",
    "new_v4",
    "now_v7",
    "async",
    "await",
];

/// Only the clock asks what time it is.
const ONLY_IN_THE_CLOCK: [&str; 3] = ["Timestamp::now", "Zoned::now", "SystemTime::now"];

/// Lines of a file without its tests.
const LONGEST_FILE: usize = 450;
/// Who reads the daemon's one file knows the program.
const LONGEST_DAEMON: usize = 150;

#[test]
fn the_house_keeps_its_direction() {
    let found = breaches(&sources());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// The way of a letter: who takes each of its steps. Whoever else did would go past the gate or the breaker.
const ONLY_THERE: [(&str, &[&str]); 6] = [
    // into the outbox: through the gate
    ("add_outgoing(", &["store/outbox.rs", "store/record.rs"]),
    ("tx.record(", &["daemon/gate.rs"]),
    ("store.record(", &[]),
    // out of it: past the breaker
    (".lease(", &["daemon/breaker.rs"]),
    ("post.deliver(", &["daemon/send.rs"]),
    ("Transport::open(", &["cli/run.rs", "cli/demo/mod.rs", "cli/check.rs"]),
];

#[test]
fn a_letter_leaves_by_one_way() {
    let mut found = BTreeSet::new();
    for (path, text) in sources().iter().filter(|(path, _)| !is_test(path)) {
        let code = without_tests(&bare(text));
        for (step, takers) in ONLY_THERE.iter().filter(|(step, _)| code.contains(step)) {
            assert!(takers.contains(&path.as_str()), "{path} has `{step}`, which is for {takers:?} alone");
            found.insert(*step);
        }
    }
    let expected: BTreeSet<&str> =
        ONLY_THERE.iter().filter(|(_, takers)| !takers.is_empty()).map(|(step, _)| *step).collect();
    assert_eq!(found, expected, "a step has another name by now");
}

/// The files of `src/`: path below it, and text.
fn sources() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    gather(&source, &source, &mut files);
    assert!(files.iter().any(|(path, _)| path == "lib.rs"), "no source was found in {}", source.display());
    files
}

fn gather(root: &Path, directory: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// What is wrong with these files of `src/` (path below it, text): one sentence each.
fn breaches(files: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut known_by: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in files.iter().filter(|(path, _)| !is_test(path)) {
        let code = without_tests(&bare(text));
        found.extend(too_long(path, code.lines().count()));
        let code = format!("{code}\n{}", spelt_out(&code));
        match path.as_str() {
            "lib.rs" => {}
            "main.rs" => found.extend(strangers(path, "main", &["cli", "telemetry"], &mentions(path, &code))),
            _ => {
                let module = module_of(path);
                let mentioned = mentions(path, &code);
                found.extend(judge(path, module, &mentioned, &code));
                known_by.entry(module).or_default().extend(mentioned.into_iter().filter(|name| name != module));
            }
        }
    }
    found.extend(circles(&known_by));
    found
}

fn judge(path: &str, module: &str, mentioned: &BTreeSet<String>, code: &str) -> Vec<String> {
    let Some((_, side, known)) = HOUSE.iter().find(|(name, ..)| *name == module) else {
        return vec![format!("{path}: the module {module} has no row in the table")];
    };
    let allowed: Vec<&str> = known.split_whitespace().flat_map(expanded).chain([module]).collect();
    let mut found = strangers(path, module, &allowed, mentioned);
    let says = |word: &&str| Regex::new(&format!(r"\b{word}\b")).unwrap().is_match(code);
    if *side == Core {
        found.extend(
            NOT_IN_THE_CORE.iter().filter(|word| says(word)).map(|word| format!("{path}: the core names {word}")),
        );
    } else if module != "clock" {
        let asks = ONLY_IN_THE_CLOCK.iter().filter(|word| says(word));
        found.extend(asks.map(|word| format!("{path}: {word} belongs to the clock alone")));
    }
    found
}

fn expanded(word: &str) -> Vec<&str> {
    let all = |wanted: Side| HOUSE.iter().filter(move |(_, side, _)| *side == wanted).map(|(name, ..)| *name).collect();
    match word {
        "CORE" => all(Core),
        "SHELL" => all(Shell),
        _ => vec![word],
    }
}

fn strangers(path: &str, module: &str, allowed: &[&str], mentioned: &BTreeSet<String>) -> Vec<String> {
    let strange = mentioned.iter().filter(|name| !allowed.contains(&name.as_str()));
    strange.map(|name| format!("{path}: {module} may not know {name}")).collect()
}

fn too_long(path: &str, lines: usize) -> Option<String> {
    let most = if path == "daemon.rs" { LONGEST_DAEMON } else { LONGEST_FILE };
    (lines > most).then(|| format!("{path}: {lines} lines without tests, {most} are the most"))
}

/// Modules that know themselves by way of others.
fn circles(known_by: &BTreeMap<&str, BTreeSet<String>>) -> Vec<String> {
    let in_circle = known_by.keys().filter(|name| reached_from(name, known_by).contains(**name));
    in_circle.map(|name| format!("{name} stands in a circle")).collect()
}

fn reached_from<'a>(start: &'a str, known_by: &'a BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![start];
    while let Some(module) = ahead.pop() {
        let known = known_by.get(module).into_iter().flatten();
        ahead.extend(known.map(String::as_str).filter(|name| reached.insert(*name)));
    }
    reached
}

/// The modules that this code names by `crate::`, by the crate's name, or by enough `super::`.
fn mentions(path: &str, code: &str) -> BTreeSet<String> {
    let from_root = Regex::new(r"\b(?:crate|rmad)::(\w+|\*)").unwrap();
    let upwards = Regex::new(r"\b((?:super::)+)(\w+)").unwrap();
    let depth = path.trim_end_matches("/mod.rs").split('/').count();
    let climbed = upwards.captures_iter(code).filter(|up| up[1].matches("super").count() >= depth);
    let climbed = climbed.filter(|up| HOUSE.iter().any(|(name, ..)| *name == &up[2])).map(|up| up[2].to_owned());
    from_root.captures_iter(code).map(|from| from[1].to_owned()).chain(climbed).collect()
}

fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The text with comments, strings and characters blanked, line ends kept. A block comment is taken to nest no other.
fn bare(text: &str) -> String {
    let quiet = r##"(?s)//[^\n]*|/\*.*?\*/|\bb?r(?:"[^"]*"|#+".*?"#+)|"(?:\\.|[^"\\])*"|'(?:\\.[^']*|[^\\'])'"##;
    let blank = |found: &regex::Captures<'_>| found[0].replace(|c| c != '\n', " ");
    Regex::new(quiet).unwrap().replace_all(text, blank).into_owned()
}

/// Bare code without the items that only tests see.
fn without_tests(code: &str) -> String {
    let Some((before, after)) = code.split_once("#[cfg(test)]") else {
        return code.to_owned();
    };
    let mut open = 0;
    let end = after.find(|c| {
        open += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        open == 0 && (c == '}' || c == ';')
    });
    let rest = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
    format!("{before}{}", without_tests(rest))
}

/// Each path of each `use` tree, whole, on a line of its own.
fn spelt_out(code: &str) -> String {
    let uses = Regex::new(r"\buse\s+([^;]+);").unwrap();
    let paths = uses.captures_iter(code).flat_map(|found| branches(&found[1].replace(char::is_whitespace, "")));
    paths.collect::<Vec<_>>().join("\n")
}

/// `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn branches(tree: &str) -> Vec<String> {
    let Some((stem, rest)) = tree.split_once('{') else {
        return vec![tree.to_owned()];
    };
    let mut open = 0;
    let at_top = |c: char| {
        open += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        open == 0 && c == ','
    };
    let inside = rest.strip_suffix('}').unwrap_or(rest);
    let parts = inside.split(at_top).filter(|part| !part.is_empty());
    parts.flat_map(branches).map(|leaf| format!("{stem}{leaf}")).collect()
}

/// The breaches of made-up files.
fn breaches_of(files: &[(&str, &str)]) -> Vec<String> {
    breaches(&files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect::<Vec<_>>())
}

#[test]
fn a_stranger_is_found_however_it_is_named() {
    for (path, text, expected) in [
        ("order.rs", "use crate::mail::Message;", "order.rs: order may not know mail"),
        ("order.rs", "fn f(m: &crate::mail::Message) {}", "order.rs: order may not know mail"),
        (
            "mail/parts.rs",
            "use crate::{\n    mail::Mailbox,\n    store::{Db, Tx},\n};",
            "mail/parts.rs: mail may not know store",
        ),
        ("mail/parts.rs", "use super::super::order::Money;", "mail/parts.rs: mail may not know order"),
        ("mail/mod.rs", "use super::order;", "mail/mod.rs: mail may not know order"),
        ("transport/smtp.rs", "use crate::mailbox::Cursor;", "transport/smtp.rs: transport may not know mailbox"),
        ("mail/mod.rs", "use crate::*;", "mail/mod.rs: mail may not know *"),
        ("main.rs", "use rmad::{cli, store};", "main.rs: main may not know store"),
        ("shop.rs", "", "shop.rs: the module shop has no row in the table"),
    ] {
        assert_eq!(breaches_of(&[(path, text)]), [expected], "{text}");
    }
}

#[test]
fn the_outside_is_found_in_the_core() {
    for (text, word) in [
        ("use std::{fmt, fs};", "std::fs"),
        ("use std::{fmt::{self, Write}, net::{IpAddr, TcpStream}};", "std::net"),
        ("pub async fn read() {}", "async"),
        ("let now = jiff::Timestamp::now();", "Timestamp::now"),
        ("let id = Uuid::new_v4();", "new_v4"),
        ("let home = std::env::var(NAME);", "std::env"),
    ] {
        assert_eq!(breaches_of(&[("mail/mod.rs", text)]), [format!("mail/mod.rs: the core names {word}")], "{text}");
    }
    let asks = breaches_of(&[("store/mod.rs", "let now = Timestamp::now();"), ("clock.rs", "Timestamp::now()")]);
    assert_eq!(asks, ["store/mod.rs: Timestamp::now belongs to the clock alone"]);
}

#[test]
fn what_may_be_known_is_no_breach() {
    let innocent = r##"
        //! Unlike crate::store this knows no tokio.
        use crate::{mail::Message, order};
        /* std::fs */
        const WORDS: [&str; 3] = ["async", r"std::fs", r#"crate::store "quoted" sqlx"#];
        fn quote<'a>(c: &'a char) -> bool { *c == '"' || *c == '\'' }
        use super::words;
        #[cfg(test)]
        use std::fs;
        fn operand() {}
        #[cfg(test)]
        mod tests {
            use crate::store::Db;
            fn nested() { std::fs::read("a") }
        }
    "##;
    assert_eq!(breaches_of(&[("understanding/words.rs", innocent)]), [""; 0]);
    assert_eq!(breaches_of(&[("mail/tests.rs", "use crate::store;")]), [""; 0]);
}

#[test]
fn code_after_a_test_still_counts() {
    let text = "#[cfg(test)]\nmod tests { fn f() { {} } }\nuse crate::store::Db;\n";
    assert_eq!(breaches_of(&[("mail/mod.rs", text)]), ["mail/mod.rs: mail may not know store"]);
}

#[test]
fn a_circle_is_found_however_long() {
    let files = [
        ("daemon.rs", "use crate::config::Config;"),
        ("config/mod.rs", "use crate::scheduler::Settings;"),
        ("scheduler.rs", "use crate::daemon;"),
        ("cli/mod.rs", "use crate::daemon;"),
    ];
    let found = breaches_of(&files);
    for module in ["config", "daemon", "scheduler"] {
        assert!(found.contains(&format!("{module} stands in a circle")), "{found:?}");
    }
    assert!(!found.iter().any(|breach| breach.starts_with("cli")), "{found:?}");
}

#[test]
fn a_long_file_is_found_and_its_tests_are_not_counted() {
    let lines = "fn f() {}\n";
    let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines.repeat(100), lines.repeat(500));
    let long = lines.repeat(451);
    let found = breaches_of(&[("order.rs", &long), ("daemon.rs", &lines.repeat(151)), ("mail/mod.rs", &tested)]);
    let expected =
        ["order.rs: 451 lines without tests, 450 are the most", "daemon.rs: 151 lines without tests, 150 are the most"];
    assert_eq!(found, expected);
}
