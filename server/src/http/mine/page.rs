//! `/mine`: how the phone stands, what there is to do, who asked, and what was reported last.

use axum::extract::State;
use maud::{Markup, html};
use std::sync::Arc;

use super::sheet::sheet;
use super::visit::Looking;
use super::{asked, disputes, privacy, reported, rules};
use crate::app::App;
use crate::devices::evidence::{StoredReport, newest_report};
use crate::devices::view::DeviceView;
use crate::disputes::DisputeView;
use crate::http::console::devices::name;
use crate::http::console::frame::Frame;
use crate::http::console::marks;
use crate::http::console::visit::Page;
use crate::http::console::when::When;
use crate::http::fault::Fault;
use crate::i18n::words;
use crate::orgs::{self, OrgView};
use muster_proto::policy::{Local, Mode};

/// Disputes that are shown.
const DISPUTES: u32 = 20;

/// What the page is made of.
pub struct Shown {
    /// The phone.
    pub device: DeviceView,
    /// Its organisation.
    pub org: Option<OrgView>,
    /// Its newest report, verified for this very page.
    pub report: Option<StoredReport>,
    /// What its carriers said.
    pub disputes: Vec<DisputeView>,
    /// Whom to ask, as the policy says.
    pub contact: Option<Local>,
}

/// Shows it.
pub async fn get(State(app): State<Arc<App>>, looking: Looking) -> Result<Page, Fault> {
    let carrier = looking.carrier()?;
    let mut device = crate::devices::show(&app, carrier.device).await?;
    // what is only observed is for administrators alone, as on the phone itself
    device.findings.retain(|finding| finding.mode != Mode::Observe);
    let org = orgs::list(&app, &carrier.actor()).await?.into_iter().find(|org| org.id == device.row.org);
    let report = newest_report(&app, carrier.device).await?;
    let disputes = crate::disputes::of_device(&app, carrier.device, DISPUTES).await?;
    let contact = app.rules.now().of(&device.row.org).and_then(|rules| rules.phone.contact.clone());
    let shown = Shown { device, org, report, disputes, contact };
    Ok(Page(page(&app, &looking.frame, &shown)))
}

fn page(app: &App, frame: &Frame, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let zone = shown.org.as_ref().map(|org| org.time_zone.as_str());
    let when = zone.map_or_else(|| frame.when(), |zone| frame.when().in_zone(zone));
    let main = html! {
        (head(frame, &when, shown))
        (rules::to_do(frame, &when, &shown.device))
        (asked::again(frame, &when, &shown.device))
        (disputes::section(frame, &when, shown))
        (rules::deadlines(frame, &when, &shown.device))
        (rules::others(frame, &when, &shown.device))
        (asked::section(frame, &when, &shown.device))
        (reported::section(frame, &when, shown))
        (privacy::kept(app, frame, &when, shown))
        form.leave method="post" action="/mine/leave" {
            (frame.csrf_field())
            button type="submit" { (lang.say("mine-leave")) }
        }
    };
    sheet(frame, &lang.say("mine-title"), &main)
}

fn head(frame: &Frame, when: &When, shown: &Shown) -> Markup {
    let (lang, row) = (frame.lang, &shown.device.row);
    html! {
        h1 { (lang.say("mine-title")) }
        p.sub {
            span { (name(frame, row)) }
            @if let Some(tag) = &row.asset_tag { span { (tag) } }
            @if let Some(org) = &shown.org { span { (org.title) } }
        }
        div.verdict-line {
            (marks::state(lang, row.verdict.state))
            span.for { (lang.say("since-when")) " " (when.lasting(row.verdict.since)) }
            @if let Some(due) = row.verdict.due { span.countdown { (when.deadline(due)) } }
        }
        @if let Some(note) = &shown.device.away {
            // why, and who wrote it, is for those who look after the phones
            @let (from, until) = (when.exact(note.from), when.exact(note.until));
            p.away { (lang.with("mine-away", [("from", words(&from)), ("until", words(&until))])) }
        }
        @if let Some(contact) = &shown.contact { p { (lang.say("mine-contact")) ": " (lang.of(contact)) } }
    }
}
