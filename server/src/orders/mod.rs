//! Orders: what the server asks a device to do. An order has a visible life, survives restarts and never vanishes silently.

mod again;
mod life;
mod own;
mod page;
mod places;
mod progress;
#[cfg(test)]
mod scan_tests;
mod scans;
mod scheduled;
mod turned;
pub(crate) mod turns;
mod whom;

pub use again::{Again, repeat as repeat_scan};
pub use life::{Closed, State, acknowledge, cancel_all, cancel_of, close, expire, waiting};
pub use own::{APART, OWN_REASON, check_again};
pub use page::{Orders, Turn, Which, page};
pub use places::{Place, PlaceError};
pub use progress::{
    Compared, MadeScan, Progress, ScanView, Scans, scans as list_scans, show_scan, wait_scan,
};
pub use scans::{NewScan, ScanId, cancel as cancel_scan, scan, scan_found};
pub(crate) use scheduled::{Run, scan_on_schedule};
pub use turned::{Answer, Turned, answers};
pub use turns::{end_called_back, fill};
pub(crate) use whom::Bounds;
pub use whom::{Asked, LeftOut, whom};

use muster_proto::cose::seal;
use muster_proto::id::{Audience, DeviceId, OrderId};
use muster_proto::message::{Order, OrderKind};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices::Status;
use crate::devices::view::{OrderStep, OrderView};
use crate::error::ActionError;
use crate::keys::Keys;
use crate::live::{Event, Hint};
use crate::problems::Code;
use crate::reason::{LONGEST_ON_PHONES, Reason};
use crate::store::{Row, StoreError, Tx, values};

/// An order that nobody answers is void after this.
pub const LIFE: Span = Span::from_secs(15 * 60);
const LONGEST_LIFE: Span = Span::from_hours(30 * 24);

/// An order that is to be given.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// What is asked.
    pub kind: OrderKind,
    /// Why; the person who carries the phone reads it.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
    /// Seconds until it is void; 15 minutes where nothing is said.
    #[serde(default)]
    pub expires_in: Option<Span>,
}

/// Gives an order: it is durable, signed and on its way when this returns.
///
/// # Errors
/// There is no such device, or it doesn't count; no reason is given; the key's or the store's.
pub async fn request(
    app: &App,
    actor: &Actor,
    device: DeviceId,
    new: NewOrder,
) -> Result<OrderView, ActionError> {
    let reason = Reason::read(&new.reason, LONGEST_ON_PHONES, Code::OrderReason)?.into_text();
    let life = check_life(new.expires_in.unwrap_or(LIFE))?;
    let (id, now, keys) = (app.draw_order()?, app.now(), std::sync::Arc::clone(&app.keys));
    let (actor, expires) = (actor.clone(), now + life);
    let order = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, right_for(new.kind), &Thing::Device(device))?;
            let requested_by = actor.name().to_owned();
            let given = Given { id, kind: new.kind, reason, requested_by, expires, scan: None };
            give(tx, &keys, device, &given, now)?;
            audit::append(tx, now, &actor, requested(&given, device))?;
            view(tx, id)
        })
        .await?;
    app.events.tell(Event::Order(id, device));
    app.hub.hint(device, Hint::Orders);
    app.bell.ring();
    Ok(order)
}

/// A phone that is given another key, or is given up, is more than asked.
fn right_for(kind: OrderKind) -> Right {
    match kind {
        OrderKind::Scan | OrderKind::Refresh => Right::ScanOne,
        OrderKind::RotateKey | OrderKind::Retire => Right::Enrol,
    }
}

fn requested(given: &Given, device: DeviceId) -> Act {
    let (id, kind) = (given.id, given.kind.word());
    Act::new("order.request", format!("device:{device}"))
        .detail(format!("{kind} {id}: {}", given.reason))
        .after(json!({
            "order": id,
            "kind": kind,
            "reason": given.reason,
            "expires": given.expires,
            "state": State::Queued.word(),
        }))
}

/// An order as it is given to one device.
struct Given {
    id: OrderId,
    kind: OrderKind,
    reason: String,
    requested_by: String,
    expires: Timestamp,
    /// The scan that it is a part of.
    scan: Option<ScanId>,
}

/// Signs an order and puts it where the device finds it.
fn give(
    tx: &mut dyn Tx,
    keys: &Keys,
    device: DeviceId,
    given: &Given,
    now: Timestamp,
) -> Result<(), ActionError> {
    let number = number_for(tx, device, now)?;
    let message = Order {
        audience: Audience(device),
        expires: given.expires,
        issued: now,
        number,
        id: given.id,
        kind: given.kind,
        requested_by: Text::clipped(&given.requested_by),
        reason: Text::clipped(&given.reason),
    };
    let signed = seal(&message, &keys.orders)?;
    Ok(insert(tx, &message, device, now, &signed, given.scan)?)
}

fn check_life(life: Span) -> Result<Span, ActionError> {
    if life < Span::from_secs(1) || life > LONGEST_LIFE {
        return Err(ActionError::invalid(Code::OrderExpiry, "an order lasts from one second to thirty days"));
    }
    Ok(life)
}

