//! `org.freedesktop.Notifications`: what the person sees without opening anything (Desktop Notifications Specification 1.2, `Notify`).

use std::collections::BTreeMap;

use muster_dbus::Value;
use zbus::Variant;

use super::conversation::Conversation;
use super::{BusError, Service};
use crate::platform::linux::LinuxRoot;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// It stays until the person has seen it.
const NEVER_ENDS: i32 = 0;

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The application that it is of, whose icon it has.
    pub application: String,
    /// The one whose place it takes, by the number that the service gave it; 0 for none.
    pub replaces: u32,
    /// What is so.
    pub title: String,
    /// What to do.
    pub text: String,
}

impl LinuxRoot {
    /// Shows one; its number.
    ///
    /// # Errors
    /// There is no such service, or it does not want to.
    pub fn notify(&self, one: &Notification) -> Result<u32, BusError> {
        let Notification { application, replaces, title, text } = one;
        let (actions, hints) = (Vec::<&str>::new(), BTreeMap::<&str, Variant<'_>>::new());
        // the text is no markup
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let icon = application.as_str();
        let body = (icon, *replaces, icon, title.as_str(), text, actions, hints, NEVER_ENDS);
        let mut line = Conversation::begin(&self.buses.session)?;
        match Service::new(&mut line, NAME, PATH).ask(NAME, "Notify", &body)?.read(&["u"])? {
            Value::Number(number) => u32::try_from(number).map_err(|_| BusError::Garbled),
            _ => Err(BusError::Garbled),
        }
    }
}
