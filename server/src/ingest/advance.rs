//! What a report makes of its device: when it was true, and what is newest from then on.

use muster_proto::facts::{AppFacts, Fact};
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use std::collections::BTreeSet;

use super::Verified;
use super::chain::Standing;
use crate::devices::{Chain, Device, Shown};

/// When the report was true: the phone's time, moved into the span between what it certainly came after (its nonce, the order that it names,
/// the report before it) and its receipt. And how far the phone's clock was off at least.
pub(super) fn evidence(
    device: &Device,
    verified: &Verified,
    standing: Standing,
    asked: Option<Timestamp>,
) -> (Timestamp, i64) {
    let before = device.evidence_at.filter(|_| standing.is_current());
    let earliest = [verified.fresh, asked, before]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(device.enrolled)
        .min(verified.received);
    let iat = verified.report.iat;
    let at = iat.clamp(earliest, verified.received);
    (at, iat.millis().saturating_sub(at.millis()))
}

/// Watched applications that were found, by id.
pub(crate) fn apps(facts: &AppFacts) -> Vec<String> {
    let found: BTreeSet<&str> = facts.sightings.iter().map(|sighting| sighting.messenger.as_str()).collect();
    found.into_iter().map(str::to_owned).collect()
}

/// Makes the report the newest; says whether a column changed that lists show.
pub(super) fn advance(
    device: &mut Device,
    verified: &Verified,
    standing: Standing,
    at: Timestamp,
    skew: i64,
) -> bool {
    let report = &verified.report;
    let since = match (&device.chain, standing) {
        (Some(chain), Standing::Current | Standing::Gap | Standing::Restored) => chain.since,
        _ => verified.received,
    };
    device.chain = Some(Chain { id: report.chain, number: report.number, head: verified.digest, since });
    (device.evidence_at, device.skew) = (Some(at), skew);
    let facts = &report.submods.device;
    let text = |fact: &Fact<Text<48>>| fact.known().map(ToString::to_string);
    let shown = Shown {
        os_version: facts.os_version.known().map(ToString::to_string),
        manufacturer: text(&facts.manufacturer),
        model: text(&facts.model).or_else(|| device.shown.model.clone()),
        asset_tag: device.shown.asset_tag.clone(),
        agent: Some(report.submods.agent.version.to_string()),
        security_patch: facts.security_patch.known().copied(),
        apps: apps(&report.submods.apps),
    };
    let platform = facts.platform.known().copied().unwrap_or(device.platform);
    let protection = report.submods.agent.protection;
    let changed = shown != device.shown || platform != device.platform || protection != device.protection;
    (device.shown, device.platform, device.protection) = (shown, platform, protection);
    changed
}
