//! Columns of lists: which parts of a device a page or a table has, under the names that the API has for them.

use std::fmt;
use std::str::FromStr;

use super::view::DeviceRow;
use muster_proto::time::Timestamp;

macro_rules! columns {
    ($($name:ident $word:literal $sort:expr,)*) => {
        /// A part of a device that lists show.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Column {
            $(#[doc = $word] $name,)*
        }

        impl Column {
            /// Every column, in the order of tables.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The key that sorts by it.
            #[must_use]
            pub const fn sort(self) -> Option<&'static str> {
                match self { $(Self::$name => $sort,)* }
            }
        }
    };
}

columns! {
    Id "id" None,
    AssetTag "asset_tag" Some("tag"),
    Org "org" Some("org"),
    Status "status" None,
    Verdict "verdict" Some("verdict"),
    Since "verdict_since" Some("since"),
    Due "verdict_due" Some("due"),
    Platform "platform" Some("platform"),
    OsVersion "os_version" Some("os"),
    Patch "security_patch" Some("patch"),
    Maker "manufacturer" Some("maker"),
    Model "model" Some("model"),
    Agent "agent" Some("agent"),
    Apps "apps" None,
    Enrolled "enrolled" Some("enrolled"),
    LastContact "last_contact" Some("seen"),
    LastFresh "last_fresh" Some("silent"),
    Labels "labels" None,
}

impl Column {
    /// What a table has in it.
    #[must_use]
    pub fn cell(self, device: &DeviceRow) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        match self {
            Self::Id => device.id.to_string(),
            Self::AssetTag => text(&device.asset_tag),
            Self::Org => device.org.clone(),
            Self::Status => device.status.word().to_owned(),
            Self::Verdict => device.verdict.state.word().to_owned(),
            Self::Since => device.verdict.since.to_string(),
            Self::Due => time(device.verdict.due),
            Self::Platform => device.platform.map(|platform| platform.word().to_owned()).unwrap_or_default(),
            Self::OsVersion => text(&device.os_version),
            Self::Patch => device.security_patch.map(|day| day.to_string()).unwrap_or_default(),
            Self::Maker => text(&device.manufacturer),
            Self::Model => text(&device.model),
            Self::Agent => text(&device.agent),
            Self::Apps => device.apps.join(" "),
            Self::Enrolled => device.enrolled.to_string(),
            Self::LastContact => time(device.last_contact),
            Self::LastFresh => time(device.last_fresh),
            Self::Labels => labels(device),
        }
    }
}

/// The labels as people write them.
#[must_use]
pub fn labels(device: &DeviceRow) -> String {
    device.labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// Some columns, each once, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

/// Text that names no columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no list of columns: some of {words}, each once, with commas between", words = Columns::default())]
pub struct ColumnsError(String);

impl Columns {
    /// These alone.
    #[must_use]
    pub fn of(columns: impl IntoIterator<Item = Column>) -> Self {
        Self(columns.into_iter().collect())
    }

    /// The columns.
    pub fn iter(&self) -> impl Iterator<Item = Column> {
        self.0.iter().copied()
    }

    /// Their names.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.iter().map(Column::word)
    }

    /// Whether it is among them.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        self.0.contains(&column)
    }
}

/// All of them.
impl Default for Columns {
    fn default() -> Self {
        Self(Column::ALL.to_vec())
    }
}

impl FromStr for Columns {
    type Err = ColumnsError;

    fn from_str(text: &str) -> Result<Self, ColumnsError> {
        let wrong = || ColumnsError(text.chars().take(100).collect());
        let mut columns = Vec::new();
        for word in text.split(',') {
            let column =
                Column::ALL.iter().copied().find(|column| column.word() == word).ok_or_else(wrong)?;
            if columns.contains(&column) {
                return Err(wrong());
            }
            columns.push(column);
        }
        Ok(Self(columns))
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::Sort;

    #[test]
    fn columns_go_there_and_back() {
        for text in ["id", "verdict,org,labels", &Columns::default().to_string()] {
            assert_eq!(text.parse::<Columns>().map(|columns| columns.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["", "colour", "id,", "id,id", "id org", "ID"] {
            assert!(wrong.parse::<Columns>().is_err(), "{wrong}");
        }
        for column in Column::ALL {
            assert!(column.sort().is_none_or(|key| key.parse::<Sort>().is_ok()), "{}", column.word());
        }
    }
}
