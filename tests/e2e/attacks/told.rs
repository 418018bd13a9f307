//! What attackers were told, counted.

use muster_fleet::http::Answer;
use muster_proto::answer::ReportsAnswer;
use muster_proto::cbor::decode_within;
use muster_proto::problem::Problem;
use std::collections::BTreeMap;
use std::fmt;

/// Words, and how often they were said.
#[derive(Debug, Default)]
pub struct Told(BTreeMap<String, usize>);

impl Told {
    /// Counts an answer: its status, and its code.
    pub fn note(&mut self, answer: &Answer) {
        let code = match serde_json::from_slice::<Problem>(&answer.body) {
            Ok(problem) => problem.code,
            Err(_) => outcome(&answer.body).unwrap_or_default(),
        };
        self.word(format!("{} {code}", answer.status).trim().to_owned());
    }

    /// Counts words.
    pub fn word(&mut self, word: String) {
        *self.0.entry(word).or_default() += 1;
    }

    /// Whether this holds of everything that was said.
    pub fn every(&self, holds: impl Fn(&str) -> bool) -> bool {
        !self.0.is_empty() && self.0.keys().all(|word| holds(word))
    }

    /// Nothing but these was said, and each of them.
    #[track_caller]
    pub fn only(self, words: &[&str]) -> Self {
        let (mut said, mut meant): (Vec<&str>, _) =
            (self.0.keys().map(String::as_str).collect(), words.to_vec());
        said.sort_unstable();
        meant.sort_unstable();
        assert_eq!(said, meant, "{self}");
        self
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(word, count)| format!("{count}× {word}")).collect();
        write!(f, "{}", parts.join(", "))
    }
}

fn outcome(body: &[u8]) -> Option<String> {
    let answer: ReportsAnswer = decode_within(body, 1 << 20).ok()?;
    let outcome = answer.outcomes.iter().next()?;
    Some(outcome.code.as_ref().map_or("accepted", |code| code.as_str()).to_owned())
}
