//! `/enrolment`: how phones come in. Links, and phones that wait for a person.

mod links;

use axum::extract::{Path, State};
use axum::response::Redirect;
use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{Actor, Right};
use crate::enrolment::{self, Approve, NewToken, Pending, TokenView};
use crate::http::admin::{Id, device_id};
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::i18n::{number, words};
use crate::orgs;
use crate::orgs::OrgView;
use maud::{Markup, html};
use muster_proto::time::Timestamp;

/// A link that was just made: it is shown once and stored nowhere.
#[derive(Debug, Clone)]
pub struct Made {
    /// The link.
    pub link: String,
    /// The organisation.
    pub org: String,
    /// For how many phones.
    pub uses: u64,
    /// Until when it works.
    pub expires: Timestamp,
    /// Whether nobody needs to approve.
    pub auto: bool,
}

/// What the form says.
#[derive(Debug, Deserialize)]
pub struct Asked {
    org: String,
    uses: u64,
    days: u64,
    #[serde(default)]
    approve: String,
}

/// Approves a phone, perhaps as one that is known already.
#[derive(Debug, Deserialize)]
pub struct Approved {
    #[serde(default)]
    replaces: String,
}

/// A form that says no more than which button was pressed.
#[derive(Debug, Deserialize)]
pub struct Pressed {}

/// What the page shows beside a link that was just made.
#[derive(Debug)]
pub struct Shown {
    /// The phones that wait for a person.
    pub pending: Vec<Pending>,
    /// The links that still work.
    pub tokens: Vec<TokenView>,
    /// Every organisation.
    pub orgs: Vec<OrgView>,
}

/// Shows who waits, the form for a link, and the links that still work.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    Ok(Page(page(&person.frame, &shown(&app, &person.actor).await?, None)))
}

async fn shown(app: &App, actor: &Actor) -> Result<Shown, Fault> {
    Ok(Shown {
        pending: enrolment::pending(app, actor).await?,
        tokens: enrolment::tokens(app, actor, None).await?,
        orgs: orgs::list(app, actor).await?,
    })
}

/// Makes a link and shows it. The answer is no redirect: an address would keep the secret.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Asked>) -> Result<Page, Fault> {
    let Asked { org, uses, days, approve } = signed.form;
    let approve = match approve.as_str() {
        "" => None,
        "auto" => Some(Approve::Auto),
        "person" => Some(Approve::Person),
        other => return Err(Fault::malformed(format!("approve: {other:?} is neither auto nor person"))),
    };
    let expires_in = Some(Span::from_hours(days.min(100_000) * 24));
    let new = NewToken { org, uses: Some(uses), expires_in, approve, replaces: None };
    let issued = enrolment::make_token(&app, &signed.person.actor, new).await?;
    let shown = shown(&app, &signed.person.actor).await?;
    let title = title(&shown.orgs, &issued.org);
    let auto = issued.approve == Approve::Auto;
    let made = Made { link: issued.link, org: title.to_owned(), uses, expires: issued.expires, auto };
    Ok(Page(page(&signed.person.frame, &shown, Some(&made))))
}

/// Approves a phone.
pub async fn approve(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed<Approved>,
) -> Result<Redirect, Fault> {
    let replaces = Some(signed.form.replaces.as_str()).filter(|id| !id.is_empty());
    let replaces = replaces.map(device_id).transpose()?;
    enrolment::approve(&app, &signed.person.actor, device_id(&id)?, replaces).await?;
    Ok(Redirect::to("/enrolment"))
}

/// Refuses a phone.
pub async fn refuse(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed<Pressed>,
) -> Result<Redirect, Fault> {
    enrolment::refuse(&app, &signed.person.actor, device_id(&id)?).await?;
    Ok(Redirect::to("/enrolment"))
}

