//! `muster login`, `logout`, `profile`, `ca`, `whoami`: which server, by which CA, and who we are to it.

use crate::field::Field as _;
use crate::output::{Outcome, WrongUse, note, print, print_json, read_file, write_file};
use crate::profile::{self, Profile, Profiles};
use crate::server::{self, Server};
use crate::table::Table;
use crate::{terminal, trust};
use anyhow::{Context as _, bail};
use clap::Subcommand;
use muster_proto::id::Digest;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What follows `muster login`.
#[derive(clap::Args)]
pub struct LoginArgs {
    /// Address of the server: https://HOST[:PORT]
    #[arg(value_name = "URL", value_parser = server::address)]
    server: String,
    /// SHA-256 of the server's CA, as `muster ca` shows it on the server's own machine; without it you are asked
    #[arg(long, value_name = "FINGERPRINT", value_parser = trust::read_fingerprint, conflicts_with = "ca")]
    ca_sha256: Option<Digest>,
    /// File with the CA in PEM: the server's own, the one that a certificate of yours is from, or the system's roots
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// File with the token (`muster api-token create`), `-` for standard input; without it you are asked
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// What follows `muster profile`.
#[derive(clap::Args)]
pub struct ProfileArgs {
    #[command(subcommand)]
    command: ProfileCommand,
}

#[derive(Subcommand)]
enum ProfileCommand {
    /// List profiles; tokens are not shown
    List,
    /// Use a profile from now on
    Use {
        /// Its name
        #[arg(value_parser = profile::name)]
        name: String,
    },
}

/// What follows `muster ca`.
#[derive(clap::Args)]
pub struct CaArgs {
    /// Write the certificate to this file, `-` for standard output, instead of showing its fingerprint
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Longest file with a CA or a token: a system's roots have some hundred KiB.
const MAX_FILE: u64 = 1024 * 1024;

/// Finds out by which CA the server is known, and whether the token works there; then keeps both.
pub fn login(args: &LoginArgs, name: Option<&str>, json: bool) -> anyhow::Result<Outcome> {
    let name = name.unwrap_or(profile::DEFAULT);
    let ca = match &args.ca {
        Some(file) => text(file)
            .and_then(|pem| trust::only(&pem).map(|_| pem))
            .with_context(|| format!("--ca {}", file.display()))?,
        None => compared(&args.server, args.ca_sha256)?,
    };
    let token = token(args.token_file.as_deref())?;
    let server = Server::new(&args.server, &token, &ca)?;
    let me = server.read("log in", "me", &[])?;
    Profiles::own()?.keep(name, &Profile { server: args.server.clone(), ca, token })?;
    if json {
        print_json(&json!({ "profile": name, "server": args.server, "actor": me.at("actor") }))?;
    } else {
        note(&format!("logged in to {} as {}, profile {name}", args.server, me.word("actor")))?;
    }
    Ok(Outcome::Done)
}

/// Forgets the profile, and says that its token still works.
pub fn logout(name: Option<&str>) -> anyhow::Result<Outcome> {
    let profiles = Profiles::own()?;
    let name = match name {
        Some(name) => name.to_owned(),
        None => profiles.current()?.ok_or_else(|| {
            WrongUse("nobody is logged in: say which profile with --profile NAME".to_owned())
        })?,
    };
    profiles.forget(&name)?;
    note(&format!(
        "forgot profile {name}; its token works until it expires or is revoked: muster api-token revoke NAME"
    ))?;
    Ok(Outcome::Done)
}

/// Lists profiles, or chooses one.
pub fn profile(args: &ProfileArgs, json: bool) -> anyhow::Result<Outcome> {
    let profiles = Profiles::own()?;
    match &args.command {
        ProfileCommand::List => list(&profiles, json)?,
        ProfileCommand::Use { name } => {
            profiles.choose(name)?;
            note(&format!("using {name}"))?;
        }
    }
    Ok(Outcome::Done)
}

/// Shows the CA that people's programs are to know the server by: what `login` asks for, told by the server that is trusted already.
pub fn ca(server: &Server, args: &CaArgs, json: bool) -> anyhow::Result<Outcome> {
    let pem = server.bytes("show the CA", "ca", &[])?;
    let pem = std::str::from_utf8(&pem).context("read the CA")?;
    if let Some(file) = &args.out {
        write_file(file, pem.as_bytes())?;
        return Ok(Outcome::Done);
    }
    let digest = trust::fingerprint(pem).context("read the CA")?;
    if json {
        print_json(&json!({ "server": server.base(), "sha256": digest, "pem": pem }))?;
    } else {
        print(&trust::shown(&digest))?;
    }
    Ok(Outcome::Done)
}

/// Shows who the server takes us for.
pub fn whoami(server: &Server, json: bool) -> anyhow::Result<Outcome> {
    let me = server.read("ask who this is", "me", &[])?;
    if json {
        print_json(&me)?;
    } else {
        print(&format!("{} at {}", me.word("actor"), server.base()))?;
    }
    Ok(Outcome::Done)
}

/// The server's CA, where its fingerprint is the one that was given, or a person says that it is the right one.
fn compared(server: &str, expected: Option<Digest>) -> anyhow::Result<String> {
    if expected.is_none() && !terminal::interactive() {
        return Err(WrongUse(UNASKED.to_owned()).into());
    }
    let pem = server::fetch_ca(server)?;
    let found = trust::fingerprint(&pem).with_context(|| format!("read the CA of {server}"))?;
    match expected {
        Some(expected) if expected == found => {}
        Some(expected) => bail!(
            "the CA of {server} has another fingerprint: expected {}, found {}; somebody may stand between",
            trust::shown(&expected),
            trust::shown(&found)
        ),
        None => {
            eprintln!(
                "The CA of {server} has the SHA-256 fingerprint\n\n    {}\n\nCompare it with what `muster ca` shows on the server's own machine.",
                trust::shown(&found)
            );
            if terminal::ask("Is it the same? Type yes: ", false)?.to_lowercase() != "yes" {
                bail!("the CA of {server} was not confirmed, and nothing was sent");
            }
        }
    }
    Ok(pem)
}

const UNASKED: &str =
    "nobody can be asked whether the server's CA is the right one: give --ca-sha256 FINGERPRINT or --ca FILE";

fn token(file: Option<&Path>) -> anyhow::Result<String> {
    let token = match file {
        Some(file) => text(file)?.trim().to_owned(),
        None if terminal::interactive() => terminal::ask("Token: ", true).context("ask for the token")?,
        None => {
            return Err(WrongUse(
                "give the token with --token-file FILE, or - for standard input".to_owned(),
            )
            .into());
        }
    };
    // it goes into a header
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(WrongUse(
            "what was given is no token: it is one word of Latin letters, digits, - and _".to_owned(),
        )
        .into());
    }
    Ok(token)
}

fn text(file: &Path) -> anyhow::Result<String> {
    String::from_utf8(read_file(file, MAX_FILE)?).with_context(|| format!("read {}", file.display()))
}

fn list(profiles: &Profiles, json: bool) -> anyhow::Result<()> {
    let current = profiles.current()?;
    let mut all = Vec::new();
    let mut table = Table::new(&["", "profile", "server", "CA (SHA-256)"]);
    for name in profiles.names()? {
        let here = current.as_ref() == Some(&name);
        // one that is damaged hides no other
        let (server, digest) = match profiles.read(&name) {
            Ok(profile) => (profile.server, trust::fingerprint(&profile.ca).ok()),
            Err(error) => (format!("{error:#}"), None),
        };
        let digest = digest.map(|digest| digest.to_string());
        let short: String = digest.iter().flat_map(|digest| digest.chars().take(16)).collect();
        table.row([
            if here { "*" } else { "" }.into(),
            name.as_str().into(),
            server.as_str().into(),
            short.into(),
        ]);
        all.push(json!({ "profile": name, "current": here, "server": server, "ca_sha256": digest }));
    }
    if json {
        return print_json(&Value::Array(all));
    }
    print(&if table.is_empty() { "No profile: muster login https://HOST".to_owned() } else { table.text() })
}
