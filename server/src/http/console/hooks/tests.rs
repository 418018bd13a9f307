//! Hooks on their pages: a secret is shown once, and what was not taken is sent again.

use crate::auth::Actor;
use crate::http::testing::{telegram, world};
use axum::http::{Method, StatusCode};
use serde_json::json;

const POLICY: &str = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - { id: messengers, kind: messengers, deny: [telegram], grace: 72h }
assign:
  - org: minfin
";

#[tokio::test]
async fn one_is_added_paused_changed_and_taken_away() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let page = world.visit(Method::GET, "/hooks?lang=en", &cookie, "").await;
    assert!(page.text.contains("muster hook add"), "an empty list says what to do: {}", page.text);
    let csrf = page.csrf();
    let post = async |path: &str, said: &str| {
        world.visit(Method::POST, path, &cookie, &format!("csrf={csrf}&{said}")).await
    };
    let said =
        "title=SIEM+%3Cb%3E&url=http://127.0.0.1:9/secret-path&org=minfin&rule=&states=failing&states=grace";
    let added = post("/hooks?lang=en", said).await;
    assert!(added.text.contains("<pre class=\"secret\">whsec_"), "{}", added.text);
    let page = world.visit(Method::GET, "/hooks?lang=en", &cookie, "").await.text;
    assert!(
        !page.contains("whsec_") && !page.contains("secret-path"),
        "neither secret stands in a list: {page}"
    );
    assert!(page.contains("SIEM &lt;b&gt;") && page.contains("Ministry &lt;of&gt; Finance: "), "{page}");
    let hooks = async || world.get("/hooks").await.json()["hooks"].clone();
    let hook = hooks().await[0].clone();
    assert_eq!((&hook["org"], &hook["behind"]), (&json!("minfin"), &json!(0)));
    let id = hook["id"].as_str().unwrap();
    assert_eq!(post(&format!("/hooks/{id}"), "paused=yes").await.status, StatusCode::SEE_OTHER);
    crate::policies::apply(&world.app, &Actor::system("test"), POLICY.to_owned(), false).await.unwrap();
    world.phone("R570E", "MF-1").await.report(&world, vec![telegram("org.x")], None).await;
    let edges = world.app.store.read(|tx| crate::hooks::edges_after(tx, 0)).await.unwrap();
    let hook = hooks().await[0].clone();
    assert_eq!((&hook["paused"], &hook["behind"]), (&json!(true), &json!(edges.len())));
    assert!(!edges.is_empty(), "there is something to be behind with");
    let change = "version=%22old%22&title=x&url=http://127.0.0.1:9/";
    assert_eq!(post(&format!("/hooks/{id}"), change).await.status, StatusCode::PRECONDITION_FAILED);
    let change = "title=Other&url=http://127.0.0.1:9/&rule=messengers";
    assert_eq!(post(&format!("/hooks/{id}"), change).await.status, StatusCode::SEE_OTHER);
    let hook = hooks().await[0].clone();
    assert_eq!((&hook["title"], &hook["org"], &hook["states"]), (&json!("Other"), &json!(null), &json!([])));
    let rotated = post(&format!("/hooks/{id}/rotate"), "sure=1").await;
    assert!(rotated.text.contains("whsec_"), "{}", rotated.text);
    let tried = post(&format!("/hooks/{id}/test?lang=en"), "").await;
    assert!(tried.text.contains("did not take"), "nobody listens there: {}", tried.text);
    for wrong in [
        "title=x&url=ftp://a",
        "title=&url=http://127.0.0.1:9/",
        "title=x&url=http://127.0.0.1:9/&states=purple",
    ] {
        assert!(post("/hooks", wrong).await.status.is_client_error(), "{wrong}");
    }
    let one = world.visit(Method::GET, &format!("/hooks/{id}?lang=ru"), &cookie, "").await;
    assert!(one.status == StatusCode::OK && one.text.contains("Other"), "{}", one.text);
    assert_eq!(post(&format!("/hooks/{id}/replay"), "edge=1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(post(&format!("/hooks/{id}/replay"), "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(post(&format!("/hooks/{id}/remove"), "sure=1").await.status, StatusCode::SEE_OTHER);
    assert_eq!(hooks().await, json!([]));
}
