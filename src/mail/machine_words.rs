//! The words by which machines are known, read from `machines.toml` once.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;

pub(super) static MACHINES: LazyLock<Machines> = LazyLock::new(|| {
    toml::from_str(include_str!("machines.toml")).unwrap_or_else(|fault| panic!("machines.toml is faulty: {fault}"))
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Machines {
    pub(super) bounce: Bounce,
    pub(super) automatic: Automatic,
    pub(super) vacation: Vacation,
    pub(super) challenge: Challenge,
    pub(super) acknowledgement: Acknowledgement,
    pub(super) person: Person,
    pub(super) doubtful: Doubtful,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bounce {
    pub(super) subjects: Phrases,
    pub(super) texts: Phrases,
    pub(super) telling: Phrases,
    pub(super) system_names: Phrases,
    pub(super) system_senders: Phrases,
    pub(super) delays: Phrases,
    pub(super) given_up: Phrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Automatic {
    pub(super) subjects: Phrases,
    pub(super) endings: Phrases,
    pub(super) absences: Phrases,
    pub(super) after_absence: Phrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vacation {
    pub(super) formulas: Phrases,
    pub(super) away: Phrases,
    pub(super) self_named: Phrases,
    pub(super) meanwhile: Phrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Challenge {
    pub(super) protected: Phrases,
    pub(super) pass: Phrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledgement {
    pub(super) received: Phrases,
    pub(super) answer_follows: Phrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) concerns: Phrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Doubtful {
    pub(super) absence: Phrases,
    pub(super) received: Phrases,
    pub(super) answer_follows: Phrases,
}

/// Phrases that are all looked for in one pass over a text.
#[derive(Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct Phrases {
    list: Vec<String>,
    finder: AhoCorasick,
}

impl TryFrom<Vec<String>> for Phrases {
    type Error = aho_corasick::BuildError;

    fn try_from(list: Vec<String>) -> Result<Phrases, Self::Error> {
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&list)?;
        Ok(Phrases { list, finder })
    }
}

impl Phrases {
    /// The first phrase that stands in the text (in lower case).
    pub(super) fn first_in(&self, text: &str) -> Option<&str> {
        let found = self.finder.find(text)?;
        self.list.get(found.pattern().as_usize()).map(String::as_str)
    }

    pub(super) fn occurs_in(&self, text: &str) -> bool {
        self.finder.is_match(text)
    }

    /// The phrases that the text begins with.
    pub(super) fn opening<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a str> {
        self.list.iter().map(String::as_str).filter(move |phrase| text.starts_with(*phrase))
    }

    /// The phrase that the text ends with.
    pub(super) fn closing(&self, text: &str) -> Option<&str> {
        self.list.iter().map(String::as_str).find(|phrase| text.ends_with(*phrase))
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.list.iter().any(|phrase| phrase == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_plain() {
        let Machines { bounce, automatic, vacation, challenge, acknowledgement, person, doubtful } = &*MACHINES;
        let bounces = [&bounce.subjects, &bounce.texts, &bounce.telling, &bounce.delays, &bounce.given_up];
        let senders = [&bounce.system_names, &bounce.system_senders];
        let notes = [&automatic.subjects, &automatic.endings, &automatic.absences, &automatic.after_absence];
        let others = [
            &vacation.formulas,
            &vacation.away,
            &vacation.self_named,
            &vacation.meanwhile,
            &challenge.protected,
            &challenge.pass,
            &acknowledgement.received,
            &acknowledgement.answer_follows,
            &person.concerns,
            &doubtful.absence,
            &doubtful.received,
            &doubtful.answer_follows,
        ];
        for phrases in bounces.into_iter().chain(senders).chain(notes).chain(others) {
            for phrase in &phrases.list {
                assert_eq!(&super::super::text::plain(phrase), phrase);
                assert!(!phrase.is_empty());
            }
        }
    }
}
