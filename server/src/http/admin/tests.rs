//! The API through its own router, on a real store.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use muster_proto::time::Span;
use serde_json::{Value, json};

use crate::http::testing::{telegram, world};

const POLICY: &str = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - id: messengers
    kind: messengers
    title: { en: No <b>foreign</b> messengers, ru: Без иностранных мессенджеров }
    deny: [telegram]
    grace: 72h
    severity: high
    remedy: { en: Remove it., ru: Удалите. }
assign:
  - org: minfin
";

#[tokio::test]
async fn who_may_call() {
    let world = world().await;
    assert_eq!(
        world.get("/me").await.json(),
        json!({ "actor": "local-admin", "kind": "token", "grants": [{ "role": "owner" }] })
    );
    let bare = world.send(Request::get("/api/v1/me").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (bare.status, bare.json()["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("not-signed-in"))
    );
    assert_eq!(bare.headers[header::CONTENT_TYPE], "application/problem+json");
    for token in ["", "x", &"A".repeat(43)] {
        let request = Request::get("/api/v1/me").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (StatusCode::UNAUTHORIZED, Some("bad-token"))
        );
    }
}

#[tokio::test]
async fn a_token_acts_under_its_name_until_it_ends() {
    let world = world().await;
    let made = world.post("/api-tokens", &json!({ "name": "pipeline", "expires_in": 3600 })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let me = async || {
        let request = Request::get("/api/v1/me").header(header::AUTHORIZATION, format!("Bearer {token}"));
        world.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(
        me().await.json(),
        json!({ "actor": "pipeline", "kind": "token", "grants": [{ "role": "owner" }] })
    );
    let list = world.get("/api-tokens").await;
    let names: Vec<_> =
        list.json()["api_tokens"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["local-admin", "pipeline"]);
    assert!(!list.text.contains(&token) && !world.get("/audit").await.text.contains(&token));
    let again = world.post("/api-tokens", &json!({ "name": "pipeline" })).await;
    assert_eq!((again.status, again.json()["code"].as_str()), (StatusCode::CONFLICT, Some("name-taken")));
    world.clock.pass(Span::from_secs(3600));
    assert_eq!(me().await.status, StatusCode::UNAUTHORIZED);
    // the name of one that has run out is free
    assert_eq!(world.post("/api-tokens", &json!({ "name": "pipeline" })).await.status, StatusCode::CREATED);
    assert_eq!(world.delete("/api-tokens/pipeline").await.status, StatusCode::OK);
    assert_eq!(world.delete("/api-tokens/pipeline").await.json()["code"], "not-found");
    assert_eq!(world.delete("/api-tokens/local-admin").await.json()["code"], "local-admin");
    for wrong in
        [json!({ "name": "device:1" }), json!({ "name": " " }), json!({ "name": "a", "expires_in": 0 })]
    {
        assert_eq!(
            world.post("/api-tokens", &wrong).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
    }
    let audit = world.get("/audit?action=api-token").await.json();
    let actions: Vec<_> =
        audit["entries"].as_array().unwrap().iter().rev().take(3).map(|one| one["action"].clone()).collect();
    assert_eq!(actions, ["api-token.revoke", "api-token.make", "api-token.make"]);
}

#[tokio::test]
async fn failed_attempts_are_limited_and_a_good_token_is_not_kept_out() {
    let world = world().await;
    let bad = async || {
        let request = Request::get("/api/v1/me").header(header::AUTHORIZATION, "Bearer nonsense");
        world.send(request.body(Body::empty()).unwrap()).await
    };
    for _ in 0..10 {
        assert_eq!(bad().await.status, StatusCode::UNAUTHORIZED);
    }
    let limited = bad().await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.headers[header::RETRY_AFTER], "300");
    assert_eq!(world.get("/me").await.status, StatusCode::OK);
    world.clock.pass(Span::from_secs(301));
    assert_eq!(bad().await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_repeats_its_token_to_change_something() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let page = world.visit(Method::GET, "/devices", &cookie, "").await;
    let send = async |csrf: &str| {
        let request =
            Request::post("/api/v1/orgs").header(header::COOKIE, &cookie).header("muster-csrf", csrf);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        world.send(request.body(Body::from(json!({ "id": "a", "title": "A" }).to_string())).unwrap()).await
    };
    let refused = send("guess").await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (StatusCode::FORBIDDEN, Some("csrf")));
    assert_eq!(send(&page.csrf()).await.status, StatusCode::CREATED);
    let audit = world.get("/audit").await.json();
    let last = audit["entries"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["actor"].as_str(), last["action"].as_str()), (Some("Anna"), Some("org.add")));
}

#[tokio::test]
async fn what_is_malformed_is_named() {
    let world = world().await;
    let unknown = world.post("/orgs", &json!({ "id": "a", "title": "A", "colour": "red" })).await;
    assert_eq!(
        (unknown.status, unknown.json()["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("malformed"))
    );
    assert!(unknown.json()["detail"].as_str().unwrap().contains("colour"), "{}", unknown.text);
    let long = world.post("/orgs", &json!({ "id": "a", "title": "A".repeat(70_000) })).await;
    assert_eq!(
        (long.status, long.json()["code"].as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("too-long"))
    );
    let form = Request::post("/api/v1/orgs")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let form = world.send(form.body(Body::from("id=a&title=A")).unwrap()).await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for path in ["/devices?verdict=purple", "/devices?after=x", "/devices?colour=red", "/audit?after=-1"] {
        assert_eq!(world.get(path).await.json()["code"], "malformed", "{path}");
    }
    for path in ["/devices/x", "/devices/00000000000000000000000000000000", "/orders/x", "/policies/x"] {
        assert_eq!(world.get(path).await.json()["code"], "not-found", "{path}");
    }
    assert_eq!(world.get("/nowhere").await.json()["code"], "no-such-address");
    assert_eq!(world.post("/me", &json!({})).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let policy = world.post("/policies", &json!("not a policy")).await;
    assert_eq!(
        (policy.status, policy.json()["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("policy-malformed"))
    );
    assert!(policy.json()["detail"].as_str().unwrap().contains("line 1"), "{}", policy.text);
}

#[tokio::test]
async fn a_device_from_its_link_to_its_verdict() {
    let world = world().await;
    let plan = text(&world, "/policies/plan").await;
    assert_eq!(plan["policy"], "p");
    assert_eq!(text(&world, "/policies").await["version"], 1);
    assert_eq!(world.get("/policies").await.json()["policies"][0]["policy"], "p");
    assert_eq!(world.get("/policies/p").await.text, POLICY);

    let mut phone = world.phone("R570E", "MF-1").await;
    let bytes = phone.report(&world, vec![telegram("harbour-fernschreiber")], None).await;
    let list = world.get("/devices?org=minfin&verdict=grace&q=r570e+mf-1&counts=true").await.json();
    assert_eq!(list["devices"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["counts"]["grace"], 1);
    assert_eq!(list["next"], Value::Null);
    assert_eq!(world.get("/devices?q=r571e").await.json()["devices"], json!([]));

    let path = format!("/devices/{}", phone.id);
    let device = world.get(&path).await.json();
    assert_eq!(device["verdict"]["state"], "grace");
    assert_eq!(device["facts"]["encryption"], json!({ "value": "active" }));
    assert_eq!(device["facts"]["security_patch"], json!({ "reason": "unsupported" }));
    assert!(device["facts"].get("sources").is_none());
    assert_eq!(device["sightings"][0]["package"], "harbour-fernschreiber");
    let finding = &device["findings"][0];
    assert_eq!(
        (finding["rule"].as_str(), finding["evidence"][0]["report"].as_u64()),
        (Some("messengers"), Some(1))
    );
    assert_eq!(device["reports"][0]["size"].as_u64(), Some(bytes.len() as u64));

    let rendering =
        Request::get(format!("/api/v1{path}/report?number=1")).header(header::ACCEPT, "application/json");
    let rendering = rendering
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .body(Body::empty())
        .unwrap();
    let rendering = world.send(rendering).await.json();
    assert_eq!(rendering["signature_holds"], true);
    assert!(world.get(&format!("{path}/key")).await.text.starts_with("-----BEGIN PUBLIC KEY-----"));
    assert_eq!(world.get(&format!("{path}/report?number=2")).await.status, StatusCode::NOT_FOUND);
}

async fn text(world: &crate::http::testing::World, path: &str) -> Value {
    let request = Request::post(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token));
    world.send(request.body(Body::from(POLICY)).unwrap()).await.json()
}

#[tokio::test]
async fn an_order_is_waited_for() {
    let world = world().await;
    let mut phone = world.phone("R570E", "MF-1").await;
    let given = world
        .post(&format!("/devices/{}/orders", phone.id), &json!({ "kind": "scan", "reason": "a test" }))
        .await;
    assert_eq!(given.status, StatusCode::CREATED, "{}", given.text);
    let order = given.json()["order"].as_str().unwrap().to_owned();
    assert_eq!(given.json()["state"], "queued");
    world.clock.pass(Span::from_millis(1270));
    let path = format!("/orders/{order}?wait=60");
    let (waited, ()) = tokio::join!(world.get(&path), async {
        phone.report(&world, vec![], Some(order.parse().unwrap())).await;
    });
    let waited = waited.json();
    assert_eq!(
        (waited["state"].as_str(), waited["click_to_verdict_ms"].as_u64()),
        (Some("reported"), Some(1270))
    );
    assert_eq!(waited["report"], 1);
    let cancelled = world.post(&format!("/orders/{order}/cancel"), &json!({})).await;
    assert_eq!(
        (cancelled.status, cancelled.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("order-ended"))
    );
}

#[tokio::test]
async fn a_list_is_paged_by_key() {
    let world = world().await;
    for n in 0..5 {
        world.phone(&format!("M{n}"), "tag").await;
    }
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let page = world.get(&format!("/devices?limit=2&after={after}")).await.json();
        seen.extend(
            page["devices"]
                .as_array()
                .unwrap()
                .iter()
                .map(|device| device["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), (5, 5));
    let short = seen[0][..6].to_owned();
    assert_eq!(world.get(&format!("/devices?q={short}")).await.json()["devices"][0]["id"], seen[0].as_str());
}

#[tokio::test]
async fn what_is_asked_for_twice_is_made_once() {
    let world = world().await;
    let made = async |path: &str, key: &str, body: &Value| {
        let request = Request::post(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        world.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let (key, body) = ("\"0b7f0e5c-8d2e-4f6e\"", json!({ "org": "minfin" }));
    let (first, second) = (made("/tokens", key, &body).await, made("/tokens", key, &body).await);
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", first.text);
    assert_eq!(first.json(), second.json());
    assert!(first.headers.get("idempotency-replayed").is_none());
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(second.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(world.get("/tokens").await.json()["tokens"].as_array().unwrap().len(), 1);
    assert_eq!(
        made("/tokens", key, &json!({ "org": "minfin", "uses": 2 })).await.json()["code"],
        "repeat-differs"
    );
    assert_eq!(made("/tokens", "short", &body).await.json()["code"], "malformed");
    // what was not done may be asked for again, under the same key
    let early = json!({ "id": "below", "title": "B", "parent": "above" });
    assert_eq!(made("/orgs", "0123456789abcdef", &early).await.status, StatusCode::NOT_FOUND);
    world.post("/orgs", &json!({ "id": "above", "title": "A" })).await;
    assert_eq!(made("/orgs", "0123456789abcdef", &early).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn nobody_undoes_unseen_what_another_has_done() {
    let world = world().await;
    let send = async |method: Method, path: &str, name: &str, value: &str, body: &Value| {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        let request = request
            .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
            .header(header::CONTENT_TYPE, "application/json")
            .header(name, value);
        world.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let (get, patch) = (Method::GET, Method::PATCH);
    let read = world.get("/orgs/minfin").await;
    let version = read.headers[header::ETAG].to_str().unwrap().to_owned();
    let again = send(get.clone(), "/orgs/minfin", "if-none-match", &version, &Value::Null).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    world.phone("R570E", "MF-1").await;
    assert_eq!(world.get("/orgs/minfin").await.headers[header::ETAG], version.as_str(), "a phone is no edit");

    let edited = send(patch.clone(), "/orgs/minfin", "if-match", &version, &json!({ "title": "New" })).await;
    assert_eq!(
        (edited.status, edited.json()["title"].as_str()),
        (StatusCode::OK, Some("New")),
        "{}",
        edited.text
    );
    let late = send(patch.clone(), "/orgs/minfin", "if-match", &version, &json!({ "title": "Late" })).await;
    assert_eq!(
        (late.status, late.json()["code"].as_str()),
        (StatusCode::PRECONDITION_FAILED, Some("other-version"))
    );
    world.post("/orgs", &json!({ "id": "below", "title": "B", "parent": "minfin" })).await;
    let cycle = send(patch.clone(), "/orgs/minfin", "if-match", "*", &json!({ "parent": "below" })).await;
    assert_eq!((cycle.status, cycle.json()["code"].as_str()), (StatusCode::CONFLICT, Some("org-cycle")));
    let top = send(patch.clone(), "/orgs/below", "if-match", "*", &json!({ "parent": null })).await;
    assert_eq!(top.json()["parent"], Value::Null);

    text(&world, "/policies").await;
    let new =
        json!({ "rule": "messengers", "org": "minfin", "until": "2026-05-01T00:00:00Z", "reason": "why" });
    let exemption = world.post("/exemptions", &new).await.json();
    let path = format!("/exemptions/{}", exemption["id"].as_str().unwrap());
    let ended =
        send(patch.clone(), &path, "if-match", "*", &json!({ "until": "2026-01-01T00:00:00Z" })).await;
    assert_eq!(ended.json()["until"], crate::http::testing::START, "it ends now");
    let over = send(patch, &path, "if-match", "*", &json!({ "reason": "late" })).await;
    assert_eq!(over.json()["code"], "exemption-over");
    let policy = world.get("/policies/p").await.headers[header::ETAG].to_str().unwrap().to_owned();
    let other =
        send(Method::POST, "/policies", "if-match", "\"other\"", &json!({ "policy": "p", "rules": [] }))
            .await;
    assert_eq!(other.status, StatusCode::PRECONDITION_FAILED, "{}", other.text);
    assert!(policy.starts_with("\"1-"), "the same text may be in force twice: {policy}");
    let none = Request::post("/api/v1/policies")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::IF_MATCH, "*");
    let none = world.send(none.body(Body::from(POLICY.replace("policy: p", "policy: none"))).unwrap()).await;
    assert_eq!(
        none.status,
        StatusCode::PRECONDITION_FAILED,
        "nothing is there that could be meant: {}",
        none.text
    );
    let back = json!({ "version": 1, "reason": "why" });
    let late = send(Method::POST, "/policies/p/rollback", "if-match", "\"2-other\"", &back).await;
    assert_eq!(late.json()["code"], "other-version", "{}", late.text);
    assert_eq!(world.get("/policies/p").await.headers[header::ETAG], policy.as_str());
    let actions = world.get("/audit").await.text;
    assert!(actions.contains("title: Ministry <of> Finance -> New"), "{actions}");
}

#[tokio::test]
async fn every_operation_asks_who_calls() {
    // what is public, and what is fetched before anything is trusted
    let open = ["showDocument", "showCa"];
    let world = world().await;
    for operation in super::operations(None).operations() {
        if open.contains(&operation.about.id) {
            continue;
        }
        let path: Vec<&str> =
            operation.path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let request = Request::builder()
            .method(operation.method.to_uppercase().as_str())
            .uri(format!("/api/v1{}", path.join("/")))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "0123456789abcdef");
        let answer = world.send(request.body(Body::from("{}")).unwrap()).await;
        let said = (answer.status, answer.json()["code"].clone());
        assert_eq!(said, (StatusCode::UNAUTHORIZED, json!("not-signed-in")), "{}", operation.about.id);
    }
}
