//! What is stored of a device's chains, with what this batch has not written yet.

use muster_proto::cose::Envelope;
use muster_proto::id::{ChainId, DeviceId, Digest};
use muster_proto::report::{Range, Report};
use muster_proto::time::Timestamp;
use std::collections::HashSet;

use super::batch::NewRow;
use super::chain::{History, Link};
use crate::devices::Device;
use crate::store::{StoreError, Tx, values};

/// The chains of one device.
pub(super) struct Chains<'a> {
    pub tx: &'a mut dyn Tx,
    pub device: DeviceId,
    pub unwritten: &'a [NewRow],
}

impl Chains<'_> {
    fn unwritten(&self, chain: ChainId) -> impl Iterator<Item = &NewRow> {
        let device = self.device;
        self.unwritten
            .iter()
            .filter(move |row| row.verified.device == device && row.verified.report.chain == chain)
    }

    /// The numbers of a chain within these bounds that are there.
    fn numbers(&mut self, chain: ChainId, first: u64, last: u64) -> Result<HashSet<u64>, StoreError> {
        let mut there: HashSet<u64> = self.unwritten(chain).map(|row| row.verified.report.number).collect();
        let sql = "SELECT DISTINCT number FROM reports WHERE device = $1 AND chain = $2 AND number BETWEEN $3 AND $4";
        for mut row in self.tx.query(sql, &values![self.device, chain, first, last])? {
            there.insert(row.take()?);
        }
        Ok(there)
    }
}

impl History for Chains<'_> {
    fn at(&mut self, chain: ChainId, number: u64) -> Result<Vec<Link>, StoreError> {
        let new = self
            .unwritten(chain)
            .map(|row| &row.verified)
            .filter(|verified| verified.report.number == number);
        let mut links: Vec<Link> = new
            .map(|verified| Link { digest: verified.digest, previous: verified.report.previous })
            .collect();
        let sql =
            "SELECT digest, body, previous FROM reports WHERE device = $1 AND chain = $2 AND number = $3";
        for mut row in self.tx.query(sql, &values![self.device, chain, number])? {
            let (digest, body): (Digest, Vec<u8>) = (row.take()?, row.take()?);
            // of a text that is past its period only this is left
            if body.is_empty() {
                links.push(Link { digest, previous: row.take()? });
                continue;
            }
            let report = Envelope::parse(&body).and_then(|envelope| envelope.read_unverified::<Report>());
            let report = report.map_err(|_| StoreError::Column("a stored report"))?;
            links.push(Link { digest, previous: report.previous });
        }
        Ok(links)
    }

    fn highest(&mut self, chain: ChainId) -> Result<Option<u64>, StoreError> {
        let new = self.unwritten(chain).map(|row| row.verified.report.number).max();
        let sql = "SELECT MAX(number) FROM reports WHERE device = $1 AND chain = $2";
        let row = self.tx.query_one(sql, &values![self.device, chain])?;
        let stored = row.map(|mut row| row.take::<Option<u64>>()).transpose()?.flatten();
        Ok(stored.max(new))
    }
}

/// A break of the chain, written at once: it is rare.
pub(super) fn write_break(
    tx: &mut dyn Tx,
    device: &mut Device,
    kind: &str,
    chain: ChainId,
    range: Range,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO breaks (device, kind, chain, number, last_number, at) VALUES ($1, $2, $3, $4, $5, $6)",
        &values![device.id, kind, chain, range.first, range.last, now],
    )?;
    device.breaks += 1;
    Ok(())
}

/// Closes gaps that have been filled since, or that the device explains by now.
pub(super) fn heal(
    tx: &mut dyn Tx,
    device: &mut Device,
    chain: ChainId,
    dropped: &[Range],
    unwritten: &[NewRow],
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "SELECT id, number, last_number FROM breaks WHERE device = $1 AND chain = $2 AND kind = 'gap' AND acknowledged IS NULL \
               ORDER BY id LIMIT 100";
    for mut row in tx.query(sql, &values![device.id, chain])? {
        let (id, first, last): (i64, u64, u64) = (row.take()?, row.take()?, row.take()?);
        // a gap that nobody could fill one by one is not looked at number by number
        if last - first >= MOST_HEALED {
            continue;
        }
        let there = Chains { tx, device: device.id, unwritten }.numbers(chain, first, last)?;
        let explained =
            |number: u64| dropped.iter().any(|range| (range.first..=range.last).contains(&number));
        if (first..=last).all(|number| there.contains(&number) || explained(number)) {
            tx.execute(
                "UPDATE breaks SET acknowledged = $2, acknowledged_by = 'system:ingest', reason = 'filled or explained later' WHERE id = $1",
                &values![id, now],
            )?;
            device.breaks = device.breaks.saturating_sub(1);
        }
    }
    Ok(())
}

const MOST_HEALED: u64 = 1000;
