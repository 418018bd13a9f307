//! The CA that phones trust: its digest is in every link, and an enrolled phone believes nothing else. Which one it was is kept in the data
//! folder, so that no change of files locks phones out by accident.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use muster_proto::id::Digest;
use rustls::pki_types::CertificateDer;
use std::fmt::Write as _;
use std::path::Path;

use super::fingerprint;
use super::given::read;
use super::judged::{CertificateError, chain};
use crate::keys::{self, Ca};
use crate::store::{Store, StoreError, values};

/// The CA that phones trust.
#[derive(Debug, Clone)]
pub struct PhoneCa {
    /// The certificate in PEM, and nothing else.
    pub pem: String,
    /// SHA-256 of the certificate in DER: what links carry.
    pub digest: Digest,
    /// The certificate in DER.
    pub der: CertificateDer<'static>,
}

impl PhoneCa {
    /// The server's own CA.
    ///
    /// # Errors
    /// Its file has no certificate.
    pub fn own(ca: &Ca) -> Result<Self, CertificateError> {
        Self::of(Path::new("ca.pem"), ca.pem.as_bytes())
    }

    /// The CA in a file.
    ///
    /// # Errors
    /// It can't be read, or has not exactly one certificate.
    pub fn open(path: &Path) -> Result<Self, CertificateError> {
        Self::of(path, &read(path)?)
    }

    fn of(path: &Path, pem: &[u8]) -> Result<Self, CertificateError> {
        let flawed = |why| CertificateError::Flawed { path: path.to_owned(), why };
        let found = chain(pem).map_err(flawed)?;
        let [der] = <[CertificateDer<'static>; 1]>::try_from(found).map_err(|found| {
            flawed(format!("it has {} certificates, and a phone trusts one", found.len()))
        })?;
        // made anew: what else is in the file (a key?) is nobody's business
        Ok(Self { pem: encoded(&der), digest: Digest::of(&der), der })
    }
}

/// Makes sure that no phone is locked out by a change of the CA, unless that was `accepted`.
///
/// # Errors
/// Phones are enrolled under another CA; the store's, or the folder's.
pub async fn settle(
    store: &Store,
    folder: &Path,
    ca: &PhoneCa,
    own: &PhoneCa,
    accepted: Option<Digest>,
) -> Result<(), CertificateError> {
    let path = folder.join(keys::PHONE_CA);
    let before = kept(folder)?.unwrap_or(own.digest);
    if before != ca.digest {
        let phones = store.read(|tx| enrolled(tx)).await?;
        if phones > 0 && accepted != Some(ca.digest) {
            return Err(CertificateError::OtherCa(locked_out(phones, before, ca.digest)));
        }
        if phones > 0 {
            tracing::warn!(
                phones,
                "phones trust another CA from now on: those that are enrolled must be enrolled anew"
            );
        }
    }
    keys::write_public(&path, ca.pem.as_bytes())
        .map_err(|error| CertificateError::Flawed { path, why: error.to_string() })
}

/// The CA that links have carried until now, where any have.
///
/// # Errors
/// The file that says it can't be read.
pub fn kept(folder: &Path) -> Result<Option<Digest>, CertificateError> {
    let (kept, own) = (folder.join(keys::PHONE_CA), folder.join("ca.pem"));
    // before there was a choice, it was the server's own
    let path = if kept.exists() { kept } else { own };
    if path.exists() { PhoneCa::open(&path).map(|ca| Some(ca.digest)) } else { Ok(None) }
}

fn enrolled(tx: &mut dyn crate::store::Tx) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM devices WHERE status IN ($1, $2)";
    let row = tx.query_one(sql, &values!["active", "pending"])?;
    row.ok_or(StoreError::Column("a count"))?.take()
}

fn locked_out(phones: i64, before: Digest, now: Digest) -> String {
    let now = fingerprint(now);
    format!(
        "{phones} phones are enrolled under another CA (SHA-256 {}) and trust nothing else: with phone-ca {now} none of them would ever report again. \
         Leave phones their CA, and give people a listener with a certificate of its own (admin-listen, admin-tls-certificate); or, if every phone \
         is to be enrolled anew, set accept-phone-ca to {now}",
        fingerprint(before)
    )
}

fn encoded(der: &CertificateDer<'_>) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        // writing to a string does not fail
        writeln!(pem, "{}", String::from_utf8_lossy(line)).ok();
    }
    pem + "-----END CERTIFICATE-----\n"
}
