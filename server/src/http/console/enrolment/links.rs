//! The links on the page `/enrolment` that still work, each with a button that takes it back.

use crate::enrolment::{Approve, TokenView};
use crate::http::console::frame::Frame;
use crate::orgs::OrgView;
use maud::{Markup, html};

/// The links.
#[must_use]
pub fn section(frame: &Frame, tokens: &[TokenView], orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        section {
            h2 { (lang.say("working-links")) }
            @if tokens.is_empty() {
                p.none { (lang.say("no-working-link")) }
            } @else {
                p.hint { (lang.say("working-links-hint")) }
                table.tokens {
                    thead {
                        tr {
                            th { (lang.say("link-id")) }
                            th { (lang.say("organisation")) }
                            th.right { (lang.say("uses-left")) }
                            th { (lang.say("link-ends")) }
                            th { (lang.say("approval")) }
                            th { (lang.say("made-by")) }
                            th { span.hidden { (lang.say("decide")) } }
                        }
                    }
                    tbody { @for token in tokens { (row(frame, token, orgs)) } }
                }
            }
        }
    }
}

fn row(frame: &Frame, token: &TokenView, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let approval = match token.approve {
        Approve::Auto => "approval-auto",
        Approve::Person => "approval-person",
    };
    html! {
        tr {
            td { code.code { (token.id) } }
            td { (super::title(orgs, &token.org)) }
            td.right { (token.left) " / " (token.uses) }
            td { (frame.when().deadline(token.expires)) }
            td {
                (lang.say(approval))
                @if let Some(known) = token.replaces {
                    p.soft {
                        (lang.say("takes-the-place-of")) " "
                        a href={ "/devices/" (known) } { code { (known.to_string().chars().take(8).collect::<String>()) } }
                    }
                }
            }
            td { (token.actor) p.soft { (frame.when().ago(token.created)) } }
            td {
                form.decide method="post" action={ "/enrolment/links/" (token.id) "/revoke" } {
                    (frame.csrf_field())
                    button type="submit" { (lang.say("revoke")) }
                }
            }
        }
    }
}
