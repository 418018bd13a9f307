//! What each organisation looked like when its days had ended. A day is counted as soon as the organisation's next one has begun; where no
//! server ran at that moment it is counted when one runs again, and days of which nobody saw the end get the count of the one before them.

use jiff::tz::TimeZone;
use muster_proto::time::{Day, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::figures::Figures;
use super::now;
use crate::app::App;
use crate::catalogue::Watched;
use crate::error::ActionError;
use crate::store::{Batch, Kind, Row, StoreError, Tx, Value, values};

/// When days have to be looked at again, in milliseconds since 1970.
#[derive(Debug, Default)]
pub struct Calendar(AtomicI64);

/// Organisations come and change their time zones: it is looked at least this often.
const AGAIN: i64 = 5 * 60 * 1000;
/// Counts are kept for this many days: three years and a little.
pub const KEPT: u32 = 1100;

/// Counts the days that have ended.
///
/// # Errors
/// The store's.
pub async fn take(app: &App) -> Result<(), ActionError> {
    let now = app.now();
    let next = app.calendar.0.load(Ordering::Relaxed);
    // a clock that was set back is looked at anew
    if now.millis() < next && now.millis() > next - 2 * AGAIN {
        return Ok(());
    }
    let watched = Arc::clone(&app.catalogue);
    // counted by a reader: reports wait for the writer
    let (due, counts) = app
        .store
        .read(move |tx| {
            let due = due(tx, now)?;
            let counts = (!due.ended.is_empty()).then(|| Counts::of(tx, &watched)).transpose()?;
            Ok::<_, StoreError>((due, counts))
        })
        .await?;
    if let Some(counts) = counts {
        app.store.write(move |tx| keep(tx, &due.ended, &counts, now)).await?;
    }
    app.calendar.0.store(due.next.min(now.millis() + AGAIN), Ordering::Relaxed);
    Ok(())
}

/// Organisations whose last ended day has no count, and when the next day ends.
struct Due {
    ended: Vec<(String, Day)>,
    next: i64,
}

fn due(tx: &mut dyn Tx, now: Timestamp) -> Result<Due, StoreError> {
    let taken = newest(tx)?;
    let (mut ended, mut next) = (Vec::new(), i64::MAX);
    let mut zones: HashMap<String, Option<(Day, Timestamp, Timestamp)>> = HashMap::new();
    for mut row in tx.query("SELECT id, time_zone, created FROM orgs", &[])? {
        let (org, zone, created): (String, String, Timestamp) = (row.take()?, row.take()?, row.take()?);
        let today = zones.entry(zone).or_insert_with_key(|zone| today(zone, now));
        let Some((day, begins, ends)) = *today else { continue };
        next = next.min(ends.millis());
        let Some(before) = day.days().checked_sub(1).and_then(Day::from_days) else { continue };
        if created < begins && taken.get(&org).is_none_or(|taken| *taken < before) {
            ended.push((org, before));
        }
    }
    Ok(Due { ended, next })
}

/// The newest day of each organisation that was counted.
fn newest(tx: &mut dyn Tx) -> Result<HashMap<String, Day>, StoreError> {
    let rows = tx.query("SELECT org, MAX(day) FROM days_taken GROUP BY org", &[])?;
    rows.into_iter().map(|mut row| Ok((row.take()?, read_day(&mut row)?))).collect()
}

/// The day that it is in a time zone, when it began and when it ends.
pub(super) fn today(zone: &str, now: Timestamp) -> Option<(Day, Timestamp, Timestamp)> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let here = jiff::Timestamp::from_millisecond(now.millis()).ok()?.to_zoned(zone);
    let day = here.date().to_string().parse().ok()?;
    let moment = |zoned: &jiff::Zoned| Timestamp::from_millis(zoned.timestamp().as_millisecond());
    let begins = here.start_of_day().ok()?;
    let ends = here.tomorrow().ok()?.start_of_day().ok()?;
    Some((day, moment(&begins), moment(&ends)))
}

/// What is kept of this moment.
struct Counts {
    verdicts: HashMap<String, Figures>,
    makers: now::Shares,
    apps: now::Shares,
}

