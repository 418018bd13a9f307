//! `/policy-editor`: a policy is written, planned, tried on a device and applied. It works without scripts: one form, three buttons. The text
//! is never lost: whatever goes wrong is said beside it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use muster_proto::id::{Digest, hex};
use muster_proto::problem::Problem;
use serde::Deserialize;
use std::sync::Arc;

mod answer;

pub use answer::{planned, stays};

use crate::app::App;
use crate::auth::Actor;
use crate::devices;
use crate::error::ActionError;
use crate::http::admin::Query;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::trouble;
use crate::http::console::visit::{Page, Person, Sent};
use crate::http::fault::Fault;
use crate::policies::{self, Kept, Plan, Tried};
use crate::problems::Code;
use crate::version::IfMatch;

/// Which policy is edited; a new one where none is named.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Which {
    policy: Option<String>,
    #[serde(rename = "lang")]
    _lang: Option<String>,
}

/// What was written, and which button was pressed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Written {
    #[serde(default)]
    document: String,
    /// The version in force when the page was made; empty where there was none.
    #[serde(default)]
    version: String,
    /// What was planned: nothing else is applied.
    #[serde(default)]
    planned: String,
    #[serde(default)]
    prune: Option<String>,
    #[serde(default)]
    device: String,
    #[serde(default)]
    r#do: String,
}

impl Written {
    /// What a plan of this is a plan of.
    fn digest(&self) -> String {
        let prune = if self.prune.is_some() { "prune" } else { "keep" };
        hex(&Digest::of(format!("{prune} {}\n{}", self.version, self.document).as_bytes()).0)
    }
}

/// What came of it.
enum Said {
    Nothing(Kept),
    /// The text is no policy.
    Flaw(String),
    /// Something else was in the way.
    Trouble(Box<Problem>),
    /// A word about it.
    Word(String),
    /// What it would do, and what has to be known before.
    Planned(Box<Plan>, Option<String>),
    Tried(Tried),
}

/// Devices that a plan shows.
const MOST_SHOWN: usize = 20;

const BLANK: &str = "policy: work-phones
title: { en: Work phones, ru: Служебные телефоны }
rules:
  - id: screen-lock
    kind: screen-lock
    mode: observe
assign: []
";

/// Shows the editor.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(which): Query<Which>,
) -> Result<Page, Fault> {
    let mut written = Written { document: BLANK.to_owned(), ..Written::default() };
    let mut kept = Kept::default();
    if let Some(id) = which.policy {
        let stored = policies::show(&app, &person.actor, &id, None).await?;
        written.version = stored.etag();
        (written.document, kept) = (stored.body, stored.kept);
    }
    Ok(Page(page(&person.frame, &written, &Said::Nothing(kept))))
}

/// Plans, tries or applies.
pub async fn post(State(app): State<Arc<App>>, sent: Sent<Written>) -> Response {
    let signed = match sent {
        Sent::Signed(signed) => signed,
        Sent::Stray(frame, mut written) => {
            written.planned.clear();
            let lang = frame.lang;
            let signed_in = frame.actor.is_some();
            let word =
                if signed_in { lang.say("policy-other-session") } else { lang.say("policy-signed-out") };
            return (StatusCode::FORBIDDEN, Page(page(&frame, &written, &Said::Word(word)))).into_response();
        }
    };
    let (person, mut written) = (signed.person, signed.form);
    let lang = person.frame.lang;
    // browsers send other ends of lines than they were given
    written.document = written.document.replace("\r\n", "\n");
    let said = match written.r#do.as_str() {
        "apply" if written.planned == written.digest() => {
            match put_into_force(&app, &person.actor, &mut written).await {
                Ok(policy) => return Redirect::to(&format!("/policies/{policy}")).into_response(),
                Err(error) => Err(error),
            }
        }
        "apply" => plan(&app, &person, &mut written, Some(lang.say("policy-not-planned"))).await,
        "try" => try_on(&app, &person, &written).await,
        _ => plan(&app, &person, &mut written, None).await,
    };
    let said = said.unwrap_or_else(trouble);
    let status = match &said {
        Said::Trouble(problem) => StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT),
        _ => StatusCode::OK,
    };
    (status, Page(page(&person.frame, &written, &said))).into_response()
}

/// Applies what was planned, and says which policy that is.
async fn put_into_force(app: &App, actor: &Actor, written: &mut Written) -> Result<String, ActionError> {
    let version = match written.version.as_str() {
        "" => IfMatch::none_yet(),
        version => IfMatch::of(Some(vec![version.to_owned()])),
    };
    let (document, prune) = (written.document.clone(), written.prune.is_some());
    match policies::apply_to(app, actor, document, prune, version).await {
        Ok(applied) => Ok(applied.policy),
        Err(error) => {
            // what was planned was planned against another version
            written.planned.clear();
            Err(error)
        }
    }
}

