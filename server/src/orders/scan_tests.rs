//! Scans on a real store: what is kept when something fails in between, and that nothing is done in one piece.

use muster_proto::time::Span;
use serde_json::json;

use super::scans::{NewScan, cancel, scan};
use super::{ScanId, cancel_scan, end_called_back, fill, list_scans, show_scan};
use crate::auth::Actor;
use crate::http::testing::{World, world};
use crate::store::{StoreError, values};

fn of_all() -> NewScan {
    NewScan {
        devices: None,
        query: Some(String::new()),
        kind: None,
        reason: "a test".to_owned(),
        expires_in: None,
        spread: None,
    }
}

async fn run(world: &World, sql: &'static str) -> u64 {
    world.app.store.write(move |tx| tx.execute(sql, &[])).await.unwrap()
}

#[tokio::test]
async fn a_scan_whose_first_orders_fail_is_a_scan_and_goes_on() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    run(
        &world,
        "CREATE TRIGGER no_orders BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'a full disk'); END",
    )
    .await;
    let made = world.post("/scans", &json!({ "query": "", "reason": "a test" })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let progress = &made.json()["progress"];
    assert_eq!((&progress["waiting"], &progress["queued"]), (&json!(1), &json!(0)));
    run(&world, "DROP TRIGGER no_orders").await;
    fill(&world.app).await.unwrap();
    let scans = list_scans(&world.app, &Actor::system("test"), None, None, 10).await.unwrap().scans;
    assert_eq!((scans.len(), scans[0].progress.queued), (1, 1));
}

#[tokio::test]
async fn many_are_written_down_some_at_a_time() {
    let world = world().await;
    for nth in 0..5 {
        world.phone("R570E", &format!("MF-{nth}")).await;
    }
    let spread = NewScan { spread: Some(Span::from_secs(50)), ..of_all() };
    let made = scan(&world.app, &Actor::system("test"), spread).await.unwrap().scan;
    let progress = made.progress;
    assert_eq!((made.devices, progress.queued, progress.waiting, progress.skipped), (5, 1, 4, 0));
}

#[tokio::test]
async fn nobody_is_written_down_for_a_scan_that_was_called_back() {
    let world = world().await;
    let phone = world.phone("R570E", "MF-1").await.id;
    let actor = Actor::system("test");
    let id = scan(&world.app, &actor, of_all()).await.unwrap().scan.scan;
    cancel_scan(&world.app, &actor, id).await.unwrap();
    let before = show_scan(&world.app, id).await.unwrap();
    let turns = [(phone, world.app.now())];
    let late = world.app.store.write(move |tx| super::scans::write_down(tx, id, &turns));
    late.await.unwrap();
    let after = show_scan(&world.app, id).await.unwrap();
    assert_eq!((after.progress, after.done), (before.progress, true));
}

#[tokio::test]
async fn many_orders_are_called_back_some_at_a_time() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let actor = Actor::system("test");
    let id = scan(&world.app, &actor, of_all()).await.unwrap().scan.scan;
    more_orders(&world, id).await;
    let called_back = cancel(&world.app, &actor, id).await.unwrap();
    let progress = called_back.progress;
    assert_eq!((progress.cancelled, progress.queued, called_back.done), (200, 101, false));
    let again = cancel(&world.app, &actor, id).await.unwrap_err();
    assert_eq!(again.problem().code, "scan-ended");
    end_called_back(&world.app).await.unwrap();
    let over = show_scan(&world.app, id).await.unwrap();
    assert_eq!((over.progress.cancelled, over.done), (301, true));
    let audit = world.get("/audit?action=scan.cancel").await.json();
    assert_eq!(audit["entries"].as_array().unwrap().len(), 1);
    assert!(audit["entries"][0]["detail"].as_str().unwrap().starts_with("301 orders"), "{audit}");
}

/// As if 300 more devices had been asked.
async fn more_orders(world: &World, id: ScanId) {
    let sql = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300) \
               INSERT INTO orders (id, device, kind, requested_by, reason, created, expires, state, message, scan) \
               SELECT randomblob(16), device, kind, requested_by, reason, created, expires, state, message, scan FROM orders, n \
               WHERE scan = $1";
    let added = world.app.store.write(move |tx| tx.execute(sql, &values![id]));
    assert_eq!(added.await.map_err(|error: StoreError| error.to_string()), Ok(300));
}
