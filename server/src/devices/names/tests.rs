//! Names that nobody has: what refuses them, what whoever has a branch is told, and what goes on with what was kept.

use axum::http::{Method, StatusCode};
use muster_proto::time::Span;
use serde_json::json;

use super::{Names, check_names};
use crate::auth::{Actor, Grant, Reach, Role};
use crate::error::ActionError;
use crate::http::testing::{Answer, World, telegram, world};
use crate::store::{Batch, Lock, Row, StoreError, Tx, Value};
use crate::{policies, schedules};

const POLICY: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
rules:
  - { id: messengers, kind: messengers, deny: [telegram], grace: 72h }
";

async fn apply(world: &World, text: &str) {
    policies::apply(&world.app, &Actor::system("test"), text.to_owned(), true).await.unwrap();
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn list(world: &World, query: &str) -> Answer {
    world.get(&format!("/devices?q={}", encoded(query))).await
}

fn assert_refused(answer: &Answer, name: &str) {
    let problem = answer.json();
    assert_eq!(
        (answer.status, problem["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("bad-query")),
        "{problem}"
    );
    assert_eq!(problem["detail"].as_str(), Some(format!("there is no {name}").as_str()));
}

/// Somebody who operates one branch.
async fn of_a_branch(world: &World) -> Actor {
    let grants = vec![Grant { role: Role::Operator, org: Some("minfin".to_owned()) }];
    let reach = world.app.store.read(move |tx| Reach::of(tx, grants)).await.unwrap();
    Actor::token("branch").with(reach)
}

#[tokio::test]
async fn what_nobody_has_is_no_list_without_devices() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    for (query, name) in [
        ("org:nobody", "organisation \"nobody\""),
        ("org=nobody", "organisation \"nobody\""),
        ("-org:nobody", "organisation \"nobody\""),
        ("org:minfin,nobody model:R570E", "organisation \"nobody\""),
        ("rule:nothing", "rule \"nothing\""),
        ("rule:silence,nothing=unknown", "rule \"nothing\""),
        ("group:none", "group \"none\""),
    ] {
        assert_refused(&list(&world, query).await, name);
        let query = encoded(query);
        assert_refused(&world.get(&format!("/devices?q={query}&format=csv")).await, name);
        assert_refused(&world.get(&format!("/devices?q={query}&format=ndjson")).await, name);
    }
    assert_refused(&world.get("/devices?org=nobody").await, "organisation \"nobody\"");
    let nobody = "organisation \"nobody\"";
    for (path, body) in [
        ("/scans", json!({ "query": "org:nobody", "reason": "a look" })),
        ("/devices/labels", json!({ "query": "org:nobody", "set": { "role": "minister" } })),
        ("/groups", json!({ "id": "x", "title": { "en": "x", "ru": "x" }, "query": "org:nobody" })),
        ("/schedules", json!({ "query": "org:nobody", "reason": "x", "every": "day", "at": "09:30" })),
    ] {
        assert_refused(&world.post(path, &body).await, nobody);
    }
    for query in ["org:minfin", "org=minfin", "rule:silence", "rule:chain=unknown", "-rule:silence"] {
        assert_eq!(list(&world, query).await.status, StatusCode::OK, "{query}");
    }
}

#[tokio::test]
async fn a_rule_is_known_while_a_policy_or_a_device_has_it() {
    let world = world().await;
    assert_refused(&list(&world, "rule:messengers").await, "rule \"messengers\"");
    apply(&world, POLICY).await;
    assert_eq!(list(&world, "rule:messengers").await.status, StatusCode::OK, "nobody is judged by it yet");
    let mut phone = world.phone("R570E", "MF-1").await;
    apply(&world, &format!("{POLICY}assign:\n  - org: minfin\n")).await;
    phone.report(&world, vec![telegram("harbour-fernschreiber")], None).await;
    assert_eq!(list(&world, "rule:messengers=grace").await.json()["devices"].as_array().unwrap().len(), 1);
    apply(&world, &POLICY.replace("id: messengers", "id: others")).await;
    assert_eq!(list(&world, "rule:messengers").await.status, StatusCode::OK, "a device turned by it");
    assert_eq!(list(&world, "rule:others").await.status, StatusCode::OK);
    world.clock.pass(Span::from_hours(24 * 100));
    assert_refused(&list(&world, "rule:messengers").await, "rule \"messengers\"");
}

/// Counts what it is asked.
struct Counting<'a> {
    tx: &'a mut dyn Tx,
    asked: usize,
}

impl Tx for Counting<'_> {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        self.tx.execute(sql, params)
    }

    fn query(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.asked += 1;
        self.tx.query(sql, params)
    }

    fn query_each(&mut self, sql: &str, keys: &[&[u8]], lock: Lock) -> Result<Vec<Row>, StoreError> {
        self.asked += 1;
        self.tx.query_each(sql, keys, lock)
    }

    fn write_many(&mut self, batch: &Batch<'_>, rows: &[Vec<Value<'_>>]) -> Result<(), StoreError> {
        self.tx.write_many(batch, rows)
    }
}

