//! The carrier's page through the router: the link and its limits, what the page shows, and what may be done there.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use serde_json::json;

use crate::http::testing::{Answer, Phone, World, telegram, world};
use crate::mine::LIFE;

const POLICY: &str = r#"
policy: phones
title: { en: Phones, ru: Телефоны }
contact: { en: "help@org.example", ru: "Поддержка, 15-15" }
rules:
  - id: no-telegram
    kind: messengers
    deny: [telegram]
    grace: 72h
    title: { en: "No <b>Telegram</b>", ru: Без Телеграма }
    remedy: { en: Remove it., ru: Удалите его. }
assign:
  - org: minfin
"#;

async fn with_policy() -> (World, Phone) {
    let world = world().await;
    let request = Request::post("/api/v1/policies")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "text/plain");
    let answer = world.send(request.body(Body::from(POLICY)).unwrap()).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![telegram("org.telegram.desktop")], None).await;
    (world, phone)
}

async fn press(world: &World, link: &str) -> Answer {
    world.visit(Method::POST, "/mine/open", "", &format!("link={link}")).await
}

async fn opened(world: &World, phone: &Phone) -> String {
    // a link of the same moment would be the same link
    world.clock.pass(Span::from_secs(1));
    let answer = press(world, &phone.page_link(world)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.cookie()
}

async fn shown(world: &World, cookie: &str, path: &str) -> Answer {
    world.visit(Method::GET, path, cookie, "").await
}

async fn send(world: &World, cookie: &str, path: &str, form: &str) -> Answer {
    let page = shown(world, cookie, "/mine").await;
    let csrf = page.csrf();
    world.visit(Method::POST, path, cookie, &format!("csrf={csrf}&{form}")).await
}

#[tokio::test]
async fn what_is_only_observed_is_for_administrators_alone() {
    let (world, phone) = with_policy().await;
    let cookie = opened(&world, &phone).await;
    assert!(shown(&world, &cookie, "/mine").await.text.contains("Remove it."));
    let observed = POLICY.replace("grace: 72h", "mode: observe");
    let request = Request::post("/api/v1/policies")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "text/plain");
    assert!(world.send(request.body(Body::from(observed)).unwrap()).await.status.is_success());
    let page = shown(&world, &cookie, "/mine").await.text;
    assert!(!page.contains("Remove it."), "{page}");
    assert!(
        !page.contains("no-telegram") && page.contains("org.telegram.desktop"),
        "what it reports stays: {page}"
    );
    assert_eq!(dispute(&world, &cookie, "no-telegram", "No.").await.status, StatusCode::NOT_FOUND);
}

async fn dispute(world: &World, cookie: &str, rule: &str, text: &str) -> Answer {
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("rule", rule)
        .append_pair("text", text)
        .finish();
    send(world, cookie, "/mine/dispute", &form).await
}

#[tokio::test]
async fn a_link_opens_the_page_once_and_looking_at_it_uses_nothing_up() {
    let (world, phone) = with_policy().await;
    let link = phone.page_link(&world);
    for _ in 0..2 {
        let landing = shown(&world, "", &format!("/mine/open?link={link}")).await;
        assert_eq!(landing.status, StatusCode::OK, "{}", landing.text);
        assert!(landing.text.contains("action=\"/mine/open\"") && landing.text.contains(&link));
        assert_eq!(landing.headers[header::REFERRER_POLICY], "same-origin");
        assert_eq!(landing.headers[header::CACHE_CONTROL], "no-store");
    }
    let first = press(&world, &link).await;
    assert_eq!(
        (first.status, &first.headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/mine".parse().unwrap())
    );
    let set = first.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["Path=/mine", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=900"] {
        assert!(set.contains(part), "{set}");
    }
    let again = press(&world, &link).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text.contains("does not open the page") && !again.headers.contains_key(header::SET_COOKIE));
    assert_eq!(shown(&world, &first.cookie(), "/mine").await.status, StatusCode::OK);
    let audit = world.get("/audit?action=page.open").await.json();
    let entries = audit["entries"].as_array().unwrap();
    assert_eq!(
        (entries.len(), entries[0]["actor"].as_str()),
        (1, Some(format!("carrier:{}", phone.id).as_str())),
        "{audit}"
    );
}

