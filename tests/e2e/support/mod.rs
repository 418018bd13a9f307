//! Devices that speak to a server byte by byte, as no honest agent would.

#![allow(dead_code, reason = "no test uses all of it")]

use muster_fleet::http::{Answer, Connection, Target};
use muster_fleet::model::{Model, catalogue};
use muster_proto::answer::{
    Action, COSE_TYPE, Challenge, EnrolAnswer, REPORT_TYPE, ReportsAnswer, TOKEN_HEADER,
};
use muster_proto::cbor::{List, decode_within};
use muster_proto::cose::{Envelope, seal};
use muster_proto::facts::{AgentFacts, ChannelMode, Protection, Schedule};
use muster_proto::id::{ChainId, DeviceId, Digest, Nonce};
use muster_proto::key::{Signer as _, SoftwareKey};
use muster_proto::link::EnrolLink;
use muster_proto::message::{Confirmation, Enrol};
use muster_proto::report::{Profile, Report, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use muster_tests::Server;

/// A device and where its chain stands.
pub struct Device {
    pub key: SoftwareKey,
    pub report: Report,
}

/// The way to a server, with its CA.
pub fn target(server: &Server) -> Target {
    Target::with_pem(server.authority(), &server.data().join("ca.pem")).expect("the CA")
}

/// What a phone's clock shows.
#[expect(clippy::disallowed_methods, reason = "the device of a test has a clock")]
pub fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_secs(since_1970.as_secs().cast_signed())
}

#[expect(clippy::disallowed_methods, reason = "a key of the test's own")]
pub fn key() -> SoftwareKey {
    SoftwareKey::generate(ring::rand::SystemRandom::new()).expect("randomness").0
}

/// Enrols a device.
pub async fn enrol(connection: &mut Connection, link: &EnrolLink, nth: u64) -> Device {
    let refused = |answer: Answer| panic!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    try_enrol(connection, link, nth).await.unwrap_or_else(refused)
}

/// Enrols a device, or returns what the server says instead.
pub async fn try_enrol(connection: &mut Connection, link: &EnrolLink, nth: u64) -> Result<Device, Answer> {
    let now = now();
    let catalogue = catalogue().expect("the catalogue");
    let model = Model::draw(7, nth, &catalogue, now);
    let key = key();
    let answer = connection.send("GET", "/v1/challenge", "", &[]).await.expect("a challenge");
    let challenge: Challenge = decode_within(&answer.body, 4096).expect("a challenge");
    let message = Enrol {
        iat: now,
        cnf: Confirmation { key: key.public_key() },
        nonce: challenge.nonce,
        token: Digest::of(link.token.as_bytes()),
        ca: link.ca,
        order_key: link.key,
        platform: model.platform(),
        model: model.name(),
        asset_tag: None,
        agent: Text::clipped("0.1.0"),
        protection: Protection::Software,
    };
    let headers = format!("content-type: {COSE_TYPE}\r\n{TOKEN_HEADER}: {}\r\n", link.token);
    let answer = connection.send("POST", "/v1/enrol", &headers, &seal(&message, &key).expect("signed")).await;
    let answer = answer.expect("an answer");
    if answer.status != 200 {
        return Err(answer);
    }
    let answer: EnrolAnswer = decode_within(&answer.body, 1 << 20).expect("an answer");
    let (id, nonce) = (answer.device.expect("a device"), answer.nonce.expect("a nonce"));
    let report = report(&model, id, nonce, catalogue.digest(), nth, now);
    Ok(Device { key, report })
}

fn report(
    model: &Model,
    device: DeviceId,
    nonce: Nonce,
    catalogue: Digest,
    nth: u64,
    now: Timestamp,
) -> Report {
    let (facts, apps) = model.facts();
    let schedule = Schedule {
        report_every: Span::from_hours(4),
        spread: Span::from_secs(600),
        channel: ChannelMode::Awake,
        silent_after: Span::from_hours(26),
        remind: List::default(),
    };
    let agent = AgentFacts {
        version: Text::clipped("0.1.0"),
        protection: Protection::Software,
        queued: 0,
        last_error: None,
        schedule,
        refused: List::default(),
        work: None,
    };
    let mut chain = [3; 16];
    chain[..8].copy_from_slice(&nth.to_be_bytes());
    Report {
        iat: now,
        nonce,
        device,
        uptime: None,
        profile: Profile,
        submods: Submods { device: facts, apps, agent },
        chain: ChainId(chain),
        number: 0,
        previous: None,
        trigger: Trigger::Periodic,
        order: None,
        policy: None,
        catalogue,
        dropped: List::default(),
        lost: None,
    }
}

impl Device {
    /// The next report of its chain, signed.
    pub fn next(&mut self) -> Vec<u8> {
        self.report.number += 1;
        self.report.iat = now();
        let bytes = seal(&self.report, &self.key).expect("signed");
        self.report.previous = Some(Envelope::parse(&bytes).expect("an envelope").digest());
        bytes
    }
}

/// Sends one report; an error if the connection broke.
pub async fn send(connection: &mut Connection, bytes: &[u8]) -> anyhow::Result<Answer> {
    connection.send("POST", "/v1/reports", &format!("content-type: {REPORT_TYPE}\r\n"), bytes).await
}

/// Whether the answer says that the report was accepted.
pub fn is_accepted(answer: &Answer) -> bool {
    let read = decode_within::<ReportsAnswer>(&answer.body, 1 << 20);
    answer.status == 200
        && read.is_ok_and(|read| read.outcomes.iter().all(|outcome| outcome.action == Action::Accepted))
}
