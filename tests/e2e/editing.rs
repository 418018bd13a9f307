//! Commands that change something undo nobody's change unseen, and commands that make something make it once, also where the connection breaks.

use muster_tests::{Ran, Server, program, run};
use serde_json::Value;
use std::fs;
use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use tempfile::TempDir;

/// What becomes of a server's answer on its way.
#[derive(Clone, Copy)]
enum Answer {
    Whole,
    /// The connection breaks before its first byte.
    Lost,
    /// It breaks in the middle.
    Torn,
}

/// A command line that reaches a server through something that says of each answer what becomes of it.
struct Desk {
    server: Server,
    folder: TempDir,
    requests: Receiver<String>,
}

impl Desk {
    /// `fate` is asked when the server has answered, with the first line of the request.
    fn new(fate: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let server = Server::start_with(&[
            "--admin-listen",
            "127.0.0.1:0",
            "--admin-tls",
            "off",
            "--admin-public-url",
            "https://localhost:1",
        ]);
        let folder = TempDir::new().expect("a folder");
        let read = |name: &str| fs::read_to_string(server.data().join(name)).expect(name);
        let behind = read("address").trim().trim_start_matches("http://").to_owned();
        let between = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", between.local_addr().expect("its address"));
        for (name, text) in [
            ("address", address),
            ("ca.pem", read("ca.pem")),
            ("local-admin.token", read("local-admin.token")),
        ] {
            fs::write(folder.path().join(name), text).expect(name);
        }
        let (told, requests) = channel();
        thread::spawn(move || {
            for client in between.incoming().flatten() {
                serve(&client, &behind, &fate, &told);
            }
        });
        Self { server, folder, requests }
    }

    fn muster(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(program("muster"));
        run(command.arg("--data").arg(self.folder.path()).args(args)).expect("muster")
    }

    /// The first lines of the requests so far.
    fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }
}

/// Passes the requests of one connection on, one after another, until it ends or breaks.
fn serve(client: &TcpStream, behind: &str, fate: &impl Fn(&str) -> Answer, told: &Sender<String>) {
    let server = TcpStream::connect(behind).expect("the server");
    let (mut from_client, mut from_server) = (BufReader::new(client), BufReader::new(&server));
    while let Some((line, request)) = message(&mut from_client) {
        (&server).write_all(&request).expect("the server takes it");
        let (_, answer) = message(&mut from_server).expect("the server answers");
        told.send(line.clone()).expect("somebody counts");
        let part = match fate(&line) {
            Answer::Whole => answer.len(),
            Answer::Lost => return,
            Answer::Torn => answer.len() - 1,
        };
        let sent = (&*client).write_all(&answer[..part]);
        if sent.is_err() || part < answer.len() {
            return;
        }
    }
}

/// A message of HTTP/1.1 with a body of known length: its first line, and all of it.
fn message(from: &mut impl std::io::BufRead) -> Option<(String, Vec<u8>)> {
    let (mut first, mut all, mut length) = (String::new(), Vec::new(), 0);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        all.extend_from_slice(line.as_bytes());
        if first.is_empty() {
            first = line.trim().to_owned();
        } else if line.trim().is_empty() {
            break;
        } else if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    all.extend(body);
    Some((first, all))
}

fn ids(listed: &Value, key: &str) -> Vec<String> {
    let all = listed.as_array().expect("a list");
    all.iter().filter_map(|one| one[key].as_str()).map(ToOwned::to_owned).collect()
}

