//! A CA of a test's own, and certificates that fit, don't fit, and change.

use super::*;
use crate::certificates::ends;
use muster_proto::time::Span;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

struct Authority {
    params: CertificateParams,
    key: KeyPair,
    der: CertificateDer<'static>,
}

fn authority(name: &str) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let der = params.self_signed(&key).unwrap().der().clone();
    Authority { params, key, der }
}

impl Authority {
    /// A certificate for `host` with its key, until the end of `year`.
    fn issue(&self, host: &str, year: i32) -> (String, String) {
        self.issue_from(2020, host, year)
    }

    /// The same, from the begin of the year `first` on.
    fn issue_from(&self, first: i32, host: &str, year: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(first, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 12, 31);
        let certificate = params.signed_by(&key, &Issuer::new(self.params.clone(), &self.key)).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

fn now() -> Timestamp {
    "2027-03-28T09:00:00Z".parse().unwrap()
}

fn open(
    folder: &Path,
    (pem, key): &(String, String),
    host: &str,
    ca: Option<&Authority>,
) -> Result<GivenCertificate, String> {
    let files = Files { certificate: folder.join("c.pem"), key: folder.join("c.key") };
    std::fs::write(&files.certificate, pem).unwrap();
    std::fs::write(&files.key, key).unwrap();
    let purpose = Purpose { host: host.to_owned(), ca: ca.map(|ca| ca.der.clone()) };
    GivenCertificate::open(files, purpose, now()).map_err(|error| error.to_string())
}

#[test]
fn what_fits_is_taken_and_what_does_not_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let open = |pair: &_, host: &str, ca| open(folder.path(), pair, host, ca);
    let (ours, others) = (authority("ours"), authority("others"));
    let good = ours.issue("muster.example.org", 2027);
    let given = open(&good, "muster.example.org", Some(&ours)).unwrap();
    assert_eq!(
        ends(&given.certificate().unwrap()).map(|ends| ends.to_string()).as_deref(),
        Some("2027-12-31T00:00:00Z")
    );
    let said = |pair: &_, host: &str, ca| open(pair, host, ca).unwrap_err();
    let other_name = said(&good, "muster.example.com", Some(&ours));
    assert!(other_name.contains("not for muster.example.com, but for"), "{other_name}");
    let other_ca = said(&good, "muster.example.org", Some(&others));
    assert!(other_ca.contains("phones would refuse it: it does not lead to that CA"), "{other_ca}");
    let old = said(&ours.issue("muster.example.org", 2025), "muster.example.org", None);
    assert!(old.contains("it has expired on 2025-12-31"), "{old}");
    let key = ours.issue("muster.example.org", 2027).1;
    let other_key = said(&(good.0.clone(), key), "muster.example.org", None);
    assert!(other_key.contains("is not the key of the certificate"), "{other_key}");
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(said(&(good.0.clone(), locked.to_owned()), "muster.example.org", None).contains("encrypted"));
    let none = said(&(String::new(), good.1.clone()), "muster.example.org", None);
    assert!(none.contains("no certificate in PEM"), "{none}");
}

#[test]
fn one_that_is_not_valid_yet_is_shown_once_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let ours = authority("ours");
    let given = open(folder.path(), &ours.issue("a.example", 2027), "a.example", Some(&ours)).unwrap();
    let first = given.certificate();
    let (pem, key) = ours.issue_from(2028, "a.example", 2029);
    std::fs::write(folder.path().join("c.pem"), pem).unwrap();
    std::fs::write(folder.path().join("c.key"), key).unwrap();
    let early = given.renew(now()).unwrap_err().to_string();
    assert!(early.contains("it is valid from 2028-01-01"), "{early}");
    assert_eq!(given.certificate(), first);
    assert!(given.renew("2028-01-01T00:00:01Z".parse().unwrap()).unwrap(), "its files have not changed");
    assert_ne!(given.certificate(), first);
}

#[test]
fn rsa_keys_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str| std::fs::read_to_string(Path::new(FIXTURES).join(name)).unwrap();
    let pair = (text("rsa.pem"), text("rsa.key"));
    open(folder.path(), &pair, "muster.example.org", None).unwrap();
}

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates");

#[test]
fn a_new_one_is_shown_when_it_fits_and_the_old_one_stays_when_not() {
    let folder = tempfile::tempdir().unwrap();
    let ours = authority("ours");
    let given = open(folder.path(), &ours.issue("a.example", 2027), "a.example", Some(&ours)).unwrap();
    let first = given.certificate();
    assert!(!given.renew(now()).unwrap(), "nothing has changed");
    let (pem, key) = ours.issue("a.example", 2028);
    std::fs::write(folder.path().join("c.pem"), &pem).unwrap();
    let error = given.renew(now()).unwrap_err().to_string();
    assert!(error.contains("is not the key"), "half of a new pair: {error}");
    let again = given.renew(now()).unwrap_err().to_string();
    assert_eq!(again, error, "who asks again hears it again");
    assert_eq!(given.certificate(), first);
    std::fs::write(folder.path().join("c.key"), &key).unwrap();
    assert!(given.renew(now()).unwrap());
    assert_ne!(given.certificate(), first);
    std::fs::remove_file(folder.path().join("c.key")).unwrap();
    assert!(given.renew(now() + Span::from_hours(1)).unwrap_err().to_string().starts_with("read "));
}
