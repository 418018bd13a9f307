//! Hooks through the router and their turns, against a receiver that listens.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::testing::{Got, Receiver};
use super::turn;
use crate::http::testing::{Answer, World, world};
use crate::store::{StoreError, Tx, values};

pub(super) async fn call(
    world: &World,
    method: Method,
    path: &str,
    body: &Value,
    version: Option<&str>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(version) = version {
        request = request.header(header::IF_MATCH, version);
    }
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

pub(super) async fn hook(world: &World, receiver: &Receiver, more: &Value) -> (String, String) {
    let mut new = json!({ "title": "Monitoring", "url": receiver.url });
    for (key, value) in more.as_object().into_iter().flatten() {
        new[key] = value.clone();
    }
    let made = world.post("/hooks", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let (id, secret) = (made.json()["id"].clone(), made.json()["secret"].clone());
    (id.as_str().unwrap().to_owned(), secret.as_str().unwrap().to_owned())
}

/// Edges of a device, as the judge writes them.
pub(super) async fn edges(
    world: &World,
    device: DeviceId,
    all: &[(&'static str, &'static str, &'static str)],
) {
    let (all, now) = (all.to_vec(), world.app.now());
    let write = move |tx: &mut dyn Tx| {
        for (rule, from, to) in all {
            tx.execute(
                "INSERT INTO edges (device, rule, from_state, to_state, at, written) VALUES ($1, $2, $3, $4, $5, $5)",
                &values![device, rule, Some(from).filter(|from| !from.is_empty()), Some(to).filter(|to| !to.is_empty()), now],
            )?;
        }
        Ok::<_, StoreError>(())
    };
    world.app.store.write(write).await.unwrap();
}

pub(super) async fn all_turns(world: &World, id: &str) -> usize {
    let mut sent = 0;
    loop {
        let turn = turn(&world.app, id).await.unwrap().expect("it is there and not paused");
        sent += turn.sent;
        if !turn.more {
            return sent;
        }
    }
}

pub(super) async fn hours_of_failing(world: &World, id: &str, hours: usize) -> usize {
    let mut tries = 0;
    for _ in 0..hours {
        world.clock.pass(Span::from_hours(1));
        tries += all_turns(world, id).await;
    }
    tries
}

fn rules(got: &[Got]) -> BTreeSet<String> {
    got.iter().map(|got| got.json()["data"]["rule"].as_str().unwrap().to_owned()).collect()
}

/// As the specification has it.
pub(super) fn signed(got: &Got, secret: &str) -> bool {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let key = super::testing::raw(secret);
    let content =
        [format!("{}.{}.", got.id(), got.header("webhook-timestamp")).as_bytes(), got.body.as_ref()].concat();
    let wanted = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key), &content);
    let wanted = format!("v1,{}", BASE64_STANDARD.encode(wanted));
    got.header("webhook-signature").split(' ').any(|one| one == wanted)
}

#[tokio::test]
async fn a_receiver_is_told_what_it_asked_for_and_nothing_of_before() {
    let (world, receiver) = (world().await, Receiver::start().await);
    world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
    let phone = world.phone("R570E", "MF-1").await.id;
    edges(&world, phone, &[("before", "", "failing")]).await;
    let (all, secret) = hook(&world, &receiver, &json!({})).await;
    let narrow = json!({ "org": "minfin", "rule": "a", "states": ["failing", "grace", "failing"] });
    let (narrow, _) = hook(&world, &receiver, &narrow).await;
    let (other, _) = hook(&world, &receiver, &json!({ "org": "other" })).await;
    edges(
        &world,
        phone,
        &[
            ("a", "", "failing"),
            ("b", "compliant", "grace"),
            ("a", "failing", "compliant"),
            ("c", "failing", ""),
        ],
    )
    .await;

    assert_eq!(all_turns(&world, &all).await, 4);
    let got = receiver.take();
    assert_eq!(rules(&got), ["a", "b", "c"].map(str::to_owned).into());
    let grace = got.iter().find(|got| got.json()["data"]["to"] == "grace").unwrap();
    let (told, now) = (grace.json(), world.app.now().to_string());
    assert_eq!(
        told,
        json!({
            "type": "finding.changed",
            "timestamp": now,
            "data": {
                "edge": told["data"]["edge"], "device": phone.to_string(), "asset_tag": "MF-1", "org": "minfin",
                "rule": "b", "from": "compliant", "to": "grace", "mode": null, "at": now,
                "url": format!("https://localhost:8443/devices/{phone}"),
            },
        })
    );
    assert_eq!(grace.header("content-type"), "application/json");
    assert_eq!(grace.header("webhook-timestamp"), world.app.now().secs().to_string());
    assert!(got.iter().all(|got| signed(got, &secret)), "{got:?}");
    assert_eq!(got.iter().map(Got::id).collect::<BTreeSet<_>>().len(), 4);

    assert_eq!((all_turns(&world, &narrow).await, all_turns(&world, &other).await), (1, 0));
    let got = receiver.take();
    assert_eq!((got.len(), &got[0].json()["data"]["to"]), (1, &json!("failing")));
    assert_eq!(all_turns(&world, &all).await + all_turns(&world, &narrow).await, 0, "each once");
}

#[tokio::test]
async fn what_fails_is_tried_again_while_the_others_go_on_and_dies_after_a_day() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let phone = world.phone("R570E", "MF-1").await.id;
    let (id, _) = hook(&world, &receiver, &json!({})).await;
    receiver.answer_rule("bad", 500);
    edges(&world, phone, &[("bad", "", "failing"), ("good", "", "failing")]).await;
    assert_eq!(all_turns(&world, &id).await, 2);
    let first = receiver.take();
    let of = |got: &[Got], rule: &str| {
        got.iter().filter(|got| got.json()["data"]["rule"] == rule).cloned().collect::<Vec<_>>()
    };
    let bad = of(&first, "bad")[0].clone();
    edges(&world, phone, &[("good", "failing", "compliant")]).await;
    assert_eq!(all_turns(&world, &id).await, 1, "the stream goes on, and what failed has its pause");
    receiver.take();

    let path = format!("/hooks/{id}/deliveries");
    let waiting = world.get(&path).await.json()["deliveries"][0].clone();
    assert_eq!(
        (&waiting["rule"], &waiting["attempts"], &waiting["status"], &waiting["dead"], &waiting["message"]),
        (&json!("bad"), &json!(1), &json!(500), &Value::Null, &json!(bad.id()))
    );
    assert_eq!(
        hours_of_failing(&world, &id, 26).await,
        24,
        "an hour is the longest pause, and a day is all the time that it has"
    );
    for again in receiver.take() {
        assert_eq!((again.id(), &again.body), (bad.id(), &bad.body), "the same message");
        assert_ne!(again.header("webhook-timestamp"), bad.header("webhook-timestamp"));
    }
    let list = world.get("/hooks").await.json();
    assert_eq!((&list["hooks"][0]["waiting"], &list["hooks"][0]["dead"]), (&json!(0), &json!(1)), "{list}");
    assert_eq!(world.get(&format!("{path}?standing=waiting")).await.json()["deliveries"], json!([]));
    let dead = world.get(&format!("{path}?standing=dead")).await.json();
    assert_eq!(dead["deliveries"][0]["next_try"], Value::Null, "{dead}");

    receiver.answer_rule("bad", 200);
    let replay = format!("/hooks/{id}/replay");
    assert_eq!(world.post(&replay, &json!({ "edge": 4000 })).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.post(&replay, &json!({})).await.json()["replayed"], 1);
    assert_eq!(all_turns(&world, &id).await, 1);
    assert_eq!(receiver.take()[0].id(), bad.id());
    assert_eq!(world.get(&path).await.json()["deliveries"], json!([]));
    assert_eq!(world.post(&replay, &json!({})).await.json()["replayed"], 0);
}

#[tokio::test]
async fn a_receiver_that_is_down_is_not_flooded_and_the_dead_are_forgotten() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let phone = world.phone("R570E", "MF-1").await.id;
    let (id, _) = hook(&world, &receiver, &json!({})).await;
    receiver.answer(503);
    edges(&world, phone, &[("a", "", "failing"); 1100]).await;
    let tried = all_turns(&world, &id).await;
    assert!((1000..1100).contains(&tried), "{tried}: the rest stays in the row");
    let page = world.get(&format!("/hooks/{id}/deliveries?limit=2")).await.json();
    let next = page["next"].as_str().unwrap();
    let more = world.get(&format!("/hooks/{id}/deliveries?limit=500&after={next}")).await.json();
    assert_eq!(
        (page["deliveries"].as_array().unwrap().len(), more["deliveries"][0]["edge"].as_u64()),
        (2, next.parse().ok().map(|n: u64| n + 1))
    );

    receiver.answer(204);
    world.clock.pass(Span::from_hours(1));
    all_turns(&world, &id).await;
    assert_eq!(receiver.take().iter().map(Got::id).collect::<BTreeSet<_>>().len(), 1100, "none is lost");

    receiver.answer(404);
    edges(&world, phone, &[("b", "", "failing")]).await;
    all_turns(&world, &id).await;
    hours_of_failing(&world, &id, 26).await;
    for (days, left) in [(29, 1), (2, 0)] {
        world.clock.pass(Span::from_hours(24 * days));
        super::forget_dead(&world.app).await.unwrap();
        let list = world.get("/hooks").await.json();
        assert_eq!(list["hooks"][0]["dead"], left, "{list}");
    }
}

