//! What a process does first: finds out whose phone this is (managed configuration, what provisioning said, what was saved), enrols where
//! there is a link and no enrolment, and says what is wrong in words that name the field.

use std::sync::PoisonError;

use jni::objects::{JObject, JSet};
use muster_agent::core::{Standing, Stored};
use muster_agent::enrolment::Progress;
use muster_agent::store::write_durably;
use muster_proto::id::Digest;
use muster_proto::link::EnrolLink;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agent::{Agent, value};
use crate::error::{Error, Result};
use crate::java::{Android, call, text};
use crate::journal::not_saved;
use crate::requests::asset_tag;
use crate::schedule::Plan;

/// Something that a person or an administrator has to put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// For programs.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

/// What somebody else has said that this phone belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Said {
    link: Option<String>,
    asset_tag: Option<String>,
    /// It stands in the managed configuration, and not only in what provisioning said.
    #[serde(skip)]
    managed: bool,
}

impl Said {
    fn digest(&self) -> Option<Digest> {
        self.link.as_deref().map(|link| Digest::of(link.as_bytes()))
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self { code: error.code, text: error.text.clone() }
    }
}

impl Agent {
    /// Settles where this phone stands, and enrols it where that is to be done.
    pub(crate) fn settle(&self) -> Result<Value> {
        let (said, mut problem) = self.said();
        let settled = self.settle_enrolment(&said);
        if let Err(error) = &settled {
            ::log::warn!("settle: {error}");
            problem = Some(Problem::from(error));
        }
        if let Ok(Some(lost)) = self.lost_key() {
            problem = problem.or(Some(lost));
        }
        let problem = self.take_problem(problem);
        let stored = self.stored()?;
        Ok(json!({
            "standing": standing(stored.as_ref()),
            "schedule": value(&Plan::of(stored.as_ref(), self.now()))?,
            "problem": value(&problem)?,
        }))
    }

    /// Makes this the problem, or none. What could not be saved or read is another's to end, who saves something.
    fn take_problem(&self, found: Option<Problem>) -> Option<Problem> {
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        let stays = problem.take_if(|problem| matches!(problem.code, "space" | "state"));
        problem.clone_from(&stays.or(found));
        problem.clone()
    }

    /// Keeps what provisioning said, right or wrong: what is wrong with it is named when the phone settles, and stays on the screen.
    pub(crate) fn remember(&self, link: String, tag: Option<String>) -> Result<Value> {
        let said = Said { link: Some(link), asset_tag: tag, managed: false };
        let bytes = serde_json::to_vec(&said).map_err(|error| Error::new("state", error.to_string()))?;
        write_durably(self.folder(), REMEMBERED, &bytes).map_err(|error| not_saved(&error))?;
        Ok(json!({}))
    }

    /// The managed configuration before what provisioning said.
    fn said(&self) -> (Said, Option<Problem>) {
        let bytes = std::fs::read(self.folder().join(REMEMBERED)).unwrap_or_default();
        let mut remembered: Said = serde_json::from_slice(&bytes).unwrap_or_default();
        let mistold = drop_tag(&mut remembered, "provisioning");
        let pairs = restrictions(&self.android).unwrap_or_else(|error| {
            ::log::warn!("read the managed configuration: {error}");
            Vec::new()
        });
        let (managed, problem) = understood(&pairs);
        let said = match managed.link {
            Some(_) => managed,
            None => remembered,
        };
        (said, problem.or(mistold))
    }

    fn settle_enrolment(&self, said: &Said) -> Result<()> {
        let mut stored = match self.stored() {
            // A damaged state is set aside by whoever takes the folder.
            Err(_) => self.at_home(|home| Ok(home.store.load(self.now().wall)?))?,
            Ok(stored) => stored,
        };
        let Some((link, tag)) = self.wanted(said, stored.take())? else { return Ok(()) };
        let asked = self.at_home(|home| self.enrol_with(home, &link, asset_tag(tag.as_deref())?));
        let of_saying = said.link.as_deref().and_then(|said| said.parse().ok()) == Some(link);
        if of_saying {
            self.note_used(said, &asked);
        }
        match asked? {
            Progress::Enrolled(device) => ::log::info!("enrolled as {device}"),
            Progress::Pending { .. } => ::log::info!("the enrolment waits for approval"),
            Progress::Already(_) => {}
        }
        Ok(())
    }

