//! Scans of many devices: asking, and how many have answered.

use crate::field::Field as _;
use crate::output::{Outcome, complain, print, print_json};
use crate::pages::collect;
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use crate::watch::{View, Watch};
use serde_json::Value;
use std::time::{Duration, Instant};

/// What a scan's devices can be counted under, in the order of an order's life.
const COUNTS: [&str; 9] =
    ["waiting", "queued", "delivered", "running", "reported", "failed", "expired", "cancelled", "skipped"];
/// The server holds an answer back for at most so long at a time.
const ONE_WAIT: Duration = Duration::from_secs(25);

/// Asks, and waits for the answers or shows them coming in where that is wanted.
pub fn ask(
    server: &Server,
    body: &Value,
    wait: Option<u64>,
    watch: Option<u64>,
    json: bool,
) -> anyhow::Result<Outcome> {
    let made = server.post("order the scan", "scans", body)?;
    left_out(&made);
    let (mut scan, id) = (made.clone(), made.word("scan"));
    let (started, wait_for) = (now(), Duration::from_secs(wait.unwrap_or(0)));
    while wait.is_some() && !done(&scan) && now() - started < wait_for {
        let left = wait_for.saturating_sub(now() - started).clamp(Duration::from_secs(1), ONE_WAIT);
        scan = server.wait("watch the scan", &format!("scans/{}", escaped(&id)), left)?;
    }
    match watch {
        Some(every) => scan = follow(server, &id, every, json)?,
        None => print_one(&scan, json)?,
    }
    let missed: u64 =
        ["failed", "expired", "cancelled", "skipped"].iter().map(|name| count(&scan, name)).sum();
    Ok(match (wait.or(watch), done(&scan)) {
        (Some(_), false) => {
            Outcome::Failed(format!("not all have answered; the scan stands until {}", scan.word("expires")))
        }
        (Some(_), true) if missed > 0 => {
            Outcome::Failed(format!("{missed} of {} devices did not answer", scan.word("devices")))
        }
        _ => Outcome::Done,
    })
}

/// Says who was named or found, and left out, and why.
pub fn left_out(made: &Value) {
    for name in made.list("unknown") {
        complain(&format!("no device, or more than one, is {}", crate::field::in_words(name)));
    }
    for name in made.list("inactive") {
        complain(&format!("{} does not count any more", crate::field::in_words(name)));
    }
    for name in made.list("elsewhere") {
        complain(&format!("you have no right to do this with {}", crate::field::in_words(name)));
    }
    for (key, why) in
        [("elsewhere", "you have no right to do this with them"), ("inactive", "they do not count any more")]
    {
        let many = made.at("left_out").at(key).as_u64().unwrap_or(0);
        if many > 0 {
            complain(&format!("left out of what was found: {many}, for {why}"));
        }
    }
}

/// Asks those once more who did not answer.
pub fn repeat(server: &Server, id: &str, body: &Value, json: bool) -> anyhow::Result<Outcome> {
    let made = server.post("repeat the scan", &format!("scans/{}/repeat", escaped(id)), body)?;
    left_out(&made);
    print_one(&made, json)?;
    Ok(Outcome::Done)
}

/// Lists scans, the newest first.
pub fn list(server: &Server, most: usize, json: bool) -> anyhow::Result<()> {
    let scans = collect(server, "list scans", "scans", "scans", &[], Some(most))?;
    if json {
        return print_json(&Value::Array(scans));
    }
    let mut table = Table::new(&[
        "scan",
        "created (UTC)",
        "devices",
        "reported",
        "open",
        "missed",
        "by",
        "query",
        "reason",
    ]);
    for scan in &scans {
        let sum = |names: &[&str]| {
            Cell::number(names.iter().map(|name| count(scan, name)).sum::<u64>().to_string())
        };
        table.row([
            scan.word("scan").into(),
            scan.moment("created").into(),
            Cell::number(scan.word("devices")),
            sum(&["reported"]),
            sum(&["waiting", "queued", "delivered", "running"]),
            sum(&["failed", "expired", "cancelled", "skipped"]),
            scan.word("requested_by").into(),
            scan.word("query").into(),
            scan.word("reason").into(),
        ]);
    }
    print(&if table.is_empty() {
        "No scan yet: muster scan --query QUERY --reason TEXT".to_owned()
    } else {
        table.text()
    })
}

