//! Addresses as in real life: listeners for phones and for people, certificates that were given and change, a proxy that ends TLS.

mod tls;

use muster_tests::{Agent, Ran, Root, Running, Server, program, repo, run, wait_for};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use tls::{Authority, Line, plainly};

const PATIENCE: Duration = Duration::from_secs(30);

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn agent() -> Root {
    Root::copy("aurora-5.2-ok")
}

#[test]
fn phones_and_people_are_served_on_their_own_addresses() {
    let server = Server::start_with(&["--admin-listen", "127.0.0.1:0"]);
    let people = fs::read_to_string(server.data().join("address")).expect("the address");
    let people = people.trim().to_owned();
    assert_ne!(people, server.address());
    let link = server.sign_in().expect("the first link");
    assert!(link.starts_with(&format!("{people}/sign-in?link=")), "{link} is for {people}");
    let printed = fs::read_to_string(server.data().join("server.out")).expect("what it printed");
    assert!(printed.contains(&format!("people {people}\n")), "{printed}");

    let ca = tls::pem(&server.data().join("ca.pem"));
    let get = |at: &str, path: &str| {
        let authority = at.trim_start_matches("https://");
        Line::open(authority, "localhost", &ca).get(path, "").0
    };
    for (path, for_phones, for_people) in [
        ("/v1/ca", 200, 404),
        ("/api/v1/ca", 404, 200),
        ("/v1/challenge", 200, 404),
        ("/sign-in", 404, 200),
        ("/api/v1/me", 404, 401),
        ("/devices", 404, 303),
    ] {
        assert_eq!((get(server.address(), path), get(&people, path)), (for_phones, for_people), "{path}");
    }
    // certificates of their own, and phones enrol where they are served
    let shown = |at: &str| Line::open(at.trim_start_matches("https://"), "localhost", &ca).certificate();
    assert_ne!(shown(server.address()), shown(&people));
    server.with_officials("minfin");
    let id = Agent::enrol(&server.link("minfin"), &agent()).id();
    assert!(server.device(&id).is_object());
}

#[test]
fn the_first_link_says_what_the_browser_will_warn_of() {
    let server = Server::start();
    let printed = fs::read_to_string(server.data().join("server.out")).expect("what it printed");
    let said = |word: &str| printed.lines().find_map(|line| line.strip_prefix(word)).expect(word).to_owned();
    assert!(said("note ").contains("warn on the first visit"), "{printed}");
    let ca = tls::pem(&server.data().join("ca.pem"));
    let shown = Line::open(server.authority(), "localhost", &ca).certificate();
    assert_eq!(said("certificate-sha256 "), tls::fingerprint(&shown));
    assert_eq!(said("ca-sha256 "), tls::fingerprint(&ca));
    // so do further links
    let link = server.muster(&["sign-in-link", "--name", "B", "--role", "auditor"]).ok();
    assert!(link.stderr.contains(&tls::fingerprint(&shown)), "{}", link.stderr);
}

/// Options of a server with a given certificate for `muster.example.org`.
fn given(folder: &Path, ours: &Authority) -> Vec<String> {
    let (pem, key, ca) = (folder.join("c.pem"), folder.join("c.key"), folder.join("ca.pem"));
    ours.issue("muster.example.org", &pem, &key);
    fs::write(&ca, ours.pem()).expect("write the CA");
    let files = ["--tls-certificate", &text(&pem), "--tls-key", &text(&key), "--phone-ca", &text(&ca)]
        .map(str::to_owned);
    [files.as_slice(), &["--public-url".to_owned(), "https://muster.example.org".to_owned()]].concat()
}

fn start(data: &Path, options: &[String]) -> anyhow::Result<Server> {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    Server::launch(data, &options)
}

