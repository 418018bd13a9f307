//! The process's one agent. No pointer crosses into Java: there is one slot, and whoever calls finds in it what is there.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jni::Env;
use jni::objects::JObject;

use crate::agent::Agent;
use crate::error::{Error, Result};
use crate::java::Android;

static SLOT: Mutex<Option<Arc<Agent>>> = Mutex::new(None);

/// Opens the agent on its folder. A second time with the same folder changes nothing.
pub fn open(env: &mut Env<'_>, context: &JObject<'_>, folder: &Path) -> Result<()> {
    let mut slot = SLOT.lock().unwrap_or_else(PoisonError::into_inner);
    match slot.as_ref() {
        Some(agent) if agent.folder() == folder => Ok(()),
        Some(agent) => Err(Error::new(
            "already-open",
            format!("the agent of this process is open on {}", agent.folder().display()),
        )),
        None => {
            *slot = Some(Arc::new(Agent::open(Android::new(env, context)?, folder)?));
            Ok(())
        }
    }
}

/// Asks the agent. Two may ask at once.
pub fn call(request: &[u8]) -> Result<Vec<u8>> {
    let agent = SLOT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    agent.ok_or_else(|| Error::new("closed", "the agent of this process is not open"))?.call(request)
}

/// Ends the agent's work and empties the slot. Harmless where it is empty.
pub fn close() {
    let agent = SLOT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(agent) = agent {
        agent.close();
    }
}
