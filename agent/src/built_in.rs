//! What the agent was built with: its version, its catalogue, the moment before which it believes no time.

use std::sync::Arc;

use muster_proto::catalogue::Catalogue;
use muster_proto::facts::Protection;
use muster_proto::text::Text;
use muster_proto::time::Timestamp;

use crate::core::Config;

/// Version of the agent.
#[must_use]
pub fn version() -> Text<24> {
    Text::clipped(env!("CARGO_PKG_VERSION"))
}

/// The catalogue.
///
/// # Panics
/// Never: the build has read it.
#[must_use]
pub fn catalogue() -> Catalogue {
    let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.cbor"));
    Catalogue::from_cbor(bytes).expect("the build wrote a catalogue")
}

/// The moment before which no time is believed.
#[must_use]
pub fn built() -> Timestamp {
    Timestamp::from_secs(env!("MUSTER_BUILT").parse().unwrap_or(0))
}

/// The configuration of a software agent: with a channel and a schedule, or for one report.
#[must_use]
pub fn config(resident: bool) -> Config {
    Config {
        version: version(),
        protection: Protection::Software,
        built: built(),
        catalogue: Arc::new(catalogue()),
        resident,
        channel: resident,
    }
}

/// The configuration for a piece of work that the system starts: it keeps at it, and has no channel.
#[must_use]
pub fn job_config() -> Config {
    Config { channel: false, ..config(true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_inside() {
        assert!(catalogue().messenger("telegram").is_some());
        assert!(built() > Timestamp::from_secs(1_700_000_000));
        assert_eq!(version().as_str(), env!("CARGO_PKG_VERSION"));
    }
}
