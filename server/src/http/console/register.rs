//! `/register`: which phones should report and don't, which report and are in no register? Every figure is a link to the list that it counts.

mod asset;
pub mod carriers;
mod edit;
mod handout;
mod table;

pub use asset::show;
pub use edit::{add, edit, forget, forgetting, form, link, new, unlink};
pub use handout::{get as handout, post as handed_out};

use axum::extract::State;
use maud::{Markup, html};
use muster_proto::id::DeviceId;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::devices::query::LONGEST;
use crate::http::admin::Query;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::visit::{Page, Person};
use crate::http::fault::Fault;
use crate::orgs::{self, OrgView};
use crate::register::carriers::{Outcome, View};
use crate::register::{self, AssetList, Counts, Life, Standing, Unregistered, Which};

/// What the list is of. It stands in the address, so a list can be shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// This organisation and those below it.
    org: Option<String>,
    /// There in their life.
    life: Option<Life>,
    /// How they stand to what reports.
    kind: Kind,
    /// With this in what is written down.
    text: Option<String>,
    /// From here on.
    after: Option<String>,
}

/// What is listed: phones of the register, or devices that it doesn't know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Everything,
    Standing(Standing),
    Unregistered,
}

/// What an address asks for. An empty value is none: forms send those.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    org: Option<String>,
    life: Option<String>,
    standing: Option<String>,
    text: Option<String>,
    after: Option<String>,
}

/// What was found.
enum Found {
    Assets(AssetList),
    Devices(Unregistered),
}

/// Phones on a page.
const ON_A_PAGE: u32 = 100;

/// Shows a list.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let search = asked.search()?;
    let orgs = orgs::list(&app, &person.actor).await?;
    let whole = Which { org: search.org.clone(), ..Which::default() };
    let counts = register::list(&app, &person.actor, whole, None, 1, true).await?.counts.unwrap_or_default();
    let found = match search.kind {
        Kind::Unregistered => {
            let after = place::<DeviceId>(search.after.as_deref())?;
            Found::Devices(
                register::unregistered(&app, &person.actor, search.org.clone(), after, ON_A_PAGE).await?,
            )
        }
        _ => {
            let after = place(search.after.as_deref())?;
            Found::Assets(register::list(&app, &person.actor, search.which(), after, ON_A_PAGE, false).await?)
        }
    };
    let carriers = register::carriers::view(&app, &person.actor).await?;
    Ok(Page(page(&person.frame, &search, (&counts, &carriers), &found, &orgs)))
}

fn place<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, Fault> {
    let read = text.map(str::parse).transpose();
    read.map_err(|_| Fault::malformed("after: not a place in the list"))
}

impl Asked {
    fn search(self) -> Result<Search, Fault> {
        let given =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let life = given(self.life).map(|word| word.parse::<Life>()).transpose();
        let life = life.map_err(|error| Fault::malformed(format!("life: {error}")))?;
        let kind = match given(self.standing).as_deref() {
            None => Kind::Everything,
            Some("unregistered") => Kind::Unregistered,
            Some(word) => {
                let standing = word.parse::<Standing>();
                Kind::Standing(standing.map_err(|error| Fault::malformed(format!("standing: {error}")))?)
            }
        };
        let text = given(self.text);
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
            return Err(Fault::malformed(format!("text: more than {LONGEST} characters")));
        }
        Ok(Search { org: given(self.org), life, kind, text, after: given(self.after) })
    }
}

impl Kind {
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Everything | Self::Standing(Standing::All) => None,
            Self::Standing(standing) => Some(standing.word()),
            Self::Unregistered => Some("unregistered"),
        }
    }
}

impl Search {
    fn which(&self) -> Which {
        let standing = match self.kind {
            Kind::Standing(standing) => Some(standing),
            _ => None,
        };
        Which { org: self.org.clone(), life: self.life, standing, text: self.text.clone() }
    }

    /// The address of this list.
    fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let pairs = [
            ("org", self.org.as_deref()),
            ("life", self.life.map(Life::word)),
            ("standing", self.kind.word()),
            ("text", self.text.as_deref()),
            ("after", self.after.as_deref()),
        ];
        for (name, value) in pairs {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { "/register".to_owned() } else { format!("/register?{query}") }
    }

    /// The list that a figure counts: of the same organisation, whatever else is looked for.
    fn counted(&self, kind: Kind) -> Self {
        Self { kind, org: self.org.clone(), ..Self::default() }
    }

    fn is_everything(&self) -> bool {
        *self == Self { after: self.after.clone(), ..Self::default() }
    }
}

