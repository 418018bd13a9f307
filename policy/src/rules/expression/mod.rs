//! `expression`: a rule in the Common Expression Language, for what no other kind asks. The server alone judges it: the language is behind the
//! feature `expression`, and a program without it says so.
//!
//! What an expression may look at stands in [`variables`]; what bounds its cost in `bounds`.

#[cfg(feature = "expression")]
mod bounds;
#[cfg(feature = "expression")]
mod program;
#[cfg(all(test, feature = "expression"))]
mod tests;
#[cfg(feature = "expression")]
mod typed;
pub mod variables;

use serde::{Deserialize, Serialize};

use super::Demand;
#[cfg(feature = "expression")]
use super::DemandFlaw;
use crate::reading::{Facts, Reading};

/// An expression that has to be true. Where a fact that it needs is not known, neither is the rule.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expression {
    /// The expression, at most 1000 characters, in the Common Expression Language (CEL). What it may look at is told below.
    #[cfg_attr(feature = "document", schemars(length(min = 1, max = 1000)))]
    pub expect: String,
    /// Compiled once, when it is first judged. What failed is tried again: it may have been the machine's.
    #[cfg(feature = "expression")]
    #[serde(skip)]
    program: std::sync::OnceLock<program::Program>,
}

impl Demand for Expression {
    const KIND: &'static str = "expression";
    const TITLE: (&'static str, &'static str) = ("Own rule", "Собственное правило");
    const EXAMPLE: &'static str = r#"
- id: locked-and-fresh
  kind: expression
  title: { en: Locked and fresh, ru: Заблокирован и обновлён }
  expect: 'device.lock_strength >= STRENGTH_MEDIUM && device.patch_age < 180'
  mode: warn
"#;
    const SERVER_ONLY: bool = true;

    #[cfg(not(feature = "expression"))]
    fn read(&self, _: &Facts<'_>) -> Reading {
        Reading::unknown(crate::reading::Seen::new("server", "judged by the server"))
    }

    #[cfg(feature = "expression")]
    fn read(&self, facts: &Facts<'_>) -> Reading {
        let compiled = match self.program.get() {
            Some(program) => Ok(program),
            None => {
                program::Program::compile(&self.expect).map(|program| self.program.get_or_init(|| program))
            }
        };
        match compiled {
            Ok(program) => program.read(facts),
            Err(flaw) => Reading::unknown(crate::reading::Seen::new("expression", flaw.to_string())),
        }
    }

    #[cfg(feature = "expression")]
    fn flaws(&self, _: &muster_proto::catalogue::Catalogue) -> Vec<DemandFlaw> {
        let checked = program::Program::compile(&self.expect).and_then(|program| typed::check(&program));
        let flaw = |flaw: bounds::Flaw| DemandFlaw { key: "expect", index: None, message: flaw.to_string() };
        checked.err().map(flaw).into_iter().collect()
    }
}