impl Counts {
    fn of(tx: &mut dyn Tx, watched: &Watched) -> Result<Self, StoreError> {
        Ok(Self {
            verdicts: now::verdicts(tx)?,
            makers: now::makers(tx, &watched.catalogue)?,
            apps: now::apps(tx)?,
        })
    }

    /// What an organisation itself has: kind, name, devices.
    fn own<'a>(&'a self, org: &'a str) -> impl Iterator<Item = (&'static str, &'a str, u64)> {
        let of = move |shares: &'a now::Shares, kind: &'static str| {
            let own = shares.range((org.to_owned(), String::new())..);
            let own = own.take_while(move |((of, _), _)| of == org);
            own.map(move |((_, name), devices)| (kind, name.as_str(), *devices))
        };
        let figures = self.verdicts.get(org).copied().unwrap_or_default();
        let parts: Vec<_> = figures.parts().map(|(word, devices)| ("verdict", word, devices)).collect();
        let all = parts.into_iter().chain(of(&self.makers, "maker")).chain(of(&self.apps, "app"));
        all.filter(|(_, _, devices)| *devices > 0)
    }
}

/// Keeps the counts of days that have ended. What was counted meanwhile, by another server on the same database, stays.
fn keep(tx: &mut dyn Tx, ended: &[(String, Day)], counts: &Counts, now: Timestamp) -> Result<(), StoreError> {
    let before = newest(tx)?;
    let (mut rows, mut taken): (Vec<Vec<Value<'_>>>, Vec<Vec<Value<'_>>>) = (Vec::new(), Vec::new());
    for (org, day) in ended {
        let last = before.get(org);
        if last.is_some_and(|last| last >= day) {
            continue;
        }
        let number = i64::from(day.days());
        for missed in
            last.map_or(day.days(), |last| last.days() + 1).max(day.days().saturating_sub(KEPT))..day.days()
        {
            let (missed, last) = (i64::from(missed), last.map_or(0, |last| i64::from(last.days())));
            let copy = "INSERT INTO days (org, day, kind, name, devices) \
                        SELECT org, CAST($3 AS BIGINT), kind, name, devices FROM days WHERE org = $1 AND day = $2";
            tx.execute(copy, &values![org, last, missed])?;
            taken.push(Vec::from(values![org, missed, now]));
        }
        let own =
            counts.own(org).map(|(kind, name, devices)| Vec::from(values![org, number, kind, name, devices]));
        rows.extend(own);
        taken.push(Vec::from(values![org, number, now]));
    }
    tx.write_many(&DAYS, &rows)?;
    tx.write_many(&TAKEN, &taken)?;
    let oldest = ended.iter().map(|(_, day)| day.days()).min().unwrap_or(0).saturating_sub(KEPT);
    for table in ["days", "days_taken"] {
        tx.execute(&format!("DELETE FROM {table} WHERE day < $1"), &values![i64::from(oldest)])?;
    }
    Ok(())
}

const DAYS: Batch = Batch {
    table: "days",
    keys: 0,
    columns: &[
        ("org", Kind::Text),
        ("day", Kind::Int),
        ("kind", Kind::Text),
        ("name", Kind::Text),
        ("devices", Kind::Int),
    ],
};

const TAKEN: Batch = Batch {
    table: "days_taken",
    keys: 0,
    columns: &[("org", Kind::Text), ("day", Kind::Int), ("taken", Kind::Int)],
};

/// What each organisation's own phones came to at the end of a day, and of which day that is: the newest that was counted until then.
///
/// # Errors
/// The store's.
pub(super) fn as_of(tx: &mut dyn Tx, day: Day) -> Result<HashMap<String, (Day, Figures)>, StoreError> {
    let newest = "SELECT org, MAX(day) AS day FROM days_taken WHERE day <= $1 GROUP BY org";
    let mut all = HashMap::new();
    for mut row in tx.query(newest, &values![i64::from(day.days())])? {
        all.insert(row.take::<String>()?, (read_day(&mut row)?, Figures::default()));
    }
    let sql = format!(
        "SELECT days.org, days.name, days.devices FROM ({newest}) AS newest \
         JOIN days ON days.org = newest.org AND days.day = newest.day WHERE days.kind = 'verdict'"
    );
    for mut row in tx.query(&sql, &values![i64::from(day.days())])? {
        let (org, name): (String, String) = (row.take()?, row.take()?);
        let figures = all.get_mut(&org).map(|(_, figures)| figures);
        if let Some(slot) = figures.and_then(|figures| figures.slot(&name)) {
            *slot = row.take()?;
        }
    }
    Ok(all)
}

