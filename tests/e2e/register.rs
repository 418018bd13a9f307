//! The register through real programs: a table of phones, a phone that enrols, and who is still missing.

use muster_tests::{Agent, Root, Server};
use serde_json::Value;

#[test]
fn a_table_says_who_should_have_a_phone() {
    let server = Server::start();
    server.with_officials("minfin");
    let table = server.data().join("phones.csv");
    let path = table.to_str().expect("a path in UTF-8");
    let import = |rows: &str, more: &[&str]| {
        let head = "Инвентарный номер;Серийный номер;Владелец;Производитель;Платформа;Состояние";
        std::fs::write(&table, format!("\u{feff}{head}\r\n{rows}")).expect("a table");
        server.muster(&[&["asset", "import", path, "--org", "minfin"], more].concat())
    };
    let list = |options: &[&str]| -> Vec<Value> {
        let listed = server.muster(&[&["asset", "list", "--json"], options].concat()).json();
        listed.as_array().expect("a list").clone()
    };
    let flawed = import("MF-0017;S1;Иванов;;;выдан\r\nMF-2;S2;;;palm;\r\n", &[]);
    let said = flawed.text();
    assert!(said.contains("3  platform"), "{said}");
    flawed.refused("1 lines are flawed");
    assert!(list(&[]).is_empty(), "all or nothing");

    let rows = "MF-0017;S1;Иванов;;;выдан\r\nMF-0018;S2;Петров;;;выдан\r\nMF-0019;S3;Сидоров;Apple;iOS;используется\r\n";
    let asked = import(rows, &["--dry-run"]).ok().text();
    assert!(asked.contains("3 lines: would be 3 added, 0 changed") && list(&[]).is_empty(), "{asked}");
    let done = import(rows, &["--json"]).json();
    assert_eq!(done["added"], 3, "{done}");
    assert_eq!(list(&["--standing", "missing"]).len(), 2);
    let declared = list(&["--standing", "declared"]).remove(0);
    assert!(declared["verdict"]["state"].is_string(), "{declared}");

    let agent = Agent::new(&Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["enrol", &server.link("minfin"), "--asset-tag", "mf-0017"]).ok();
    let _ = agent.run(&["report"]).ok();
    let found = server.muster(&["asset", "show", "MF-0017", "--json"]).json();
    assert_eq!(
        (found["device"].as_str(), found["life"].as_str()),
        (Some(agent.id().as_str()), Some("in-use"))
    );
    assert!(found["last_contact"].is_string(), "{found}");
    let missing = list(&["--standing", "missing"]);
    assert_eq!((missing.len(), missing[0]["tag"].as_str()), (1, Some("MF-0018")));
    let _ = import(rows, &[]).ok();
    assert_eq!(
        server.muster(&["asset", "show", "s1", "--json"]).json()["life"],
        "in-use",
        "the table is older"
    );

    server.muster(&["asset", "edit", "MF-0018", "--life", "ordered"]).refused("can become");
    let edited = server
        .muster(&["asset", "edit", "MF-0018", "--carrier", "Кузнецов", "--clear", "serial"])
        .ok()
        .text();
    assert!(
        edited.contains("carrier: Петров -> Кузнецов") && edited.contains("serial number: S2 -> –"),
        "{edited}"
    );
    server.muster(&["asset", "edit", "MF-0018"]).misused("say what is to be another");
    let history = server.muster(&["asset", "history", "MF-0018"]).ok().text();
    assert!(history.contains("Кузнецов") && history.contains("handed-out"), "{history}");
    let _ = server.muster(&["asset", "forget", "MF-0018"]).ok();
    let history = server.muster(&["asset", "history", "MF-0018"]).ok().text();
    assert!(!history.contains("Кузнецов") && !history.contains("Петров"), "{history}");
    server.muster(&["asset", "link", "MF-0018", &agent.id()]).refused("is this device");
    server.muster(&["asset", "remove", "MF-0017"]).refused("retire it");
    let _ = server.muster(&["asset", "unlink", "MF-0017"]).ok();
    let unknown = server.muster(&["asset", "unregistered"]).ok().text();
    assert!(unknown.contains(&agent.id()), "{unknown}");
    let _ = server.muster(&["asset", "remove", "MF-0018"]).ok();
    server.muster(&["asset", "add", "--org", "minfin", "--tag", "MF-0019"]).refused("has it");
    server.muster(&["asset", "show", "MF-0018"]).misused("MF-0018");
    let csv = server.muster(&["asset", "list", "--csv"]).ok().text();
    assert!(csv.starts_with("\"tag\",\"serial\"") && csv.lines().count() == 3, "{csv}");
}
