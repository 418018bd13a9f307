//! The register in figures, by organisation: who should report and doesn't, and how those stand that can have no agent.

use muster_proto::verdict::State;

use super::Standing;
use super::list::{FROM, standing};
use crate::store::{Row, StoreError, Tx};

/// Phones of each organisation itself that should report and are not enrolled.
///
/// # Errors
/// The store's.
pub fn missing(tx: &mut dyn Tx) -> Result<Vec<(String, u64)>, StoreError> {
    let sql =
        format!("SELECT a.org, COUNT(*) FROM {FROM} WHERE {} GROUP BY a.org", standing(Standing::Missing));
    tx.query(&sql, &[])?.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// Phones without an agent that are judged alike, of one organisation.
pub struct Declared {
    /// The organisation.
    pub org: String,
    /// The maker, as it is written down.
    pub maker: Option<String>,
    /// Their verdict; none where they were not judged yet.
    pub verdict: Option<State>,
    /// How many.
    pub phones: u64,
}

/// Phones that can have no agent, by organisation, maker and verdict.
///
/// # Errors
/// The store's.
pub fn declared(tx: &mut dyn Tx) -> Result<Vec<Declared>, StoreError> {
    let sql = format!(
        "SELECT a.org, a.maker, a.verdict, COUNT(*) FROM {FROM} WHERE {} GROUP BY a.org, a.maker, a.verdict",
        standing(Standing::Declared)
    );
    let read = |mut row: Row| {
        let (org, maker) = (row.take()?, row.take()?);
        let verdict = row.take::<Option<String>>()?.map(|word| word.parse()).transpose();
        let verdict = verdict.map_err(|_| StoreError::Column("a verdict"))?;
        Ok(Declared { org, maker, verdict, phones: row.take()? })
    };
    tx.query(&sql, &[])?.into_iter().map(read).collect()
}
