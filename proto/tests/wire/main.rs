//! The wire as others see it: through the public interface, the committed vectors and the grammar.

#[path = "../../examples/vectors/bad.rs"]
mod bad;
#[path = "../../examples/vectors/bad_claims.rs"]
mod bad_claims;
mod envelope;
#[path = "../../examples/vectors/faults.rs"]
mod faults;
#[path = "../../examples/vectors/good.rs"]
mod good;
mod grammar;
#[path = "../../examples/vectors/keys.rs"]
mod keys;
mod keys_in_step;
mod made_up;
mod properties;
#[path = "../../examples/vectors/raw.rs"]
mod raw;
mod report;
#[path = "../../examples/vectors/samples.rs"]
mod samples;
#[path = "../../examples/vectors/served.rs"]
mod served;
#[path = "../../examples/vectors/vector.rs"]
mod vector;
mod vectors;
