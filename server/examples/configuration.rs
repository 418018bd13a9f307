//! Prints the page about configuration, or the commented file:
//! `cargo run -p muster-server --example configuration -- page > docs/configuration.md`,
//! `cargo run -p muster-server --example configuration -- file > server/server.toml.example`.

use muster_server::config::reference;
use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("page") => print!("{}", reference::page()),
        Some("file") => print!("{}", reference::example()),
        _ => {
            eprintln!("say which: page or file");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
