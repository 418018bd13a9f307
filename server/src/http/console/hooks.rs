//! `/hooks`: which addresses are told when a finding changes, how each fares, and what its receiver did not take.

mod one;

pub use one::{edit, replay, show};

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use muster_proto::verdict::State as Verdict;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::hooks::{self, Hook, HookView, NewHook, Pinged};
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::{WORST_FIRST, figure};
use crate::http::console::settings;
use crate::http::console::sure;
use crate::http::console::visit::{Fields, Page, Person, Signed};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::orgs::{self, OrgView};

/// What was just done, where the page says it: no address keeps it.
enum Said {
    /// A secret, shown this once.
    Secret(Hook, String),
    /// What the receiver answered.
    Pinged(Pinged),
}

/// Shows them.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    answer(&app, &person, None).await
}

/// Adds one and shows its secret. The answer is no redirect: an address would keep the secret.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Page, Fault> {
    let form = &signed.form;
    let new = NewHook {
        title: form.one("title").unwrap_or_default().to_owned(),
        url: form.one("url").unwrap_or_default().to_owned(),
        org: form.one("org").map(str::to_owned),
        rule: form.one("rule").map(str::to_owned),
        states: states(form)?,
    };
    let issued = hooks::add(&app, &signed.person.actor, new).await?;
    answer(&app, &signed.person, Some(Said::Secret(issued.hook, issued.secret))).await
}

