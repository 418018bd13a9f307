//! What mails tell of, read from the store. Each list is bounded, and says how many there are beyond it.

use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use std::collections::BTreeMap;

use crate::orgs;
use crate::store::{StoreError, Tx, Value, values};

/// Most lines of a list.
pub const MOST: u64 = 50;
/// A grace that ends within this is told of.
const SOON: Span = Span::from_hours(7 * 24);

/// Of which organisations; of all where there is none.
#[derive(Debug, PartialEq, Eq)]
pub struct Scope(pub Option<Vec<String>>);

/// A list of phones.
#[derive(Debug, Default)]
pub struct Found {
    /// How many there are.
    pub total: u64,
    /// The first of them.
    pub phones: Vec<Phone>,
}

/// A phone in a list.
#[derive(Debug)]
pub struct Phone {
    pub id: DeviceId,
    pub asset_tag: Option<String>,
    pub org: String,
    /// The rule, where the list is of rules.
    pub rule: Option<String>,
    /// Since when, or until when.
    pub at: Timestamp,
}

/// What a digest tells of.
#[derive(Debug, Default)]
pub struct Gathered {
    /// What fails, and decides the verdict.
    pub failing: Found,
    /// What is broken as much under a rule that is only observed, or warns.
    pub watched: Found,
    pub fixed: Found,
    pub due: Found,
    pub silent: Found,
    /// By organisation and verdict.
    pub counts: BTreeMap<String, BTreeMap<String, u64>>,
    /// The newest edge that it covers.
    pub covered: u64,
}

impl Scope {
    /// An organisation and those below it; all where none is named.
    pub fn read(tx: &mut dyn Tx, org: Option<&str>) -> Result<Self, StoreError> {
        Ok(Self(match org {
            Some(org) => Some(orgs::tree(tx)?.below(org)),
            None => None,
        }))
    }

    /// A condition for a statement that has these parameters already.
    fn condition<'a>(&'a self, params: &mut Vec<Value<'a>>) -> String {
        let Some(orgs) = &self.0 else { return String::new() };
        let place = |org: &'a String| {
            params.push(org.into());
            format!("${}", params.len())
        };
        format!(" AND devices.org IN ({})", orgs.iter().map(place).collect::<Vec<_>>().join(", "))
    }
}

/// Everything for a digest of what happened after the edge `after`.
pub fn gather(tx: &mut dyn Tx, scope: &Scope, after: u64, now: Timestamp) -> Result<Gathered, StoreError> {
    let newest = tx.query_one("SELECT COALESCE(MAX(id), 0) FROM edges", &[])?;
    let covered: u64 = newest.map_or(Ok(0), |mut row| row.take())?;
    let after = after.min(covered);
    let edges = |what: &str| {
        format!(
            "FROM edges JOIN devices ON devices.id = edges.device \
             WHERE edges.id > $1 AND edges.id <= $2 AND devices.status = 'active' AND {what}"
        )
    };
    let rule = "devices.id, devices.asset_tag, devices.org, edges.rule";
    let still = "(SELECT 1 FROM device_marks WHERE device_marks.device = edges.device \
                 AND device_marks.kind = 'rule' AND device_marks.name = edges.rule AND";
    // what the rule did at the newest change is what it does
    const NEWEST: &str = "NOT EXISTS (SELECT 1 FROM edges AS later WHERE later.device = edges.device AND later.rule = edges.rule \
                          AND later.id > edges.id AND later.id <= $2)";
    let failing = |mode| {
        let still = format!("EXISTS {still} device_marks.state = 'failing')");
        edges(&format!("edges.to_state = 'failing' AND {mode} AND {NEWEST} AND {still}"))
    };
    // changes that older versions wrote have no mode
    let (decides, watched) =
        (failing("COALESCE(edges.mode, 'enforce') = 'enforce'"), failing("edges.mode <> 'enforce'"));
    let fixed = edges(&format!(
        "edges.to_state = 'compliant' AND edges.from_state IN ('failing', 'grace') AND NOT EXISTS {still} device_marks.broken = 1)"
    ));
    let changed = |from: &str, tx: &mut dyn Tx| {
        let list =
            List { columns: rule, from, at: "MAX(edges.at)", order: "MAX(edges.id) DESC", grouped: true };
        list.read(tx, scope, values![after, covered].into())
    };
    let due = "FROM devices WHERE devices.status = 'active' AND devices.verdict = 'grace' AND devices.verdict_due <= $1";
    let silent = "FROM device_marks JOIN devices ON devices.id = device_marks.device WHERE device_marks.kind = 'rule' \
                  AND device_marks.name = 'silence' AND device_marks.broken = 1 AND devices.status = 'active'";
    let phones = |from, at, order| List {
        columns: "devices.id, devices.asset_tag, devices.org, NULL",
        from,
        at,
        order,
        grouped: false,
    };
    let heard = "COALESCE(devices.last_contact, devices.enrolled)";
    Ok(Gathered {
        failing: changed(&decides, tx)?,
        watched: changed(&watched, tx)?,
        fixed: changed(&fixed, tx)?,
        due: phones(due, "devices.verdict_due", "devices.verdict_due, devices.id").read(
            tx,
            scope,
            values![now + SOON].into(),
        )?,
        silent: phones(silent, heard, "5, devices.id").read(tx, scope, Vec::new())?,
        counts: counts(tx, scope)?,
        covered,
    })
}

/// A list that is read.
struct List<'a> {
    columns: &'a str,
    from: &'a str,
    at: &'a str,
    order: &'a str,
    /// Whether each row stands for several.
    grouped: bool,
}

impl List<'_> {
    fn read<'a>(
        &self,
        tx: &mut dyn Tx,
        scope: &'a Scope,
        mut params: Vec<Value<'a>>,
    ) -> Result<Found, StoreError> {
        let Self { columns, from, at, order, grouped } = self;
        let from = format!("{from}{}", scope.condition(&mut params));
        let group = if *grouped { format!(" GROUP BY {columns}") } else { String::new() };
        let count = format!("SELECT COUNT(*) FROM (SELECT 1 AS one {from}{group}) AS found");
        let total = tx.query_one(&count, &params)?.map_or(Ok(0), |mut row| row.take())?;
        if total == 0 {
            return Ok(Found::default());
        }
        let text = format!("SELECT {columns}, {at} {from}{group} ORDER BY {order} LIMIT {MOST}");
        let rows = tx.query(&text, &params)?.into_iter().map(|mut row| {
            Ok(Phone {
                id: row.take()?,
                asset_tag: row.take()?,
                org: row.take()?,
                rule: row.take()?,
                at: row.take()?,
            })
        });
        Ok(Found { total, phones: rows.collect::<Result<_, StoreError>>()? })
    }
}

fn counts(tx: &mut dyn Tx, scope: &Scope) -> Result<BTreeMap<String, BTreeMap<String, u64>>, StoreError> {
    let mut params = Vec::new();
    let condition = scope.condition(&mut params);
    let text = format!(
        "SELECT devices.org, devices.verdict, COUNT(*) FROM devices \
         WHERE devices.status = 'active'{condition} GROUP BY devices.org, devices.verdict"
    );
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for mut row in tx.query(&text, &params)? {
        counts.entry(row.take()?).or_default().insert(row.take()?, row.take()?);
    }
    Ok(counts)
}