#[tokio::test]
async fn nobody_there_is_a_failure_with_words() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let phone = world.phone("R570E", "MF-1").await.id;
    let (id, _) = hook(&world, &receiver, &json!({})).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = json!({ "url": format!("http://{closed}/") });
    assert_eq!(call(&world, Method::PATCH, &format!("/hooks/{id}"), &url, None).await.status, StatusCode::OK);
    edges(&world, phone, &[("a", "", "failing")]).await;
    all_turns(&world, &id).await;
    let waiting = world.get(&format!("/hooks/{id}/deliveries")).await.json()["deliveries"][0].clone();
    assert_eq!(waiting["status"], Value::Null);
    assert!(waiting["error"].as_str().unwrap().starts_with("it can't be reached: "), "{waiting}");
}

#[tokio::test]
async fn a_hook_is_edited_paused_tried_and_removed() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let phone = world.phone("R570E", "MF-1").await.id;
    let (id, secret) = hook(&world, &receiver, &json!({ "states": ["failing"] })).await;
    let path = format!("/hooks/{id}");
    let shown = world.get(&path).await;
    let version = shown.headers[header::ETAG].to_str().unwrap().to_owned();
    let paused = json!({ "paused": true, "states": [] });
    let edited = call(&world, Method::PATCH, &path, &paused, Some(&version)).await;
    assert_eq!((edited.status, &edited.json()["paused"]), (StatusCode::OK, &json!(true)), "{}", edited.text);
    let late = call(&world, Method::PATCH, &path, &json!({ "title": "T" }), Some(&version)).await;
    assert_eq!(late.json()["code"], "other-version");
    edges(&world, phone, &[("a", "failing", "compliant")]).await;
    assert_eq!(turn(&world.app, &id).await.unwrap(), None);
    let pinged = world.post(&format!("{path}/test"), &json!({})).await.json();
    assert_eq!((&pinged["delivered"], &pinged["status"]), (&json!(true), &json!(204)), "{pinged}");
    let ping = receiver.take().remove(0);
    assert!(signed(&ping, &secret) && ping.json()["type"] == "ping" && pinged["message"] == ping.id());
    receiver.answer(302);
    let pinged = world.post(&format!("{path}/test"), &json!({})).await.json();
    assert_eq!((&pinged["delivered"], &pinged["status"]), (&json!(false), &json!(302)), "none is followed");
    receiver.answer(204);
    receiver.take();
    call(&world, Method::PATCH, &path, &json!({ "paused": false }), None).await;
    assert_eq!(all_turns(&world, &id).await, 1, "what happened meanwhile is told afterwards");

    let newer = world.post(&format!("{path}/rotate"), &json!({})).await.json()["secret"].clone();
    let newer = newer.as_str().unwrap();
    edges(&world, phone, &[("a", "compliant", "failing")]).await;
    all_turns(&world, &id).await;
    let both = receiver.take().pop().unwrap();
    assert!(signed(&both, &secret) && signed(&both, newer));
    world.post(&format!("{path}/test"), &json!({})).await;
    let ping = receiver.take().pop().unwrap();
    assert!(signed(&ping, &secret) && signed(&ping, newer), "a ping as everything else");
    world.clock.pass(Span::from_hours(24));
    edges(&world, phone, &[("a", "failing", "grace")]).await;
    all_turns(&world, &id).await;
    let one = receiver.take().pop().unwrap();
    assert!(!signed(&one, &secret) && signed(&one, newer));

    let stored = std::fs::read(world.app.data.join("muster.db")).unwrap();
    let wal = std::fs::read(world.app.data.join("muster.db-wal")).unwrap_or_default();
    let raw = super::testing::raw(newer);
    for bytes in [&stored, &wal] {
        assert!(!bytes.windows(raw.len()).any(|part| part == raw), "the secret lies in the database");
    }
    let audit = world.get("/audit?limit=500").await.text;
    for secret in [newer, secret.as_str(), "told?by=muster"] {
        assert!(!audit.contains(secret), "{secret} lies in the audit");
    }
    for action in ["hook.add", "hook.edit", "hook.test", "hook.rotate"] {
        assert!(audit.contains(action), "{action}");
    }
    assert_eq!(world.delete(&path).await.status, StatusCode::OK);
    assert_eq!(turn(&world.app, &id).await.unwrap(), None);
    assert_eq!(world.delete(&path).await.status, StatusCode::NOT_FOUND);
    for rest in ["", "/deliveries"] {
        assert_eq!(world.get(&format!("{path}{rest}")).await.status, StatusCode::NOT_FOUND, "{rest}");
    }
}

