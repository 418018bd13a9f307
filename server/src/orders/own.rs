//! A carrier asks for a scan of the own phone.

use muster_proto::message::OrderKind;
use muster_proto::time::Span;

use super::{Given, LIFE, give, requested, view};
use crate::app::App;
use crate::audit;
use crate::devices::view::OrderView;
use crate::error::ActionError;
use crate::live::{Event, Hint};
use crate::mine::Carrier;
use crate::problems::Code;
use crate::store::values;

/// At most one in so long.
pub const APART: Span = Span::from_secs(5 * 60);
/// What stands where others say why.
pub const OWN_REASON: &str = "check again";

/// Gives the carrier's phone an order to report, unless it got one from here lately.
///
/// # Errors
/// It did; the device does not count; the key's or the store's.
pub async fn check_again(app: &App, carrier: &Carrier) -> Result<OrderView, ActionError> {
    let (id, now, keys) = (app.draw_order()?, app.now(), std::sync::Arc::clone(&app.keys));
    let (actor, device) = (carrier.actor(), carrier.device);
    let order = app
        .store
        .write(move |tx| {
            let given = Given {
                id,
                kind: OrderKind::Scan,
                reason: OWN_REASON.to_owned(),
                requested_by: actor.name().to_owned(),
                expires: now + LIFE,
                scan: None,
            };
            // the row of the device is taken first, so that of two at once the second sees the first
            give(tx, &keys, device, &given, now)?;
            let sql = "SELECT 1 FROM orders WHERE device = $1 AND requested_by = $2 AND created > $3 AND id <> $4 LIMIT 1";
            let lately = values![device, &given.requested_by, now - APART, id];
            if tx.query_one(sql, &lately)?.is_some() {
                return Err(ActionError::conflict(Code::AskedLately, "a check was asked for within five minutes"));
            }
            audit::append(tx, now, &actor, requested(&given, device))?;
            view(tx, id)
        })
        .await?;
    app.events.tell(Event::Order(id, device));
    app.hub.hint(device, Hint::Orders);
    app.bell.ring();
    Ok(order)
}
