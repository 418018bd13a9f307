//! The signed report: what was verified for this very page, and the bytes to verify it elsewhere.

use crate::auth::Right;
use crate::devices::evidence::StoredReport;
use crate::devices::view::{ChainView, DeviceView};
use crate::http::console::frame::Frame;
use crate::http::console::marks::figure;
use crate::http::console::when::When;
use crate::i18n::{Lang, number, words};
use maud::{Markup, html};
use muster_policy::BreakKind;
use muster_proto::id::{Digest, Kid};
use muster_proto::time::Timestamp;

/// A report, verified with the device's key on this request.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Its number.
    pub number: u64,
    /// Whether the signature holds, and the bytes are those that the digest names.
    pub holds: bool,
    /// The key.
    pub kid: Kid,
    /// Digest of the message, computed from the bytes.
    pub digest: Digest,
    /// When it was true.
    pub evidence_at: Timestamp,
    /// When it came.
    pub received: Timestamp,
    /// Bytes.
    pub size: u64,
}

impl Checked {
    /// What a page says about a report that was verified when it was read.
    #[must_use]
    pub fn of(stored: &StoredReport) -> Self {
        Self {
            number: stored.number,
            holds: stored.holds,
            kid: stored.kid,
            digest: stored.digest,
            evidence_at: stored.evidence_at,
            received: stored.received,
            size: stored.bytes.len() as u64,
        }
    }
}

/// The section.
#[must_use]
pub fn section(frame: &Frame, when: &When, device: &DeviceView, checked: Option<&Checked>) -> Markup {
    let lang = frame.lang;
    html! {
        section.evidence #evidence data-live {
            h2 { (lang.say("signed-report")) }
            @match checked {
                None => p.none { (lang.say("no-report")) },
                Some(checked) => {
                    (signature(frame, checked))
                    @if let Some(chain) = &device.chain { (chain_words(frame, when, chain)) }
                    dl.facts {
                        div { dt { (lang.say("report")) } dd { "№\u{a0}" (checked.number) ", " (when.ago(checked.evidence_at)) ", " (bytes(lang, checked.size)) } }
                        div {
                            dt { (lang.say("key")) }
                            dd {
                                code { (checked.kid) }
                                @if let Some(protection) = device.key.protection { ", " (lang.word("protection", protection.word())) }
                            }
                        }
                        @if let Some(chain) = &device.key.chain {
                            div {
                                dt { (lang.say("key-certificates")) }
                                dd {
                                    a href={ "/api/v1/devices/" (device.row.id) "/chain" } {
                                        (lang.with("certificates", [("n", number(chain.certificates as u64))]))
                                    }
                                    ", " (lang.say("not-verified-yet"))
                                }
                            }
                        }
                        div { dt { (lang.say("digest")) } dd { code.digest { (checked.digest) } } }
                    }
                    (links(frame, device, checked))
                }
            }
        }
    }
}

/// "The signature holds", or not, in so many words.
#[must_use]
pub fn signature(frame: &Frame, checked: &Checked) -> Markup {
    let (class, key) =
        if checked.holds { ("holds", "signature-holds") } else { ("broken", "signature-broken") };
    html! { p class={ "seal " (class) } { (frame.lang.say(key)) } }
}

/// "1 406 bytes".
#[must_use]
pub fn bytes(lang: Lang, size: u64) -> String {
    lang.with("bytes", [("n", number(size)), ("figure", words(&figure(size)))])
}

fn chain_words(frame: &Frame, when: &When, chain: &ChainView) -> Markup {
    let lang = frame.lang;
    html! {
        @if chain.breaks.is_empty() {
            p.seal.holds { (lang.say("chain-unbroken")) " " (when.stamp(chain.unbroken_since)) }
        } @else {
            @for one in &chain.breaks {
                p.seal.broken { (lang.word("break", kind(one.kind))) ", № " (one.number) ", " (when.stamp(one.at)) }
            }
        }
        @for lost in &chain.restored {
            p.none { (lang.say("lost-in-restore")) ", № " (lost.first) "–" (lost.last) " (" (lost.lost) "), " (when.stamp(lost.at)) }
        }
    }
}

fn kind(kind: BreakKind) -> &'static str {
    match kind {
        BreakKind::Fork => "fork",
        BreakKind::Reset => "reset",
        BreakKind::Gap => "gap",
    }
}

fn links(frame: &Frame, device: &DeviceView, checked: &Checked) -> Markup {
    let lang = frame.lang;
    let id = device.row.id;
    html! {
        p.links {
            a href={ "/devices/" (id) "/reports/" (checked.number) } { (lang.say("read-it")) }
            a href={ "/api/v1/devices/" (id) "/report?number=" (checked.number) } download={ (id) "-" (checked.number) ".cbor" } { (lang.say("signed-bytes")) }
            a href={ "/api/v1/devices/" (id) "/key" } download={ (id) ".pem" } { (lang.say("public-key")) }
        }
        @let broken = device.chain.as_ref().is_some_and(|chain| !chain.breaks.is_empty());
        @if broken && frame.may_in(Right::Enrol, &device.row.org) {
            form.line method="post" action={ "/devices/" (id) "/acknowledge" } {
                (frame.csrf_field())
                input name="reason" required maxlength="256" placeholder=(lang.say("why-no-worry")) aria-label=(lang.say("why-no-worry"));
                button type="submit" { (lang.say("acknowledge")) }
            }
        }
    }
}
