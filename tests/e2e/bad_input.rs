//! What is wrong gets a clear answer, and nothing is lost.

use muster_fleet::http::{Answer, Connection, Target};
use muster_proto::answer::{
    Action, COSE_TYPE, Challenge, EnrolAnswer, REPORT_TYPE, ReportsAnswer, TOKEN_HEADER,
};
use muster_proto::cbor::{Wire, decode_within};
use muster_proto::cose::{Envelope, seal};
use muster_proto::facts::{Platform, Protection};
use muster_proto::id::{DeviceId, Digest, Nonce};
use muster_proto::key::{PublicKey, Signer as _, SoftwareKey};
use muster_proto::link::EnrolLink;
use muster_proto::message::{Confirmation, Enrol, Hello};
use muster_proto::problem::Problem;
use muster_proto::report::{Report, Trigger};
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use muster_tests::{Agent, Root, Server, wait_for};
use std::process::Command;
use std::time::Duration;

fn server() -> Server {
    let server = Server::start();
    server.with_officials("minfin");
    server
}

fn phone() -> Root {
    Root::copy("aurora-5.2-ok")
}

/// What a device would say, without a device.
struct Wireman {
    runtime: tokio::runtime::Runtime,
    connection: Connection,
    link: EnrolLink,
}

#[expect(clippy::disallowed_methods, reason = "a key of the test's own")]
fn key() -> (SoftwareKey, PublicKey) {
    let (signer, _) = SoftwareKey::generate(ring::rand::SystemRandom::new()).expect("randomness");
    let key = signer.public_key();
    (signer, key)
}

#[expect(clippy::disallowed_methods, reason = "what a phone's clock shows")]
fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_secs(since_1970.as_secs().cast_signed())
}

impl Wireman {
    fn new(server: &Server) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let target = Target::with_pem(server.authority(), &server.data().join("ca.pem")).expect("the CA");
        let connection = runtime.block_on(target.connect()).expect("a connection");
        Self { runtime, connection, link: server.link("minfin").parse().expect("a link") }
    }

    fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        self.runtime.block_on(self.connection.send(method, path, headers, body)).expect("an answer")
    }

    fn nonce(&mut self) -> Nonce {
        let answer = self.send("GET", "/v1/challenge", "", &[]);
        read::<Challenge>(&answer).nonce
    }

    fn message(&mut self, key: PublicKey) -> Enrol {
        Enrol {
            iat: now(),
            cnf: Confirmation { key },
            nonce: self.nonce(),
            token: Digest::of(self.link.token.as_bytes()),
            ca: self.link.ca,
            order_key: self.link.key,
            platform: Platform::Linux,
            model: None,
            asset_tag: None,
            agent: Text::clipped("0.1.0"),
            protection: Protection::Software,
        }
    }

    fn enrol(&mut self, signed: &[u8]) -> Answer {
        let headers = format!("content-type: {COSE_TYPE}\r\n{TOKEN_HEADER}: {}\r\n", self.link.token);
        self.send("POST", "/v1/enrol", &headers, signed)
    }

    fn report(&mut self, bytes: &[u8]) -> Answer {
        self.send("POST", "/v1/reports", &format!("content-type: {REPORT_TYPE}\r\n"), bytes)
    }
}

fn read<T: Wire>(answer: &Answer) -> T {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    decode_within(&answer.body, 1 << 20).expect("an answer as the contract says")
}

fn problem(answer: &Answer) -> Problem {
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_else(|_| {
        panic!("{} without a problem: {}", answer.status, String::from_utf8_lossy(&answer.body))
    });
    assert_eq!(answer.status, problem.status);
    problem
}

/// The code with which a report was not accepted, in whichever way the server says it.
fn refusal(answer: &Answer) -> String {
    if answer.status != 200 {
        return problem(answer).code;
    }
    let answer: ReportsAnswer = read(answer);
    let outcome = answer.outcomes.first().expect("an outcome");
    assert_ne!(outcome.action, Action::Accepted, "{outcome:?}");
    outcome.code.as_ref().expect("a code").to_string()
}

