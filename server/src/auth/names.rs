//! Names under which people and programs act: what the audit shows must be nobody else's.

use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::misleads;

/// Reads a name.
///
/// # Errors
/// It is empty, long, or could pass for a device, a part of the server or a second line.
pub fn parse(text: &str) -> Result<String, ActionError> {
    let name = text.trim();
    if name.is_empty() || name.len() > 100 || name.contains(':') || name.chars().any(misleads) {
        return Err(ActionError::invalid(
            Code::BadName,
            "a name is 1 to 100 bytes without colons, control characters and marks that turn text around",
        ));
    }
    Ok(name.to_owned())
}
