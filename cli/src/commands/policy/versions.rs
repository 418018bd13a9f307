//! Older versions of a policy: which there are, what differs, and going back to one.

use super::changes;
use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use serde_json::{Value, json};

/// Lists the versions.
pub fn list(server: &Server, id: &str, as_json: bool) -> anyhow::Result<()> {
    let answer = server.read("list the versions", &format!("policies/{}/versions", escaped(id)), &[])?;
    if as_json {
        return print_json(answer.at("versions"));
    }
    let mut table = Table::new(&["version", "applied (UTC)", "by", "bytes", ""]);
    for one in answer.list("versions") {
        let in_force = one.at("in_force").as_bool() == Some(true);
        table.row([
            Cell::number(one.word("version")),
            one.moment("applied").into(),
            one.word("actor").into(),
            Cell::number(one.word("size")),
            notes(in_force, one.at("back")).into(),
        ]);
    }
    print(&table.text())
}

/// Whether it is in force, and to which one it went back, and why.
fn notes(in_force: bool, back: &Value) -> String {
    let back = back.is_object().then(|| format!("back to {}: {}", back.word("to"), back.word("reason")));
    in_force.then(|| "in force".to_owned()).into_iter().chain(back).collect::<Vec<_>>().join("; ")
}

/// Prints what differs between two versions.
pub fn diff(
    server: &Server,
    id: &str,
    (from, to): (Option<u64>, Option<u64>),
    as_json: bool,
) -> anyhow::Result<()> {
    let (from, to) = (from.map(|from| from.to_string()), to.map(|to| to.to_string()));
    let query: Vec<(&str, &str)> = [("from", &from), ("to", &to)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .collect();
    let answer = server.read("compare the versions", &format!("policies/{}/diff", escaped(id)), &query)?;
    if as_json {
        return print_json(&answer);
    }
    print(answer.text("diff").unwrap_or_default())
}

/// Goes back to a version, or says what that would do.
pub fn roll_back(
    server: &Server,
    id: &str,
    version: u64,
    reason: Option<&str>,
    as_json: bool,
) -> anyhow::Result<Outcome> {
    let path = format!("policies/{}/rollback", escaped(id));
    let Some(reason) = reason else {
        let plan = server.post("plan going back", &format!("{path}/plan"), &json!({ "version": version }))?;
        if as_json {
            print_json(&plan)?;
        } else {
            print(&super::said(&plan, false))?;
        }
        return Ok(if plan.list("changes").is_empty() { Outcome::Done } else { Outcome::Changes });
    };
    let applied = server.post("go back", &path, &json!({ "version": version, "reason": reason }))?;
    if as_json {
        print_json(&applied)?;
    } else {
        print(&changes(&applied))?;
        print(&format!("{}, version {}, is in force", applied.word("policy"), applied.word("version")))?;
    }
    Ok(Outcome::Done)
}
