//! `/exemptions`: the written exceptions, those that end soon first; adding one, and ending one.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use muster_proto::time::{Span, Timestamp};
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::exemptions::{self, ExemptionChange, ExemptionView, NewExemption};
use crate::http::admin::{Id, device_id};
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use crate::orgs::{self, OrgView};
use crate::version::IfMatch;

/// What the form says.
#[derive(Debug, Deserialize)]
pub struct Asked {
    rule: String,
    #[serde(default)]
    org: String,
    #[serde(default)]
    device: String,
    days: u64,
    reason: String,
}

/// A form that says no more than that a button was pressed.
#[derive(Debug, Deserialize)]
pub struct Pressed {}

/// How an exemption stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Ending,
    InForce,
    Over,
}

/// What ends within this is shown first.
const SOON: Span = Span::from_hours(30 * 24);
/// Those that are over are shown as far as anybody looks back.
const MOST_SHOWN: usize = 500;

/// Shows them.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    let (all, orgs) = (exemptions::list(&app, &person.actor).await?, orgs::list(&app, &person.actor).await?);
    Ok(Page(page(&person.frame, all, &orgs, &app.rules.now().rule_ids(&person.actor.within(Right::Read)))))
}

/// Writes one.
pub async fn add(State(app): State<Arc<App>>, signed: Signed<Asked>) -> Result<Redirect, Fault> {
    let Asked { rule, org, device, days, reason } = signed.form;
    let until = app.now() + Span::from_hours(days.clamp(1, 36_500) * 24);
    let named = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let device = named(device).map(|id| device_id(&id)).transpose()?;
    let new = NewExemption { rule, device, org: named(org), until, reason };
    exemptions::add(&app, &signed.person.actor, new).await?;
    Ok(Redirect::to("/exemptions"))
}

/// Ends one now.
pub async fn end(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Pressed>,
) -> Result<Redirect, Fault> {
    let change = ExemptionChange { until: Some(app.now()), reason: None };
    exemptions::edit(&app, &signed.person.actor, &id, IfMatch::default(), change).await?;
    Ok(Redirect::to("/exemptions"))
}

fn standing(one: &ExemptionView, now: Timestamp) -> Standing {
    match one.until {
        until if until <= now => Standing::Over,
        until if until <= now + SOON => Standing::Ending,
        _ => Standing::InForce,
    }
}

fn page(frame: &Frame, mut all: Vec<ExemptionView>, orgs: &[OrgView], rules: &[String]) -> Markup {
    let (lang, now) = (frame.lang, frame.now);
    let over = |one: &ExemptionView| standing(one, now) == Standing::Over;
    // the next end first; of those that are over the last one
    all.sort_by_key(|one| {
        (standing(one, now), if over(one) { -one.until.millis() } else { one.until.millis() })
    });
    let main = html! {
        div.head { h1 { (lang.say("exemptions")) } }
        p.lead { (lang.say("exemptions-lead")) }
        @if all.is_empty() {
            (empty(&lang.say("no-exemption"), &html! { code { "muster exempt add" } }))
        } @else {
            div.scrolls tabindex="0" role="region" aria-label=(lang.say("exemptions")) {
                table {
                    thead {
                        tr {
                            th { (lang.say("state")) }
                            th { (lang.say("rule")) }
                            th { (lang.say("exemption-for")) }
                            th { (lang.say("reason")) }
                            th { (lang.say("who")) }
                            th.right { (lang.say("until")) }
                            th { (lang.say("exemption-end")) }
                        }
                    }
                    tbody { @for one in all.iter().take(MOST_SHOWN) { (row(frame, one, orgs)) } }
                }
            }
        }
        section { h2 { (lang.say("exemption-new")) } (form(frame, orgs, rules)) }
    };
    frame.page(Place::Policies, &lang.say("exemptions"), &main)
}

fn row(frame: &Frame, one: &ExemptionView, orgs: &[OrgView]) -> Markup {
    let (lang, state) = (frame.lang, standing(one, frame.now));
    let word = match state {
        Standing::Ending => "ending",
        Standing::InForce => "in-force",
        Standing::Over => "over",
    };
    html! {
        tr {
            td { (lang.word("exemption-standing", word)) }
            td { code { (one.rule) } }
            td {
                @if let Some(device) = one.device { a href={ "/devices/" (device) } { (lang.say("device")) " " code { (device.to_string().chars().take(8).collect::<String>()) } } }
                @if let Some(org) = &one.org { (orgs.iter().find(|known| known.id == *org).map_or(org.as_str(), |known| known.title.as_str())) }
            }
            td { (one.reason) }
            td { (one.actor) }
            td.right { (frame.when().deadline(one.until)) }
            td { @if state != Standing::Over {
                form method="post" action={ "/exemptions/" (one.id) "/end" } {
                    (frame.csrf_field())
                    button.quiet type="submit" aria-label={ (lang.say("exemption-end-now")) ": " (one.rule) } { (lang.say("exemption-end-now")) }
                }
            } }
        }
    }
}

fn form(frame: &Frame, orgs: &[OrgView], rules: &[String]) -> Markup {
    let lang = frame.lang;
    html! {
        form.stack method="post" action="/exemptions" {
            (frame.csrf_field())
            label { (lang.say("rule")) select name="rule" required { @for rule in rules { option value=(rule) { (rule) } } } }
            label { (lang.say("organisation")) select name="org" {
                option value="" { "–" }
                @for org in orgs { option value=(org.id) { (org.title) } }
            } }
            label { (lang.say("exemption-or-device")) input name="device" maxlength="40" autocomplete="off"; }
            label { (lang.say("exemption-days")) input type="number" name="days" min="1" max="36500" value="30" required; }
            label { (lang.say("reason")) input name="reason" maxlength="256" required autocomplete="off"; }
            button.primary type="submit" { (lang.say("exemption-add")) }
        }
    }
}
