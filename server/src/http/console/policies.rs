//! `/policies`: what is demanded, and `/policies/{id}`: the text of a policy, its versions, what differs between two, and going back.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::http::admin::{Id, Query};
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::policy_editor;
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use crate::i18n::number;
use crate::policies::{self, Plan, PolicyDocument, PolicySummary, VersionDiff, VersionView};
use crate::version::IfMatch;

/// Which versions are compared.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Compared {
    from: Option<u64>,
    to: Option<u64>,
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// To which version a policy goes back, from which, and why.
#[derive(Debug, Deserialize)]
pub struct Back {
    to: u64,
    version: String,
    reason: String,
    /// Whether it was said to be sure, with what it does in view.
    #[serde(default)]
    sure: Option<String>,
}

/// Lists the policies in force.
pub async fn list(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    Ok(Page(overview(&person.frame, &policies::summaries(&app, &person.actor).await?)))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<String>,
    Query(compared): Query<Compared>,
) -> Result<Page, Fault> {
    let document = policies::show(&app, &person.actor, &id, None).await?;
    let versions = policies::versions(&app, &person.actor, &id).await?;
    // the first version differs from nothing
    let diff = match (document.version, compared.from, compared.to) {
        (1, None, None) => None,
        (_, from, to) => Some(policies::diff(&app, &person.actor, &id, from, to).await?),
    };
    Ok(Page(page(&person.frame, &document, &versions, diff.as_ref())))
}

/// Goes back to an older version.
pub async fn roll_back(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Back>,
) -> Result<Response, Fault> {
    let Signed { person, form: asked } = signed;
    if asked.sure.is_none() {
        let plan = policies::plan_roll_back(&app, &person.actor, &id, asked.to).await?;
        return Ok(Page(sure(&person.frame, &id, &asked, &plan)).into_response());
    }
    let from = IfMatch::of(Some(vec![asked.version]));
    policies::roll_back(&app, &person.actor, &id, asked.to, &asked.reason, from).await?;
    Ok(Redirect::to(&format!("/policies/{id}")).into_response())
}

/// What going back would do, before it is done.
fn sure(frame: &Frame, id: &str, asked: &Back, plan: &Plan) -> Markup {
    let lang = frame.lang;
    let title = lang.with("policy-go-back-to", [("n", number(asked.to))]);
    let address = format!("/policies/{id}");
    let main = html! {
        div.device-head {
            p.crumbs { a href="/policies" { (lang.say("policies")) } " / " a href=(address) { (id) } }
            h1 { (title) }
            p.sub { q { (asked.reason) } }
        }
        section #plan { (policy_editor::planned(frame, plan)) }
        form method="post" action={ (address) "/rollback" } {
            (frame.csrf_field())
            input type="hidden" name="to" value=(asked.to);
            input type="hidden" name="version" value=(asked.version);
            input type="hidden" name="reason" value=(asked.reason);
            input type="hidden" name="sure" value="1";
            p.buttons {
                @if !plan.changes.is_empty() { button.primary type="submit" { (lang.say("policy-go-back")) } " " }
                a.button href=(address) { (lang.say("back")) }
            }
        }
    };
    frame.page(Place::Policies, &title, &main)
}

fn overview(frame: &Frame, policies: &[PolicySummary]) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head {
            h1 { (lang.say("policies")) }
            p {
                @if frame.may(Right::Policies) { a.button href="/policy-editor" { (lang.say("policy-new")) } " " }
                a href="/exemptions" { (lang.say("exemptions")) }
            }
        }
        @if policies.is_empty() {
            (empty(&lang.say("no-policy"), &html! { @if frame.may(Right::Policies) { code { "muster apply policy.yaml" } } }))
        } @else {
            div.scrolls tabindex="0" role="region" aria-label=(lang.say("policies")) {
                table {
                    thead {
                        tr {
                            th { (lang.say("policy")) }
                            th.right { (lang.say("policy-version")) }
                            th { (lang.say("policy-assigned")) }
                            th.right { (lang.say("policy-rules")) }
                            th.right { (lang.say("devices")) }
                            th { (lang.say("policy-applied")) }
                        }
                    }
                    tbody { @for one in policies { (row(frame, one)) } }
                }
            }
        }
    };
    frame.page(Place::Policies, &lang.say("policies"), &main)
}

