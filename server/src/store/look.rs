//! A look at a database from outside, which changes nothing in it: for whoever checks a server.

use muster_proto::time::Timestamp;
use std::collections::BTreeSet;

use super::migrate::{Engine, MIGRATIONS};
use super::sqlite::SqliteConnection;
use super::tx::Connection;
use super::{Place, StoreError, opener, values};

/// What was seen.
#[derive(Debug, Clone)]
pub struct Look {
    /// The newest migration that was applied; 0 where none was.
    pub found: i64,
    /// The newest that this program knows.
    pub known: i64,
    /// When the newest entry was made.
    pub newest: Option<Timestamp>,
    /// What is damaged.
    pub flaw: Option<String>,
    /// The ids of the organisations; none where there is no table of them yet.
    pub orgs: Option<BTreeSet<String>>,
}

/// Looks at the database. `busy` says that a server may write to it at this moment.
///
/// # Errors
/// It can't be opened or read.
pub fn look(place: &Place, busy: bool) -> Result<Look, StoreError> {
    let (engine, mut db) = match place {
        Place::File(path) => {
            let db: Box<dyn Connection> = Box::new(SqliteConnection::open_to_look(path, busy)?);
            (Engine::Sqlite, db)
        }
        Place::Postgres(_) => {
            let (engine, open) = opener(place);
            (engine, open()?)
        }
    };
    db.begin_reading()?;
    let seen = seen(&mut *db, engine);
    db.run("ROLLBACK").ok();
    seen
}

fn seen(db: &mut dyn Connection, engine: Engine) -> Result<Look, StoreError> {
    let (known, tx) = (MIGRATIONS.len() as i64, db.tx());
    let flaw = match engine {
        Engine::Sqlite => {
            let row = tx.query_one("PRAGMA quick_check(1)", &[])?;
            let said: String = row.ok_or(StoreError::Column("a check"))?.take()?;
            (said != "ok").then_some(said)
        }
        // it sees to that itself
        Engine::Postgres => None,
    };
    let tables = match engine {
        Engine::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
        Engine::Postgres => "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
    };
    if tx.query_one(tables, &values!["migrations"])?.is_none() {
        return Ok(Look { found: 0, known, newest: None, flaw, orgs: None });
    }
    let row = tx.query_one("SELECT COALESCE(MAX(number), 0) FROM migrations", &[])?;
    let found: i64 = row.ok_or(StoreError::Column("migrations"))?.take()?;
    let (mut newest, mut orgs) = (None, None);
    if found > 0 {
        let rows = tx.query("SELECT id FROM orgs", &[])?.into_iter();
        orgs = Some(rows.map(|mut row| row.take()).collect::<Result<_, _>>()?);
        for sql in [
            "SELECT MAX(at) FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)",
            "SELECT MAX(received) FROM reports WHERE id = (SELECT MAX(id) FROM reports)",
        ] {
            if let Some(mut row) = tx.query_one(sql, &[])? {
                newest = newest.max(row.take::<Option<Timestamp>>()?);
            }
        }
    }
    Ok(Look { found, known, newest, flaw, orgs })
}
