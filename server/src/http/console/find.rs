//! `/find`: one phone by a name that somebody has read out; and the box for it, on the first page of whoever sees no lists.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use muster_proto::problem::Problem;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::devices;
use crate::http::admin::Query;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::trouble;
use crate::http::console::visit::{Page, Person};
use crate::http::fault::Fault;

/// The name.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    name: String,
    #[serde(rename = "lang", default)]
    _lang: Option<String>,
}

/// Goes to the phone's page.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    match devices::find(&app, &person.actor, &asked.name).await {
        Ok(device) => Ok(Redirect::to(&format!("/devices/{}", device.id)).into_response()),
        Err(error) => {
            let problem = error.problem();
            if problem.status >= 500 {
                return Err(error.into());
            }
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::NOT_FOUND);
            Ok((status, Page(page(&person.frame, Some((&asked.name, &problem))))).into_response())
        }
    }
}

/// The box; with what was typed and why it led nowhere.
#[must_use]
pub fn page(frame: &Frame, asked: Option<(&str, &Problem)>) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("find-phone")) } }
        p.lead { (lang.say("find-phone-lead")) }
        @if let Some((_, problem)) = asked { div.flaw #flaw role="alert" { (trouble::said(lang, problem)) } }
        form.ask method="get" action="/find" {
            p.field {
                label for="name" { (lang.say("find-phone-name")) }
                input id="name" name="name" required maxlength="200" autocomplete="off" spellcheck="false" autofocus
                    value=[asked.map(|(name, _)| name)] aria-describedby=[asked.map(|_| "flaw")];
            }
            p { button type="submit" { (lang.say("find-phone-go")) } }
        }
    };
    frame.page(Place::Overview, &lang.say("find-phone"), &main)
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    use crate::http::testing::world;

    #[tokio::test]
    async fn a_phone_that_only_the_register_has_is_told_from_one_that_nobody_knows() {
        let world = world().await;
        let cookie = world.sign_in("Anna").await;
        let added = world.post("/assets", &json!({ "org": "minfin", "tag": "MF-77" })).await;
        assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
        for (name, says) in
            [("mf-77", "The register has this phone"), ("MF-78", "What was named is not there")]
        {
            let path = format!("/find?name={name}&lang=en");
            let answer = world.visit(Method::GET, &path, &cookie, "").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            assert!(answer.text.contains(says), "{}", answer.text);
            assert!(answer.text.contains(&format!("value=\"{name}\"")), "it can be mended: {}", answer.text);
        }
    }
}
