//! Columns of the table of devices, under the names that the API has for them.

use crate::field::{Field as _, in_words};
use crate::output::WrongUse;
use crate::table::{Cell, Table};
use serde_json::Value;

/// The columns of a table.
#[derive(Debug, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

/// A name, where it stands in an answer, and what stands there.
type Column = (&'static str, &'static str, What);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Word,
    Time,
    State,
    List,
    Labels,
}

const ALL: [Column; 18] = [
    ("id", "id", What::Word),
    ("asset_tag", "asset_tag", What::Word),
    ("org", "org", What::Word),
    ("status", "status", What::Word),
    ("verdict", "verdict/state", What::State),
    ("verdict_since", "verdict/since", What::Time),
    ("verdict_due", "verdict/due", What::Time),
    ("platform", "platform", What::Word),
    ("os_version", "os_version", What::Word),
    ("security_patch", "security_patch", What::Word),
    ("manufacturer", "manufacturer", What::Word),
    ("model", "model", What::Word),
    ("agent", "agent", What::Word),
    ("apps", "apps", What::List),
    ("enrolled", "enrolled", What::Time),
    ("last_contact", "last_contact", What::Time),
    ("last_fresh", "last_fresh", What::Time),
    ("labels", "labels", What::Labels),
];

impl Columns {
    /// Reads `asset_tag,verdict,labels`.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut columns: Vec<Column> = Vec::new();
        for word in text.split(',') {
            let column = ALL.iter().copied().find(|(name, ..)| *name == word);
            match column.filter(|column| !columns.contains(column)) {
                Some(column) => columns.push(column),
                None => return Err(wrong(text).into()),
            }
        }
        Ok(Self(columns))
    }

    /// Those columns of devices.
    pub fn table(&self, devices: &[Value]) -> String {
        let head: Vec<String> = self.0.iter().map(|(name, _, what)| title(name, *what)).collect();
        let mut table = Table::new(&head.iter().map(String::as_str).collect::<Vec<_>>());
        for device in devices {
            table.row(self.0.iter().map(|(_, at, what)| cell(device, at, *what)));
        }
        table.text()
    }
}

fn title(name: &str, what: What) -> String {
    let name = name.replace('_', " ");
    if what == What::Time { format!("{name} (UTC)") } else { name }
}

fn cell(device: &Value, at: &str, what: What) -> Cell {
    match what {
        What::Word => device.word(at).into(),
        What::Time => device.moment(at).into(),
        What::State => Cell::state(&device.word(at)),
        What::List => device.list(at).iter().map(in_words).collect::<Vec<_>>().join(" ").into(),
        What::Labels => {
            let labels = device.at(at).as_object().into_iter().flatten();
            labels
                .map(|(name, value)| format!("{name}={}", in_words(value)))
                .collect::<Vec<_>>()
                .join(" ")
                .into()
        }
    }
}

fn wrong(text: &str) -> WrongUse {
    let words = ALL.map(|(name, ..)| name).join(",");
    WrongUse(format!("{text:?} is no list of columns: some of {words}, each once, with commas between"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_has_the_columns_that_were_asked_for_in_that_order() {
        let device = json!({
            "id": "00", "asset_tag": "MF-1", "verdict": { "state": "grace", "due": "2026-11-23T00:27:11Z" },
            "apps": ["telegram", "max"], "labels": { "role": "minister", "site": "msk" },
        });
        let text = Columns::parse("labels,verdict_due,apps,verdict").unwrap().table(&[device]);
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect())
            .collect();
        assert_eq!(lines[0], ["labels", "verdict due (UTC)", "apps", "verdict"]);
        assert_eq!(lines[1], ["role=minister site=msk", "2026-11-23 00:27", "telegram max", "◆ grace"]);
        for wrong in ["", "colour", "id,id", "id,", "Id"] {
            assert!(Columns::parse(wrong).unwrap_err().is::<WrongUse>(), "{wrong}");
        }
    }
}
