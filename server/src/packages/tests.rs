//! Packages through the API and the phones' addresses.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use muster_proto::id::{DeviceId, Digest};
use muster_proto::time::Timestamp;
use serde_json::{Value, json};

use super::{Package, Ring, in_ring};
use crate::error::ActionError;
use crate::http::testing::{Answer, World, world};
use crate::store::{Tx, values};

const OLD: &[u8] = include_bytes!("../../apk/tests/apk/agent-0.1.0.apk");
const NEW: &[u8] = include_bytes!("../../apk/tests/apk/agent-0.2.0.apk");
const OTHER_SIGNER: &[u8] = include_bytes!("../../apk/tests/apk/other-signer.apk");

async fn fetch(world: &World, path: &str) -> Answer {
    world.send(Request::get(path).body(Body::empty()).unwrap()).await
}

fn code(answer: &Answer) -> (StatusCode, Option<String>) {
    (answer.status, answer.json()["code"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn a_package_is_taken_in_and_handed_out() {
    let world = world().await;
    let missing = fetch(&world, "/agent/android.json").await;
    assert_eq!(code(&missing), (StatusCode::NOT_FOUND, Some("no-package".to_owned())));
    assert_eq!(fetch(&world, "/agent/android.apk").await.status, StatusCode::NOT_FOUND);

    let added = world.add_package("", OLD).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    let about = fetch(&world, "/agent/android.json").await.json();
    let digest = Digest::of(OLD).to_string();
    assert_eq!(
        about,
        json!({ "version": "0.1.0", "version_code": 1000, "sha256": digest, "size": OLD.len(),
            "signer_sha256": added.json()["signer_sha256"] })
    );
    let file = fetch(&world, "/agent/android.apk").await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/vnd.android.package-archive");
    assert_eq!(file.headers[header::CONTENT_LENGTH], OLD.len().to_string());
    let tag = format!("\"{digest}\"");
    assert_eq!(file.headers[header::ETAG], tag.as_str());
    assert_eq!(file.text, String::from_utf8_lossy(OLD));
    let again = Request::get("/agent/android.apk").header(header::IF_NONE_MATCH, &tag);
    let again = world.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));

    let list = world.get("/agent-packages").await.json();
    assert_eq!((&list["current"], &list["plain"]), (&json!(1000), &json!(false)));
    assert_eq!(list["download"], "https://localhost:8443/agent/android.apk");
    assert_eq!((&list["packages"][0]["intact"], &list["packages"][0]["ring"]), (&json!(true), &json!("all")));
    let audit = world.get("/audit").await.json().to_string();
    assert!(audit.contains("package.add") && audit.contains("package:0.1.0"), "{audit}");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_leaves_nothing() {
    let world = world().await;
    assert_eq!(world.add_package("", OLD).await.status, StatusCode::CREATED);
    let cases: [(&'static [u8], &str, &str); 5] = [
        (b"<html>", "", "package-malformed"),
        (include_bytes!("../../apk/tests/apk/unsigned.apk"), "", "package-unsigned"),
        (include_bytes!("../../apk/tests/apk/only-v3.apk"), "", "package-unsigned"),
        (include_bytes!("../../apk/tests/apk/other-package.apk"), "", "other-package"),
        (OTHER_SIGNER, "", "other-signer"),
    ];
    for (bytes, query, wanted) in cases {
        let refused = world.add_package(query, bytes).await;
        assert_eq!(code(&refused).1.as_deref(), Some(wanted), "{}", refused.text);
        assert!(refused.status.is_client_error(), "{wanted}");
    }
    let newer = world.add_package("", NEW).await;
    assert_eq!((newer.status, &newer.json()["ring"]), (StatusCode::CREATED, &json!("1")), "{}", newer.text);
    assert_eq!(world.add_package("", OLD).await.json()["version"], "0.1.0", "the same file again");
    let halting = world.add_package("?ring=halt", OLD).await;
    assert_eq!(code(&halting), (StatusCode::CONFLICT, Some("package-known".to_owned())), "not silently left");
    let mut changed = NEW.to_vec();
    let block = changed.windows(16).rposition(|bytes| bytes == b"APK Sig Block 42").expect("a signing block");
    changed[block - 200] ^= 1;
    let other = world.add_package("", Vec::leak(changed)).await;
    assert_eq!(code(&other), (StatusCode::CONFLICT, Some("package-known".to_owned())), "{}", other.text);
    assert_eq!(world.get("/agent-packages").await.json()["packages"].as_array().map(Vec::len), Some(2));
    let taken = world.add_package("?new_signer=true", OTHER_SIGNER).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text);
    let files = std::fs::read_dir(world.app.packages.folder()).unwrap().count();
    assert_eq!(files, 3, "one file for each package and none besides");
    let nobody = Request::post("/api/v1/agent-packages").body(Body::from(NEW)).unwrap();
    assert_eq!(world.send(nobody).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_older_package_is_refused() {
    let world = world().await;
    assert_eq!(world.add_package("", NEW).await.status, StatusCode::CREATED);
    let refused = world.add_package("", OLD).await;
    assert_eq!(code(&refused), (StatusCode::CONFLICT, Some("package-older".to_owned())));
}

#[tokio::test]
async fn a_ring_decides_who_is_offered_what() {
    let world = world().await;
    world.add_package("", OLD).await;
    world.add_package("?ring=10", NEW).await;
    let of = async |query: &str| {
        fetch(&world, &format!("/agent/android.json{query}")).await.json()["version"].clone()
    };
    assert_eq!(of("").await, "0.1.0", "phones in set-up get what everybody gets");
    let (inside, outside) = (device(&world, true), device(&world, false));
    assert_eq!(of(&format!("?device={inside}")).await, "0.2.0");
    assert_eq!(of(&format!("?device={outside}")).await, "0.1.0");
    assert_eq!(of("?version_code=2000").await, "0.2.0");
    let set = async |ring: &str| world.post("/agent-packages/0.2.0/ring", &json!({ "ring": ring })).await;
    assert_eq!(set("halt").await.status, StatusCode::NO_CONTENT);
    assert_eq!(of(&format!("?device={inside}")).await, "0.1.0");
    assert_eq!(of("?version_code=2000").await, Value::Null);
    assert_eq!(set("all").await.status, StatusCode::NO_CONTENT);
    assert_eq!(of(&format!("?device={outside}")).await, "0.2.0");
    assert_eq!(set("50").await.status, StatusCode::BAD_REQUEST);
    let unknown = world.post("/agent-packages/9.9.9/ring", &json!({ "ring": "all" })).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(fetch(&world, "/agent/android.json?ring=all").await.status, StatusCode::BAD_REQUEST);
}

fn device(world: &World, inside: bool) -> DeviceId {
    let newest = world.app.packages.all()[0].0.clone();
    (0..=255).map(|n| DeviceId([n; 16])).find(|id| in_ring(&newest, *id) == inside).unwrap()
}

#[test]
fn rings_are_as_large_as_they_say_and_lie_in_each_other() {
    let now = Timestamp::default();
    let package = |ring| Package {
        version: "1".to_owned(),
        version_code: 7,
        sha256: Digest([0; 32]),
        signer_sha256: Digest([0; 32]),
        size: 1,
        ring,
        ring_since: now,
        watched_since: now,
        halted: None,
        added: now,
        added_by: String::new(),
    };
    let ids = || (0..20_000_u128).map(|n| DeviceId(n.to_be_bytes()));
    let count = |ring| ids().filter(|id| in_ring(&package(ring), *id)).count();
    assert!((100..300).contains(&count(Ring::One)), "{}", count(Ring::One));
    assert!((1800..2200).contains(&count(Ring::Ten)), "{}", count(Ring::Ten));
    assert_eq!((count(Ring::All), count(Ring::Halt)), (20_000, 0));
    assert!(ids().all(|id| !in_ring(&package(Ring::One), id) || in_ring(&package(Ring::Ten), id)));
}

#[tokio::test]
async fn a_file_that_was_changed_is_not_handed_out() {
    let world = world().await;
    world.add_package("", OLD).await;
    let path = world.app.packages.path(Digest::of(OLD));
    let mut bytes = OLD.to_vec();
    bytes[100] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let app = world.restarted().await;
    assert!(app.packages.offer(None).is_none());
    assert!(!super::list(&app).await.unwrap().packages[0].intact);
    std::fs::remove_file(&path).unwrap();
    super::reload(&world.app).await.unwrap();
    assert!(world.app.packages.offer(None).is_none());
}

#[tokio::test]
async fn a_version_is_removed_when_it_is_halted() {
    let world = world().await;
    world.add_package("", OLD).await;
    let remove = async || world.delete("/agent-packages/0.1.0").await;
    let offered = remove().await;
    assert_eq!(code(&offered), (StatusCode::CONFLICT, Some("package-offered".to_owned())));
    assert!(offered.text.contains("muster agent-package ring 0.1.0 halt"), "{}", offered.text);
    world.post("/agent-packages/0.1.0/ring", &json!({ "ring": "halt" })).await;
    let phone = world.phone("P", "tag").await.id;
    runs(&world, phone, "0.1.0").await;
    let used = remove().await;
    assert_eq!(code(&used), (StatusCode::CONFLICT, Some("package-in-use".to_owned())), "{}", used.text);
    runs(&world, phone, "0.0.9").await;
    let nobody = Request::delete("/api/v1/agent-packages/0.1.0").body(Body::empty()).unwrap();
    assert_eq!(world.send(nobody).await.status, StatusCode::UNAUTHORIZED);
    // what is kept of its offers goes with it, and what its phones were offered before: their silence is not an earlier version's doing
    let offer = "INSERT INTO package_offers (device, version_code, offered) VALUES ($1, $2, 0)";
    for (device, version) in [(1, 1000_u64), (1, 900), (2, 900)] {
        let id = DeviceId([device; 16]);
        let write = move |tx: &mut dyn Tx| Ok::<_, ActionError>(tx.execute(offer, &values![id, version])?);
        world.app.store.write(write).await.unwrap();
    }
    assert_eq!(remove().await.status, StatusCode::NO_CONTENT);
    assert_eq!(remove().await.status, StatusCode::NOT_FOUND);
    let count = "SELECT COUNT(*) FROM package_offers";
    let left = world.app.store.read(|tx| Ok::<_, ActionError>(tx.query_one(count, &[])?)).await.unwrap();
    assert_eq!(left.unwrap().take::<u64>().unwrap(), 1, "the other phone's");
    assert_eq!(std::fs::read_dir(world.app.packages.folder()).unwrap().count(), 0);
    let audit = world.get("/audit").await.json().to_string();
    assert!(audit.contains("package.remove") && audit.contains(&Digest::of(OLD).to_string()), "{audit}");
    assert_eq!(world.add_package("", OLD).await.status, StatusCode::CREATED);
    assert_eq!(fetch(&world, "/agent/android.json").await.json()["version"], "0.1.0");
}

async fn runs(world: &World, phone: DeviceId, version: &'static str) {
    let sql = "UPDATE devices SET platform = 'android', agent = $2 WHERE id = $1";
    let write = move |tx: &mut dyn Tx| Ok::<_, ActionError>(tx.execute(sql, &values![phone, version])?);
    world.app.store.write(write).await.unwrap();
}
