//! What is shown to those elsewhere, and whom of them is believed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::certificates::{CertificateError, chain};

/// Why nobody elsewhere can be asked.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A file can't be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of a secret has none.
    #[error("{} is empty", .0.display())]
    NoSecret(PathBuf),
    /// The CA is none.
    #[error(transparent)]
    Ca(#[from] CertificateError),
    /// TLS can't be set up.
    #[error("set up TLS: {0}")]
    Tls(String),
}

/// A secret from a file, on one line.
pub(super) fn password(path: &Path) -> Result<String, FileError> {
    let text = String::from_utf8_lossy(&read(path)?).trim_end_matches(['\r', '\n']).to_owned();
    if text.is_empty() { Err(FileError::NoSecret(path.to_owned())) } else { Ok(text) }
}

/// TLS that believes the CAs of the machine, and those of a file.
pub(super) fn tls(ca: Option<&Path>) -> Result<rustls::ClientConfig, FileError> {
    let mut roots = rustls::RootCertStore::empty();
    // CAs of the machine that can't be read are as good as not there
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca {
        let flawed = |why| CertificateError::Flawed { path: path.to_owned(), why };
        roots.add_parsable_certificates(chain(&read(path)?).map_err(flawed)?);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| FileError::Tls(error.to_string()))?;
    Ok(tls.with_root_certificates(roots).with_no_client_auth())
}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(|source| FileError::Read { path: path.to_owned(), source })
}
