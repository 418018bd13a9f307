//! `docs/privacy.md` explains every field that a phone sends and every table that the server keeps, and no other.
#![expect(clippy::unwrap_used, reason = "a test says why by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(place(path)).unwrap()
}

/// What stands in backticks in the first column of the tables between two headings.
fn explained(page: &str, from: &str, until: &str) -> BTreeSet<String> {
    let part = page.split_once(from).unwrap().1.split_once(until).unwrap().0;
    let first_columns = part.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
    first_columns.flat_map(|(column, _)| column.split(", ")).map(|name| name.replace('`', "")).collect()
}

/// The named claims of the maps that phones send, as `map.claim`. `key` and `message` maps have their meaning from the standards alone.
fn sent(grammar: &str) -> BTreeSet<String> {
    let from_phones = grammar.split_once("; ---- the report").unwrap().1;
    let from_phones = from_phones.split_once("; ---- messages of the server").unwrap().0;
    let (mut map, mut names) = ("", BTreeSet::new());
    for line in from_phones.lines() {
        if let Some(opened) = line.strip_suffix(" = {") {
            map = opened;
        } else if line.starts_with('}') {
            map = "";
        } else if let Some((_, name)) = line.split_once("; ").filter(|_| !map.is_empty()) {
            names.insert(format!("{map}.{}", name.trim()));
        }
    }
    names
}

#[test]
fn every_field_of_a_phone_is_explained() {
    let page = text("docs/privacy.md");
    let sent = sent(&text("proto/cddl/muster.cddl"));
    assert!(sent.contains("report.iat") && sent.contains("sighting.package") && sent.len() > 70, "{sent:?}");
    assert_eq!(explained(&page, "## What leaves a phone", "## What is never read"), sent);
}

#[test]
fn every_table_of_the_server_is_explained() {
    let folder = place("server/src/store/migrations");
    let migrations: String =
        fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let created = migrations.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split(' ').next());
    let mut tables: BTreeSet<String> = created.map(str::to_owned).collect();
    for dropped in migrations.lines().filter_map(|line| line.strip_prefix("DROP TABLE ")) {
        tables.remove(dropped.trim_end_matches(';'));
    }
    // made by the program that applies the others
    tables.insert("migrations".to_owned());
    let page = text("docs/privacy.md");
    assert_eq!(explained(&page, "## What the server keeps", "## A notice"), tables);
}
