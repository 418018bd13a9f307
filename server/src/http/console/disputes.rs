//! `/disputes`: what the people who carry phones say is wrong, those that wait first; and answering.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::disputes::{self, DisputeView, Disputes, NewAnswer, Standing, Which};
use crate::http::admin::{Id, Query};
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::rule;
use crate::http::console::visit::{Fields, Page, Person, Signed, version};
use crate::http::fault::Fault;
use serde::Deserialize;

/// Disputes on a page.
const PAGE: u32 = 50;
/// Disputes of one device that its page shows.
pub const OF_DEVICE: u32 = 20;
/// What is said in so many characters and lines stands whole in lists.
const SHORT: usize = 300;
const FEW_LINES: usize = 6;
/// Characters that a longer text shows while it is folded.
const BEGINNING: usize = 160;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: Option<String>,
    after: Option<u64>,
}

impl Asked {
    /// Those that wait, unless others are asked for.
    fn standing(&self) -> Option<Standing> {
        match self.state.as_deref() {
            None => Some(Standing::Open),
            Some(word) => word.parse().ok(),
        }
    }
}

/// Shows them.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let which = Which { state: asked.standing(), ..Which::default() };
    let found = disputes::list(&app, &person.actor, which, asked.after, PAGE).await?;
    Ok(Page(page(&person.frame, &asked, &found)))
}

/// Answers one.
pub async fn answer(
    State(app): State<Arc<App>>,
    Id(id): Id<u64>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let answer = signed.form.one("answer").unwrap_or_default().to_owned();
    let new = NewAnswer { answer, close: signed.form.one("close").is_some() };
    let done = disputes::answer(&app, &signed.person.actor, id, version(&signed.form), new).await?;
    Ok(Redirect::to(&format!("/devices/{}#disputes", done.device)))
}

fn page(frame: &Frame, asked: &Asked, found: &Disputes) -> Markup {
    let lang = frame.lang;
    let chosen = asked.standing();
    let main = html! {
        div.head { h1 { (lang.say("disputes")) } }
        p.lead { (lang.say("disputes-lead")) }
        nav.filters aria-label=(lang.say("dispute-state")) {
            @for one in Standing::ALL {
                a href={ "/disputes?state=" (one.word()) } aria-current=[(chosen == Some(one)).then_some("page")] { (lang.word("dispute-state", one.word())) }
            }
            a href="/disputes?state=all" aria-current=[chosen.is_none().then_some("page")] { (lang.say("dispute-all")) }
        }
        @if found.disputes.is_empty() {
            (empty(&lang.say("no-dispute"), &html! { code { "muster dispute list" } }))
        } @else {
            ul.disputes { @for one in &found.disputes { li { (said(frame, one, true)) } } }
        }
        @if let Some(next) = &found.next {
            @let state = asked.state.as_deref().unwrap_or("open");
            p.pager { a href={ "/disputes?state=" (state) "&after=" (next) } { (lang.say("next-page")) } }
        }
    };
    frame.page(Place::Disputes, &lang.say("disputes"), &main)
}

/// What is said of one device.
#[must_use]
pub fn of_device(frame: &Frame, all: &[DisputeView]) -> Markup {
    html! {
        @if !all.is_empty() {
            section #disputes {
                h2 { (frame.lang.say("disputes")) }
                ul.disputes { @for one in all { li { (said(frame, one, false)) } } }
            }
        }
    }
}

