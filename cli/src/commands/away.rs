//! Notes that somebody is away: `muster device away` for one device, `muster asset away` for a person with every phone of the register.

use crate::field::Field as _;
use crate::output::{WrongUse, note, print, print_json};
use crate::server::Server;
use crate::table::Table;
use crate::when;
use serde_json::{Value, json};

/// What a note says.
#[derive(clap::Args)]
pub struct NoteArgs {
    /// Until when: a time of RFC 3339, or a day, which counts whole in the organisation's time zone
    #[arg(long, value_name = "T", value_parser = when::point, requires = "reason")]
    until: Option<String>,
    /// From when: a time of RFC 3339, or a day in the organisation's time zone; now without it
    #[arg(long, value_name = "T", value_parser = when::point, requires = "until")]
    from: Option<String>,
    /// Why; whoever sees the device sees it
    #[arg(long, value_name = "TEXT", requires = "until")]
    reason: Option<String>,
}

impl NoteArgs {
    fn as_json(&self) -> Option<Value> {
        let mut body = json!({ "until": self.until.as_ref()?, "reason": self.reason });
        if let Some(from) = &self.from {
            body["from"] = json!(from);
        }
        Some(body)
    }
}

/// `muster device away`: writes a note, or shows those that are there.
pub fn device(server: &Server, path: &str, args: &NoteArgs, json: bool) -> anyhow::Result<()> {
    let Some(body) = args.as_json() else {
        let notes = server.read("list notes", path, &[])?;
        return if json { print_json(notes.at("notes")) } else { print(&words(notes.list("notes"))) };
    };
    let written = server.put("note that somebody is away", path, &body)?;
    if json { print_json(&written) } else { note(&said(&written)) }
}

/// `muster asset away`: writes a note on everything that the carrier has.
pub fn carrier(server: &Server, path: &str, args: &NoteArgs, json: bool) -> anyhow::Result<()> {
    let body = args.as_json().ok_or_else(|| WrongUse("say --until and --reason".to_owned()))?;
    let carried = server.put("note that the carrier is away", path, &body)?;
    if json {
        return print_json(&carried);
    }
    note(&format!("{}, on {} devices", said(carried.at("note")), carried.list("devices").len()))
}

/// The carrier is back.
pub fn carrier_back(server: &Server, path: &str, json: bool) -> anyhow::Result<()> {
    let back = server.delete("end the notes", path)?;
    if json { print_json(&back) } else { note(&format!("back, on {} devices", back.list("devices").len())) }
}

fn said(note: &Value) -> String {
    format!("away from {} until {} (UTC)", note.moment("from"), note.moment("until"))
}

fn words(notes: &[Value]) -> String {
    let mut table = Table::new(&["from (UTC)", "until (UTC)", "who wrote it", "reason"]);
    for note in notes {
        let row = [note.moment("from"), note.moment("until"), note.word("actor"), note.word("reason")];
        table.row(row.map(Into::into));
    }
    if table.is_empty() {
        return "No note: muster device away ID --until DAY --reason TEXT writes one".to_owned();
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use crate::args::Cli;
    use clap::Parser as _;

    #[test]
    fn a_note_has_an_end_and_a_reason() {
        let line =
            |rest: &str| Cli::try_parse_from(format!("muster device away 00{rest}").split(' ')).is_ok();
        assert!(line("") && line(" --until 2027-01-12 --reason holiday --from 2027-01-01"));
        assert!(!line(" --until 2027-01-12") && !line(" --reason x") && !line(" --from 2027-01-01"));
    }
}