/// Shows a scan and how far it is.
pub fn show(server: &Server, id: &str, watch: Option<u64>, json: bool) -> anyhow::Result<()> {
    match watch {
        Some(every) => follow(server, id, every, json).map(drop),
        None => print_one(&read(server, id)?, json),
    }
}

/// Shows a scan until it is over.
fn follow(server: &Server, id: &str, every: u64, json: bool) -> anyhow::Result<Value> {
    let watch = Watch { server, every, device: None, key: "scan", json };
    let view = watch.follow(|| {
        let scan = read(server, id)?;
        Ok(View { text: text(&scan), over: done(&scan), items: vec![scan] })
    })?;
    Ok(view.items.into_iter().next().unwrap_or_default())
}

/// Calls it back.
pub fn cancel(server: &Server, id: &str, json: bool) -> anyhow::Result<()> {
    let path = format!("scans/{}/cancel", escaped(id));
    print_one(&server.post("cancel the scan", &path, &Value::Object(serde_json::Map::new()))?, json)
}

fn read(server: &Server, id: &str) -> anyhow::Result<Value> {
    server.read("show the scan", &format!("scans/{}", escaped(id)), &[])
}

fn done(scan: &Value) -> bool {
    scan.at("done").as_bool() == Some(true)
}

fn count(scan: &Value, name: &str) -> u64 {
    scan.at(&format!("progress/{name}")).as_u64().unwrap_or(0)
}

fn print_one(scan: &Value, json: bool) -> anyhow::Result<()> {
    if json { print_json(scan) } else { print(&text(scan)) }
}

fn text(scan: &Value) -> String {
    let mut table = Table::pairs();
    for name in ["scan", "kind", "requested_by", "reason", "query", "expires", "devices"] {
        table.row([Cell::dim(&name.replace('_', " ")), scan.word(name).into()]);
    }
    for name in COUNTS {
        if count(scan, name) > 0 {
            table.row([Cell::state(name), count(scan, name).to_string().into()]);
        }
    }
    for (title, name) in [("half within", "p50_ms"), ("19 of 20 within", "p95_ms")] {
        if let Some(ms) = scan.at(&format!("progress/{name}")).as_u64() {
            table.row([Cell::dim(title), format!("{ms} ms").into()]);
        }
    }
    for turned in scan.list("turned") {
        let way = format!("{} → {}", state(turned, "from"), state(turned, "to"));
        let said = format!("{way} on {}", turned.word("devices"));
        table.row([Cell::dim(&turned.word("rule")), said.into()]);
    }
    table.text()
}

/// A state, or a dash where the rule did not apply.
fn state(turned: &Value, name: &str) -> String {
    turned.text(name).unwrap_or("–").to_owned()
}

#[expect(clippy::disallowed_methods, reason = "a program of people's: it waits for as long as they said")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_scan_shows_what_is_there() {
        let scan = json!({
            "scan": "00", "kind": "scan", "requested_by": "anna", "reason": "a look", "query": "verdict:unknown",
            "expires": "2026-11-23T10:00:00Z", "devices": 3, "done": false,
            "progress": {"queued": 1, "reported": 2, "failed": 0, "p50_ms": 300, "p95_ms": null},
            "turned": [{"rule": "maker", "from": null, "to": "failing", "devices": 2}],
        });
        let text = text(&scan);
        assert!(text.contains("● reported    2") && text.contains("· queued      1"), "{text}");
        assert!(text.contains("– → failing on 2"), "{text}");
        assert!(text.contains("300 ms") && !text.contains("failed") && !text.contains("19 of 20"), "{text}");
    }
}
