//! What the carrier's page has around it, and how it looks: the console's style, in one column.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use std::sync::LazyLock;

use crate::http::console::frame::Frame;

const STYLE: &str = concat!(include_str!("../console/assets/console.css"), "\n", include_str!("mine.css"));
const ICON: &str = include_str!("../console/assets/icon.svg");
const ICON_PATH: &str = "/mine/icon.svg";

/// Its address changes with its content: browsers keep it for a year.
static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = muster_proto::id::Digest::of(STYLE.as_bytes()).to_string();
    format!("/mine/{}.css", digest.get(..12).unwrap_or(&digest))
});

/// The whole page.
#[must_use]
pub fn sheet(frame: &Frame, title: &str, main: &Markup) -> Markup {
    let lang = frame.lang;
    html! {
        (DOCTYPE)
        html lang=(lang.code()) {
            head {
                meta charset="utf-8";
                title { (title) " · Muster" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                link rel="icon" href=(ICON_PATH) type="image/svg+xml";
                link rel="stylesheet" href=(*STYLE_PATH);
            }
            body.mine {
                a.skip href="#main" { (lang.say("skip")) }
                header.top { span.mark { "Muster" } (frame.languages()) }
                main #main { (main) }
                footer.foot { a href="/mine/privacy" { (lang.say("mine-privacy")) } }
            }
        }
    }
}

/// The style and the icon.
#[must_use]
pub fn serve(path: &str) -> Option<Response> {
    let (kind, text) = match path {
        ICON_PATH => ("image/svg+xml", ICON),
        path if path == *STYLE_PATH => ("text/css; charset=utf-8", STYLE),
        _ => return None,
    };
    let headers =
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Some((headers, text).into_response())
}
