//! What devices and server sign beside reports: one file per conversation.

mod channel;
mod enrol;
mod order;
mod page;
mod rekey;
mod sent;

pub use channel::Hello;
pub use enrol::{Confirmation, Enrol};
pub use order::{AckState, Order, OrderAck, OrderKind};
pub use page::{PageLink, PageLinkError};
pub use rekey::{Rekey, RekeyConsent};
pub use sent::{CatalogueMessage, OrderKeyMessage, PolicyMessage, VerdictMessage};

use crate::cose::{Message, Typ};
use crate::report::Report;

impl Message for Report {
    const TYP: Typ = Typ::Report;
}
