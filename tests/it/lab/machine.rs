//! Machines that answer what comes, behind a real Postfix (`tests/lab/machine.py`).

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A mail address behind which a program reads and writes.
pub struct Machine {
    pub address: String,
    name: String,
    directory: PathBuf,
}

impl Machine {
    pub(super) fn new(directory: &Path, domain: &str) -> Machine {
        let name = format!("m{}", uuid::Uuid::new_v4().simple());
        let machine = Machine { address: format!("{name}@{domain}"), name, directory: directory.to_owned() };
        machine.sends(&json!([]));
        machine
    }

    /// The mails that it sends for every one that comes, as `machine.py` has them.
    pub fn sends(&self, mails: &Value) {
        let script = self.directory.join(format!("{}.json", self.name));
        fs::write(script, mails.to_string()).expect("the machine's script is written");
    }

    /// Another address of the same machine.
    pub fn also(&self, desk: &str) -> String {
        format!("{desk}.{}", self.address)
    }

    /// How many messages have come.
    pub fn received(&self) -> usize {
        let files = fs::read_dir(&self.directory).expect("the machines' directory");
        let names = files.map(|file| file.expect("the machines' directory").file_name().into_string().expect("a name"));
        names.filter(|name| name.starts_with(&format!("{}.", self.name)) && name.ends_with(".eml")).count()
    }
}
