//! The findings, worst first: each with the offending value, the report that shows it, and what to do.

use super::away;
use crate::auth::Right;
use crate::devices::Stopper;
use crate::devices::view::{DeviceView, FindingView};
use crate::http::console::frame::{Frame, empty};
use crate::http::console::marks;
use crate::http::console::rule;
use crate::http::console::when::When;
use crate::i18n::words;
use maud::{Markup, html};
use muster_policy::Shown;
use muster_policy::rules::built_in::SILENCE;
use muster_proto::policy::{Mode, Severity};
use muster_proto::verdict::State;

/// The section.
#[must_use]
pub fn section(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    // what counts no more gets neither older nor over
    let counts = device.ended.is_none();
    html! {
        section #findings data-live {
            h2 { @if counts { (lang.say("findings")) } @else { (lang.say("last-findings")) } }
            @if device.findings.is_empty() && !counts {
                p.none { (lang.say("no-last-finding")) }
            } @else if device.findings.is_empty() {
                (empty(&lang.say("no-finding"), &html! { @if frame.may(Right::Policies) { code { "muster apply policy.yaml" } } }))
            } @else {
                table.findings {
                    thead {
                        tr {
                            th { (lang.say("state")) }
                            th { (lang.say("rule")) }
                            th { (lang.say("shown-by")) }
                            @if counts { th.right { (lang.say("since")) } th.right { (lang.say("until")) } }
                        }
                    }
                    tbody {
                        @for finding in &device.findings { (row(frame, when, device, finding)) }
                    }
                }
            }
        }
    }
}

fn row(frame: &Frame, when: &When, device: &DeviceView, finding: &FindingView) -> Markup {
    let lang = frame.lang;
    let broken = matches!(finding.state, State::Failing | State::Grace);
    html! {
        tr class=(finding.state.word()) {
            td.state-cell { (marks::state(lang, finding.state)) }
            td.rule {
                @if frame.may(Right::Read) {
                    a.title href=(rule::address(&finding.rule)) title=(finding.rule) { (lang.of(&finding.title)) }
                } @else { span.title title=(finding.rule) { (lang.of(&finding.title)) } }
                (notes(frame, finding))
                @if let Some(step) = finding.escalates.as_ref().filter(|step| device.ended.is_none() && step.at > frame.now) {
                    p.remedy { (lang.word("escalates", step.mode.word())) " " (when.deadline(step.at)) }
                }
                @if finding.rule == SILENCE {
                    @for line in away::lines(frame, when, device) { p.remedy { (line) } }
                    @for line in stopped(frame, device) { p.remedy { (line) } }
                }
                @if let Some(remedy) = finding.remedy.as_ref().filter(|_| broken) {
                    p.remedy { (lang.of(remedy)) }
                }
                @if let Some(exemption) = &finding.exemption {
                    p.remedy {
                        (lang.with("exempt-because", [("reason", words(&exemption.reason))])) " "
                        (when.deadline(exemption.until))
                    }
                }
            }
            td.shown {
                @for shown in &finding.evidence { (evidence(frame, when, device, shown)) }
            }
            @if device.ended.is_none() {
                td.right { (when.lasting(finding.since)) }
                td.right {
                    @if let Some(due) = finding.due.filter(|_| broken) { (when.deadline(due)) }
                }
            }
        }
    }
}

/// Why a silent phone is most likely silent, and what limits it has besides.
fn stopped(frame: &Frame, device: &DeviceView) -> Vec<String> {
    let lang = frame.lang;
    let by = device.stopped_by.iter().map(|one| match one {
        Stopper::Limit(limit) => lang.word("value-background", limit.word()),
        Stopper::Ended(reason) => {
            let why = lang.word("value-stop", &reason.to_string());
            lang.with("phone-ended-work", [("why", words(&why))])
        }
    });
    let also = device.also_limited.iter().map(|limit| lang.word("value-background", limit.word()));
    let (by, also) = (joined(by), joined(also));
    let by = (!by.is_empty()).then(|| lang.with("phone-stops-agent", [("limits", words(&by))]));
    let also = (!also.is_empty()).then(|| lang.with("phone-also-limits", [("limits", words(&also))]));
    by.into_iter().chain(also).collect()
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// What sets a rule apart from one that decides the verdict, and how grave it is.
fn notes(frame: &Frame, finding: &FindingView) -> Markup {
    let lang = frame.lang;
    html! {
        @if finding.mode != Mode::Enforce { " " span.note { (lang.word("mode", finding.mode.word())) } }
        @if matches!(finding.severity, Severity::Critical) && finding.state == State::Failing {
            " " span.note { (lang.word("severity", finding.severity.word())) }
        }
    }
}

fn evidence(frame: &Frame, when: &When, device: &DeviceView, shown: &Shown) -> Markup {
    let (what, value) = super::shown::shown_words(when, &shown.what, &shown.value);
    html! {
        p {
            @if let Some(what) = &what { span.what title=(shown.what) { (what) ": " } }
            span.value { (value) }
            @if let Some(number) = shown.report {
                " "
                a.report-link href={ "/devices/" (device.row.id) "/reports/" (number) }
                    title=(frame.lang.say("the-report-that-shows-it")) { "№\u{a0}" (number) }
            }
        }
    }
}
