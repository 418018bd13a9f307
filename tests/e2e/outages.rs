//! Disks that are full: on the phone and on the server. What was said to be safe is safe.

use muster_tests::{Agent, Ran, Root, Server, cramped, run};
use std::time::Duration;

fn cramped_report(agent: &Agent) -> Ran {
    run(&mut cramped(&agent.command(&["report"]), 1)).expect("it runs")
}

#[test]
fn a_full_disk_on_the_phone_loses_nothing_and_sends_nothing() {
    let server = Server::start();
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["report"]).ok();
    for _ in 0..3 {
        let ran = cramped_report(&agent).ends(1);
        assert_eq!(ran.stderr.trim().lines().count(), 1, "{}", ran.stderr);
    }
    let device = server.device(&agent.id());
    assert_eq!(device["chain"]["number"], 1, "nothing is sent that isn't saved: {}", device["chain"]);

    let _ = agent.run(&["report"]).ok();
    let device = server.device(&agent.id());
    assert_eq!(device["chain"]["number"], 2, "{}", device["chain"]);
    assert_eq!(device["chain"]["breaks"].as_array().map(Vec::len), Some(0), "{}", device["chain"]);
}

#[test]
fn a_full_disk_at_enrolment_can_be_tried_again() {
    let server = Server::start();
    server.with_officials("minfin");
    let link = server.link("minfin");
    let agent = Agent::new(&Root::copy("aurora-5.2-ok"));
    let ran = run(&mut cramped(&agent.command(&["enrol", &link]), 0)).expect("it runs").ends(1);
    assert_eq!(ran.stderr.trim().lines().count(), 1, "{}", ran.stderr);
    let _ = agent.run(&["enrol", &link]).ok();
    let _ = agent.run(&["report"]).ok();
}

#[test]
fn a_full_disk_on_the_server_refuses_and_forgets_nothing() {
    let mut server = Server::start();
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["report"]).ok();
    server.running().stop(Duration::from_secs(30)).expect("it stops when asked to");

    // room for what is there, and a little more
    let largest = std::fs::read_dir(server.data()).expect("the data folder").flatten();
    let largest =
        largest.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).max().expect("files");
    server.restart_cramped(largest / 1024 + 64).expect("it starts");
    let mut accepted = 1;
    let refused = (0..500).find_map(|_| {
        let ran = agent.run(&["report"]);
        match ran.code() {
            0 => {
                accepted += 1;
                None
            }
            _ => Some(ran),
        }
    });
    let refused = refused.expect("the disk is full at some time");
    assert!(refused.stderr.contains("waits"), "{}", refused.stderr);

    server.restart().expect("it starts again, with room");
    let number = server.device(&agent.id())["chain"]["number"].as_u64().expect("a number");
    assert!(number >= accepted, "{accepted} reports were answered 200, {number} are there");
    let _ = agent.run(&["report"]).ok();
    let device = server.device(&agent.id());
    assert_eq!(device["chain"]["number"], accepted + 2, "what waited has arrived: {}", device["chain"]);
    assert_eq!(device["chain"]["breaks"].as_array().map(Vec::len), Some(0), "{}", device["chain"]);
}

#[test]
fn a_folder_that_another_agent_uses_is_left_alone() {
    let server = Server::start();
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let _service = agent.service();
    let id = agent.id();
    muster_tests::wait_for("the first report", Duration::from_secs(30), || {
        (!server.device(&id)["last_fresh"].is_null()).then_some(())
    });
    let ran = agent.run(&["report"]);
    assert_eq!(ran.code(), 1, "{}", ran.text());
    assert_eq!(ran.stderr.trim().lines().count(), 1, "{}", ran.stderr);
}
