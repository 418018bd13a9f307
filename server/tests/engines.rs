//! One suite judges every engine: the whole business on SQLite, and the same on a real PostgreSQL.

#[path = "engines/calendar.rs"]
mod calendar;
#[path = "engines/carriers.rs"]
mod carriers;
#[path = "engines/groups.rs"]
mod groups;
#[path = "engines/hooks.rs"]
mod hooks;
#[path = "engines/lists.rs"]
mod lists;
#[path = "engines/people.rs"]
mod people;
#[path = "engines/register.rs"]
mod register;
#[path = "engines/retention.rs"]
mod retention;
#[path = "engines/roll_out.rs"]
mod roll_out;
#[path = "engines/scans.rs"]
mod scans;
mod support;
#[path = "engines/tallies.rs"]
mod tallies;

use muster_proto::audit::Verifier;
use muster_proto::facts::{Encryption, Fact};
use muster_proto::id::{Digest, OrderId};
use muster_proto::message::{AckState, OrderAck, OrderKind};
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::State;
use muster_server::devices::{self, Search};
use muster_server::exemptions::{self, NewExemption};
use muster_server::inventory::{self, DeviceIs, Encoding, Layout};
use muster_server::orders::{self, NewOrder};
use muster_server::packages::{self, Ring};
use muster_server::store::{StoreError, Tx, values};
use muster_server::version::IfMatch;
use muster_server::{audit, enrolment, orgs, policies};
use support::phone::{Phone, Says, enrol, for_org, new_key, telegram, token};
use support::postgres::Postgres;
use support::{POLICY, World, me};

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
    transactions(&world).await;
    organisations(&world).await;
    let phone = verdicts(&world).await;
    orders_live(&world, phone).await;
    scans::scans(&world).await;
    policy_versions(&world).await;
    enrolments(&world).await;
    tokens(&world).await;
    inventories(&world).await;
    packages_offered(&world).await;
    lists::lists(&world).await;
    hooks::told(&world).await;
    hooks::written(&world).await;
    people::people(&world).await;
    audited(&world).await;
    tallies::hold_through_changes(&world).await;
    let world = world.restarted().await;
    lists::lists(&world).await;
    roll_out::roll_out(&world).await;
    register::register(&world).await;
    groups::groups(&world).await;
    retention::kept(&world).await;
    tallies::hold(&world).await;
    carriers::carriers(&world).await;
    calendar::calendars(&world).await;
}

async fn transactions(world: &World) {
    let store = &world.app.store;
    let failed = store
        .write(|tx| {
            tx.execute("INSERT INTO settings (name, value) VALUES ('a', '1')", &[])?;
            Err::<(), StoreError>(StoreError::Column("nothing of it stays"))
        })
        .await;
    assert!(matches!(failed, Err(StoreError::Column(_))));
    let twice = store
        .write(|tx| {
            tx.execute("INSERT INTO settings (name, value) VALUES ($2, $1)", &values!["1", "b"])?;
            tx.execute("INSERT INTO settings (name, value) VALUES ($2, $1)", &values!["2", "b"]).map(drop)
        })
        .await;
    assert!(matches!(twice, Err(StoreError::Exists(_))), "{twice:?}");
    let left = store.read(count).await.expect("an answer");
    assert_eq!(left, 0);
    // a failure undoes its own work and nobody else's, though they share a transaction
    let all = (0..20).map(|n| {
        store.write(move |tx| {
            tx.execute("INSERT INTO settings (name, value) VALUES ($1, 'x')", &values![format!("k{n}")])?;
            if n % 2 == 0 { Ok(()) } else { Err(StoreError::Column("odd")) }
        })
    });
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    for (n, one) in waiting.iter_mut().enumerate() {
        assert_eq!(one.await.is_ok(), n % 2 == 0);
    }
    assert_eq!(store.read(count).await.expect("an answer"), 10);
}

