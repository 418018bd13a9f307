//! `/devices`: which phones …? Every figure is a link to the list that it counts.

use axum::extract;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::devices::query::LONGEST;
use crate::devices::view::{Counts, DeviceList, DeviceRow};
use crate::devices::{self, Cursor, QueryError, Sort};
use crate::http::admin::{Query, bad_sort};
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::{self, figure};
use crate::http::console::query::{expected, queries};
use crate::http::console::visit::{Page, Person};
use crate::http::console::when::When;
use crate::http::fault::Fault;
use crate::i18n::number;
use crate::orgs;
use crate::orgs::OrgView;
use maud::{Markup, html};
use muster_proto::verdict::State;

/// What the list is of. It stands in the address, so a list can be shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// This organisation and those below it.
    pub org: Option<String>,
    /// With this verdict.
    pub verdict: Option<State>,
    /// The query.
    pub q: Option<String>,
    /// The order, where it is not the usual one.
    pub sort: Option<String>,
    /// From here on.
    pub after: Option<String>,
}

impl Search {
    /// The address of this list.
    #[must_use]
    pub fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let verdict = self.verdict.map(State::word);
        let pairs = [
            ("org", self.org.as_deref()),
            ("verdict", verdict),
            ("q", self.q.as_deref()),
            ("sort", self.sort.as_deref()),
            ("after", self.after.as_deref()),
        ];
        for (name, value) in pairs {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { "/devices".to_owned() } else { format!("/devices?{query}") }
    }

    fn with_verdict(&self, verdict: Option<State>) -> Self {
        Self { verdict, after: None, ..self.clone() }
    }

    fn is_everything(&self) -> bool {
        self.org.is_none() && self.q.is_none() && self.verdict.is_none()
    }
}

/// What an address asks for. An empty value is none: forms send those.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    org: Option<String>,
    verdict: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    after: Option<String>,
}

/// Devices on a page.
const ON_A_PAGE: u32 = 100;

/// Shows a list.
pub async fn get(
    extract::State(app): extract::State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let search = asked.search()?;
    let orgs = orgs::list(&app, &person.actor).await?;
    let list = match search.parsed()? {
        Ok((wanted, after)) => Ok(devices::list(&app, &person.actor, wanted, after, ON_A_PAGE, true).await?),
        Err(error) => Err(error),
    };
    Ok(Page(page(&person.frame, &search, &list, &orgs)))
}

impl Search {
    /// As the API reads it. What is wrong with the query is said beside it.
    fn parsed(&self) -> Result<Result<(devices::Search, Option<Cursor>), QueryError>, Fault> {
        let after = self.after.as_deref().map(str::parse).transpose();
        let after = after.map_err(|error| Fault::malformed(format!("after: {error}")))?;
        let sort =
            self.sort.as_deref().map(str::parse::<Sort>).transpose().map_err(|error| bad_sort(&error))?;
        let search = devices::Search::new(
            self.q.as_deref(),
            self.org.as_deref(),
            self.verdict,
            sort.unwrap_or_default(),
        );
        Ok(search.map(|search| (search, after)))
    }

    /// The same list sorted by a column: first so, then the other way round.
    fn sorted_by(&self, word: &str, down_first: bool) -> Self {
        let sort: Sort = self.sort.as_deref().and_then(|sort| sort.parse().ok()).unwrap_or_default();
        let down = sort.first(word).map_or(down_first, |down| !down);
        let sort = format!("{}{word}", if down { "-" } else { "" });
        Self { sort: Some(sort).filter(|sort| sort != "-verdict"), after: None, ..self.clone() }
    }
}

impl Asked {
    fn search(self) -> Result<Search, Fault> {
        let given =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let verdict = given(self.verdict).map(|word| word.parse()).transpose();
        let verdict = verdict.map_err(|error| Fault::malformed(format!("verdict: {error}")))?;
        let (q, sort, after) = (given(self.q), given(self.sort), given(self.after));
        Ok(Search { org: given(self.org), verdict, q, sort, after })
    }
}

/// The page.
#[must_use]
pub fn page(
    frame: &Frame,
    search: &Search,
    list: &Result<DeviceList, QueryError>,
    orgs: &[OrgView],
) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head data-events="/api/v1/events" data-pace="4000" {
            h1 { (lang.say("devices")) }
            (filters(frame, search, orgs))
        }
        @match list {
            Ok(list) => (found(frame, search, list, orgs)),
            Err(error) => (misread(frame, error)),
        }
    };
    frame.page(Place::Devices, &lang.say("devices"), &main)
}

fn found(frame: &Frame, search: &Search, list: &DeviceList, orgs: &[OrgView]) -> Markup {
    let counts = list.counts.unwrap_or_default();
    html! {
        @if counts.total() == 0 && search.is_everything() {
            (nothing_enrolled(frame))
        } @else {
            (summary(frame, search, &counts))
            @if list.devices.is_empty() {
                (nothing_found(frame))
            } @else {
                (table(frame, search, list, orgs))
                (pager(frame, search, list))
            }
        }
    }
}

/// What is wrong with the query, and what could stand there.
fn misread(frame: &Frame, error: &QueryError) -> Markup {
    html! {
        div.empty.misread role="alert" {
            p { (expected(frame.lang, error)) }
            (queries(frame.lang))
        }
    }
}

