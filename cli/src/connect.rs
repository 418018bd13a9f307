//! Which server is spoken to: what the command line says, then what the environment says, then what somebody has logged in to last.

use crate::args::Cli;
use crate::output::WrongUse;
use crate::profile::{Profile, Profiles};
use crate::server::Server;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Finds it.
pub fn server(cli: &Cli) -> anyhow::Result<Server> {
    server_of(&place(cli, |name| std::env::var(name).ok().filter(|value| !value.is_empty()))?)
}

/// Where a server was named.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// The data folder of a server on this machine.
    Folder(PathBuf),
    /// A profile.
    Profile(String),
    /// The environment alone, as a pipeline has it.
    Environment { server: String, token: String, ca: String },
    /// The profile that was logged in to or chosen last.
    Current,
}

fn place(cli: &Cli, var: impl Fn(&str) -> Option<String>) -> anyhow::Result<Place> {
    if let Some(data) = &cli.data {
        return Ok(Place::Folder(data.clone()));
    }
    if let Some(profile) = &cli.profile {
        return Ok(Place::Profile(profile.clone()));
    }
    match (var("MUSTER_SERVER"), var("MUSTER_TOKEN"), var("MUSTER_CA")) {
        (Some(server), Some(token), Some(ca)) => return Ok(Place::Environment { server, token, ca }),
        (None, None, _) => {}
        _ => return Err(WrongUse(TOGETHER.to_owned()).into()),
    }
    if let Some(profile) = var("MUSTER_PROFILE") {
        return Ok(Place::Profile(
            crate::profile::name(&profile).map_err(|why| WrongUse(format!("MUSTER_PROFILE: {why}")))?,
        ));
    }
    Ok(var("MUSTER_DATA").map_or(Place::Current, |data| Place::Folder(data.into())))
}

/// A token is never sent to a server that it was not meant for.
const TOGETHER: &str = "MUSTER_SERVER, MUSTER_TOKEN and MUSTER_CA go together: the address, the token, and a file with the CA (or the CA itself in PEM)";

fn server_of(place: &Place) -> anyhow::Result<Server> {
    match place {
        Place::Folder(data) => Server::of(data),
        Place::Profile(name) => of_profile(&Profiles::own()?.read(name)?),
        Place::Environment { server, token, ca } => Server::new(
            &crate::server::address(server).map_err(|why| WrongUse(format!("MUSTER_SERVER: {why}")))?,
            token,
            &ca_text(ca)?,
        ),
        Place::Current => {
            let profiles = Profiles::own()?;
            let name = profiles.current()?.ok_or_else(|| WrongUse(NOWHERE.to_owned()))?;
            of_profile(&profiles.read(&name)?)
        }
    }
}

const NOWHERE: &str =
    "say which server: muster login https://HOST, or --data DIR (MUSTER_DATA) on the server's own machine";

fn of_profile(profile: &Profile) -> anyhow::Result<Server> {
    Server::new(&profile.server, &profile.token, &profile.ca)
}

/// A pipeline keeps the CA as a file, or as a variable.
fn ca_text(ca: &str) -> anyhow::Result<String> {
    if ca.trim_start().starts_with("-----BEGIN") {
        return Ok(ca.to_owned());
    }
    std::fs::read_to_string(Path::new(ca)).with_context(|| format!("read {ca} (MUSTER_CA)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn of(line: &[&str], set: &[(&str, &str)]) -> anyhow::Result<Place> {
        let cli = Cli::try_parse_from([&["muster", "pending"], line].concat()).expect("a command line");
        place(&cli, |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_command_line_goes_before_the_environment_and_that_before_what_is_stored() {
        let all = [
            ("MUSTER_SERVER", "https://a"),
            ("MUSTER_TOKEN", "t"),
            ("MUSTER_CA", "f"),
            ("MUSTER_PROFILE", "p"),
            ("MUSTER_DATA", "d"),
        ];
        let environment =
            Place::Environment { server: "https://a".to_owned(), token: "t".to_owned(), ca: "f".to_owned() };
        assert_eq!(of(&["--data", "x"], &all).unwrap(), Place::Folder("x".into()));
        assert_eq!(of(&["--profile", "x"], &all).unwrap(), Place::Profile("x".to_owned()));
        assert_eq!(of(&[], &all).unwrap(), environment);
        assert_eq!(of(&[], &all[3..]).unwrap(), Place::Profile("p".to_owned()));
        assert_eq!(of(&[], &all[4..]).unwrap(), Place::Folder("d".into()));
        assert_eq!(of(&[], &[]).unwrap(), Place::Current);
    }

    #[test]
    fn a_token_goes_to_no_server_that_it_was_not_named_with() {
        for set in [
            [("MUSTER_TOKEN", "t"), ("MUSTER_PROFILE", "p")],
            [("MUSTER_SERVER", "https://a"), ("MUSTER_TOKEN", "t")],
        ] {
            assert!(of(&[], &set).unwrap_err().is::<WrongUse>(), "{set:?}");
        }
        assert!(of(&[], &[("MUSTER_PROFILE", "../x")]).unwrap_err().is::<WrongUse>());
    }
}
