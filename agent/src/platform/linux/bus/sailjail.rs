//! `org.sailfishos.sailjaild1`: the ids of the applications that are started in a sandbox, which are the names of their launchers.
//! Any program may ask, on Sailfish and on Aurora. It does not know launchers that people have in their own homes.

use super::conversation::Conversation;
use super::{BusError, Service};
use crate::platform::linux::files::MAX_ENTRIES;

const NAME: &str = "org.sailfishos.sailjaild1";
const PATH: &str = "/org/sailfishos/sailjaild1";

pub(super) fn ask(line: &mut Conversation) -> Result<Vec<String>, BusError> {
    let mut ids: Vec<String> =
        Service::new(line, NAME, PATH).ask(NAME, "GetApplications", &())?.read(&["as"])?;
    ids.truncate(MAX_ENTRIES);
    Ok(ids)
}