fn filters(frame: &Frame, search: &Search, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        form.filters method="get" action="/devices" role="search" {
            input type="search" name="q" value=[search.q.as_deref()] maxlength=(LONGEST)
                placeholder=(lang.say("search-devices")) aria-label=(lang.say("search-devices"));
            select name="org" aria-label=(lang.say("organisation")) {
                option value="" { (lang.say("all-organisations")) }
                @for org in orgs {
                    option value=(org.id) selected[search.org.as_deref() == Some(&org.id)] { (org.title) }
                }
            }
            @if let Some(verdict) = search.verdict { input type="hidden" name="verdict" value=(verdict.word()); }
            @if let Some(sort) = &search.sort { input type="hidden" name="sort" value=(sort); }
            button type="submit" { (lang.say("show")) }
            @if !search.is_everything() { a href="/devices" { (lang.say("show-all")) } }
        }
    }
}

/// The bar and the figures. They count the same search under every verdict, so each figure is the length of the list behind it.
fn summary(frame: &Frame, search: &Search, counts: &Counts) -> Markup {
    let lang = frame.lang;
    let total = counts.total();
    html! {
        section.summary #summary data-live {
            (marks::bar(counts))
            ul.counts {
                @for state in marks::WORST_FIRST {
                    @let n = counts.of(state);
                    @if n > 0 || matches!(state, State::Failing | State::Grace | State::Unknown | State::Compliant) {
                        li {
                            a href=(search.with_verdict(Some(state)).address()) data-count=(n)
                                aria-current=[(search.verdict == Some(state)).then_some("true")] {
                                span class={ "state " (state.word()) } {
                                    (marks::shape(state)) b { (figure(n)) } " " (lang.word("state", state.word()))
                                }
                            }
                        }
                    }
                }
                li.all {
                    a href=(search.with_verdict(None).address()) data-count=(total)
                        aria-current=[search.verdict.is_none().then_some("true")] {
                        b { (figure(total)) } " " (lang.with("devices-word", [("n", number(total))]))
                    }
                }
            }
        }
    }
}

fn table(frame: &Frame, search: &Search, list: &DeviceList, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let by = |word, down_first| search.sorted_by(word, down_first).address();
    html! {
        table.list {
            thead {
                tr {
                    th { a href=(by("verdict", true)) { (lang.say("verdict")) } }
                    th { a href=(by("due", false)) { (lang.say("until")) } }
                    th { a href=(by("model", false)) { (lang.say("device")) } }
                    th { a href=(by("tag", false)) { (lang.say("asset-tag")) } }
                    th { a href=(by("org", false)) { (lang.say("organisation")) } }
                    th { a href=(by("os", false)) { (lang.say("system")) } }
                    th.right { a href=(by("since", true)) { (lang.say("since")) } }
                    th.right { a href=(by("seen", true)) { (lang.say("last-contact")) } }
                }
            }
            tbody {
                @for device in &list.devices { (row(frame, device, orgs)) }
            }
        }
    }
}

fn row(frame: &Frame, device: &DeviceRow, orgs: &[OrgView]) -> Markup {
    let org = orgs.iter().find(|org| org.id == device.org);
    let when = org.map_or_else(|| frame.when(), |org| frame.when().in_zone(&org.time_zone));
    let id = device.id.to_string();
    html! {
        tr {
            td.verdict #{ "v-" (id) } data-live { (marks::state(frame.lang, device.verdict.state)) }
            td.until #{ "u-" (id) } data-live { (marks::until(&when, &device.verdict)) }
            td.name { a href={ "/devices/" (id) } { (name(frame, device)) } }
            td.tag { (device.asset_tag.as_deref().unwrap_or_default()) }
            td.org { (org.map_or(device.org.as_str(), |org| org.title.as_str())) }
            td.system { (system(frame, device)) }
            td.since.right #{ "s-" (id) } data-live { (when.lasting(device.verdict.since)) }
            td.contact.right #{ "c-" (id) } data-live { (contact(&when, device)) }
        }
    }
}

fn contact(when: &When, device: &DeviceRow) -> Markup {
    when.ago_or_never(device.last_contact)
}

/// Maker and model, or what else the device can be told by.
#[must_use]
pub fn name(frame: &Frame, device: &DeviceRow) -> String {
    let words: Vec<&str> =
        [device.manufacturer.as_deref(), device.model.as_deref()].into_iter().flatten().collect();
    match words.as_slice() {
        [] => {
            let id = device.id.to_string();
            format!("{} {}", frame.lang.say("device"), id.get(..8).unwrap_or(&id))
        }
        [maker, model] if model.starts_with(maker) => (*model).to_owned(),
        words => words.join(" "),
    }
}

/// Operating system and version.
#[must_use]
pub fn system(frame: &Frame, device: &DeviceRow) -> String {
    let platform = device.platform.map(|platform| frame.lang.word("value-platform", platform.word()));
    [platform, device.os_version.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn pager(frame: &Frame, search: &Search, list: &DeviceList) -> Markup {
    html! {
        @if search.after.is_some() || list.next.is_some() {
            nav.pager {
                @if search.after.is_some() {
                    a href=(Search { after: None, ..search.clone() }.address()) { (frame.lang.say("first-page")) }
                }
                @if let Some(next) = &list.next {
                    a rel="next" href=(Search { after: Some(next.clone()), ..search.clone() }.address()) { (frame.lang.say("next-page")) }
                }
            }
        }
    }
}

fn nothing_enrolled(frame: &Frame) -> Markup {
    let lang = frame.lang;
    empty(
        &lang.say("no-device"),
        &html! {
            a.button href="/enrolment" { (lang.say("make-enrolment-link")) }
            " " (lang.say("or-on-the-server")) " "
            code { "muster enrol-token --org ID" }
        },
    )
}

fn nothing_found(frame: &Frame) -> Markup {
    empty(&frame.lang.say("no-device-found"), &html! { a href="/devices" { (frame.lang.say("show-all")) } })
}
