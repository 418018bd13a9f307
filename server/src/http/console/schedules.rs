//! `/schedules`: scans that are repeated, when each runs next, and what became of its runs.

mod one;

pub use one::{edit, end, pause, show};

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::devices::query::LONGEST;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::visit::{Fields, Page, Person, Signed};
use crate::http::console::when::When;
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::i18n::words;
use crate::orgs::{self, OrgView};
use crate::point::Point;
use crate::schedules::{self, NewSchedule, Rhythm, Schedule, ScheduleView};
use muster_proto::time::{Day, Span, Timestamp};

/// Shows them.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    let list = schedules::list(&app, &person.actor).await?;
    let orgs = orgs::list(&app, &person.actor).await?;
    Ok(Page(page(&person.frame, &list, &orgs)))
}

/// Makes one.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Redirect, Fault> {
    let form = &signed.form;
    let (every, day) = (every(form)?, day(form)?);
    let new = NewSchedule {
        query: text(form, "q"),
        reason: text(form, "reason"),
        org: form.one("org").map(str::to_owned),
        every,
        at: text(form, "at"),
        day: day.filter(|_| every.last_day().is_some()),
        until: until(form)?,
    };
    let made = schedules::add(&app, &signed.person.actor, new).await?;
    Ok(Redirect::to(&format!("/schedules/{}", made.schedule.id)))
}

fn text(form: &Fields, name: &str) -> String {
    form.one(name).unwrap_or_default().to_owned()
}

fn every(form: &Fields) -> Result<Rhythm, Fault> {
    let every = form.one("every").unwrap_or_default().parse();
    every.map_err(|()| Fault::malformed("every: day, weekday, week or month"))
}

fn day(form: &Fields) -> Result<Option<u32>, Fault> {
    let day = form.one("day").map(str::parse).transpose();
    day.map_err(|_| Fault::malformed("day: not a number"))
}

/// The last day.
fn until(form: &Fields) -> Result<Option<Point>, Fault> {
    let day = form.one("until").map(str::parse::<Day>).transpose();
    let day = day.map_err(|_| Fault::malformed("until: not a day"))?;
    Ok(day.map(Point::Day))
}

fn page(frame: &Frame, list: &[ScheduleView], orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let main = html! {
        p.crumbs { a href="/scans" { (lang.say("scans")) } }
        div.head { h1 { (lang.say("schedules")) } }
        p.lead { (lang.say("schedules-lead")) }
        section {
            @if list.is_empty() {
                (empty(&lang.say("no-schedule"), &html! { code { "muster schedule add --query QUERY --reason TEXT --every day --at 08:30" } }))
            } @else {
                table.packages.schedules {
                    thead { tr {
                        th { (lang.say("reason")) } th { (lang.say("whom")) } th { (lang.say("how-often")) }
                        th { (lang.say("next-run")) } th { (lang.say("last-run")) } th { (lang.say("requested-by")) }
                    } }
                    tbody { @for one in list { (row(frame, one)) } }
                }
            }
        }
        @if frame.may(Right::Scan) {
            section {
                h2 { (lang.say("new-schedule")) }
                form.ask method="post" action="/schedules" {
                    (frame.csrf_field())
                    (fields(frame, None))
                    (whose::field(frame, Right::Scan, orgs, None))
                    p.hint { (lang.say("the-person-sees-it")) " " (lang.say("schedule-hint")) }
                    p.buttons { button.primary type="submit" { (lang.say("add")) } }
                }
            }
        }
    };
    frame.page(Place::Scans, &lang.say("schedules"), &main)
}

fn row(frame: &Frame, view: &ScheduleView) -> Markup {
    let one = &view.schedule;
    let when = frame.when().in_zone(&view.time_zone);
    html! {
        tr {
            td { a href={ "/schedules/" (one.id) } { (one.reason) } }
            td { (whom(frame, one)) }
            td { (often(frame, one)) " " span.soft { (view.time_zone) } }
            td { (next(frame, &when, view)) }
            td { @match view.last_run { Some(at) => (when.ago(at)), None => "–" } (trouble(frame, view)) }
            td { (one.actor) }
        }
    }
}

fn whom(frame: &Frame, one: &Schedule) -> Markup {
    html! {
        @if one.query.is_empty() { (frame.lang.say("all-devices")) } @else { code { (one.query) } }
        @if let Some(org) = &one.org { " " code.soft { (org) } }
    }
}

/// "every Monday at 08:30".
fn often(frame: &Frame, one: &Schedule) -> String {
    let (lang, at) = (frame.lang, words(&one.at));
    match (one.every, one.day) {
        (Rhythm::Week, Some(day)) => {
            let day = lang.word("weekday", &day.to_string());
            lang.with("every-week", [("day", words(&day)), ("at", at)])
        }
        (Rhythm::Month, Some(day)) => {
            lang.with("every-month", [("day", words(&day.to_string())), ("at", at)])
        }
        (Rhythm::Weekday, _) => lang.with("every-weekday", [("at", at)]),
        _ => lang.with("every-day", [("at", at)]),
    }
}

fn next(frame: &Frame, when: &When, view: &ScheduleView) -> Markup {
    let lang = frame.lang;
    html! {
        @match (view.next_run, view.why) {
            (Some(at), _) => (when.deadline(at)),
            (None, Some(why)) => (lang.word("schedule-end", why.word())),
            (None, None) => (lang.say("hook-paused")),
        }
    }
}

fn trouble(frame: &Frame, view: &ScheduleView) -> Markup {
    html! { @if let Some(code) = &view.trouble { p.soft { (frame.lang.word("problem", code)) } } }
}

/// The day of the last moment at which it may run: of one that ends at midnight it is the day before.
fn last_day(when: &When, until: Timestamp) -> String {
    when.date(until - Span::from_secs(1))
}

fn fields(frame: &Frame, view: Option<&ScheduleView>) -> Markup {
    let (lang, one) = (frame.lang, view.map(|view| &view.schedule));
    let until = view.and_then(|view| Some((frame.when().in_zone(&view.time_zone), view.schedule.until?)));
    let until = until.map(|(when, until)| last_day(&when, until));
    html! {
        label { (lang.say("reason"))
            input name="reason" required maxlength="256" value=[one.map(|one| &one.reason)] placeholder=(lang.say("reason-hint"));
        }
        label { (lang.say("query")) input name="q" maxlength=(LONGEST) value=[one.map(|one| &one.query)] placeholder="group:vip"; }
        label { (lang.say("how-often"))
            select name="every" {
                @for rhythm in Rhythm::ALL {
                    option value=(rhythm.word()) selected[one.is_some_and(|one| one.every == rhythm)] { (lang.word("rhythm", rhythm.word())) }
                }
            }
        }
        label { (lang.say("at-clock")) input type="time" name="at" required value=(one.map_or("08:30", |one| one.at.as_str())); }
        label { (lang.say("on-which-day")) input type="number" name="day" min="1" max="31" value=[one.and_then(|one| one.day)]; }
        label { (lang.say("last-day")) input type="date" name="until" value=[until]; }
    }
}

#[cfg(test)]
mod tests;
