//! To whom a version is offered: to one phone in a hundred, one in ten, all, or none.

use muster_proto::id::DeviceId;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Package, reload};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::store::values;

/// To whom a version is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Ring {
    /// One phone in a hundred.
    #[serde(rename = "1")]
    One,
    /// One phone in ten.
    #[serde(rename = "10")]
    Ten,
    /// Everybody, and phones in set-up.
    #[serde(rename = "all")]
    All,
    /// Nobody.
    #[serde(rename = "halt")]
    Halt,
}

/// A word that is no ring.
#[derive(Debug, thiserror::Error)]
#[error("a ring is 1, 10, all or halt")]
pub struct NoRing;

impl Ring {
    /// The word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Ten => "10",
            Self::All => "all",
            Self::Halt => "halt",
        }
    }

    /// Of a hundred phones, so many.
    #[must_use]
    pub const fn share(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Ten => 10,
            Self::All => 100,
            Self::Halt => 0,
        }
    }
}

impl std::str::FromStr for Ring {
    type Err = NoRing;

    fn from_str(word: &str) -> Result<Self, NoRing> {
        [Self::One, Self::Ten, Self::All, Self::Halt]
            .into_iter()
            .find(|ring| ring.word() == word)
            .ok_or(NoRing)
    }
}

/// Whether a device is among those that a version is offered to. Its id alone decides, differently for each version, so that it is not
/// always the same phones that go first; whoever is in a ring is in the next larger one too.
#[must_use]
pub fn in_ring(package: &Package, device: DeviceId) -> bool {
    let mut context = Context::new(&SHA256);
    context.update(&package.version_code.to_be_bytes());
    context.update(&device.0);
    let digest = context.finish();
    let place = digest.as_ref().iter().take(8).fold(0_u64, |place, byte| place << 8 | u64::from(*byte));
    place % 100 < package.ring.share()
}

/// Offers a version to more phones, to fewer, or to none.
///
/// # Errors
/// There is no such version; the store's.
pub async fn set_ring(app: &App, actor: &Actor, version: &str, ring: Ring) -> Result<(), ActionError> {
    let (actor, version, now) = (actor.clone(), version.to_owned(), app.now());
    app.store
        .write(move |tx| {
            let before =
                tx.query_one("SELECT ring FROM agent_packages WHERE version = $1", &values![&version])?;
            let mut before = before.ok_or_else(|| ActionError::missing("agent package", &version))?;
            let before = before.parse::<Ring>("a ring")?;
            let opens = before == Ring::Halt && ring != Ring::Halt;
            tx.execute(
                "UPDATE agent_packages SET ring = $2, ring_since = $3, halted = NULL WHERE version = $1",
                &values![&version, ring.word(), now],
            )?;
            // whoever opens a halted version has decided about what was seen of it; more phones or fewer decide nothing
            if opens {
                tx.execute(
                    "UPDATE agent_packages SET watched_since = $2 WHERE version = $1",
                    &values![&version, now],
                )?;
            }
            let act = Act::new("package.ring", format!("package:{version}"))
                .detail(ring.word())
                .before(json!({ "ring": before }))
                .after(json!({ "ring": ring }));
            Ok::<_, ActionError>(audit::append(tx, now, &actor, act)?)
        })
        .await?;
    reload(app).await
}

/// Halts a version, for a reason that the server has found by itself.
pub(super) async fn halt(app: &App, package: &Package, why: String) -> Result<(), ActionError> {
    let (code, version, before, now) =
        (package.version_code, package.version.clone(), package.ring, app.now());
    app.store
        .write(move |tx| {
            tx.execute(
                "UPDATE agent_packages SET ring = 'halt', ring_since = $2, halted = $3 WHERE version_code = $1",
                &values![code, now, &why],
            )?;
            let act = Act::new("package.halt", format!("package:{version}"))
                .before(json!({ "ring": before }))
                .after(json!({ "ring": Ring::Halt }))
                .detail(why);
            audit::append(tx, now, &Actor::system("packages"), act)
        })
        .await?;
    reload(app).await
}
