//! The commands: each brings the parts of the library together for one purpose.

mod application;
mod enrol;
mod export;
mod log;
mod managed;
mod open;
mod remind;
mod report;
mod run;
mod schedule;
mod status;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use muster_agent::collect::collect;
use muster_agent::core::{Collected, State, Stored};
use muster_agent::enrolment::Home;
use muster_agent::platform::linux::LinuxRoot;
use muster_agent::platform::linux::bus::{Address, Buses};
use muster_agent::runtime::{Clock, Collector};
use muster_agent::sign::KeyRing;
use muster_agent::store::Store;
use muster_proto::facts::Management;

pub use self::log::log_to_stderr;
pub use application::Occasion;
pub use enrol::enrol;
pub use export::export;
pub use open::open;
pub use report::report;
pub use run::run;
pub use schedule::schedule;
pub use status::status;

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Places {
    /// The agent's folder.
    pub state: PathBuf,
    /// The device's root.
    pub root: PathBuf,
    /// The bus of tests.
    pub bus: Option<Address>,
    /// The agent was started in an application's sandbox.
    pub sandboxed: bool,
}

impl Places {
    /// Takes the agent's folder for this process. A root that isn't there is a slip of whoever typed it: a report of it would say
    /// of an orderly device that nothing could be read.
    fn home(&self) -> anyhow::Result<Home> {
        if !self.root.is_dir() {
            anyhow::bail!("read the device below {}: no such folder", self.root.display());
        }
        let clock = Clock::system()?;
        let store = Store::open(&self.state)?;
        let keys = Box::new(KeyRing::new(store.dir(), clock.random()));
        Ok(Home { store, keys, clock })
    }

    /// A folder that stands for a device has no services: those of this one would say nothing about it.
    fn device(&self) -> LinuxRoot {
        let buses = match &self.bus {
            Some(bus) => Buses::one(bus.clone()),
            None if self.root == Path::new("/") => Buses::of_device(),
            None => Buses::default(),
        };
        let device = LinuxRoot::new(&self.root).with_buses(buses);
        if self.sandboxed { device.in_sandbox() } else { device }
    }

    fn collector(&self) -> Arc<Collector> {
        let (device, root) = (self.device(), self.root.clone());
        let management = management();
        Arc::new(move |catalogue| {
            if !root.is_dir() {
                return Err(format!("{} is gone", root.display()));
            }
            let (facts, apps) = collect(&device, catalogue, management);
            Ok(Collected { device: facts, apps, uptime: device.uptime(), work: None })
        })
    }
}

/// A service of the system may read every file, as root or by the capability for that; anything else is an ordinary application.
fn management() -> Management {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if reads_everything(&status) { Management::System } else { Management::Application }
}

/// Whether `/proc/self/status` says so.
fn reads_everything(status: &str) -> bool {
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    effective
        .and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .is_some_and(|set| set & DAC_READ_SEARCH != 0)
}

/// `CAP_DAC_READ_SEARCH` in a set of capabilities (capabilities(7)).
const DAC_READ_SEARCH: u64 = 1 << 2;

/// The enrolled state, or what to do to get one.
fn enrolled(stored: Option<Stored>) -> anyhow::Result<Box<State>> {
    match stored {
        Some(Stored::Enrolled(state)) => Ok(state),
        Some(Stored::Pending(pending)) => bail!(
            "this device's enrolment is not approved yet{}",
            pending.code.map(|code| format!(" (code {code})")).unwrap_or_default()
        ),
        None => bail!(
            "this device is not enrolled: run `muster-agent enrol LINK` with a link from your administrator"
        ),
    }
}

/// Standard output may be closed early (`| head`): that is no failure worth a panic.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("write to standard output")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_reads_everything() {
        assert!(reads_everything("Name:\ta\nCapEff:\t000001ffffffffff\n"));
        assert!(reads_everything("CapEff:\t0000000000000004\n"));
        assert!(!reads_everything("CapPrm:\t0000000000000004\nCapEff:\t0000000000000000\n"));
        assert!(!reads_everything("CapEff:\tnonsense\n"));
        assert!(!reads_everything(""));
    }
}
