//! The list in the console: columns and order in the address, files of exactly what is shown, and what is done with many.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::http::console::scans::tests::found;
use crate::http::testing::{World, world};

async fn get(world: &World, cookie: &str, path: &str) -> String {
    let answer = world.visit(Method::GET, path, cookie, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.text
}

#[tokio::test]
async fn columns_and_order_stand_in_the_address_and_the_file_has_the_same() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    for (model, tag) in [("A", "2"), ("B", "1"), ("A", "1")] {
        world.phone(model, tag).await;
    }
    let labels = json!({ "query": "model:B", "set": { "role": "minister" } });
    assert_eq!(world.post("/devices/labels", &labels).await.json()["changed"], 1);
    let said = "columns=asset_tag,labels&sort=model&sort=-tag&sort=-model&sort=&lang=en";
    let page = get(&world, &cookie, &format!("/devices?{said}")).await;
    assert!(page.contains("role=minister") && page.contains("aria-sort=\"ascending\""), "{page}");
    assert!(!page.contains("td class=\"system\"") && !page.contains("td class=\"until"), "{page}");
    let file = "/api/v1/devices?sort=model%2C-tag&amp;columns=id%2Casset_tag%2Clabels&amp;format=";
    assert!(page.contains(&format!("{file}csv")) && page.contains(&format!("{file}ndjson")), "{page}");
    let table = get(&world, &cookie, &format!("{}csv", file.replace("&amp;", "&"))).await;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], r#""id","asset_tag","labels""#);
    let ends: Vec<&str> = lines[1..].iter().map(|line| &line[35..]).collect();
    assert_eq!(ends, [r#""2","""#, r#""1","""#, r#""1","role=minister""#], "{table}");
    let lines = get(&world, &cookie, &format!("{}ndjson", file.replace("&amp;", "&"))).await;
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((last.as_object().unwrap().len(), &last["labels"]["role"]), (3, &json!("minister")));
    for (path, code) in
        [("columns=colour", "bad-columns"), ("sort=colour", "bad-sort"), ("verdict=x", "malformed")]
    {
        let wrong = world.visit(Method::GET, &format!("/devices?{path}"), &cookie, "").await;
        assert!(wrong.status == StatusCode::BAD_REQUEST && wrong.text.contains(code), "{}", wrong.text);
    }
    let page = world.get("/devices?columns=id").await;
    assert_eq!((page.status, page.json()["code"].as_str()), (StatusCode::BAD_REQUEST, Some("malformed")));
}

/// What a browser sends where the form for columns and order is sent as it is.
fn as_it_is(page: &str) -> String {
    let form =
        page.split("details class=\"view\"").nth(1).and_then(|rest| rest.split("</form>").next()).unwrap();
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
        value.map(|value| {
            value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
        })
    };
    let (mut said, mut select) = (form_urlencoded::Serializer::new(String::new()), None);
    for tag in form.split('<').filter_map(|tag| tag.split('>').next()) {
        if tag.starts_with("input") && (!tag.contains("checkbox") || tag.contains(" checked")) {
            said.append_pair(&attribute(tag, "name").unwrap(), &attribute(tag, "value").unwrap());
        } else if tag.starts_with("select") {
            select = attribute(tag, "name");
        } else if tag.starts_with("option") && tag.contains(" selected") {
            said.append_pair(select.as_deref().unwrap(), &attribute(tag, "value").unwrap());
        }
    }
    said.finish()
}

#[tokio::test]
async fn the_form_for_columns_and_order_keeps_all_that_it_does_not_set() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let phone = world.phone("A", "1").await;
    for (said, file) in [
        ("q=silent%3C2d+-model:b&org=minfin&verdict=unknown", None),
        ("columns=verdict,asset_tag,status&sort=-maker,platform,-tag,model", None),
        ("columns=manufacturer,labels&sort=maker", Some("id%2Cmanufacturer%2Clabels")),
        ("columns=model,verdict,manufacturer", Some("id%2Cmodel%2Cverdict%2Cmanufacturer")),
        ("columns=os_version,manufacturer,model,id", Some("id%2Cos_version%2Cmanufacturer%2Cmodel")),
    ] {
        let page = get(&world, &cookie, &format!("/devices?{said}")).await;
        assert!(page.contains(&phone.id.to_string()), "{said}: {page}");
        let links = |page: &str| {
            page.split("href=\"/api/v1/devices?").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        let sent = get(&world, &cookie, &format!("/devices?{}", as_it_is(&page))).await;
        assert_eq!(links(&page), links(&sent), "{said}: {}", as_it_is(&page));
        assert!(
            file.is_none_or(|file| links(&sent).contains(&format!("columns={file}&"))),
            "{}",
            links(&sent)
        );
    }
}

