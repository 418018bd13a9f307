//! `muster asset`: the register of an organisation's phones, whether they report or not.

mod import;
mod said;
mod show;

use self::said::{Clearing, Said};
use super::away;
use crate::change;
use crate::field::Field as _;
use crate::output::{Outcome, WrongUse, note, print, print_json, write_file};
use crate::pages::collect;
use crate::server::{Server, escaped};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What follows `muster asset`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: AssetCommand,
}

#[derive(Subcommand)]
enum AssetCommand {
    /// List phones of the register, by their tags
    List(ListArgs),
    /// Show a phone: what is written down, how it stands, its verdict
    Show {
        /// Its id, tag or serial number
        asset: String,
    },
    /// Write a phone down
    Add {
        /// The organisation whose it is
        #[arg(long, value_name = "ID")]
        org: String,
        #[command(flatten)]
        said: Said,
    },
    /// Change what is written down of a phone; refused if somebody else changes it at the same moment
    Edit {
        /// Its id, tag or serial number
        asset: String,
        /// The organisation whose it is
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        #[command(flatten)]
        said: Said,
        /// Take this part away
        #[arg(long, value_name = "PART", value_enum)]
        clear: Vec<Clearing>,
    },
    /// Take in a table of phones (CSV): known ones are changed, others added, none struck out
    Import {
        /// The table; `-` for standard input. Its first line names the columns, see docs/register.md
        file: PathBuf,
        /// The organisation of those whose line names none
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        /// Say what it would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Say which enrolled device a phone is
    Link {
        /// Id, tag or serial number of the phone
        asset: String,
        /// Id of the device
        device: String,
    },
    /// Say that a phone is no device any more
    Unlink {
        /// Its id, tag or serial number
        asset: String,
    },
    /// Note that the carrier of a phone is away, on every device that the person carries: until then silence is not counted
    Away {
        /// Its id, tag or serial number
        asset: String,
        #[command(flatten)]
        note: away::NoteArgs,
    },
    /// The carrier of a phone is back: the notes on all those devices end now
    Back {
        /// Its id, tag or serial number
        asset: String,
    },
    /// Take away who carries a phone and who ever did; the rest of its history stays. This can't be taken back
    Forget {
        /// Its id, tag or serial number
        asset: String,
    },
    /// What became of a phone, the newest first: its life, who carried it, whose it was, which device it was
    History {
        /// Its id, tag or serial number
        asset: String,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
    },
    /// Strike a phone out that never was a device; the others are retired with `edit --life retired`
    Remove {
        /// Its id, tag or serial number
        asset: String,
    },
    /// List active devices that the register doesn't know
    Unregistered {
        /// Of this organisation and those below it
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
}

#[derive(clap::Args)]
struct ListArgs {
    /// With this in a number, the carrier or its id, maker, model or note
    text: Option<String>,
    /// Of this organisation and those below it
    #[arg(long, value_name = "ID")]
    org: Option<String>,
    /// There in their life: `in-use`
    #[arg(long, value_name = "LIFE")]
    life: Option<String>,
    /// How they stand to what reports: `missing`, `reporting`, `expected`, `linked`, `declared`, `left-over`, and to the directory: `to-return`, `moved`, `unclear`
    #[arg(long, value_name = "STANDING")]
    standing: Option<String>,
    /// Print comma-separated values, as `asset import` takes them
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// At most so many
    #[arg(long, value_name = "N", conflicts_with = "csv")]
    limit: Option<usize>,
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        AssetCommand::List(args) => list(server, args, json)?,
        AssetCommand::Show { asset } => show::one(&find(server, asset)?, json)?,
        AssetCommand::Add { org, said } => add(server, org, said, json)?,
        AssetCommand::Edit { asset, org, said, clear } => {
            let mut change = said.as_json()?;
            said::cleared(clear, &mut change);
            if let Some(org) = org {
                change["org"] = json!(org);
            }
            // a group of so many options would be one word of the usage, longer than a line
            if change == json!({}) {
                return Err(
                    WrongUse("say what is to be another: --life, --carrier, --clear …".to_owned()).into()
                );
            }
            edit(server, asset, &change, json)?;
        }
        AssetCommand::Import { file, org, dry_run } => {
            return import::run(server, file, org.as_deref(), *dry_run, json);
        }
        AssetCommand::Link { asset, device } => {
            let body = json!({ "device": device });
            told(&server.post("link the phone", &path(server, asset, "/link")?, &body)?, "linked", json)?;
        }
        AssetCommand::Unlink { asset } => {
            told(
                &server.post("unlink the phone", &path(server, asset, "/unlink")?, &json!({}))?,
                "unlinked",
                json,
            )?;
        }
        AssetCommand::Away { asset, note } => {
            away::carrier(server, &path(server, asset, "/away")?, note, json)?
        }
        AssetCommand::Back { asset } => away::carrier_back(server, &path(server, asset, "/away")?, json)?,
        AssetCommand::Forget { asset } => forget(server, asset, json)?,
        AssetCommand::History { asset, limit } => {
            let path = path(server, asset, "/history")?;
            let events = collect(server, "show the history", &path, "events", &[], Some(*limit))?;
            if json { print_json(&json!(events))? } else { print(&show::history(&events))? }
        }
        AssetCommand::Remove { asset } => {
            server.delete("strike the phone out", &path(server, asset, "")?)?;
            note(&format!("struck {asset} out of the register"))?;
        }
        AssetCommand::Unregistered { org, limit } => unregistered(server, org.as_deref(), *limit, json)?,
    }
    Ok(Outcome::Done)
}

fn list(server: &Server, args: &ListArgs, json: bool) -> anyhow::Result<()> {
    let parts = [
        ("text", args.text.as_deref()),
        ("org", args.org.as_deref()),
        ("life", args.life.as_deref()),
        ("standing", args.standing.as_deref()),
    ];
    let query: Vec<(&str, &str)> =
        parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if args.csv {
        let query = [query, vec![("format", "csv")]].concat();
        return write_file(Path::new("-"), &server.bytes("list the register", "assets", &query)?);
    }
    let assets = collect(server, "list the register", "assets", "assets", &query, args.limit)?;
    if json { print_json(&json!(assets)) } else { print(&show::list(&assets)) }
}

fn add(server: &Server, org: &str, said: &Said, json: bool) -> anyhow::Result<()> {
    let mut body = said.as_json()?;
    body["org"] = json!(org);
    let asset = server.post("write the phone down", "assets", &body)?;
    if json {
        return print_json(&asset);
    }
    let linked = asset.text("device").map(|device| format!(", linked to the device {device}"));
    note(&format!("added {}, {}{}", asset.word("id"), asset.word("life"), linked.unwrap_or_default()))
}

fn edit(server: &Server, asset: &str, change: &Value, json: bool) -> anyhow::Result<()> {
    let (before, after) = server.edit("change the phone", &path(server, asset, "")?, change)?;
    if json { print_json(&after) } else { note(&change::told(&before, &after, &said::EDITED)) }
}

fn told(asset: &Value, what: &str, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(asset);
    }
    note(&format!("{what} {}; it is {}", asset.text("tag").unwrap_or("the phone"), asset.word("life")))
}

