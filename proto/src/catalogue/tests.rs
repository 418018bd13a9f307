//! The catalogue as a whole: its two forms, its bounds, and matching against it.

use proptest::prelude::*;

use super::*;
use crate::cbor::encode;
use crate::facts::{MatchKind, Signature};

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn messenger(id: &str, android: &[&str], aurora: &[&str]) -> Messenger {
    Messenger {
        id: id.to_owned(),
        name: id.to_uppercase(),
        android: strings(android),
        aurora: aurora.iter().map(|written| Pattern::parse(written).unwrap()).collect(),
        ..Messenger::default()
    }
}

fn client(id: &str, of: &str) -> Messenger {
    Messenger { modified_of: Some(of.to_owned()), ..messenger(id, &[&format!("org.{id}")], &[]) }
}

fn small() -> Catalogue {
    let messengers = vec![
        messenger(
            "telegram",
            &["org.telegram.messenger", "org.telegram.messenger.web"],
            &["depecher", "*gram*"],
        ),
        client("plus", "telegram"),
        client("plus-plus", "plus"),
        Messenger { unverified: true, ..messenger("max", &["ru.oneme.app"], &["*oneme*", "*program*"]) },
        messenger("viber", &["com.viber.voip"], &[]),
    ];
    let vendor = Vendor {
        id: "inoi".to_owned(),
        names: strings(&["inoi"]),
        country: "RU".to_owned(),
        groups: strings(&["russian"]),
    };
    Catalogue::new(messengers, vec![vendor]).unwrap()
}

fn flaw(messengers: Vec<Messenger>) -> Flaw {
    Catalogue::new(messengers, Vec::new()).unwrap_err().flaw
}

fn ids(messengers: &[&Messenger]) -> Vec<String> {
    messengers.iter().map(|messenger| messenger.id.clone()).collect()
}

#[test]
fn an_exact_id_beats_a_glob_and_a_sourced_glob_beats_a_guess() {
    let catalogue = small();
    let found = |id: &str| catalogue.match_linux(id).map(|(messenger, kind)| (messenger.id.clone(), kind));
    assert_eq!(found("depecher"), Some(("telegram".to_owned(), MatchKind::Exact)));
    assert_eq!(found("harbour-YottaGram"), Some(("telegram".to_owned(), MatchKind::Pattern)));
    assert_eq!(found("some-program"), Some(("telegram".to_owned(), MatchKind::Pattern)));
    assert_eq!(found("ru.oneme.client"), Some(("max".to_owned(), MatchKind::UnverifiedPattern)));
    assert_eq!(found("jolla-messages"), None);
}

#[test]
fn android_packages_match_as_they_are() {
    let catalogue = small();
    let found =
        |package: &str| catalogue.match_android_package(package).map(|messenger| messenger.id.clone());
    assert_eq!(found("org.telegram.messenger.web"), Some("telegram".to_owned()));
    assert_eq!(found("org.telegram.messenger2"), None);
    assert_eq!(found("ORG.telegram.messenger"), None);
}

#[test]
fn clients_are_followed_through_other_clients() {
    let catalogue = small();
    assert_eq!(ids(&catalogue.clients_of("telegram")), ["plus", "plus-plus", "telegram"]);
    assert_eq!(ids(&catalogue.clients_of("plus-plus")), ["plus-plus"]);
    assert_eq!(ids(&catalogue.clients_of("nobody")), [""; 0]);
}

#[test]
fn signers_are_judged_by_what_is_known_and_read() {
    let [known, other] = [Digest([1; 32]), Digest([2; 32])];
    let listed = Messenger { signers: vec![known], ..Messenger::default() };
    assert_eq!(judge_signers(&listed, &[other, known]), Signature::Official);
    assert_eq!(judge_signers(&listed, &[other]), Signature::Foreign);
    assert_eq!(judge_signers(&listed, &[]), Signature::Unverified);
    assert_eq!(judge_signers(&Messenger::default(), &[other]), Signature::Unverified);
    for undecided in
        [Messenger { signers_partial: true, ..listed.clone() }, Messenger { confirm: true, ..listed.clone() }]
    {
        assert_eq!(judge_signers(&undecided, &[other]), Signature::Unverified);
        assert_eq!(judge_signers(&undecided, &[known]), Signature::Official);
    }
}