#[test]
fn an_organisation_and_an_exemption_are_changed_where_they_differ() {
    let server = Server::start();
    server.with_officials("minfin");
    let _ = server.muster(&["org", "add", "labs", "--title", "Labs", "--parent", "minfin"]).ok();
    let said = server.muster(&["org", "edit", "labs", "--title", "The labs", "--top"]).ok().text();
    assert_eq!(said, "title: Labs -> The labs\nbelongs to: minfin -> –\n");
    let same = server.muster(&["org", "edit", "labs", "--title", "The labs"]).ok().text();
    assert_eq!(same, "nothing differs from what was there\n");
    let edited =
        server.muster(&["org", "edit", "labs", "--parent", "minfin", "--time-zone", "Asia/Omsk", "--json"]);
    let edited = edited.json();
    assert_eq!((&edited["parent"], &edited["time_zone"]), (&"minfin".into(), &"Asia/Omsk".into()));
    let _ = server.muster(&["org", "edit", "labs"]).ends(2);
    server.muster(&["org", "edit", "labs", "--time-zone", "Asia/Atlantis"]).misused("edit the organisation");
    server.muster(&["org", "edit", "minfin", "--parent", "labs"]).refused("org-cycle");
    server.muster(&["org", "edit", "nobody", "--title", "x"]).refused("not-found");

    let new =
        ["exempt", "--rule", "encryption", "--org", "labs", "--until", "2099-12-31", "--reason", "tests"];
    let _ = server.muster(&new).ok();
    let listed = server.muster(&["exemptions", "--json"]).json();
    let id = ids(&listed, "id").pop().expect("an exemption");
    assert!(server.muster(&["exemptions"]).ok().text().contains(&id), "people see the id that they need");
    let edit = ["exempt", "edit", &id, "--until", "2098-12-31", "--reason", "fewer tests"];
    let said = server.muster(&edit).ok().text();
    assert!(said.contains("until: 2099-12-31T18:00:00Z -> 2098-12-31T18:00:00Z"), "{said}");
    assert!(said.contains("reason: tests -> fewer tests"), "{said}");
    let _ = server.muster(&["exempt", "edit", &id]).ends(2);
    let _ = server.muster(&["exempt", "--rule", "encryption"]).ends(2);
}

#[test]
fn what_somebody_changes_meanwhile_is_not_overwritten() {
    let (edited, other) = channel::<String>();
    let desk = Desk::new(move |line| {
        if line.starts_with("GET /api/v1/orgs/labs ")
            && let Ok(data) = other.try_recv()
        {
            // somebody else, between this command's reading and its change
            let mut command = Command::new(program("muster"));
            let _ = run(command.args(["--data", &data, "org", "edit", "labs", "--title", "Theirs"]))
                .expect("muster")
                .ok();
        }
        Answer::Whole
    });
    let _ = desk.server.muster(&["org", "add", "labs", "--title", "Labs"]).ok();
    edited.send(desk.server.data().display().to_string()).expect("it waits");
    desk.muster(&["org", "edit", "labs", "--title", "Ours"]).refused("somebody has changed it meanwhile");
    let titles = |desk: &Desk| ids(&desk.server.muster(&["org", "list", "--json"]).json(), "title");
    assert_eq!(titles(&desk), ["Theirs"]);
    let _ = desk.muster(&["org", "edit", "labs", "--title", "Ours"]).ok();
    assert_eq!(titles(&desk), ["Ours"]);
}

#[test]
fn what_was_made_while_the_connection_broke_is_made_once() {
    for broken in [Answer::Lost, Answer::Torn] {
        let (breaks, next) = channel::<()>();
        let desk = Desk::new(move |_| if next.try_recv().is_ok() { broken } else { Answer::Whole });
        let once = |args: &[&str]| {
            breaks.send(()).expect("it waits");
            let _ = desk.requests();
            let ran = desk.muster(args).ok();
            assert_eq!(desk.requests().len(), 2, "{args:?}");
            ran
        };
        let _ = once(&["org", "add", "minfin", "--title", "Минфин"]);
        let link = once(&["enrol-token", "--org", "minfin", "--expires", "7d"]).text();
        assert!(link.contains("muster://"), "the answer that was lost comes again: {link}");
        let tokens = desk.server.muster(&["token", "list", "--json"]).json();
        assert_eq!(tokens.as_array().map(Vec::len), Some(1), "{tokens}");
        let token = once(&["api-token", "create", "laptop"]).text();
        assert!(!token.trim().is_empty());
    }
}

#[test]
fn what_does_something_else_is_sent_once() {
    let (breaks, next) = channel::<()>();
    let desk = Desk::new(move |_| if next.try_recv().is_ok() { Answer::Lost } else { Answer::Whole });
    breaks.send(()).expect("it waits");
    desk.muster(&["order", "cancel", &"00".repeat(16)]).refused("did not answer");
    assert_eq!(desk.requests().len(), 1);
}