fn row(frame: &Frame, one: &PolicySummary) -> Markup {
    let lang = frame.lang;
    html! {
        tr {
            td {
                @let title = match &one.title { Some(title) => lang.of(title), None => one.view.policy.as_str() };
                @if one.readable { a href={ "/policies/" (one.view.policy) } { (title) } } @else { (title) }
                " " code.soft { (one.view.policy) }
                @if !one.readable { p.soft { (lang.say("policy-of-others-too")) } }
                @if one.title.is_none() { p.soft { (lang.say("policy-unreadable-here")) } }
            }
            td.right { (one.view.version) }
            td { @if one.assigned.is_empty() { "–" } @else { (one.assigned.join(", ")) } }
            td.right { (one.rules) }
            td.right { (figure(one.devices)) }
            td { (frame.when().ago(one.view.applied)) @if one.readable { " " span.soft { (one.view.actor) } } }
        }
    }
}

fn page(
    frame: &Frame,
    document: &PolicyDocument,
    versions: &[VersionView],
    diff: Option<&VersionDiff>,
) -> Markup {
    let (lang, id) = (frame.lang, &document.policy);
    let main = html! {
        div.device-head {
            p.crumbs { a href="/policies" { (lang.say("policies")) } }
            h1 { (id) }
            p.sub {
                span { (lang.say("policy-version")) " " (document.version) ", " (frame.when().ago(document.applied)) ", " (document.actor) }
                @if frame.may(Right::Policies) { a href={ "/policy-editor?policy=" (id) } { (lang.say("policy-edit")) } }
            }
        }
        (policy_editor::stays(frame, &document.kept))
        section { h2 { (lang.say("policy-text")) } pre tabindex="0" { (document.body) } }
        section #versions { h2 { (lang.say("policy-versions")) } (versions_table(frame, document, versions)) }
        @if let Some(diff) = diff { section #diff { (differs(frame, diff)) } }
    };
    frame.page(Place::Policies, id, &main)
}

fn versions_table(frame: &Frame, document: &PolicyDocument, versions: &[VersionView]) -> Markup {
    let (lang, id) = (frame.lang, &document.policy);
    let may = frame.may(Right::Policies);
    html! {
        div.scrolls tabindex="0" role="region" aria-label=(lang.say("policy-versions")) {
            table {
                thead {
                    tr {
                        th.right { (lang.say("policy-version")) }
                        th { (lang.say("policy-applied")) }
                        th { (lang.say("who")) }
                        th { (lang.say("policy-differs")) }
                        th { (lang.say("policy-back")) }
                    }
                }
                tbody {
                    @for one in versions {
                        tr {
                            td.right { (one.version) }
                            td.nowrap { (frame.when().ago(one.applied)) }
                            td { (one.actor) }
                            td { @if one.version > 1 {
                                a href={ "/policies/" (id) "?from=" (one.version - 1) "&to=" (one.version) "#diff" } { (one.version - 1) " → " (one.version) }
                            } }
                            td {
                                @if let Some(back) = &one.back { p.soft { (lang.with("policy-went-back", [("n", number(back.to))])) " " q { (back.reason) } } }
                                @if one.in_force { (lang.say("policy-in-force")) } @else if may { (back_form(frame, document, one)) }
                            }
                        }
                    }
                }
            }
        }
        form.line method="get" action={ "/policies/" (id) "#diff" } {
            @for (name, value) in [("from", document.version.saturating_sub(1).max(1)), ("to", document.version)] {
                label { (lang.say(name)) " " input type="number" name=(name) min="1" max=(document.version) value=(value) required; }
            }
            button type="submit" { (lang.say("policy-compare")) }
        }
    }
}

fn back_form(frame: &Frame, document: &PolicyDocument, one: &VersionView) -> Markup {
    let lang = frame.lang;
    html! {
        form.line method="post" action={ "/policies/" (document.policy) "/rollback" } {
            (frame.csrf_field())
            input type="hidden" name="to" value=(one.version);
            input type="hidden" name="version" value=(document.etag());
            input name="reason" required maxlength="256" placeholder=(lang.say("reason")) aria-label={ (lang.say("reason")) " " (one.version) };
            button type="submit" { (lang.say("policy-go-back")) }
        }
    }
}

fn differs(frame: &Frame, diff: &VersionDiff) -> Markup {
    let lang = frame.lang;
    html! {
        h2 { (lang.say("policy-differs")) " " (diff.from) " → " (diff.to) }
        @if diff.diff.is_empty() { p { (lang.say("policy-same-text")) } }
        @else { pre.diff tabindex="0" { @for line in diff.diff.lines() { (diff_line(line)) "\n" } } }
    }
}

/// What came and what went is told by its sign, and by colour besides.
fn diff_line(line: &str) -> Markup {
    match line.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => html! { b { (line) } },
        [b'+', ..] => html! { ins { (line) } },
        [b'-', ..] => html! { del { (line) } },
        _ => html! { (line) },
    }
}

#[cfg(test)]
pub(crate) mod tests;
