//! The rules: what there is to do and until when, and the rest.

use maud::{Markup, html};
use muster_proto::policy::Mode;
use muster_proto::verdict::State;

use crate::devices::view::{DeviceView, FindingView};
use crate::http::console::device::shown_words;
use crate::http::console::frame::Frame;
use crate::http::console::marks;
use crate::http::console::when::When;

fn is_open(finding: &FindingView) -> bool {
    matches!(finding.state, State::Failing | State::Grace | State::Unknown)
}

fn is_broken(finding: &FindingView) -> bool {
    matches!(finding.state, State::Failing | State::Grace)
}

/// What is not in order, the worst first.
pub fn to_do(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let open: Vec<&FindingView> = device.findings.iter().filter(|finding| is_open(finding)).collect();
    html! {
        section {
            h2 { (frame.lang.say("mine-to-do")) }
            @if open.is_empty() { p.none { (frame.lang.say("mine-nothing-to-do")) } }
            @else { (list(frame, when, &open)) }
        }
    }
}

/// Every other rule.
pub fn others(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let rest: Vec<&FindingView> = device.findings.iter().filter(|finding| !is_open(finding)).collect();
    html! {
        @if !rest.is_empty() {
            section {
                h2 { (frame.lang.say("mine-other-rules")) }
                (list(frame, when, &rest))
            }
        }
    }
}

/// The days that come next.
pub fn deadlines(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let ahead = |finding: &&FindingView| is_broken(finding) && finding.due.is_some_and(|due| due > frame.now);
    let mut next: Vec<&FindingView> = device.findings.iter().filter(ahead).collect();
    next.sort_by_key(|finding| finding.due);
    html! {
        @if !next.is_empty() {
            section {
                h2 { (frame.lang.say("mine-deadlines")) }
                dl.facts {
                    @for finding in next {
                        div {
                            dt { (frame.lang.of(&finding.title)) }
                            dd { @if let Some(due) = finding.due { (when.deadline(due)) ", " (when.exact(due)) } }
                        }
                    }
                }
            }
        }
    }
}

fn list(frame: &Frame, when: &When, findings: &[&FindingView]) -> Markup {
    html! { ul.things { @for finding in findings { li { (rule(frame, when, finding)) } } } }
}

fn rule(frame: &Frame, when: &When, finding: &FindingView) -> Markup {
    let lang = frame.lang;
    html! {
        h3 { (lang.of(&finding.title)) }
        p {
            (marks::state(lang, finding.state)) " "
            span.soft { (lang.say("since-when")) " " (when.lasting(finding.since)) }
            @if finding.mode != Mode::Enforce { " " span.note { (lang.word("mode", finding.mode.word())) } }
        }
        @if let Some(due) = finding.due.filter(|_| is_broken(finding)) {
            p { (lang.say("until")) ": " (when.deadline(due)) }
        }
        @if let Some(step) = finding.escalates.as_ref().filter(|_| is_broken(finding)) {
            p.soft { (lang.word("escalates", step.mode.word())) " " (when.deadline(step.at)) }
        }
        @if is_open(finding) { (evidence(when, finding)) }
        @if let Some(remedy) = finding.remedy.as_ref().filter(|_| is_open(finding)) {
            p.remedy { (lang.of(remedy)) }
        }
        @if let Some(exemption) = &finding.exemption {
            // why, somebody wrote for the audit and not for whoever carries the phone
            p.soft { (lang.say("mine-exempt")) " " (when.deadline(exemption.until)) }
        }
    }
}

fn evidence(when: &When, finding: &FindingView) -> Markup {
    html! {
        @for shown in &finding.evidence {
            @let (what, value) = shown_words(when, &shown.what, &shown.value);
            p.soft { @if let Some(what) = what { (what) ": " } (value) }
        }
    }
}