/// The share that is ready: phones, and all phones.
type Share = (u64, u64);

/// How many phones were ready and how many there were, by organisation and day.
///
/// # Errors
/// The store's.
pub(super) fn ready(
    tx: &mut dyn Tx,
    (from, to): (Day, Day),
) -> Result<HashMap<String, BTreeMap<Day, Share>>, StoreError> {
    let sql = "SELECT t.org, t.day, \
               CAST(COALESCE(SUM(CASE WHEN d.name IN ('ready', 'declared-ready', 'exempt') THEN d.devices ELSE 0 END), 0) AS BIGINT), \
               CAST(COALESCE(SUM(d.devices), 0) AS BIGINT) FROM days_taken AS t \
               LEFT JOIN days AS d ON d.org = t.org AND d.day = t.day AND d.kind = 'verdict' \
               WHERE t.day BETWEEN $1 AND $2 GROUP BY t.org, t.day";
    let mut all: HashMap<String, BTreeMap<Day, Share>> = HashMap::new();
    for mut row in tx.query(sql, &values![i64::from(from.days()), i64::from(to.days())])? {
        let org: String = row.take()?;
        let day = read_day(&mut row)?;
        all.entry(org).or_default().insert(day, (row.take()?, row.take()?));
    }
    Ok(all)
}

/// Sums of one kind by day, of these organisations or of all: each day that was counted, with what there was.
pub(super) type Sums = BTreeMap<Day, BTreeMap<String, u64>>;

/// Sums of one kind by day.
///
/// # Errors
/// The store's.
pub(super) fn sums(
    tx: &mut dyn Tx,
    kind: &str,
    orgs: Option<&[&str]>,
    (from, to): (Day, Day),
) -> Result<Sums, StoreError> {
    let mut params = Vec::from(values![i64::from(from.days()), i64::from(to.days()), kind.to_owned()]);
    let these = match orgs {
        None => String::new(),
        Some(orgs) => {
            let places: Vec<String> = (4..4 + orgs.len()).map(|nth| format!("${nth}")).collect();
            params.extend(orgs.iter().map(|org| Value::from((*org).to_owned())));
            format!(" AND org IN ({})", places.join(", "))
        }
    };
    let mut all = Sums::new();
    let counted =
        format!("SELECT DISTINCT day FROM days_taken WHERE day BETWEEN $1 AND $2 AND $3 <> ''{these}");
    for mut row in tx.query(&counted, &params)? {
        all.insert(read_day(&mut row)?, BTreeMap::new());
    }
    let summed = format!(
        "SELECT day, name, CAST(SUM(devices) AS BIGINT) FROM days WHERE day BETWEEN $1 AND $2 AND kind = $3{these} GROUP BY day, name"
    );
    for mut row in tx.query(&summed, &params)? {
        let day = read_day(&mut row)?;
        all.entry(day).or_default().insert(row.take()?, row.take()?);
    }
    Ok(all)
}

fn read_day(row: &mut Row) -> Result<Day, StoreError> {
    let days: u64 = row.take()?;
    u32::try_from(days).ok().and_then(Day::from_days).ok_or(StoreError::Column("a day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_calendar_there() {
        let now = "2026-03-29T21:30:00Z".parse().unwrap();
        let (day, begins, ends) = today("Europe/Moscow", now).unwrap();
        assert_eq!(day.to_string(), "2026-03-30");
        assert_eq!(
            (begins.to_string(), ends.to_string()),
            ("2026-03-29T21:00:00Z".into(), "2026-03-30T21:00:00Z".into())
        );
        // a day of 23 hours
        let (_, begins, ends) = today("Europe/Berlin", "2026-03-29T12:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(ends.since(begins).secs(), 23 * 3600);
        assert_eq!(today("no/where", now).unwrap().0.to_string(), "2026-03-29");
    }
}
