//! The life of an order: queued, delivered, running, then reported, failed, expired or cancelled. Each step is durable and has its time.

use muster_proto::id::{DeviceId, OrderId};
use muster_proto::message::{AckState, OrderAck, OrderKind};
use muster_proto::time::Timestamp;

use crate::app::App;
use crate::error::ActionError;
use crate::live::Event;
use crate::store::{StoreError, Tx, values};

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It waits for the device.
    Queued,
    /// The device has it.
    Delivered,
    /// The device is at it, and it takes longer.
    Running,
    /// A report has answered it.
    Reported,
    /// The device could not do it.
    Failed,
    /// Nobody answered in time.
    Expired,
    /// It was called back.
    Cancelled,
}

impl State {
    const ALL: [Self; 7] = [
        Self::Queued,
        Self::Delivered,
        Self::Running,
        Self::Reported,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Running => "running",
            Self::Reported => "reported",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        self >= Self::Reported
    }
}

/// An order that a report has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// What was asked.
    pub kind: OrderKind,
    /// When: the report was made later.
    pub created: Timestamp,
    /// Orders that still wait for the device.
    pub waiting: u32,
}

/// The signed orders that wait for a device, the oldest first.
///
/// # Errors
/// The store's.
pub fn waiting(tx: &mut dyn Tx, device: DeviceId, now: Timestamp) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT message FROM orders WHERE device = $1 AND state = 'queued' AND expires > $2 ORDER BY created, id LIMIT 16";
    tx.query(sql, &values![device, now])?.into_iter().map(|mut row| row.take()).collect()
}

