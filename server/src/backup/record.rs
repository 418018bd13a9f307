//! What a restore writes into the database that came back: where each chain stood, that it happened, and an end to whatever the old
//! server may have ended since the backup.

use muster_proto::audit::Verifier;
use muster_proto::id::Digest;
use muster_proto::time::Timestamp;

use super::archive::Manifest;
use crate::audit::{self, Act};
use crate::auth::{Actor, token};
use crate::orders;
use crate::store::{StoreError, Tx, values};

/// What came back, and what was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revived {
    /// Devices of the backup.
    pub devices: u64,
    /// Sessions of people that were ended: they sign in anew.
    pub sessions: u64,
    /// Links to sign in that were ended.
    pub links: u64,
    /// Orders that waited or were at work and were cancelled: whoever wants them asks again.
    pub orders: u64,
    /// Names of API tokens that work (again).
    pub api_tokens: Vec<String>,
    /// Enrolment links that work (again).
    pub enrolment_tokens: u64,
    /// Whether every entry of the audit followed from the one before it, as it was in the backup.
    pub audit_holds: bool,
}

/// Records the restore. With `revoke`, no token and no enrolment link of the backup works any more.
pub(super) fn record(
    tx: &mut dyn Tx,
    manifest: &Manifest,
    revoke: bool,
    now: Timestamp,
) -> Result<Revived, StoreError> {
    let audit_holds = audit_holds(tx)?;
    let devices = keep_heads(tx, manifest, now)?;
    let sessions = tx.execute("DELETE FROM sessions", &[])?
        + tx.execute("UPDATE page_sessions SET hash = NULL WHERE hash IS NOT NULL", &[])?;
    let links =
        tx.execute("DELETE FROM sign_in_links", &[])? + tx.execute("DELETE FROM set_up_links", &[])?;
    // its secret was on the old machine's disk: the server makes another one when it starts
    token::revoke(tx, token::LOCAL_ADMIN)?;
    let orders = orders::cancel_all(tx, "server-restored", now)?;
    // whoever was still to be asked by a scan is not asked by a server that came back days later
    tx.execute("DELETE FROM scan_todo", &[])?;
    tx.execute("UPDATE scans SET cancelled = $1 WHERE cancelled IS NULL AND expires > $1", &values![now])?;
    if revoke {
        tx.execute("DELETE FROM api_tokens", &[])?;
        tx.execute("UPDATE tokens SET revoked = $1 WHERE revoked IS NULL AND expires > $1", &values![now])?;
    }
    let sql = "SELECT DISTINCT name FROM api_tokens WHERE expires IS NULL OR expires > $1 ORDER BY name";
    let names = tx.query(sql, &values![now])?;
    let api_tokens = names.into_iter().map(|mut row| row.take()).collect::<Result<Vec<String>, _>>()?;
    let sql = "SELECT COUNT(*) FROM tokens WHERE revoked IS NULL AND expires > $1 AND used < uses";
    let enrolment_tokens = count(tx, sql, now)?;
    let head = manifest.audit.map_or_else(
        || "no audit".to_owned(),
        |head| format!("audit up to {} ({})", head.seq, short(head.hash)),
    );
    let tokens = if revoke {
        "tokens taken back".to_owned()
    } else {
        format!("{} API tokens, {enrolment_tokens} enrolment links", api_tokens.len())
    };
    let detail = format!(
        "backup of {} by {}: {devices} devices, {head}, {tokens}, {sessions} sessions ended, {orders} orders cancelled",
        manifest.made, manifest.program
    );
    let act = Act::new("server.restore", "server").detail(detail);
    audit::append(tx, now, &Actor::system("restore"), act)?;
    Ok(Revived { devices, sessions, links, orders, api_tokens, enrolment_tokens, audit_holds })
}

/// Whether every entry of the audit follows from the one before it.
///
/// # Errors
/// The store's.
pub fn audit_holds(tx: &mut dyn Tx) -> Result<bool, StoreError> {
    let mut verifier = Verifier::default();
    loop {
        let seen = verifier.seen();
        let entries = audit::following(tx, seen, u64::MAX)?;
        entries.iter().for_each(|entry| verifier.take(entry));
        if verifier.seen() == seen {
            return Ok(entries.is_empty() && verifier.finish(false).holds);
        }
    }
}

/// Keeps where each chain stands; says of how many devices.
fn keep_heads(tx: &mut dyn Tx, manifest: &Manifest, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM restored_heads", &[])?;
    let row = tx.query_one("SELECT COALESCE(MAX(id), 0) + 1 FROM restores", &[])?;
    let id: i64 = row.ok_or(StoreError::Column("a number"))?.take()?;
    let devices = tx.execute(
        "INSERT INTO restored_heads (device, restore, chain, number) SELECT id, CAST($1 AS INTEGER), chain, number FROM devices",
        &values![id],
    )?;
    let seq = manifest.audit.map_or(0, |head| head.seq);
    tx.execute(
        "INSERT INTO restores (id, made, program, restored, audit_seq, devices) VALUES ($1, $2, $3, $4, $5, $6)",
        &values![id, manifest.made, &manifest.program, now, seq, devices],
    )?;
    Ok(devices)
}

fn count(tx: &mut dyn Tx, sql: &str, now: Timestamp) -> Result<u64, StoreError> {
    tx.query_one(sql, &values![now])?.ok_or(StoreError::Column("a count"))?.take()
}

fn short(hash: Digest) -> String {
    hash.to_string().chars().take(16).collect()
}
