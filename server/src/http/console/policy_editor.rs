//! `/policy-editor`: a policy is written, planned, tried on a device and applied. It works without scripts: one form, three buttons.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::error::ActionError;
use crate::http::admin::{Query, device_id};
use crate::http::console::frame::{Frame, Place};
use crate::http::console::marks;
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use crate::i18n::number;
use crate::policies::{self, Plan, Tried};
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
    document: String,
    /// The version in force when the page was made; empty where there was none.
    #[serde(default)]
    version: String,
    #[serde(default)]
    prune: Option<String>,
    #[serde(default)]
    device: String,
    #[serde(default)]
    r#do: String,
}

/// What came of it.
enum Said {
    Nothing,
    Flaw(String),
    Planned(Box<Plan>),
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
    if let Some(id) = which.policy {
        let stored = policies::show(&app, &person.actor, &id, None).await?;
        written.version = stored.etag();
        written.document = stored.body;
    }
    Ok(Page(page(&person.frame, &written, &Said::Nothing)))
}

/// Plans, tries or applies.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Written>) -> Result<Response, Fault> {
    let Signed { person, form: mut written } = signed;
    // browsers send other ends of lines than they were given
    written.document = written.document.replace("\r\n", "\n");
    let prune = written.prune.is_some();
    let said = match written.r#do.as_str() {
        "apply" => {
            let version = if written.version.is_empty() {
                IfMatch::none_yet()
            } else {
                IfMatch::of(Some(vec![written.version.clone()]))
            };
            let document = written.document.clone();
            match policies::apply_to(&app, &person.actor, document, prune, version).await {
                Ok(applied) => {
                    return Ok(Redirect::to(&format!("/policies/{}", applied.policy)).into_response());
                }
                Err(error) => flaw(error)?,
            }
        }
        "try" => {
            match policies::try_on(&app, &person.actor, &written.document, device_id(written.device.trim())?)
                .await
            {
                Ok(tried) => Said::Tried(tried),
                Err(error) => flaw(error)?,
            }
        }
        _ => match policies::plan(&app, &person.actor, &written.document, prune).await {
            Ok(plan) => Said::Planned(Box::new(plan)),
            Err(error) => flaw(error)?,
        },
    };
    Ok(Page(page(&person.frame, &written, &said)).into_response())
}

/// What is wrong with the text is said beside it; anything else is a problem of its own.
fn flaw(error: ActionError) -> Result<Said, Fault> {
    match error {
        ActionError::Invalid { code: Code::PolicyMalformed | Code::UnknownOrg, detail } => {
            Ok(Said::Flaw(detail))
        }
        other => Err(other.into()),
    }
}

fn page(frame: &Frame, written: &Written, said: &Said) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("policy-editor")) } }
        p.lead { (lang.say("policy-editor-lead")) }
        (answer(frame, written, said))
        form.editor method="post" action="/policy-editor" {
            (frame.csrf_field())
            input type="hidden" name="version" value=(written.version);
            label {
                span { (lang.say("policy-text")) }
                textarea name="document" rows="24" spellcheck="false" autocomplete="off" required
                    aria-describedby=[matches!(said, Said::Flaw(_)).then_some("flaw")] { (written.document) }
            }
            p { label { input type="checkbox" name="prune" value="1" checked[written.prune.is_some()]; " " (lang.say("policy-prune")) } }
            p.line {
                button.primary type="submit" name="do" value="plan" { (lang.say("policy-plan")) }
                @if let Said::Planned(plan) = said {
                    @if !plan.changes.is_empty() { " " button type="submit" name="do" value="apply" { (lang.say("policy-apply")) } }
                }
            }
            fieldset {
                legend { (lang.say("policy-try")) }
                p.hint { (lang.say("policy-try-hint")) }
                p.line {
                    input name="device" value=(written.device) maxlength="40" placeholder=(lang.say("policy-device")) aria-label=(lang.say("policy-device"));
                    button type="submit" name="do" value="try" { (lang.say("policy-try-it")) }
                }
            }
        }
    };
    frame.page(Place::Policies, &lang.say("policy-editor"), &main)
}

fn answer(frame: &Frame, written: &Written, said: &Said) -> Markup {
    match said {
        Said::Nothing => html! {},
        Said::Flaw(detail) => html! {
            div.flaw #flaw role="alert" {
                p { (detail) }
                @if let Some(marked) = marked(&written.document, detail) { pre tabindex="0" { (marked) } }
            }
        },
        Said::Planned(plan) => html! { section #plan { (planned(frame, plan)) } },
        Said::Tried(tried) => html! { section #tried { (found(frame, tried)) } },
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

fn planned(frame: &Frame, plan: &Plan) -> Markup {
    let lang = frame.lang;
    let changes = plan.devices.by_org.iter().flat_map(|org| &org.changes);
    html! {
        h2 { (lang.say("policy-would-change")) }
        @if plan.changes.is_empty() { p { (lang.say("policy-no-change")) } }
        @else {
            ul.changes {
                @for change in &plan.changes {
                    li { code { (change.what) } ": " (change.from.as_deref().unwrap_or("–")) " → " (change.to.as_deref().unwrap_or("–")) }
                }
            }
        }
        h2 { (lang.with("policy-devices-turn", [("n", number(plan.devices.total))])) }
        @if plan.devices.total > 0 {
            table {
                thead { tr { th { (lang.say("organisation")) } th { (lang.say("from")) } th { (lang.say("to")) } th.right { (lang.say("devices")) } } }
                tbody {
                    @for org in &plan.devices.by_org { @for turn in &org.turns {
                        tr {
                            td { (org.org) }
                            td { (marks::state(lang, turn.from)) }
                            td { (marks::state(lang, turn.to)) }
                            td.right { (turn.devices) }
                        }
                    } }
                }
            }
            details {
                summary { (lang.with("policy-first-devices", [("n", number(plan.devices.total.min(MOST_SHOWN as u64)))])) }
                table {
                    thead { tr { th { (lang.say("device")) } th { (lang.say("from")) } th { (lang.say("to")) } th { (lang.say("rule")) } } }
                    tbody {
                        @for one in changes.take(MOST_SHOWN) {
                            tr {
                                td { a href={ "/devices/" (one.device) } { (one.model.as_deref().unwrap_or("–")) } }
                                td { (marks::state(lang, one.from)) }
                                td { (marks::state(lang, one.to)) }
                                td { @for rule in &one.rules { code { (rule.rule) } " " } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn found(frame: &Frame, tried: &Tried) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        h2 { (lang.say("policy-would-find")) " " a href={ "/devices/" (tried.device) } { code { (tried.device) } } }
        table.findings {
            thead { tr { th { (lang.say("state")) } th { (lang.say("rule")) } th { (lang.say("shown-by")) } th.right { (lang.say("until")) } } }
            tbody {
                @for finding in &tried.findings {
                    tr {
                        td.state-cell { (marks::state(lang, finding.state)) }
                        td { (lang.of(&finding.title)) " " code.soft { (finding.rule) } }
                        td.shown {
                            @for shown in &finding.evidence {
                                @let (what, value) = crate::http::console::device::shown_words(&when, &shown.what, &shown.value);
                                p { @if let Some(what) = &what { (what) ": " } (value) }
                            }
                        }
                        td.right { @if let Some(due) = finding.due { (when.deadline(due)) } }
                    }
                }
            }
        }
    }
}
