//! One section of the configuration while it is read: each key by its name, each value checked on the way.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::SecretString;

use super::fault::{Fault, nearest};
use super::source::{Entry, Origin, Table, Value, suggestion};
use super::values;

/// One section while it is read. Each reading of a key makes the key known; a key that is absent reads as `None`, and
/// so does one with a fault, after the fault is noted.
pub(super) struct Section<'a> {
    pub(super) name: &'static str,
    /// The configuration file as the operator named it.
    pub(super) file: &'a str,
    pub(super) directory: &'a Path,
    pub(super) table: &'a Table,
    pub(super) known: Vec<&'static str>,
    pub(super) faults: &'a mut Vec<Fault>,
}

impl Section<'_> {
    /// Makes keys known that do not matter with the other settings, such as `host` beside `kind = "maildir"`.
    pub(super) fn tolerate(&mut self, keys: &[&'static str]) {
        self.known.extend(keys);
    }

    /// One line of text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        self.parsed(key, "write a text", |text| Ok(text.to_owned()))
    }

    /// One value that `parse` understands; its error says what is wrong with the value, and `remedy` what to write.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        remedy: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let checked = match self.entry(key)?.value {
            Value::One(text) => one_line(&text).and_then(parse),
            Value::Many(_) => Err("must be one value, not a list".to_owned()),
            Value::Nested => Err("must be one value, not a table".to_owned()),
        };
        self.keep(key, remedy, checked)
    }

    /// The same, with a text that stands where nothing is configured.
    pub(super) fn parsed_or<T>(
        &mut self,
        key: &'static str,
        instead: &str,
        remedy: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.table.entries.contains_key(key) {
            return self.parsed(key, remedy, parse);
        }
        self.known.push(key);
        self.keep(key, remedy, parse(instead))
    }

    /// Several values. In one text they stand apart by line ends or, where it has none, by commas.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        remedy: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let texts = match self.entry(key)?.value {
            Value::Many(texts) => Ok(texts),
            Value::One(text) => {
                let between = if text.contains('\n') { '\n' } else { ',' };
                Ok(text.split(between).filter(|part| !part.trim().is_empty()).map(str::to_owned).collect())
            }
            Value::Nested => Err("must be a list of values".to_owned()),
        };
        let checked = texts.and_then(|texts| texts.iter().map(|text| one_line(text).and_then(&parse)).collect());
        self.keep(key, remedy, checked)
    }

    /// A whole number within bounds.
    pub(super) fn whole<T>(&mut self, key: &'static str, bounds: RangeInclusive<T>) -> Option<T>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let remedy = format!("write a whole number from {} to {}", bounds.start(), bounds.end());
        self.parsed(key, &remedy, |text| values::whole(text, &bounds))
    }

    pub(super) fn truth(&mut self, key: &'static str) -> Option<bool> {
        self.one_of(key, &[("true", true), ("false", false)])
    }

    /// One word of a few.
    pub(super) fn one_of<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let remedy = format!("write one of: {}", words.join(", "));
        self.parsed(key, &remedy, |text| {
            let choice = choices.iter().find(|(word, _)| *word == text);
            choice.map(|(_, value)| *value).ok_or_else(|| {
                let meant = nearest(text, words.iter().copied()).map(|word| format!("; did you mean \"{word}\"?"));
                format!("cannot be \"{text}\"{}", meant.unwrap_or_default())
            })
        })
    }

    /// A path; a relative one counts from the configuration's directory.
    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        self.text(key).map(|path| self.directory.join(path))
    }

    /// A path to a file that is there.
    pub(super) fn file(&mut self, key: &'static str) -> Option<PathBuf> {
        let path = self.path(key)?;
        let there = path.is_file().then_some(()).ok_or_else(|| format!("names {}, which is no file", path.display()));
        self.keep(key, "name a file that is there; a relative path counts from the configuration file", there)?;
        Some(path)
    }

    /// Paths to files that are there, one or several.
    pub(super) fn files(&mut self, key: &'static str) -> Option<Vec<PathBuf>> {
        let remedy =
            "name a file that is there, or a list of such files; a relative path counts from the configuration file";
        let directory = self.directory;
        let files = self.list(key, remedy, |name| {
            let path = directory.join(name);
            if path.is_file() { Ok(path) } else { Err(format!("names {}, which is no file", path.display())) }
        })?;
        if files.is_empty() {
            self.fault(key, "is empty", remedy);
        }
        Some(files)
    }

    /// The password: from the environment, or else the first line of the file that `password_file` names.
    pub(super) fn password(&mut self) -> Option<SecretString> {
        let variable = format!("RMAD_{}__PASSWORD", self.name.to_uppercase());
        let elsewhere = format!("put the password into a file of its own and name that here, or set {variable}");
        let file = self.path("password_file");
        match self.entry("password") {
            Some(Entry { value: Value::One(secret), origin: Origin::Variable(_) }) => {
                Some(secret.trim_end_matches(['\r', '\n']).into())
            }
            Some(_) => {
                let remedy = format!("name a file that holds it with password_file, or set {variable}");
                self.keep("password", &remedy, Err("must not stand in the configuration".to_owned()))
            }
            None => {
                let path = self.required("password_file", &elsewhere, file)?;
                self.keep(
                    "password_file",
                    "it must be a readable file with the password alone on its first line",
                    first_line(&path),
                )
            }
        }
    }

    /// The value, or the fault that the key is not there. A value with a fault has been reported already.
    pub(super) fn required<T>(&mut self, key: &'static str, remedy: &str, value: Option<T>) -> Option<T> {
        if !self.table.entries.contains_key(key) {
            self.fault(key, "is missing", remedy);
        }
        value
    }

    /// Notes a fault of this key that only shows beside other settings.
    pub(super) fn fault(&mut self, key: &str, what: &str, remedy: &str) {
        let what = format!("{}.{key} {what}", self.name);
        let fault = match (self.table.entries.get(key), self.table.line) {
            (Some(entry), _) => entry.origin.clone().fault(self.file, what, remedy.to_owned()),
            (None, Some(line)) => Origin::Line(line).fault(self.file, what, remedy.to_owned()),
            (None, None) => Fault { file: self.file.to_owned(), line: None, what, remedy: remedy.to_owned() },
        };
        self.faults.push(fault);
    }

    /// Whether the value came from the environment.
    pub(super) fn is_from_environment(&self, key: &str) -> bool {
        self.table.entries.get(key).is_some_and(|entry| matches!(entry.origin, Origin::Variable(_)))
    }

    fn entry(&mut self, key: &'static str) -> Option<Entry> {
        self.known.push(key);
        self.table.entries.get(key).cloned()
    }

    pub(super) fn keep<T>(&mut self, key: &str, remedy: &str, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|what| self.fault(key, &what, remedy)).ok()
    }

    pub(super) fn refuse_unknown_keys(mut self) {
        self.known.sort_unstable();
        self.known.dedup();
        for (key, entry) in &self.table.entries {
            if !self.known.contains(&key.as_str()) {
                let what = format!("there is no key {key} in [{}]", self.name);
                let remedy = suggestion(key, &self.known, "the keys are");
                self.faults.push(entry.origin.clone().fault(self.file, what, remedy));
            }
        }
    }
}

/// Settings end up in header fields and log lines: none may smuggle in a line end.
fn one_line(text: &str) -> Result<&str, String> {
    match text.trim() {
        "" => Err("is empty".to_owned()),
        text if text.chars().any(char::is_control) => Err("holds a control character".to_owned()),
        text => Ok(text),
    }
}

fn first_line(path: &Path) -> Result<SecretString, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("names {}: {error}", path.display()))?;
    let first = text.lines().next().filter(|line| !line.is_empty());
    first.map(SecretString::from).ok_or_else(|| format!("names {}, whose first line is empty", path.display()))
}
