//! The committed vectors are what the program writes, and there is one for every error.

use crate::keys::Keys;
use crate::vector::Vector;
use crate::{bad, good};
use muster_proto::cose::EnvelopeError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn all() -> (Vec<Vector>, Vec<Vector>) {
    let keys = Keys::load();
    (good::all(&keys), bad::all(&keys))
}

#[test]
fn committed_vectors_are_what_the_program_writes() {
    let (good, bad) = all();
    let written = |standing: &str, vector: &Vector| {
        (format!("{standing}-{}.json", vector.name), vector.file().expect("a vector gives what it says"))
    };
    let expected: BTreeMap<String, String> = good
        .iter()
        .map(|vector| written("good", vector))
        .chain(bad.iter().map(|vector| written("bad", vector)))
        .collect();
    assert_eq!(expected.len(), good.len() + bad.len(), "every vector has a name of its own");
    let committed: BTreeMap<String, String> = std::fs::read_dir(root().join("vectors"))
        .expect("the vectors are there")
        .map(|entry| entry.expect("a folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a vector can be read");
            (path.file_name().expect("a file").to_string_lossy().into_owned(), text)
        })
        .collect();
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&expected), "run `cargo run -p muster-proto --example vectors`");
    for (name, text) in &expected {
        assert_eq!(&committed[name], text, "{name}: run `cargo run -p muster-proto --example vectors`");
    }
}

#[test]
fn committed_signatures_are_those_in_use() {
    let keys = Keys::load();
    drop((good::all(&keys), bad::all(&keys)));
    let committed =
        std::fs::read_to_string(crate::keys::signatures_file()).expect("the signatures are there");
    assert_eq!(keys.used(), committed, "run `cargo run -p muster-proto --example vectors`");
}

#[test]
fn every_error_has_a_vector() {
    let (good, bad) = all();
    assert!(good.len() >= 10 && bad.len() >= 30);
    let shown: BTreeSet<&str> = bad.iter().filter_map(|vector| vector.error).collect();
    let mut codes = BTreeSet::new();
    for file in ["src/cbor/scan.rs", "src/cbor/wire.rs", "src/cose.rs"] {
        let text = std::fs::read_to_string(root().join(file)).expect("the source is there");
        let body =
            text.split("pub fn code(&self)").nth(1).expect("each of these errors has codes").to_owned();
        let body = body.split("\n    }\n").next().unwrap_or_default().to_owned();
        codes.extend(body.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    assert!(codes.len() >= 30, "{codes:?}");
    assert_eq!(shown, codes.iter().map(String::as_str).collect());
    assert_eq!(shown, BTreeSet::from(EnvelopeError::CODES));
}

#[test]
fn a_typical_report_is_small() {
    let (good, _) = all();
    let size = |name: &str| {
        good.iter().find(|vector| vector.name == name).map(|vector| vector.message.len()).expect("a vector")
    };
    let (typical, largest) = (size("report-typical"), size("report-largest"));
    println!("report: typical {typical} bytes (ten sightings, every fact), largest {largest} bytes");
    assert!(typical <= 2560);
    assert!(largest <= muster_proto::report::MAX_REPORT);
}

#[test]
fn a_twin_is_the_same_message() {
    let (good, _) = all();
    let of = |name: &str| {
        let vector = good.iter().find(|vector| vector.name == name).expect("a vector");
        muster_proto::cose::Envelope::parse(&vector.message).expect("a good vector")
    };
    let (one, twin) = (of("report-typical"), of("report-typical-twin"));
    assert_ne!(one.signature, twin.signature);
    assert_eq!(one.digest(), twin.digest());
    assert_eq!(one.payload, twin.payload);
}
