//! The record on real databases: what is written, what the database itself refuses, and that every tampering is found. Both engines.

mod support;

use muster_proto::audit::{Checked, Entry, Flaw, Head, Image, Verifier};
use muster_proto::time::Span;
use muster_server::audit::{self, Act, Asked, Order};
use muster_server::auth::Actor;
use muster_server::orders::{self, NewOrder};
use muster_server::store::{Store, StoreError, Tx, values};
use muster_server::{exemptions, orgs};
use serde_json::json;
use support::phone::Phone;
use support::postgres::Postgres;
use support::{ADDRESS, POLICY, World, me, start};

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    everything(World::new(None).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let Some(database) = tokio::task::spawn_blocking(Postgres::start).await.expect("a thread") else {
        return;
    };
    everything(World::new(Some(&database.url().await)).await).await;
}

async fn everything(world: World) {
    images(&world).await;
    filters(&world).await;
    taking_turns(&world).await;
    only_appended(&world).await;
    tampering(&world).await;
    with_a_head(&world).await;
}

async fn list(world: &World, asked: Asked) -> Vec<Entry> {
    audit::list(&world.app, &me(), Asked { limit: Some(1000), ..asked }).await.expect("entries").entries
}

/// What was there before and after, and from where it was asked.
async fn images(world: &World) {
    let anna = Actor::session("Anna")
        .with(muster_server::auth::Reach::everything())
        .at("::ffff:192.0.2.1".parse().expect("an address"));
    muster_server::policies::apply(&world.app, &anna, POLICY.to_owned(), false).await.expect("a policy");
    let stricter = POLICY.replace("72h", "48h");
    muster_server::policies::apply(&world.app, &anna, stricter, false).await.expect("a policy");
    let phone = Phone::new(world, "minfin").await;
    let new = NewOrder {
        kind: muster_proto::message::OrderKind::Scan,
        reason: "x".to_owned(),
        expires_in: Some(Span::from_secs(60)),
    };
    let order = orders::request(&world.app, &anna, phone.id, new).await.expect("an order").order;
    orders::cancel(&world.app, &anna, order).await.expect("cancelled");
    let until = world.app.now() + Span::from_hours(1);
    let new = exemptions::NewExemption {
        rule: "encrypted".to_owned(),
        device: Some(phone.id),
        org: None,
        until: until.into(),
        reason: "y".to_owned(),
    };
    exemptions::add(&world.app, &anna, new).await.expect("an exemption");

    let one = async |action: &str, nth: usize| {
        let asked = Asked { action: Some(action.to_owned()), ..Asked::default() };
        list(world, asked).await.swap_remove(nth)
    };
    let value = |image: &Option<Image>| image.as_ref().map(Image::value).unwrap_or_default();
    let applied = one("policy.apply", 1).await;
    assert_eq!(applied.address.as_deref(), Some("192.0.2.1"));
    assert_eq!(
        (&value(&applied.before)["version"], &value(&applied.after)["version"]),
        (&json!(1), &json!(2))
    );
    assert_ne!(value(&applied.before)["sha256"], value(&applied.after)["sha256"]);
    assert_eq!(one("policy.apply", 0).await.before, None);
    let enrolled = one("device.enrol", 0).await;
    assert_eq!(enrolled.address, Some(ADDRESS.to_string()));
    assert_eq!(value(&enrolled.after)["org"], "minfin");
    let cancelled = one("order.cancel", 0).await;
    assert_eq!(
        (&value(&cancelled.before)["state"], &value(&cancelled.after)["state"]),
        (&json!("queued"), &json!("cancelled"))
    );
    assert_eq!(value(&one("exemption.add", 0).await.after)["until"], json!(until));
    assert_eq!(one("org.add", 1).await.address, None, "the system has none");
}

