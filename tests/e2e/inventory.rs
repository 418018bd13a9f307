//! What a management system says, through real programs: the phone denies the messenger, and the rule is broken all the same.

use muster_tests::{Agent, Root, Server, repo};
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn the_management_system_is_a_second_source() {
    let server = Server::start();
    server.with_officials("minfin");
    let agent = Agent::new(&Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["enrol", &server.link("minfin"), "--asset-tag", "MF-0017"]).ok();
    let _ = agent.run(&["report"]).ok();
    let id = agent.id();
    assert_eq!(server.device(&id)["verdict"]["state"], "compliant");

    let map = repo().join("docs/examples/aurora-center.toml");
    let table = server.data().join("export.csv");
    let import = |rows: &str, more: &[&str]| {
        let head = "Инвентарный номер;Идентификатор приложения;Версия;Дата инвентаризации";
        std::fs::write(&table, format!("\u{feff}{head}\r\n{rows}")).expect("a table");
        server.muster(&[&["inventory", "import", text(&table), "--map", text(&map)], more].concat())
    };
    let rows = "mf-0017;harbour-fernschreiber;0.17;28.03.2026 10:00\r\nMF-0017;ru.bank;1;28.03.2026\r\nMF-9;ru.bank;1;28.03.2026\r\n";
    let asked = import(rows, &["--dry-run"]).ok().text();
    assert!(asked.contains("would change 1 devices") && asked.contains("4  MF-9"), "{asked}");
    assert_eq!(server.device(&id)["verdict"]["state"], "compliant", "it was only asked");
    let done = import(rows, &["--json"]).json();
    assert_eq!((done["rows"].as_u64(), done["applications"].as_u64()), (Some(3), Some(1)), "{done}");
    let device = server.device(&id);
    assert_eq!(device["verdict"]["state"], "grace", "{}", device["findings"]);
    assert_eq!(
        (device["told"][0]["package"].as_str(), device["told"][1].as_object()),
        (Some("harbour-fernschreiber"), None)
    );
    let said = server.muster(&["device", "show", &id]).ok().text();
    assert!(said.contains("management system, as of"), "{said}");

    // what the phone itself says doesn't undo it; the next word of the management system does
    let _ = agent.run(&["report"]).ok();
    assert_eq!(server.device(&id)["verdict"]["state"], "grace");
    import("MF-0017;x;1;soon\r\n", &[]).refused("line 2: the date can't be read");
    assert_eq!(server.device(&id)["verdict"]["state"], "grace");
    std::fs::write(&table, "").expect("an empty table");
    let wrong = std::fs::read_to_string(&map).expect("the example").replace("asset-tag", "imei");
    let wrong_map = server.data().join("map.toml");
    std::fs::write(&wrong_map, wrong).expect("a map");
    server.muster(&["inventory", "import", text(&table), "--map", text(&wrong_map)]).misused("--map");
    import("MF-0017;x\r\n", &[]).refused("2 columns instead of 4");
    let listed = server.muster(&["device", "list"]).ok().text();
    assert!(listed.contains("MF-0017"), "{listed}");
    server.muster(&["inventory", "forget", "MF-9"]).refused("MF-9");
    let _ = server.muster(&["inventory", "forget", "mf-0017"]).ok();
    let device = server.device(&id);
    assert_eq!(
        (&device["verdict"]["state"], device["told"].as_array().map(Vec::len)),
        (&"compliant".into(), Some(0))
    );
}

/// Telegram's launcher is hidden, and then the database that still knows its package is deleted.
#[test]
fn a_database_that_was_deleted_is_missed() {
    let server = Server::start();
    server.with_officials("minfin");
    let root = Root::copy("aurora-5.2-ok");
    let (kept, place) = (Root::copy("sailfish-5.2"), "var/lib/rpm/Packages.db");
    root.write(place, "");
    std::fs::copy(kept.path().join(place), root.path().join(place)).expect("a database");
    let agent = Agent::enrol(&server.link("minfin"), &root);
    let database = |agent: &Agent| {
        let _ = agent.run(&["report"]).ok();
        let report = &agent.try_status().expect("a status")["last_report"]["report"];
        let device = server.device(&agent.id());
        let finding = device["findings"].as_array().expect("findings").iter();
        let finding = finding.clone().find(|one| one["kind"] == "messengers").expect("the rule").clone();
        let sighted = report["submods"]["apps"]["sightings"].as_array().map(Vec::len);
        (report["submods"]["apps"]["sources"]["rpm-database"].clone(), sighted, finding)
    };
    let (read, sighted, before) = database(&agent);
    assert_eq!((&read, sighted), (&json!({ "value": null }), Some(1)));
    assert_eq!(before["state"], "grace", "{before}");
    root.remove(place);
    let (read, sighted, after) = database(&agent);
    assert_eq!((&read, sighted), (&json!({ "reason": "absent" }), Some(0)));
    assert_eq!((&after["state"], &after["since"]), (&"grace".into(), &before["since"]), "{after}");

    let never = Agent::enrol(&server.link("minfin"), &root);
    let (read, _, clean) = database(&never);
    assert_eq!((&read, &clean["state"]), (&Value::Null, &"compliant".into()), "{clean}");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
