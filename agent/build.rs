//! Puts the catalogue into the agent, in the form that phones read, and the moment before which the agent believes no time.

use std::path::Path;
use std::{env, fs};

use muster_proto::catalogue::Catalogue;

/// Stands for the time of the build where `SOURCE_DATE_EPOCH` doesn't say one, so that the same source gives the same program. It may be
/// earlier than the build, never later. 2026-01-01.
const BUILT: &str = "1767225600";

fn main() {
    // asked for when this runs: a tree may be moved after it was built
    let folder = env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder");
    let folder = Path::new(&folder).join("../catalogue");
    let source = |name: &str| {
        let path = folder.join(name);
        println!("cargo::rerun-if-changed={}", path.display());
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("read catalogue/{name}: {error}"))
    };
    let (messengers, vendors) = (source("messengers.toml"), source("vendors.toml"));
    let catalogue = Catalogue::from_toml(&messengers, &vendors)
        .unwrap_or_else(|error| panic!("read the catalogue: {error}"));

    let out = env::var_os("OUT_DIR").expect("cargo names the folder");
    fs::write(Path::new(&out).join("catalogue.cbor"), catalogue.to_cbor())
        .expect("cargo's folder can be written");

    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let built = env::var("SOURCE_DATE_EPOCH").unwrap_or_else(|_| BUILT.to_owned());
    println!("cargo::rustc-env=MUSTER_BUILT={built}");
}
