//! Lists of devices: which phones …? Paged by key, worst verdict first.

use muster_proto::id::DeviceId;
use muster_proto::verdict::State;
use std::fmt;
use std::str::FromStr;

use super::rank;
use super::view::{Counts, DeviceList, DeviceRow, VerdictView};
use crate::store::{Row, StoreError, Tx, Value, values};

/// Which devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this organisation and those below it.
    pub org: Option<String>,
    /// With this verdict.
    pub verdict: Option<State>,
    /// Whose model, maker, asset tag, system or organisation has each of these words, or whose id begins so.
    pub text: Option<String>,
}

/// Where a page begins: after this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    rank: i64,
    id: DeviceId,
}

/// Text that is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the list")]
pub struct CursorError;

/// Most devices on one page.
pub const MOST: u32 = 1000;

/// A page of the list, and how many devices the same filter finds under every verdict.
///
/// # Errors
/// The store's.
pub fn list(
    tx: &mut dyn Tx,
    filter: &Filter,
    after: Option<Cursor>,
    limit: u32,
) -> Result<DeviceList, StoreError> {
    let limit = limit.clamp(1, MOST);
    let mut what = Conditions::of(filter);
    let counts = count(tx, &what)?;
    if let Some(state) = filter.verdict {
        what.add("verdict_rank = ?", [Value::from(rank(state))]);
    }
    if let Some(after) = after {
        let (rank, id) = (Value::from(after.rank), Value::from(after.id));
        what.add("(verdict_rank < ? OR (verdict_rank = ? AND id > ?))", [rank.clone(), rank, id]);
    }
    let place = what.place(i64::from(limit) + 1);
    let sql = format!(
        "SELECT {COLUMNS} FROM devices WHERE {} ORDER BY verdict_rank DESC, id LIMIT {place}",
        what.text
    );
    let mut devices = tx.query(&sql, &what.params)?.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let more = devices.len() > limit as usize;
    devices.truncate(limit as usize);
    let last = devices.last().map(|last| Cursor { rank: rank(last.verdict.state), id: last.id }.to_string());
    Ok(DeviceList { next: last.filter(|_| more), devices, counts })
}

/// One device, where it is enrolled or has been.
///
/// # Errors
/// The store's.
pub fn find(tx: &mut dyn Tx, id: DeviceId) -> Result<Option<DeviceRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM devices WHERE status IN ('active', 'replaced', 'retired') AND id = $1"
    );
    tx.query_one(&sql, &values![id])?.map(row).transpose()
}

const COLUMNS: &str = "id, org, platform, os_version, manufacturer, model, asset_tag, agent, enrolled, last_contact, last_fresh, \
                       verdict, verdict_since, verdict_due";
/// Where the words of a search are looked for.
const SEARCHED: [&str; 6] = ["model", "manufacturer", "asset_tag", "os_version", "platform", "org"];

fn row(mut row: Row) -> Result<DeviceRow, StoreError> {
    Ok(DeviceRow {
        id: row.take()?,
        org: row.take()?,
        platform: Some(row.parse("a platform")?),
        os_version: row.take()?,
        manufacturer: row.take()?,
        model: row.take()?,
        asset_tag: row.take()?,
        agent: row.take()?,
        enrolled: row.take()?,
        last_contact: row.take()?,
        last_fresh: row.take()?,
        verdict: VerdictView { state: row.parse("a state")?, since: row.take()?, due: row.take()? },
    })
}

fn count(tx: &mut dyn Tx, what: &Conditions) -> Result<Counts, StoreError> {
    let sql = format!("SELECT verdict, COUNT(*) FROM devices WHERE {} GROUP BY verdict", what.text);
    let mut counts = Counts::default();
    for mut row in tx.query(&sql, &what.params)? {
        let state = row.parse("a state")?;
        *counts.slot(state) = row.take()?;
    }
    Ok(counts)
}

/// Conditions that all hold, and their parameters.
struct Conditions {
    text: String,
    params: Vec<Value<'static>>,
}

