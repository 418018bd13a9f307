//! The register's pages in both languages: every figure is the length of its list, and a sheet has a link only where somebody makes one.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http::testing::{World, world};

async fn get(world: &World, cookie: &str, path: &str) -> String {
    let answer = world.visit(Method::GET, path, cookie, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.text
}

async fn add(world: &World, body: Value) -> String {
    let answer = world.post("/assets", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// What follows a mark, up to the next quote.
fn after<'a>(page: &'a str, mark: &str) -> Option<&'a str> {
    page.split(mark).nth(1)?.split('"').next()
}

fn rows(page: &str) -> usize {
    page.split("<tbody>").nth(1).map_or(0, |body| body.matches("<tr>").count())
}

#[tokio::test]
async fn every_figure_is_the_length_of_its_list() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    assert!(get(&world, &cookie, "/register").await.contains("muster asset import"), "it says what to do");
    let out =
        |tag: &str| json!({ "org": "minfin", "tag": tag, "life": "handed-out", "carrier": "<b>Ivanov</b>" });
    for tag in ["MF-1", "MF-2", "MF-3"] {
        add(&world, out(tag)).await;
    }
    let new = add(&world, json!({ "org": "minfin", "tag": "MF-9", "life": "in-use" })).await;
    add(
        &world,
        json!({ "org": "minfin", "tag": "I-1", "life": "in-use", "platform": "ios", "maker": "Apple" }),
    )
    .await;
    for tag in ["MF-1", "MF-2", "X-1", "X-2", "X-3"] {
        world.phone("R570E", tag).await;
    }
    let old = world.get("/assets?text=MF-2").await.json()["assets"][0]["id"].as_str().unwrap().to_owned();
    let said = json!({ "replaced_by": new }).to_string();
    let request = axum::http::Request::patch(format!("/api/v1/assets/{old}"))
        .header("authorization", format!("Bearer {}", world.token))
        .header("content-type", "application/json");
    assert_eq!(world.send(request.body(said.into()).unwrap()).await.status, StatusCode::OK);

    let page = get(&world, &cookie, "/register?org=minfin").await;
    assert!(page.contains("&lt;b&gt;Ivanov") && !page.contains("<b>Ivanov"), "{page}");
    for (standing, count) in [
        ("expected", 4),
        ("reporting", 2),
        ("missing", 2),
        ("declared", 1),
        ("unregistered", 3),
        ("left-over", 1),
    ] {
        let link = format!("/register?org=minfin&amp;standing={standing}\" data-count=\"");
        assert_eq!(after(&page, &link), Some(count.to_string().as_str()), "{standing}: {page}");
        let list = get(&world, &cookie, &format!("/register?org=minfin&standing={standing}")).await;
        assert_eq!(rows(&list), count, "{standing}: {list}");
    }
    let found = get(&world, &cookie, "/register?text=mf-&life=handed-out&org=&standing=&lang=ru").await;
    assert_eq!(rows(&found), 1, "those whose device enrolled are in use: {found}");
    assert!(found.contains("выдан") && found.contains("не подключены"), "{found}");
    for wrong in ["life=gone", "standing=x", "after=x", "standing=unregistered&after=x"] {
        let answer = world.visit(Method::GET, &format!("/register?{wrong}"), &cookie, "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let stranger = world.visit(Method::GET, "/register", "", "").await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER, "one signs in first");
}

#[tokio::test]
async fn a_phone_has_a_page_and_a_sheet() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let body =
        json!({ "org": "minfin", "tag": "MF-1", "carrier": "Ivanov", "cost": 4_599_050, "currency": "RUB" });
    let id = add(&world, body).await;
    let phone = world.phone("R570E", "mf-1").await;
    for (lang, said) in [("en", "in use"), ("ru", "используется")] {
        let page = get(&world, &cookie, &format!("/register/{id}?lang={lang}")).await;
        for part in
            [said, "Ivanov", "45990.50 RUB", &format!("/devices/{}", phone.id), "Ministry &lt;of&gt; Finance"]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    let device = get(&world, &cookie, &format!("/devices/{}", phone.id)).await;
    assert!(device.contains(&format!("href=\"/register/{id}\"")), "and back: {device}");
    let waits = add(&world, json!({ "org": "minfin", "tag": "MF-2", "carrier": "Ivanov" })).await;
    let path = format!("/register/{waits}/handout");
    let sheet = get(&world, &cookie, &format!("{path}?lang=en")).await;
    assert!(sheet.contains("What is never read") && sheet.contains("Ivanov"), "{sheet}");
    assert!(!sheet.contains("<svg class=\"qr\"") && !sheet.contains("muster:"), "nobody has made a link");
    let tokens = async || world.get("/tokens").await.json()["tokens"].as_array().unwrap().len();
    let before = tokens().await;
    let looked = world.visit(Method::POST, &path, &cookie, "csrf=wrong").await;
    assert_eq!((looked.status, tokens().await), (StatusCode::FORBIDDEN, before));
    let csrf = world.visit(Method::GET, &path, &cookie, "").await.csrf();
    let made = world.visit(Method::POST, &path, &cookie, &format!("csrf={csrf}")).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert!(
        made.text.contains("<svg class=\"qr\"") && made.text.contains("<pre class=\"secret\">"),
        "{}",
        made.text
    );
    assert_eq!(tokens().await, before + 1);
    let iphone =
        add(&world, json!({ "org": "minfin", "tag": "I-1", "platform": "ios", "life": "in-use" })).await;
    let sheet = get(&world, &cookie, &format!("/register/{iphone}/handout?lang=en")).await;
    assert!(
        sheet.contains("no program of ours") && !sheet.contains("<form method=\"post\" action=\"/register"),
        "{sheet}"
    );
    let retired = add(&world, json!({ "org": "minfin", "tag": "MF-3", "life": "retired" })).await;
    let before = tokens().await;
    for (asset, en, ru) in [
        (&iphone, "no program of ours", "программы нет"),
        (&retired, "is retired", "списан"),
        (&id, "linked already", "уже привязано"),
    ] {
        for (lang, said) in [("en", en), ("ru", ru)] {
            let sheet = get(&world, &cookie, &format!("/register/{asset}/handout?lang={lang}")).await;
            assert!(sheet.contains(said) && !sheet.contains("action=\"/register"), "{said}: {sheet}");
        }
        let path = format!("/register/{asset}/handout?lang=en");
        let refused = world.visit(Method::POST, &path, &cookie, &format!("csrf={csrf}")).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{en}: {}", refused.text);
        assert!(refused.text.contains(en) && !refused.text.contains("class=\"secret\""), "{}", refused.text);
    }
    assert_eq!(tokens().await, before, "and none was made unseen");
    assert!(
        get(&world, &cookie, &format!("/register/{iphone}?lang=en")).await.contains("by its maker alone")
    );
    assert_eq!(
        world.visit(Method::GET, "/register/nothing", &cookie, "").await.status,
        StatusCode::NOT_FOUND
    );
}
