//! `/scans/{id}`: did they all answer? The figures move while one looks at them.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use muster_proto::id::OrderId;
use muster_proto::verdict::State as Verdict;
use serde::Deserialize;
use std::sync::Arc;

use super::table::{self, Part};
use super::{bar, gone_since, of, to};
use crate::app::App;
use crate::auth::Right;
use crate::http::admin::{Id, Query};
use crate::http::console::device::seconds;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::marks::{self, figure};
use crate::http::console::rule;
use crate::http::console::visit::{Fields, Page, Person, Signed};
use crate::http::fault::Fault;
use crate::i18n::words;
use crate::orders::{self, Again, Answer, Progress, ScanView, Turned};
use crate::orgs;

/// Which part of the list below the figures.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: Option<String>,
    rule: Option<String>,
    from: Option<String>,
    to: Option<String>,
    after: Option<String>,
    /// So many were confirmed before it was made, and were found no more.
    gone: u64,
}

/// Devices on a page.
const ON_A_PAGE: u32 = 100;

/// Shows a scan.
pub async fn show(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<OrderId>,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let gone = asked.gone;
    let (part, after) = asked.part()?;
    let place = after.as_deref().map(str::parse).transpose();
    let place = place.map_err(|error| Fault::malformed(format!("after: {error}")))?;
    let scan = orders::show_scan(&app, id).await?;
    let (answers, next) = orders::answers(&app, &person.actor, part.which(id), place, ON_A_PAGE).await?;
    let list =
        List { part, answers, next, later: after.is_some(), orgs: orgs::list(&app, &person.actor).await? };
    Ok(Page(page(&person.frame, (&scan, gone), &list)))
}

/// Calls it back.
pub async fn cancel(
    State(app): State<Arc<App>>,
    Id(id): Id<OrderId>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    orders::cancel_scan(&app, &signed.person.actor, id).await?;
    Ok(to(id))
}

/// Asks those once more who did not answer.
pub async fn repeat(
    State(app): State<Arc<App>>,
    Id(id): Id<OrderId>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let again = Again { reason: signed.form.one("reason").map(str::to_owned), ..Again::default() };
    let made = orders::repeat_scan(&app, &signed.person.actor, id, again).await?;
    Ok(to(made.scan.scan))
}

impl Asked {
    /// Which devices, and from which place on.
    pub fn part(self) -> Result<(Part, Option<String>), Fault> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let verdict = |name: &str, text: Option<String>| {
            let state = given(text).map(|word| word.parse::<Verdict>()).transpose();
            state.map_err(|error| Fault::malformed(format!("{name}: {error}")))
        };
        let after = given(self.after);
        if let Some(rule) = given(self.rule) {
            return Ok((Part::Turned(rule, verdict("from", self.from)?, verdict("to", self.to)?), after));
        }
        Ok((Part::states(given(self.state).as_deref())?, after))
    }
}

/// What stands below the figures.
struct List {
    part: Part,
    answers: Vec<Answer>,
    next: Option<String>,
    later: bool,
    orgs: Vec<orgs::OrgView>,
}

fn page(frame: &Frame, (scan, gone): (&ScanView, u64), list: &List) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    let main = html! {
        div.device-head data-events="/api/v1/events" data-pace="1000" {
            p.crumbs { a href="/scans" { (lang.say("scans")) } }
            h1 { (scan.reason) }
            p.sub {
                span { (lang.word("order-kind", scan.kind.word())) ", " (scan.requested_by) ", " (when.ago(scan.created)) }
                span { (lang.say("expires")) " " (when.deadline(scan.expires)) }
                span { (of(frame, scan)) }
                @if let Some(schedule) = &scan.schedule { a href={ "/schedules/" (schedule) } { (lang.say("of-a-schedule")) } }
                code title=(lang.say("scan-id")) { (scan.scan) }
            }
        }
        (gone_since(frame, gone))
        section.summary #progress data-live { (progress(frame, scan)) }
        noscript { p.hint { a href=(list.part.address(scan.scan, None)) { (lang.say("reload")) } } }
        (compared(frame, scan))
        (turned(frame, scan))
        (below(frame, scan, list))
    };
    frame.page(Place::Scans, &scan.reason, &main)
}

fn progress(frame: &Frame, scan: &ScanView) -> Markup {
    let lang = frame.lang;
    html! {
        (bar(&scan.progress))
        ul.counts.funnel {
            @for (word, n) in counts(&scan.progress) {
                @if n > 0 || matches!(word, "queued" | "delivered" | "running" | "reported") {
                    li { (counted(frame, scan, word, n)) }
                }
            }
            li.all { b { (figure(scan.devices)) } " " (lang.with("devices-word", [("n", crate::i18n::number(scan.devices))])) }
        }
        @if let (Some(p50), Some(p95)) = (scan.progress.p50_ms, scan.progress.p95_ms) {
            p.took { (lang.with("scan-took", [("half", words(&seconds(frame, p50))), ("most", words(&seconds(frame, p95)))])) }
        }
        @if let Some(at) = scan.cancelled { p.hint { (lang.word("order-state", "cancelled")) " " (frame.when().ago(at)) } }
        @if !frame.may(Right::Scan) {} @else if scan.done { (again(frame, scan)) } @else if scan.cancelled.is_none() {
            form.line method="post" action={ "/scans/" (scan.scan) "/cancel" } {
                (frame.csrf_field())
                button type="submit" { (lang.say("cancel-scan")) }
            }
        }
    }
}

