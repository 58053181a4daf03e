//! `rmad check --connect` before the first start.

use std::process::Output;

use super::Vendor;
use crate::lab;

/// Exit status, standard output, standard error.
fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn each_connection_has_its_sentence() {
    let vendor = Vendor::new(lab::up(), 0);
    let (status, out, err) = told(&vendor.command(&["check", "--connect"]).output().unwrap());
    assert_eq!((status, err.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    let [config, intake, delivery, store] = lines[..] else { panic!("{out}") };
    assert!(config.ends_with("rmad.toml is in order"), "{out}");
    assert!(intake.starts_with("intake: localhost:") && intake.contains("INBOX holds 0 messages"), "{out}");
    assert!(delivery.starts_with("delivery: localhost:") && delivery.contains("logged in"), "{out}");
    assert!(store.starts_with("store: open") && store.contains("0 messages"), "{out}");
}

#[test]
fn every_failure_is_named() {
    let vendor = Vendor::new(lab::up(), 0);
    let mut command = vendor.command(&["check", "--connect"]);
    command.env("RMAD_INTAKE__PASSWORD", "not-it").env("RMAD_DELIVERY__PORT", "1");
    command.env("RMAD_STORE__URL", "sqlite:///proc/no/rmad.db");
    let (status, out, err) = told(&command.output().unwrap());
    assert_eq!((status, out.lines().count()), (1, 1), "{out}{err}");
    let lines: Vec<&str> = err.lines().collect();
    let [intake, delivery, store] = lines[..] else { panic!("{err}") };
    assert!(intake.starts_with("rmad: intake: the mail server refused the login"), "{err}");
    assert!(delivery.starts_with("delivery: cannot reach localhost:1"), "{err}");
    assert!(store.starts_with("store: the directory /proc/no"), "{err}");
    assert!(!err.contains("not-it"), "{err}");
}

#[test]
fn a_fault_of_the_policy_is_named_with_its_line() {
    let vendor = Vendor::new(lab::up(), 0);
    std::fs::write(vendor.path("policy.toml"), "version = \"1\"\neffective_from = 2026-01-01\nwindow = 3\n").unwrap();
    let mut command = vendor.command(&["check"]);
    command.env("RMAD_POLICY__FILE", vendor.path("policy.toml"));
    let (status, out, err) = told(&command.output().unwrap());
    assert_eq!((status, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("policy.toml:3: "), "{err}");
}