#[tokio::test]
async fn a_link_is_for_this_server_young_and_of_a_phone_that_counts() {
    let (world, mut phone) = with_policy().await;
    let old = phone.page_link(&world);
    world.clock.pass(Span::from_secs(301));
    assert_eq!(press(&world, &old).await.status, StatusCode::UNAUTHORIZED);
    let elsewhere = phone.page_link_for(&world, "other.example:8443");
    assert_eq!(press(&world, &elsewhere).await.status, StatusCode::FORBIDDEN);
    let report = phone.report(&world, Vec::new(), None).await;
    let report = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, report);
    for wrong in ["", "nonsense", &report] {
        assert_eq!(press(&world, wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(!shown(&world, "", &format!("/mine/open?link={wrong}")).await.status.is_success());
    }
    let good = phone.page_link(&world);
    let ended = world.post(&format!("/devices/{}/end", phone.id), &json!({ "reason": "lost" })).await;
    assert!(ended.status.is_success(), "{}", ended.text);
    assert_eq!(press(&world, &good).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_session_ends_with_its_time_with_the_phone_and_when_it_is_left() {
    let (world, phone) = with_policy().await;
    assert_eq!(shown(&world, "", "/mine").await.status, StatusCode::UNAUTHORIZED);
    let cookie = opened(&world, &phone).await;
    world.clock.pass(Span::from_secs(LIFE.secs() - 1));
    assert_eq!(shown(&world, &cookie, "/mine").await.status, StatusCode::OK);
    world.clock.pass(Span::from_secs(1));
    assert_eq!(shown(&world, &cookie, "/mine").await.status, StatusCode::UNAUTHORIZED);

    let cookie = opened(&world, &phone).await;
    assert_eq!(send(&world, &cookie, "/mine/leave", "").await.status, StatusCode::OK);
    assert_eq!(shown(&world, &cookie, "/mine").await.status, StatusCode::UNAUTHORIZED);

    let cookie = opened(&world, &phone).await;
    world.post(&format!("/devices/{}/end", phone.id), &json!({ "reason": "lost" })).await;
    assert_eq!(shown(&world, &cookie, "/mine").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_phone_opens_no_more_pages_than_anybody_reads() {
    let (world, phone) = with_policy().await;
    let mut refused = 0;
    for _ in 0..25 {
        refused +=
            u32::from(press(&world, &phone.page_link(&world)).await.status == StatusCode::TOO_MANY_REQUESTS);
        world.clock.pass(Span::from_secs(1));
    }
    assert_eq!(refused, 5);
    world.clock.pass(LIFE);
    opened(&world, &phone).await;
}

#[tokio::test]
async fn the_page_says_what_is_wrong_until_when_and_how_to_mend_it_in_both_languages() {
    let (world, phone) = with_policy().await;
    let order = json!({ "kind": "scan", "reason": "the yearly <check>" });
    world.post(&format!("/devices/{}/orders", phone.id), &order).await;
    let cookie = opened(&world, &phone).await;
    let page = shown(&world, &cookie, "/mine").await;
    for part in [
        "No &lt;b&gt;Telegram&lt;/b&gt;",
        "Remove it.",
        "help@org.example",
        "local-admin",
        "the yearly &lt;check&gt;",
        "org.telegram.desktop",
        "R570E&lt;/td&gt;",
        "Ministry &lt;of&gt; Finance",
        "The signature holds",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("<script") && !page.text.contains("style="));
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let russian = shown(&world, &cookie, "/mine?lang=ru").await;
    for part in ["lang=\"ru\"", "Без Телеграма", "Удалите его.", "Поддержка, 15-15", "Проверить сейчас"]
    {
        assert!(russian.text.contains(part), "{part}");
    }
    let style = page.text.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let style = shown(&world, "", style).await;
    assert!(style.status.is_success() && style.text.contains(".mine main"));
    assert!(shown(&world, "", "/mine/privacy").await.text.contains("where the phone is"));
    assert_eq!(shown(&world, "", "/mine/other.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_check_is_asked_for_once_in_five_minutes_and_for_this_phone_alone() {
    let (world, phone) = with_policy().await;
    let other = world.phone("R570E", "MF-2").await;
    let cookie = opened(&world, &phone).await;
    let page = shown(&world, &cookie, "/mine").await;
    let done = send(&world, &cookie, "/mine/check", "").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(!shown(&world, &cookie, "/mine").await.text.contains("action=\"/mine/check\""));
    let form = format!("csrf={}", page.csrf());
    let again = world.visit(Method::POST, "/mine/check", &cookie, &form).await;
    assert_eq!(again.status, StatusCode::TOO_MANY_REQUESTS);
    world.clock.pass(Span::from_secs(301));
    assert_eq!(send(&world, &cookie, "/mine/check", "").await.status, StatusCode::SEE_OTHER);

    let orders = async |id: DeviceId| {
        let found = world.get(&format!("/devices/{id}/orders")).await.json();
        found["orders"].as_array().unwrap().clone()
    };
    let own = orders(phone.id).await;
    assert_eq!((own.len(), orders(other.id).await.len()), (2, 0));
    assert_eq!(own[0]["requested_by"], format!("carrier:{}", phone.id));
    let audit = world.get("/audit?action=order.request").await.text;
    assert!(audit.contains(&format!("carrier:{}", phone.id)), "{audit}");
}

#[tokio::test]
async fn a_form_counts_from_the_page_of_its_own_session_alone() {
    let (world, phone) = with_policy().await;
    let (cookie, another) = (opened(&world, &phone).await, opened(&world, &phone).await);
    let csrf = shown(&world, &another, "/mine").await.csrf();
    for form in ["", "csrf=x", &format!("csrf={csrf}")] {
        let refused = world.visit(Method::POST, "/mine/check", &cookie, form).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{form}");
    }
    let from = Request::post("/mine/check")
        .header(header::COOKIE, &another)
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let refused = world.send(from.body(Body::from(format!("csrf={csrf}"))).unwrap()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // it opens nothing of the console, nor of the API
    assert_eq!(shown(&world, &cookie, "/devices").await.status, StatusCode::SEE_OTHER);
    assert_eq!(shown(&world, &cookie, "/api/v1/devices").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.get(&format!("/devices/{}/orders", phone.id)).await.json()["orders"], json!([]));
}

#[tokio::test]
async fn a_dispute_is_answered_and_the_answer_is_shown() {
    let (world, phone) = with_policy().await;
    let cookie = opened(&world, &phone).await;
    let said = dispute(&world, &cookie, "no-telegram", "It is <not> Telegram.\r\nLook again.").await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text);
    let page = shown(&world, &cookie, "/mine").await;
    assert!(page.text.contains("It is &lt;not&gt; Telegram.\nLook again."), "{}", page.text);

    for (rule, text, status) in [
        ("no-telegram", "once more", 409),
        ("no-such-rule", "what?", 404),
        ("silence", "", 422),
        ("silence", &"x".repeat(1001), 422),
        ("silence", "a\u{202e}b", 422),
    ] {
        assert_eq!(dispute(&world, &cookie, rule, text).await.status.as_u16(), status, "{rule} {text}");
    }

    let listed = world.get("/disputes?state=open").await.json();
    let one = &listed["disputes"][0];
    assert_eq!(
        (&one["rule"], &one["finding"], &one["state"]),
        (&json!("no-telegram"), &json!("grace"), &json!("open"))
    );
    let path = format!("/disputes/{}/answer", one["id"]);
    let answered =
        world.post(&path, &json!({ "answer": "You are right.\nIt is mended.", "close": true })).await;
    assert_eq!(answered.json()["state"], "closed", "{}", answered.text);
    let refused = world.post(&path, &json!({ "answer": "and more" })).await;
    assert_eq!(refused.json()["code"], "dispute-closed");
    let page = shown(&world, &cookie, "/mine").await;
    assert!(page.text.contains("You are right.\nIt is mended.") && page.text.contains("local-admin"));
    let audit = world.get("/audit?action=dispute.open").await.text
        + &world.get("/audit?action=dispute.answer").await.text;
    assert!(
        audit.contains("no-telegram") && !audit.contains("Look again") && !audit.contains("You are right")
    );
}

#[tokio::test]
async fn the_console_lists_and_answers_disputes() {
    let (world, phone) = with_policy().await;
    let carrier = opened(&world, &phone).await;
    dispute(&world, &carrier, "no-telegram", "It is <not> Telegram.").await;
    let cookie = world.sign_in("Anna").await;
    let device = format!("/devices/{}", phone.id);
    for path in ["/disputes", "/disputes?state=all", &device] {
        let page = shown(&world, &cookie, path).await;
        assert!(
            page.text.contains("It is &lt;not&gt; Telegram.") && page.text.contains("/answer\""),
            "{path}"
        );
    }
    let page = shown(&world, &cookie, "/disputes").await;
    let version = page.text.split("name=\"version\" value=\"").nth(1).unwrap().split("\">").next().unwrap();
    let version: String =
        form_urlencoded::byte_serialize(version.replace("&quot;", "\"").as_bytes()).collect();
    let form = format!("csrf={}&version={version}&answer=We+look", page.csrf());
    let answered = world.visit(Method::POST, "/disputes/1/answer", &cookie, &form).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.text);
    assert!(!shown(&world, &cookie, "/disputes").await.text.contains("Telegram."));
    assert!(shown(&world, &cookie, "/disputes?state=answered").await.text.contains("We look"));
    let late = world.visit(Method::POST, "/disputes/1/answer", &cookie, &form).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_note_that_the_carrier_is_away_is_shown_without_its_reason() {
    let (world, phone) = with_policy().await;
    let cookie = opened(&world, &phone).await;
    assert!(!shown(&world, &cookie, "/mine?lang=en").await.text.contains("you are away"));
    let note =
        json!({ "from": "2026-04-01T09:00:00Z", "until": "2026-04-12T18:00:00Z", "reason": "an illness" });
    let request = Request::put(format!("/api/v1/devices/{}/away", phone.id))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json");
    let written = world.send(request.body(Body::from(note.to_string())).unwrap()).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.text);
    for (lang, times) in [
        ("en", "away from 1 Apr 2026, 09:00:00 UTC until 12 Apr 2026, 18:00:00 UTC"),
        ("ru", "отсутствие: с 1 апр. 2026, 09:00:00 UTC до 12 апр. 2026, 18:00:00 UTC"),
    ] {
        let page = shown(&world, &cookie, &format!("/mine?lang={lang}")).await.text;
        assert!(page.contains(times), "{page}");
        assert!(!page.contains("illness") && !page.contains("local-admin"), "{page}");
    }
}
