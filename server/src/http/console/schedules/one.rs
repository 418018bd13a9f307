//! `/schedules/{id}`: one scan that is repeated, with its runs.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use muster_proto::time::Span;
use std::sync::Arc;

use super::{day, every, fields, last_day, next, often, text, trouble, until, whom};
use crate::app::App;
use crate::auth::Right;
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::scans;
use crate::http::console::sure::CALLED;
use crate::http::console::visit::{Fields, Page, Person, Signed, version};
use crate::http::fault::Fault;
use crate::orders::{self, Scans};
use crate::point::Point;
use crate::schedules::{self, ScheduleChange, ScheduleView};
use crate::version::version_of;

/// Runs on the page.
const RUNS: u32 = 50;

/// Shows one.
pub async fn show(State(app): State<Arc<App>>, person: Person, Id(id): Id<String>) -> Result<Page, Fault> {
    let view = schedules::show_all(&app, &id).await?;
    let runs = orders::list_scans(&app, &person.actor, Some(id), None, RUNS).await?;
    Ok(Page(page(&person.frame, &view, &runs)))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let form = &signed.form;
    let (every, day) = (every(form)?, day(form)?);
    let change = ScheduleChange {
        query: Some(text(form, "q")),
        reason: Some(text(form, "reason")),
        every: Some(every),
        at: Some(text(form, "at")),
        day: day.filter(|_| every.last_day().is_some()),
        until: changed(&signed.person.frame, &schedules::show_all(&app, &id).await?, until(form)?),
        paused: None,
    };
    schedules::edit(&app, &signed.person.actor, &id, version(form), change).await?;
    Ok(to(&id))
}

/// What the form changes about the end. The same day leaves it: an end that was said to the minute stays.
fn changed(frame: &Frame, view: &ScheduleView, said: Option<Point>) -> Option<Option<Point>> {
    let when = frame.when().in_zone(&view.time_zone);
    let stands = view.schedule.until.and_then(|until| last_day(&when, until).parse().ok()).map(Point::Day);
    (said != stands).then_some(said)
}

/// Pauses one, or has it go on.
pub async fn pause(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let paused = Some(signed.form.one("paused") == Some("1"));
    let change = ScheduleChange { paused, ..ScheduleChange::default() };
    schedules::edit(&app, &signed.person.actor, &id, version(&signed.form), change).await?;
    Ok(to(&id))
}

/// Ends one.
pub async fn end(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    schedules::end(&app, &signed.person.actor, &id).await?;
    Ok(to(&id))
}

fn to(id: &str) -> Redirect {
    Redirect::to(&format!("/schedules/{id}"))
}

fn page(frame: &Frame, view: &ScheduleView, runs: &Scans) -> Markup {
    let (lang, one) = (frame.lang, &view.schedule);
    let when = frame.when().in_zone(&view.time_zone);
    let main = html! {
        div.device-head {
            p.crumbs { a href="/scans" { (lang.say("scans")) } " / " a href="/schedules" { (lang.say("schedules")) } }
            h1 { (one.reason) }
            p.sub {
                span { (often(frame, one)) " " (view.time_zone) }
                span { (whom(frame, one)) }
                span { (one.actor) ", " (when.ago(one.created)) }
                @if let Some(until) = one.until { span { (lang.say("until-then")) " " (when.day(until - Span::from_secs(1))) } }
            }
        }
        dl.facts {
            div { dt { (lang.say("next-run")) } dd { (next(frame, &when, view)) } }
            div { dt { (lang.say("last-run")) } dd { @match view.last_run { Some(at) => (when.ago(at)), None => "–" } (trouble(frame, view)) } }
        }
        @if may(frame, view) && view.ended.is_none() { (forms(frame, view)) }
        section {
            h2 { (lang.say("runs")) }
            @if runs.scans.is_empty() { p.none { (lang.say("no-run")) } } @else { (scans::list(frame, &runs.scans)) }
        }
    };
    frame.page(Place::Scans, &one.reason, &main)
}

fn may(frame: &Frame, view: &ScheduleView) -> bool {
    match &view.schedule.org {
        Some(org) => frame.may_in(Right::Scan, org),
        None => frame.may_everywhere(Right::Scan),
    }
}

fn forms(frame: &Frame, view: &ScheduleView) -> Markup {
    let (lang, one) = (frame.lang, &view.schedule);
    let here = format!("/schedules/{}", one.id);
    let version = version_of(&serde_json::to_vec(one).unwrap_or_default());
    html! {
        div.buttons {
            form method="post" action={ (here) "/pause" } {
                (frame.csrf_field())
                input type="hidden" name="paused" value=(if one.paused { "0" } else { "1" });
                button type="submit" { @if one.paused { (lang.say("go-on")) } @else { (lang.say("pause")) } }
            }
            form method="post" action={ (here) "/end" } {
                (frame.csrf_field())
                input type="hidden" name=(CALLED) value=(one.reason);
                button type="submit" { (lang.say("end-schedule")) }
            }
        }
        details {
            summary { (lang.say("change")) }
            form.ask method="post" action=(here) {
                (frame.csrf_field())
                input type="hidden" name="version" value=(version);
                (fields(frame, Some(view)))
                p.buttons { button type="submit" { (lang.say("change")) } }
            }
        }
    }
}
