//! Who acts: every action takes an actor, and the audit writes down its name.

use std::fmt;
use std::net::IpAddr;

/// Whoever asked for an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    name: String,
    kind: ActorKind,
    address: Option<IpAddr>,
}

/// How the actor is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
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
    /// The holder of an API token.
    #[must_use]
    pub fn token(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: ActorKind::Token, address: None }
    }

    /// A person with a session.
    #[must_use]
    pub fn session(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: ActorKind::Session, address: None }
    }

    /// The server itself; `part` says which part of it.
    #[must_use]
    pub fn system(part: &str) -> Self {
        Self { name: format!("system:{part}"), kind: ActorKind::System, address: None }
    }

    /// A device.
    #[must_use]
    pub fn device(id: muster_proto::id::DeviceId) -> Self {
        Self { name: format!("device:{id}"), kind: ActorKind::Device, address: None }
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
