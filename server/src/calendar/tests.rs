//! Calendars of organisations, as people write them and as phones are judged by them.

use super::*;
use crate::auth::Actor;
use crate::http::testing::{Answer, World, world};
use crate::judge;
use crate::orgs::{NewOrg, OrgChange};
use crate::version::IfMatch;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use muster_proto::time::Span;
use serde_json::{Value, json};

async fn put(world: &World, org: &str, calendar: &Value, version: Option<&str>) -> Answer {
    let mut request = Request::put(format!("/api/v1/orgs/{org}/calendar"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(version) = version {
        request = request.header(header::IF_MATCH, version);
    }
    world.send(request.body(Body::from(calendar.to_string())).unwrap()).await
}

fn week() -> Value {
    json!({ "week": ["mon", "tue", "wed", "thu", "fri"] })
}

/// When silence begins for a device, and how it is judged.
async fn silence(world: &World, device: muster_proto::id::DeviceId) -> (String, String) {
    let device = world.get(&format!("/devices/{device}")).await.json();
    let findings = device["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["rule"] == "silence").unwrap();
    (device["silence"]["begins"].as_str().unwrap().to_owned(), finding["state"].as_str().unwrap().to_owned())
}

#[test]
fn what_can_not_be_counted_by_is_refused_and_said() {
    let check = |calendar: Value| match serde_json::from_value::<Calendar>(calendar) {
        Ok(calendar) => calendar.check().err().map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    };
    assert_eq!(check(week()), None);
    for (calendar, said) in [
        (json!({ "week": [] }), "week"),
        (json!({ "week": ["mon", "mon"] }), "week"),
        (json!({ "week": ["monday"] }), "monday"),
        (json!({ "week": ["mon"], "hours": { "from": "18:00", "until": "09:00" } }), "hours"),
        (json!({ "week": ["mon"], "off": [{ "first": "2027-02-30" }] }), "2027-02-30"),
        (json!({ "week": ["mon"], "off": [{ "first": "12-31", "last": "01-08" }] }), "12-31..01-08"),
        (json!({ "week": ["mon"], "off": [{ "first": "01-01", "name": "a\nb" }] }), "name"),
        (json!({ "week": ["mon"], "working": vec![json!({ "first": "01-01" }); 401] }), "at most 400"),
        (json!({ "week": ["mon"], "source": " " }), "source"),
        (json!({ "week": ["mon"], "holidays": [] }), "holidays"),
    ] {
        let refused = check(calendar.clone()).unwrap_or_default();
        assert!(refused.contains(said), "{calendar}: {refused}");
    }
}

#[test]
fn the_calendar_of_the_catalogue_is_one() {
    let text = include_str!("../../../catalogue/calendars/ru.json");
    let calendar: Calendar = serde_json::from_str(text).unwrap();
    calendar.check().unwrap();
    let works = |day: &str| calendar.works_on(day.parse().unwrap());
    // two Fridays, and a Tuesday
    assert!(works("2027-01-15") && !works("2027-01-08") && !works("2027-02-23"));
}

#[tokio::test]
async fn a_calendar_counts_below_until_one_has_its_own() {
    let world = world().await;
    let app = &world.app;
    // a Saturday, 09:00 in UTC
    let phone = world.phone("R570E", "MF-1").await.id;
    judge::due(app).await.unwrap();
    let of = async || silence(&world, phone).await.0;
    assert_eq!(of().await, "2026-03-29T11:00:00Z", "without a calendar all time counts");
    let state = NewOrg { id: "state".to_owned(), title: "S".to_owned(), parent: None, time_zone: None };
    orgs::add(app, &Actor::system("test"), state).await.unwrap();
    assert_eq!(put(&world, "state", &week(), None).await.status, StatusCode::OK);
    assert_eq!(of().await, "2026-03-29T11:00:00Z", "it is another's");
    let edit = async |change| {
        orgs::edit(app, &Actor::system("test"), "minfin", IfMatch::default(), change).await.unwrap();
    };
    edit(OrgChange { parent: Some(Some("state".to_owned())), ..OrgChange::default() }).await;
    assert_eq!(of().await, "2026-03-31T02:00:00Z");
    edit(OrgChange { time_zone: Some("Europe/Moscow".to_owned()), ..OrgChange::default() }).await;
    assert_eq!(of().await, "2026-03-30T23:00:00Z", "its Monday begins sooner");
    let inherited = world.get("/orgs/minfin/calendar").await.json();
    assert_eq!((&inherited["own"], &inherited["from"]), (&Value::Null, &json!("state")));

    let own = json!({ "week": ["sun"], "hours": { "from": "09:00", "until": "18:00" } });
    assert_eq!(put(&world, "minfin", &own, None).await.status, StatusCode::OK);
    // nine hours on each of two Sundays, and eight of the third
    assert_eq!(of().await, "2026-04-12T14:00:00Z");
    assert_eq!(world.get("/devices?q=silent%3E1d").await.json()["devices"].as_array().unwrap().len(), 0);
    let view = world.get(&format!("/devices/{phone}")).await.json();
    assert_eq!(view["silence"]["calendar"], "minfin");
    assert_eq!(view["silence"]["stands"], "off-hours");
    assert_eq!(world.delete("/orgs/minfin/calendar").await.status, StatusCode::OK);
    assert_eq!(of().await, "2026-03-30T23:00:00Z");
    assert_eq!(world.delete("/orgs/minfin/calendar").await.status, StatusCode::NOT_FOUND);
    let restarted = world.restarted().await.rules.now();
    assert!(restarted.calendar("minfin").is_some(), "a server that starts anew counts likewise");
}

#[tokio::test]
async fn who_is_silent_is_judged_anew_when_the_calendar_changes() {
    let world = world().await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, Vec::new(), None).await;
    let phone = phone.id;
    world.clock.pass(Span::from_hours(40));
    judge::due(&world.app).await.unwrap();
    assert_eq!(silence(&world, phone).await.1, "failing");
    assert_eq!(world.get("/board").await.json()["orgs"][0]["figures"]["silent"], 1);
    put(&world, "minfin", &week(), None).await;
    assert_eq!(silence(&world, phone).await.1, "compliant", "it was a weekend");
    assert_eq!(world.get("/board").await.json()["orgs"][0]["figures"]["silent"], 0);
    // Tuesday, 02:00
    world.clock.pass(Span::from_hours(25));
    judge::due(&world.app).await.unwrap();
    let device = world.get(&format!("/devices/{phone}")).await.json();
    let findings = device["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["rule"] == "silence").unwrap();
    assert_eq!((&finding["state"], &finding["since"]), (&json!("failing"), &json!("2026-03-31T02:00:00Z")));
    assert_eq!(world.get("/devices?q=rule%3Asilence").await.json()["devices"][0]["id"], phone.to_string());
}

#[tokio::test]
async fn nobody_undoes_unseen_what_another_has_written() {
    let world = world().await;
    let first = world.get("/orgs/minfin/calendar").await;
    let version = first.headers[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(put(&world, "minfin", &week(), Some(&version)).await.status, StatusCode::OK);
    let late = put(&world, "minfin", &json!({ "week": ["sat"] }), Some(&version)).await;
    assert_eq!(
        (late.status, &late.json()["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("other-version"))
    );
    assert_eq!(put(&world, "minfin", &week(), None).await.status, StatusCode::OK, "nothing differs");
    let bad = put(&world, "minfin", &json!({ "week": [] }), None).await;
    assert_eq!((bad.status.as_u16(), &bad.json()["code"]), (422, &json!("bad-calendar")));
    assert_eq!(put(&world, "nobody", &week(), None).await.status, StatusCode::NOT_FOUND);
    let audit = world.get("/audit?subject=org:minfin").await.json();
    let written: Vec<_> = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "org.calendar")
        .collect();
    assert_eq!(written.len(), 1, "{audit}");
    assert_eq!(written[0]["after"]["week"], week()["week"]);
}
