//! Mail to a mail server that others wrote, over STARTTLS: what happens while it is away and the server is killed arrives afterwards.

mod support;
#[expect(dead_code, reason = "a CA is needed, and no connection of its own")]
mod tls;

use muster_fleet::model::catalogue;
use muster_proto::facts::{AppSource, MatchKind, Sighting, Signature};
use muster_proto::text::Text;
use muster_tests::{Running, Server, repo, wait_for};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::{enrol, is_accepted, send, target};
use tempfile::TempDir;
use tls::Authority;

fn python() -> Command {
    let python = repo().join(".cache/mail/bin/python");
    assert!(python.is_file(), "{} is not there: run scripts/setup mail", python.display());
    Command::new(python)
}

/// The mail server, on this port, with a certificate for `localhost`; what it takes lies in `mails` below the folder.
fn mail_server(folder: &Path, port: u16) -> Running {
    let listen = format!("127.0.0.1:{port}");
    let running = Running::start(
        python()
            .args(["-m", "aiosmtpd", "-n", "-l", &listen, "-c", "aiosmtpd.handlers.Mailbox", "mails"])
            .args(["--tlscert", "mail.pem", "--tlskey", "mail.key"])
            .current_dir(folder),
        folder,
        "mail",
    );
    wait_for("the mail server", Duration::from_secs(60), || TcpStream::connect(&listen).ok());
    running.expect("it starts")
}

/// The same, which takes mail from `muster` with this password alone.
fn closed_mail_server(folder: &Path, port: u16, password: &str) -> Running {
    let script = repo().join("tests/mail/server.py");
    let mut command = python();
    command.arg(script).args([&port.to_string(), "muster", password]).current_dir(folder);
    let mut running = Running::start(&mut command, folder, "mail").expect("it starts");
    let listens = |line: &str| (line == "listening").then_some(());
    running.line(0, Duration::from_secs(60), listens).expect("it listens");
    running
}

/// A folder with a CA in `ca.pem` and the mail server's certificate, and a port that is free.
fn place() -> (TempDir, PathBuf, u16) {
    let folder = TempDir::new().expect("a folder");
    let authority = Authority::new("the mail server's CA");
    authority.issue("localhost", &folder.path().join("mail.pem"), &folder.path().join("mail.key"));
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).expect("a CA");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    (folder, ca, port)
}

/// What it has taken, as it came.
fn taken(folder: &Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(folder.join("mails/new")) else { return Vec::new() };
    let paths: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a mail")).collect()
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let line = mail.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {mail}"))
}

fn telegram() -> Sighting {
    Sighting {
        messenger: Text::clipped("telegram"),
        package: Text::clipped("org.telegram.messenger"),
        version: None,
        signers: Default::default(),
        installer: None,
        first_installed: None,
        updated: None,
        enabled: Some(true),
        profile: None,
        signature: Signature::Unverified,
        source: AppSource::PackageManager,
        matched: MatchKind::Exact,
        also: Default::default(),
    }
}

