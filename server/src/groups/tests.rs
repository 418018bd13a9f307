//! Groups in queries: in lists and scans, in a branch, and what is refused.

use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::auth::{Actor, Grant, Reach, Right, Role};
use crate::devices::labels::{self, LabelMany};
use crate::http::testing::{Answer, World, world};
use crate::orders::{self, LeftOut};
use crate::store::values;

pub(super) async fn group(world: &World, id: &str, query: &str, org: Option<&str>) -> Value {
    let body = json!({ "id": id, "title": { "en": id, "ru": id }, "query": query, "org": org });
    let made = world.post("/groups", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()
}

async fn change(world: &World, version: &str, change: &Value) -> Answer {
    let request = Request::patch("/api/v1/groups/vip")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::IF_MATCH, version)
        .header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(change.to_string().into()).unwrap()).await
}

async fn found(world: &World, query: &str) -> Vec<String> {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let page = world.get(&format!("/devices?q={query}&sort=tag&counts=true")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let page = page.json();
    let tags: Vec<String> = page["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["asset_tag"].as_str().unwrap().to_owned())
        .collect();
    let counted: u64 = page["counts"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(counted, tags.len() as u64, "figures say what the list says");
    tags
}

#[tokio::test]
async fn a_group_stands_for_its_query() {
    let world = world().await;
    let below = json!({ "id": "tax", "title": "Tax", "parent": "minfin" });
    assert_eq!(world.post("/orgs", &below).await.status, StatusCode::CREATED);
    let other = json!({ "id": "other", "title": "Other" });
    assert_eq!(world.post("/orgs", &other).await.status, StatusCode::CREATED);
    for (org, model, tag) in
        [("minfin", "R570E", "1"), ("tax", "R570E", "2"), ("other", "R570E", "3"), ("tax", "T1", "4")]
    {
        world.phone_in(org, model, tag).await;
    }
    let labelled =
        world.post("/devices/labels", &json!({ "devices": ["1", "3"], "set": { "role": "minister" } })).await;
    assert_eq!(labelled.json()["changed"], 2, "{}", labelled.text);
    group(&world, "r570", "model:R570E", None).await;
    group(&world, "ours", "model:R570E", Some("minfin")).await;
    group(&world, "vip", "label:role=minister", None).await;
    group(&world, "gone", "status:retired", None).await;
    group(&world, "unknown", "verdict:unknown", None).await;
    group(&world, "failing", "verdict:failing", None).await;
    for (query, tags) in [
        ("group:r570", &["1", "2", "3"][..]),
        ("group:ours", &["1", "2"]),
        ("group:vip", &["1", "3"]),
        ("-group:vip", &["2", "4"]),
        ("-group:ours", &["3", "4"]),
        ("group:vip,ours", &["1", "2", "3"]),
        ("group:ours -group:vip", &["2"]),
        ("group:vip org:minfin", &["1"]),
        ("label:role", &["1", "3"]),
        ("-label:role=minister", &["2", "4"]),
        ("label:role=clerk", &[]),
        ("group:gone", &[]),
        ("group:failing", &[]),
        ("verdict:failing", &[]),
        ("verdict:failing org:minfin", &[]),
        ("group:unknown verdict:failing", &[]),
        ("-group:failing verdict:compliant,grace,unknown,exempt", &["1", "2", "3", "4"]),
    ] {
        assert_eq!(found(&world, query).await, tags, "{query}");
    }
    let scan = world.post("/scans", &json!({ "query": "group:vip", "reason": "a look" })).await.json();
    assert_eq!((&scan["devices"], &scan["query"]), (&json!(2), &json!("group:vip")));
    let list = world.get("/groups?counts=true").await.json();
    let counted = |id: &str| {
        list["groups"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["devices"].clone()
    };
    assert_eq!((counted("vip"), counted("ours"), counted("gone")), (json!(2), json!(2), json!(0)));
    let unknown = world.get("/devices?q=group:nobody").await;
    assert_eq!(
        (unknown.status, unknown.json()["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("bad-query"))
    );
}

/// An operator of one branch who reads another.
async fn of_a_branch(world: &World) -> Actor {
    let of = |role, org: &str| Grant { role, org: Some(org.to_owned()) };
    let grants = vec![of(Role::Operator, "minfin"), of(Role::Auditor, "other")];
    let reach = world.app.store.read(move |tx| Reach::of(tx, grants)).await.unwrap();
    Actor::token("branch").with(reach)
}

#[tokio::test]
async fn whoever_reads_a_group_can_name_it_and_asks_their_own_alone() {
    let world = world().await;
    world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
    for (org, tag) in [("minfin", "1"), ("other", "2")] {
        world.phone_in(org, "R570E", tag).await;
    }
    group(&world, "theirs", "", Some("other")).await;
    let branch = of_a_branch(&world).await;
    let query = Some("model:R570E -group:theirs".to_owned());
    let asked = orders::whom(&world.app, &branch, Right::Scan, None, query).await.unwrap();
    assert_eq!(asked.devices.len(), 1);
    let query = Some("group:theirs".to_owned());
    let asked = orders::whom(&world.app, &branch, Right::Scan, None, query).await.unwrap();
    assert_eq!(asked.devices.len(), 0, "they are another branch's");
}

#[tokio::test]
async fn what_is_left_out_is_said_with_the_reason() {
    let world = world().await;
    world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
    let gone = world.phone_in("minfin", "R570E", "4").await.id;
    for (org, tag) in [("minfin", "1"), ("other", "2"), ("other", "3")] {
        world.phone_in(org, "R570E", tag).await;
    }
    let sql = "UPDATE devices SET status = 'retired' WHERE id = $1";
    world.app.store.write(move |tx| tx.execute(sql, &values![gone])).await.unwrap();
    let branch = of_a_branch(&world).await;
    let many = |devices: Option<&[String]>, query: Option<&str>| LabelMany {
        devices: devices.map(<[String]>::to_vec),
        query: query.map(str::to_owned),
        set: [("role".to_owned(), "minister".to_owned())].into(),
        ..LabelMany::default()
    };
    let all = many(None, Some("model:R570E status:active,retired"));
    let done = labels::edit_many(&world.app, &branch, all).await.unwrap();
    assert_eq!((done.changed, done.left_out), (1, LeftOut { elsewhere: 2, inactive: 1 }));
    let plain = labels::edit_many(&world.app, &branch, many(None, Some("model:R570E"))).await.unwrap();
    assert_eq!((plain.unchanged, plain.left_out), (1, LeftOut { elsewhere: 2, inactive: 0 }));
    let names = ["1", "2", "5", &gone.to_string()].map(str::to_owned);
    let named = labels::edit_many(&world.app, &branch, many(Some(&names), None)).await.unwrap();
    let said = (named.unchanged, named.elsewhere, named.unknown, named.inactive);
    assert_eq!(said, (1, vec!["2".to_owned()], vec!["5".to_owned()], vec![gone]));
    assert_eq!(named.left_out, LeftOut::default());
    let everybody = Actor::system("test");
    let everywhere = labels::edit_many(&world.app, &everybody, many(None, Some("model:R570E"))).await;
    assert_eq!(everywhere.unwrap().left_out, LeftOut::default());
}

#[tokio::test]
async fn what_others_call_theirs_hides_none_of_ones_own() {
    let world = world().await;
    world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
    let own = world.phone_in("minfin", "R570E", "MF-1").await.id;
    world.phone_in("other", "R570E", "MF-1").await;
    let grants = vec![Grant { role: Role::Operator, org: Some("minfin".to_owned()) }];
    let reach = world.app.store.read(move |tx| Reach::of(tx, grants)).await.unwrap();
    let branch = Actor::token("branch").with(reach);
    for name in ["MF-1", "mf-1"] {
        let named = Some(vec![name.to_owned()]);
        let asked = orders::whom(&world.app, &branch, Right::Scan, named, None).await.unwrap();
        assert_eq!(asked.devices.into_iter().collect::<Vec<_>>(), [own], "{name}");
        assert_eq!(crate::devices::find(&world.app, &branch, name).await.unwrap().id, own, "{name}");
    }
    let (everybody, named) = (Actor::system("test"), Some(vec!["MF-1".to_owned()]));
    let all = orders::whom(&world.app, &everybody, Right::Scan, named, None).await.unwrap();
    assert_eq!(all.unknown, ["MF-1"], "it is two for whoever sees both");
}

#[tokio::test]
async fn a_query_that_compares_with_too_much_is_refused() {
    let world = world().await;
    let words = |nth: usize| (0..16).map(|word| format!("w{nth}x{word}")).collect::<Vec<_>>().join(" ");
    let mut names = Vec::new();
    for nth in 0..80 {
        names.push(format!("g{nth}"));
        group(&world, &names[nth], &words(nth), None).await;
    }
    // a word is looked for in six places and as the beginning of an id
    let few = vec![format!("group:{}", names[..32].join(",")); 3].join(" ");
    assert_eq!(found(&world, &few).await, [""; 0], "what is said three times counts once");
    let many = format!(
        "group:{} group:{} group:{}",
        names[..32].join(","),
        names[32..64].join(","),
        names[64..].join(",")
    );
    for path in ["/devices?q=", "/devices?counts=true&q="] {
        let query: String = form_urlencoded::byte_serialize(many.as_bytes()).collect();
        let refused = world.get(&format!("{path}{query}")).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("bad-query"))
        );
    }
    let new = json!({ "query": many, "reason": "x", "every": "day", "at": "09:30" });
    assert_eq!(world.post("/schedules", &new).await.json()["code"], "bad-query");
}

#[tokio::test]
async fn what_is_no_group_is_refused() {
    let world = world().await;
    group(&world, "vip", "label:role=minister", None).await;
    for (change, code) in [
        (json!({ "id": "vip" }), "group-exists"),
        (json!({ "id": "V I P" }), "bad-id"),
        (json!({ "title": { "en": "", "ru": "x" } }), "bad-title"),
        (json!({ "query": "group:vip" }), "bad-query"),
        (json!({ "query": "-group:vip" }), "bad-query"),
        (json!({ "query": "verdict:purple" }), "bad-query"),
        (json!({ "sort": "colour" }), "bad-sort"),
        (json!({ "columns": ["id", "colour"] }), "bad-columns"),
        (json!({ "org": "nobody" }), "not-found"),
    ] {
        let mut body = json!({ "id": "x", "title": { "en": "x", "ru": "x" }, "query": "" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = world.post("/groups", &body).await;
        assert_eq!(refused.json()["code"], code, "{}", refused.text);
    }
}

#[tokio::test]
async fn a_group_is_changed_from_what_was_seen_and_taken_away() {
    let world = world().await;
    group(&world, "vip", "label:role=minister", None).await;
    let shown = world.get("/groups/vip").await;
    let version = shown.headers["etag"].to_str().unwrap().to_owned();
    let wanted =
        json!({ "query": "label:role=deputy", "columns": ["asset_tag", "labels"], "sort": "org,-seen" });
    let changed = change(&world, &version, &wanted).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert_eq!(changed.json()["columns"], json!(["asset_tag", "labels"]));
    let late = change(&world, &version, &json!({ "query": "" })).await;
    assert_eq!(late.json()["code"], "other-version");
    assert_eq!(world.delete("/groups/vip").await.status, StatusCode::OK);
    assert_eq!(world.get("/groups/vip").await.status, StatusCode::NOT_FOUND);
    let audit = world.get("/audit?action=group.edit").await.json();
    assert_eq!(audit["entries"].as_array().unwrap().len(), 1, "{audit}");
}

#[tokio::test]
async fn the_console_makes_groups_and_changes_them_without_scripts() {
    let world = world().await;
    let cookie = world.sign_in("Anna").await;
    world.phone("R570E", "MF-1").await;
    let page = world.visit(Method::GET, "/groups?lang=en", &cookie, "").await;
    assert!(page.text.contains("muster group add"), "{}", page.text);
    let csrf = page.csrf();
    let form = format!(
        "csrf={csrf}&id=r570&title_en=Tablets&title_ru=%D0%9F&q=model%3AR570E&sort=tag&columns=asset_tag"
    );
    let made = world.visit(Method::POST, "/groups", &cookie, &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = world.visit(Method::GET, "/groups?lang=en", &cookie, "").await.text;
    assert!(page.contains("Tablets") && page.contains("data-count=\"1\""), "{page}");
    assert!(page.contains("/devices?q=group%3Ar570&amp;sort=tag&amp;columns=asset_tag"), "{page}");
    let form = format!("csrf={csrf}&title_en=Old+tablets&title_ru=%D0%9F&q=model%3AR570E");
    let changed = world.visit(Method::POST, "/groups/r570", &cookie, &form).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text);
    assert_eq!(world.get("/groups/r570").await.json()["title"]["en"], "Old tablets");
    let asked =
        world.visit(Method::POST, "/groups/r570/remove?lang=en", &cookie, &format!("csrf={csrf}")).await;
    assert!(asked.text.contains("Take this group away?"), "{}", asked.text);
    let sure = format!("csrf={csrf}&sure=1");
    let gone = world.visit(Method::POST, "/groups/r570/remove", &cookie, &sure).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get("/groups").await.json()["groups"], json!([]));
}

#[tokio::test]
async fn a_group_that_schedules_name_stays_until_they_are_over() {
    let world = world().await;
    group(&world, "vip", "", Some("minfin")).await;
    group(&world, "vip-2", "", Some("minfin")).await;
    world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
    let mut made = Vec::new();
    for (query, org, reason) in [
        ("group:vip model:R570E", Some("minfin"), "each morning"),
        ("-group:vip-2,vip", None, "all others"),
        ("group:vip-2", Some("minfin"), "nobody of them"),
    ] {
        let new = json!({ "query": query, "reason": reason, "org": org, "every": "day", "at": "09:30" });
        let answer = world.post("/schedules", &new).await;
        made.push(answer.json()["id"].as_str().unwrap().to_owned());
    }
    let refused = world.delete("/groups/vip").await;
    let problem = refused.json();
    assert_eq!((refused.status, &problem["code"]), (StatusCode::CONFLICT, &json!("group-in-use")));
    let detail = problem["detail"].as_str().unwrap();
    for said in [&made[0], "each morning", &made[1], "all others"] {
        assert!(detail.contains(said), "{detail}");
    }
    assert!(!detail.contains(&made[2]), "it names another: {detail}");
    let branch = of_a_branch(&world).await;
    let detail = super::remove(&world.app, &branch, "vip").await.unwrap_err().to_string();
    assert!(detail.contains(&made[0]) && detail.contains("and 1 that the caller"), "{detail}");
    assert!(!detail.contains(&made[1]) && !detail.contains("all others"), "{detail}");
    let cookie = world.sign_in("Anna").await;
    let csrf = world.visit(Method::GET, "/groups", &cookie, "").await.csrf();
    let form = format!("csrf={csrf}&sure=1");
    let page = world.visit(Method::POST, "/groups/vip/remove?lang=en", &cookie, &form).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text);
    assert!(page.text.contains("name this group") && page.text.contains(&made[0]), "{}", page.text);
    assert_eq!(world.get("/groups/vip").await.status, StatusCode::OK, "it is there");
    for id in &made[..2] {
        assert_eq!(world.post(&format!("/schedules/{id}/end"), &json!({})).await.status, StatusCode::OK);
    }
    assert_eq!(world.delete("/groups/vip").await.status, StatusCode::OK);
}
