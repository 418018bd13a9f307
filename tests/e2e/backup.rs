//! A backup while phones report, a kill, a restore elsewhere: every phone goes on by itself, and the numbers that the server lost are
//! exactly those that it had acknowledged after the backup. Backups that are not whole restore nothing.

#[path = "../../server/tests/support/postgres.rs"]
mod postgres;

use muster_agent::core::Stored;
use muster_tests::{Ran, Running, Server, program, run, wait_for};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const PHONES: u32 = 40;
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn every_phone_goes_on_after_a_restore() {
    story(None, None);
}

#[test]
fn every_phone_goes_on_after_a_restore_of_postgresql() {
    let Some(database) = postgres::Postgres::start() else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let url = runtime.block_on(async {
        let url = database.url().await;
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("connect");
        tokio::spawn(connection);
        client.batch_execute("CREATE DATABASE again").await.expect("a database");
        url
    });
    let again = format!("{}/again", url.rsplit_once('/').expect("a name").0);
    story(Some(&url), Some(&again));
}

/// What a phone has of its chain.
#[derive(Debug, Clone, Copy)]
struct Own {
    /// Reports that the server has acknowledged.
    acknowledged: u64,
}

fn story(from: Option<&str>, to: Option<&str>) {
    let options: Vec<&str> = from.into_iter().flat_map(|url| ["--database", url]).collect();
    let mut server = Server::start_with(&options);
    server.with_officials("minfin");
    let folder = TempDir::new().expect("a folder");
    if let Some(url) = from {
        let mut second = Command::new(program("muster-server"));
        second.args(["serve", "--listen", "127.0.0.1:0", "--database", url]);
        let ran = run(second.arg("--data").arg(folder.path().join("second"))).expect("it runs");
        assert!(
            ran.code() == 1 && ran.stderr.contains("another server runs on this database"),
            "{}",
            ran.stderr
        );
    }
    let (phones, file) = (folder.path().join("phones"), folder.path().join("a.backup"));
    let passphrase = folder.path().join("passphrase");
    std::fs::write(&passphrase, "correct horse battery staple\n").expect("a file");
    let link = server.try_link("minfin", PHONES).expect("a link");
    let state = phones.to_string_lossy().into_owned();
    let count = PHONES.to_string();
    let _ = fleet(&["enrol", "--server-link", &link, "--phones", &count, "--state", &state]).ok();

    let going = ["run", "--state", &state, "--every", "1s", "--spread", "1s"];
    let mut running =
        Running::start(Command::new(program("muster-fleet")).args(going), folder.path(), "fleet")
            .expect("it runs");
    let everybody = |server: &Server, least: u64| {
        wait_for("reports of every phone", PATIENCE, || {
            let numbers = numbers(server);
            (numbers.len() == PHONES as usize && numbers.values().all(|number| *number >= least))
                .then_some(numbers)
        })
    };
    everybody(&server, 2);
    let made = server_says(&["backup"], &file, &passphrase, server.data(), from).ok().text();
    println!("{made}backed up while {PHONES} phones reported");
    let at_the_backup = numbers(&server);
    let furthest = at_the_backup.values().max().copied().expect("phones");
    everybody(&server, furthest + 2);
    running.kill().expect("the phones stop");
    server.running().kill().expect("the server is gone");
    let own = own(&phones);

    let data = folder.path().join("restored");
    if from.is_none() {
        refusals(&file, &passphrase, folder.path());
    }
    let said = server_says(&["restore"], &file, &passphrase, &data, to).ok().text();
    println!("{said}");
    let options: Vec<&str> =
        to.into_iter().flat_map(|url| ["--database", url]).chain(["--listen", server.authority()]).collect();
    let restored = Server::launch(&data, &options).expect("it starts");
    goes_on(&restored, &own, &state);
}

