//! Waiting for the thing itself, with an end.

use anyhow::bail;
use std::time::{Duration, Instant};

/// Asks `look` until it has an answer, for at most `patience`. `what` is waited for ("the report").
///
/// # Errors
/// It did not come in time, or looking went wrong.
pub fn until<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let start = now();
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if start.elapsed() > patience {
            bail!("waited {} s for {what}", patience.as_secs_f32());
        }
        doze(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// As [`until`], for tests: panics where there is no answer in time.
#[track_caller]
pub fn wait_for<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    match until(what, patience, || Ok(look())) {
        Ok(found) => found,
        Err(error) => panic!("{error:#}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one clock of this library")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the pause between two looks at what is waited for")]
fn doze(pause: Duration) {
    std::thread::sleep(pause);
}
