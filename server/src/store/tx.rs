//! What a room may do inside a transaction. Two engines implement it; everything above is written once.

use super::{Row, StoreError, Value};

/// A transaction. Statements are one text for both engines: parameters are `$1`, `$2` …; where nulls sort is spelled out;
/// a parameter that the text alone gives no type is cast.
pub trait Tx {
    /// Runs a statement; says how many rows it touched.
    ///
    /// # Errors
    /// The engine's.
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, StoreError>;

    /// Asks.
    ///
    /// # Errors
    /// The engine's.
    fn query(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>, StoreError>;

    /// Asks the same for many keys of bytes. `sql` compares with `= $1`, and has no other parameter.
    /// Rows come in no promised order; with `lock` they are kept from other writers until the transaction ends.
    ///
    /// # Errors
    /// The engine's.
    fn query_each(&mut self, sql: &str, keys: &[&[u8]], lock: Lock) -> Result<Vec<Row>, StoreError>;

    /// Writes many rows, each with the columns of `batch` in their order.
    ///
    /// # Errors
    /// The engine's.
    fn write_many(&mut self, batch: &Batch<'_>, rows: &[Vec<Value<'_>>]) -> Result<(), StoreError>;
}

impl dyn Tx + '_ {
    /// Asks for at most one row.
    ///
    /// # Errors
    /// The engine's.
    pub fn query_one(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }
}

/// Whether rows that were read are kept from other writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// They are.
    Yes,
    /// They are not.
    No,
}

/// A connection: what the writer and the readers drive.
pub trait Connection: Tx + Send {
    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// The engine's.
    fn begin(&mut self) -> Result<(), StoreError>;

    /// Begins a transaction that only reads, and sees one moment.
    ///
    /// # Errors
    /// The engine's.
    fn begin_reading(&mut self) -> Result<(), StoreError>;

    /// Asks, and hands on the rows in pieces of at most `piece`: for answers that don't fit into memory. A transaction is open.
    ///
    /// # Errors
    /// The engine's, or what `take` says.
    fn each_piece(&mut self, sql: &str, piece: usize, take: &mut Take<'_>) -> Result<(), StoreError>;

    /// Runs statements without parameters.
    ///
    /// # Errors
    /// The engine's.
    fn run(&mut self, sql: &str) -> Result<(), StoreError>;

    /// Whether the connection can still be used.
    fn is_alive(&self) -> bool;

    /// The transaction alone.
    fn tx(&mut self) -> &mut dyn Tx;
}

/// Takes a piece of an answer.
pub type Take<'a> = dyn FnMut(Vec<Vec<Value<'static>>>) -> Result<(), StoreError> + 'a;

/// The type of a column in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Int,
    /// Text.
    Text,
    /// Bytes.
    Blob,
}

impl Kind {
    pub(super) const fn postgres(self) -> &'static str {
        match self {
            Self::Int => "BIGINT",
            Self::Text => "TEXT",
            Self::Blob => "BYTEA",
        }
    }
}

/// A write of many rows: the one thing whose text differs by engine.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The table.
    pub table: &'a str,
    /// How many of the first columns find the row that is changed; 0 adds rows.
    pub keys: usize,
    /// The columns.
    pub columns: &'a [(&'a str, Kind)],
}

impl Batch<'_> {
    /// The text that writes one row: `$1` … `$n`.
    #[must_use]
    pub fn one_row(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        if self.keys == 0 {
            let places: Vec<String> = (1..=names.len()).map(|n| format!("${n}")).collect();
            return format!(
                "INSERT INTO {} ({}) VALUES ({})",
                self.table,
                names.join(", "),
                places.join(", ")
            );
        }
        let equals = |(n, name): (usize, &&str)| format!("{name} = ${}", n + 1);
        let keys: Vec<String> = names.iter().enumerate().take(self.keys).map(equals).collect();
        let sets: Vec<String> = names.iter().enumerate().skip(self.keys).map(equals).collect();
        format!("UPDATE {} SET {} WHERE {}", self.table, sets.join(", "), keys.join(" AND "))
    }

    /// The text that writes all rows from one array for each column.
    #[must_use]
    pub fn all_rows(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let arrays: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(n, (_, kind))| format!("${}::{}[]", n + 1, kind.postgres()))
            .collect();
        let (names_text, unnest) = (names.join(", "), format!("UNNEST({})", arrays.join(", ")));
        if self.keys == 0 {
            return format!("INSERT INTO {} ({names_text}) SELECT * FROM {unnest}", self.table);
        }
        let table = self.table;
        let sets: Vec<String> =
            names.iter().skip(self.keys).map(|name| format!("{name} = new.{name}")).collect();
        let keys: Vec<String> =
            names.iter().take(self.keys).map(|name| format!("{table}.{name} = new.{name}")).collect();
        let (sets, keys) = (sets.join(", "), keys.join(" AND "));
        format!("UPDATE {table} SET {sets} FROM {unnest} AS new({names_text}) WHERE {keys}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[(&str, Kind)] = &[("id", Kind::Blob), ("name", Kind::Text), ("size", Kind::Int)];

    #[test]
    fn a_batch_is_written_in_two_dialects() {
        let add = Batch { table: "things", keys: 0, columns: COLUMNS };
        assert_eq!(add.one_row(), "INSERT INTO things (id, name, size) VALUES ($1, $2, $3)");
        assert_eq!(
            add.all_rows(),
            "INSERT INTO things (id, name, size) SELECT * FROM UNNEST($1::BYTEA[], $2::TEXT[], $3::BIGINT[])"
        );
        let change = Batch { keys: 1, ..add };
        assert_eq!(change.one_row(), "UPDATE things SET name = $2, size = $3 WHERE id = $1");
        assert_eq!(
            change.all_rows(),
            "UPDATE things SET name = new.name, size = new.size FROM UNNEST($1::BYTEA[], $2::TEXT[], $3::BIGINT[]) \
             AS new(id, name, size) WHERE things.id = new.id"
        );
    }
}
