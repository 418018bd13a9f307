//! Lists, parts of a device, versions and scans through the router: what programs see.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use muster_proto::time::Span;
use serde_json::{Value, json};

use crate::http::testing::{World, telegram, world};

const POLICY: &str = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - { id: messengers, kind: messengers, deny: [telegram], grace: 72h }
assign:
  - org: minfin
";

async fn apply(world: &World, text: &str) -> Value {
    let request = Request::post("/api/v1/policies")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .body(Body::from(text.to_owned()));
    world.send(request.unwrap()).await.json()
}

#[tokio::test]
async fn a_query_is_a_page_a_table_and_lines() {
    let world = world().await;
    apply(&world, POLICY).await;
    for (model, tag) in [("R570E", "=1+1"), ("R570E", "MF-2"), ("T1100", "MF-3")] {
        let mut phone = world.phone(model, tag).await;
        let found = if tag == "MF-3" { vec![] } else { vec![telegram("harbour-fernschreiber")] };
        phone.change = |submods| {
            submods.device.model = muster_proto::facts::Fact::Unknown(muster_proto::facts::Reason::Denied)
        };
        phone.report(&world, found, None).await;
    }
    let page = world
        .get("/devices?q=rule:messengers+app:telegram&sort=-verdict,tag&counts=true&limit=1")
        .await
        .json();
    assert_eq!(page["devices"][0]["asset_tag"], "=1+1", "{page}");
    assert_eq!(
        (&page["counts"]["grace"], page["devices"][0]["apps"].clone()),
        (&json!(2), json!(["telegram"]))
    );
    let next = page["next"].as_str().unwrap();
    let path = format!("/devices?q=rule:messengers+app:telegram&sort=-verdict,tag&limit=1&after={next}");
    let second = world.get(&path).await.json();
    assert_eq!(
        (second["devices"][0]["asset_tag"].as_str(), &second["next"], &second["counts"]),
        (Some("MF-2"), &Value::Null, &Value::Null)
    );
    let other = world.get(&format!("/devices?q=model:R570&sort=-verdict,tag&after={next}")).await;
    assert_eq!((other.status, other.json()["code"].as_str()), (StatusCode::BAD_REQUEST, Some("other-list")));

    let table = world.get("/devices?q=model:r570&sort=tag&format=csv").await;
    assert!(table.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/csv"));
    let lines: Vec<&str> = table.text.lines().collect();
    assert_eq!(lines.len(), 3, "{}", table.text);
    assert!(
        lines[0].starts_with(r#""id","asset_tag","org","status","verdict","#)
            && lines[1].contains(r#","'=1+1","minfin","active","grace","#),
        "{}",
        table.text
    );
    let lines = world.get("/devices?format=ndjson").await.text;
    assert!(
        lines.lines().count() == 3 && lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()),
        "{lines}"
    );
    for (path, code) in [
        ("/devices?q=verdict:purple", "bad-query"),
        ("/devices?sort=colour", "bad-sort"),
        ("/devices?format=csv&limit=1", "malformed"),
        ("/devices?counts=maybe", "malformed"),
        ("/devices?verdict=", "malformed"),
    ] {
        let refused = world.get(path).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some(code)),
            "{path}"
        );
    }
    let detail = world.get("/devices?q=a+verdict:purple").await.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("at character 11: expected one of failing"), "{detail}");
}

