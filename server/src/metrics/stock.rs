//! What has to be counted in the database and on the disk. It is counted when somebody asks, and not again for a while: the dearer the
//! counting, the longer, so that no scrape can keep the server busy.

use muster_proto::time::{Span, Timestamp};
use prometheus::{Gauge, IntGauge, IntGaugeVec};
use std::collections::HashMap;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Book;
use crate::app::App;
use crate::error::ActionError;
use crate::hooks;
use crate::register::list::HELD;
use crate::register::{CarrierStanding, carriers};
use crate::space::Space;
use crate::store::{StoreError, Tx, values};

/// Topmost organisations that have a value of their own; the rest is `other`.
pub const MOST_ORGS: usize = 100;

/// Counted at most so often.
const FRESH: Span = Span::from_secs(10);
/// After counting it rests for this many times as long as that took.
const REST: u32 = 20;
/// Silence is counted for these.
const SILENCES: [(&str, Span); 3] =
    [("1d", Span::from_hours(24)), ("7d", Span::from_hours(7 * 24)), ("30d", Span::from_hours(30 * 24))];

/// The gauges, and when they were set.
pub(super) struct Stock {
    devices: IntGaugeVec,
    enrolled: IntGaugeVec,
    by_org: IntGaugeVec,
    silent: IntGaugeVec,
    orders: IntGaugeVec,
    hooks: IntGaugeVec,
    carriers: IntGaugeVec,
    compared: Gauge,
    hook_lag: Gauge,
    database: IntGauge,
    disk_free: IntGauge,
    disk: IntGauge,
    next: Mutex<Timestamp>,
}

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    /// By platform and verdict, of devices that count.
    devices: HashMap<(String, String), i64>,
    /// By status.
    enrolled: HashMap<String, i64>,
    /// By topmost organisation and verdict, of devices that count.
    by_org: HashMap<(String, String), i64>,
    /// As [`SILENCES`].
    silent: [i64; 3],
    /// By state.
    orders: HashMap<String, i64>,
    /// By what the directory says of whoever carries a phone.
    carriers: HashMap<String, i64>,
    /// When the register was brought to what the directory says.
    compared: Option<Timestamp>,
    /// What waits for hooks.
    hooks: hooks::Counted,
    /// Bytes of a database that is no file.
    database: Option<i64>,
}

impl Stock {
    pub fn new(book: &mut Book) -> Self {
        Self {
            devices: book.counts("muster_devices", "Devices that count, by platform and verdict.", &["platform", "verdict"]),
            enrolled: book.counts("muster_devices_enrolled", "Devices by status: `active` ones count, `pending` ones wait for a person.", &["status"]),
            by_org: book.counts("muster_org_devices", "Devices that count, by topmost organisation (the hundred largest; the rest is `other`) and verdict.", &["org", "verdict"]),
            silent: book.counts("muster_devices_silent", "Devices that count and were not heard for longer than a day, a week, thirty days.", &["longer_than"]),
            orders: book.counts("muster_orders", "Orders by state.", &["state"]),
            hooks: book.counts("muster_hook_deliveries", "Edges that the receiver of a hook did not take: `waiting` to be tried again, or `dead`.", &["standing"]),
            hook_lag: book.gauge("muster_hook_lag_seconds", "Age of the oldest edge that a hook was not told of yet; those that wait to be tried again do not count."),
            carriers: book.counts("muster_register_carriers", "Phones of the register that somebody has, by what the directory says of that person: `left` and `disabled` ones should come back.", &["standing"]),
            compared: book.gauge("muster_carrier_import_timestamp_seconds", "When the whole register was last brought to what the directory says, in seconds since 1970; 0 where it never was."),
            database: book.count("muster_database_bytes", "Size of the database, with what of it is not checkpointed yet."),
            disk_free: book.count("muster_disk_free_bytes", "Room on the disk of the data folder that the server may use."),
            disk: book.count("muster_disk_bytes", "Size of the disk of the data folder."),
            next: Mutex::new(Timestamp::from_millis(i64::MIN)),
        }
    }

    /// Counts, where the last time is long enough ago. One counts at a time; others wait for what he finds.
    pub async fn refresh(&self, app: &App) {
        let mut next = self.next.lock().await;
        let now = app.now();
        // a clock that was set back must not stop the counting
        if now < *next && next.since(now) < Span::from_hours(1) {
            return;
        }
        let began = Instant::now();
        let postgres = app.store.is_shared();
        match app.store.read(move |tx| count(tx, now, postgres)).await {
            Ok(counted) => self.set(&counted),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "count for the metrics"),
        }
        self.look_at_disk(app);
        let rest = began.elapsed() * REST;
        *next = now + FRESH.max(Span::from_millis(u64::try_from(rest.as_millis()).unwrap_or(u64::MAX)));
    }

    fn set(&self, counted: &Counted) {
        let pairs = [(&self.devices, &counted.devices), (&self.by_org, &counted.by_org)];
        for (gauge, values) in pairs {
            gauge.reset();
            for ((a, b), value) in values {
                gauge.with_label_values(&[a, b]).set(*value);
            }
        }
        let words = [
            (&self.enrolled, &counted.enrolled),
            (&self.orders, &counted.orders),
            (&self.carriers, &counted.carriers),
        ];
        for (gauge, values) in words {
            gauge.reset();
            for (word, value) in values {
                gauge.with_label_values(&[word]).set(*value);
            }
        }
        for ((name, _), value) in SILENCES.iter().zip(counted.silent) {
            self.silent.with_label_values(&[name]).set(value);
        }
        for (standing, number) in [("waiting", counted.hooks.waiting), ("dead", counted.hooks.dead)] {
            self.hooks.with_label_values(&[standing]).set(number);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a double holds milliseconds of the next 285,000 years"
        )]
        self.compared.set(counted.compared.map_or(0.0, |at| at.millis() as f64 / 1000.0));
        self.hook_lag.set(std::time::Duration::from(counted.hooks.lag).as_secs_f64());
        if let Some(bytes) = counted.database {
            self.database.set(bytes);
        }
    }

    fn look_at_disk(&self, app: &App) {
        if let Ok(space) = Space::of(&app.data) {
            self.disk_free.set(i64::try_from(space.free).unwrap_or(i64::MAX));
            self.disk.set(i64::try_from(space.all).unwrap_or(i64::MAX));
        }
        if !app.store.is_shared() {
            let size = |name: &str| std::fs::metadata(app.data.join(name)).map_or(0, |file| file.len());
            self.database.set(i64::try_from(size("muster.db") + size("muster.db-wal")).unwrap_or(i64::MAX));
        }
    }
}

