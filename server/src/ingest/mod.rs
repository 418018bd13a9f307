//! A report's way: parsed and verified on the thread that serves the request, then for a whole batch loaded, judged and written in one
//! transaction, and answered when that is durable. Nothing is advanced in memory before the commit.

mod accept;
mod advance;
mod batch;
mod chain;
mod gate;
mod history;
mod import;
mod meter;
mod restored;

pub(crate) use advance::apps;

pub use accept::{Refusal, Verified, keys, verify};
pub use batch::UNREADABLE;
pub use chain::Standing;
pub use gate::Gate;
pub use import::{Imported, import, split};
pub use meter::Meter;
pub use restored::KIND as LOST_IN_RESTORE;

use muster_proto::answer::Head;
use muster_proto::id::{DeviceId, OrderId};
use muster_proto::message::OrderKind;
use muster_proto::verdict::DeviceVerdict;
use std::sync::Arc;

use crate::policies::Compiled;

/// What became of the reports of one device.
#[derive(Debug)]
pub struct Taken {
    /// The device.
    pub device: DeviceId,
    /// For each report, in their order.
    pub standings: Vec<Result<Standing, &'static str>>,
    /// The head of the device's chain.
    pub head: Option<Head>,
    /// Signed orders that wait for it.
    pub orders: Vec<Vec<u8>>,
    /// The policy that it should have, and the number of the message.
    pub policy: Option<(u64, Arc<Compiled>)>,
    /// The number of a message with the catalogue, where it has another.
    pub catalogue: Option<u64>,
    /// The verdict where it has not been told yet, and the number of the message.
    pub verdict: Option<(u64, DeviceVerdict)>,
    /// Orders that these reports have ended.
    pub closed: Vec<(OrderId, OrderKind)>,
    /// Whether a finding changed.
    pub changed: bool,
    /// The reports that were taken in.
    pub spent: Vec<Verified>,
}
