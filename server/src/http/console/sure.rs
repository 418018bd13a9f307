//! Asks back before what is hard to undo: the form comes once more, with what it says and a button that says yes. It takes no script.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};

use super::frame::{Frame, Place};
use super::visit::{MAX_FORM, Page, Visitor, back, own_origin};
use crate::auth::secret::same;
use crate::http::admin::read_body;

/// The field of a form that says what people call the thing that it is about.
pub const CALLED: &str = "called";

/// Around such a form: what was not said to be sure is asked.
pub async fn asked(State(question): State<&'static str>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let bytes = match read_body(Request::from_parts(parts.clone(), body), MAX_FORM).await {
        Ok(bytes) => bytes,
        Err(fault) => return fault.into_response(),
    };
    let fields: Vec<(String, String)> = form_urlencoded::parse(&bytes).into_owned().collect();
    let said = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let visitor = parts.extensions.get::<Visitor>();
    let frame = visitor.map(|visitor| &visitor.frame).filter(|frame| frame.actor.is_some());
    // a form that is not of this session is refused behind this, as every other
    let ours = |frame: &&Frame| {
        own_origin(&parts.headers).is_ok() && same(said("csrf").unwrap_or_default(), &frame.csrf)
    };
    match frame.filter(ours) {
        Some(frame) if said("sure").is_none() => {
            let back = back(&parts).unwrap_or_else(|| "/".to_owned());
            Page(page(frame, question, parts.uri.path(), &back, &fields)).into_response()
        }
        _ => next.run(Request::from_parts(parts, Body::from(bytes))).await,
    }
}

fn page(frame: &Frame, question: &str, path: &str, back: &str, fields: &[(String, String)]) -> Markup {
    let lang = frame.lang;
    let title = lang.word("sure", question);
    let name = named(path);
    // an id says nothing to people: where the form has a name for it, that stands there
    let called = fields.iter().find(|(known, _)| known == CALLED).map_or(name.as_str(), |(_, value)| value);
    let own = path.starts_with("/people/") && frame.actor.as_ref().is_some_and(|actor| actor.name() == name);
    let main = html! {
        p.crumbs { a href=(back) { (lang.say("back")) } }
        h1 { (title) }
        section.confirm {
            p { b { (called) } }
            p { (lang.word("sure-hint", question)) }
            @if own { div.flaw role="alert" { p { (lang.say("sure-own")) } } }
            form method="post" action=(path) {
                @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                input type="hidden" name="sure" value="1";
                p.buttons {
                    button.primary type="submit" { (lang.say("sure-yes")) }
                    a.button href=(back) { (lang.say("back")) }
                }
            }
        }
    };
    frame.page(Place::Elsewhere, &title, &main)
}

/// What the address names: its second part.
fn named(path: &str) -> String {
    let part = path.split('/').nth(2).unwrap_or_default().replace('+', "%2B");
    let query = format!("x={}", part.replace('&', "%26"));
    form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};

    use super::named;
    use crate::http::testing::world;

    #[test]
    fn a_name_is_read_as_a_path_writes_it() {
        assert_eq!(named("/people/Anna%20B/take"), "Anna B");
        assert_eq!(named("/people/%D0%AF+b&c/take"), "Я+b&c");
    }

    #[tokio::test]
    async fn who_takes_away_is_asked_back_and_who_is_sure_does_it() {
        let world = world().await;
        let cookie = world.sign_in("Anna").await;
        world.sign_in("Boris").await;
        let csrf = world.visit(Method::GET, "/people", &cookie, "").await.csrf();
        let form = format!("csrf={csrf}");
        for lang in ["en", "ru"] {
            let path = format!("/people/Boris/disable?lang={lang}");
            let asked = world.visit(Method::POST, &path, &cookie, &form).await;
            assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
            assert!(
                asked.text.contains("name=\"sure\"") && asked.text.contains("<b>Boris</b>"),
                "{}",
                asked.text
            );
            assert!(!asked.text.contains("sure-"), "it is in words: {}", asked.text);
        }
        let people = world.get("/people").await.json();
        assert!(people["people"].as_array().unwrap().iter().all(|one| one["disabled"].is_null()), "{people}");
        let own = world.visit(Method::POST, "/people/Anna/disable?lang=en", &cookie, &form).await;
        assert!(own.text.contains("your own account"), "{}", own.text);
        let stray = world.visit(Method::POST, "/people/Boris/disable", &cookie, "csrf=x").await;
        assert_eq!(stray.status, StatusCode::FORBIDDEN);
        let sure =
            world.visit(Method::POST, "/people/Boris/disable", &cookie, &format!("{form}&sure=1")).await;
        assert_eq!(sure.status, StatusCode::SEE_OTHER, "{}", sure.text);
        let people = world.get("/people").await.json();
        assert!(
            people["people"].as_array().unwrap().iter().any(|one| !one["disabled"].is_null()),
            "{people}"
        );
    }
}