#[test]
fn a_watch_list_has_only_what_can_wholly_be_seen() {
    let catalogue = small();
    let linux = catalogue.watch_list(Inventory::Linux);
    assert_eq!(linux.ids.len(), 5);
    assert_eq!(linux.reference().size, 5);
    assert!(linux.covers(["telegram", "viber"]));

    let one_build =
        catalogue.watch_list(Inventory::Android(&["org.telegram.messenger", "com.viber.voip", "com.bank"]));
    assert_eq!(one_build.ids.iter().map(String::as_str).collect::<Vec<_>>(), ["viber"]);
    assert!(!one_build.covers(["telegram"]));
    assert_ne!(one_build.digest, linux.digest);
    let same = catalogue.watch_list(Inventory::Android(&["com.viber.voip", "org.telegram.messenger"]));
    assert_eq!(one_build, same);
}

#[test]
fn what_does_not_hold_together_is_named() {
    assert_eq!(flaw(vec![messenger("A", &["a"], &[])]), Flaw::Id);
    assert_eq!(flaw(vec![messenger("", &["a"], &[])]), Flaw::Id);
    assert_eq!(flaw(vec![messenger(&"a".repeat(33), &["a"], &[])]), Flaw::Id);
    assert_eq!(flaw(vec![messenger("a", &["a"], &[]), messenger("a", &["b"], &[])]), Flaw::TwiceId);
    assert_eq!(flaw(vec![messenger("a", &[], &[])]), Flaw::Nothing);
    assert_eq!(flaw(vec![messenger("a", &["x", "x"], &[])]), Flaw::List("android"));
    assert_eq!(flaw(vec![messenger("a", &[""], &[])]), Flaw::Text("package"));
    assert_eq!(flaw(vec![messenger("a", &[], &["max", "*max*"])]), Flaw::ShortGlob("*max*".to_owned()));
    assert_eq!(flaw(vec![client("a", "b")]), Flaw::Original("b".to_owned()));
    assert_eq!(flaw(vec![client("a", "a")]), Flaw::Circle);
    assert_eq!(flaw(vec![client("a", "b"), client("b", "a"), messenger("c", &["c"], &[])]), Flaw::Circle);
    let claimed = Flaw::Claimed { name: "x".to_owned(), other: "a".to_owned() };
    assert_eq!(flaw(vec![messenger("a", &["x"], &[]), messenger("b", &["x"], &[])]), claimed);
    assert_eq!(flaw(vec![messenger("a", &[], &["x"]), messenger("b", &[], &["x"])]), claimed);
    let abroad = Messenger { country: Some("ru".to_owned()), ..messenger("a", &["x"], &[]) };
    assert_eq!(flaw(vec![abroad]), Flaw::Country);
}

#[test]
fn the_wire_form_is_one_and_strict() {
    let catalogue = small();
    let bytes = catalogue.to_cbor();
    assert_eq!(bytes, encode(&catalogue));
    assert_eq!(Catalogue::from_cbor(&bytes), Ok(catalogue.clone()));
    let turned =
        Catalogue::new(catalogue.messengers().iter().rev().cloned().collect(), catalogue.vendors().to_vec());
    assert_eq!(turned.unwrap().digest(), catalogue.digest());

    let code = |bytes: &[u8]| Catalogue::from_cbor(bytes).map_err(|error| error.code());
    assert_eq!(code(&[bytes.as_slice(), &[0]].concat()), Err("trailing-bytes"));
    assert_eq!(code(&[0xa1, 0x02, 0x80]), Err("unknown-claim"));
    assert_eq!(code(&[0xa2, 0x00, 0x80, 0x00, 0x80]), Err("duplicate-key"));
    assert_eq!(code(&[0xa1, 0x00, 0x81, 0xa1, 0x00, 0x61, b'a']), Err("missing-claim"));
    let unfinished = [0xa1, 0x00, 0x81, 0xa2, 0x00, 0x61, b'a', 0x01, 0x61, b'A'];
    assert_eq!(code(&unfinished), Err("out-of-bounds"));
}

proptest! {
    #[test]
    fn every_catalogue_comes_back_from_the_wire(
        words in proptest::collection::btree_set("[a-z]{1,8}", 1..20),
        signer in any::<[u8; 32]>(),
        marks in any::<[bool; 4]>(),
    ) {
        let [seed, signers_partial, confirm, unverified] = marks;
        let messengers = words.iter().map(|word| Messenger {
            seed,
            signers_partial,
            confirm,
            unverified,
            signers: vec![Digest(signer)],
            country: seed.then(|| "RU".to_owned()),
            ..messenger(word, &[&format!("org.{word}")], &[word, &format!("*chat{word}*")])
        });
        let catalogue = Catalogue::new(messengers.collect(), Vec::new()).unwrap();
        prop_assert_eq!(Catalogue::from_cbor(&catalogue.to_cbor()), Ok(catalogue.clone()));
        for word in &words {
            let (found, kind) = catalogue.match_linux(word).unwrap();
            prop_assert_eq!((&found.id, kind), (word, MatchKind::Exact));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Catalogue::from_cbor(&bytes);
    }

    #[test]
    fn a_changed_byte_never_makes_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = small().to_cbor();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(catalogue) = Catalogue::from_cbor(&bytes) {
            prop_assert_eq!(Catalogue::from_cbor(&catalogue.to_cbor()), Ok(catalogue));
        }
    }

    #[test]
    fn no_text_makes_matching_panic(text in ".{0,60}") {
        let catalogue = small();
        let _ = catalogue.match_linux(&text);
        let _ = catalogue.match_android_package(&text);
        let _ = catalogue.vendor_of(Some(&text), Some(&text));
        let _ = catalogue.clients_of(&text);
    }
}

