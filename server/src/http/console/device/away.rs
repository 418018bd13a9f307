//! That whoever has a device is away, and how its silence is counted.

use maud::{Markup, html};

use crate::auth::Right;
use crate::away::NewAway;
use crate::devices::Standstill;
use crate::devices::view::DeviceView;
use crate::error::ActionError;
use crate::http::console::frame::Frame;
use crate::http::console::visit::Fields;
use crate::http::console::when::When;
use crate::i18n::words;
use crate::point::Point;
use crate::problems::Code;

/// The section: when silence begins, the note, and the forms for it.
#[must_use]
pub fn section(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    let Some(silence) = &device.silence else { return html! {} };
    let (may, action) =
        (frame.may_in(Right::Enrol, &device.row.org), format!("/devices/{}/away", device.row.id));
    html! {
        section #away {
            h2 { (lang.say("silence-section")) }
            p { (lang.say("silence-begins")) " " (when.deadline(silence.begins)) }
            @for line in lines(frame, when, device) { p { (line) } }
            @if may {
                @if device.away.is_some() {
                    form method="post" action={ (action) "/back" } {
                        (frame.csrf_field())
                        button type="submit" { (lang.say("away-back")) }
                    }
                }
                form.stack method="post" action=(action) {
                    (frame.csrf_field())
                    label { (lang.say("away-until-day")) input type="date" name="until" required; }
                    label { (lang.say("reason")) input name="reason" required maxlength="500"; }
                    p.hint { (lang.say("away-hint")) }
                    button type="submit" { (lang.say("away-set")) }
                }
            }
        }
    }
}

/// Why silence is not what the clock on the wall says; nothing where it is.
#[must_use]
pub fn lines(frame: &Frame, when: &When, device: &DeviceView) -> Vec<String> {
    let lang = frame.lang;
    let mut lines = Vec::new();
    if let Some(note) = &device.away {
        let (from, until) = (when.exact(note.from), when.exact(note.until));
        let said = [
            ("from", words(&from)),
            ("until", words(&until)),
            ("who", words(&note.actor)),
            ("reason", words(&note.reason)),
        ];
        lines.push(if note.from > frame.now {
            lang.with("away-from-until", said)
        } else {
            lang.with("away-until", said)
        });
    }
    if let Some(silence) = &device.silence {
        if let Some(org) = &silence.calendar {
            lines.push(lang.with("silence-by-calendar", [("org", words(org))]));
        }
        if silence.stands == Some(Standstill::OffHours) {
            lines.push(lang.say("silence-off-hours"));
        }
    }
    lines
}

/// What the form says: until the end of a day.
///
/// # Errors
/// It is no day.
pub fn note(form: &Fields) -> Result<NewAway, ActionError> {
    let wrong = || ActionError::invalid(Code::AwayMalformed, "until: not a day");
    let text = form.one("until").unwrap_or_default();
    let until = text.parse().map(Point::Day).map_err(|_| wrong())?;
    let reason = form.one("reason").unwrap_or_default().to_owned();
    Ok(NewAway { from: None, until, reason })
}
