//! Which certificates are believed: those of one CA, and no other. Whoever has only its fingerprint fetches it from the server without trust
//! and compares: the fetched certificate is public, and a wrong one has another fingerprint.

use anyhow::{Context as _, bail};
use muster_proto::id::Digest;
use muster_trust::provider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Believes the certificates in `pem`, and what they have signed.
pub fn only(pem: &str) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        bail!("no certificate in it");
    }
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// SHA-256 of the one certificate in `pem`.
pub fn fingerprint(pem: &str) -> anyhow::Result<Digest> {
    let mut certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    let first = certificates.next().context("no certificate in it")??;
    if certificates.next().is_some() {
        bail!("more than one certificate in it");
    }
    Ok(Digest::of(&first))
}

/// A fingerprint as people copy it: 64 hexadecimal digits, with colons or spaces, in either case; what `openssl` prints before it is left out.
pub fn read_fingerprint(text: &str) -> Result<Digest, String> {
    let digits = text.rsplit('=').next().unwrap_or_default();
    let digits: String = digits.chars().filter(|char| !matches!(char, ':' | ' ')).collect();
    digits
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| "a fingerprint has 64 hexadecimal digits (SHA-256)".to_owned())
}

/// A fingerprint as browsers and `openssl` show it.
pub fn shown(digest: &Digest) -> String {
    digest.0.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_no_ca() {
        assert!(only("").is_err());
        assert!(only("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err());
        assert!(fingerprint("").is_err());
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_shown_anywhere() {
        let digest = Digest([0xAB; 32]);
        let colons = shown(&digest);
        assert_eq!(colons.len(), 95);
        for text in
            [colons.clone(), "ab".repeat(32), format!("sha256 Fingerprint={colons}"), "AB ".repeat(32)]
        {
            assert_eq!(read_fingerprint(&text), Ok(digest), "{text}");
        }
        for wrong in ["", "ab", &"ag".repeat(32), &"ab".repeat(33)] {
            assert!(read_fingerprint(wrong).is_err(), "{wrong}");
        }
    }
}
