//! Given certificates are looked at every few seconds, and at SIGHUP: who renews them needs to tell nobody.

use std::collections::HashMap;
use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::Signal;

use super::{CertificateError, GivenCertificate, ends};
use crate::clock::Clock;

/// Two small files are read this often.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until the server stops.
pub async fn keep_watch(given: Vec<Arc<GivenCertificate>>, clock: Arc<dyn Clock>, mut hangup: Signal) {
    let mut said = Said::default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = hangup.recv() => {
                tracing::info!("reading certificates again");
                said.forget();
            }
        }
        for one in &given {
            let news = said.news(one.path().to_owned(), one.renew(clock.now()));
            tell(one, news);
        }
    }
}

/// What was said of each file, so that each reason is said once.
#[derive(Debug, Default)]
struct Said(HashMap<PathBuf, String>);

/// What a look has brought.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Renewed,
    Refused(String),
}

impl Said {
    /// Whoever asks for a look wants to hear what is wrong, even if it was said before.
    fn forget(&mut self) {
        self.0.clear();
    }

    fn news(&mut self, file: PathBuf, looked: Result<bool, CertificateError>) -> Option<News> {
        let error = match looked {
            Ok(renewed) => {
                self.0.remove(&file);
                return renewed.then_some(News::Renewed);
            }
            Err(error) => error,
        };
        let why = match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        let before = self.0.insert(file, why.clone());
        (before.as_ref() != Some(&why)).then_some(News::Refused(why))
    }
}

fn tell(one: &GivenCertificate, news: Option<News>) {
    let file = one.path().display();
    match news {
        Some(News::Renewed) => {
            let ends = one.certificate().and_then(|certificate| ends(&certificate));
            let ends = ends.map(|ends| ends.to_string()).unwrap_or_default();
            tracing::info!(%file, ends, "a new certificate is shown");
        }
        Some(News::Refused(why)) => {
            tracing::error!(%file, why, "the new certificate does not fit: the old one stays");
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(why: &str) -> Result<bool, CertificateError> {
        Err(CertificateError::Flawed { path: "c.pem".into(), why: why.to_owned() })
    }

    fn said(why: &str) -> Option<News> {
        Some(News::Refused(format!("c.pem: {why}")))
    }

    #[test]
    fn each_reason_is_said_once_and_again_to_whoever_asks() {
        let mut all = Said::default();
        let mut news = |looked| all.news("c.pem".into(), looked);
        assert_eq!(news(refused("too early")), said("too early"));
        assert_eq!(news(refused("too early")), None);
        assert_eq!(news(refused("another name")), said("another name"));
        assert_eq!(news(Ok(true)), Some(News::Renewed));
        assert_eq!(news(Ok(false)), None);
        assert_eq!(news(refused("another name")), said("another name"), "it was mended between");
        all.forget();
        assert_eq!(all.news("c.pem".into(), refused("another name")), said("another name"), "a reload");
    }
}
