//! `/board`: who is ready, who is late? One row for each organisation with all below it, now or as of the end of a past day.

use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::board::{self, Board, BoardRow, Deadline, Wanted};
use crate::http::admin::Query;
use crate::http::console::devices::Search;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::standing;
use crate::http::console::visit::{Page, Person};
use crate::http::fault::Fault;
use maud::{Markup, html};
use muster_proto::time::{Day, Span};

/// What an address asks for. An empty value is none: forms send those.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    org: Option<String>,
    day: Option<String>,
    all: Option<String>,
}

/// Levels of the tree that are shown at first.
const LEVELS: u32 = 2;

/// Shows it.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (org, all) = (given(asked.org), given(asked.all).is_some());
    let day: Option<Day> = given(asked.day)
        .map(|day| day.parse())
        .transpose()
        .map_err(|error| Fault::malformed(format!("day: {error}")))?;
    let levels = if all { board::MOST_LEVELS } else { LEVELS };
    let wanted = Wanted { org: org.clone(), day, levels, ahead: 0 };
    let shown = board::show(&app, &person.actor, wanted).await?;
    Ok(Page(page(&person.frame, &shown, org.as_deref(), all)))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, board: &Board, org: Option<&str>, all: bool) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head data-events="/api/v1/events" data-pace="10000" {
            h1 { (lang.say("board")) }
            (filters(frame, board, org, all))
        }
        p.lead { @if board.day.is_some() { (lang.say("board-lead-past")) } @else { (lang.say("board-lead")) } }
        @if board.orgs.is_empty() {
            (empty(&lang.say("no-org"), &html! { code { "muster org add ID --title TEXT" } }))
        } @else {
            (table(frame, board, all))
        }
    };
    frame.page(Place::Board, &lang.say("board"), &main)
}

fn filters(frame: &Frame, board: &Board, org: Option<&str>, all: bool) -> Markup {
    let lang = frame.lang;
    let today = frame.now.to_string();
    html! {
        form.filters method="get" action="/board" {
            @if let Some(org) = org { input type="hidden" name="org" value=(org); }
            @if all { input type="hidden" name="all" value="1"; }
            label { (lang.say("as-of")) " " input type="date" name="day" value=[board.day] max=(today.get(..10).unwrap_or_default()); }
            button type="submit" { (lang.say("show")) }
            @if board.day.is_some() { a href=(address(org, None, all)) { (lang.say("now")) } }
            @if org.is_some() { a href=(address(None, board.day, all)) { (lang.say("all-organisations")) } }
            @if !all { a href=(address(org, board.day, true)) { (lang.say("whole-tree")) } }
        }
    }
}

fn address(org: Option<&str>, day: Option<Day>, all: bool) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let day = day.map(|day| day.to_string());
    for (name, value) in [("org", org), ("day", day.as_deref()), ("all", all.then_some("1"))] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { "/board".to_owned() } else { format!("/board?{query}") }
}

fn table(frame: &Frame, board: &Board, all: bool) -> Markup {
    let lang = frame.lang;
    html! {
        table.board {
            thead {
                tr {
                    th { (lang.say("organisation")) }
                    th.wide-bar { span.hidden { (lang.say("bar")) } }
                    th.right { (lang.say("share-ready")) }
                    @for word in standing::WORST_FIRST { th.right { (standing::name(lang, word)) } }
                    th.right { (lang.say("phones")) }
                    th { (lang.say("next-date")) }
                    th { (lang.say("trend")) }
                }
            }
            tbody { @for row in &board.orgs { (line(frame, board, row, all)) } }
        }
    }
}

fn line(frame: &Frame, board: &Board, row: &BoardRow, all: bool) -> Markup {
    let (lang, figures) = (frame.lang, &row.figures);
    let now = board.day.is_none();
    let id = |part: &str| format!("{part}-{}", row.id);
    html! {
        tr {
            th scope="row" class={ "org depth-" (row.depth.min(6)) } {
                @if row.has_below { a href=(address(Some(&row.id), board.day, all)) { (row.title) } } @else { (row.title) }
            }
            @if row.counted {
                td.wide-bar #(id("bar")) data-live { (standing::bar(figures)) }
                td.right.share #(id("share")) data-live {
                    @match standing::percent(figures) {
                        Some(percent) => { b { (percent) } "\u{a0}%" }
                        None => span.none { (lang.say("no-phones")) },
                    }
                }
                @for word in standing::WORST_FIRST {
                    td.right #(id(word)) data-live {
                        (standing::counted(standing::of(figures, word), now.then(|| standing::list(Some(&row.id), word))))
                    }
                }
                td.right #(id("all")) data-live { (figure(figures.total())) }
            } @else {
                td.none colspan="11" { (lang.say("not-counted-yet")) }
            }
            td.next { @if let Some(next) = row.next.as_ref().filter(|_| now) { (date(frame, next, Some(&row.id))) } }
            td { (standing::trend(lang, &row.trend)) }
        }
    }
}

