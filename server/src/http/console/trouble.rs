//! What went wrong: what happened, what was kept, and what to do.

use crate::http::console::frame::{Frame, Place};
use maud::{Markup, html};
use muster_proto::problem::Problem;

/// A page for a problem.
#[must_use]
pub fn page(frame: &Frame, problem: &Problem) -> Markup {
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
            p { (lang.word("problem", &problem.code)) }
            @if let Some(detail) = &problem.detail { p.detail { (detail) } }
            p.next {
                @if problem.status >= 500 { (lang.say("nothing-lost")) " " }
                a.button href="/devices" { (lang.say("to-the-devices")) }
            }
            p.hint { code { (problem.status) " " (problem.code) } }
        }
    };
    frame.page(Place::Elsewhere, &title, &main)
}
