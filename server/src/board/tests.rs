//! The roll-out through the router: phones of several organisations, days that end, and a day that nobody saw the end of.

use serde_json::{Value, json};

use crate::auth::Actor;
use crate::board;
use crate::http::testing::{Phone, World, telegram, world};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use muster_proto::facts::Fact;
use muster_proto::text::Text;
use muster_proto::time::Span;

const POLICY: &str = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - { id: messengers, kind: messengers, deny: [telegram], grace: 72h }
  - { id: maker, kind: vendor, deny: [apple], due: 2026-07-01 }
assign:
  - org: minfin
";

async fn apply(world: &World) {
    let request = Request::post("/api/v1/policies")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .body(Body::from(POLICY));
    assert_eq!(world.send(request.unwrap()).await.status, StatusCode::OK);
}

/// Above it stands an organisation without phones of its own.
async fn above(world: &World) {
    let state = json!({ "id": "state", "title": "State" });
    assert_eq!(world.post("/orgs", &state).await.status, StatusCode::CREATED);
    let moved = Request::patch("/api/v1/orgs/minfin")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"parent":"state"}"#));
    assert_eq!(world.send(moved.unwrap()).await.status, StatusCode::OK);
}

/// Of a maker that the catalogue lists.
async fn phone(world: &World) -> Phone {
    let mut phone = world.phone("R570E", "MF").await;
    phone.change = |submods| submods.device.manufacturer = Fact::Known(Text::new("HUAWEI").unwrap());
    phone
}

/// So many days ago.
fn day(world: &World, back: u64) -> String {
    (world.app.now() - Span::from_hours(24 * back)).to_string()[..10].to_owned()
}

/// All figures: nothing but these.
fn figures(those: &[(&str, u64)]) -> Value {
    let mut all = board::Figures::default();
    for (word, n) in those {
        *all.slot(word).unwrap() = *n;
    }
    serde_json::to_value(all).unwrap()
}

fn of<'a>(board: &'a Value, org: &str) -> &'a Value {
    board["orgs"].as_array().unwrap().iter().find(|row| row["id"] == org).unwrap_or_else(|| panic!("{board}"))
}

