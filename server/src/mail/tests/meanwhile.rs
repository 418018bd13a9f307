//! What is changed while a mail is composed, or while others are on their way: what was dropped is not sent.

use super::*;
use crate::mail::{digest, prompt};

/// So many mails to somebody that are due now.
async fn waiting(world: &World, recipient: &str, count: u32) {
    let (recipient, now) = (recipient.to_owned(), world.app.now());
    let insert = move |tx: &mut dyn Tx| {
        for nth in 0..count {
            tx.execute(
                "INSERT INTO mails (id, recipient, address, subject, body, html, made, attempts, next_try, error) \
                 VALUES ($1, $2, 'duty@minfin.example', 's', 't', 'h', $3, 0, $3, '')",
                &values![format!("{recipient}.{nth}"), &recipient, now],
            )?;
        }
        Ok::<_, StoreError>(())
    };
    world.app.store.write(insert).await.unwrap();
}

async fn change(world: &World, path: &str, change: Value) {
    let changed = patch(world, path, &change).await;
    assert_eq!(changed.status, StatusCode::OK, "{change}: {}", changed.text);
}

/// A world with an organisation more: `state`, of which minfin is a part.
async fn state() -> World {
    let world = world().await;
    apply(&world).await;
    world.post("/orgs", &json!({ "id": "state", "title": "State" })).await;
    change(&world, "/orgs/minfin", json!({ "parent": "state" })).await;
    world
}

#[tokio::test]
async fn what_is_changed_while_a_mail_is_sent_holds_for_the_next() {
    for (path, what, to) in [
        (None, json!({ "org": "state" }), vec!["duty@minfin.example"; 3]),
        (
            None,
            json!({ "address": "a@b.example" }),
            vec!["duty@minfin.example", "a@b.example", "a@b.example"],
        ),
        (None, json!({ "org": "minfin" }), vec!["duty@minfin.example"]),
        (Some("/orgs/minfin"), json!({ "parent": null }), vec!["duty@minfin.example"]),
    ] {
        let (world, post) = (state().await, Post::start().await);
        let id = recipient(&world, &json!({ "at_once": ["grace"], "org": "state" })).await;
        waiting(&world, &id, 3).await;
        let (mailer, held) = (post.mailer(), post.hold.lock().await);
        let own = format!("/mail-recipients/{id}");
        let (sent, ()) = tokio::join!(send_due(&world.app, &mailer), async {
            post.came.notified().await;
            change(&world, path.unwrap_or(&own), what.clone()).await;
            drop(held);
        });
        assert_eq!(sent.unwrap().sent, to.len(), "{what}");
        let mails = post.take();
        assert_eq!(mails.iter().map(|mail| mail.header("To")).collect::<Vec<_>>(), to, "{what}");
    }
}

#[tokio::test]
async fn what_was_composed_for_another_place_or_address_is_composed_anew() {
    for (path, what, to) in [
        (None, json!({ "address": "a@b.example" }), vec!["a@b.example"]),
        (None, json!({ "org": "other" }), vec![]),
        (Some("/orgs/minfin"), json!({ "parent": null }), vec![]),
    ] {
        let (world, post) = (state().await, Post::start().await);
        world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
        let id = recipient(&world, &json!({ "at_once": ["grace"], "org": "state" })).await;
        let own = format!("/mail-recipients/{id}");
        broken(&world, "MF-1").await;
        world.clock.pass(Span::from_secs(60));
        let batches = world.app.store.read(prompt::batches).await.unwrap();
        assert_eq!(batches.len(), 1);
        change(&world, path.unwrap_or(&own), what.clone()).await;
        for batch in batches {
            assert!(!prompt::tell(&world.app, batch).await.unwrap(), "{what}");
        }
        assert_eq!(prompts(&world.app).await.unwrap(), to.len(), "{what}");
        let mails = sent(&world, &post).await;
        assert_eq!(mails.iter().map(|mail| mail.header("To")).collect::<Vec<_>>(), to, "{what}");
    }
}

#[tokio::test]
async fn a_digest_is_of_what_its_reader_is_told_of_when_it_is_written() {
    for (path, what, to) in [
        (None, json!({ "address": "a@b.example" }), "a@b.example"),
        (None, json!({ "org": "other" }), "duty@minfin.example"),
        (Some("/orgs/minfin"), json!({ "parent": null }), "duty@minfin.example"),
    ] {
        let (world, post) = (state().await, Post::start().await);
        world.post("/orgs", &json!({ "id": "other", "title": "Other" })).await;
        let id = recipient(&world, &json!({ "digest_hour": 9, "org": "state" })).await;
        let own = format!("/mail-recipients/{id}");
        broken(&world, "MF-1").await;
        world.clock.pass(Span::from_hours(24));
        let now = world.app.now();
        let due = world.app.store.read(move |tx| digest::due(tx, now)).await.unwrap();
        assert_eq!(due.len(), 1);
        change(&world, path.unwrap_or(&own), what.clone()).await;
        for one in due {
            // what is read from now on is of the new place in the tree, and it is composed of that
            let written = digest::digest(&world.app, one, now).await.unwrap();
            assert_eq!(written, path.is_some(), "{what}");
        }
        digests(&world.app).await.unwrap();
        let mails = sent(&world, &post).await;
        assert_eq!(mails.iter().map(|mail| mail.header("To")).collect::<Vec<_>>(), [to], "{what}");
        assert_eq!(mails[0].said().contains("MF-1"), to == "a@b.example", "{what}");
    }
}
