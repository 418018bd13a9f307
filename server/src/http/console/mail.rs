//! `/mail`: who is written to of what changes, when, and how it fares.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

use super::hooks::{states, ticks};
use crate::app::App;
use crate::auth::Right;
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::settings;
use crate::http::console::sure;
use crate::http::console::visit::{Fields, Page, Person, Signed, version};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::mail::{self, Language, NewRecipient, Recipient, RecipientChange, RecipientView, Tried};
use crate::orgs::{self, OrgView};
use crate::version::version_of;

/// Shows them.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    answer(&app, &person, None).await
}

/// Adds somebody.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Redirect, Fault> {
    let form = &signed.form;
    let new = NewRecipient {
        address: form.one("address").unwrap_or_default().to_owned(),
        language: language(form)?,
        org: form.one("org").map(str::to_owned),
        digest_hour: hour(form)?,
        at_once: states(form)?,
    };
    mail::add(&app, &signed.person.actor, new).await?;
    Ok(Redirect::to("/mail"))
}

/// Changes somebody.
pub async fn edit(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let form = &signed.form;
    let change = RecipientChange {
        address: Some(form.one("address").unwrap_or_default().to_owned()),
        language: Some(language(form)?),
        org: Some(form.one("org").map(str::to_owned)),
        digest_hour: Some(hour(form)?),
        at_once: Some(states(form)?),
    };
    mail::edit(&app, &signed.person.actor, &id, version(form), change).await?;
    Ok(Redirect::to("/mail"))
}

