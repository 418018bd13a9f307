//! What a page says of a device that counts no more: that it ended, when, by whom and why, and what of it is left.

use crate::devices::EndedView;
use crate::http::console::frame::Frame;
use crate::http::console::when::When;
use crate::i18n::words;
use maud::{Markup, html};

/// The words above everything else.
#[must_use]
pub fn notice(frame: &Frame, when: &When, ended: &EndedView) -> Markup {
    let lang = frame.lang;
    html! {
        div.ended #ended role="note" {
            p {
                b { (lang.word("ended", ended.status.word())) }
                @if let Some(at) = ended.at { ", " (when.stamp(at)) }
                @if let Some(by) = &ended.by { ", " (lang.with("ended-by", [("who", words(by))])) }
                @if let Some(reason) = &ended.reason { ": " q { (reason) } }
            }
            @if let Some(at) = ended.erased {
                p {
                    (lang.say("ended-erased")) " " (when.stamp(at))
                    @if let Some(by) = &ended.erased_by { ", " (lang.with("ended-by", [("who", words(by))])) }
                    ". " (lang.say("ended-left"))
                }
            } @else { p.hint { (lang.say("ended-last-known")) } }
        }
    }
}

#[cfg(test)]
mod tests;
