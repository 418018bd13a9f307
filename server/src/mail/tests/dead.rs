//! What becomes of mails that were given up.

use super::*;

/// So many mails to somebody that were given up now, each with its number as the subject.
async fn given_up(world: &World, recipient: &str, count: u32) {
    let (recipient, now) = (recipient.to_owned(), world.app.now());
    let insert = move |tx: &mut dyn Tx| {
        for nth in 0..count {
            tx.execute(
                "INSERT INTO mails (id, recipient, address, subject, body, html, made, attempts, next_try, error, dead) \
                 VALUES ($1, $2, 'a@b.example', $3, 't', 'h', $4, 9, NULL, 'no', $5)",
                &values![
                    // ids are in no order
                    format!("{recipient}.{:03}", 999 - nth),
                    &recipient,
                    nth.to_string(),
                    now + Span::from_millis(nth.into()),
                    now
                ],
            )?;
        }
        Ok::<_, StoreError>(())
    };
    world.app.store.write(insert).await.unwrap();
}

#[tokio::test]
async fn what_is_never_taken_dies_and_is_sent_again_when_somebody_says_so() {
    let (world, post) = (world().await, Post::start().await);
    apply(&world).await;
    let id = recipient(&world, &json!({ "at_once": ["grace"] })).await;
    broken(&world, "MF-1").await;
    world.clock.pass(Span::from_secs(60));
    prompts(&world.app).await.unwrap();
    post.refuse(Some("550 nobody here"));
    let of = async || world.get("/mail-recipients").await.json()["recipients"][0].clone();
    for hours_off in [300, 1] {
        assert!(sent(&world, &post).await.is_empty());
        world.clock.pass(Span::from_hours(hours_off));
        assert_eq!(of().await["dead"], 0, "time in which nobody tried kills nothing");
    }
    assert_eq!(of().await["waiting"], 1);
    for _ in 0..26 {
        assert!(sent(&world, &post).await.is_empty());
        world.clock.pass(Span::from_hours(1));
    }
    assert_eq!((of().await["waiting"].clone(), of().await["dead"].clone()), (json!(0), json!(1)));
    post.refuse(None);
    assert!(sent(&world, &post).await.is_empty(), "it is dead");

    // the address was wrong: what is sent again goes to the right one
    let path = format!("/mail-recipients/{id}");
    patch(&world, &path, &json!({ "address": "right@minfin.example" })).await;
    let done = world.post(&format!("{path}/replay"), &json!({})).await.json();
    assert_eq!(done, json!({ "replayed": 1, "dead": 0 }));
    let mail = sent(&world, &post).await.remove(0);
    assert_eq!(mail.header("To"), "right@minfin.example");
    assert!(mail.said().contains("MF-1"), "{}", mail.said());
    let done = world.post(&format!("{path}/replay"), &json!({})).await.json();
    assert_eq!(done, json!({ "replayed": 0, "dead": 0 }));
}

#[tokio::test]
async fn the_dead_are_forgotten_after_thirty_days() {
    let world = world().await;
    let id = recipient(&world, &json!({ "at_once": ["grace"] })).await;
    given_up(&world, &id, 1).await;
    let of = async || world.get("/mail-recipients").await.json()["recipients"][0].clone();
    assert_eq!(of().await["dead"], 1);
    world.clock.pass(Span::from_hours(24 * 31));
    crate::mail::outbox::forget_dead(&world.app).await.unwrap();
    assert_eq!(of().await["dead"], 0);
}

#[tokio::test]
async fn no_more_are_sent_again_than_leave_room_for_others() {
    let world = world().await;
    let id = recipient(&world, &json!({ "at_once": ["grace"] })).await;
    given_up(&world, &id, 501).await;
    let path = format!("/mail-recipients/{id}/replay");
    assert_eq!(world.post(&path, &json!({})).await.json(), json!({ "replayed": 500, "dead": 1 }));
    assert_eq!(world.post(&path, &json!({})).await.json(), json!({ "replayed": 0, "dead": 1 }));
    assert_eq!(world.post("/mail-recipients/x/replay", &json!({})).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_is_told_of_less_is_not_sent_the_rest() {
    let world = world().await;
    let tax = json!({ "id": "tax", "title": "Tax", "parent": "minfin" });
    assert_eq!(world.post("/orgs", &tax).await.status, StatusCode::CREATED);
    let id = recipient(&world, &json!({ "at_once": ["grace"], "org": "tax" })).await;
    let path = format!("/mail-recipients/{id}");
    let dead = async |org: &Value| {
        let after = patch(&world, &path, &json!({ "org": org })).await;
        assert_eq!(after.status, StatusCode::OK, "{}", after.text);
        world.get("/mail-recipients").await.json()["recipients"][0]["dead"].clone()
    };
    given_up(&world, &id, 2).await;
    assert_eq!(dead(&json!("minfin")).await, 2, "they were of the tax office, which is below it");
    assert_eq!(dead(&json!(null)).await, 2);
    assert_eq!(dead(&json!("tax")).await, 0, "they may have been of all");
    let audit = world.get("/audit?limit=500").await.text;
    assert!(audit.contains("\"dropped\":2"), "{audit}");
}

#[tokio::test]
async fn what_is_sent_again_comes_the_oldest_first() {
    let (world, post) = (world().await, Post::start().await);
    let id = recipient(&world, &json!({ "at_once": ["grace"] })).await;
    given_up(&world, &id, 3).await;
    world.post(&format!("/mail-recipients/{id}/replay"), &json!({})).await;
    let mails = sent(&world, &post).await;
    assert_eq!(mails.iter().map(|mail| mail.header("Subject")).collect::<Vec<_>>(), ["0", "1", "2"]);
}

#[tokio::test]
async fn who_is_above_the_old_place_alone_is_not_sent_what_names_those_who_moved() {
    let world = world().await;
    world.post("/orgs", &json!({ "id": "state", "title": "State" })).await;
    world.post("/orgs", &json!({ "id": "office", "title": "Office", "parent": "state" })).await;
    let parent = async |parent: Value| {
        let moved = patch(&world, "/orgs/minfin", &json!({ "parent": parent })).await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    };
    parent(json!("office")).await;
    for org in [json!("office"), json!("state"), json!("minfin"), Value::Null] {
        given_up(&world, &recipient(&world, &json!({ "org": org, "digest_hour": 9 })).await, 2).await;
    }
    let dead = async || {
        let listed = world.get("/mail-recipients").await.json();
        let of =
            |one: &Value| (one["org"].as_str().unwrap_or_default().to_owned(), one["dead"].as_u64().unwrap());
        let mut all: Vec<_> = listed["recipients"].as_array().unwrap().iter().map(of).collect();
        all.sort();
        all.into_iter().map(|(_, dead)| dead).collect::<Vec<_>>()
    };
    // in the order of all, minfin, office, state
    parent(json!("state")).await;
    assert_eq!(dead().await, [2, 2, 0, 2], "the office is told of the ministry no more");
    parent(Value::Null).await;
    assert_eq!(dead().await, [2, 2, 0, 0]);
    let audit = world.get("/audit?action=org.edit").await.text;
    assert_eq!(audit.matches("\"mails_dropped\":2").count(), 2, "{audit}");
}
