//! A server that is watched: metrics as Prometheus reads them, health, and a log in which nobody finds a person.

mod support;

use muster_tests::{Agent, Root, Server, repo, wait_for};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{enrol, is_accepted, key, send, target};

use muster_fleet::http::{Answer, Connection};
use muster_proto::cose::seal;

/// A server with a listener for those who watch, and where that is.
fn watched(options: &[&str]) -> (Server, String) {
    let server = Server::start_with(&[&["--metrics-listen", "127.0.0.1:0"], options].concat());
    let printed = std::fs::read_to_string(server.data().join("server.out")).expect("what it printed");
    let line = printed.lines().find_map(|line| line.strip_prefix("metrics http://")).expect("a listener");
    let authority = line.trim_end_matches("/metrics").to_owned();
    server.with_officials("minfin");
    (server, authority)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// `GET` without TLS: status and body.
fn get(authority: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(authority).expect("a connection");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, text.split_once("\r\n\r\n").expect("a body").1.to_owned())
}

fn token(server: &Server) -> String {
    let token = std::fs::read_to_string(server.data().join("local-admin.token")).expect("a token");
    format!("authorization: Bearer {}\r\n", token.trim())
}

async fn ask(connection: &mut Connection, path: &str, headers: &str) -> Answer {
    connection.send("GET", path, headers, &[]).await.expect("an answer")
}

/// Something of everything: phones that report, one that is asked, forgeries, guesses, malformed requests.
fn traffic(server: &Server) {
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["report"]).ok();
    let service = agent.service();
    let _ = server.muster(&["scan", &agent.id(), "--reason", "trial", "--wait", "60"]).ok();
    drop(service);
    let link = server.link("minfin").parse().expect("a link");
    runtime().block_on(async {
        let mut connection = target(server).connect().await.expect("a connection");
        let mut device = enrol(&mut connection, &link, 1).await;
        assert!(is_accepted(&send(&mut connection, &device.next()).await.expect("an answer")));
        let forged = seal(&device.report, &key()).expect("signed");
        drop(send(&mut connection, &forged).await.expect("an answer"));
        drop(send(&mut connection, b"nonsense").await.expect("an answer"));
        for headers in ["", "authorization: Bearer guess\r\n"] {
            assert_eq!(ask(&mut connection, "/api/v1/devices", headers).await.status, 401);
        }
        assert_eq!(ask(&mut connection, "/devices/%00", "").await.status, 303);
    });
}

#[test]
fn prometheus_reads_every_metric_that_is_documented_and_no_person_in_them() {
    let (server, watchers) = watched(&[]);
    traffic(&server);
    let (status, page) = get(&watchers, "/metrics");
    assert_eq!(status, 200);
    promtool(&["check", "metrics"], Some(&page));
    let documented = std::fs::read_to_string(repo().join("docs/metrics.md")).expect("the documentation");
    let table =
        documented.split_once("<!-- metrics -->").and_then(|(_, rest)| rest.split_once("<!-- end -->"));
    let documented: BTreeSet<&str> = table
        .expect("the table")
        .0
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let shown: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert_eq!(documented, shown);
    for (sample, least) in [
        ("muster_reports_total{action=\"accepted\",code=\"ok\"}", 2.0),
        ("muster_http_problems_total{code=\"bad-token\"}", 1.0),
        ("muster_order_answer_seconds_count{kind=\"scan\"}", 1.0),
        ("muster_devices_enrolled{status=\"active\"}", 2.0),
        ("muster_sign_in_failures_total{way=\"token\"}", 1.0),
        ("muster_enrolments_total{outcome=\"enrolled\"}", 2.0),
        ("muster_ready{check=\"store\"}", 1.0),
        ("muster_ingest_duration_seconds_count", 2.0),
    ] {
        let value = value(&page, sample);
        assert!(value >= least, "{sample} is {value}\n{page}");
    }
    let devices = server.muster(&["device", "list", "--json"]).json();
    for device in devices.as_array().expect("a list") {
        assert!(!page.contains(device["id"].as_str().expect("an id")), "{device}");
    }
    assert!(page.lines().count() < 3000, "{} lines", page.lines().count());

    runtime().block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        assert_eq!(ask(&mut connection, "/metrics", &token(&server)).await.status, 404);
        assert_eq!(ask(&mut connection, "/api/v1/metrics", "").await.status, 401);
        let answer = ask(&mut connection, "/api/v1/metrics", &token(&server)).await;
        assert_eq!(answer.status, 200);
        assert!(String::from_utf8_lossy(&answer.body).contains("muster_build_info"));
    });
}

fn value(page: &str, sample: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {sample} in\n{page}")).parse().expect("a number")
}

