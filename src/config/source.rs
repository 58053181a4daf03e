//! The configuration before it means anything: sections of keys with texts, each with the place it came from.
//!
//! The file is read first, then the environment is laid over it. A value is its text, quoted or not, so that the
//! file and the environment obey one set of rules. Whoever reads a [`Section`] names each key; the keys that
//! nobody named are unknown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Faults, nearest};
use super::section::Section;

const SECTIONS: [&str; 10] =
    ["vendor", "intake", "delivery", "store", "trust", "recognise", "policy", "reminders", "console", "metrics"];

/// A configuration file with the environment laid over it, and the faults found so far.
pub(super) struct Source {
    file: String,
    /// Relative paths count from here.
    directory: PathBuf,
    tables: BTreeMap<String, Table>,
    faults: Vec<Fault>,
}

/// The environment variables that override settings: `RMAD_STORE__URL` is `url` in `[store]`.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

#[derive(Default)]
pub(super) struct Table {
    /// Of the section's head; `None` for one that stands in the environment alone.
    pub(super) line: Option<usize>,
    pub(super) entries: BTreeMap<String, Entry>,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

#[derive(Clone)]
pub(super) enum Value {
    One(String),
    Many(Vec<String>),
    /// A table, or a list of lists: nothing that a setting can be.
    Nested,
}

#[derive(Clone)]
pub(super) enum Origin {
    Line(usize),
    Variable(String),
}

impl Environment {
    /// Of this process. `RMAD_` variables without `__` are no settings: `RMAD_CONFIG`, or what a cluster sets for a
    /// service that is called rmad. An empty variable overrides nothing.
    pub fn of_process() -> Environment {
        std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into(), value.to_string_lossy().into()))
            .collect()
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Environment {
        let settings = variables.into_iter().filter(|(name, value)| {
            name.strip_prefix("RMAD_").is_some_and(|path| path.contains("__")) && !value.trim().is_empty()
        });
        Environment(settings.collect())
    }
}

