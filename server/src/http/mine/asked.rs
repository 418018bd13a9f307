//! Who asked this phone for what, when and why; and asking once more.

use maud::{Markup, html};

use crate::devices::view::{DeviceView, OrderView};
use crate::http::console::frame::Frame;
use crate::http::console::when::When;
use crate::orders::{APART, OWN_REASON};

const OWN: &str = "carrier:";

fn is_own(order: &OrderView) -> bool {
    order.requested_by.starts_with(OWN)
}

/// The button, where it may be pressed.
pub fn again(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    let last = device.orders.iter().find(|order| is_own(order));
    let lately = last.filter(|order| frame.now.since(order.created) < APART);
    html! {
        section #asked {
            h2 { (lang.say("mine-check")) }
            p.hint { (lang.say("mine-check-lead")) }
            @match lately {
                Some(order) => {
                    p role="status" { (lang.say("mine-checked")) " " (when.ago(order.created)) ": " b { (lang.word("order-state", &order.state)) } }
                    p { a.button href="/mine#asked" { (lang.say("reload")) } }
                }
                None => form method="post" action="/mine/check" {
                    (frame.csrf_field())
                    button.primary type="submit" { (lang.say("mine-check-now")) }
                },
            }
        }
    }
}

/// The newest orders.
pub fn section(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    html! {
        section {
            h2 { (lang.say("mine-who-asked")) }
            @if device.orders.is_empty() { p.none { (lang.say("mine-nobody-asked")) } }
            ul.things { @for order in &device.orders { li { (line(frame, when, order)) } } }
        }
    }
}

fn line(frame: &Frame, when: &When, order: &OrderView) -> Markup {
    let lang = frame.lang;
    let by = if is_own(order) { lang.say("mine-you") } else { order.requested_by.clone() };
    html! {
        p { b { (by) } ", " (when.stamp(order.created)) }
        p {
            (lang.word("order-kind", order.kind.word()))
            @if !(is_own(order) && order.reason == OWN_REASON) { ": " q { (order.reason) } }
        }
        p.soft {
            (lang.word("order-state", &order.state))
            @if let Some(number) = order.report { ", №\u{a0}" (number) }
        }
    }
}