    /// What was said is used up once it has been answered: what comes after it is newer.
    fn note_used(&self, said: &Said, asked: &Result<Progress>) {
        let refused = asked.as_ref().is_err_and(|error| error.code == "refused");
        let noted = match said.digest() {
            Some(digest) if said.managed && (asked.is_ok() || refused) => {
                write_durably(self.folder(), MANAGED, digest.to_string().as_bytes())
            }
            _ => Ok(()),
        };
        if let Err(error) = noted {
            ::log::warn!("note which managed link was used: {error}");
        }
        if !said.managed && asked.is_ok() {
            self.forget_remembered();
        }
    }

    /// What provisioning said is over: this phone has an enrolment, or waits for one.
    pub(crate) fn forget_remembered(&self) {
        match std::fs::remove_file(self.folder().join(REMEMBERED)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                ::log::warn!("forget what provisioning said: {error}");
            }
            _ => {}
        }
    }

    /// The link of the managed configuration, if there is one.
    pub(crate) fn managed_link(&self) -> Option<EnrolLink> {
        let (said, _) = self.said();
        said.link.filter(|_| said.managed).and_then(|link| link.parse().ok())
    }

    /// The link to enrol with, where there is something to be done.
    fn wanted(&self, said: &Said, stored: Option<Stored>) -> Result<Option<(EnrolLink, Option<String>)>> {
        let link = || said.link.as_deref().map(|link| parse(link, "server_link")).transpose();
        let with = |link: EnrolLink| Some((link, said.asset_tag.clone()));
        // A management that says the same as ever says nothing new; what provisioning said is as old as the phone.
        let is_news = || {
            let used = std::fs::read_to_string(self.folder().join(MANAGED)).unwrap_or_default();
            said.managed && said.digest().is_some_and(|digest| digest.to_string() != used)
        };
        Ok(match stored {
            None => link()?.and_then(with),
            Some(Stored::Pending(_)) if is_news() => link()?.and_then(with),
            Some(Stored::Pending(pending)) => {
                Some((parse(&pending.link, "the saved link")?, pending.asset_tag))
            }
            Some(Stored::Enrolled(state)) => {
                let over = state.standing == Standing::Retired
                    || self.lost_key()?.is_some_and(|lost| lost.code == "key");
                let another = |link: &EnrolLink| Digest::of(link.token.as_bytes()) != state.token;
                let fresh = over && (is_news() || !said.managed);
                link()?.filter(|link| fresh && another(link)).and_then(with)
            }
        })
    }

    /// The problem of a phone that has lost its key.
    fn lost_key(&self) -> Result<Option<Problem>> {
        let Some(Stored::Enrolled(state)) = self.stored()? else { return Ok(None) };
        if state.standing == Standing::Retired {
            return Ok(None);
        }
        let lost = self.key_is_there(&state).err().map(|error| Problem::from(&error));
        Ok(lost.or_else(|| self.unseen_key()))
    }
}

fn standing(stored: Option<&Stored>) -> &'static str {
    match stored {
        None => "not-enrolled",
        Some(Stored::Pending(_)) => "pending",
        Some(Stored::Enrolled(state)) => match state.standing {
            Standing::Active => "active",
            Standing::Stopped(_) => "stopped",
            Standing::Retiring(_) => "retiring",
            Standing::Retired => "retired",
        },
    }
}

fn parse(link: &str, field: &str) -> Result<EnrolLink> {
    link.parse().map_err(|error| Error::new("link", format!("{field}: {error}")))
}