/// Closes the order that a report names, in the report's transaction; `None` if it isn't this device's or has ended.
///
/// # Errors
/// The store's.
pub fn close(
    tx: &mut dyn Tx,
    device: DeviceId,
    order: OrderId,
    number: u64,
    now: Timestamp,
) -> Result<Option<Closed>, StoreError> {
    let row = tx.query_one(
        "SELECT kind, created, state FROM orders WHERE id = $1 AND device = $2",
        &values![order, device],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (kind, created, state): (OrderKind, Timestamp, String) =
        (row.parse("a kind of order")?, row.take()?, row.take()?);
    if state == State::Queued.word() {
        // the report is the first that we hear of it: by now it was delivered
        note(tx, order, State::Delivered, None, now)?;
    }
    if !end(tx, order, device, State::Reported, None, Some(number), now)? {
        return Ok(None);
    }
    let row = tx.query_one("SELECT orders FROM devices WHERE id = $1", &values![device])?;
    let waiting = row.map(|mut row| row.take()).transpose()?.unwrap_or(0);
    Ok(Some(Closed { kind, created, waiting }))
}

/// Takes in what a device says about an order. Steps that come late or twice change nothing.
///
/// # Errors
/// There is no such order of this device, or the store's.
pub async fn acknowledge(app: &App, ack: OrderAck) -> Result<(), ActionError> {
    let now = app.now();
    let (order, device) = (ack.order, ack.device);
    app.store
        .write(move |tx| {
            let row = tx.query_one(
                "SELECT state FROM orders WHERE id = $1 AND device = $2",
                &values![order, device],
            )?;
            let word: String = row.ok_or_else(|| ActionError::missing("order", order))?.take()?;
            let present = State::named(&word).ok_or(StoreError::Column("an order's state"))?;
            let code = ack.code.as_ref().map(|code| code.as_str().to_owned());
            match ack.state {
                AckState::Failed => {
                    end(tx, order, device, State::Failed, code.as_deref().or(Some("failed")), None, now)?;
                }
                AckState::Delivered => step(tx, order, device, present, State::Delivered, now)?,
                AckState::Running => step(tx, order, device, present, State::Running, now)?,
            }
            Ok::<_, ActionError>(())
        })
        .await?;
    app.events.tell(Event::Order(order, device));
    Ok(())
}

/// Lets orders expire whose time is over.
///
/// # Errors
/// The store's.
pub async fn expire(app: &App) -> Result<(), ActionError> {
    let now = app.now();
    let none_due = app
        .store
        .read(move |tx| {
            let sql = "SELECT 1 FROM orders WHERE ended IS NULL AND expires <= $1 LIMIT 1";
            Ok::<_, StoreError>(tx.query_one(sql, &values![now])?.is_none())
        })
        .await?;
    if none_due {
        return Ok(());
    }
    let expired = app
        .store
        .write(move |tx| {
            let rows = tx.query(
                "SELECT id, device FROM orders WHERE ended IS NULL AND expires <= $1 LIMIT 1000",
                &values![now],
            )?;
            let mut expired: Vec<(OrderId, DeviceId)> = Vec::with_capacity(rows.len());
            for mut row in rows {
                expired.push((row.take()?, row.take()?));
            }
            for (order, device) in &expired {
                end(tx, *order, *device, State::Expired, None, None, now)?;
            }
            Ok::<_, StoreError>(expired)
        })
        .await?;
    for (order, device) in expired {
        app.events.tell(Event::Order(order, device));
    }
    Ok(())
}

/// Cancels every order that has not ended; says how many.
///
/// # Errors
/// The store's.
pub fn cancel_all(tx: &mut dyn Tx, code: &str, now: Timestamp) -> Result<u64, StoreError> {
    let rows = tx.query("SELECT id, device FROM orders WHERE ended IS NULL", &[])?;
    let mut cancelled = 0;
    for mut row in rows {
        let (order, device) = (row.take()?, row.take()?);
        cancelled += u64::from(end(tx, order, device, State::Cancelled, Some(code), None, now)?);
    }
    Ok(cancelled)
}

/// Cancels every order of a device that has not ended.
///
/// # Errors
/// The store's.
pub fn cancel_of(tx: &mut dyn Tx, device: DeviceId, code: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "SELECT id FROM orders WHERE device = $1 AND ended IS NULL";
    for mut row in tx.query(sql, &values![device])? {
        end(tx, row.take()?, device, State::Cancelled, Some(code), None, now)?;
    }
    Ok(())
}

/// Ends an order, unless it has ended already.
pub(super) fn end(
    tx: &mut dyn Tx,
    order: OrderId,
    device: DeviceId,
    state: State,
    code: Option<&str>,
    report: Option<u64>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ended = tx.execute(
        "UPDATE orders SET state = $2, ended = $3, report = $4 WHERE id = $1 AND ended IS NULL",
        &values![order, state.word(), now, report],
    )?;
    if ended == 0 {
        return Ok(false);
    }
    note(tx, order, state, code, now)?;
    count(tx, device)?;
    Ok(true)
}

/// Goes one step on; a step that lies behind changes nothing.
fn step(
    tx: &mut dyn Tx,
    order: OrderId,
    device: DeviceId,
    from: State,
    to: State,
    now: Timestamp,
) -> Result<(), StoreError> {
    if from >= to {
        return Ok(());
    }
    if from == State::Queued && to == State::Running {
        note(tx, order, State::Delivered, None, now)?;
    }
    tx.execute("UPDATE orders SET state = $2 WHERE id = $1", &values![order, to.word()])?;
    note(tx, order, to, None, now)?;
    count(tx, device)
}

/// Notes a step and its time.
pub(super) fn note(
    tx: &mut dyn Tx,
    order: OrderId,
    state: State,
    code: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO order_states (order_id, state, at, code) VALUES ($1, $2, $3, $4)",
        &values![order, state.word(), now, code],
    )?;
    Ok(())
}

/// Counts the orders that wait for the device.
fn count(tx: &mut dyn Tx, device: DeviceId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE devices SET orders = (SELECT COUNT(*) FROM orders WHERE device = $1 AND state = 'queued'), revision = revision + 1 \
         WHERE id = $1",
        &values![device],
    )?;
    Ok(())
}
