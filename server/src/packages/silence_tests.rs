//! Versions that make phones fall silent, seen by what phones were offered and what was heard of them since.

use axum::body::Body;
use axum::http::Request;
use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use serde_json::{Value, json};

use crate::http::testing::{World, world};
use crate::store::{StoreError, values};

const OLD: &[u8] = include_bytes!("../../apk/tests/apk/agent-0.1.0.apk");
const NEW: &[u8] = include_bytes!("../../apk/tests/apk/agent-0.2.0.apk");

/// So many phones, which have just reported with the old version.
async fn phones(world: &World, count: usize) -> Vec<DeviceId> {
    let mut phones = Vec::new();
    for n in 0..count {
        let id = world.phone(&format!("P{n}"), "tag").await.id;
        hears(world, id, "0.1.0", world.app.now()).await;
        phones.push(id);
    }
    phones
}

async fn hears(world: &World, id: DeviceId, version: &'static str, at: Timestamp) {
    let sql = "UPDATE devices SET platform = 'android', agent = $2, last_contact = $3 WHERE id = $1";
    let write = world.app.store.write(move |tx| {
        tx.execute(sql, &values![id, version, at])?;
        Ok::<_, StoreError>(())
    });
    write.await.unwrap();
}

async fn asks(world: &World, id: DeviceId) -> Value {
    let request = Request::get(format!("/agent/android.json?device={id}"));
    world.send(request.body(Body::empty()).unwrap()).await.json()["version"].clone()
}

async fn set(world: &World, ring: &str) {
    world.post("/agent-packages/0.2.0/ring", &json!({ "ring": ring })).await;
}

async fn newest(world: &World) -> Value {
    super::look(&world.app).await.unwrap();
    world.get("/agent-packages").await.json()["packages"][0].clone()
}

async fn offers(world: &World) -> u64 {
    let count = |tx: &mut dyn crate::store::Tx| {
        tx.query_one("SELECT COUNT(*) FROM package_offers", &[])?.ok_or(StoreError::Column("a count"))?.take()
    };
    world.app.store.read(count).await.unwrap()
}

#[tokio::test]
async fn a_version_that_never_starts_is_halted_when_all_are_offered_it() {
    let world = world().await;
    world.add_package("", OLD).await;
    let phones = phones(&world, 24).await;
    world.add_package("?ring=all", NEW).await;
    // twelve ask and take it; half of those are never heard of again, and none of them says that it runs it
    for id in &phones[..12] {
        assert_eq!(asks(&world, *id).await, "0.2.0");
    }
    world.clock.pass(Span::from_hours(20));
    assert_eq!(newest(&world).await["ring"], "all", "a day has not passed");
    world.clock.pass(Span::from_hours(10));
    for id in &phones[6..] {
        hears(&world, *id, "0.1.0", world.app.now()).await;
    }
    let halted = newest(&world).await;
    assert_eq!(halted["ring"], "halt", "{halted}");
    assert_eq!(
        halted["halted"], "6 of 12 phones that it was offered to fell silent, and 0 of 12 others",
        "{halted}"
    );
    assert_eq!(
        world.get("/agent-packages").await.json()["packages"][1]["ring"],
        "all",
        "the other one stays"
    );
    assert!(world.get("/audit").await.json().to_string().contains("package.halt"));
}

#[tokio::test]
async fn a_wider_ring_forgets_nothing_and_a_person_who_opens_again_decides() {
    let world = world().await;
    world.add_package("", OLD).await;
    let phones = phones(&world, 24).await;
    world.add_package("?ring=all", NEW).await;
    for id in &phones[..12] {
        asks(&world, *id).await;
    }
    for ring in ["1", "10", "all"] {
        world.clock.pass(Span::from_hours(10));
        set(&world, ring).await;
    }
    for id in &phones[6..] {
        hears(&world, *id, "0.1.0", world.app.now()).await;
    }
    assert_eq!(newest(&world).await["ring"], "halt", "the ring was widened this moment");
    set(&world, "all").await;
    assert_eq!(newest(&world).await["ring"], "all", "what was seen before was decided about");
    assert_eq!(offers(&world).await, 12);
    for id in &phones[6..18] {
        asks(&world, *id).await;
    }
    world.clock.pass(Span::from_hours(30));
    for id in &phones[18..] {
        hears(&world, *id, "0.1.0", world.app.now()).await;
    }
    assert_eq!(newest(&world).await["ring"], "halt", "what is seen since counts");
}

#[tokio::test]
async fn a_quiet_weekend_halts_nothing_and_nor_does_a_drawer() {
    let world = world().await;
    world.add_package("", OLD).await;
    let phones = phones(&world, 24).await;
    world.add_package("?ring=all", NEW).await;
    for id in &phones[..12] {
        asks(&world, *id).await;
    }
    world.clock.pass(Span::from_hours(60));
    assert_eq!(newest(&world).await["ring"], "all", "everybody is silent");
    for id in &phones {
        hears(&world, *id, "0.2.0", world.app.now()).await;
    }
    world.clock.pass(Span::from_hours(24 * 90));
    for id in &phones[12..] {
        hears(&world, *id, "0.1.0", world.app.now()).await;
    }
    assert_eq!(
        newest(&world).await["ring"],
        "all",
        "they reported after the offer, and stopped long after it"
    );
}

#[tokio::test]
async fn an_offer_is_kept_once_and_for_enrolled_phones_alone() {
    let world = world().await;
    world.add_package("", OLD).await;
    let phones = phones(&world, 2).await;
    for _ in 0..3 {
        asks(&world, phones[0]).await;
        assert_eq!(asks(&world, DeviceId([9; 16])).await, "0.1.0", "a stranger gets the answer");
        world.clock.pass(Span::from_hours(24));
    }
    assert_eq!(offers(&world).await, 1);
    asks(&world, phones[1]).await;
    assert_eq!(offers(&world).await, 2);
}
