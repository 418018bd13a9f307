//! `muster person`: who may sign in, and what was given to them.

use crate::change;
use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::pages;
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::{Value, json};

/// What follows `muster person`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: PersonCommand,
}

#[derive(Subcommand)]
enum PersonCommand {
    /// List the people who are known
    List,
    /// Add a person
    Add {
        /// The name under which the person acts, as the audit will show it
        name: String,
        /// What the person is called, or is
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
        /// The mail address
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        /// What the person may: `auditor`, or `operator:minfin` in an organisation and those below it
        #[arg(long, value_name = "ROLE[:ORG]", value_delimiter = ',', value_parser = grant)]
        grant: Vec<Value>,
    },
    /// Show a person
    Show {
        /// The name
        name: String,
    },
    /// Change a person; refused if somebody else changes it at the same moment
    Edit(EditArgs),
    /// Shut a person out: sessions and links end at once
    Disable {
        /// The name
        name: String,
    },
    /// Let a person in again, and end the wait after wrong passwords
    Enable {
        /// The name
        name: String,
    },
    /// Take a person away; what was done stays in the audit
    Remove {
        /// The name
        name: String,
    },
    /// Make a link with which the person chooses a password and sets up one-time codes
    Link {
        /// The name
        name: String,
    },
}

/// What is to be another.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
struct EditArgs {
    /// The name
    name: String,
    /// What the person is called, or is
    #[arg(long, value_name = "TEXT", group = "what")]
    title: Option<String>,
    /// The mail address
    #[arg(long, value_name = "ADDRESS", group = "what", conflicts_with = "no_address")]
    address: Option<String>,
    /// No mail address
    #[arg(long, group = "what")]
    no_address: bool,
    /// All that the person may from now on: `auditor`, or `operator:minfin`
    #[arg(
        long,
        value_name = "ROLE[:ORG]",
        value_delimiter = ',',
        value_parser = grant,
        group = "what",
        conflicts_with = "no_grants"
    )]
    grant: Vec<Value>,
    /// The person may nothing that people gave
    #[arg(long, group = "what")]
    no_grants: bool,
}

const ROLES: [&str; 5] = ["owner", "author", "operator", "auditor", "helpdesk"];

/// Reads a grant: `ROLE` or `ROLE:ORG`.
fn grant(text: &str) -> Result<Value, String> {
    let (role, org) = text.split_once(':').map_or((text, None), |(role, org)| (role, Some(org)));
    if !ROLES.contains(&role) {
        return Err(format!("{role:?} is no role: {}", ROLES.join(", ")));
    }
    match org {
        None => Ok(json!({ "role": role })),
        Some("") => Err(format!("{text:?} names no organisation after the colon")),
        Some(org) => Ok(json!({ "role": role, "org": org })),
    }
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        PersonCommand::List => list(server, json)?,
        PersonCommand::Add { name, title, address, grant } => {
            let mut body = json!({ "name": name, "grants": grant });
            for (key, value) in [("title", title), ("address", address)] {
                if let Some(value) = value {
                    body[key] = json!(value);
                }
            }
            let made = server.post("add the person", "people", &body)?;
            if json { print_json(&made)? } else { note(&format!("added {name}"))? }
        }
        PersonCommand::Show { name } => show(&server.read("show the person", &path(name, ""), &[])?, json)?,
        PersonCommand::Edit(args) => edit(server, args, json)?,
        PersonCommand::Disable { name } => {
            let done = server.post("shut the person out", &path(name, "/disable"), &json!({}))?;
            if json { print_json(&done)? } else { note(&format!("{name} is shut out"))? }
        }
        PersonCommand::Enable { name } => {
            let done = server.post("let the person in", &path(name, "/enable"), &json!({}))?;
            if json { print_json(&done)? } else { note(&format!("{name} may sign in again"))? }
        }
        PersonCommand::Remove { name } => {
            let gone = server.delete("remove the person", &path(name, ""))?;
            if json { print_json(&gone)? } else { note(&format!("removed {name}"))? }
        }
        PersonCommand::Link { name } => {
            let link = server.post("make a link", &path(name, "/set-up-link"), &json!({}))?;
            super::people::show_link(&link, json)?;
        }
    }
    Ok(Outcome::Done)
}

