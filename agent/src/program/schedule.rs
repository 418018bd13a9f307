//! `muster-agent schedule`.

use std::time::Duration;

use anyhow::Context as _;
use muster_agent::built_in;
use muster_agent::core::Agent;
use muster_agent::platform::linux::bus::Task;
use muster_agent::runtime::Clock;
use muster_agent::store::peek;

use super::{Places, enrolled, managed, print};

/// The task that the application's launcher declares.
const TASK: &str = "Report";
/// One report with its way to the server, on a slow network.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// Has Aurora start the agent as often as the policy wants reports.
pub fn schedule(places: &Places) -> anyhow::Result<()> {
    let state = enrolled(peek(&places.state)?)?;
    let agent = Agent::new(*state, built_in::config(false), [0; 32], Clock::system()?.now());
    let every = Duration::from(agent.schedule().report_every);
    let task = Task { id: format!("{}.{TASK}", managed::application()), every, at_most: LONGEST };
    let every = places.device().schedule(&task).context("ask Aurora to start the agent periodically")?;
    print(&format!("Aurora starts the agent every {} minutes.\n", every.as_secs() / 60))
}
