//! Groups and their bounds: how many are counted, how many there may be, and what does not wait for the writer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::tests::group;
use crate::auth::Actor;
use crate::http::testing::{Answer, World, world};
use crate::schedules;
use crate::store::{StoreError, Tx, values};
use crate::version::IfMatch;

/// Writes down so many groups of an organisation, or of the whole server, that find nobody.
async fn fill(world: &World, org: Option<&'static str>, many: u32) {
    let write = move |tx: &mut dyn Tx| {
        for nth in 0..many {
            let sql = "INSERT INTO device_groups (id, title_en, title_ru, query, sort, shown, org, created, actor) \
                       VALUES ($1, 'x', 'x', 'model:none', '', '', $2, 0, 'x')";
            tx.execute(sql, &values![format!("{}-{nth:03}", org.unwrap_or("all")), org])?;
        }
        Ok::<_, StoreError>(())
    };
    world.app.store.write(write).await.unwrap();
}

#[tokio::test]
async fn two_hundred_are_counted_for_one_list() {
    let world = world().await;
    fill(&world, Some("minfin"), 202).await;
    let counted = world.get("/groups?counts=true").await.json();
    let devices: Vec<_> =
        counted["groups"].as_array().unwrap().iter().map(|one| one["devices"].clone()).collect();
    assert_eq!(devices, [vec![json!(0); 200], vec![json!(null); 2]].concat());
    let plain = world.get("/groups").await.json();
    assert!(plain["groups"].as_array().unwrap().iter().all(|one| one["devices"].is_null()), "{plain}");
}

#[tokio::test]
async fn nobody_takes_the_room_of_others() {
    let world = world().await;
    world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
    for id in ["tax", "next"] {
        world.post("/orgs", &json!({ "id": id, "title": id, "parent": "minfin" })).await;
    }
    for id in ["a", "b", "c", "d", "e"] {
        world.post("/orgs", &json!({ "id": id, "title": id, "parent": "tax" })).await;
    }
    let add = async |id: &str, org: Value| {
        let body = json!({ "id": id, "title": { "en": id, "ru": id }, "query": "", "org": org });
        world.post("/groups", &body).await
    };
    let assert_full = |refused: Answer, whose: &str| {
        assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::CONFLICT, &json!("group-limit")));
        assert!(refused.text.contains(whose), "{}", refused.text);
    };
    fill(&world, Some("tax"), 200).await;
    assert_full(add("one", json!("tax")).await, "200 groups of tax");
    for id in ["a", "b", "c"] {
        fill(&world, Some(id), 200).await;
    }
    fill(&world, Some("d"), 199).await;
    assert_eq!(add("two", json!("e")).await.status, StatusCode::CREATED);
    assert_full(add("three", json!("e")).await, "1000 groups of the branch of e");
    for (id, org) in [("four", "other"), ("beside", "next"), ("above", "minfin")] {
        assert_eq!(add(id, json!(org)).await.status, StatusCode::CREATED, "{org}");
    }
    fill(&world, None, 199).await;
    assert_eq!(add("five", json!(null)).await.status, StatusCode::CREATED);
    assert_full(add("six", json!(null)).await, "200 groups of the whole server");
}

#[tokio::test]
async fn a_name_that_nobody_has_is_refused_while_the_writer_is_at_other_work() {
    let world = world().await;
    group(&world, "vip", "", None).await;
    let new = json!({ "query": "", "reason": "x", "every": "day", "at": "09:30" });
    let id = world.post("/schedules", &new).await.json()["id"].as_str().unwrap().to_owned();
    let (free, held) = std::sync::mpsc::channel::<()>();
    let (tell, begun) = tokio::sync::oneshot::channel();
    let other = world.app.store.hand_over(move |_| {
        tell.send(()).unwrap();
        held.recv().ok();
        (true, Box::new(|_| {}))
    });
    other.unwrap();
    begun.await.unwrap();
    let actor = Actor::system("test");
    let new =
        serde_json::from_value(json!({ "id": "x", "title": { "en": "x", "ru": "x" }, "query": "rule:x" }));
    let change = serde_json::from_value(json!({ "query": "rule:x" })).unwrap();
    let made = super::add(&world.app, &actor, new.unwrap());
    let edited = super::edit(&world.app, &actor, "vip", IfMatch::default(), change);
    let new = json!({ "query": "rule:x", "reason": "x", "every": "day", "at": "09:30" });
    let change = serde_json::from_value(json!({ "query": "rule:x" })).unwrap();
    let repeated = schedules::add(&world.app, &actor, serde_json::from_value(new).unwrap());
    let repeated_so = schedules::edit(&world.app, &actor, &id, IfMatch::default(), change);
    let refused = async {
        let groups = [made.await.unwrap_err(), edited.await.unwrap_err()];
        groups.into_iter().chain([repeated.await.unwrap_err(), repeated_so.await.unwrap_err()])
    };
    tokio::select! {
        refused = refused => refused.for_each(|error| assert!(error.to_string().contains("no rule"), "{error}")),
        () = world.app.store.asked_to_write() => panic!("the writer was asked"),
    }
    drop(free);
}
