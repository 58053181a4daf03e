//! The binary as a script meets it: exit status, standard output and standard error.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn rmad(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().unwrap()
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rmad"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RMAD_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(directory);
    command
}

/// Exit status, standard output, standard error.
fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_init_writes_passes_the_check() {
    let directory = tempfile::tempdir().unwrap();
    let (status, out, err) = told(&rmad(directory.path(), &["init", "desk"]));
    assert_eq!((status, out.as_str(), err.as_str()), (0, "desk/rmad.toml\ndesk/policy.toml\n", ""));
    let (status, out, err) = told(&rmad(directory.path(), &["check", "--config", "desk/rmad.toml"]));
    assert_eq!((status, out.as_str()), (0, "desk/rmad.toml is in order\n"));
    assert!(err.starts_with("rmad: no sender counts as verified") && err.contains("authserv_ids"), "{err}");
    for (key, value) in [("RMAD_TRUST__AUTHSERV_IDS", "mx.vendor.example"), ("RMAD_TRUST__VERIFY", "true")] {
        let mut command = command(directory.path(), &["check", "--config", "desk/rmad.toml"]);
        let (status, out, err) = told(&command.env(key, value).output().unwrap());
        assert_eq!((status, out.as_str(), err.as_str()), (0, "desk/rmad.toml is in order\n", ""), "{key}");
    }
}

#[test]
fn init_overwrites_nothing() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("rmad.toml"), "mine").unwrap();
    let (status, out, err) = told(&rmad(directory.path(), &["init"]));
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(err.contains("./rmad.toml is there already"), "{err}");
    assert_eq!(fs::read_to_string(directory.path().join("rmad.toml")).unwrap(), "mine");
}

#[test]
fn check_names_every_fault_with_its_line_and_remedy() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("rmad.toml"), "[vendor]\nname = \"V\"\nadress = \"s@v.example\"\n[stor]\n")
        .unwrap();
    let (status, out, err) = told(&rmad(directory.path(), &["check"]));
    assert_eq!((status, out.as_str()), (1, ""));
    for expected in [
        "rmad.toml:3: there is no key adress in [vendor]\n    did you mean address?",
        "rmad.toml:4: there is no section [stor]\n    did you mean store?",
    ] {
        assert!(err.contains(expected), "{err}");
    }
}

#[test]
fn a_configuration_that_is_not_there_is_said_so() {
    let directory = tempfile::tempdir().unwrap();
    let (status, _, err) = told(&rmad(directory.path(), &["check"]));
    assert_eq!(status, 1);
    assert!(err.contains("rmad.toml") && err.contains("rmad init"), "{err}");
}

#[test]
fn wrong_usage_is_status_two() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [&["chek"][..], &["check", "--log-format", "xml"], &[]] {
        let (status, out, err) = told(&rmad(directory.path(), arguments));
        assert_eq!((status, out.as_str(), err.is_empty()), (2, "", false), "{arguments:?}");
    }
}

/// tracing's sentence is the field `message`: a field of ours under that name would hide it.
#[test]
fn a_line_of_the_json_log_names_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let demo = rmad(directory.path(), &["demo", "--once", "--log-format", "json", "-v"]);
    let log = String::from_utf8(demo.stderr).unwrap();
    let lines: Vec<&str> = log.lines().filter(|line| line.starts_with('{')).collect();
    assert!(lines.iter().any(|line| line.contains("a message is settled")), "{log}");
    for line in lines {
        assert_eq!(line.matches("\"message\":").count(), 1, "{line}");
    }
}
