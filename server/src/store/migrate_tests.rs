//! Migrations: once, whole or not at all, and never backwards.

use super::*;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::store::sqlite::SqliteConnection;
use muster_proto::audit::Verifier;

fn open(folder: &tempfile::TempDir) -> SqliteConnection {
    SqliteConnection::open(&folder.path().join("db")).expect("open")
}

fn schema(db: &mut SqliteConnection) -> Vec<String> {
    let rows = db.query_rows("SELECT COALESCE(sql, name) FROM sqlite_master ORDER BY name");
    rows.into_iter().map(|mut row| row.take().expect("a text")).collect()
}

impl SqliteConnection {
    fn query_rows(&mut self, sql: &str) -> Vec<crate::store::Row> {
        self.tx().query(sql, &[]).expect("an answer")
    }
}

#[test]
fn migrations_are_applied_once_and_a_newer_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut db = open(&folder);
    for _ in 0..2 {
        migrate(&mut db, Engine::Sqlite, Timestamp::from_secs(1)).expect("migrate");
    }
    db.run("INSERT INTO migrations (number, applied) VALUES (999, 1)").expect("insert");
    db.run("UPDATE settings SET value = '7.1.0' WHERE name = 'migrated-by'").expect("update");
    let refused = migrate(&mut db, Engine::Sqlite, Timestamp::default()).expect_err("it is newer");
    let words = refused.to_string();
    for part in ["muster-server 7.1.0", "migration 999", env!("CARGO_PKG_VERSION"), "restore the backup"] {
        assert!(words.contains(part), "no {part:?} in {words:?}");
    }
}

#[test]
fn a_migration_that_fails_leaves_the_database_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut db = open(&folder);
    let first = |db: &mut SqliteConnection| {
        in_transaction(db, |db| apply_first(db, Engine::Sqlite, 3, Timestamp::from_secs(1)))
    };
    first(&mut db).expect("the first three");
    let before = schema(&mut db);
    let broken: Vec<&str> =
        MIGRATIONS.iter().copied().take(5).chain(["CREATE TABLE half (a INTEGER); nonsense"]).collect();
    let failed = in_transaction(&mut db, |db| apply(db, Engine::Sqlite, &broken, Timestamp::from_secs(2)));
    assert!(matches!(failed, Err(StoreError::Engine(_))), "{failed:?}");
    assert_eq!(schema(&mut db), before, "neither the broken one nor those before it");
    assert_eq!(applied(&mut db, Engine::Sqlite).expect("a number"), Some(3));
    migrate(&mut db, Engine::Sqlite, Timestamp::from_secs(3)).expect("the right ones");
    assert_eq!(applied(&mut db, Engine::Sqlite).expect("a number"), Some(NEWEST));
}

#[test]
fn what_one_engine_has_alone_is_for_it_alone() {
    let text = "a INTEGER\n-- only sqlite\nb\n-- only postgres\nc BLOB\n-- all\nd\n";
    assert_eq!(dialect(text, Engine::Sqlite), "a INTEGER\nb\nd\n");
    assert_eq!(dialect(text, Engine::Postgres), "a BIGINT\nc BYTEA\nd\n");
}

#[test]
fn what_counts_the_tallies_is_no_part_of_a_trigger() {
    let kinds = ["'device'", "'maker'", "m.kind"];
    let counting: Vec<&str> = counting().collect();
    assert_eq!(counting.len(), kinds.len(), "{counting:?}");
    for (statement, kind) in counting.iter().zip(kinds) {
        assert!(
            statement.contains(&format!("SELECT {kind}")) && statement.contains("GROUP BY"),
            "{statement}"
        );
    }
}

/// Entries of the older form stay as they are, hold, and are followed by those of the newer.
#[test]
fn an_older_audit_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut db = SqliteConnection::open(&folder.path().join("db")).expect("open");
    let now = Timestamp::from_millis(1_790_000_000_123);
    apply_first(&mut db, Engine::Sqlite, 6, now).expect("the shape of before");
    for (seq, previous, hash) in [
        (1, "00".repeat(32), "f6e01739841c4bf9997eccc2ed090fca002076762e0a9ec436f5a637f0b44b07"),
        (2, "f6e01739841c4bf9997eccc2ed090fca002076762e0a9ec436f5a637f0b44b07".to_owned(), OLDER),
    ] {
        db.run(&format!(
            "INSERT INTO audit (seq, at, actor, action, subject, detail, previous, hash) \
             VALUES ({seq}, 1790000000123, 'system:start', 'token.make', 'token:local-admin', '', x'{previous}', x'{hash}')"
        ))
        .expect("an entry");
    }
    migrate(&mut db, Engine::Sqlite, now).expect("migrate");
    let act = Act::new("org.add", "org:a").after(serde_json::json!({ "title": "A" }));
    audit::append(db.tx(), now, &Actor::system("test"), act).expect("appended");
    let entries = audit::following(db.tx(), 0, u64::MAX).expect("entries");
    assert_eq!(entries.iter().map(|entry| entry.form).collect::<Vec<_>>(), [1, 1, 2]);
    let mut verifier = Verifier::default();
    entries.iter().for_each(|entry| verifier.take(entry));
    let checked = verifier.finish(false);
    assert!(checked.holds, "{checked:?}");
}

/// By Python's hashlib.
const OLDER: &str = "6a5bd87191bdecb9d5a5eb8bf8fc31fbca864821d03901955669579bc06c484c";
