//! `muster-agent status`.

use muster_agent::runtime::Clock;
use muster_agent::status::{Status, in_words};
use muster_agent::store::peek;
use muster_agent::texts::Language;

use super::{Places, print};

/// Shows what the person who carries the phone may know. Looks at what is saved: `run` may go on beside it.
pub fn status(places: &Places, json: bool, language: Language) -> anyhow::Result<()> {
    let status = Status::of(peek(&places.state)?, Clock::system()?.now());
    match json {
        true => print(&format!("{}\n", serde_json::to_string(&status)?)),
        false => print(&in_words(&status, language)),
    }
}