fn page(
    frame: &Frame,
    search: &Search,
    (counts, carriers): (&Counts, &View),
    found: &Found,
    orgs: &[OrgView],
) -> Markup {
    let lang = frame.lang;
    let nothing = counts.all == 0 && search.is_everything();
    let main = html! {
        div.head {
            h1 { (lang.say("register")) }
            @if frame.may(Right::Register) { a.button href="/register/new" { (lang.say("new-phone")) } }
            @if carriers.compared { a.button href="/register/carriers" { (lang.say("carriers")) } }
            (filters(frame, search, orgs))
        }
        (summary(frame, search, counts, carriers.compared))
        @if let Some(run) = carriers.last.as_ref().filter(|run| carriers.compared && run.outcome != Outcome::Done) {
            p.hint { a href="/register/carriers" { (lang.say("carriers-last")) } ": " (lang.word("carriers-outcome", run.outcome.word())) ", " (frame.when().ago(run.at)) }
        }
        @match found {
            Found::Assets(list) if list.assets.is_empty() => (none(frame, nothing)),
            Found::Assets(list) => {
                (table::assets(frame, list, orgs))
                (pager(frame, search, list.next.as_deref()))
            }
            Found::Devices(list) if list.devices.is_empty() => p.none { (lang.say("all-registered")) },
            Found::Devices(list) => {
                (table::devices(frame, list, orgs))
                (pager(frame, search, list.next.as_deref()))
            }
        }
    };
    frame.page(Place::Register, &lang.say("register"), &main)
}

fn filters(frame: &Frame, search: &Search, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        form.filters method="get" action="/register" role="search" {
            input type="search" name="text" value=[search.text.as_deref()] maxlength=(LONGEST)
                placeholder=(lang.say("search-register")) aria-label=(lang.say("search-register"));
            select name="org" aria-label=(lang.say("organisation")) {
                option value="" { (lang.say("all-organisations")) }
                @for org in orgs {
                    option value=(org.id) selected[search.org.as_deref() == Some(&org.id)] { (org.title) }
                }
            }
            select name="life" aria-label=(lang.say("life")) {
                option value="" { (lang.say("any-life")) }
                @for life in Life::ALL {
                    option value=(life) selected[search.life == Some(*life)] { (lang.word("asset-life", life.word())) }
                }
            }
            @if let Some(standing) = search.kind.word() { input type="hidden" name="standing" value=(standing); }
            button type="submit" { (lang.say("show")) }
            @if !search.is_everything() { a href="/register" { (lang.say("show-all")) } }
        }
    }
}

/// The figures, each a link to the list that it counts.
fn summary(frame: &Frame, search: &Search, counts: &Counts, compared: bool) -> Markup {
    let lang = frame.lang;
    let figures = [
        (Kind::Standing(Standing::Expected), counts.expected),
        (Kind::Standing(Standing::Reporting), counts.reporting),
        (Kind::Standing(Standing::Missing), counts.missing),
        (Kind::Standing(Standing::Declared), counts.declared),
        (Kind::Unregistered, counts.unregistered),
        (Kind::Standing(Standing::LeftOver), counts.left_over),
    ];
    let carriers = [
        (Kind::Standing(Standing::ToReturn), counts.to_return),
        (Kind::Standing(Standing::Moved), counts.moved),
        (Kind::Standing(Standing::Unclear), counts.unclear),
    ];
    // without a directory there is nothing to count; what one said before stays to be seen
    let carriers = carriers.into_iter().filter(|(kind, n)| compared || *n > 0 || search.kind == *kind);
    let figures: Vec<_> = figures.into_iter().chain(carriers).collect();
    html! {
        section.summary {
            ul.counts {
                @for (kind, n) in figures {
                    @let word = kind.word().unwrap_or_default();
                    li {
                        a href=(search.counted(kind).address()) data-count=(n) title=(lang.word("asset-standing-hint", word))
                            aria-current=[(search.kind == kind).then_some("true")] {
                            b { (figure(n)) } " " (lang.word("asset-standing", word))
                        }
                    }
                }
                li.all {
                    a href=(search.counted(Kind::Everything).address()) data-count=(counts.all)
                        aria-current=[(search.kind.word().is_none()).then_some("true")] {
                        b { (figure(counts.all)) } " " (lang.say("in-the-register"))
                    }
                }
            }
        }
    }
}

fn none(frame: &Frame, nothing_at_all: bool) -> Markup {
    let lang = frame.lang;
    if nothing_at_all {
        let commands = html! { code { "muster asset import FILE --org ID" } " " (lang.say("or")) " " code { "muster asset add --org ID --tag TAG" } };
        return empty(&lang.say("register-empty"), &commands);
    }
    empty(&lang.say("no-asset-found"), &html! { a href="/register" { (lang.say("show-all")) } })
}

fn pager(frame: &Frame, search: &Search, next: Option<&str>) -> Markup {
    html! {
        @if search.after.is_some() || next.is_some() {
            nav.pager {
                @if search.after.is_some() {
                    a href=(Search { after: None, ..search.clone() }.address()) { (frame.lang.say("first-page")) }
                }
                @if let Some(next) = next {
                    a rel="next" href=(Search { after: Some(next.to_owned()), ..search.clone() }.address()) { (frame.lang.say("next-page")) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
