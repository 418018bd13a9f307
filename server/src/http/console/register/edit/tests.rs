//! The register is edited on its pages as in the API: with its bounds, and not over another change.

use crate::http::testing::{World, world};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

async fn asset(world: &World, path: &str) -> Value {
    world.get(&path.replace("/register", "/assets")).await.json()
}

#[tokio::test]
async fn one_is_written_down_changed_linked_parted_and_its_carriers_are_forgotten() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let csrf = world.visit(Method::GET, "/register/new?lang=en", &cookie, "").await.csrf();
    let post = async |path: &str, said: &str| {
        world.visit(Method::POST, path, &cookie, &format!("csrf={csrf}&{said}")).await
    };
    let said = "org=minfin&tag=MF-1&serial=&carrier=Ivanov&life=&platform=aurora&cost=45990.50&currency=rub&replace_by=2027-01-31";
    let added = post("/register/new", said).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    let path = added.headers["location"].to_str().unwrap().to_owned();
    let told = asset(&world, &path).await;
    assert_eq!(
        (&told["cost"], &told["currency"], &told["life"]),
        (&json!(4_599_050), &json!("RUB"), &json!("handed-out"))
    );
    let form = world.visit(Method::GET, &format!("{path}/edit?lang=ru"), &cookie, "").await.text;
    assert!(form.contains("value=\"45990.50\"") && form.contains("value=\"2027-01-31\""), "{form}");
    assert!(form.contains("<option value=\"lost\"") && !form.contains("<option value=\"ordered\""), "{form}");
    let version = form.split("name=\"version\" value=\"").nth(1).unwrap().split("\">").next().unwrap();
    let version = version.replace("&quot;", "%22");
    let change =
        format!("version={version}&org=minfin&tag=&serial=S-1&carrier=Petrov&life=in-use&cost=&currency=");
    let edited = post(&format!("{path}/edit"), &change).await;
    assert_eq!(edited.status, StatusCode::SEE_OTHER, "{}", edited.text);
    let told = asset(&world, &path).await;
    assert_eq!((&told["tag"], &told["serial"], &told["cost"]), (&json!(null), &json!("S-1"), &json!(null)));
    assert_eq!(
        (&told["carrier"], &told["replace_by"]),
        (&json!("Petrov"), &json!(null)),
        "what is empty is taken away"
    );
    assert_eq!(post(&format!("{path}/edit"), &change).await.status, StatusCode::PRECONDITION_FAILED);
    for wrong in [
        "org=minfin",
        "org=minfin&tag=X&cost=1.234&currency=RUB",
        "org=minfin&tag=X&life=gone",
        "org=nobody&tag=X",
    ] {
        assert!(post(&format!("{path}/edit"), wrong).await.status.is_client_error(), "{wrong}");
    }
    let phone = world.phone("R570E", "other").await;
    assert_eq!(post(&format!("{path}/link"), "device=nobody").await.status, StatusCode::NOT_FOUND);
    assert_eq!(post(&format!("{path}/link"), "device=other").await.status, StatusCode::SEE_OTHER);
    assert_eq!(asset(&world, &path).await["device"], json!(phone.id));
    assert_eq!(post(&format!("{path}/unlink"), "").await.status, StatusCode::SEE_OTHER);
    let asks = world.visit(Method::GET, &format!("{path}/forget?lang=en"), &cookie, "").await;
    assert!(asks.text.contains("Nothing brings that back"), "{}", asks.text);
    assert_eq!(asset(&world, &path).await["carrier"], json!("Petrov"), "it was only asked");
    assert_eq!(post(&format!("{path}/forget"), "").await.status, StatusCode::SEE_OTHER);
    let told = asset(&world, &path).await;
    assert_eq!((&told["carrier"], &told["device"]), (&json!(null), &json!(null)));
}