/// A second source is written, judged by, replaced and forgotten.
async fn inventories(world: &World) {
    let mut phone = Phone::new(world, "minfin").await;
    phone.say(world, &Says::default()).await;
    assert_eq!(verdict(world, &phone).await.0, State::Compliant);
    let layout = || Layout {
        device: "device".to_owned(),
        device_is: DeviceIs::Id,
        application: "app".to_owned(),
        version: Some("version".to_owned()),
        date: None,
        time_zone: "UTC".to_owned(),
        delimiter: ',',
        encoding: Encoding::Utf8,
    };
    let bring = async |app: &str, dry_run: bool| {
        let file = format!("device,app,version\n{},{app},1\n{0},ru.bank,1\n", phone.id);
        inventory::import(&world.app, &me(), layout(), file.into(), dry_run).await.expect("an inventory")
    };
    assert_eq!(bring("org.telegram.messenger", true).await.changed, 1);
    assert_eq!(verdict(world, &phone).await.0, State::Compliant);
    let (telegram, whatsapp) = ("org.telegram.messenger", "com.whatsapp");
    for (app, changed) in [(telegram, 1), (telegram, 0), (whatsapp, 1), (telegram, 1)] {
        assert_eq!(bring(app, false).await.changed, changed);
        world.clock.pass(Span::from_hours(1));
    }
    assert_eq!(verdict(world, &phone).await.0, State::Grace);
    let told = devices::show(&world.app, phone.id).await.expect("the device").told;
    assert_eq!((told.len(), told[0].messenger.as_str()), (1, "telegram"));
    phone.say(world, &Says::default()).await;
    assert_eq!(verdict(world, &phone).await.0, State::Grace, "a report is judged with it");
    inventory::forget(&world.app, &me(), &phone.id.to_string()).await.expect("forgotten");
    assert_eq!(verdict(world, &phone).await.0, State::Compliant);
    let gone = world.app.store.write(move |tx| {
        tx.execute(
            "UPDATE devices SET status = 'retired', next_judgement = NULL WHERE id = $1",
            &values![phone.id],
        )
    });
    gone.await.expect("the other tests count devices");
}

/// To whom a version was offered is kept once, and again when a person has opened it after a halt.
async fn packages_offered(world: &World) {
    let bytes = b"a package".as_slice();
    let (digest, size) = (Digest::of(bytes), bytes.len() as u64);
    std::fs::create_dir_all(world.app.packages.folder()).expect("a folder");
    std::fs::write(world.app.packages.path(digest), bytes).expect("a file");
    let insert = "INSERT INTO agent_packages (version_code, version, sha256, signer, size, ring, ring_since, added, actor) \
                  VALUES (1, '0.0.1', $1, $1, $2, 'all', 0, 0, 'test')";
    let phones = "UPDATE devices SET platform = 'android'";
    let made = world.app.store.write(move |tx| {
        tx.execute(insert, &values![digest, size])?;
        tx.execute(phones, &[]).map(drop)
    });
    made.await.expect("a package");
    let all =
        devices::list(&world.app, &me(), Search::default(), None, 100, false).await.expect("devices").devices;
    let offer = async || {
        packages::look(&world.app).await.expect("a look");
        let package = packages::list(&world.app).await.expect("packages").packages.remove(0).package;
        for device in &all {
            packages::offer_to(&world.app, device.id, &package).await.expect("an offer");
        }
        let kept = |tx: &mut dyn Tx| {
            let sql = "SELECT COUNT(*), COALESCE(MIN(offered), 0) FROM package_offers";
            let mut row = tx.query_one(sql, &[])?.ok_or(StoreError::Column("a count"))?;
            Ok::<(i64, Timestamp), StoreError>((row.take()?, row.take()?))
        };
        world.app.store.read(kept).await.expect("offers")
    };
    let (count, first) = offer().await;
    assert!(count > 0);
    world.pass(Span::from_hours(1)).await;
    assert_eq!(offer().await, (count, first));
    for ring in [Ring::Halt, Ring::All] {
        packages::set_ring(&world.app, &me(), "0.0.1", ring).await.expect("a ring");
    }
    assert_eq!(offer().await, (count, world.app.now()));
    let back = world.app.store.write(|tx| tx.execute("UPDATE devices SET platform = 'aurora'", &[]));
    back.await.expect("phones of before");
}

fn count(tx: &mut dyn Tx) -> Result<i64, StoreError> {
    tx.query("SELECT COUNT(*) FROM settings WHERE name NOT IN ('rules-edition', 'migrated-by')", &[])?
        .remove(0)
        .take()
}

async fn organisations(world: &World) {
    let orgs = orgs::list(&world.app, &me()).await.expect("organisations");
    let ids: Vec<_> = orgs.iter().map(|org| org.id.as_str()).collect();
    assert_eq!(ids, ["minenergo", "minfin", "minpromtorg", "state"]);
    let new = |id: &str, parent: Option<&str>, zone: Option<&str>| orgs::NewOrg {
        id: id.to_owned(),
        title: "x".to_owned(),
        parent: parent.map(str::to_owned),
        time_zone: zone.map(str::to_owned),
    };
    for (wrong, status) in [
        (new("minfin", None, None), 409),
        (new("Min Fin", None, None), 422),
        (new("other", Some("nobody"), None), 404),
        (new("other", None, Some("Mars/Olympus")), 422),
    ] {
        let error = orgs::add(&world.app, &me(), wrong).await.expect_err("refused");
        assert_eq!(error.problem().status, status, "{error}");
    }
}

