//! The directory, as a sign-in needs it: an entry is looked for, its groups are read, and whether a password is its own the directory says.
//! Nothing is followed to another directory, and nothing takes longer than ten seconds.

mod pages;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions};
use muster_proto::id::hex;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

use super::settings::{Security, Settings, plain};
use crate::outside::secrets::{FileError, password, tls};

/// The directory.
pub struct Directory {
    settings: Settings,
    password: Option<String>,
    tls: Arc<rustls::ClientConfig>,
    turns: Semaphore,
    /// Ids of entries at which a password is being tried.
    tried: Mutex<BTreeSet<String>>,
}

/// A password is being tried at an entry, as long as this lives.
pub(super) struct Trial<'a> {
    tried: &'a Mutex<BTreeSet<String>>,
    id: String,
}

/// Somebody in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub dn: String,
    /// What stays as it is for ever, in hexadecimal digits.
    pub id: String,
    pub name: String,
    pub title: String,
    pub address: Option<String>,
}

/// The directory did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It can't be spoken with, or refuses.
    #[error("{0}")]
    Spoken(&'static str, #[source] Box<LdapError>),
    /// It takes too long.
    #[error("it did not answer within ten seconds")]
    Late,
    /// It takes too long to say everything.
    #[error("it did not say all within five minutes")]
    Slow,
    /// Too many ask.
    #[error("too many ask at once")]
    Busy,
    /// It has more people than are read.
    #[error("it has more than {0} people: narrow ldap-carrier-base or ldap-carrier-filter")]
    Many(usize),
    /// It says that there is more than it gave.
    #[error("it gave a part alone (result {0} {1}): let ldap-bind-dn read everybody, in pages")]
    Partial(u32, String),
    /// Its answer makes no sense.
    #[error("its answer can't be read: {0}")]
    Unread(&'static str),
    /// It has nobody.
    #[error("it has nobody with an id and a name below ldap-carrier-base whom ldap-carrier-filter finds")]
    Nobody,
    /// An entry does not have what the configuration says.
    #[error("an entry has not one value of {0}: is ldap-id-attribute or ldap-name-attribute right?")]
    Attribute(String),
}

/// For all that one sign-in asks.
const PATIENCE: Duration = Duration::from_secs(10);
/// For a search, in seconds; the directory is told.
const SEARCH: i32 = 5;
/// Groups of one person.
const MOST_GROUPS: i32 = 1000;
/// Sign-ins at once: whoever is not signed in makes the server ask.
const AT_ONCE: usize = 16;
/// What a directory says of a wrong password or a name that it does not have (RFC 4511, appendix A): invalidCredentials, noSuchObject,
/// invalidDNSyntax, inappropriateAuthentication.
const WRONG: [u32; 4] = [49, 32, 34, 48];
/// What some say of an account that is shut or waits: constraintViolation, unwillingToPerform. It may be said of the connection, too.
const UNWILLING: [u32; 2] = [19, 53];
/// There is more than was asked for (sizeLimitExceeded).
const MORE: u32 = 4;

impl Directory {
    /// With these settings.
    ///
    /// # Errors
    /// A file can't be read, or is flawed.
    pub fn new(settings: Settings) -> Result<Self, FileError> {
        let password = settings.bind.as_ref().map(|bind| password(&bind.password_file)).transpose()?;
        let tls = Arc::new(tls(settings.ca.as_deref())?);
        Ok(Self { settings, password, tls, turns: Semaphore::new(AT_ONCE), tried: Mutex::default() })
    }

    /// Whether people sign in with its passwords.
    #[must_use]
    pub fn lets_in(&self) -> bool {
        !self.settings.map.is_empty()
    }

    /// What the configuration says of it.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The one entry of this name, with its groups.
    pub(super) async fn find(&self, name: &str) -> Result<Option<(Entry, Vec<String>)>, Failed> {
        self.in_time(async {
            let mut ldap = self.open().await?;
            let Some(entry) = self.entry(&mut ldap, name).await? else { return Ok(None) };
            let groups = self.groups(&mut ldap, &entry).await?;
            let _ = ldap.unbind().await;
            Ok(Some((entry, groups)))
        })
        .await
    }

    /// Takes the entry for one try: of many at once each would else be made before the first is counted.
    pub(super) fn trial(&self, id: &str) -> Result<Trial<'_>, Failed> {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if !tried.insert(id.to_owned()) {
            return Err(Failed::Busy);
        }
        Ok(Trial { tried: &self.tried, id: id.to_owned() })
    }

    /// Whether the password is that of the entry. For nobody's it takes as long.
    pub(super) async fn holds(&self, entry: Option<&Entry>, password: &str) -> Result<bool, Failed> {
        let nobody = format!("cn=nobody,{}", self.settings.base);
        let dn = entry.map_or(nobody.as_str(), |entry| entry.dn.as_str());
        // a bind without a name or a password is one of nobody, and succeeds (RFC 4513 §5.1.2)
        if dn.trim().is_empty() || password.is_empty() {
            return Ok(false);
        }
        self.in_time(async {
            let mut ldap = self.connect().await?;
            let what = "hold a password against the directory's";
            let answer = ldap.simple_bind(dn, password).await.map_err(spoken(what))?;
            let _ = ldap.unbind().await;
            match answer.rc {
                0 => Ok(entry.is_some()),
                rc if WRONG.contains(&rc) => Ok(false),
                rc if UNWILLING.contains(&rc) => {
                    tracing::warn!(
                        result = rc,
                        "the directory is not willing to hold a password against its own"
                    );
                    Ok(false)
                }
                _ => answer.success().map(|_| false).map_err(spoken(what)),
            }
        })
        .await
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
        let _turn = self.turns.try_acquire().map_err(|_| Failed::Busy)?;
        tokio::time::timeout(PATIENCE, work).await.map_err(|_| Failed::Late)?
    }

    async fn connect(&self) -> Result<Ldap, Failed> {
        let url = &self.settings.url;
        let settings = LdapConnSettings::new()
            .set_config(Arc::clone(&self.tls))
            .set_starttls(url.security() == Security::Started);
        let reach = "reach the directory";
        let (connection, ldap) =
            LdapConnAsync::with_settings(settings, url.bare()).await.map_err(spoken(reach))?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a connection to the directory ended"
                );
            }
        });
        Ok(ldap)
    }

    async fn open(&self) -> Result<Ldap, Failed> {
        let mut ldap = self.connect().await?;
        if let (Some(bind), Some(password)) = (&self.settings.bind, &self.password) {
            let what = "sign in to the directory (ldap-bind-dn)";
            let answer = ldap.simple_bind(&bind.dn, password).await.map_err(spoken(what))?;
            answer.success().map_err(spoken(what))?;
        }
        Ok(ldap)
    }

    async fn entry(&self, ldap: &mut Ldap, name: &str) -> Result<Option<Entry>, Failed> {
        let Settings { user_filter, id_attribute, name_attribute, base, .. } = &self.settings;
        let asked = [id_attribute.as_str(), name_attribute.as_str(), "displayName", "cn", "mail"];
        let found = search(ldap, 2, (base, &user_filter.of(name, "")), &asked).await?;
        // where two have the name, or more than were asked for, it is not said who was meant
        let ([found], false) = (found.0.as_slice(), found.1) else { return Ok(None) };
        let missing = |attribute: &String| Failed::Attribute(attribute.clone());
        let id = bytes(found, id_attribute).ok_or_else(|| missing(id_attribute))?;
        let name = text(found, name_attribute).ok_or_else(|| missing(name_attribute))?;
        Ok(Some(Entry {
            dn: found.dn.clone(),
            id: hex(&id),
            name,
            title: text(found, "displayName").or_else(|| text(found, "cn")).unwrap_or_default(),
            address: text(found, "mail"),
        }))
    }

    async fn groups(&self, ldap: &mut Ldap, entry: &Entry) -> Result<Vec<String>, Failed> {
        let Settings { group_filter, base, .. } = &self.settings;
        let filter = group_filter.of(&entry.name, &entry.dn);
        // no attributes (RFC 4511 §4.5.1.8)
        let (found, more) = search(ldap, MOST_GROUPS, (base, &filter), &["1.1"]).await?;
        if more {
            tracing::warn!(
                most = MOST_GROUPS,
                "somebody is in more groups than are read: narrow ldap-group-filter"
            );
        }
        Ok(found.iter().map(|group| plain(&group.dn)).collect())
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// What is found, and whether there is more than that.
async fn search(
    ldap: &mut Ldap,
    most: i32,
    (base, filter): (&str, &str),
    attributes: &[&str],
) -> Result<(Vec<SearchEntry>, bool), Failed> {
    let what = "search the directory";
    ldap.with_search_options(SearchOptions::new().timelimit(SEARCH).sizelimit(most));
    let answer = ldap.search(base, Scope::Subtree, filter, attributes).await.map_err(spoken(what))?;
    let more = answer.1.rc == MORE;
    let found = if more { answer.0 } else { answer.success().map_err(spoken(what))?.0 };
    // what points to another directory is not followed
    let here = found.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
    Ok((here.map(SearchEntry::construct).collect(), more))
}

fn spoken(what: &'static str) -> impl Fn(LdapError) -> Failed {
    move |error| Failed::Spoken(what, Box::new(error))
}

/// The one value of an attribute: whatever case the directory writes its name in.
pub(super) fn bytes(entry: &SearchEntry, attribute: &str) -> Option<Vec<u8>> {
    let texts = entry.attrs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
    let texts = texts.flat_map(|(_, values)| values.iter().map(|value| value.as_bytes().to_vec()));
    let others = entry.bin_attrs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
    let mut all = texts.chain(others.flat_map(|(_, values)| values.iter().cloned()));
    all.next().filter(|value| !value.is_empty() && all.next().is_none())
}

pub(super) fn text(entry: &SearchEntry, attribute: &str) -> Option<String> {
    let mut named = entry.attrs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
    named.find_map(|(_, values)| values.first().cloned())
}
