//! `ru.omp.APM`: the packages that Aurora's own package manager has installed, their versions and the certificates that signed them.

use std::collections::BTreeMap;

use muster_dbus::{Entry, Keys};
use muster_proto::cbor::List;
use muster_proto::facts::{AppSource, PackageCertificate, Reason};
use muster_proto::text::Text;

use super::conversation::Conversation;
use super::{BusError, Service};
use crate::platform::linux::App;
use crate::platform::linux::files::MAX_ENTRIES;

const NAME: &str = "ru.omp.APM";
const PATH: &str = "/ru/omp/APM";
/// Packages that are asked for one by one.
const MAX_ASKED: usize = 2_000;
/// Certificates that a report has room for.
const MAX_CERTIFICATES: usize = 16;
/// A package that was removed since the list was made.
const NOT_THERE: &str = "ru.omp.APM.Error.PackageNotExist";

/// What is installed as packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packages {
    /// One application for each package.
    pub apps: Vec<App>,
    /// Why there may be more of them.
    pub unseen: Option<Reason>,
    /// By which certificates they are signed, and how many; only if all packages could be looked at.
    pub certificates: Result<List<PackageCertificate>, Reason>,
}

impl Packages {
    pub(super) const fn unknown(reason: Reason) -> Self {
        Self { apps: Vec::new(), unseen: Some(reason), certificates: Err(reason) }
    }
}

#[derive(Debug)]
struct Wanted;

impl Keys for Wanted {
    const KEYS: &'static [&'static str] = &["general.id", "general.version", "certificate.id"];
}

#[derive(Debug, Default)]
struct Package {
    id: String,
    version: Option<String>,
    /// `None` where it was not said.
    certificate: Option<String>,
}

impl From<&Entry<Wanted>> for Package {
    fn from(entry: &Entry<Wanted>) -> Self {
        let text = |nth| entry.text(nth).map(str::to_owned);
        Self { id: text(0).unwrap_or_default(), version: text(1), certificate: text(2) }
    }
}

pub(super) fn ask(line: &mut Conversation, reason: &dyn Fn(&BusError) -> Reason) -> Packages {
    let mut apm = Service::new(line, NAME, PATH);
    let mut packages = match list(&mut apm) {
        Ok(packages) => packages,
        Err(error) => return Packages::unknown(reason(&error)),
    };
    let unseen = (packages.len() > MAX_ENTRIES).then_some(Reason::Failed);
    packages.truncate(MAX_ENTRIES);
    let whole = complete(&mut apm, &mut packages).map_err(|error| reason(&error));
    let certificates = match (unseen, whole) {
        (Some(reason), _) | (None, Err(reason)) => Err(reason),
        (None, Ok(())) => Ok(counted(&packages)),
    };
    Packages { apps: packages.into_iter().map(app).collect(), unseen, certificates }
}

/// The installed packages: ids alone, or with what else some releases say of each.
fn list(apm: &mut Service<'_>) -> Result<Vec<Package>, BusError> {
    let answer = apm.ask(NAME, "GetPackageList", &())?;
    if answer.signature() == "as" {
        let ids: Vec<String> = answer.read(&["as"])?;
        return Ok(ids.into_iter().map(|id| Package { id, ..Package::default() }).collect());
    }
    let entries: Vec<Entry<Wanted>> = answer.read(&["aa{sv}", "aa{ss}"])?;
    let packages: Vec<Package> = entries.iter().map(Package::from).collect();
    if packages.iter().any(|package| package.id.is_empty()) { Err(BusError::Garbled) } else { Ok(packages) }
}

/// Asks for what the list did not say. An error says that not all could be looked at; what was seen before stays.
fn complete(apm: &mut Service<'_>, packages: &mut [Package]) -> Result<(), BusError> {
    let mut unsaid = false;
    let asked = packages.iter_mut().filter(|package| package.certificate.is_none());
    for (count, package) in asked.enumerate() {
        if count == MAX_ASKED {
            return Err(BusError::Silent);
        }
        match apm.ask(NAME, "GetPackage", &(package.id.as_str(),)) {
            Ok(answer) => {
                let entry: Entry<Wanted> = answer.read(&["a{sv}", "a{ss}"])?;
                let Package { version, certificate, .. } = Package::from(&entry);
                package.version = version.or(package.version.take());
                unsaid |= certificate.is_none();
                package.certificate = certificate;
            }
            Err(BusError::Refused(name)) if name == NOT_THERE => {}
            Err(error) => return Err(error),
        }
    }
    // A release that doesn't name the certificate has not said that there is none.
    if unsaid { Err(BusError::Garbled) } else { Ok(()) }
}

/// How many packages have which certificate; the ones with the most packages first. No package is named.
fn counted(packages: &[Package]) -> List<PackageCertificate> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for id in packages.iter().filter_map(|package| package.certificate.as_deref()) {
        *counts.entry(id).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(id, packages)| (u32::MAX - packages, *id));
    counts.truncate(MAX_CERTIFICATES);
    counts.into_iter().map(|(id, packages)| PackageCertificate { id: Text::clipped(id), packages }).collect()
}

fn app(package: Package) -> App {
    let Package { id, version, .. } = package;
    App { ids: vec![id], version, ..App::shown_by(AppSource::Apm) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_counted_and_no_package_is_named() {
        let package = |certificate: Option<&str>| Package {
            certificate: certificate.map(str::to_owned),
            ..Package::default()
        };
        let packages =
            [package(Some("b")), package(Some("a")), package(Some("b")), package(Some("")), package(None)];
        let counts = counted(&packages);
        let counts: Vec<_> = counts.iter().map(|seen| (seen.id.as_str(), seen.packages)).collect();
        assert_eq!(counts, [("b", 2), ("", 1), ("a", 1)]);
        let many: Vec<Package> = (0..100).map(|n| package(Some(&n.to_string()))).collect();
        assert_eq!(counted(&many).len(), MAX_CERTIFICATES);
    }
}
