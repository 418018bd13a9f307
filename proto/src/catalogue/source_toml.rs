//! Reading the catalogue as people write it. Every complaint names the file, the line and the column.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{Catalogue, CatalogueError, Flaw, Messenger, Pattern, Position, Vendor};
use crate::id::{Digest, unhex};

const MESSENGERS: &str = "messengers.toml";
const VENDORS: &str = "vendors.toml";
const MAX_SOURCE: usize = 512;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMessengers {
    #[serde(default)]
    messenger: Vec<Spanned<RawMessenger>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMessenger {
    id: String,
    name: String,
    vendor: Option<String>,
    country: Option<String>,
    #[serde(default)]
    seed: bool,
    modified_of: Option<String>,
    #[serde(default)]
    android: Vec<String>,
    #[serde(default)]
    signers: Vec<Spanned<String>>,
    #[serde(default)]
    signers_partial: bool,
    #[serde(default)]
    confirm: bool,
    #[serde(default)]
    aurora: Vec<Spanned<String>>,
    #[serde(default)]
    unverified: bool,
    #[serde(default)]
    ios: Vec<String>,
    source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVendors {
    #[serde(default)]
    vendor: Vec<Spanned<RawVendor>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVendor {
    id: String,
    names: Vec<String>,
    country: String,
    groups: Vec<String>,
    source: Spanned<String>,
}

/// One of the two files, to turn places into lines.
struct File<'a> {
    name: &'static str,
    text: &'a str,
}

pub(super) fn catalogue(messengers: &str, vendors: &str) -> Result<Catalogue, CatalogueError> {
    let messengers_file = File { name: MESSENGERS, text: messengers };
    let vendors_file = File { name: VENDORS, text: vendors };
    let (messengers, messenger_places) = messengers_file.messengers()?;
    let (vendors, vendor_places) = vendors_file.vendors()?;
    super::check::messengers(&messengers).map_err(|error| messengers_file.blame(error, &messenger_places))?;
    super::check::vendors(&vendors).map_err(|error| vendors_file.blame(error, &vendor_places))?;
    Catalogue::new(messengers, vendors)
}

/// The ids of the entries, in the order of the file, and where each begins.
type Places = Vec<(String, Range<usize>)>;

impl File<'_> {
    fn messengers(&self) -> Result<(Vec<Messenger>, Places), CatalogueError> {
        let raw: RawMessengers = toml::from_str(self.text).map_err(|error| self.shape(&error))?;
        let places = raw.messenger.iter().map(|raw| (raw.get_ref().id.clone(), raw.span())).collect();
        let messengers = raw.messenger.into_iter().map(|raw| self.messenger(raw.into_inner()));
        Ok((messengers.collect::<Result<_, _>>()?, places))
    }

    fn vendors(&self) -> Result<(Vec<Vendor>, Places), CatalogueError> {
        let raw: RawVendors = toml::from_str(self.text).map_err(|error| self.shape(&error))?;
        let places = raw.vendor.iter().map(|raw| (raw.get_ref().id.clone(), raw.span())).collect();
        let vendors = raw.vendor.into_iter().map(|raw| {
            let RawVendor { id, names, country, groups, source } = raw.into_inner();
            self.source(&id, &source)?;
            Ok(Vendor { id, names, country, groups })
        });
        Ok((vendors.collect::<Result<_, _>>()?, places))
    }

    fn messenger(&self, raw: RawMessenger) -> Result<Messenger, CatalogueError> {
        self.source(&raw.id, &raw.source)?;
        let flawed = |flaw, place: Range<usize>| self.flawed(Some(raw.id.clone()), flaw, place.start);
        let signer = |written: &Spanned<String>| {
            let bytes = unhex(written.get_ref()).and_then(|bytes| bytes.try_into().ok());
            bytes.map(Digest).ok_or_else(|| flawed(Flaw::Signer, written.span()))
        };
        let pattern = |written: &Spanned<String>| {
            Pattern::parse(written.get_ref()).map_err(|error| flawed(error.into(), written.span()))
        };
        Ok(Messenger {
            signers: raw.signers.iter().map(signer).collect::<Result<_, _>>()?,
            aurora: raw.aurora.iter().map(pattern).collect::<Result<_, _>>()?,
            id: raw.id,
            name: raw.name,
            vendor: raw.vendor,
            country: raw.country,
            seed: raw.seed,
            modified_of: raw.modified_of,
            android: raw.android,
            signers_partial: raw.signers_partial,
            confirm: raw.confirm,
            unverified: raw.unverified,
            ios: raw.ios,
        })
    }

    /// Every entry says where its facts come from; only people read it.
    fn source(&self, id: &str, source: &Spanned<String>) -> Result<(), CatalogueError> {
        if (1..=MAX_SOURCE).contains(&source.get_ref().trim().len()) {
            return Ok(());
        }
        Err(self.flawed(Some(id.to_owned()), Flaw::Text("source"), source.span().start))
    }

    /// Adds the file and the place of the entry that the check names; of two with one id, the second.
    fn blame(&self, error: CatalogueError, places: &Places) -> CatalogueError {
        let place =
            places.iter().rfind(|(id, _)| error.entry.as_ref().is_some_and(|entry| id.starts_with(entry)));
        let at = place.map(|(_, place)| self.position(place.start));
        CatalogueError { file: Some(self.name), at, ..error }
    }

    fn shape(&self, error: &toml::de::Error) -> CatalogueError {
        let flaw = Flaw::Shape(error.message().replace('\n', ", "));
        let at = error.span().map(|place| self.position(place.start));
        CatalogueError { file: Some(self.name), at, entry: None, flaw }
    }

    fn flawed(&self, entry: Option<String>, flaw: Flaw, offset: usize) -> CatalogueError {
        CatalogueError { file: Some(self.name), at: Some(self.position(offset)), entry, flaw }
    }

    fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}
