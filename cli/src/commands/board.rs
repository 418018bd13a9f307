//! `muster board`: who is ready and who is late, by organisation, now or as of a past day; and how that changed.

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::server::Server;
use crate::table::{Cell, Table};
use clap::{Subcommand, ValueEnum};
use serde_json::Value;

/// What follows `muster board`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: BoardCommand,
}

#[derive(Subcommand)]
enum BoardCommand {
    /// Each organisation with those below it: how many phones are ready, late, silent
    Show {
        /// This organisation and those below it
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        /// As of the end of this day, `2026-04-01`
        #[arg(long, value_name = "DAY")]
        day: Option<String>,
        /// How many levels of the tree below the first
        #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u8).range(0..=16))]
        levels: u8,
        /// For how many days ahead to show what ends
        #[arg(long, value_name = "DAYS", default_value = "14", value_parser = clap::value_parser!(u16).range(0..=366))]
        ahead: u16,
    },
    /// Verdicts, makers or messengers over time
    Series {
        /// What
        kind: Kind,
        /// Of this organisation and those below it
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        /// Days back from today
        #[arg(long, value_name = "DAYS", default_value = "30", value_parser = clap::value_parser!(u16).range(0..=1100))]
        back: u16,
        /// A line for each day, or for each week
        #[arg(long, default_value = "day")]
        every: Step,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// How phones stood
    Verdict,
    /// Who made them
    Maker,
    /// Watched applications that were found
    App,
}

#[derive(Clone, Copy, ValueEnum)]
enum Step {
    Day,
    Week,
}

/// As the API and the console name them.
const FIGURES: [&str; 7] = ["ready", "grace", "failing", "unknown", "silent", "exempt", "not-enrolled"];
/// Phones that can have no agent, by how their maker is judged: one column together.
const DECLARED: [&str; 4] = ["declared-ready", "declared-grace", "declared-failing", "declared-unknown"];

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        BoardCommand::Show { org, day, levels, ahead } => {
            let (levels, ahead) = (levels.to_string(), ahead.to_string());
            let mut query = vec![("levels", levels.as_str()), ("ahead", ahead.as_str())];
            query.extend(
                [("org", org), ("day", day)]
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, value.as_deref()?))),
            );
            let board = server.read("ask how the roll-out stands", "board", &query)?;
            if json { print_json(&board)? } else { show(&board)? }
        }
        BoardCommand::Series { kind, org, back, every } => {
            let word = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| {
                value().map(|value| value.get_name().to_owned()).unwrap_or_default()
            };
            let (kind, every) = (word(&|| kind.to_possible_value()), word(&|| every.to_possible_value()));
            let back = back.to_string();
            let mut query = vec![("kind", kind.as_str()), ("every", &every), ("back", &back)];
            query.extend(org.as_deref().map(|org| ("org", org)));
            let series = server.read("ask how it changed", "board/series", &query)?;
            if json { print_json(&series)? } else { over_time(&series)? }
        }
    }
    Ok(Outcome::Done)
}

fn show(board: &Value) -> anyhow::Result<()> {
    let mut head = vec!["organisation", "ready %"];
    head.extend(FIGURES);
    head.extend(["no agent", "phones", "next date"]);
    let mut table = Table::new(&head);
    for row in board.list("orgs") {
        let indent = "  ".repeat(usize::try_from(row.at("depth").as_u64().unwrap_or(0)).unwrap_or(0));
        let figure = |word: &str| row.at("figures").at(word).as_u64().unwrap_or(0);
        let declared: u64 = DECLARED.iter().map(|word| figure(word)).sum();
        let total: u64 = declared + FIGURES.iter().map(|word| figure(word)).sum::<u64>();
        let ready = figure("ready") + figure("declared-ready") + figure("exempt");
        let counted = row.at("counted").as_bool() == Some(true);
        let number = |n: u64| Cell::number(if counted { n.to_string() } else { "-".to_owned() });
        let share = if counted && total > 0 { (ready * 100 / total).to_string() } else { "-".to_owned() };
        let mut cells = vec![format!("{indent}{}", row.word("title")).into(), Cell::number(share)];
        cells.extend(FIGURES.iter().map(|word| number(figure(word))));
        cells.extend([number(declared), number(total)]);
        cells.push(next(row.at("next")).into());
        table.row(cells);
    }
    if table.is_empty() {
        return print("No organisation yet: muster org add ID --title TEXT");
    }
    print(&table.text())?;
    let mut soon = Table::new(&["until", "what ends", "phones"]);
    for deadline in board.list("deadlines") {
        soon.row([
            deadline.word("day").into(),
            what(deadline).into(),
            Cell::number(deadline.word("devices")),
        ]);
    }
    if soon.is_empty() { Ok(()) } else { print(&format!("\n{}", soon.text())) }
}

fn next(deadline: &Value) -> String {
    if deadline.is_null() {
        return String::new();
    }
    format!("{} {} ({})", deadline.word("day"), what(deadline), deadline.word("devices"))
}

fn what(deadline: &Value) -> String {
    let title = deadline.at("title");
    if title.is_null() { "graces".to_owned() } else { title.word("en") }
}

fn over_time(series: &Value) -> anyhow::Result<()> {
    let shares = series.list("shares");
    let names: Vec<String> = shares.iter().map(|share| share.word("name")).collect();
    let mut head = vec!["day"];
    head.extend(names.iter().map(String::as_str));
    let mut table = Table::new(&head);
    for (nth, day) in series.list("days").iter().enumerate() {
        let mut cells = vec![day.as_str().unwrap_or_default().to_owned().into()];
        for share in shares {
            let n = share.at("devices").get(nth).and_then(Value::as_u64);
            cells.push(Cell::number(n.map_or_else(|| "-".to_owned(), |n| n.to_string())));
        }
        table.row(cells);
    }
    print(&table.text())
}
