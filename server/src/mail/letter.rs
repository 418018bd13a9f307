//! How a mail is worded: the same sections as text and as a page, in the recipient's language.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, html};
use muster_proto::id::{DeviceId, Digest, hex};
use muster_proto::time::Timestamp;

use super::gather::{Found, Phone};
use crate::i18n::{Lang, number};

/// A mail's parts.
pub struct Letter {
    pub lang: Lang,
    pub subject: String,
    pub lead: String,
    pub sections: Vec<Section>,
    /// Where people reach the server.
    pub people: String,
}

/// A part with a title.
pub struct Section {
    pub title: String,
    pub lines: Vec<Line>,
    /// How many there are beyond the lines.
    pub more: u64,
}

/// A line, and what it leads to.
pub struct Line {
    pub words: String,
    pub device: Option<DeviceId>,
}

impl Letter {
    /// As text.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.lead);
        for section in &self.sections {
            text += &format!("\n{}\n", section.title);
            for line in &section.lines {
                text += &format!("- {}\n", line.words);
                if let Some(device) = line.device {
                    text += &format!("  {}\n", self.link(device));
                }
            }
            text += &section.rest(self.lang).map(|rest| format!("  {rest}\n")).unwrap_or_default();
        }
        text + &format!("\n-- \n{}\n", self.foot())
    }

    /// As a page.
    pub fn html(&self) -> String {
        html! {
            (DOCTYPE)
            html lang=(self.lang.code()) {
                head { meta charset="utf-8"; title { (self.subject) } }
                body {
                    p { (self.lead) }
                    @for section in &self.sections {
                        h2 { (section.title) }
                        ul {
                            @for line in &section.lines {
                                li {
                                    @if let Some(device) = line.device { a href=(self.link(device)) { (line.words) } }
                                    @else { (line.words) }
                                }
                            }
                            @if let Some(rest) = section.rest(self.lang) { li { (rest) } }
                        }
                    }
                    p { small { (self.foot()) } }
                }
            }
        }
        .into_string()
    }

    fn link(&self, device: DeviceId) -> String {
        format!("{}/devices/{device}", self.people)
    }

    fn foot(&self) -> String {
        self.lang.with("mail-foot", [("server", self.people.as_str().into())])
    }
}

impl Section {
    /// What was found, a line for each phone by `words`.
    pub fn of(title: &str, lang: Lang, found: &Found, words: impl Fn(&Phone) -> String) -> Self {
        let mut lines: Vec<Line> =
            found.phones.iter().map(|phone| Line { words: words(phone), device: Some(phone.id) }).collect();
        if lines.is_empty() {
            lines.push(Line { words: lang.say("mail-nothing"), device: None });
        }
        let more = found.total.saturating_sub(found.phones.len() as u64);
        Self { title: format!("{title}: {}", found.total), lines, more }
    }

    fn rest(&self, lang: Lang) -> Option<String> {
        (self.more > 0).then(|| lang.with("mail-more", [("n", number(self.more))]))
    }
}

/// What a phone is called: by its tag, else by the beginning of its id.
pub fn name(asset_tag: Option<&str>, id: DeviceId) -> String {
    asset_tag.map_or_else(|| hex(&id.0[..4]), str::to_owned)
}

/// A moment, to the minute, in a time zone.
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The time zone of this name; UTC where the machine doesn't know it any more.
pub fn zone(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// The id of a mail: the same for the same.
pub fn id(kind: &str, recipient: &str, what: &str) -> String {
    let said = format!("{kind}\n{recipient}\n{what}");
    format!("{kind}.{}", hex(&Digest::of(said.as_bytes()).0[..16]))
}
