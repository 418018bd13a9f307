//! `verify`: what cryptography and decoding cost, in units of one verification. These hold for every server.

use crate::cpu::of_this_thread;
use crate::figures::{Figures, median};
use anyhow::Context as _;
use muster_fleet::model::{Model, catalogue};
use muster_proto::cose::{Envelope, seal};
use muster_proto::id::Digest;
use muster_proto::key::{PublicKey, Signer as _, SoftwareKey};
use muster_proto::report::Report;
use muster_proto::time::Timestamp;
use std::hint::black_box;

/// What follows `verify`.
#[derive(clap::Args)]
pub struct Args {
    /// Rounds; in each everything is measured once, so that a change of the machine's clock meets all of it
    #[arg(long, default_value_t = 15)]
    rounds: usize,
}

/// A signed report and what is needed to check it.
pub struct Sample {
    /// The key that made it.
    pub key: PublicKey,
    /// The whole envelope.
    pub bytes: Vec<u8>,
    to_be_signed: Vec<u8>,
    envelope: Envelope,
}

impl Sample {
    /// A report of a phone with `sightings` watched applications.
    pub fn new(sightings: usize) -> anyhow::Result<Self> {
        let (signer, key) = key()?;
        let catalogue = catalogue()?;
        let then = Timestamp::from_secs(1_795_000_000);
        let mut model = Model::draw(1, 1, &catalogue, then);
        model.carry(sightings, &catalogue, then);
        let bytes = seal(&crate::ingest::report(&model, 1, &catalogue), &signer)?;
        let envelope = Envelope::parse(&bytes)?;
        Ok(Self { key, bytes, to_be_signed: envelope.to_be_signed(), envelope })
    }

    /// One bare verification: what a server can't do without.
    pub fn verify(&self) -> bool {
        self.key.verify(black_box(&self.to_be_signed), &self.envelope.signature).is_ok()
    }
}

/// Measures.
pub fn run(args: &Args) -> anyhow::Result<Figures> {
    let sample = Sample::new(8)?;
    let (signer, _) = key()?;
    let message = sample.to_be_signed.clone();
    let mut steps = vec![
        Step::new("sign", move || signer.sign(&message).is_ok()),
        Step::on("SHA-256 of a report", &sample.bytes, |bytes| Digest::of(bytes).0[0] != 1),
        Step::on("parse the envelope", &sample.bytes, |bytes| Envelope::parse(bytes).is_ok()),
        Step::on("decode the report", &sample.envelope, |envelope| {
            envelope.read_unverified::<Report>().is_ok()
        }),
    ];
    let mut verify = Vec::new();
    for _ in 0..args.rounds {
        let base = micros(200, &|| sample.verify())?;
        verify.push(base);
        for step in &mut steps {
            step.costs.push(micros(200, &step.work)? / base);
        }
    }
    let mut figures = Figures::of(format!("One report of {} bytes with 8 sightings", sample.bytes.len()));
    figures.add("verify (ring, P-256)", median(&mut verify), "µs");
    for mut step in steps {
        figures.add(step.name, median(&mut step.costs), "verify");
    }
    Ok(figures)
}

/// CPU time of one of `count` calls, in microseconds.
pub fn micros(count: u32, work: &dyn Fn() -> bool) -> anyhow::Result<f64> {
    let start = of_this_thread()?;
    for _ in 0..count {
        anyhow::ensure!(black_box(work()), "a measured step failed");
    }
    Ok((of_this_thread()? - start).as_secs_f64() * 1e6 / f64::from(count))
}

/// Something that is measured beside the verification.
struct Step {
    name: &'static str,
    work: Box<dyn Fn() -> bool>,
    /// In units of one verification.
    costs: Vec<f64>,
}

impl Step {
    fn new(name: &'static str, work: impl Fn() -> bool + 'static) -> Self {
        Self { name, work: Box::new(work), costs: Vec::new() }
    }

    fn on<T: Clone + 'static>(name: &'static str, value: &T, work: impl Fn(&T) -> bool + 'static) -> Self {
        let value = value.clone();
        Self::new(name, move || work(black_box(&value)))
    }
}

/// A fresh key.
#[expect(clippy::disallowed_methods, reason = "the keys of simulated phones")]
pub fn key() -> anyhow::Result<(SoftwareKey, PublicKey)> {
    let (signer, _) = SoftwareKey::generate(ring::rand::SystemRandom::new()).context("make a key")?;
    let key = signer.public_key();
    Ok((signer, key))
}