/// When, what, and how many are late for it, with the way to them: in an organisation and those below it, or everywhere. The figure leads to a
/// list alone that has as many.
pub fn date(frame: &Frame, deadline: &Deadline, org: Option<&str>) -> Markup {
    let lang = frame.lang;
    // the day is one of the organisations' calendar: no time zone moves it
    let over = deadline.day.start() + Span::from_hours(24);
    let what = deadline.title.as_ref().map_or_else(|| lang.say("grace-ends"), |title| lang.of(title).into());
    let late = match deadline.devices {
        0 => String::new(),
        n => format!(": {}", lang.with("phones-late", [("n", crate::i18n::number(n))])),
    };
    html! {
        span.nowrap { (frame.when().deadline(over)) }
        br;
        span.soft {
            @match &deadline.query {
                Some(query) => a href=(list(deadline, query, org)) { (what) (late) },
                None => { a href=(list(deadline, &around(deadline), org)) { (what) } (late) }
            }
        }
    }
}

/// A list of phones that a deadline is about.
fn list(deadline: &Deadline, query: &str, org: Option<&str>) -> String {
    let sort = deadline.rule.is_none().then(|| "due".to_owned());
    Search { q: Some(query.to_owned()), org: org.map(str::to_owned), sort, ..Search::default() }.address()
}

/// Where no query finds those that are counted: those that do not keep the rule, or whose grace ends around that day. A day of an organisation
/// begins and ends at other hours than one in UTC, in which queries count.
fn around(deadline: &Deadline) -> String {
    let day = |shift: i64| {
        let day = i64::from(deadline.day.days()) + shift;
        u32::try_from(day).ok().and_then(Day::from_days).unwrap_or(deadline.day)
    };
    match &deadline.rule {
        Some(rule) => format!("rule:{rule}"),
        None => format!("verdict:grace due>={} due<={}", day(-1), day(1)),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use muster_proto::time::Timestamp;

    use super::*;
    use crate::auth::Actor;
    use crate::http::testing::world;

    #[tokio::test]
    async fn a_deadline_leads_to_the_phones_that_it_is_about() {
        let world = world().await;
        let policy = "policy: p\ntitle: { en: P, ru: П }\nrules:\n  - { id: makers, kind: vendor, deny: [apple], due: 2026-04-05 }\nassign:\n  - org: minfin\n";
        crate::policies::apply(&world.app, &Actor::system("test"), policy.to_owned(), false).await.unwrap();
        world.phone("R570E", "MF-1").await;
        let cookie = world.sign_in("Anna").await;
        for (page, list) in
            [("/", "/devices?q=rule%3Amakers"), ("/board", "/devices?org=minfin&amp;q=rule%3Amakers")]
        {
            let shown = world.visit(Method::GET, page, &cookie, "").await.text;
            assert!(shown.contains(&format!("href=\"{list}\"")), "{page}: {shown}");
        }
    }

    #[test]
    fn graces_of_several_time_zones_are_looked_for_around_their_day() {
        let at = Timestamp::from_secs(1_774_688_400);
        let day = "2026-03-01".parse().unwrap();
        let deadline = Deadline { day, at, rule: None, title: None, devices: 2, query: None };
        let wanted = "/devices?org=minfin&q=verdict%3Agrace+due%3E%3D2026-02-28+due%3C%3D2026-03-02&sort=due";
        assert_eq!(list(&deadline, &around(&deadline), Some("minfin")), wanted);
        let last = Deadline { day: Day::from_days(0).unwrap(), ..deadline };
        assert!(around(&last).contains("due>=1970-01-01"), "no day is before the first");
    }
}
