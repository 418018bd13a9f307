//! `muster org calendar`: on which days phones of an organisation are expected to be heard.

use crate::field::{Field as _, in_words};
use crate::output::{WrongUse, note, print, print_json, read_file};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum CalendarCommand {
    /// The calendar that counts in an organisation
    Show {
        /// Its id
        id: String,
    },
    /// Give an organisation a calendar of its own, in place of any that it had: from a file, or as the options say
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Set {
        /// Its id
        id: String,
        /// The calendar as JSON; `-` for standard input. `catalogue/calendars` has some
        #[arg(long, value_name = "FILE", group = "what")]
        file: Option<PathBuf>,
        /// The working days of a week: `mon-fri`, or `mon,tue,sat`
        #[arg(long, value_name = "DAYS", group = "what", value_parser = week)]
        week: Option<Week>,
        /// The hours of a working day, `09:00-18:00`; without it the whole day counts
        #[arg(long, value_name = "FROM-UNTIL", value_parser = hours, conflicts_with = "file")]
        hours: Option<(String, String)>,
        /// Days off: `2027-05-03`, `2027-01-01..2027-01-08`, `01-01..01-08 New Year` in every year. May be repeated
        #[arg(long, value_name = "DAYS", conflicts_with = "file")]
        off: Vec<String>,
        /// Working days out of turn, likewise
        #[arg(long, value_name = "DAYS", conflicts_with = "file")]
        working: Vec<String>,
    },
    /// Take an organisation's own calendar away: it has that of the one above, or none
    Remove {
        /// Its id
        id: String,
    },
}

/// Days of the week, by their words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week(Vec<&'static str>);

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Longest file.
const MOST: u64 = 64 * 1024;

/// Carries it out.
pub fn run(server: &Server, command: &CalendarCommand, json: bool) -> anyhow::Result<()> {
    let path = |id: &str| format!("orgs/{}/calendar", escaped(id));
    let (shown, said) = match command {
        CalendarCommand::Show { id } => (server.read("show the calendar", &path(id), &[])?, None),
        CalendarCommand::Set { id, file, week, hours, off, working } => {
            let calendar = match file {
                Some(file) => serde_json::from_slice(&read_file(file, MOST)?)
                    .map_err(|error| WrongUse(format!("{}: {error}", file.display())))?,
                None => calendar(week.as_ref(), hours.as_ref(), off, working),
            };
            (
                server.put("set the calendar", &path(id), &calendar)?,
                Some(format!("{id} has this calendar now")),
            )
        }
        CalendarCommand::Remove { id } => {
            let after = server.delete("take the calendar away", &path(id))?;
            (after, Some(format!("{id} has no calendar of its own any more")))
        }
    };
    if json {
        return print_json(&shown);
    }
    if let Some(said) = said {
        note(&said)?;
    }
    print(&words(&shown))
}

fn calendar(
    week: Option<&Week>,
    hours: Option<&(String, String)>,
    off: &[String],
    working: &[String],
) -> Value {
    let list = |lines: &[String]| lines.iter().map(|line| days(line)).collect::<Vec<_>>();
    let mut calendar = json!({
        "week": week.map(|week| week.0.clone()).unwrap_or_default(),
        "off": list(off),
        "working": list(working),
    });
    if let Some((from, until)) = hours {
        calendar["hours"] = json!({ "from": from, "until": until });
    }
    calendar
}

/// `01-01..01-08 New Year`; whether these are days the server says.
fn days(line: &str) -> Value {
    let (days, name) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let (first, last) = days.split_once("..").map_or((days, None), |(first, last)| (first, Some(last)));
    let parts =
        [("first", Some(first)), ("last", last), ("name", Some(name.trim()).filter(|name| !name.is_empty()))];
    let parts = parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?))));
    Value::Object(parts.collect::<Map<_, _>>())
}

fn words(shown: &Value) -> String {
    let (calendar, of) = match (shown.at("own"), shown.at("inherited")) {
        (Value::Null, Value::Null) => return "No calendar: all time counts".to_owned(),
        (Value::Null, inherited) => (inherited, format!("from {}", shown.word("from"))),
        (own, _) => (own, "its own".to_owned()),
    };
    let mut table = Table::pairs();
    table.row([Cell::dim("calendar"), of.into()]);
    table.row([Cell::dim("working days"), calendar.word("week").into()]);
    let hours = match calendar.at("hours") {
        Value::Null => "the whole day".to_owned(),
        hours => format!("{}-{}", hours.word("from"), hours.word("until")),
    };
    table.row([Cell::dim("hours"), hours.into()]);
    for (title, list) in [("day off", "off"), ("out of turn", "working")] {
        for days in calendar.list(list) {
            let last = days.text("last").map(|last| format!("..{}", in_words(&json!(last))));
            let name = days.text("name").map(|name| format!(" {}", in_words(&json!(name))));
            let line = [days.word("first"), last.unwrap_or_default(), name.unwrap_or_default()].concat();
            table.row([Cell::dim(title), line.into()]);
        }
    }
    if calendar.at("source").is_string() {
        table.row([Cell::dim("source"), calendar.word("source").into()]);
    }
    table.text()
}

fn week(text: &str) -> Result<Week, String> {
    let wrong = || format!("{text:?} is not days of the week such as mon-fri or mon,tue,sat");
    let nth = |word: &str| WEEK.iter().position(|day| *day == word).ok_or_else(wrong);
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let some = WEEK.get(nth(first)?..=nth(last)?).filter(|some| !some.is_empty()).ok_or_else(wrong)?;
        days.extend_from_slice(some);
    }
    Ok(Week(days))
}

fn hours(text: &str) -> Result<(String, String), String> {
    let (from, until) =
        text.split_once('-').ok_or_else(|| format!("{text:?} is not hours such as 09:00-18:00"))?;
    Ok((from.to_owned(), until.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::Parser as _;

    #[test]
    fn days_are_read_as_people_write_them() {
        assert_eq!(week("mon-wed,sun"), Ok(Week(vec!["mon", "tue", "wed", "sun"])));
        for wrong in ["", "monday", "fri-mon", "mon,", "mon-"] {
            assert!(week(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            days("01-01..01-08 New Year"),
            json!({ "first": "01-01", "last": "01-08", "name": "New Year" })
        );
        assert_eq!(days(" 2027-05-03 "), json!({ "first": "2027-05-03" }));
        let set =
            |rest: &str| Cli::try_parse_from(format!("muster org calendar set a {rest}").split(' ')).is_ok();
        assert!(
            set("--week mon-fri --hours 09:00-18:00 --off 01-01 --working 2027-01-09") && set("--file -")
        );
        assert!(!set("--hours 09:00-18:00") && !set("--file - --week mon") && !set("--file - --off 01-01"));
    }

    #[test]
    fn a_calendar_in_words() {
        let calendar = calendar(
            week("mon-tue").ok().as_ref(),
            hours("09:00-18:00").ok().as_ref(),
            &["01-01..01-08 New Year".to_owned()],
            &[],
        );
        let text = words(&json!({ "own": calendar, "from": null, "inherited": null }));
        for part in ["its own", "mon, tue", "09:00-18:00", "01-01..01-08 New Year"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(words(&json!({})).contains("all time counts"));
    }
}
