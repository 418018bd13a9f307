//! Scans on their pages: whom they ask is said before, figures lead to lists, and nothing is asked by looking.

use axum::http::{Method, StatusCode};
use muster_proto::time::Span;
use serde_json::json;

use crate::http::testing::{World, telegram, world};

async fn get(world: &World, cookie: &str, path: &str) -> String {
    let answer = world.visit(Method::GET, path, cookie, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.text
}

async fn scans(world: &World) -> usize {
    world.get("/scans").await.json()["scans"].as_array().unwrap().len()
}

/// What a page has its form confirm.
pub fn found(page: &str) -> String {
    page.split("name=\"found\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn rows(page: &str, table: &str) -> usize {
    let body = page.split(table).nth(1).and_then(|rest| rest.split("</table>").next());
    body.map_or(0, |body| body.matches("<tr><td").count())
}

const POLICY: &str = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - { id: messengers, kind: messengers, deny: [telegram], grace: 72h }
assign:
  - org: minfin
";

#[tokio::test]
async fn whom_it_asks_is_said_before_and_names_of_nobody_are_named() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let page = get(&world, &cookie, "/scans?lang=en").await;
    assert!(page.contains("muster scan --query"), "an empty list says what to do: {page}");
    let phone = world.phone("R570E", "MF-1").await;
    let added = world.post("/assets", &json!({ "org": "minfin", "serial": "SN-42" })).await.json();
    let other = world.phone("R570E", "x").await;
    let link = format!("/assets/{}/link", added["id"].as_str().unwrap());
    let linked = world.post(&link, &json!({ "device": other.id.to_string() })).await;
    assert_eq!(linked.status, StatusCode::OK, "{}", linked.text);
    let csrf = world.visit(Method::GET, "/scans", &cookie, "").await.csrf();
    let names = "MF-1%0D%0Asn-42%0Amf-1;nobody,%3Cb%3E";
    let form = format!("csrf={csrf}&reason=a+look&names={names}");
    let asked = world.visit(Method::POST, "/scans/new", &cookie, &form).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
    assert!(asked.text.contains("data-count=\"2\""), "{}", asked.text);
    assert!(asked.text.contains("<code>nobody</code>") && asked.text.contains("<code>&lt;b&gt;</code>"));
    assert_eq!(scans(&world).await, 0, "nobody was asked yet");
    let early = world.visit(Method::POST, "/scans", &cookie, &form).await;
    assert!(early.status == StatusCode::CONFLICT && scans(&world).await == 0, "nobody has confirmed it");
    let form = format!("{form}&found={}", found(&asked.text));
    let made = world.visit(Method::POST, "/scans", &cookie, &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let to = made.headers["location"].to_str().unwrap();
    let page = get(&world, &cookie, &format!("{to}?lang=ru")).await;
    assert!(page.contains(&phone.id.to_string()) && page.contains(&other.id.to_string()), "{page}");
    assert!(page.contains("a look") && page.contains("Ещё не ответили"), "{page}");
    assert!(page.contains("id=\"devices\" data-live data-still"), "the list moves with its figures: {page}");
    assert_eq!(rows(&page, "list answers"), 2);
    let list = get(&world, &cookie, "/scans").await;
    assert!(list.contains(to) && list.contains("Anna"), "{list}");
}

#[tokio::test]
async fn those_who_were_confirmed_are_asked_while_others_come_and_go() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let stays = world.phone("R570E", "MF-1").await.id;
    world.phone("R570E", "MF-2").await;
    let csrf = world.visit(Method::GET, "/scans", &cookie, "").await.csrf();
    let form = format!("csrf={csrf}&reason=a+look&q=-label:away&all=1");
    let asked = world.visit(Method::POST, "/scans/new", &cookie, &form).await;
    let sure = format!("{form}&found={}", found(&asked.text));
    world.phone("R570E", "MF-3").await;
    let away = json!({ "devices": ["MF-2"], "set": { "away": "yes" } });
    assert_eq!(world.post("/devices/labels", &away).await.json()["changed"], 1);
    let made = world.visit(Method::POST, "/scans", &cookie, &sure).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let to = made.headers["location"].to_str().unwrap();
    let page = get(&world, &cookie, &format!("{to}&lang=en")).await;
    assert!(page.contains("data-gone=\"1\"") && page.contains("1 device that you confirmed"), "{page}");
    assert!(rows(&page, "list answers") == 1 && page.contains(&stays.to_string()), "{page}");

    // labels likewise
    let form = form.replace("reason=a+look", "set=away%3Dno");
    let asked = world.visit(Method::POST, "/devices/act", &cookie, &format!("{form}&do=label")).await;
    let sure = format!("{form}&found={}", found(&asked.text));
    let away = json!({ "devices": ["MF-3"], "set": { "away": "yes" } });
    world.post("/devices/labels", &away).await;
    let done = world.visit(Method::POST, "/devices/label?lang=en", &cookie, &sure).await;
    assert!(done.text.contains("data-count=\"1\"") && done.text.contains("data-gone=\"1\""), "{}", done.text);

    // where none of them is left, it is asked again
    world.phone("R570E", "MF-4").await;
    let none = world.visit(Method::POST, "/devices/label", &cookie, &sure).await;
    assert_eq!(none.status, StatusCode::CONFLICT, "{}", none.text);

    // where nobody is found at all, all of them have gone
    let all = json!({ "query": "", "set": { "away": "yes" } });
    world.post("/devices/labels", &all).await;
    let done = world.visit(Method::POST, "/devices/label?lang=en", &cookie, &sure).await;
    assert!(done.text.contains("data-count=\"0\"") && done.text.contains("data-gone=\"2\""), "{}", done.text);
}

#[tokio::test]
async fn who_was_shown_to_another_session_or_long_ago_is_asked_after_once_more() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    world.phone("R570E", "MF-1").await;
    let csrf = world.visit(Method::GET, "/scans", &cookie, "").await.csrf();
    let form = format!("csrf={csrf}&reason=a+look&q=model:R570E&all=1");
    let asked = world.visit(Method::POST, "/scans/new", &cookie, &form).await;
    let sure = format!("{form}&found={}", found(&asked.text));
    world.phone("R570E", "MF-2").await;
    let other = world.sign_in("Anna").await;
    let own = world.visit(Method::GET, "/scans", &other, "").await.csrf();
    let stolen = world.visit(Method::POST, "/scans", &other, &sure.replace(&csrf, &own)).await;
    assert_eq!((stolen.status, scans(&world).await), (StatusCode::CONFLICT, 0), "{}", stolen.text);
    world.clock.pass(Span::from_secs(30 * 60));
    let again = world.visit(Method::POST, "/scans?lang=en", &cookie, &sure).await;
    assert_eq!((again.status, scans(&world).await), (StatusCode::CONFLICT, 0), "{}", again.text);
    for part in ["data-count=\"2\"", "Nothing is done yet", "value=\"a look\"", "role=\"alert\""] {
        assert!(again.text.contains(part), "{part}: {}", again.text);
    }
    assert!(!asked.text.contains("role=\"alert\""));
    let sure = format!("{form}&found={}", found(&again.text));
    let made = world.visit(Method::POST, "/scans", &cookie, &sure).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    assert_eq!(world.get("/scans").await.json()["scans"][0]["devices"], 2);
}

