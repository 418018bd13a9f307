//! `org.nemomobile.devicelock`: whether a lock is set up, for where its settings can't be read. Any program may ask.

use super::conversation::Conversation;
use super::{BusError, Service, flag};

const NAME: &str = "org.nemomobile.devicelock";
const PATH: &str = "/devicelock";
const DEVICE_LOCK: &str = "org.nemomobile.devicelock.DeviceLock";
/// A state in which the lock itself doesn't know more.
const UNDEFINED: i64 = 4;

pub(super) fn ask(line: &mut Conversation) -> Result<bool, BusError> {
    let mut lock = Service::new(line, NAME, PATH);
    let enabled = lock.property(DEVICE_LOCK, "Enabled").and_then(|value| flag(&value))?;
    match lock.property(DEVICE_LOCK, "State")?.number() {
        Some(0..UNDEFINED) => Ok(enabled),
        _ => Err(BusError::Garbled),
    }
}
