//! Who acts: every action takes an actor, and the audit writes down its name.

use std::fmt;
use std::net::IpAddr;

use super::reach::{Reach, Within};
use super::roles::Right;
use super::session::How;
use crate::error::ActionError;

/// Whoever asked for an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    name: String,
    kind: ActorKind,
    address: Option<IpAddr>,
    reach: Reach,
    how: Option<How>,
}

/// How the actor is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    /// A program or script with an API token.
    Token,
    /// A person with a signed-in browser.
    Session,
    /// The server itself: its clock, its first start.
    System,
    /// A device, in what it does about itself.
    Device,
}

impl Actor {
    /// The holder of an API token. What it may comes with [`Self::with`]; until then it is nothing.
    #[must_use]
    pub fn token(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: ActorKind::Token, address: None, reach: Reach::default(), how: None }
    }

    /// A person with a session, likewise.
    #[must_use]
    pub fn session(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: ActorKind::Session,
            address: None,
            reach: Reach::default(),
            how: None,
        }
    }

    /// The server itself, which may everything; `part` says which part of it.
    #[must_use]
    pub fn system(part: &str) -> Self {
        let (name, reach) = (format!("system:{part}"), Reach::everything());
        Self { name, kind: ActorKind::System, address: None, reach, how: None }
    }

    /// A device. Nobody refuses what a phone does about itself.
    #[must_use]
    pub fn device(id: muster_proto::id::DeviceId) -> Self {
        let (name, reach) = (format!("device:{id}"), Reach::everything());
        Self { name, kind: ActorKind::Device, address: None, reach, how: None }
    }

    /// Whoever has a phone in hand, in what its own page lets do: nobody else's phone can be named there.
    #[must_use]
    pub fn carrier(id: muster_proto::id::DeviceId) -> Self {
        Self { name: format!("carrier:{id}"), ..Self::device(id) }
    }

    /// The same, who may this.
    #[must_use]
    pub fn with(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// The same, in a session that began so.
    #[must_use]
    pub fn came(self, how: How) -> Self {
        Self { how: Some(how), ..self }
    }

    /// How its session began, where it has one.
    #[must_use]
    pub fn how(&self) -> Option<How> {
        self.how
    }

    /// How far it reaches.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Where it has a right.
    #[must_use]
    pub fn within(&self, right: Right) -> Within {
        self.reach.within(right)
    }

    /// Whether it sees anything of an organisation.
    #[must_use]
    pub fn sees(&self, org: &str) -> bool {
        self.within(Right::Read).has(org) || self.within(Right::OneDevice).has(org)
    }

    /// Refuses who does not have the right in this organisation.
    ///
    /// # Errors
    /// It has not. Of what it does not see either it is told that there is none: no `what` of this name.
    pub fn may(
        &self,
        right: Right,
        org: &str,
        what: &'static str,
        name: impl fmt::Display,
    ) -> Result<(), ActionError> {
        if self.within(right).has(org) {
            return Ok(());
        }
        Err(if self.sees(org) { ActionError::forbidden(right) } else { ActionError::missing(what, name) })
    }

    /// Refuses who does not have the right on the whole server.
    ///
    /// # Errors
    /// It has not.
    pub fn may_everywhere(&self, right: Right) -> Result<(), ActionError> {
        if self.within(right).is_everywhere() { Ok(()) } else { Err(ActionError::forbidden_here(right)) }
    }

    /// The same for what is of one organisation, or of the whole server.
    ///
    /// # Errors
    /// It has it not there.
    pub fn may_for(&self, right: Right, org: Option<&str>) -> Result<(), ActionError> {
        match org {
            Some(org) => self.may(right, org, "organisation", org),
            None => self.may_everywhere(right),
        }
    }

    /// The same, asking from this address. An unspecified one is none.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.address = Some(address.to_canonical()).filter(|address| !address.is_unspecified());
        self
    }

    /// From where it was asked.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The name, as the audit and a phone's person see it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the actor is known.
    #[must_use]
    pub fn kind(&self) -> ActorKind {
        self.kind
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}
