//! Holds messages against the grammar: `cargo run -p muster-proto --example check-cddl FILE…`.

use std::process::ExitCode;

const GRAMMAR: &str = include_str!("../cddl/muster.cddl");

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("usage: check-cddl FILE…");
        return ExitCode::from(2);
    }
    let mut code = ExitCode::SUCCESS;
    for file in files {
        match check(&file) {
            Ok(()) => println!("cddl: {file}: as the grammar says"),
            Err(why) => {
                println!("cddl: {file}: {why}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

/// Holds one file against the rule for its kind, or against all of them where the kind can't be read.
fn check(file: &str) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|error| format!("read the file: {error}"))?;
    let kind = muster_proto::cose::Envelope::parse(&bytes).map(|envelope| envelope.typ.media_type());
    let start =
        kind.ok().and_then(|kind| kind.strip_prefix("application/vnd.muster.")?.strip_suffix("+cose"));
    let rule = start.map_or_else(|| "message".to_owned(), |kind| format!("{kind}-message"));
    let grammar = format!("start = {rule}\n{GRAMMAR}");
    cddl::validate_cbor_from_slice(&grammar, &bytes, None).map_err(|error| error.to_string())
}
