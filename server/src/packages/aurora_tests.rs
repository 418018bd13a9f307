//! Packages for Aurora OS through the API and the addresses where they are handed out.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use muster_proto::id::Digest;
use serde_json::json;

use crate::http::testing::{Answer, World, world};

const APPLICATION: &[u8] = include_bytes!("../../tests/rpm/application-0.1.0.aarch64.rpm");
const NEWER: &[u8] = include_bytes!("../../tests/rpm/application-0.2.0.aarch64.rpm");
const OTHER_PHONES: &[u8] = include_bytes!("../../tests/rpm/application-0.1.0.armv7hl.rpm");
const SYSTEM: &[u8] = include_bytes!("../../tests/rpm/system-0.1.0.armv7hl.rpm");

async fn fetch(world: &World, path: &str) -> Answer {
    world.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_package_is_taken_in_and_handed_out() {
    let world = world().await;
    assert_eq!(fetch(&world, "/agent/aurora.json").await.json(), json!({ "packages": [] }));
    assert_eq!(fetch(&world, "/agent/aurora/application-aarch64.rpm").await.status, StatusCode::NOT_FOUND);
    for bytes in [APPLICATION, OTHER_PHONES, SYSTEM, NEWER] {
        let added = world.add_package("", bytes).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    }
    let about = fetch(&world, "/agent/aurora.json").await.json();
    let digest = Digest::of(NEWER).to_string();
    let newest = json!({ "kind": "application", "arch": "aarch64", "version": "0.2.0", "release": "1", "sha256": digest,
        "size": NEWER.len(), "path": "/agent/aurora/application-aarch64.rpm" });
    assert_eq!(about["packages"][0], newest);
    assert_eq!(
        about["packages"].as_array().map(Vec::len),
        Some(3),
        "of each kind and architecture the newest"
    );
    let file = fetch(&world, "/agent/aurora/application-aarch64.rpm").await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/x-rpm");
    let named = "attachment; filename=\"ru.muster.Agent-0.2.0-1.aarch64.rpm\"";
    assert_eq!(file.headers[header::CONTENT_DISPOSITION], named);
    assert_eq!(file.text, String::from_utf8_lossy(NEWER));
    let tag = format!("\"{digest}\"");
    let again = Request::get("/agent/aurora/application-aarch64.rpm").header(header::IF_NONE_MATCH, &tag);
    assert_eq!(world.send(again.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
    for nothing in ["application-x86_64.rpm", "system-aarch64.rpm", "..%2f..%2fmuster.db"] {
        assert_eq!(fetch(&world, &format!("/agent/aurora/{nothing}")).await.status, StatusCode::NOT_FOUND);
    }
    let app = world.restarted().await;
    super::reload(&app).await.unwrap();
    assert_eq!(app.packages.current_aurora().len(), 3);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_leaves_nothing() {
    let world = world().await;
    assert_eq!(world.add_package("", NEWER).await.status, StatusCode::CREATED);
    assert_eq!(world.add_package("", NEWER).await.json()["version"], "0.2.0", "the same file again");
    let mut changed = NEWER.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    let cases: [(&'static [u8], &str, &str); 6] = [
        (APPLICATION, "", "package-older"),
        (Vec::leak(changed), "", "package-known"),
        (include_bytes!("../../tests/rpm/other-package.rpm"), "", "other-package"),
        (include_bytes!("../../tests/rpm/other-architecture.rpm"), "", "package-architecture"),
        (&NEWER[..4000], "", "package-malformed"),
        (SYSTEM, "?ring=10", "no-rings"),
    ];
    for (bytes, query, code) in cases {
        let refused = world.add_package(query, bytes).await;
        assert_eq!(refused.json()["code"], code, "{}", refused.text);
        assert!(refused.status.is_client_error(), "{code}");
    }
    assert_eq!(std::fs::read_dir(world.app.packages.folder()).unwrap().count(), 1);
}

#[tokio::test]
async fn the_list_and_the_page_show_both_systems_and_who_runs_what() {
    let world = world().await;
    for bytes in [APPLICATION, NEWER, include_bytes!("../../apk/tests/apk/agent-0.1.0.apk")] {
        world.add_package("", bytes).await;
    }
    for model in ["A", "B"] {
        world.phone(model, model).await.report(&world, vec![], None).await;
    }
    let list = world.get("/agent-packages").await.json();
    assert_eq!(list["running"], json!([{ "platform": "aurora", "version": "0.1.0", "devices": 2 }]));
    assert_eq!(list["aurora"][0]["download"], "https://localhost:8443/agent/aurora/application-aarch64.rpm");
    assert_eq!(
        (&list["aurora"][1]["version"], &list["aurora"][1]["download"]),
        (&json!("0.1.0"), &json!(null))
    );
    assert_eq!(list["packages"].as_array().map(Vec::len), Some(1));
    let cookie = world.sign_in("Anna").await;
    for (lang, kind, count) in [("en", "application", "Aurora OS"), ("ru", "приложение", "ОС Аврора")]
    {
        let page =
            world.visit(axum::http::Method::GET, &format!("/packages?lang={lang}"), &cookie, "").await.text;
        assert!(page.contains("href=\"/agent/aurora/application-aarch64.rpm\""), "{page}");
        assert!(page.contains(kind) && page.contains(count), "{lang}: {page}");
    }
}
