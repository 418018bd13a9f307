//! The simulator of many phones, and the demonstration that is built on it.

use muster_tests::{Server, program, repo, run};
use std::process::Command;
use tempfile::TempDir;

#[test]
fn simulated_phones_are_devices_like_any_others() {
    let server = Server::start();
    server.with_officials("minfin");
    let link = server.try_link("minfin", 12).expect("a link");
    let folder = TempDir::new().expect("a folder");
    let fleet = |args: &[&str]| {
        run(Command::new(program("muster-fleet")).args(args).arg("--state").arg(folder.path()))
            .expect("it runs")
    };
    let enrolled = fleet(&["enrol", "--server-link", &link, "--phones", "12", "--seed", "3"]).ok();
    assert!(enrolled.text().starts_with("12 phones enrolled"), "{}", enrolled.text());
    let ran = fleet(&["run", "--seed", "3", "--every", "1s", "--spread", "1s", "--for", "4s"]).ok().text();
    assert!(ran.contains(" 0 refused   0 failed"), "{ran}");

    let devices = server.muster(&["device", "list", "--json"]).json();
    let devices = devices.as_array().expect("a list");
    assert_eq!(devices.len(), 12);
    assert!(devices.iter().all(|device| !device["last_fresh"].is_null()), "each has reported");
    let id = devices[0]["id"].as_str().expect("an id");
    let device = server.device(id);
    assert_eq!(device["chain"]["breaks"].as_array().map(Vec::len), Some(0), "{}", device["chain"]);
    assert!(device["chain"]["number"].as_u64().is_some_and(|number| number >= 2), "{}", device["chain"]);

    // the folder holds them: they go on where they were
    let again = fleet(&["run", "--seed", "3", "--every", "1s", "--spread", "1s", "--for", "2s"]).ok().text();
    assert!(again.starts_with("12 phones run") && again.contains(" 0 refused   0 failed"), "{again}");
    assert_eq!(server.device(id)["chain"]["breaks"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_fleet_without_a_server_says_so() {
    let link =
        format!("muster://127.0.0.1:1/enrol?ca={0}&key={0}&token=abcdefghijklmnopqrst", "A".repeat(43));
    let ran =
        run(Command::new(program("muster-fleet")).args(["run", "--server-link", &link, "--phones", "1"]))
            .expect("it runs");
    ran.refused("connect to 127.0.0.1:1");
}

#[test]
fn the_demonstration_goes_through_once() {
    let ran =
        run(Command::new(program("muster-demo")).args(["--once", "--phones", "6", "--repo"]).arg(repo()))
            .expect("it runs")
            .ok();
    let text = ran.text();
    for part in ["Devices: 9", "Click to verdict:", "reported"] {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
    println!("{text}");
}

#[test]
fn the_demonstration_ends_with_the_reason_where_it_cannot() {
    let ran =
        run(Command::new(program("muster-demo")).args(["--once", "--repo", "/nowhere"])).expect("it runs");
    assert_eq!(ran.code(), 1);
    assert!(ran.stderr.contains("/nowhere"), "{}", ran.stderr);
}
