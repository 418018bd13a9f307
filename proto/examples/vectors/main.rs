//! Writes the vectors in `proto/vectors`, which other implementations can be held against.
//!
//! `cargo run -p muster-proto --example vectors` writes them; with `--seeds DIR` it writes there, for each fuzz target, the bytes
//! with which it begins.

mod bad;
mod bad_claims;
mod faults;
mod good;
mod keys;
mod raw;
mod samples;
mod served;
mod vector;

use muster_proto::cbor;
use muster_proto::cose::{Envelope, Typ};
use muster_proto::message::{CatalogueMessage, PageLink, PolicyMessage};
use std::error::Error;
use std::path::{Path, PathBuf};
use vector::Vector;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => write_vectors(),
        [flag, folder] if flag == "--seeds" => write_seeds(Path::new(folder)),
        _ => Err("usage: vectors [--seeds DIR]".into()),
    }
}

/// The folder of the committed vectors.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// File name and text of each vector.
fn files(keys: &keys::Keys) -> Result<Vec<(String, String)>, String> {
    let file = |vector: Vector| {
        let standing = if vector.error.is_none() { "good" } else { "bad" };
        Ok((format!("{standing}-{}.json", vector.name), vector.file()?))
    };
    good::all(keys).into_iter().chain(bad::all(keys)).map(file).collect()
}

fn write_vectors() -> Result<(), Box<dyn Error>> {
    let keys = keys::Keys::load();
    let files = files(&keys)?;
    std::fs::create_dir_all(folder())?;
    for old in std::fs::read_dir(folder())? {
        let old = old?.path();
        if old.extension().is_some_and(|extension| extension == "json") {
            std::fs::remove_file(old)?;
        }
    }
    for (name, text) in &files {
        std::fs::write(folder().join(name), text)?;
    }
    std::fs::write(keys::signatures_file(), keys.used())?;
    println!("{} vectors in {}", files.len(), folder().display());
    Ok(())
}

fn write_seeds(folder: &Path) -> Result<(), Box<dyn Error>> {
    let keys = keys::Keys::load();
    for vector in good::all(&keys).into_iter().chain(bad::all(&keys)) {
        for (nth, (target, bytes)) in seeds(&vector).into_iter().enumerate() {
            let folder = folder.join(target);
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(format!("{}-{nth}", vector.name)), bytes)?;
        }
    }
    Ok(())
}

/// What a vector is good for: each target with its own part of the message.
fn seeds(vector: &Vector) -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = match vector.open_as {
        vector::As::Sequence => vec![("sequence", vector.message.clone())],
        vector::As::One(_) => vec![("envelope", vector.message.clone())],
    };
    let Ok(envelope) = Envelope::parse(&vector.message) else { return seeds };
    match envelope.typ {
        Typ::Report => seeds.push(("report", envelope.payload.clone())),
        Typ::Enrol => seeds.extend([("enrol", vector.message.clone()), ("enrol", envelope.payload.clone())]),
        Typ::PageLink => seeds.extend([
            ("page-link", vector.message.clone()),
            ("page-link", PageLink::address("muster.example.org:8443", &vector.message).into_bytes()),
        ]),
        Typ::Policy => {
            let policy =
                envelope.read_unverified::<PolicyMessage>().map(|message| cbor::encode(&message.policy));
            seeds.extend(policy.map(|policy| ("policy", policy)));
        }
        Typ::Catalogue => {
            let catalogue = envelope.read_unverified::<CatalogueMessage>().map(|message| message.catalogue.0);
            seeds.extend(catalogue.map(|catalogue| ("catalogue", catalogue)));
        }
        _ => {}
    }
    seeds
}