impl Conditions {
    fn of(filter: &Filter) -> Self {
        let mut what = Self { text: "status = 'active'".to_owned(), params: Vec::new() };
        if let Some(org) = &filter.org {
            what.add(
                "org IN (WITH RECURSIVE below (id) AS (SELECT id FROM orgs WHERE id = ? UNION \
                 SELECT orgs.id FROM orgs JOIN below ON orgs.parent = below.id) SELECT id FROM below)",
                [Value::from(org.clone())],
            );
        }
        if let Some(text) = &filter.text {
            what.search(text);
        }
        what
    }

    /// Adds a condition; each `?` becomes the next parameter.
    fn add(&mut self, condition: &str, params: impl IntoIterator<Item = Value<'static>>) {
        self.text.push_str(" AND ");
        let mut parts = condition.split('?');
        self.text.push_str(parts.next().unwrap_or_default());
        for (part, param) in parts.zip(params) {
            let place = self.bind(param);
            self.text.push_str(&place);
            self.text.push_str(part);
        }
    }

    fn bind(&mut self, param: Value<'static>) -> String {
        self.params.push(param);
        format!("${}", self.params.len())
    }

    fn place(&mut self, number: i64) -> String {
        self.bind(Value::Int(number))
    }

    /// Each word must be found somewhere.
    fn search(&mut self, text: &str) {
        for word in text.split_whitespace().take(8) {
            let like = || Value::from(format!("%{}%", escaped(word)));
            let (first, last) = ids_that_begin(word);
            let has =
                |column| format!(r"LOWER(COALESCE({column}, '')) LIKE LOWER(CAST(? AS TEXT)) ESCAPE '\'");
            let mut any: Vec<String> = SEARCHED.iter().map(has).collect();
            any.push("id BETWEEN ? AND ?".to_owned());
            self.add(
                &format!("({})", any.join(" OR ")),
                SEARCHED.iter().map(|_| like()).chain([first, last]),
            );
        }
    }
}

/// The pattern characters of LIKE stand for themselves.
fn escaped(word: &str) -> String {
    word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

/// The first and the last id that begin with these hexadecimal digits; an empty span for another word.
fn ids_that_begin(word: &str) -> (Value<'static>, Value<'static>) {
    let is_prefix = word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let padded = |with: &str| format!("{word}{}", with.repeat(32 - word.len())).parse::<DeviceId>();
    match (is_prefix.then(|| padded("0")), is_prefix.then(|| padded("f"))) {
        (Some(Ok(first)), Some(Ok(last))) => (first.into(), last.into()),
        _ => (Value::from(vec![0xff; 17]), Value::from(vec![0_u8; 0])),
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.rank, self.id)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;
    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (rank, id) = text.split_once('.').ok_or(CursorError)?;
        Ok(Self { rank: rank.parse().map_err(|_| CursorError)?, id: id.parse().map_err(|_| CursorError)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_goes_there_and_back() {
        let cursor = Cursor { rank: 6, id: DeviceId([0xab; 16]) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for wrong in ["", "6", "6.zz", "x.abababababababababababababababab", "6.ab"] {
            assert_eq!(wrong.parse::<Cursor>(), Err(CursorError), "{wrong}");
        }
    }

    #[test]
    fn what_is_searched_for_is_a_parameter_and_no_pattern() {
        let filter =
            Filter { org: Some("o'; --".to_owned()), text: Some(r"100% a_b\ ff".to_owned()), verdict: None };
        let what = Conditions::of(&filter);
        assert!(!what.text.contains("--") && !what.text.contains("100"), "{}", what.text);
        assert_eq!(what.params.len(), 1 + 3 * 8);
        assert_eq!(what.params[1], Value::from(r"%100\%%".to_owned()));
        assert_eq!(what.params[7], Value::from(vec![0xff; 17]), "100% is no beginning of an id");
        assert!(what.text.contains("BETWEEN $24 AND $25"), "{}", what.text);
    }
}
