//! People through the API: who is known, what was given, who is shut out.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::auth::{self, Actor, NewLink, Reach, Role};
use crate::http::testing::{Answer, World, world};

async fn patch(world: &World, name: &str, version: &str, change: &Value) -> Answer {
    let request = Request::patch(format!("/api/v1/people/{name}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::IF_MATCH, version)
        .header(header::CONTENT_TYPE, "application/json");
    world.send(request.body(Body::from(change.to_string())).unwrap()).await
}

fn refused(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

async fn link(world: &World, new: NewLink) -> Result<String, String> {
    let link = auth::make_link(&world.app, &Actor::token("local-admin").with(Reach::everything()), new).await;
    link.map(|link| link.link.rsplit('=').next().unwrap().to_owned()).map_err(|error| error.problem().code)
}

#[tokio::test]
async fn people_are_added_changed_and_taken_away() {
    let world = world().await;
    let new = json!({ "name": "Anna", "title": "Head", "grants": [
        { "role": "operator", "org": "minfin" }, { "role": "auditor" }, { "role": "auditor" }] });
    let made = world.post("/people", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(
        made.json()["grants"],
        json!([{ "role": "auditor" }, { "role": "operator", "org": "minfin" }])
    );
    assert_eq!(refused(&world.post("/people", &new).await), (409, "person-exists".to_owned()));
    for (wrong, code) in [
        (json!({ "name": "a:b" }), "bad-name"),
        (json!({ "name": "B", "title": "x\u{202e}" }), "person-malformed"),
        (json!({ "name": "B", "address": "nobody" }), "person-malformed"),
        (json!({ "name": "B", "grants": [{ "role": "auditor", "org": "" }] }), "person-malformed"),
        (json!({ "name": "B", "grants": [{ "role": "auditor", "org": "nowhere" }] }), "not-found"),
        (json!({ "name": "B", "grants": [{ "role": "admin" }] }), "malformed"),
        (json!({ "name": "B", "password": "x" }), "malformed"),
    ] {
        assert_eq!(refused(&world.post("/people", &wrong).await).1, code, "{wrong}");
    }

    let shown = world.get("/people/Anna").await;
    let version = shown.headers[header::ETAG].to_str().unwrap().to_owned();
    let change = json!({ "title": "", "address": "a@example.org", "grants": [{ "role": "helpdesk" }] });
    let edited = patch(&world, "Anna", &version, &change).await.json();
    assert_eq!((&edited["title"], &edited["address"]), (&json!(""), &json!("a@example.org")));
    assert_eq!(edited["grants"], json!([{ "role": "helpdesk" }]));
    assert_eq!(refused(&patch(&world, "Anna", &version, &change).await).0, 412);
    let none = patch(&world, "Anna", "*", &json!({ "address": null })).await.json();
    assert_eq!((&none["address"], &none["grants"]), (&Value::Null, &edited["grants"]));

    let gone = world.delete("/people/Anna").await;
    assert_eq!(gone.json()["name"], "Anna");
    assert_eq!(refused(&world.get("/people/Anna").await), (404, "not-found".to_owned()));
    let audit = world.get("/audit?subject=person:Anna").await;
    for action in ["person.add", "person.edit", "person.remove"] {
        assert!(audit.text.contains(action), "{action}: {}", audit.text);
    }
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    let world = world().await;
    for name in ["Clara", "Anna", "Boris"] {
        world.post("/people", &json!({ "name": name })).await;
    }
    let first = world.get("/people?limit=2").await.json();
    let names = |page: &Value| {
        let people = page["people"].as_array().unwrap();
        people.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (names(&first), &first["next"]),
        (vec!["Anna".to_owned(), "Boris".to_owned()], &json!("Boris"))
    );
    let rest = world.get("/people?limit=2&after=Boris").await.json();
    assert_eq!((names(&rest), &rest["next"]), (vec!["Clara".to_owned()], &Value::Null));
}

#[tokio::test]
async fn a_link_is_for_somebody_who_is_known_or_has_a_role() {
    let world = world().await;
    assert_eq!(link(&world, NewLink::of("Boris")).await, Err("unknown-person".to_owned()));
    let auditor = NewLink { role: Some(Role::Auditor), ..NewLink::of("Boris") };
    let lost = NewLink { org: Some("nowhere".to_owned()), ..auditor.clone() };
    assert_eq!(link(&world, lost).await, Err("not-found".to_owned()));
    assert!(link(&world, auditor.clone()).await.is_ok() && link(&world, auditor.clone()).await.is_ok());
    assert!(link(&world, NewLink::of("Boris")).await.is_ok(), "known by now");
    let owner = NewLink { role: Some(Role::Owner), ..auditor };
    assert_eq!(link(&world, owner).await, Err("person-exists".to_owned()), "a link gives nobody more");
    let org_alone = NewLink { org: Some("minfin".to_owned()), ..NewLink::of("Boris") };
    assert_eq!(link(&world, org_alone).await, Err("person-malformed".to_owned()));
    let shown = world.get("/people/Boris").await.json();
    assert_eq!(shown["grants"], json!([{ "role": "auditor" }]));

    assert!(link(&world, NewLink::default()).await.is_ok(), "the local administrator's own");
    assert_eq!(world.get("/people/local-admin").await.json()["grants"], json!([{ "role": "owner" }]));
    let other = auth::make_link(&world.app, &Actor::token("ci"), NewLink::default()).await;
    assert_eq!(other.err().unwrap().problem().code, "unknown-person", "its token may nothing");
}

#[tokio::test]
async fn who_is_shut_out_is_out_at_once() {
    let world = world().await;
    let keep = world.sign_in("Boris").await;
    let (open, waiting) = (world.sign_in("Anna").await, link(&world, NewLink::of("Anna")).await.unwrap());
    world.post("/people/Anna/disable", &json!({})).await;
    let page = world.visit(Method::GET, "/devices", &open, "").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "the session has ended");
    let late = world.visit(Method::POST, "/sign-in", "", &format!("link={waiting}")).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN, "the link holds no more");
    assert_eq!(link(&world, NewLink::of("Anna")).await, Err("person-disabled".to_owned()));
    assert_eq!(
        refused(&world.post("/people/Anna/set-up-link", &json!({})).await),
        (409, "person-disabled".to_owned())
    );
    world.post("/people/Anna/enable", &json!({})).await;
    assert!(link(&world, NewLink::of("Anna")).await.is_ok());
    assert_eq!(world.visit(Method::GET, "/devices", &keep, "").await.status, StatusCode::OK, "others stay");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let world = world().await;
    world.post("/people", &json!({ "name": "Anna", "grants": [{ "role": "owner" }] })).await;
    world.post("/people", &json!({ "name": "B", "grants": [{ "role": "owner", "org": "minfin" }] })).await;
    let last = (409, "last-owner".to_owned());
    assert_eq!(refused(&world.post("/people/Anna/disable", &json!({})).await), last);
    assert_eq!(refused(&world.delete("/people/Anna").await), last);
    assert_eq!(refused(&patch(&world, "Anna", "*", &json!({ "grants": [] })).await), last);
    assert_eq!(world.get("/people/Anna").await.json()["disabled"], Value::Null, "nothing of it stays");
    world.post("/people", &json!({ "name": "C", "grants": [{ "role": "owner" }] })).await;
    assert_eq!(world.post("/people/C/disable", &json!({})).await.status, StatusCode::OK);
    assert_eq!(refused(&world.delete("/people/Anna").await), last, "C is shut out");
    world.post("/people/C/enable", &json!({})).await;
    assert_eq!(world.delete("/people/Anna").await.status, StatusCode::OK);
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let world = world().await;
    let (one, two) = (world.sign_in("Anna").await, world.sign_in("Anna").await);
    let list = world.get("/people/Anna/sessions").await.json();
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!((sessions.len(), &sessions[0]["how"]), (2, &json!("link")));
    let secret = auth::Secret::presented(one.split_once('=').unwrap().1).unwrap();
    let id = super::session_id(secret.digest());
    assert!(sessions.iter().any(|session| session["id"] == json!(id)), "{list}");
    let path = format!("/people/Anna/sessions/{id}");
    assert_eq!(world.delete(&path).await.json()["id"], json!(id));
    assert_eq!(refused(&world.delete(&path).await), (404, "not-found".to_owned()));
    assert_eq!(world.visit(Method::GET, "/devices", &one, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.visit(Method::GET, "/devices", &two, "").await.status, StatusCode::OK);
    assert_eq!(world.get("/sessions").await.json(), json!({ "sessions": [] }), "a token has none");

    let own = async |method: Method, path: &str, csrf: &str| {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        let request = request.header(header::COOKIE, &two).header(auth::CSRF_HEADER, csrf);
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let mine = own(Method::GET, "/sessions", "").await.json();
    let id = mine["sessions"][0]["id"].as_str().unwrap().to_owned();
    let csrf = world.visit(Method::GET, "/devices", &two, "").await.csrf();
    assert_eq!(own(Method::DELETE, &format!("/sessions/{id}"), &csrf).await.status, StatusCode::OK);
    assert_eq!(world.visit(Method::GET, "/devices", &two, "").await.status, StatusCode::SEE_OTHER);
}
