//! Notifications. What was given is kept before it is answered, so that nobody is told twice.

use muster_agent::status::{Note, Status, notes as due};
use muster_agent::texts::Language;
use serde_json::Value;

use crate::agent::{Agent, value};
use crate::error::Result;

/// What is to be notified now.
pub fn notes(agent: &Agent, language: Language) -> Result<Value> {
    let status = Status::of(agent.stored()?, agent.now());
    let mut notes = Vec::<Note>::new();
    agent.change_journal(|journal| {
        if let Some(told) = due(&status, &journal.notified, agent.now().wall, language) {
            (notes, journal.notified) = told;
        }
    })?;
    value(&notes)
}