impl Source {
    /// Reads the file; a file that cannot be read, or is not TOML, has no other faults worth a word.
    pub(super) fn read(file: &Path, environment: &Environment) -> Result<Source, Faults> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let remedy = match error.kind() {
                std::io::ErrorKind::NotFound => "`rmad init` writes one to start from; --config FILE names another",
                _ => "it must be a text file in UTF-8 that this user may read",
            };
            let (file, what) = (file.display().to_string(), format!("the configuration cannot be read: {error}"));
            Faults(vec![Fault { file, line: None, what, remedy: remedy.into() }])
        })?;
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let directory = absolute.parent().unwrap_or(Path::new("/"));
        Source::parse(&file.display().to_string(), directory, &text, environment)
    }

    pub(super) fn parse(file: &str, directory: &Path, text: &str, env: &Environment) -> Result<Source, Faults> {
        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(Faults(errors.iter().map(|error| not_toml(file, text, error)).collect()));
        }
        let mut source =
            Source { file: file.to_owned(), directory: directory.to_owned(), tables: BTreeMap::new(), faults: vec![] };
        for (name, value) in document.get_ref() {
            source.take_table(name.get_ref(), line_of(text, name.span().start), value.get_ref(), text);
        }
        for (name, value) in &env.0 {
            source.take_variable(name, value);
        }
        Ok(source)
    }

    /// Reads one section with `read`, then reports the keys that `read` did not name.
    pub(super) fn section<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Section<'_>) -> T) -> T {
        let nothing = Table::default();
        let table = self.tables.get(name).unwrap_or(&nothing);
        let (file, directory, faults) = (&self.file, &self.directory, &mut self.faults);
        let mut section = Section { name, file, directory, table, known: vec![], faults };
        let settings = read(&mut section);
        section.refuse_unknown_keys();
        settings
    }

    /// The text of one key as it stands, unchecked; for a section that is read later, or not at all.
    pub(super) fn peek(&self, section: &str, key: &str) -> Option<&str> {
        match &self.tables.get(section)?.entries.get(key)?.value {
            Value::One(text) => Some(text),
            _ => None,
        }
    }

    /// The settings, if there was no fault; a reader that found none must return some.
    pub(super) fn finish<T>(mut self, settings: Option<T>) -> Result<T, Faults> {
        self.faults.sort_by_key(|fault| fault.line);
        settings.filter(|_| self.faults.is_empty()).ok_or(Faults(self.faults))
    }

    fn take_table(&mut self, name: &str, line: usize, value: &DeValue<'_>, text: &str) {
        let as_table = value.as_table();
        if as_table.is_none() && !SECTIONS.contains(&name) {
            let (what, remedy) =
                (format!("{name} stands in no section"), "move it below its section, such as [vendor]");
            return self.fault(Origin::Line(line), what, remedy.into());
        }
        if self.refuse_unknown_section(name, &Origin::Line(line)) {
            return;
        }
        let Some(table) = as_table else {
            let (what, remedy) = (format!("{name} is a section"), format!("write [{name}] and its keys below it"));
            return self.fault(Origin::Line(line), what, remedy);
        };
        let entry = |key_at: usize, value: &DeValue<'_>| Entry {
            value: Value::of(value),
            origin: Origin::Line(line_of(text, key_at)),
        };
        let entries =
            table.iter().map(|(key, value)| (key.get_ref().to_string(), entry(key.span().start, value.get_ref())));
        self.tables.insert(name.to_owned(), Table { line: Some(line), entries: entries.collect() });
    }

    fn take_variable(&mut self, name: &str, value: &str) {
        let lower = name.strip_prefix("RMAD_").unwrap_or(name).to_lowercase();
        let origin = Origin::Variable(name.to_owned());
        if let Some((section, key)) = lower.split_once("__")
            && !self.refuse_unknown_section(section, &origin)
        {
            let entry = Entry { value: Value::One(value.to_owned()), origin };
            self.tables.entry(section.to_owned()).or_default().entries.insert(key.to_owned(), entry);
        }
    }

    fn refuse_unknown_section(&mut self, name: &str, origin: &Origin) -> bool {
        if SECTIONS.contains(&name) {
            return false;
        }
        let (what, remedy) = match name {
            "oauth2" => (
                "OAuth2 is not available yet".to_owned(),
                "leave [oauth2] out and sign in with auth = \"password\"".into(),
            ),
            _ => (format!("there is no section [{name}]"), suggestion(name, &SECTIONS, "the sections are")),
        };
        self.fault(origin.clone(), what, remedy);
        true
    }

    fn fault(&mut self, origin: Origin, what: String, remedy: String) {
        self.faults.push(origin.fault(&self.file, what, remedy));
    }
}

impl Value {
    fn of(value: &DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::One(text.to_string()),
            DeValue::Integer(number) => Value::One(number.to_string()),
            DeValue::Float(number) => Value::One(number.to_string()),
            DeValue::Boolean(truth) => Value::One(truth.to_string()),
            DeValue::Datetime(when) => Value::One(when.to_string()),
            DeValue::Table(_) => Value::Nested,
            DeValue::Array(items) => {
                let texts = items.iter().map(|item| match Value::of(item.get_ref()) {
                    Value::One(text) => Some(text),
                    _ => None,
                });
                texts.collect::<Option<Vec<_>>>().map_or(Value::Nested, Value::Many)
            }
        }
    }
}

impl Origin {
    pub(super) fn fault(self, file: &str, what: String, remedy: String) -> Fault {
        match self {
            Origin::Line(line) => Fault { file: file.to_owned(), line: Some(line), what, remedy },
            Origin::Variable(name) => Fault { file: format!("environment variable {name}"), line: None, what, remedy },
        }
    }
}

fn not_toml(file: &str, text: &str, error: &toml::de::Error) -> Fault {
    Fault {
        file: file.to_owned(),
        line: error.span().map(|span| line_of(text, span.start)),
        what: format!("this is not TOML: {}", error.message().replace('\n', ", ")),
        remedy: "the form is: key = \"text\", key = 5, key = [\"a\", \"b\"], below a [section]; see https://toml.io"
            .into(),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

pub(super) fn suggestion(word: &str, known: &[&str], these_are: &str) -> String {
    match nearest(word, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("{these_are}: {}", known.join(", ")),
    }
}