/// The report that an enrolled agent has just made, and its key, taken from its state folder.
fn enrolled_agent(server: &Server) -> (Agent, Report, SoftwareKey) {
    let agent = Agent::enrol(&server.link("minfin"), &phone());
    let _ = agent.run(&["report"]).ok();
    let out = agent.state().join("report.cbor");
    let _ = server.muster(&["device", "report", &agent.id(), "--out", &out.to_string_lossy()]).ok();
    let envelope = Envelope::parse(&std::fs::read(&out).expect("the report")).expect("an envelope");
    let mut report: Report = envelope.read_unverified().expect("a report");
    report.number += 1;
    report.previous = Some(envelope.digest());
    report.trigger = Trigger::Periodic;
    (agent, report, key().0)
}

#[test]
fn a_wrong_token_is_refused() {
    let server = server();
    let link = server.link("minfin");
    let (start, _) = link.rsplit_once("token=").expect("a link has a token");
    let agent = Agent::new(&phone());
    agent.run(&["enrol", &format!("{start}token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]).refused("token");
    assert!(agent.run(&["status", "--json"]).json()["device"].is_null());
    let _ = agent.run(&["enrol", &link]).ok();
}

#[test]
fn a_spent_token_is_refused() {
    let server = server();
    let link = server.link("minfin");
    let first = Agent::enrol(&link, &phone());
    Agent::new(&phone()).run(&["enrol", &link]).refused("token");
    let devices = server.muster(&["device", "list", "--json"]).json();
    assert_eq!(devices.as_array().map(Vec::len), Some(1), "{}", first.id());
}

#[test]
fn an_expired_token_is_refused() {
    let server = server();
    let args = ["enrol-token", "--org", "minfin", "--expires", "1s", "--json"];
    let link = server.muster(&args).json()["link"].as_str().expect("a link").to_owned();
    let said = wait_for("the end of the token", Duration::from_secs(20), || {
        let ran = Agent::new(&phone()).run(&["enrol", &link, "--no-wait"]);
        // until it ends it may enrol one phone, after which it is spent
        (ran.code() == 1 && ran.stderr.contains("expired")).then_some(ran.stderr)
    });
    assert!(said.contains("token"), "{said}");
    assert_eq!(said.matches("has expired").count(), 1, "{said}");
}

#[test]
fn a_token_that_was_taken_back_lets_nobody_in() {
    let server = server();
    let args = ["enrol-token", "--org", "minfin", "--uses", "2", "--approve", "auto", "--json"];
    let made = server.muster(&args).json();
    let (link, id) = (made["link"].as_str().expect("a link"), made["id"].as_str().expect("an id"));
    let first = Agent::enrol(link, &phone());
    let listed = server.muster(&["token", "list", "--org", "minfin", "--json"]).json();
    assert!(listed[0]["id"] == id && listed[0]["left"] == 1, "{listed}");
    let table = server.muster(&["token", "list"]).ok().text();
    assert!(table.contains(id) && table.contains("auto"), "{table}");
    assert!(!table.contains(made["token"].as_str().expect("a token")), "{table}");
    let said = server.muster(&["token", "revoke", id]).ok().text();
    assert!(said.contains("1 of 2"), "{said}");
    let refused = Agent::new(&phone()).run(&["enrol", link]);
    assert_eq!(refused.stderr.matches("taken back").count(), 1, "{}", refused.stderr);
    refused.refused("token-revoked");
    server.muster(&["token", "revoke", id]).refused("revoke the token");
    server.muster(&["token", "list", "--org", "nobody"]).refused("nobody");
    assert_eq!(server.muster(&["token", "list"]).ok().text().trim(), "No token works.");
    let _ = first.run(&["report"]).ok();
    assert!(server.muster(&["audit", "--json"]).json().to_string().contains("token.revoke"));
}

#[test]
fn a_lost_answer_repeated_is_the_same_answer() {
    let server = server();
    let mut wireman = Wireman::new(&server);
    let (signer, public) = key();
    let message = wireman.message(public);
    let first: EnrolAnswer = read(&wireman.enrol(&seal(&message, &signer).expect("signed")));
    // the phone never heard it, and asks again with a new nonce
    let again = wireman.message(public);
    let second: EnrolAnswer = read(&wireman.enrol(&seal(&again, &signer).expect("signed")));
    assert_eq!(first.device, second.device);
    // the token was for one phone, and another key is another phone
    let (other, public) = key();
    let message = wireman.message(public);
    let refused = wireman.enrol(&seal(&message, &other).expect("signed"));
    assert!(problem(&refused).code.contains("token"), "{:?}", problem(&refused));
    let devices = server.muster(&["device", "list", "--json"]).json();
    assert_eq!(devices.as_array().map(Vec::len), Some(1), "{devices}");
}

#[test]
fn an_old_nonce_is_refused_with_a_new_one() {
    let server = server();
    let mut wireman = Wireman::new(&server);
    let (signer, public) = key();
    let mut message = wireman.message(public);
    message.nonce = Nonce::new(&[7; 32]).expect("a nonce");
    let refused = problem(&wireman.enrol(&seal(&message, &signer).expect("signed")));
    assert!(refused.code.contains("nonce"), "{refused:?}");
    message.nonce = refused.nonce.expect("a new nonce in the answer");
    let _: EnrolAnswer = read(&wireman.enrol(&seal(&message, &signer).expect("signed")));
}

#[test]
fn an_enrolment_signed_by_another_key_is_refused() {
    let server = server();
    let mut wireman = Wireman::new(&server);
    let ((_, public), (other, _)) = (key(), key());
    let message = wireman.message(public);
    let refused = problem(&wireman.enrol(&seal(&message, &other).expect("signed")));
    assert!((400..500).contains(&refused.status), "{refused:?}");
}

#[test]
fn a_report_of_an_unknown_device_is_refused() {
    let server = server();
    let (agent, mut report, other) = enrolled_agent(&server);
    report.device = DeviceId([9; 16]);
    let mut wireman = Wireman::new(&server);
    assert_eq!(refusal(&wireman.report(&seal(&report, &other).expect("signed"))), "unknown-device");
    // what an enrolled agent makes of such an answer: it backs off, and forgets nothing
    let _ = agent.run(&["report"]).ok();
}

#[test]
fn a_report_with_a_wrong_signature_is_refused() {
    let server = server();
    let (agent, report, other) = enrolled_agent(&server);
    let mut wireman = Wireman::new(&server);
    // another key, which no device has
    let code = refusal(&wireman.report(&seal(&report, &other).expect("signed")));
    assert!(["bad-signature", "unknown-key", "unknown-device"].contains(&code.as_str()), "{code}");
    // the device's own report, with one byte changed
    let mut bytes = std::fs::read(agent.state().join("report.cbor")).expect("the report");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(refusal(&wireman.report(&bytes)), "bad-signature");
    let _ = agent.run(&["report"]).ok();
    let device = server.device(&agent.id());
    assert_eq!(device["chain"]["breaks"].as_array().map(Vec::len), Some(0), "{}", device["chain"]);
}

#[test]
fn a_signature_of_another_kind_is_no_report() {
    let server = server();
    let mut wireman = Wireman::new(&server);
    let (signer, public) = key();
    let message = wireman.message(public);
    let enrolled: EnrolAnswer = read(&wireman.enrol(&seal(&message, &signer).expect("signed")));
    // the device's own key, but for the opening of a channel
    let (method, host, path) =
        (Text::clipped("GET"), Text::clipped(server.authority()), Text::clipped("/v1/channel"));
    let device = enrolled.device.expect("an id");
    let hello = Hello { iat: now(), nonce: wireman.nonce(), device, method, host, path };
    assert_eq!(refusal(&wireman.report(&seal(&hello, &signer).expect("signed"))), "other-typ");
    // and a report where an enrolment is expected
    let (agent, report, other) = enrolled_agent(&server);
    let refused = problem(&wireman.enrol(&seal(&report, &other).expect("signed")));
    assert_eq!(refused.code, "other-typ");
    let _ = agent.run(&["report"]).ok();
}

#[test]
fn bytes_that_are_no_report_are_refused() {
    let server = server();
    let mut wireman = Wireman::new(&server);
    for body in [&b""[..], b"{}", b"\xd2\x84", &[0xff; 100]] {
        let code = refusal(&wireman.report(body));
        assert!(!code.is_empty());
    }
    let (_, mut report, signer) = enrolled_agent(&server);
    report.number = 0;
    assert!(!refusal(&wireman.report(&seal(&report, &signer).expect("signed"))).is_empty());
}

#[test]
fn an_agent_at_another_server_stays_away() {
    let (home, other) = (server(), server());
    let link: EnrolLink = home.link("minfin").parse().expect("a link");
    let agent = Agent::new(&phone());
    // the right digests, the wrong server: another CA
    let astray = EnrolLink { authority: other.authority().to_owned(), ..link.clone() };
    agent.run(&["enrol", &astray.to_string()]).refused("CA");
    // the right CA, but the digest of another order key
    let key = other.link("minfin").parse::<EnrolLink>().expect("a link").key;
    agent.run(&["enrol", &EnrolLink { key, ..link.clone() }.to_string()]).refused("order key");
    let _ = agent.run(&["enrol", &link.to_string()]).ok();
}

#[test]
fn a_link_that_is_none_is_wrong_use() {
    let agent = Agent::new(&phone());
    for link in ["https://example.org", "muster://host/enrol?token=x", ""] {
        let ran = agent.run(&["enrol", link]).ends(2);
        assert!(ran.stderr.contains("enrol"), "{}", ran.stderr);
    }
}

#[test]
fn a_server_that_is_down_is_said_to_be() {
    let mut server = server();
    let link = server.link("minfin");
    let agent = Agent::enrol(&link, &phone());
    server.running().stop(Duration::from_secs(30)).expect("it stops when asked to");
    Agent::new(&phone()).run(&["enrol", &link]).refused("reach");
    agent.run(&["report"]).refused("waits");
    server.muster(&["device", "list"]).refused("cannot be reached");

    server.restart().expect("it starts again");
    let _ = agent.run(&["report"]).ok();
    let device = server.device(&agent.id());
    assert_eq!(
        device["chain"]["number"], 2,
        "what was made while the server was down has arrived: {}",
        device["chain"]
    );
}

#[test]
fn what_is_wrong_on_the_command_line_is_said() {
    let server = server();
    server.muster(&["org", "add", "minfin", "--title", "again"]).refused("add the organisation");
    server.muster(&["org", "add", "Bad Name!", "--title", "x"]).misused("add the organisation");
    server.muster(&["org", "add", "mars", "--title", "x", "--time-zone", "Mars/Olympus"]).misused("Mars");
    server.muster(&["device", "list", "--verdict", "bogus"]).misused("bogus");
    server.muster(&["enrol-token", "--org", "minfin", "--expires", "9999d"]).misused("one year");
    let bogus = server.muster(&["approve", &"0".repeat(32), "--replaces", "bogus"]).ends(2).stderr;
    assert!(bogus.contains("--replaces") && bogus.contains("32 hexadecimal digits"), "{bogus}");
    server.muster(&["approve", &"0".repeat(32)]).refused("approve the enrolment");
    server.muster(&["org", "add", "child", "--title", "x", "--parent", "nobody"]).refused("nobody");
    server.muster(&["enrol-token", "--org", "nobody"]).refused("nobody");
    server.muster(&["device", "show", "nonsense"]).refused("show the device");
    server.muster(&["order", "show", &"0".repeat(32)]).refused("show the order");
    server
        .muster(&[
            "exempt",
            "--rule",
            "no-such-rule",
            "--org",
            "minfin",
            "--until",
            "2099-01-01",
            "--reason",
            "x",
        ])
        .refused("no-such-rule");
    let _ = server.muster(&["exempt", "--rule", "maker"]).ends(2);
    let _ = server.muster(&["nonsense"]).ends(2);
}

/// A client that others wrote sends a body with what is refused for its headers, and must see the answer each time.
/// curl before 8.0 shows where the server answers too early; what the server does is held by the tests of `http/remains.rs`, whatever curl there is.
#[test]
fn who_is_refused_before_the_body_is_read_is_answered() {
    let server = server();
    let url = format!("https://{}/api/v1/orgs", server.authority());
    for nth in 0..60 {
        let curl = Command::new("curl")
            .args(["--silent", "--show-error", "--http2", "--max-time", "60", "--cacert"])
            .arg(server.data().join("ca.pem"))
            .args(["--output", "/dev/null", "--write-out", "%{http_version} %{http_code}"])
            .args(["--header", "Authorization: Bearer wrong", "--header", "Content-Type: application/json"])
            .args(["--data", r#"{"id":"x","title":"y"}"#, &url])
            .output()
            .expect("curl: run scripts/setup proxy");
        let (said, error) = (String::from_utf8_lossy(&curl.stdout), String::from_utf8_lossy(&curl.stderr));
        // after some of them its address has to wait
        assert!(matches!(&*said, "2 401" | "2 429"), "the {nth}th: {said:?} {error}");
        assert!(curl.status.success(), "the {nth}th: {error}");
    }
}