#[test]
fn a_new_certificate_is_shown_and_no_connection_is_dropped() {
    let folder = TempDir::new().expect("a folder");
    let (ours, others) = (Authority::new("ours"), Authority::new("others"));
    let options = given(folder.path(), &ours);
    let mut server = start(&folder.path().join("data"), &options).expect("it starts");
    let authority = server.authority().to_owned();
    let open = || Line::open(&authority, "muster.example.org", &ours.der());
    let first = open().certificate();
    let mut kept = open();
    assert_eq!(kept.get("/v1/ca", "").1.trim(), ours.pem().trim(), "phones are told to trust our CA");

    // one that phones would refuse: the old one stays, and the log says why
    let (pem, key) = (folder.path().join("c.pem"), folder.path().join("c.key"));
    others.issue("muster.example.org", &pem, &key);
    server.running().signal("HUP").expect("a signal");
    wait_for("a word about it", PATIENCE, || {
        server.running().said().contains("does not lead to that CA").then_some(())
    });
    assert_eq!(open().certificate(), first);

    // a good one, noticed without anybody telling
    ours.issue("muster.example.org", &pem, &key);
    wait_for("the new certificate", PATIENCE, || (open().certificate() != first).then_some(()));
    assert_eq!(kept.get("/v1/ca", "").0, 200, "a connection from before goes on");
    // programs on this machine find the server by its own CA all the same
    assert_eq!(server.muster(&["org", "list", "--json"]).json().as_array().map(Vec::len), Some(0));
    let link = server.muster(&["sign-in-link", "--name", "B", "--role", "auditor"]).ok();
    assert!(link.text().starts_with("https://muster.example.org"), "{}", link.text());
    assert!(link.stderr.is_empty(), "browsers know this CA, or not, and we can't tell: {}", link.stderr);
}

#[test]
fn phones_are_not_locked_out_by_another_ca() {
    let folder = TempDir::new().expect("a folder");
    let (data, ours) = (folder.path().join("data"), Authority::new("ours"));
    let mut server = start(&data, &[]).expect("it starts");
    server.with_officials("minfin");
    let _phone = Agent::enrol(&server.link("minfin"), &agent());
    server.running().stop(PATIENCE).expect("it stops");
    drop(server);

    let mut options = given(folder.path(), &ours);
    let refused = start(&data, &options).err().expect("refused");
    assert!(format!("{refused:#}").contains("1 phones are enrolled under another CA"), "{refused:#}");
    options.extend(["--accept-phone-ca".to_owned(), tls::fingerprint(&ours.der())]);
    let server = start(&data, &options).expect("accepted");
    let link = server.link("minfin");
    assert!(link.starts_with("muster://muster.example.org:443/"), "{link}");
}

/// `muster login` from a home of its own.
fn login(server: &Server, address: &str, home: &Path, more: &[&str]) -> Ran {
    let token = home.join("token");
    fs::write(&token, server.muster(&["api-token", "create", "laptop"]).ok().stdout).expect("a file");
    let mut command = Command::new(program("muster"));
    command.env("XDG_CONFIG_HOME", home).args(["login", address, "--token-file", &text(&token)]);
    let ran = run(command.args(more)).expect("muster");
    let _ = server.muster(&["api-token", "revoke", "laptop"]).ok();
    ran
}

#[test]
fn whoever_logs_in_where_a_certificate_was_given_names_its_ca() {
    let folder = TempDir::new().expect("a folder");
    let (pem, key) = (folder.path().join("c.pem"), folder.path().join("c.key"));
    Authority::new("ours").issue("muster.example.org", &pem, &key);
    let (pem, key) = (text(&pem), text(&key));
    let own = ["--admin-listen", "127.0.0.1:0", "--admin-public-url", "https://muster.example.org"];
    let given = ["--admin-tls-certificate", &pem, "--admin-tls-key", &key];
    let server = Server::start_with(&[own, given].concat());
    let people = fs::read_to_string(server.data().join("address")).expect("the address");
    let print = tls::fingerprint(&tls::pem(&server.data().join("ca.pem")));
    let refused = login(&server, people.trim(), folder.path(), &["--ca-sha256", &print]);
    refused.refused("no-ca: the certificate that people are shown was given");
    server.muster(&["ca"]).refused("muster login --ca FILE");
    // on this machine the own CA goes on
    let ca = text(&server.data().join("ca.pem"));
    let _ = login(&server, people.trim(), folder.path(), &["--ca", &ca]).ok();
}

