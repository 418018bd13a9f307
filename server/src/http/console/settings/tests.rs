//! Settings on their page: what the server is, and a log that says more for a while.

use crate::http::testing::world;
use axum::http::{Method, StatusCode};

#[tokio::test]
async fn the_page_says_what_the_server_is_and_the_log_is_raised_and_reset() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    for (lang, said) in [("en", "Phones reach it at"), ("ru", "Телефоны обращаются к нему")]
    {
        let page = world.visit(Method::GET, &format!("/settings?lang={lang}"), &cookie, "").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        for part in [said, "https://localhost:8443", env!("CARGO_PKG_VERSION"), "/hooks", "/mail", "/orgs"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains("check-") && !page.text.contains("certificate-of-"), "{}", page.text);
    }
    let csrf = world.visit(Method::GET, "/settings", &cookie, "").await.csrf();
    let post = async |path: &str, said: &str| {
        world.visit(Method::POST, path, &cookie, &format!("csrf={csrf}&{said}")).await
    };
    let raised = async || world.get("/log").await.json()["raised"].as_array().unwrap().len();
    let more = post("/settings/log", "level=debug&device=&route=/healthz&minutes=5").await;
    assert_eq!((more.status, raised().await), (StatusCode::SEE_OTHER, 1), "{}", more.text);
    for wrong in ["level=loud", "device=x", "minutes=x"] {
        assert!(post("/settings/log", wrong).await.status.is_client_error(), "{wrong}");
    }
    assert_eq!((post("/settings/log/reset", "").await.status, raised().await), (StatusCode::SEE_OTHER, 0));
    let stranger = world.visit(Method::POST, "/settings/log", &cookie, "csrf=x&level=debug").await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
}
