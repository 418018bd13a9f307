//! What all simulated phones share: clocks, chance, the catalogue, and the book of what happened.

use crate::tally::Tally;
use muster_agent::core::Clocks;
use muster_proto::catalogue::{Catalogue, CatalogueError};
use muster_proto::time::{Span, Timestamp};
use ring::rand::SystemRandom;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The shared surroundings.
pub struct World {
    /// Source of keys and of seeds.
    pub random: SystemRandom,
    /// What agents are built with.
    pub catalogue: Arc<Catalogue>,
    /// When the simulated agents were built: they believe no time before.
    pub built: Timestamp,
    /// What happened.
    pub tally: Tally,
    start: Instant,
}

impl World {
    /// Fresh surroundings.
    ///
    /// # Errors
    /// The catalogue doesn't hold together.
    #[expect(clippy::disallowed_methods, reason = "the runtime of the simulated phones owns their chance")]
    pub fn new() -> Result<Self, CatalogueError> {
        Ok(Self {
            random: SystemRandom::new(),
            catalogue: Arc::new(crate::model::catalogue()?),
            built: Timestamp::from_secs(1_767_225_600),
            tally: Tally::default(),
            start: now(),
        })
    }

    /// What the clocks of all phones show.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the runtime of the simulated phones owns their clocks")]
    pub fn clocks(&self) -> Clocks {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(0));
        Clocks { wall, mono: span(self.start.elapsed()) }
    }

    /// The moment at which the phones' monotonic clocks show `mono`.
    #[must_use]
    pub fn moment(&self, mono: Span) -> Instant {
        self.start + Duration::from(mono)
    }
}

/// The clock by which the simulator measures.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the runtime of the simulated phones owns their clocks")]
pub fn now() -> Instant {
    Instant::now()
}

fn span(duration: Duration) -> Span {
    Span::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
