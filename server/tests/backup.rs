//! Backup and restore without a socket, on both engines and from one to the other: what comes back, what is ended, and which numbers are
//! held against a phone afterwards.

#[path = "backup/refusals.rs"]
mod refusals;
mod support;
#[expect(dead_code, reason = "that they hold through changes is the engines' to say")]
#[path = "engines/tallies.rs"]
mod tallies;

use age::secrecy::ExposeSecret as _;
use muster_proto::id::Nonce;
use muster_proto::message::OrderKind;
use muster_proto::time::Span;
use muster_proto::verdict::State;
use muster_server::audit;
use muster_server::auth::{self, NewLink, Role, Visit};
use muster_server::backup::{self, Key, Lock, Restored, Target};
use muster_server::certificates::{PhoneCa, settle};
use muster_server::devices;
use muster_server::orders::{self, NewOrder};
use muster_server::people;
use muster_server::store::{Place, Store, StoreError, Tx, values};
use std::path::{Path, PathBuf};
use support::phone::{Phone, Says, for_org, hand_in, token};
use support::postgres::Postgres;
use support::{POLICY, World, me};

/// A pair of keys: quicker than a passphrase.
struct Pair(age::x25519::Identity);

impl Pair {
    fn new() -> Self {
        Self(age::x25519::Identity::generate())
    }

    fn lock(&self) -> Lock {
        Lock::recipients(&[self.0.to_public().to_string()]).expect("a public key")
    }

    fn key(&self) -> Key {
        Key::identities(self.0.to_string().expose_secret().as_bytes()).expect("a key")
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("a thread")
}

async fn make(world: &World, pair: &Pair) -> PathBuf {
    let file = world.folder.path().join("a.backup");
    let (data, place, lock) = (world.folder.path().to_owned(), world.place.clone(), pair.lock());
    let (to, now) = (file.clone(), world.app.now());
    blocking(move || backup::make(&data, &place, &to, &lock, true, now)).await.expect("a backup");
    file
}

/// Restores into a new folder, and starts a server there.
async fn restore(world: &World, file: &Path, pair: &Pair, place: Option<Place>) -> (World, Restored) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place.unwrap_or(Place::File(folder.path().join("muster.db")));
    let target =
        Target { data: folder.path().to_owned(), place: place.clone(), replace: false, revoke: false };
    let (file, key, now) = (file.to_owned(), pair.key(), world.app.now());
    let done = blocking(move || backup::restore(&file, &key, &target, now)).await.expect("restored");
    (World::at(folder, place, &world.clock).await, done)
}

