//! The session that begins with a link of the phone's.

use muster_proto::id::{DeviceId, Digest};
use muster_proto::time::{Span, Timestamp};
use std::net::IpAddr;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Secret};
use crate::devices::Status;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// A link works for so long after the server gave the nonce in it.
pub const LINK_LIFE: Span = Span::from_secs(5 * 60);
/// Longest life of a session. It is longer than that of a link: the row that remembers the link goes with it.
pub const LIFE: Span = Span::from_secs(15 * 60);
/// Most sessions and used links of one device at a time.
const MOST: u64 = 20;

/// Whoever has a session of a phone's page.
#[derive(Debug, Clone)]
pub struct Carrier {
    /// The phone.
    pub device: DeviceId,
    /// The session's secret.
    pub secret: Secret,
    /// From where it is asked.
    pub from: IpAddr,
}

impl Carrier {
    /// As the audit and the phone's person see it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::carrier(self.device).at(self.from)
    }
}

/// Uses a link up, whose signature, nonce and address were found good, and begins a session.
///
/// # Errors
/// The link was used; the device does not count, or has opened too many lately; the store's.
pub async fn open(app: &App, device: DeviceId, link: Digest, from: IpAddr) -> Result<Secret, ActionError> {
    let (now, secret) = (app.now(), Secret::draw(&app.random)?);
    let hash = secret.digest();
    app.store.write(move |tx| begin(tx, device, (link, hash), (from, now))).await?;
    Ok(secret)
}

fn begin(
    tx: &mut dyn Tx,
    device: DeviceId,
    (link, hash): (Digest, Digest),
    (from, now): (IpAddr, Timestamp),
) -> Result<(), ActionError> {
    let row = tx.query_one("SELECT status FROM devices WHERE id = $1", &values![device])?;
    let status: Status = row.ok_or_else(|| ActionError::missing("device", device))?.parse("a status")?;
    if status != Status::Active {
        return Err(ActionError::conflict(Code::DeviceInactive, format!("the device is {}", status.word())));
    }
    tx.execute("DELETE FROM page_sessions WHERE ends <= $1", &values![now])?;
    let row = tx.query_one("SELECT COUNT(*) FROM page_sessions WHERE device = $1", &values![device])?;
    if row.map_or(Ok(0_u64), |mut row| row.take())? >= MOST {
        return Err(ActionError::conflict(Code::TooManyAttempts, "this phone's page was opened too often"));
    }
    let sql =
        "INSERT INTO page_sessions (link, hash, device, ends) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    if tx.execute(sql, &values![link, hash, device, now + LIFE])? == 0 {
        return Err(ActionError::conflict(Code::LinkUsed, "the link was used"));
    }
    let act = Act::new("page.open", format!("device:{device}"));
    Ok(audit::append(tx, now, &Actor::carrier(device).at(from), act)?)
}

/// The phone whose session this is, as long as it lasts and the phone counts.
///
/// # Errors
/// The store's.
pub async fn find(app: &App, secret: &Secret) -> Result<Option<DeviceId>, ActionError> {
    let (hash, now) = (secret.digest(), app.now());
    let found = app
        .store
        .read(move |tx| -> Result<Option<DeviceId>, StoreError> {
            let sql = "SELECT page_sessions.device FROM page_sessions JOIN devices ON devices.id = page_sessions.device \
                       WHERE page_sessions.hash = $1 AND page_sessions.ends > $2 AND devices.status = 'active'";
            let row = tx.query_one(sql, &values![hash, now])?;
            row.map(|mut row| row.take()).transpose()
        })
        .await?;
    Ok(found)
}

/// Ends a session; the link stays used.
///
/// # Errors
/// The store's.
pub async fn leave(app: &App, carrier: &Carrier) -> Result<(), ActionError> {
    let hash = carrier.secret.digest();
    app.store
        .write(move |tx| tx.execute("UPDATE page_sessions SET hash = NULL WHERE hash = $1", &values![hash]))
        .await?;
    Ok(())
}
