//! The versions of the policy that stand side by side. Which of them an order is judged by is decided by its invoice date
//! alone: what a customer bought under does not change when the policy does.

use std::fmt;

use jiff::civil::Date;

use super::Policy;
use super::document::PolicyFault;
use super::parse::Version;

/// Every version of the policy, by the day from which it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policies {
    earliest: Policy,
    /// In the order of their days.
    later: Vec<Policy>,
}

/// The text of one version, and what its file is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Policies {
    /// Reads one version a file.
    ///
    /// # Errors
    /// Every fault of every file; two files that give one version, or one day, twice; no file at all.
    pub fn parse(files: &[Written<'_>]) -> Result<Policies, PolicyFaults> {
        let mut versions: Vec<(&str, Version)> = Vec::new();
        let mut faults: Vec<(String, PolicyFault)> = Vec::new();
        for Written { file, text } in files {
            match Version::parse(text) {
                Ok(version) => versions.push((file, version)),
                Err(found) => faults.extend(found.into_iter().map(|fault| ((*file).to_owned(), fault))),
            }
        }
        for (at, (file, version)) in versions.iter().enumerate() {
            let clashes = versions.iter().take(at).flat_map(|(other, earlier)| clashes(version, other, earlier));
            faults.extend(clashes.map(|fault| ((*file).to_owned(), fault)));
        }
        versions.sort_by_key(|(_, version)| version.policy.effective_from);
        let mut versions = versions.into_iter().map(|(_, version)| version.policy);
        match versions.next() {
            Some(earliest) if faults.is_empty() => Ok(Policies { earliest, later: versions.collect() }),
            _ => Err(PolicyFaults(faults)),
        }
    }

    /// The version in force on an order's invoice date; for an order that is older than every version, the earliest.
    pub fn on(&self, invoiced_on: Date) -> &Policy {
        let in_force = self.later.iter().rev().find(|policy| policy.effective_from <= invoiced_on);
        in_force.unwrap_or(&self.earliest)
    }

    /// The version of this name, where there is one.
    pub fn version(&self, name: &str) -> Option<&Policy> {
        self.versions().find(|policy| policy.version == name)
    }

    /// The earliest first.
    pub fn versions(&self) -> impl Iterator<Item = &Policy> {
        std::iter::once(&self.earliest).chain(&self.later)
    }
}

impl From<Policy> for Policies {
    fn from(only: Policy) -> Policies {
        Policies { earliest: only, later: Vec::new() }
    }
}

/// What cannot stand side by side with a version of another file.
fn clashes(version: &Version, other: &str, earlier: &Version) -> Vec<PolicyFault> {
    let mut faults = Vec::new();
    if version.policy.version == earlier.policy.version {
        faults.push(PolicyFault {
            line: version.version_line,
            what: format!("{other} has the version \"{}\" as well", version.policy.version),
            remedy: "give one of them another name".to_owned(),
        });
    }
    if version.policy.effective_from == earlier.policy.effective_from {
        faults.push(PolicyFault {
            line: version.effective_from_line,
            what: format!("{other} is in force from {} as well", version.policy.effective_from),
            remedy: "give one of them another day, or keep one of the two files".to_owned(),
        });
    }
    faults
}

/// Every fault of a policy, each with the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyFaults(pub Vec<(String, PolicyFault)>);

impl fmt::Display for PolicyFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "the policy has {count} {}", if count == 1 { "fault" } else { "faults" })?;
        self.0.iter().try_for_each(|(file, PolicyFault { line, what, remedy })| {
            write!(f, "\n{file}:{line}: {what}\n    {remedy}")
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// The policy that ships, as another version in force from another day.
    fn version(name: &str, effective_from: &str) -> String {
        Policy::default_text().replacen("version = \"2026-01\"", &format!("version = \"{name}\""), 1).replacen(
            "effective_from = 2026-01-01",
            &format!("effective_from = {effective_from}"),
            1,
        )
    }

    #[test]
    fn the_version_in_force_on_the_invoice_date_decides() {
        let texts = [version("c", "2026-07-01"), version("a", "2024-01-01"), version("b", "2025-02-28")];
        let policies = Policies::parse(&texts.each_ref().map(|text| Written { file: "p.toml", text })).unwrap();
        for (day, name) in [
            (date(2026, 7, 2), "c"),
            (date(2026, 7, 1), "c"),
            (date(2026, 6, 30), "b"),
            (date(2025, 2, 28), "b"),
            (date(2025, 2, 27), "a"),
            (date(2024, 1, 1), "a"),
            (date(2023, 12, 31), "a"),
            (Date::MIN, "a"),
            (Date::MAX, "c"),
        ] {
            assert_eq!(policies.on(day).version, name, "{day}");
        }
        assert_eq!(policies.version("b").map(|policy| policy.effective_from), Some(date(2025, 2, 28)));
        assert_eq!(policies.version("d"), None);
    }

    #[test]
    fn two_of_one_name_or_of_one_day_name_both_files() {
        let [old, same_name, same_day] =
            [version("old", "2024-01-01"), version("old", "2026-01-01"), version("new", "2024-01-01")];
        let clash = |text: &str| {
            let old = Written { file: "old.toml", text: &old };
            Policies::parse(&[old, Written { file: "new.toml", text }]).unwrap_err().to_string()
        };
        assert_eq!(
            clash(&same_name),
            format!(
                "the policy has 1 fault\nnew.toml:{}: old.toml has the version \"old\" as well\n    \
                 give one of them another name",
                line_of("version =")
            )
        );
        let told = clash(&same_day);
        let at = format!("new.toml:{}: old.toml is in force from 2024-01-01 as well", line_of("effective_from ="));
        assert!(told.contains(&at), "{told}");
    }

    #[test]
    fn every_fault_names_its_file() {
        let broken = version("a", "2024-01-01").replace("restocking_percent = 15", "restocking_percent = 115");
        let files = [
            Written { file: "one.toml", text: &broken },
            Written { file: "two.toml", text: "version = 2" },
            Written { file: "three.toml", text: Policy::default_text() },
        ];
        let told = Policies::parse(&files).unwrap_err().to_string();
        assert!(told.contains(&format!("one.toml:{}: ", line_of("restocking_percent ="))), "{told}");
        assert!(told.contains("two.toml:1: `version` of the policy is 2"), "{told}");
        assert!(!told.contains("three.toml"), "{told}");
    }

    fn line_of(start: &str) -> usize {
        1 + Policy::default_text().lines().position(|line| line.starts_with(start)).unwrap()
    }
}