#[tokio::test]
async fn phones_are_counted_once_and_for_all_above() {
    let world = world().await;
    apply(&world).await;
    above(&world).await;
    for found in [vec![], vec![telegram("harbour-fernschreiber")], vec![]] {
        phone(&world).await.report(&world, found, None).await;
    }
    let board = world.get("/board").await.json();
    let figures = figures(&[("ready", 2), ("grace", 1)]);
    assert_eq!(
        (&of(&board, "minfin")["figures"], &of(&board, "state")["figures"]),
        (&figures, &figures),
        "{board}"
    );
    assert_eq!((&of(&board, "state")["depth"], &of(&board, "minfin")["depth"]), (&json!(0), &json!(1)));
    assert_eq!(of(&board, "state")["next"]["rule"], "maker", "{board}");
    let soon = &board["deadlines"];
    assert_eq!((soon[0]["rule"].clone(), soon[0]["devices"].clone()), (Value::Null, json!(1)), "{soon}");
    assert!(soon.as_array().unwrap().len() == 1, "the date of the policy is further away: {soon}");
    let far = world.get("/board?ahead=366&org=minfin&levels=0").await.json();
    assert_eq!(
        (far["orgs"].as_array().unwrap().len(), &far["deadlines"][1]["rule"]),
        (1, &json!("maker")),
        "{far}"
    );

    world.clock.pass(Span::from_hours(100));
    crate::judge::due(&world.app).await.unwrap();
    let board = world.get("/board?org=state").await.json();
    assert_eq!(
        of(&board, "state")["figures"],
        self::figures(&[("silent", 3)]),
        "silence and a messenger count once"
    );
    for (path, status) in [
        ("/board?org=nobody", StatusCode::NOT_FOUND),
        ("/board?day=yesterday", StatusCode::BAD_REQUEST),
        ("/board?levels=17", StatusCode::BAD_REQUEST),
        ("/board?ahead=367", StatusCode::BAD_REQUEST),
        ("/board/series", StatusCode::BAD_REQUEST),
        ("/board/series?kind=colour", StatusCode::BAD_REQUEST),
        ("/board/series?kind=app&org=nobody", StatusCode::NOT_FOUND),
        ("/board/series?kind=app&back=1101", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(world.get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_past_day_is_as_it_was() {
    let world = world().await;
    apply(&world).await;
    above(&world).await;
    let first = day(&world, 0);
    let mut phone = phone(&world).await;
    phone.report(&world, vec![telegram("harbour-fernschreiber")], None).await;
    board::take(&world.app).await.unwrap();
    let empty = world.get(&format!("/board?day={}", day(&world, 1))).await.json();
    assert_eq!(of(&empty, "minfin")["counted"], false, "nothing was there before: {empty}");

    world.clock.pass(Span::from_hours(24));
    board::take(&world.app).await.unwrap();
    phone.report(&world, vec![], None).await;
    // nobody looked when the next two days ended
    world.clock.pass(Span::from_hours(72));
    board::take(&world.app).await.unwrap();
    let then = world.get(&format!("/board?day={first}")).await.json();
    assert_eq!(
        (&of(&then, "state")["figures"]["grace"], &of(&then, "state")["counted"]),
        (&json!(1), &json!(true)),
        "{then}"
    );
    assert_eq!(then["day"], first);
    let between = world.get(&format!("/board?day={}", day(&world, 2))).await.json();
    assert_eq!(of(&between, "minfin")["figures"]["grace"], 1, "the day before stands: {between}");
    let last = world.get(&format!("/board?day={}", day(&world, 1))).await.json();
    assert_eq!(of(&last, "minfin")["figures"]["ready"], 1, "{last}");
    let trend = of(&last, "state")["trend"].as_array().unwrap().clone();
    let ready: Vec<u64> = trend.iter().map(|point| point["ready"].as_u64().unwrap()).collect();
    assert_eq!(ready, [0, 0, 0, 1], "{trend:?}");
    let today = world.get(&format!("/board?day={}", day(&world, 0))).await.json();
    assert_eq!(today["day"], Value::Null, "today has not ended");

    let series = world.get("/board/series?kind=app&org=state&back=7").await.json();
    assert_eq!(series["days"].as_array().unwrap().len(), 8);
    let found = &series["shares"][0];
    assert_eq!(found["name"], "telegram");
    assert_eq!(found["devices"], json!([null, null, null, 1, 1, 1, 0, 0]), "{series}");
    let makers = world.get("/board/series?kind=maker&back=1").await.json();
    assert_eq!(makers["shares"].as_array().unwrap().len(), 1, "{makers}");
    let weeks = world.get("/board/series?kind=verdict&every=week").await.json();
    assert_eq!(weeks["shares"].as_array().unwrap().len(), 11, "every verdict has its share: {weeks}");
}

#[tokio::test]
async fn the_register_says_who_is_missing_and_who_can_have_no_agent() {
    let world = world().await;
    apply(&world).await;
    above(&world).await;
    phone(&world).await.report(&world, vec![], None).await;
    for (tag, maker, platform, life) in [
        ("MF", "HUAWEI", Some("android"), "in-use"),
        ("A-1", "F+", None, "handed-out"),
        ("A-2", "Apple", Some("ios"), "in-use"),
        ("A-3", "Apple", Some("ios"), "lost"),
        ("A-4", "HUAWEI", Some("other"), "in-use"),
        ("A-5", "HUAWEI", Some("android"), "spare"),
    ] {
        let asset =
            json!({ "org": "minfin", "tag": tag, "maker": maker, "platform": platform, "life": life });
        let made = world.post("/assets", &asset).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    }
    crate::judge::due(&world.app).await.unwrap();
    crate::judge::declared::due(&world.app).await.unwrap();
    let board = world.get("/board").await.json();
    // the date for makers lies ahead: the phone in use is one to replace until then
    let expected =
        figures(&[("ready", 1), ("not-enrolled", 1), ("declared-grace", 1), ("declared-ready", 1)]);
    assert_eq!(of(&board, "state")["figures"], expected, "{board}");
    let makers = world.get("/board/series?kind=maker&back=0").await.json();
    let of_makers = |name: &str| {
        let share =
            makers["shares"].as_array().unwrap().iter().find(|share| share["name"] == name).unwrap().clone();
        share["devices"][0].as_u64().unwrap()
    };
    assert_eq!((of_makers("huawei"), of_makers("apple")), (2, 1), "{makers}");
}

/// What stands there, with the query; each has to find as many as its figure says, in the organisation that was asked for.
async fn soon(world: &World, org: &str) -> Vec<(String, Value, u64, Value)> {
    let board = world.get(&format!("/board?ahead=100{org}")).await.json();
    let mut all = Vec::new();
    for one in board["deadlines"].as_array().unwrap() {
        let devices = one["devices"].as_u64().unwrap();
        if let Some(query) = one["query"].as_str() {
            let encoded: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
            let list = world.get(&format!("/devices?q={encoded}{org}")).await.json();
            assert_eq!(list["devices"].as_array().map(Vec::len), Some(devices as usize), "{query}: {list}");
        }
        all.push((
            one["day"].as_str().unwrap().to_owned(),
            one["rule"].clone(),
            devices,
            one["query"].clone(),
        ));
    }
    all
}

#[tokio::test]
async fn the_list_behind_a_deadline_has_as_many_as_its_figure() {
    let world = world().await;
    let east = json!({ "id": "east", "title": "East", "time_zone": "Asia/Vladivostok" });
    assert_eq!(world.post("/orgs", &east).await.status, StatusCode::CREATED);
    let policy = POLICY.replace("[apple], due: 2026-07-01", "[huawei], due: 2026-07-01").replace(
        "  - org: minfin\n",
        "  - { org: minfin, due: { maker: 2026-04-01 } }\n  - { org: east, due: { maker: 2026-06-01 } }\n",
    );
    crate::policies::apply(&world.app, &Actor::system("test"), policy, true).await.unwrap();
    let found = async |org: &str, tag: &str| {
        let mut phone = world.phone_in(org, "R570E", tag).await;
        phone.change = |submods| submods.device.manufacturer = Fact::Known(Text::new("F+").unwrap());
        phone.report(&world, vec![telegram("harbour-fernschreiber")], None).await;
    };
    let huawei = async |org: &str, tag: &str| {
        let mut phone = world.phone_in(org, "R570E", tag).await;
        phone.change = |submods| submods.device.manufacturer = Fact::Known(Text::new("HUAWEI").unwrap());
        phone.report(&world, vec![], None).await;
    };
    huawei("minfin", "H-1").await;
    huawei("east", "H-2").await;
    huawei("east", "H-3").await;
    // nine in the morning in UTC is seven in the evening of the same day there
    found("minfin", "T-1").await;
    found("east", "T-2").await;
    world.clock.pass(Span::from_hours(24));
    found("minfin", "T-3").await;
    // and three in the afternoon is the next day
    world.clock.pass(Span::from_hours(6));
    found("minfin", "T-4").await;
    found("east", "T-5").await;
    let day = |day: &str, rule: Value, devices: u64, query: Value| (day.to_owned(), rule, devices, query);
    let (none, maker) = (Value::Null, json!("maker"));
    let expected = [
        day("2026-03-31", none.clone(), 2, none.clone()),
        day(
            "2026-04-01",
            none.clone(),
            2,
            json!("verdict:grace due>\"2026-04-01T00:00:00Z\" due<\"2026-04-02T00:00:00Z\" org:minfin"),
        ),
        day("2026-04-01", maker.clone(), 1, json!("rule:maker org:minfin")),
        day(
            "2026-04-02",
            none.clone(),
            1,
            json!("verdict:grace due>\"2026-04-01T14:00:00Z\" due<=\"2026-04-02T14:00:00Z\" org:east"),
        ),
        day("2026-06-01", maker, 2, json!("rule:maker org:east")),
    ];
    assert_eq!(soon(&world, "").await, expected);
    let of_east = soon(&world, "&org=east").await;
    assert_eq!(
        of_east[0].3,
        json!("verdict:grace due>\"2026-03-30T14:00:00Z\" due<=\"2026-03-31T14:00:00Z\"")
    );
    let cookie = world.sign_in("Anna").await;
    let shown = world.visit(Method::GET, "/?lang=en", &cookie, "").await.text;
    for (query, figure) in
        [("rule%3Amaker+org%3Aminfin\"", "1 phone"), ("org%3Aminfin&amp;sort=due\"", "2 phones")]
    {
        let (_, link) = shown.split_once(query).unwrap_or_else(|| panic!("{query}: {shown}"));
        assert!(link.split_once("</a>").unwrap().0.contains(figure), "{shown}");
    }
}
