//! What leaves the library as an exception: a stable code and a sentence.

use std::fmt;

use muster_agent::core::SendError;
use muster_agent::enrolment::Failure;
use muster_agent::errors::{in_full, one_line};
use muster_agent::page_link::PageLinkError;
use muster_agent::sign::KeyRingError;
use muster_agent::store::StoreError;

/// Everything here fails like this.
pub type Result<T> = std::result::Result<T, Error>;

/// What could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// For programs.
    pub code: &'static str,
    /// For the log and the screen.
    pub text: String,
    /// The class of the Java exception behind it.
    pub class: Option<String>,
}

impl Error {
    /// An error of this code.
    pub fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), class: None }
    }

    /// A Java exception.
    pub fn java(class: &str, message: &str) -> Self {
        Self { code: "java", text: one_line(&format!("{class}: {message}")), class: Some(class.to_owned()) }
    }

    /// Whether a Java exception of one of these classes is behind it.
    pub fn is_java(&self, classes: &[&str]) -> bool {
        self.class.as_deref().is_some_and(|class| classes.contains(&class))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl From<jni::errors::Error> for Error {
    fn from(error: jni::errors::Error) -> Self {
        match error {
            jni::errors::Error::CaughtJavaException { name, msg, .. } => Self::java(&name, &msg),
            other => Self::new("java", one_line(&other.to_string())),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::new(if is_full(&error) { "space" } else { "state" }, in_full(&error))
    }
}

impl From<KeyRingError> for Error {
    fn from(error: KeyRingError) -> Self {
        Self::new(if is_full(&error) { "space" } else { "key" }, in_full(&error))
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Refused { code, detail, .. } => {
                Self::new("refused", one_line(&format!("{code}: {detail}")))
            }
            SendError::Untrusted(_) => Self::new("untrusted-server", in_full(&error)),
            SendError::Unreachable(_) | SendError::Garbled(_) => Self::new("server", in_full(&error)),
        }
    }
}

impl From<PageLinkError> for Error {
    fn from(error: PageLinkError) -> Self {
        match error {
            PageLinkError::Retired => Self::new("request", error.to_string()),
            PageLinkError::Tls(error) => Self::new("untrusted-server", in_full(&error)),
            PageLinkError::Send(error) => error.into(),
            PageLinkError::Key(error) => error.into(),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error.into(),
            Failure::Key(error) => error.into(),
            Failure::Send(error) => error.into(),
            Failure::Tls(error) => Self::new("untrusted-server", in_full(&error)),
            Failure::Enrol(error) => Self::new("untrusted-server", in_full(&error)),
            Failure::Link(error) => Self::new("link", in_full(&error)),
        }
    }
}

/// Whether somewhere behind the error a disk is full.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(kind, Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)) {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        let failed = |kind: std::io::ErrorKind| StoreError::Save { dir: "d".into(), source: kind.into() };
        assert_eq!(Error::from(failed(std::io::ErrorKind::StorageFull)).code, "space");
        assert_eq!(Error::from(failed(std::io::ErrorKind::PermissionDenied)).code, "state");
    }

    #[test]
    fn a_refusal_begins_with_the_servers_code() {
        let refused = SendError::Refused {
            status: 403,
            code: "token".to_owned(),
            detail: "spent".to_owned(),
            retry_after: None,
            nonce: None,
        };
        let error = Error::from(refused);
        assert_eq!((error.code, error.text.as_str()), ("refused", "token: spent"));
    }
}
