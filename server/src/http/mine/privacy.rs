//! What the organisation keeps about the phone, for how long, and what is never read.

use axum::extract::State;
use maud::{Markup, html};
use muster_proto::time::Span;
use std::sync::Arc;

use super::page::Shown;
use super::sheet::sheet;
use super::visit::Looking;
use crate::app::App;
use crate::http::console::frame::Frame;
use crate::http::console::visit::Page;
use crate::http::console::when::When;

/// What is never read, by the keys of its texts.
const NEVER: [&str; 7] = ["apps", "messages", "contacts", "location", "browsing", "input", "network"];

/// Shows what holds for every phone; nobody needs a link for that.
pub async fn get(State(app): State<Arc<App>>, looking: Looking) -> Page {
    let (frame, lang) = (&looking.frame, looking.frame.lang);
    let main = html! {
        h1 { (lang.say("mine-privacy")) }
        p { (lang.say("mine-privacy-lead")) }
        section {
            h2 { (lang.say("mine-never-read")) }
            ul.things { @for key in NEVER { li { (lang.word("never-read", key)) } } }
        }
        section { h2 { (lang.say("mine-how-long")) } (periods(&app, frame)) }
        section { h2 { (lang.say("mine-who-sees")) } p { (lang.say("mine-who-sees-text")) } }
        section { h2 { (lang.say("mine-rights")) } p { (lang.say("mine-rights-text")) } }
    };
    Page(sheet(frame, &lang.say("mine-privacy"), &main))
}

/// What is kept about this phone.
pub fn kept(app: &App, frame: &Frame, when: &When, shown: &Shown) -> Markup {
    let (lang, device) = (frame.lang, &shown.device);
    html! {
        section {
            h2 { (lang.say("mine-kept")) }
            dl.facts {
                div { dt { (lang.say("device-id")) } dd { code { (device.row.id) } } }
                div { dt { (lang.say("organisation")) } dd { (shown.org.as_ref().map_or(device.row.org.as_str(), |org| org.title.as_str())) } }
                @if let Some(tag) = &device.row.asset_tag { div { dt { (lang.say("asset-tag")) } dd { (tag) } } }
                div { dt { (lang.say("mine-enrolled")) } dd { (when.stamp(device.row.enrolled)) } }
                div { dt { (lang.say("last-contact")) } dd { (when.ago_or_never(device.ages.last_contact)) } }
                div { dt { (lang.say("key")) } dd { code { (device.key.kid) } } }
            }
            (periods(app, frame))
        }
    }
}

fn periods(app: &App, frame: &Frame) -> Markup {
    let lang = frame.lang;
    let days = |span: Span| crate::i18n::number(span.secs() / (24 * 60 * 60));
    let rows = [
        (lang.say("mine-keep-reports"), app.retention.reports),
        (lang.say("mine-keep-history"), app.retention.history),
        (lang.say("mine-keep-ended"), app.retention.ended),
    ];
    html! {
        dl.facts { @for (what, span) in rows { div { dt { (what) } dd { (lang.with("mine-days", [("n", days(span))])) } } } }
    }
}