#[tokio::test]
async fn each_name_is_looked_for_once_and_policies_are_read_once() {
    let world = world().await;
    for id in ["one", "two", "three"] {
        let policy = POLICY.replace("policy: phones", &format!("policy: {id}"));
        apply(&world, &policy.replace("id: messengers", &format!("id: {id}"))).await;
    }
    let asked = async |query: &str| {
        let (names, query) = (Names::seen_by(&world.app, &Actor::system("test")), query.parse().unwrap());
        let counted = world.app.store.read(move |tx| {
            let mut counting = Counting { tx, asked: 0 };
            names.check(&mut counting, &query)?;
            Ok::<_, ActionError>(counting.asked)
        });
        counted.await.unwrap()
    };
    let once = asked("rule:one").await;
    assert_eq!(asked("rule:one,one=unknown,one -rule:one").await, once);
    assert_eq!(asked("rule:one,two,three").await, once + 2, "the marks of each");
    assert_eq!(asked("org:minfin,minfin org=minfin").await, 1);
}

#[tokio::test]
async fn whoever_has_a_branch_is_told_the_same_of_others_and_of_nobody() {
    let world = world().await;
    for id in ["other", "state"] {
        world.post("/orgs", &json!({ "id": id, "title": id })).await;
    }
    apply(&world, &format!("{POLICY}assign:\n  - org: other\n")).await;
    let mut theirs = world.phone_in("other", "R570E", "O-1").await;
    theirs.report(&world, vec![telegram("harbour-fernschreiber")], None).await;
    let group = json!({ "id": "theirs", "title": { "en": "x", "ru": "x" }, "query": "", "org": "other" });
    assert_eq!(world.post("/groups", &group).await.status, StatusCode::CREATED);
    let branch = of_a_branch(&world).await;
    for (query, nobody) in [("org:other", "nobody"), ("rule:messengers", "nothing"), ("group:theirs", "none")]
    {
        let name = query.split(':').next_back().unwrap();
        let asked = async |query: String| {
            let refused = check_names(&world.app, &branch, &query.parse().unwrap()).await.unwrap_err();
            refused.problem()
        };
        let (hidden, absent) = (asked(query.to_owned()).await, asked(query.replace(name, nobody)).await);
        let detail = absent.detail.clone().map(|detail| detail.replace(nobody, name));
        assert_eq!((hidden.code, hidden.detail), (absent.code, detail), "{query}");
        check_names(&world.app, &Actor::system("test"), &query.parse().unwrap()).await.unwrap();
    }
    check_names(&world.app, &branch, &"org:minfin rule:silence".parse().unwrap()).await.unwrap();
}

#[tokio::test]
async fn what_was_kept_goes_on_when_its_names_are_gone() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    apply(&world, POLICY).await;
    let group = json!({ "id": "sorted", "title": { "en": "x", "ru": "x" }, "query": "-rule:messengers" });
    assert_eq!(world.post("/groups", &group).await.status, StatusCode::CREATED);
    for query in ["group:sorted", "-rule:messengers"] {
        let new = json!({ "query": query, "reason": query, "every": "day", "at": "09:30" });
        assert_eq!(world.post("/schedules", &new).await.status, StatusCode::CREATED);
    }
    apply(&world, &POLICY.replace("id: messengers", "id: others")).await;
    assert_refused(&list(&world, "-rule:messengers").await, "rule \"messengers\"");
    let found = list(&world, "group:sorted").await;
    assert_eq!(found.json()["devices"].as_array().map(Vec::len), Some(1), "{}", found.text);
    world.clock.pass(Span::from_hours(1));
    schedules::run_due(&world.app).await.unwrap();
    let all = world.get("/schedules").await.json();
    let troubles: Vec<_> = all["schedules"].as_array().unwrap().iter().map(|one| &one["trouble"]).collect();
    assert_eq!(troubles, [&json!(null), &json!(null)], "{all}");
    assert_eq!(world.get("/scans").await.json()["scans"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_console_says_it_beside_the_box() {
    let world = world().await;
    world.phone("R570E", "MF-1").await;
    let cookie = world.sign_in("Anna").await;
    for (query, lang, said) in [
        ("org:nobody", "en", "There is no organisation"),
        ("rule:nothing", "en", "There is no rule"),
        ("group:none", "ru", "нет."),
    ] {
        let path = format!("/devices?q={}&lang={lang}", encoded(query));
        let page = world.visit(Method::GET, &path, &cookie, "").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("misread") && page.text.contains(said), "{}", page.text);
        assert!(page.text.contains(&format!("value=\"{query}\"")), "what was asked stays: {}", page.text);
        for example in ["org%3Aminfin", "rule%3Asilence"] {
            let found = world.visit(Method::GET, &format!("/devices?q={example}"), &cookie, "").await;
            assert!(page.text.contains(example) && !found.text.contains("misread"), "{}", found.text);
        }
    }
}