/// Tries the way.
pub async fn test(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Page, Fault> {
    let tried = mail::ping(&app, &signed.person.actor, &id).await?;
    answer(&app, &signed.person, Some(tried)).await
}

/// Has what was given up sent again.
pub async fn replay(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    mail::replay(&app, &signed.person.actor, &id).await?;
    Ok(Redirect::to("/mail"))
}

/// Takes somebody away.
pub async fn remove(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    mail::remove(&app, &signed.person.actor, &id).await?;
    Ok(Redirect::to("/mail"))
}

fn language(form: &Fields) -> Result<Language, Fault> {
    match form.one("language") {
        Some("en") => Ok(Language::En),
        Some("ru") => Ok(Language::Ru),
        _ => Err(Fault::malformed("language: en or ru")),
    }
}

fn hour(form: &Fields) -> Result<Option<u32>, Fault> {
    let hour = form.one("digest_hour").map(str::parse).transpose();
    hour.map_err(|_| Fault::malformed("digest_hour: not an hour"))
}

async fn answer(app: &App, person: &Person, tried: Option<Tried>) -> Result<Page, Fault> {
    let (list, orgs) = (mail::list(app, &person.actor).await?, orgs::list(app, &person.actor).await?);
    Ok(Page(page(&person.frame, &list, &orgs, tried.as_ref(), app.mailer.is_some())))
}

fn page(
    frame: &Frame,
    list: &[RecipientView],
    orgs: &[OrgView],
    tried: Option<&Tried>,
    sends: bool,
) -> Markup {
    let lang = frame.lang;
    let main = html! {
        (settings::pages(frame, "/mail"))
        div.head { h1 { (lang.say("mail")) } }
        p.lead { (lang.say("mail-lead")) }
        @if let Some(tried) = tried {
            section.made role="status" {
                @if tried.delivered { p { (lang.say("mail-server-took-it")) } } @else {
                    p { (lang.say("mail-server-did-not-take-it")) }
                    p.detail { (tried.error.as_deref().unwrap_or_default()) }
                }
            }
        }
        section {
            @if list.is_empty() {
                (empty(&lang.say("no-recipient"), &html! { code { "muster mail add ADDRESS --language en --digest 8" } }))
            } @else {
                table.packages.recipients {
                    thead { tr {
                        th { (lang.say("mail-address")) } th { (lang.say("told-of")) } th { (lang.say("digest-hour")) }
                        th { (lang.say("at-once")) } th.right { (lang.say("mails-waiting")) } th.right { (lang.say("given-up")) }
                        th { (lang.say("decide")) }
                    } }
                    tbody { @for one in list { (row(frame, one, orgs)) } }
                }
            }
        }
        @if sends {
            section {
                h2 { (lang.say("new-recipient")) }
                form.ask method="post" action="/mail" { (fields(frame, orgs, None)) p.buttons { button.primary type="submit" { (lang.say("add")) } } }
            }
        } @else {
            p { (lang.say("no-mail-server")) " " code { "smtp-url" } }
        }
    };
    frame.page(Place::Settings, &lang.say("mail"), &main)
}

fn row(frame: &Frame, view: &RecipientView, orgs: &[OrgView]) -> Markup {
    let (lang, one) = (frame.lang, &view.recipient);
    let org = one
        .org
        .as_ref()
        .map(|id| orgs.iter().find(|org| org.id == *id).map_or(id.as_str(), |org| org.title.as_str()));
    html! {
        tr {
            td {
                (one.address) " " span.soft { (one.language.lang().name()) }
                @if let Some(error) = &view.error { p.soft { (error) } }
                details {
                    summary { (lang.say("change")) }
                    form.ask method="post" action={ "/mail/" (one.id) } {
                        (fields(frame, orgs, Some(one)))
                        p.buttons { button type="submit" { (lang.say("change")) } }
                    }
                }
            }
            td { (org.map_or_else(|| lang.say("all-organisations"), str::to_owned)) }
            td { @match one.digest_hour { Some(hour) => { (hour) ":00" } None => "–" } }
            td { @if one.at_once.is_empty() { "–" } (one.at_once.iter().map(|state| lang.word("state", state.word())).collect::<Vec<_>>().join(", ")) }
            td.right { (figure(view.waiting)) }
            td.right { (figure(view.dead)) }
            td { div.buttons {
                form method="post" action={ "/mail/" (one.id) "/test" } {
                    (frame.csrf_field())
                    button type="submit" aria-label={ (lang.say("try-it")) ": " (one.address) } { (lang.say("try-it")) }
                }
                @if view.dead > 0 {
                    form method="post" action={ "/mail/" (one.id) "/replay" } {
                        (frame.csrf_field())
                        button type="submit" aria-label={ (lang.say("replay-the-dead")) ": " (one.address) } { (lang.say("replay-the-dead")) }
                    }
                }
                form method="post" action={ "/mail/" (one.id) "/remove" } {
                    (frame.csrf_field())
                    input type="hidden" name=(sure::CALLED) value=(one.address);
                    button type="submit" aria-label={ (lang.say("take-away")) ": " (one.address) } { (lang.say("take-away")) }
                }
            } }
        }
    }
}

fn fields(frame: &Frame, orgs: &[OrgView], one: Option<&Recipient>) -> Markup {
    let lang = frame.lang;
    let chosen = one.map_or_else(|| lang, |one| one.language.lang());
    html! {
        (frame.csrf_field())
        @if let Some(one) = one { input type="hidden" name="version" value=(version_of(&serde_json::to_vec(one).unwrap_or_default())); }
        label { (lang.say("mail-address")) input type="email" name="address" required maxlength="254" value=[one.map(|one| &one.address)]; }
        label { (lang.say("mail-language"))
            select name="language" {
                @for known in crate::i18n::Lang::ALL { option value=(known.code()) selected[known == chosen] { (known.name()) } }
            }
        }
        (whose::field(frame, Right::Orgs, orgs, one.and_then(|one| one.org.as_deref())))
        label { (lang.say("digest-at")) input type="number" name="digest_hour" min="0" max="23" value=[one.and_then(|one| one.digest_hour)]; }
        (ticks(frame, &lang.say("at-once-into-these-states"), one.map_or(&[][..], |one| one.at_once.as_slice())))
    }
}

#[cfg(test)]
mod tests;
