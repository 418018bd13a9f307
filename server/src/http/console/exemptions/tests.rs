//! The page of exemptions: what ends soon stands first, and what was typed is not lost.

use axum::http::StatusCode;

use crate::auth::Actor;
use crate::http::console::policies::tests::{POLICY, broken_phone, page, send};
use crate::http::testing::world;

#[tokio::test]
async fn exemptions_that_end_soon_stand_first_and_can_be_ended() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let policy = POLICY.to_owned();
    crate::policies::apply(&world.app, &Actor::system("test"), policy, false).await.unwrap();
    let phone = broken_phone(&world).await;
    assert!(page(&world, &cookie, "/exemptions").await.contains("no-telegram"), "the rule can be chosen");
    let name = phone.id.to_string();
    for (org, device, until, reason) in
        [("minfin", "", "2026-06-26", "later"), ("", name.as_str(), "2026-04-02", "sooner")]
    {
        let fields =
            [("rule", "no-telegram"), ("org", org), ("device", device), ("until", until), ("reason", reason)];
        let added = send(&world, &cookie, "/exemptions", &fields).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    }
    let shown = page(&world, &cookie, "/exemptions").await;
    assert!(shown.find(">sooner<").unwrap() < shown.find(">later<").unwrap(), "{shown}");
    assert!(shown.contains("ends soon") && shown.contains("in force"));
    let first = shown.split("action=\"/exemptions/").nth(1).unwrap().split('"').next().unwrap();
    let ended = send(&world, &cookie, &format!("/exemptions/{first}"), &[("sure", "1")]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text);
    let shown = page(&world, &cookie, "/exemptions?lang=ru").await;
    assert!(shown.contains("закончилось") && shown.contains("действует"), "{shown}");
    let both = [
        ("rule", "no-telegram"),
        ("org", "minfin"),
        ("device", &name),
        ("until", "2026-03-29"),
        ("reason", "x"),
    ];
    let refused = send(&world, &cookie, "/exemptions", &both).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "one of the two");
    let typed = [
        ("rule", "no-telegram"),
        ("org", ""),
        ("device", "no such"),
        ("until", "2026-04-04"),
        ("reason", "on <leave>"),
    ];
    let refused = send(&world, &cookie, "/exemptions?lang=en", &typed).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text);
    for part in ["value=\"no such\"", "value=\"2026-04-04\"", "value=\"on &lt;leave&gt;\"", "role=\"alert\""]
    {
        assert!(refused.text.contains(part), "what was typed is there: {part}: {}", refused.text);
    }
    let by_tag = [
        ("rule", "no-telegram"),
        ("org", ""),
        ("device", "MF-1"),
        ("until", "2026-04-04"),
        ("reason", "leave"),
    ];
    let added = send(&world, &cookie, "/exemptions", &by_tag).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
}

#[tokio::test]
async fn a_day_counts_whole_in_the_time_zone_of_the_organisation() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    crate::policies::apply(&world.app, &Actor::system("test"), POLICY.to_owned(), false).await.unwrap();
    let phone = broken_phone(&world).await;
    let change = crate::orgs::OrgChange { time_zone: Some("Europe/Moscow".to_owned()), ..Default::default() };
    let any = crate::version::IfMatch::default();
    crate::orgs::edit(&world.app, &Actor::system("test"), "minfin", any, change).await.unwrap();
    let name = phone.id.to_string();
    for (org, device) in [("minfin", ""), ("", name.as_str())] {
        let fields = [
            ("rule", "no-telegram"),
            ("org", org),
            ("device", device),
            ("until", "2026-04-04"),
            ("reason", "x"),
        ];
        let added = send(&world, &cookie, "/exemptions", &fields).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    }
    let shown = page(&world, &cookie, "/exemptions?lang=en").await;
    let ends = shown.split("<td class=\"right\">").skip(1).map(|end| end.split("</td>").next().unwrap());
    let ends: Vec<&str> = ends.collect();
    assert!(ends.len() == 2 && ends[0] == ends[1], "a device's end is that of its organisation: {ends:?}");
    let said = |until: &str| serde_json::json!({ "rule": "no-telegram", "org": "minfin", "until": until, "reason": "x" });
    let by_day = world.post("/exemptions", &said("2026-04-04")).await.json();
    let to_the_minute = world.post("/exemptions", &said("2026-04-04T12:00:00Z")).await.json();
    assert_eq!(to_the_minute["until"], "2026-04-04T12:00:00Z", "{to_the_minute}");
    assert_eq!(by_day["until"], "2026-04-04T21:00:00Z", "{by_day}");
    let all = world.get("/exemptions").await.json();
    let ends: Vec<_> = all["exemptions"].as_array().unwrap().iter().map(|one| one["until"].clone()).collect();
    assert_eq!(ends.iter().filter(|end| **end == "2026-04-04T21:00:00Z").count(), 3, "{all}");
    assert!(page(&world, &cookie, "/exemptions?lang=en").await.contains("4\u{a0}Apr"));
    // the day before is over there, and today is not
    world.clock.pass(muster_proto::time::Span::from_secs(12 * 3600 + 60));
    assert_eq!(world.post("/exemptions", &said("2026-03-28")).await.json()["code"], "exemption-ended");
    let today = world.post("/exemptions", &said("2026-03-29")).await.json();
    assert_eq!(today["until"], "2026-03-29T21:00:00Z", "{today}");
}