async fn verdicts(world: &World) -> Phone {
    let plan = policies::plan(&world.app, &me(), POLICY, false).await.expect("a plan");
    assert!(!plan.changes.is_empty());
    world.apply(POLICY).await;
    let mut phone = Phone::new(world, "minfin").await;
    assert_eq!(phone.say(world, &Says::default()).await.action, "accepted");
    assert_eq!(verdict(world, &phone).await, (State::Compliant, None));

    world.pass(Span::from_hours(1)).await;
    let found = world.app.now();
    phone.say(world, &telegram()).await;
    assert_eq!(verdict(world, &phone).await, (State::Grace, Some(found + Span::from_hours(72))));
    for _ in 0..4 {
        world.pass(Span::from_hours(20)).await;
        phone.say(world, &telegram()).await;
    }
    assert_eq!(verdict(world, &phone).await.0, State::Failing, "the grace is over");

    let looser = POLICY.replace("72h", "720h");
    let plan = policies::plan(&world.app, &me(), &looser, false).await.expect("a plan");
    assert_eq!(plan.devices.total, 1, "the one device would be in grace again");
    let until = world.app.now() + Span::from_hours(10);
    let (rule, reason) = ("no-telegram".to_owned(), "press office".to_owned());
    let new = NewExemption { rule, device: Some(phone.id), org: None, until: until.into(), reason };
    exemptions::add(&world.app, &me(), new).await.expect("an exemption");
    assert_eq!(verdict(world, &phone).await.0, State::Compliant, "the other rules hold");
    let shown = devices::show(&world.app, phone.id).await.expect("the device");
    assert!(shown.findings.iter().any(|finding| finding.exemption.is_some()));
    world.pass(Span::from_hours(11)).await;
    assert_eq!(verdict(world, &phone).await.0, State::Grace, "after an exemption the grace begins anew");

    phone.say(world, &Says { encryption: Fact::Known(Encryption::Inactive), ..Says::default() }).await;
    assert_eq!(verdict(world, &phone).await.0, State::Failing);
    phone.say(world, &Says::default()).await;
    assert_eq!(verdict(world, &phone).await.0, State::Compliant);
    world.pass(Span::from_hours(27)).await;
    assert_eq!(verdict(world, &phone).await.0, State::Failing, "silence is found by the clock alone");
    phone.say(world, &Says::default()).await;
    assert_eq!(verdict(world, &phone).await.0, State::Compliant);
    let shown = devices::show(&world.app, phone.id).await.expect("the device");
    assert_eq!(shown.reports.len(), 9);
    assert!(shown.edges.iter().any(|edge| edge.rule == "silence" && edge.to == Some(State::Failing)));
    phone
}

async fn verdict(world: &World, phone: &Phone) -> (State, Option<Timestamp>) {
    let verdict = devices::show(&world.app, phone.id).await.expect("the device").row.verdict;
    (verdict.state, verdict.due)
}

async fn orders_live(world: &World, mut phone: Phone) {
    let new =
        || NewOrder { kind: OrderKind::Scan, reason: "asked by the minister".to_owned(), expires_in: None };
    let order = orders::request(&world.app, &me(), phone.id, new()).await.expect("an order");
    assert_eq!(order.state, "queued");
    world.clock.pass(Span::from_millis(200));
    ack(world, &phone, order.order, AckState::Delivered).await;
    world.clock.pass(Span::from_millis(200));
    phone.say(world, &Says { order: Some(order.order), ..Says::default() }).await;
    let order = orders::show(&world.app, order.order).await.expect("the order");
    let states: Vec<_> = order.states.iter().map(|step| step.state.as_str()).collect();
    assert_eq!(states, ["queued", "delivered", "reported"]);
    assert_eq!((order.click_to_verdict_ms, order.report), (Some(400), Some(phone.number)));
    assert!(orders::cancel(&world.app, &me(), order.order).await.is_err(), "it has ended");

    let failed = orders::request(&world.app, &me(), phone.id, new()).await.expect("an order").order;
    ack(world, &phone, failed, AckState::Failed).await;
    let called_back = orders::request(&world.app, &me(), phone.id, new()).await.expect("an order").order;
    orders::cancel(&world.app, &me(), called_back).await.expect("cancelled");
    let late = orders::request(&world.app, &me(), phone.id, new()).await.expect("an order").order;
    world.pass(Span::from_secs(16 * 60)).await;
    for (order, state) in [(failed, "failed"), (called_back, "cancelled"), (late, "expired")] {
        assert_eq!(orders::show(&world.app, order).await.expect("the order").state, state);
    }
    let none = world.app.store.clone();
    let (id, now) = (phone.id, world.app.now());
    let waiting = none.read(move |tx| orders::waiting(tx, id, now)).await.expect("an answer");
    assert!(waiting.is_empty());
    assert!(orders::show(&world.app, OrderId([9; 16])).await.is_err());
}

