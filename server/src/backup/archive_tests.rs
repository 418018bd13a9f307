//! Archives: what is written is read; whatever else is there is refused, and never panics.

use super::*;
use crate::backup::seal::{Key, Lock, SealError};
use age::secrecy::{ExposeSecret as _, SecretString};
use proptest::prelude::*;

const FILES: [(&str, &[u8]); 3] =
    [("keys/order.key", b"a key"), ("keys/ca.pem", b"a certificate"), ("muster.db", &[7; 3000])];

fn manifest() -> Manifest {
    let member = |(name, bytes): (&str, &[u8])| Member {
        name: name.to_owned(),
        size: bytes.len() as u64,
        sha256: Digest::of(bytes),
    };
    Manifest {
        format: FORMAT,
        program: "0.1.0".to_owned(),
        migration: 1,
        made: Timestamp::from_secs(1_790_000_000),
        engine: "sqlite".to_owned(),
        tables: BTreeMap::from([("devices".to_owned(), 3)]),
        audit: None,
        members: FILES.into_iter().map(member).collect(),
        missing: Vec::new(),
    }
}

fn bytes_of(name: &str) -> io::Result<&'static [u8]> {
    FILES
        .into_iter()
        .find(|(known, _)| *known == name)
        .map(|(_, bytes)| bytes)
        .ok_or(io::ErrorKind::NotFound.into())
}

fn archive(manifest: &Manifest) -> Vec<u8> {
    write(Vec::new(), manifest, |member| bytes_of(&member.name)).expect("an archive")
}

fn read_all(bytes: &[u8]) -> Result<Manifest, ArchiveError> {
    read(bytes, &mut |_, _, bytes| io::copy(bytes, &mut io::sink()).map(drop))
}

/// A pair of keys: quicker than a passphrase.
fn pair() -> (Lock, Key) {
    let identity = age::x25519::Identity::generate();
    let key = Key::identities(identity.to_string().expose_secret().as_bytes()).expect("a key");
    (Lock::Recipients(vec![identity.to_public()]), key)
}

fn sealed(lock: &Lock) -> Vec<u8> {
    let writer = lock.close(Vec::new()).expect("a writer");
    write(writer, &manifest(), |member| bytes_of(&member.name)).expect("an archive").finish().expect("sealed")
}

fn open(key: &Key, bytes: &[u8]) -> anyhow::Result<Manifest> {
    Ok(read(key.open(bytes)?, &mut |_, _, bytes| io::copy(bytes, &mut io::sink()).map(drop))?)
}

#[test]
fn what_is_written_is_read_in_its_order() {
    let mut found = Vec::new();
    let read = read(archive(&manifest()).as_slice(), &mut |_, member, bytes| {
        let mut text = Vec::new();
        bytes.read_to_end(&mut text)?;
        found.push((member.name.clone(), text));
        Ok(())
    });
    assert_eq!(read.expect("it is whole"), manifest());
    let expected: Vec<_> = FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_newer_form_names_its_program_and_what_to_do() {
    let newer = Manifest { format: FORMAT + 1, program: "9.1.0".to_owned(), ..manifest() };
    let words = read_all(&archive(&newer)).expect_err("newer").to_string();
    assert!(
        words.contains("muster-server 9.1.0") && words.contains("restore it with that version"),
        "{words}"
    );
}

#[test]
fn a_name_leads_nowhere_else() {
    for name in
        ["../order.key", "keys/../x", "/etc/passwd", "keys/local-admin.token", "packages/a.apk", "lock", ""]
    {
        let mut wrong = manifest();
        wrong.members[0].name = name.to_owned();
        let text = serde_json::to_vec(&wrong).expect("JSON");
        assert!(matches!(parse(&text), Err(ArchiveError::Form(_))), "{name}");
    }
    let mut twice = manifest();
    twice.members[1].name = twice.members[0].name.clone();
    assert!(parse(&serde_json::to_vec(&twice).expect("JSON")).is_err());
}

#[test]
fn what_the_manifest_does_not_say_is_refused() {
    for change in [
        |manifest: &mut Manifest| manifest.members.swap(0, 1),
        |manifest: &mut Manifest| drop(manifest.members.pop()),
        |manifest: &mut Manifest| manifest.members[2].sha256 = Digest([0; 32]),
        |manifest: &mut Manifest| manifest.members[2].size += 1,
    ] {
        let mut other = manifest();
        change(&mut other);
        // the right members behind a manifest that says something else
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let text = serde_json::to_vec(&other).expect("JSON");
        for (name, bytes) in std::iter::once((MANIFEST, text.as_slice())).chain(FILES) {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, name, bytes).expect("a member");
        }
        let bytes = tar.into_inner().and_then(GzEncoder::finish).expect("an archive");
        assert!(matches!(read_all(&bytes), Err(ArchiveError::Form(_))), "{other:?}");
    }
}

