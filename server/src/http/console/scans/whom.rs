//! Whom a form means: phones that are named, or those that a query finds.

use maud::{Markup, html};
use muster_proto::id::{DeviceId, Digest};
use muster_proto::verdict::State;
use std::collections::BTreeSet;

use crate::app::App;
use crate::devices::{Search, Sort};
use crate::http::console::frame::Frame;
use crate::http::console::visit::{Fields, Person, Signed};
use crate::http::fault::Fault;
use crate::i18n::number;
use crate::orders::Asked;
use crate::problems::Code;

/// Whom a form means. One of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whom {
    /// Names of phones, each once.
    pub names: Vec<String>,
    /// A query, whole.
    pub query: Option<String>,
}

impl Whom {
    /// Reads `names` (a list that was pasted), `device` (rows that were chosen), or `q`, `org` and `verdict`, as lists have them. That all
    /// are meant has to be said with `all`.
    ///
    /// # Errors
    /// Nobody is meant; phones are named and a query is given; the query can't be read.
    pub fn read(form: &Fields) -> Result<Self, Fault> {
        let mut names: Vec<String> = Vec::new();
        let pasted = form.all("names").flat_map(|text| text.split(['\n', '\r', '\t', ',', ';']));
        for name in pasted.map(str::trim).chain(form.all("device")).filter(|name| !name.is_empty()) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let (q, org, verdict) = (form.one("q"), form.one("org"), form.one("verdict"));
        let asks = q.is_some() || org.is_some() || verdict.is_some() || form.one("all").is_some();
        match (names.is_empty(), asks) {
            (true, true) => Ok(Self { names, query: Some(query(q, org, verdict)?) }),
            (false, false) => Ok(Self { names, query: None }),
            _ => Err(Fault::of(Code::ScanWhom)),
        }
    }

    /// Reads the rows of a list that are ticked, or all that its query finds where `all` is ticked.
    ///
    /// # Errors
    /// Nothing is ticked; the query can't be read.
    pub fn ticked(form: &Fields) -> Result<Self, Fault> {
        if form.one("all").is_some() {
            return Ok(Self { names: Vec::new(), query: Some(query(form.one("q"), None, None)?) });
        }
        let names: Vec<String> = form.all("device").map(str::to_owned).collect();
        if names.is_empty() {
            return Err(Fault::of(Code::ScanWhom));
        }
        Ok(Self { names, query: None })
    }

    /// The names, where it is them.
    #[must_use]
    pub fn devices(&self) -> Option<Vec<String>> {
        self.query.is_none().then(|| self.names.clone())
    }

    /// The same in another form.
    #[must_use]
    pub fn fields(&self) -> Markup {
        html! {
            @match &self.query {
                Some(query) => {
                    input type="hidden" name="q" value=(query);
                    input type="hidden" name="all" value="1";
                }
                None => input type="hidden" name="names" value=(self.names.join(";"));
            }
        }
    }
}

/// The field of a form that says who was confirmed.
const FOUND: &str = "found";

/// Has the form say who they are that somebody confirms with it.
pub fn found_field(found: &Asked) -> Markup {
    html! { input type="hidden" name=(FOUND) value=(found.digest()); }
}

/// Remembers whom a page shows that asks once more.
pub fn remember(app: &App, person: &Person, found: &Asked) {
    if !found.devices.is_empty() {
        app.meant.remember(person.secret.digest(), found.digest(), &found.devices, app.now());
    }
}

/// What somebody has confirmed of those who are found now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// These.
    These {
        /// So many were confirmed, too, and are found no more.
        gone: u64,
    },
    /// Others: some have come or gone meanwhile, and whom the page has shown is remembered no more.
    Others,
    /// Nobody yet.
    Nobody,
}

impl Confirmed {
    /// What the form says. Of those who are found, those alone are left who were confirmed. Where nobody is found there is nothing to confirm.
    #[must_use]
    pub fn of(app: &App, signed: &Signed<Fields>, found: &mut Asked) -> Self {
        let said = signed.form.one(FOUND).map(str::parse::<Digest>);
        let recall = |said| app.meant.recall(signed.person.secret.digest(), said, app.now());
        match said {
            // all who were confirmed have gone, if anybody was
            Some(Ok(said)) if found.devices.is_empty() => {
                Self::These { gone: recall(said).map_or(0, |shown| shown.len() as u64) }
            }
            _ if found.devices.is_empty() => Self::These { gone: 0 },
            None => Self::Nobody,
            Some(Ok(said)) if said == found.digest() => Self::These { gone: 0 },
            Some(Ok(said)) => recall(said).map_or(Self::Others, |shown| Self::narrow(found, &shown)),
            Some(Err(_)) => Self::Others,
        }
    }

    /// Nobody is added to those who are found: they may be fewer, for they are found anew with what the person may do now.
    fn narrow(found: &mut Asked, shown: &[DeviceId]) -> Self {
        let left: BTreeSet<_> = shown.iter().copied().filter(|id| found.devices.contains(id)).collect();
        if left.is_empty() {
            return Self::Others;
        }
        let gone = (shown.len() - left.len()) as u64;
        found.devices = left;
        Self::These { gone }
    }
}

/// Says how many were confirmed and are found no more.
pub fn gone_since(frame: &Frame, gone: u64) -> Markup {
    html! {
        @if gone > 0 { p.hint role="status" data-gone=(gone) { (frame.lang.with("confirmed-gone", [("n", number(gone))])) } }
    }
}

fn query(q: Option<&str>, org: Option<&str>, verdict: Option<&str>) -> Result<String, Fault> {
    let verdict = verdict.map(str::parse::<State>).transpose();
    let verdict = verdict.map_err(|error| Fault::malformed(format!("verdict: {error}")))?;
    let search = Search::new(q, org, verdict, Sort::default());
    let search = search.map_err(|error| Fault::of(Code::BadQuery).because(error.to_string()))?;
    Ok(search.query.to_string())
}
