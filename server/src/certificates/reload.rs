//! Given certificates are looked at every few seconds, and at SIGHUP: who renews them needs to tell nobody.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;

use super::{GivenCertificate, ends};
use crate::clock::Clock;

/// Two small files are read this often.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until the server stops.
pub async fn keep_watch(given: Vec<Arc<GivenCertificate>>, clock: Arc<dyn Clock>, mut hangup: Signal) {
    let mut said = HashMap::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = hangup.recv() => {
                tracing::info!("reading certificates again");
                // whoever asks for it wants to hear what is wrong, even if it was said before
                said.clear();
            }
        }
        for one in &given {
            look(one, &*clock, &mut said);
        }
    }
}

fn look(one: &GivenCertificate, clock: &dyn Clock, said: &mut HashMap<PathBuf, String>) {
    let file = one.path().display();
    match one.renew(clock.now()) {
        Ok(true) => {
            let ends = one.certificate().and_then(|certificate| ends(&certificate));
            let ends = ends.map(|ends| ends.to_string()).unwrap_or_default();
            tracing::info!(%file, ends, "a new certificate is shown");
            said.remove(one.path());
        }
        Ok(false) => {}
        Err(error) => {
            let mut why = error.to_string();
            if let Some(source) = std::error::Error::source(&error) {
                why = format!("{why}: {source}");
            }
            if said.insert(one.path().to_owned(), why.clone()).as_ref() != Some(&why) {
                tracing::error!(%file, why, "the new certificate does not fit: the old one stays");
            }
        }
    }
}
