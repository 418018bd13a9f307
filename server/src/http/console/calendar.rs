//! `/orgs/{id}/calendar`: on which days phones of an organisation are expected to be heard.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::calendar::{self, Calendar, Days, Hours, OrgCalendar, Weekday};
use crate::error::ActionError;
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::settings;
use crate::http::console::sure::CALLED;
use crate::http::console::visit::{Fields, Page, Person, Signed, version};
use crate::http::fault::Fault;
use crate::i18n::words;
use crate::orgs::{self, Org};
use crate::problems::Code;
use crate::version::version_of;

/// Shows it.
pub async fn get(State(app): State<Arc<App>>, person: Person, Id(id): Id<String>) -> Result<Page, Fault> {
    let (org, calendar) = (orgs::show(&app, &id).await?, calendar::show(&app, &id).await?);
    Ok(Page(page(&person.frame, &org, &calendar)))
}

/// Gives the organisation one of its own.
pub async fn post(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let calendar = read(&signed.form)?;
    calendar::set(&app, &signed.person.actor, &id, version(&signed.form), calendar).await?;
    Ok(Redirect::to(&format!("/orgs/{id}/calendar")))
}

/// Takes its own away.
pub async fn remove(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    calendar::clear(&app, &signed.person.actor, &id, version(&signed.form)).await?;
    Ok(Redirect::to(&format!("/orgs/{id}/calendar")))
}

/// What the form says.
fn read(form: &Fields) -> Result<Calendar, ActionError> {
    let wrong = |detail: String| ActionError::invalid(Code::BadCalendar, detail);
    let asked = |day: &Weekday| form.all("week").any(|word| word == day.word());
    let time = |name: &str| {
        let text = form.one(name).unwrap_or_default();
        text.parse().map_err(|()| wrong(format!("hours: {text:?} is not a time of the day such as 09:00")))
    };
    let hours = match (form.one("from"), form.one("until")) {
        (None, None) => None,
        _ => Some(Hours { from: time("from")?, until: time("until")? }),
    };
    let days = |name: &str| {
        let lines = form.one(name).unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
        let read = |line: &str| {
            let why = "a day or two with .. between, as 2027-01-08 or 01-08, and a name";
            line.parse::<Days>().map_err(|()| wrong(format!("{name}: {line:?} is not {why}")))
        };
        lines.map(read).collect::<Result<Vec<_>, _>>()
    };
    Ok(Calendar {
        week: Weekday::ALL.into_iter().filter(asked).collect(),
        hours,
        off: days("off")?,
        working: days("working")?,
        source: form.one("source").map(str::to_owned),
    })
}

fn page(frame: &Frame, org: &Org, shown: &OrgCalendar) -> Markup {
    let lang = frame.lang;
    let may = frame.may_in(Right::Orgs, &org.id);
    let version = version_of(&serde_json::to_vec(shown).unwrap_or_default());
    let begin = shown.own.as_ref().or(shown.inherited.as_ref());
    let main = html! {
        (settings::pages(frame, "/orgs"))
        p.crumbs { a href="/orgs" { (lang.say("organisations")) } " / " (org.title) }
        div.head { h1 { (lang.say("calendar")) } }
        p.lead { (lang.say("calendar-lead")) }
        p {
            @match (&shown.own, &shown.from) {
                (Some(_), _) => (lang.say("calendar-own")),
                (None, Some(from)) => (lang.with("calendar-from", [("org", words(from))])),
                (None, None) => (lang.say("calendar-none")),
            }
        }
        @if may {
            section {
                form.stack method="post" action={ "/orgs/" (org.id) "/calendar" } {
                    (frame.csrf_field())
                    input type="hidden" name="version" value=(version);
                    (fields(frame, begin))
                    p.buttons { button.primary type="submit" { (lang.say("calendar-save")) } }
                }
            }
            @if shown.own.is_some() { section {
                form method="post" action={ "/orgs/" (org.id) "/calendar/remove" } {
                    (frame.csrf_field())
                    input type="hidden" name="version" value=(version);
                    input type="hidden" name=(CALLED) value=(org.title);
                    button.quiet type="submit" { (lang.say("calendar-remove")) }
                }
            } }
        } @else if let Some(calendar) = begin { (facts(frame, calendar)) }
    };
    frame.page(Place::Settings, &lang.say("calendar"), &main)
}

fn fields(frame: &Frame, calendar: Option<&Calendar>) -> Markup {
    let lang = frame.lang;
    // whoever begins most often wants the usual week
    let works = |nth: usize, day: &Weekday| calendar.map_or(nth < 5, |calendar| calendar.week.contains(day));
    let hours = calendar.and_then(|calendar| calendar.hours);
    let lists = [
        ("off", lang.say("calendar-off"), calendar.map(|calendar| calendar.off.as_slice())),
        ("working", lang.say("calendar-working"), calendar.map(|calendar| calendar.working.as_slice())),
    ];
    html! {
        fieldset {
            legend { (lang.say("calendar-week")) }
            @for (nth, day) in Weekday::ALL.iter().enumerate() {
                label { input type="checkbox" name="week" value=(day.word()) checked[works(nth, day)]; " " (lang.word("weekday", &(nth + 1).to_string())) }
            }
        }
        label { (lang.say("calendar-hours-from")) input name="from" maxlength="5" placeholder="09:00" value=[hours.map(|hours| hours.from)]; }
        label { (lang.say("calendar-hours-until")) input name="until" maxlength="5" placeholder="18:00" value=[hours.map(|hours| hours.until)]; }
        @for (name, title, days) in lists {
            label { (title) textarea name=(name) rows="8" spellcheck="false" { (joined(days.unwrap_or_default())) } }
        }
        p.hint { (lang.say("calendar-days-hint")) }
        label { (lang.say("calendar-source")) input name="source" maxlength="500" value=[calendar.and_then(|calendar| calendar.source.as_ref())]; }
    }
}

