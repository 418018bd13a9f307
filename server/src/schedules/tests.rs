//! Schedules as programs see them: runs, what was missed, who may no more, and what is refused.

use axum::http::{Request, StatusCode, header};
use muster_proto::time::{Span, Timestamp};
use serde_json::{Value, json};

use super::run_due;
use crate::http::testing::{Answer, World, world};
use crate::store::{StoreError, values};

pub(super) async fn schedule(world: &World, change: Value) -> Value {
    let mut body = json!({ "query": "", "reason": "each day", "every": "day", "at": "09:30" });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let made = world.post("/schedules", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()
}

pub(super) async fn change(world: &World, id: &str, change: Value) -> Answer {
    let request = Request::patch(format!("/api/v1/schedules/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(change.to_string().into()).unwrap()).await
}

pub(super) async fn scans(world: &World) -> Vec<Value> {
    world.get("/scans").await.json()["scans"].as_array().unwrap().clone()
}

pub(super) async fn shown(world: &World, id: &str) -> Value {
    let all = world.get("/schedules").await.json();
    all["schedules"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone()
}

#[tokio::test]
async fn each_time_comes_once_and_what_was_missed_is_made_up_for_once() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let made = schedule(&world, json!({})).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["next_run"], "2026-03-28T09:30:00Z");
    run_due(&world.app).await.unwrap();
    assert_eq!(scans(&world).await.len(), 0, "its time has not come");
    world.clock.pass(Span::from_secs(30 * 60));
    for _ in 0..2 {
        run_due(&world.app).await.unwrap();
        let anew = world.restarted().await;
        run_due(&anew).await.unwrap();
    }
    let first = scans(&world).await;
    assert_eq!(first.len(), 1, "once, also by a server that starts anew");
    assert_eq!((&first[0]["schedule"], &first[0]["requested_by"]), (&json!(id), &json!("local-admin")));
    world.clock.pass(Span::from_hours(24 * 5));
    run_due(&world.app).await.unwrap();
    run_due(&world.app).await.unwrap();
    assert_eq!(scans(&world).await.len(), 2, "five days were missed");
    let now = shown(&world, id).await;
    assert_eq!((&now["next_run"], &now["trouble"]), (&json!("2026-04-03T09:30:00Z"), &json!(null)), "{now}");
    let runs = world.get(&format!("/scans?schedule={id}")).await.json();
    assert_eq!(runs["scans"].as_array().unwrap().len(), 2);
    assert_eq!(world.get("/scans?schedule=other").await.json()["scans"], json!([]));
}

#[tokio::test]
async fn a_run_stands_beside_the_one_before() {
    let world = world().await;
    let mut phones = [world.phone("R570E", "MF-1").await, world.phone("R570E", "MF-2").await];
    schedule(&world, json!({})).await;
    world.clock.pass(Span::from_secs(30 * 60));
    run_due(&world.app).await.unwrap();
    let order = async |id| {
        let orders = world.get(&format!("/orders?device={id}")).await.json();
        orders["orders"][0]["order"].as_str().unwrap().parse().unwrap()
    };
    let first = order(phones[0].id).await;
    phones[0].report(&world, vec![], Some(first)).await;
    world.phone("R570E", "MF-3").await;
    world.clock.pass(Span::from_hours(24));
    crate::orders::expire(&world.app).await.unwrap();
    run_due(&world.app).await.unwrap();
    let second = order(phones[1].id).await;
    phones[1].report(&world, vec![], Some(second)).await;
    let scan = scans(&world).await[0]["scan"].as_str().unwrap().to_owned();
    assert_eq!(
        world.get(&format!("/scans/{scan}")).await.json()["compared"],
        json!(null),
        "some may answer still"
    );
    world.clock.pass(Span::from_hours(1));
    crate::orders::expire(&world.app).await.unwrap();
    let compared = world.get(&format!("/scans/{scan}")).await.json()["compared"].clone();
    let said = ["joined", "left", "back", "silent"].map(|part| compared[part].as_u64().unwrap());
    assert_eq!(said, [1, 0, 1, 1], "{compared}");
}

#[tokio::test]
async fn whoever_may_no_more_asks_no_more() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let token = json!({ "name": "pipeline", "grants": [{ "role": "operator", "org": "minfin" }] });
    let token = world.post("/api-tokens", &token).await.json()["token"].as_str().unwrap().to_owned();
    let body = json!({ "query": "", "reason": "x", "every": "day", "at": "09:30", "org": "minfin" });
    let by = async |body: &Value| {
        let request = Request::post("/api/v1/schedules")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        world.send(request.body(body.to_string().into()).unwrap()).await
    };
    let everywhere = json!({ "query": "", "reason": "x", "every": "day", "at": "09:30" });
    assert_eq!(by(&everywhere).await.status, StatusCode::FORBIDDEN);
    let id = by(&body).await.json()["id"].as_str().unwrap().to_owned();
    let anna = world.sign_in("Anna").await;
    let csrf = world.visit(axum::http::Method::GET, "/schedules", &anna, "").await.csrf();
    let form = format!("csrf={csrf}&reason=hers&every=day&at=09%3A30");
    let hers = world.visit(axum::http::Method::POST, "/schedules", &anna, &form).await;
    let hers = hers.headers["location"].to_str().unwrap().rsplit('/').next().unwrap().to_owned();
    world.clock.pass(Span::from_secs(30 * 60));
    run_due(&world.app).await.unwrap();
    assert_eq!(scans(&world).await.len(), 2);
    assert_eq!(world.delete("/api-tokens/pipeline").await.status, StatusCode::OK);
    world.sign_in("Boris").await;
    assert_eq!(world.post("/people/Anna/disable", &json!({})).await.status, StatusCode::OK);
    world.clock.pass(Span::from_hours(24));
    run_due(&world.app).await.unwrap();
    assert_eq!(scans(&world).await.len(), 2);
    for id in [&id, &hers] {
        let over = shown(&world, id).await;
        assert_eq!((&over["why"], &over["next_run"]), (&json!("author"), &json!(null)), "{over}");
        assert_eq!(change(&world, id, json!({ "paused": false })).await.json()["code"], "schedule-over");
    }
    let told = world.get("/audit?action=schedule.stop").await.json();
    assert_eq!(told["entries"].as_array().unwrap().len(), 2, "{told}");
}

/// A schedule of a person who came by a link, made in the console.
async fn by_anna(world: &World) -> String {
    let anna = world.sign_in("Anna").await;
    let csrf = world.visit(axum::http::Method::GET, "/schedules", &anna, "").await.csrf();
    let form = format!("csrf={csrf}&reason=hers&every=day&at=09%3A30");
    let hers = world.visit(axum::http::Method::POST, "/schedules", &anna, &form).await;
    hers.headers["location"].to_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

async fn execute(world: &World, sql: &'static str) -> u64 {
    world.app.store.write(move |tx| tx.execute(sql, &[])).await.unwrap()
}

#[tokio::test]
async fn what_groups_elsewhere_gave_holds_as_in_the_session_and_for_thirty_days() {
    for (how, days, stops) in [("oidc", 1, false), ("oidc", 31, true), ("link", 1, true), ("ldap", 1, true)] {
        let world = world().await;
        world.phone("R570E", "MF-1").await;
        let id = by_anna(&world).await;
        assert!(execute(&world, "UPDATE grants SET source = 'oidc'").await > 0);
        let (of, now) = (how, world.app.now());
        let done = world.app.store.write(move |tx| {
            let seen = "INSERT INTO identities (provider, subject, user_id, seen) SELECT 'oidc', 'a', id, $1 FROM users";
            tx.execute(seen, &values![now])?;
            tx.execute("UPDATE scan_schedules SET how = $1", &values![of])
        });
        assert_eq!(done.await.unwrap(), 1);
        world.clock.pass(Span::from_hours(24 * days));
        run_due(&world.app).await.unwrap();
        let why = if stops { json!("author") } else { json!(null) };
        assert_eq!(shown(&world, &id).await["why"], why, "{how} after {days} days");
        assert_eq!(scans(&world).await.len(), usize::from(!stops));
    }
}

#[tokio::test]
async fn whoever_changes_what_it_says_is_its_author() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let id = by_anna(&world).await;
    let kept = change(&world, &id, json!({ "at": "09:20" })).await.json();
    assert_eq!(kept["actor"], "Anna", "{kept}");
    let taken = change(&world, &id, json!({ "reason": "another" })).await.json();
    assert_eq!(taken["actor"], "local-admin", "{taken}");
    assert!(execute(&world, "DELETE FROM grants").await > 0);
    world.clock.pass(Span::from_hours(1));
    run_due(&world.app).await.unwrap();
    assert_eq!(
        scans(&world).await[0]["requested_by"],
        "local-admin",
        "it goes by the right of the new author"
    );
    let told = world.get("/audit?action=schedule.edit").await.json();
    assert!(told["entries"].to_string().contains("local-admin"), "{told}");
}

#[tokio::test]
async fn the_run_at_the_very_end_is_made_and_a_time_zone_may_leave_none() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let end = json!({ "until": "2026-03-28T09:30:00Z", "org": "minfin" });
    let (last, moved) =
        (schedule(&world, json!({ "until": end["until"] })).await, schedule(&world, end).await);
    let request = Request::patch("/api/v1/orgs/minfin")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    let zone = json!({ "time_zone": "America/New_York" }).to_string();
    assert_eq!(world.send(request.body(zone.into()).unwrap()).await.status, StatusCode::OK);
    let moved = shown(&world, moved["id"].as_str().unwrap()).await;
    assert_eq!((&moved["why"], &moved["next_run"]), (&json!("until"), &json!(null)), "{moved}");
    world.clock.pass(Span::from_millis(30 * 60 * 1000 + 50));
    run_due(&world.app).await.unwrap();
    let made = scans(&world).await;
    assert_eq!((made.len(), &made[0]["schedule"]), (1, &last["id"]));
    assert_eq!(shown(&world, last["id"].as_str().unwrap()).await["why"], "until");
}

