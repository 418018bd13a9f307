//! Tokens: what a phone shows once. The store has their digest alone.

use muster_proto::id::DeviceId;
use muster_proto::link::EnrolLink;
use muster_proto::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::links;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::secret::Secret;
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::orgs;
use crate::problems::Code;
use crate::store::values;

/// Whether a person looks at each phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Approve {
    /// Whoever has the token is enrolled.
    Auto,
    /// A person approves each.
    Person,
}

impl Approve {
    /// The word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Person => "person",
        }
    }
}

/// A word that says of nobody whether he approves.
#[derive(Debug, thiserror::Error)]
#[error("approval is auto or person")]
pub struct NoApproval;

impl std::str::FromStr for Approve {
    type Err = NoApproval;

    fn from_str(word: &str) -> Result<Self, NoApproval> {
        [Self::Auto, Self::Person].into_iter().find(|approve| approve.word() == word).ok_or(NoApproval)
    }
}

/// A token that is to be made.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// The organisation.
    pub org: String,
    /// For how many phones; one where nothing is said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000))]
    pub uses: Option<u64>,
    /// Seconds for which it works; seven days where nothing is said.
    #[serde(default)]
    pub expires_in: Option<Span>,
    /// Whether a person approves; where nothing is said, of a token for many phones, or for one that takes another's place.
    #[serde(default)]
    pub approve: Option<Approve>,
    /// The device whose place the new one takes: its findings go on.
    #[serde(default)]
    pub replaces: Option<DeviceId>,
}

/// A token that was made. The link and the token are shown once.
#[derive(Clone, Serialize, schemars::JsonSchema)]
pub struct IssuedToken {
    /// What the phone is given.
    pub link: String,
    /// The token in it.
    pub token: String,
    /// Its id: by this it is listed and taken back.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// For how many phones.
    pub uses: u64,
    /// Until when it works.
    pub expires: Timestamp,
    /// Whether a person approves.
    pub approve: Approve,
    /// The device whose place the new one takes.
    pub replaces: Option<DeviceId>,
}

const MOST_USES: u64 = 100_000;
const USUAL_LIFE: Span = Span::from_hours(7 * 24);
const LONGEST_LIFE: Span = Span::from_hours(366 * 24);

/// Makes a token.
///
/// # Errors
/// There is no such organisation or device to replace; the number or the time is out of bounds.
pub async fn make_token(app: &App, actor: &Actor, new: NewToken) -> Result<IssuedToken, ActionError> {
    let uses = new.uses.unwrap_or(1);
    let life = new.expires_in.unwrap_or(USUAL_LIFE);
    if !(1..=MOST_USES).contains(&uses) {
        return Err(ActionError::invalid(Code::TokenUses, format!("a token is for 1 to {MOST_USES} phones")));
    }
    if life < Span::from_secs(1) || life > LONGEST_LIFE {
        return Err(ActionError::invalid(Code::TokenExpiry, "a token works for one second to one year"));
    }
    if new.replaces.is_some() && uses != 1 {
        return Err(ActionError::invalid(
            Code::TokenReplaces,
            "a token that replaces a device is for one phone",
        ));
    }
    // a new key for a device that is known has to be a person's decision: its history goes on
    let usual = if uses == 1 && new.replaces.is_none() { Approve::Auto } else { Approve::Person };
    let (approve, now) = (new.approve.unwrap_or(usual), app.now());
    let secret =
        Secret::draw(&app.random).map_err(|error| muster_proto::key::SignError(error.to_string()))?;
    let link = EnrolLink {
        authority: app.reached.phones.clone(),
        ca: app.reached.phone_ca.digest,
        key: app.keys.order_key.digest(),
        token: secret.text().to_owned(),
    };
    let (expires, replaces) = (now + life, new.replaces);
    let issued = IssuedToken {
        link: link.to_string(),
        token: secret.text().to_owned(),
        id: links::short(secret.digest()),
        org: new.org.clone(),
        uses,
        expires,
        approve,
        replaces,
    };
    let (actor, hash, made) = (actor.clone(), secret.digest(), made(&issued));
    app.store
        .write(move |tx| {
            actor.may(Right::Enrol, &new.org, "organisation", &new.org)?;
            orgs::find(tx, &new.org)?;
            if let Some(device) = replaces {
                super::approval::replaceable(tx, device, &new.org)?;
            }
            tx.execute(
                "INSERT INTO tokens (hash, org, uses, used, approve, replaces, created, expires, actor) \
                 VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8)",
                &values![hash, &new.org, uses, approve.word(), replaces, now, expires, actor.name()],
            )?;
            Ok::<_, ActionError>(audit::append(tx, now, &actor, made)?)
        })
        .await?;
    Ok(issued)
}

fn made(token: &IssuedToken) -> Act {
    let IssuedToken { id, uses, expires, approve, .. } = token;
    let whose = token.replaces.map(|device| format!(", replaces {device}")).unwrap_or_default();
    Act::new("token.make", format!("org:{}", token.org))
        .detail(format!("{id}, {uses} uses until {expires}, approval {}{whose}", approve.word()))
        .after(json!({ "token": id, "uses": uses, "expires": expires, "approve": approve, "replaces": token.replaces }))
}
