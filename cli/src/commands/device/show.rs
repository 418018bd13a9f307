//! One device for people: the verdict and its reasons first, then what they rest on.

use crate::field::{DASH, Field as _, in_words};
use crate::table::{Cell, Table};
use serde_json::{Value, json};

/// The whole page.
pub fn text(device: &Value) -> String {
    let sections = [
        ("", head(device)),
        ("Findings", findings(device)),
        ("Facts", facts(device)),
        ("Watched applications found", sightings(device)),
        ("What the management system says is installed", told(device)),
        ("Chain of reports", chain(device)),
        ("Changes", edges(&first(device, "edges"))),
        ("Orders", orders(device)),
        ("Reports", reports(&first(device, "reports"))),
    ];
    let mut text = String::new();
    for (title, table) in sections {
        if table.is_empty() {
            continue;
        }
        if !title.is_empty() {
            text += &format!("\n{title}\n");
        }
        text += &table.text();
    }
    text
}

/// The first of a list: a page is not for all of them.
fn first(device: &Value, list: &str) -> Value {
    json!({ list: device.list(list).get(..10).unwrap_or(device.list(list)) })
}

fn head(device: &Value) -> Table {
    let mut table = Table::pairs();
    table.row([Cell::dim("device"), device.word("id").into()]);
    if device.at("asset_tag").is_string() {
        table.row([Cell::dim("asset tag"), device.word("asset_tag").into()]);
    }
    table.row([Cell::dim("organisation"), device.word("org").into()]);
    let model = format!("{} {}", device.word("manufacturer"), device.word("model"));
    table.row([Cell::dim("model"), model.into()]);
    table.row([
        Cell::dim("system"),
        format!("{} {}", device.word("platform"), device.word("os_version")).into(),
    ]);
    table.row([Cell::dim("agent"), device.word("agent").into()]);
    if device.at("ended").is_object() {
        ended(device, &mut table);
    } else {
        table.row([Cell::dim("verdict"), Cell::state(&device.word("verdict/state"))]);
        table.row([Cell::dim("since"), device.moment("verdict/since").into()]);
        table.row([Cell::dim("due"), device.moment("verdict/due").into()]);
    }
    for (title, name) in [
        ("last contact", "last_contact"),
        ("last fresh report", "last_fresh"),
        ("last hardware proof", "last_attested"),
    ] {
        table.row([Cell::dim(title), device.moment(&format!("ages/{name}")).into()]);
    }
    silence(device, &mut table);
    if device.at("limited_sight").is_object() {
        let unseen = [("facts", "facts"), ("apps_sources", "inventory")].map(|(list, title)| {
            let list = format!("limited_sight/{list}");
            (!device.list(&list).is_empty()).then(|| format!("; {title} not seen: {}", device.word(&list)))
        });
        let limits: String = unseen.into_iter().flatten().collect();
        table.row([Cell::dim("limited sight"), format!("application package{limits}").into()]);
    }
    let key = format!("{}, {}", device.word("key/kid"), device.word("key/protection"));
    table.row([Cell::dim("key"), key.into()]);
    if let Some(count) = device.at("key/chain/certificates").as_u64() {
        let kept = format!("{count} kept, not verified, sha256 {}", device.word("key/chain/sha256"));
        table.row([Cell::dim("certificates"), kept.into()]);
    }
    if device.at("replaced_by").is_string() {
        table.row([Cell::dim("replaced by"), device.word("replaced_by").into()]);
    }
    if device.at("replaces").is_string() {
        table.row([Cell::dim("in place of"), device.word("replaces").into()]);
    }
    if !device.list("stopped_by").is_empty() {
        table.row([Cell::dim("stopped by"), format!("the phone: {}", device.word("stopped_by")).into()]);
    }
    if !device.list("also_limited").is_empty() {
        let usual = format!("{} (seldom the cause)", device.word("also_limited"));
        table.row([Cell::dim("also limited"), usual.into()]);
    }
    if device.at("work").is_object() {
        table.row([Cell::dim("last work"), device.word("work").into()]);
    }
    table
}

