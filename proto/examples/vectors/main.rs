//! Writes the vectors in `proto/vectors`, which other implementations can be held against.
//!
//! `cargo run -p muster-proto --example vectors` writes them; with `--messages DIR` it writes the bare messages there, by kind, as
//! seeds for fuzzing and for programs that don't read JSON.

mod bad;
mod bad_claims;
mod faults;
mod good;
mod keys;
mod raw;
mod samples;
mod served;
mod vector;

use std::error::Error;
use std::path::{Path, PathBuf};
use vector::Vector;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => write_vectors(),
        [flag, folder] if flag == "--messages" => write_messages(Path::new(folder)),
        _ => Err("usage: vectors [--messages DIR]".into()),
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

fn write_messages(folder: &Path) -> Result<(), Box<dyn Error>> {
    let keys = keys::Keys::load();
    for vector in good::all(&keys).into_iter().chain(bad::all(&keys)) {
        let folder = folder.join(vector.open_as.word());
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(&vector.name), &vector.message)?;
    }
    Ok(())
}
