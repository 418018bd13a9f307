//! The page of a device that has ended: nothing on it looks alive.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::auth::Actor;
use crate::http::testing::{telegram, world};

const POLICY: &str = "policy: phones
title: { en: Work phones, ru: Служебные телефоны }
rules:
  - { id: no-telegram, kind: messengers, deny: [telegram] }
assign:
  - org: minfin
";

#[tokio::test]
async fn an_ended_device_says_when_by_whom_and_why_and_nothing_looks_alive() {
    let world = world().await;
    let test = Actor::system("test");
    crate::policies::apply(&world.app, &test, POLICY.to_owned(), false).await.unwrap();
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![telegram("org.telegram.messenger")], None).await;
    let cookie = world.sign_in("Anna").await;
    let path = format!("/devices/{}", phone.id);
    let page = async |lang: &str| {
        let answer = world.visit(Method::GET, &format!("{path}?lang={lang}"), &cookie, "").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.text
    };
    let alive = page("en").await;
    assert!(alive.contains("id=\"verdict\"") && alive.contains("/scan\"") && !alive.contains("id=\"ended\""));

    let api = format!("/devices/{}", phone.id);
    let ended = world.post(&format!("{api}/end"), &json!({ "reason": "fell into the Neva" })).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text);
    let shown = page("en").await;
    assert!(shown.contains("It was ended") && shown.contains("fell into the Neva"), "{shown}");
    for alive in ["id=\"verdict\"", "/scan\"", "countdown"] {
        assert!(!shown.contains(alive), "{alive}: {shown}");
    }
    assert!(shown.contains("no-telegram"), "what was found last is there still");
    let view = world.get(&api).await.json();
    assert_eq!(view["ended"]["reason"], "fell into the Neva");
    assert_eq!((&view["ended"]["status"], &view["ended"]["erased"]), (&json!("retired"), &json!(null)));

    let erased = world.post(&format!("{api}/erase"), &json!({})).await;
    assert!(erased.status.is_success(), "{}", erased.text);
    for (lang, words) in [("en", "was erased"), ("ru", "удалены")] {
        let shown = page(lang).await;
        assert!(shown.contains(words) && shown.contains("fell into the Neva"), "{shown}");
        for alive in
            ["id=\"verdict\"", "/scan\"", "id=\"findings\"", "id=\"facts\"", "id=\"ages\"", "muster apply"]
        {
            assert!(!shown.contains(alive), "{alive}: {shown}");
        }
        assert!(!shown.contains("0 bytes") && !shown.contains("0\u{a0}байт"), "{shown}");
    }
    let view = world.get(&api).await.json();
    assert_eq!(view["verdict"], json!({ "state": "unknown", "since": view["ended"]["at"], "due": null }));
    assert!(view["ended"]["erased"].is_string() && view["ended"]["erased_by"].is_string(), "{view}");
}
