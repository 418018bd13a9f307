//! Every command line of `muster` and `muster-server` that the documentation shows is one that the programs take.
#![expect(clippy::unwrap_used, reason = "a test says why by failing")]

use muster_tests::{program, repo};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// What a page shows: in backticks, and as lines of a block.
fn shown(page: &str) -> impl Iterator<Item = &str> {
    let blocks = page.lines().filter_map(|line| line.strip_prefix("    "));
    let inline = page.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let all = blocks.chain(inline).map(|line| line.trim().trim_start_matches("sudo "));
    all.filter(|line| line.starts_with("muster ") || line.starts_with("muster-server "))
}

/// A command line: the words of the command as far as they can only be that, and its options.
fn parts(line: &str) -> (Vec<&str>, BTreeSet<&str>) {
    let ends = |word: &&str| !word.starts_with(['#', '|', '>', '&', ';', '\\']);
    let mut words = line.split_whitespace().skip(1).take_while(ends).peekable();
    let (mut command, mut options, mut named) = (Vec::new(), BTreeSet::new(), true);
    while let Some(word) = words.next() {
        let word = word.trim_matches(['[', ']', '(', ')', ',', ';', '…']);
        if word.starts_with("--") {
            options.insert(word.split(['=', '[']).next().unwrap());
            // these may stand before the command, with what they name
            if command.is_empty() && ["--data", "--profile"].contains(&word) {
                words.next();
            }
            named = command.is_empty();
        } else if named
            && !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        {
            command.push(word);
        } else {
            named = false;
        }
    }
    (command, options)
}

/// What is wrong with a command line.
fn wrong(line: &str) -> Option<String> {
    let (command, options) = parts(line);
    let name = line.split(' ').next().unwrap();
    let help = Command::new(program(name)).args(&command).arg("--help").output().unwrap();
    if !help.status.success() {
        return Some(String::from_utf8_lossy(&help.stderr).lines().next().unwrap_or_default().to_owned());
    }
    let help = String::from_utf8_lossy(&help.stdout);
    let known: BTreeSet<&str> = help.split([' ', ',', '=', '[', '\n', '`', ')', ';', '.']).collect();
    let unknown: Vec<_> = options.difference(&known).collect();
    (!unknown.is_empty()).then(|| format!("no option {unknown:?}"))
}

#[test]
fn what_the_documentation_tells_people_to_type_is_taken() {
    let pages = fs::read_dir(repo().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let (mut seen, mut all) = (0, Vec::new());
    for path in pages.chain([repo().join("README.md")]) {
        let page = fs::read_to_string(&path).unwrap();
        for line in shown(&page) {
            seen += 1;
            all.extend(wrong(line).map(|why| format!("{}: {line}: {why}", path.display())));
        }
    }
    assert!(seen > 80, "{seen} command lines");
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_slip_is_noticed() {
    for line in [
        "muster agent add",
        "muster-server serf",
        "muster org list minfin",
        "muster --data DIR scan DEVICE --reasons TEXT",
    ] {
        assert!(wrong(line).is_some(), "{line}");
    }
    for line in [
        "muster org add minfin --title TEXT # one",
        "muster --data /x org list | head",
        "muster scan --wait=30",
    ] {
        assert_eq!(wrong(line), None, "{line}");
    }
}
