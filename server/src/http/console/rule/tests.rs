//! A rule on its page: figures are the lengths of their lists, and the trend is of its edges.

use crate::http::testing::{telegram, world};
use axum::http::{Method, Request, StatusCode};

const POLICY: &str = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - { id: messengers, kind: messengers, deny: [telegram], grace: 72h, title: { en: No <b> messengers, ru: Без мессенджеров } }
assign:
  - org: minfin
";

#[tokio::test]
async fn a_rule_says_what_it_is_who_breaks_it_and_when_that_began() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let get = async |path: &str| world.visit(Method::GET, path, &cookie, "").await;
    let request =
        Request::post("/api/v1/policies").header("authorization", format!("Bearer {}", world.token));
    let applied = world.send(request.body(POLICY.into()).unwrap()).await;
    assert_eq!(applied.status, StatusCode::OK, "{}", applied.text);
    for (tag, found) in
        [("MF-1", vec![telegram("org.x")]), ("MF-2", vec![telegram("org.x")]), ("MF-3", vec![])]
    {
        world.phone("R570E", tag).await.report(&world, found, None).await;
    }
    let page = get("/rules/messengers?lang=en").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(
        page.text.contains("No &lt;b&gt; messengers") && page.text.contains("Ministry &lt;of&gt; Finance")
    );
    for (count, list) in [
        (2, "/devices?q=rule%3Amessengers%3Dgrace"),
        (0, "/devices?q=rule%3Amessengers%3Dfailing"),
        (2, "/devices?q=rule%3Amessengers%3Dgrace+org%3Dminfin"),
    ] {
        assert!(page.text.contains(&format!("{list}\" data-count=\"{count}\"")), "{list}: {}", page.text);
        let shown = get(list).await.text;
        let rows = shown.split("<tbody>").nth(1).map_or(0, |body| body.matches("<tr>").count());
        assert_eq!(rows, count, "{list}: {shown}");
    }
    for part in ["href=\"/policies/p\"", "<dt><code>deny</code></dt><dd><code>telegram</code>"] {
        assert!(page.text.contains(part), "it says what it demands and where: {part}: {}", page.text);
    }
    let today = page.text.split("2026-03-28</time>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(today.contains("data-n=\"2\""), "two findings came into grace that day: {today}");
    assert!(page.text.matches("<time datetime=\"20").count() >= 90, "a row for each day");
    let device = world.get("/devices").await.json()["devices"][0]["id"].as_str().unwrap().to_owned();
    let device = get(&format!("/devices/{device}")).await.text;
    assert!(device.contains("href=\"/rules/messengers\""), "a device leads to its rules: {device}");
    assert_eq!(get("/rules/silence?lang=ru").await.status, StatusCode::OK, "every phone has it");
    for none in ["/rules/nothing", "/rules/%3Cb%3E"] {
        assert_eq!(get(none).await.status, StatusCode::NOT_FOUND, "{none}");
    }
}

#[tokio::test]
async fn a_rule_says_its_expression_and_how_it_escalates() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let text = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - { id: own, kind: expression, expect: 'device.lock_strength >= STRENGTH_HIGH', mode: observe, escalate: { warn: 14d, enforce: 30d } }
assign:
  - org: minfin
";
    let test = crate::auth::Actor::system("test");
    crate::policies::apply(&world.app, &test, text.to_owned(), false).await.unwrap();
    let page = world.visit(Method::GET, "/rules/own?lang=en", &cookie, "").await.text;
    for part in [
        "device.lock_strength &gt;= STRENGTH_HIGH",
        "It decides the verdict</dt><dd>after it was broken for 30\u{a0}days",
        "The person is warned</dt><dd>after it was broken for 14\u{a0}days",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let russian = world.visit(Method::GET, "/rules/own?lang=ru", &cookie, "").await.text;
    assert!(russian.contains("если нарушено дольше"), "{russian}");
}
