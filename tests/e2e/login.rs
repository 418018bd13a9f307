//! A command line on another machine: it knows a server by its CA's fingerprint, and gives its token to no other.

use muster_tests::{Ran, Server, program, run};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A person's machine: a home of its own, and no variable of ours.
struct Desk {
    home: TempDir,
    token: PathBuf,
}

impl Desk {
    fn new(server: &Server) -> Self {
        let home = TempDir::new().expect("a folder");
        let token = home.path().join("token");
        let made = server.muster(&["api-token", "create", "laptop", "--expires", "1d"]).ok();
        fs::write(&token, made.stdout).expect("a file");
        Self { home, token }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program("muster"));
        for name in ["MUSTER_DATA", "MUSTER_PROFILE", "MUSTER_SERVER", "MUSTER_TOKEN", "MUSTER_CA"] {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", self.home.path()).args(args);
        command
    }

    fn muster(&self, args: &[&str]) -> Ran {
        run(&mut self.command(args)).expect("muster")
    }

    fn login(&self, address: &str, more: &[&str]) -> Ran {
        let token = self.token.to_string_lossy();
        self.muster(&[&["login", address, "--token-file", &token], more].concat())
    }

    fn profiles(&self) -> usize {
        fs::read_dir(self.home.path().join("muster/profiles")).map_or(0, Iterator::count)
    }

    /// A terminal where `line` runs.
    fn terminal(&self, line: &str) -> Child {
        let mut script = Command::new("script");
        script.args(["-qec", &format!("{} {line}", program("muster").display()), "/dev/null"]);
        for name in ["MUSTER_DATA", "MUSTER_PROFILE", "MUSTER_SERVER", "MUSTER_TOKEN", "MUSTER_CA"] {
            script.env_remove(name);
        }
        script.env("XDG_CONFIG_HOME", self.home.path());
        script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script")
    }

    /// Types `keys` at a terminal where `line` runs.
    fn types(&self, line: &str, keys: &str) -> String {
        let mut running = self.terminal(line);
        running.stdin.take().expect("piped").write_all(keys.as_bytes()).expect("typed");
        String::from_utf8_lossy(&running.wait_with_output().expect("its end").stdout).into_owned()
    }
}

fn fingerprint(server: &Server) -> String {
    server.muster(&["ca"]).ok().text().trim().to_owned()
}

#[test]
fn a_far_server_is_known_by_its_fingerprint() {
    let server = Server::start();
    let (desk, print) = (Desk::new(&server), fingerprint(&server));
    let said = desk.login(server.address(), &["--ca-sha256", &print]).ok().text();
    assert!(said.contains("as laptop, profile default"), "{said}");
    assert_eq!(desk.muster(&["whoami", "--json"]).json()["actor"], "laptop");
    let _ = desk.muster(&["org", "add", "minfin", "--title", "Минфин"]).ok();
    let audit = server.muster(&["audit", "--json"]).json();
    assert_eq!(audit.as_array().and_then(|all| all.last()).expect("an entry")["actor"], "laptop");

    let kept = desk.home.path().join("muster/profiles/default.json");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&kept), mode(kept.parent().expect("a folder"))), (0o600, 0o700));
    let all = desk.muster(&["profile", "list"]).ok().text();
    assert!(
        all.contains(server.address()) && !all.contains(fs::read_to_string(&desk.token).expect("it").trim())
    );

    let _ = server.muster(&["api-token", "revoke", "laptop"]).ok();
    desk.muster(&["org", "list"]).refused("bad-token");
    let _ = desk.muster(&["logout"]).ok();
    desk.muster(&["org", "list"]).misused("muster login");
    assert_eq!(desk.profiles(), 0);
}

#[test]
fn whoever_stands_between_gets_no_token() {
    let (server, mut other) = (Server::start(), Server::start());
    let (desk, print) = (Desk::new(&server), fingerprint(&server));
    // one with a CA of his own
    desk.login(other.address(), &["--ca-sha256", &print]).refused("another fingerprint");
    // one who hands on the right CA, and has not its key
    other.running().kill().expect("it ends");
    fs::copy(server.data().join("ca.pem"), other.data().join("ca.pem")).expect("a copy");
    other.restart().expect("it starts");
    desk.login(other.address(), &["--ca-sha256", &print]).refused("log in: the server at");
    let ca = server.data().join("ca.pem");
    desk.login(other.address(), &["--ca", &ca.to_string_lossy()]).refused("log in: the server at");
    // nobody to ask: nothing is believed
    desk.login(server.address(), &[]).misused("--ca-sha256");
    assert_eq!(desk.profiles(), 0, "nothing was kept");
    // the same token where it belongs
    let _ = desk.login(server.address(), &["--ca", &ca.to_string_lossy()]).ok();
}

