//! `/audit`: who did what, when. Each entry holds the digest of the one before, so that none can be taken out unseen.

use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::audit;
use crate::audit::Order;
use crate::http::admin::Query;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::visit::{Page, Person};
use crate::http::fault::Fault;
use maud::{Markup, html};
use muster_proto::audit::Entry;

/// Where a page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: Option<u64>,
}

/// Entries on a page.
const ON_A_PAGE: u32 = 100;

/// Shows the newest entries, or those before one.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let asked = audit::Asked {
        before: asked.before,
        order: Order::Newest,
        limit: Some(ON_A_PAGE),
        ..Default::default()
    };
    let found = audit::list(&app, asked).await?;
    Ok(Page(page(&person.frame, &found.entries, found.next)))
}

/// The page: newest first. `older` is the number from which the next page goes on.
#[must_use]
pub fn page(frame: &Frame, entries: &[Entry], older: Option<u64>) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("audit")) } }
        p.lead { (lang.say("audit-lead")) }
        @if entries.is_empty() {
            (empty(&lang.say("no-audit"), &html! { a href="/audit" { (lang.say("first-page")) } }))
        } @else {
            table.audit {
                thead {
                    tr {
                        th.right { (lang.say("number")) }
                        th { (lang.say("time")) }
                        th { (lang.say("who")) }
                        th { (lang.say("what")) }
                        th { (lang.say("on-what")) }
                        th { (lang.say("details")) }
                        th { (lang.say("digest")) }
                    }
                }
                tbody {
                    @for entry in entries { (row(frame, entry)) }
                }
            }
            @if let Some(older) = older {
                nav.pager { a rel="next" href={ "/audit?before=" (older) } { (lang.say("older")) } }
            }
        }
    };
    frame.page(Place::Audit, &lang.say("audit"), &main)
}

fn row(frame: &Frame, entry: &Entry) -> Markup {
    let hash = entry.hash.to_string();
    html! {
        tr {
            td.right { (entry.seq) }
            td.nowrap { (frame.when().stamp(entry.at)) }
            td.who { (named(&entry.actor)) }
            td.nowrap title=(entry.action) { (frame.lang.word("audit", &entry.action.replace('.', "-"))) }
            td.subject { (named(&entry.subject)) }
            td.detail { (entry.detail) }
            td { code title=(hash) { (hash.get(..8).unwrap_or(&hash)) } }
        }
    }
}

/// `device:ID` is a link to its page; of others the name is enough, for the column says what was done to it.
fn named(who: &str) -> Markup {
    let (kind, name) = who.split_once(':').unwrap_or(("", who));
    html! {
        @if kind == "device" {
            a href={ "/devices/" (name) } title=(name) { code { (name.get(..8).unwrap_or(name)) } }
        } @else {
            span title=(who) { (name) }
        }
    }
}
