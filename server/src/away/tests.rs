//! Notes that somebody is away: what they do to silence, and what they don't do.

use super::*;
use crate::auth::Actor;
use crate::http::testing::{Answer, World, telegram, world};
use crate::{judge, policies, retention};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

async fn put(world: &World, path: &str, note: &Value) -> Answer {
    let request = Request::put(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(Body::from(note.to_string())).unwrap()).await
}

async fn patch(world: &World, path: &str, change: &Value) -> Answer {
    let request = Request::builder()
        .method(Method::PATCH)
        .uri(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(Body::from(change.to_string())).unwrap()).await
}

async fn state(world: &World, device: DeviceId, rule: &str) -> String {
    judge::due(&world.app).await.unwrap();
    let device = world.get(&format!("/devices/{device}")).await.json();
    let findings = device["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["rule"] == rule).unwrap()["state"].as_str().unwrap().to_owned()
}

fn hours(hours: u64) -> Span {
    Span::from_hours(hours)
}

#[tokio::test]
async fn silence_stands_while_somebody_is_away_and_goes_on_after_it() {
    let world = world().await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, Vec::new(), None).await;
    let (id, path) = (phone.id, format!("/devices/{}/away", phone.id));
    world.clock.pass(hours(10));
    let written = put(&world, &path, &json!({ "until": "2026-04-08T09:00:00Z", "reason": "holiday" })).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.text);
    let view = world.get(&format!("/devices/{id}")).await.json();
    assert_eq!(view["away"]["reason"], "holiday");
    assert_eq!(view["silence"]["stands"], "away");
    assert_eq!(view["silence"]["begins"], "2026-04-09T01:00:00Z", "ten of 26 hours had run");
    world.clock.pass(hours(8 * 24));
    assert_eq!(state(&world, id, "silence").await, "compliant");
    // back before the end: the sixteen hours run from now on
    assert_eq!(world.delete(&path).await.status, StatusCode::NO_CONTENT);
    world.clock.pass(hours(15));
    assert_eq!(state(&world, id, "silence").await, "compliant");
    world.clock.pass(hours(1));
    assert_eq!(state(&world, id, "silence").await, "failing");
    // a note ends no silence that has begun
    put(&world, &path, &json!({ "until": "2026-05-01T00:00:00Z", "reason": "too late" })).await;
    assert_eq!(state(&world, id, "silence").await, "failing");
    phone.report(&world, Vec::new(), None).await;
    assert_eq!(state(&world, id, "silence").await, "compliant");
    let notes = world.get(&path).await.json();
    assert_eq!(notes["notes"].as_array().unwrap().len(), 2, "what is past of the first one stays: {notes}");
    let audit = world.get(&format!("/audit?subject=device:{id}")).await.text;
    assert!(
        audit.contains("device.away") && audit.contains("device.back") && !audit.contains("holiday"),
        "{audit}"
    );
}

#[tokio::test]
async fn no_grace_moves_by_it() {
    const POLICY: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
rules:
  - { id: no-telegram, kind: messengers, deny: [telegram], grace: 72h }
assign:
  - org: minfin
";
    let world = world().await;
    policies::apply(&world.app, &Actor::system("test"), POLICY.to_owned(), false).await.unwrap();
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![telegram("harbour-fernschreiber")], None).await;
    put(
        &world,
        &format!("/devices/{}/away", phone.id),
        &json!({ "until": "2026-05-01T00:00:00Z", "reason": "ill" }),
    )
    .await;
    world.clock.pass(hours(71));
    assert_eq!(state(&world, phone.id, "no-telegram").await, "grace");
    world.clock.pass(hours(2));
    assert_eq!(state(&world, phone.id, "no-telegram").await, "failing");
    assert_eq!(state(&world, phone.id, "silence").await, "compliant");
}

#[tokio::test]
async fn what_is_no_note_is_refused_and_one_is_there_at_a_time() {
    let world = world().await;
    let path = format!("/devices/{}/away", world.phone("R570E", "MF-1").await.id);
    for (note, part) in [
        (json!({ "until": "2026-03-28T09:00:00Z", "reason": "x" }), "until"),
        (json!({ "until": "2027-03-29T09:00:01Z", "reason": "x" }), "366"),
        (json!({ "from": "2026-03-27T09:00:00Z", "until": "2026-04-28T09:00:00Z", "reason": "x" }), "from"),
        (json!({ "from": "2027-04-28T09:00:00Z", "until": "2027-05-28T09:00:00Z", "reason": "x" }), "366"),
        (json!({ "until": "2026-04-28T09:00:00Z", "reason": " " }), "reason"),
    ] {
        let refused = put(&world, &path, &note).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["code"]),
            (422, &json!("away-malformed")),
            "{note}"
        );
        assert!(refused.text.contains(part), "{note}: {}", refused.text);
    }
    assert_eq!(world.delete(&path).await.json()["code"], "not-away");
    let later = json!({ "from": "2026-05-01T00:00:00Z", "until": "2026-05-10T00:00:00Z", "reason": "later" });
    assert_eq!(put(&world, &path, &later).await.status, StatusCode::OK);
    let now = json!({ "until": "2026-04-10T00:00:00Z", "reason": "now" });
    assert_eq!(put(&world, &path, &now).await.status, StatusCode::OK, "it takes the place of the other");
    assert_eq!(world.get(&path).await.json()["notes"].as_array().unwrap().len(), 1);
    let refused = put(&world, &path, &later).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (409, &json!("away-already")));
}

