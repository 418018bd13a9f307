//! A database of the first version, as text in `fixtures`, opened by today's server on both engines: everything in it is as it was, and the
//! phones in it go on reporting.
//!
//! The rows are a real run's: `cargo test -p muster-server --test migrations -- --ignored` has written them, when the program
//! had six migrations, into the shape of the first. It is kept as it is: an old database does not change either.

mod support;

use muster_proto::id::{hex, unhex};
use muster_proto::key::{Signer as _, SoftwareKey};
use muster_proto::time::{Span, Timestamp};
use muster_server::clock::{Clock as _, StillClock};
use muster_server::devices;
use muster_server::store::{self, Place, Store, StoreError, Tx};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::phone::{Phone, Says, telegram};
use support::postgres::Postgres;
use support::{POLICY, World, random, start};

const FIRST: &str = include_str!("../src/store/migrations/0001.sql");
const ROWS: &str = include_str!("fixtures/0001.sql");
/// The phones' keys, a line each.
const KEYS: &str = include_str!("fixtures/0001.keys");

/// Tables that are the same before and after; sessions and the like may be cleared at a start.
const KEPT: &[&str] = &[
    "orgs",
    "tokens",
    "devices",
    "findings",
    "device_keys",
    "reports",
    "edges",
    "breaks",
    "orders",
    "order_states",
    "policies",
    "exemptions",
    "audit",
    "users",
    "api_tokens",
];

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("muster.db");
    let before = old_database(&file);
    everything(folder, Place::File(file), before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let Some(database) = tokio::task::spawn_blocking(Postgres::start).await.expect("a thread") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("old.db");
    let before = old_database(&file);
    let place = Place::Postgres(database.url().await);
    let into = place.clone();
    let copied = move || store::copy_in(&file, &into, None, start(), |_| Ok::<_, StoreError>(()));
    tokio::task::spawn_blocking(copied).await.expect("a thread").expect("migrated");
    everything(folder, place, before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("muster.db");
    let open = || Store::open(&Place::File(file.clone()), start());
    open().expect("a new one").close();
    let newer = "INSERT INTO migrations (number, applied) VALUES (4000, 1); UPDATE settings SET value = '9.0.1' WHERE name = 'migrated-by'";
    Connection::open(&file).and_then(|db| db.execute_batch(newer)).expect("a newer one");
    let words = open().err().expect("refused").to_string();
    for part in ["muster-server 9.0.1", "migration 4000", env!("CARGO_PKG_VERSION"), "Start that version"] {
        assert!(words.contains(part), "no {part:?} in {words:?}");
    }
}

async fn everything(folder: tempfile::TempDir, place: Place, before: Vec<(String, Vec<String>)>) {
    let clock = Arc::new(StillClock::at(start() + Span::from_hours(48)));
    let world = World::at(folder, place, &clock).await;
    for (query, rows) in &before {
        let (sql, text) = (query.clone(), |rows: Vec<store::Row>| {
            rows.into_iter().map(|row| format!("{:?}", row.rest())).collect()
        });
        let found = world
            .app
            .store
            .read::<_, StoreError>(move |tx: &mut dyn Tx| tx.query(&sql, &[]))
            .await
            .expect("rows");
        let found: Vec<String> = text(found);
        assert_eq!(&found, rows, "{query}");
    }
    let holds = world.app.store.read(muster_server::backup::audit_holds).await.expect("an answer");
    assert!(holds, "the old audit still holds");
    let tagged = "SELECT COUNT(*) FROM devices WHERE asset_tag = 'MF-17' AND tag_key = 'mf-17'";
    let tagged = world.app.store.read::<_, StoreError>(move |tx: &mut dyn Tx| tx.query(tagged, &[]));
    let tagged: u64 = tagged.await.expect("rows").remove(0).take().expect("a count");
    assert_eq!(tagged, 3, "the register finds devices that were there before it");
    let mut judged = 0;
    for mut phone in phones(&world).await {
        let said = phone.say(&world, &Says::default()).await;
        assert_eq!((said.action, said.code), ("accepted", None), "the chain goes on at {}", phone.number);
        let shown = devices::show(&world.app, phone.id).await.expect("the device");
        judged += shown.findings.len();
    }
    assert!(judged > 0);
    let world = world.restarted().await;
    assert!(world.app.now() > start());
}

/// Makes the old database; what is in it, by question.
fn old_database(file: &Path) -> Vec<(String, Vec<String>)> {
    let db = Connection::open(file).expect("a file");
    db.execute_batch("PRAGMA foreign_keys = OFF; CREATE TABLE migrations (number INTEGER PRIMARY KEY, applied INTEGER NOT NULL); INSERT INTO migrations VALUES (1, 1)")
        .and_then(|()| db.execute_batch(FIRST))
        .and_then(|()| db.execute_batch(ROWS))
        .expect("the old database");
    drop(db);
    let questions: Vec<String> = KEPT
        .iter()
        .map(|table| format!("SELECT {} FROM {table} ORDER BY 1, 2", columns(table).join(", ")))
        .collect();
    let read = |tx: &mut dyn Tx| {
        let rows = |sql: &String| {
            tx.query(sql, &[])
                .map(|rows| rows.into_iter().map(|row| format!("{:?}", row.rest())).collect::<Vec<_>>())
        };
        questions.iter().map(rows).collect::<Result<Vec<_>, StoreError>>()
    };
    let found = store::read_file(file, read).expect("rows");
    assert!(
        found.iter().filter(|rows| rows.is_empty()).count() < 3,
        "the old database has next to nothing in it"
    );
    questions.into_iter().zip(found).collect()
}

/// The columns that a table had.
fn columns(table: &str) -> Vec<String> {
    let db = Connection::open_in_memory().expect("memory");
    db.execute_batch(FIRST).expect("the first migration");
    // a device's revision only says that the row was written: new columns are filled in at the start
    let mut statement = db
        .prepare("SELECT name FROM pragma_table_info(?1) WHERE name <> 'revision' ORDER BY cid")
        .expect("a statement");
    let names = statement.query_map([table], |row| row.get(0)).expect("columns");
    names.collect::<Result<_, _>>().expect("names")
}

/// The phones of the old database, where their chains stand.
async fn phones(world: &World) -> Vec<Phone> {
    let mut phones = Vec::new();
    for line in KEYS.lines() {
        let pkcs8 = unhex(line).expect("a key");
        let mut phone = Phone::of(world, SoftwareKey::from_pkcs8(&pkcs8, random()).expect("a key")).await;
        let chain = devices::show(&world.app, phone.id).await.expect("the device").chain.expect("a chain");
        (phone.chain, phone.number, phone.previous) = (chain.chain, chain.number, Some(chain.digest));
        phones.push(phone);
    }
    assert_eq!(phones.len(), 3);
    phones
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes the fixture"]
async fn write_it_anew() {
    let world = World::new(None).await;
    world.apply(POLICY).await;
    let mut keys = String::new();
    let mut phones = Vec::new();
    for _ in 0..3 {
        let (key, pkcs8) = SoftwareKey::generate(random()).expect("a key");
        let token = support::phone::token(&world, support::phone::for_org("minfin")).await;
        support::phone::enrol(&world, &key, &token).await.expect("enrolled");
        writeln!(keys, "{}", hex(&pkcs8)).expect("memory");
        assert_eq!(
            key.public_key().kid(),
            SoftwareKey::from_pkcs8(&pkcs8, random()).expect("a key").public_key().kid()
        );
        phones.push(Phone::of(&world, key).await);
    }
    for round in 0..3 {
        for (nth, phone) in phones.iter_mut().enumerate() {
            let says = if nth == 1 && round > 0 { telegram() } else { Says::default() };
            phone.say(&world, &says).await;
        }
        world.pass(Span::from_hours(4)).await;
    }
    let other = phones[2].next(&world, &Says::default());
    drop(other);
    phones[2].say(&world, &Says::default()).await;
    let order = || muster_server::orders::NewOrder {
        kind: muster_proto::message::OrderKind::Scan,
        reason: "asked by the minister".to_owned(),
        expires_in: None,
    };
    muster_server::orders::request(&world.app, &support::me(), phones[0].id, order())
        .await
        .expect("an order");
    let until = world.app.now() + Span::from_hours(24);
    let exemption = muster_server::exemptions::NewExemption {
        rule: "no-telegram".to_owned(),
        device: Some(phones[1].id),
        org: None,
        until: until.into(),
        reason: "press office".to_owned(),
    };
    muster_server::exemptions::add(&world.app, &support::me(), exemption).await.expect("an exemption");
    muster_server::auth::local_admin(&world.app, world.folder.path()).await.expect("a token");
    world.pass(Span::from_hours(1)).await;
    let _: Timestamp = world.clock.now();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::fs::write(folder.join("0001.sql"), dump(&world.folder.path().join("muster.db"))).expect("written");
    std::fs::write(folder.join("0001.keys"), keys).expect("written");
}

fn dump(file: &Path) -> String {
    let db = Connection::open(file).expect("a file");
    let old = Connection::open_in_memory().expect("memory");
    old.execute_batch(FIRST).expect("the first migration");
    let mut names = old
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
        .expect("a statement");
    let tables: Vec<String> =
        names.query_map([], |row| row.get(0)).expect("tables").collect::<Result<_, _>>().expect("names");
    let mut text = String::from("-- a database of the first version; see tests/migrations.rs\n");
    for table in tables {
        let columns = columns(&table);
        let mut rows = db
            .prepare(&format!("SELECT {} FROM {table} ORDER BY 1", columns.join(", ")))
            .expect("a statement");
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let cells: Vec<String> =
                (0..columns.len()).map(|n| literal(row.get_ref(n).expect("a cell"))).collect();
            writeln!(text, "INSERT INTO {table} ({}) VALUES ({});", columns.join(", "), cells.join(", "))
                .expect("memory");
        }
    }
    text
}

fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text).replace('\'', "''")),
        ValueRef::Blob(bytes) => format!("x'{}'", hex(bytes)),
        ValueRef::Real(_) => panic!("no column is a fraction"),
    }
}
