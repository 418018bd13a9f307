//! The whole database at one moment: out of a running server into one SQLite file, and from such a file into an empty database of either
//! engine. The file is the same for both, so that a backup moves from one to the other.

use std::collections::BTreeMap;
use std::path::Path;

use muster_proto::time::Timestamp;

use super::alone;
use super::migrate::{self, Engine, NEWEST, in_transaction};
use super::sqlite::SqliteConnection;
use super::tx::{Batch, Connection, Kind, Tx};
use super::{Place, StoreError, opener, values};

/// What a copy has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The newest migration that was applied.
    pub migration: i64,
    /// Rows of each table.
    pub tables: BTreeMap<String, u64>,
}

/// Copies what is committed at this moment into a new file. The server may go on writing.
///
/// # Errors
/// The engine's; or it is no database of a server, or a newer one's.
pub fn copy_out(place: &Place, file: &Path) -> Result<Copied, StoreError> {
    let (engine, open) = opener(place);
    if let Place::File(path) = place
        && !path.is_file()
    {
        return Err(StoreError::Column("the server's database, which is not there"));
    }
    let mut db = open()?;
    let migration = known(&mut *db, engine)?;
    match engine {
        Engine::Sqlite => {
            let name = file.to_str().ok_or(StoreError::Column("a path in UTF-8"))?;
            db.execute("VACUUM INTO $1", &values![name])?;
        }
        Engine::Postgres => {
            let mut copy = SqliteConnection::open(file)?;
            copy.run("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;")?;
            db.begin_reading()?;
            let migration = known(&mut *db, engine)?;
            let copied = in_transaction(&mut copy, |copy| {
                migrate::apply_first(copy, Engine::Sqlite, migration, Timestamp::default())?;
                let tables = tables(copy.tx())?;
                copy_tables(&mut *db, copy, &tables)
            });
            db.run("ROLLBACK").ok();
            copied?;
        }
    }
    let mut copy = SqliteConnection::open(file)?;
    let whole = inspect(&mut copy)?;
    if whole.migration < migration {
        return Err(StoreError::Column("the copy, which lacks migrations"));
    }
    drop(copy);
    // what is beside it would not be in the backup
    fold(file)?;
    Ok(whole)
}

/// What the file has, and that it holds together.
///
/// # Errors
/// It doesn't, or it is newer than this program.
pub fn look_into(file: &Path) -> Result<Copied, StoreError> {
    inspect(&mut SqliteConnection::open(file)?)
}

/// Brings what is in the log beside a file into the file: it is the one file of the database then. Nobody else has it open.
///
/// # Errors
/// It is no database, or a damaged one.
pub fn fold(file: &Path) -> Result<(), StoreError> {
    SqliteConnection::open(file)?.run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")
}

/// Reads in a file that nobody writes.
///
/// # Errors
/// The work's own, or the engine's.
pub fn read_file<T>(
    file: &Path,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    work(&mut SqliteConnection::open(file)?)
}

/// Fills the database from `file`, brings it to the newest shape, and lets `finish` write, as the last before the commit. A database that is
/// `aside` from then on is kept under that name. A file becomes the database itself; in PostgreSQL all happens in one transaction, or nothing.
///
/// # Errors
/// The engine's, or there is a server's database already.
pub fn copy_in<T, E: From<StoreError>>(
    file: &Path,
    place: &Place,
    aside: Option<&str>,
    now: Timestamp,
    finish: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    let mut source = SqliteConnection::open(file)?;
    let Place::Postgres(_) = place else {
        migrate::migrate(&mut source, Engine::Sqlite, now)?;
        let done = in_transaction(&mut source, |db| finish(db.tx()))?;
        source.run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")?;
        return Ok(done);
    };
    let (engine, open) = opener(place);
    let mut db = open()?;
    let migration = known(&mut source, Engine::Sqlite)?;
    in_transaction(&mut *db, |db| {
        alone::hold_in_transaction(db)?;
        migrate::lock(db, engine)?;
        if let Some(aside) = aside {
            move_aside(db, aside)?;
        }
        migrate::apply_first(db, engine, migration, now)?;
        let tables = tables(source.tx())?;
        source.begin_reading()?;
        let copied = at_once(db, &tables, |db| copy_tables(&mut source, db, &tables));
        source.run("ROLLBACK").ok();
        copied?;
        count_on(db, &tables)?;
        migrate::apply_first(db, engine, NEWEST, now)?;
        finish(db.tx())
    })
}

