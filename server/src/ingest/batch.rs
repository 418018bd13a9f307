//! One batch: `load(devices) -> chain -> judge -> write`, in the writer's transaction.

use muster_policy::Edge;
use muster_proto::answer::Head;
use muster_proto::id::{DeviceId, Digest};
use muster_proto::message::OrderKind;
use muster_proto::report::{Range, Report};
use muster_proto::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

use super::advance::{advance, evidence};
use super::chain::{Standing, place};
use super::gate::{Room, Submission};
use super::history::{Chains, heal, write_break};
use super::restored;
use super::{Taken, Verified};
use crate::devices::{Device, Devices as _, Extent, Status};
use crate::judge::{self, Latest};
use crate::orders;
use crate::policies::{self, Snapshot};
use crate::store::{Batch, Kind, StoreError, Tx, Value, values};

/// What a batch has written.
pub(super) struct Written {
    /// For each submission.
    pub taken: Vec<Taken>,
    /// The rows as they stand now.
    pub devices: Vec<Device>,
    /// What others had written when they were read.
    pub others: Option<u64>,
}

/// A report that will be written at the end of the batch.
pub(super) struct NewRow {
    pub verified: Verified,
    pub evidence_at: Timestamp,
    pub skew: i64,
    pub standing: Standing,
    /// Which submission of the batch it came with.
    owner: usize,
}

/// A device in work.
struct Work {
    device: Device,
    extent: Option<Extent>,
}

struct Run<'a> {
    tx: &'a mut dyn Tx,
    room: &'a Room,
    snapshot: Arc<Snapshot>,
    /// The store has newer rules than the snapshot.
    outdated: bool,
    now: Timestamp,
    rows: Vec<NewRow>,
    edges: Vec<(DeviceId, Edge)>,
    /// Which submission is in work.
    owner: usize,
}

/// Runs a batch.
pub(super) fn run(tx: &mut dyn Tx, submissions: Vec<Submission>, room: &Room) -> Result<Written, StoreError> {
    let others = room.others.count();
    let (mut work, unreadable) = load(tx, &submissions, room, others)?;
    let (snapshot, now) = (room.rules.now(), room.clock.now());
    let outdated = policies::edition(tx)? != snapshot.edition;
    let mut run = Run {
        tx,
        room,
        snapshot,
        outdated,
        now,
        rows: Vec::with_capacity(submissions.len()),
        edges: Vec::new(),
        owner: 0,
    };
    let mut taken = Vec::with_capacity(submissions.len());
    for (owner, submission) in submissions.into_iter().enumerate() {
        run.owner = owner;
        taken.push(match work.get_mut(&submission.device) {
            Some(work) => run.submission(work, submission)?,
            None => refused(
                &submission,
                if unreadable.contains(&submission.device) { UNREADABLE } else { "unknown-device" },
            ),
        });
    }
    let (rows, edges) = (run.rows, run.edges);
    write_reports(tx, &rows)?;
    judge::write_edges(tx, &edges, now)?;
    let changed: Vec<(&Device, Extent)> =
        work.values().filter_map(|work| Some((&work.device, work.extent?))).collect();
    tx.save(&changed)?;
    // a report is many small pieces of memory: whoever asked lets go of them, the writer has better to do
    let mut spent: Vec<Vec<Verified>> = taken.iter().map(|_| Vec::new()).collect();
    for row in rows {
        if let Some(owner) = spent.get_mut(row.owner) {
            owner.push(row.verified);
        }
    }
    for (taken, spent) in taken.iter_mut().zip(spent) {
        taken.spent = spent;
    }
    Ok(Written { taken, devices: work.into_values().map(|work| work.device).collect(), others })
}

/// The code for a device whose row can't be read: the phone keeps its reports and sends them again.
pub const UNREADABLE: &str = "device-unreadable";

/// The rows of all devices in the batch, from memory where they are of the store's revision; and those that can't be read.
fn load(
    tx: &mut dyn Tx,
    submissions: &[Submission],
    room: &Room,
    others: Option<u64>,
) -> Result<(HashMap<DeviceId, Work>, Vec<DeviceId>), StoreError> {
    let mut ids: Vec<DeviceId> = submissions.iter().map(|submission| submission.device).collect();
    ids.sort_unstable();
    ids.dedup();
    let (mut work, mut unknown) = (HashMap::with_capacity(ids.len()), Vec::new());
    ids.retain(|id| match room.row_unless(others, *id) {
        Some(device) => work.insert(*id, Work { device, extent: None }).is_some(),
        None => true,
    });
    for (id, revision) in tx.revisions(&ids)? {
        match room.row(id, revision) {
            Some(device) => drop(work.insert(id, Work { device, extent: None })),
            None => unknown.push(id),
        }
    }
    let (devices, unreadable) =
        if unknown.is_empty() { Default::default() } else { tx.load_readable(&unknown)? };
    work.extend(devices.into_iter().map(|device| (device.id, Work { device, extent: None })));
    Ok((work, unreadable))
}

