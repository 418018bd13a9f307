use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use muster_proto::time::Span;
use serde_json::{Value, json};

use crate::auth::Actor;
use crate::http::testing::{Phone, World, world};

const POLICY: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
rules:
  - { id: replaced, kind: replacement, grace: 72h }
assign:
  - org: minfin
";

async fn judged_world() -> World {
    let world = world().await;
    let policy = POLICY.to_owned();
    crate::policies::apply(&world.app, &Actor::system("test"), policy, false).await.unwrap();
    world
}

async fn add(world: &World, body: Value) -> String {
    let answer = world.post("/assets", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn patch(world: &World, id: &str, change: Value) {
    let request = Request::builder()
        .method("PATCH")
        .uri(format!("/api/v1/assets/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    let answer = world.send(request.body(Body::from(change.to_string())).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

/// The state of the rule, and what shows it first.
async fn rule(world: &World, phone: &Phone) -> (String, String) {
    let device = world.get(&format!("/devices/{}", phone.id)).await.json();
    let findings = device["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["rule"] == "replaced").unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&finding["state"]), text(&finding["evidence"][0]["value"]))
}

#[tokio::test]
async fn a_device_is_judged_by_its_day_and_the_clock_knows_it() {
    let world = judged_world().await;
    let new = json!({ "org": "minfin", "tag": "MF-1", "life": "in-use", "replace_by": "2026-03-30" });
    let asset = add(&world, new).await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![], None).await;
    let (state, shown) = rule(&world, &phone).await;
    // the whole day is left
    assert_eq!((state.as_str(), shown.as_str()), ("compliant", "to be replaced by: 2026-03-31T00:00:00Z"));
    world.clock.pass(Span::from_hours(64));
    crate::judge::due(&world.app).await.unwrap();
    assert_eq!(rule(&world, &phone).await.0, "grace");
    patch(&world, &asset, json!({ "replace_by": "2026-05-01" })).await;
    assert_eq!(rule(&world, &phone).await.0, "compliant", "an edit of the register judges at once");
    patch(&world, &asset, json!({ "replace_by": null })).await;
    assert_eq!(rule(&world, &phone).await.0, "not-applicable");
    let mut other = world.phone("R570E", "nobody's").await;
    other.report(&world, vec![], None).await;
    assert_eq!(rule(&world, &other).await, ("not-applicable".to_owned(), "not in the register".to_owned()));
}

#[tokio::test]
async fn who_goes_on_reporting_after_the_successor_is_left_over() {
    let world = judged_world().await;
    let next = add(&world, json!({ "org": "minfin", "tag": "MF-2" })).await;
    let old = json!({ "org": "minfin", "tag": "MF-1", "life": "in-use", "replaced_by": next });
    let old = add(&world, old).await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![], None).await;
    assert_eq!(rule(&world, &phone).await.0, "not-applicable", "the new one is in stock");
    world.clock.pass(Span::from_hours(1));
    patch(&world, &next, json!({ "life": "handed-out" })).await;
    assert_eq!(rule(&world, &phone).await.0, "not-applicable", "it was not heard of since");
    world.clock.pass(Span::from_hours(1));
    phone.report(&world, vec![], None).await;
    let (state, shown) = rule(&world, &phone).await;
    assert_eq!(state, "grace");
    assert_eq!(shown, "left over, replaced: 2026-03-28T10:00:00Z");
    world.clock.pass(Span::from_hours(72));
    crate::judge::due(&world.app).await.unwrap();
    assert_eq!(rule(&world, &phone).await.0, "failing");
    patch(&world, &next, json!({ "life": "spare" })).await;
    assert_eq!(rule(&world, &phone).await.0, "not-applicable", "the new one came back");
    let parted = world.post(&format!("/assets/{old}/unlink"), &json!({})).await;
    assert_eq!(parted.status, StatusCode::OK);
    assert_eq!(rule(&world, &phone).await.1, "not in the register", "parting them judges, too");
}

#[tokio::test]
async fn a_table_judges_those_that_it_changes() {
    let world = judged_world().await;
    add(&world, json!({ "org": "minfin", "tag": "MF-1" })).await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![], None).await;
    assert_eq!(rule(&world, &phone).await.0, "not-applicable");
    let table = "tag,replace_by\nMF-1,2026-03-27\n".into();
    crate::register::import(&world.app, &Actor::system("test"), None, table, false).await.unwrap();
    assert_eq!(rule(&world, &phone).await.0, "grace");
}
