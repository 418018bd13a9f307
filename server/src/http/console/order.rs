//! `/orders/{id}`: did it answer?

use axum::extract::{Path, State};
use axum::response::Redirect;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::devices;
use crate::devices::view::{DeviceRow, OrderView};
use crate::http::admin::order_id;
use crate::http::console::device::life;
use crate::http::console::devices::name;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use crate::orders;
use maud::{Markup, html};

/// Shows an order.
pub async fn get(State(app): State<Arc<App>>, person: Person, Path(id): Path<String>) -> Result<Page, Fault> {
    let order = orders::show(&app, order_id(&id)?).await?;
    let device = devices::row(&app, order.device).await?;
    Ok(Page(page(&person.frame, &order, &device)))
}

/// A form that says no more than which button was pressed.
#[derive(Debug, Deserialize)]
pub struct Pressed {}

/// Calls the order back.
pub async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed<Pressed>,
) -> Result<Redirect, Fault> {
    orders::cancel(&app, &signed.person.actor, order_id(&id)?).await?;
    Ok(Redirect::to(&format!("/orders/{id}")))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, order: &OrderView, device: &DeviceRow) -> Markup {
    let lang = frame.lang;
    let when = frame.when();
    let title = lang.word("order-kind", order.kind.word());
    let waiting = matches!(order.state.as_str(), "queued" | "delivered" | "running");
    let main = html! {
        div.device-head data-events={ "/api/v1/events?device=" (order.device) } {
            p.crumbs {
                a href="/devices" { (lang.say("devices")) } " / "
                a href={ "/devices/" (order.device) } { (name(frame, device)) }
            }
            h1 { (title) }
        }
        section.order-page #order data-live {
            (life(frame, &when, order))
            dl.facts {
                div { dt { (lang.say("requested-by")) } dd { (order.requested_by) } }
                div { dt { (lang.say("reason")) } dd { (order.reason) } }
                div { dt { (lang.say("requested")) } dd { (when.stamp(order.created)) } }
                div { dt { (lang.say("expires")) } dd { (when.deadline(order.expires)) } }
                @if let Some(number) = order.report {
                    div { dt { (lang.say("report")) } dd { a href={ "/devices/" (order.device) "/reports/" (number) } { "№\u{a0}" (number) } } }
                }
                div { dt { (lang.say("order-id")) } dd { code { (order.order) } } }
            }
            @if waiting && frame.may_in(Right::Scan, &device.org) {
                form method="post" action={ "/orders/" (order.order) "/cancel" } {
                    (frame.csrf_field())
                    button type="submit" { (lang.say("cancel-order")) }
                }
            }
        }
        noscript { p.hint { a href={ "/orders/" (order.order) } { (lang.say("reload")) } } }
    };
    frame.page(Place::Devices, &title, &main)
}
