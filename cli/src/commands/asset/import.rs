//! `muster asset import`: a table of phones.

use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json, read_file};
use crate::server::{Refusal, Server};
use crate::table::{Cell, Table};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Longest table: what the server takes.
const MAX_TABLE: u64 = 32 * 1024 * 1024;
/// Time for an answer: every phone that can have no agent is judged before it comes.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Takes a table in. Where a line is flawed nothing is taken in, and every one is shown.
pub fn run(
    server: &Server,
    file: &Path,
    org: Option<&str>,
    dry_run: bool,
    json: bool,
) -> anyhow::Result<Outcome> {
    let attempt = format!("import {}", file.display());
    let table = read_file(file, MAX_TABLE)?;
    let send = |dry_run: bool| {
        let mut query: Vec<(&str, &str)> = org.map(|org| ("org", org)).into_iter().collect();
        query.extend(dry_run.then_some(("dry_run", "true")));
        server.post_file_within(PATIENCE, &attempt, "assets/import", "text/csv", table.clone(), &query)
    };
    let answer = match send(dry_run) {
        Err(error) if is_flawed(&error) => send(true)?,
        answer => answer?,
    };
    if json {
        print_json(&answer)?
    } else {
        print(&words(&answer))?
    }
    let flawed = answer.at("refused_lines").as_u64().unwrap_or(0);
    if flawed > 0 {
        return Ok(Outcome::Failed(format!("{attempt}: {flawed} lines are flawed, so nothing was imported")));
    }
    if dry_run && !json {
        note("Nothing was written: leave --dry-run out for that")?;
    }
    Ok(Outcome::Done)
}

fn is_flawed(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refusal>().is_some_and(|refusal| refusal.code == "register-rows")
}

fn words(answer: &Value) -> String {
    let would = if answer.at("dry_run").as_bool() == Some(true) { "would be " } else { "" };
    let mut text = format!(
        "{} lines: {would}{} added, {} changed, {} unchanged; {} linked to their devices",
        answer.word("lines"),
        answer.word("added"),
        answer.word("changed"),
        answer.word("unchanged"),
        answer.word("linked")
    );
    if !answer.list("ignored").is_empty() {
        text += &format!("\nColumns that nothing is known of: {}", answer.word("ignored"));
    }
    let refused = answer.list("refused");
    if !refused.is_empty() {
        let mut table = Table::new(&["line", "column", "what is wrong"]);
        for one in refused {
            table.row([Cell::number(one.word("line")), one.word("column").into(), one.word("reason").into()]);
        }
        text += &format!("\n{}", table.text());
        let all = answer.at("refused_lines").as_u64().unwrap_or(0);
        let more = all.saturating_sub(refused.len() as u64);
        if more > 0 {
            text += &format!("and {more} more, which are not listed\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn flawed_lines_and_unknown_columns_are_shown() {
        let answer = json!({ "lines": 3, "added": 1, "changed": 1, "unchanged": 0, "linked": 1, "dry_run": true,
            "ignored": ["Отдел"], "refused_lines": 1001,
            "refused": [{ "line": 4, "column": "life", "reason": "\"gone\" is none of ordered, spare" }] });
        let text = words(&answer);
        assert!(text.starts_with("3 lines: would be 1 added, 1 changed, 0 unchanged; 1 linked"), "{text}");
        assert!(text.contains("Отдел") && text.contains("   4  life"), "{text}");
        assert!(text.ends_with("and 1000 more, which are not listed\n"), "{text}");
        let done = words(&json!({ "lines": 1, "added": 1, "changed": 0, "unchanged": 0, "linked": 0 }));
        assert_eq!(done, "1 lines: 1 added, 0 changed, 0 unchanged; 0 linked to their devices");
    }
}