#[cfg(feature = "toml")]
mod toml_source {
    use super::*;

    const MESSENGERS: &str = include_str!("../../../catalogue/messengers.toml");
    const VENDORS: &str = include_str!("../../../catalogue/vendors.toml");

    fn refusal(messengers: &str, vendors: &str) -> String {
        Catalogue::from_toml(messengers, vendors).unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_catalogue_holds_together() {
        let catalogue = Catalogue::from_toml(MESSENGERS, VENDORS).unwrap();
        let seeds: Vec<_> = catalogue.messengers().iter().filter(|messenger| messenger.seed).collect();
        let nine = [
            "discord",
            "ms-teams",
            "skype-business",
            "snapchat",
            "telegram",
            "threema",
            "viber",
            "wechat",
            "whatsapp",
        ];
        assert_eq!(ids(&seeds), nine);
        assert!(catalogue.watch_list(Inventory::Linux).covers(nine));
        assert_eq!(Catalogue::from_cbor(&catalogue.to_cbor()), Ok(catalogue.clone()));
        assert!(catalogue.to_cbor().len() < 16 * 1024);
        let telegram = catalogue.match_linux("harbour-fernschreiber").unwrap();
        assert_eq!((telegram.0.id.as_str(), telegram.1), ("telegram", MatchKind::Exact));
        let max = catalogue.match_linux("ru.oneme.max").unwrap();
        assert_eq!((max.0.id.as_str(), max.1), ("max", MatchKind::UnverifiedPattern));
        assert_eq!(catalogue.vendor_of(Some("Aquarius"), None).unwrap().groups, ["russian"]);
        assert!(catalogue.has_group("chinese") && !catalogue.has_group("martian"));
    }

    #[test]
    fn complaints_name_file_line_and_column() {
        let unknown = refusal("[[messenger]]\nid = \"a\"\nname = \"A\"\ncolour = 1\n", "");
        assert!(unknown.starts_with("messengers.toml:4:1: unknown field `colour`"), "{unknown}");
        let digest = "[[messenger]]\nid = \"a\"\nname = \"A\"\nandroid = [\"a\"]\nsigners = [\"zz\"]\nsource = \"s\"\n";
        assert_eq!(refusal(digest, ""), "messengers.toml:5:12: \"a\": a signer is 64 hexadecimal digits");
        let glob = "[[messenger]]\nid = \"a\"\nname = \"A\"\naurora = [\"x\", \"y*y\"]\nsource = \"s\"\n";
        assert!(refusal(glob, "").starts_with("messengers.toml:4:16: \"a\": a star may stand only"));
        let sourceless = "[[messenger]]\nid = \"a\"\nname = \"A\"\nandroid = [\"a\"]\nsource = \" \"\n";
        assert!(refusal(sourceless, "").starts_with("messengers.toml:5:10: \"a\": source is empty"));
        let entry = |id: &str| {
            format!("[[messenger]]\nid = \"{id}\"\nname = \"A\"\nandroid = [\"{id}\"]\nsource = \"s\"\n")
        };
        let twice = entry("a") + &entry("a");
        assert_eq!(refusal(&twice, ""), "messengers.toml:6:1: \"a\": the id occurs twice");
        let orphan = entry("a") + "modified_of = \"b\"\n";
        assert!(refusal(&orphan, "").contains("modified_of names \"b\", which is not in the catalogue"));
        assert!(refusal("", "[[vendor]\n").starts_with("vendors.toml:1:"));
        let capital =
            "[[vendor]]\nid = \"a\"\nnames = [\"A\"]\ncountry = \"RU\"\ngroups = [\"g\"]\nsource = \"s\"\n";
        assert!(refusal("", capital).starts_with("vendors.toml:1:1: \"a\": "));
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "[\\[\\]a-z= \"\n*]{0,80}") {
            let _ = Catalogue::from_toml(&text, &text);
        }
    }
}