#[test]
fn alerts_and_dashboard_name_metrics_that_exist() {
    let examples = repo().join("docs/examples");
    let rules = examples.join("muster.rules.yml");
    promtool(&["check", "rules", &rules.to_string_lossy()], None);
    let dashboard = std::fs::read(examples.join("grafana-dashboard.json")).expect("the dashboard");
    let dashboard: Value = serde_json::from_slice(&dashboard).expect("JSON");
    let mut expressions: Vec<String> = Vec::new();
    collect(&dashboard, &mut expressions);
    assert!(expressions.len() > 30, "{}", expressions.len());

    // a rule for each, so that Prometheus' own parser judges them
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = "groups:\n  - name: dashboard\n    rules:\n".to_owned();
    for (n, expression) in expressions.iter().enumerate() {
        let expression = expression.replace("$__rate_interval", "5m").replace("$instance", ".*");
        text += &format!("      - record: panel:{n}\n        expr: {}\n", serde_json::json!(expression));
    }
    let file = folder.path().join("dashboard.yml");
    std::fs::write(&file, text).expect("written");
    promtool(&["check", "rules", &file.to_string_lossy()], None);

    let documented = std::fs::read_to_string(repo().join("docs/metrics.md")).expect("the documentation");
    let alerts = std::fs::read_to_string(rules).expect("the rules");
    let alerts = alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: ").map(str::to_owned));
    for expression in expressions.into_iter().chain(alerts) {
        let names: Vec<&str> = expression
            .split(|char: char| !char.is_ascii_alphanumeric() && char != '_')
            .filter(|word| word.starts_with("muster_") || word.starts_with("process_"))
            .collect();
        assert!(!names.is_empty() || expression.starts_with("up"), "{expression}");
        for name in names {
            let plain = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let known = |name: &str| documented.contains(&format!("| `{name}` |"));
            assert!(known(name) || plain.is_some_and(known), "{name} in {expression}");
        }
    }
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            into.extend(map.get("expr").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| collect(value, into));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, into)),
        _ => {}
    }
}

/// Runs `promtool`, which has to find nothing wrong.
fn promtool(args: &[&str], input: Option<&str>) {
    let own = repo().join(".cache/tools/bin/promtool");
    let tool = if own.is_file() { own } else { PathBuf::from("promtool") };
    let mut child = Command::new(tool)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs: scripts/setup prometheus");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input.unwrap_or_default().as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {args:?}: {said}");
}

#[test]
fn whoever_balances_load_learns_whether_reports_are_taken_in() {
    let (mut server, watchers) = watched(&["--drain", "3"]);
    assert_eq!(get(&watchers, "/healthz"), (200, "alive\n".to_owned()));
    assert_eq!(get(&watchers, "/readyz"), (200, "ready\n".to_owned()));
    assert_eq!(get(&watchers, "/devices").0, 404, "nothing else is served there");
    let health = server.muster(&["health", "--json"]).json();
    assert_eq!(health["ready"], true, "{health}");
    assert_eq!(health["checks"].as_array().map(Vec::len), Some(5), "{health}");

    let link = server.link("minfin").parse().expect("a link");
    runtime().block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        assert_eq!(ask(&mut connection, "/readyz", "").await.status, 200);
        assert_eq!(ask(&mut connection, "/api/v1/health", "").await.status, 401);
        let mut device = enrol(&mut connection, &link, 1).await;
        server.running().signal("TERM").expect("asked to stop");
        wait_for("not ready", Duration::from_secs(3), || {
            (get(&watchers, "/readyz") == (503, "not ready\n".to_owned())).then_some(())
        });
        assert_eq!(ask(&mut connection, "/readyz", "").await.status, 503);
        assert_eq!(get(&watchers, "/healthz").0, 200, "it is alive, and takes what is sent");
        assert!(is_accepted(&send(&mut connection, &device.next()).await.expect("an answer")));
    });
    // asking a second time would end it at once
    let ended = wait_for("its end", Duration::from_secs(30), || server.running().ended().expect("a status"));
    assert!(ended.success(), "{ended}");
}

#[test]
fn a_full_disk_makes_the_server_unready_and_not_dead() {
    let (mut server, _) = watched(&[]);
    server.running().stop(Duration::from_secs(30)).expect("it stops");
    let largest = std::fs::read_dir(server.data()).expect("the data folder").flatten();
    let largest =
        largest.filter_map(|file| file.metadata().ok()).map(|file| file.len()).max().expect("files");
    server.restart_cramped(largest / 1024 + 64).expect("it starts");
    let ask = |path| {
        runtime().block_on(async {
            let mut connection = target(&server).connect().await.expect("a connection");
            ask(&mut connection, path, "").await.status
        })
    };
    // what is added fills the little that is left
    let mut added = 0;
    wait_for("a server that is not ready", Duration::from_secs(60), || {
        added += 1;
        drop(server.muster(&["org", "add", &format!("o{added}"), "--title", &"x".repeat(100)]));
        (ask("/readyz") == 503).then_some(())
    });
    assert_eq!(ask("/healthz"), 200);
    let health = server.muster(&["health"]).ends(1);
    assert!(health.text().contains("NO"), "{}", health.text());
}

