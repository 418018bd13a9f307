//! The main job on real programs: phones enrol, report, and are judged.

use muster_tests::{Agent, Root, Server, wait_for};
use serde_json::Value;
use std::time::Duration;

/// The finding of a rule.
fn finding<'a>(device: &'a Value, rule: &str) -> &'a Value {
    let findings = device["findings"].as_array().expect("a device has findings");
    findings
        .iter()
        .find(|finding| finding["rule"] == rule)
        .unwrap_or_else(|| panic!("no finding for {rule} in {device}"))
}

fn reported(server: &Server, org: &str, root: &Root) -> (Agent, Value) {
    let agent = Agent::enrol(&server.link(org), root);
    let _ = agent.run(&["report"]).ok();
    let device = server.device(&agent.id());
    (agent, device)
}

#[test]
fn a_phone_in_order_is_compliant() {
    let server = Server::start();
    server.with_officials("minfin");
    let (_, device) = reported(&server, "minfin", &Root::copy("aurora-5.2-ok"));

    assert_eq!(device["verdict"]["state"], "compliant", "{}", device["findings"]);
    assert_eq!(device["platform"], "aurora");
    assert_eq!(device["org"], "minfin");
    assert_eq!(finding(&device, "patch")["state"], "not-applicable");
    assert_eq!(finding(&device, "chain")["state"], "compliant");
    assert_eq!(finding(&device, "silence")["state"], "compliant");
    assert_eq!(device["facts"]["encryption"]["value"], "active");
    assert_eq!(device["facts"]["security_patch"]["reason"], "unsupported");
    assert_eq!(device["sightings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_messenger_is_tolerated_for_its_grace() {
    let server = Server::start();
    server.with_officials("minpromtorg");
    let (_, device) = reported(&server, "minpromtorg", &Root::copy("aurora-5.1-telegram"));

    assert_eq!(device["verdict"]["state"], "grace", "{}", device["findings"]);
    let messenger = finding(&device, "foreign-messengers");
    assert_eq!(messenger["state"], "grace");
    assert_eq!(messenger["due"], device["verdict"]["due"]);
    assert!(messenger["evidence"].to_string().contains("telegram"), "{messenger}");
    assert!(messenger["remedy"]["ru"].as_str().is_some_and(|text| text.contains("Удалите")), "{messenger}");
    let sighting = &device["sightings"][0];
    assert_eq!(
        (sighting["messenger"].as_str(), sighting["package"].as_str()),
        (Some("telegram"), Some("harbour-fernschreiber"))
    );
    let span = |from: &Value, to: &Value| seconds(to) - seconds(from);
    assert_eq!(span(&messenger["since"], &messenger["due"]), 72 * 3600);
}

#[test]
fn a_tablet_that_breaks_rules_fails_with_its_reasons() {
    let server = Server::start();
    server.with_officials("minenergo");
    let (_, device) = reported(&server, "minenergo", &Root::copy("linux-tablet"));

    assert_eq!(device["verdict"]["state"], "failing", "{}", device["findings"]);
    assert_eq!(finding(&device, "platform")["state"], "failing");
    assert_eq!(finding(&device, "encryption")["state"], "failing");
    let found: Vec<&str> = device["sightings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["messenger"].as_str())
        .collect();
    assert!(found.contains(&"telegram") && found.contains(&"discord"), "{found:?}");
    // the worst first, as people read it
    assert_eq!(device["findings"][0]["state"], "failing");
}

#[test]
fn removing_the_messenger_ends_it_and_bringing_it_back_wins_nothing() {
    let server = Server::start();
    server.with_officials("minpromtorg");
    let root = Root::copy("aurora-5.1-telegram");
    let (agent, first) = reported(&server, "minpromtorg", &root);
    let launcher = "usr/share/applications/harbour-fernschreiber.desktop";
    let text = std::fs::read_to_string(root.path().join(launcher)).expect("the launcher is there");

    root.remove(launcher);
    let _ = agent.run(&["report"]).ok();
    let clean = server.device(&agent.id());
    assert_eq!(clean["verdict"]["state"], "compliant", "{}", clean["findings"]);
    assert!(clean["edges"].to_string().contains("foreign-messengers"), "{}", clean["edges"]);

    root.write(launcher, &text);
    let _ = agent.run(&["report"]).ok();
    let again = server.device(&agent.id());
    let (before, after) = (finding(&first, "foreign-messengers"), finding(&again, "foreign-messengers"));
    assert_eq!((&after["since"], &after["due"]), (&before["since"], &before["due"]));
}

#[test]
fn the_service_reports_by_itself() {
    let server = Server::start();
    server.with_officials("minfin");
    let root = Root::copy("aurora-5.2-ok");
    let agent = Agent::enrol(&server.link("minfin"), &root);
    let id = agent.id();
    let mut service = agent.service();
    let state = |wanted: &str| {
        wait_for(wanted, Duration::from_secs(30), || {
            (server.device(&id)["verdict"]["state"] == wanted).then_some(())
        })
    };
    state("compliant");

    // a messenger appears, and nobody asks
    let launcher = "[Desktop Entry]\nType=Application\nName=Telegram\nExec=/usr/bin/harbour-fernschreiber\n";
    root.write("usr/share/applications/harbour-fernschreiber.desktop", launcher);
    state("grace");
    service.stop(Duration::from_secs(20)).expect("the service ends when asked to");
}

#[test]
fn a_token_for_many_phones_needs_a_person() {
    let server = Server::start();
    server.with_officials("minfin");
    let token =
        server.muster(&["enrol-token", "--org", "minfin", "--uses", "2", "--expires", "7d", "--json"]).json();
    assert_eq!(token["approve"], "person");
    let link = token["link"].as_str().expect("a token has a link");
    let agent = Agent::new(&Root::copy("aurora-5.2-ok"));
    let asked = agent.run(&["enrol", link, "--no-wait", "--asset-tag", "INV-7", "--json"]).json();
    assert_eq!(asked["state"], "pending", "{asked}");

    let pending = server.muster(&["pending", "--json"]).json();
    let one = &pending[0];
    assert_eq!((&one["code"], one["asset_tag"].as_str()), (&asked["code"], Some("INV-7")), "{pending}");
    let _ = server.muster(&["approve", one["device"].as_str().expect("it has an id")]).ok();
    let enrolled = agent.run(&["enrol", link, "--json"]).json();
    assert_eq!(enrolled["state"], "enrolled", "{enrolled}");
    let _ = agent.run(&["report"]).ok();
    assert_eq!(server.device(&agent.id())["asset_tag"], "INV-7");
}

#[test]
fn a_refused_phone_stays_out() {
    let server = Server::start();
    server.with_officials("minfin");
    let token = server.muster(&["enrol-token", "--org", "minfin", "--approve", "person", "--json"]).json();
    let link = token["link"].as_str().expect("a token has a link");
    let agent = Agent::new(&Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["enrol", link, "--no-wait"]).ok();
    let pending = server.muster(&["pending", "--json"]).json();
    let _ = server.muster(&["refuse", pending[0]["device"].as_str().expect("one waits")]).ok();
    let refused = agent.run(&["enrol", link, "--no-wait"]);
    assert_eq!(refused.code(), 1, "{}", refused.stderr);
    assert_eq!(server.muster(&["device", "list", "--json"]).json().as_array().map(Vec::len), Some(0));
}

#[test]
fn the_person_sees_what_was_reported() {
    let server = Server::start();
    server.with_officials("minpromtorg");
    let agent = Agent::enrol(&server.link("minpromtorg"), &Root::copy("aurora-5.1-telegram"));
    let report = agent.run(&["report", "--json"]).json();
    assert_eq!(report["number"], 1);
    let russian = agent.run(&["status", "--lang", "ru"]).ok().text();
    assert!(russian.contains("Без иностранных мессенджеров"), "{russian}");
    let english = agent.run(&["status", "--lang", "en"]).ok().text();
    assert!(english.contains("No foreign messengers"), "{english}");
    let status = agent.run(&["status", "--json"]).json();
    assert!(status.to_string().contains("foreign-messengers"), "{status}");
}

#[test]
fn what_was_done_is_in_the_audit() {
    let server = Server::start();
    server.with_officials("minfin");
    let _ = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let entries = server.muster(&["audit", "--json"]).json();
    let entries = entries.as_array().expect("a list");
    let all = Value::Array(entries.clone()).to_string();
    for part in ["local-admin", "minfin", "officials"] {
        assert!(all.contains(part), "{part} is not in {all}");
    }
    let numbers: Vec<u64> = entries.iter().filter_map(|entry| entry["seq"].as_u64()).collect();
    assert!(
        numbers.len() == entries.len() && numbers.windows(2).all(|pair| pair[0] < pair[1]),
        "{numbers:?}"
    );
    assert!(!all.contains(&server.link("minfin")), "a link is a secret");
}

fn seconds(time: &Value) -> i64 {
    let time: muster_proto::time::Timestamp = time.as_str().expect("a time").parse().expect("RFC 3339");
    time.secs()
}
