//! The rows of a file: each is a device, an application, a version and a moment. What is not watched is forgotten while it is read.

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord};
use jiff::tz::TimeZone;
use muster_policy::Told;
use muster_proto::catalogue::Catalogue;
use muster_proto::facts::{MatchKind, Platform};
use muster_proto::id::DeviceId;
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::layout::moment;
use super::{DeviceIs, Layout};
use crate::error::ActionError;
use crate::problems::Code;

/// Devices by the name that files call them; several may have one asset tag.
pub struct Names {
    devices: HashMap<String, Vec<(DeviceId, Platform)>>,
    is: DeviceIs,
}

/// Why a name of the file is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nobody {
    /// No device that counts has it.
    Unknown,
    /// More than one has it.
    Several,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Table {
    /// Rows.
    pub rows: u64,
    /// The watched applications of each device that the file lists; none for one that has none.
    pub devices: BTreeMap<DeviceId, BTreeMap<(String, String), Listed>>,
    /// Rows say when they were seen.
    pub dated: bool,
    /// Names that are nobody's, and the line that has each first.
    pub nobody: BTreeMap<String, (u64, Nobody)>,
}

/// What the rows of one application on one device say together: seen since the oldest, and what the newest says of it.
#[derive(Debug)]
pub struct Listed {
    /// What is told.
    pub told: Told,
    /// When the newest saw it.
    newest: Timestamp,
}

/// Flawed rows that are named; a file that is read wrongly has one in every line.
const NAMED: usize = 20;

impl Names {
    /// The devices that count, each with its asset tag.
    pub fn of(devices: Vec<(DeviceId, Platform, Option<String>)>, is: DeviceIs) -> Self {
        let mut names: HashMap<String, Vec<(DeviceId, Platform)>> = HashMap::new();
        for (id, platform, tag) in devices {
            let name = match is {
                DeviceIs::Id => Some(id.to_string()),
                DeviceIs::AssetTag => tag.map(|tag| plain(&tag)).filter(|tag| !tag.is_empty()),
            };
            if let Some(name) = name {
                names.entry(name).or_default().push((id, platform));
            }
        }
        Self { devices: names, is }
    }

    /// The one device with this name.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn find(&self, name: &str) -> Result<(DeviceId, Platform), Nobody> {
        match self.devices.get(&plain(name)).map(Vec::as_slice) {
            Some([one]) => Ok(*one),
            Some(_) => Err(Nobody::Several),
            None => Err(Nobody::Unknown),
        }
    }
}

/// Reads a file. `now` is when what has no date was seen, and the latest that anything was.
///
/// # Errors
/// The layout doesn't fit the file, or rows are flawed: they are named by their lines, and never by what they say.
pub fn read(
    text: &str,
    layout: &Layout,
    names: &Names,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Result<Table, ActionError> {
    debug_assert_eq!(names.is, layout.device_is, "the names are for this layout");
    let mut reader = ReaderBuilder::new().delimiter(layout.delimiter()?).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| flawed(&[describe(text, &error)], 1))?;
    unbroken(head, line_of(text, head.position())).map_err(|flaw| flawed(&[flaw], 1))?;
    let columns = Columns::of(head, layout)?;
    let zone = layout.zone()?;
    let mut table = Table { dated: columns.date.is_some(), ..Table::default() };
    let (mut flaws, mut count) = (Vec::new(), 0_usize);
    for record in reader.records() {
        let row = match &record {
            Ok(record) => columns.row(record, line_of(text, record.position()), &zone, now),
            Err(error) => Err(describe(text, error)),
        };
        match row {
            Ok(row) => table.take(&row, names, catalogue),
            Err(flaw) => {
                count += 1;
                if flaws.len() < NAMED {
                    flaws.push(flaw);
                }
            }
        }
    }
    if flaws.is_empty() { Ok(table) } else { Err(flawed(&flaws, count)) }
}

struct Row<'a> {
    line: u64,
    device: &'a str,
    application: &'a str,
    version: Option<&'a str>,
    seen_at: Timestamp,
}

struct Columns {
    device: usize,
    application: usize,
    version: Option<usize>,
    date: Option<usize>,
}

