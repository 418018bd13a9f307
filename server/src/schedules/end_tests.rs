//! Schedules and their ends: the last day, the last run, and how many there may be.

use axum::http::{Request, StatusCode, header};
use muster_proto::time::{Span, Timestamp};
use serde_json::{Value, json};

use super::run_due;
use super::tests::{change, scans, schedule, shown};
use crate::http::testing::{Answer, World, world};
use crate::store::{StoreError, Tx, values};

async fn zone(world: &World, zone: &str) {
    let request = Request::patch("/api/v1/orgs/minfin")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    let body = json!({ "time_zone": zone }).to_string();
    assert_eq!(world.send(request.body(body.into()).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_last_run_is_made_up_for_though_the_end_has_come_meanwhile() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let missed = schedule(&world, json!({ "until": "2026-03-28" })).await["id"].as_str().unwrap().to_owned();
    // put off when its time came, as where the database was out of reach
    let late = schedule(&world, json!({ "until": "2026-03-28" })).await["id"].as_str().unwrap().to_owned();
    let (id, again) = (late.clone(), "2026-03-29T00:30:00Z".parse::<Timestamp>().unwrap());
    let put_off = world.app.store.write(move |tx| {
        tx.execute(
            "UPDATE scan_schedules SET next_run = $2, trouble = 'internal' WHERE id = $1",
            &values![id, again],
        )
    });
    assert_eq!(put_off.await.unwrap(), 1);
    world.clock.pass(Span::from_hours(24 * 3));
    for _ in 0..2 {
        run_due(&world.app).await.unwrap();
    }
    let made = scans(&world).await;
    assert_eq!(made.len(), 2, "each once: {made:?}");
    for id in [&missed, &late] {
        assert!(made.iter().any(|scan| scan["schedule"] == json!(id)), "{made:?}");
        let over = shown(&world, id).await;
        assert_eq!(
            (&over["why"], &over["next_run"], &over["trouble"]),
            (&json!("until"), &json!(null), &json!(null))
        );
    }
}

#[tokio::test]
async fn a_last_run_that_is_owed_stays_whatever_is_changed_and_pausing_drops_it() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let made = schedule(&world, json!({ "until": "2026-03-28", "org": "minfin" })).await;
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    world.clock.pass(Span::from_hours(24));
    // one was put off, as where the database was out of reach; of the others the time has come
    let (id, again) = (ids[1].clone(), world.app.now() + Span::from_hours(1));
    let put_off = world.app.store.write(move |tx| {
        tx.execute("UPDATE scan_schedules SET next_run = $2 WHERE id = $1", &values![id, again])
    });
    assert_eq!(put_off.await.unwrap(), 1);
    zone(&world, "America/New_York").await;
    for id in &ids[..2] {
        let before = shown(&world, id).await["next_run"].clone();
        let edited = change(&world, id, json!({ "reason": "another" })).await;
        assert_eq!((edited.status, &edited.json()["next_run"]), (StatusCode::OK, &before), "{}", edited.text);
    }
    let paused = change(&world, &ids[2], json!({ "paused": true })).await;
    assert_eq!((paused.status, &paused.json()["next_run"]), (StatusCode::OK, &json!(null)));
    let on = change(&world, &ids[2], json!({ "paused": false })).await;
    assert_eq!(on.json()["code"], "bad-schedule", "what was missed meanwhile is not made up for");
    world.clock.pass(Span::from_hours(1));
    run_due(&world.app).await.unwrap();
    let made = scans(&world).await;
    assert_eq!(made.len(), 2, "{made:?}");
    for id in &ids[..2] {
        assert!(made.iter().any(|scan| scan["schedule"] == json!(id)), "{made:?}");
        assert_eq!(shown(&world, id).await["why"], "until");
    }
}

#[tokio::test]
async fn the_last_day_is_one_of_the_time_zone_and_counts_whole() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    zone(&world, "Asia/Vladivostok").await;
    // it is 19:00 of the 28th there
    let run = async |change: Value| {
        let mut body =
            json!({ "query": "", "reason": "each day", "every": "day", "at": "06:00", "org": "minfin" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        world.post("/schedules", &body).await.json()
    };
    let last = run(json!({ "until": "2026-03-29" })).await;
    assert_eq!(
        (&last["next_run"], &last["until"]),
        (&json!("2026-03-28T20:00:00Z"), &json!("2026-03-29T13:59:59Z"))
    );
    assert_eq!(run(json!({ "until": "2026-03-28" })).await["code"], "bad-schedule", "that day's run is over");
    // midnight belongs to the day that it begins
    let midnight = run(json!({ "until": "2026-03-28", "at": "00:00" })).await;
    assert_eq!(midnight["code"], "bad-schedule", "{midnight}");
    let id = last["id"].as_str().unwrap();
    let exact = change(&world, id, json!({ "until": "2026-03-30T01:02:03Z" })).await.json();
    assert_eq!(exact["until"], "2026-03-30T01:02:03Z");
    let anna = world.sign_in("Anna").await;
    let page = world.visit(axum::http::Method::GET, &format!("/schedules/{id}?lang=en"), &anna, "").await;
    assert!(page.text.contains("value=\"2026-03-30\""), "{}", page.text);
    let form = |until: &str| format!("csrf={}&reason=hers&every=day&at=06%3A00&until={until}", page.csrf());
    let path = format!("/schedules/{id}");
    for (until, becomes) in [("2026-03-30", "2026-03-30T01:02:03Z"), ("2026-03-31", "2026-03-31T13:59:59Z")] {
        world.visit(axum::http::Method::POST, &path, &anna, &form(until)).await;
        assert_eq!(
            shown(&world, id).await["until"],
            becomes,
            "the same day leaves what was said to the minute"
        );
    }
}

#[tokio::test]
async fn nobody_takes_the_room_of_others() {
    let world = world().await;
    for (id, parent) in [("other", None), ("a", Some("minfin"))] {
        world.post("/orgs", &json!({ "id": id, "title": id, "parent": parent })).await;
    }
    schedule(&world, json!({ "org": "minfin" })).await;
    let copy = async |org: Option<&'static str>, many: u32| {
        let write = move |tx: &mut dyn Tx| {
            for nth in 0..many {
                let sql = "INSERT INTO scan_schedules (id, query, reason, org, rhythm, at_minute, created, actor, paused, trouble) \
                           SELECT $1, query, reason, $2, rhythm, at_minute, created, actor, 1, '' FROM scan_schedules \
                           ORDER BY id LIMIT 1";
                tx.execute(sql, &values![format!("{}-{nth}", org.unwrap_or("all")), org])?;
            }
            Ok::<_, StoreError>(())
        };
        world.app.store.write(write).await.unwrap();
    };
    let add = async |org: Value| {
        let body = json!({ "query": "", "reason": "x", "every": "day", "at": "09:30", "org": org });
        world.post("/schedules", &body).await
    };
    let assert_full = |refused: Answer, whose: &str| {
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (StatusCode::CONFLICT, &json!("schedule-limit"))
        );
        assert!(refused.text.contains(whose), "{}", refused.text);
    };
    copy(Some("minfin"), 199).await;
    assert_full(add(json!("minfin")).await, "200 schedules of minfin");
    // an organisation that had more of its own counts with them
    copy(Some("a"), 1000).await;
    world.post("/orgs", &json!({ "id": "b", "title": "b", "parent": "a" })).await;
    assert_full(add(json!("b")).await, "1000 schedules of the branch of b");
    assert_eq!(add(json!("other")).await.status, StatusCode::CREATED);
    copy(None, 199).await;
    let last = add(json!(null)).await;
    assert_eq!(last.status, StatusCode::CREATED);
    assert_full(add(json!(null)).await, "200 schedules of the whole server");
    let id = last.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.post(&format!("/schedules/{id}/end"), &json!({})).await.status, StatusCode::OK);
    assert_eq!(add(json!(null)).await.status, StatusCode::CREATED, "what is over takes no room");
}
