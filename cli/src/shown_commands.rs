//! Every command that the console shows is one: its sources and texts are held against the command line.

use crate::args::Cli;
use clap::Parser as _;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the server's sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "ftl") {
            found.push(path);
        }
    }
}

/// What stands in quotation marks, or between two backticks, and begins with the program's name.
fn shown(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let quoted = code
        .flat_map(|line| line.split(['"', '`', '“', '”', '«', '»']).skip(1).step_by(2).map(str::to_owned));
    quoted.filter(|text| text.starts_with("muster ")).collect()
}

/// What people are to put in place of words in capitals.
fn filled(word: &str) -> String {
    match word {
        "T" | "DAY" => "2026-12-31".to_owned(),
        "DEVICE" => "00112233445566778899aabbccddeeff".to_owned(),
        "ROLE" => "owner".to_owned(),
        "https://…" => "https://example.org/".to_owned(),
        word => word.to_owned(),
    }
}

#[test]
fn every_command_that_the_console_shows_can_be_given() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src");
    let mut found = Vec::new();
    for folder in ["http/console", "i18n"] {
        files(&server.join(folder), &mut found);
    }
    let shown: BTreeSet<String> = found
        .iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .flat_map(|path| shown(&std::fs::read_to_string(path).expect("a source file")))
        .collect();
    assert!(shown.iter().any(|one| one.starts_with("muster exempt ")), "{shown:?}");
    let refused: Vec<String> = shown
        .iter()
        .filter_map(|one| {
            let words = one.split_whitespace().map(filled);
            Cli::try_parse_from(words).err().map(|error| format!("{one}: {error}"))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