#[test]
fn a_mail_arrives_whatever_was_away_meanwhile() {
    let (folder, ca, port) = place();
    let mut post = mail_server(folder.path(), port);
    let mut server = Server::start_with(&[
        "--smtp-url",
        &format!("smtp://localhost:{port}"),
        "--mail-from",
        "Muster <muster@server.example>",
        "--hooks-ca",
        &ca.to_string_lossy(),
    ]);
    server.with_officials("minfin");
    let add = [
        "mail",
        "add",
        "duty@minfin.example",
        "--language",
        "ru",
        "--org",
        "minfin",
        "--at-once",
        "failing,grace",
        "--json",
    ];
    let id = server.muster(&add).json()["id"].as_str().expect("an id").to_owned();
    let _ = server.muster(&["mail", "test", &id]).ok();
    let test = taken(folder.path()).pop().expect("a mail");
    assert_eq!(header(&test, "To"), "duty@minfin.example");
    assert!(header(&test, "Message-ID").starts_with("<test."), "{test}");

    // away, before anything happens
    post.kill().expect("killed");
    server.muster(&["mail", "test", &id]).refused("Connection refused");
    let link = server.link("minfin").parse().expect("a link");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        let mut device = enrol(&mut connection, &link, 1).await;
        device.report.submods.apps.sightings = [telegram()].into_iter().collect();
        device.report.catalogue = catalogue().expect("the catalogue").digest();
        assert!(is_accepted(&send(&mut connection, &device.next()).await.expect("an answer")));
    });
    wait_for("an attempt that failed", Duration::from_secs(180), || {
        let listed = server.muster(&["mail", "list", "--json"]).json();
        (listed[0]["waiting"] == 1 && listed[0]["error"].is_string()).then_some(())
    });
    server.restart().expect("it starts again after a kill");
    let _post = mail_server(folder.path(), port);
    let mail = wait_for("the mail", Duration::from_secs(120), || {
        taken(folder.path()).into_iter().find(|mail| header(mail, "Message-ID").starts_with("<change."))
    });
    assert_eq!(header(&mail, "From"), "Muster <muster@server.example>");
    assert!(mail.contains("multipart/alternative") && mail.contains("text/html"), "{mail}");
    wait_for("an empty outbox", Duration::from_secs(60), || {
        (server.muster(&["mail", "list", "--json"]).json()[0]["waiting"] == 0).then_some(())
    });
    let digest =
        server.muster(&["mail", "edit", &id, "--digest", "9", "--never-at-once", "--language", "en"]).ok();
    drop(digest);
    let listed = server.muster(&["mail", "list"]).ok().text();
    assert!(listed.contains("duty@minfin.example") && listed.contains("en"), "{listed}");
    let _ = server.muster(&["mail", "remove", &id]).ok();
}

#[test]
fn the_server_signs_in_to_a_mail_server_that_asks_who_it_is() {
    const PASSWORD: &str = "горное озеро: 7";
    let (folder, ca, port) = place();
    let _post = closed_mail_server(folder.path(), port, PASSWORD);
    let file = folder.path().join("password");
    let mut server = None;
    for (written, took) in [("another", false), (PASSWORD, true)] {
        // as an editor leaves it
        std::fs::write(&file, format!("{written}\n")).expect("a password");
        drop(server.take());
        let server = server.insert(Server::start_with(&[
            "--smtp-url",
            &format!("smtp://muster@localhost:{port}"),
            "--smtp-password-file",
            &file.to_string_lossy(),
            "--mail-from",
            "muster@server.example",
            "--hooks-ca",
            &ca.to_string_lossy(),
            "--log",
            "muster_server=debug",
        ]));
        let add = ["mail", "add", "duty@minfin.example", "--language", "en", "--digest", "9", "--json"];
        let id = server.muster(&add).json()["id"].as_str().expect("an id").to_owned();
        let test = server.muster(&["mail", "test", &id]);
        if took {
            let _ = test.ok();
        } else {
            test.refused("535");
        }
        let log = std::fs::read_to_string(server.data().join("server.err")).expect("the log");
        assert!(log.contains("/mail-recipients/{id}/test"), "requests are in the log: {log}");
        assert!(!log.contains(written), "the password is in the log: {log}");
    }
    let mail = taken(folder.path()).pop().expect("a mail");
    assert_eq!((header(&mail, "To"), taken(folder.path()).len()), ("duty@minfin.example", 1));
}

#[test]
fn without_a_mail_server_nobody_is_written_to() {
    let server = Server::start();
    let add = ["mail", "add", "duty@minfin.example", "--language", "en", "--digest", "9"];
    server.muster(&add).refused("no-mail");
    let listed = server.muster(&["mail", "list"]).ok().text();
    assert!(listed.contains("Nobody yet"), "{listed}");
}
