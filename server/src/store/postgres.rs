//! PostgreSQL. The interface is the same and as blocking as SQLite's: each connection drives its own small runtime from the thread
//! that uses it, so that everything above is written once.

use bytes::BytesMut;
use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, NoTls, Statement};

use super::tx::{Batch, Connection, Kind, Lock, Take, Tx};
use super::{Row, StoreError, Value};

/// A connection to the database.
pub struct PostgresConnection {
    runtime: Option<Runtime>,
    client: Client,
    prepared: HashMap<String, Statement>,
}

/// Prepared statements that one connection keeps; lists with many shapes of filter must not grow without end.
const STATEMENTS: usize = 256;

impl PostgresConnection {
    /// Connects to `postgres://…`.
    ///
    /// # Errors
    /// The database does not answer, or refuses.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| StoreError::Lost(Arc::new(error)))?;
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(failed)?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!(%error, "the connection to PostgreSQL ended");
                }
            });
            Ok::<_, StoreError>(client)
        })?;
        Ok(Self { runtime: Some(runtime), client, prepared: HashMap::new() })
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("the runtime is taken in drop alone")
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.runtime().block_on(self.client.prepare(sql)).map_err(failed)?;
        if self.prepared.len() >= STATEMENTS {
            self.prepared.clear();
        }
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn rows(&mut self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(sql)?;
        let rows = self.runtime().block_on(self.client.query(&statement, params)).map_err(failed)?;
        rows.iter().map(row).collect()
    }
}

/// A runtime may not be dropped where another one runs; this one has nothing left to wait for.
impl Drop for PostgresConnection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Tx for PostgresConnection {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError> {
        let statement = self.prepare(sql)?;
        self.runtime().block_on(self.client.execute(&statement, &borrowed(params))).map_err(failed)
    }

    fn query(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.rows(sql, &borrowed(params))
    }

    fn query_each(&mut self, sql: &str, keys: &[&[u8]], lock: Lock) -> Result<Vec<Row>, StoreError> {
        let mut sql = sql.replace("= $1", "= ANY($1)");
        if lock == Lock::Yes {
            sql.push_str(" FOR UPDATE");
        }
        self.rows(&sql, &[&keys])
    }

    fn write_many(&mut self, batch: &Batch<'_>, rows: &[Vec<Value<'_>>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let statement = self.prepare(&batch.all_rows())?;
        let columns: Vec<Array<'_>> =
            batch.columns.iter().enumerate().map(|(n, (_, kind))| Array::of(*kind, n, rows)).collect();
        let columns: Vec<&(dyn ToSql + Sync)> = columns.iter().map(Array::as_param).collect();
        self.runtime().block_on(self.client.execute(&statement, &columns)).map_err(failed)?;
        Ok(())
    }
}

impl Connection for PostgresConnection {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN")
    }

    fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn each_piece(&mut self, sql: &str, piece: usize, take: &mut Take<'_>) -> Result<(), StoreError> {
        self.run(&format!("DECLARE piece NO SCROLL CURSOR FOR {sql}"))?;
        let fetch = format!("FETCH {} FROM piece", i32::try_from(piece).unwrap_or(i32::MAX));
        loop {
            // never prepared: the next cursor of this name has other columns
            let rows = self.runtime().block_on(self.client.query_typed(&fetch, &[])).map_err(failed)?;
            if rows.is_empty() {
                return self.run("CLOSE piece");
            }
            take(rows.iter().map(|it| row(it).map(Row::rest)).collect::<Result<_, _>>()?)?;
        }
    }

    fn run(&mut self, sql: &str) -> Result<(), StoreError> {
        self.runtime().block_on(self.client.batch_execute(sql)).map_err(failed)
    }

    fn is_alive(&self) -> bool {
        !self.client.is_closed()
    }

    fn tx(&mut self) -> &mut dyn Tx {
        self
    }
}

fn borrowed<'a>(params: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn row(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let cells = row.columns().iter().enumerate().map(|(n, column)| cell(row, n, column.type_()));
    cells.collect::<Result<_, _>>().map(Row::new)
}

fn cell(row: &tokio_postgres::Row, n: usize, kind: &Type) -> Result<Value<'static>, StoreError> {
    let value = match *kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(n).map(|value| value.map(Value::Int)),
        Type::INT4 => {
            row.try_get::<_, Option<i32>>(n).map(|value| value.map(|number| Value::Int(number.into())))
        }
        Type::BOOL => {
            row.try_get::<_, Option<bool>>(n).map(|value| value.map(|flag| Value::Int(flag.into())))
        }
        Type::BYTEA => row
            .try_get::<_, Option<Vec<u8>>>(n)
            .map(|value| value.map(|bytes| Value::Blob(Cow::Owned(bytes)))),
        _ => row.try_get::<_, Option<String>>(n).map(|value| value.map(|text| Value::Text(Cow::Owned(text)))),
    };
    value.map(|value| value.unwrap_or(Value::Null)).map_err(failed)
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(&Type::INT8, out),
            Self::Text(text) => text.as_ref().to_sql(kind, out),
            Self::Blob(bytes) => bytes.as_ref().to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::TEXT | Type::VARCHAR | Type::BYTEA)
    }

    to_sql_checked!();
}

/// One column of many rows.
#[derive(Debug)]
enum Array<'a> {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<&'a str>>),
    Blob(Vec<Option<&'a [u8]>>),
}

impl<'a> Array<'a> {
    fn of(kind: Kind, column: usize, rows: &'a [Vec<Value<'_>>]) -> Self {
        let values = rows.iter().map(|row| row.get(column));
        match kind {
            Kind::Int => Self::Int(
                values.map(|value| if let Some(Value::Int(n)) = value { Some(*n) } else { None }).collect(),
            ),
            Kind::Text => Self::Text(
                values
                    .map(|value| if let Some(Value::Text(t)) = value { Some(t.as_ref()) } else { None })
                    .collect(),
            ),
            Kind::Blob => Self::Blob(
                values
                    .map(|value| if let Some(Value::Blob(b)) = value { Some(b.as_ref()) } else { None })
                    .collect(),
            ),
        }
    }

    fn as_param(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Int(values) => values,
            Self::Text(values) => values,
            Self::Blob(values) => values,
        }
    }
}

fn failed(error: tokio_postgres::Error) -> StoreError {
    if error.is_closed() {
        return StoreError::Lost(Arc::new(error));
    }
    match error.code() {
        Some(&SqlState::DISK_FULL | &SqlState::OUT_OF_MEMORY) => StoreError::Full(Arc::new(error)),
        Some(&SqlState::UNIQUE_VIOLATION | &SqlState::FOREIGN_KEY_VIOLATION | &SqlState::CHECK_VIOLATION) => {
            StoreError::Exists(Arc::new(error))
        }
        Some(&SqlState::TOO_MANY_CONNECTIONS | &SqlState::T_R_DEADLOCK_DETECTED) => StoreError::Busy,
        Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW) => {
            StoreError::Lost(Arc::new(error))
        }
        _ => StoreError::Engine(Arc::new(error)),
    }
}
