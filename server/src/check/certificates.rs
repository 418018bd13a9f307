//! Whether certificates hold, for how long, and whether what answers at the public address is what phones trust.

use muster_proto::time::Timestamp;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Finding, SOON, in_full};
use crate::certificates::{self, GivenCertificate, PhoneCa, Purpose, ends, fingerprint};
use crate::config::{Config, Listener, PublicUrl, Shows};

pub fn look(config: &Config, running: bool, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    let ca = phone_ca(config, now, &mut found);
    let given = config.phone_ca.is_some().then(|| ca.clone()).flatten();
    found.extend(listener("listen", &config.phones, "server", config, given, running, now));
    if let Some(people) = &config.people {
        found.extend(listener("admin-listen", people, "admin", config, None, running, now));
    }
    if let (Some(public), Some(ca), true) = (&config.phones.public, ca, running) {
        found.push(as_phones_see(public, ca));
    }
    found
}

/// The CA that phones trust; `None` where there is none yet.
fn phone_ca(config: &Config, now: Timestamp, found: &mut Vec<Finding>) -> Option<CertificateDer<'static>> {
    let own = config.data.join("ca.pem");
    let path = config.phone_ca.as_deref().unwrap_or(&own);
    if config.phone_ca.is_none() && !path.exists() {
        found.push(Finding::ok("phone-ca", "the server's own CA will be made at the first start"));
        return None;
    }
    let ca = match PhoneCa::open(path) {
        Ok(ca) => ca,
        Err(error) => {
            found.push(Finding::failure(
                "phone-ca",
                in_full(&error),
                "give the certificate of the CA in PEM",
            ));
            return None;
        }
    };
    found.push(ending("phone-ca", path, &ca.der, now, "phones must be enrolled under a new CA before that"));
    let kept = certificates::kept(&config.data).unwrap_or(None);
    if let Some(kept) = kept.filter(|kept| *kept != ca.digest && config.accepted != Some(ca.digest)) {
        let (kept, new) = (fingerprint(kept), fingerprint(ca.digest));
        found.push(Finding::warning(
            "phone-ca",
            format!("it is another CA ({new}) than links have carried until now ({kept})"),
            "the server will not start while phones are enrolled under the other: leave them their CA, or see accept-phone-ca",
        ));
    }
    Some(ca.der)
}

fn listener(
    key: &str,
    listener: &Listener,
    stem: &str,
    config: &Config,
    ca: Option<CertificateDer<'static>>,
    running: bool,
    now: Timestamp,
) -> Option<Finding> {
    let what = format!("certificate of {key}");
    match &listener.shows {
        Shows::Plain => Some(Finding::ok(&what, "none: a proxy speaks TLS")),
        Shows::Own => own(&what, &config.data.join(format!("{stem}.pem")), running, now),
        Shows::Files(files) => {
            let host = listener.public.as_ref().map_or("", |public| public.host()).to_owned();
            let given = GivenCertificate::open(files.clone(), Purpose { host, ca }, now);
            Some(match given.as_ref().map(GivenCertificate::certificate) {
                Ok(Some(der)) => ending(
                    &what,
                    &files.certificate,
                    &der,
                    now,
                    "renew it; the server sees the new files by itself",
                ),
                Ok(None) => return None,
                Err(error) => Finding::failure(
                    &what,
                    in_full(error),
                    "give a certificate that fits, with its key; the server sees new files by itself",
                ),
            })
        }
    }
}

/// The server's own are renewed by itself, long before their end.
fn own(what: &str, path: &Path, running: bool, now: Timestamp) -> Option<Finding> {
    if !path.exists() {
        return Some(Finding::ok(what, "it will be made at the first start"));
    }
    let der = std::fs::read(path).ok().and_then(|pem| certificates::chain(&pem).ok()?.into_iter().next());
    match der.as_ref().map(ends) {
        None => Some(Finding::failure(
            what,
            format!("{} can't be read as a certificate", path.display()),
            "remove it: the server makes another at its next start",
        )),
        Some(Some(end)) if end <= now + SOON && running => Some(Finding::warning(
            what,
            format!("{} ends on {end}, and the running server has not renewed it", path.display()),
            "see the log: the data folder can't be written, or the clock jumped",
        )),
        Some(end) => {
            Some(Finding::ok(what, format!("{}, renewed by itself before {}", path.display(), said(end))))
        }
    }
}

fn ending(what: &str, path: &Path, der: &CertificateDer<'_>, now: Timestamp, advice: &str) -> Finding {
    let file = path.display();
    match ends(der) {
        Some(end) if end <= now => Finding::failure(what, format!("{file} has expired on {end}"), advice),
        Some(end) if end <= now + SOON => Finding::warning(what, format!("{file} ends on {end}"), advice),
        end => Finding::ok(what, format!("{file} holds until {}", said(end))),
    }
}

fn said(end: Option<Timestamp>) -> String {
    end.map_or_else(|| "a day that it doesn't say".to_owned(), |end| end.to_string())
}

/// Does what a phone does: it trusts the one CA and asks for the public address.
fn as_phones_see(public: &PublicUrl, ca: CertificateDer<'static>) -> Finding {
    let what = "public-url";
    let at = public.authority();
    match shaken(public, ca) {
        Ok(()) => Finding::ok(what, format!("phones trust what answers at {at}")),
        Err(Met::Nobody(why)) => Finding::warning(
            what,
            format!("nothing answers at {at} as seen from this machine: {why}"),
            "look from a phone's network: name, port, firewall, proxy",
        ),
        Err(Met::Stranger(why)) => Finding::failure(
            what,
            format!("phones would not trust what answers at {at}: {why}"),
            "its certificate must be for this name and lead to the CA that phones trust",
        ),
    }
}

enum Met {
    Nobody(String),
    Stranger(String),
}

const PATIENCE: Duration = Duration::from_secs(5);

fn shaken(public: &PublicUrl, ca: CertificateDer<'static>) -> Result<(), Met> {
    let nobody = |error: &dyn std::error::Error| Met::Nobody(error.to_string());
    let stranger = |error: rustls::Error| Met::Stranger(error.to_string());
    let mut roots = RootCertStore::empty();
    roots.add(ca).map_err(stranger)?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(stranger)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(public.host().to_owned()).map_err(|error| nobody(&error))?;
    let mut client = ClientConnection::new(Arc::new(config), name).map_err(stranger)?;
    let mut addresses = public.authority().to_socket_addrs().map_err(|error| nobody(&error))?;
    let address = addresses.next().ok_or_else(|| Met::Nobody("the name has no address".to_owned()))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(|error| nobody(&error))?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(|error| nobody(&error))?;
    while client.is_handshaking() {
        client.complete_io(&mut stream).map_err(|error| match error.get_ref() {
            Some(inner) if inner.is::<rustls::Error>() => Met::Stranger(inner.to_string()),
            _ => nobody(&error),
        })?;
    }
    Ok(())
}
