//! The figures of this moment, by organisation: each organisation's own phones.

use muster_policy::rules::built_in::SILENCE;
use muster_proto::catalogue::Catalogue;
use muster_proto::verdict::State;
use std::collections::{BTreeMap, HashMap};

use super::figures::Figures;
use crate::devices::rank;
use crate::register::figures as register;
use crate::store::{StoreError, Tx, values};

/// A phone whose maker the catalogue does not list.
pub const OTHER: &str = "other";
/// A phone that has not said who made it.
pub const UNNAMED: &str = "unknown";

/// What each organisation's own phones have, by name.
pub type Shares = BTreeMap<(String, String), u64>;

/// How the phones of each organisation stand.
///
/// # Errors
/// The store's.
pub fn verdicts(tx: &mut dyn Tx) -> Result<HashMap<String, Figures>, StoreError> {
    let mut all: HashMap<String, Figures> = HashMap::new();
    let sql = "SELECT org, verdict_rank, devices FROM tallies WHERE kind = 'device' AND name = ''";
    for mut row in tx.query(sql, &[])? {
        let figures = all.entry(row.take()?).or_default();
        let (found, devices): (i64, u64) = (row.take()?, row.take()?);
        let state = State::ALL.iter().find(|state| rank(**state) == found);
        *place(figures, *state.ok_or(StoreError::Column("a verdict"))?) += devices;
    }
    // who is silent fails by that: it is counted once
    let sql = "SELECT org, devices FROM tallies WHERE kind = 'rule' AND name = $1 AND verdict_rank = $2";
    for mut row in tx.query(sql, &values![SILENCE, rank(State::Failing)])? {
        let figures = all.entry(row.take()?).or_default();
        figures.silent = row.take()?;
        figures.failing = figures.failing.saturating_sub(figures.silent);
    }
    for (org, phones) in register::missing(tx)? {
        all.entry(org).or_default().not_enrolled = phones;
    }
    for some in register::declared(tx)? {
        let figures = all.entry(some.org).or_default();
        *match some.verdict {
            Some(State::Compliant | State::Exempt) => &mut figures.declared_ready,
            Some(State::Grace) => &mut figures.declared_grace,
            Some(State::Failing) => &mut figures.declared_failing,
            Some(State::Unknown | State::NotApplicable) | None => &mut figures.declared_unknown,
        } += some.phones;
    }
    Ok(all)
}

fn place(figures: &mut Figures, state: State) -> &mut u64 {
    match state {
        State::Compliant => &mut figures.ready,
        State::Grace => &mut figures.grace,
        State::Failing => &mut figures.failing,
        State::Unknown => &mut figures.unknown,
        State::Exempt | State::NotApplicable => &mut figures.exempt,
    }
}

/// How many phones of each organisation are of which maker, by the ids of the catalogue: those that are enrolled, and those that can have no
/// agent.
///
/// # Errors
/// The store's.
pub fn makers(tx: &mut dyn Tx, catalogue: &Catalogue) -> Result<Shares, StoreError> {
    let sql = "SELECT org, NULLIF(name, ''), devices FROM tallies WHERE kind = 'maker'";
    let enrolled = tx.query(sql, &[])?.into_iter().map(|mut row| Ok((row.take()?, row.take()?, row.take()?)));
    let mut all = enrolled.collect::<Result<Vec<(String, Option<String>, u64)>, StoreError>>()?;
    all.extend(register::declared(tx)?.into_iter().map(|some| (some.org, some.maker, some.phones)));
    let (mut shares, mut known): (Shares, HashMap<String, String>) = (Shares::new(), HashMap::new());
    for (org, text, devices) in all {
        let maker = match text {
            None => UNNAMED.to_owned(),
            Some(text) => {
                let of =
                    |text: &str| catalogue.vendor_of(Some(text), None).map_or(OTHER, |vendor| &vendor.id);
                known.entry(text).or_insert_with_key(|text| of(text).to_owned()).clone()
            }
        };
        *shares.entry((org, maker)).or_default() += devices;
    }
    Ok(shares)
}

/// On how many phones of each organisation which watched application was found.
///
/// # Errors
/// The store's.
pub fn apps(tx: &mut dyn Tx) -> Result<Shares, StoreError> {
    let sql =
        "SELECT org, name, CAST(SUM(devices) AS BIGINT) FROM tallies WHERE kind = 'app' GROUP BY org, name";
    let read = |mut row: crate::store::Row| Ok(((row.take()?, row.take()?), row.take()?));
    tx.query(sql, &[])?.into_iter().map(read).collect()
}
