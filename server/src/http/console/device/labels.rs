//! What people call a device by.

use maud::{Markup, html};

use crate::auth::Right;
use crate::devices::labels::{LabelChange, parse};
use crate::devices::view::DeviceView;
use crate::http::console::devices::Search;
use crate::http::console::frame::Frame;
use crate::http::console::visit::Fields;
use crate::http::fault::Fault;

/// The section.
#[must_use]
pub fn section(frame: &Frame, device: &DeviceView) -> Markup {
    let (lang, row) = (frame.lang, &device.row);
    let (may, action) = (frame.may_in(Right::Enrol, &row.org), format!("/devices/{}/labels", row.id));
    html! {
        section #labels {
            h2 { (lang.say("labels")) }
            @if row.labels.is_empty() { p.none { (lang.say("no-label")) } } @else {
                ul.labels {
                    @for (name, value) in &row.labels {
                        li {
                            a href=(having(name, value)) { code { (name) "=" (value) } }
                            @if may {
                                form method="post" action=(action) {
                                    (frame.csrf_field())
                                    input type="hidden" name="remove" value=(name);
                                    button.quiet type="submit" aria-label={ (lang.say("take-away")) ": " (name) } { (lang.say("take-away")) }
                                }
                            }
                        }
                    }
                }
            }
            @if may {
                form.line method="post" action=(action) {
                    (frame.csrf_field())
                    input name="set" required maxlength="127" placeholder="role=minister" aria-label=(lang.say("label-to-give"));
                    button type="submit" { (lang.say("give-label")) }
                }
            }
        }
    }
}

/// The list of all that have this label.
fn having(name: &str, value: &str) -> String {
    Search { q: Some(format!("label:{name}={value}")), ..Search::default() }.address()
}

/// What a form wants: labels with spaces or commas between in `set`, names in `remove`.
///
/// # Errors
/// Something is no label.
pub fn change(form: &Fields) -> Result<LabelChange, Fault> {
    let words = |name: &'static str| {
        form.all(name)
            .flat_map(|text| text.split([' ', ',', '\n', '\r', '\t']))
            .filter(|word| !word.is_empty())
    };
    let set = words("set").map(parse).collect::<Result<_, _>>()?;
    Ok(LabelChange { set, remove: words("remove").map(str::to_owned).collect() })
}