/// Takes a link back.
pub async fn revoke(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Pressed>,
) -> Result<Redirect, Fault> {
    enrolment::revoke(&app, &signed.person.actor, &id).await?;
    Ok(Redirect::to("/enrolment"))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, shown: &Shown, made: Option<&Made>) -> Markup {
    let (lang, orgs) = (frame.lang, &shown.orgs);
    let main = html! {
        div.head { h1 { (lang.say("enrolment")) } }
        @if let Some(made) = made { (made_section(frame, made)) }
        section {
            h2 { (lang.say("waiting-for-approval")) }
            @if shown.pending.is_empty() {
                p.none { (lang.say("nobody-waits")) }
            } @else {
                (waiting(frame, &shown.pending, orgs))
            }
        }
        section {
            h2 { (lang.say("new-link")) }
            @if orgs.is_empty() {
                (empty(&lang.say("no-organisation"), &html! { code { "muster org add ID --title TEXT" } }))
            } @else {
                (form(frame, orgs))
            }
        }
        (links::section(frame, &shown.tokens, orgs))
        @if frame.may_everywhere(Right::Read) { section { p { a href="/packages" { (lang.say("packages")) } } } }
    };
    frame.page(Place::Enrolment, &lang.say("enrolment"), &main)
}

/// The title of an organisation; its id where it has none any more.
fn title<'a>(orgs: &'a [OrgView], id: &'a str) -> &'a str {
    orgs.iter().find(|org| org.id == id).map_or(id, |org| org.title.as_str())
}

fn made_section(frame: &Frame, made: &Made) -> Markup {
    let lang = frame.lang;
    html! {
        section.made {
            h2 { (lang.with("link-for-phones", [("n", number(made.uses)), ("org", words(&made.org))])) }
            pre.secret { (made.link) }
            p.hint {
                (lang.say("shown-once")) " " (lang.say("works-until")) " " (frame.when().deadline(made.expires)) ". "
                @if made.auto { (lang.say("approves-itself")) } @else { (lang.say("person-approves")) }
            }
            p.hint { (lang.say("on-the-phone")) " " code { "muster-agent enrol 'LINK' --state DIR" } }
        }
    }
}

fn waiting(frame: &Frame, pending: &[Pending], orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        p.hint { (lang.say("compare-the-code")) }
        table {
            thead {
                tr {
                    th { (lang.say("code")) }
                    th { (lang.say("device")) }
                    th { (lang.say("asset-tag")) }
                    th { (lang.say("organisation")) }
                    th { (lang.say("asked")) }
                    th { span.hidden { (lang.say("decide")) } }
                }
            }
            tbody {
                @for one in pending {
                    tr {
                        td { code.code { (one.code) } }
                        td {
                            (one.model.as_deref().unwrap_or("–")) " "
                            span.soft { (lang.word("value-platform", one.platform.word())) }
                        }
                        td {
                            (one.asset_tag.as_deref().unwrap_or("–"))
                            @if let Some(known) = one.replaces.or(one.same_tag) {
                                p.soft {
                                    @if one.replaces.is_some() { (lang.say("takes-the-place-of")) } @else { (lang.say("same-tag-as")) }
                                    " "
                                    a href={ "/devices/" (known) } { code { (known.to_string().chars().take(8).collect::<String>()) } }
                                }
                            }
                        }
                        td { (title(orgs, &one.org)) }
                        td { (frame.when().ago(one.asked)) }
                        td {
                            div.decide {
                                @if let Some(known) = one.same_tag.filter(|_| one.replaces.is_none()) {
                                    (decision(frame, one, "approve", Some(known), &lang.say("approve-as-known")))
                                }
                                (decision(frame, one, "approve", None, &lang.say("approve")))
                                (decision(frame, one, "refuse", None, &lang.say("refuse")))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn decision(frame: &Frame, one: &Pending, what: &str, replaces: Option<DeviceId>, text: &str) -> Markup {
    html! {
        form method="post" action={ "/enrolment/" (one.device) "/" (what) } {
            (frame.csrf_field())
            @if let Some(known) = replaces { input type="hidden" name="replaces" value=(known); }
            button type="submit" { (text) }
        }
    }
}

fn form(frame: &Frame, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        form.stack method="post" action="/enrolment" {
            (frame.csrf_field())
            label { (lang.say("organisation")) select name="org" required { (whose::one_of(frame, Right::Enrol, orgs, None)) } }
            label { (lang.say("for-how-many")) input type="number" name="uses" value="1" min="1" max="100000" required; }
            label { (lang.say("works-for-days")) input type="number" name="days" value="7" min="1" max="365" required; }
            label {
                (lang.say("approval"))
                select name="approve" {
                    option value="" { (lang.say("approval-default")) }
                    option value="person" { (lang.say("approval-person")) }
                    option value="auto" { (lang.say("approval-auto")) }
                }
            }
            button.primary type="submit" { (lang.say("make-enrolment-link")) }
        }
    }
}
