//! `docs/threats.md` names tests that are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

#[test]
fn every_threat_is_shown_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for directory in ["src", "tests/it"] {
        gather(&root.join(directory), &mut code);
    }
    let test = Regex::new(r"#\[(?:tokio::)?test(?:\([^)]*\))?\][^{;]*?\bfn (\w+)\(").unwrap();
    let tests: BTreeSet<&str> = test.captures_iter(&code).map(|found| found.get(1).unwrap().as_str()).collect();

    let document = fs::read_to_string(root.join("docs/threats.md")).unwrap();
    let is_row =
        |line: &&str| line.starts_with("| ") && !line.starts_with("| what happens") && !line.starts_with("| ---");
    let rows: Vec<&str> = document.lines().filter(is_row).collect();
    assert!(rows.len() > 20, "{} rows", rows.len());
    let name = Regex::new("`([a-z0-9_]+)`").unwrap();
    for row in rows {
        let shown_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let named: Vec<&str> = name.captures_iter(shown_by).map(|found| found.get(1).unwrap().as_str()).collect();
        assert!(!named.is_empty(), "no test shows it: {row}");
        for named in named {
            assert!(tests.contains(named), "there is no test {named}");
        }
    }
}

fn gather(directory: &Path, code: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