async fn ack(world: &World, phone: &Phone, order: OrderId, state: AckState) {
    let ack = OrderAck { iat: world.app.now(), device: phone.id, order, state, code: None };
    orders::acknowledge(&world.app, ack).await.expect("taken in");
}

async fn enrolments(world: &World) {
    let many = enrolment::NewToken { uses: Some(2), approve: None, ..for_org("minenergo") };
    let token = token(world, many).await;
    let keys = [new_key(), new_key(), new_key()];
    for key in &keys[..2] {
        let answer = enrol(world, key, &token).await.expect("it waits").answer;
        assert!(answer.device.is_none() && answer.code.is_some());
        // again, and nothing is used up
        enrol(world, key, &token).await.expect("it still waits");
    }
    assert!(matches!(enrol(world, &keys[2], &token).await, Err(enrolment::EnrolError::TokenSpent)));
    let waiting = enrolment::pending(&world.app, &me()).await.expect("a list");
    assert_eq!(waiting.len(), 2);
    enrolment::approve(&world.app, &me(), waiting[0].device, None).await.expect("approved");
    enrolment::refuse(&world.app, &me(), waiting[1].device).await.expect("refused");
    assert!(enrolment::approve(&world.app, &me(), waiting[1].device, None).await.is_err());
    let mut outcomes = Vec::new();
    for key in &keys[..2] {
        outcomes.push(enrol(world, key, &token).await.is_ok());
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, [false, true]);
}

/// What still works is listed; what was taken back lets nobody in.
async fn tokens(world: &World) {
    let of = async |org: Option<&str>| enrolment::tokens(&world.app, &me(), org).await.expect("a list");
    let before = of(None).await.len();
    let many = enrolment::NewToken { uses: Some(3), approve: None, ..for_org("minfin") };
    let made = enrolment::make_token(&world.app, &me(), many).await.expect("a token");
    let brief = enrolment::NewToken { expires_in: Some(Span::from_secs(60)), ..for_org("minenergo") };
    let brief = enrolment::make_token(&world.app, &me(), brief).await.expect("a token");
    assert_eq!(of(None).await.len(), before + 2);
    assert!(of(Some("minfin")).await.iter().all(|token| token.org == "minfin"));
    assert!(of(Some("state")).await.iter().any(|token| token.id == made.id), "those below count");
    assert!(enrolment::tokens(&world.app, &me(), Some("nobody")).await.is_err());
    let (first, second) = (new_key(), new_key());
    enrol(world, &first, &made.token).await.expect("it waits");
    let listed = of(Some("minfin")).await;
    let one = listed.iter().find(|token| token.id == made.id).expect("it is listed");
    assert_eq!((one.uses, one.left, one.approve), (3, 2, enrolment::Approve::Person));
    assert_eq!((one.expires, one.actor.as_str(), one.replaces), (made.expires, me().name(), None));
    let shown = serde_json::to_string(&listed).expect("JSON");
    assert!(!shown.contains(&made.token), "a token is never shown again");

    let revoked = enrolment::revoke(&world.app, &me(), &made.id).await.expect("revoked");
    assert_eq!((revoked.left, revoked.expires), (2, world.app.now()));
    assert!(matches!(enrol(world, &second, &made.token).await, Err(enrolment::EnrolError::TokenRevoked)));
    enrol(world, &first, &made.token).await.expect("who waits goes on waiting");
    for gone in [made.id.as_str(), "0000000000000000", "", "' OR 1=1 --"] {
        let error = enrolment::revoke(&world.app, &me(), gone).await.expect_err("no such token");
        assert_eq!(error.problem().status, 404);
    }
    world.clock.pass(Span::from_secs(60));
    let ids: Vec<_> = of(None).await.into_iter().map(|token| token.id).collect();
    assert!(!ids.contains(&made.id) && !ids.contains(&brief.id), "{ids:?}");
}

