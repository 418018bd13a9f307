//! `muster-server check`: each thing that is wrong is found, with a server running and without, and nothing is changed by looking.

use muster_tests::{Ran, Server, program, run};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn check(data: &Path, options: &[&str]) -> Ran {
    let mut command = Command::new(program("muster-server"));
    command.args(["check", "--json", "--data"]).arg(data).args(options);
    // what this machine has for itself is not meant
    if !options.contains(&"--config") {
        command.env("MUSTER_CONFIG", "/dev/null");
    }
    run(&mut command).expect("it runs")
}

/// How a thing is, and what is said of it.
fn state(ran: &Ran, what: &str) -> (String, String) {
    let said: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let found = said["findings"].as_array().expect("findings").iter().filter(|one| one["what"] == what);
    let worst =
        found.max_by_key(|one| ["ok", "warning", "failure"].iter().position(|word| one["state"] == *word));
    let worst = worst.unwrap_or_else(|| panic!("nothing about {what}: {said}"));
    let word = |key: &str| worst[key].as_str().unwrap_or_default().to_owned();
    (word("state"), word("seen"))
}

/// Names and contents of a folder.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), fs::read(&path).expect("read")))
        .collect();
    files.sort();
    files
}

/// A server on a folder that is its user's alone.
fn server() -> Server {
    let server = Server::start();
    fs::set_permissions(server.data(), fs::Permissions::from_mode(0o700)).expect("a mode");
    server
}

#[test]
fn a_good_server_passes_running_and_not_and_nothing_is_changed() {
    let mut server = server();
    let listen = server.authority().to_owned();
    let options = [
        "--listen",
        &listen,
        "--public-url",
        &format!("https://localhost:{}", listen.rsplit(':').next().expect("a port")),
    ];
    let ran = check(server.data(), &options).ok();
    assert_eq!(state(&ran, "server").1, "it is running");
    for what in [
        "listen",
        "public-url",
        "database",
        "migrations",
        "disk",
        "data",
        "secrets",
        "phone-ca",
        "certificate of listen",
    ] {
        assert_eq!(state(&ran, what).0, "ok", "{what}: {}", ran.text());
    }
    server.running().stop(Duration::from_secs(30)).expect("it stops");
    let before = contents(server.data());
    let ran = check(server.data(), &options).ok();
    assert_eq!(state(&ran, "server").1, "it is not running");
    assert_eq!(contents(server.data()), before);
}

#[test]
fn what_is_broken_is_found() {
    let mut server = server();
    server.running().stop(Duration::from_secs(30)).expect("it stops");
    let data = server.data();
    let failed = |options: &[&str], what: &str| {
        let ran = check(data, options).ends(1);
        let (state, seen) = state(&ran, what);
        assert_eq!(state, "failure", "{what}: {seen}");
        seen
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().map(|at| (at.to_string(), taken)).expect("its address");
    assert!(failed(&["--listen", &taken.0], "listen").contains("held by another program"));
    assert!(failed(&["--metrics-listen", &taken.0], "metrics-listen").contains("held by another program"));
    let twice = ["--listen", "127.0.0.1:18443", "--metrics-listen", "127.0.0.1:18443"];
    assert!(failed(&twice, "metrics-listen").contains("127.0.0.1:18443 is also the address of listen"));

    let file = data.join("server.toml");
    fs::write(&file, "lissten = 1\n").expect("write");
    let seen = failed(&["--config", &file.to_string_lossy()], "configuration");
    assert!(seen.contains("server.toml, line 1: unknown field `lissten`"), "{seen}");

    let key = data.join("order.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("a mode");
    failed(&[], "secrets");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("a mode");

    // the clock was set back by a year: files and entries are of a time to come
    let ahead =
        Command::new("touch").args(["-d", "+1 year"]).arg(data.join("address")).status().expect("touch");
    assert!(ahead.success());
    assert!(failed(&[], "clock").contains("the newest file"), "the clock");
    let now = Command::new("touch").arg(data.join("address")).status().expect("touch");
    assert!(now.success());

    let nothing = data.join("nothing.pem");
    let (nothing, public) = (nothing.to_string_lossy().into_owned(), "https://muster.example.org");
    let given = [
        "--tls-certificate",
        &nothing,
        "--tls-key",
        &nothing,
        "--phone-ca",
        &nothing,
        "--public-url",
        public,
    ];
    failed(&given, "phone-ca");
    failed(&given, "certificate of listen");

    let database = data.join("muster.db");
    let good = fs::read(&database).expect("the database");
    fs::write(&database, [b"SQLite format 3\0".as_slice(), &[7; 5000]].concat()).expect("write");
    failed(&[], "database");
    fs::write(&database, good).expect("write");
    let _ = check(data, &[]).ok();
}
