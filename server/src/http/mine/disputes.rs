//! What the carrier says is wrong, and what was answered.

use maud::{Markup, html};

use super::page::Shown;
use crate::disputes::{DisputeView, MOST_OPEN, Standing};
use crate::http::console::frame::Frame;
use crate::http::console::when::When;

/// The section.
pub fn section(frame: &Frame, when: &When, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let open: Vec<&str> = shown
        .disputes
        .iter()
        .filter(|one| one.state == Standing::Open)
        .map(|one| one.rule.as_str())
        .collect();
    let free = open.len() < usize::try_from(MOST_OPEN).unwrap_or(usize::MAX);
    let rules: Vec<_> = shown
        .device
        .findings
        .iter()
        .filter(|finding| free && !open.contains(&finding.rule.as_str()))
        .collect();
    html! {
        section #disputes {
            h2 { (lang.say("mine-disputes")) }
            ul.things { @for one in &shown.disputes { li { (said(frame, when, shown, one)) } } }
            @if !rules.is_empty() {
                details open[shown.disputes.is_empty() && rules.len() == 1] {
                    summary { (lang.say("mine-dispute")) }
                    p.hint { (lang.say("mine-dispute-lead")) }
                    form.stack method="post" action="/mine/dispute" {
                        (frame.csrf_field())
                        label { (lang.say("rule")) select name="rule" required {
                            @for finding in &rules { option value=(finding.rule) { (lang.of(&finding.title)) } }
                        } }
                        label { (lang.say("mine-dispute-text")) textarea name="text" required maxlength="1000" rows="5" {} }
                        button.primary type="submit" { (lang.say("mine-dispute-send")) }
                    }
                }
            }
        }
    }
}

fn said(frame: &Frame, when: &When, shown: &Shown, one: &DisputeView) -> Markup {
    let lang = frame.lang;
    let rule = shown.device.findings.iter().find(|finding| finding.rule == one.rule);
    html! {
        h3 { (rule.map_or(one.rule.as_str(), |finding| lang.of(&finding.title))) }
        p.soft { (when.stamp(one.opened)) ", " (lang.word("dispute-state", one.state.word())) }
        p.said { (one.text) }
        @if let Some(answer) = &one.answer {
            div.answer {
                p.said { (answer) }
                p.soft {
                    @if let Some(by) = &one.answered_by { (by) }
                    @if let Some(at) = one.answered { ", " (when.stamp(at)) }
                }
            }
        }
    }
}
