//! Parts of what is known of a device: facts, findings, history, reports.

use super::at;
use super::show;
use crate::field::Field as _;
use crate::output::{print, print_json};
use crate::pages::collect;
use crate::server::Server;
use crate::table::{Cell, Table};
use serde_json::{Value, json};

/// A part that has a page of its own.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Facts,
    Sightings,
    Findings,
}

/// A list that may be long.
#[derive(Debug, Clone, Copy)]
pub enum List {
    History,
    Edges,
    Breaks,
    Reports,
}

/// Prints a part.
pub fn part(server: &Server, id: &str, part: Part, json: bool) -> anyhow::Result<()> {
    let name = match part {
        Part::Facts => "facts",
        Part::Sightings => "sightings",
        Part::Findings => "findings",
    };
    let said = server.read(&format!("show the {name}"), &at(id, &format!("/{name}")), &[])?;
    if json {
        return print_json(&said);
    }
    let text = match part {
        Part::Facts => show::facts(&said).text(),
        Part::Findings => show::findings(&said).text(),
        Part::Sightings => show::sightings(&said).text() + &show::told(&said).text(),
    };
    print(&text)
}

/// Prints a list, the newest first.
pub fn list(
    server: &Server,
    id: &str,
    list: List,
    rule: Option<&str>,
    most: Option<usize>,
    json: bool,
) -> anyhow::Result<()> {
    let name = match list {
        List::History => "history",
        List::Edges => "edges",
        List::Breaks => "breaks",
        List::Reports => "reports",
    };
    let query: Vec<(&str, &str)> = rule.iter().map(|rule| ("rule", *rule)).collect();
    let attempt = format!("list the {name}");
    let entries = collect(server, &attempt, &at(id, &format!("/{name}")), name, &query, most)?;
    if json {
        return print_json(&Value::Array(entries));
    }
    let table = match list {
        List::History => history(&entries),
        List::Edges => show::edges(&json!({ "edges": entries })),
        List::Breaks => breaks(&entries),
        List::Reports => show::reports(&json!({ "reports": entries })),
    };
    print(&if table.is_empty() { format!("No {name} yet") } else { table.text() })
}

fn history(entries: &[Value]) -> Table {
    let mut table = Table::new(&["when (UTC)", "what", "", ""]);
    for one in entries {
        let (what, which, then) = match one.text("what") {
            Some("edge") => {
                let states = format!("{} → {}", one.word("from"), one.word("to"));
                ("rule", one.word("rule"), states)
            }
            Some("break") => ("break", one.word("kind"), format!("at number {}", one.word("number"))),
            _ => {
                let by =
                    format!("{}, by {}: {}", one.word("state"), one.word("requested_by"), one.word("reason"));
                ("order", one.word("kind"), by)
            }
        };
        table.row([one.moment("at").into(), what.into(), which.into(), then.into()]);
    }
    table
}

fn breaks(entries: &[Value]) -> Table {
    let mut table = Table::new(&["seen (UTC)", "kind", "from", "to", "acknowledged (UTC)", "by", "reason"]);
    for one in entries {
        table.row([
            one.moment("at").into(),
            one.word("kind").into(),
            Cell::number(one.word("number")),
            Cell::number(one.word("last_number")),
            one.moment("acknowledged").into(),
            one.word("acknowledged_by").into(),
            one.word("reason").into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_reads_as_lines() {
        let entries = [
            json!({"at": "2026-11-23T10:00:00Z", "what": "edge", "rule": "maker", "from": "compliant", "to": "failing"}),
            json!({"at": "2026-11-22T10:00:00Z", "what": "break", "kind": "gap", "number": 7}),
            json!({"at": "2026-11-21T10:00:00Z", "what": "order", "kind": "scan", "state": "reported", "requested_by": "anna", "reason": "a look"}),
        ];
        let text = history(&entries).text();
        assert!(text.contains("2026-11-23 10:00  rule   maker  compliant → failing"), "{text}");
        assert!(text.contains("break  gap    at number 7"), "{text}");
        assert!(text.contains("order  scan   reported, by anna: a look"), "{text}");
    }
}
