//! Under which name of the key store which key lies, and how often one was looked for in vain: kept in the agent's folder, since a key store
//! that has a bad moment (its service restarts, the phone is just starting) answers as if a key had never been there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use muster_agent::store::write_durably;
use muster_proto::id::Kid;
use muster_proto::time::Span;
use serde::{Deserialize, Serialize};

/// The record in the agent's folder.
pub struct Places {
    folder: PathBuf,
}

/// What a look for a key has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is there.
    Here,
    /// The key store says that there is no such key.
    Missing,
    /// The key store could not tell.
    Unsure,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Book {
    /// The key under each name; none while one is being made.
    places: BTreeMap<String, Option<Kid>>,
    /// Keys that could not be found, by their kid.
    doubts: BTreeMap<String, Doubt>,
}

/// When a look was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By the clock that counts since the phone's start.
    pub mono: Span,
    /// How often the phone had been started.
    pub boot: Option<u64>,
}

impl Moment {
    /// Whether a look now is another one than that of `then`. A clock that stands before it says that the phone was started since.
    fn is_apart(self, then: Self) -> bool {
        let since = self.mono.millis().checked_sub(then.mono.millis());
        self.boot != then.boot || since.is_none_or(|since| since >= APART.millis())
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Doubt {
    /// Looks that said that it is missing, [`APART`] from one another.
    missing: u32,
    /// Looks at which the key store could not tell.
    unsure: u32,
    /// When the last one that counts was, by the clock that counts since the phone's start.
    at: Option<Span>,
    /// In which run of the phone.
    boot: Option<u64>,
    /// The system has made it void.
    void: bool,
}

impl Doubt {
    fn is_lost(self) -> bool {
        self.void || self.missing >= MISSING || self.unsure >= UNSURE
    }
}

impl Places {
    /// The record in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The name under which this key was made.
    pub fn of(&self, kid: Kid) -> Option<String> {
        let book = self.load();
        book.places.iter().find(|(_, known)| **known == Some(kid)).map(|(alias, _)| alias.clone())
    }

    /// The key that was made under this name.
    pub fn at(&self, alias: &str) -> Option<Kid> {
        self.load().places.get(alias).copied().flatten()
    }

    /// Notes that a key is about to be made here: from now on what lay here is not counted on.
    pub fn begin(&self, alias: &str) -> std::io::Result<()> {
        self.change(|book| {
            book.places.insert(alias.to_owned(), None);
        })
    }

    /// Notes the key that was made here.
    pub fn made(&self, alias: &str, kid: Kid) -> std::io::Result<()> {
        self.change(|book| {
            book.places.insert(alias.to_owned(), Some(kid));
            book.doubts.remove(&kid.to_string());
        })
    }

    /// Notes where a key was found of which nothing was noted.
    pub fn found(&self, alias: &str, kid: Kid) {
        self.noted(|book| {
            book.places.insert(alias.to_owned(), Some(kid));
        });
    }

    /// Notes that this key is no longer needed.
    pub fn forget(&self, kid: Kid) {
        self.noted(|book| {
            book.places.retain(|_, known| *known != Some(kid));
            book.doubts.remove(&kid.to_string());
        });
    }

    /// Notes that the system has made this key void, for good.
    pub fn void(&self, kid: Kid) {
        self.noted(|book| book.doubts.entry(kid.to_string()).or_default().void = true);
    }

    /// Whether this key is lost, by the looks so far.
    pub fn is_lost(&self, kid: Kid) -> bool {
        self.load().doubts.get(&kid.to_string()).is_some_and(|doubt| doubt.is_lost())
    }

    /// Notes what a look has shown, and says whether the key is lost. Many looks within a bad moment are one.
    pub fn looked(&self, kid: Kid, look: Look, now: Moment) -> bool {
        let name = kid.to_string();
        let known = self.load().doubts.get(&name).copied();
        let doubt = known.unwrap_or_default();
        if let Some(next) = after(doubt, look, now).filter(|next| *next != doubt) {
            self.noted(|book| {
                if next == Doubt::default() {
                    book.doubts.remove(&name);
                } else {
                    book.doubts.insert(name, next);
                }
            });
            return next.is_lost();
        }
        doubt.is_lost()
    }

    fn noted(&self, change: impl FnOnce(&mut Book)) {
        if let Err(error) = self.change(change) {
            log::warn!("note where the keys are: {error}");
        }
    }

    fn change(&self, change: impl FnOnce(&mut Book)) -> std::io::Result<()> {
        let _alone = alone();
        let mut book = self.load();
        change(&mut book);
        write_durably(&self.folder, NAME, &serde_json::to_vec(&book)?)
    }

    /// What can't be read says nothing: then the key store alone is asked.
    fn load(&self) -> Book {
        let bytes = std::fs::read(self.folder.join(NAME)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }
}

/// The doubt after a look; none where the look doesn't count.
fn after(doubt: Doubt, look: Look, now: Moment) -> Option<Doubt> {
    if doubt.void {
        return None;
    }
    let apart = doubt.at.is_none_or(|mono| now.is_apart(Moment { mono, boot: doubt.boot }));
    match look {
        Look::Here => Some(Doubt::default()),
        _ if !apart => None,
        Look::Missing => {
            Some(Doubt { missing: doubt.missing + 1, at: Some(now.mono), boot: now.boot, ..doubt })
        }
        Look::Unsure => Some(Doubt { unsure: doubt.unsure + 1, at: Some(now.mono), boot: now.boot, ..doubt }),
    }
}

/// Within the process; the folder belongs to one process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

const NAME: &str = "places";
/// Two looks count where they are so far from one another.
const APART: Span = Span::from_secs(600);
/// So many looks make a missing key a lost one.
const MISSING: u32 = 3;
/// A key store that can't tell for days on end will not tell any more.
const UNSURE: u32 = 72;

#[cfg(test)]
mod tests {
    use super::*;

    const KID: Kid = Kid([7; 8]);

    fn at(minutes: u64) -> Moment {
        Moment { mono: Span::from_secs(minutes * 60), boot: Some(3) }
    }

    #[test]
    fn a_bad_moment_loses_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path());
        for _ in 0..100 {
            assert!(!places.looked(KID, Look::Missing, at(5)));
        }
        assert!(!places.looked(KID, Look::Unsure, at(20)));
        assert!(!places.looked(KID, Look::Here, at(21)));
        assert_eq!(places.load(), Book::default());
    }

    #[test]
    fn looks_that_are_apart_count_across_processes_and_starts() {
        let folder = tempfile::tempdir().unwrap();
        let look = |minutes| Places::new(folder.path()).looked(KID, Look::Missing, at(minutes));
        assert!(!look(30));
        assert!(!look(41));
        assert!(look(1), "the phone was started since");
        assert!(Moment { boot: Some(4), ..at(41) }.is_apart(at(41)));
        assert!(Places::new(folder.path()).is_lost(KID));
        assert!(!Places::new(folder.path()).looked(KID, Look::Here, at(2)), "it has come back");
    }

    #[test]
    fn a_void_key_is_void_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path());
        places.void(KID);
        assert!(places.looked(KID, Look::Here, at(1)));
        places.forget(KID);
        assert!(!places.is_lost(KID));
    }

    #[test]
    fn what_is_being_made_takes_the_place_of_what_was() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::new(folder.path());
        places.made("a", KID).unwrap();
        assert_eq!((places.of(KID).as_deref(), places.at("a")), (Some("a"), Some(KID)));
        places.begin("a").unwrap();
        assert_eq!((places.of(KID), places.at("a")), (None, None));
    }
}
