//! Makes the tables in `docs/roles.md` anew: `cargo run -p muster-server --example roles`.

use muster_server::http::{admin, openapi};

fn main() -> std::io::Result<()> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/roles.md");
    std::fs::write(page, openapi::roles(&std::fs::read_to_string(page)?, &admin::operations(None)))
}
