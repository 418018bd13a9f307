//! What makes a catalogue hold together, and the error that says where it doesn't.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::pattern::{Pattern, PatternError};
use super::{Messenger, Vendor};

const MAX_MESSENGERS: usize = 1024;
const MAX_VENDORS: usize = 512;
const MAX_ID: usize = 32;
const MAX_NAME: usize = 64;
const MAX_PACKAGE: usize = 223;
const MAX_LIST: usize = 32;
/// A shorter word fits applications that nobody asked for: a catalogue comes from the server too, and what fits leaves the phone by name.
const MIN_GLOB: usize = 4;

/// Why a text or a list of entries is no catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    /// The file, where the catalogue was read from TOML.
    pub file: Option<&'static str>,
    /// The place in that file.
    pub at: Option<Position>,
    /// The entry, where one is to blame.
    pub entry: Option<String>,
    /// What is wrong.
    pub flaw: Flaw,
}

/// A place in a text; both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// What is wrong with a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The text is not TOML of the expected shape.
    #[error("{0}")]
    Shape(String),
    /// An id that is no id.
    #[error("an id is 1 to {MAX_ID} characters of a-z, 0-9 and -")]
    Id,
    /// An id that another entry has.
    #[error("the id occurs twice")]
    TwiceId,
    /// A text that is empty, too long, or has control characters.
    #[error("{0} is empty, too long or has control characters")]
    Text(&'static str),
    /// A country that is not two capitals.
    #[error("a country is two capital letters")]
    Country,
    /// A list that has too many entries, none where one is needed, or one twice.
    #[error("{0} is empty, has more than {MAX_LIST} entries, or one of them twice")]
    List(&'static str),
    /// More entries than a catalogue may have.
    #[error("more than {0} entries")]
    Entries(usize),
    /// A digest that is not 64 hexadecimal digits.
    #[error("a signer is 64 hexadecimal digits")]
    Signer,
    /// A pattern that is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A glob whose word is too short.
    #[error("the glob {0:?} has fewer than {MIN_GLOB} characters beside its stars")]
    ShortGlob(String),
    /// An original that the catalogue doesn't have.
    #[error("modified_of names {0:?}, which is not in the catalogue")]
    Original(String),
    /// Messengers that are each other's originals.
    #[error("modified_of leads back to the entry itself")]
    Circle,
    /// A package, an id or a maker's name that two entries claim.
    #[error("{name:?} belongs to {other:?} already")]
    Claimed {
        /// The name.
        name: String,
        /// The entry that had it first.
        other: String,
    },
    /// An entry by which nothing can be found.
    #[error("the entry has neither a package nor a pattern")]
    Nothing,
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = self.file {
            write!(f, "{file}")?;
        } else {
            write!(f, "catalogue")?;
        }
        if let Some(Position { line, column }) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        if let Some(entry) = &self.entry {
            write!(f, ": {entry:?}")?;
        }
        write!(f, ": {}", self.flaw)
    }
}

impl std::error::Error for CatalogueError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        None
    }
}

impl CatalogueError {
    fn whole(flaw: Flaw) -> Self {
        Self { file: None, at: None, entry: None, flaw }
    }

    fn entry(id: &str, flaw: Flaw) -> Self {
        Self { entry: Some(id.chars().take(MAX_ID).collect()), ..Self::whole(flaw) }
    }
}

pub(super) fn messengers(messengers: &[Messenger]) -> Result<(), CatalogueError> {
    if messengers.len() > MAX_MESSENGERS {
        return Err(CatalogueError::whole(Flaw::Entries(MAX_MESSENGERS)));
    }
    let mut originals = BTreeMap::new();
    let mut packages = BTreeMap::new();
    let mut exact = BTreeMap::new();
    for messenger in messengers {
        let flawed = |flaw| CatalogueError::entry(&messenger.id, flaw);
        messenger_alone(messenger).map_err(flawed)?;
        if originals.insert(messenger.id.as_str(), messenger.modified_of.as_deref()).is_some() {
            return Err(flawed(Flaw::TwiceId));
        }
        let ids = messenger.aurora.iter().filter(|pattern| pattern.is_exact()).map(|pattern| pattern.word());
        claim(&mut packages, messenger.android.iter().map(String::as_str), &messenger.id)
            .and_then(|()| claim(&mut exact, ids, &messenger.id))
            .map_err(flawed)?;
    }
    for messenger in messengers {
        original(&originals, &messenger.id).map_err(|flaw| CatalogueError::entry(&messenger.id, flaw))?;
    }
    Ok(())
}

