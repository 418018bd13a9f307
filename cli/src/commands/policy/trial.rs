//! `muster policy try`: what a policy, or one rule, would find on a device.

use super::documents::Document;
use crate::field::Field as _;
use crate::output::{print, print_json};
use crate::server::Server;
use crate::table::{Cell, Table};
use serde_json::Value;
use std::path::Path;

/// Asks, and shows each finding with what shows it.
pub fn run(server: &Server, file: &Path, device: &str, json: bool) -> anyhow::Result<()> {
    let document = Document::open(file)?;
    let attempt = format!("try {}", file.display());
    let query = [("device", device)];
    let tried =
        server.post_file(&attempt, "policies/try", document.media_type(), document.body.clone(), &query)?;
    if json { print_json(&tried) } else { print(&findings(&tried)) }
}

fn findings(tried: &Value) -> String {
    let mut table = Table::new(&["state", "rule", "mode", "until", "shown by"]);
    for finding in tried.list("findings") {
        let shown = finding.list("evidence").iter();
        let shown: Vec<String> =
            shown.map(|one| format!("{}: {}", one.word("what"), one.word("value"))).collect();
        let due = finding.text("due").unwrap_or("–").to_owned();
        table.row([
            Cell::state(&finding.word("state")),
            finding.word("rule").into(),
            finding.word("mode").into(),
            due.into(),
            shown.join("; ").into(),
        ]);
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_finding_is_a_line_with_what_shows_it() {
        let tried = json!({ "device": "00", "state": "failing", "findings": [{
            "rule": "lock", "state": "failing", "mode": "enforce", "due": null,
            "evidence": [{ "what": "device.lock_set", "value": "no" }],
        }]});
        let text = findings(&tried);
        assert!(text.contains("■ failing  lock  enforce  –      device.lock_set: no"), "{text}");
    }
}
