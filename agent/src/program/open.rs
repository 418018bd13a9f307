//! `muster-agent open`.

use muster_agent::page_link;
use muster_agent::runtime::Clock;
use muster_agent::sign::KeyRing;
use muster_agent::store::peek;

use super::{Places, enrolled, print};

/// Prints a link to this device's page on the server. Looks at what is saved: `run` may go on beside it.
pub fn open(places: &Places, json: bool) -> anyhow::Result<()> {
    let link = link(places)?;
    match json {
        true => print(&format!("{}\n", serde_json::json!({ "link": link, "seconds": 300 }))),
        false => print(&format!("{link}\n")),
    }
}

/// The link.
pub fn link(places: &Places) -> anyhow::Result<String> {
    let state = enrolled(peek(&places.state)?)?;
    let clock = Clock::system()?;
    let mut keys = KeyRing::new(&places.state, clock.random());
    Ok(page_link::make(&state, &mut keys, clock.now().wall)?)
}