/// Calls an order back. What the device has already begun it may still finish; its report is then a report like any other.
///
/// # Errors
/// There is no such order, or it has ended.
pub async fn cancel(app: &App, actor: &Actor, id: OrderId) -> Result<OrderView, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let order = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Scan, &Thing::Order(id))?;
            let order = view(tx, id)?;
            if !life::end(tx, id, order.device, State::Cancelled, None, None, now)? {
                return Err(ActionError::conflict(
                    Code::OrderEnded,
                    format!("the order is {} already", order.state),
                ));
            }
            let act = Act::new("order.cancel", format!("device:{}", order.device))
                .detail(id.to_string())
                .before(json!({ "order": id, "state": order.state }))
                .after(json!({ "order": id, "state": State::Cancelled.word() }));
            audit::append(tx, now, &actor, act)?;
            view(tx, id)
        })
        .await?;
    app.events.tell(Event::Order(id, order.device));
    Ok(order)
}

/// An order and its life so far.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: OrderId) -> Result<OrderView, ActionError> {
    app.store.read(move |tx| view(tx, id)).await
}

/// Waits until an order has ended, at most for `patience`, and shows it.
///
/// # Errors
/// There is none, or the store's.
pub async fn wait(app: &App, id: OrderId, patience: Duration) -> Result<OrderView, ActionError> {
    let mut events = app.events.listen();
    let end = tokio::time::sleep(patience);
    tokio::pin!(end);
    loop {
        let order = show(app, id).await?;
        if State::named(&order.state).is_some_and(State::is_final) {
            return Ok(order);
        }
        loop {
            tokio::select! {
                () = &mut end => return show(app, id).await,
                event = events.recv() => match event {
                    Ok(Event::Order(changed, _)) if changed == id => break,
                    Ok(Event::Stopping) => return Ok(order),
                    Ok(_) => {}
                    // whoever fell behind looks into the store
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => break,
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return Ok(order),
                },
            }
        }
    }
}

/// The newest orders of a device.
///
/// # Errors
/// The store's.
pub fn newest(tx: &mut dyn Tx, device: DeviceId, limit: u32) -> Result<Vec<OrderView>, ActionError> {
    let rows = tx.query(
        "SELECT id FROM orders WHERE device = $1 ORDER BY created DESC, id LIMIT $2",
        &values![device, limit],
    )?;
    rows.into_iter().map(|mut row| view(tx, row.take()?)).collect()
}

/// An order and its life so far, in this transaction.
///
/// # Errors
/// There is none, or the store's.
pub fn view(tx: &mut dyn Tx, id: OrderId) -> Result<OrderView, ActionError> {
    let sql = "SELECT device, kind, requested_by, reason, created, expires, state, report, scan FROM orders WHERE id = $1";
    let mut row = tx.query_one(sql, &values![id])?.ok_or_else(|| ActionError::missing("order", id))?;
    let steps =
        tx.query("SELECT state, at, code FROM order_states WHERE order_id = $1 ORDER BY id", &values![id])?;
    let step = |mut row: Row| {
        Ok::<_, StoreError>(OrderStep { state: row.take()?, at: row.take()?, code: row.take()? })
    };
    let states: Vec<OrderStep> = steps.into_iter().map(step).collect::<Result<_, _>>()?;
    let at = |state: State| states.iter().find(|step| step.state == state.word()).map(|step| step.at);
    let click_to_verdict_ms =
        at(State::Queued).zip(at(State::Reported)).map(|(queued, reported)| reported.since(queued).millis());
    Ok(OrderView {
        order: id,
        device: row.take()?,
        kind: row.parse("a kind of order")?,
        requested_by: row.take()?,
        reason: row.take()?,
        created: row.take()?,
        expires: row.take()?,
        state: row.take()?,
        report: row.take()?,
        scan: row.take()?,
        states,
        click_to_verdict_ms,
    })
}

/// The number of the next message to the device, noted in its row.
fn number_for(tx: &mut dyn Tx, device: DeviceId, now: Timestamp) -> Result<u64, ActionError> {
    let row = tx.query_one("SELECT status, sent FROM devices WHERE id = $1", &values![device])?;
    let mut row = row.ok_or_else(|| ActionError::missing("device", device))?;
    let status: Status = row.parse("a status")?;
    if status != Status::Active {
        return Err(ActionError::conflict(Code::DeviceInactive, format!("the device is {}", status.word())));
    }
    let number = (row.take::<u64>()? + 1).max(now.millis().unsigned_abs() * 1000);
    let sql = "UPDATE devices SET sent = $2, orders = orders + 1, revision = revision + 1 WHERE id = $1";
    tx.execute(sql, &values![device, number])?;
    Ok(number)
}

fn insert(
    tx: &mut dyn Tx,
    order: &Order,
    device: DeviceId,
    now: Timestamp,
    signed: &[u8],
    scan: Option<ScanId>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO orders (id, device, kind, requested_by, reason, created, expires, state, message, scan) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &values![
            order.id,
            device,
            order.kind.word(),
            order.requested_by.as_str(),
            order.reason.as_str(),
            now,
            order.expires,
            State::Queued.word(),
            signed,
            scan
        ],
    )?;
    life::note(tx, order.id, State::Queued, None, now)
}
