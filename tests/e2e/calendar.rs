//! Calendars and notes that somebody is away, through the real programs.

use muster_tests::{Agent, Root, Server};
use serde_json::json;

#[test]
fn silence_is_counted_in_working_time_and_stands_while_somebody_is_away() {
    let server = Server::start();
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let id = agent.id();
    let muster = |words: &[&str]| server.muster(words);
    let begins = || muster(&["device", "show", &id, "--json"]).json()["silence"]["begins"].clone();
    let plain = begins();

    let none = muster(&["org", "calendar", "show", "minfin"]).ok();
    assert!(none.text().contains("all time counts"), "{}", none.text());
    let set = ["org", "calendar", "set", "minfin", "--week", "mon-fri", "--hours", "09:00-10:00"];
    let set = [&set[..], &["--off", "01-01..01-08 New Year", "--json"]].concat();
    let calendar = muster(&set).json();
    assert_eq!(calendar["own"]["off"], json!([{ "first": "01-01", "last": "01-08", "name": "New Year" }]));
    let counted = begins();
    // an hour of working time a day: whatever day it is, more than a month
    assert!(counted.as_str() > plain.as_str(), "{counted} is after {plain}");
    let shown = muster(&["org", "calendar", "show", "minfin"]).ok();
    assert!(shown.text().contains("01-01..01-08 New Year"), "{}", shown.text());
    muster(&["org", "calendar", "set", "minfin", "--week", "mon", "--off", "tomorrow"]).misused("malformed");
    drop(muster(&["org", "calendar", "set", "minfin"]).ends(2));
    drop(muster(&["org", "calendar", "remove", "minfin"]).ok());
    assert_eq!(begins(), plain);

    let until = calendar_day_ahead(&server);
    let note = ["device", "away", &id, "--until", &until, "--reason", "holiday", "--json"];
    assert_eq!(muster(&note).json()["reason"], "holiday");
    assert!(begins().as_str() > plain.as_str());
    let page = muster(&["device", "show", &id]).ok();
    assert!(page.text().contains("holiday"), "{}", page.text());
    assert_eq!(muster(&["device", "away", &id, "--json"]).json()[0]["reason"], "holiday");
    drop(muster(&["device", "back", &id]).ok());
    muster(&["device", "back", &id]).refused("not-away");

    let asset =
        ["asset", "add", "--org", "minfin", "--tag", "CAL-1", "--carrier", "Anna", "--life", "in-use"];
    drop(muster(&asset).ok());
    let away = ["asset", "away", "CAL-1", "--until", &until, "--reason", "ill"];
    muster(&away).refused("not-enrolled");
    drop(muster(&["asset", "link", "CAL-1", &id]).ok());
    drop(muster(&away).ok());
    let view = muster(&["device", "show", &id, "--json"]).json();
    assert!(view["away"]["asset"].is_string() && view["silence"]["stands"] == "away", "{view}");
    drop(muster(&["asset", "back", "CAL-1"]).ok());
    let audit = muster(&["audit", "list", "--json"]).ok();
    for action in ["org.calendar", "org.calendar-remove", "device.away", "device.back"] {
        assert!(audit.text().contains(action), "{action}");
    }
}

/// A day some weeks ahead of the server's clock.
fn calendar_day_ahead(server: &Server) -> String {
    let audit = server.muster(&["audit", "list", "--json"]).json();
    let now: muster_proto::time::Timestamp =
        audit[0]["at"].as_str().and_then(|at| at.parse().ok()).expect("a time of the audit");
    let ahead = now + muster_proto::time::Span::from_hours(30 * 24);
    ahead.to_string().chars().take(10).collect()
}
