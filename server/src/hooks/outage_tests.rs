//! What outages do to a hook: nobody tries for a while, the receiver refuses for long, a key is lost.

use axum::http::{Method, StatusCode};
use muster_proto::time::Span;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::testing::{Got, Receiver};
use super::tests::{all_turns, call, edges, hook, hours_of_failing, signed};
use super::turn;
use crate::http::testing::{World, world};
use crate::store::{Tx, values};

async fn waiting_and_dead(world: &World) -> (Value, Value) {
    let hook = world.get("/hooks").await.json()["hooks"][0].clone();
    (hook["waiting"].clone(), hook["dead"].clone())
}

async fn pause(world: &World, id: &str, paused: bool) {
    let change = json!({ "paused": paused });
    let edited = call(world, Method::PATCH, &format!("/hooks/{id}"), &change, None).await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.text);
}

#[tokio::test]
async fn time_in_which_nobody_tried_kills_nothing() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let phone = world.phone("R570E", "MF-1").await.id;
    let (id, _) = hook(&world, &receiver, &json!({})).await;
    receiver.answer(503);
    edges(&world, phone, &[("a", "", "failing")]).await;
    all_turns(&world, &id).await;
    let before = hours_of_failing(&world, &id, 20).await;
    assert_eq!(before, 20);

    pause(&world, &id, true).await;
    world.clock.pass(Span::from_hours(25));
    assert_eq!(turn(&world.app, &id).await.unwrap(), None);
    pause(&world, &id, false).await;
    assert_eq!(all_turns(&world, &id).await, 1, "one more attempt fails");
    assert_eq!(waiting_and_dead(&world).await, (json!(1), json!(0)), "paused");

    // the server is off: nobody has a turn
    world.clock.pass(Span::from_hours(300));
    assert_eq!(all_turns(&world, &id).await, 1);
    assert_eq!(waiting_and_dead(&world).await, (json!(1), json!(0)), "off");

    // what was left of the day is left, and five attempts are made
    assert_eq!(hours_of_failing(&world, &id, 3).await, 3);
    assert_eq!(waiting_and_dead(&world).await, (json!(1), json!(0)), "the fourth since");
    hours_of_failing(&world, &id, 5).await;
    assert_eq!(waiting_and_dead(&world).await, (json!(0), json!(1)), "what goes on failing dies");
}

#[tokio::test]
async fn a_replay_leaves_room_for_what_is_new() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let phone = world.phone("R570E", "MF-1").await.id;
    let (id, _) = hook(&world, &receiver, &json!({})).await;
    edges(&world, phone, &[("a", "", "failing"); 1100]).await;
    let (now, hook) = (world.app.now(), id.clone());
    let die = move |tx: &mut dyn Tx| {
        tx.execute("UPDATE hooks SET taken = (SELECT MAX(id) FROM edges)", &[])?;
        let sql = "INSERT INTO deliveries (hook, edge, attempts, failing, error, dead) SELECT $1, id, 30, $2, 'x', $2 FROM edges";
        tx.execute(sql, &values![hook, now])
    };
    let died = world.app.store.write(die).await.unwrap();
    receiver.answer(503);
    let replay = format!("/hooks/{id}/replay");
    let again = world.post(&replay, &json!({})).await.json();
    assert_eq!(again, json!({ "replayed": 500, "dead": died - 500 }));
    all_turns(&world, &id).await;
    assert_eq!(receiver.take().len(), 500);
    let again = world.post(&replay, &json!({})).await.json();
    assert_eq!(again, json!({ "replayed": 0, "dead": died - 500 }), "the receiver still refuses");
    edges(&world, phone, &[("new", "", "failing")]).await;
    all_turns(&world, &id).await;
    let told = receiver.take();
    assert!(told.iter().any(|got| got.json()["data"]["rule"] == "new"), "{}", told.len());

    receiver.answer(204);
    let mut rounds = 0;
    while world.post(&replay, &json!({})).await.json()["dead"] != 0 {
        world.clock.pass(Span::from_hours(1));
        all_turns(&world, &id).await;
        rounds += 1;
        assert!(rounds < 5, "it comes to an end");
    }
    all_turns(&world, &id).await;
    let ids = receiver.take().iter().map(Got::id).collect::<BTreeSet<_>>();
    assert_eq!(ids.len() as u64, died + 1, "all of them, and the new one");
}

#[tokio::test]
async fn a_lost_key_costs_a_rotation_and_no_more() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let phone = world.phone("R570E", "MF-1").await.id;
    let (id, _) = hook(&world, &receiver, &json!({})).await;
    let rotate = format!("/hooks/{id}/rotate");
    // sealed under a key that is no more
    let lost = values![vec![7_u8; 60]];
    world.app.store.write(move |tx| tx.execute("UPDATE hooks SET secret = $1", &lost)).await.unwrap();
    edges(&world, phone, &[("a", "", "failing")]).await;
    assert!(turn(&world.app, &id).await.is_err(), "nothing is sent that nobody could verify");

    let rotated = world.post(&rotate, &json!({})).await.json();
    assert_eq!(rotated["old_secret_until"], Value::Null, "the lost one does not sign beside it: {rotated}");
    let newer = rotated["secret"].as_str().unwrap().to_owned();
    assert_eq!(all_turns(&world, &id).await, 1);
    assert!(signed(&receiver.take()[0], &newer));

    // the key was lost after a rotation, and there was another since
    let until = world.app.now() + Span::from_hours(20);
    let lost = values![vec![7_u8; 60], until];
    let write = move |tx: &mut dyn Tx| tx.execute("UPDATE hooks SET old_secret = $1, old_until = $2", &lost);
    world.app.store.write(write).await.unwrap();
    edges(&world, phone, &[("a", "failing", "grace")]).await;
    assert_eq!(all_turns(&world, &id).await, 1);
    assert_eq!(world.post(&format!("/hooks/{id}/test"), &json!({})).await.json()["delivered"], true);
    for got in receiver.take() {
        assert!(signed(&got, &newer) && !got.header("webhook-signature").contains(' '), "{got:?}");
    }
}

#[tokio::test]
async fn what_waits_is_not_sent_once_its_organisation_has_moved_away() {
    let (world, receiver) = (world().await, Receiver::start().await);
    world.post("/orgs", &json!({ "id": "state", "title": "State" })).await;
    let phone = world.phone("R570E", "MF-1").await.id;
    let parent = async |parent: Value| {
        let moved =
            call(&world, Method::PATCH, "/orgs/minfin", &json!({ "parent": parent }), Some("*")).await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    };
    parent(json!("state")).await;
    let (id, _) = hook(&world, &receiver, &json!({ "org": "state" })).await;
    receiver.answer(503);
    edges(&world, phone, &[("a", "", "failing"), ("b", "", "failing")]).await;
    assert_eq!(all_turns(&world, &id).await, 2);
    assert_eq!(receiver.take().len(), 2);
    parent(Value::Null).await;
    receiver.answer(204);
    assert_eq!(hours_of_failing(&world, &id, 3).await, 0, "it is told of minfin no more");
    assert!(receiver.take().is_empty());
    let left = world.get(&format!("/hooks/{id}/deliveries")).await.json();
    assert_eq!(left["deliveries"], json!([]), "and nothing waits: {left}");
}