pub(super) fn vendors(vendors: &[Vendor]) -> Result<(), CatalogueError> {
    if vendors.len() > MAX_VENDORS {
        return Err(CatalogueError::whole(Flaw::Entries(MAX_VENDORS)));
    }
    let mut ids = BTreeSet::new();
    let mut names = BTreeMap::new();
    for vendor in vendors {
        let flawed = |flaw| CatalogueError::entry(&vendor.id, flaw);
        vendor_alone(vendor).map_err(flawed)?;
        if !ids.insert(vendor.id.as_str()) {
            return Err(flawed(Flaw::TwiceId));
        }
        claim(&mut names, vendor.names.iter().map(String::as_str), &vendor.id).map_err(flawed)?;
    }
    Ok(())
}

fn messenger_alone(messenger: &Messenger) -> Result<(), Flaw> {
    id(&messenger.id)?;
    text("name", &messenger.name, MAX_NAME)?;
    messenger.vendor.as_deref().map_or(Ok(()), |vendor| text("vendor", vendor, MAX_NAME))?;
    messenger.country.as_deref().map_or(Ok(()), country)?;
    list("android", &messenger.android, 0)?;
    list("signers", &messenger.signers, 0)?;
    list("aurora", &messenger.aurora, 0)?;
    list("ios", &messenger.ios, 0)?;
    let short = |pattern: &&Pattern| !pattern.is_exact() && pattern.word().chars().count() < MIN_GLOB;
    if let Some(glob) = messenger.aurora.iter().find(short) {
        return Err(Flaw::ShortGlob(glob.to_string()));
    }
    for name in messenger.android.iter().chain(&messenger.ios) {
        text("package", name, MAX_PACKAGE)?;
    }
    if messenger.android.is_empty() && messenger.aurora.is_empty() {
        return Err(Flaw::Nothing);
    }
    Ok(())
}

fn vendor_alone(vendor: &Vendor) -> Result<(), Flaw> {
    id(&vendor.id)?;
    country(&vendor.country)?;
    list("names", &vendor.names, 1)?;
    list("groups", &vendor.groups, 1)?;
    for group in &vendor.groups {
        id(group)?;
    }
    for name in &vendor.names {
        text("name", name, MAX_NAME)?;
        if name.to_lowercase() != *name || name.trim() != name {
            return Err(Flaw::Text("a name that is not in lower case, or that"));
        }
    }
    Ok(())
}

/// Follows `modified_of` to its end.
fn original(originals: &BTreeMap<&str, Option<&str>>, start: &str) -> Result<(), Flaw> {
    let mut at = start;
    for _ in 0..=originals.len() {
        match originals.get(at) {
            None => return Err(Flaw::Original(at.to_owned())),
            Some(None) => return Ok(()),
            Some(Some(next)) => at = next,
        }
    }
    Err(Flaw::Circle)
}

/// Notes that `id` owns `names`, unless another does; a name twice within one entry is found by [`list`].
fn claim<'a>(
    owners: &mut BTreeMap<&'a str, &'a str>,
    names: impl Iterator<Item = &'a str>,
    id: &'a str,
) -> Result<(), Flaw> {
    for name in names {
        if let Some(other) = owners.insert(name, id) {
            return Err(Flaw::Claimed { name: name.to_owned(), other: other.to_owned() });
        }
    }
    Ok(())
}

fn id(id: &str) -> Result<(), Flaw> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=MAX_ID).contains(&id.len()) && id.bytes().all(fits) { Ok(()) } else { Err(Flaw::Id) }
}

fn text(what: &'static str, text: &str, max: usize) -> Result<(), Flaw> {
    let fits = (1..=max).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Flaw::Text(what)) }
}

fn country(country: &str) -> Result<(), Flaw> {
    let fits = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if fits { Ok(()) } else { Err(Flaw::Country) }
}

fn list<T: Ord>(what: &'static str, items: &[T], least: usize) -> Result<(), Flaw> {
    let distinct = items.iter().collect::<BTreeSet<_>>().len();
    if (least..=MAX_LIST).contains(&items.len()) && distinct == items.len() {
        Ok(())
    } else {
        Err(Flaw::List(what))
    }
}