#[tokio::test]
async fn a_query_and_names_at_once_are_refused_and_so_is_nothing() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    world.phone("R570E", "MF-1").await;
    let csrf = world.visit(Method::GET, "/scans", &cookie, "").await.csrf();
    for (said, code) in [
        ("names=MF-1&q=model:R570", "scan-whom"),
        ("names=+&q=+&org=", "scan-whom"),
        ("q=verdict:purple", "bad-query"),
        ("verdict=purple", "malformed"),
    ] {
        for path in ["/scans/new", "/scans"] {
            let form = format!("csrf={csrf}&reason=a+look&{said}");
            let refused = world.visit(Method::POST, path, &cookie, &form).await;
            assert!(refused.status.is_client_error() && refused.text.contains(code), "{}", refused.text);
        }
    }
    for said in ["all=1", "org=minfin", "q=model:R570&org=minfin&verdict=unknown"] {
        let form = format!("csrf={csrf}&reason=a+look&{said}");
        let asked = world.visit(Method::POST, "/scans/new", &cookie, &form).await;
        assert!(asked.text.contains("data-count=\"1\""), "{said}: {}", asked.text);
    }
    let none = world.visit(Method::POST, "/scans/new", &cookie, &format!("csrf={csrf}&q=model:none")).await;
    assert!(!none.text.contains("action=\"/scans\""), "there is nobody to ask: {}", none.text);
    let stranger = world.visit(Method::POST, "/scans", &cookie, "csrf=x&all=1&reason=a").await;
    assert_eq!((stranger.status, scans(&world).await), (StatusCode::FORBIDDEN, 0));
}

