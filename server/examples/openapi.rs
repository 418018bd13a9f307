//! Writes what is generated from the API: `cargo run -p muster-server --example openapi > server/openapi.json`; with `--codes` the lists in
//! `docs/api.md` (what takes an idempotency key, the problem codes) anew.

use muster_server::http::{admin, openapi};
use muster_server::problems;

fn main() -> std::io::Result<()> {
    if !std::env::args().any(|argument| argument == "--codes") {
        print!("{}", openapi::text(&openapi::document(&admin::operations(None))));
        return Ok(());
    }
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
    std::fs::write(page, problems::listed_in(&std::fs::read_to_string(page)?))
}