/// nginx with the configuration that the documentation shows, its names, files and ports replaced.
fn nginx(folder: &Path, port: u16, backend: &str, ours: &Authority) -> Running {
    let (pem, key) = (folder.join("nginx.pem"), folder.join("nginx.key"));
    ours.issue("localhost", &pem, &key);
    let shown = fs::read_to_string(repo().join("docs/examples/nginx.conf")).expect("the example");
    let site = shown
        .replace("listen 443 ssl", &format!("listen 127.0.0.1:{port} ssl"))
        .replace("server_name muster.example.org", "server_name localhost")
        .replace("/etc/nginx/tls/muster.pem", &text(&pem))
        .replace("/etc/nginx/tls/muster.key", &text(&key))
        // so that nginx has another address than its clients, which are on this machine too
        .replace(
            "proxy_pass http://127.0.0.1:8443;",
            &format!("proxy_pass http://{backend}; proxy_bind 127.0.0.2;"),
        );
    let at = text(folder);
    let around = format!(
        "pid {at}/nginx.pid; error_log {at}/nginx.log; events {{ }}\nhttp {{ access_log off; client_body_temp_path {at}/b; proxy_temp_path {at}/p; \
         fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n{site}}}\n"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, around).expect("write nginx's configuration");
    let mut command = Command::new(nginx_program());
    command.args(["-c", &text(&file), "-p", &at, "-g", "daemon off; master_process off;"]);
    Running::start(&mut command, folder, "nginx").expect("nginx starts")
}

fn nginx_program() -> PathBuf {
    let places = [PathBuf::from("/usr/sbin/nginx"), repo().join(".cache/nginx/usr/sbin/nginx")];
    let found = places.into_iter().find(|place| place.is_file());
    found.expect("nginx is not there: run scripts/setup proxy")
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

#[test]
fn a_phone_reports_and_holds_its_channel_behind_nginx_and_nobody_forges_an_address() {
    let folder = TempDir::new().expect("a folder");
    let (ours, port) = (Authority::new("ours"), free_port());
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, ours.pem()).expect("write the CA");
    let public = format!("https://localhost:{port}");
    let options =
        ["--tls", "off", "--phone-ca", &text(&ca), "--public-url", &public, "--trusted-proxies", "127.0.0.2"];
    let server = Server::launch(&folder.path().join("data"), &options).expect("it starts");
    assert!(server.address().starts_with("http://"), "{}", server.address());
    let backend = server.address().trim_start_matches("http://").to_owned();
    let _nginx = nginx(folder.path(), port, &backend, &ours);
    let front = format!("localhost:{port}");
    wait_for("nginx", PATIENCE, || std::net::TcpStream::connect(&front).ok());

    server.with_officials("minfin");
    let phone = Agent::enrol(&server.link("minfin"), &agent());
    let (id, _service) = (phone.id(), phone.service());
    wait_for("the first report", PATIENCE, || (!server.device(&id)["last_fresh"].is_null()).then_some(()));
    let scan = server.muster(&["scan", &id, "--reason", "through nginx", "--wait", "30", "--json"]).json();
    assert!(scan["click_to_verdict_ms"].as_u64().is_some_and(|ms| ms < 30_000), "{scan}");

    // a command line is told the CA that the proxy's certificate is from, and not the server's own
    let told = server.muster(&["ca"]).ok().text();
    assert_eq!(told.trim(), tls::fingerprint(&ours.der()));
    let _ = login(&server, &public, folder.path(), &["--ca-sha256", told.trim()]).ok();

    // bad tokens through nginx, each with another made-up address: they are one sender's
    let bad = |forged: u32| {
        format!(
            "authorization: Bearer nonsense\r\nx-forwarded-for: 198.51.100.{forged}\r\nforwarded: for=198.51.100.{forged}\r\n"
        )
    };
    let tries: Vec<u16> = (1..=12)
        .map(|nth| Line::open(&front, "localhost", &ours.der()).get("/api/v1/me", &bad(nth)).0)
        .collect();
    assert_eq!((tries[0], tries[11]), (401, 429), "{tries:?}");
    // past nginx, from an address that is no proxy's, the header says nothing
    assert_eq!(plainly(&backend, "127.0.0.1", "/api/v1/me", &bad(50)), 429);
    // the proxy itself is believed: another sender has his own tries
    assert_eq!(plainly(&backend, "127.0.0.2", "/api/v1/me", &bad(51)), 401);
}