#[tokio::test]
async fn a_carrier_is_away_with_every_phone_until_it_is_another_s() {
    let world = world().await;
    let (one, two) = (world.phone("R570E", "MF-1").await.id, world.phone("R570E", "MF-2").await.id);
    let other = world.phone("R570E", "MF-3").await.id;
    let mut assets = Vec::new();
    for (tag, carrier) in [("MF-1", "Anna"), ("MF-2", "Anna"), ("MF-3", "Boris"), ("MF-4", "Vera")] {
        let new = json!({ "org": "minfin", "tag": tag, "carrier": carrier, "life": "in-use" });
        let added = world.post("/assets", &new).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
        assets.push(added.json()["id"].as_str().unwrap().to_owned());
    }
    let note = json!({ "until": "2026-04-10T00:00:00Z", "reason": "holiday" });
    let reached = put(&world, &format!("/assets/{}/away", assets[0]), &note).await.json();
    assert_eq!(reached["devices"].as_array().unwrap().len(), 2, "{reached}");
    assert_eq!(reached["note"]["asset"], json!(assets[0]));
    let away =
        async |device: DeviceId| world.get(&format!("/devices/{device}")).await.json()["away"].is_object();
    assert!(away(one).await && away(two).await && !away(other).await);
    let nobody = put(&world, &format!("/assets/{}/away", assets[3]), &note).await;
    assert_eq!(nobody.json()["code"], "not-enrolled");

    world.clock.pass(hours(1));
    let handed = patch(&world, &format!("/assets/{}", assets[1]), &json!({ "carrier": "Galya" })).await;
    assert_eq!(handed.status, StatusCode::OK, "{}", handed.text);
    assert!(away(one).await && !away(two).await, "whoever has it now is not away");
    // a name that is taken away is nobody else's
    patch(&world, &format!("/assets/{}", assets[0]), &json!({ "carrier": null })).await;
    assert!(away(one).await);
    let back = world.delete(&format!("/assets/{}/away", assets[0])).await;
    assert_eq!(back.json()["devices"], json!([one]));
    assert!(!away(one).await);
}

#[tokio::test]
async fn notes_go_when_they_are_past_their_period() {
    let world = world().await;
    let (mut heard, silent) = (world.phone("R570E", "MF-1").await, world.phone("R570E", "MF-2").await.id);
    for device in [heard.id, silent] {
        put(
            &world,
            &format!("/devices/{device}/away"),
            &json!({ "until": "2026-04-10T00:00:00Z", "reason": "ill" }),
        )
        .await;
    }
    world.clock.pass(hours(14 * 24));
    heard.report(&world, Vec::new(), None).await;
    let notes =
        async |device: DeviceId| world.get(&format!("/devices/{device}/away")).await.json()["notes"].clone();
    // it believes a day more at each look
    for _ in 0..92 {
        world.clock.pass(hours(24));
        retention::keep(&world.app).await.unwrap();
    }
    assert_eq!(notes(heard.id).await, json!([]));
    let kept = notes(silent).await;
    assert_eq!((&kept[0]["reason"], &kept[0]["actor"]), (&json!(""), &json!("")), "{kept}");
    assert_eq!(state(&world, silent, "silence").await, "failing");
    let export = world.get(&format!("/devices/{silent}/export")).await.text;
    assert!(export.contains("\"what\":\"away\""), "{export}");
}

#[tokio::test]
async fn who_is_away_is_found_while_the_note_holds() {
    let world = world().await;
    let (now, later, gone) = (
        world.phone("R570E", "MF-1").await.id,
        world.phone("R570E", "MF-2").await.id,
        world.phone("R570E", "MF-3").await.id,
    );
    for (id, from, until) in [
        (now, "2026-03-28T09:00:00Z", "2026-03-30"),
        (later, "2026-03-29", "2026-04-01"),
        (gone, "2026-03-28", "2026-03-28"),
    ] {
        let note = json!({ "from": from, "until": until, "reason": "holiday" });
        let written = put(&world, &format!("/devices/{id}/away"), &note).await;
        assert_eq!(written.status, StatusCode::OK, "{}", written.text);
    }
    let found = async |query: &str| {
        let list = world.get(&format!("/devices?q={query}&sort=tag")).await.json();
        let tags = list["devices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["asset_tag"].as_str().unwrap().to_owned());
        tags.collect::<Vec<_>>()
    };
    assert_eq!(found("away:yes").await, ["MF-1", "MF-3"], "a day that goes on begins now");
    assert_eq!(found("away:no").await, ["MF-2"]);
    world.clock.pass(hours(24));
    assert_eq!(found("away:yes").await, ["MF-1", "MF-2"]);
    assert_eq!(found("-away:yes").await, ["MF-3"], "it is over");
    assert_eq!(world.get("/devices?q=away:maybe").await.json()["code"], "bad-query");
}