async fn filters(world: &World) {
    let all = list(world, Asked::default()).await;
    let of =
        async |asked: Asked| list(world, asked).await.into_iter().map(|entry| entry.seq).collect::<Vec<_>>();
    let expected = |wanted: &dyn Fn(&Entry) -> bool| {
        let seqs: Vec<u64> = all.iter().filter(|entry| wanted(entry)).map(|entry| entry.seq).collect();
        assert!(!seqs.is_empty() && seqs.len() < all.len());
        seqs
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        of(Asked { actor: some("Anna"), ..Asked::default() }).await,
        expected(&|entry| entry.actor == "Anna")
    );
    assert_eq!(
        of(Asked { action: some("order"), ..Asked::default() }).await,
        expected(&|entry| entry.action.starts_with("order."))
    );
    assert_eq!(
        of(Asked { action: some("order.cancel"), ..Asked::default() }).await,
        expected(&|entry| entry.action == "order.cancel")
    );
    assert_eq!(
        of(Asked { subject: some("org:minfin"), actor: some(me().name()), ..Asked::default() }).await,
        expected(&|entry| entry.subject == "org:minfin" && entry.actor == me().name())
    );
    assert!(of(Asked { action: some("' OR 1=1 --"), ..Asked::default() }).await.is_empty());

    world.clock.pass(Span::from_hours(1));
    let later = world.app.now();
    let new = orgs::NewOrg { id: "later".to_owned(), title: "x".to_owned(), parent: None, time_zone: None };
    orgs::add(&world.app, &me(), new).await.expect("an organisation");
    let last = all.last().expect("entries").seq;
    assert_eq!(of(Asked { from: Some(later), ..Asked::default() }).await, [last + 1]);
    assert_eq!(of(Asked { until: Some(later), ..Asked::default() }).await.len() as u64, last);
    for order in [Order::Oldest, Order::Newest] {
        let (mut place, mut seen) = (None, Vec::new());
        loop {
            let asked = match order {
                Order::Oldest => Asked { after: place, ..Asked::default() },
                Order::Newest => Asked { before: place, ..Asked::default() },
            };
            let asked = Asked { limit: Some(3), order, actor: some(me().name()), ..asked };
            let page = audit::list(&world.app, &me(), asked).await.expect("a page");
            seen.extend(page.entries.iter().map(|entry| entry.seq));
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        let mut whole = of(Asked { actor: some(me().name()), ..Asked::default() }).await;
        if order == Order::Newest {
            whole.reverse();
        }
        assert_eq!(seen, whole);
    }
}

/// Two processes on one database.
async fn taking_turns(world: &World) {
    let place = world.place.clone();
    let other = tokio::task::spawn_blocking(move || Store::open(&place, start())).await.expect("a thread");
    let stores = [world.app.store.clone(), other.expect("a store")];
    let mut writing = tokio::task::JoinSet::new();
    for n in 0..40 {
        let store = stores[n % 2].clone();
        writing.spawn(async move {
            let act = Act::new("org.add", format!("test:{n}")).after(json!({ "n": n }));
            store.write(move |tx| audit::append(tx, start(), &me(), act)).await
        });
    }
    while let Some(written) = writing.join_next().await {
        written.expect("a task").expect("appended");
    }
    let [_, other] = stores;
    tokio::task::spawn_blocking(move || other.close()).await.expect("a thread");
    let checked = world.app.store.read(|tx| checked(tx, vec![])).await.expect("an answer");
    assert!(checked.holds, "{checked:?}");
}

async fn only_appended(world: &World) {
    for sql in [
        "UPDATE audit SET actor = 'nobody' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
    ] {
        let refused = world.app.store.write(|tx| tx.execute(sql, &[]).map(drop)).await;
        assert!(matches!(refused, Err(StoreError::Engine(_))), "{sql}: {refused:?}");
    }
}

/// What is done with the triggers out of the way, is looked at, and is then undone.
async fn after(world: &World, statements: &[&str], heads: Vec<Head>) -> Vec<Flaw> {
    let statements: Vec<String> = statements.iter().map(|&sql| sql.to_owned()).collect();
    let (tell, told) = tokio::sync::oneshot::channel();
    let triggers: &[&str] = match world.place {
        muster_server::store::Place::File(_) => {
            &["DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_deleted"]
        }
        muster_server::store::Place::Postgres(_) => &["DROP TRIGGER audit_is_append_only ON audit"],
    };
    let undone = world.app.store.write(move |tx| {
        for sql in triggers.iter().copied().chain(statements.iter().map(String::as_str)) {
            match sql {
                "anew" => anew(tx)?,
                sql => drop(tx.execute(sql, &[])?),
            }
        }
        tell.send(checked(tx, heads)?.flaws).expect("somebody waits");
        Err::<(), _>(StoreError::Column("nothing of it stays"))
    });
    let undone = undone.await;
    told.await.unwrap_or_else(|_| panic!("{undone:?}"))
}

async fn tampering(world: &World) {
    assert_eq!(after(world, &[], vec![]).await, []);
    let anna = Asked { action: Some("policy.apply".to_owned()), ..Asked::default() };
    let seq = list(world, anna).await.pop().expect("an entry").seq;
    let blob = match world.place {
        muster_server::store::Place::File(_) => format!("x'{}'", "07".repeat(32)),
        muster_server::store::Place::Postgres(_) => format!("'\\x{}'", "07".repeat(32)),
    };
    let (previous, hash) = (format!("previous = {blob}"), format!("hash = {blob}"));
    for change in [
        "form = 1",
        "form = 3",
        "at = at - 1",
        "actor = 'Boris'",
        "address = '192.0.2.9'",
        "address = NULL",
        "action = 'policy.plan'",
        "subject = 'policy:other'",
        "detail = ''",
        "before_json = NULL",
        "before_json = '{}'",
        "after_json = after_json || ' '",
        "after_json = 'nothing'",
        &previous,
        &hash,
    ] {
        let sql = format!("UPDATE audit SET {change} WHERE seq = {seq}");
        assert_eq!(after(world, &[&sql], vec![]).await, [Flaw::Changed { seq }], "{change}");
    }
    assert_eq!(
        after(world, &["DELETE FROM audit WHERE seq = 1"], vec![]).await,
        [Flaw::Removed { first: 1, last: 1 }]
    );
    assert_eq!(
        after(world, &["DELETE FROM audit WHERE seq IN (4, 5)"], vec![]).await,
        [Flaw::Removed { first: 4, last: 5 }]
    );
    let swapped = ["seq = 0 WHERE seq = 5", "seq = 5 WHERE seq = 6", "seq = 6 WHERE seq = 0"];
    let swapped = swapped.map(|swap| format!("UPDATE audit SET {swap}"));
    assert_eq!(
        after(world, &swapped.each_ref().map(String::as_str), vec![]).await,
        [Flaw::Renumbered { seq: 5, written: 6 }, Flaw::Renumbered { seq: 6, written: 5 }]
    );
    let last = audit::head(&world.app).await.expect("a head").seq;
    let columns =
        "at, actor, address, action, subject, detail, previous, hash, form, before_json, after_json";
    let inserted = format!(
        "INSERT INTO audit (seq, {columns}) SELECT {} , {columns} FROM audit WHERE seq = {last}",
        last + 1
    );
    assert_eq!(after(world, &[&inserted], vec![]).await, [Flaw::Renumbered { seq: last + 1, written: last }]);
}

/// What only a head that was kept elsewhere shows.
async fn with_a_head(world: &World) {
    let head = audit::head(&world.app).await.expect("a head");
    let cut = format!("DELETE FROM audit WHERE seq > {}", head.seq - 2);
    assert_eq!(after(world, &[&cut], vec![]).await, []);
    assert_eq!(after(world, &[&cut], vec![head]).await, [Flaw::Cut { head: head.seq, last: head.seq - 2 }]);
    assert_eq!(
        after(world, &["DELETE FROM audit"], vec![head]).await,
        [Flaw::Cut { head: head.seq, last: 0 }]
    );
    let rewritten = ["UPDATE audit SET actor = 'Boris' WHERE seq = 3", "anew"];
    assert_eq!(after(world, &rewritten, vec![]).await, []);
    assert_eq!(after(world, &rewritten, vec![head]).await, [Flaw::Replaced { seq: head.seq }]);
    let older = list(world, Asked { limit: Some(2), ..Asked::default() }).await[1].head();
    assert_eq!(after(world, &rewritten, vec![older]).await, [], "what stands before the change is as it was");
    assert_eq!(after(world, &[], vec![older, head]).await, []);
}

/// Writes every hash anew, as somebody does who has the database and this program's source.
fn anew(tx: &mut dyn Tx) -> Result<(), StoreError> {
    let mut previous = None;
    for mut entry in whole(tx)? {
        entry.previous = previous.unwrap_or(entry.previous);
        entry.hash = entry.digest().expect("a form");
        let row = values![entry.seq, entry.previous, entry.hash];
        tx.execute("UPDATE audit SET previous = $2, hash = $3 WHERE seq = $1", &row)?;
        previous = Some(entry.hash);
    }
    Ok(())
}

fn checked(tx: &mut dyn Tx, heads: Vec<Head>) -> Result<Checked, StoreError> {
    let mut verifier = Verifier::new(heads);
    whole(tx)?.iter().for_each(|entry| verifier.take(entry));
    Ok(verifier.finish(false))
}

fn whole(tx: &mut dyn Tx) -> Result<Vec<Entry>, StoreError> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let page = audit::following(tx, entries.last().map_or(0, |last| last.seq), u64::MAX)?;
        if page.is_empty() {
            return Ok(entries);
        }
        entries.extend(page);
    }
}
