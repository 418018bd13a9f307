//! `muster session`: where somebody is signed in, and an end to it.

use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Server, escaped};
use crate::table::Table;
use clap::Subcommand;

/// What follows `muster session`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: SessionCommand,
}

#[derive(Subcommand)]
enum SessionCommand {
    /// List open sessions
    List {
        /// Of this person; one's own without it
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
    },
    /// End a session
    End {
        /// Its id, as the list shows it
        id: String,
        /// Of this person; one's own without it
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
    },
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        SessionCommand::List { person } => list(server, person.as_deref(), json)?,
        SessionCommand::End { id, person } => {
            let path = format!("{}/{}", path(person.as_deref()), escaped(id));
            let ended = server.delete("end the session", &path)?;
            if json { print_json(&ended)? } else { note(&format!("ended {id}"))? }
        }
    }
    Ok(Outcome::Done)
}

fn path(person: Option<&str>) -> String {
    person.map_or_else(|| "sessions".to_owned(), |name| format!("people/{}/sessions", escaped(name)))
}

fn list(server: &Server, person: Option<&str>, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list sessions", &path(person), &[])?;
    if json {
        return print_json(answer.at("sessions"));
    }
    let mut table =
        Table::new(&["id", "begun (UTC)", "last used (UTC)", "ends (UTC)", "how", "address", "browser"]);
    for one in answer.list("sessions") {
        table.row([
            one.word("id").into(),
            one.moment("begun").into(),
            one.moment("last_used").into(),
            one.moment("expires").into(),
            one.word("how").into(),
            one.word("address").into(),
            one.word("browser").into(),
        ]);
    }
    if table.is_empty() {
        return print("No session is open.");
    }
    print(&table.text())
}
