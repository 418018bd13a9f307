//! Devices that enrol for real and sign chains of reports beforehand.

use crate::ingest::clock;
use crate::verify::key;
use anyhow::Context as _;
use muster_fleet::http::{Connection, Target};
use muster_fleet::model::{Model, catalogue};
use muster_proto::answer::{COSE_TYPE, Challenge, EnrolAnswer, TOKEN_HEADER};
use muster_proto::catalogue::Catalogue;
use muster_proto::cbor::{List, decode_within};
use muster_proto::cose::{Envelope, seal};
use muster_proto::facts::{AgentFacts, ChannelMode, Protection, Schedule};
use muster_proto::id::{ChainId, DeviceId, Digest, Nonce};
use muster_proto::key::SoftwareKey;
use muster_proto::link::EnrolLink;
use muster_proto::message::{Confirmation, Enrol, PolicyMessage};
use muster_proto::report::{Profile, Report, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};

/// An enrolled device and where its chain stands.
pub struct Device {
    signer: SoftwareKey,
    model: Model,
    report: Report,
}

/// The first report of a phone, all but what its enrolment gives.
pub fn report(model: &Model, nth: u64, catalogue: &Catalogue) -> Report {
    let (device, apps) = model.facts();
    let mut chain = [0; 16];
    chain[..8].copy_from_slice(&nth.to_be_bytes());
    Report {
        iat: Timestamp::from_secs(1_795_000_000),
        nonce: Nonce::new(&[7; 32]).expect("32 bytes are a nonce"),
        device: DeviceId([1; 16]),
        uptime: Some(Span::from_hours(30)),
        profile: Profile,
        submods: Submods { device, apps, agent: agent() },
        chain: ChainId(chain),
        number: 0,
        previous: None,
        trigger: Trigger::Periodic,
        order: None,
        policy: None,
        catalogue: catalogue.digest(),
        dropped: List::default(),
        lost: None,
    }
}

impl Device {
    /// The next report of its chain, signed.
    pub fn next(&mut self, catalogue: &Catalogue, now: Timestamp) -> anyhow::Result<Vec<u8>> {
        self.model.drift(catalogue, now);
        let (device, apps) = self.model.facts();
        self.report.submods.device = device;
        self.report.submods.apps = apps;
        self.report.iat = now;
        self.report.number += 1;
        let bytes = seal(&self.report, &self.signer)?;
        self.report.previous = Some(Envelope::parse(&bytes)?.digest());
        Ok(bytes)
    }
}

/// Enrols `count` devices with one link.
pub async fn enrol(target: &Target, link: &EnrolLink, count: usize) -> anyhow::Result<Vec<Device>> {
    let catalogue = catalogue()?;
    let mut connection = target.connect().await?;
    let mut devices = Vec::with_capacity(count);
    for nth in 0..count {
        let nth = u64::try_from(nth)?;
        let device = one(&mut connection, link, nth, &catalogue)
            .await
            .with_context(|| format!("enrol device {nth}"))?;
        devices.push(device);
    }
    Ok(devices)
}

async fn one(
    connection: &mut Connection,
    link: &EnrolLink,
    nth: u64,
    catalogue: &Catalogue,
) -> anyhow::Result<Device> {
    let now = clock().1;
    let mut model = Model::draw(1, nth, catalogue, now);
    // what makes a report of 1.5 KB, as a phone with much to say sends it
    model.carry(8, catalogue, now);
    let (signer, key) = key()?;
    let answer = connection.send("GET", "/v1/challenge", "", &[]).await?;
    let challenge: Challenge = decode_within(&answer.body, 4096).context("read the challenge")?;
    let message = Enrol {
        iat: now,
        cnf: Confirmation { key },
        nonce: challenge.nonce,
        token: Digest::of(link.token.as_bytes()),
        ca: link.ca,
        order_key: link.key,
        platform: model.platform(),
        model: model.name(),
        asset_tag: None,
        agent: agent().version,
        protection: Protection::Software,
    };
    let headers = format!("content-type: {COSE_TYPE}\r\n{TOKEN_HEADER}: {}\r\n", link.token);
    let answer = connection.send("POST", "/v1/enrol", &headers, &seal(&message, &signer)?).await?;
    let said = || String::from_utf8_lossy(&answer.body).into_owned();
    anyhow::ensure!(answer.status == 200, "the server answered {}: {}", answer.status, said());
    let answer: EnrolAnswer = decode_within(&answer.body, 1 << 20).context("read the answer")?;

    let mut report = report(&model, nth, catalogue);
    report.device = answer.device.context("an answer without a device")?;
    report.nonce = answer.nonce.context("an answer without a nonce")?;
    if let Some(policy) = answer.policy {
        let policy: PolicyMessage = Envelope::parse(&policy)?.read_unverified()?;
        report.policy = Some(policy.policy.digest());
    }
    Ok(Device { signer, model, report })
}

fn agent() -> AgentFacts {
    AgentFacts {
        version: Text::clipped(env!("CARGO_PKG_VERSION")),
        protection: Protection::Software,
        queued: 0,
        last_error: None,
        schedule: Schedule {
            report_every: Span::from_hours(4),
            spread: Span::from_secs(600),
            channel: ChannelMode::Awake,
            silent_after: Span::from_hours(26),
            remind: List::default(),
        },
        refused: List::default(),
        work: None,
    }
}
