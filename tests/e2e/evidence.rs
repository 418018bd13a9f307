//! Every report is evidence: the signed bytes and the key leave the server, and anyone can check them.

use muster_tests::{Agent, Root, Server, program, run};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn a_report_can_be_checked_without_the_server() {
    let server = Server::start();
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["report"]).ok();
    let _ = agent.run(&["report"]).ok();
    let id = agent.id();
    let folder = TempDir::new().expect("a folder");
    let (report, key) = (folder.path().join("report.cbor"), folder.path().join("key.pem"));
    let _ = server.muster(&["device", "report", &id, "--number", "1", "--out", &text(&report)]).ok();
    let _ = server.muster(&["device", "key", &id, "--out", &text(&key)]).ok();
    drop(server);

    let verify = |file: &Path| {
        run(Command::new(program("muster")).args(["verify", &text(file), "--key", &text(&key), "--json"]))
    };
    let shown = verify(&report).expect("it runs").json();
    assert_eq!(shown["verified"], true);
    assert_eq!(
        (&shown["payload"]["number"], shown["payload"]["device"].as_str()),
        (&1.into(), Some(id.as_str())),
        "{shown}"
    );

    let bytes = std::fs::read(&report).expect("the report");
    let changed = folder.path().join("changed.cbor");
    for at in [bytes.len() / 2, bytes.len() - 1] {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1;
        std::fs::write(&changed, &wrong).expect("written");
        verify(&changed).expect("it runs").refused("verify");
    }
    std::fs::write(&changed, &bytes[..bytes.len() - 1]).expect("written");
    verify(&changed).expect("it runs").refused("truncated");
}

#[test]
fn a_report_that_is_not_there_is_said_to_be() {
    let server = Server::start();
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    server
        .muster(&["device", "report", &agent.id(), "--number", "9", "--out", "-"])
        .refused("fetch the report");
    server.muster(&["device", "key", &"0".repeat(32), "--out", "-"]).refused("fetch the key");
}

#[test]
fn a_phone_without_a_network_sends_its_reports_as_a_file() {
    let mut server = Server::start();
    server.with_officials("minpromtorg");
    let agent = Agent::enrol(&server.link("minpromtorg"), &Root::copy("aurora-5.1-telegram"));
    server.running().kill().expect("killed");
    for _ in 0..2 {
        let alone = agent.run(&["report"]).ends(1);
        assert!(alone.stderr.contains("saved"), "{}", alone.stderr);
    }
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("reports.cbor-seq");
    let _ = agent.run(&["export", "--out", &text(&file)]).ok();

    server.restart().expect("it starts again");
    let imported = server.muster(&["import", &text(&file), "--json"]).json();
    let actions: Vec<&str> = imported["outcomes"]
        .as_array()
        .expect("outcomes")
        .iter()
        .filter_map(|one| one["action"].as_str())
        .collect();
    assert_eq!(actions, ["accepted", "accepted"], "{imported}");
    assert_eq!(server.device(&agent.id())["verdict"]["state"], "grace");

    // the same file again, and the phone itself: no second row
    // many in one file, more than one request may have, are no more of them
    let bytes = std::fs::read(&file).expect("read");
    std::fs::write(&file, bytes.repeat(40)).expect("written");
    let imported = server.muster(&["import", &text(&file), "--json"]).json();
    assert_eq!(imported["outcomes"].as_array().map(Vec::len), Some(80), "{imported}");
    let _ = agent.run(&["report"]).ok();
    let device = server.device(&agent.id());
    let numbers: Vec<u64> = device["reports"]
        .as_array()
        .expect("reports")
        .iter()
        .filter_map(|one| one["number"].as_u64())
        .collect();
    assert_eq!(numbers, [3, 2, 1], "{}", device["reports"]);
    assert_eq!(device["chain"]["breaks"].as_array().map(Vec::len), Some(0), "{}", device["chain"]);
}

#[test]
fn a_file_that_is_no_export_is_refused() {
    let server = Server::start();
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("holiday.jpg");
    std::fs::write(&file, b"\xff\xd8\xff\xe0 not reports").expect("written");
    server.muster(&["import", &text(&file)]).refused("import");
    server.muster(&["import", "/nowhere/at/all"]).refused("/nowhere/at/all");
}
