//! Facts in words: each a value, or the reason why there is none.

use super::evidence::bytes;
use crate::devices::view::DeviceView;
use crate::http::console::frame::Frame;
use crate::http::console::when::When;
use crate::i18n::{Lang, number, words};
use maud::{Markup, html};
use muster_proto::facts::{DeviceFacts, Fact, Reason, WorkFacts};
use muster_proto::time::{Span, Timestamp};
use serde_json::Value;

/// The section.
#[must_use]
pub fn section(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    html! {
        section #facts data-live {
            h2 { (lang.say("facts")) }
            @match &device.facts {
                None => p.none { (lang.say("no-fact")) },
                Some(facts) => (list(lang, when, facts, device)),
            }
            @if let Some(did) = &device.work {
                dl.facts { div { dt { (lang.say("last-work")) } dd { (work(lang, when, did)) } } }
            }
        }
    }
}

/// How long it took, why the system ended the one before, and what went over the network since the report before.
fn work(lang: Lang, when: &When, did: &WorkFacts) -> String {
    let mut parts = vec![when.span(did.took_ms)];
    if let Some(reason) = did.stop_reason {
        let why = lang.word("value-stop", &reason.to_string());
        parts.push(lang.with("work-was-ended", [("why", words(&why))]));
    }
    if let Some(size) = did.sent {
        parts.push(lang.with("bytes-sent", [("bytes", words(&bytes(lang, size)))]));
    }
    if let Some(size) = did.received {
        parts.push(lang.with("bytes-received", [("bytes", words(&bytes(lang, size)))]));
    }
    parts.join("; ")
}

fn list(lang: Lang, when: &When, facts: &DeviceFacts, device: &DeviceView) -> Markup {
    html! {
        dl.facts {
            @for (name, fact) in all(facts) {
                div {
                    dt { (lang.word("fact", name)) }
                    dd title=[device.sources.get(name).map(|source| {
                        lang.with("read-from", [("source", words(&lang.word("source", source.word())))])
                    })] {
                        @match fact {
                            Fact::Known(value) => (value_words(lang, when, name, &value)),
                            Fact::Unknown(reason) => span.none { (lang.word("reason", reason.word())) },
                        }
                    }
                }
            }
            @for (source, how) in &device.apps_sources {
                div {
                    dt { (lang.with("inventory", [("source", words(&lang.word("app-source", source)))])) }
                    dd {
                        @if *how == "read" { (lang.say("was-read")) } @else { span.none { (lang.word("reason", how)) } }
                    }
                }
            }
        }
    }
}

/// Every fact in the order of the contract, by name.
fn all(facts: &DeviceFacts) -> Vec<(&'static str, Fact<Value>)> {
    let mut said = serde_json::to_value(facts).unwrap_or_default();
    let names = DeviceFacts::KEYS.iter().map(|(_, name)| *name).filter(|name| *name != "sources");
    names.filter_map(|name| Some((name, fact(said.get_mut(name)?.take())?))).collect()
}

/// The wire's own JSON rendering: `{"value": …}` or `{"reason": …}`.
fn fact(said: Value) -> Option<Fact<Value>> {
    match said {
        Value::Object(mut map) => match map.remove("value") {
            Some(value) => Some(Fact::Known(value)),
            None => serde_json::from_value::<Reason>(map.remove("reason")?).ok().map(Fact::Unknown),
        },
        _ => None,
    }
}

/// The value of a fact in words.
#[must_use]
pub fn value_words(lang: Lang, when: &When, name: &str, value: &Value) -> String {
    match (name, value) {
        ("root_signs", Value::Array(signs)) if signs.is_empty() => lang.say("none-found"),
        (_, Value::Array(list)) if list.is_empty() => lang.say("none"),
        ("root_signs", Value::Array(signs)) => joined(signs, |sign| {
            format!("{} ({})", lang.word("value-root", text(sign, "kind")), text(sign, "seen"))
        }),
        ("background_limits", Value::Array(list)) => {
            joined(list, |one| lang.word("value-background", one.as_str().unwrap_or_default()))
        }
        ("containers", Value::Array(list)) => {
            joined(list, |one| lang.word("value-container", one.as_str().unwrap_or_default()))
        }
        ("package_certificates", Value::Array(list)) => joined(list, |one| signed_by(lang, one)),
        ("restrictions", Value::Array(list)) => {
            joined(list, |one| one.as_str().unwrap_or_default().to_owned())
        }
        ("install_sources", Value::Object(_)) => install_sources(lang, value),
        ("pending_update", Value::Object(_)) => pending_update(lang, when, value),
        ("lock_after", Value::Number(secs)) => {
            when.span(Span::from_secs(secs.as_u64().unwrap_or(0)).millis())
        }
        (_, Value::Bool(yes)) => lang.word(&format!("value-{name}"), if *yes { "yes" } else { "no" }),
        (_, Value::String(word)) => lang.word(&format!("value-{name}"), word),
        (_, other) => other.to_string(),
    }
}

fn joined(list: &[Value], word: impl Fn(&Value) -> String) -> String {
    list.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// How many packages one certificate has signed, or none.
fn signed_by(lang: Lang, signer: &Value) -> String {
    let packages = number(signer.get("packages").and_then(Value::as_u64).unwrap_or(0));
    match text(signer, "id") {
        "" => lang.with("signed-by-nobody", [("packages", packages)]),
        id => lang.with("signed-by", [("packages", packages), ("id", words(id))]),
    }
}

fn install_sources(lang: Lang, value: &Value) -> String {
    let count = value.get("count").and_then(Value::as_u64).unwrap_or(0);
    let kinds = value.get("kinds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let kinds = joined(kinds, |kind| lang.word("value-install", kind.as_str().unwrap_or_default()));
    let count = lang.with("install-sources", [("n", number(count))]);
    if kinds.is_empty() { count } else { format!("{count}: {kinds}") }
}

fn pending_update(lang: Lang, when: &When, value: &Value) -> String {
    let waiting = value.get("waiting").and_then(Value::as_bool).unwrap_or(false);
    let since = value.get("since").and_then(Value::as_str).and_then(|at| at.parse::<Timestamp>().ok());
    match (waiting, since) {
        (false, _) => lang.say("no-update-waits"),
        (true, None) => lang.say("update-waits"),
        (true, Some(at)) => lang.with("update-waits-since", [("day", words(&when.day(at)))]),
    }
}
