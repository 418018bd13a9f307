//! Hooks: what happens is told, each change at least once and under the same id, whatever becomes of the server and of the receiver; and a
//! receiver that hangs slows no report down.

mod support;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use muster_fleet::http::Connection;
use muster_proto::facts::{Encryption, Fact};
use muster_proto::link::EnrolLink;
use muster_tests::receiver::{Receiver, Reply, Told};
use muster_tests::{Server, wait_for};
use serde_json::Value;
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Device, enrol, is_accepted, send, target};

const POLICY: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
rules:
RULES
assign:
  - org: minfin
";
/// For the test of many changes: so many rules turn with each report of so many phones, one report of each between two kills.
const KILLS: usize = 20;
const RULES: usize = 10;
const MANY: u32 = 50;
/// For the others.
const FEW: u32 = 4;

/// A server with a policy that phones break and keep as they like.
fn server(options: &[&str], rules: usize) -> Server {
    let server = Server::start_with(options);
    let _ = server.muster(&["org", "add", "minfin", "--title", "minfin"]).ok();
    let file = server.data().join("policy.yaml");
    let rules: String =
        (0..rules).map(|nth| format!("  - {{ id: encrypted-{nth}, kind: encryption }}\n")).collect();
    std::fs::write(&file, POLICY.replace("RULES\n", &rules)).expect("a policy");
    let _ = server.muster(&["apply", &file.to_string_lossy()]).ok();
    server
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

async fn devices(server: &Server, link: &EnrolLink, count: u32) -> Vec<Device> {
    let mut connection = target(server).connect().await.expect("a connection");
    let mut all = Vec::new();
    for nth in 0..u64::from(count) {
        all.push(enrol(&mut connection, link, nth).await);
    }
    all
}

/// The next report, in which the rule is what it was not before.
fn turned(device: &mut Device) -> Vec<u8> {
    let encrypted = device.report.number % 2 == 1;
    let state = if encrypted { Encryption::Active } else { Encryption::Inactive };
    device.report.submods.device.encryption = Fact::Known(state);
    device.next()
}

async fn report(connection: &mut Connection, bytes: &[u8]) -> bool {
    send(connection, bytes).await.is_ok_and(|answer| is_accepted(&answer))
}

#[test]
fn every_change_is_told_whatever_is_killed() {
    let mut server = server(&["--hooks-allow-http", "true"], RULES);
    let seen = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
    let heard = Arc::clone(&seen);
    // the first time half of them is refused, and of the rest some hear no answer though they were taken
    let receiver = Receiver::start(move |told| {
        let mut seen = heard.lock().expect("a list");
        let count = seen.len();
        let times = seen.entry(told.headers["webhook-id"].clone()).or_insert(0);
        *times += 1;
        match (*times, count % 4) {
            (1, 0 | 2) => Reply::Status(503),
            (1, 3) => Reply::Break,
            _ => Reply::Status(204),
        }
    });
    let secret = server.muster(&["hook", "add", &receiver.url(), "--title", "Monitoring"]).ok().text();
    let secret = secret.lines().last().expect("a secret").to_owned();
    let runtime = runtime();
    let link = server.try_link("minfin", MANY).expect("a link").parse().expect("a link");
    let mut devices = runtime.block_on(devices(&server, &link, MANY));
    let mut unanswered: Vec<Option<Vec<u8>>> = devices.iter().map(|_| None).collect();
    for kill in 0..KILLS {
        runtime.block_on(async {
            let mut connection = target(&server).connect().await.expect("a connection");
            for (device, open) in devices.iter_mut().zip(&mut unanswered) {
                let bytes = open.take().unwrap_or_else(|| turned(device));
                if !report(&mut connection, &bytes).await {
                    *open = Some(bytes);
                }
            }
        });
        // not always at the same place of its work
        let least = (kill + 1) * (RULES * 23 + kill);
        wait_for("some messages", Duration::from_secs(60), || (receiver.count() >= least).then_some(()));
        server.restart().expect("it starts again after a kill");
    }

    let wanted = written(&server, &devices);
    let changes = wanted.values().sum::<usize>();
    assert!(changes >= 9_500, "{changes} changes");
    wait_for("every change", Duration::from_secs(400), || {
        (seen.lock().expect("a list").len() >= changes).then_some(())
    });
    wait_for("an end of what waits", Duration::from_secs(200), || {
        let hooks = server.muster(&["hook", "list", "--json"]).json();
        (hooks[0]["waiting"] == 0 && hooks[0]["behind"] == 0).then_some(())
    });
    let told = receiver.told();
    let said: BTreeSet<_> = told.iter().map(change).collect();
    assert!(said == wanted.keys().cloned().collect::<BTreeSet<_>>(), "each change, and nothing that is none");
    let mut ids: BTreeMap<String, (BTreeSet<Vec<u8>>, usize)> = BTreeMap::new();
    for one in &told {
        assert!(is_signed(one, &secret), "{one:?}");
        let id = ids.entry(one.headers["webhook-id"].clone()).or_default();
        id.0.insert(one.body.clone());
        id.1 += 1;
    }
    assert_eq!(ids.len(), changes, "an id for each change");
    assert!(ids.values().all(|(bodies, _)| bodies.len() == 1), "the same id, the same message");
    let again = ids.values().filter(|(_, times)| *times > 1).count();
    println!(
        "{changes} changes told in {} messages over {KILLS} kills, {again} of them more than once",
        told.len()
    );
    let hooks = server.muster(&["hook", "list", "--json"]).json();
    assert_eq!(hooks[0]["dead"], 0, "{hooks}");
}

/// What was told: of which device and rule, from and to what, when.
type Change = (String, String, String, String, String);

fn change(told: &Told) -> Change {
    let message: Value = serde_json::from_slice(&told.body).expect("JSON");
    let word = |key: &str| message["data"][key].as_str().unwrap_or_default().to_owned();
    (word("device"), word("rule"), word("from"), word("to"), word("at"))
}

/// What the server's store says has changed, and how often the same.
fn written(server: &Server, devices: &[Device]) -> BTreeMap<Change, usize> {
    let mut all = BTreeMap::new();
    for device in devices {
        let id = device.report.device.to_string();
        let edges = server.muster(&["device", "edges", &id, "--limit", "1000", "--json"]).json();
        for edge in edges.as_array().expect("a list") {
            let word = |key: &str| edge[key].as_str().unwrap_or_default().to_owned();
            *all.entry((id.clone(), word("rule"), word("from"), word("to"), word("at"))).or_insert(0) += 1;
        }
    }
    all
}

/// As the specification has it, by a library that the server does not have.
fn is_signed(told: &Told, secret: &str) -> bool {
    let key =
        BASE64_STANDARD.decode(secret.trim().strip_prefix("whsec_").expect("its form")).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length is a key");
    mac.update(format!("{}.{}.", told.headers["webhook-id"], told.headers["webhook-timestamp"]).as_bytes());
    mac.update(&told.body);
    let signature = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    told.headers["webhook-signature"].split(' ').any(|one| one == signature)
}

#[test]
fn a_receiver_that_hangs_slows_no_report_down() {
    let server = server(&["--hooks-allow-http", "true"], 1);
    let runtime = runtime();
    let link = server.try_link("minfin", FEW).expect("a link").parse().expect("a link");
    let mut devices = runtime.block_on(devices(&server, &link, FEW));
    let receiver = Receiver::start(|_| Reply::Hang);
    let added = server.muster(&["hook", "add", &receiver.url(), "--title", "Hangs", "--json"]).json();
    let id = added["id"].as_str().expect("an id").to_owned();
    let mut took = BTreeMap::from([("pause", Duration::MAX), ("resume", Duration::MAX)]);
    // in turns, and of each the best: the machine has other work too
    for round in 0..8 {
        let way = if round % 2 == 0 { "pause" } else { "resume" };
        let _ = server.muster(&["hook", way, &id]).ok();
        if way == "resume" {
            wait_for("a message that hangs", Duration::from_secs(60), || {
                (receiver.told().len() > round / 2).then_some(())
            });
        }
        let began = clock();
        runtime.block_on(async {
            let mut connection = target(&server).connect().await.expect("a connection");
            for _ in 0..6 {
                for device in &mut devices {
                    assert!(report(&mut connection, &turned(device)).await);
                }
            }
        });
        let spent = clock() - began;
        took.entry(way).and_modify(|best| *best = spent.min(*best));
    }
    println!("24 reports took {:?} without a hook, {:?} with one that hangs", took["pause"], took["resume"]);
    assert!(took["resume"] < took["pause"] * 2, "{took:?}");
}

#[expect(clippy::disallowed_methods, reason = "the test compares how long reports take")]
fn clock() -> Instant {
    Instant::now()
}

#[test]
fn the_own_machine_is_told_nothing_unless_the_configuration_says_so() {
    let server = server(&[], 1);
    for url in ["http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://[::1]:9/", "http://hooks.example/"] {
        server.muster(&["hook", "add", url, "--title", "x"]).misused("hook-address");
    }
    // a name is looked up when it is told something, and is judged then
    let added = server.muster(&["hook", "add", "https://localhost:9/", "--title", "x", "--json"]).json();
    let id = added["id"].as_str().expect("an id").to_owned();
    server.muster(&["hook", "test", &id]).refused("does not send to");
    let _ = server.muster(&["hook", "edit", &id, "--to", "failing,grace", "--title", "y"]).ok();
    let listed = server.muster(&["hook", "list"]).ok().text();
    assert!(listed.contains("https://localhost:9/") && listed.contains('y'), "{listed}");
    let empty = server.muster(&["hook", "deliveries", &id]).ok().text();
    assert!(empty.contains("Nothing waits"), "{empty}");
    let _ = server.muster(&["hook", "replay", &id]).ok();
    let secret = server.muster(&["hook", "rotate", &id]).ok().text();
    assert!(secret.contains("whsec_"), "{secret}");
    let _ = server.muster(&["hook", "remove", &id]).ok();
}
