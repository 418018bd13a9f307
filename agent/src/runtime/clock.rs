//! Where time and randomness enter.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use muster_proto::time::{Span, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::core::Clocks;

/// The clocks and the random source of this system.
#[derive(Debug, Clone)]
pub struct Clock {
    started: Instant,
    random: SystemRandom,
    seed: [u8; 32],
}

/// The system gives no randomness.
#[derive(Debug, thiserror::Error)]
#[error("draw random bytes from the system")]
pub struct NoRandomness;

impl Clock {
    /// The clocks of this system, and a seed for one run.
    ///
    /// # Errors
    /// There is no randomness to be had.
    #[expect(clippy::disallowed_methods, reason = "the runtime owns the clock and the random source")]
    pub fn system() -> Result<Self, NoRandomness> {
        let random = SystemRandom::new();
        let mut seed = [0; 32];
        random.fill(&mut seed).map_err(|_| NoRandomness)?;
        Ok(Self { started: Instant::now(), random, seed })
    }

    /// What the clocks show.
    #[must_use]
    pub fn now(&self) -> Clocks {
        Clocks {
            wall: wall(),
            mono: since_boot().unwrap_or_else(|| Span::from_millis(millis(self.started.elapsed()))),
        }
    }

    /// The random source.
    #[must_use]
    pub fn random(&self) -> SystemRandom {
        self.random.clone()
    }

    /// The seed of this run.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.seed
    }
}

#[expect(clippy::disallowed_methods, reason = "the runtime owns the clock")]
fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The kernel's time since the start, which goes on while the device sleeps, unlike `Instant`. Asked of the kernel itself: Android lets no
/// application read `/proc/uptime`.
#[must_use]
pub fn since_boot() -> Option<Span> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec).ok()?, u64::try_from(time.tv_nsec).ok()?);
    (seconds > 0 || nanos > 0).then(|| Span::from_millis(seconds.saturating_mul(1000) + nanos / 1_000_000))
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