const PERSON: &str = "Petrova-Vodkina";
const TAG: &str = "INV-774411";

#[test]
fn the_log_names_no_person_and_no_secret_however_much_is_logged() {
    let (mut server, _) = watched(&["--log", "trace", "--log-format", "json"]);
    let _ = server.muster(&["org", "add", "secretorg", "--title", "Ministry of Planted Secrets"]).ok();
    let link = server.link("minfin");
    let agent = Agent::new(&Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["enrol", &link, "--asset-tag", TAG]).ok();
    let _ = agent.run(&["report"]).ok();
    let _ = server.muster(&["device", "list", "--json"]).ok();
    let _ = server.muster(&["device", "show", &agent.id()]).ok();
    let signed = server.muster(&["sign-in-link", "--name", PERSON, "--role", "owner", "--json"]).json();
    traffic(&server);
    let session =
        signed["link"].as_str().and_then(|link| link.split("link=").nth(1)).expect("a secret").to_owned();
    runtime().block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        let form = format!("link={session}");
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        let answer = connection.send("POST", "/sign-in", headers, form.as_bytes()).await.expect("an answer");
        assert_eq!(answer.status, 303);
        let cookie =
            answer.header("set-cookie").and_then(|set| set.split(';').next()).expect("a cookie").to_owned();
        drop(ask(&mut connection, &format!("/devices?q={TAG}"), &format!("cookie: {cookie}\r\n")).await);
    });
    server.running().stop(Duration::from_secs(30)).expect("it stops");
    let log = server.running().said();
    let secrets = [
        link.split("token=").nth(1).expect("a token").to_owned(),
        session,
        token(&server)[22..].trim().to_owned(),
    ];
    for planted in
        [PERSON, TAG, "Planted Secrets", "127.0.0.1:"].into_iter().chain(secrets.iter().map(String::as_str))
    {
        let line = log.lines().find(|line| line.contains(planted));
        assert!(line.is_none(), "{planted}: {line:?}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let answered = lines
        .iter()
        .find(|line| line["spans"][0]["route"] == "/v1/reports" && line["fields"]["message"] == "answered");
    let answered = answered.unwrap_or_else(|| panic!("no request in {log}"));
    for field in ["status", "ms"] {
        assert!(answered["fields"][field].is_number(), "{answered}");
    }
    assert!(lines.iter().any(|line| line["spans"][0]["device"] == agent.id()), "{log}");
}

#[test]
fn the_log_says_more_about_one_request_while_everything_else_is_as_it_was() {
    let (mut server, _) = watched(&[]);
    let id = "trouble-4711";
    let view = server.muster(&["log-level", "debug", "--request", id, "--for", "10m", "--json"]).json();
    assert_eq!(view["raised"][0]["scope"], format!("request:{id}"), "{view}");
    let audit = server.muster(&["audit", "--json"]).json();
    assert!(audit.as_array().expect("entries").iter().any(|entry| entry["action"] == "log.raise"), "{audit}");
    runtime().block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        for given in ["another-4712", id, "x y\tz"] {
            let headers = format!("x-request-id: {given}\r\nauthorization: Bearer guess\r\n");
            let answer = ask(&mut connection, "/api/v1/devices", &headers).await;
            let problem: Value = serde_json::from_slice(&answer.body).expect("a problem");
            assert_eq!(problem["request"].as_str(), answer.header("x-request-id"), "{problem}");
            let kept = problem["request"] == given;
            assert_eq!(kept, !given.contains(' '), "{problem}");
        }
    });
    let _ = server.muster(&["log-level", "--reset"]).ok();
    runtime().block_on(async {
        let mut connection = target(&server).connect().await.expect("a connection");
        drop(ask(&mut connection, "/api/v1/devices", &format!("x-request-id: {id}\r\n")).await);
    });
    server.running().stop(Duration::from_secs(30)).expect("it stops");
    let log = server.running().said();
    let debug: Vec<&str> = log.lines().filter(|line| line.contains("DEBUG")).collect();
    assert!(debug.len() == 1 && debug[0].contains(id) && debug[0].contains("bad-token"), "{log}");
}
