//! `/`: are we all right, and what needs me today?

use axum::extract::State;
use axum::http::HeaderMap;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::board::{self, Asked, Board, Deadline, Figures, Kind, Series, Step, Wanted};
use crate::catalogue::Watched;
use crate::devices;
use crate::enrolment;
use crate::http::console::assets;
use crate::http::console::board::date;
use crate::http::console::chart;
use crate::http::console::devices::Search;
use crate::http::console::find;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::standing;
use crate::http::console::visit::{Page, Person};
use crate::http::fault::Fault;
use crate::i18n::number;
use maud::{Markup, html};
use muster_proto::time::Span;

/// What the page is made of.
pub struct Overview {
    board: Board,
    new: u64,
    waiting: u64,
    /// Nothing moves in them: a page that only renews its figures goes without.
    charts: Option<Charts>,
    watched: Arc<Watched>,
}

/// What is drawn.
struct Charts {
    verdicts: Series,
    makers: Series,
    apps: Series,
}

/// Days ahead for deadlines.
const AHEAD: u32 = 14;
/// Days back in charts.
const BACK: u32 = 90;
/// What has begun to fail since yesterday.
const NEW: &str = "since<1d";

/// Shows it.
pub async fn get(State(app): State<Arc<App>>, person: Person, headers: HeaderMap) -> Result<Page, Fault> {
    if !person.actor.within(Right::Read).is_somewhere() {
        return Ok(Page(find::page(&person.frame, None)));
    }
    let wanted = Wanted { org: None, day: None, levels: 1, ahead: AHEAD };
    let series = async |kind, step| {
        board::series(&app, &person.actor, Asked { kind, org: None, back: BACK, step }).await
    };
    let new = devices::failing_since(&app, &person.actor, app.now() - Span::from_hours(24)).await?;
    let overview = Overview {
        board: board::show(&app, &person.actor, wanted).await?,
        new,
        waiting: enrolment::pending(&app, &person.actor).await?.len() as u64,
        charts: if headers.get("muster-live").is_some() {
            None
        } else {
            Some(Charts {
                verdicts: folded(series(Kind::Verdict, Step::Day).await?),
                makers: series(Kind::Maker, Step::Day).await?,
                apps: series(Kind::App, Step::Week).await?,
            })
        },
        watched: Arc::clone(&app.catalogue),
    };
    Ok(Page(page(&person.frame, &overview)))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, overview: &Overview) -> Markup {
    let lang = frame.lang;
    let mut whole = Figures::default();
    for row in overview.board.orgs.iter().filter(|row| row.depth == 0) {
        whole += row.figures;
    }
    let main = html! {
        div.head data-events="/api/v1/events" data-pace="10000" { h1 { (lang.say("overview")) } }
        @if whole.total() == 0 {
            (nobody(frame))
        } @else {
            (summary(frame, &whole))
            div.halves {
                div.wide { (organisations(frame, &overview.board)) }
                div.narrow { (today(frame, overview, &whole)) (deadlines(frame, &overview.board.deadlines)) }
            }
            @if let Some(Charts { verdicts, makers, apps }) = &overview.charts {
                section.charts {
                    (chart::stacked(frame, &lang.say("compliance-over-time"), verdicts, |word| lang.word("standing", word)))
                    (chart::stacked(frame, &lang.say("makers-over-time"), makers, |word| maker(frame, word)))
                    (chart::stacked(frame, &lang.say("apps-over-time"), apps, |id| messenger(&overview.watched, id)))
                }
            }
            script src=(assets::CHART.path()) defer {}
            script src=(assets::CHARTS.path()) defer {}
        }
    };
    frame.page(Place::Overview, &lang.say("overview"), &main)
}

/// Those without an agent stand with those who are judged alike.
fn folded(mut series: Series) -> Series {
    let (declared, mut shares): (Vec<_>, Vec<_>) =
        series.shares.into_iter().partition(|share| share.name.starts_with(DECLARED));
    for one in declared {
        let like = shares.iter_mut().find(|share| one.name.strip_prefix(DECLARED) == Some(&share.name));
        for (sum, n) in like.into_iter().flat_map(|like| &mut like.devices).zip(one.devices) {
            *sum = sum.zip(n).map(|(sum, n)| sum + n);
        }
    }
    series.shares = shares;
    series
}

