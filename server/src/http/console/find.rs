//! `/find`: one phone by a name that somebody has read out; and the box for it, on the first page of whoever sees no lists.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::devices;
use crate::http::admin::Query;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::visit::Person;
use crate::http::fault::Fault;

/// The name.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    name: String,
}

/// Goes to the phone's page.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Redirect, Fault> {
    let device = devices::find(&app, &person.actor, &asked.name).await?;
    Ok(Redirect::to(&format!("/devices/{}", device.id)))
}

/// The box.
#[must_use]
pub fn page(frame: &Frame) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("find-phone")) } }
        p.lead { (lang.say("find-phone-lead")) }
        form.ask method="get" action="/find" {
            p.field {
                label for="name" { (lang.say("find-phone-name")) }
                input id="name" name="name" required maxlength="200" autocomplete="off" spellcheck="false" autofocus;
            }
            p { button type="submit" { (lang.say("find-phone-go")) } }
        }
    };
    frame.page(Place::Overview, &lang.say("find-phone"), &main)
}
