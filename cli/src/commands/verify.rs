//! `muster verify`: anyone with a device's public key checks what it signed, without a server.

use crate::output::{MAX_REPORTS, Outcome, print, print_json, read_file};
use anyhow::{Context as _, anyhow};
use muster_proto::cbor::split_sequence;
use muster_proto::cose::{Envelope, EnvelopeError, SIGN1};
use muster_proto::json;
use muster_proto::key::PublicKey;
use serde_json::Value;
use std::path::PathBuf;

/// What follows `muster verify`.
#[derive(clap::Args)]
pub struct Args {
    /// What was signed: a report, or several as `muster-agent export` writes them; `-` for standard input
    file: PathBuf,
    /// Public key of the device in PEM (`muster device key ID --out FILE`)
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
}

/// Longest file with a public key.
const MAX_KEY: u64 = 64 * 1024;

/// Checks and prints.
pub fn run(args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let pem = read_file(&args.key, MAX_KEY)?;
    let key = PublicKey::from_pem(&String::from_utf8_lossy(&pem))
        .with_context(|| format!("read {}", args.key.display()))?;
    let bytes = read_file(&args.file, MAX_REPORTS)?;
    let attempt = || format!("verify {}", args.file.display());
    let messages =
        split_sequence(&bytes, SIGN1).map_err(|error| coded(&error.into())).with_context(attempt)?;
    if messages.is_empty() {
        return Err(anyhow!("{}: the file is empty", attempt()));
    }
    let mut renderings =
        messages.iter().map(|one| render(one, &key).with_context(attempt)).collect::<Result<Vec<_>, _>>()?;
    if json {
        let all = if renderings.len() == 1 { renderings.remove(0) } else { Value::Array(renderings) };
        print_json(&all)?;
        return Ok(Outcome::Done);
    }
    for one in &renderings {
        print(&format!(
            "the signature holds, key {}, digest {}",
            key.kid(),
            one["digest"].as_str().unwrap_or_default()
        ))?;
        print_json(&one["payload"])?;
    }
    Ok(Outcome::Done)
}

fn render(bytes: &[u8], key: &PublicKey) -> anyhow::Result<Value> {
    let envelope = Envelope::parse(bytes).map_err(|error| coded(&error))?;
    key.verify(&envelope.to_be_signed(), &envelope.signature).map_err(|error| coded(&error.into()))?;
    let mut shown = serde_json::to_value(json::render(&envelope).map_err(|error| coded(&error))?)?;
    shown["verified"] = true.into();
    Ok(shown)
}

fn coded(error: &EnvelopeError) -> anyhow::Error {
    anyhow!("{}: {error}", error.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_proto::cose::seal;
    use muster_proto::id::{DeviceId, OrderId};
    use muster_proto::key::{Signer as _, SoftwareKey};
    use muster_proto::message::{AckState, OrderAck};
    use muster_proto::time::Timestamp;

    #[expect(clippy::disallowed_methods, reason = "a key of the test's own")]
    fn key() -> SoftwareKey {
        SoftwareKey::generate(ring::rand::SystemRandom::new()).expect("randomness").0
    }

    fn ack() -> OrderAck {
        let (iat, device, order) = (Timestamp::from_secs(1_700_000_000), DeviceId([1; 16]), OrderId([2; 16]));
        OrderAck { iat, device, order, state: AckState::Delivered, code: None }
    }

    #[test]
    fn what_a_device_signed_is_shown_in_words() {
        let key = key();
        let bytes = seal(&ack(), &key).expect("signed");
        let shown = render(&bytes, &key.public_key()).expect("holds");
        assert_eq!(shown["payload"]["state"], "delivered");
        assert_eq!(shown["payload"]["iat"], "2023-11-14T22:13:20Z");
    }

    #[test]
    fn another_key_or_another_byte_and_nothing_is_shown() {
        let (own, other) = (key(), key());
        let mut bytes = seal(&ack(), &own).expect("signed");
        let error = render(&bytes, &other.public_key()).expect_err("another key");
        assert!(error.to_string().starts_with("bad-signature"), "{error}");
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        assert!(render(&bytes, &own.public_key()).is_err());
        assert!(render(&bytes[..20], &own.public_key()).is_err());
    }
}