async fn plan(
    app: &App,
    person: &Person,
    written: &mut Written,
    word: Option<String>,
) -> Result<Said, ActionError> {
    let actor = &person.actor;
    let id = policies::id_of(&written.document, &app.catalogue.catalogue)?;
    // read before the plan: a change between the two is found when it is applied
    let version = match policies::show(app, actor, &id, None).await {
        Ok(stored) => stored.etag(),
        Err(ActionError::Missing { .. }) => String::new(),
        Err(error) => return Err(error),
    };
    let plan = policies::plan(app, actor, &written.document, written.prune.is_some()).await?;
    let moved = written.version != version;
    written.version = version;
    written.planned = written.digest();
    let word = if moved { Some(person.frame.lang.say("policy-version-moved")) } else { word };
    Ok(Said::Planned(Box::new(plan), word))
}

async fn try_on(app: &App, person: &Person, written: &Written) -> Result<Said, ActionError> {
    let actor = &person.actor;
    let name = written.device.trim();
    if name.is_empty() {
        return Ok(Said::Word(person.frame.lang.say("policy-device-needed")));
    }
    let device = devices::find(app, actor, name).await?.id;
    Ok(Said::Tried(policies::try_on(app, actor, &written.document, device).await?))
}

/// What is wrong with the text is shown at its place.
fn trouble(error: ActionError) -> Said {
    match error {
        ActionError::Invalid { code: Code::PolicyMalformed | Code::UnknownOrg, detail } => Said::Flaw(detail),
        other => {
            let problem = other.problem();
            if problem.status >= 500 {
                tracing::error!(error = &other as &dyn std::error::Error, "the editor failed");
            }
            Said::Trouble(Box::new(problem))
        }
    }
}

fn page(frame: &Frame, written: &Written, said: &Said) -> Markup {
    let lang = frame.lang;
    let flawed = matches!(said, Said::Flaw(_) | Said::Trouble(_) | Said::Word(_));
    let main = html! {
        div.head { h1 { (lang.say("policy-editor")) } }
        p.lead { (lang.say("policy-editor-lead")) }
        (answered(frame, written, said))
        form.editor method="post" action="/policy-editor" {
            (frame.csrf_field())
            input type="hidden" name="version" value=(written.version);
            input type="hidden" name="planned" value=(written.planned);
            label {
                span { (lang.say("policy-text")) }
                textarea name="document" rows="24" spellcheck="false" required
                    aria-describedby=[flawed.then_some("flaw")] { (written.document) }
            }
            p { label { input type="checkbox" name="prune" value="1" checked[written.prune.is_some()]; " " (lang.say("policy-prune")) } }
            p.line {
                button.primary type="submit" name="do" value="plan" { (lang.say("policy-plan")) }
                @if let Said::Planned(plan, _) = said {
                    @if !plan.changes.is_empty() { " " button type="submit" name="do" value="apply" { (lang.say("policy-apply")) } }
                }
            }
            fieldset {
                legend { (lang.say("policy-try")) }
                p.hint { (lang.say("policy-try-hint")) }
                p.line {
                    input name="device" value=(written.device) maxlength="200" placeholder=(lang.say("policy-device")) aria-label=(lang.say("policy-device"));
                    button type="submit" name="do" value="try" { (lang.say("policy-try-it")) }
                }
            }
        }
    };
    frame.page(Place::Policies, &lang.say("policy-editor"), &main)
}

fn answered(frame: &Frame, written: &Written, said: &Said) -> Markup {
    let lang = frame.lang;
    match said {
        Said::Nothing(kept) => stays(frame, kept),
        Said::Flaw(detail) => html! {
            div.flaw #flaw role="alert" {
                p { (detail) }
                @if let Some(marked) = marked(&written.document, detail) { pre tabindex="0" { (marked) } }
            }
        },
        Said::Trouble(problem) => html! {
            div.flaw #flaw role="alert" {
                (trouble::said(lang, problem))
                p { (lang.say("policy-text-is-here")) }
            }
        },
        Said::Word(word) => html! {
            div.flaw #flaw role="alert" {
                p { (word) }
                @if frame.actor.is_none() { p { a href="/sign-in" target="_blank" { (lang.say("sign-in")) } } }
            }
        },
        Said::Planned(plan, word) => html! {
            @if let Some(word) = word { div.flaw role="alert" { p { (word) } } }
            section #plan { (planned(frame, plan)) }
        },
        Said::Tried(tried) => html! { section #tried { (answer::found(frame, tried)) } },
    }
}

/// The line that is wrong, with its number, and a mark below the column.
fn marked(text: &str, detail: &str) -> Option<String> {
    let (line, rest) = detail.strip_prefix("line ")?.split_once(", column ")?;
    let column: usize = rest.split_once(':')?.0.parse().ok()?;
    let number: usize = line.parse().ok()?;
    let shown: String = text.lines().nth(number.checked_sub(1)?)?.chars().take(200).collect();
    let before = format!("{number} | ");
    let space = " ".repeat(before.chars().count() + column.saturating_sub(1).min(200));
    Some(format!("{before}{shown}\n{space}^"))
}

#[cfg(test)]
mod tests;
