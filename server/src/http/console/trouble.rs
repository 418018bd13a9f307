//! What went wrong: what happened, what was kept, and what to do.

use crate::auth::Right;
use crate::http::console::frame::{Frame, Place};
use crate::i18n::Lang;
use maud::{Markup, html};
use muster_proto::problem::Problem;

/// What a problem says, beside what it is about.
#[must_use]
pub fn said(lang: Lang, problem: &Problem) -> Markup {
    html! {
        p { (lang.word("problem", &problem.code)) }
        @if let Some(detail) = &problem.detail { p.detail { (detail) } }
    }
}

/// A page for a problem; `back` is the page whose form it was.
#[must_use]
pub fn page(frame: &Frame, problem: &Problem, back: Option<&str>) -> Markup {
    let lang = frame.lang;
    let title = match problem.status {
        404 => lang.say("not-found"),
        403 => lang.say("not-allowed"),
        429 => lang.say("too-many-attempts"),
        500.. => lang.say("server-failed"),
        _ => lang.say("not-done"),
    };
    let main = html! {
        div.trouble {
            h1 { (title) }
            (said(lang, problem))
            p.next {
                @if problem.status >= 500 { (lang.say("nothing-lost")) " " }
                (onward(frame, back))
            }
            p.hint { code { (problem.status) " " (problem.code) } }
        }
    };
    frame.page(Place::Elsewhere, &title, &main)
}

/// Where to go on: nobody is sent to where they may not go.
fn onward(frame: &Frame, back: Option<&str>) -> Markup {
    let lang = frame.lang;
    html! {
        @if let Some(back) = back { a.button href=(back) { (lang.say("back-to-the-form")) } " " }
        @if frame.may(Right::Read) { a.button href="/devices" { (lang.say("to-the-devices")) } }
        @else if frame.may(Right::OneDevice) { a.button href="/" { (lang.say("to-the-start")) } }
        @else if frame.actor.is_some() { a.button href="/account" { (lang.say("account")) } }
        @else { a.button href="/sign-in" { (lang.say("sign-in")) } }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Method, Request, header};

    use crate::auth::{self, Actor, Role};
    use crate::http::testing::world;

    #[tokio::test]
    async fn a_fault_leads_back_to_its_form_and_nowhere_else() {
        let world = world().await;
        let cookie = world.sign_in("Anna").await;
        let csrf = world.visit(Method::GET, "/orgs", &cookie, "").await.csrf();
        for (from, link) in [
            ("https://localhost:8443/orgs?q=a&lang=ru", Some("href=\"/orgs?q=a\"")),
            ("https://localhost:8443//evil.example/", Some("href=\"/\"")),
            ("nonsense", None),
        ] {
            let request = Request::post("/orgs?lang=en")
                .header(header::COOKIE, &cookie)
                .header(header::REFERER, from)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let form = format!("csrf={csrf}&id=a&title=T&parent=&time_zone=Moscow");
            let page = world.send(request.body(Body::from(form)).unwrap()).await.text;
            match link {
                Some(link) => assert!(page.contains(link) && page.contains("Back to the form"), "{page}"),
                None => assert!(!page.contains("Back to the form"), "{page}"),
            }
            assert!(page.contains("This is no time zone"), "a sentence: {page}");
        }
    }

    #[tokio::test]
    async fn nobody_is_sent_to_where_they_may_not_go() {
        let world = world().await;
        let new = auth::NewLink { role: Some(Role::Helpdesk), ..auth::NewLink::of("Hella") };
        let link = auth::make_link(&world.app, &Actor::system("test"), new).await.unwrap();
        let secret = link.link.rsplit("link=").next().unwrap().to_owned();
        let answer = world.visit(Method::POST, "/sign-in", "", &format!("link={secret}")).await;
        let page = world.visit(Method::GET, "/devices", &answer.cookie(), "").await.text;
        assert!(!page.contains("href=\"/devices\"") && page.contains("href=\"/\""), "{page}");
    }
}