impl Columns {
    fn of(head: &StringRecord, layout: &Layout) -> Result<Self, ActionError> {
        let at = |key: &str, name: &str| {
            let mut found = head.iter().enumerate().filter(|(_, title)| title.trim() == name.trim());
            match (found.next(), found.next()) {
                (Some((at, _)), None) => Ok(at),
                (Some(_), Some(_)) => Err(ActionError::invalid(
                    Code::InventoryColumns,
                    format!("{key}: the file has more than one column {name:?}"),
                )),
                (None, _) => Err(ActionError::invalid(
                    Code::InventoryColumns,
                    format!(
                        "{key}: the file has no column {name:?}; look at the delimiter and the encoding too"
                    ),
                )),
            }
        };
        let other = |key: &str, name: &Option<String>| name.as_deref().map(|name| at(key, name)).transpose();
        Ok(Self {
            device: at("device", &layout.device)?,
            application: at("application", &layout.application)?,
            version: other("version", &layout.version)?,
            date: other("date", &layout.date)?,
        })
    }

    fn row<'a>(
        &self,
        record: &'a StringRecord,
        line: u64,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Row<'a>, String> {
        unbroken(record, line)?;
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        if cell(self.device).is_empty() {
            return Err(format!("line {line}: no device"));
        }
        let seen_at = match self.date {
            // a device that has nothing has it at no time
            Some(at) if !cell(self.application).is_empty() => {
                moment(cell(at), zone).ok_or_else(|| format!("line {line}: the date can't be read"))?
            }
            _ => now,
        };
        Ok(Row {
            line,
            device: cell(self.device),
            application: cell(self.application),
            version: self.version.map(cell).filter(|version| !version.is_empty()),
            seen_at: seen_at.min(now),
        })
    }
}

impl Table {
    fn take(&mut self, row: &Row<'_>, names: &Names, catalogue: &Catalogue) {
        self.rows += 1;
        let (device, platform) = match names.find(row.device) {
            Ok(found) => found,
            Err(why) => {
                let name = row.device.chars().take(64).collect();
                self.nobody.entry(name).or_insert((row.line, why));
                return;
            }
        };
        let watched = self.devices.entry(device).or_default();
        let Some((messenger, matched)) = watched_as(catalogue, platform, row.application) else { return };
        let told = Told {
            messenger: messenger.to_owned(),
            package: Text::<128>::clipped(row.application).to_string(),
            version: row.version.map(|version| Text::<48>::clipped(version).to_string()),
            matched,
            seen_at: row.seen_at,
        };
        match watched.entry((told.messenger.clone(), told.package.clone())) {
            Entry::Vacant(place) => {
                place.insert(Listed { newest: told.seen_at, told });
            }
            Entry::Occupied(mut known) => known.get_mut().join(told),
        }
    }
}

impl Listed {
    /// What was known before. Without a date the same application in the same version is there since then, and not seen anew.
    pub fn since(&mut self, before: &Told) {
        if self.told.version == before.version {
            self.told.seen_at = before.seen_at;
        }
    }

    /// Another row: a later one wins no later deadline.
    fn join(&mut self, told: Told) {
        let first = self.told.seen_at.min(told.seen_at);
        if self.newest < told.seen_at {
            self.newest = told.seen_at;
            self.told = told;
        }
        self.told.seen_at = first;
    }
}

/// The watched application behind an id, as an agent on this system would find it.
fn watched_as<'a>(catalogue: &'a Catalogue, platform: Platform, id: &str) -> Option<(&'a str, MatchKind)> {
    if let Some(messenger) = catalogue.match_android_package(id) {
        return Some((&messenger.id, MatchKind::Exact));
    }
    let (messenger, kind) = catalogue.match_linux(id).filter(|_| platform != Platform::Android)?;
    Some((&messenger.id, kind))
}

/// Names are compared without regard to capitals.
fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A quote that is never closed makes one cell of all the rows that follow.
fn unbroken(record: &StringRecord, line: u64) -> Result<(), String> {
    let broken = record.iter().any(|cell| cell.contains(['\r', '\n']));
    if broken {
        Err(format!("line {line}: a line break in a cell, or a quote that is not closed"))
    } else {
        Ok(())
    }
}

/// Where the file is no table, without what stands there.
fn describe(text: &str, error: &csv::Error) -> String {
    let line = line_of(text, error.position());
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("line {line}: {len} columns instead of {expected_len}")
        }
        _ => format!("line {line}: not a row of a table"),
    }
}

/// The line where a row begins. Before it may still stand the end of the line before, and empty lines.
pub(crate) fn line_of(text: &str, position: Option<&Position>) -> u64 {
    let Some(position) = position else { return 0 };
    let rest =
        usize::try_from(position.byte()).ok().and_then(|at| text.as_bytes().get(at..)).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + ends.filter(|byte| **byte == b'\n').count() as u64
}

fn flawed(flaws: &[String], count: usize) -> ActionError {
    let more = count - flaws.len().min(count);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let detail = format!("nothing was imported: {}{more}", flaws.join("; "));
    ActionError::invalid(Code::InventoryRows, detail)
}