fn said(frame: &Frame, one: &DisputeView, named: bool) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        p {
            b { (lang.word("dispute-state", one.state.word())) } ", " (when.ago(one.opened)) ", "
            a href=(rule::address(&one.rule)) { (one.rule) } " (" (lang.word("state", one.finding.word())) ")"
            @if named {
                ", " a href={ "/devices/" (one.device) } { (one.asset_tag.clone().unwrap_or_else(|| short(one))) } ", " (one.org)
            }
        }
        @match folded(&one.text).filter(|_| named) {
            Some(start) => details.long { summary { (start) "…" } p.said { (one.text) } },
            None => p.said { (one.text) },
        }
        @if let Some(answer) = &one.answer {
            @match folded(answer).filter(|_| named) {
                Some(start) => details.long { summary { (start) "…" } p.said.answered { (answer) } },
                None => p.said.answered { (answer) },
            }
            p.soft {
                @if let Some(by) = &one.answered_by { (by) }
                @if let Some(at) = one.answered { ", " (when.ago(at)) }
            }
        }
        @if one.state != Standing::Closed && frame.may_in(Right::Answer, &one.org) { (form(frame, one)) }
    }
}

/// The beginning of a text that is folded in lists, up to a word's end; none of one that is short.
fn folded(text: &str) -> Option<String> {
    let lines = text.lines().count();
    if text.chars().count() <= SHORT && lines <= FEW_LINES {
        return None;
    }
    let start: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(BEGINNING).collect();
    Some(start.rsplit_once(' ').map_or(start.clone(), |(whole, _)| whole.to_owned()))
}

fn short(one: &DisputeView) -> String {
    one.device.to_string().chars().take(8).collect()
}

fn form(frame: &Frame, one: &DisputeView) -> Markup {
    let lang = frame.lang;
    let version = crate::version::version_of(&serde_json::to_vec(one).unwrap_or_default());
    html! {
        form.stack method="post" action={ "/disputes/" (one.id) "/answer" } {
            (frame.csrf_field())
            input type="hidden" name="version" value=(version);
            label {
                (lang.say("dispute-answer"))
                textarea name="answer" required maxlength="1000" rows="3" {}
                span.hint { (lang.say("dispute-answer-hint")) }
            }
            div.line {
                button.primary type="submit" { (lang.say("dispute-send")) }
                label.check { input type="checkbox" name="close" value="1"; " " (lang.say("dispute-close")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};

    use super::folded;
    use crate::auth::Actor;
    use crate::disputes;
    use crate::http::testing::world;

    #[test]
    fn what_is_long_is_folded_at_a_words_end() {
        assert_eq!((folded("short"), folded(&"a".repeat(300))), (None, None));
        let long = "word ".repeat(70);
        let start = folded(&long).unwrap();
        assert!(start.len() <= 160 && start.ends_with("word"), "{start}");
        assert_eq!(folded(&"ж".repeat(301)).unwrap().chars().count(), 160, "one word");
        assert_eq!(folded(&"a\n".repeat(7)).as_deref(), Some("a a a a a a"), "many lines");
    }

    #[tokio::test]
    async fn a_long_dispute_is_folded_in_the_list_and_whole_on_the_devices_page() {
        let world = world().await;
        let policy = "policy: p\ntitle: { en: P, ru: П }\nrules:\n  - { id: a, kind: messengers, deny: [telegram] }\nassign:\n  - org: minfin\n";
        crate::policies::apply(&world.app, &Actor::system("test"), policy.to_owned(), false).await.unwrap();
        let mut phone = world.phone("R570E", "MF-1").await;
        phone.report(&world, Vec::new(), None).await;
        let text = "word ".repeat(150);
        let new = disputes::NewDispute { rule: "a".to_owned(), text: text.clone() };
        disputes::open(&world.app, &Actor::carrier(phone.id), phone.id, new).await.unwrap();
        let cookie = world.sign_in("Anna").await;
        let page = async |path: &str| {
            let page = world.visit(Method::GET, path, &cookie, "").await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            page.text
        };
        let list = page("/disputes").await;
        assert!(
            list.contains("<details class=\"long\"><summary>word word") && list.contains(text.trim()),
            "{list}"
        );
        let device = page(&format!("/devices/{}", phone.id)).await;
        assert!(!device.contains("class=\"long\"") && device.contains(text.trim()), "{device}");
    }
}
