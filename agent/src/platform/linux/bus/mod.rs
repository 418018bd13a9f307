//! What the services of Aurora and Sailfish say over D-Bus.
//!
//! The services of a report are asked once, one after the other, and what they say is a plain [`Said`] that the readers of files
//! take along. A service that isn't there, doesn't let us in or doesn't answer is a reason like any other.

mod address;
mod apm;
mod conversation;
mod device_info;
mod device_lock;
mod managed;
mod notifications;
mod runtime_manager;
mod sailjail;

use muster_dbus::{Call, Garbled, Message, Value};
use muster_proto::facts::{Fact, Platform, Reason};
use serde::Serialize;
use zbus::DynamicType;

pub use address::{Address, BadAddress, Buses};
pub use apm::Packages;
pub use device_info::DeviceInfo;
pub use managed::Managed;
pub use notifications::Notification;
pub use runtime_manager::Task;

use super::LinuxRoot;
use conversation::Conversation;

/// Why a service gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// Nobody listens where the bus should be.
    #[error("no bus is there")]
    NoBus,
    /// The bus does not accept us.
    #[error("the bus does not let this program in")]
    ShutOut,
    /// The time limit was reached.
    #[error("no answer within the time limit")]
    Silent,
    /// The connection ended.
    #[error("the bus closed the connection")]
    Gone,
    /// An answer of another shape than asked for, or longer than is read.
    #[error("the answer has an unknown shape")]
    Garbled,
    /// An error of D-Bus, by its name.
    #[error("refused with {0}")]
    Refused(String),
}

/// What the services of the system's bus said for one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The device about itself.
    pub device: DeviceInfo,
    /// The packages of APM.
    pub packages: Packages,
    /// Whether a lock is set up.
    pub lock: Result<bool, Reason>,
    /// Ids of the applications that may be started in a sandbox.
    pub launchable: Vec<String>,
}

impl Said {
    /// Nobody was asked, or nobody is there who could be.
    pub(super) fn nothing(reason: Reason) -> Self {
        Self {
            device: DeviceInfo::unknown(reason),
            packages: Packages::unknown(reason),
            lock: Err(reason),
            launchable: Vec::new(),
        }
    }
}

impl From<Garbled> for BusError {
    fn from(_: Garbled) -> Self {
        Self::Garbled
    }
}

impl BusError {
    /// The reason in a report.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let Self::Refused(name) = self else {
            return match self {
                Self::NoBus => Reason::Absent,
                Self::ShutOut => Reason::Denied,
                _ => Reason::Failed,
            };
        };
        match name.strip_prefix("org.freedesktop.DBus.Error.").unwrap_or_default() {
            "AccessDenied" | "AuthFailed" | "InteractiveAuthorizationRequired" => Reason::Denied,
            "ServiceUnknown" | "NameHasNoOwner" => Reason::Absent,
            "UnknownMethod" | "UnknownInterface" | "UnknownObject" | "UnknownProperty" => Reason::Unsupported,
            _ => Reason::Failed,
        }
    }

    /// Whether it is pointless to ask the same service for something else.
    fn concerns_all(&self) -> bool {
        match self {
            Self::Refused(_) => self.reason() == Reason::Absent,
            Self::Garbled => false,
            _ => true,
        }
    }
}

impl LinuxRoot {
    /// Asks the services for what a report needs; at most 10 seconds. Nobody is asked on an ordinary Linux.
    #[must_use]
    pub fn ask(&self) -> Said {
        let aurora = match self.platform().fact {
            Fact::Known(Platform::Sailfish) => false,
            Fact::Known(Platform::Aurora) | Fact::Unknown(_) => true,
            Fact::Known(_) => return Said::nothing(Reason::Unsupported),
        };
        let reason = |error: &BusError| self.reason(error);
        let mut line = match Conversation::begin(&self.buses.system) {
            Ok(line) => line,
            Err(error) => {
                // What isn't on the system at all is not hidden by a missing bus.
                let mut said = Said::nothing(reason(&error));
                if !aurora {
                    said.aurora_has(Reason::Unsupported);
                }
                return said;
            }
        };
        let mut said = Said::nothing(Reason::Unsupported);
        said.lock = device_lock::ask(&mut line).map_err(|error| reason(&error));
        said.launchable = sailjail::ask(&mut line).unwrap_or_default();
        if aurora {
            said.device = device_info::ask(&mut line, &reason);
            // The longest list comes last: what its time limit ends is itself alone.
            said.packages = apm::ask(&mut line, &reason);
        }
        said
    }

    /// Asks for the device's own name alone, for an enrolment: what is installed is nobody's business before.
    #[must_use]
    pub fn ask_device(&self) -> Said {
        let mut said = Said::nothing(Reason::Unsupported);
        if let Fact::Known(Platform::Aurora) = self.platform().fact
            && let Ok(mut line) = Conversation::begin(&self.buses.system)
        {
            said.device = device_info::ask(&mut line, &|error| self.reason(error));
        }
        said
    }

    /// The reason in a report: a sandbox shows only the services that its application may speak to.
    fn reason(&self, error: &BusError) -> Reason {
        match error.reason() {
            Reason::Absent if self.is_sandboxed() => Reason::Denied,
            reason => reason,
        }
    }
}

impl Said {
    fn aurora_has(&mut self, reason: Reason) {
        self.device = DeviceInfo::unknown(reason);
        self.packages = Packages::unknown(reason);
    }
}

/// One object of a service. Once the service as a whole has failed it is not asked again.
struct Service<'a> {
    line: &'a mut Conversation,
    name: &'static str,
    path: String,
    lost: Option<BusError>,
}

impl<'a> Service<'a> {
    fn new(line: &'a mut Conversation, name: &'static str, path: impl Into<String>) -> Self {
        Self { line, name, path: path.into(), lost: None }
    }

    fn ask<B: Serialize + DynamicType>(
        &mut self,
        interface: &str,
        member: &str,
        body: &B,
    ) -> Result<Message, BusError> {
        if let Some(error) = &self.lost {
            return Err(error.clone());
        }
        let call = Call { service: self.name, path: &self.path, interface, member };
        let answer = self.line.ask(&call, body);
        if let Err(error) = &answer
            && error.concerns_all()
        {
            self.lost = Some(error.clone());
        }
        answer
    }

    fn property(&mut self, interface: &str, name: &str) -> Result<Value, BusError> {
        self.ask("org.freedesktop.DBus.Properties", "Get", &(interface, name))?
            .read(&["v"])
            .map_err(Into::into)
    }
}

/// A truth, and nothing else.
fn flag(value: &Value) -> Result<bool, BusError> {
    if let Value::Flag(flag) = value { Ok(*flag) } else { Err(BusError::Garbled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_reasons() {
        let refused = |name: &str| BusError::Refused(format!("org.freedesktop.DBus.Error.{name}")).reason();
        assert_eq!(refused("AccessDenied"), Reason::Denied);
        assert_eq!(refused("ServiceUnknown"), Reason::Absent);
        assert_eq!(refused("NameHasNoOwner"), Reason::Absent);
        assert_eq!(refused("UnknownMethod"), Reason::Unsupported);
        assert_eq!(refused("NoReply"), Reason::Failed);
        assert_eq!(BusError::Refused("ru.omp.APM.Error.PackageNotExist".to_owned()).reason(), Reason::Failed);
        assert_eq!(BusError::NoBus.reason(), Reason::Absent);
        assert_eq!(BusError::ShutOut.reason(), Reason::Denied);
        assert_eq!(BusError::Silent.reason(), Reason::Failed);
    }
}
