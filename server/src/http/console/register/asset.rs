//! `/register/{id}`: a phone of the register, what became of it, and which device it is.

use axum::extract::State;
use maud::{Markup, html};
use muster_proto::money::in_units;
use std::sync::Arc;

use super::table::{called, phone, standing, when};
use crate::app::App;
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::marks;
use crate::http::console::visit::{Page, Person};
use crate::http::console::when::When;
use crate::http::fault::Fault;
use crate::orgs::{self, OrgView};
use crate::register::{self, AssetId, AssetRow, Happened, History};

/// Newest changes on a page.
const MANY: u32 = 50;

/// Shows it.
pub async fn show(State(app): State<Arc<App>>, person: Person, Id(id): Id<AssetId>) -> Result<Page, Fault> {
    let row = register::show(&app, &person.actor, id).await?;
    let history = register::history(&app, id, None, MANY).await?;
    let orgs = orgs::list(&app, &person.actor).await?;
    Ok(Page(page(&person.frame, &row, &history, &orgs)))
}

fn page(frame: &Frame, row: &AssetRow, history: &History, orgs: &[OrgView]) -> Markup {
    let (lang, asset) = (frame.lang, &row.asset);
    let org = orgs.iter().find(|org| org.id == asset.org);
    let when = when(frame, org);
    let main = html! {
        div.device-head {
            p.crumbs {
                a href="/register" { (lang.say("register")) }
                " / "
                a href={ "/register?org=" (asset.org) } { (org.map_or(asset.org.as_str(), |org| org.title.as_str())) }
            }
            h1 { (called(asset)) }
            p.sub {
                span { (phone(frame, asset)) }
                code title=(lang.say("asset-id")) { (asset.id) }
                a href={ "/register/" (asset.id) "/edit" } { (lang.say("change")) }
                a href={ "/register/" (asset.id) "/handout" } { (lang.say("handout")) }
            }
            @if let Some(verdict) = row.verdict {
                div.verdict-line {
                    (marks::state(lang, verdict.state))
                    span.for { (lang.say("since-when")) " " (when.lasting(verdict.since)) }
                    @if let Some(due) = verdict.due { span.countdown { (when.deadline(due)) } }
                }
            }
            @if asset.is_declared() { p.sub { span.note { (lang.say("judged-by-maker")) } } }
        }
        div.halves {
            div.wide { (happened(frame, &when, history, orgs)) }
            div.narrow { (facts(frame, &when, row, orgs)) }
        }
    };
    frame.page(Place::Register, &called(asset), &main)
}

/// Where the directory has the person, and since when it says what it does.
fn carrier(when: &When, row: &AssetRow, orgs: &[OrgView]) -> Markup {
    let title =
        |id: &String| orgs.iter().find(|org| org.id == *id).map_or(id.clone(), |org| org.title.clone());
    html! {
        @if let Some(org) = &row.carrier_org { " " (title(org)) }
        @if let Some(since) = row.asset.carrier_since { ", " (when.ago(since)) }
    }
}

fn facts(frame: &Frame, when: &When, row: &AssetRow, orgs: &[OrgView]) -> Markup {
    let (lang, asset) = (frame.lang, &row.asset);
    let text = |text: &Option<String>| html! { (text.as_deref().unwrap_or("–")) };
    let cost = asset.cost.map(|cost| {
        let currency = asset.currency.as_deref().unwrap_or_default();
        format!("{} {currency}", in_units(cost, currency))
    });
    html! {
        section {
            h2 { (lang.say("written-down")) }
            dl.facts {
                div { dt { (lang.say("asset-tag")) } dd { (text(&asset.tag)) } }
                div { dt { (lang.say("serial-number")) } dd { (text(&asset.serial)) } }
                div { dt { (lang.say("carrier")) } dd { (text(&asset.carrier)) (standing(frame, asset)) (carrier(when, row, orgs)) } }
                @if asset.carrier_id.is_some() { div { dt { (lang.say("carrier-id")) } dd { (text(&asset.carrier_id)) } } }
                div { dt { (lang.say("life")) } dd { (lang.word("asset-life", asset.life.word())) ", " (when.ago(asset.life_since)) } }
                div { dt { (lang.say("device")) } dd { (device(frame, when, row)) } }
                div { dt { (lang.say("replace-by")) } dd { @match asset.replace_by { Some(day) => (day), None => "–" } } }
                @if let Some(next) = asset.replaced_by {
                    div { dt { (lang.say("successor")) } dd { a href={ "/register/" (next) } { code { (short(&next.to_string())) } } } }
                }
                div { dt { (lang.say("budget")) } dd {
                    @match asset.budget { Some(budget) => (lang.word("asset-budget", budget.word())), None => "–" }
                } }
                div { dt { (lang.say("cost")) } dd { (text(&cost)) } }
                div { dt { (lang.say("note")) } dd { (text(&asset.note)) } }
            }
        }
    }
}

fn device(frame: &Frame, when: &When, row: &AssetRow) -> Markup {
    let lang = frame.lang;
    let Some(device) = row.asset.device else {
        return html! { span.none { (lang.say("no-device-linked")) } };
    };
    html! {
        a href={ "/devices/" (device) } { code { (short(&device.to_string())) } }
        @if row.reporting {
            ", " (lang.say("last-contact")) " " (when.ago_or_never(row.last_contact))
        } @else {
            " " span.soft { (lang.say("device-does-not-count")) }
        }
    }
}

fn happened(frame: &Frame, when: &When, history: &History, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        section {
            h2 { (lang.say("history")) }
            table.history {
                thead {
                    tr {
                        th { (lang.say("time")) }
                        th { (lang.say("what")) }
                        th { (lang.say("from")) }
                        th { (lang.say("to")) }
                        th { (lang.say("who")) }
                    }
                }
                tbody {
                    @for event in &history.events {
                        tr {
                            td.nowrap { (when.stamp(event.at)) }
                            td { (lang.word("asset-part", &event.part)) }
                            td { (side(frame, event, event.was.as_deref(), orgs)) }
                            td { (side(frame, event, event.becomes.as_deref(), orgs)) }
                            td { (event.actor) }
                        }
                    }
                }
            }
        }
    }
}

fn side(frame: &Frame, event: &Happened, value: Option<&str>, orgs: &[OrgView]) -> Markup {
    let Some(value) = value else { return html! { span.none { "–" } } };
    match event.part.as_str() {
        "life" => html! { (frame.lang.word("asset-life", value)) },
        "org" => html! { (orgs.iter().find(|org| org.id == value).map_or(value, |org| org.title.as_str())) },
        "device" => html! { a href={ "/devices/" (value) } { code { (short(value)) } } },
        _ => html! { (value) },
    }
}

fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
