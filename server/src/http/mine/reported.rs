//! What was reported last, exactly.

use maud::{Markup, html};

use super::page::Shown;
use crate::http::console::device::{Checked, bytes, signature};
use crate::http::console::frame::Frame;
use crate::http::console::report::{facts, sightings};
use crate::http::console::when::When;

/// The section.
pub fn section(frame: &Frame, when: &When, shown: &Shown) -> Markup {
    let lang = frame.lang;
    html! {
        section #reported {
            h2 { (lang.say("mine-reported")) }
            @match &shown.report {
                None => p.none { (lang.say("no-report")) },
                Some(stored) => {
                    p { "№\u{a0}" (stored.number) ", " (when.stamp(stored.evidence_at)) ", " (lang.word("trigger", stored.report.trigger.word())) ", " (bytes(lang, stored.bytes.len() as u64)) }
                    (signature(frame, &Checked::of(stored)))
                    details {
                        summary { (lang.say("facts")) }
                        (facts(frame, &stored.report))
                    }
                    details {
                        summary { (lang.say("sightings")) }
                        (sightings(frame, &stored.report))
                    }
                    details {
                        summary { (lang.say("as-json")) }
                        pre tabindex="0" { (serde_json::to_string_pretty(&stored.report).unwrap_or_default()) }
                    }
                }
            }
        }
    }
}