async fn count(world: &World, sql: String) -> i64 {
    let read = move |tx: &mut dyn Tx| tx.query_one(&sql, &[])?.ok_or(StoreError::Column("a count"))?.take();
    world.app.store.read::<i64, StoreError>(read).await.expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_to_sqlite() {
    everything(World::new(None).await, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_to_postgres_and_between_the_engines() {
    let Some(database) = blocking(Postgres::start).await else { return };
    let url = database.url().await;
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.expect("connect");
    tokio::spawn(connection);
    for name in ["first", "second", "third", "fourth", "fifth"] {
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
    }
    let of = |name: &str| format!("{}/{name}", url.rsplit_once('/').expect("the name of a database").0);
    everything(World::new(Some(&of("first"))).await, Some(Place::Postgres(of("second")))).await;
    everything(World::new(None).await, Some(Place::Postgres(of("third")))).await;
    let (other, connection) =
        tokio_postgres::connect(&of("second"), tokio_postgres::NoTls).await.expect("connect");
    tokio::spawn(connection);
    replaced(of("second"), &other).await;
    everything(World::new(Some(&of("fourth"))).await, None).await;
    refusals::stuck(Some(Place::Postgres(of("fifth")))).await;
}

/// Phones on both sides of a backup.
struct Phones {
    /// Its reports were lost.
    honest: Phone,
    /// It had not reported before the backup.
    fresh: Phone,
    /// It says something after the restore, and skips numbers later.
    hiding: Phone,
    /// It has had no answer since before the backup.
    stale: Phone,
    /// It has said nothing between the backup and the restore.
    quiet: Phone,
}

async fn everything(world: World, to: Option<Place>) {
    world.apply(POLICY).await;
    let mut phones = Phones {
        honest: Phone::new(&world, "minfin").await,
        fresh: Phone::new(&world, "minfin").await,
        hiding: Phone::new(&world, "minfin").await,
        stale: Phone::new(&world, "minfin").await,
        quiet: Phone::new(&world, "minfin").await,
    };
    let Phones { honest, fresh, hiding, stale, quiet } = &mut phones;
    for _ in 0..3 {
        for phone in [&mut *honest, hiding, stale, quiet] {
            accepted(&world, phone, &Says::default(), None).await;
        }
        world.pass(Span::from_secs(60)).await;
    }
    begin_things(&world, &quiet.id.to_string()).await;
    let before = world.app.keys.nonces.make(world.app.now());
    world.pass(Span::from_secs(60)).await;
    let pair = Pair::new();
    let file = make(&world, &pair).await;
    let rows = rows(&world).await;

    world.pass(Span::from_secs(60)).await;
    for _ in 0..4 {
        for phone in [&mut *honest, fresh] {
            accepted(&world, phone, &Says::default(), None).await;
        }
        world.pass(Span::from_secs(60)).await;
    }
    let queued = honest.next(&world, &Says::default());
    let after = world.app.keys.nonces.make(world.app.now());
    world.pass(Span::from_hours(1)).await;

    let (world, done) = restore(&world, &file, &pair, to).await;
    assert_eq!(done.manifest.tables["reports"], 12);
    assert_eq!(self::rows(&world).await, rows, "what the backup does not end is as it was");
    tallies::hold(&world).await;
    things_ended(&world, &done).await;
    world.pass(Span::from_secs(60)).await;
    numbers(&world, &mut phones, [before, after], queued).await;
}

/// Which numbers are held against whom.
async fn numbers(world: &World, phones: &mut Phones, nonces: [Nonce; 2], queued: Vec<u8>) {
    let Phones { honest, fresh, hiding, stale, quiet } = phones;
    let [before, after] = nonces.map(|nonce| Says { nonce: Some(nonce), ..Says::default() });
    accepted(world, honest, &after, Some("server-restored")).await;
    assert_eq!(lost(world, honest).await, (vec![(4, 8, 5)], 0));
    assert_eq!(hand_in(world, &queued).await.code, Some("late"));
    assert_eq!(lost(world, honest).await, (vec![(4, 8, 4)], 0), "what was in the queue fills in");
    honest.number += 2;
    accepted(world, honest, &after, Some("gap")).await;
    assert_eq!(lost(world, honest).await, (vec![(4, 8, 4)], 1), "it counts once");

    stale.number += 2;
    accepted(world, stale, &before, Some("gap")).await;
    assert_eq!(lost(world, stale).await, (vec![], 1), "it has had no answer that the backup lacks");

    accepted(world, hiding, &after, None).await;
    hiding.number += 3;
    accepted(world, hiding, &after, Some("gap")).await;
    assert_eq!(lost(world, hiding).await, (vec![], 1), "it was heard of after the restore");

    accepted(world, fresh, &after, Some("server-restored")).await;
    assert_eq!(lost(world, fresh).await, (vec![(1, 4, 4)], 0));
    let shown = devices::show(&world.app, fresh.id).await.expect("the device");
    assert_eq!(shown.reports[0].standing, "server-restored");
    let chain = shown.findings.iter().find(|finding| finding.rule == "chain").expect("the finding");
    assert_eq!(chain.state, State::Compliant);

    let head = quiet.previous;
    accepted(world, quiet, &Says::default(), None).await;
    assert_eq!(lost(world, quiet).await, (vec![], 0));
    (quiet.number, quiet.previous) = (quiet.number - 1, head);
    let other = Says { telegram: true, ..Says::default() };
    accepted(world, quiet, &other, Some("fork")).await;
    assert_eq!(lost(world, quiet).await, (vec![], 1), "two reports under one number are a fork here too");
}

async fn accepted(world: &World, phone: &mut Phone, says: &Says, code: Option<&str>) {
    let said = phone.say(world, says).await;
    assert_eq!((said.action, said.code), ("accepted", code));
}

/// What a device has lost in a restore (first, last, how many), and how many breaks wait for a person.
async fn lost(world: &World, phone: &Phone) -> (Vec<(u64, u64, u64)>, usize) {
    let chain = devices::show(&world.app, phone.id).await.expect("the device").chain.expect("a chain");
    (chain.restored.iter().map(|one| (one.first, one.last, one.lost)).collect(), chain.breaks.len())
}

/// What a restore has to end.
async fn begin_things(world: &World, device: &str) {
    let auditor = |name: &str| NewLink { role: Some(Role::Auditor), ..NewLink::of(name) };
    let link = auth::make_link(&world.app, &me(), auditor("anna")).await.expect("a link").link;
    let visit = Visit { address: "127.0.0.1".parse().expect("an address"), browser: String::new() };
    let secret = link.rsplit('=').next().expect("its secret");
    auth::sign_in(&world.app, secret, &visit).await.expect("the store answers").expect("a session");
    auth::make_link(&world.app, &me(), auditor("boris")).await.expect("a link");
    people::make_set_up_link(&world.app, &me(), "boris").await.expect("a link");
    auth::local_admin(&world.app, world.folder.path()).await.expect("a token");
    let order = NewOrder { kind: OrderKind::Retire, reason: "lost".to_owned(), expires_in: None };
    orders::request(&world.app, &me(), device.parse().expect("an id"), order).await.expect("an order");
    token(world, for_org("minfin")).await;
    let insert =
        "INSERT INTO api_tokens (hash, name, created, expires) VALUES ($1, 'backup-script', 0, NULL)";
    let made = world.app.store.write(move |tx| tx.execute(insert, &values![vec![1_u8; 32]]));
    made.await.expect("a token");
}

async fn things_ended(world: &World, done: &Restored) {
    let back = &done.revived;
    assert_eq!(
        (back.devices, back.orders, back.api_tokens.as_slice()),
        (5, 1, ["backup-script".to_owned()].as_slice())
    );
    assert_eq!((back.enrolment_tokens, back.audit_holds), (1, true));
    assert!(back.links >= 1, "{back:?}");
    for table in [
        "sessions",
        "sign_in_links",
        "set_up_links",
        "orders WHERE ended IS NULL",
        "api_tokens WHERE name = 'local-admin'",
    ] {
        assert_eq!(count(world, format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    let asked = audit::Asked { limit: Some(1000), ..audit::Asked::default() };
    let entries = audit::list(&world.app, &me(), asked).await.expect("the audit").entries;
    let last = entries.iter().max_by_key(|entry| entry.seq).expect("an entry");
    assert_eq!((last.action.as_str(), last.actor.as_str()), ("server.restore", "system:restore"));
    let holds = world.app.store.read(backup::audit_holds).await.expect("an answer");
    assert!(holds, "the audit goes on");
    assert_eq!(last.seq, done.manifest.audit.expect("a head").seq + 1);
}

/// Digests over the rows of tables that a restore leaves alone.
async fn rows(world: &World) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (table, columns) in [
        (
            "reports",
            "id, device, chain, number, digest, received, evidence_at, fresh, skew, occasion, standing, body",
        ),
        ("device_keys", "device, kid, public_key, protection, chain, from_number, added, certificates"),
        ("findings", "device, body"),
        ("policies", "id, version, body, kept, applied, actor"),
        ("edges", "id, device, rule, from_state, to_state, at, written"),
        ("orgs", "id, title, parent, time_zone, created"),
        ("users", "id, name, created"),
    ] {
        let read =
            move |tx: &mut dyn Tx| tx.query(&format!("SELECT {columns} FROM {table} ORDER BY 1, 2"), &[]);
        let rows = world.app.store.read::<_, StoreError>(read).await.expect("rows");
        let text: Vec<String> = rows.into_iter().map(|row| format!("{:?}", row.rest())).collect();
        assert!(!text.is_empty(), "{table}");
        found.push((table, muster_proto::id::Digest::of(text.concat().as_bytes()).to_string()));
    }
    found
}

/// A full target is refused, and while a server runs on it; with `replace` it is moved aside, and what others have in the database is not.
async fn replaced(url: String, client: &tokio_postgres::Client) {
    let place = Place::Postgres(url);
    let world = World::new(None).await;
    Phone::new(&world, "minfin").await;
    let pair = Pair::new();
    let file = make(&world, &pair).await;
    let folder = tempfile::tempdir().expect("a folder");
    let target =
        |replace| Target { data: folder.path().to_owned(), place: place.clone(), replace, revoke: true };
    let now = world.app.now();
    let run = async |replace| {
        let (file, key, target) = (file.clone(), pair.key(), target(replace));
        blocking(move || backup::restore(&file, &key, &target, now)).await
    };
    let others = "CREATE TABLE shop (id BIGINT); \
                  CREATE FUNCTION price() RETURNS BIGINT LANGUAGE sql AS 'SELECT 1::BIGINT'";
    client.batch_execute(others).await.expect("another program's");
    let refused = run(false).await.expect_err("something is there");
    assert!(format!("{refused:#}").contains("--replace"), "{refused:#}");

    let open = || {
        let place = place.clone();
        blocking(move || Store::open_alone(&place, now))
    };
    let server = open().await.expect("the only one");
    assert!(matches!(open().await.err(), Some(StoreError::Taken)), "there is one alone");
    let refused = run(true).await.expect_err("a server runs");
    assert!(format!("{refused:#}").contains("a server runs on the database"), "{refused:#}");
    blocking(move || server.close()).await;

    let done = run(true).await.expect("restored");
    assert_eq!((done.revived.api_tokens.len(), done.revived.enrolment_tokens), (0, 0));
    assert_eq!(done.aside.len(), 1, "{:?}", done.aside);
    let count = async |what: &str| {
        let row = client.query_one(&format!("SELECT COUNT(*) FROM {what}"), &[]).await.expect("a count");
        row.get::<_, i64>(0)
    };
    let tables = |schema: &str| format!("pg_tables WHERE schemaname LIKE '{schema}'");
    let functions = |schema: &str| format!("pg_proc WHERE pronamespace::regnamespace::TEXT LIKE '{schema}'");
    assert_eq!(
        count(&tables("before_restore_%")).await,
        count(&tables("public")).await - 1,
        "all but the shop"
    );
    assert_eq!(count(&functions("before_restore_%")).await, count(&functions("public")).await - 1);
    assert_eq!(count("public.shop").await, 0);
    client.batch_execute("INSERT INTO migrations (number, applied) VALUES (999, 0)").await.expect("newer");
    let refused = run(true).await.expect_err("its tables are not known");
    assert!(format!("{refused:#}").contains("restore into an empty database"), "{refused:#}");
}

/// The CA that phones were given stands in no database: without it a restored server would refuse them, or lock them out.
#[tokio::test(flavor = "multi_thread")]
async fn the_ca_that_phones_trust_comes_back() {
    let world = World::new(None).await;
    let given = PhoneCa::open(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/rsa.pem")));
    let (given, own) = (given.expect("a CA"), PhoneCa::own(&world.app.keys.ca).expect("a CA"));
    settle(&world.app.store, world.folder.path(), &given, &own, None)
        .await
        .expect("no phone is enrolled yet");
    Phone::new(&world, "minfin").await;
    let pair = Pair::new();
    let file = make(&world, &pair).await;

    let (world, _) = restore(&world, &file, &pair, None).await;
    let (store, data) = (&world.app.store, world.folder.path());
    settle(store, data, &given, &own, None).await.expect("it is the CA that phones trust");
    let refused = settle(store, data, &own, &own, None).await.expect_err("phone-ca was forgotten");
    assert!(refused.to_string().contains("1 phones are enrolled under another CA"), "{refused}");
}
