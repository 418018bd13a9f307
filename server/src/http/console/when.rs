//! Times in words: "3 h ago" with the exact time on hover, deadlines as "in 4 days · 1 Apr".

use crate::i18n::{Lang, number, words};
use jiff::Zoned;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use muster_proto::time::Timestamp;

/// What a page needs to put times into words.
#[derive(Clone)]
pub struct When {
    /// Whose words.
    pub lang: Lang,
    /// The moment at which the page is made.
    pub now: Timestamp,
    /// Whose days.
    pub zone: TimeZone,
}

impl When {
    /// In UTC.
    #[must_use]
    pub fn utc(lang: Lang, now: Timestamp) -> Self {
        Self { lang, now, zone: TimeZone::UTC }
    }

    /// The same in another time zone; an unknown name leaves it as it was.
    #[must_use]
    pub fn in_zone(&self, name: &str) -> Self {
        let zone = TimeZone::get(name).unwrap_or_else(|_| self.zone.clone());
        Self { zone, ..self.clone() }
    }

    /// "3 h ago".
    #[must_use]
    pub fn ago(&self, at: Timestamp) -> Markup {
        let text = if at.millis() > self.now.millis() + MINUTE {
            self.lang.with("when-in", [("span", words(&self.span(at.since(self.now).millis())))])
        } else {
            self.ago_text(at)
        };
        self.time(at, &text)
    }

    /// "3 h ago", or a dash and why there is none.
    #[must_use]
    pub fn ago_or_never(&self, at: Option<Timestamp>) -> Markup {
        match at {
            Some(at) => self.ago(at),
            None => html! { span.none { (self.lang.say("never")) } },
        }
    }

    /// "for 3 h": how long something lasts already.
    #[must_use]
    pub fn lasting(&self, since: Timestamp) -> Markup {
        self.time(since, &self.span(self.now.since(since).millis()))
    }

    /// "in 4 days · 1 Apr", "3 days over · 1 Apr"; on the same day "in 3 h · 18:00".
    #[must_use]
    pub fn deadline(&self, due: Timestamp) -> Markup {
        let left = due.millis() - self.now.millis();
        let today = left >= 0 && self.day(due) == self.day(self.now);
        let day = if today { self.clock(due) } else { self.last_day(due) };
        let text = if left >= 0 {
            self.lang.with("when-in", [("span", words(&self.span(left.unsigned_abs())))])
        } else {
            self.lang.with("when-over", [("span", words(&self.span(left.unsigned_abs())))])
        };
        self.time(due, &format!("{text} ·\u{a0}{day}"))
    }

    /// "23 Nov 2026, 03:36:13 UTC+3".
    #[must_use]
    pub fn exact(&self, at: Timestamp) -> String {
        let Some(zoned) = self.zoned(at) else { return at.to_string() };
        format!(
            "{} {} {}, {:02}:{:02}:{:02} {}",
            zoned.day(),
            self.month(&zoned),
            zoned.year(),
            zoned.hour(),
            zoned.minute(),
            zoned.second(),
            offset(&zoned)
        )
    }

    /// The exact time in a table: "23 Nov, 03:36:13", with the year where it is another one.
    #[must_use]
    pub fn stamp(&self, at: Timestamp) -> Markup {
        let text = match self.zoned(at) {
            Some(zoned) => format!(
                "{}, {:02}:{:02}:{:02}",
                self.day_of(&zoned),
                zoned.hour(),
                zoned.minute(),
                zoned.second()
            ),
            None => at.to_string(),
        };
        self.time(at, &text)
    }

