//! Files of management systems through the API: what is kept of them, and what it does to verdicts.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use muster_proto::facts::{AppSource, Fact, Platform, Read};
use muster_proto::time::Span;
use serde_json::json;

use crate::auth::Actor;
use crate::http::testing::{Answer, World, telegram, world};
use crate::store::{StoreError, Tx};

const POLICY: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
rules:
  - { id: no-telegram, kind: messengers, deny: [telegram, whatsapp], grace: 72h }
  - { id: express, kind: messengers, require_any: [express], mode: warn }
assign:
  - org: minfin
";
const BY_TAG: &str = "device=Tag&device_is=asset-tag&application=App&version=Version&date=Date&delimiter=;";

async fn import(world: &World, query: &str, file: impl Into<Body>) -> Answer {
    let query = query.replace(';', "%3B");
    let request = Request::post(format!("/api/v1/inventory?{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token));
    world.send(request.body(file.into()).unwrap()).await
}

async fn policy(world: &World) {
    crate::policies::apply(&world.app, &Actor::system("test"), POLICY.to_owned(), false).await.unwrap();
}

async fn finding(world: &World, id: muster_proto::id::DeviceId, rule: &str) -> serde_json::Value {
    let device = world.get(&format!("/devices/{id}")).await.json();
    let findings = device["findings"].as_array().unwrap().clone();
    findings.into_iter().find(|finding| finding["rule"] == rule).unwrap()
}

/// The whole table, as text.
async fn stored(world: &World) -> String {
    let all = |tx: &mut dyn Tx| {
        let rows = tx.query("SELECT messenger || ' ' || package FROM told ORDER BY package", &[])?;
        rows.into_iter().map(|mut row| row.take::<String>()).collect::<Result<Vec<_>, StoreError>>()
    };
    world.app.store.read(all).await.unwrap().join(", ")
}

#[tokio::test]
async fn a_denied_messenger_breaks_the_rule_and_nothing_else_is_kept() {
    let world = world().await;
    policy(&world).await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![], None).await;
    let other = world.phone("R570E", "MF-2").await;
    world.clock.pass(Span::from_hours(2));
    assert_eq!(finding(&world, phone.id, "no-telegram").await["state"], "compliant");
    let file = "Tag;App;Version;Date\nmf-1;org.telegram.messenger;11.2;2026-03-28 10:00\nMF-1;ru.bank.secret;1;2026-03-28 10:00\n\
                MF-1;ru.unlimitedtech.express;3;2026-03-28 10:00\nMF-9;ru.bank.secret;1;2026-03-28 10:00\n";
    let asked = import(&world, &format!("{BY_TAG}&dry_run=true"), file).await.json();
    assert_eq!((&asked["changed"], &asked["dry_run"]), (&json!(1), &json!(true)));
    assert_eq!(stored(&world).await, "", "it was only asked");
    let done = import(&world, BY_TAG, file).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let unknown = json!([{ "name": "MF-9", "line": 5, "several": false }]);
    let done = done.json();
    assert_eq!((&done["rows"], &done["devices"], &done["unknown_devices"]), (&json!(4), &json!(1), &unknown));
    assert_eq!(stored(&world).await, "telegram org.telegram.messenger, express ru.unlimitedtech.express");

    let found = finding(&world, phone.id, "no-telegram").await;
    assert_eq!((&found["state"], &found["since"]), (&json!("grace"), &json!("2026-03-28T10:00:00Z")));
    let shown = &found["evidence"][0];
    let said = "org.telegram.messenger 11.2 (management system, as of 2026-03-28T10:00:00Z)";
    assert_eq!((&shown["what"], &shown["value"]), (&json!("apps.telegram"), &json!(said)));
    assert_eq!(shown["report"], json!(null), "no report shows it");
    let express = finding(&world, phone.id, "express").await;
    assert_eq!(express["state"], "failing", "the word of others makes no rule kept: {express}");
    let device = world.get(&format!("/devices/{}", phone.id)).await.json();
    assert_eq!(device["told"][1]["messenger"], "telegram");
    let edges = device["edges"].as_array().unwrap();
    let edge = edges.iter().find(|edge| edge["to"] == "grace").unwrap();
    assert_eq!(edge["at"], "2026-03-28T11:00:00Z", "it changed when it was brought here");

    // a report doesn't silence it, and the clock judges with it
    phone.report(&world, vec![], None).await;
    assert_eq!(finding(&world, phone.id, "no-telegram").await["state"], "grace");
    for _ in 0..4 {
        world.clock.pass(Span::from_hours(20));
        phone.report(&world, vec![], None).await;
    }
    assert_eq!(finding(&world, phone.id, "no-telegram").await["state"], "failing");
    crate::judge::due(&world.app).await.unwrap();
    let looser = POLICY.replace("72h", "720h");
    let plan = crate::policies::plan(&world.app, &Actor::system("test"), &looser, false).await.unwrap();
    assert_eq!(plan.devices.total, 1, "a plan sees it too");

    let audit = world.get("/audit").await.text;
    assert!(
        audit.contains("inventory.import") && !audit.contains("secret") && !audit.contains("telegram.mess")
    );
    // the other phone keeps what it has, and this one is listed with nothing that is watched
    let cleared = import(&world, BY_TAG, "Tag;App;Version;Date\nMF-1;;;\n").await.json();
    assert_eq!((&cleared["devices"], &cleared["changed"]), (&json!(1), &json!(1)), "{cleared}");
    assert_eq!(finding(&world, phone.id, "no-telegram").await["state"], "compliant");
    let nothing = world.get(&format!("/devices/{}", other.id)).await.json();
    assert_eq!(nothing["told"], json!([]));
}

#[tokio::test]
async fn what_was_said_is_replaced_by_device_and_can_be_forgotten() {
    let world = world().await;
    policy(&world).await;
    let (mut one, mut two) = (world.phone("A", "T1").await, world.phone("B", "T2").await);
    one.report(&world, vec![], None).await;
    two.change = |submods| {
        submods.device.platform = Fact::Known(Platform::Android);
        submods.apps.sources.insert(AppSource::PackageManager, Fact::Known(Read));
    };
    two.report(&world, vec![], None).await;
    let by_id = "device=id&device_is=id&application=app";
    let file = format!("app,id\ncom.whatsapp,{}\ndepecher,{}\ncom.whatsapp,{0}\n", one.id, two.id);
    let done = import(&world, by_id, file).await.json();
    assert_eq!((&done["devices"], &done["applications"]), (&json!(2), &json!(1)), "{done}: not Android's id");
    let file = format!("app,id\norg.telegram.messenger,{}\n", two.id);
    import(&world, by_id, file).await;
    assert_eq!(stored(&world).await, "whatsapp com.whatsapp, telegram org.telegram.messenger");
    assert_eq!(finding(&world, two.id, "no-telegram").await["state"], "grace");
    let gone = world.post(&format!("/inventory/{}/forget", two.id), &json!({})).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
    assert_eq!(stored(&world).await, "whatsapp com.whatsapp");
    assert_eq!(world.post(&format!("/inventory/{}/forget", "ab".repeat(16)), &json!({})).await.status, 404);
    let empty = import(&world, by_id, "app,id\n").await.json();
    assert_eq!((&empty["rows"], &empty["changed"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn of_several_rows_the_oldest_says_since_when_and_the_newest_which_version() {
    let world = world().await;
    policy(&world).await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![], None).await;
    world.clock.pass(Span::from_hours(8));
    let row =
        |version: &str, hour: &str| format!("MF-1;org.telegram.messenger;{version};2026-03-28 {hour}:00\n");
    let file = ["Tag;App;Version;Date\n", &row("2", "12"), &row("1", "10"), &row("3", "14"), &row("2", "13")];
    let done = import(&world, BY_TAG, file.concat()).await.json();
    assert_eq!((&done["rows"], &done["applications"]), (&json!(4), &json!(1)), "{done}");
    let found = finding(&world, phone.id, "no-telegram").await;
    assert_eq!((&found["state"], &found["since"]), (&json!("grace"), &json!("2026-03-28T10:00:00Z")));
    let said = "org.telegram.messenger 3 (management system, as of 2026-03-28T10:00:00Z)";
    assert_eq!(found["evidence"][0]["value"], said);
}

#[tokio::test]
async fn a_file_is_taken_in_whole_or_not_at_all() {
    let world = world().await;
    for _ in 0..2 {
        world.phone("R570E", "MF-1").await;
    }
    let head = "Tag;App;Version;Date\n";
    let good = "MF-1;org.telegram.messenger;1;2026-03-28\n";
    for (file, query, code, named) in [
        (format!("{head}{good};x;1;2026-03-28\n"), BY_TAG, "inventory-rows", "line 3: no device"),
        (format!("{head}{good}MF-1;secret;1;soon\n"), BY_TAG, "inventory-rows", "line 3: the date"),
        (format!("{head}{good}MF-1;secret\n"), BY_TAG, "inventory-rows", "line 3: 2 columns instead of 4"),
        (
            format!("{head}{good};x;1;1\n").replace('\n', "\r\n"),
            BY_TAG,
            "inventory-rows",
            "line 3: no device",
        ),
        (format!("{head}\r\n\r\n{good}x\r\n"), BY_TAG, "inventory-rows", "line 5: 1 columns"),
        (
            format!("{head}{good}MF-1;secret;1;\"2026-03-28\n{good}{good}"),
            BY_TAG,
            "inventory-rows",
            "line 3: a line",
        ),
        (format!("{head}{good}MF-1;\"sec\nret\";1;2026-03-28\n"), BY_TAG, "inventory-rows", "line 3: a line"),
        (format!("Tag;App;Version;Date;\"\n{good}"), BY_TAG, "inventory-rows", "line 1: a line"),
        (head.replace("Date", "When"), BY_TAG, "inventory-columns", "date: the file has no column"),
        (
            head.replace("Version", "App"),
            BY_TAG,
            "inventory-columns",
            "application: the file has more than one",
        ),
        (head.to_owned(), "device=Tag&device_is=imei&application=App", "malformed", ""),
        (head.to_owned(), &format!("{BY_TAG}&time_zone=Mars"), "inventory-layout", "time_zone"),
        (head.to_owned(), &BY_TAG.replace(';', "x"), "inventory-layout", "delimiter"),
    ] {
        let refused = import(&world, query, file).await;
        let problem = refused.json();
        assert!(refused.status.is_client_error() && problem["code"] == code, "{problem}");
        assert!(refused.text.contains(named) && !refused.text.contains("secret"), "{problem}");
    }
    assert_eq!(stored(&world).await, "");
    let several = import(&world, BY_TAG, format!("{head}{good}")).await.json();
    assert_eq!(several["unknown_devices"], json!([{ "name": "MF-1", "line": 2, "several": true }]));
    let nobody = Request::post(format!("/api/v1/inventory?{}", BY_TAG.replace(';', "%3B")));
    assert_eq!(world.send(nobody.body(Body::from(good)).unwrap()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_page_shows_who_says_so() {
    let world = world().await;
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(&world, vec![telegram("org.x")], None).await;
    // `Ярлык` in windows-1251, and no date: what is seen is seen now
    let mut file = b"\xdf\xf0\xeb\xfb\xea,App\r\n".to_vec();
    file.extend_from_slice(b"MF-1,com.whatsapp\r\n");
    let query =
        "device=%D0%AF%D1%80%D0%BB%D1%8B%D0%BA&device_is=asset-tag&application=App&encoding=windows-1251";
    let done = import(&world, query, file).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let cookie = world.sign_in("Anna").await;
    for (lang, said) in [("en", "management system, "), ("ru", "система управления, ")] {
        let page = world
            .visit(axum::http::Method::GET, &format!("/devices/{}?lang={lang}", phone.id), &cookie, "")
            .await
            .text;
        assert!(page.contains(said) && page.contains("com.whatsapp"), "{page}");
    }
}

#[tokio::test]
async fn what_was_said_is_forgotten_by_the_tag_as_people_write_it() {
    let world = world().await;
    policy(&world).await;
    let phone = world.phone("R570E", "МФ-0017").await;
    for tag in ["МФ-2", "мф-2"] {
        world.phone("R570E", tag).await;
    }
    let file = "Tag;App;Version;Date\nмф-0017;org.telegram.messenger;11.2;2026-03-28 10:00\n";
    assert_eq!(import(&world, BY_TAG, file).await.status, StatusCode::OK);
    let forget = async |name: &str| {
        let name: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = world.post(&format!("/inventory/{name}/forget"), &json!({})).await;
        (answer.status, answer.text)
    };
    let (status, text) = forget("МФ-2").await;
    assert!(status == StatusCode::CONFLICT && text.contains("several-devices"), "{text}");
    assert_eq!(forget("МФ-9").await.0, StatusCode::NOT_FOUND);
    assert_eq!(forget(&"0".repeat(32)).await.0, StatusCode::NOT_FOUND, "an id of none");
    assert_ne!(stored(&world).await, "");
    assert_eq!(forget("мф-0017 ").await.0, StatusCode::NO_CONTENT);
    assert_eq!(stored(&world).await, "");
    assert_eq!(forget(&phone.id.to_string()).await.0, StatusCode::NO_CONTENT);
}
