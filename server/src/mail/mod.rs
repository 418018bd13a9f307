//! Mail: who is written to of what changes, at once or in a digest each day.
//!
//! A mail is composed in one transaction with the note of what it tells of, and lies in `mails` until the mail server has taken it. So none is
//! lost, and one that is sent again after a crash has the `Message-ID` that it had.

mod digest;
mod edit;
mod gather;
mod letter;
mod outbox;
mod ping;
mod post;
mod prompt;
mod replay;
mod work;

pub use digest::digests;
pub use edit::{add, drop_moved, edit, remove};
pub use outbox::{Sent, send_due};
pub use ping::{Tried, ping};
pub use post::{Mailer, MailerError, Settings, SmtpUrl};
pub use prompt::prompts;
pub use replay::replay;
pub use work::{Bell, keep_writing};

use gather::Scope;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::i18n::Lang;
use crate::store::{Row, StoreError, Tx, values};

/// A language of mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
}

impl Language {
    /// The texts in it.
    #[must_use]
    pub const fn lang(self) -> Lang {
        match self {
            Self::En => Lang::En,
            Self::Ru => Lang::Ru,
        }
    }
}

/// Somebody who is written to, as people edit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Recipient {
    /// Its id.
    pub id: String,
    /// The mail address.
    pub address: String,
    /// The language of the mails.
    pub language: Language,
    /// Written of devices of this organisation and those below it; of all where there is none.
    pub org: Option<String>,
    /// From which hour on the digest is sent each day, in the time zone of the organisation (in UTC where there is none); no digest without it.
    pub digest_hour: Option<u32>,
    /// Written at once when a finding comes into one of these states; never where there is none.
    pub at_once: Vec<State>,
    /// When it was added.
    pub created: Timestamp,
    /// By whom.
    pub actor: String,
}

/// Somebody who is written to, and how it fares.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct RecipientView {
    /// Who.
    #[serde(flatten)]
    pub recipient: Recipient,
    /// Mails that the mail server has not taken yet.
    pub waiting: u64,
    /// Mails that were given up.
    pub dead: u64,
    /// Why the last of them was not taken.
    pub error: Option<String>,
}

/// Somebody who is to be written to.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecipient {
    /// The mail address.
    #[schemars(length(min = 3, max = 254))]
    pub address: String,
    /// The language of the mails.
    pub language: Language,
    /// Of devices of this organisation and those below it; of all where there is none.
    #[serde(default)]
    pub org: Option<String>,
    /// From which hour on the digest is sent each day; no digest without it.
    #[serde(default)]
    #[schemars(range(max = 23))]
    pub digest_hour: Option<u32>,
    /// At once when a finding comes into one of these states; never where there is none.
    #[serde(default)]
    #[schemars(length(max = 6))]
    pub at_once: Vec<State>,
}

/// What is to be another about a recipient; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecipientChange {
    /// The mail address.
    #[schemars(length(min = 3, max = 254))]
    pub address: Option<String>,
    /// The language of the mails.
    pub language: Option<Language>,
    /// The organisation; all of them with `null`.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>")]
    pub org: Option<Option<String>>,
    /// The hour of the digest; no digest with `null`.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<u32>", range(max = 23))]
    pub digest_hour: Option<Option<u32>>,
    /// The states of which it is written at once.
    #[schemars(length(max = 6))]
    pub at_once: Option<Vec<State>>,
}

/// Everybody who is written to, by address.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<RecipientView>, ActionError> {
    let within = actor.within(Right::Read);
    app.store
        .read(move |tx| {
            let sql = format!(
                "SELECT {COLUMNS}, \
                 (SELECT COUNT(*) FROM mails WHERE mails.recipient = mail_recipients.id AND dead IS NULL), \
                 (SELECT COUNT(*) FROM mails WHERE mails.recipient = mail_recipients.id AND dead IS NOT NULL), \
                 (SELECT MAX(error) FROM mails WHERE mails.recipient = mail_recipients.id AND error <> '') \
                 FROM mail_recipients ORDER BY address, id"
            );
            let view = |mut row: Row| {
                let recipient = recipient(&mut row)?;
                Ok(RecipientView { recipient, waiting: row.take()?, dead: row.take()?, error: row.take()? })
            };
            let mut all = tx.query(&sql, &[])?.into_iter().map(view).collect::<Result<Vec<_>, StoreError>>()?;
            // one without an organisation is told of everything
            let seen = |org: Option<&str>| org.map_or_else(|| within.is_everywhere(), |org| within.has(org));
            all.retain(|one| seen(one.recipient.org.as_deref()));
            Ok(all)
        })
        .await
}

/// One of them, as people edit it.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: &str) -> Result<Recipient, ActionError> {
    let id = id.to_owned();
    app.store.read(move |tx| find(tx, &id)).await
}

fn find(tx: &mut dyn Tx, id: &str) -> Result<Recipient, ActionError> {
    look_up(tx, id)?.ok_or_else(|| ActionError::missing("recipient", id))
}

fn look_up(tx: &mut dyn Tx, id: &str) -> Result<Option<Recipient>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM mail_recipients WHERE id = $1");
    tx.query_one(&sql, &values![id])?.map(|mut row| recipient(&mut row)).transpose()
}

/// Whether somebody is written to still as it was read, and of these organisations. What was composed otherwise is not sent: the next look
/// composes it anew.
fn is_still(tx: &mut dyn Tx, read: &Recipient, scope: &Scope) -> Result<bool, StoreError> {
    let same = look_up(tx, &read.id)?.is_some_and(|now| now == *read);
    Ok(same && Scope::read(tx, read.org.as_deref())? == *scope)
}

const COLUMNS: &str = "id, address, language, org, digest_hour, at_once, created, actor";

fn recipient(row: &mut Row) -> Result<Recipient, StoreError> {
    Ok(Recipient {
        id: row.take()?,
        address: row.take()?,
        language: if row.take::<String>()? == "ru" { Language::Ru } else { Language::En },
        org: row.take()?,
        digest_hour: row.take()?,
        at_once: crate::hooks::read_states(&row.take::<String>()?)?,
        created: row.take()?,
        actor: row.take()?,
    })
}

/// `null` says something, too.
fn said<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(d).map(Some)
}

#[cfg(test)]
mod tests;
