//! `ru.omp.ManagedConfiguration`: what the organisation's own management (Aurora Center) has configured for this application.
//!
//! Interface and method stand in the vendor's reference, which names the object only as `{orgname}.{appname}`; as a path of
//! D-Bus has no dots, the places below are what that may mean, and are tried in turn.

use muster_dbus::{Entry, Keys};
use muster_proto::facts::Reason;

use super::conversation::Conversation;
use super::{BusError, Service};
use crate::platform::linux::LinuxRoot;

const NAME: &str = "ru.omp.ManagedConfiguration";
const APPLICATION: &str = "ru.omp.ManagedConfiguration.Application1";
const ROOT: &str = "/ru/omp/ManagedConfiguration";

/// What was configured for the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managed {
    /// The enrolment link (`link`).
    pub link: Option<String>,
    /// What the organisation calls this device (`assetTag`).
    pub asset_tag: Option<String>,
}

#[derive(Debug)]
struct Wanted;

impl Keys for Wanted {
    const KEYS: &'static [&'static str] = &["link", "assetTag"];
}

impl LinuxRoot {
    /// Asks what is configured for the application `id` (`ru.org.App`).
    ///
    /// # Errors
    /// There is no such service, it does not answer, or it does not know the application.
    pub fn managed(&self, id: &str) -> Result<Managed, BusError> {
        let mut line = Conversation::begin(&self.buses.system)?;
        let mut why = BusError::Garbled;
        for path in places(id) {
            let answer = Service::new(&mut line, NAME, path).ask(APPLICATION, "GetConfiguration", &());
            match answer {
                Ok(answer) => {
                    let entry: Entry<Wanted> = answer.read(&["a{sv}", "a{ss}"])?;
                    let text = |nth| entry.text(nth).map(str::trim).filter(|text| !text.is_empty());
                    return Ok(Managed {
                        link: text(0).map(str::to_owned),
                        asset_tag: text(1).map(str::to_owned),
                    });
                }
                // A wrong place is an unknown object or method; a filter says of it that it is denied.
                Err(error) if matches!(error.reason(), Reason::Unsupported | Reason::Denied) => why = error,
                Err(error) => return Err(error),
            }
        }
        Err(why)
    }
}

fn places(id: &str) -> [String; 5] {
    let (folders, name) = (id.replace('.', "/"), id.replace('.', "_"));
    [
        format!("/{folders}"),
        format!("{ROOT}/{folders}"),
        format!("{ROOT}/{name}"),
        format!("/{name}"),
        ROOT.to_owned(),
    ]
}
