//! The grammar and the types name the same claims, bounds and words: neither can change alone.

use muster_proto::{answer, catalogue, facts, message, policy, report, verdict};
use std::collections::BTreeSet;

const GRAMMAR: &str = include_str!("../../cddl/muster.cddl");

/// A rule of the grammar and what the type says: keys with names, bounds, keys that may be left out.
type Row = (&'static str, &'static [(i64, &'static str)], &'static [(i64, usize)], Vec<i64>);

macro_rules! rows {
    ($($rule:literal => $type:ty,)*) => {
        vec![$(($rule, <$type>::KEYS, <$type>::BOUNDS, <$type>::optional())),*]
    };
}

fn types() -> Vec<Row> {
    rows! {
        "report" => report::Report,
        "device" => facts::DeviceFacts,
        "root-sign" => facts::RootSign,
        "package-certificate" => facts::PackageCertificate,
        "install-sources" => facts::InstallSources,
        "pending-update" => facts::PendingUpdate,
        "apps" => facts::AppFacts,
        "watch-list" => facts::WatchListRef,
        "sighting" => facts::Sighting,
        "agent" => facts::AgentFacts,
        "work" => facts::WorkFacts,
        "schedule" => facts::Schedule,
        "cnf" => message::Confirmation,
        "enrol" => message::Enrol,
        "hello" => message::Hello,
        "page-link" => message::PageLink,
        "order-ack" => message::OrderAck,
        "rekey-consent" => message::RekeyConsent,
        "rekey" => message::Rekey,
        "order" => message::Order,
        "policy-claims" => message::PolicyMessage,
        "verdict-claims" => message::VerdictMessage,
        "catalogue-claims" => message::CatalogueMessage,
        "order-key-claims" => message::OrderKeyMessage,
        "policy" => policy::DevicePolicy,
        "local" => policy::Local,
        "rule" => policy::DeviceRule,
        "verdict" => verdict::DeviceVerdict,
        "rule-verdict" => verdict::RuleVerdict,
        "catalogue" => catalogue::CatalogueForm,
        "messenger" => catalogue::MessengerForm,
        "vendor" => catalogue::VendorForm,
        "challenge" => answer::Challenge,
        "enrol-answer" => answer::EnrolAnswer,
        "reports-answer" => answer::ReportsAnswer,
        "outcome" => answer::Outcome,
        "head" => answer::Head,
        "rekey-answer" => answer::RekeyAnswer,
    }
}

/// One line of a map in the grammar: `? KEY => TYPE, ; NAME`.
struct Claim {
    key: i64,
    name: String,
    optional: bool,
    most: Option<usize>,
}

/// The claims of a rule.
fn claims(rule: &str) -> Vec<Claim> {
    let start = format!("\n{rule} = {{\n");
    let body = GRAMMAR.split(&start).nth(1).unwrap_or_else(|| panic!("the grammar has a rule {rule}"));
    body.lines().take_while(|line| *line != "}").map(claim).collect()
}

fn claim(line: &str) -> Claim {
    let (left, name) = line.split_once(" ; ").unwrap_or_else(|| panic!("a name behind {line:?}"));
    let (key, kind) = left.split_once(" => ").unwrap_or_else(|| panic!("a key in {line:?}"));
    let key = key.trim();
    let most = kind
        .split_once('*')
        .map(|(_, rest)| rest.split(' ').next().unwrap_or_default().parse().expect("a bound"));
    Claim {
        key: key.trim_start_matches("? ").parse().unwrap_or_else(|_| panic!("a number in {line:?}")),
        name: name.trim().to_owned(),
        optional: key.starts_with("? "),
        most,
    }
}

#[test]
fn every_claim_has_the_same_key_name_and_bound_in_both() {
    for (rule, keys, bounds, optional) in types() {
        let claims = claims(rule);
        let written: Vec<(i64, &str)> = claims.iter().map(|claim| (claim.key, claim.name.as_str())).collect();
        assert_eq!(written, keys, "{rule}");
        let left_out: Vec<i64> =
            claims.iter().filter(|claim| claim.optional).map(|claim| claim.key).collect();
        assert_eq!(left_out, optional, "{rule}: which may be left out");
        // a catalogue's lists are bounded where it is put together
        if !["catalogue", "messenger", "vendor"].contains(&rule) {
            let most: Vec<(i64, usize)> =
                claims.iter().filter_map(|claim| Some((claim.key, claim.most?))).collect();
            assert_eq!(most, bounds, "{rule}: bounds");
        }
    }
}

#[test]
fn keys_ascend_by_their_encoded_bytes() {
    for (rule, keys, ..) in types() {
        let encoded: Vec<Vec<u8>> = keys.iter().map(|(key, _)| crate::raw::Item::Int(*key).bytes()).collect();
        assert!(encoded.is_sorted_by(|a, b| a < b), "{rule}: {keys:?}");
    }
}

/// The sources, to count what is declared there.
fn sources() -> String {
    fn read(folder: &std::path::Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("a folder can be read").path();
            match path.extension() {
                Some(extension) if extension == "rs" => {
                    *all += &std::fs::read_to_string(&path).expect("a source can be read")
                }
                _ if path.is_dir() => read(&path, all),
                _ => {}
            }
        }
    }
    let mut all = String::new();
    read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    all
}

#[test]
fn no_type_is_left_out_here() {
    assert_eq!(sources().matches("\nwire_map! {").count(), types().len());
}

#[test]
fn every_list_of_words_is_the_same_in_both() {
    let sources = sources();
    let mut in_types = BTreeSet::new();
    for declared in sources.split("\nwire_enum! {").skip(1) {
        let body = declared.split("\n}\n").next().expect("a declaration ends");
        let words = body.lines().filter_map(|line| {
            let (_, value) = line.split_once(" = ")?;
            let (number, word) = value.trim_end_matches(',').split_once(' ')?;
            Some(format!("{}: {number}", word.trim_matches('"')))
        });
        in_types.insert(words.collect::<Vec<_>>().join(", "));
    }
    let flat = GRAMMAR.lines().filter_map(|line| line.split(" ;").next()).collect::<Vec<_>>().join(" ");
    let in_grammar: BTreeSet<String> = flat
        .split("&(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|words| words.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|words| !words.contains(": -"))
        .collect();
    assert_eq!(in_grammar, in_types);
}
