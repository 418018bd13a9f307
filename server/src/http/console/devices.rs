//! `/devices`: which phones …? Every figure is a link to the list that it counts. Columns and order stand in the address, too.

mod bulk;
mod table;
mod view;

pub use bulk::{act, label, named, names};

use axum::extract;
use std::collections::HashSet;
use std::sync::Arc;

use crate::app::App;
use crate::devices::query::LONGEST;
use crate::devices::view::{Counts, DeviceList, DeviceRow};
use crate::devices::{self, Column, Columns, Cursor, QueryError, Sort};
use crate::error::ActionError;
use crate::http::admin::{Query, bad_columns, bad_sort};
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::{self, figure};
use crate::http::console::query::{Wrong, queries};
use crate::http::console::visit::{Page, Person};
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
    /// The columns, where they are not the usual ones.
    pub columns: Option<String>,
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
            ("columns", self.columns.as_deref()),
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

    /// Where the same list is a file, with exactly the columns that are shown.
    fn file(&self, columns: &Columns, format: &str) -> String {
        let columns = Columns::of(
            [Column::Id].into_iter().chain(columns.iter().filter(|column| *column != Column::Id)),
        );
        let whole = Self { columns: Some(columns.to_string()), after: None, ..self.clone() };
        format!("/api/v1{}&format={format}", whole.address())
    }

    fn with_verdict(&self, verdict: Option<State>) -> Self {
        Self { verdict, after: None, ..self.clone() }
    }

    fn is_everything(&self) -> bool {
        self.org.is_none() && self.q.is_none() && self.verdict.is_none()
    }
}

/// Devices on a page.
const ON_A_PAGE: u32 = 100;

/// Shows a list.
pub async fn get(
    extract::State(app): extract::State<Arc<App>>,
    person: Person,
    Query(asked): Query<Vec<(String, String)>>,
) -> Result<Page, Fault> {
    let search = Search::asked(&asked)?;
    let columns = search.shown()?;
    let orgs = orgs::list(&app, &person.actor).await?;
    let list = match search.parsed()? {
        Ok((wanted, after)) => match devices::check_names(&app, &person.actor, &wanted.query).await {
            Ok(()) => Ok(devices::list(&app, &person.actor, wanted, after, ON_A_PAGE, true).await?),
            Err(ActionError::Unknown { what, name }) => Err(Wrong::Nobody(what, name)),
            Err(error) => return Err(error.into()),
        },
        Err(error) => Err(Wrong::Unread(error)),
    };
    Ok(Page(page(&person.frame, &search, (&list, &columns), &orgs)))
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

impl Search {
    /// From an address. An empty value is none: forms send those. `columns` and `sort` may be said in one, or tick by tick and key by key.
    fn asked(pairs: &[(String, String)]) -> Result<Self, Fault> {
        let all = |name: &'static str| {
            let named = pairs.iter().filter(move |(known, _)| known == name);
            named.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
        };
        let one = |name| all(name).next().map(str::to_owned);
        let many = |name| Some(all(name).collect::<Vec<_>>().join(",")).filter(|text| !text.is_empty());
        let verdict = one("verdict").map(|word| word.parse()).transpose();
        let verdict = verdict.map_err(|error| Fault::malformed(format!("verdict: {error}")))?;
        let (q, columns) = (one("q"), many("columns"));
        let sort =
            Some(keys_once(all("sort").flat_map(|text| text.split(',')))).filter(|text| !text.is_empty());
        let sort = sort.filter(|sort| sort != "-verdict");
        let columns = columns.filter(|columns| *columns != usual().to_string());
        Ok(Self { org: one("org"), verdict, q, sort, columns, after: one("after") })
    }

    fn shown(&self) -> Result<Columns, Fault> {
        let columns = self.columns.as_deref().map(str::parse::<Columns>).transpose();
        Ok(columns.map_err(|error| bad_columns(&error))?.unwrap_or_else(usual))
    }

    /// All that the list is of, as one query.
    fn whole(&self) -> Option<devices::Query> {
        let search =
            devices::Search::new(self.q.as_deref(), self.org.as_deref(), self.verdict, Sort::default());
        search.ok().map(|search| search.query)
    }
}

/// Keys of an order. The form can name one twice: the second says nothing more.
fn keys_once<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    let mut seen = HashSet::new();
    keys.filter(|key| seen.insert(key.trim_start_matches('-'))).collect::<Vec<_>>().join(",")
}

/// The columns where nothing else is asked.
fn usual() -> Columns {
    use Column::{AssetTag, Due, LastContact, Maker, Model, Org, OsVersion, Platform, Since, Verdict};
    Columns::of([Verdict, Due, Maker, Model, AssetTag, Org, Platform, OsVersion, Since, LastContact])
}

/// The page.
#[must_use]
pub fn page(
    frame: &Frame,
    search: &Search,
    (list, columns): (&Result<DeviceList, Wrong>, &Columns),
    orgs: &[OrgView],
) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head data-events="/api/v1/events" data-pace="4000" {
            h1 { (lang.say("devices")) }
            (filters(frame, search, orgs))
        }
        @match list {
            Ok(list) => (found(frame, search, (list, columns), orgs)),
            Err(wrong) => (misread(frame, wrong, orgs)),
        }
    };
    frame.page(Place::Devices, &lang.say("devices"), &main)
}

fn found(
    frame: &Frame,
    search: &Search,
    (list, columns): (&DeviceList, &Columns),
    orgs: &[OrgView],
) -> Markup {
    let counts = list.counts.unwrap_or_default();
    html! {
        @if counts.total() == 0 && search.is_everything() {
            (nothing_enrolled(frame))
        } @else {
            (summary(frame, search, &counts))
            @if list.devices.is_empty() {
                (nothing_found(frame))
            } @else {
                (bulk::around(frame, search, counts, &table::of(frame, search, (list, columns), orgs)))
                (pager(frame, search, list))
            }
            (view::form(frame, search, columns))
            (view::save(frame, search, orgs))
        }
    }
}

/// What is wrong with the query, and what could stand there.
fn misread(frame: &Frame, wrong: &Wrong, orgs: &[OrgView]) -> Markup {
    html! {
        div.empty.misread role="alert" {
            p { (wrong.said(frame.lang)) }
            (queries(frame.lang, orgs.first().map(|org| org.id.as_str())))
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
            @if let Some(columns) = &search.columns { input type="hidden" name="columns" value=(columns); }
            button type="submit" { (lang.say("show")) }
            @if !search.is_everything() { a href="/devices" { (lang.say("show-all")) } }
            a href="/groups" { (lang.say("groups")) }
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

#[cfg(test)]
mod tests;
