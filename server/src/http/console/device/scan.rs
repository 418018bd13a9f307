//! The scan button, and the life of orders, which moves while one looks at it.

use crate::auth::Right;
use crate::devices::view::{DeviceView, OrderView};
use crate::http::console::frame::Frame;
use crate::http::console::when::When;
use crate::i18n::words;
use maud::{Markup, html};
use muster_proto::time::Timestamp;

/// The section.
#[must_use]
pub fn section(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    if device.ended.is_some() && device.orders.is_empty() {
        return html! {};
    }
    html! {
        section.scan {
            h2 { (lang.say("scan")) }
            @if device.ended.is_none() && frame.may_in(Right::ScanOne, &device.row.org) {
                form.line method="post" action={ "/devices/" (device.row.id) "/scan" } {
                    (frame.csrf_field())
                    input name="reason" required maxlength="256" placeholder=(lang.say("reason-hint")) aria-label=(lang.say("reason"));
                    button.primary type="submit" { (lang.say("scan-now")) }
                }
                p.hint { (lang.say("the-person-sees-it")) }
            }
            div #orders data-live {
                @if let Some((newest, older)) = device.orders.split_first() {
                    (life(frame, when, newest))
                    @if !older.is_empty() {
                        details {
                            summary { (lang.with("earlier-orders", [("n", crate::i18n::number(older.len() as u64))])) }
                            @for order in older { (line(frame, when, order)) }
                        }
                    }
                }
            }
            noscript { p.hint { a href={ "/devices/" (device.row.id) } { (lang.say("reload")) } } }
        }
    }
}

/// The life of an order: what has happened with its times, what is still to come, and how long it took.
#[must_use]
pub fn life(frame: &Frame, when: &When, order: &OrderView) -> Markup {
    let lang = frame.lang;
    html! {
        div.order data-order=(order.order) data-state=(order.state) {
            p.asked {
                a href={ "/orders/" (order.order) } { (lang.word("order-kind", order.kind.word())) } ", "
                (order.requested_by) ", " (when.ago(order.created)) ": " q { (order.reason) }
            }
            ol.life {
                @for (state, at, code) in steps(order) {
                    li class=(if at.is_none() { "ahead" } else if is_bad(state) { "bad" } else { "done" }) {
                        span.step { (lang.word("order-state", state)) }
                        @if let Some(at) = at { span.at { (step_time(when, order.created, at)) } }
                        @if let Some(code) = code { span.at { (lang.word("code", code)) } }
                    }
                }
            }
            @if let Some(ms) = order.click_to_verdict_ms {
                p.took { (lang.with("click-to-verdict", [("seconds", words(&seconds(frame, ms)))])) }
            }
        }
    }
}

/// A step's time: the exact one on hover, the time since the request to read.
#[must_use]
pub fn step_time(when: &When, created: Timestamp, at: Timestamp) -> Markup {
    let ms = at.since(created).millis();
    let text = if ms == 0 { clock(when, at) } else { format!("+{}", short(when, ms)) };
    html! { time datetime=(at) title=(when.exact(at)) { (text) } }
}

fn clock(when: &When, at: Timestamp) -> String {
    let exact = when.exact(at);
    exact.split(", ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or(&exact).to_owned()
}

fn short(when: &When, ms: u64) -> String {
    if ms < 10_000 { seconds_in(when, ms) } else { when.span(ms) }
}

/// How long it took, in words.
#[must_use]
pub fn seconds(frame: &Frame, ms: u64) -> String {
    seconds_in(&frame.when(), ms)
}

/// "140 ms", "1.27 s", with the comma where the language has one.
fn seconds_in(when: &When, ms: u64) -> String {
    if ms < 1000 {
        return when.lang.with("unit-milliseconds", [("n", crate::i18n::number(ms))]);
    }
    let digits = format!("{}.{:02}", ms / 1000, ms % 1000 / 10);
    let digits = if when.lang == crate::i18n::Lang::Ru { digits.replace('.', ",") } else { digits };
    when.lang.with("unit-exact-seconds", [("n", words(&digits))])
}

/// What has happened, and what an order goes through if nothing goes wrong.
fn steps(order: &OrderView) -> Vec<(&str, Option<Timestamp>, Option<&str>)> {
    let mut steps: Vec<_> =
        order.states.iter().map(|step| (step.state.as_str(), Some(step.at), step.code.as_deref())).collect();
    if !is_final(&order.state) {
        let ahead = ["queued", "delivered", "reported"];
        let reached = ahead.iter().rposition(|state| order.states.iter().any(|step| step.state == *state));
        steps.extend(ahead.iter().skip(reached.map_or(0, |at| at + 1)).map(|state| (*state, None, None)));
    }
    steps
}

fn is_final(state: &str) -> bool {
    matches!(state, "reported") || is_bad(state)
}

fn is_bad(state: &str) -> bool {
    matches!(state, "failed" | "expired" | "cancelled")
}

fn line(frame: &Frame, when: &When, order: &OrderView) -> Markup {
    let lang = frame.lang;
    html! {
        p.earlier {
            a href={ "/orders/" (order.order) } { (lang.word("order-kind", order.kind.word())) }
            " · " (lang.word("order-state", &order.state)) " · " (order.requested_by) " · " (when.ago(order.created)) " · " q { (order.reason) }
        }
    }
}
