//! What the editor answers: a plan, or what was found on trial.

use maud::{Markup, html};

use super::MOST_SHOWN;
use crate::http::console::frame::Frame;
use crate::http::console::{marks, rule};
use crate::i18n::number;
use crate::policies::{Kept, ObservedRule, Plan, Tried};

/// What a plan says.
pub fn planned(frame: &Frame, plan: &Plan) -> Markup {
    let lang = frame.lang;
    let changes = plan.devices.by_org.iter().flat_map(|org| &org.changes);
    html! {
        h2 { (lang.say("policy-would-change")) }
        @if plan.changes.is_empty() { p { (lang.say("policy-no-change")) } }
        @else {
            ul.changes {
                @for change in &plan.changes {
                    li { code { (change.what) } ": " (change.from.as_deref().unwrap_or("–")) " → " (change.to.as_deref().unwrap_or("–")) }
                }
            }
        }
        (stays(frame, &plan.kept))
        (observed(frame, &plan.observed))
        h2 { (lang.with("policy-devices-turn", [("n", number(plan.devices.total))])) }
        @if plan.devices.total > 0 {
            table {
                thead { tr { th { (lang.say("organisation")) } th { (lang.say("from")) } th { (lang.say("to")) } th.right { (lang.say("devices")) } } }
                tbody {
                    @for org in &plan.devices.by_org { @for turn in &org.turns {
                        tr {
                            td { (org.org) }
                            td { (marks::state(lang, turn.from)) }
                            td { (marks::state(lang, turn.to)) }
                            td.right { (turn.devices) }
                        }
                    } }
                }
            }
            details {
                summary { (lang.with("policy-first-devices", [("n", number(plan.devices.total.min(MOST_SHOWN as u64)))])) }
                table {
                    thead { tr { th { (lang.say("device")) } th { (lang.say("from")) } th { (lang.say("to")) } th { (lang.say("rule")) } } }
                    tbody {
                        @for one in changes.take(MOST_SHOWN) {
                            tr {
                                td { a href={ "/devices/" (one.device) } { (one.model.as_deref().unwrap_or("–")) } }
                                td { (marks::state(lang, one.from)) }
                                td { (marks::state(lang, one.to)) }
                                td { @for rule in &one.rules { code { (rule.rule) } " " } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What was found on trial.
pub fn found(frame: &Frame, tried: &Tried) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        h2 { (lang.say("policy-would-find")) " " a href={ "/devices/" (tried.device) } { code { (tried.device) } } }
        table.findings {
            thead { tr { th { (lang.say("state")) } th { (lang.say("rule")) } th { (lang.say("shown-by")) } th.right { (lang.say("until")) } } }
            tbody {
                @for finding in &tried.findings {
                    tr {
                        td.state-cell { (marks::state(lang, finding.state)) }
                        td { (lang.of(&finding.title)) " " code.soft { (finding.rule) } }
                        td.shown {
                            @for shown in &finding.evidence {
                                @let (what, value) = crate::http::console::device::shown_words(&when, &shown.what, &shown.value);
                                p { @if let Some(what) = &what { (what) ": " } (value) }
                            }
                        }
                        td.right { @if let Some(due) = finding.due { (when.deadline(due)) } }
                    }
                }
            }
        }
    }
}

/// What stays in force although the text leaves it out.
pub fn stays(frame: &Frame, kept: &Kept) -> Markup {
    let lang = frame.lang;
    if kept.rules.is_empty() && kept.assign.is_empty() {
        return html! {};
    }
    html! {
        div.notice.stays role="note" {
            p { (lang.say("policy-kept")) }
            ul {
                @for (rule, version) in &kept.rules {
                    li { (lang.say("rule")) " " a href=(rule::address(rule)) { code { (rule) } } " – " (of_version(frame, *version)) }
                }
                @for (org, version) in &kept.assign {
                    li { (lang.say("policy-assigned")) " " code { (org) } " – " (of_version(frame, *version)) }
                }
            }
            p.hint { (lang.say("policy-kept-hint")) }
        }
    }
}

fn of_version(frame: &Frame, version: u64) -> String {
    frame.lang.with("policy-kept-since", [("n", number(version))])
}

/// Broken rules that decide no verdict yet.
fn observed(frame: &Frame, rules: &[ObservedRule]) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        @if !rules.is_empty() {
            h2 { (lang.say("policy-observed")) }
            ul.observed {
                @for one in rules {
                    li {
                        code { (one.rule) } ": " (lang.with("policy-observed-devices", [("n", number(one.devices))]))
                        @if let Some(at) = one.enforced { "; " (lang.say("policy-observed-from")) " " (when.deadline(at)) }
                    }
                }
            }
        }
    }
}
