//! `muster completions`, `man`: what a package installs beside the program, made from the same description of the command line that reads it.

use crate::args::Cli;
use crate::output::{Outcome, WrongUse, print_raw};
use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::path::{Path, PathBuf};

/// What follows `muster completions`.
#[derive(clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// What follows `muster man`.
#[derive(clap::Args)]
pub struct ManArgs {
    /// Folder that gets a page for each command: muster.1, muster-device-list.1 …; made if it isn't there. Without it the main page is printed
    dir: Option<PathBuf>,
}

/// Prints completions.
pub fn completions(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "muster", &mut script);
    print_raw(&String::from_utf8(script).context("write the completions")?)?;
    Ok(Outcome::Done)
}

/// Prints the main page, or writes all.
pub fn man(args: &ManArgs) -> anyhow::Result<Outcome> {
    match &args.dir {
        None => print_raw(&String::from_utf8(main_page()?).context("write the man page")?)?,
        Some(dir) => pages(dir)?,
    }
    Ok(Outcome::Done)
}

fn pages(dir: &Path) -> anyhow::Result<()> {
    if dir.exists() && !dir.is_dir() {
        return Err(WrongUse(format!("{} is not a folder", dir.display())).into());
    }
    let write = || {
        std::fs::create_dir_all(dir)?;
        clap_mangen::generate_to(command(), dir)?;
        std::fs::write(dir.join("muster.1"), main_page().map_err(std::io::Error::other)?)
    };
    write().with_context(|| format!("write man pages to {}", dir.display()))
}

/// Without the note under the help, which the main page has in sections of its own.
fn command() -> clap::Command {
    Cli::command().after_help("")
}

fn main_page() -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command()).render(&mut page)?;
    page.extend_from_slice(SECTIONS.as_bytes());
    Ok(page)
}

const SECTIONS: &str = r#".SH EXIT STATUS
.TP
.B 0
It was done.
.TP
.B 1
It failed, and one line on standard error says why.
.TP
.B 2
Wrong use, also where only the server can tell.
.TP
.B 3
.B muster plan
found changes.
.SH ENVIRONMENT
What the command line says comes first; then these, in this order; then the profile that was logged in to or chosen last.
.TP
.BR MUSTER_SERVER ", " MUSTER_TOKEN ", " MUSTER_CA
Address, token, and a file with the CA (or the CA itself in PEM): for pipelines. They go together.
.TP
.B MUSTER_PROFILE
Name of a profile.
.TP
.B MUSTER_DATA
Data folder of a server on this machine.
.TP
.BR NO_COLOR ", " CLICOLOR ", " CLICOLOR_FORCE
Whether to paint, where
.B \-\-color
does not say.
.SH FILES
.TP
.I $XDG_CONFIG_HOME/muster/profiles/NAME.json
A profile: address, CA and token, readable by its owner alone. Without XDG_CONFIG_HOME it is in ~/.config.
.SH TIMES
All times are RFC 3339 in UTC; tables show them to the minute, in UTC too.
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("man1");
        pages(&dir).expect("written");
        for page in ["muster", "muster-login", "muster-device-list", "muster-profile-use"] {
            let text = std::fs::read_to_string(dir.join(format!("{page}.1"))).expect(page);
            assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{page}: {text}");
        }
        let main = std::fs::read_to_string(dir.join("muster.1")).expect("the main page");
        assert!(main.contains(".SH EXIT STATUS") && main.contains("MUSTER_PROFILE"));
    }
}
