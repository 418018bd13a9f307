//! History: what changed when, and the reports that came.

use crate::devices::view::{DeviceView, EdgeView, ReportView};
use crate::http::console::frame::Frame;
use crate::http::console::marks;
use crate::http::console::when::When;
use maud::{Markup, html};
use muster_proto::policy::Mode;
use muster_proto::verdict::State;

/// The sections.
#[must_use]
pub fn section(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    html! {
        section #history data-live {
            h2 { (lang.say("history")) }
            @if device.edges.is_empty() {
                p.none { @if device.is_erased() { (lang.say("history-erased")) } @else { (lang.say("no-history")) } }
            } @else {
                table.history {
                    thead {
                        tr { th { (lang.say("time")) } th { (lang.say("rule")) } th { (lang.say("from")) } th { (lang.say("to")) } }
                    }
                    tbody {
                        @for edge in &device.edges { (change(frame, when, device, edge)) }
                    }
                }
            }
        }
        section #reports data-live {
            h2 { (lang.say("reports")) }
            @if device.reports.is_empty() {
                p.none { (lang.say("no-report")) }
            } @else {
                table.reports {
                    thead {
                        tr {
                            th.right { (lang.say("number")) }
                            th { (lang.say("received")) }
                            th { (lang.say("made")) }
                            th { (lang.say("trigger")) }
                            th { (lang.say("standing")) }
                            th.right { (lang.say("size")) }
                        }
                    }
                    tbody {
                        @for report in &device.reports { (received(frame, when, device, report)) }
                    }
                }
            }
        }
    }
}

fn change(frame: &Frame, when: &When, device: &DeviceView, edge: &EdgeView) -> Markup {
    let title = device.findings.iter().find(|finding| finding.rule == edge.rule);
    let title = title.map_or(edge.rule.as_str(), |finding| frame.lang.of(&finding.title));
    html! {
        tr {
            td.nowrap { (when.stamp(edge.at)) }
            td.rule title=(edge.rule) { (title) }
            td { (side(frame, edge.from)) }
            td {
                (side(frame, edge.to))
                @if let Some(mode) = edge.mode.filter(|mode| *mode != Mode::Enforce || edge.from == edge.to) {
                    " " span.note { (frame.lang.word("mode", mode.word())) }
                }
            }
        }
    }
}

fn side(frame: &Frame, state: Option<State>) -> Markup {
    html! { @match state { Some(state) => (marks::state(frame.lang, state)), None => span.none { "–" } } }
}

fn received(frame: &Frame, when: &When, device: &DeviceView, report: &ReportView) -> Markup {
    let lang = frame.lang;
    html! {
        tr {
            // a text that is gone has no page
            td.right { @if report.size == 0 { (report.number) } @else { a href=(address(device, report)) { (report.number) } } }
            td.nowrap { (when.stamp(report.received)) }
            td.nowrap { (when.ago(report.evidence_at)) }
            td { (lang.word("trigger", report.trigger.word())) }
            td { (lang.word("standing", &report.standing)) }
            td.right {
                @if report.size == 0 { span.none { (lang.say("text-gone")) } } @else { (super::evidence::bytes(lang, report.size)) }
            }
        }
    }
}

/// Numbers are unique within a chain only.
fn address(device: &DeviceView, report: &ReportView) -> String {
    let own = device.chain.as_ref().is_some_and(|chain| chain.chain == report.chain);
    let chain = if own { String::new() } else { format!("?chain={}", report.chain) };
    format!("/devices/{}/reports/{}{chain}", device.row.id, report.number)
}
