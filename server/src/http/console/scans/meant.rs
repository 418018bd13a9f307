//! Whom pages that ask once more have shown, so that those are meant by whoever confirms it, however a list of many phones moves meanwhile. It is
//! kept in memory: where it is gone and the list has moved, the page asks again.

use muster_proto::id::{DeviceId, Digest};
use muster_proto::time::{Span, Timestamp};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was shown lately, the oldest first.
#[derive(Debug, Default)]
pub struct Meant(Mutex<VecDeque<Shown>>);

/// Whom a page has shown to a session.
#[derive(Debug)]
struct Shown {
    session: Digest,
    /// Says who they are.
    found: Digest,
    devices: Arc<[DeviceId]>,
    at: Timestamp,
}

/// It is remembered for so long.
const KEPT: Span = Span::from_secs(30 * 60);
/// Pages of one session; before a further one the oldest is forgotten.
const OF_A_SESSION: usize = 4;
/// Pages of all sessions.
const PAGES: usize = 1_000;
/// Devices on all of them: 32 MB.
const DEVICES: usize = if cfg!(test) { 2_000 } else { 2_000_000 };

impl Meant {
    /// Remembers whom a page shows.
    pub fn remember(&self, session: Digest, found: Digest, devices: &BTreeSet<DeviceId>, now: Timestamp) {
        let mut shown = self.lock();
        shown.retain(|one| now < one.at + KEPT && (one.session, one.found) != (session, found));
        if shown.iter().filter(|one| one.session == session).count() >= OF_A_SESSION {
            let oldest = shown.iter().position(|one| one.session == session);
            oldest.and_then(|oldest| shown.remove(oldest));
        }
        let mut many = devices.len() + shown.iter().map(|one| one.devices.len()).sum::<usize>();
        while shown.len() >= PAGES || many > DEVICES {
            let Some(oldest) = shown.pop_front() else { return };
            many -= oldest.devices.len();
        }
        shown.push_back(Shown { session, found, devices: devices.iter().copied().collect(), at: now });
    }

    /// Whom a page has shown to this session, if that is remembered.
    #[must_use]
    pub fn recall(&self, session: Digest, found: Digest, now: Timestamp) -> Option<Arc<[DeviceId]>> {
        let shown = self.lock();
        let one = shown.iter().find(|one| (one.session, one.found) == (session, found))?;
        (now < one.at + KEPT).then(|| Arc::clone(&one.devices))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_secs(1_790_000_000)
    }

    fn of(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn devices(many: usize) -> BTreeSet<DeviceId> {
        (0..many as u128).map(|nth| DeviceId(nth.to_be_bytes())).collect()
    }

    #[test]
    fn it_is_the_sessions_own_and_lasts_half_an_hour() {
        let meant = Meant::default();
        meant.remember(of("anna"), of("a"), &devices(3), start());
        assert_eq!(meant.recall(of("anna"), of("a"), start()).map(|shown| shown.len()), Some(3));
        assert_eq!(meant.recall(of("boris"), of("a"), start()), None);
        assert_eq!(meant.recall(of("anna"), of("b"), start()), None);
        meant.remember(of("anna"), of("a"), &devices(3), start() + Span::from_secs(60));
        assert!(meant.recall(of("anna"), of("a"), start() + KEPT).is_some(), "it was shown again");
        assert_eq!(meant.recall(of("anna"), of("a"), start() + KEPT + Span::from_secs(60)), None);
        assert_eq!(meant.lock().len(), 1);
    }

    #[test]
    fn pages_of_a_session_push_out_none_of_another() {
        let meant = Meant::default();
        meant.remember(of("boris"), of("a"), &devices(1), start());
        for nth in 0..=OF_A_SESSION {
            meant.remember(of("anna"), of(&nth.to_string()), &devices(1), start());
        }
        let is_known = |session: &str, found: &str| meant.recall(of(session), of(found), start()).is_some();
        assert!(
            is_known("boris", "a")
                && !is_known("anna", "0")
                && is_known("anna", "1")
                && is_known("anna", "4")
        );
    }

    #[test]
    fn pages_and_devices_are_bounded_and_the_newest_stay() {
        let meant = Meant::default();
        for nth in 0..PAGES + 10 {
            meant.remember(of(&nth.to_string()), of("a"), &devices(1), start());
        }
        assert_eq!(meant.lock().len(), PAGES);
        meant.remember(of("anna"), of("a"), &devices(DEVICES - 2), start());
        assert_eq!(meant.lock().len(), 3);
        meant.remember(of("boris"), of("a"), &devices(DEVICES + 1), start());
        assert_eq!(meant.lock().len(), 0, "what has no room is not remembered");
    }
}
