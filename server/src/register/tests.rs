//! The register through the API: what people write down, how it finds the devices that report, and how phones without an agent are judged.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use muster_proto::time::Span;
use serde_json::{Value, json};

use crate::auth::Actor;
use crate::http::testing::{Answer, World, world};
use crate::orgs::{self, NewOrg};
use crate::store::Tx;

mod tables;

const POLICY: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
rules:
  - { id: maker, kind: vendor, deny: [apple], allow_groups: [chinese, russian], grace: 72h }
assign:
  - org: minfin
";

async fn add(world: &World, body: Value) -> Value {
    let answer = world.post("/assets", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

async fn send(world: &World, method: &str, path: &str, version: Option<&str>, body: &Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    let request = match version {
        Some(version) => request.header(header::IF_MATCH, version),
        None => request,
    };
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn patch(world: &World, asset: &Value, change: Value) -> Answer {
    send(world, "PATCH", &path(asset), None, &change).await
}

async fn show(world: &World, asset: &Value) -> Value {
    world.get(&path(asset)).await.json()
}

fn path(asset: &Value) -> String {
    format!("/assets/{}", asset["id"].as_str().unwrap())
}

/// What refused it: the status, the code, and all that is said.
fn refusal(answer: &Answer) -> (u16, String, String) {
    (
        answer.status.as_u16(),
        answer.json()["code"].as_str().unwrap_or_default().to_owned(),
        answer.text.clone(),
    )
}

async fn policy(world: &World, text: &str) {
    crate::policies::apply(&world.app, &Actor::system("test"), text.to_owned(), false).await.unwrap();
}

async fn org(world: &World, id: &str, parent: Option<&str>) {
    let new = NewOrg {
        id: id.to_owned(),
        title: format!("Org {id}"),
        parent: parent.map(str::to_owned),
        time_zone: None,
    };
    orgs::add(&world.app, &Actor::system("test"), new).await.unwrap();
}

/// The tags of a list.
async fn tags(world: &World, query: &str) -> Vec<String> {
    let list = world.get(&format!("/assets?{query}")).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text);
    let list = list.json();
    let tag = |asset: &Value| asset["tag"].as_str().unwrap_or("–").to_owned();
    list["assets"].as_array().unwrap().iter().map(tag).collect()
}

#[tokio::test]
async fn a_phone_lives_and_its_history_says_so() {
    let world = world().await;
    let asset = add(
        &world,
        json!({ "org": "minfin", "tag": "MF-1", "life": "ordered", "cost": 1_500_000, "currency": "RUB" }),
    )
    .await;
    let first = world.get(&path(&asset)).await;
    let version = first.headers[header::ETAG].to_str().unwrap().to_owned();
    let out = send(
        &world,
        "PATCH",
        &path(&asset),
        Some(&version),
        &json!({ "life": "handed-out", "carrier": "Ivanov" }),
    )
    .await;
    assert_eq!(
        (out.status, out.json()["life"].as_str()),
        (StatusCode::OK, Some("handed-out")),
        "{}",
        out.text
    );
    let stale = send(&world, "PATCH", &path(&asset), Some(&version), &json!({ "carrier": "Petrov" })).await;
    assert_eq!(refusal(&stale).0, 412);
    let back = patch(&world, &asset, json!({ "life": "ordered" })).await;
    let (status, code, said) = refusal(&back);
    assert_eq!((status, code.as_str()), (409, "asset-life"));
    assert!(
        said.contains("it is handed-out, and can become spare, in-use, in-repair, lost, retired"),
        "{said}"
    );
    world.clock.pass(Span::from_hours(1));
    let given =
        patch(&world, &asset, json!({ "carrier": "Petrov", "note": null, "cost": null, "currency": null }))
            .await
            .json();
    assert_eq!((&given["carrier"], &given["cost"]), (&json!("Petrov"), &json!(null)));

    let history = world.get(&format!("{}/history?limit=3", path(&asset))).await.json();
    let event = |nth: usize| {
        let event = &history["events"][nth];
        (event["part"].clone(), event["was"].clone(), event["becomes"].clone())
    };
    assert_eq!(event(0), (json!("carrier"), json!("Ivanov"), json!("Petrov")));
    assert_eq!((event(1).0, event(2).1), (json!("carrier"), json!("ordered")));
    let next = history["next"].as_str().unwrap();
    let rest = world.get(&format!("{}/history?after={next}", path(&asset))).await.json();
    assert_eq!((rest["events"].as_array().unwrap().len(), &rest["next"]), (2, &json!(null)), "{rest}");
    assert_eq!(rest["events"][1]["part"], "life", "it began so: {rest}");

    let audit = world.get("/audit").await.text;
    assert!(
        audit.contains("asset.reassign") && audit.contains("MF-1 in minfin: cost, currency, carrier"),
        "{audit}"
    );
    assert!(
        !audit.contains("Petrov") && !audit.contains("Ivanov"),
        "who carries a phone is in the register alone"
    );
}

#[tokio::test]
async fn who_carried_a_phone_can_be_forgotten() {
    let world = world().await;
    let asset = add(&world, json!({ "org": "minfin", "tag": "MF-1", "carrier": "Ivanov" })).await;
    let other = add(&world, json!({ "org": "minfin", "tag": "MF-2", "carrier": "Sidorov" })).await;
    patch(&world, &asset, json!({ "carrier": "Petrov", "life": "in-use" })).await;
    let forget = async || world.post(&format!("{}/forget", path(&asset)), &json!({})).await;
    let forgotten = forget().await;
    assert_eq!(forgotten.status, StatusCode::OK, "{}", forgotten.text);
    assert_eq!((&forgotten.json()["carrier"], &forgotten.json()["life"]), (&json!(null), &json!("in-use")));
    let history = world.get(&format!("{}/history", path(&asset))).await;
    assert!(!history.text.contains("Ivanov") && !history.text.contains("Petrov"), "{}", history.text);
    let events = history.json()["events"].as_array().unwrap().clone();
    let hands = events.iter().filter(|event| event["part"] == "carrier").count();
    assert_eq!((hands, events.len()), (2, 5), "that it changed hands stays: {}", history.text);
    assert!(tags(&world, "text=petrov").await.is_empty());
    assert_eq!(show(&world, &other).await["carrier"], "Sidorov", "nobody else is forgotten");
    assert_eq!(forget().await.status, StatusCode::OK, "there is nothing more to forget");
    let entries = world.get("/audit?action=asset.forget").await;
    assert_eq!(entries.json()["entries"].as_array().unwrap().len(), 1, "{}", entries.text);
    assert!(entries.text.contains("MF-1 in minfin") && !entries.text.contains("Petrov"), "{}", entries.text);
    let none = world.post(&format!("/assets/{}/forget", "ab".repeat(16)), &json!({})).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = world().await;
    let first = add(&world, json!({ "org": "minfin", "tag": "MF-1", "serial": "S1" })).await;
    for (body, status, code) in [
        (json!({ "org": "nobody" }), 404, "not-found"),
        (json!({ "org": "minfin", "tag": " mf-1 " }), 409, "asset-exists"),
        (json!({ "org": "minfin", "serial": "s1" }), 409, "asset-exists"),
        (json!({ "org": "minfin", "tag": "" }), 422, "asset-malformed"),
        (json!({ "org": "minfin", "cost": 5 }), 422, "asset-malformed"),
        (json!({ "org": "minfin", "replaced_by": "ab".repeat(16) }), 404, "not-found"),
        (json!({ "org": "minfin", "model": "R570E" }), 422, "asset-malformed"),
        (json!({ "org": "minfin", "life": "gone" }), 400, "malformed"),
        (json!({ "org": "minfin", "device": "ab".repeat(16) }), 400, "malformed"),
    ] {
        let (got, word, text) = refusal(&world.post("/assets", &body).await);
        assert_eq!((got, word.as_str()), (status, code), "{body}: {text}");
    }
    let second = add(&world, json!({ "org": "minfin", "tag": "MF-2" })).await;
    assert_eq!(refusal(&patch(&world, &second, json!({ "tag": "MF-1" })).await).1, "asset-exists");
    let replaced = patch(&world, &first, json!({ "replaced_by": second["id"] })).await;
    assert_eq!(replaced.status, StatusCode::OK, "{}", replaced.text);
    let third = add(&world, json!({ "org": "minfin", "tag": "MF-3", "replaced_by": first["id"] })).await;
    let circle = refusal(&patch(&world, &second, json!({ "replaced_by": third["id"] })).await);
    assert!(circle.1 == "asset-malformed" && circle.2.contains("its own place"), "{circle:?}");
    let nobody = refusal(&patch(&world, &first, json!({ "tag": null, "serial": null })).await);
    assert!(nobody.1 == "asset-malformed" && nobody.2.contains("a tag or a serial number"), "{nobody:?}");
    let serial_left = patch(&world, &first, json!({ "tag": null })).await;
    assert_eq!(serial_left.status, StatusCode::OK, "{}", serial_left.text);
    assert_eq!(world.delete(&path(&second)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(show(&world, &first).await["replaced_by"], json!(null));
    assert_eq!(world.get(&path(&second)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/assets/nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_device_finds_its_phone_by_the_tag() {
    let world = world().await;
    let asset = add(&world, json!({ "org": "minfin", "tag": "МФ-17", "carrier": "Ivanov" })).await;
    assert_eq!((asset["life"].as_str(), &asset["device"]), (Some("handed-out"), &json!(null)));
    assert_eq!(tags(&world, "standing=missing").await, ["МФ-17"]);
    let phone = world.phone("R570E", " мф-17").await;
    let linked = show(&world, &asset).await;
    assert_eq!(
        (&linked["device"], &linked["life"], &linked["reporting"]),
        (&json!(phone.id), &json!("in-use"), &json!(true))
    );
    assert!(tags(&world, "standing=missing").await.is_empty());
    assert_eq!(tags(&world, "standing=reporting").await, ["МФ-17"]);
    // a second device with the tag is nobody's, and takes nothing away
    let second = world.phone("R570E", "МФ-17").await;
    assert_eq!(show(&world, &asset).await["device"], json!(phone.id));
    let unregistered = world.get("/assets/unregistered").await.json();
    assert_eq!(
        (unregistered["devices"].as_array().unwrap().len(), &unregistered["devices"][0]["id"]),
        (1, &json!(second.id))
    );
    assert_eq!(refusal(&world.delete(&path(&asset)).await).1, "asset-had-device");
    let audit = world.get("/audit").await.text;
    assert!(audit.contains("asset.link"), "{audit}");

    // a person parts them: nothing links them again by itself
    let parted = world.post(&format!("{}/unlink", path(&asset)), &json!({})).await;
    assert_eq!((parted.status, &parted.json()["device"]), (StatusCode::OK, &json!(null)), "{}", parted.text);
    let noted = patch(&world, &asset, json!({ "note": "x" })).await.json();
    assert_eq!(noted["device"], json!(null));
    assert_eq!(refusal(&world.post(&format!("{}/unlink", path(&asset)), &json!({})).await).1, "asset-link");
    assert_eq!(refusal(&world.delete(&path(&asset)).await).1, "asset-had-device", "it was one once");
    let link = async |device: Value| {
        world.post(&format!("{}/link", path(&asset)), &json!({ "device": device })).await
    };
    assert_eq!(link(json!(second.id)).await.json()["device"], json!(second.id));
    assert_eq!(link(json!(second.id)).await.status, StatusCode::OK, "it is already");
    assert!(refusal(&link(json!(phone.id)).await).2.contains("unlink it first"));
}

#[tokio::test]
async fn a_new_phone_finds_the_one_device_that_fits() {
    let world = world().await;
    org(&world, "tax", Some("minfin")).await;
    org(&world, "army", None).await;
    let one = world.phone("R570E", "T-1").await;
    for _ in 0..2 {
        world.phone("R570E", "T-2").await;
    }
    world.phone("R570E", "T-3").await;
    let below = add(&world, json!({ "org": "tax", "tag": "t-1", "life": "spare" })).await;
    assert_eq!((&below["device"], &below["life"]), (&json!(one.id), &json!("spare")), "in one line");
    let two = add(&world, json!({ "org": "minfin", "tag": "T-2" })).await;
    assert_eq!(two["device"], json!(null), "two devices fit");
    let beside = add(&world, json!({ "org": "army", "tag": "T-3" })).await;
    assert_eq!(beside["device"], json!(null), "another organisation");
    let id = beside["id"].as_str().unwrap();
    let three = world.get("/devices?q=tag:T-3").await.json()["devices"][0]["id"].clone();
    let refused = world.post(&format!("/assets/{id}/link"), &json!({ "device": three })).await;
    assert!(refusal(&refused).2.contains("neither above nor below"), "{}", refused.text);
    let moved = patch(&world, &beside, json!({ "org": "minfin" })).await.json();
    assert_eq!(moved["device"], three, "it has come to where its device is");
    let away = refusal(&patch(&world, &beside, json!({ "org": "army" })).await);
    assert!(away.1 == "asset-link" && away.2.contains("unlink it first"), "{away:?}");
    let table = Request::post("/api/v1/assets/import")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "text/csv");
    let table = world.send(table.body("tag,org\nT-3,army\n".into()).unwrap()).await;
    assert!(refusal(&table).2.contains("unlink it first"), "{}", table.text);
    let other = add(&world, json!({ "org": "minfin", "tag": "T-9", "platform": "ios" })).await;
    let taken = world.post(&format!("{}/link", path(&other)), &json!({ "device": three })).await;
    assert!(refusal(&taken).2.contains("no agent is possible"), "{}", taken.text);
    let android = patch(&world, &other, json!({ "platform": "android" })).await;
    assert_eq!(android.status, StatusCode::OK);
    let taken = world.post(&format!("{}/link", path(&other)), &json!({ "device": three })).await;
    assert!(refusal(&taken).2.contains("is this device"), "{}", taken.text);
}

#[tokio::test]
async fn a_phone_without_an_agent_is_judged_by_its_maker() {
    let world = world().await;
    let new = json!({ "org": "minfin", "tag": "I-1", "carrier": "Minister", "platform": "ios", "maker": "Apple", "life": "in-use" });
    let asset = add(&world, new).await;
    let verdict = async || show(&world, &asset).await["verdict"].clone();
    assert_eq!(verdict().await["state"], "unknown", "no policy");
    policy(&world, POLICY).await;
    let grace = verdict().await;
    assert_eq!(
        (&grace["state"], &grace["due"]),
        (&json!("grace"), &json!("2026-03-31T09:00:00Z")),
        "{grace}"
    );
    world.clock.pass(Span::from_hours(72));
    crate::judge::due(&world.app).await.unwrap();
    let failing = verdict().await;
    assert_eq!((&failing["state"], &failing["since"]), (&json!("failing"), &grace["since"]), "{failing}");
    assert_eq!(tags(&world, "standing=declared").await, ["I-1"]);
    assert!(tags(&world, "standing=expected").await.is_empty());
    let version = world.get(&path(&asset)).await.headers[header::ETAG].clone();
    let exempt =
        json!({ "rule": "maker", "org": "minfin", "until": "2026-05-01T00:00:00Z", "reason": "ordered" });
    assert_eq!(world.post("/exemptions", &exempt).await.status, StatusCode::CREATED);
    assert_eq!(verdict().await["state"], "exempt");
    assert_eq!(world.get(&path(&asset)).await.headers[header::ETAG], version, "a verdict is no edit");
    patch(&world, &asset, json!({ "maker": null })).await;
    let edges = world.app.store.read(|tx| tx.query("SELECT 1 FROM edges", &[])).await.unwrap();
    assert!(edges.is_empty(), "it is no device");
    let spare = patch(&world, &asset, json!({ "life": "spare" })).await;
    assert_eq!(spare.status, StatusCode::OK);
    assert_eq!(verdict().await, json!(null), "nobody has it");
    let due = |tx: &mut dyn Tx| {
        tx.query(
            "SELECT 1 FROM assets WHERE next_judgement IS NOT NULL OR verdict_since IS NOT NULL OR verdict_due IS NOT NULL",
            &[],
        )
    };
    assert!(world.app.store.read(due).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_phone_has_no_new_grace_by_a_trick() {
    let world = world().await;
    policy(&world, POLICY).await;
    let new = json!({ "org": "minfin", "tag": "I-1", "platform": "ios", "maker": "Apple", "life": "in-use" });
    let asset = add(&world, new).await;
    let since = show(&world, &asset).await["verdict"]["since"].clone();
    world.clock.pass(Span::from_hours(73));
    crate::judge::due(&world.app).await.unwrap();
    for (away, back) in [
        (json!({ "life": "spare" }), json!({ "life": "in-use" })),
        (json!({ "life": "in-repair" }), json!({ "life": "in-use" })),
        (json!({ "platform": "android" }), json!({ "platform": "ios" })),
    ] {
        let gone = patch(&world, &asset, away.clone()).await;
        assert_eq!(gone.status, StatusCode::OK, "{}", gone.text);
        assert_eq!(show(&world, &asset).await["verdict"], json!(null), "{away}");
        world.clock.pass(Span::from_hours(1));
        patch(&world, &asset, back).await;
        let verdict = show(&world, &asset).await["verdict"].clone();
        assert_eq!((&verdict["state"], &verdict["since"]), (&json!("failing"), &since), "{away}: {verdict}");
    }
}

#[tokio::test]
async fn lists_are_paged_in_one_order_and_say_who_is_left_over() {
    let world = world().await;
    let (old, _) = (world.phone("Old", "B-1").await, world.phone("X", "none").await);
    for tag in ["b-1", "A-1", "c_1", "Ё-1"] {
        add(&world, json!({ "org": "minfin", "tag": tag, "life": "handed-out" })).await;
    }
    let nameless = add(&world, json!({ "org": "minfin", "serial": "S-9" })).await;
    let all = tags(&world, "").await;
    assert_eq!(all, ["–", "A-1", "b-1", "c_1", "Ё-1"]);
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/assets?limit=2&after={after}")).await.json();
        let here = page["assets"].as_array().unwrap();
        paged.extend(here.iter().map(|asset| asset["tag"].as_str().unwrap_or("–").to_owned()));
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, all);
    assert_eq!(tags(&world, "text=c_").await, ["c_1"], "signs stand for themselves");
    assert_eq!(tags(&world, "org=minfin&life=handed-out&standing=missing&text=%D1%91").await, ["Ё-1"]);
    assert!(tags(&world, "org=nobody").await.is_empty());
    for wrong in ["after=x", "life=gone", "standing=x", "format=csv&limit=1", "format=ndjson", "q=x"] {
        assert_eq!(world.get(&format!("/assets?{wrong}")).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }

    let find = async |tag: &str| world.get(&format!("/assets?text={tag}")).await.json()["assets"][0].clone();
    let (was, next) = (find("b-1").await, find("A-1").await);
    assert_eq!(was["device"], json!(old.id));
    patch(&world, &was, json!({ "replaced_by": next["id"] })).await;
    assert!(tags(&world, "standing=left-over").await.is_empty(), "the new one is not in use yet");
    patch(&world, &next, json!({ "life": "in-use" })).await;
    assert_eq!(tags(&world, "standing=left-over").await, ["b-1"]);
    assert_eq!(tags(&world, "standing=linked").await, ["b-1"]);
    assert_eq!(world.get("/assets?counts=true&limit=1").await.json()["counts"]["left_over"], 1);
    assert_eq!(
        world.get("/assets/unregistered?org=minfin&limit=1").await.json()["devices"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(world.delete(&path(&nameless)).await.status, StatusCode::NO_CONTENT);
}