/// Versions are listed, compared, and gone back to, with what each kept.
async fn policy_versions(world: &World) {
    let versions = async || policies::versions(&world.app, &me(), "phones").await.expect("versions");
    assert_eq!(versions().await.len(), 1);
    let stricter = POLICY.replace("72h", "24h");
    world.apply(&stricter).await;
    let diff = policies::diff(&world.app, &me(), "phones", None, None).await.expect("a diff");
    assert_eq!((diff.from, diff.to, diff.changes.len()), (1, 2, 1));
    assert!(
        diff.diff.contains("-  - { id: no-telegram, kind: messengers, deny: [telegram], grace: 72h }"),
        "{}",
        diff.diff
    );
    assert!(diff.diff.contains("+++ phones version 2"), "{}", diff.diff);
    // the third leaves a rule out, which stays in force
    world
        .apply(
            &stricter.replace(
                "  - { id: encrypted, kind: encryption }\n",
                "  - { id: locked, kind: screen-lock }\n",
            ),
        )
        .await;
    let rules = |tx: &mut dyn Tx| {
        let sql =
            "SELECT COUNT(*) FROM findings WHERE body LIKE '%\"encrypted\"%' AND body LIKE '%\"locked\"%'";
        tx.query_one(sql, &[])?.ok_or(StoreError::Column("a count"))?.take::<i64>()
    };
    assert_eq!(world.app.store.read(rules).await.expect("a count"), 1);
    let plan = policies::plan_roll_back(&world.app, &me(), "phones", 1).await.expect("a plan");
    assert_eq!(plan.changes.len(), 2, "{:?}", plan.changes);
    assert!(
        policies::roll_back(&world.app, &me(), "phones", 1, " ", IfMatch::default()).await.is_err(),
        "a reason is needed"
    );
    let back = policies::roll_back(&world.app, &me(), "phones", 1, "too strict", IfMatch::default())
        .await
        .expect("back");
    assert_eq!((back.version, back.changes.len()), (4, 2));
    assert_eq!(world.app.store.read(rules).await.expect("a count"), 0);
    assert_eq!(policies::show(&world.app, &me(), "phones", None).await.expect("it").body, POLICY);
    let kept = policies::roll_back(&world.app, &me(), "phones", 3, "again", IfMatch::default())
        .await
        .expect("forth");
    assert_eq!((kept.version, kept.changes.len()), (5, 2), "with what the third kept");
    let same = policies::roll_back(&world.app, &me(), "phones", 3, "again", IfMatch::default())
        .await
        .expect("nothing");
    assert_eq!((same.version, same.changes.len()), (5, 0));
    let stale = IfMatch::of(Some(vec![
        policies::show(&world.app, &me(), "phones", Some(4)).await.expect("it").etag(),
    ]));
    let stale = policies::roll_back(&world.app, &me(), "phones", 1, "from the fourth", stale).await;
    assert_eq!(stale.map(drop).expect_err("another is in force").problem().code, "other-version");
    policies::roll_back(&world.app, &me(), "phones", 1, "the other tests", IfMatch::default())
        .await
        .expect("back");
    assert_eq!(versions().await.iter().map(|one| one.version).collect::<Vec<_>>(), [6, 5, 4, 3, 2, 1]);
    assert_eq!(versions().await[0].size, POLICY.len() as u64);
    assert!(versions().await[0].in_force && !versions().await[1].in_force);
    for error in [
        policies::versions(&world.app, &me(), "nothing").await.map(drop).expect_err("missing"),
        policies::roll_back(&world.app, &me(), "phones", 99, "x", IfMatch::default())
            .await
            .map(drop)
            .expect_err("missing"),
        policies::diff(&world.app, &me(), "phones", Some(99), None).await.map(drop).expect_err("missing"),
    ] {
        assert_eq!(error.problem().status, 404, "{error}");
    }
}

async fn audited(world: &World) {
    let asked = audit::Asked { limit: Some(1000), ..audit::Asked::default() };
    let entries = audit::list(&world.app, &me(), asked).await.expect("entries").entries;
    for action in [
        "org.add",
        "policy.apply",
        "token.make",
        "token.revoke",
        "device.enrol",
        "order.request",
        "exemption.add",
        "inventory.import",
        "inventory.forget",
        "device.approve",
        "policy.rollback",
        "scan.request",
        "scan.cancel",
    ] {
        assert!(entries.iter().any(|entry| entry.action == action), "{action}");
    }
    for entry in &entries {
        assert!(
            audit::ACTIONS.contains(&entry.action.as_str()),
            "{} is not in the list of actions",
            entry.action
        );
    }
    let mut verifier = Verifier::default();
    entries.iter().for_each(|entry| verifier.take(entry));
    let checked = verifier.finish(false);
    assert!(checked.holds, "{checked:?}");
}
