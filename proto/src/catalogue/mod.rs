//! The catalogue: which applications Muster looks for, and how it tells one maker of phones from another.
//!
//! People write it in TOML, with a source for every fact; phones get it in CBOR. Both ways end in [`Catalogue::new`], so
//! that a catalogue that exists is one that holds together: ids are unique, originals exist, digests are whole.
//! Matching is done on the phone, with indexes that are built once.

mod check;
mod form;
mod index;
mod pattern;
mod signers;
#[cfg(feature = "toml")]
mod source_toml;
#[cfg(test)]
mod tests;
mod vendors;
mod watch;

pub use check::{CatalogueError, Flaw, Position};
pub use form::{CatalogueForm, Flag, MessengerForm, VendorForm};
pub use pattern::{MAX_PATTERN, Pattern, PatternError};
pub use signers::judge_signers;
pub use watch::{Inventory, WatchList};

use std::collections::BTreeSet;

use crate::cbor::{self, DecodeError};
use crate::id::Digest;
use index::Index;

/// The largest catalogue on the wire, in bytes.
pub const MAX_CATALOGUE: usize = 256 * 1024;

/// A watched application: all builds that one maker ships of one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Messenger {
    /// How policies and reports name it: at most 32 of `a-z`, `0-9`, `-`.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Who makes it.
    pub vendor: Option<String>,
    /// Where the maker sits (ISO 3166-1, two capitals).
    pub country: Option<String>,
    /// One of the nine that the Russian law of 2023 names for state bodies.
    pub seed: bool,
    /// The messenger whose service it speaks.
    pub modified_of: Option<String>,
    /// Android package ids, exact.
    pub android: Vec<String>,
    /// SHA-256 of the signing certificates (DER); empty where none is confirmed.
    pub signers: Vec<Digest>,
    /// Not every listed build's certificate is known: another digest says nothing.
    pub signers_partial: bool,
    /// The digests come from one old APK only.
    pub confirm: bool,
    /// Application or RPM ids on Aurora, Sailfish and Linux.
    pub aurora: Vec<Pattern>,
    /// No public source gives the ids behind the globs of `aurora`: they decide nothing.
    pub unverified: bool,
    /// Bundle ids, to read logs with.
    pub ios: Vec<String>,
}

/// A maker of phones.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Vendor {
    /// How policies name it: as [`Messenger::id`].
    pub id: String,
    /// What its phones report as manufacturer or brand, in lower case.
    pub names: Vec<String>,
    /// Where the owner of the brand sits (ISO 3166-1, two capitals).
    pub country: String,
    /// Words that a policy may use for it.
    pub groups: Vec<String>,
}

/// Messengers and makers that hold together, ordered by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    messengers: Vec<Messenger>,
    vendors: Vec<Vendor>,
    index: Index,
}

impl Catalogue {
    /// Puts a catalogue together.
    ///
    /// # Errors
    /// The first entry that is out of bounds, or that doesn't fit the others.
    pub fn new(mut messengers: Vec<Messenger>, mut vendors: Vec<Vendor>) -> Result<Self, CatalogueError> {
        check::messengers(&messengers)?;
        check::vendors(&vendors)?;
        messengers.sort_by(|a, b| a.id.cmp(&b.id));
        vendors.sort_by(|a, b| a.id.cmp(&b.id));
        let index = Index::of(&messengers);
        Ok(Self { messengers, vendors, index })
    }

    /// Reads the catalogue's two TOML files, `messengers.toml` and `vendors.toml`.
    ///
    /// # Errors
    /// The first thing that is not a catalogue, with line and column.
    #[cfg(feature = "toml")]
    pub fn from_toml(messengers: &str, vendors: &str) -> Result<Self, CatalogueError> {
        source_toml::catalogue(messengers, vendors)
    }

    /// Reads the form that phones get.
    ///
    /// # Errors
    /// What is not the CBOR that we accept, differs from the contract, or doesn't hold together.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, DecodeError> {
        cbor::decode_within(bytes, MAX_CATALOGUE)
    }

    /// The form that phones get: the same catalogue gives the same bytes.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// SHA-256 of [`to_cbor`](Self::to_cbor): what reports name as the catalogue in force.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_cbor())
    }

    /// All messengers, by id.
    #[must_use]
    pub fn messengers(&self) -> &[Messenger] {
        &self.messengers
    }

    /// All makers, by id.
    #[must_use]
    pub fn vendors(&self) -> &[Vendor] {
        &self.vendors
    }

    /// The messenger with this id.
    #[must_use]
    pub fn messenger(&self, id: &str) -> Option<&Messenger> {
        let at = self.messengers.binary_search_by(|messenger| messenger.id.as_str().cmp(id)).ok()?;
        self.messengers.get(at)
    }

    /// The maker with this id.
    #[must_use]
    pub fn vendor(&self, id: &str) -> Option<&Vendor> {
        let at = self.vendors.binary_search_by(|vendor| vendor.id.as_str().cmp(id)).ok()?;
        self.vendors.get(at)
    }

    /// Whether a policy may use `word` for a group of makers.
    #[must_use]
    pub fn has_group(&self, word: &str) -> bool {
        self.vendors.iter().any(|vendor| vendor.groups.iter().any(|group| group == word))
    }

    /// The messenger `id` and every client, however far removed, that somebody else makes for its service.
    #[must_use]
    pub fn clients_of(&self, id: &str) -> Vec<&Messenger> {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut next = vec![id];
        while let Some(id) = next.pop() {
            if self.messenger(id).is_some() && found.insert(id) {
                let made_for = |messenger: &&Messenger| messenger.modified_of.as_deref() == Some(id);
                next.extend(self.messengers.iter().filter(made_for).map(|messenger| messenger.id.as_str()));
            }
        }
        found.into_iter().filter_map(|id| self.messenger(id)).collect()
    }
}
