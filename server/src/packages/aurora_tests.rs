//! Packages for Aurora OS through the API and the addresses where they are handed out.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use muster_proto::id::Digest;
use serde_json::json;

use crate::http::testing::{Answer, World, world};

const APPLICATION: &[u8] = include_bytes!("../../tests/rpm/application-0.1.0.aarch64.rpm");
const NEWER: &[u8] = include_bytes!("../../tests/rpm/application-0.2.0.aarch64.rpm");
const OTHER_PHONES: &[u8] = include_bytes!("../../tests/rpm/application-0.1.0.armv7hl.rpm");
const SIGNED: &[u8] = include_bytes!("../../tests/rpm/signed-0.3.0.aarch64.rpm");
const SYSTEM: &[u8] = include_bytes!("../../tests/rpm/system-0.1.0.armv7hl.rpm");

/// The same package once more, with other bytes: a file has padding that no digest covers.
fn rebuilt(package: &[u8]) -> &'static [u8] {
    let mut bytes = package.to_vec();
    bytes[10] ^= 1;
    Vec::leak(bytes)
}

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
    let mut damaged = NEWER.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let cases: [(&'static [u8], &str, &str); 7] = [
        (APPLICATION, "", "package-older"),
        (rebuilt(NEWER), "", "package-known"),
        (Vec::leak(damaged), "", "package-malformed"),
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

#[tokio::test]
async fn a_package_is_replaced_when_it_was_removed() {
    let world = world().await;
    for bytes in [APPLICATION, NEWER] {
        world.add_package("", bytes).await;
    }
    let path = world.app.packages.rpm_path(Digest::of(NEWER));
    let again = world.add_package("", rebuilt(NEWER)).await.json();
    let way = "muster agent-package remove ru.muster.Agent-0.2.0-1.aarch64";
    assert!(again["detail"].as_str().unwrap().ends_with(way), "{again}");
    let name = world.get("/agent-packages").await.json()["aurora"][0]["name"].clone();
    assert_eq!(name, "ru.muster.Agent-0.2.0-1.aarch64");
    let remove = async || world.delete(&format!("/agent-packages/{}.rpm", name.as_str().unwrap())).await;
    assert_eq!(remove().await.status, StatusCode::NO_CONTENT);
    assert!(!path.exists());
    assert_eq!(remove().await.status, StatusCode::NOT_FOUND, "it is gone already");
    let file = fetch(&world, "/agent/aurora/application-aarch64.rpm").await;
    assert_eq!(file.text, String::from_utf8_lossy(APPLICATION), "the one before it is handed out again");
    let audit = world.get("/audit").await.json().to_string();
    assert!(audit.contains("package.remove") && audit.contains("package:ru.muster.Agent-0.2.0-1.aarch64"));
    let taken = world.add_package("", rebuilt(NEWER)).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text);
}

#[tokio::test]
async fn whether_a_package_is_signed_is_said() {
    let world = world().await;
    for (bytes, signed) in [(NEWER, false), (SIGNED, true)] {
        assert_eq!(world.add_package("", bytes).await.json()["signed"], signed);
        assert_eq!(world.add_package("", bytes).await.json()["signed"], signed, "the same file again");
    }
    let signed = async || {
        let list = world.get("/agent-packages").await.json();
        (list["aurora"][0]["signed"].clone(), list["aurora"][1]["signed"].clone())
    };
    assert_eq!(signed().await, (json!(true), json!(false)), "the newest first");
    let cookie = world.sign_in("Anna").await;
    for (lang, there, none) in
        [("en", "there, not verified", "<td>none</td>"), ("ru", "есть, не проверена", "<td>нет</td>")]
    {
        let path = format!("/packages?lang={lang}");
        let page = world.visit(axum::http::Method::GET, &path, &cookie, "").await.text;
        assert!(page.contains(there) && page.contains(none), "{lang}: {page}");
    }
    std::fs::remove_file(world.app.packages.rpm_path(Digest::of(SIGNED))).unwrap();
    assert_eq!(signed().await, (json!(null), json!(false)), "there is no file that could say so");
}
