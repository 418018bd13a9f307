//! `ru.omp.RuntimeManager`: Aurora's own schedule, which starts an application's task in its sandbox.

use std::collections::BTreeMap;
use std::time::Duration;

use zbus::Variant;

use super::conversation::Conversation;
use super::{BusError, Service};
use crate::platform::linux::LinuxRoot;

const NAME: &str = "ru.omp.RuntimeManager";
const PATH: &str = "/ru/omp/RuntimeManager/Tasks1";
const TASKS: &str = "ru.omp.RuntimeManager.Tasks1";
/// Shorter intervals are said not to be kept.
pub const SHORTEST: Duration = Duration::from_secs(15 * 60);

/// A periodic task that the launcher of an application declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// `ORGANISATION.APPLICATION.TASK`.
    pub id: String,
    /// How often it is started.
    pub every: Duration,
    /// How long it may run.
    pub at_most: Duration,
}

impl LinuxRoot {
    /// Has the task started periodically, also after the next start of the device. Says how often.
    ///
    /// # Errors
    /// There is no such service, or it does not want to.
    pub fn schedule(&self, task: &Task) -> Result<Duration, BusError> {
        let every = task.every.max(SHORTEST);
        let seconds = |time: Duration| i32::try_from(time.as_secs()).unwrap_or(i32::MAX);
        let settings = BTreeMap::from([
            ("interval", Variant::from(seconds(every))),
            ("maximumRunningTime", Variant::from(seconds(task.at_most))),
            ("autostart", Variant::from(true)),
        ]);
        let mut line = Conversation::begin(&self.buses.session)?;
        let arguments: Vec<&str> = Vec::new();
        Service::new(&mut line, NAME, PATH).ask(TASKS, "Start", &(task.id.as_str(), arguments, settings))?;
        Ok(every)
    }
}