fn forget(server: &Server, asset: &str, json: bool) -> anyhow::Result<()> {
    let after = server.post("forget who carried the phone", &path(server, asset, "/forget")?, &json!({}))?;
    if json { print_json(&after) } else { note(&format!("nothing says any more who carried {asset}")) }
}

fn unregistered(server: &Server, org: Option<&str>, limit: Option<usize>, json: bool) -> anyhow::Result<()> {
    let query: Vec<(&str, &str)> = org.map(|org| ("org", org)).into_iter().collect();
    let devices = collect(server, "list devices", "assets/unregistered", "devices", &query, limit)?;
    if json { print_json(&json!(devices)) } else { print(&show::devices(&devices)) }
}

/// The address of a phone that people name.
fn path(server: &Server, name: &str, rest: &str) -> anyhow::Result<String> {
    let id = if is_id(name) { name.to_owned() } else { find(server, name)?.word("id") };
    Ok(format!("assets/{}{rest}", escaped(&id)))
}

/// A phone by its id, or by its tag or serial number, however that is spelt in capitals.
fn find(server: &Server, name: &str) -> anyhow::Result<Value> {
    if is_id(name) {
        return server.read("show the phone", &format!("assets/{}", escaped(name)), &[]);
    }
    let found = collect(server, "find the phone", "assets", "assets", &[("text", name.trim())], None)?;
    Ok(only(&found, name)?.clone())
}

/// The one phone that has this as its tag or serial number. A tag that is another's serial number names neither.
fn only<'a>(found: &'a [Value], name: &str) -> Result<&'a Value, WrongUse> {
    let wanted = name.trim().to_lowercase();
    let is_it = |asset: &&Value| {
        let has = |part| asset.text(part).is_some_and(|text| text.to_lowercase() == wanted);
        has("tag") || has("serial")
    };
    match found.iter().filter(is_it).collect::<Vec<_>>().as_slice() {
        [one] => Ok(one),
        [] => Err(WrongUse(format!("no phone of the register has the id, tag or serial number {name:?}"))),
        several => {
            let ids = several.iter().map(|asset| asset.word("id")).collect::<Vec<_>>().join(" and ");
            Err(WrongUse(format!(
                "{name:?} is the tag of one phone and the serial number of another: name {ids} by its id"
            )))
        }
    }
}

fn is_id(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tag_that_is_anothers_serial_number_names_neither() {
        let found = [
            json!({ "id": "a1", "tag": "X-1", "serial": null }),
            json!({ "id": "b2", "tag": "MF-2", "serial": "x-1" }),
            json!({ "id": "c3", "tag": "X-10", "serial": "X-10" }),
        ];
        let refused = only(&found, "x-1").expect_err("two have it").0;
        assert!(refused.contains("a1 and b2"), "{refused}");
        assert_eq!(only(&found, " x-10 ").expect("its tag and its serial number").word("id"), "c3");
        assert!(only(&found, "X").expect_err("a part is not enough").0.contains("no phone"));
    }
}
