//! The record of who did what, through the real command line: exported, kept elsewhere, tampered with in every way, and checked.

use muster_tests::{Ran, Server};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

#[test]
fn every_tampering_is_named() {
    let server = Server::start();
    server.with_officials("minfin");
    let (head, file) = (server.data().join("head.json"), server.data().join("audit.ndjson"));
    let _ = server.muster(&["audit", "head", "--out", text(&head)]).ok();
    let _ = server.muster(&["org", "add", "later", "--title", "Later"]).ok();
    let _ = server.muster(&["audit", "export", "--out", text(&file)]).ok();

    let holds = server.muster(&["audit", "verify", "--head", text(&head)]).ok().text();
    assert!(holds.contains("none removed, changed or reordered"), "{holds}");
    let exported = std::fs::read_to_string(&file).expect("an export");
    let lines: Vec<&str> = exported.lines().collect();
    let check = |lines: &[&str]| {
        let mut all = String::new();
        lines.iter().for_each(|line| writeln!(all, "{line}").expect("text"));
        let path = server.data().join("tampered.ndjson");
        std::fs::write(&path, all).expect("a file");
        server.muster(&["audit", "verify", text(&path), "--head", text(&head)])
    };
    let _ = check(&lines).ok();
    let changed = lines[3].replace("\"actor\":\"", "\"actor\":\"x");
    found(check(&[&lines[..3], &[changed.as_str()], &lines[4..]].concat()), "entry 4 was changed");
    found(check(&[&lines[..3], &lines[4..]].concat()), "entry 4 was removed");
    let swapped = [&lines[..3], &[lines[4], lines[3]], &lines[5..]].concat();
    found(check(&swapped), "entries were reordered: entry 4 stands after entry 5");
    found(check(&[&lines[..3], &lines[2..]].concat()), "number 3 was there already");
    found(check(&lines[..lines.len() - 1]), "without its last line");
    found(check(&[&lines[..2], &lines[lines.len() - 1..]].concat()), "the newest entries were cut off");
    found(check(&[&lines[..2], &["{}"], &lines[3..]].concat()), "line 3 is not an entry");

    let said = check(&[&lines[..3], &lines[4..]].concat());
    assert!(said.stderr.contains("1 flaw"), "{}", said.stderr);
    let path = server.data().join("tampered.ndjson");
    let told = server.muster(&["audit", "verify", text(&path), "--json"]).ends(1);
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!((&told["holds"], &told["flaws"][0]["flaw"]), (&false.into(), &"removed".into()), "{told}");
    assert_eq!(told["flaws"][0]["first"], 4);
}

/// Another server's record holds by itself: the head that was kept shows that it is another one.
#[test]
fn a_record_in_anothers_place_is_seen() {
    let (server, other) = (Server::start(), Server::start());
    server.with_officials("minfin");
    let head = server.data().join("head.json");
    let _ = server.muster(&["audit", "head", "--out", text(&head)]).ok();
    found(other.muster(&["audit", "verify", "--head", text(&head)]), "the newest entries were cut off");
    other.with_officials("minfin");
    let _ = other.muster(&["org", "add", "a", "--title", "A"]).ok();
    let _ = other.muster(&["audit", "verify"]).ok();
    found(other.muster(&["audit", "verify", "--head", text(&head)]), "the record was written anew");
    other.muster(&["audit", "verify", "--head", "/nowhere"]).refused("/nowhere");
}

#[test]
fn the_record_begins_with_the_server_and_says_from_where() {
    let mut server = Server::start();
    server.with_officials("minfin");
    let of = |server: &Server, more: &[&str]| {
        server
            .muster(&[&["audit", "list", "--json"], more].concat())
            .json()
            .as_array()
            .expect("a list")
            .clone()
    };
    let all = of(&server, &[]);
    assert_eq!(all[0]["action"], "key.use", "{}", all[0]);
    assert_eq!(all[2]["action"], "server.start");
    let applied = of(&server, &["--action", "policy"]);
    assert_eq!(applied.len(), 1);
    assert_eq!((&applied[0]["address"], &applied[0]["after"]["version"]), (&"127.0.0.1".into(), &1.into()));
    let newest = of(&server, &["--newest", "--limit", "2"]);
    assert_eq!(newest[0]["seq"], all.len());
    assert_eq!(newest[1]["seq"], all.len() - 1);

    server.running().stop(Duration::from_secs(60)).expect("it stops");
    server.restart().expect("it starts again");
    let life: Vec<Value> =
        of(&server, &["--subject", "server"]).into_iter().map(|mut entry| entry["action"].take()).collect();
    assert_eq!(life, ["server.start", "server.stop", "server.start"]);
    let shown = server.muster(&["audit", "--limit", "3"]).ok().text();
    assert!(shown.contains("key:ca"), "{shown}");
}

#[track_caller]
fn found(ran: Ran, flaw: &str) {
    let ran = ran.ends(1);
    assert!(ran.text().contains(flaw), "{:?} is not in {}", flaw, ran.text());
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