/// What whoever may not edit it reads.
fn facts(frame: &Frame, calendar: &Calendar) -> Markup {
    let lang = frame.lang;
    let days = Weekday::ALL.iter().enumerate().filter(|(_, day)| calendar.week.contains(day));
    let week: Vec<String> = days.map(|(nth, _)| lang.word("weekday", &(nth + 1).to_string())).collect();
    let hours = calendar.hours.map(|hours| format!("{}–{}", hours.from, hours.until));
    html! {
        dl.facts {
            div { dt { (lang.say("calendar-week")) } dd { (week.join(", ")) @if let Some(hours) = hours { ", " (hours) } } }
            div { dt { (lang.say("calendar-off")) } dd { (listed(&calendar.off)) } }
            div { dt { (lang.say("calendar-working")) } dd { (listed(&calendar.working)) } }
            div { dt { (lang.say("calendar-source")) } dd { (calendar.source.as_deref().unwrap_or("–")) } }
        }
    }
}

fn listed(days: &[Days]) -> Markup {
    html! { @if days.is_empty() { "–" } @else { @for one in days { p { (one) } } } }
}

fn joined(days: &[Days]) -> String {
    days.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use crate::http::testing::world;
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    #[tokio::test]
    async fn a_calendar_is_written_shown_and_taken_away() {
        let world = world().await;
        let cookie = world.sign_in("Anna").await;
        let page = world.visit(Method::GET, "/orgs/minfin/calendar?lang=en", &cookie, "").await;
        assert!(page.text.contains("all time counts"), "{}", page.text);
        let csrf = page.csrf();
        let post = async |path: &str, said: &str| {
            world.visit(Method::POST, path, &cookie, &format!("csrf={csrf}&{said}")).await
        };
        let said = "week=mon&week=tue&from=09:00&until=18:00&off=01-01..01-08+New+Year%0D%0A2027-05-03&working=&source=";
        let done = post("/orgs/minfin/calendar", said).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let calendar = world.get("/orgs/minfin/calendar").await.json();
        assert_eq!(
            calendar["own"]["off"],
            json!([{ "first": "01-01", "last": "01-08", "name": "New Year" }, { "first": "2027-05-03" }])
        );
        let page = world.visit(Method::GET, "/orgs/minfin/calendar?lang=ru", &cookie, "").await.text;
        assert!(page.contains("01-01..01-08 New Year\n2027-05-03</textarea>"), "{page}");
        for wrong in ["week=mon&from=9", "week=mon&off=tomorrow", "off=01-01"] {
            let refused = post("/orgs/minfin/calendar", wrong).await;
            assert!(
                refused.status.is_client_error() && refused.text.contains("bad-calendar"),
                "{wrong}: {}",
                refused.text
            );
        }
        let asked = post("/orgs/minfin/calendar/remove?lang=en", "").await;
        assert!(asked.text.contains("name=\"sure\"") && !asked.text.contains("sure-"), "{}", asked.text);
        assert_eq!(post("/orgs/minfin/calendar/remove", "sure=1").await.status, StatusCode::SEE_OTHER);
        assert_eq!(world.get("/orgs/minfin/calendar").await.json()["own"], json!(null));
    }

    #[tokio::test]
    async fn the_page_of_a_device_says_that_the_clock_stands() {
        let world = world().await;
        let cookie = world.sign_in("Anna").await;
        let phone = world.phone("R570E", "MF-1").await.id;
        let address = format!("/devices/{phone}");
        let show = async || world.visit(Method::GET, &format!("{address}?lang=en"), &cookie, "").await;
        let csrf = show().await.csrf();
        let post = async |path: &str, said: &str| {
            world.visit(Method::POST, path, &cookie, &format!("csrf={csrf}&{said}")).await
        };
        // a Saturday
        post("/orgs/minfin/calendar", "week=mon").await;
        assert!(show().await.text.contains("it is no working time"));
        let away = post(&format!("{address}/away"), "until=2026-04-12&reason=holiday").await;
        assert_eq!(away.status, StatusCode::SEE_OTHER, "{}", away.text);
        let page = show().await.text;
        assert!(page.contains("Away until 13 Apr 2026, 00:00:00 UTC, said by Anna: holiday"), "{page}");
        let back = post(&format!("{address}/away/back"), "").await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
        assert!(!show().await.text.contains("said by Anna"));
        let refused = post(&format!("{address}/away"), "until=soon&reason=x").await;
        assert!(refused.text.contains("away-malformed"), "{}", refused.text);
    }
}
