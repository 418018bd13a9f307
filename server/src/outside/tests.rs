//! Who comes from outside: who that is here, what groups give and for how long, and what the page says to whoever is not let in.

use axum::http::{Method, StatusCode};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};

use super::{Refusal, Told, enter, settle};
use crate::auth::{Grant, How, Role, Visit};
use crate::http::testing::{World, world};

fn anna(grants: &[Grant]) -> Told {
    Told {
        how: How::Oidc,
        subject: "https://id.example 4711".to_owned(),
        name: "anna".to_owned(),
        title: "Anna Petrova".to_owned(),
        address: Some("anna@example.org".to_owned()),
        grants: grants.to_vec(),
    }
}

fn grant(role: Role, org: Option<&str>) -> Grant {
    Grant { role, org: org.map(str::to_owned) }
}

/// The cookie of the session that begins, or why none does.
async fn come(world: &World, told: Told) -> Result<String, Refusal> {
    let visit = Visit { address: IpAddr::V4(Ipv4Addr::LOCALHOST), browser: String::new() };
    let came = enter(&world.app, told, &visit).await.unwrap();
    came.map(|signed_in| format!("__Host-muster={}", signed_in.secret.text()))
}

async fn status(world: &World, cookie: &str, path: &str) -> StatusCode {
    world.visit(Method::GET, path, cookie, "").await.status
}

#[tokio::test]
async fn groups_give_in_sessions_that_began_there_and_nowhere_else() {
    let world = world().await;
    let operator = grant(Role::Operator, Some("minfin"));
    let cookie =
        come(&world, anna(&[operator.clone(), grant(Role::Auditor, Some("nowhere"))])).await.unwrap();
    assert_eq!(status(&world, &cookie, "/devices").await, StatusCode::OK);
    let person = world.get("/people/anna").await.json();
    assert_eq!((&person["from_groups"], &person["grants"]), (&json!([operator]), &json!([])));
    assert_eq!(person["providers"], json!(["oidc"]));

    let link = world.post("/sign-in-links", &json!({ "name": "anna" })).await.json();
    let secret = link["link"].as_str().unwrap().rsplit('=').next().unwrap().to_owned();
    let by_link = world.visit(Method::POST, "/sign-in", "", &format!("link={secret}")).await.cookie();
    assert_eq!(status(&world, &by_link, "/devices").await, StatusCode::FORBIDDEN, "a link asks no group");

    let less = come(&world, anna(&[grant(Role::Helpdesk, None)])).await.unwrap();
    assert_eq!(
        status(&world, &cookie, "/devices").await,
        StatusCode::FORBIDDEN,
        "the older session has less, too"
    );
    assert_eq!(come(&world, anna(&[])).await, Err(Refusal::NoGroup));
    for ended in [&cookie, &less] {
        assert_eq!(status(&world, ended, "/account").await, StatusCode::SEE_OTHER);
    }
    let audit = world.get("/audit?subject=person:anna&action=person.edit").await;
    assert!(audit.text.contains("by groups: helpdesk -> nothing"), "{}", audit.text);
}

#[tokio::test]
async fn who_somebody_is_no_name_and_no_address_decides() {
    let world = world().await;
    let grants = [grant(Role::Auditor, None)];
    world.post("/people", &json!({ "name": "anna", "address": "anna@example.org" })).await;
    assert_eq!(come(&world, anna(&grants)).await, Err(Refusal::NameTaken), "an account of here");
    let program = Told { name: "local-admin".to_owned(), ..anna(&grants) };
    assert_eq!(come(&world, program).await, Err(Refusal::NameTaken), "a program");
    let device = Told { name: "device:1".to_owned(), ..anna(&grants) };
    assert_eq!(come(&world, device).await, Err(Refusal::BadName));
    let renamed = |name: &str| Told { name: name.to_owned(), ..anna(&grants) };
    assert!(come(&world, renamed("anna.petrova")).await.is_ok());
    assert!(come(&world, renamed("anna.ivanova")).await.is_ok(), "the same person with another name");
    assert_eq!(world.get("/people/anna.ivanova").await.status, StatusCode::NOT_FOUND);
    let other = Told { subject: "https://id.example 4712".to_owned(), ..renamed("anna.petrova") };
    assert_eq!(come(&world, other).await, Err(Refusal::NameTaken), "another person with the name");

    world.post("/people/anna.petrova/disable", &json!({})).await;
    assert_eq!(come(&world, renamed("anna.petrova")).await, Err(Refusal::Disabled));
}

#[tokio::test]
async fn what_no_configuration_gives_is_taken_at_the_start() {
    let world = world().await;
    let cookie = come(&world, anna(&[grant(Role::Auditor, None)])).await.unwrap();
    settle(&world.app).await.unwrap();
    assert_eq!(status(&world, &cookie, "/devices").await, StatusCode::FORBIDDEN);
    assert_eq!(world.get("/people/anna").await.json()["from_groups"], json!([]));
}

#[tokio::test]
async fn an_owner_by_groups_is_no_last_owner() {
    let world = world().await;
    world.post("/people", &json!({ "name": "Keeper", "grants": [{ "role": "owner" }] })).await;
    come(&world, anna(&[Grant::EVERYTHING])).await.unwrap();
    let refused = world.post("/people/Keeper/disable", &json!({})).await;
    assert_eq!(refused.json()["code"], "last-owner", "{}", refused.text);
}

#[tokio::test]
async fn who_is_turned_away_is_told_why_in_both_languages() {
    let world = world().await;
    for refusal in Refusal::ALL {
        let path = format!("/sign-in?refused={}", refusal.word());
        let (english, russian) = (
            world.visit(Method::GET, &path, "", "").await,
            world.visit(Method::GET, &format!("{path}&lang=ru"), "", "").await,
        );
        let away = refusal == Refusal::Away;
        let status = if away { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::FORBIDDEN };
        assert_eq!((english.status, russian.status), (status, status), "{refusal:?}");
        let alert = |text: &str| {
            text.split("role=\"alert\">").nth(1).map(|rest| rest.chars().take(40).collect::<String>())
        };
        assert!(
            alert(&english.text).is_some() && alert(&english.text) != alert(&russian.text),
            "{refusal:?}"
        );
    }
    let unknown = world.visit(Method::GET, "/sign-in?refused=x", "", "").await;
    assert!(unknown.status == StatusCode::OK && !unknown.text.contains("alert"));
    for path in ["/sign-in/oidc", "/sign-in/oidc/back?code=x&state=y"] {
        assert_eq!(status(&world, "", path).await, StatusCode::NOT_FOUND, "no provider is named");
    }
}
