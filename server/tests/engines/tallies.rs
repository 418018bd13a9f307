//! The tallies that triggers keep say what a count of the devices and of their marks says, whatever is written, on both engines.

use std::collections::BTreeMap;

use muster_server::store::{StoreError, Tx, values};

use crate::support::World;

/// Of what kind, what it is called, whose, and the rank of the verdict.
type Which = (String, String, String, i64);
type Tallies = BTreeMap<Which, u64>;

const COUNTED: [&str; 3] = [
    "SELECT 'device', '', org, verdict_rank, COUNT(*) FROM devices WHERE status = 'active' GROUP BY org, verdict_rank",
    "SELECT 'maker', COALESCE(manufacturer, ''), org, 0, COUNT(*) FROM devices WHERE status = 'active' \
     GROUP BY COALESCE(manufacturer, ''), org",
    "SELECT m.kind, m.name, m.org, m.verdict_rank, COUNT(*) FROM device_marks AS m JOIN devices AS d ON d.id = m.device \
     WHERE d.status = 'active' AND m.broken = 1 GROUP BY m.kind, m.name, m.org, m.verdict_rank",
];

/// Those that there are now.
pub async fn hold(world: &World) {
    let (kept, counted) = world.app.store.read(both).await.expect("tallies");
    assert_eq!(kept, counted);
    assert!(!kept.is_empty());
}

/// And after each of many changes, which are undone together.
pub async fn hold_through_changes(world: &World) {
    let undone = world.app.store.write(changes).await;
    assert!(matches!(undone, Err(StoreError::Column("all of it"))), "{undone:?}");
    hold(world).await;
}

fn changes(tx: &mut dyn Tx) -> Result<(), StoreError> {
    let mut orgs = Vec::new();
    for mut row in tx.query("SELECT id FROM orgs ORDER BY id", &[])? {
        orgs.push(row.take::<String>()?);
    }
    tx.execute("CREATE TEMPORARY TABLE one AS SELECT * FROM devices WHERE status = 'active' LIMIT 1", &[])?;
    let mut state: u64 = 20;
    let mut draw = move |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).map_or(0, |drawn| drawn % most)
    };
    let mut steps = 0;
    for _ in 0..400 {
        let device = vec![u8::try_from(draw(6)).unwrap_or(0); 16];
        let (org, rank) = (&orgs[draw(orgs.len())], draw(6) as u64);
        let status = ["active", "active", "retired", "pending"][draw(4)];
        let maker = [None, Some(""), Some("Xiaomi"), Some("Aquarius")][draw(4)];
        let (kind, name) = [("rule", "encrypted"), ("rule", "silence"), ("app", "telegram")][draw(3)];
        let broken = draw(2) as u64;
        steps += match draw(8) {
            0 => {
                let there = tx.query_one("SELECT 1 FROM devices WHERE id = $1", &values![&device])?;
                if there.is_some() {
                    continue;
                }
                let set =
                    "UPDATE one SET id = $1, status = $2, org = $3, verdict_rank = $4, manufacturer = $5";
                tx.execute(set, &values![&device, status, org, rank, maker])?;
                tx.execute("INSERT INTO devices SELECT * FROM one", &[])?
            }
            1 => tx.execute("DELETE FROM devices WHERE id = $1", &values![&device])?,
            2 => tx.execute("UPDATE devices SET status = $2 WHERE id = $1", &values![&device, status])?,
            3 => {
                let set = "UPDATE devices SET org = $2, verdict_rank = $3 WHERE id = $1";
                tx.execute(set, &values![&device, org, rank])?
            }
            4 => {
                tx.execute("UPDATE devices SET manufacturer = $2 WHERE id = $1", &values![&device, maker])?
            }
            5 => {
                let set =
                    "UPDATE device_marks SET broken = $2, org = $3, verdict_rank = $4 WHERE device = $1";
                tx.execute(set, &values![&device, broken, org, rank])?
            }
            6 => tx.execute("DELETE FROM device_marks WHERE device = $1", &values![&device])?,
            _ => {
                let new = "INSERT INTO device_marks (device, kind, name, state, broken, org, verdict_rank) \
                           VALUES ($1, $2, $3, '', $4, $5, $6) ON CONFLICT (device, kind, name) DO UPDATE SET broken = excluded.broken";
                tx.execute(new, &values![&device, kind, name, broken, org, rank])?
            }
        };
        let (kept, counted) = both(tx)?;
        assert_eq!(kept, counted, "after {steps} rows");
    }
    assert!(steps > 200, "{steps} rows were changed");
    Err(StoreError::Column("all of it"))
}

fn both(tx: &mut dyn Tx) -> Result<(Tallies, Tallies), StoreError> {
    let kept = read(tx, "SELECT kind, name, org, verdict_rank, devices FROM tallies")?;
    let mut counted = BTreeMap::new();
    for sql in COUNTED {
        counted.extend(read(tx, sql)?);
    }
    Ok((kept, counted))
}

fn read(tx: &mut dyn Tx, sql: &str) -> Result<Tallies, StoreError> {
    let rows = tx.query(sql, &[])?;
    rows.into_iter()
        .map(|mut row| Ok(((row.take()?, row.take()?, row.take()?, row.take()?), row.take()?)))
        .collect()
}