/// One pass over the devices, one over the orders.
fn count(tx: &mut dyn Tx, now: Timestamp, postgres: bool) -> Result<Counted, ActionError> {
    let mut counted = Counted::default();
    let roots = roots(tx)?;
    let [day, week, month] = SILENCES.map(|(_, span)| now - span);
    let rows = tx.query(
        "SELECT org, status, platform, verdict, COUNT(*), \
         SUM(CASE WHEN COALESCE(last_contact, enrolled) < $1 THEN 1 ELSE 0 END), \
         SUM(CASE WHEN COALESCE(last_contact, enrolled) < $2 THEN 1 ELSE 0 END), \
         SUM(CASE WHEN COALESCE(last_contact, enrolled) < $3 THEN 1 ELSE 0 END) \
         FROM devices GROUP BY org, status, platform, verdict",
        &values![day, week, month],
    )?;
    for mut row in rows {
        let (org, status): (String, String) = (row.take()?, row.take()?);
        let (platform, verdict): (String, String) = (row.take()?, row.take()?);
        let number: i64 = row.take()?;
        if status == "active" {
            for silent in &mut counted.silent {
                *silent += row.take::<i64>()?;
            }
            let root = roots.get(&org).cloned().unwrap_or(org);
            *counted.by_org.entry((root, verdict.clone())).or_default() += number;
            *counted.devices.entry((platform, verdict)).or_default() += number;
        }
        *counted.enrolled.entry(status).or_default() += number;
    }
    counted.by_org = largest(counted.by_org);
    for mut row in tx.query("SELECT state, COUNT(*) FROM orders GROUP BY state", &[])? {
        counted.orders.insert(row.take()?, row.take()?);
    }
    // one that nobody has is none, and no gap in a chart
    counted.carriers = CarrierStanding::ALL.iter().map(|one| (one.word().to_owned(), 0)).collect();
    let sql = format!(
        "SELECT a.carrier_standing, COUNT(*) FROM assets AS a WHERE a.carrier_standing IS NOT NULL AND {HELD} GROUP BY a.carrier_standing"
    );
    for mut row in tx.query(&sql, &[])? {
        counted.carriers.insert(row.take()?, row.take()?);
    }
    counted.compared = carriers::last(tx)?.and_then(|run| run.done);
    counted.hooks = hooks::count(tx, now)?;
    if postgres {
        let row = tx.query_one("SELECT pg_database_size(current_database())", &[])?;
        counted.database = row.map(|mut row| row.take()).transpose()?;
    }
    Ok(counted)
}

/// Each organisation's topmost one.
fn roots(tx: &mut dyn Tx) -> Result<HashMap<String, String>, StoreError> {
    let mut parents: HashMap<String, Option<String>> = HashMap::new();
    for mut row in tx.query("SELECT id, parent FROM orgs", &[])? {
        parents.insert(row.take()?, row.take()?);
    }
    let root = |id: &String| {
        let mut at = id;
        // a tree is no deeper than it has nodes
        for _ in 0..parents.len() {
            match parents.get(at) {
                Some(Some(parent)) => at = parent,
                _ => break,
            }
        }
        (id.clone(), at.clone())
    };
    Ok(parents.keys().map(root).collect())
}

/// The organisations with most devices, and the rest as one.
fn largest(by_org: HashMap<(String, String), i64>) -> HashMap<(String, String), i64> {
    let mut sizes: HashMap<String, i64> = HashMap::new();
    for ((org, _), number) in &by_org {
        *sizes.entry(org.clone()).or_default() += number;
    }
    let mut order: Vec<(i64, String)> = sizes.into_iter().map(|(org, size)| (-size, org)).collect();
    order.sort_unstable();
    let named: std::collections::HashSet<String> =
        order.into_iter().take(MOST_ORGS).map(|(_, org)| org).collect();
    let mut kept = HashMap::new();
    for ((org, verdict), number) in by_org {
        let org = if named.contains(&org) { org } else { "other".to_owned() };
        *kept.entry((org, verdict)).or_default() += number;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_values_is_bounded_and_nothing_is_lost() {
        let many = (0..250).map(|n| ((format!("org{n:03}"), "failing".to_owned()), i64::from(n)));
        let kept = largest(many.collect());
        assert_eq!(kept.len(), MOST_ORGS + 1);
        assert_eq!(kept.values().sum::<i64>(), (0..250).sum::<i64>());
        assert_eq!(kept[&("org249".to_owned(), "failing".to_owned())], 249);
        assert_eq!(kept[&("other".to_owned(), "failing".to_owned())], (0..150).sum::<i64>());
    }
}