    /// "1 Apr", with the year where it is another one.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        self.zoned(at).map_or_else(|| at.to_string(), |zoned| self.day_of(&zoned))
    }

    /// "2026-04-01", as fields for days have it.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> String {
        self.zoned(at).map_or_else(String::new, |zoned| zoned.date().to_string())
    }

    /// A length of time in its largest fitting unit: "40 s", "5 min", "30 h", "4 days", "3 years".
    #[must_use]
    pub fn span(&self, millis: u64) -> String {
        let minutes = millis / MINUTE.unsigned_abs();
        let (key, n) = match minutes {
            0 => ("unit-seconds", millis / 1000),
            1..=89 => ("unit-minutes", minutes),
            90..=2879 => ("unit-hours", (minutes + 30) / 60),
            2880..=1_051_199 => ("unit-days", minutes / (24 * 60)),
            _ => ("unit-years", minutes / (24 * 60 * 365)),
        };
        self.lang.with(key, [("n", number(n))]).replace(' ', "\u{a0}")
    }

    /// The day that a deadline was written as, with its year: "1 Nov 2026".
    #[must_use]
    pub fn until_day(&self, due: Timestamp) -> String {
        let last = Timestamp::from_millis(due.millis() - 1);
        match self.zoned(due) {
            Some(zoned) if zoned.hour() == 0 && zoned.minute() == 0 && zoned.second() == 0 => {
                let last = self.zoned(last).unwrap_or(zoned);
                format!("{}\u{a0}{}\u{a0}{}", last.day(), self.month(&last), last.year())
            }
            _ => self.exact(due),
        }
    }

    fn ago_text(&self, at: Timestamp) -> String {
        let millis = self.now.since(at).millis();
        match millis / MINUTE.unsigned_abs() {
            0 => self.lang.say("when-now"),
            minutes if minutes < LONG_AGO => {
                self.lang.with("when-ago", [("span", words(&self.span(millis)))])
            }
            _ => self.day(at),
        }
    }

    fn clock(&self, at: Timestamp) -> String {
        self.zoned(at).map_or_else(String::new, |zoned| format!("{:02}:{:02}", zoned.hour(), zoned.minute()))
    }

    /// The day that a deadline names: one at midnight ends the day before.
    fn last_day(&self, due: Timestamp) -> String {
        match self.zoned(due) {
            Some(zoned) if zoned.hour() == 0 && zoned.minute() == 0 && zoned.second() == 0 => {
                self.day(Timestamp::from_millis(due.millis() - 1))
            }
            _ => self.day(due),
        }
    }

    fn day_of(&self, zoned: &Zoned) -> String {
        let this_year = self.zoned(self.now).is_some_and(|now| now.year() == zoned.year());
        let day = format!("{}\u{a0}{}", zoned.day(), self.month(zoned));
        if this_year { day } else { format!("{day}\u{a0}{}", zoned.year()) }
    }

    fn month(&self, zoned: &Zoned) -> String {
        self.lang.word("month", &zoned.month().to_string())
    }

    fn zoned(&self, at: Timestamp) -> Option<Zoned> {
        let at = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
        Some(at.to_zoned(self.zone.clone()))
    }

    fn time(&self, at: Timestamp, text: &str) -> Markup {
        html! { time datetime=(at) title=(self.exact(at)) { (text) } }
    }
}

const MINUTE: i64 = 60_000;
/// From sixty days on the day says more than the count, in minutes.
const LONG_AGO: u64 = 60 * 24 * 60;

fn offset(zoned: &Zoned) -> String {
    let minutes = zoned.offset().seconds() / 60;
    match (minutes, minutes.abs() % 60) {
        (0, _) => "UTC".to_owned(),
        (_, 0) => format!("UTC{:+}", minutes / 60),
        (_, rest) => format!("UTC{:+}:{rest:02}", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn moscow(lang: Lang) -> When {
        When::utc(lang, at("2023-03-28T09:00:00Z")).in_zone("Europe/Moscow")
    }

    fn plain(markup: &Markup) -> String {
        let html = markup.clone().into_string();
        html.split('>').nth(1).and_then(|rest| rest.split('<').next()).unwrap().replace('\u{a0}', " ")
    }

    #[test]
    fn ages() {
        let when = moscow(Lang::En);
        for (moment, text) in [
            ("2023-03-28T08:59:30Z", "just now"),
            ("2023-03-28T09:00:20Z", "just now"),
            ("2023-03-28T08:55:00Z", "5 min ago"),
            ("2023-03-28T06:00:00Z", "3 h ago"),
            ("2023-03-25T09:00:00Z", "3 days ago"),
            ("2022-12-31T22:00:00Z", "1 Jan"),
            ("2022-12-31T20:00:00Z", "31 Dec 2022"),
            ("2023-03-28T12:00:00Z", "in 3 h"),
        ] {
            assert_eq!(plain(&when.ago(at(moment))), text, "{moment}");
        }
    }

    #[test]
    fn a_deadline_at_midnight_names_the_day_that_it_ends() {
        let end_of_first_of_april = at("2023-04-01T21:00:00Z");
        assert_eq!(plain(&moscow(Lang::En).deadline(end_of_first_of_april)), "in 4 days · 1 Apr");
        assert_eq!(plain(&moscow(Lang::Ru).deadline(end_of_first_of_april)), "через 4 дня · 1 апр.");
        assert_eq!(plain(&moscow(Lang::En).deadline(at("2023-03-28T15:00:00Z"))), "in 6 h · 18:00");
        assert_eq!(
            plain(&moscow(Lang::Ru).deadline(at("2020-03-01T09:00:00Z"))),
            "просрочено 3 года · 1 марта 2020"
        );
        assert_eq!(plain(&moscow(Lang::En).deadline(at("2023-03-26T07:00:00Z"))), "2 days over · 26 Mar");
    }

    #[test]
    fn the_exact_time_says_which_clock() {
        assert_eq!(moscow(Lang::En).exact(at("2023-04-01T20:59:59Z")), "1 Apr 2023, 23:59:59 UTC+3");
        assert_eq!(
            When::utc(Lang::Ru, at("2023-04-01T00:00:00Z")).exact(at("2023-04-01T00:00:00Z")),
            "1 апр. 2023, 00:00:00 UTC"
        );
    }
}
