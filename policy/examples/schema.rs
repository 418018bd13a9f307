//! Prints the JSON Schema of the policy document: `cargo run -p muster-policy --features document --example schema`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match muster_policy::document::schema_text() {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("write the schema: {error}");
            ExitCode::FAILURE
        }
    }
}
