//! `/sign-in-links`: a link for another administrator.

use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{self, NewLink};
use crate::http::console::frame::{Frame, Place};
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use maud::{Markup, html};
use muster_proto::time::Timestamp;

/// A link that was just made: it is shown once and stored nowhere.
#[derive(Debug, Clone)]
pub struct Made {
    /// For whom.
    pub name: String,
    /// The link.
    pub link: String,
    /// Until when it works.
    pub expires: Timestamp,
    /// What the browser will show with its warning, if it will warn.
    pub certificate: Option<String>,
}

/// For whom a link is to be made.
#[derive(Debug, Deserialize)]
pub struct Asked {
    name: String,
}

/// Shows the form.
pub async fn get(person: Person) -> Page {
    Page(page(&person.frame, None))
}

/// Makes a link and shows it. The answer is no redirect: an address would keep the secret.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Asked>) -> Result<Page, Fault> {
    let new = NewLink { name: Some(signed.form.name.clone()) };
    let link = auth::make_link(&app, &signed.person.actor, new).await?;
    let made = Made {
        name: signed.form.name,
        link: link.link,
        expires: link.expires,
        certificate: link.certificate_sha256,
    };
    Ok(Page(page(&signed.person.frame, Some(&made))))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, made: Option<&Made>) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("sign-in-links")) } }
        p.lead { (lang.say("sign-in-links-lead")) }
        @if let Some(made) = made {
            section.made {
                h2 { (lang.with("link-for", [("name", crate::i18n::words(&made.name))])) }
                pre.secret { (made.link) }
                p.hint { (lang.say("shown-once")) " " (lang.say("works-once-until")) " " (frame.when().deadline(made.expires)) }
                @if let Some(certificate) = &made.certificate {
                    p.hint { (lang.say("browser-will-warn")) }
                    pre { (certificate) }
                }
            }
        }
        form.stack method="post" action="/sign-in-links" {
            (frame.csrf_field())
            label { (lang.say("persons-name")) input name="name" required maxlength="100" autocomplete="off"; }
            button.primary type="submit" { (lang.say("make-sign-in-link")) }
        }
    };
    frame.page(Place::SignInLinks, &lang.say("sign-in-links"), &main)
}
