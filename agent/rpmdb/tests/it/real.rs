//! What rpm says about the packages that it installed, and what is read, are the same in every format.

use std::ops::ControlFlow;

use muster_rpmdb::{DigestAlgorithm, Package};

use crate::fixtures::{self, FILES, PACKAGES};

const NONE: &str = "(none)";

/// A package as a line of `packages.txt`, with `key` in place of what rpm says about the signature.
fn line(package: &Package, key: &str) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or(NONE.into());
    let epoch = package.epoch.map(|epoch| epoch.to_string());
    let installed = package.installed.map(|time| time.to_string());
    [
        package.name.clone(),
        or_none(&epoch),
        package.version.clone(),
        package.release.clone(),
        or_none(&package.arch),
        or_none(&package.vendor),
        or_none(&installed),
        key.into(),
    ]
    .join("|")
}

#[test]
fn packages_are_what_rpm_says() {
    for fixture in fixtures::all() {
        let packages = fixture.packages(&[]).unwrap();
        assert_eq!(packages.len(), PACKAGES.lines().count(), "{}", fixture.name);
        for (package, said) in packages.iter().zip(PACKAGES.lines()) {
            let (_, signed) = said.rsplit_once('|').unwrap();
            assert_eq!(line(package, signed), said, "{}", fixture.name);
            let key = package.signature.and_then(|signature| signature.key).map(u64::from_be_bytes);
            let said = signed.split_once("Key ID ").map(|(_, id)| id.trim_end_matches(NONE));
            assert_eq!(key.map(|key| format!("{key:016x}")).as_deref(), said, "{}", fixture.name);
            assert_eq!(package.signature.is_some(), said.is_some());
            assert_eq!(package.files, []);
        }
    }
}

#[test]
fn wanted_files_have_the_digests_that_rpm_says() {
    let said: Vec<Vec<_>> = FILES.lines().map(|line| line.split('|').collect()).collect();
    let mut wanted: Vec<_> = said.iter().map(|fields| fields[1]).collect();
    wanted.extend(["/etc/passwd", "os-release", "", "/", "/etc/"]);
    for fixture in fixtures::all() {
        let mut seen = 0;
        for package in fixture.packages(&wanted).unwrap() {
            for file in package.files {
                let [name, _, algorithm, digest] = said[file.wanted][..] else { panic!("{said:?}") };
                assert_eq!(package.name, name);
                seen += 1;
                let Some(read) = file.digest else {
                    assert_eq!(digest, "", "{}", wanted[file.wanted]);
                    continue;
                };
                let hex: String = read.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(hex, digest);
                let expected = if algorithm == NONE { DigestAlgorithm::Md5 } else { DigestAlgorithm::Sha256 };
                assert_eq!(read.algorithm, expected);
            }
        }
        assert_eq!(seen, said.len(), "{}", fixture.name);
    }
}

#[test]
fn launchers_are_tied_to_their_packages() {
    for fixture in fixtures::all() {
        let mut found: Vec<_> = fixture.packages(&[]).unwrap();
        found.retain(|package| !package.launchers.is_empty());
        let found: Vec<_> =
            found.iter().map(|package| (package.name.as_str(), package.launchers.join(" "))).collect();
        let expected = [
            ("harbour-fernschreiber", "harbour-fernschreiber.desktop".to_owned()),
            ("ru.example.Notes", "ru.example.Notes.Share.desktop ru.example.Notes.desktop".to_owned()),
        ];
        assert_eq!(found, expected, "{}", fixture.name);
    }
}

#[test]
fn many_packages_lie_on_many_pages() {
    for fixture in fixtures::many() {
        let packages = fixture.packages(&[]).unwrap();
        assert_eq!(packages.len(), 300, "{}", fixture.name);
        assert!(packages.iter().all(|package| package.name == packages[0].name));
    }
}

#[test]
fn who_has_seen_enough_ends_the_reading() {
    for fixture in fixtures::all() {
        let mut seen = 0;
        let mut database = std::io::Cursor::new(&fixture.database);
        let format = muster_rpmdb::read(&mut database, None, &[], |_| {
            seen += 1;
            ControlFlow::Break(())
        });
        assert_eq!((format.unwrap(), seen), (fixture.format, 1), "{}", fixture.name);
    }
}

#[test]
fn what_is_committed_in_the_log_counts() {
    let fixture = fixtures::logged();
    let whole = fixture.packages(&[]).unwrap().len();
    let without = fixtures::Fixture { log: None, ..fixture.clone() };
    assert_eq!(without.packages(&[]).unwrap().len(), whole / 2);
    let empty = fixtures::Fixture { log: Some(Vec::new()), ..fixture };
    assert_eq!(empty.packages(&[]).unwrap().len(), whole / 2);
}
