//! The register held against a directory that a test makes up; a real one is in `tests/signin`.

use axum::http::StatusCode;
use muster_proto::time::Span;
use serde_json::{Value, json};

use super::run::Outcome;
use super::*;
use crate::auth::{Grant, Reach, Role};
use crate::http::testing::{World, world};
use crate::orgs::NewOrg;
use crate::outside::ldap::{Person, Place, Settings};

async fn org(world: &World, id: &str) {
    let new = NewOrg { id: id.to_owned(), title: id.to_owned(), parent: None, time_zone: None };
    orgs::add(&world.app, &Actor::system("test"), new).await.unwrap();
}

async fn phone(world: &World, org: &str, tag: &str, carrier: &str) -> Value {
    let body = json!({ "org": org, "tag": tag, "carrier": carrier, "life": "in-use" });
    let answer = world.post("/assets", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

fn person(id: &str, name: &str, org: &str) -> Person {
    let place = Place::Org(org.to_owned());
    Person { id: id.to_owned(), name: name.to_owned(), mail: None, place, disabled: false }
}

fn of() -> People {
    let map = ["ou=minfin=minfin", "ou=army=army"].map(|part| part.parse().unwrap()).into();
    People {
        base: "dc=org".to_owned(),
        filter: "(objectClass=person)".parse().unwrap(),
        disabled: None,
        id_attribute: "entryUUID".to_owned(),
        name_attribute: "displayName".to_owned(),
        org_attribute: None,
        map,
        every: None,
    }
}

async fn held(
    world: &World,
    actor: &Actor,
    people: Vec<Person>,
    asked: Asked,
) -> Result<Imported, ActionError> {
    let within = actor.within(Right::Register);
    let compared = Compared { within, of: of(), found: Found { people, skipped: 0 } };
    let answer = settle(&world.app, actor, compared, asked).await;
    if !asked.dry_run {
        run::close(&world.app, actor, &answer).await.unwrap();
    }
    answer
}

async fn branch(world: &World, org: &str) -> Actor {
    let grants = vec![Grant { role: Role::Operator, org: Some(org.to_owned()) }];
    let reach = world.app.store.read(move |tx| Reach::of(tx, grants)).await.unwrap();
    Actor::token("branch").with(reach)
}

async fn list(world: &World, query: &str) -> Vec<Value> {
    let answer = world.get(&format!("/assets?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["assets"].as_array().unwrap().clone()
}

const DRY: Asked = Asked { dry_run: true, accept_many: false };
const DO: Asked = Asked { dry_run: false, accept_many: false };

#[tokio::test]
async fn who_carries_a_phone_follows_the_directory() {
    let (world, all) = (world().await, Actor::system("test"));
    org(&world, "army").await;
    let anna = phone(&world, "minfin", "MF-1", "Anna Petrova").await;
    phone(&world, "minfin", "MF-2", "Boris").await;
    let people = || vec![person("17", "Anna Petrova", "minfin"), person("18", "Clara", "minfin")];
    let planned = held(&world, &all, people(), DRY).await.unwrap();
    assert_eq!((planned.linked, planned.unknown, planned.changed, planned.dry_run), (1, 1, 2, true));
    assert_eq!(planned.changes.len(), 2);
    assert_eq!(list(&world, "text=MF-1").await[0]["carrier_id"], Value::Null, "nothing was written");
    held(&world, &all, people(), DO).await.unwrap();
    let after = &list(&world, "text=MF-1").await[0];
    assert_eq!((&after["carrier_id"], &after["carrier_standing"]), (&json!("17"), &json!("known")));
    assert_eq!(list(&world, "standing=unclear").await[0]["tag"], "MF-2");

    held(&world, &all, vec![person("17", "Anna Ivanova", "army")], DO).await.unwrap();
    let moved = &list(&world, "standing=moved").await[0];
    assert_eq!((&moved["carrier"], &moved["carrier_org"]), (&json!("Anna Ivanova"), &json!("army")));
    held(&world, &all, vec![person("18", "Clara", "minfin")], DO).await.unwrap();
    let left = &list(&world, "standing=to-return&counts=true").await[0];
    assert_eq!((&left["tag"], &left["carrier_standing"]), (&json!("MF-1"), &json!("left")));
    let counts = world.get("/assets?counts=true").await.json()["counts"].clone();
    assert_eq!(
        (&counts["to_return"], &counts["moved"], &counts["unclear"]),
        (&json!(1), &json!(0), &json!(1))
    );

    let path = format!("/assets/{}", anna["id"].as_str().unwrap());
    let history = world.get(&format!("{path}/history")).await.text;
    assert!(history.contains("Anna Ivanova") && history.contains("system:test"), "{history}");
    let audit = world.get("/audit?action=carrier.import").await.text;
    assert!(audit.contains("1 left") && !audit.contains("Anna"), "{audit}");
    let page = world.get("/metrics").await.text;
    assert!(page.contains("muster_carrier_imports_total{outcome=\"done\"} 3"), "{page}");
    assert!(page.contains("muster_register_carriers{standing=\"left\"} 1"), "{page}");

    let forgotten = world.post(&format!("{path}/forget"), &json!({})).await;
    assert_eq!(forgotten.json()["carrier_id"], Value::Null, "{}", forgotten.text);
    let shown = world.get(&path).await.text;
    assert!(!shown.contains("17\"") && !shown.contains("\"left\"") && !shown.contains("Anna"), "{shown}");
    let again = held(&world, &all, people(), DO).await.unwrap();
    assert_eq!(again.phones, 1, "who is forgotten is not found again");
}

#[tokio::test]
async fn a_branch_compares_its_own_phones() {
    let world = world().await;
    org(&world, "army").await;
    phone(&world, "minfin", "MF-1", "Anna").await;
    phone(&world, "army", "AR-1", "Boris").await;
    let people = vec![person("1", "Anna", "minfin"), person("2", "Boris", "army")];
    let minfin = branch(&world, "minfin").await;
    let done = held(&world, &minfin, people.clone(), DO).await.unwrap();
    assert_eq!((done.phones, done.linked), (1, 1));
    assert!(done.changes.iter().all(|change| change.org == "minfin"), "{:?}", done.changes);
    assert_eq!(list(&world, "text=AR-1").await[0]["carrier_id"], Value::Null);
    let moved = vec![person("1", "Anna", "army")];
    held(&world, &Actor::system("test"), moved, DO).await.unwrap();
    let seen = |actor| super::super::list(&world.app, actor, super::super::Which::default(), None, 10, false);
    let row = seen(&minfin).await.unwrap().assets.remove(0);
    assert_eq!((row.asset.carrier_standing.unwrap().word(), row.carrier_org), ("moved", None));
    let nobody = Actor::token("reader").with(Reach::default());
    let refused = import(&world.app, &nobody, DRY).await.unwrap_err();
    assert!(matches!(refused, ActionError::Conflict { code: Code::Forbidden, .. }), "{refused}");
}

#[tokio::test]
async fn too_many_who_would_be_gone_are_asked_about() {
    let (world, all) = (world().await, Actor::system("test"));
    org(&world, "army").await;
    let all_of_them: Vec<Person> =
        (0..8).map(|nth| person(&nth.to_string(), &format!("P {nth}"), "minfin")).collect();
    for one in &all_of_them {
        phone(&world, "minfin", &format!("T-{}", one.id), &one.name).await;
    }
    held(&world, &all, all_of_them.clone(), DO).await.unwrap();
    let few = all_of_them[..4].to_vec();
    assert!(held(&world, &all, few.clone(), DRY).await.unwrap().too_many);
    let stopped = held(&world, &all, few.clone(), DO).await.unwrap_err();
    assert!(matches!(&stopped, ActionError::Conflict { code: Code::CarriersGone, .. }), "{stopped}");
    assert!(list(&world, "standing=to-return").await.is_empty());
    let run = view(&world.app, &all).await.unwrap().last.unwrap();
    assert_eq!((run.outcome, run.done.is_some()), (Outcome::Stopped, true));
    assert!(run.detail.unwrap().contains("4 would be gone"));
    let minfin = branch(&world, "minfin").await;
    assert_eq!(view(&world.app, &minfin).await.unwrap().last.unwrap().detail, None);
    let accepted = Asked { accept_many: true, ..DO };
    assert_eq!(held(&world, &all, few, accepted).await.unwrap().gone, 4);
    assert_eq!(list(&world, "standing=to-return").await.len(), 4);
}

#[tokio::test]
async fn a_part_of_the_directory_that_is_no_organisation_here_stops_it() {
    let world = world().await;
    phone(&world, "minfin", "MF-1", "Anna").await;
    let refused = held(&world, &Actor::system("test"), vec![person("1", "Anna", "minfin")], DO).await;
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("no organisation \"army\"") && refused.contains("nothing was changed"),
        "{refused}"
    );
}

#[tokio::test]
async fn without_a_directory_there_is_nothing_to_compare_with() {
    let world = world().await;
    let answer = world.post("/carriers/import?dry_run=true", &json!({})).await;
    assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::CONFLICT, &json!("no-directory")));
    let view = world.get("/carriers").await.json();
    assert_eq!((&view["compared"], &view["last"]), (&json!(false), &Value::Null), "{view}");
    work::turn(&world.app).await.unwrap();
}

#[tokio::test]
async fn a_directory_that_is_away_is_asked_again_after_an_hour() {
    let world = world().await;
    let settings = Settings {
        // nobody listens there
        url: "ldap://127.0.0.1:9?tls=off".parse().unwrap(),
        bind: None,
        base: "dc=org".to_owned(),
        user_filter: "(uid={name})".parse().unwrap(),
        group_filter: "(member={dn})".parse().unwrap(),
        id_attribute: "entryUUID".to_owned(),
        name_attribute: "uid".to_owned(),
        map: Vec::new(),
        people: Some(People { every: Some(Span::from_hours(24)), ..of() }),
        ca: None,
    };
    let app = world.with_directory(Directory::new(settings).unwrap()).await;
    let refused = work::turn(&app).await.unwrap_err();
    assert!(matches!(&refused, ActionError::Conflict { code: Code::DirectoryFailed, .. }), "{refused}");
    let view = async || view(&app, &Actor::system("test")).await.unwrap();
    let first = view().await;
    let run = first.last.unwrap();
    assert_eq!((first.compared, first.every_hours, run.outcome), (true, Some(24), Outcome::Failed));
    assert_eq!((run.by.as_str(), run.done), ("system:directory", None));
    assert!(run.detail.unwrap().contains("reach the directory"));
    work::turn(&app).await.expect("it is not due");
    world.clock.pass(Span::from_hours(1));
    work::turn(&app).await.unwrap_err();
    assert_eq!(view().await.last.unwrap().at, app.now());
    let planned = import(&app, &Actor::system("test"), DRY).await.unwrap_err();
    assert!(planned.to_string().contains("nothing was changed"), "{planned}");
}

#[tokio::test]
async fn a_table_names_carriers_by_their_ids_and_a_list_says_them() {
    let world = world().await;
    let request = axum::http::Request::post("/api/v1/assets/import?org=minfin")
        .header("authorization", format!("Bearer {}", world.token))
        .header("content-type", "text/csv");
    let table = "Инв. номер;Табельный номер\nMF-1;0017\n";
    let answer = world.send(request.body(table.into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let row = &list(&world, "text=0017").await[0];
    assert_eq!(
        (&row["carrier_id"], &row["carrier"], &row["life"]),
        (&json!("0017"), &Value::Null, &json!("handed-out"))
    );
    let csv = world.get("/assets?format=csv").await.text;
    assert!(csv.contains("\"carrier_id\"") && csv.contains("\"0017\""), "{csv}");
}