/// One figure. Those whose turn has not come, or never came, have no order: there is no list of them.
fn counted(frame: &Frame, scan: &ScanView, word: &str, n: u64) -> Markup {
    let name = frame.lang.word("order-state", word);
    html! {
        @match Part::states(Some(word)) {
            Ok(part) if n > 0 => a href=(part.address(scan.scan, None)) data-count=(n) { b { (figure(n)) } " " (name) },
            _ => span.soft { b { (figure(n)) } " " (name) },
        }
    }
}

fn counts(progress: &Progress) -> [(&'static str, u64); 9] {
    [
        ("waiting", progress.waiting),
        ("queued", progress.queued),
        ("delivered", progress.delivered),
        ("running", progress.running),
        ("reported", progress.reported),
        ("failed", progress.failed),
        ("expired", progress.expired),
        ("cancelled", progress.cancelled),
        ("skipped", progress.skipped),
    ]
}

fn again(frame: &Frame, scan: &ScanView) -> Markup {
    let missed = scan.progress.failed + scan.progress.expired + scan.progress.cancelled;
    html! {
        @if missed > 0 {
            form.line.again method="post" action={ "/scans/" (scan.scan) "/repeat" } {
                (frame.csrf_field())
                input name="reason" maxlength="256" value=(scan.reason) aria-label=(frame.lang.say("reason"));
                button type="submit" { (frame.lang.with("ask-again", [("n", crate::i18n::number(missed))])) }
            }
        }
    }
}

/// What is otherwise than in the schedule's run before.
fn compared(frame: &Frame, scan: &ScanView) -> Markup {
    let lang = frame.lang;
    html! {
        section #compared data-live {
            @if let Some(compared) = &scan.compared {
                h2 { a href={ "/scans/" (compared.scan) } { (lang.say("beside-the-run-before")) } }
                dl.facts {
                    @for (what, n) in [
                        (lang.say("devices-joined"), compared.joined), (lang.say("devices-left"), compared.left),
                        (lang.say("devices-back"), compared.back), (lang.say("devices-silent"), compared.silent),
                    ] { div { dt { (what) } dd { (figure(n)) } } }
                }
            }
        }
    }
}

/// What the answers changed. It moves, too; and so does the list below, but not under the pointer.
fn turned(frame: &Frame, scan: &ScanView) -> Markup {
    let lang = frame.lang;
    html! {
        section #turned data-live {
            h2 { (lang.say("what-answers-changed")) }
            @if scan.turned.is_empty() {
                p.none { (lang.say("answers-changed-nothing")) }
            } @else {
                table.numbers.turned {
                    thead { tr {
                        th { (lang.say("rule")) } th { (lang.say("from")) } th { (lang.say("to")) } th.right { (lang.say("devices")) }
                    } }
                    tbody { @for one in &scan.turned { (turn(frame, scan, one)) } }
                }
            }
        }
    }
}

fn turn(frame: &Frame, scan: &ScanView, one: &Turned) -> Markup {
    let state = |state: Option<Verdict>| html! { @match state { Some(state) => (marks::state(frame.lang, state)), None => "–" } };
    let part = Part::Turned(one.rule.clone(), one.from, one.to);
    html! {
        tr {
            td { a href=(rule::address(&one.rule)) { code { (one.rule) } } }
            td { (state(one.from)) }
            td { (state(one.to)) }
            td.right { a href=(part.address(scan.scan, None)) data-count=(one.devices) { (figure(one.devices)) } }
        }
    }
}

fn below(frame: &Frame, scan: &ScanView, list: &List) -> Markup {
    let lang = frame.lang;
    html! {
        section #devices data-live data-still {
            h2 { @if list.part == Part::Unanswered && !scan.done { (lang.say("not-answered-yet")) } @else { (list.part.title(lang)) } }
            @if list.answers.is_empty() {
                p.none { (lang.say("nobody-stands-so")) }
            } @else {
                (table::of(frame, &list.answers, &list.orgs))
                p.links { a href=(list.part.csv(scan.scan)) download { "CSV" } }
            }
            @if list.later || list.next.is_some() {
                nav.pager {
                    @if list.later { a href=(list.part.address(scan.scan, None)) { (lang.say("first-page")) } }
                    @if let Some(next) = &list.next {
                        a rel="next" href=(list.part.address(scan.scan, Some(next))) { (lang.say("next-page")) }
                    }
                }
            }
        }
    }
}
