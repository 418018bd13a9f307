//! `/rules/{rule}`: who fails this, and is it getting better?

use axum::extract::State as Shared;
use maud::{Markup, html};
use muster_proto::policy::DeviceRule;
use muster_proto::verdict::State;
use std::sync::Arc;

use super::chart;
use crate::app::App;
use crate::board::{Kind, Series, Share};
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::marks::{self, figure};
use crate::http::console::visit::{Page, Person};
use crate::http::console::{assets, devices::Search};
use crate::http::fault::Fault;
use crate::i18n::words;
use crate::orgs::{self, OrgView};
use crate::policies::{self, RuleView, WrittenRule};

/// The states that are counted: those who keep a rule are all the others.
const COUNTED: [State; 4] = [State::Failing, State::Unknown, State::Grace, State::Exempt];

/// Keys of a rule that the page has in words already.
const IN_WORDS: [&str; 8] =
    ["kind", "title", "remedy", "mode", "severity", "grace", "escalate.warn", "escalate.enforce"];

/// Shows a rule.
pub async fn get(Shared(app): Shared<Arc<App>>, person: Person, Id(id): Id<String>) -> Result<Page, Fault> {
    let rule = policies::rule(&app, &person.actor, &id).await?;
    let orgs = orgs::list(&app, &person.actor).await?;
    Ok(Page(page(&person.frame, &rule, &orgs)))
}

/// Where the page of a rule stands.
#[must_use]
pub fn address(rule: &str) -> String {
    format!("/rules/{}", form_urlencoded::byte_serialize(rule.as_bytes()).collect::<String>())
}

/// The list of devices on which the rule stands so.
fn list(rule: &str, state: State, org: Option<&str>) -> String {
    // without those below: the row is of one organisation alone
    let org = org.map(|org| format!(" org={org}")).unwrap_or_default();
    Search { q: Some(format!("rule:{rule}={}{org}", state.word())), ..Search::default() }.address()
}

fn page(frame: &Frame, rule: &RuleView, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let of_text = rule.texts.first().map(|(text, _)| lang.of(&text.title).to_owned());
    let built_in =
        rule.built_in.map(|(en, ru)| if lang == crate::i18n::Lang::Ru { ru } else { en }.to_owned());
    let title = of_text.or(built_in).unwrap_or_else(|| rule.rule.clone());
    let main = html! {
        div.device-head {
            p.crumbs { a href="/devices" { (lang.say("devices")) } }
            h1 { (title) }
            p.sub { code title=(lang.say("rule")) { (rule.rule) } }
        }
        (summary(frame, rule))
        section { h2 { (lang.say("what-it-says")) } (texts(frame, rule, orgs)) @for one in &rule.written { (written(frame, one)) } }
        section { h2 { (lang.say("by-organisation")) } (by_org(frame, rule, orgs)) }
        div.charts { (chart::stacked(frame, &lang.say("rule-trend"), &series(rule), |word| lang.word("state", word))) }
        script src=(assets::CHART.path()) defer {}
        script src=(assets::CHARTS.path()) defer {}
    };
    frame.page(Place::Devices, &title, &main)
}

fn summary(frame: &Frame, rule: &RuleView) -> Markup {
    let sum = |state: State| rule.counts.values().filter_map(|of| of.get(&state)).sum::<u64>();
    html! {
        section.summary {
            ul.counts {
                @for state in COUNTED {
                    @let n = sum(state);
                    li {
                        a href=(list(&rule.rule, state, None)) data-count=(n) {
                            span class={ "state " (state.word()) } {
                                (marks::shape(state)) b { (figure(n)) } " " (frame.lang.word("state", state.word()))
                            }
                        }
                    }
                }
            }
            p.hint { (frame.lang.say("others-keep-it")) }
        }
    }
}

fn texts(frame: &Frame, rule: &RuleView, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        @if rule.texts.is_empty() {
            p.none { @if rule.built_in.is_some() { (lang.say("every-phone-has-it")) } @else { (lang.say("no-policy-has-it")) } }
        }
        @for (text, of) in &rule.texts {
            dl.facts.rule-text {
                div { dt { (lang.say("title")) } dd { (lang.of(&text.title)) } }
                (parts(frame, text))
                div { dt { (lang.say("organisation")) } dd {
                    (of.iter().map(|id| orgs.iter().find(|org| org.id == *id).map_or(id.as_str(), |org| org.title.as_str())).collect::<Vec<_>>().join(", "))
                } }
            }
        }
    }
}

/// What it demands, in the words of the policy that has it.
fn written(frame: &Frame, one: &WrittenRule) -> Markup {
    let lang = frame.lang;
    html! {
        h3 {
            (lang.say("policy")) " "
            @if one.readable { a href={ "/policies/" (one.policy) } { (lang.of(&one.title)) } } @else { (lang.of(&one.title)) }
            " " code.soft { (one.policy) }
        }
        dl.facts.demands {
            @for (key, value) in one.keys.iter().filter(|(key, _)| !IN_WORDS.contains(&key.as_str())) {
                div { dt { code { (key) } } dd { code { (value) } } }
            }
        }
    }
}

fn parts(frame: &Frame, text: &DeviceRule) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        div { dt { (lang.say("rule-kind")) } dd { code { (text.kind) } } }
        div { dt { (lang.say("what-it-does")) } dd {
            (lang.word("mode", text.mode.word())) ", " (lang.word("severity", text.severity.word()))
        } }
        @for (word, after) in [("warn", text.warn_after), ("enforce", text.enforce_after)] {
            @if let Some(after) = after {
                div { dt { (lang.word("escalates", word)) } dd { (lang.with("after-broken-for", [("span", words(&when.span(after.millis())))])) } }
            }
        }
        @if let Some(remedy) = &text.remedy { div { dt { (lang.say("remedy")) } dd { (lang.of(remedy)) } } }
        @if let Some(grace) = text.grace { div { dt { (lang.word("state", "grace")) } dd { (when.span(grace.millis())) } } }
        @if let Some(due) = text.due { div { dt { (lang.say("until")) } dd { (when.deadline(due)) } } }
    }
}

fn by_org(frame: &Frame, rule: &RuleView, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        @if rule.counts.is_empty() {
            p.none { (lang.say("nobody-breaks-it")) }
        } @else {
            table.numbers.by-org {
                thead { tr {
                    th { (lang.say("organisation")) }
                    @for state in COUNTED { th.right { (marks::state(lang, state)) } }
                } }
                tbody { @for (id, counts) in &rule.counts {
                    tr {
                        th scope="row" { (orgs.iter().find(|org| org.id == *id).map_or(id.as_str(), |org| org.title.as_str())) }
                        @for state in COUNTED {
                            td.right {
                                @match counts.get(&state) {
                                    Some(n) => a href=(list(&rule.rule, state, Some(id))) data-count=(n) { (figure(*n)) },
                                    None => span.none { "0" },
                                }
                            }
                        }
                    }
                } }
            }
        }
    }
}

/// Findings that came into a state, by day.
fn series(rule: &RuleView) -> Series {
    let share = |(state, days): (&State, &Vec<u64>)| Share {
        name: state.word().to_owned(),
        devices: days.iter().map(|n| Some(*n)).collect(),
    };
    let shares = rule.turned.iter().map(share).collect();
    Series { kind: Kind::Verdict, days: rule.days.clone(), shares, suppressed: false }
}

#[cfg(test)]
mod tests;
