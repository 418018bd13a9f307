//! SQLite in the data folder: WAL, a flush at every commit, statements prepared once.

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection as Sqlite, ErrorCode, OpenFlags, Statement, params_from_iter};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::tx::{Batch, Connection, Lock, Take, Tx};
use super::{Row, StoreError, Value};

/// A connection to the file.
pub struct SqliteConnection(Sqlite);

/// Prepared statements that one connection keeps.
const STATEMENTS: usize = 128;

impl SqliteConnection {
    /// Opens the file, and makes it if it isn't there.
    ///
    /// # Errors
    /// It can't be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Sqlite::open_with_flags(path, flags).map_err(failed)?;
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        db.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
             PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 8000;",
        )
        .map_err(failed)?;
        // otherwise SQLite, which is built with statistics (STAT4), compiles a statement anew when it is given other values
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
        know_all_letters(&db).map_err(failed)?;
        Ok(Self(db))
    }
}

/// SQLite's own `LOWER` knows the letters of English alone.
fn know_all_letters(db: &Sqlite) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    db.create_scalar_function("lower", 1, flags, |call| {
        Ok(call.get_raw(0).as_str_or_null()?.map(str::to_lowercase))
    })
}

impl SqliteConnection {
    /// Opens a file that is there, and changes nothing. Where nobody writes to it, no files are made beside it either.
    ///
    /// # Errors
    /// It can't be opened.
    pub fn open_to_look(path: &Path, busy: bool) -> Result<Self, StoreError> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let escaped: String =
            path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let log = path.with_extension("db-wal");
        // what a server that was killed has left in its log counts, and is found through the log alone
        let alone = !busy && log.metadata().map_or(true, |log| log.len() == 0);
        let uri = format!("file:{escaped}{}", if alone { "?immutable=1" } else { "" });
        let db = Sqlite::open_with_flags(uri, flags).map_err(failed)?;
        db.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
        Ok(Self(db))
    }
}

impl Tx for SqliteConnection {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        let mut statement = self.0.prepare_cached(&translated(sql)).map_err(failed)?;
        let touched = statement.execute(params_from_iter(params)).map_err(failed)?;
        Ok(touched as u64)
    }

    fn query(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        let mut statement = self.0.prepare_cached(&translated(sql)).map_err(failed)?;
        ask(&mut statement, params, &mut found)?;
        Ok(found)
    }

    fn query_each(&mut self, sql: &str, keys: &[&[u8]], _lock: Lock) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        let mut statement = self.0.prepare_cached(&translated(sql)).map_err(failed)?;
        for key in keys {
            ask(&mut statement, &[Value::from(*key)], &mut found)?;
        }
        Ok(found)
    }

    fn write_many(&mut self, batch: &Batch<'_>, rows: &[Vec<Value<'_>>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut statement = self.0.prepare_cached(&translated(&batch.one_row())).map_err(failed)?;
        for row in rows {
            statement.execute(params_from_iter(row)).map_err(failed)?;
        }
        Ok(())
    }
}

impl Connection for SqliteConnection {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE")
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN DEFERRED")
    }

    fn each_piece(&mut self, sql: &str, piece: usize, take: &mut Take<'_>) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        let width = statement.column_count();
        let mut rows = statement.query([]).map_err(failed)?;
        let mut taken = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let cells = (0..width).map(|n| row.get_ref(n).map_err(failed).and_then(cell));
            taken.push(cells.collect::<Result<Vec<_>, _>>()?);
            if taken.len() >= piece {
                take(std::mem::take(&mut taken))?;
            }
        }
        if taken.is_empty() { Ok(()) } else { take(taken) }
    }

    fn run(&mut self, sql: &str) -> Result<(), StoreError> {
        if sql.contains(';') {
            return self.0.execute_batch(sql).map_err(failed);
        }
        // the few words around a transaction: compiled once
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(failed)?.is_some() {}
        Ok(())
    }

    fn is_alive(&self) -> bool {
        true
    }

    fn tx(&mut self) -> &mut dyn Tx {
        self
    }
}

fn ask(statement: &mut Statement<'_>, params: &[Value<'_>], found: &mut Vec<Row>) -> Result<(), StoreError> {
    let width = statement.column_count();
    let mut rows = statement.query(params_from_iter(params)).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let cells = (0..width).map(|n| row.get_ref(n).map_err(failed).and_then(cell));
        found.push(Row::new(cells.collect::<Result<_, _>>()?));
    }
    Ok(())
}

fn cell(value: ValueRef<'_>) -> Result<Value<'static>, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|_| StoreError::Column("text"))?;
            Value::Text(Cow::Owned(text.to_owned()))
        }
        ValueRef::Blob(bytes) => Value::Blob(Cow::Owned(bytes.to_vec())),
        ValueRef::Real(_) => return Err(StoreError::Column("a whole number")),
    })
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// `$2` is a *name* to SQLite, numbered by first appearance; `?2` is the second parameter. It compares bytes, and [`know_all_letters`]
/// gave it the one `LOWER` that it has, so that there is nothing to say about either.
fn translated(sql: &str) -> Cow<'_, str> {
    let mut sql = Cow::Borrowed(sql);
    for (theirs, ours) in [("$", "?"), (r#" COLLATE "C""#, ""), (r#" COLLATE "und-x-icu""#, "")] {
        if sql.contains(theirs) {
            sql = Cow::Owned(sql.replace(theirs, ours));
        }
    }
    sql
}

fn failed(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => StoreError::Full(Arc::new(error)),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(ErrorCode::ConstraintViolation) if is_taken(&error) => StoreError::Exists(Arc::new(error)),
        _ => StoreError::Engine(Arc::new(error)),
    }
}

/// Whether it is a key that exists: a trigger's refusal is a violation too.
fn is_taken(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};
    let keys = [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE];
    matches!(error, rusqlite::Error::SqliteFailure(cause, _) if keys.contains(&cause.extended_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbers_not_names() {
        assert_eq!(translated("SELECT $2, $1"), "SELECT ?2, ?1");
        let text = r#"SELECT a COLLATE "C", LOWER(b COLLATE "und-x-icu")"#;
        assert_eq!(translated(text), "SELECT a, LOWER(b)");
        let mut db = SqliteConnection(Sqlite::open_in_memory().expect("memory"));
        let mut rows = db.query("SELECT $2, $1", &[Value::Int(1), Value::Int(2)]).expect("an answer");
        assert_eq!(rows[0].take::<i64>().expect("first"), 2);
    }
}