/// What is in a PostgreSQL database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupied {
    /// The newest migration of the server's tables, where there are any.
    pub migration: Option<i64>,
    /// Whether a server runs on it.
    pub running: bool,
}

/// Looks whether a PostgreSQL database is a server's.
///
/// # Errors
/// The engine's.
pub fn occupied(place: &Place) -> Result<Occupied, StoreError> {
    let (engine, open) = opener(place);
    let mut db = open()?;
    let migration = migrate::applied(&mut *db, engine)?;
    let running = match alone::hold(&mut *db) {
        Ok(()) => false,
        Err(StoreError::Taken) => true,
        Err(error) => return Err(error),
    };
    Ok(Occupied { migration, running })
}

/// A table, as SQLite describes it.
struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
    /// The column that counts by itself.
    counts: bool,
    /// A row may name another one of the same table, which has to come with it or before it.
    to_itself: bool,
}

/// The newest migration of a database that this program can read.
fn known(db: &mut dyn Connection, engine: Engine) -> Result<i64, StoreError> {
    let found = migrate::applied(db, engine)?.ok_or(StoreError::Column("a server's database"))?;
    migrate::refuse_newer(db, found, NEWEST)?;
    Ok(found)
}

fn inspect(db: &mut SqliteConnection) -> Result<Copied, StoreError> {
    for check in ["PRAGMA quick_check", "PRAGMA foreign_key_check"] {
        let first = db.tx().query_one(check, &[])?;
        let word: Option<String> = first.map(|mut row| row.take()).transpose()?;
        if word.is_some_and(|word| word != "ok") {
            return Err(StoreError::Column("a database that holds together"));
        }
    }
    let migration = known(db, Engine::Sqlite)?;
    let mut counts = BTreeMap::new();
    for table in tables(db.tx())? {
        let sql = format!("SELECT COUNT(*) FROM {}", table.name);
        let count = db.tx().query_one(&sql, &[])?.ok_or(StoreError::Column("a count"))?.take()?;
        counts.insert(table.name, count);
    }
    Ok(Copied { migration, tables: counts })
}

/// The tables of a SQLite file, those that others name first.
fn tables(db: &mut dyn Tx) -> Result<Vec<Table>, StoreError> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    let mut left: Vec<(Table, Vec<String>)> = Vec::new();
    for mut row in db.query(sql, &[])? {
        left.push(describe(db, row.take()?)?);
    }
    let mut sorted: Vec<Table> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |named: &[String], left: &[(Table, Vec<String>)]| {
            left.iter().any(|(table, _)| named.contains(&table.name))
        };
        let next = left.iter().position(|(_, named)| !waits(named, &left));
        sorted.push(left.remove(next.ok_or(StoreError::Column("tables that name each other in a ring"))?).0);
    }
    Ok(sorted)
}

/// A table, and the other ones that it names.
fn describe(db: &mut dyn Tx, name: String) -> Result<(Table, Vec<String>), StoreError> {
    let (mut columns, mut counts) = (Vec::new(), false);
    let sql = "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid";
    for mut row in db.query(sql, &values![&name])? {
        let (column, kind, key): (String, String, i64) = (row.take()?, row.take()?, row.take()?);
        let kind = match kind.as_str() {
            "INTEGER" => Kind::Int,
            "TEXT" => Kind::Text,
            "BLOB" => Kind::Blob,
            _ => return Err(StoreError::Column("a kind of column")),
        };
        counts |= column == "id" && kind == Kind::Int && key == 1;
        columns.push((column, kind));
    }
    let mut named = Vec::new();
    for mut row in db.query("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)", &values![&name])? {
        named.push(row.take::<String>()?);
    }
    let to_itself = named.contains(&name);
    named.retain(|other| *other != name);
    Ok((Table { name, columns, counts, to_itself }, named))
}

