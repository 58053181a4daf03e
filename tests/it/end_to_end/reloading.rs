//! The policy is read again while the daemon runs.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Zoned;
use rmad::policy::Policy;
use tempfile::TempDir;

use super::{Daemon, PATIENCE, invoice, mail, orders_of, serial};
use crate::lab;

/// A vendor whose mail comes and goes as files: two customers, whose two units each were sold a month ago.
struct Desk(TempDir);

const CUSTOMERS: [&str; 2] = ["sam@cust.example", "kim@customer.example"];

impl Desk {
    fn new() -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        for folder in ["in", "out"].iter().flat_map(|root| ["tmp", "new", "cur"].map(|part| format!("{root}/{part}"))) {
            fs::create_dir_all(desk.path().join(folder)).unwrap();
        }
        for (name, text) in orders_of(&CUSTOMERS.map(str::to_owned), Zoned::now().date()) {
            fs::write(desk.path().join(name), text).unwrap();
        }
        let configuration = "[vendor]\nname = \"Northwind KVM\"\naddress = \"support@northwind.example\"\n\
             returns_address = [\"1 Example Street\"]\n[policy]\nfile = \"policy.toml\"\n\
             [intake]\nkind = \"maildir\"\npath = \"in\"\npoll_seconds = 1\nbacklog = \"answer\"\n\
             [delivery]\nkind = \"maildir\"\npath = \"out\"\nmode = \"live\"\n[store]\nurl = \"sqlite://desk.db\"\n";
        fs::write(desk.path().join("rmad.toml"), configuration).unwrap();
        desk.has_policy(Policy::default_text());
        assert!(desk.command(&["import", "."]).status().unwrap().success());
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn has_policy(&self, text: &str) {
        fs::write(self.path().join("policy.toml"), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_rmad")]).args(arguments).current_dir(self.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RMAD_")) {
            command.env_remove(name);
        }
        command.stdout(Stdio::null());
        command
    }

    fn run(&self) -> Daemon {
        let log = self.path().join("log");
        let child = self.command(&["run"]).stderr(File::create(&log).unwrap()).spawn().unwrap();
        Daemon { child, log }
    }

    /// The answer to a customer's request for the repair of a unit, beside those that were given before.
    fn answers(&self, customer: usize, unit: usize) -> String {
        let given = self.letters();
        let (serial, invoice) = (serial(customer, unit), invoice(customer));
        let words = format!("Our switch with serial number {serial} (invoice {invoice}) is dead.");
        let arriving = self.path().join(format!("in/new/{}.asked", uuid::Uuid::new_v4().simple()));
        fs::write(arriving, mail(CUSTOMERS[customer], "Dead switch", "", &words)).unwrap();
        let came = || self.letters().into_iter().find(|letter| !given.contains(letter));
        let letter = lab::within_some(PATIENCE, "an answer comes", came);
        String::from_utf8(fs::read(letter).unwrap()).unwrap().replace("=\r\n", "").replace("\r\n", " ")
    }

    fn letters(&self) -> Vec<std::path::PathBuf> {
        fs::read_dir(self.path().join("out/new")).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

#[test]
fn a_policy_is_put_in_force_by_a_signal_and_a_faulty_one_is_not() {
    let desk = Desk::new();
    let daemon = desk.run();
    daemon.says("rmad is at work");
    let hang_up =
        || assert!(Command::new("kill").args(["-HUP", &daemon.child.id().to_string()]).status().unwrap().success());
    let letter = desk.answers(0, 1);
    assert!(letter.contains("Good news: your return is approved."), "{letter}");

    let shorter = Policy::default_text().replacen("term = \"3 years\"", "term = \"20 days\"", 1);
    desk.has_policy(&shorter.replacen("\"2026-01\"", "\"shorter\"", 1));
    hang_up();
    daemon.says("the policy was read again and is in force");
    let declined = "we are sorry that we cannot accept it";
    let letter = desk.answers(0, 2);
    assert!(letter.contains(declined), "{letter}");

    desk.has_policy(&Policy::default_text().replacen("restocking_percent = 15", "restocking_percent = 115", 1));
    hang_up();
    daemon.says("the old one stays in force");
    let log = daemon.said();
    assert!(log.contains("policy.toml") && log.contains("give a rate from 0 to 100 percent"), "{log}");
    let letter = desk.answers(1, 1);
    assert!(letter.contains(declined), "{letter}");
    daemon.stop();
}
