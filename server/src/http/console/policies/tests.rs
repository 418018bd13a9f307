//! The pages of policies and exemptions, in both languages, without scripts.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;

use crate::auth::Actor;
use crate::http::testing::{Answer, Phone, World, telegram, world};

const POLICY: &str = "policy: phones
title: { en: Work phones, ru: Служебные телефоны }
rules:
  - { id: no-telegram, kind: messengers, deny: [telegram] }
assign:
  - org: minfin
";

async fn page(world: &World, cookie: &str, path: &str) -> String {
    let answer = world.visit(Method::GET, path, cookie, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.text
}

async fn send(world: &World, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let csrf = world.visit(Method::GET, "/policies", cookie, "").await.csrf();
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("csrf", &csrf).extend_pairs(fields);
    world.visit(Method::POST, path, cookie, &form.finish()).await
}

/// The version that a page's form carries.
fn version(page: &str) -> String {
    let value = page.split("name=\"version\" value=\"").nth(1).unwrap().split("\">").next().unwrap();
    value.replace("&quot;", "\"")
}

async fn broken_phone(world: &World) -> Phone {
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(world, vec![telegram("org.telegram.messenger")], None).await;
    phone
}

#[tokio::test]
async fn a_policy_is_planned_and_applied_and_nobody_is_overwritten() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    broken_phone(&world).await;
    assert!(page(&world, &cookie, "/policies").await.contains("muster apply"), "it says what to do");
    assert_eq!(version(&page(&world, &cookie, "/policy-editor").await), "");
    let plan = [("document", POLICY), ("version", ""), ("do", "plan")];
    let planned = send(&world, &cookie, "/policy-editor", &plan).await;
    assert_eq!(planned.status, StatusCode::OK, "{}", planned.text);
    assert!(planned.text.contains("1 device would get another verdict"), "{}", planned.text);
    assert!(planned.text.contains("no-telegram") && planned.text.contains("value=\"apply\""));
    assert_eq!(world.get("/policies").await.json()["policies"].as_array().map(Vec::len), Some(0));

    let apply = [("document", POLICY), ("version", ""), ("do", "apply")];
    let applied = send(&world, &cookie, "/policy-editor", &apply).await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
    let again = send(&world, &cookie, "/policy-editor", &apply).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED, "there is one by now");

    let editor = page(&world, &cookie, "/policy-editor?policy=phones").await;
    let (from, changed) = (version(&editor), POLICY.replace("telegram] }", "telegram, viber] }"));
    let edit = [("document", changed.as_str()), ("version", &from), ("do", "apply")];
    assert_eq!(send(&world, &cookie, "/policy-editor", &edit).await.status, StatusCode::SEE_OTHER);
    let late = POLICY.replace("telegram]", "whatsapp]");
    let late = [("document", late.as_str()), ("version", &from), ("do", "apply")];
    let refused = send(&world, &cookie, "/policy-editor", &late).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "another came between");

    let shown = page(&world, &cookie, "/policies/phones").await;
    assert!(shown.contains("+  - { id: no-telegram, kind: messengers, deny: [telegram, viber] }"), "{shown}");
    let list = page(&world, &cookie, "/policies?lang=ru").await;
    assert!(list.contains("Служебные телефоны"), "{list}");
    let back = [("to", "1"), ("version", &version(&shown)), ("reason", "a mistake")];
    let back = send(&world, &cookie, "/policies/phones/rollback", &back).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    assert_eq!(world.get("/policies/phones").await.text, POLICY);
}

#[tokio::test]
async fn a_flaw_is_shown_at_its_place_and_nothing_is_lost() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let flawed = POLICY.replace("deny:", "denyy:").replace('\n', "\r\n");
    for pressed in ["plan", "apply"] {
        let fields = [("document", flawed.as_str()), ("version", ""), ("do", pressed)];
        let answer = send(&world, &cookie, "/policy-editor", &fields).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer.text.contains("role=\"alert\"") && answer.text.contains("line 4, column"),
            "{}",
            answer.text
        );
        assert!(answer.text.contains("4 |   - { id: no-telegram") && answer.text.contains("denyy"));
    }
    let foreign = POLICY.replace("minfin", "nowhere");
    let fields = [("document", foreign.as_str()), ("version", ""), ("do", "plan")];
    assert!(send(&world, &cookie, "/policy-editor", &fields).await.text.contains("no such organisation"));
}

#[tokio::test]
async fn a_policy_or_a_rule_is_tried_on_a_device() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let phone = broken_phone(&world).await;
    let rule = "id: own\nkind: expression\nexpect: 'device.lock_strength >= STRENGTH_HIGH'\n";
    for (text, id) in [(POLICY, "no-telegram"), (rule, "own")] {
        let path = format!("/api/v1/policies/try?device={}", phone.id);
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
            .header(header::CONTENT_TYPE, "text/yaml");
        let tried = world.send(request.body(Body::from(text)).unwrap()).await;
        assert_eq!(tried.status, StatusCode::OK, "{}", tried.text);
        let tried: Value = tried.json();
        assert_eq!(tried["findings"][0]["rule"], id);
        assert_eq!(tried["findings"].as_array().map(Vec::len), Some(1));
        let name = phone.id.to_string();
        let fields = [("document", text), ("version", ""), ("device", &name), ("do", "try")];
        let shown = send(&world, &cookie, "/policy-editor?lang=ru", &fields).await;
        assert!(shown.text.contains(id) && shown.text.contains("Что будет найдено"), "{}", shown.text);
    }
    assert_eq!(world.get("/policies").await.json()["policies"].as_array().map(Vec::len), Some(0));
    let fields = [("document", POLICY), ("version", ""), ("device", "x"), ("do", "try")];
    assert_eq!(send(&world, &cookie, "/policy-editor", &fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn exemptions_that_end_soon_stand_first_and_can_be_ended() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let policy = POLICY.to_owned();
    crate::policies::apply(&world.app, &Actor::system("test"), policy, false).await.unwrap();
    let phone = broken_phone(&world).await;
    assert!(page(&world, &cookie, "/exemptions").await.contains("no-telegram"), "the rule can be chosen");
    let name = phone.id.to_string();
    for (org, device, days, reason) in [("minfin", "", "90", "later"), ("", name.as_str(), "5", "sooner")] {
        let fields =
            [("rule", "no-telegram"), ("org", org), ("device", device), ("days", days), ("reason", reason)];
        let added = send(&world, &cookie, "/exemptions", &fields).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    }
    let shown = page(&world, &cookie, "/exemptions").await;
    assert!(shown.find(">sooner<").unwrap() < shown.find(">later<").unwrap(), "{shown}");
    assert!(shown.contains("ends soon") && shown.contains("in force"));
    let first = shown.split("action=\"/exemptions/").nth(1).unwrap().split('"').next().unwrap();
    let ended = send(&world, &cookie, &format!("/exemptions/{first}"), &[]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text);
    let shown = page(&world, &cookie, "/exemptions?lang=ru").await;
    assert!(shown.contains("закончилось") && shown.contains("действует"), "{shown}");
    let both =
        [("rule", "no-telegram"), ("org", "minfin"), ("device", &name), ("days", "1"), ("reason", "x")];
    let refused = send(&world, &cookie, "/exemptions", &both).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "one of the two");
}
