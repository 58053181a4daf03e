//! What is wrong with a configuration, where, and what to do about it.

use std::fmt;

/// One fault. Every fault of a configuration is found before any is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file as the operator named it, or `environment variable RMAD_…`.
    pub file: String,
    /// Counted from one; `None` where no line is to blame.
    pub line: Option<usize>,
    pub what: String,
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what)?,
            None => write!(f, "{}: {}", self.file, self.what)?,
        }
        write!(f, "\n    {}", self.remedy)
    }
}

/// All faults of one configuration, in the order of its lines; those without a line come first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "the configuration has {count} {}", if count == 1 { "fault" } else { "faults" })?;
        self.0.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
}

/// The word among `known` that `word` was probably meant to be: at most one slip for every four letters, and one more.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = 1 + word.chars().count() / 4;
    let slips = known.into_iter().map(|each| (strsim::osa_distance(word, each), each));
    slips.min().filter(|(slips, _)| *slips <= most).map(|(_, each)| each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_is_not() {
        let known = ["time_zone", "address", "name"];
        assert_eq!(nearest("timezone", known), Some("time_zone"));
        assert_eq!(nearest("adress", known), Some("address"));
        assert_eq!(nearest("nmae", known), Some("name"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn a_fault_says_where_what_and_what_to_do() {
        let mut fault =
            Fault { file: "rmad.toml".into(), line: Some(3), what: "it is odd".into(), remedy: "even it".into() };
        assert_eq!(fault.to_string(), "rmad.toml:3: it is odd\n    even it");
        fault.line = None;
        assert_eq!(fault.to_string(), "rmad.toml: it is odd\n    even it");
    }
}