#[tokio::test]
async fn what_is_ticked_or_all_of_the_list_is_labelled_and_scanned_once_it_is_confirmed() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let phones =
        [world.phone("A", "tag-1").await, world.phone("A", "tag-2").await, world.phone("B", "tag-3").await];
    let page = world.visit(Method::GET, "/devices?q=model:A", &cookie, "").await;
    let csrf = page.csrf();
    assert!(page.text.contains(&format!("name=\"device\" value=\"{}\"", phones[0].id)), "{}", page.text);
    let act = async |said: &str| {
        world.visit(Method::POST, "/devices/act?lang=en", &cookie, &format!("csrf={csrf}&{said}")).await
    };
    let ticked = format!("q=model%3AA&device={}&device={}", phones[0].id, phones[2].id);
    let asked = act(&format!("{ticked}&do=label")).await.text;
    assert!(
        asked.contains("data-count=\"2\"") && asked.contains("tag-3") && !asked.contains("tag-2"),
        "{asked}"
    );
    let all = act(&format!("{ticked}&all=1&do=scan")).await.text;
    assert!(all.contains("Scan of 2 devices") && all.contains("tag-2") && !all.contains("tag-3"), "{all}");
    assert_eq!(
        act("q=model%3AA&do=scan").await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing is ticked"
    );
    assert_eq!(act(&format!("{ticked}&do=erase")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get("/scans").await.json()["scans"], json!([]), "nobody was asked yet");
    let form = format!(
        "csrf={csrf}&names={};{}&set=role%3Dminister+site%3Dmsk&remove=old",
        phones[0].id, phones[2].id
    );
    let early = world.visit(Method::POST, "/devices/label?lang=en", &cookie, &form).await;
    assert!(early.status == StatusCode::CONFLICT && early.text.contains("role=minister site=msk"));
    assert!(world.get("/audit?action=device.label").await.json()["entries"].as_array().unwrap().is_empty());
    let form = format!("{form}&found={}", found(&asked));
    let done = world.visit(Method::POST, "/devices/label?lang=en", &cookie, &form).await;
    assert!(done.text.contains("2 devices have other labels now"), "{}", done.text);
    let again = world.visit(Method::POST, "/devices/label?lang=en", &cookie, &form).await;
    assert!(
        again.text.contains("data-count=\"0\"") && again.text.contains("had them already"),
        "{}",
        again.text
    );
    let audit = world.get("/audit?action=device.label").await.json();
    assert_eq!(audit["entries"].as_array().unwrap().len(), 2, "one for each: {audit}");
    let wrong = world.visit(Method::POST, "/devices/label", &cookie, &form.replace("site", "SITE")).await;
    assert!(wrong.text.contains("bad-label"), "{}", wrong.text);
}

#[tokio::test]
async fn labels_of_one_device_are_given_and_taken_on_its_page() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    let phone = world.phone("A", "tag-1").await;
    let path = format!("/devices/{}", phone.id);
    let csrf = world.visit(Method::GET, &path, &cookie, "").await.csrf();
    let change = async |said: &str| {
        let form = format!("csrf={csrf}&{said}");
        world.visit(Method::POST, &format!("{path}/labels"), &cookie, &form).await
    };
    assert_eq!(change("set=role%3Dminister").await.status, StatusCode::SEE_OTHER);
    let page = get(&world, &cookie, &path).await;
    assert!(page.contains("/devices?q=label%3Arole%3Dminister"), "{page}");
    assert_eq!(change("remove=role").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get(&format!("/devices/{}", phone.id)).await.json()["labels"], json!({}));
    assert!(change("set=role").await.text.contains("bad-label"));
    let many: String = (0..17).map(|nth| format!("a{nth}%3D1+")).collect();
    assert!(change(&format!("set={many}")).await.text.contains("bad-label"));
    let version = world.get(&format!("/devices/{}/labels", phone.id)).await;
    assert!(version.headers.get("etag").is_some());
}