/// When it counts as silent, and why that is not what the clock on the wall says.
fn silence(device: &Value, table: &mut Table) {
    if device.at("silence").is_object() {
        table.row([Cell::dim("silent from"), device.moment("silence/begins").into()]);
    }
    if let Some(org) = device.text("silence/calendar") {
        let stands = device.text("silence/stands").map(|_| "; it stands now").unwrap_or_default();
        let counted = format!("working time by the calendar of {}{stands}", in_words(&json!(org)));
        table.row([Cell::dim("counted in"), counted.into()]);
    }
    if device.at("away").is_object() {
        let note = format!(
            "from {} until {}, said by {}: {}",
            device.moment("away/from"),
            device.moment("away/until"),
            device.word("away/actor"),
            device.word("away/reason")
        );
        table.row([Cell::dim("away"), note.into()]);
    }
}

/// In the place of the verdict: it counts no more.
fn ended(device: &Value, table: &mut Table) {
    let said = |at: &str, by: &str| {
        let who = device.text(by).map(|who| format!(" by {who}"));
        format!("{}{}", device.moment(at), who.unwrap_or_default())
    };
    table.row([Cell::dim(&device.word("ended/status")), said("ended/at", "ended/by").into()]);
    if let Some(reason) = device.text("ended/reason") {
        table.row([Cell::dim("reason"), reason.to_owned().into()]);
    }
    if device.at("ended/erased").is_string() {
        table.row([Cell::dim("erased"), said("ended/erased", "ended/erased_by").into()]);
    }
}

/// The state of every rule.
pub fn findings(device: &Value) -> Table {
    let mut table = Table::new(&["rule", "state", "since (UTC)", "until (UTC)", "mode", "shown by"]);
    for finding in device.list("findings") {
        let shown: Vec<String> = finding.list("evidence").iter().map(evidence).collect();
        table.row([
            finding.word("rule").into(),
            Cell::state(&finding.word("state")),
            finding.moment("since").into(),
            finding.moment("due").into(),
            finding.word("mode").into(),
            shown.join("; ").into(),
        ]);
    }
    table
}

fn evidence(one: &Value) -> String {
    match (one.at("what"), one.at("value")) {
        (Value::Null, _) => in_words(one),
        (what, Value::Null) => in_words(what),
        (what, value) => format!("{}: {}", in_words(what), in_words(value)),
    }
}

/// What the newest report says.
pub fn facts(device: &Value) -> Table {
    let mut table = Table::pairs();
    for (name, fact) in device.at("facts").as_object().into_iter().flatten() {
        let value = match (fact.get("value"), fact.get("reason")) {
            (Some(value), _) => in_words(value),
            (None, Some(reason)) => format!("{DASH} ({})", in_words(reason)),
            // not a fact, but where facts were read
            (None, None) => continue,
        };
        table.row([Cell::dim(&name.replace('_', " ")), value.into()]);
    }
    table
}

/// Watched applications that were found.
pub fn sightings(device: &Value) -> Table {
    let titles = ["messenger", "package", "version", "signature", "match", "shown by", "not known to"];
    let mut table = Table::new(&titles);
    for one in device.list("sightings") {
        let also = one.list("also").iter().map(in_words);
        let shown_by: Vec<String> = [one.word("source")].into_iter().chain(also).collect();
        let words = ["messenger", "package", "version", "signature", "matched"].map(|name| one.word(name));
        table.row(words.into_iter().chain([shown_by.join(", "), one.word("not_known_to")]).map(Cell::from));
    }
    table
}

/// What the management system says.
pub fn told(device: &Value) -> Table {
    let mut table =
        Table::new(&["messenger", "package", "version", "match", "seen (UTC)", "imported (UTC)", "by"]);
    for one in device.list("told") {
        let words = ["messenger", "package", "version", "matched"].map(|name| one.word(name));
        let moments = ["seen_at", "imported_at"].map(|name| one.moment(name));
        table.row(words.into_iter().chain(moments).chain([one.word("actor")]).map(Cell::from));
    }
    table
}

