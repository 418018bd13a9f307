//! A scan on demand: an order with a visible life, from the click to the verdict.

use muster_tests::{Agent, Root, Running, Server, wait_for};
use serde_json::Value;
use std::time::Duration;

fn phone(server: &Server) -> (Agent, String) {
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let id = agent.id();
    (agent, id)
}

/// An agent whose service runs and has reported.
fn running(server: &Server) -> (Agent, String, Running) {
    let (agent, id) = phone(server);
    let service = agent.service();
    wait_for("the first report", Duration::from_secs(30), || {
        (!server.device(&id)["last_fresh"].is_null()).then_some(())
    });
    (agent, id, service)
}

fn states(order: &Value) -> Vec<&str> {
    order["states"].as_array().into_iter().flatten().filter_map(|one| one["state"].as_str()).collect()
}

#[test]
fn a_phone_on_its_channel_answers_at_once() {
    let server = Server::start();
    server.with_officials("minfin");
    let (agent, id, _service) = running(&server);

    let scan = server.muster(&["scan", &id, "--reason", "spot check", "--wait", "30", "--json"]).json();
    let states = states(&scan);
    assert_eq!((states.first(), states.last()), (Some(&"queued"), Some(&"reported")), "{scan}");
    assert!(scan["click_to_verdict_ms"].as_u64().is_some_and(|ms| ms < 30_000), "{scan}");
    println!("click to verdict: {} ms", scan["click_to_verdict_ms"]);
    let device = server.device(&id);
    let report = device["reports"].as_array().expect("reports").first().expect("the newest").clone();
    assert_eq!(report["trigger"], "order", "{report}");
    // the person who carries it sees who asked, and why
    let status = agent.run(&["status", "--json"]).json().to_string();
    assert!(status.contains("spot check"), "{status}");
}

#[test]
fn an_order_waits_for_its_phone() {
    let server = Server::start();
    server.with_officials("minfin");
    let (agent, id) = phone(&server);
    let scan = server.muster(&["scan", &id, "--reason", "later", "--wait", "1", "--json"]).ends(1);
    assert!(scan.stderr.contains("no report in time"), "{}", scan.stderr);
    let order: Value = serde_json::from_slice(&scan.stdout).expect("JSON also where it failed");
    let order = order["order"].as_str().expect("an id").to_owned();
    let show = || server.muster(&["order", "show", &order, "--json"]).json();
    assert_eq!(states(&show()), ["queued"]);

    let _service = agent.service();
    wait_for("the report", Duration::from_secs(30), || (show()["state"] == "reported").then_some(()));
}

#[test]
fn an_order_survives_a_restart() {
    let mut server = Server::start();
    server.with_officials("minfin");
    let (agent, id) = phone(&server);
    let scan = server.muster(&["scan", &id, "--reason", "before the cut", "--json"]).json();
    server.restart().expect("it starts again");
    let _service = agent.service();
    let show = || server.muster(&["order", "show", scan["order"].as_str().expect("an id"), "--json"]).json();
    wait_for("the report", Duration::from_secs(60), || (show()["state"] == "reported").then_some(()));
}

#[test]
fn an_order_can_be_cancelled() {
    let server = Server::start();
    server.with_officials("minfin");
    let (_, id) = phone(&server);
    let scan = server.muster(&["scan", &id, "--reason", "by mistake", "--json"]).json();
    let order = scan["order"].as_str().expect("an id");
    let cancelled = server.muster(&["order", "cancel", order, "--json"]).json();
    assert_eq!(cancelled["state"], "cancelled", "{cancelled}");
    server.muster(&["order", "cancel", order]).refused("cancel the order");
}

#[test]
fn an_order_ends_if_nobody_answers() {
    let server = Server::start();
    server.with_officials("minfin");
    let (_, id) = phone(&server);
    let scan = server
        .muster(&["scan", &id, "--reason", "nobody there", "--expires", "2s", "--wait", "60", "--json"])
        .ends(1);
    assert!(scan.stderr.contains("expired"), "{}", scan.stderr);
    let order: Value = serde_json::from_slice(&scan.stdout).expect("JSON");
    assert_eq!(states(&order), ["queued", "expired"]);
}

#[test]
fn a_phone_that_is_sent_away_reports_once_more() {
    let server = Server::start();
    server.with_officials("minfin");
    let (agent, id) = phone(&server);
    let order = server.muster(&["device", "retire", &id, "--reason", "sold", "--json"]).json();
    assert_eq!((&order["kind"], &order["state"]), (&"retire".into(), &"queued".into()), "{order}");
    let _ = agent.run(&["report"]).ok();
    let order = server.muster(&["order", "show", &id_of(&order), "--json"]).json();
    assert_eq!(order["state"], "reported", "{order}");
    assert_eq!(
        server.muster(&["device", "list", "--json"]).json(),
        serde_json::json!([]),
        "it counts no more"
    );
    assert_eq!(agent.try_status().expect("a status")["standing"], "retired");
    agent.run(&["report"]).refused("retired");
    let _ = agent.run(&["enrol", &server.link("minfin")]).ok();
    assert_ne!(agent.id(), id, "another device by the server's books");
}

fn id_of(order: &Value) -> String {
    order["order"].as_str().expect("an id").to_owned()
}

#[test]
fn a_scan_of_nobody_is_refused() {
    let server = Server::start();
    server.muster(&["scan", &"0".repeat(32), "--reason", "x"]).refused("order the scan");
    server.muster(&["scan", "not-an-id", "--reason", "x"]).refused("order the scan");
}
