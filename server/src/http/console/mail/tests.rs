//! Who is written to, on its page.

use crate::http::testing::world;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn somebody_is_added_changed_tried_and_taken_away() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let page = world.visit(Method::GET, "/mail?lang=en", &cookie, "").await;
    assert!(page.text.contains("muster mail add"), "{}", page.text);
    let csrf = page.csrf();
    let post = async |path: &str, said: &str| {
        world.visit(Method::POST, path, &cookie, &format!("csrf={csrf}&{said}")).await
    };
    let all = async || world.get("/mail-recipients").await.json()["recipients"].clone();
    let said = "address=anna@example.org&language=ru&org=minfin&digest_hour=8&states=failing&states=unknown";
    assert_eq!(post("/mail", said).await.status, StatusCode::SEE_OTHER);
    let one = all().await[0].clone();
    assert_eq!(
        (&one["digest_hour"], &one["org"], &one["language"]),
        (&json!(8), &json!("minfin"), &json!("ru"))
    );
    assert_eq!(one["at_once"].as_array().unwrap().len(), 2);
    let id = one["id"].as_str().unwrap();
    let change = "address=anna@example.org&language=en&org=&digest_hour=&states=failing";
    assert_eq!(post(&format!("/mail/{id}"), change).await.status, StatusCode::SEE_OTHER);
    let one = all().await[0].clone();
    assert_eq!(
        (&one["digest_hour"], &one["org"], &one["at_once"]),
        (&json!(null), &json!(null), &json!(["failing"]))
    );
    for wrong in [
        "address=x&language=en",
        "address=a@b.example&language=fr",
        "address=a@b.example&language=en&digest_hour=24",
        "address=a@b.example&language=en&digest_hour=",
    ] {
        assert!(post("/mail", wrong).await.status.is_client_error(), "{wrong}");
    }
    let tried = post(&format!("/mail/{id}/test?lang=en"), "").await;
    assert!(tried.text.contains("did not take"), "there is no mail server in tests: {}", tried.text);
    assert_eq!(post(&format!("/mail/{id}/replay"), "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(post(&format!("/mail/{id}/remove"), "sure=1").await.status, StatusCode::SEE_OTHER);
    assert_eq!(all().await, json!([]));
}