/// Gives one a new secret.
pub async fn rotate(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Page, Fault> {
    let issued = hooks::rotate(&app, &signed.person.actor, &id).await?;
    answer(&app, &signed.person, Some(Said::Secret(issued.hook, issued.secret))).await
}

/// Tries one.
pub async fn test(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Page, Fault> {
    let pinged = hooks::ping(&app, &signed.person.actor, &id).await?;
    answer(&app, &signed.person, Some(Said::Pinged(pinged))).await
}

/// Takes one away.
pub async fn remove(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    hooks::remove(&app, &signed.person.actor, &id).await?;
    Ok(Redirect::to("/hooks"))
}

/// The states that were ticked.
pub fn states(form: &Fields) -> Result<Vec<Verdict>, Fault> {
    let read = form.all("states").map(str::parse::<Verdict>).collect::<Result<_, _>>();
    read.map_err(|error| Fault::malformed(format!("states: {error}")))
}

async fn answer(app: &App, person: &Person, said: Option<Said>) -> Result<Page, Fault> {
    let (list, orgs) = (hooks::list(app, &person.actor).await?, orgs::list(app, &person.actor).await?);
    Ok(Page(page(&person.frame, &list, &orgs, said.as_ref())))
}

fn page(frame: &Frame, list: &[HookView], orgs: &[OrgView], said: Option<&Said>) -> Markup {
    let lang = frame.lang;
    let main = html! {
        (settings::pages(frame, "/hooks"))
        div.head { h1 { (lang.say("hooks")) } }
        p.lead { (lang.say("hooks-lead")) }
        @if let Some(said) = said { (told(frame, said)) }
        section {
            @if list.is_empty() {
                (empty(&lang.say("no-hook"), &html! { code { "muster hook add https://… --title TEXT" } }))
            } @else {
                table.packages.hooks {
                    thead { tr {
                        th { (lang.say("hook")) } th { (lang.say("told-of")) }
                        th.right { (lang.say("hook-behind")) } th.right { (lang.say("tried-again")) } th.right { (lang.say("given-up")) }
                        th { (lang.say("decide")) }
                    } }
                    tbody { @for hook in list { (row(frame, hook, orgs)) } }
                }
            }
        }
        (form(frame, orgs))
    };
    frame.page(Place::Settings, &lang.say("hooks"), &main)
}

fn told(frame: &Frame, said: &Said) -> Markup {
    let lang = frame.lang;
    html! {
        section.made role="status" {
            @match said {
                Said::Secret(hook, secret) => {
                    h2 { (lang.say("hook-secret")) " " (hook.title) }
                    pre.secret { (secret) }
                    p.hint { (lang.say("shown-once")) }
                }
                Said::Pinged(pinged) if pinged.delivered => p { (lang.say("receiver-took-it")) },
                Said::Pinged(pinged) => {
                    p { (lang.say("receiver-did-not-take-it")) }
                    p.detail { (pinged.error.as_deref().unwrap_or_default()) }
                }
            }
        }
    }
}

fn row(frame: &Frame, view: &HookView, orgs: &[OrgView]) -> Markup {
    let (lang, hook) = (frame.lang, &view.hook);
    let list = |standing: &str| format!("/hooks/{}?standing={standing}", hook.id);
    let count = |n: u64, to: String| html! { @if n > 0 { a href=(to) data-count=(n) { (figure(n)) } } @else { span.none { "0" } } };
    html! {
        tr {
            td {
                a href={ "/hooks/" (hook.id) } { (hook.title) }
                @if hook.paused { " " span.note { (lang.say("hook-paused")) } }
                p.soft { (host(&hook.url)) }
            }
            td { (scope(frame, hook, orgs)) }
            td.right { (figure(view.behind)) }
            td.right { (count(view.waiting, list("waiting"))) }
            td.right { (count(view.dead, list("dead"))) }
            td { div.buttons {
                @for (what, word) in [("test", "try-it"), ("rotate", "new-secret"), ("remove", "take-away")] {
                    form method="post" action={ "/hooks/" (hook.id) "/" (what) } {
                        (frame.csrf_field())
                        input type="hidden" name=(sure::CALLED) value=(hook.title);
                        button type="submit" aria-label={ (key(lang, word)) ": " (hook.title) } { (key(lang, word)) }
                    }
                }
            } }
        }
    }
}

/// The three words of the buttons.
fn key(lang: crate::i18n::Lang, word: &str) -> String {
    match word {
        "try-it" => lang.say("try-it"),
        "new-secret" => lang.say("new-secret"),
        _ => lang.say("take-away"),
    }
}

/// An address may have a secret of its receiver's in it: lists show where it leads.
pub fn host(url: &str) -> String {
    reqwest::Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// Of what it is told.
pub fn scope(frame: &Frame, hook: &Hook, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let title = hook
        .org
        .as_ref()
        .map(|id| orgs.iter().find(|org| org.id == *id).map_or(id.as_str(), |org| org.title.as_str()));
    html! {
        (title.map_or_else(|| lang.say("all-organisations"), str::to_owned))
        @if let Some(rule) = &hook.rule { ", " code { (rule) } }
        @if !hook.states.is_empty() {
            ": " (hook.states.iter().map(|state| lang.word("state", state.word())).collect::<Vec<_>>().join(", "))
        }
    }
}

fn form(frame: &Frame, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        section {
            h2 { (lang.say("new-hook")) }
            form.ask method="post" action="/hooks" {
                (frame.csrf_field())
                label { (lang.say("title")) input name="title" required maxlength="200"; }
                label { (lang.say("hook-address")) input type="url" name="url" required maxlength="2000" placeholder="https://"; }
                (whose::field(frame, Right::Orgs, orgs, None))
                label { (lang.say("rule")) input name="rule" maxlength="48" placeholder=(lang.say("every-rule")); }
                (states_field(frame, &[]))
                p.buttons { button.primary type="submit" { (lang.say("add")) } }
            }
        }
    }
}

/// Where one ticks states.
fn states_field(frame: &Frame, ticked: &[Verdict]) -> Markup {
    ticks(frame, &frame.lang.say("into-these-states"), ticked)
}

/// States to tick, under a heading.
pub fn ticks(frame: &Frame, heading: &str, ticked: &[Verdict]) -> Markup {
    let lang = frame.lang;
    html! {
        fieldset.set {
            legend { (heading) }
            @for state in WORST_FIRST {
                label.tick {
                    input type="checkbox" name="states" value=(state.word()) checked[ticked.contains(&state)];
                    " " (lang.word("state", state.word()))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