/// Copies every row. What the migrations themselves have written gives way.
fn copy_tables(
    from: &mut dyn Connection,
    to: &mut dyn Connection,
    tables: &[Table],
) -> Result<(), StoreError> {
    for table in tables.iter().rev() {
        // the audit refuses to be deleted, even where it is empty
        let one = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        if to.tx().query_one(&one, &[])?.is_some() {
            to.execute(&format!("DELETE FROM {}", table.name), &[])?;
        }
    }
    for table in tables.iter().filter(|table| !DERIVED.contains(&table.name.as_str())) {
        let columns: Vec<(&str, Kind)> =
            table.columns.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let batch = Batch { table: &table.name, keys: 0, columns: &columns };
        let piece = if table.to_itself { i32::MAX as usize } else { PIECE };
        let sql = format!("SELECT {} FROM {}", names.join(", "), table.name);
        from.each_piece(&sql, piece, &mut |rows| to.write_many(&batch, &rows))?;
    }
    Ok(())
}

/// Does the work without the triggers that keep the tallies, and counts those once. A row of a tally that is changed for each device of one
/// transaction leaves as many behind, and each change looks through them all.
fn at_once(
    db: &mut dyn Connection,
    tables: &[Table],
    work: impl FnOnce(&mut dyn Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    if !tables.iter().any(|table| DERIVED.contains(&table.name.as_str())) {
        return work(db);
    }
    let switch = |db: &mut dyn Connection, how: &str| {
        TALLIED.iter().try_for_each(|table| db.run(&format!("ALTER TABLE {table} {how} TRIGGER USER")))
    };
    switch(db, "DISABLE")?;
    work(db)?;
    for counted in migrate::counting() {
        db.execute(counted, &[])?;
    }
    switch(db, "ENABLE")
}

/// What is counted from the other tables once they are copied; in a file, triggers write it meanwhile.
const DERIVED: &[&str] = &["tallies"];
/// Whose triggers keep it.
const TALLIED: &[&str] = &["devices", "device_marks"];
/// Rows that are in memory at a time: of reports a few megabytes.
const PIECE: usize = 1000;

/// Lets the columns that count by themselves go on after what was copied.
fn count_on(db: &mut dyn Connection, tables: &[Table]) -> Result<(), StoreError> {
    for Table { name, .. } in tables.iter().filter(|table| table.counts) {
        db.run(&format!(
            "SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM {name}), false)"
        ))?;
    }
    Ok(())
}

/// Keeps what a server has in a PostgreSQL database in a schema of its own, where no server looks. What others have beside it stays.
fn move_aside(db: &mut dyn Connection, aside: &str) -> Result<(), StoreError> {
    db.run(&format!("CREATE SCHEMA {aside}"))?;
    let tables = migrate::made("TABLE");
    let sql = "SELECT tablename::TEXT FROM pg_tables WHERE schemaname = current_schema()";
    for mut row in db.tx().query(sql, &[])? {
        let name: String = row.take()?;
        if tables.contains(&name.as_str()) {
            db.run(&format!("ALTER TABLE \"{name}\" SET SCHEMA {aside}"))?;
        }
    }
    let functions = migrate::made("FUNCTION");
    let sql = "SELECT p.proname::TEXT, p.oid::regprocedure::TEXT FROM pg_proc p \
               WHERE p.pronamespace = current_schema()::TEXT::regnamespace";
    for mut row in db.tx().query(sql, &[])? {
        let (name, signature): (String, String) = (row.take()?, row.take()?);
        if functions.contains(&name.as_str()) {
            db.run(&format!("ALTER FUNCTION {signature} SET SCHEMA {aside}"))?;
        }
    }
    Ok(())
}
