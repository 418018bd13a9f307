//! Charts: a table that a script draws as areas. Without scripts the table stands there.

use crate::board::Series;
use crate::http::console::frame::Frame;
use crate::http::console::marks::figure;
use maud::{Markup, html};

/// Shares that are drawn each for itself; the rest is drawn as one.
const DRAWN: usize = 8;

/// Shares over time, one on the other. `name` says what a share is called.
#[must_use]
pub fn stacked(frame: &Frame, title: &str, series: &Series, name: impl Fn(&str) -> String) -> Markup {
    let lang = frame.lang;
    let (drawn, rest) = series.shares.split_at(series.shares.len().min(DRAWN));
    let sum = |nth: usize| {
        rest.iter()
            .map(|share| share.devices.get(nth).copied().flatten())
            .try_fold(0, |sum, n| Some(sum + n?))
    };
    html! {
        figure.chart {
            figcaption { h2 { (title) } }
            @if series.suppressed {
                p.none { (lang.say("too-few-to-draw")) }
            }
            @if drawn.is_empty() {
                p.none { (lang.say("nothing-to-draw")) }
            } @else {
                div.canvas hidden { canvas aria-hidden="true" {} }
                details open {
                    summary { (lang.say("as-a-table")) }
                    table.numbers data-chart="stacked" {
                        thead {
                            tr {
                                th { (lang.say("day")) }
                                @for share in drawn { th.right data-name=(share.name) { (name(&share.name)) } }
                                @if !rest.is_empty() { th.right data-name="rest" { (lang.say("the-rest")) } }
                            }
                        }
                        tbody {
                            @for (nth, day) in series.days.iter().enumerate().rev() {
                                tr {
                                    th scope="row" { time datetime=(day) { (day) } }
                                    @for share in drawn { (cell(share.devices.get(nth).copied().flatten())) }
                                    @if !rest.is_empty() { (cell(sum(nth))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(n: Option<u64>) -> Markup {
    html! { td.right data-n=[n] { @match n { Some(n) => (figure(n)), None => span.none { "–" } } } }
}
