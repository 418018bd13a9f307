//! When to try again: twice as long after each failure, up to a bound, spread so that a fleet doesn't come back all at once.

use muster_proto::time::Span;

use super::entropy::Entropy;

/// The longest wait that a failure, or a server's `Retry-After`, can cause.
pub const MAX_WAIT: Span = Span::from_secs(3600);

/// Waiting after failures.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Span,
    longest: Span,
    failures: u32,
    until: Span,
    asked: bool,
}

impl Backoff {
    /// Waits about `first` after the first failure, never longer than `longest`.
    #[must_use]
    pub const fn new(first: Span, longest: Span) -> Self {
        Self { first, longest, failures: 0, until: Span::from_millis(0), asked: false }
    }

    /// The moment of the monotonic clock before which nothing is tried.
    #[must_use]
    pub const fn until(&self) -> Span {
        self.until
    }

    /// Whether it may be tried now.
    #[must_use]
    pub fn is_over(&self, mono: Span) -> bool {
        mono >= self.until
    }

    /// It worked.
    pub fn succeeded(&mut self) {
        self.failures = 0;
        self.until = Span::default();
        self.asked = false;
    }

    /// It failed at `mono`; the server may have said how long to wait.
    pub fn failed(&mut self, mono: Span, asked: Option<Span>, entropy: &mut Entropy) {
        let doubled = self.first.millis().saturating_mul(1_u64 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.min(self.longest.millis());
        // Between half and all of it, and what the server asks for at the least, with a little on top.
        let own = wait / 2 + entropy.below(wait / 2 + 1);
        self.asked = asked.is_some();
        let asked =
            asked.map_or(0, |asked| asked.millis().saturating_add(entropy.below(asked.millis() / 8 + 1)));
        self.until = after(mono, Span::from_millis(own.max(asked).min(MAX_WAIT.millis())));
    }

    /// It failed in a way that haste can't help.
    pub fn failed_for_long(&mut self, mono: Span, entropy: &mut Entropy) {
        self.failures = 20;
        self.failed(mono, None, entropy);
    }

    /// Nothing before `until`, however it goes.
    pub fn hold(&mut self, until: Span) {
        self.until = until;
        self.asked = true;
    }

    /// Something shows that it may work: try soon, unless the server has asked to wait.
    pub fn hurry(&mut self) {
        if !self.asked {
            self.until = Span::default();
        }
    }

    /// A person wants it now.
    pub fn forget(&mut self) {
        self.until = Span::default();
        self.asked = false;
    }
}

/// The moment `wait` after `mono`.
pub(super) fn after(mono: Span, wait: Span) -> Span {
    Span::from_millis(mono.millis().saturating_add(wait.millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let mut entropy = Entropy::new([7; 32]);
        let mut backoff = Backoff::new(Span::from_secs(5), Span::from_secs(3600));
        let now = Span::from_secs(100);
        let mut longest = 0;
        for failure in 0..100_u32 {
            backoff.failed(now, None, &mut entropy);
            let wait = backoff.until().secs() - now.secs();
            let full = 5_u64.saturating_mul(1 << failure.min(20)).min(3600);
            assert!((full / 2..=full).contains(&wait), "failure {failure}: {wait} of {full}");
            longest = longest.max(wait);
        }
        assert!(longest > 1800);
        backoff.failed(now, Some(Span::from_secs(1_000_000)), &mut entropy);
        assert_eq!(backoff.until(), after(now, MAX_WAIT));
        backoff.failed(now, Some(Span::from_secs(u64::MAX)), &mut entropy);
        assert_eq!(backoff.until(), after(now, MAX_WAIT));
        backoff.succeeded();
        assert!(backoff.is_over(Span::default()));
    }

    #[test]
    fn the_server_is_heard() {
        let mut entropy = Entropy::new([8; 32]);
        let mut backoff = Backoff::new(Span::from_secs(1), Span::from_secs(60));
        backoff.failed(Span::default(), Some(Span::from_secs(120)), &mut entropy);
        assert!((120..=135).contains(&backoff.until().secs()));
    }
}
