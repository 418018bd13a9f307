//! `/exemptions`: the written exceptions, those that end soon first; adding one, and ending one.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use muster_proto::id::DeviceId;
use muster_proto::problem::Problem;
use muster_proto::time::{Span, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::devices;
use crate::error::ActionError;
use crate::exemptions::{self, ExemptionChange, ExemptionView, NewExemption};
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::trouble;
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::orgs::{self, OrgView};
use crate::point::Point;
use crate::problems::Code;
use crate::version::IfMatch;

/// What the form says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    rule: String,
    org: String,
    device: String,
    until: String,
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

/// Where exemptions hold.
struct Places<'a> {
    orgs: &'a [OrgView],
    /// The organisations of the devices that have one.
    of_devices: &'a HashMap<DeviceId, String>,
}

impl Places<'_> {
    /// The organisation that it is for, or that its device belongs to.
    fn of<'a>(&'a self, one: &'a ExemptionView) -> Option<&'a String> {
        one.org.as_ref().or_else(|| self.of_devices.get(&one.device?))
    }
}

/// What ends within this is shown first.
const SOON: Span = Span::from_hours(30 * 24);
/// Those that are over are shown as far as anybody looks back.
const MOST_SHOWN: usize = 500;

/// Shows them.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    let until = person.frame.when().date(person.frame.now + SOON);
    shown(&app, &person, &Asked { until, ..Asked::default() }, None).await
}

/// The page, with what was typed and what is wrong with it.
async fn shown(app: &App, person: &Person, asked: &Asked, wrong: Option<&Problem>) -> Result<Page, Fault> {
    let (all, orgs) = (exemptions::list(app, &person.actor).await?, orgs::list(app, &person.actor).await?);
    let of_devices = exemptions::orgs_of_devices(app).await?;
    let rules = app.rules.now().rule_ids(&person.actor.within(Right::Read));
    let places = Places { orgs: &orgs, of_devices: &of_devices };
    Ok(Page(page(&person.frame, all, &places, &rules, (asked, wrong))))
}

/// Writes one. What can't be taken comes back as it was typed.
pub async fn add(State(app): State<Arc<App>>, signed: Signed<Asked>) -> Result<Response, Fault> {
    let Signed { person, form: asked } = signed;
    match written(&app, &person, &asked).await {
        Ok(()) => Ok(Redirect::to("/exemptions").into_response()),
        Err(error) => {
            let problem = error.problem();
            if problem.status >= 500 {
                return Err(error.into());
            }
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            Ok((status, shown(&app, &person, &asked, Some(&problem)).await?).into_response())
        }
    }
}

async fn written(app: &App, person: &Person, asked: &Asked) -> Result<(), ActionError> {
    let malformed = |detail: &str| ActionError::invalid(Code::ExemptionMalformed, detail);
    let until = asked.until.trim().parse().map(Point::Day).map_err(|_| malformed("until: not a day"))?;
    let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let device = match named(&asked.device) {
        Some(name) => Some(devices::find(app, &person.actor, &name).await?.id),
        None => None,
    };
    let (rule, reason) = (asked.rule.clone(), asked.reason.clone());
    let new = NewExemption { rule, device, org: named(&asked.org), until, reason };
    exemptions::add(app, &person.actor, new).await.map(drop)
}

/// Ends one now.
pub async fn end(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Pressed>,
) -> Result<Redirect, Fault> {
    let change = ExemptionChange { until: Some(app.now().into()), reason: None };
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

fn page(
    frame: &Frame,
    mut all: Vec<ExemptionView>,
    places: &Places,
    rules: &[String],
    asked: (&Asked, Option<&Problem>),
) -> Markup {
    let (lang, now) = (frame.lang, frame.now);
    let may = frame.may(Right::Policies);
    let over = |one: &ExemptionView| standing(one, now) == Standing::Over;
    // the next end first; of those that are over the last one
    all.sort_by_key(|one| {
        (standing(one, now), if over(one) { -one.until.millis() } else { one.until.millis() })
    });
    let main = html! {
        div.head { h1 { (lang.say("exemptions")) } }
        p.lead { (lang.say("exemptions-lead")) }
        @if all.is_empty() {
            (empty(&lang.say("no-exemption"), &html! { @if may { code { "muster exempt --rule RULE --org ID --until T --reason TEXT" } } }))
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
                            @if may { th { (lang.say("exemption-end")) } }
                        }
                    }
                    tbody { @for one in all.iter().take(MOST_SHOWN) { (row(frame, one, places)) } }
                }
            }
        }
        @if may { section { h2 { (lang.say("exemption-new")) } (form(frame, places.orgs, rules, asked)) } }
    };
    frame.page(Place::Policies, &lang.say("exemptions"), &main)
}

fn row(frame: &Frame, one: &ExemptionView, places: &Places) -> Markup {
    let (lang, state) = (frame.lang, standing(one, frame.now));
    let place = places.of(one);
    let org = place.and_then(|id| places.orgs.iter().find(|known| known.id == *id));
    let when = org.map_or_else(|| frame.when(), |org| frame.when().in_zone(&org.time_zone));
    let may_end = place.is_none_or(|org| frame.may_in(Right::Policies, org));
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
                @if let Some(id) = &one.org { (org.map_or(id.as_str(), |known| known.title.as_str())) }
            }
            td { (one.reason) }
            td { (one.actor) }
            td.right { (when.deadline(one.until)) }
            @if frame.may(Right::Policies) { td { @if state != Standing::Over && may_end {
                form method="post" action={ "/exemptions/" (one.id) "/end" } {
                    (frame.csrf_field())
                    button.quiet type="submit" aria-label={ (lang.say("exemption-end-now")) ": " (one.rule) } { (lang.say("exemption-end-now")) }
                }
            } } }
        }
    }
}

fn form(
    frame: &Frame,
    orgs: &[OrgView],
    rules: &[String],
    (asked, wrong): (&Asked, Option<&Problem>),
) -> Markup {
    let lang = frame.lang;
    html! {
        @if let Some(problem) = wrong { div.flaw #flaw role="alert" { (trouble::said(lang, problem)) } }
        form.stack method="post" action="/exemptions" aria-describedby=[wrong.map(|_| "flaw")] {
            (frame.csrf_field())
            label { (lang.say("rule")) select name="rule" required {
                @for rule in rules { option value=(rule) selected[*rule == asked.rule] { (rule) } }
            } }
            label { (lang.say("organisation")) select name="org" {
                option value="" { "–" }
                (whose::options(frame, Right::Policies, orgs, Some(&asked.org)))
            } }
            label { (lang.say("exemption-or-device")) input name="device" maxlength="200" value=(asked.device); }
            label { (lang.say("exemption-until")) input type="date" name="until" value=(asked.until) required; }
            label { (lang.say("reason")) input name="reason" maxlength="256" value=(asked.reason) required; }
            button.primary type="submit" { (lang.say("exemption-add")) }
        }
    }
}

#[cfg(test)]
mod tests;
