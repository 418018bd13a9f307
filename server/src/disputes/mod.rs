//! Disputes: the person who carries a phone says that a finding is wrong, and whoever helps answers. What was said and answered is kept as
//! long as the history of findings.

mod answer;
mod list;
mod open;
#[cfg(test)]
mod tests;

pub use answer::{NewAnswer, answer};
pub use list::{Disputes, Which, list, of_device, show};
pub use open::{NewDispute, open};

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State as Verdict;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::misleads;
use crate::store::{Row, StoreError, Tx, values};

/// Most that wait for an answer, of one device.
pub const MOST_OPEN: u64 = 5;
/// Longest text of a dispute and of an answer, in characters.
pub const LONGEST: usize = 1000;

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "DisputeState")]
pub enum Standing {
    /// It waits for an answer.
    Open,
    /// It was answered, and more may be said.
    Answered,
    /// It is settled.
    Closed,
}

impl Standing {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Open, Self::Answered, Self::Closed];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for Standing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.word() == text);
        found.ok_or_else(|| format!("{text:?} is no state of a dispute: open, answered or closed"))
    }
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Dispute")]
pub struct DisputeView {
    /// Its number.
    pub id: u64,
    /// The device.
    pub device: DeviceId,
    /// The device's organisation.
    pub org: String,
    /// The device's asset tag.
    pub asset_tag: Option<String>,
    /// The rule whose finding is disputed.
    pub rule: String,
    /// How the finding stood when it was said.
    pub finding: Verdict,
    /// What the carrier says.
    pub text: String,
    /// When.
    pub opened: Timestamp,
    /// How it stands.
    pub state: Standing,
    /// What was answered: each answer under the one before, below which stands who gave that and when.
    pub answer: Option<String>,
    /// When.
    pub answered: Option<Timestamp>,
    /// By whom.
    pub answered_by: Option<String>,
}

const SELECT: &str = "SELECT disputes.id, disputes.device, devices.org, devices.asset_tag, disputes.rule, disputes.finding, disputes.said, \
                      disputes.opened, disputes.state, disputes.answer, disputes.answered, disputes.answered_by \
                      FROM disputes JOIN devices ON devices.id = disputes.device";

fn view(mut row: Row) -> Result<DisputeView, StoreError> {
    Ok(DisputeView {
        id: row.take()?,
        device: row.take()?,
        org: row.take()?,
        asset_tag: row.take()?,
        rule: row.take()?,
        finding: row.parse("a state")?,
        text: row.take()?,
        opened: row.take()?,
        state: row.parse("a state of a dispute")?,
        answer: row.take()?,
        answered: row.take()?,
        answered_by: row.take()?,
    })
}

fn find(tx: &mut dyn Tx, id: u64) -> Result<DisputeView, ActionError> {
    let found = tx.query_one(&format!("{SELECT} WHERE disputes.id = $1"), &values![id])?;
    Ok(view(found.ok_or_else(|| ActionError::missing("dispute", id))?)?)
}

/// Text of several lines, which shows as it was written.
fn text(said: &str, what: &str) -> Result<String, ActionError> {
    let text = said.replace("\r\n", "\n").trim().to_owned();
    let length = text.chars().count();
    if length == 0 || length > LONGEST || text.chars().any(|char| char != '\n' && misleads(char)) {
        let detail = format!("{what}: 1 to {LONGEST} characters, no control characters but line ends");
        return Err(ActionError::invalid(Code::DisputeMalformed, detail));
    }
    Ok(text)
}