/// Lets the phones go on, and compares what the server lost with what they know.
fn goes_on(restored: &Server, own: &BTreeMap<String, Own>, state: &str) {
    let heads = numbers(restored);
    let ran = fleet(&["run", "--state", state, "--every", "1s", "--spread", "1s", "--for", "6s"]).ok().text();
    let last = ran.lines().last().expect("a line");
    assert!(last.contains(" 0 refused"), "{ran}");
    let (mut on, mut lost, mut acknowledged) = (0, 0, 0);
    for (id, own) in own {
        let shown = restored.device(id);
        let chain = &shown["chain"];
        assert_eq!(chain["breaks"].as_array().map(Vec::len), Some(0), "{id}: {chain}");
        on += u64::from(chain["number"].as_u64().is_some_and(|number| number > own.acknowledged));
        let here: u64 =
            chain["restored"].as_array().into_iter().flatten().filter_map(|one| one["lost"].as_u64()).sum();
        assert_eq!(here, own.acknowledged - heads[id], "{id}: {own:?}, {} in the backup: {chain}", heads[id]);
        (lost, acknowledged) = (lost + here, acknowledged + own.acknowledged - heads[id]);
        let finding =
            shown["findings"].as_array().into_iter().flatten().find(|finding| finding["rule"] == "chain");
        assert_eq!(finding.map(|finding| &finding["state"]), Some(&Value::from("compliant")), "{shown}");
    }
    println!(
        "{on} of {} phones go on; {acknowledged} reports acknowledged after the backup, {lost} recorded as server-restored",
        own.len()
    );
    assert_eq!(on, u64::from(PHONES));
    assert!(lost > 0);
    let audit = restored.muster(&["audit", "--json"]).json();
    assert!(audit.to_string().contains("server.restore"), "{audit}");
}

/// Backups that are not whole, and passphrases that are not right: refused, and nothing is written.
fn refusals(file: &Path, passphrase: &Path, folder: &Path) {
    let data = folder.join("refused");
    let refused = |file: &Path, passphrase: &Path, part: &str| {
        let ran = server_says(&["restore"], file, passphrase, &data, None);
        assert!(ran.code() == 1 && ran.stderr.contains(part), "no {part:?}: {}\n{}", ran.text(), ran.stderr);
        assert!(!data.exists(), "nothing is written");
    };
    let other = folder.join("other");
    std::fs::write(&other, "wrong\n").expect("a file");
    refused(file, &other, "passphrase or the key is wrong");
    let whole = std::fs::read(file).expect("the backup");
    let damaged = folder.join("damaged");
    let flip = |at: usize, part: &str| {
        let mut bytes = whole.clone();
        // another letter of base64 in the head, another byte behind it
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        std::fs::write(&damaged, bytes).expect("a file");
        refused(&damaged, passphrase, part);
    };
    flip(3, "not a backup");
    flip(60, "wrong");
    flip(whole.len() / 2, "damaged");
    flip(whole.len() - 1, "damaged");
    std::fs::write(&damaged, &whole[..whole.len() - 100]).expect("a file");
    refused(&damaged, passphrase, "damaged");
    let verified = server_says(&["backup", "--verify"], file, passphrase, folder, None).ok().text();
    assert!(verified.contains("is whole"), "{verified}");
}

fn server_says(what: &[&str], file: &Path, passphrase: &Path, data: &Path, database: Option<&str>) -> Ran {
    let mut command = Command::new(program("muster-server"));
    command.args(what).arg(file).arg("--passphrase-file").arg(passphrase).arg("--data").arg(data);
    run(command.args(database.into_iter().flat_map(|url| ["--database", url]))).expect("it runs")
}

fn fleet(args: &[&str]) -> Ran {
    run(Command::new(program("muster-fleet")).args(args)).expect("it runs")
}

/// The newest number of each device.
fn numbers(server: &Server) -> BTreeMap<String, u64> {
    let devices = server.muster(&["device", "list", "--json"]).json();
    let ids = devices.as_array().into_iter().flatten().filter_map(|device| device["id"].as_str());
    ids.map(|id| (id.to_owned(), server.device(id)["chain"]["number"].as_u64().unwrap_or(0))).collect()
}

/// What the phones have saved: numbers up to the head, less those that still wait.
fn own(folder: &Path) -> BTreeMap<String, Own> {
    let files = std::fs::read_dir(folder).expect("the phones").map(|entry| entry.expect("a phone").path());
    let states: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "state")).collect();
    let read = |path: &PathBuf| {
        let Ok(Stored::Enrolled(state)) = Stored::from_bytes(&std::fs::read(path).expect("a state")) else {
            panic!("{} is not enrolled", path.display())
        };
        let head = state.chain.head.map_or(0, |head| head.number);
        (state.device.to_string(), Own { acknowledged: head - state.queue.len() as u64 })
    };
    states.iter().map(read).collect()
}
