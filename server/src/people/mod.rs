//! People: who they are to this server, how they prove it, and what was given to them. What a role means is in `auth/roles.rs`.

mod account;
mod edit;
mod generator;
mod owners;
mod password;
pub(crate) mod proof;
mod rows;
mod sessions;
mod set_up;
mod sign_in;
mod waits;

pub use account::{
    Own, Proof, change_generator, change_password, codes_left, new_codes, offer_generator, proof_of,
};
pub use edit::{add, disable, edit, enable, remove};
pub(crate) use edit::{address, known_orgs, title, told, write_new};
pub use password::Hasher;
pub(crate) use proof::Second;
pub use rows::{MOST, list, show};
pub(crate) use rows::{by_name, find, insert, is_like};
pub use sessions::{SessionView, end_own_session, end_session, own_sessions, session_id, sessions_of};
pub(crate) use set_up::offer_codes;
pub use set_up::{Done, SetUp, finish, look, make_set_up_link};
pub use sign_in::{Typed, has_password, sign_in};
pub use waits::waits_until;

use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::auth::Grant;

/// A person, as people edit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Person {
    /// The name under which the person acts, as the audit shows it.
    pub name: String,
    /// What the person is called, or is; may be empty.
    pub title: String,
    /// The mail address.
    pub address: Option<String>,
    /// What the person may, as people gave it.
    pub grants: Vec<Grant>,
    /// What the person may by groups at a provider; it changes there, at the next sign-in.
    pub from_groups: Vec<Grant>,
    /// Since when the account is shut.
    pub disabled: Option<Timestamp>,
    /// Whether the person signs in with a password and a code.
    pub password: bool,
    /// Where else the person is known.
    pub providers: Vec<String>,
    /// Since when the person is known.
    pub created: Timestamp,
}

impl Person {
    /// Somebody who is known from `now` on, by this name and nothing else.
    #[must_use]
    pub fn new(name: &str, grants: Vec<Grant>, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            title: String::new(),
            address: None,
            grants,
            from_groups: Vec::new(),
            disabled: None,
            password: false,
            providers: Vec::new(),
            created: now,
        }
    }
}

/// A person, and how the account fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PersonView {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// Until when no password is tried, after too many wrong ones.
    pub locked: Option<Timestamp>,
    /// Sessions that were begun and have not expired.
    pub sessions: u64,
}

/// A page of people, by name.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct People {
    /// The people.
    pub people: Vec<PersonView>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// A person who is to be added.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The name under which the person acts; it stays.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// What the person is called, or is.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub title: String,
    /// The mail address.
    #[serde(default)]
    #[schemars(length(min = 3, max = 254))]
    pub address: Option<String>,
    /// What the person may.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub grants: Vec<Grant>,
}

/// What is to be another about a person; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PersonChange {
    /// What the person is called, or is.
    #[schemars(length(max = 200))]
    pub title: Option<String>,
    /// The mail address; none with `null`.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", length(min = 3, max = 254))]
    pub address: Option<Option<String>>,
    /// What the person may: all of it, as far as people gave it.
    #[schemars(length(max = 50))]
    pub grants: Option<Vec<Grant>>,
}

/// `null` says something, too.
fn said<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(d).map(Some)
}

/// How the audit names a person.
pub(crate) fn subject(name: &str) -> String {
    format!("person:{name}")
}

/// The source of grants that people give.
pub(crate) const BY_PEOPLE: &str = "person";

#[cfg(test)]
mod tests;
