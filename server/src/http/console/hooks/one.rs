//! `/hooks/{id}`: one hook, as it can be changed, and what its receiver did not take.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use super::{host, scope, states, states_field};
use crate::app::App;
use crate::auth::Right;
use crate::hooks::{self, Deliveries, Delivery, Hook, HookChange, Replay, Standing};
use crate::http::admin::{Id, Query};
use crate::http::console::frame::{Frame, Place};
use crate::http::console::settings;
use crate::http::console::visit::{Fields, Page, Person, Signed, version};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::orgs::{self, OrgView};
use crate::version::version_of;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    standing: Option<Standing>,
    after: Option<u64>,
}

/// Deliveries on a page.
const ON_A_PAGE: u32 = 100;

/// Shows it.
pub async fn show(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<String>,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let hook = hooks::show(&app, &id).await?;
    let list = hooks::deliveries(&app, &id, asked.standing, asked.after, ON_A_PAGE).await?;
    let orgs = orgs::list(&app, &person.actor).await?;
    Ok(Page(page(&person.frame, &hook, &list, &asked, &orgs)))
}

/// Changes it, or pauses it.
pub async fn edit(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let form = &signed.form;
    let change = match form.one("paused") {
        Some(word) => HookChange { paused: Some(word == "yes"), ..HookChange::default() },
        None => HookChange {
            title: Some(form.one("title").unwrap_or_default().to_owned()),
            url: Some(form.one("url").unwrap_or_default().to_owned()),
            org: Some(form.one("org").map(str::to_owned)),
            rule: Some(form.one("rule").map(str::to_owned)),
            states: Some(states(form)?),
            paused: None,
        },
    };
    hooks::edit(&app, &signed.person.actor, &id, version(form), change).await?;
    Ok(to(&id))
}

/// Has it told again of what its receiver did not take.
pub async fn replay(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let edge = signed.form.one("edge").map(str::parse).transpose();
    let edge = edge.map_err(|_| Fault::malformed("edge: not a number"))?;
    hooks::replay(&app, &signed.person.actor, &id, Replay { edge }).await?;
    Ok(to(&id))
}

fn to(id: &str) -> Redirect {
    Redirect::to(&format!("/hooks/{id}"))
}

fn page(frame: &Frame, hook: &Hook, list: &Deliveries, asked: &Asked, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let main = html! {
        (settings::pages(frame, "/hooks"))
        div.device-head {
            p.crumbs { a href="/hooks" { (lang.say("hooks")) } }
            h1 { (hook.title) }
            p.sub {
                span { (host(&hook.url)) }
                span { (scope(frame, hook, orgs)) }
                @if hook.paused { span.note { (lang.say("hook-paused")) } }
                @if let Some(until) = hook.old_secret_until { span { (lang.say("old-secret-until")) " " (frame.when().deadline(until)) } }
            }
        }
        section { (pause(frame, hook)) }
        (change(frame, hook, orgs))
        section #deliveries {
            h2 { (lang.say("not-taken")) }
            @if list.deliveries.is_empty() {
                p.none { (lang.say("everything-was-taken")) }
            } @else {
                (replay_all(frame, hook))
                (table(frame, hook, &list.deliveries))
            }
            @if let Some(next) = &list.next {
                @let standing = asked.standing.map_or("", |one| if one == Standing::Dead { "&standing=dead" } else { "&standing=waiting" });
                nav.pager { a rel="next" href={ "/hooks/" (hook.id) "?after=" (next) (standing) } { (lang.say("next-page")) } }
            }
        }
    };
    frame.page(Place::Settings, &hook.title, &main)
}

fn pause(frame: &Frame, hook: &Hook) -> Markup {
    html! {
        form method="post" action={ "/hooks/" (hook.id) } {
            (frame.csrf_field())
            input type="hidden" name="paused" value=(if hook.paused { "no" } else { "yes" });
            button type="submit" { @if hook.paused { (frame.lang.say("go-on")) } @else { (frame.lang.say("pause")) } }
        }
    }
}

fn change(frame: &Frame, hook: &Hook, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let version = version_of(&serde_json::to_vec(hook).unwrap_or_default());
    html! {
        section {
            h2 { (lang.say("change")) }
            form.ask method="post" action={ "/hooks/" (hook.id) } {
                (frame.csrf_field())
                input type="hidden" name="version" value=(version);
                label { (lang.say("title")) input name="title" required maxlength="200" value=(hook.title); }
                label { (lang.say("hook-address")) input type="url" name="url" required maxlength="2000" value=(hook.url); }
                (whose::field(frame, Right::Orgs, orgs, hook.org.as_deref()))
                label { (lang.say("rule")) input name="rule" maxlength="48" value=[hook.rule.as_deref()] placeholder=(lang.say("every-rule")); }
                (states_field(frame, &hook.states))
                p.buttons { button type="submit" { (lang.say("change")) } }
            }
        }
    }
}

fn replay_all(frame: &Frame, hook: &Hook) -> Markup {
    html! {
        form method="post" action={ "/hooks/" (hook.id) "/replay" } {
            (frame.csrf_field())
            button type="submit" { (frame.lang.say("replay-the-dead")) }
        }
    }
}

fn table(frame: &Frame, hook: &Hook, list: &[Delivery]) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        table.packages.deliveries {
            thead { tr {
                th { (lang.say("device")) } th { (lang.say("rule")) } th { (lang.say("to")) } th { (lang.say("time")) }
                th { (lang.say("why-not")) } th { (lang.say("tried-next")) } th { (lang.say("decide")) }
            } }
            tbody { @for one in list {
                tr {
                    td { a href={ "/devices/" (one.device) } { code { (one.device.to_string().chars().take(8).collect::<String>()) } } }
                    td { code { (one.rule) } }
                    td { @match one.to { Some(state) => (lang.word("state", state.word())), None => "–" } }
                    td { (when.ago(one.at)) }
                    td { (one.error) " (" (one.attempts) ")" }
                    td { @match one.next_try { Some(next) => (when.ago(next)), None => (lang.say("given-up")) } }
                    td { form method="post" action={ "/hooks/" (hook.id) "/replay" } {
                        (frame.csrf_field())
                        input type="hidden" name="edge" value=(one.edge);
                        button type="submit" aria-label={ (lang.say("replay")) " " (one.edge) } { (lang.say("replay")) }
                    } }
                }
            } }
        }
    }
}