#[tokio::test]
async fn a_device_in_parts() {
    let world = world().await;
    apply(&world, POLICY).await;
    let mut phone = world.phone("R570E", "MF-1").await;
    let bytes = phone.report(&world, vec![telegram("harbour-fernschreiber")], None).await;
    phone.report(&world, vec![], None).await;
    let at = |part: &str| format!("/devices/{}/{part}", phone.id);
    let facts = world.get(&at("facts")).await.json();
    assert_eq!(
        (&facts["report"], &facts["facts"]["encryption"]["value"]),
        (&json!(2), &json!("active")),
        "{facts}"
    );
    assert_eq!(world.get(&at("sightings")).await.json()["sightings"], json!([]));
    let findings = world.get(&at("findings")).await.json();
    assert_eq!(
        (findings["verdict"]["state"].as_str(), findings["findings"].as_array().map(Vec::len)),
        (Some("compliant"), Some(3))
    );
    let edges = world.get(&at("edges?rule=messengers&limit=1")).await.json();
    assert_eq!(edges["edges"][0]["to"], "compliant", "{edges}");
    let older = world
        .get(&at(&format!("edges?rule=messengers&after={}", edges["next"].as_str().unwrap())))
        .await
        .json();
    assert!(older["edges"].as_array().unwrap().iter().any(|edge| edge["to"] == "grace"), "{older}");
    assert_eq!(world.get(&at("breaks")).await.json()["breaks"], json!([]));
    let reports = world.get(&at("reports")).await.json();
    assert_eq!(reports["reports"].as_array().unwrap().len(), 2, "{reports}");
    assert_eq!(reports["reports"][1]["size"].as_u64(), Some(bytes.len() as u64));
    let one = world.get(&at("reports/1")).await;
    assert!(one.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("application/eat+cwt"));
    assert_eq!(world.get(&at("reports/9")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get(&at("reports/x")).await.status, StatusCode::NOT_FOUND);

    let scan = world.post("/scans", &json!({ "query": "org:minfin", "reason": "a test" })).await;
    assert_eq!(scan.status, StatusCode::CREATED, "{}", scan.text);
    let (scan, path) = (scan.json(), format!("/scans/{}", scan.json()["scan"].as_str().unwrap()));
    assert_eq!((&scan["devices"], &scan["progress"]["queued"]), (&json!(1), &json!(1)));
    let orders =
        world.get(&format!("/orders?scan={}&state=queued", scan["scan"].as_str().unwrap())).await.json();
    assert_eq!(orders["orders"], world.get(&at("orders")).await.json()["orders"]);
    let history = world.get(&at("history")).await.json();
    let what: Vec<&str> =
        history["history"].as_array().unwrap().iter().filter_map(|one| one["what"].as_str()).collect();
    assert!(what.contains(&"order") && what.contains(&"edge"), "{history}");
    let (mut after, mut seen) = (String::new(), 0);
    loop {
        let page = world.get(&at(&format!("history?limit=1&after={after}"))).await.json();
        assert_eq!(page["history"][0], history["history"][seen], "{page}");
        seen += 1;
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, what.len());
    assert_eq!(world.get(&at("history?after=nonsense")).await.json()["code"], "malformed");
    assert_eq!(world.post(&format!("{path}/cancel"), &json!({})).await.json()["progress"]["cancelled"], 1);
    assert_eq!(world.post(&format!("{path}/cancel"), &json!({})).await.json()["code"], "scan-ended");
    assert_eq!(world.get(&format!("{path}?wait=5")).await.json()["done"], true);
    assert_eq!(world.get("/scans").await.json()["scans"].as_array().unwrap().len(), 1);
    for (path, status) in
        [("/scans/x", 404), ("/orders?state=purple", 400), ("/orders?after=x", 400), ("/scans?after=x", 400)]
    {
        assert_eq!(world.get(path).await.status.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn versions_of_a_policy() {
    let world = world().await;
    apply(&world, POLICY).await;
    apply(&world, &POLICY.replace("72h", "24h")).await;
    assert_eq!(world.get("/policies/p/versions").await.json()["versions"][0]["in_force"], true);
    assert_eq!(world.get("/policies/p/versions/1").await.text, POLICY);
    let diff = world.get("/policies/p/diff?from=1").await.json();
    assert!(
        diff["diff"]
            .as_str()
            .unwrap()
            .contains("+  - { id: messengers, kind: messengers, deny: [telegram], grace: 24h }"),
        "{diff}"
    );
    let plan = world.post("/policies/p/rollback/plan", &json!({ "version": 1 })).await.json();
    assert_eq!(plan["changes"].as_array().map(Vec::len), Some(1), "{plan}");
    let refused = world.post("/policies/p/rollback", &json!({ "version": 1, "reason": "" })).await;
    assert_eq!(refused.json()["code"], "rollback-reason");
    let back =
        world.post("/policies/p/rollback", &json!({ "version": 1, "reason": "too strict" })).await.json();
    assert_eq!(back["version"], 3, "{back}");
    for path in [
        "/policies/p/versions/9",
        "/policies/p/versions/x",
        "/policies/q/versions",
        "/policies/p/diff?from=9",
    ] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn what_nothing_can_be_named_by_is_refused_in_words() {
    let world = world().await;
    for (path, status, code) in [
        ("/devices?q=model:%00", 400, "malformed"),
        ("/devices?q=tag:%01", 400, "bad-query"),
        ("/devices?org=a%00", 400, "malformed"),
        ("/tokens?org=%00", 400, "malformed"),
        ("/audit?actor=%00", 400, "malformed"),
        ("/orgs/%00", 404, "not-found"),
        ("/policies/a%1f/versions", 404, "not-found"),
    ] {
        let answer = world.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (status, Some(code)), "{path}");
    }
    let new = json!({ "id": "a", "title": "A", "parent": "\0" });
    let refused = world.post("/orgs", &new).await;
    assert_eq!((refused.status.as_u16(), refused.json()["code"].as_str()), (400, Some("malformed")));
    let phone = world.phone("R570E", "MF-1").await.id;
    for (path, code) in [
        (format!("/devices/{phone}/acknowledge"), "acknowledge-reason"),
        (format!("/devices/{phone}/orders"), "order-reason"),
    ] {
        let asked = match code {
            "order-reason" => json!({ "kind": "scan", "reason": "a\u{202e}b" }),
            _ => json!({ "reason": "a\nb" }),
        };
        let refused = world.post(&path, &asked).await;
        assert_eq!((refused.status.as_u16(), refused.json()["code"].as_str()), (422, Some(code)), "{path}");
    }
}

#[tokio::test]
async fn the_audit_is_asked_by_whole_words() {
    let world = world().await;
    let found = async |query: &str| {
        let page = world.get(&format!("/audit?{query}")).await.json();
        page["entries"].as_array().unwrap_or_else(|| panic!("{query}: {page}")).len()
    };
    let all = found("").await;
    assert!(all > 1);
    assert_eq!(found("actor=&action=&subject=").await, all, "what is empty asks for nothing");
    assert_eq!((found("action=org").await, found("action=org.add").await), (1, 1));
    for none in ["action=or", "action=o_g", "action=%25", "action=ORG", "action=org.", "actor=nobody"] {
        assert_eq!(found(none).await, 0, "{none}");
    }
}

#[tokio::test]
async fn a_key_stands_in_a_body_once() {
    let world = world().await;
    for (body, code) in [
        (r#"{"org":"minfin","uses":1,"uses":100000}"#, "malformed"),
        (r#"["minfin"]"#, "malformed"),
        (r#"{"org":"minfin","uses":2.0}"#, ""),
    ] {
        let request = Request::post("/api/v1/tokens")
            .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
            .header(header::CONTENT_TYPE, "application/json");
        let answer = world.send(request.body(Body::from(body)).unwrap()).await.json();
        assert_eq!(answer["code"].as_str().unwrap_or_default(), code, "{body}: {answer}");
        assert_eq!(answer["uses"].as_u64().unwrap_or(2), 2, "{answer}");
    }
}

#[tokio::test]
async fn who_looks_at_one_phone_leaves_a_trace() {
    let world = world().await;
    let (phone, cookie) = (world.phone("R570E", "MF-1").await, world.sign_in("Anna").await);
    let entries = async |what: &str| {
        let found = world.get(&format!("/audit?action=device.read&subject=device:{}", phone.id)).await.json();
        let entries = found["entries"].as_array().unwrap().clone();
        let actors = entries.iter().map(|one| one["actor"].as_str().unwrap().to_owned());
        let mut actors: Vec<String> = actors.collect();
        actors.sort();
        println!("{what}: {found}");
        actors
    };
    world.get("/devices").await;
    world.get(&format!("/devices/{}", "0".repeat(32))).await;
    assert!(entries("lists, and what is not there").await.is_empty());
    for path in ["", "/reports", "/orders", ""] {
        world.get(&format!("/devices/{}{path}", phone.id)).await;
    }
    let page = format!("/devices/{}", phone.id);
    assert_eq!(world.visit(Method::GET, &page, &cookie, "").await.status, StatusCode::OK);
    world.visit(Method::GET, &page, "", "").await;
    assert_eq!(entries("each once").await, ["Anna", "local-admin"]);
    world.clock.pass(Span::from_hours(1));
    world.visit(Method::GET, &page, &cookie, "").await;
    assert_eq!(entries("an hour later").await, ["Anna", "Anna", "local-admin"]);
}
