//! `/audit`: who did what, when, from where, and what changed by it. Each entry holds the digest of the one before, so that none can be taken out
//! unseen.

use axum::extract::State;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::App;
use crate::audit::{self, ACTIONS, Entries, Order};
use crate::http::admin::Query;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::visit::{Page, Person};
use crate::http::fault::Fault;
use maud::{Markup, html};
use muster_proto::audit::{Entry, Image};
use serde_json::Value;

/// What is looked for, and where a page begins. An empty value is none: forms send those.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Asked {
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
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
    let asked = asked.given();
    let search = audit::Asked {
        actor: asked.actor.clone(),
        action: asked.action.clone(),
        subject: asked.subject.clone(),
        before: asked.before,
        order: Order::Newest,
        limit: Some(ON_A_PAGE),
        ..audit::Asked::default()
    };
    let found = audit::list(&app, &person.actor, search).await?;
    Ok(Page(page(&person.frame, &asked, &found)))
}

impl Asked {
    fn given(self) -> Self {
        let given =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self { actor: given(self.actor), action: given(self.action), subject: given(self.subject), ..self }
    }

    fn is_everything(&self) -> bool {
        self.actor.is_none() && self.action.is_none() && self.subject.is_none()
    }

    /// The same, and something else.
    fn address(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let own = [("actor", &self.actor), ("action", &self.action), ("subject", &self.subject)];
        for (name, value) in own {
            if let Some(value) = value.as_deref().filter(|_| more.iter().all(|(other, _)| *other != name)) {
                query.append_pair(name, value);
            }
        }
        query.extend_pairs(more);
        format!("/audit?{}", query.finish())
    }
}

/// The page: newest first.
#[must_use]
pub fn page(frame: &Frame, asked: &Asked, found: &Entries) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("audit")) } (filters(frame, asked)) }
        p.lead { (lang.say("audit-lead")) }
        @if found.entries.is_empty() {
            (empty(&lang.say("no-audit"), &html! { a href="/audit" { (lang.say("first-page")) } }))
        } @else {
            table.audit {
                thead {
                    tr {
                        th.right { (lang.say("number")) }
                        th { (lang.say("time")) }
                        th { (lang.say("who")) }
                        th { (lang.say("from-where")) }
                        th { (lang.say("what")) }
                        th { (lang.say("on-what")) }
                        th { (lang.say("details")) }
                        th { (lang.say("digest")) }
                    }
                }
                tbody {
                    @for entry in &found.entries { (row(frame, asked, entry)) }
                }
            }
            @if let Some(older) = found.next {
                nav.pager { a rel="next" href=(asked.address(&[("before", &older.to_string())])) { (lang.say("older")) } }
            }
        }
    };
    frame.page(Place::Audit, &lang.say("audit"), &main)
}

fn filters(frame: &Frame, asked: &Asked) -> Markup {
    let lang = frame.lang;
    let text = |name: &str, label: String, value: Option<&str>| {
        html! {
            input type="search" name=(name) value=[value] maxlength="200" placeholder=(label) aria-label=(label);
        }
    };
    html! {
        form.filters method="get" action="/audit" role="search" {
            (text("actor", lang.say("who"), asked.actor.as_deref()))
            select name="action" aria-label=(lang.say("what")) {
                option value="" { (lang.say("every-action")) }
                @for action in ACTIONS {
                    option value=(action) selected[asked.action.as_deref() == Some(action)] { (word(frame, action)) }
                }
            }
            (text("subject", lang.say("on-what-exactly"), asked.subject.as_deref()))
            button type="submit" { (lang.say("show")) }
            @if !asked.is_everything() { a href="/audit" { (lang.say("show-all")) } }
        }
    }
}

fn row(frame: &Frame, asked: &Asked, entry: &Entry) -> Markup {
    let hash = entry.hash.to_string();
    html! {
        tr {
            td.right { (entry.seq) }
            td.nowrap { (frame.when().stamp(entry.at)) }
            td.who { (named(asked, "actor", &entry.actor)) }
            td.nowrap { @if let Some(address) = &entry.address { code { (address) } } }
            td.nowrap title=(entry.action) { (word(frame, &entry.action)) }
            td.subject { (named(asked, "subject", &entry.subject)) }
            td.detail { (entry.detail) (changes(entry.before.as_ref(), entry.after.as_ref())) }
            td { code title=(hash) { (hash.get(..8).unwrap_or(&hash)) } }
        }
    }
}

fn word(frame: &Frame, action: &str) -> String {
    frame.lang.word("audit", &action.replace('.', "-"))
}

/// What was, and what is since; a name that stands only on one side was or is there alone.
fn changes(before: Option<&Image>, after: Option<&Image>) -> Markup {
    let (before, after) = (before.map(Image::value), after.map(Image::value));
    let maps = [before.as_ref(), after.as_ref()].map(|image| image.and_then(Value::as_object));
    let names: BTreeSet<&String> = maps.iter().flatten().flat_map(|map| map.keys()).collect();
    let said = |side: Option<&serde_json::Map<String, Value>>, name: &str| match side?.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let rows = names.into_iter().map(|name| (name, said(maps[0], name), said(maps[1], name)));
    let rows: Vec<_> = rows.filter(|(_, was, is)| was.is_some() || is.is_some()).collect();
    html! {
        @if !rows.is_empty() {
            dl.changes {
                @for (name, was, is) in &rows {
                    div {
                        dt { (name) }
                        dd {
                            @if was != is { @if let Some(was) = was { del { (was) } } }
                            @if let Some(is) = is { " " ins { (is) } }
                        }
                    }
                }
            }
        }
    }
}

/// `device:ID` is a link to its page; everything else leads to what the record has of it.
fn named(asked: &Asked, what: &str, who: &str) -> Markup {
    let (kind, name) = who.split_once(':').unwrap_or(("", who));
    html! {
        @if kind == "device" {
            a href={ "/devices/" (name) } title=(name) { code { (name.get(..8).unwrap_or(name)) } }
        } @else {
            a.plain href=(asked.address(&[(what, who)])) title=(who) { (name) }
        }
    }
}
