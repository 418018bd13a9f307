//! Many devices in a store, written by the server's own code: as they are after enrolment and judgement.

use anyhow::{Context as _, anyhow};
use muster_fleet::rng::Rng;
use muster_policy::{Finding, Verdict};
use muster_proto::facts::{Platform, Protection};
use muster_proto::id::{DeviceId, Digest};
use muster_proto::policy::{Mode, Severity};
use muster_proto::time::{Day, Span, Timestamp};
use muster_proto::verdict::State;
use muster_server::devices::{Device, Devices as _, Extent, Shown, Status};
use muster_server::store::{Place, Store, StoreError, Tx, values};
use std::path::Path;

/// Ministries, each below `state` and with as many agencies below it.
const MINISTRIES: u32 = 20;
/// Devices in one transaction.
const CHUNK: u32 = 5000;
const MODELS: [(&str, &str); 4] =
    [("F+", "R570E"), ("F+", "T1100"), ("Aquarius", "NS208"), ("Byterg", "MIG-C55")];
const RULES: [&str; 6] = ["messengers", "maker", "encryption", "screen-lock", "patch", "silence"];

/// Fills the store of a data folder.
pub fn fill(data: &Path, devices: u32, now: Timestamp) -> anyhow::Result<()> {
    with(data, now, async |store| {
        store.write(move |tx| orgs(tx, now)).await?;
        let mut done = 0;
        while done < devices {
            let end = devices.min(done + CHUNK);
            store.write(move |tx| (done..end).try_for_each(|nth| add(tx, nth, now))).await?;
            done = end;
        }
        Ok(())
    })
}

/// Writes counted days of every organisation of [`fill`], up to yesterday.
pub fn days(data: &Path, count: u32, now: Timestamp) -> anyhow::Result<()> {
    with(data, now, async |store| store.write(move |tx| counted(tx, count, now)).await)
}

fn with(
    data: &Path,
    now: Timestamp,
    work: impl AsyncFnOnce(&Store) -> Result<(), StoreError>,
) -> anyhow::Result<()> {
    let store = Store::open(&Place::File(data.join("muster.db")), now).context("open the store")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work(&store)).map_err(|error| anyhow!(error))?;
    store.close();
    Ok(())
}

fn counted(tx: &mut dyn Tx, count: u32, now: Timestamp) -> Result<(), StoreError> {
    let today = now.secs() / 86_400;
    let counts = [
        ("verdict", "ready", 80_i64),
        ("verdict", "failing", 10),
        ("verdict", "grace", 10),
        ("maker", "fplus", 60),
        ("maker", "aquarius", 40),
    ];
    for nth in 0..MINISTRIES {
        for org in [format!("ministry-{nth}"), format!("agency-{nth}")] {
            for day in (1..=i64::from(count)).map(|ago| today - ago) {
                let taken = "INSERT INTO days_taken (org, day, taken) VALUES ($1, $2, $3)";
                tx.execute(taken, &values![&org, day, now])?;
                for (kind, name, devices) in counts {
                    let sql = "INSERT INTO days (org, day, kind, name, devices) VALUES ($1, $2, $3, $4, $5)";
                    tx.execute(sql, &values![&org, day, kind, name, devices])?;
                }
            }
        }
    }
    Ok(())
}

fn orgs(tx: &mut dyn Tx, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO orgs (id, title, parent, time_zone, created) VALUES ($1, $1, $2, 'UTC', $3)";
    tx.execute(sql, &values!["state", None::<&str>, now])?;
    for nth in 0..MINISTRIES {
        let (ministry, agency) = (format!("ministry-{nth}"), format!("agency-{nth}"));
        tx.execute(sql, &values![&ministry, "state", now])?;
        tx.execute(sql, &values![&agency, &ministry, now])?;
    }
    Ok(())
}

fn add(tx: &mut dyn Tx, nth: u32, now: Timestamp) -> Result<(), StoreError> {
    let device = device(nth, now);
    tx.add(&device, Digest::of(&nth.to_be_bytes()), "", None)?;
    tx.save(&[(&device, Extent::All)])
}

/// One in ten fails, one in ten is in grace, one in fifty is silent; the rest is well.
fn device(nth: u32, now: Timestamp) -> Device {
    let mut rng = Rng::of(7, u64::from(nth));
    let (maker, model) = MODELS[rng.below(4) as usize];
    let org = rng.below(u64::from(MINISTRIES));
    let org = if rng.below(2) == 0 { format!("ministry-{org}") } else { format!("agency-{org}") };
    let state = match rng.below(10) {
        0 => State::Failing,
        1 => State::Grace,
        2 if rng.below(4) == 0 => State::Unknown,
        _ => State::Compliant,
    };
    let (since, heard) = (
        now - Span::from_secs(rng.below(90 * 86_400)),
        if rng.below(50) == 0 { 5 * 86_400 } else { 4 * 3600 },
    );
    let due = (state == State::Grace).then(|| now + Span::from_secs(rng.below(20 * 86_400)));
    let last = Some(now - Span::from_secs(rng.below(heard)));
    let broken = rng.below(RULES.len() as u64) as usize;
    let finding = |(rule, name): (usize, &&str)| {
        let state = if rule == broken { state } else { State::Compliant };
        finding(name, state, since, due.filter(|_| rule == broken))
    };
    Device {
        id: DeviceId(Digest::of(&nth.to_be_bytes()).0[..16].try_into().expect("16 of 32 bytes")),
        org,
        status: Status::Active,
        revision: 1,
        enrolled: now - Span::from_hours(24 * 200),
        platform: Platform::Aurora,
        shown: Shown {
            os_version: Some(format!("5.1.{}.{}", rng.below(6), rng.below(200))),
            manufacturer: Some(maker.to_owned()),
            model: Some(model.to_owned()),
            asset_tag: Some(format!("MF-{nth}")),
            agent: Some("0.1.0".to_owned()),
            security_patch: Day::from_days(20_500 + u32::try_from(rng.below(300)).unwrap_or(0)),
            apps: Vec::new(),
        },
        protection: Protection::Software,
        chain: None,
        last_contact: last,
        last_fresh: last,
        evidence_at: last,
        skew: 0,
        breaks: 0,
        orders: 0,
        told: 0,
        away_until: None,
        sent: 0,
        untold: false,
        catalogue: None,
        findings: RULES.iter().enumerate().map(finding).collect(),
        verdict: Verdict { state, since, due },
        judged: Some(now),
        // nobody is judged while this is measured
        next_judgement: None,
    }
}

fn finding(rule: &str, state: State, since: Timestamp, due: Option<Timestamp>) -> Finding {
    Finding {
        rule: rule.to_owned(),
        kind: rule.to_owned(),
        state,
        since,
        due,
        evidence: Vec::new(),
        severity: Severity::ALL[0],
        mode: Mode::Enforce,
        escalates: None,
        policy: 1,
        beneath: None,
        exemption: None,
        causes: Vec::new(),
        unreadable_since: None,
    }
}
