//! When the next periodic report is due. Only the monotonic clock counts: a wall clock that jumps neither hastens nor delays one.

use muster_proto::cbor::List;
use muster_proto::facts::{ChannelMode, Schedule};
use muster_proto::id::{DeviceId, Digest};
use muster_proto::time::Span;

use super::backoff::after;
use super::entropy::Entropy;

/// What holds until a policy says otherwise.
#[must_use]
pub fn default_schedule() -> Schedule {
    Schedule {
        report_every: Span::from_hours(4),
        spread: Span::from_secs(600),
        channel: ChannelMode::Awake,
        silent_after: Span::from_hours(26),
        remind: List(vec![Span::from_hours(72), Span::from_hours(24)]),
    }
}

/// The moment of the next periodic report after one that was made at `mono`.
///
/// Half of the spread is the device's own, so that a fleet which was started at one moment stays apart; half is drawn anew.
pub(super) fn next_periodic(
    schedule: &Schedule,
    device: DeviceId,
    mono: Span,
    entropy: &mut Entropy,
) -> Span {
    let half = schedule.spread.millis() / 2;
    let own = Digest::of(&device.0).0;
    let own =
        u64::from_be_bytes([own[0], own[1], own[2], own[3], own[4], own[5], own[6], own[7]]) % (half + 1);
    let wait = schedule.report_every.millis().max(SHORTEST.millis());
    after(mono, Span::from_millis(wait.saturating_add(own).saturating_add(entropy.below(half + 1))))
}

/// A policy can't make a phone report without pause.
const SHORTEST: Span = Span::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_spread_within_the_bound() {
        let mut entropy = Entropy::new([1; 32]);
        let schedule = default_schedule();
        for device in 0..200_u8 {
            let due = next_periodic(&schedule, DeviceId([device; 16]), Span::from_secs(10), &mut entropy);
            assert!(due >= Span::from_secs(10 + 4 * 3600));
            assert!(due <= Span::from_secs(10 + 4 * 3600 + 600));
        }
        let none = Schedule { report_every: Span::default(), spread: Span::default(), ..schedule };
        let due = next_periodic(&none, DeviceId([1; 16]), Span::default(), &mut entropy);
        assert_eq!(due, SHORTEST);
    }
}
