//! The texts of both languages, against each other and against the pages.

use super::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Keys of a file: what stands before ` = ` at the beginning of a line.
fn keys(texts: &str) -> Vec<String> {
    let begins = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
    texts
        .lines()
        .filter(begins)
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key.to_owned())
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Every literal in the sources of console and mails after `say("`, `with("` and `key("`.
fn used() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["src/http/console", "src/http/mine", "src/mail"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    let mut used = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source file");
        for call in [".say(\"", ".with(\"", "key(\""] {
            used.extend(
                text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned),
            );
        }
    }
    used
}

#[test]
fn both_files_are_well_formed_and_have_the_same_keys_once() {
    for texts in [EN_TEXTS, RU_TEXTS] {
        let read = FluentResource::try_new(texts.to_owned());
        assert!(read.is_ok(), "{:?}", read.err().map(|(_, errors)| errors));
        let mut seen = BTreeSet::new();
        for key in keys(texts) {
            assert!(seen.insert(key.clone()), "{key} stands there twice");
        }
    }
    let (en, ru): (BTreeSet<_>, BTreeSet<_>) =
        (keys(EN_TEXTS).into_iter().collect(), keys(RU_TEXTS).into_iter().collect());
    assert_eq!(en.symmetric_difference(&ru).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_key_that_a_page_uses_exists() {
    let there: BTreeSet<_> = keys(EN_TEXTS).into_iter().collect();
    let missing: Vec<_> = used().into_iter().filter(|key| !there.contains(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_text_is_used() {
    let used = used();
    // words of closed lists are looked up by list and word
    let lists = [
        "state",
        "trigger",
        "order",
        "kind",
        "fact",
        "value",
        "unit",
        "reason",
        "source",
        "severity",
        "mode",
        "break",
        "signature",
        "match",
        "standing",
        "action",
        "protection",
        "problem",
        "profile",
        "month",
        "actor",
        "audit",
        "app-source",
        "code",
        "evidence",
        "query-expected",
        "asset-life",
        "asset-part",
        "asset-platform",
        "asset-budget",
        "asset-standing",
        "carrier-standing",
        "carriers-outcome",
        "carriers-figure",
        "role",
        "how",
        "escalates",
        "dispute-state",
        "never-read",
        "exemption-standing",
        "check",
        "certificate-of",
        "device-status",
        "rhythm",
        "weekday",
        "schedule-end",
        "refused",
        "ended",
        "sure",
    ];
    let dynamic =
        |key: &str| lists.iter().any(|list| key.strip_prefix(list).is_some_and(|rest| rest.starts_with('-')));
    let unused: Vec<_> =
        keys(EN_TEXTS).into_iter().filter(|key| !used.contains(key) && !dynamic(key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_word_of_a_closed_list_has_its_text() {
    use muster_proto::{facts, message, policy, report, verdict};
    fn all<T: std::fmt::Display>(list: &str, words: &[T]) {
        for word in words {
            for lang in Lang::ALL {
                assert!(
                    lang.find(&format!("{list}-{word}"), None).is_some(),
                    "{}: {list}-{word}",
                    lang.code()
                );
            }
        }
    }
    let actions: Vec<String> = crate::audit::ACTIONS.iter().map(|action| action.replace('.', "-")).collect();
    all("audit", &actions);
    all("state", verdict::State::ALL);
    all("severity", policy::Severity::ALL);
    all("mode", policy::Mode::ALL);
    all("trigger", report::Trigger::ALL);
    all("order-kind", message::OrderKind::ALL);
    all("signature", facts::Signature::ALL);
    all("match", facts::MatchKind::ALL);
    all("profile", facts::Profile::ALL);
    all("app-source", facts::AppSource::ALL);
    all("protection", facts::Protection::ALL);
    all("source", facts::Source::ALL);
    all("role", &crate::auth::Role::ALL.map(crate::auth::Role::name));
    all("asset-life", crate::register::Life::ALL);
    all("asset-platform", crate::register::AssetPlatform::ALL);
    all("carrier-standing", crate::register::CarrierStanding::ALL);
    all(
        "carriers-outcome",
        &crate::register::carriers::Outcome::ALL.map(crate::register::carriers::Outcome::word),
    );
    all("asset-budget", crate::register::Budget::ALL);
    all("value-platform", facts::Platform::ALL);
    all("value-management", facts::Management::ALL);
    all("value-encryption", facts::Encryption::ALL);
    all("value-lock_strength", facts::Strength::ALL);
    all("value-verified_boot", facts::BootState::ALL);
    all("value-root", facts::RootKind::ALL);
    all("value-install", facts::InstallKind::ALL);
    all("value-scope", facts::Scope::ALL);
    all("value-background", facts::BackgroundLimit::ALL);
    all("value-container", facts::Container::ALL);
    all("reason", &facts::Reason::ALL.map(facts::Reason::word));
    let names: Vec<&str> = facts::DeviceFacts::KEYS.iter().skip(1).map(|(_, name)| *name).collect();
    all("fact", &names);
}

#[test]
fn russian_plurals() {
    let days = |n| Lang::Ru.with("unit-days", [("n", number(n))]);
    assert_eq!(
        [1, 2, 5, 11, 21, 104].map(days),
        ["1 день", "2 дня", "5 дней", "11 дней", "21 день", "104 дня"]
    );
    assert_eq!(Lang::En.with("unit-days", [("n", number(1))]), "1 day");
}

#[test]
fn the_browser_says_which_language() {
    for (header, lang) in [
        ("", Lang::En),
        ("ru", Lang::Ru),
        ("de, ru;q=0.5, en;q=0.4", Lang::Ru),
        ("en-GB,ru;q=0.9", Lang::En),
        ("ru-RU", Lang::Ru),
        (";;q=x,", Lang::En),
    ] {
        assert_eq!(Lang::accepted(header), lang, "{header:?}");
    }
}

#[test]
fn every_problem_has_its_sentence() {
    for lang in Lang::ALL {
        let missing: Vec<_> = crate::problems::Code::ALL
            .iter()
            .filter(|code| lang.find(&format!("problem-{}", code.word()), None).is_none())
            .collect();
        assert!(missing.is_empty(), "{}: {missing:?}", lang.code());
    }
}