fn chain(device: &Value) -> Table {
    let mut table = Table::pairs();
    if device.at("chain").is_object() {
        let head = format!("number {} of {}", device.word("chain/number"), device.word("chain/chain"));
        table.row([Cell::dim("newest"), head.into()]);
        table.row([Cell::dim("unbroken since"), device.moment("chain/unbroken_since").into()]);
        for one in device.list("chain/breaks") {
            table.row([Cell::dim("break"), in_words(one).into()]);
        }
        for one in device.list("chain/restored") {
            let numbers = format!(
                "{} to {}, {} of them, when the server was restored",
                one.word("first"),
                one.word("last"),
                one.word("lost")
            );
            table.row([Cell::dim("lost"), numbers.into()]);
        }
    }
    table
}

/// Changes of findings.
pub fn edges(device: &Value) -> Table {
    let mut table = Table::new(&["when (UTC)", "rule", "from", "to", "mode"]);
    for edge in device.list("edges") {
        let states = ["from", "to"].map(|name| Cell::state(&edge.word(name)));
        let [from, to] = states;
        let mode = edge.word("mode").into();
        table.row([edge.moment("at").into(), edge.word("rule").into(), from, to, mode]);
    }
    table
}

fn orders(device: &Value) -> Table {
    let mut table = Table::new(&["created (UTC)", "order", "kind", "state", "by", "reason"]);
    for order in device.list("orders").iter().take(10) {
        table.row([
            order.moment("created").into(),
            order.word("order").into(),
            order.word("kind").into(),
            Cell::state(&order.word("state")),
            order.word("requested_by").into(),
            order.word("reason").into(),
        ]);
    }
    table
}

/// Stored reports.
pub fn reports(device: &Value) -> Table {
    let mut table = Table::new(&["number", "received (UTC)", "trigger", "bytes", "standing", "digest"]);
    for report in device.list("reports") {
        table.row([
            Cell::number(report.word("number")),
            report.moment("received").into(),
            report.word("trigger").into(),
            Cell::number(report.word("size")),
            report.word("standing").into(),
            report.word("digest").chars().take(16).collect::<String>().into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_device_has_no_verdict_but_an_end() {
        let device = json!({
            "id": "00", "org": "a", "verdict": {"state": "failing", "since": "2026-11-23T00:00:00Z"},
            "ended": {"status": "retired", "at": "2026-11-25T00:00:00Z", "by": "Anna", "reason": "fell into the Neva",
                      "erased": "2026-11-26T00:00:00Z", "erased_by": "Boris"},
        });
        let text = text(&device);
        assert!(!text.contains("verdict") && !text.contains("failing"), "{text}");
        for part in ["retired", "by Anna", "fell into the Neva", "erased", "by Boris"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn reasons_and_unknown_facts_are_shown() {
        let device = json!({
            "id": "00", "org": "a", "asset_tag": "MF-1", "manufacturer": "F+", "model": "R570E", "platform": "aurora", "os_version": null,
            "verdict": {"state": "grace", "since": "2026-11-23T00:00:00Z", "due": "2026-11-26T00:00:00Z"},
            "findings": [{"rule": "foreign-messengers", "state": "grace", "evidence": [{"what": "telegram", "value": "harbour-fernschreiber"}]}],
            "facts": {"security_patch": {"reason": "unsupported"}, "encryption": {"value": "active"}},
        });
        let text = text(&device);
        assert!(text.contains("◆ grace"), "{text}");
        assert!(text.contains("asset tag  ") && text.contains("MF-1"), "{text}");
        assert!(text.contains("telegram: harbour-fernschreiber"), "{text}");
        assert!(text.contains("security patch  – (unsupported)"), "{text}");
        assert!(!text.contains("Orders"), "{text}");
    }
}
