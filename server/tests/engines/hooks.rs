//! Hooks on both engines: a change is taken up, fails, dies, is replayed and delivered; and a restart loses none.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use muster_proto::verdict::State as Judged;
use muster_server::hooks::{self, HookChange, NewHook, Replay, Standing};
use muster_server::mail::{self, Language, NewRecipient, RecipientChange};
use muster_server::store::{StoreError, Tx, values};
use muster_server::version::IfMatch;
use std::sync::{Arc, Mutex};

use crate::support::{World, mailer_at, me};

/// What a receiver answers, and the ids that came.
type Kept = Arc<Mutex<(u16, Vec<String>)>>;

async fn receiver() -> (String, Kept) {
    let kept = Kept::default();
    let answer = async |State(kept): State<Kept>, headers: HeaderMap| {
        let mut kept = kept.lock().expect("kept");
        kept.1.push(headers["webhook-id"].to_str().expect("an id").to_owned());
        StatusCode::from_u16(kept.0).expect("a status")
    };
    let router = Router::new().fallback(answer).with_state(Arc::clone(&kept));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, kept)
}

/// A change, written as the judge writes it.
async fn edge(world: &World, rule: &'static str, to: &'static str) {
    let now = world.app.now();
    let write = move |tx: &mut dyn Tx| {
        let device = tx.query_one("SELECT id FROM devices WHERE org = 'minfin' ORDER BY id LIMIT 1", &[])?;
        let device: DeviceId = device.ok_or(StoreError::Column("a device"))?.take()?;
        tx.execute(
            "INSERT INTO edges (device, rule, to_state, at, written) VALUES ($1, $2, $3, $4, $4)",
            &values![device, rule, to, now],
        )
    };
    world.app.store.write(write).await.expect("an edge");
}

async fn turns(world: &World, id: &str) -> usize {
    let mut sent = 0;
    while let Some(turn) = hooks::turn(&world.app, id).await.expect("a turn") {
        sent += turn.sent;
        if !turn.more {
            break;
        }
    }
    sent
}

pub async fn told(world: &World) {
    let (url, kept) = receiver().await;
    let new = NewHook {
        title: "Monitoring".to_owned(),
        url,
        org: Some("state".to_owned()),
        rule: None,
        states: vec![Judged::Failing, Judged::Grace],
    };
    let hook = hooks::add(&world.app, &me(), new).await.expect("a hook").hook;
    kept.lock().expect("kept").0 = 503;
    for (rule, to) in [("a", "failing"), ("b", "compliant"), ("c", "grace")] {
        edge(world, rule, to).await;
    }
    assert_eq!(
        turns(world, &hook.id).await,
        2,
        "the organisation lies below, and one state was not asked for"
    );
    let page =
        hooks::deliveries(&world.app, &hook.id, Some(Standing::Waiting), None, 1).await.expect("a page");
    assert_eq!((page.deliveries[0].status, page.deliveries[0].attempts), (Some(503), 1));
    let after = page.next.expect("another page").parse().ok();
    let rest = hooks::deliveries(&world.app, &hook.id, None, after, 500).await.expect("a page");
    assert_eq!((rest.deliveries.len(), rest.next), (1, None));
    let listed = hooks::list(&world.app, &me()).await.expect("hooks");
    assert_eq!((listed[0].waiting, listed[0].dead), (2, 0));

    for _ in 0..25 {
        world.clock.pass(Span::from_hours(1));
        turns(world, &hook.id).await;
    }
    let now = world.app.now();
    let counted = world.app.store.read(move |tx| hooks::count(tx, now)).await.expect("counted");
    assert_eq!((counted.waiting, counted.dead), (0, 2));
    kept.lock().expect("kept").0 = 204;
    let one = Replay { edge: Some(page.deliveries[0].edge) };
    for (which, dead) in [(one, 1), (Replay::default(), 0)] {
        let replayed = hooks::replay(&world.app, &me(), &hook.id, which).await.expect("replayed");
        assert_eq!((replayed.replayed, replayed.dead), (1, dead));
    }
    let before = kept.lock().expect("kept").1.len();
    assert_eq!(turns(world, &hook.id).await, 2);
    let ids = kept.lock().expect("kept").1.clone();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!((ids.len() - before, distinct.len()), (2, 2), "each under its own id, every time");
    hooks::forget_dead(&world.app).await.expect("nothing is old");

    let pause = |paused| HookChange { paused: Some(paused), org: Some(None), ..HookChange::default() };
    let any = IfMatch::default;
    hooks::edit(&world.app, &me(), &hook.id, any(), pause(true)).await.expect("paused");
    edge(world, "d", "failing").await;
    assert_eq!(turns(world, &hook.id).await, 0);
    hooks::edit(&world.app, &me(), &hook.id, any(), pause(false)).await.expect("it goes on");
    assert_eq!(turns(world, &hook.id).await, 1);
    hooks::rotate(&world.app, &me(), &hook.id).await.expect("a secret");
    assert!(hooks::ping(&world.app, &me(), &hook.id).await.expect("pinged").delivered);
    hooks::remove(&world.app, &me(), &hook.id).await.expect("removed");
    assert!(hooks::list(&world.app, &me()).await.expect("hooks").is_empty());
}

/// Mails are written, not taken, and listed so.
pub async fn written(world: &World) {
    let new = NewRecipient {
        address: "duty@state.example".to_owned(),
        language: Language::Ru,
        org: Some("state".to_owned()),
        digest_hour: Some(9),
        at_once: vec![Judged::Failing],
    };
    let id = mail::add(&world.app, &me(), new).await.expect("a recipient").id;
    edge(world, "a", "failing").await;
    edge(world, "b", "compliant").await;
    assert_eq!(mail::prompts(&world.app).await.expect("none yet"), 0);
    world.clock.pass(Span::from_secs(61));
    assert_eq!(mail::prompts(&world.app).await.expect("a mail"), 1);
    world.clock.pass(Span::from_hours(24));
    assert_eq!(mail::digests(&world.app).await.expect("a digest"), 1);
    assert_eq!(mail::digests(&world.app).await.expect("none more"), 0);
    let nobody = mailer_at("smtp://127.0.0.1:9?tls=off");
    let sent = mail::send_due(&world.app, &nobody).await.expect("tried");
    assert_eq!((sent.sent, sent.failed), (0, 1));
    let listed = mail::list(&world.app, &me()).await.expect("recipients");
    assert_eq!((listed[0].waiting, listed[0].dead), (2, 0));
    assert!(listed[0].error.is_some());
    let change = RecipientChange { digest_hour: Some(None), org: Some(None), ..RecipientChange::default() };
    mail::edit(&world.app, &me(), &id, IfMatch::default(), change).await.expect("edited");
    world.clock.pass(Span::from_hours(24));
    assert_eq!(mail::digests(&world.app).await.expect("no digest"), 0);
    assert!(!mail::ping(&world.app, &me(), &id).await.expect("tried").delivered);
    mail::remove(&world.app, &me(), &id).await.expect("removed");
    let left = world.app.store.read(|tx| tx.query("SELECT id FROM mails", &[])).await.expect("mails");
    assert!(left.is_empty() && mail::list(&world.app, &me()).await.expect("recipients").is_empty());
}
