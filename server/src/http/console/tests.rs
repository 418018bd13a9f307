//! The pages through their own router, on a real store: what they show, and what they let nobody do.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use muster_proto::facts::{AppSource, BackgroundLimit, Fact, Read, Reason, Scope, Sighting, WorkFacts};
use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use serde_json::json;

use crate::auth::{self, Actor, NewLink};
use crate::http::testing::{World, link_for, telegram, world};
use crate::store::{StoreError, Tx, values};

async fn get(world: &World, cookie: &str, path: &str) -> String {
    let answer = world.visit(Method::GET, path, cookie, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.text
}

#[tokio::test]
async fn a_link_is_not_burnt_by_looking_at_it_and_works_once() {
    let world = world().await;
    let new = link_for("Anna");
    let link = auth::make_link(&world.app, &Actor::system("test"), new).await.unwrap();
    let path = link.link.strip_prefix("https://localhost:8443").unwrap().to_owned();
    let secret = path.rsplit('=').next().unwrap().to_owned();
    for _ in 0..2 {
        let page = get(&world, "", &path).await;
        assert!(page.contains("<button") && page.contains(&secret));
    }
    let press = async || world.visit(Method::POST, "/sign-in", "", &format!("link={secret}")).await;
    let first = press().await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let set = first.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["__Host-muster=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    let second = press().await;
    assert_eq!(second.status, StatusCode::FORBIDDEN);
    assert!(second.text.contains("not valid"));
}

#[tokio::test]
async fn a_link_runs_out() {
    let world = world().await;
    let link = auth::make_link(&world.app, &Actor::system("test"), NewLink::default()).await;
    assert!(link.is_err(), "a link needs a name of a person");
    let new = link_for("Anna");
    let link = auth::make_link(&world.app, &Actor::system("test"), new).await.unwrap();
    world.clock.set(link.expires);
    let secret = link.link.rsplit('=').next().unwrap();
    let late = world.visit(Method::POST, "/sign-in", "", &format!("link={secret}")).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_first_administrator_gets_one_link() {
    let world = world().await;
    assert!(auth::first_sign_in(&world.app).await.unwrap().is_some());
    assert_eq!(auth::first_sign_in(&world.app).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_ends_by_itself_and_by_its_person() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    for _ in 0..3 {
        world.clock.pass(Span::from_secs(90 * 60));
        get(&world, &cookie, "/devices").await;
    }
    world.clock.pass(Span::from_secs(121 * 60));
    let idle = world.visit(Method::GET, "/devices", &cookie, "").await;
    assert_eq!(
        (idle.status, &idle.headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/sign-in?ended=1".parse().unwrap())
    );

    let cookie = world.sign_in("Anna").await;
    for _ in 0..8 {
        world.clock.pass(Span::from_secs(90 * 60));
        world.visit(Method::GET, "/devices", &cookie, "").await;
    }
    assert_eq!(
        world.visit(Method::GET, "/devices", &cookie, "").await.status,
        StatusCode::SEE_OTHER,
        "twelve hours are over"
    );

    let cookie = world.sign_in("Anna").await;
    let csrf = world.visit(Method::GET, "/devices", &cookie, "").await.csrf();
    let out = world.visit(Method::POST, "/sign-out", &cookie, &format!("csrf={csrf}")).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert_eq!(world.visit(Method::GET, "/devices", &cookie, "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn forms_of_others_are_refused() {
    let world = world().await;
    let phone = world.phone("R570E", "MF-1").await;
    let (anna, boris) = (world.sign_in("Anna").await, world.sign_in("Boris").await);
    let other = world.visit(Method::GET, "/devices", &boris, "").await.csrf();
    let path = format!("/devices/{}/scan", phone.id);
    for form in ["reason=x".to_owned(), "reason=x&csrf=".to_owned(), format!("reason=x&csrf={other}")] {
        assert_eq!(
            world.visit(Method::POST, &path, &anna, &form).await.status,
            StatusCode::FORBIDDEN,
            "{form}"
        );
    }
    let csrf = world.visit(Method::GET, "/devices", &anna, "").await.csrf();
    let form = format!("reason=x&csrf={csrf}");
    let foreign = Request::post(&path)
        .header(header::COOKIE, &anna)
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(
        world.send(foreign.body(Body::from(form.clone())).unwrap()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(world.visit(Method::POST, &path, &anna, &form).await.status, StatusCode::SEE_OTHER);
    assert!(get(&world, &anna, &format!("/devices/{}", phone.id)).await.contains("data-state=\"queued\""));
}

#[tokio::test]
async fn what_phones_and_people_write_is_only_text() {
    let world = world().await;
    let mut phone = world.phone("</td><script>alert(1)</script>", "<img src=x>").await;
    phone.report(&world, vec![telegram("a\"><svg onload=x>")], None).await;
    let cookie = world.sign_in("<b>Anna</b>").await;
    let csrf = world.visit(Method::GET, "/devices", &cookie, "").await.csrf();
    let reason = form_urlencoded::byte_serialize(b"<u>why</u>").collect::<String>();
    let device = format!("/devices/{}", phone.id);
    let form = format!("reason={reason}&csrf={csrf}");
    world.visit(Method::POST, &format!("{device}/scan"), &cookie, &form).await;
    let report = format!("{device}/reports/1");
    for path in [
        "/devices",
        "/devices?q=%3Cscript%3E",
        &device,
        &report,
        "/audit",
        "/enrolment",
        "/people",
        "/account",
    ] {
        let page = get(&world, &cookie, path).await;
        for raw in ["<script>a", "<img", "<svg onload", "<b>A", "<b>f", "<u>", "Ministry <of>"] {
            assert!(!page.contains(raw), "{path} has {raw}");
        }
    }
}

#[tokio::test]
async fn every_page_is_in_both_languages_and_has_its_headers() {
    let world = world().await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![telegram("x")], None).await;
    let cookie = world.sign_in("Anna").await;
    let device = format!("/devices/{}", phone.id);
    let report = format!("{device}/reports/1");
    for path in
        ["/devices", &device, &report, "/audit", "/enrolment", "/packages", "/people", "/account", "/nothing"]
    {
        for (lang, word) in [("en", "Devices"), ("ru", "Устройства")] {
            let answer = world.visit(Method::GET, &format!("{path}?lang={lang}"), &cookie, "").await;
            assert!(
                answer.text.contains(&format!("<html lang=\"{lang}\">")) && answer.text.contains(word),
                "{path} {lang}"
            );
            let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
            assert!(!answer.text.contains(" style=") && !answer.text.contains("onclick"), "{path}");
        }
    }
    let russian = Request::get("/sign-in").header(header::ACCEPT_LANGUAGE, "ru-RU,ru;q=0.9,en;q=0.5");
    assert!(world.send(russian.body(Body::empty()).unwrap()).await.text.contains("<html lang=\"ru\">"));
}

#[tokio::test]
async fn the_audit_says_from_where_and_what_changed_and_is_searched() {
    let world = world().await;
    let phone = world.phone("R570E", "MF-1").await;
    let cookie = world.sign_in("Anna").await;
    let page = get(&world, &cookie, "/audit").await;
    assert!(page.contains("<code>192.0.2.7</code>"), "a phone's address");
    assert!(page.contains("<dt>model</dt><dd> <ins>R570E</ins></dd>"), "what there is since");
    let found =
        get(&world, &cookie, &format!("/audit?actor=&action=device.enrol&subject=device%3A{}", phone.id))
            .await;
    assert_eq!(found.matches("<td class=\"who\">").count(), 1, "{found}");
    assert!(found.contains("<option value=\"device.enrol\" selected>"));
    assert!(
        get(&world, &cookie, "/audit?actor=Anna")
            .await
            .contains("href=\"/audit?actor=Anna&amp;subject=person%3AAnna\"")
    );
    assert_eq!(get(&world, &cookie, "/audit?actor=nobody").await.matches("<td class=\"who\">").count(), 0);
}

#[tokio::test]
async fn every_figure_is_the_length_of_the_list_behind_it() {
    let world = world().await;
    for n in 0..3 {
        let mut phone = world.phone(&format!("M{n}"), "tag").await;
        if n > 0 {
            phone.report(&world, vec![], None).await;
        }
    }
    let cookie = world.sign_in("Anna").await;
    let page = get(&world, &cookie, "/devices").await;
    let mut figures = 0;
    for link in page.split("<a href=\"").skip(1).filter(|link| link.contains("data-count=\"")) {
        let address = link.split('"').next().unwrap().replace("&amp;", "&");
        let count: usize =
            link.split("data-count=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        let list = get(&world, &cookie, &address).await;
        assert_eq!(list.matches("<td class=\"name\">").count(), count, "{address}");
        figures += 1;
    }
    assert_eq!(figures, 5);
}

#[tokio::test]
async fn a_link_is_taken_back_on_its_page() {
    let world = world().await;
    let made = world.post("/tokens", &serde_json::json!({ "org": "minfin", "uses": 5 })).await.json();
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    let cookie = world.sign_in("Anna").await;
    for (lang, word) in [("en", "Revoke"), ("ru", "Отозвать")] {
        let page = get(&world, &cookie, &format!("/enrolment?lang={lang}")).await;
        assert!(page.contains(id) && page.contains("5 / 5") && page.contains(word), "{page}");
        assert!(!page.contains(token), "the token is shown once");
    }
    let path = format!("/enrolment/links/{id}/revoke");
    assert_eq!(world.visit(Method::POST, &path, &cookie, "").await.status, StatusCode::FORBIDDEN);
    let csrf = world.visit(Method::GET, "/enrolment", &cookie, "").await.csrf();
    let pressed = world.visit(Method::POST, &path, &cookie, &format!("csrf={csrf}")).await;
    assert_eq!(pressed.status, StatusCode::SEE_OTHER);
    assert!(!get(&world, &cookie, "/enrolment").await.contains(id));
    let again = world.visit(Method::POST, &path, &cookie, &format!("csrf={csrf}")).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/tokens").await.json()["tokens"], serde_json::json!([]));
}

#[tokio::test]
async fn a_ring_is_changed_on_its_page() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    assert!(get(&world, &cookie, "/packages").await.contains("muster agent-package add FILE"));
    world.add_package("?ring=1", include_bytes!("../../../apk/tests/apk/agent-0.1.0.apk")).await;
    let page = get(&world, &cookie, "/packages?lang=ru").await;
    assert!(page.contains("selected>одному телефону из ста"), "{page}");
    let csrf = world.visit(Method::GET, "/packages", &cookie, "").await.csrf();
    let form = format!("ring=10&csrf={csrf}");
    let changed = world.visit(Method::POST, "/packages/0.1.0/ring", &cookie, &form).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
    assert!(get(&world, &cookie, "/packages?lang=en").await.contains("selected>one phone in ten"));
    let unsigned = world.visit(Method::POST, "/packages/0.1.0/ring", &cookie, "ring=all").await;
    assert_eq!(unsigned.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_phone_whose_maker_stops_the_agent_is_told_from_one_that_is_silent() {
    let world = world().await;
    let (mut quiet, mut stopped) = (world.phone("P1", "MF-1").await, world.phone("P2", "MF-2").await);
    let mut ended = world.phone("P3", "MF-3").await;
    quiet.limits = vec![BackgroundLimit::BatteryOptimised];
    ended.work = Some(WorkFacts { took_ms: 900, stop_reason: Some(12), sent: None, received: None });
    stopped.limits = vec![BackgroundLimit::AutoStartDenied, BackgroundLimit::BatteryOptimised];
    stopped.work = Some(WorkFacts { took_ms: 1300, stop_reason: Some(10), sent: Some(1700), received: None });
    for phone in [&mut quiet, &mut stopped, &mut ended] {
        phone.report(&world, vec![], None).await;
    }
    let page = async |id: DeviceId, lang: &str| {
        let cookie = world.sign_in("Anna").await;
        get(&world, &cookie, &format!("/devices/{id}?lang={lang}")).await
    };
    let before = page(stopped.id, "en").await;
    assert!(!before.contains("stops the agent"), "it is not silent yet");
    for part in ["Last work of the agent", "the system’s quota", "sent"] {
        assert!(before.contains(part), "{part}: {before}");
    }
    world.clock.pass(Span::from_hours(80));
    crate::judge::due(&world.app).await.unwrap();
    let after = page(stopped.id, "en").await;
    assert!(after.contains("stops the agent: auto-start denied."), "{after}");
    assert!(after.contains("It also had: battery optimisation"), "{after}");
    let usual = page(quiet.id, "en").await;
    assert!(!usual.contains("stops the agent"), "every application has that: {usual}");
    assert!(usual.contains("It also had: battery optimisation"), "{usual}");
    assert!(page(stopped.id, "ru").await.contains("сам телефон: запрещён автозапуск."));
    let why = "stops the agent: its work was ended (the system put the agent aside)";
    assert!(page(ended.id, "en").await.contains(why));
    let device = world.get(&format!("/devices/{}", stopped.id)).await.json();
    assert_eq!(device["stopped_by"], serde_json::json!(["auto-start-denied"]));
    assert_eq!(device["also_limited"], serde_json::json!(["battery-optimised"]));
    let device = world.get(&format!("/devices/{}", ended.id)).await.json();
    assert_eq!(device["stopped_by"], serde_json::json!(["app-standby"]));
    let device = world.get(&format!("/devices/{}", stopped.id)).await.json();
    assert_eq!(device["work"]["took_ms"], 1300);
}

#[tokio::test]
async fn sources_that_disagree_are_shown() {
    let world = world().await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.change = |submods| {
        let sources = [(AppSource::Apm, Fact::Known(Read)), (AppSource::RpmDatabase, Fact::Known(Read))];
        submods.apps.sources.extend(sources);
    };
    let found = Sighting { also: [AppSource::Apm].into_iter().collect(), ..telegram("org.x") };
    phone.report(&world, vec![found], None).await;
    let device = world.get(&format!("/devices/{}", phone.id)).await.json();
    let sighting = &device["sightings"][0];
    assert_eq!((&sighting["source"], &sighting["also"]), (&json!("desktop-files"), &json!(["apm"])));
    assert_eq!(sighting["not_known_to"], json!(["rpm-database"]));
    assert_eq!(device["limited_sight"], json!(null));
    let cookie = world.sign_in("Anna").await;
    for (lang, found_in, not_known) in
        [("en", "APM, launchers", "not known to: RPM database"), ("ru", "APM, ярлыки", "не знает: база RPM")]
    {
        let page = get(&world, &cookie, &format!("/devices/{}?lang={lang}", phone.id)).await;
        assert!(page.contains(found_in) && page.contains(not_known), "{lang}: {page}");
    }
}

#[tokio::test]
async fn an_agent_in_an_application_package_says_what_it_was_not_let_see() {
    let world = world().await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.change = |submods| {
        submods.device.scope = Fact::Known(Scope::Sandbox);
        submods.device.encryption = Fact::Unknown(Reason::Denied);
        submods.apps.sources.insert(AppSource::RpmDatabase, Fact::Unknown(Reason::Denied));
    };
    phone.report(&world, vec![], None).await;
    let limited = &world.get(&format!("/devices/{}", phone.id)).await.json()["limited_sight"];
    let facts = json!(["brand", "encryption", "install_sources"]);
    assert_eq!((&limited["facts"], &limited["apps_sources"]), (&facts, &json!(["rpm-database"])));
    let cookie = world.sign_in("Anna").await;
    for (lang, mark, unseen) in [
        ("en", "application package: limited sight", "Inventory: RPM database"),
        ("ru", "пакет приложения: виден не весь телефон", "Перечень: база RPM"),
    ] {
        let page = get(&world, &cookie, &format!("/devices/{}?lang={lang}", phone.id)).await;
        let head = page.split("id=\"limited-sight\"").nth(1).expect("it stands beside the verdict");
        let head = head.split("</p>").next().unwrap();
        assert!(head.contains(mark) && head.contains(unseen), "{lang}: {head}");
    }
}

#[tokio::test]
async fn a_changed_report_is_seen() {
    let world = world().await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![], None).await;
    let cookie = world.sign_in("Anna").await;
    let device = format!("/devices/{}", phone.id);
    assert!(get(&world, &cookie, &device).await.contains("The signature holds"));
    // one bit of the signature: the message still parses
    let tampered = phone_bytes(&world).await;
    world
        .app
        .store
        .write(move |tx| tx.execute("UPDATE reports SET body = $1", &values![tampered]))
        .await
        .unwrap();
    assert!(get(&world, &cookie, &device).await.contains("The signature does not hold"));
}

#[tokio::test]
async fn a_link_from_a_letter_asks_once_more_from_here() {
    let world = world().await;
    let request = Request::get("/devices?verdict=failing").header("sec-fetch-site", "cross-site");
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert!(
        answer.text.contains("http-equiv=\"refresh\"") && answer.text.contains("/devices?verdict=failing"),
        "{}",
        answer.text
    );
    let answer = world.visit(Method::GET, "/devices", "", "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

async fn phone_bytes(world: &World) -> Vec<u8> {
    let body = |tx: &mut dyn Tx| {
        tx.query_one("SELECT body FROM reports", &[])?.ok_or(StoreError::Column("a report"))?.take()
    };
    let mut bytes: Vec<u8> = world.app.store.read(body).await.unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}