#[test]
fn people_with_a_listener_of_their_own_log_in_there() {
    let server = Server::start_with(&["--admin-listen", "127.0.0.1:0"]);
    let people = fs::read_to_string(server.data().join("address")).expect("the address");
    let (desk, print) = (Desk::new(&server), fingerprint(&server));
    let said = desk.login(people.trim(), &["--ca-sha256", &print]).ok().text();
    assert!(said.contains("as laptop, profile default"), "{said}");
    assert_eq!(desk.muster(&["whoami", "--json"]).json()["actor"], "laptop");
    assert_eq!(desk.muster(&["ca"]).ok().text().trim(), print, "the same, seen from elsewhere");
    // phones are served elsewhere, and nobody logs in there
    desk.login(server.address(), &["--ca-sha256", &print]).refused("fetch the CA: ");
}

#[test]
fn a_wrong_token_is_not_kept() {
    let server = Server::start();
    let desk = Desk::new(&server);
    fs::write(&desk.token, "A".repeat(43)).expect("a file");
    desk.login(server.address(), &["--ca-sha256", &fingerprint(&server)]).refused("bad-token");
    fs::write(&desk.token, "two words").expect("a file");
    desk.login(server.address(), &["--ca-sha256", &fingerprint(&server)]).misused("no token");
    let _ = desk.muster(&["login", "http://a", "--token-file", "x"]).ends(2);
    assert_eq!(desk.profiles(), 0);
}

#[test]
fn several_servers_each_have_a_profile() {
    let (first, second) = (Server::start(), Server::start());
    let _ = second.muster(&["org", "add", "minfin", "--title", "x"]).ok();
    let desk = Desk::new(&first);
    let _ = desk.login(first.address(), &["--profile", "first", "--ca-sha256", &fingerprint(&first)]).ok();
    fs::write(&desk.token, second.muster(&["api-token", "create", "a"]).ok().stdout).expect("a file");
    let _ = desk.login(second.address(), &["--profile", "second", "--ca-sha256", &fingerprint(&second)]).ok();
    let orgs = |args: &[&str]| {
        desk.muster(&[&["org", "list", "--json"], args].concat()).json().as_array().map(Vec::len)
    };
    assert_eq!((orgs(&[]), orgs(&["--profile", "first"])), (Some(1), Some(0)));
    let _ = desk.muster(&["profile", "use", "first"]).ok();
    assert_eq!(orgs(&[]), Some(0));
    let named =
        run(desk.command(&["org", "list", "--json"]).env("MUSTER_PROFILE", "second")).expect("it ran");
    assert_eq!(named.json().as_array().map(Vec::len), Some(1));
    desk.muster(&["org", "list", "--profile", "third"]).misused("there is no profile");
}

#[test]
fn a_pipeline_needs_no_profile() {
    let server = Server::start();
    let desk = Desk::new(&server);
    let token = fs::read_to_string(&desk.token).expect("a token");
    let pipeline = |ca: &str| {
        let mut command = desk.command(&["whoami", "--json"]);
        command.env("MUSTER_SERVER", server.address()).env("MUSTER_TOKEN", token.trim());
        run(command.env("MUSTER_CA", ca)).expect("it ran")
    };
    let ca = server.data().join("ca.pem");
    assert_eq!(pipeline(&ca.to_string_lossy()).json()["actor"], "laptop");
    assert_eq!(pipeline(&fs::read_to_string(&ca).expect("a CA")).json()["actor"], "laptop");
    pipeline("").misused("go together");
    assert_eq!(desk.profiles(), 0);
}

#[test]
fn a_person_is_asked() {
    let server = Server::start();
    let (desk, print) = (Desk::new(&server), fingerprint(&server));
    let token = fs::read_to_string(&desk.token).expect("a token").trim().to_owned();
    let line = format!("login {}", server.address());
    let said = desk.types(&line, "no\n");
    assert!(said.contains(&print) && said.contains("was not confirmed"), "{said}");
    assert_eq!(desk.profiles(), 0);
    let said = desk.types(&format!("{line} --ca-sha256 {print} --color never"), &format!("{token}\n"));
    assert!(said.contains("Token: ") && said.contains("logged in"), "{said}");
    assert_eq!(desk.muster(&["whoami", "--json"]).json()["actor"], "laptop");
}

#[test]
fn who_gives_up_at_a_secret_keeps_a_terminal_that_shows_what_is_typed() {
    let server = Server::start();
    let (desk, print) = (Desk::new(&server), fingerprint(&server));
    let line = format!("login {} --ca-sha256 {print}; stty -a", server.address());
    let mut running = desk.terminal(&line);
    let (mut keys, mut shown) = (running.stdin.take().expect("piped"), running.stdout.take().expect("piped"));
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(b"Token: ") {
        shown.read_exact(&mut byte).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&said)));
        said.extend(byte);
    }
    keys.write_all(b"half a token\x03").expect("typed");
    let mut after = String::new();
    shown.read_to_string(&mut after).expect("its end");
    running.wait().expect("its end");
    assert!(after.contains("ask for the token: it was cancelled"), "{after}");
    assert!(!after.contains("half a token"), "{after}");
    let modes: Vec<&str> = after.split([' ', ';', '\r', '\n']).collect();
    assert!(modes.contains(&"echo") && modes.contains(&"isig"), "{after}");
    assert_eq!(desk.profiles(), 0);
}