/// How the figures of those begin.
const DECLARED: &str = "declared-";

fn nobody(frame: &Frame) -> Markup {
    let lang = frame.lang;
    empty(
        &lang.say("no-device"),
        &html! { a.button href="/enrolment" { (lang.say("make-enrolment-link")) } " " (lang.say("or-on-the-server")) " " code { "muster enrol-token --org ID" } },
    )
}

fn maker(frame: &Frame, word: &str) -> String {
    match word {
        board::OTHER => frame.lang.say("maker-other"),
        board::UNNAMED => frame.lang.say("maker-unknown"),
        word => word.to_owned(),
    }
}

/// What people call it.
fn messenger(watched: &Watched, id: &str) -> String {
    let known = watched.catalogue.messengers().iter().find(|messenger| messenger.id == id);
    known.map_or_else(|| id.to_owned(), |messenger| messenger.name.clone())
}

fn summary(frame: &Frame, whole: &Figures) -> Markup {
    let lang = frame.lang;
    html! {
        section.summary #summary data-live {
            (standing::bar(whole))
            ul.counts {
                @for word in standing::WORST_FIRST {
                    @let n = standing::of(whole, word);
                    @if n > 0 || !matches!(word, standing::NOT_ENROLLED | standing::NO_AGENT | "exempt") {
                        li {
                            a href=(standing::list(None, word)) data-count=(n) {
                                b { (figure(n)) } " " (standing::name(lang, word))
                            }
                        }
                    }
                }
                li.all {
                    a href="/devices" data-count=(whole.enrolled()) {
                        b { (figure(whole.enrolled())) } " " (lang.with("devices-word", [("n", number(whole.enrolled()))]))
                    }
                }
            }
        }
    }
}

fn organisations(frame: &Frame, board: &Board) -> Markup {
    let lang = frame.lang;
    html! {
        section {
            h2 { a href="/board" { (lang.say("board")) } }
            table.board {
                thead {
                    tr {
                        th { (lang.say("organisation")) }
                        th.wide-bar { span.hidden { (lang.say("bar")) } }
                        th.right { (lang.say("share-ready")) }
                        th.right { (lang.say("phones")) }
                        th { (lang.say("trend")) }
                    }
                }
                tbody {
                    @for row in &board.orgs {
                        tr {
                            th scope="row" class={ "org depth-" (row.depth) } {
                                a href={ "/board?org=" (row.id) } { (row.title) }
                            }
                            td.wide-bar #{ "bar-" (row.id) } data-live { (standing::bar(&row.figures)) }
                            td.right.share #{ "share-" (row.id) } data-live {
                                @if let Some(percent) = standing::percent(&row.figures) { b { (percent) } "\u{a0}%" }
                            }
                            td.right #{ "all-" (row.id) } data-live {
                                (figure(row.figures.total()))
                            }
                            td { (standing::trend(lang, &row.trend)) }
                        }
                    }
                }
            }
        }
    }
}

fn today(frame: &Frame, overview: &Overview, whole: &Figures) -> Markup {
    let lang = frame.lang;
    let new = Search {
        verdict: Some(muster_proto::verdict::State::Failing),
        q: Some(NEW.to_owned()),
        ..Search::default()
    };
    let lines = [
        (lang.say("new-since-yesterday"), overview.new, new.address()),
        (lang.say("silent-phones"), whole.silent, standing::list(None, "silent")),
        (lang.say("phones-that-wait"), overview.waiting, "/enrolment".to_owned()),
    ];
    html! {
        section #today data-live {
            h2 { (lang.say("needs-you")) }
            dl.facts {
                @for (what, n, to) in lines {
                    div { dt { (what) } dd { (standing::counted(n, Some(to))) } }
                }
            }
        }
    }
}

fn deadlines(frame: &Frame, deadlines: &[Deadline]) -> Markup {
    let lang = frame.lang;
    html! {
        section #deadlines data-live {
            h2 { (lang.say("next-fortnight")) }
            @if deadlines.is_empty() {
                p.none { (lang.say("no-deadlines")) }
            } @else {
                ul.deadlines { @for deadline in deadlines { li { (date(frame, deadline, None)) } } }
            }
        }
    }
}
