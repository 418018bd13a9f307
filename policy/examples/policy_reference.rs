//! Prints the page about policy documents:
//! `cargo run -p muster-policy --features document --example policy_reference > docs/policy-reference.md`.

fn main() {
    print!("{}", muster_policy::document::reference());
}