#[tokio::test]
async fn a_run_that_asks_nobody_says_why_and_the_next_one_comes() {
    let world = world().await;
    let group = json!({ "id": "vip", "title": { "en": "x", "ru": "x" }, "query": "label:role=minister" });
    assert_eq!(world.post("/groups", &group).await.status, StatusCode::CREATED);
    let id = schedule(&world, json!({ "query": "group:vip", "until": "2026-03-30T00:00:00Z" })).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.clock.pass(Span::from_secs(30 * 60));
    run_due(&world.app).await.unwrap();
    let now = shown(&world, &id).await;
    assert_eq!((&now["trouble"], &now["next_run"]), (&json!("scan-nobody"), &json!("2026-03-29T09:30:00Z")));
    // as a server before this one let it happen
    assert_eq!(execute(&world, "DELETE FROM device_groups").await, 1);
    world.clock.pass(Span::from_hours(24));
    run_due(&world.app).await.unwrap();
    let over = shown(&world, &id).await;
    assert_eq!((&over["trouble"], &over["why"]), (&json!("bad-query"), &json!("until")), "{over}");
}

#[tokio::test]
async fn another_time_zone_is_another_time_and_what_is_no_schedule_is_refused() {
    let world = world().await;
    let id = schedule(&world, json!({ "org": "minfin" })).await["id"].as_str().unwrap().to_owned();
    let request = Request::patch("/api/v1/orgs/minfin")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    let moved =
        world.send(request.body(json!({ "time_zone": "Europe/Moscow" }).to_string().into()).unwrap()).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    assert_eq!(shown(&world, &id).await["next_run"], "2026-03-29T06:30:00Z");
    let paused = change(&world, &id, json!({ "paused": true, "at": "12:15" })).await.json();
    assert_eq!((&paused["next_run"], &paused["at"]), (&json!(null), &json!("12:15")));
    let every = change(&world, &id, json!({ "every": "week" })).await.json();
    assert_eq!(every["code"], "bad-schedule", "the day is missing");
    for (change, code) in [
        (json!({ "at": "9:30" }), "bad-schedule"),
        (json!({ "every": "week" }), "bad-schedule"),
        (json!({ "every": "week", "day": 8 }), "bad-schedule"),
        (json!({ "day": 1 }), "bad-schedule"),
        (json!({ "every": "month", "day": 32 }), "bad-schedule"),
        (json!({ "until": "2026-03-28T09:29:59Z" }), "bad-schedule"),
        (json!({ "query": "verdict:purple" }), "bad-query"),
        (json!({ "query": "group:nobody" }), "bad-query"),
        (json!({ "reason": " " }), "order-reason"),
        (json!({ "org": "nobody" }), "not-found"),
        (json!({ "every": "year" }), "malformed"),
    ] {
        let mut body = json!({ "query": "", "reason": "each day", "every": "day", "at": "09:30" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = world.post("/schedules", &body).await;
        assert_eq!(refused.json()["code"], code, "{}", refused.text);
    }
}

#[tokio::test]
async fn one_that_cannot_be_run_is_put_off_and_the_others_run() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let mut ids = Vec::new();
    for at in ["09:28", "09:29", "09:30"] {
        ids.push(schedule(&world, json!({ "at": at })).await["id"].as_str().unwrap().to_owned());
    }
    let broken = [
        ("UPDATE scan_schedules SET rhythm = 'never' WHERE id = $1", ids[0].clone()),
        ("UPDATE scan_schedules SET at_minute = 9999 WHERE id = $1", ids[1].clone()),
    ];
    for (sql, id) in broken {
        let done = world.app.store.write(move |tx| tx.execute(sql, &values![id])).await;
        assert_eq!(done.unwrap(), 1);
    }
    world.clock.pass(Span::from_secs(30 * 60));
    run_due(&world.app).await.unwrap();
    let made = scans(&world).await;
    assert_eq!((made.len(), &made[0]["schedule"]), (1, &json!(ids[2])));
    let now = world.app.now();
    for id in &ids[..2] {
        let id = id.clone();
        let read = world.app.store.read(move |tx| {
            let sql = "SELECT next_run, trouble FROM scan_schedules WHERE id = $1";
            let mut row = tx.query_one(sql, &values![id])?.ok_or(StoreError::Column("a schedule"))?;
            Ok::<(Timestamp, String), StoreError>((row.take()?, row.take()?))
        });
        let (next, trouble) = read.await.unwrap();
        assert_eq!(next, now + Span::from_hours(1));
        assert!(!trouble.is_empty());
    }
}