fn path(name: &str, rest: &str) -> String {
    format!("people/{}{rest}", escaped(name))
}

fn edit(server: &Server, args: &EditArgs, json: bool) -> anyhow::Result<()> {
    let mut change = json!({});
    if let Some(title) = &args.title {
        change["title"] = json!(title);
    }
    if args.no_address || args.address.is_some() {
        change["address"] = json!(args.address);
    }
    if args.no_grants || !args.grant.is_empty() {
        change["grants"] = json!(args.grant);
    }
    let (mut before, mut after) = server.edit("edit the person", &path(&args.name, ""), &change)?;
    if json {
        return print_json(&after);
    }
    for one in [&mut before, &mut after] {
        one["grants"] = json!(told(one.list("grants")));
    }
    note(&change::told(&before, &after, &[("title", "title"), ("address", "address"), ("grants", "may")]))
}

/// Grants in words: `auditor, operator:minfin`.
fn told(grants: &[Value]) -> String {
    let one = |grant: &Value| match grant.text("org") {
        Some(org) => format!("{}:{org}", grant.word("role")),
        None => grant.word("role"),
    };
    if grants.is_empty() {
        "nothing".to_owned()
    } else {
        grants.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

fn may(person: &Value) -> String {
    told(&[person.list("grants"), person.list("from_groups")].concat())
}

fn ways(person: &Value) -> String {
    let providers = person.list("providers").iter().filter_map(Value::as_str).map(str::to_owned);
    let password = (person["password"] == json!(true)).then(|| "password".to_owned());
    let ways: Vec<String> = password.into_iter().chain(providers).collect();
    if ways.is_empty() { "link".to_owned() } else { ways.join(", ") }
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let people = pages::collect(server, "list people", "people", "people", &[], None)?;
    if json {
        return print_json(&Value::Array(people));
    }
    let mut table =
        Table::new(&["name", "title", "may", "signs in by", "sessions", "locked (UTC)", "shut (UTC)"]);
    for one in &people {
        table.row([
            one.word("name").into(),
            one.word("title").into(),
            may(one).into(),
            ways(one).into(),
            Cell::number(one.word("sessions")),
            one.moment("locked").into(),
            one.moment("disabled").into(),
        ]);
    }
    if table.is_empty() {
        return print("Nobody yet: muster person add NAME --grant ROLE");
    }
    print(&table.text())
}

fn show(person: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(person);
    }
    let mut table = Table::new(&["what", "value"]);
    for (what, value) in [
        ("name", person.word("name")),
        ("title", person.word("title")),
        ("address", person.word("address")),
        ("may", told(person.list("grants"))),
        ("by groups", told(person.list("from_groups"))),
        ("signs in by", ways(person)),
        ("since (UTC)", person.moment("created")),
        ("shut (UTC)", person.moment("disabled")),
    ] {
        table.row([what.into(), value.into()]);
    }
    print(&table.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_a_role_and_perhaps_an_organisation() {
        assert_eq!(grant("auditor"), Ok(json!({ "role": "auditor" })));
        assert_eq!(grant("operator:minfin"), Ok(json!({ "role": "operator", "org": "minfin" })));
        assert!(grant("admin").is_err_and(|why| why.contains("\"admin\" is no role")));
        assert!(grant("operator:").is_err_and(|why| why.contains("no organisation")));
        let both = [json!({ "role": "auditor" }), json!({ "role": "operator", "org": "minfin" })];
        assert_eq!((told(&both).as_str(), told(&[]).as_str()), ("auditor, operator:minfin", "nothing"));
    }
}
