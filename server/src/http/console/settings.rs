//! `/settings`: where the server is reached, when its certificates end, whether it is well, and how much it logs. Nothing here changes the
//! configuration: that is a file.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::health::{self, Check};
use crate::http::console::frame::{Frame, Place};
use crate::http::console::marks::figure;
use crate::http::console::visit::{Fields, Page, Person, Signed};
use crate::http::fault::Fault;
use crate::log::{self, Raise, View};
use crate::space::Space;
use crate::store::NEWEST;

/// The pages that stand under one entry of the navigation.
#[must_use]
pub fn pages(frame: &Frame, here: &str) -> Markup {
    let lang = frame.lang;
    let all = [
        ("/settings", lang.say("settings")),
        ("/orgs", lang.say("organisations")),
        ("/hooks", lang.say("hooks")),
        ("/mail", lang.say("mail")),
        ("/packages", lang.say("packages")),
    ];
    // what is of the whole server is for whoever has that
    let shown = |path: &str| match path {
        "/settings" => frame.may_everywhere(Right::Server),
        "/packages" => frame.may_everywhere(Right::Read),
        _ => frame.may(Right::Orgs),
    };
    html! {
        nav.under aria-label=(lang.say("settings")) {
            @for (path, text) in all.iter().filter(|(path, _)| shown(path)) { a href=(path) aria-current=[(*path == here).then_some("page")] { (text) } }
        }
    }
}

/// Shows them.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Page {
    let checks = health::checks(&app).await;
    let log = app.levels.view(app.now());
    Page(page(&person.frame, &app, &checks, &log))
}

/// Has the log say more for a while.
pub async fn raise(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Redirect, Fault> {
    let form = &signed.form;
    let device = form.one("device").map(str::parse).transpose();
    let minutes = form.one("minutes").map(str::parse::<u64>).transpose();
    let asked = Raise {
        level: form.one("level").unwrap_or("debug").to_owned(),
        request: None,
        device: device.map_err(|error| Fault::malformed(format!("device: {error}")))?,
        route: form.one("route").map(str::to_owned),
        seconds: minutes
            .map_err(|_| Fault::malformed("minutes: not a number"))?
            .map(|minutes| minutes.saturating_mul(60)),
    };
    log::raise(&app, &signed.person.actor, asked).await?;
    Ok(Redirect::to("/settings"))
}

/// Has it say no more than at the start.
pub async fn reset(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Redirect, Fault> {
    log::reset(&app, &signed.person.actor).await?;
    Ok(Redirect::to("/settings"))
}

fn page(frame: &Frame, app: &App, checks: &[Check], log: &View) -> Markup {
    let lang = frame.lang;
    let main = html! {
        (pages(frame, "/settings"))
        div.head { h1 { (lang.say("settings")) } }
        p.lead { (lang.say("settings-lead")) }
        section { h2 { (lang.say("the-server")) } (server(frame, app)) }
        section {
            h2 { (lang.say("health")) }
            table.numbers {
                tbody { @for check in checks {
                    tr {
                        th scope="row" { (lang.word("check", check.name)) }
                        td { @if check.ok { (lang.say("it-holds")) } @else { strong.broken { (lang.say("it-does-not-hold")) } } }
                        td { (check.detail) }
                    }
                } }
            }
        }
        section { h2 { (lang.say("log-level")) } (levels(frame, log)) }
    };
    frame.page(Place::Settings, &lang.say("settings"), &main)
}

fn server(frame: &Frame, app: &App) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        dl.facts {
            div { dt { (lang.say("version")) } dd { (env!("CARGO_PKG_VERSION")) } }
            div { dt { (lang.say("migrations")) } dd { (NEWEST) } }
            div { dt { (lang.say("phones-reach-it")) } dd { code { (app.url()) } } }
            div { dt { (lang.say("people-reach-it")) } dd { code { (app.people_url()) } } }
            @for (whom, ends) in app.reached.ends() {
                div { dt { (lang.word("certificate-of", whom)) } dd { (when.deadline(ends)) } }
            }
            @if let Ok(space) = Space::of(&app.data) {
                div { dt { (lang.say("disk")) } dd {
                    (lang.with("disk-free", [
                        ("free", crate::i18n::words(&figure(space.free_mib()))),
                        ("all", crate::i18n::words(&figure(space.all / (1024 * 1024)))),
                    ]))
                } }
            }
        }
    }
}

fn levels(frame: &Frame, log: &View) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        p { code { (log.base) } }
        @for raised in &log.raised {
            p { code { (raised.level) } " " (raised.scope) ", " (lang.say("until-then")) " " (when.deadline(raised.until)) }
        }
        form.ask method="post" action="/settings/log" {
            (frame.csrf_field())
            label { (lang.say("log-level"))
                select name="level" { @for level in ["debug", "trace", "info"] { option value=(level) { (level) } } }
            }
            label { (lang.say("device-id")) input name="device" maxlength="32" pattern="[0-9a-f]{32}"; }
            label { (lang.say("route")) input name="route" maxlength="200" placeholder="/api/v1/devices/{id}"; }
            label { (lang.say("minutes")) input type="number" name="minutes" min="1" max="1440" value="10"; }
            p.buttons { button type="submit" { (lang.say("log-more")) } }
        }
        @if !log.raised.is_empty() {
            form method="post" action="/settings/log/reset" {
                (frame.csrf_field())
                button type="submit" { (lang.say("log-as-at-start")) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
