//! `muster agent-package`: the agent for Android, as phones are offered it, and for Aurora OS, as the server hands it out.

use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json, read_regular};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::{Subcommand, ValueEnum};
use serde_json::json;
use std::path::PathBuf;

/// What follows `muster agent-package`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: PackageCommand,
}

#[derive(Subcommand)]
enum PackageCommand {
    /// Hand a package to the server, as it was built and signed: `muster-agent.apk`, or an RPM of the agent for Aurora OS
    Add {
        /// The file
        file: PathBuf,
        /// To whom it is offered; without it to one phone in a hundred (1) where another version is offered to all, else to all
        #[arg(long, value_name = "RING")]
        ring: Option<Ring>,
        /// Take it although another key has signed it than the one before: phones that have that one refuse it
        #[arg(long)]
        new_signer: bool,
    },
    /// The packages, the newest first
    List,
    /// Offer a version to more phones, to fewer, or to none
    Ring {
        /// The version, as `list` shows it
        version: String,
        /// To whom it is offered
        ring: Ring,
    },
    /// Take a package away, to add another file of the same version: phones that have it keep it
    Remove {
        /// A version for Android, which has to be halted first and which no phone runs; or a package for Aurora OS, as `list` shows it: ru.muster.Agent-0.1.0-1.aarch64
        package: String,
    },
}

/// To whom a version is offered.
#[derive(Clone, Copy, ValueEnum)]
enum Ring {
    /// One phone in a hundred
    #[value(name = "1")]
    One,
    /// One phone in ten
    #[value(name = "10")]
    Ten,
    /// All phones, and those in set-up
    All,
    /// Nobody
    Halt,
}

impl Ring {
    const fn word(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Ten => "10",
            Self::All => "all",
            Self::Halt => "halt",
        }
    }
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        PackageCommand::Add { file, ring, new_signer } => {
            let attempt = format!("add {}", file.display());
            let signer = new_signer.to_string();
            let mut query = vec![("new_signer", signer.as_str())];
            query.extend(ring.map(|ring| ("ring", ring.word())));
            let bytes = read_regular(file, muster_apk::MAX_SIZE)?;
            let media_type = "application/vnd.android.package-archive";
            let added = server.post_file(&attempt, "agent-packages", media_type, bytes, &query)?;
            if json {
                print_json(&added)?;
            } else if added.at("kind").is_string() {
                print(&format!(
                    "{} {}-{} for {}: handed out at /agent/aurora/{0}-{3}.rpm",
                    added.word("kind"),
                    added.word("version"),
                    added.word("release"),
                    added.word("arch")
                ))?;
                if added.at("signed").as_bool() == Some(false) {
                    print(UNSIGNED)?;
                }
            } else {
                print(&format!(
                    "version {} ({}), ring {}, signed by {}",
                    added.word("version"),
                    added.word("version_code"),
                    added.word("ring"),
                    added.word("signer_sha256")
                ))?;
                note(&offered(&added.word("ring"), &added.word("version")))?;
            }
        }
        PackageCommand::List => list(server, json)?,
        PackageCommand::Ring { version, ring } => {
            let path = format!("agent-packages/{}/ring", escaped(version));
            server.post("change the ring", &path, &json!({ "ring": ring.word() }))?;
            if json {
                print_json(&json!({ "version": version, "ring": ring.word() }))?;
            } else {
                note(&offered(ring.word(), version))?;
            }
        }
        PackageCommand::Remove { package } => {
            server.delete("remove the package", &format!("agent-packages/{}", escaped(package)))?;
            if json {
                print_json(&json!({ "removed": package }))?;
            } else {
                note(&format!("removed {package}; phones that have it keep it"))?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// A phone with Aurora OS refuses what its vendor's tool has not signed, and where that writes its signature is not published.
const UNSIGNED: &str = "warning: the package has no RPM signature. A signature by the vendor's tool (rpmsign-external) may not show here: \
                        check with rpmsign-external verify that it is signed, for phones refuse it otherwise";

/// To whom it is offered, and what comes next.
fn offered(ring: &str, version: &str) -> String {
    match ring {
        "1" => format!(
            "offered to one phone in a hundred; when they have done well: muster agent-package ring {version} 10"
        ),
        "10" => {
            format!(
                "offered to one phone in ten; when they have done well: muster agent-package ring {version} all"
            )
        }
        "all" => "offered to all phones, and to those in set-up".to_owned(),
        _ => format!("offered to nobody: muster agent-package ring {version} 1"),
    }
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list packages", "agent-packages", &[])?;
    if json {
        return print_json(&answer);
    }
    let mut table =
        Table::new(&["version", "code", "ring", "since (UTC)", "phones", "bytes", "sha256", "remarks"]);
    for one in answer.list("packages") {
        table.row([
            one.word("version").into(),
            Cell::number(one.word("version_code")),
            one.word("ring").into(),
            one.moment("ring_since").into(),
            Cell::number(one.word("devices")),
            Cell::number(one.word("size")),
            one.word("sha256").chars().take(16).collect::<String>().into(),
            remarks(one).into(),
        ]);
    }
    let aurora = aurora(&answer);
    if table.is_empty() && aurora.is_empty() {
        print("No package: muster agent-package add FILE")?;
    }
    if !table.is_empty() {
        print(&table.text())?;
        print(&match answer.text("download") {
            Some(address) => format!("phones in set-up get it from {address}"),
            None => "no version is offered to all phones, so those in set-up get none".to_owned(),
        })?;
    }
    for (title, table) in [("Aurora OS", aurora), ("What devices run", running(&answer))] {
        if !table.is_empty() {
            print(&format!("\n{title}\n{}", table.text()))?;
        }
    }
    Ok(())
}

fn aurora(answer: &serde_json::Value) -> Table {
    let mut table = Table::new(&["package", "kind", "RPM signature", "bytes", "sha256", "handed out at"]);
    for one in answer.list("aurora") {
        let damaged = one.at("intact").as_bool() == Some(false);
        table.row([
            one.word("name").into(),
            one.word("kind").into(),
            one.word("signed").into(),
            Cell::number(one.word("size")),
            one.word("sha256").chars().take(16).collect::<String>().into(),
            if damaged { "its file is missing or damaged".to_owned() } else { one.word("download") }.into(),
        ]);
    }
    table
}

fn running(answer: &serde_json::Value) -> Table {
    let mut table = Table::new(&["system", "version", "devices"]);
    for one in answer.list("running") {
        table.row([
            one.word("platform").into(),
            one.word("version").into(),
            Cell::number(one.word("devices")),
        ]);
    }
    table
}

fn remarks(package: &serde_json::Value) -> String {
    match (package.at("intact").as_bool(), package.text("halted")) {
        (Some(false), _) => "its file is missing or damaged".to_owned(),
        (_, Some(why)) => format!("halted: {why}"),
        _ => String::new(),
    }
}
