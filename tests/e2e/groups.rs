//! Labels, groups and repeated scans through the real programs.

use muster_tests::{Agent, Root, Server};
use serde_json::json;

#[test]
fn a_phone_is_labelled_grouped_and_asked_again_and_again() {
    let server = Server::start();
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let id = agent.id();
    let muster = |words: &[&str]| server.muster(words);
    let done = |words: &[&str]| drop(server.muster(words).ok());
    let labels = muster(&["device", "label", &id, "role=minister", "old=1", "--json"]).json();
    assert_eq!(labels["labels"], json!({ "role": "minister", "old": "1" }));
    let told = muster(&["device", "label", &id, "role=minister", "old-"]).ok();
    assert!(told.text().contains("labels:"), "{}", told.text());
    let many = muster(&["device", "label", "--query", "org:minfin", "site=msk", "--json"]).json();
    assert_eq!((&many["changed"], &many["unchanged"]), (&json!(1), &json!(0)));
    muster(&["device", "label", &id, "Role=x"]).misused("bad-label");
    drop(muster(&["device", "label", &id]).ends(2));
    drop(muster(&["device", "label", "nobody", "role=x"]).ends(1));

    done(&["group", "add", "vip", "--query", "label:role=minister", "--columns", "asset_tag,labels"]);
    muster(&["group", "add", "vip", "--query", ""]).refused("group-exists");
    let listed = muster(&["device", "list", "group:vip", "--json"]).json();
    assert_eq!(listed[0]["id"], json!(id), "{listed}");
    let table = muster(&["device", "list", "group:vip", "--csv", "--columns", "id,labels"]).ok();
    assert_eq!(table.text(), format!("\"id\",\"labels\"\n\"{id}\",\"role=minister site=msk\"\n"));
    done(&["group", "edit", "vip", "--query", "label:role=minister label:site=msk"]);
    assert_eq!(muster(&["group", "list", "--json"]).json()[0]["devices"], 1);
    let scan = muster(&["scan", "--query", "group:vip", "--reason", "all ministers", "--json"]).json();
    assert_eq!(scan["devices"], 1, "{scan}");

    let times = ["--every", "month", "--day", "31", "--at", "08:30"];
    let add = [&["schedule", "add", "--query", "group:vip", "--reason", "each month", "--json"][..], &times]
        .concat();
    let made = muster(&add).json();
    let schedule = made["id"].as_str().expect("an id").to_owned();
    assert!(made["next_run"].as_str().is_some_and(|next| next.ends_with("T08:30:00Z")), "{made}");
    let daily = muster(&["schedule", "edit", &schedule, "--every", "day", "--json"]).json();
    assert_eq!((&daily["every"], &daily["day"]), (&json!("day"), &json!(null)));
    assert_eq!(muster(&["schedule", "pause", &schedule, "--json"]).json()["next_run"], json!(null));
    done(&["schedule", "resume", &schedule]);
    assert!(muster(&["schedule", "list"]).ok().text().contains("group:vip"));
    muster(&["group", "remove", "vip"]).refused("group-in-use");
    assert_eq!(muster(&["schedule", "end", &schedule, "--json"]).json()["why"], "ended");
    muster(&["schedule", "end", &schedule]).refused("schedule-over");
    done(&["group", "remove", "vip"]);
    for nobody in ["group:vip", "org:nobody", "rule:nothing"] {
        muster(&["device", "list", nobody]).misused("bad-query");
    }

    let held = muster(&["device", "export", &id]).ok();
    assert!(held.text().contains("\"site\":\"msk\""), "labels are a part of what is held");
    let audit = muster(&["audit", "list", "--json"]).ok();
    for action in ["device.label", "group.add", "group.edit", "group.remove", "schedule.add", "schedule.end"]
    {
        assert!(audit.text().contains(action), "{action}");
    }
}