#[tokio::test]
async fn what_it_is_told_no_more_waits_for_it_no_more() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let phone = world.phone("R570E", "MF-1").await.id;
    let (id, _) = hook(&world, &receiver, &json!({})).await;
    receiver.answer(503);
    edges(&world, phone, &[("a", "", "failing"), ("b", "", "failing"), ("b", "failing", "compliant")]).await;
    assert_eq!(all_turns(&world, &id).await, 3);
    let narrower = json!({ "rule": "b", "states": ["failing"] });
    call(&world, Method::PATCH, &format!("/hooks/{id}"), &narrower, None).await;
    let waiting = world.get(&format!("/hooks/{id}/deliveries")).await.json()["deliveries"].clone();
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["rule"]), (1, &json!("b")), "{waiting}");
    let audit = world.get("/audit?order=newest&limit=1").await.json();
    assert_eq!(audit["entries"][0]["after"]["dropped"], 2, "{audit}");
    receiver.take();
    receiver.answer(204);
    world.clock.pass(Span::from_hours(1));
    all_turns(&world, &id).await;
    assert_eq!(rules(&receiver.take()), BTreeSet::from(["b".to_owned()]));
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let world = world().await;
    let url = "https://hooks.example/";
    for (new, code) in [
        (json!({ "title": "T", "url": "gopher://a/" }), "hook-address"),
        (json!({ "title": "T", "url": "http://169.254.169.254/latest" }), "hook-address"),
        (json!({ "title": "T", "url": "https://a:b@hooks.example/" }), "hook-address"),
        (json!({ "title": "a\nb", "url": url }), "bad-hook"),
        (json!({ "title": "T", "url": url, "rule": "" }), "bad-hook"),
        (json!({ "title": "T", "url": url, "org": "nobody" }), "not-found"),
        (json!({ "title": "T", "url": url, "states": ["purple"] }), "malformed"),
        (json!({ "title": "T", "url": url, "secret": "mine" }), "malformed"),
    ] {
        let refused = world.post("/hooks", &new).await;
        assert_eq!(refused.json()["code"], code, "{new}: {}", refused.text);
    }
    for n in 0..=100 {
        let made = world.post("/hooks", &json!({ "title": format!("T{n}"), "url": url })).await;
        assert_eq!(made.status == StatusCode::CREATED, n < 100, "{}", made.text);
        assert!(n < 100 || made.json()["code"] == "hook-limit");
    }
    for path in ["/hooks/x/deliveries?standing=purple", "/hooks/x/deliveries?after=x"] {
        assert_eq!(world.get(path).await.json()["code"], "malformed", "{path}");
    }
}

/// The worker itself, on the clock of the machine: one hook's receiver hangs, the other is told.
#[tokio::test]
async fn a_receiver_that_hangs_holds_up_no_other() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let phone = world.phone("R570E", "MF-1").await.id;
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let hanging = world.post("/hooks", &json!({ "title": "Hangs", "url": url })).await;
    assert_eq!(hanging.status, StatusCode::CREATED);
    hook(&world, &receiver, &json!({})).await;
    let worker = tokio::spawn(super::keep_telling(world.app.clone()));
    edges(&world, phone, &[("a", "", "failing"); 8]).await;
    let both = async {
        let hanging = silent.accept().await.unwrap();
        let mut got = receiver.take().len();
        while got < 8 {
            tokio::task::yield_now().await;
            got += receiver.take().len();
        }
        hanging
    };
    let minute = std::time::Duration::from_secs(60);
    let _stream = tokio::time::timeout(minute, both).await.expect("the other is told within a minute");
    assert!(!worker.is_finished());
    worker.abort();
}