fn refused(submission: &Submission, code: &'static str) -> Taken {
    Taken {
        device: submission.device,
        standings: submission.reports.iter().map(|_| Err(code)).collect(),
        head: None,
        orders: Vec::new(),
        policy: None,
        catalogue: None,
        verdict: None,
        closed: Vec::new(),
        changed: false,
        spent: Vec::new(),
    }
}

impl Run<'_> {
    fn submission(&mut self, work: &mut Work, submission: Submission) -> Result<Taken, StoreError> {
        if work.device.status != Status::Active {
            return Ok(refused(&submission, work.device.status.word()));
        }
        let mut taken = refused(&submission, "");
        taken.standings.clear();
        // what a full queue dropped is named by a later report, which often comes in the same request
        let dropped: Vec<Range> =
            submission.reports.iter().flat_map(|one| one.report.dropped.iter().copied()).collect();
        let newest = submission.reports.last().map(|one| (one.report.policy, one.report.catalogue));
        for verified in submission.reports {
            let standing = self.report(work, verified, &dropped, &mut taken)?;
            taken.standings.push(Ok(standing));
        }
        let new = taken.standings.iter().any(|standing| *standing != Ok(Standing::Known));
        self.answer(work, &mut taken, newest, new)?;
        Ok(taken)
    }

    /// Takes in one report.
    fn report(
        &mut self,
        work: &mut Work,
        verified: Verified,
        dropped: &[Range],
        taken: &mut Taken,
    ) -> Result<Standing, StoreError> {
        let device = &mut work.device;
        let report = &verified.report;
        let made = verified.fresh.unwrap_or(report.iat).min(verified.received);
        let mut chains = Chains { tx: self.tx, device: device.id, unwritten: &self.rows };
        let mut place = place(device.chain.as_ref(), report, verified.digest, dropped, made, &mut chains)?;
        if place.standing == Standing::Known {
            return Ok(Standing::Known);
        }
        restored::forgive(self.tx, device, &verified, &mut place, self.now)?;
        let asked = self.close_order(device, &verified.report, taken)?;
        let (evidence_at, skew) = evidence(device, &verified, place.standing, asked);
        self.note_breaks(device, &verified, place.standing, place.unexplained)?;
        let heard = device.heard();
        device.last_contact = device.last_contact.max(Some(verified.received));
        device.last_fresh = device.last_fresh.max(verified.fresh);
        let heard = device.heard() > heard;
        let mut all = false;
        if place.standing.is_current() {
            all = advance(device, &verified, place.standing, evidence_at, skew);
        }
        let row = NewRow { verified, evidence_at, skew, standing: place.standing, owner: self.owner };
        let healable = device.breaks > 0 && (place.standing == Standing::Late || !dropped.is_empty());
        let chain = row.verified.report.chain;
        self.rows.push(row);
        if healable {
            heal(self.tx, device, chain, dropped, &self.rows, self.now)?;
        }
        all |= self.judge(device, place.standing, taken)?;
        device.revision += 1;
        let extent = match (all, heard) {
            (true, _) => Extent::All,
            (false, true) => Extent::Heard,
            (false, false) => Extent::Touched,
        };
        work.extent = work.extent.max(Some(extent));
        Ok(place.standing)
    }

    /// Judges the device, by the report that was just taken in or by the one that is still its newest.
    fn judge(
        &mut self,
        device: &mut Device,
        standing: Standing,
        taken: &mut Taken,
    ) -> Result<bool, StoreError> {
        if device.status != Status::Active {
            return Ok(true);
        }
        let beside = judge::beside(self.tx, device, self.snapshot.ruleset(&device.org))?;
        let mark = device.next_judgement.filter(|mark| self.outdated && *mark <= self.now);
        let (snapshot, watched, now) =
            (Arc::clone(&self.snapshot), Arc::clone(&self.room.catalogue), self.now);
        let timer = self.room.meter.judgement.start_timer();
        let changed = if standing.is_current() {
            // the row holds the report while it is judged, and gets it back
            let row = self.rows.pop().ok_or(StoreError::Column("the report that was just taken"))?;
            let (digest, at) = (row.verified.digest, row.evidence_at);
            let latest = Latest { report: row.verified.report, digest, at };
            let changed = judge::judge(device, Some(&latest), &beside, &snapshot, &watched, now);
            self.rows.push(NewRow { verified: Verified { report: latest.report, ..row.verified }, ..row });
            changed
        } else {
            let latest = self.newest(device)?;
            judge::judge(device, latest.as_ref(), &beside, &snapshot, &watched, now)
        };
        timer.observe_duration();
        // whoever was marked for new rules is still to be judged by them
        device.next_judgement = mark.or(device.next_judgement);
        self.edges.extend(changed.edges.into_iter().map(|edge| (device.id, edge)));
        device.untold |= changed.findings;
        taken.changed |= changed.findings;
        Ok(changed.findings || changed.next)
    }

    /// The newest report of the device, which may not be written yet.
    fn newest(&mut self, device: &Device) -> Result<Option<Latest>, StoreError> {
        let head = device.chain.as_ref().map(|chain| chain.head);
        let unwritten = self
            .rows
            .iter()
            .find(|row| row.verified.device == device.id && Some(row.verified.digest) == head);
        match unwritten {
            Some(row) => Ok(Some(Latest {
                report: row.verified.report.clone(),
                digest: row.verified.digest,
                at: row.evidence_at,
            })),
            None => judge::latest(self.tx, device),
        }
    }

    /// Ends the order that the report names; says when it was given.
    fn close_order(
        &mut self,
        device: &mut Device,
        report: &Report,
        taken: &mut Taken,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(order) = report.order else { return Ok(None) };
        let Some(closed) = orders::close(self.tx, device.id, order, report.number, self.now)? else {
            return Ok(None);
        };
        device.revision += 1;
        device.orders = closed.waiting;
        self.room.meter.answered(closed.kind, closed.created, self.now);
        taken.closed.push((order, closed.kind));
        if closed.kind == OrderKind::Retire {
            (device.status, device.next_judgement) = (Status::Retired, None);
            crate::devices::has_ended(self.tx, device.id, self.now)?;
        }
        Ok(Some(closed.created))
    }

    fn note_breaks(
        &mut self,
        device: &mut Device,
        verified: &Verified,
        standing: Standing,
        unexplained: Option<Range>,
    ) -> Result<(), StoreError> {
        let (chain, number) = (verified.report.chain, verified.report.number);
        let one = Range { first: number, last: number };
        match standing {
            Standing::Fork => write_break(self.tx, device, "fork", chain, one, self.now)?,
            Standing::Reset => write_break(self.tx, device, "reset", chain, one, self.now)?,
            _ => {}
        }
        if let Some(range) = unexplained {
            write_break(self.tx, device, "gap", chain, range, self.now)?;
        }
        Ok(())
    }

    /// What the phone is told besides the outcomes.
    fn answer(
        &mut self,
        work: &mut Work,
        taken: &mut Taken,
        newest: Option<(Option<Digest>, Digest)>,
        new: bool,
    ) -> Result<(), StoreError> {
        let device = &mut work.device;
        taken.head = device.chain.as_ref().map(|chain| Head {
            chain: chain.id,
            number: chain.number,
            digest: chain.head,
        });
        if new && device.orders > 0 {
            taken.orders = orders::waiting(self.tx, device.id, self.now)?;
        }
        let compiled = self.snapshot.of(&device.org);
        let (policy, catalogue) = newest.unwrap_or((None, self.room.catalogue.digest));
        let mut sent = false;
        if let Some(compiled) = compiled.filter(|compiled| policy != Some(compiled.digest)) {
            taken.policy = Some((device.next_message(self.now), Arc::clone(compiled)));
            sent = true;
        }
        let ours = self.room.catalogue.digest;
        // a phone whose own catalogue adds to ours always names another: it is sent once, and again where an answer was lost
        if catalogue != ours && (device.catalogue != Some(ours) || !new) {
            taken.catalogue = Some(device.next_message(self.now));
            device.catalogue = Some(ours);
            sent = true;
        }
        if device.untold || !new {
            let verdict = judge::told(device, &self.snapshot, device.judged.unwrap_or(self.now));
            taken.verdict = Some((device.next_message(self.now), verdict));
            device.untold = false;
            sent = true;
        }
        if sent {
            device.revision += 1;
            work.extent = work.extent.max(Some(Extent::Touched));
        }
        Ok(())
    }
}

fn write_reports(tx: &mut dyn Tx, rows: &[NewRow]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value<'_>>> = rows
        .iter()
        .map(|row| {
            let (verified, report) = (&row.verified, &row.verified.report);
            Vec::from(values![
                &verified.device,
                &report.chain,
                report.number,
                &verified.digest,
                verified.received,
                row.evidence_at,
                verified.fresh,
                row.skew,
                report.trigger.word(),
                row.standing.word(),
                &verified.bytes[..],
            ])
        })
        .collect();
    tx.write_many(&REPORTS, &rows)
}

const REPORTS: Batch = Batch {
    table: "reports",
    keys: 0,
    columns: &[
        ("device", Kind::Blob),
        ("chain", Kind::Blob),
        ("number", Kind::Int),
        ("digest", Kind::Blob),
        ("received", Kind::Int),
        ("evidence_at", Kind::Int),
        ("fresh", Kind::Int),
        ("skew", Kind::Int),
        ("occasion", Kind::Text),
        ("standing", Kind::Text),
        ("body", Kind::Blob),
    ],
};