#[tokio::test]
async fn figures_lead_to_lists_and_answers_say_what_they_changed() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let request = axum::http::Request::post("/api/v1/policies")
        .header("authorization", format!("Bearer {}", world.token));
    assert_eq!(world.send(request.body(POLICY.into()).unwrap()).await.status, StatusCode::OK);
    let mut phones = Vec::new();
    for tag in ["=1", "MF-2", "MF-3"] {
        let mut phone = world.phone("R570E", tag).await;
        phone.report(&world, vec![], None).await;
        phones.push(phone);
    }
    world.clock.pass(Span::from_secs(60));
    let made = world.post("/scans", &json!({ "query": "", "reason": "a look" })).await.json();
    let id = made["scan"].as_str().unwrap().to_owned();
    world.clock.pass(Span::from_millis(1270));
    for phone in &mut phones[1..] {
        let orders = world.get(&format!("/orders?device={}", phone.id)).await.json();
        let order = orders["orders"][0]["order"].as_str().unwrap().parse().unwrap();
        phone.report(&world, vec![telegram("org.x")], Some(order)).await;
    }
    let shown = world.get(&format!("/scans/{id}")).await.json();
    let turned = json!([{ "rule": "messengers", "from": "compliant", "to": "grace", "devices": 2 }]);
    assert_eq!(shown["turned"], turned, "{shown}");
    let page = get(&world, &cookie, &format!("/scans/{id}?lang=en")).await;
    assert!(page.contains("half within 1.27 s"), "{page}");
    for (query, count) in [
        ("state=queued", 1),
        ("state=reported", 2),
        ("rule=messengers&from=compliant&to=grace", 2),
        ("rule=messengers&to=grace", 0),
    ] {
        let link = format!("/scans/{id}?{}\" data-count=\"{count}\"", query.replace('&', "&amp;"));
        assert!(count == 0 || page.contains(&link), "{query}: {page}");
        let list = get(&world, &cookie, &format!("/scans/{id}?{query}")).await;
        assert_eq!(rows(&list, "list answers"), count, "{query}: {list}");
    }
    let file = get(&world, &cookie, &format!("/scans/{id}/devices.csv")).await;
    assert_eq!(file.lines().count(), 2, "{file}");
    assert!(file.contains("\"'=1\"") && file.contains("\"queued\""), "{file}");
    for wrong in ["state=x", "after=x", "rule=a&from=x"] {
        let answer = world.visit(Method::GET, &format!("/scans/{id}?{wrong}"), &cookie, "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn those_who_did_not_answer_are_asked_again() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let mut answers = world.phone("R570E", "MF-1").await;
    world.phone("R570E", "MF-2").await;
    let id = world.post("/scans", &json!({ "query": "", "reason": "a look" })).await.json();
    let id = id["scan"].as_str().unwrap().to_owned();
    let early = world.post(&format!("/scans/{id}/repeat"), &json!({})).await;
    assert_eq!((early.status, early.json()["code"].as_str()), (StatusCode::CONFLICT, Some("scan-running")));
    let orders = world.get(&format!("/orders?device={}", answers.id)).await.json();
    let order = orders["orders"][0]["order"].as_str().unwrap().parse().unwrap();
    answers.report(&world, vec![], Some(order)).await;
    let csrf = world.visit(Method::GET, "/scans", &cookie, "").await.csrf();
    let pressed = format!("csrf={csrf}");
    let cancel = world.visit(Method::POST, &format!("/scans/{id}/cancel"), &cookie, &pressed).await;
    assert_eq!(cancel.status, StatusCode::SEE_OTHER);
    let page = get(&world, &cookie, &format!("/scans/{id}?lang=en")).await;
    assert!(page.contains("Ask 1 again"), "{page}");
    let again = world.visit(Method::POST, &format!("/scans/{id}/repeat"), &cookie, &pressed).await;
    let to = again.headers["location"].to_str().unwrap().to_owned();
    assert_ne!(to, format!("/scans/{id}"));
    let page = get(&world, &cookie, &to).await;
    assert!(rows(&page, "list answers") == 1 && page.contains("a look"), "{page}");
    let api = world.post(&format!("/scans/{id}/repeat"), &json!({ "reason": "once more" })).await;
    assert_eq!((api.status, &api.json()["devices"]), (StatusCode::CREATED, &json!(1)));
    assert_eq!(api.json()["reason"], "once more");
    let wrong = world.post(&format!("/scans/{id}/repeat"), &json!({ "reasons": "" })).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let audit = world.get("/audit?action=scan.request").await.json();
    let told = audit["entries"].as_array().unwrap();
    let again = |entry: &&serde_json::Value| {
        entry["detail"].as_str().unwrap().contains(&format!("did not answer {id}"))
    };
    assert_eq!(told.iter().filter(again).count(), 2, "{audit}");
}