/// The managed configuration; whatever is no text has none.
fn restrictions(android: &Android) -> Result<Vec<(String, Option<String>)>> {
    android.with(|env| {
        let Some(service) = android.service(env, "restrictions")? else { return Ok(Vec::new()) };
        let bundle = call!(env, &service, "getApplicationRestrictions", [() -> android.os.Bundle])?.l()?;
        if bundle.is_null() {
            return Ok(Vec::new());
        }
        let keys = call!(env, &bundle, "keySet", [() -> java.util.Set])?.l()?;
        let keys = env.cast_local::<JSet>(keys)?;
        let keys = call!(env, &keys, "toArray", [() -> [java.lang.Object]])?.l()?;
        let keys = env.cast_local::<jni::objects::JObjectArray<JObject>>(keys)?;
        let mut pairs = Vec::new();
        for at in 0..keys.len(env)?.min(MAX_FIELDS) {
            pairs.extend(env.with_local_frame(8, |env| -> Result<_> {
                let key = keys.get_element(env, at)?;
                let Some(name) = text(env, key)? else { return Ok(None) };
                let key = env.new_string(&name)?;
                let value =
                    call!(env, &bundle, "getString", [(java.lang.String) -> java.lang.String], &key)?.l()?;
                Ok(Some((name, text(env, value)?)))
            })?);
        }
        Ok(pairs)
    })
}

/// What a managed configuration says, and what in it is none of our fields: a typo must not look like an organisation without a link.
fn understood(pairs: &[(String, Option<String>)]) -> (Said, Option<Problem>) {
    let mut said = Said { managed: true, ..Said::default() };
    let mut problem = None;
    for (name, value) in pairs {
        let value = value.as_deref().map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        match name.as_str() {
            "server_link" => said.link = value,
            "asset_tag" => said.asset_tag = value,
            // The framework says by this that the management has not decided yet.
            "restrictions_pending" => {}
            other => {
                let known = FIELDS.join(", ");
                let other: String = other.chars().take(64).collect();
                let text = format!("managed configuration: unknown field {other:?}; the fields are {known}");
                problem = Some(Problem { code: "configuration", text });
            }
        }
    }
    let mistold = drop_tag(&mut said, "managed configuration");
    (said, mistold.or(problem))
}

/// A number that can't be one is no reason to leave a phone out: it comes in without, and that is said.
fn drop_tag(said: &mut Said, whose: &str) -> Option<Problem> {
    asset_tag(said.asset_tag.as_deref()).err()?;
    said.asset_tag = None;
    let text = format!("{whose}: asset_tag is longer than 64 bytes or has control characters");
    Some(Problem { code: "configuration", text })
}

const FIELDS: [&str; 2] = ["server_link", "asset_tag"];
const MAX_FIELDS: usize = 64;
const REMEMBERED: &str = "remembered";
/// Digest of the managed link that was used last.
const MANAGED: &str = "managed-link";

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, Option<String>) {
        (name.to_owned(), Some(value.to_owned()))
    }

    #[test]
    fn a_typo_is_named() {
        let (said, problem) = understood(&[pair("server_lnk", "muster://a"), pair("asset_tag", "A")]);
        assert_eq!(said, Said { asset_tag: Some("A".to_owned()), managed: true, ..Said::default() });
        let problem = problem.unwrap();
        assert_eq!(problem.code, "configuration");
        assert!(problem.text.contains("server_lnk"), "{}", problem.text);
    }

    #[test]
    fn what_is_right_is_taken() {
        let (said, problem) =
            understood(&[pair("server_link", " muster://a "), pair("restrictions_pending", "true")]);
        assert_eq!(said.link.as_deref(), Some("muster://a"));
        assert_eq!(problem, None);
    }

    #[test]
    fn an_asset_tag_that_can_not_be_is_named() {
        let (said, problem) = understood(&[pair("asset_tag", &"x".repeat(100))]);
        assert_eq!(said.asset_tag, None);
        assert!(problem.unwrap().text.contains("asset_tag"));
    }

    #[test]
    fn a_link_that_is_none_names_its_field() {
        let error = parse("http://a", "server_link").unwrap_err();
        assert_eq!(error.code, "link");
        assert!(error.text.starts_with("server_link: "), "{}", error.text);
    }
}
