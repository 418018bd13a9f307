//! Two clocks, and the time that can be trusted on a phone whose own clock can't.
//!
//! Expiries and certificates are judged by the newest time that the server signed plus what the monotonic clock has counted since, never
//! earlier than the build. This time can only lag behind the true one.

use muster_proto::time::{Span, Timestamp};

/// What the phone's clocks show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The clock that people set. It jumps.
    pub wall: Timestamp,
    /// Time since the start of the phone, sleep included. It only grows while the phone is on.
    pub mono: Span,
}

/// Trusted time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trusted {
    base: Timestamp,
    at: Span,
}

impl Trusted {
    /// Goes on from what was saved.
    pub fn new(saved: Timestamp, built: Timestamp, mono: Span) -> Self {
        Self { base: saved.max(built), at: mono }
    }

    /// A time that the server signed has arrived.
    pub fn hear(&mut self, signed: Timestamp, mono: Span) {
        if signed > self.now(mono) {
            *self = Self { base: signed, at: mono };
        }
    }

    /// Not later than the true time.
    pub fn now(&self, mono: Span) -> Timestamp {
        self.base + Span::from_millis(mono.millis().saturating_sub(self.at.millis()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trusted_time_only_grows() {
        let built = Timestamp::from_secs(1_000);
        let mut trusted = Trusted::new(Timestamp::from_secs(10), built, Span::from_secs(5));
        assert_eq!(trusted.now(Span::from_secs(5)), built);
        assert_eq!(trusted.now(Span::from_secs(65)), Timestamp::from_secs(1_060));
        trusted.hear(Timestamp::from_secs(2_000), Span::from_secs(65));
        trusted.hear(Timestamp::from_secs(1_500), Span::from_secs(66));
        assert_eq!(trusted.now(Span::from_secs(66)), Timestamp::from_secs(2_001));
        assert_eq!(trusted.now(Span::from_secs(1)), Timestamp::from_secs(2_000));
    }
}
