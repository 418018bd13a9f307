//! Floods of messages that are well formed: of keys that nobody knows, of signatures that don't hold, of one device, of guessed tokens.

use crate::support::{Device, key, now, send, try_enrol};
use crate::told::Told;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_fleet::http::{Connection, Target};
use muster_proto::answer::Challenge;
use muster_proto::cbor::decode_within;
use muster_proto::cose::seal;
use muster_proto::link::EnrolLink;
use muster_proto::message::Hello;
use muster_proto::text::Text;

/// Messages of one flood.
const MANY: usize = 400;

async fn connection(target: &Target) -> Connection {
    target.connect().await.expect("a connection")
}

/// Reports that say they are a device's, each signed by another key of nobody.
pub async fn unknown_keys(target: &Target, device: &Device) -> Told {
    let (mut connection, mut told) = (connection(target).await, Told::default());
    for _ in 0..MANY {
        let forged = seal(&device.report, &key()).expect("signed");
        told.note(&send(&mut connection, &forged).await.expect("an answer"));
    }
    told.only(&["404 unknown-device", "429 too-many"])
}

/// A device's reports, each with another signature that doesn't hold.
pub async fn wrong_signatures(target: &Target, device: &mut Device) -> Told {
    let (mut connection, mut told) = (connection(target).await, Told::default());
    let mut report = device.next();
    for n in 0..MANY {
        let last = report.len() - 1 - n % 8;
        report[last] ^= 1 << (n % 7);
        told.note(&send(&mut connection, &report).await.expect("an answer"));
    }
    told.only(&["200 bad-signature", "429 too-many"])
}

/// New reports of one device, all of which hold.
pub async fn one_device(target: &Target, device: &mut Device) -> Told {
    let (mut connection, mut told) = (connection(target).await, Told::default());
    let mut report = device.next();
    for _ in 0..MANY {
        let answer = send(&mut connection, &report).await.expect("an answer");
        assert!(answer.status != 429 || answer.header("retry-after").is_some());
        told.note(&answer);
        // one that was turned away comes again: its number would be missing if there is room for the next one
        if answer.status != 429 {
            report = device.next();
        }
    }
    told.only(&["200 accepted", "429 too-many"])
}

/// Enrolments with guessed tokens.
pub async fn wrong_tokens(target: &Target, link: &EnrolLink) -> Told {
    let (mut connection, mut told) = (connection(target).await, Told::default());
    for n in 0..MANY / 2 {
        let guess = EnrolLink { token: format!("guessed-guessed-guessed-{n:08}"), ..link.clone() };
        match try_enrol(&mut connection, &guess, 1).await {
            Ok(_) => panic!("a guessed token enrols"),
            Err(answer) => told.note(&answer),
        }
    }
    told.only(&["403 token-unknown", "429 too-many"])
}

/// Channels of one device, as many as it gets.
pub async fn channels(target: &Target, device: &Device) -> (Told, usize) {
    let (mut told, mut open) = (Told::default(), Vec::new());
    let mut asking = connection(target).await;
    for _ in 0..MANY {
        let answer = asking.send("GET", "/v1/challenge", "", &[]).await.expect("an answer");
        let challenge: Challenge = decode_within(&answer.body, 4096).expect("a challenge");
        let hello = Hello {
            iat: now(),
            nonce: challenge.nonce,
            device: device.report.device,
            method: Text::clipped("GET"),
            host: Text::clipped(target.authority()),
            path: Text::clipped("/v1/channel"),
        };
        let hello = BASE64_URL_SAFE_NO_PAD.encode(seal(&hello, &device.key).expect("signed"));
        let mut channel = connection(target).await;
        let headers = format!("authorization: Muster {hello}\r\n");
        let answer = channel.ask("GET", "/v1/channel", &headers, &[]).await.expect("an answer");
        let word = if answer.status == 200 { "200" } else { "429 too-many" };
        assert!([200, 429].contains(&answer.status), "{answer:?}");
        told.word(word.to_owned());
        if answer.status == 200 {
            open.push(channel);
        }
    }
    let mut left = open.len();
    let last = open.pop();
    for mut channel in open {
        // it ends, after whatever was said on it
        while let Ok(Some(_)) = channel.piece().await {}
        left -= 1;
    }
    drop(last);
    (told.only(&["200", "429 too-many"]), left)
}
