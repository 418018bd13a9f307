//! What each organisation looked like when its days had ended. A day is counted as soon as the organisation's next one has begun; where no
//! server ran at that moment it is counted when one runs again, and days of which nobody saw the end have no count: the one before them stands.

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
    let due = app.store.read(move |tx| due(tx, now)).await?;
    if !due.ended.is_empty() {
        let watched = Arc::clone(&app.catalogue);
        app.store.write(move |tx| count(tx, &due.ended, &watched, now)).await?;
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
    let sql = "SELECT orgs.id, orgs.time_zone, orgs.created, \
               (SELECT MAX(day) FROM days_taken WHERE days_taken.org = orgs.id) FROM orgs";
    let (mut ended, mut next) = (Vec::new(), i64::MAX);
    let mut zones: HashMap<String, Option<(Day, Timestamp, Timestamp)>> = HashMap::new();
    for mut row in tx.query(sql, &[])? {
        let (org, zone): (String, String) = (row.take()?, row.take()?);
        let (created, last): (Timestamp, Option<i64>) = (row.take()?, row.take()?);
        let today = zones.entry(zone).or_insert_with_key(|zone| today(zone, now));
        let Some((day, begins, ends)) = *today else { continue };
        next = next.min(ends.millis());
        let Some(before) = day.days().checked_sub(1).and_then(Day::from_days) else { continue };
        if created < begins && last.is_none_or(|last| last < i64::from(before.days())) {
            ended.push((org, before));
        }
    }
    Ok(Due { ended, next })
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

fn count(
    tx: &mut dyn Tx,
    ended: &[(String, Day)],
    watched: &Watched,
    now: Timestamp,
) -> Result<(), StoreError> {
    let verdicts = now::verdicts(tx)?;
    let (makers, apps) = (now::makers(tx, &watched.catalogue)?, now::apps(tx)?);
    let mut rows: Vec<Vec<Value<'_>>> = Vec::new();
    let mut taken: Vec<Vec<Value<'_>>> = Vec::new();
    for (org, day) in ended {
        let day_number = i64::from(day.days());
        // of two servers on one database the first one has counted
        if tx
            .query_one("SELECT 1 FROM days_taken WHERE org = $1 AND day = $2", &values![org, day_number])?
            .is_some()
        {
            continue;
        }
        let figures = verdicts.get(org).copied().unwrap_or_default();
        let of = |shares: &'_ now::Shares, kind: &'static str| {
            let own = shares.range((org.clone(), String::new())..).take_while(|((of, _), _)| of == org);
            own.map(|((_, name), devices)| (kind, name.clone(), *devices)).collect::<Vec<_>>()
        };
        let parts = figures.parts().map(|(word, devices)| ("verdict", word.to_owned(), devices));
        let all = parts.chain(of(&makers, "maker")).chain(of(&apps, "app"));
        for (kind, name, devices) in all.filter(|(_, _, devices)| *devices > 0) {
            rows.push(Vec::from(values![org, day_number, kind, name, devices]));
        }
        taken.push(Vec::from(values![org, day_number, now]));
        let old = day_number - i64::from(KEPT);
        for table in ["days", "days_taken"] {
            tx.execute(&format!("DELETE FROM {table} WHERE org = $1 AND day < $2"), &values![org, old])?;
        }
    }
    tx.write_many(&DAYS, &rows)?;
    tx.write_many(&TAKEN, &taken)
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

/// Counts by day, each day of which a count exists, for one organisation.
pub(super) type ByDay<T> = HashMap<String, BTreeMap<Day, T>>;

/// How many phones were ready and how many there were, by organisation and day.
///
/// # Errors
/// The store's.
pub(super) fn ready(tx: &mut dyn Tx, from: Day, to: Day) -> Result<ByDay<(u64, u64)>, StoreError> {
    let sql = "SELECT t.org, t.day, CAST(COALESCE(SUM(CASE WHEN d.name = 'ready' THEN d.devices ELSE 0 END), 0) AS BIGINT), \
               CAST(COALESCE(SUM(d.devices), 0) AS BIGINT) FROM days_taken AS t \
               LEFT JOIN days AS d ON d.org = t.org AND d.day = t.day AND d.kind = 'verdict' \
               WHERE t.day BETWEEN $1 AND $2 GROUP BY t.org, t.day";
    let mut all = ByDay::new();
    for mut row in tx.query(sql, &values![i64::from(from.days()), i64::from(to.days())])? {
        let org: String = row.take()?;
        let day = read_day(&mut row)?;
        all.entry(org).or_default().insert(day, (row.take()?, row.take()?));
    }
    Ok(all)
}

/// Counts of one kind, by organisation and day: a day that was counted and has nothing is there, too.
///
/// # Errors
/// The store's.
pub(super) fn of_kind(
    tx: &mut dyn Tx,
    kind: &str,
    (from, to): (Day, Day),
) -> Result<ByDay<BTreeMap<String, u64>>, StoreError> {
    let span = values![i64::from(from.days()), i64::from(to.days())];
    let mut all: ByDay<BTreeMap<String, u64>> = ByDay::new();
    for mut row in tx.query("SELECT org, day FROM days_taken WHERE day BETWEEN $1 AND $2", &span)? {
        let org: String = row.take()?;
        all.entry(org).or_default().insert(read_day(&mut row)?, BTreeMap::new());
    }
    let sql = "SELECT org, day, name, devices FROM days WHERE kind = $3 AND day BETWEEN $1 AND $2";
    let [from, to] = span;
    for mut row in tx.query(sql, &[from, to, kind.into()])? {
        let org: String = row.take()?;
        let day = read_day(&mut row)?;
        let (name, devices): (String, u64) = (row.take()?, row.take()?);
        *all.entry(org).or_default().entry(day).or_default().entry(name).or_default() += devices;
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
