//! Schedules in the console, without scripts.

use axum::http::{Method, StatusCode};
use muster_proto::time::Span;
use serde_json::json;

use crate::http::testing::world;
use crate::schedules;

#[tokio::test]
async fn a_scan_is_repeated_paused_changed_and_ended() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    world.phone("R570E", "MF-1").await;
    let get = async |path: &str| world.visit(Method::GET, path, &cookie, "").await;
    let list = get("/schedules?lang=en").await;
    assert!(list.text.contains("muster schedule add"), "{}", list.text);
    let csrf = list.csrf();
    let post = async |path: &str, said: &str| {
        world.visit(Method::POST, path, &cookie, &format!("csrf={csrf}&{said}")).await
    };
    let made = post(
        "/schedules",
        "reason=each+day&q=model%3AR570E&every=week&at=09%3A30&day=6&org=minfin&until=2026-04-30",
    )
    .await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let here = made.headers["location"].to_str().unwrap().to_owned();
    let page = get(&format!("{here}?lang=en")).await.text;
    assert!(page.contains("on Saturday at 09:30") && page.contains("No run yet"), "{page}");
    assert!(get("/schedules?lang=ru").await.text.contains("суббота"));
    // it is a Saturday
    world.clock.pass(Span::from_secs(31 * 60));
    schedules::run_due(&world.app).await.unwrap();
    let page = get(&format!("{here}?lang=en")).await.text;
    assert!(page.contains("0 of 1 reported"), "{page}");
    let scan = world.get("/scans").await.json()["scans"][0].clone();
    assert_eq!((&scan["requested_by"], &scan["query"]), (&json!("Anna"), &json!("model:R570E org:minfin")));
    let scan = get(&format!("/scans/{}", scan["scan"].as_str().unwrap())).await.text;
    assert!(scan.contains(&here), "{scan}");
    assert_eq!(post(&format!("{here}/pause"), "paused=1").await.status, StatusCode::SEE_OTHER);
    assert!(get(&format!("{here}?lang=en")).await.text.contains("paused"));
    let changed = post(&here, "reason=each+month&every=month&at=10%3A00&day=31&q=").await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
    assert_eq!(post(&format!("{here}/pause"), "paused=0").await.status, StatusCode::SEE_OTHER);
    let shown = world.get("/schedules").await.json()["schedules"][0].clone();
    assert_eq!(
        (&shown["next_run"], &shown["until"]),
        (&json!("2026-03-31T10:00:00Z"), &json!(null)),
        "{shown}"
    );
    assert!(post(&format!("{here}/end?lang=en"), "").await.text.contains("End this repeated scan?"));
    assert_eq!(post(&format!("{here}/end"), "sure=1").await.status, StatusCode::SEE_OTHER);
    let page = get(&format!("{here}?lang=en")).await.text;
    assert!(page.contains("ended by a person") && !page.contains(&format!("{here}/end")), "{page}");
    let wrong = post("/schedules", "reason=x&every=year&at=10%3A00").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(post("/schedules", "reason=x&every=week&at=10%3A00").await.text.contains("bad-schedule"));
}
