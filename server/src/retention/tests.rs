use axum::http::StatusCode;
use muster_proto::time::Span;
use serde_json::{Value, json};

use super::keep;
use crate::http::testing::{Phone, World, world};
use crate::store::StoreError;

const DAY: Span = Span::from_hours(24);

/// Looks once a day.
async fn days_pass(world: &World, days: u32) {
    for _ in 0..days {
        world.clock.set(world.app.now() + DAY);
        keep(&world.app).await.unwrap();
    }
}

async fn texts(world: &World) -> Vec<(u64, bool, bool)> {
    let sql = "SELECT number, LENGTH(body) > 0, previous IS NOT NULL FROM reports ORDER BY id";
    let read = world.app.store.read(move |tx| {
        let rows = tx.query(sql, &[])?;
        rows.into_iter()
            .map(|mut row| Ok((row.take()?, row.take::<i64>()? == 1, row.take::<i64>()? == 1)))
            .collect::<Result<Vec<_>, StoreError>>()
    });
    read.await.unwrap()
}

async fn three_reports(world: &World) -> Phone {
    let mut phone = world.phone("R570E", "MF-1").await;
    for _ in 0..3 {
        phone.report(world, vec![], None).await;
    }
    phone
}

#[tokio::test]
async fn a_text_goes_after_its_period_and_the_newest_stays() {
    let world = world().await;
    let mut phone = three_reports(&world).await;
    days_pass(&world, 399).await;
    assert_eq!(texts(&world).await, [(1, true, false), (2, true, false), (3, true, false)]);
    days_pass(&world, 3).await;
    assert_eq!(texts(&world).await, [(1, false, false), (2, false, true), (3, true, false)]);
    let at = |rest: &str| format!("/devices/{}{rest}", phone.id);
    let gone = world.get(&at("/reports/2")).await;
    assert_eq!((gone.status, gone.json()["code"].as_str()), (StatusCode::GONE, Some("report-gone")));
    assert_eq!(world.get(&at("/report")).await.status, StatusCode::OK);
    let listed = world.get(&at("/reports")).await.json();
    assert!(listed["reports"][2]["digest"].is_string(), "{listed}");
    // the chain goes on, and what was the newest is old now
    phone.report(&world, vec![], None).await;
    // one look in 24 begins at the first row
    days_pass(&world, 26).await;
    assert_eq!(texts(&world).await[2..], [(3, false, true), (4, true, false)]);
    let device = world.get(&format!("/devices/{}", phone.id)).await.json();
    assert_eq!(device["chain"]["breaks"].as_array().map(Vec::len), Some(0), "{device}");
    let audit = world.get("/audit?action=retention.keep").await.json();
    assert_eq!(audit["entries"][1]["after"]["reports"], 1, "{audit}");
}

#[tokio::test]
async fn a_clock_that_jumps_erases_nothing() {
    let world = world().await;
    three_reports(&world).await;
    keep(&world.app).await.unwrap();
    world.clock.set(world.app.now() + Span::from_hours(24 * 366 * 20));
    keep(&world.app).await.unwrap();
    assert!(texts(&world).await.iter().all(|(_, there, _)| *there));
}

#[tokio::test]
async fn history_goes_and_the_last_place_in_the_row_of_changes_stays() {
    let world = world().await;
    let phone = three_reports(&world).await;
    let write = |sql: &'static str| {
        let (store, device) = (world.app.store.clone(), phone.id);
        async move {
            let now = "2020-01-01T00:00:00Z".parse::<muster_proto::time::Timestamp>().unwrap();
            store.write(move |tx| tx.execute(sql, &crate::store::values![device, now])).await.unwrap();
        }
    };
    let edge = "INSERT INTO edges (device, rule, from_state, to_state, at, written) VALUES ($1, 'r', 'failing', 'compliant', $2, $2)";
    write("DELETE FROM edges WHERE device = $1 AND at > $2").await;
    for _ in 0..1200 {
        write(edge).await;
    }
    keep(&world.app).await.unwrap();
    let left = world.app.store.read(|tx| {
        let row = tx.query_one("SELECT COUNT(*) FROM edges", &[])?.ok_or(StoreError::Column("a count"))?;
        Ok::<_, StoreError>({
            let mut row = row;
            row.take::<i64>()?
        })
    });
    assert_eq!(left.await.unwrap(), 1);
}

#[tokio::test]
async fn a_device_ends_without_its_word_and_is_erased() {
    let world = world().await;
    let phone = three_reports(&world).await;
    let at = |rest: &str| format!("/devices/{}{rest}", phone.id);
    let early = world.post(&at("/erase"), &json!({})).await;
    assert_eq!((early.status, early.json()["code"].as_str()), (StatusCode::CONFLICT, Some("device-counts")));
    let order = world.post(&at("/orders"), &json!({ "kind": "scan", "reason": "x" })).await.json();
    let order = order["order"].as_str().unwrap_or_else(|| panic!("{order}")).to_owned();
    let none = world.post(&at("/end"), &json!({ "reason": " " })).await;
    assert_eq!(none.json()["code"], "end-reason");
    let ended = world.post(&at("/end"), &json!({ "reason": "lost in Tula" })).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text);
    let order = world.get(&format!("/orders/{order}")).await.json();
    assert_eq!(order["state"], "cancelled", "{order}");
    let again = world.post(&at("/end"), &json!({ "reason": "x" })).await;
    assert_eq!(again.json()["code"], "device-inactive");

    let lines = documents(&world, &at("/export")).await;
    let count = |what: &str| lines.iter().filter(|line| line["what"] == what).count();
    assert_eq!((count("device"), count("key"), count("report"), count("order")), (1, 1, 3, 1));
    assert!(lines.iter().any(|line| line["is"]["signed"].is_string()));
    assert!(lines.iter().any(|line| line["is"]["detail"] == "lost in Tula"), "{lines:?}");

    assert_eq!(world.post(&at("/erase"), &json!({})).await.status, StatusCode::NO_CONTENT);
    let twice = world.post(&at("/erase"), &json!({})).await;
    assert_eq!(twice.json()["code"], "device-erased");
    let all = world.get(&at("/export")).await.text;
    assert!(!all.contains("MF-1") && !all.contains("R570E"), "{all}");
    let lines = documents(&world, &at("/export")).await;
    let reports: Vec<&Value> = lines.iter().filter(|line| line["what"] == "report").collect();
    assert!(reports.iter().all(|line| line["is"]["digest"].is_string() && line["is"]["signed"].is_null()));
    assert_eq!(world.get(&at("")).await.json()["status"], "retired");
}

#[tokio::test]
async fn a_device_that_ended_is_erased_after_its_period() {
    let world = world().await;
    let phone = three_reports(&world).await;
    let end = json!({ "reason": "broken" });
    assert_eq!(world.post(&format!("/devices/{}/end", phone.id), &end).await.status, StatusCode::OK);
    days_pass(&world, 399).await;
    assert!(texts(&world).await.iter().any(|(_, there, _)| *there));
    days_pass(&world, 3).await;
    assert!(texts(&world).await.iter().all(|(_, there, _)| !*there));
    let device = world.get(&format!("/devices/{}", phone.id)).await.json();
    assert_eq!(device["asset_tag"], Value::Null, "{device}");
}

async fn documents(world: &World, path: &str) -> Vec<Value> {
    let answer = world.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
