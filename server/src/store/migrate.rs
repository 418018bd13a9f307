//! Migrations: numbered, append-only, applied under a lock at each start.
//!
//! The texts are written for SQLite; [`dialect`] makes PostgreSQL's of them.

use muster_proto::time::Timestamp;

use super::tx::{Connection, Tx};
use super::{StoreError, values};

/// The engine that a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

pub const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
    include_str!("migrations/0013.sql"),
    include_str!("migrations/0014.sql"),
    include_str!("migrations/0015.sql"),
    include_str!("migrations/0016.sql"),
    include_str!("migrations/0017.sql"),
    include_str!("migrations/0018.sql"),
    include_str!("migrations/0019.sql"),
    include_str!("migrations/0020.sql"),
    include_str!("migrations/0021.sql"),
    include_str!("migrations/0022.sql"),
    include_str!("migrations/0023.sql"),
];

/// The newest migration that this program knows.
pub const NEWEST: i64 = MIGRATIONS.len() as i64;

/// The setting that says which version of the program migrated the database last.
const BY: &str = "migrated-by";

/// Brings the database to the newest shape.
///
/// # Errors
/// The engine's, or the database is newer than this program.
pub fn migrate(db: &mut dyn Connection, engine: Engine, now: Timestamp) -> Result<(), StoreError> {
    in_transaction(db, |db| apply(db, engine, MIGRATIONS, now))
}

/// Runs `work` in a transaction of its own: what it did stays as a whole, or nothing of it.
///
/// # Errors
/// The work's, or the engine's.
pub fn in_transaction<T, E: From<StoreError>>(
    db: &mut dyn Connection,
    work: impl FnOnce(&mut dyn Connection) -> Result<T, E>,
) -> Result<T, E> {
    db.begin()?;
    match work(db) {
        Ok(done) => db.run("COMMIT").map(|()| done).map_err(E::from),
        Err(error) => {
            db.run("ROLLBACK").ok();
            Err(error)
        }
    }
}

/// Brings the database, in the transaction that is open, to the shape that the first `count` migrations make.
///
/// # Errors
/// The engine's, or the database is newer.
pub fn apply_first(
    db: &mut dyn Connection,
    engine: Engine,
    count: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let count = usize::try_from(count).unwrap_or(0);
    apply(db, engine, MIGRATIONS.get(..count).unwrap_or(MIGRATIONS), now)
}

/// The newest migration that was applied; none where the database is no server's.
///
/// # Errors
/// The engine's.
pub fn applied(db: &mut dyn Connection, engine: Engine) -> Result<Option<i64>, StoreError> {
    let there = match engine {
        Engine::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'",
        Engine::Postgres => {
            "SELECT 1::BIGINT FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migrations'"
        }
    };
    if db.tx().query_one(there, &[])?.is_none() {
        return Ok(None);
    }
    number(db.tx()).map(Some)
}

/// Refuses a database that is newer than this program.
///
/// # Errors
/// It is; the engine's.
pub fn refuse_newer(db: &mut dyn Connection, found: i64, known: i64) -> Result<(), StoreError> {
    if found <= known {
        return Ok(());
    }
    let by = db.tx().query_one("SELECT value FROM settings WHERE name = $1", &values![BY])?;
    let by = by.map(|mut row| row.take::<String>()).transpose()?;
    let by = by.map_or_else(|| "a newer program".to_owned(), |version| format!("muster-server {version}"));
    Err(StoreError::TooNew { found, known, by })
}

/// The number of the newest migration that the database has had.
///
/// # Errors
/// The engine's.
pub fn number(tx: &mut dyn Tx) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COALESCE(MAX(number), 0) FROM migrations", &[])?;
    row.ok_or(StoreError::Column("migrations"))?.take()
}

/// Keeps whoever else migrates waiting until the transaction ends.
///
/// # Errors
/// The engine's.
pub fn lock(db: &mut dyn Connection, engine: Engine) -> Result<(), StoreError> {
    match engine {
        Engine::Sqlite => Ok(()),
        // any number will do, as long as every server of this program takes the same
        Engine::Postgres => db.run("SELECT pg_advisory_xact_lock(7815372009)"),
    }
}

/// The names of what the migrations make: of each `TABLE`, or each `FUNCTION`.
pub fn made(kind: &str) -> Vec<&'static str> {
    let begin = format!("CREATE {kind} ");
    let lines = MIGRATIONS.iter().flat_map(|text| text.lines());
    let names =
        lines.filter_map(|line| line.strip_prefix(&begin)).filter_map(|rest| rest.split([' ', '(']).next());
    let own = (kind == "TABLE").then_some("migrations");
    names.chain(own).collect()
}

/// What counts the tallies from nothing, as the migration that made them does.
pub fn counting() -> impl Iterator<Item = &'static str> {
    let statements = MIGRATIONS.iter().flat_map(|text| text.split(";\n"));
    // what stands further in is a trigger's
    statements.filter(|statement| statement.starts_with("INSERT INTO tallies "))
}

fn apply(
    db: &mut dyn Connection,
    engine: Engine,
    migrations: &[&str],
    now: Timestamp,
) -> Result<(), StoreError> {
    lock(db, engine)?;
    db.run(&dialect(
        "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied INTEGER NOT NULL)",
        engine,
    ))?;
    let found = number(db.tx())?;
    refuse_newer(db, found, migrations.len() as i64)?;
    for (number, text) in (1..).zip(migrations).filter(|(number, _)| *number > found) {
        db.run(&dialect(text, engine))?;
        db.execute("INSERT INTO migrations (number, applied) VALUES ($1, $2)", &values![number, now])?;
    }
    if found < migrations.len() as i64 {
        db.execute("DELETE FROM settings WHERE name = $1", &values![BY])?;
        let version = env!("CARGO_PKG_VERSION");
        db.execute("INSERT INTO settings (name, value) VALUES ($1, $2)", &values![BY, version])?;
    }
    Ok(())
}

/// The text of a migration for one engine. What only one of them has stands below a line that says so, up to the line `-- all`.
fn dialect(text: &str, engine: Engine) -> String {
    let text = only_for(engine, text);
    match engine {
        Engine::Sqlite => text,
        Engine::Postgres => text
            .replace("id INTEGER PRIMARY KEY", "id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")
            .replace("INTEGER", "BIGINT")
            .replace("BLOB", "BYTEA")
            .replace(") WITHOUT ROWID, STRICT;", ");")
            .replace(") STRICT;", ");"),
    }
}

fn only_for(engine: Engine, text: &str) -> String {
    let mut mine = true;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim() {
            "-- only sqlite" => mine = engine == Engine::Sqlite,
            "-- only postgres" => mine = engine == Engine::Postgres,
            "-- all" => mine = true,
            _ if mine => {
                kept.push_str(line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
#[path = "migrate_tests.rs"]
mod tests;