#[test]
fn a_flipped_bit_anywhere_and_any_cut_are_found() {
    let (lock, key) = pair();
    let whole = sealed(&lock);
    open(&key, &whole).expect("it is whole");
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        assert!(open(&key, &flipped).is_err(), "byte {at} of {}", whole.len());
        assert!(open(&key, &whole[..at]).is_err(), "cut at {at} of {}", whole.len());
    }
    assert!(open(&key, &[whole.as_slice(), b"x"].concat()).is_err(), "something follows");
    assert!(open(&pair().1, &whole).is_err(), "another key");
}

#[test]
fn a_passphrase_opens_what_it_has_locked() {
    let passphrase = |text: &str| SecretString::from(text.to_owned());
    let locked = sealed(&Lock::Passphrase(passphrase("correct horse")));
    open(&Key::Passphrase(passphrase("correct horse")), &locked).expect("it opens");
    let wrong = Key::Passphrase(passphrase("wrong horse")).open(locked.as_slice());
    assert!(matches!(wrong.err(), Some(SealError::Wrong)));
    assert!(matches!(pair().1.open(locked.as_slice()).err(), Some(SealError::OtherLock(_))));
    let (lock, _) = pair();
    let other = Key::Passphrase(passphrase("a")).open(sealed(&lock).as_slice()).err();
    assert!(matches!(other, Some(SealError::OtherLock(_))));
}

#[test]
fn a_file_may_ask_for_a_gibibyte_and_no_more() {
    let locked = Lock::Passphrase(SecretString::from("correct horse".to_owned()));
    let bytes = sealed(&locked);
    // the head is text: `-> scrypt SALT WORK`
    let end = bytes.windows(4).position(|bytes| bytes == b" 18\n").expect("the work");
    let mut asks = bytes;
    asks[end..end + 4].copy_from_slice(b" 21\n");
    let refused = Key::Passphrase(SecretString::from("correct horse".to_owned())).open(asks.as_slice()).err();
    assert!(matches!(refused, Some(SealError::Work(21))), "{refused:?}");
    let said = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains("2048 MiB of memory") && said.contains("(1024 MiB)"), "{said}");
}

/// Names that a stranger may give to what stands in an archive.
fn any_name() -> impl Strategy<Value = String> {
    let names =
        ["keys/order.key", "keys/phone-ca.pem", "muster.db", "manifest.json", "../lock", "/etc/passwd", ""];
    proptest::sample::select(names.map(str::to_owned).to_vec())
}

/// An entry with a sound header, which a builder with manners would refuse.
fn add(tar: &mut tar::Builder<GzEncoder<Vec<u8>>>, name: &str, kind: u8, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    tar.append(&header, bytes).expect("memory");
}

proptest! {
    /// Whatever stands in a sound archive, no more is taken out of it than its manifest says, and no name leads elsewhere.
    #[test]
    fn an_archive_by_strangers_is_what_it_says_or_refused(
        said in proptest::collection::vec((any_name(), 0_usize..9, any::<bool>()), 0..4),
        found in proptest::collection::vec((any_name(), 0_usize..9, any::<bool>()), 0..4),
        kind in proptest::sample::select(b"0125xgL".to_vec()),
        honest in any::<bool>(),
    ) {
        let member = |(name, size, right): &(String, usize, bool)| Member {
            name: name.clone(),
            size: *size as u64,
            sha256: if *right { Digest::of(&vec![7; *size]) } else { Digest([0; 32]) },
        };
        let manifest = Manifest { members: said.iter().map(member).collect(), ..manifest() };
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        add(&mut tar, MANIFEST, b'0', &serde_json::to_vec(&manifest).expect("JSON"));
        for (name, size, _) in if honest { &said } else { &found } {
            add(&mut tar, name, if honest { b'0' } else { kind }, &vec![7; *size]);
        }
        let bytes = tar.into_inner().and_then(GzEncoder::finish).expect("memory");
        let mut taken = Vec::new();
        let whole = read(bytes.as_slice(), &mut |_, member, bytes| {
            taken.push((member.name.clone(), io::copy(bytes, &mut io::sink())?));
            Ok(())
        });
        prop_assert!(taken.iter().all(|(name, _)| is_member(name)), "{:?}", taken);
        if whole.is_ok() {
            let expected: Vec<_> = said.iter().map(|(name, size, _)| (name.clone(), *size as u64)).collect();
            prop_assert_eq!(taken, expected);
        }
    }

    /// The archive's own reader, without the seal that keeps strangers' bytes from it.
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        prop_assert!(read_all(&bytes).is_err());
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).expect("memory");
        prop_assert!(read_all(&packed.finish().expect("memory")).is_err());
    }

    /// An archive with changes in it is refused, or it is what was written.
    #[test]
    fn changes_are_found(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut plain = Vec::new();
        GzDecoder::new(archive(&manifest()).as_slice()).read_to_end(&mut plain).expect("packed");
        for (at, byte) in changes {
            let at = at.index(plain.len());
            plain[at] = byte;
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&plain).expect("memory");
        if let Ok(read) = read_all(&packed.finish().expect("memory")) {
            prop_assert_eq!(read.members, manifest().members);
        }
    }
}
