//! What is counted: how many phones stand where.

use schemars::JsonSchema;
use serde::Serialize;
use std::ops::AddAssign;

/// How many phones stand where. Each phone is counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Figures {
    /// Enrolled and compliant.
    pub ready: u64,
    /// Enrolled, with something to do before a deadline.
    pub grace: u64,
    /// Enrolled and failing, those that are silent left out.
    pub failing: u64,
    /// Enrolled, and it is not known how they stand.
    pub unknown: u64,
    /// Enrolled, and not heard of for longer than their policy allows.
    pub silent: u64,
    /// Enrolled and exempt, or concerned by no rule.
    pub exempt: u64,
    /// In the register, should report, and not enrolled.
    pub not_enrolled: u64,
    /// In the register, can have no agent, and accepted by the maker.
    pub declared_ready: u64,
    /// In the register, can have no agent, and to be replaced before a deadline.
    pub declared_grace: u64,
    /// In the register, can have no agent, and refused by the maker.
    pub declared_failing: u64,
    /// In the register, can have no agent, and nothing says whether it is accepted.
    pub declared_unknown: u64,
}

/// A place in [`Figures`]: its word, what it holds, and where.
type Place = (&'static str, fn(&Figures) -> u64, fn(&mut Figures) -> &mut u64);

const PLACES: [Place; 11] = [
    ("ready", |all| all.ready, |all| &mut all.ready),
    ("grace", |all| all.grace, |all| &mut all.grace),
    ("failing", |all| all.failing, |all| &mut all.failing),
    ("unknown", |all| all.unknown, |all| &mut all.unknown),
    ("silent", |all| all.silent, |all| &mut all.silent),
    ("exempt", |all| all.exempt, |all| &mut all.exempt),
    ("not-enrolled", |all| all.not_enrolled, |all| &mut all.not_enrolled),
    ("declared-ready", |all| all.declared_ready, |all| &mut all.declared_ready),
    ("declared-grace", |all| all.declared_grace, |all| &mut all.declared_grace),
    ("declared-failing", |all| all.declared_failing, |all| &mut all.declared_failing),
    ("declared-unknown", |all| all.declared_unknown, |all| &mut all.declared_unknown),
];

impl Figures {
    /// Every figure with its word.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        PLACES.iter().map(|(word, get, _)| (*word, get(self)))
    }

    /// The figure that a word names.
    pub fn slot(&mut self, word: &str) -> Option<&mut u64> {
        PLACES.iter().find(|(known, ..)| *known == word).map(|(_, _, slot)| slot(self))
    }

    /// Phones that can have no agent.
    #[must_use]
    pub fn declared(&self) -> u64 {
        self.declared_ready + self.declared_grace + self.declared_failing + self.declared_unknown
    }

    /// Phones that are enrolled.
    #[must_use]
    pub fn enrolled(&self) -> u64 {
        self.total() - self.declared() - self.not_enrolled
    }

    /// All phones that are counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.parts().map(|(_, n)| n).sum()
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        for (_, get, slot) in &PLACES {
            *slot(self) += get(&other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_its_word() {
        let said = serde_json::to_value(Figures::default()).unwrap();
        let words: Vec<&str> = PLACES.iter().map(|(word, ..)| *word).collect();
        assert_eq!(said.as_object().unwrap().len(), words.len());
        let mut all = Figures::default();
        for (nth, word) in words.iter().enumerate() {
            assert!(said.get(word).is_some(), "{word}");
            *all.slot(word).unwrap() += nth as u64 + 1;
        }
        let whole = serde_json::to_value(all).unwrap();
        assert!(all.parts().all(|(word, n)| whole[word] == n), "{whole}");
        let mut twice = all;
        twice += all;
        assert_eq!((all.total(), twice.total()), (66, 132));
        assert!(all.slot("others").is_none());
    }
}
