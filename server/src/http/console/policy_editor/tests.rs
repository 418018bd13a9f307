//! The editor: nothing else is applied than what was planned, and no text is lost.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::auth::Actor;
use crate::http::console::policies::tests::{
    POLICY, apply_planned, broken_phone, hidden, page, plan, send, version,
};
use crate::http::testing::world;

#[tokio::test]
async fn what_the_text_leaves_out_and_stays_is_said() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let two = POLICY.replace("rules:\n", "rules:\n  - { id: own, kind: screen-lock, mode: observe }\n");
    crate::policies::apply(&world.app, &Actor::system("test"), two, false).await.unwrap();
    let editor = page(&world, &cookie, "/policy-editor?policy=phones").await;
    let planned = plan(&world, &cookie, POLICY, &version(&editor)).await;
    for part in ["stay in force although the text leaves them out", "href=\"/rules/own\"", "as of version 1"]
    {
        assert!(planned.text.contains(part), "{part}: {}", planned.text);
    }
    let applied = apply_planned(&world, &cookie, POLICY, &planned.text).await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
    for path in ["/policies/phones?lang=en", "/policy-editor?policy=phones&lang=en"] {
        let shown = page(&world, &cookie, path).await;
        assert!(shown.contains("although the text leaves them out"), "{path}: {shown}");
        assert!(shown.contains("href=\"/rules/own\""), "{path}: {shown}");
    }
    let shown = page(&world, &cookie, "/policies/phones?lang=ru").await;
    assert!(shown.contains("хотя в тексте этого нет"), "{shown}");
    let versions = world.get("/policies/phones/versions").await.json();
    assert_eq!(versions["versions"][0]["kept"], serde_json::json!({ "rules": { "own": 1 }, "assign": {} }));
    let again =
        plan(&world, &cookie, POLICY, &version(&page(&world, &cookie, "/policy-editor?policy=phones").await))
            .await;
    assert!(
        again.text.contains("Nothing would change") && again.text.contains("/rules/own"),
        "{}",
        again.text
    );
}

#[tokio::test]
async fn only_what_was_planned_is_applied() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let planned = plan(&world, &cookie, POLICY, "").await;
    let other = POLICY.replace("telegram]", "whatsapp]");
    let unplanned = apply_planned(&world, &cookie, &other, &planned.text).await;
    assert_eq!(unplanned.status, StatusCode::OK, "{}", unplanned.text);
    assert!(unplanned.text.contains("was not planned yet") && unplanned.text.contains("whatsapp"));
    assert_eq!(world.get("/policies").await.json()["policies"].as_array().map(Vec::len), Some(0));
    let pruned = [
        ("document", POLICY),
        ("version", ""),
        ("planned", &hidden(&planned.text, "planned")),
        ("prune", "1"),
        ("do", "apply"),
    ];
    let pruned = send(&world, &cookie, "/policy-editor?lang=en", &pruned).await;
    assert!(pruned.text.contains("was not planned yet"), "another plan: {}", pruned.text);
    let applied = apply_planned(&world, &cookie, &other, &unplanned.text).await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
}

#[tokio::test]
async fn a_plan_says_who_breaks_what_is_only_observed_and_from_when_that_counts() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    broken_phone(&world).await;
    let text =
        POLICY.replace("[telegram] }", "[telegram], mode: observe, escalate: { warn: 1d, enforce: 10d } }");
    let planned = plan(&world, &cookie, &text, "").await;
    for part in ["1 device breaks it now", "decides verdicts", "in 10"] {
        assert!(planned.text.contains(part), "{part}: {}", planned.text);
    }
    let silent = POLICY.replace("[telegram] }", "[telegram], mode: observe }");
    let planned = plan(&world, &cookie, &silent, "").await;
    assert!(planned.text.contains("1 device breaks it now"), "{}", planned.text);
    assert!(!planned.text.contains("decides verdicts"), "it never does: {}", planned.text);
    // steps that come later count from then on
    let applied = apply_planned(&world, &cookie, &silent, &planned.text).await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
    world.clock.pass(muster_proto::time::Span::from_hours(5 * 24));
    let cookie = world.sign_in("Anna").await;
    let edited = plan(&world, &cookie, &text, "1").await;
    let from = edited.text.split("decides verdicts").nth(1).expect("when");
    assert!(from.trim_start_matches(|c: char| !c.is_ascii_digit()).contains("in 10"), "{from}");
}

#[tokio::test]
async fn the_text_is_never_lost() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    for (device, status) in [("", StatusCode::OK), ("no such", StatusCode::NOT_FOUND)] {
        let fields = [("document", POLICY), ("version", ""), ("device", device), ("do", "try")];
        let tried = send(&world, &cookie, "/policy-editor?lang=en", &fields).await;
        assert_eq!(tried.status, status, "{}", tried.text);
        assert!(
            tried.text.contains("id: no-telegram") && tried.text.contains("role=\"alert\""),
            "{}",
            tried.text
        );
    }
    let phone = broken_phone(&world).await;
    let fields = [("document", POLICY), ("version", ""), ("device", "MF-1"), ("do", "try")];
    let tried = send(&world, &cookie, "/policy-editor?lang=en", &fields).await;
    assert!(tried.text.contains(&phone.id.to_string()), "by its tag: {}", tried.text);

    let stray = async |cookie: &str, site: &str| {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("csrf", "old"), ("document", POLICY), ("do", "plan")])
            .finish();
        let request = Request::post("/policy-editor?lang=en")
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        world.send(request.body(Body::from(form)).unwrap()).await
    };
    let gone = stray("__Host-muster=AAAA", "same-origin").await;
    assert_eq!(gone.status, StatusCode::FORBIDDEN, "{}", gone.text);
    assert!(
        gone.text.contains("id: no-telegram") && gone.text.contains("not signed in any more"),
        "{}",
        gone.text
    );
    let other = stray(&cookie, "same-origin").await;
    assert_eq!(other.status, StatusCode::FORBIDDEN, "{}", other.text);
    assert!(
        other.text.contains("id: no-telegram") && other.text.contains("press the button again"),
        "{}",
        other.text
    );
    for cookie in [cookie.as_str(), "__Host-muster=AAAA"] {
        let foreign = stray(cookie, "cross-site").await;
        assert!(
            !foreign.text.contains("id: no-telegram"),
            "another page's text is not shown: {}",
            foreign.text
        );
    }
}
