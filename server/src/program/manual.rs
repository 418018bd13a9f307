//! `muster-server completions`, `man`: what a package installs beside the program, made from the same description of the command line that reads it.

use anyhow::Context as _;
use clap::Command;
use clap_complete::Shell;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// Prints completions.
///
/// # Errors
/// Standard output is gone.
pub fn completions(shell: Shell, mut line: Command) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut line, "muster-server", &mut script);
    std::io::stdout().write_all(&script).context("print the completions")?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the main page, or writes a page for each command into `dir`.
///
/// # Errors
/// They can't be written.
pub fn man(dir: Option<&Path>, line: Command) -> anyhow::Result<ExitCode> {
    match dir {
        None => {
            let page = clap_mangen::Man::new(line);
            page.render(&mut std::io::stdout()).context("print the man page")?;
        }
        Some(dir) => {
            let write = || {
                std::fs::create_dir_all(dir)?;
                clap_mangen::generate_to(line, dir)
            };
            write().with_context(|| format!("write man pages to {}", dir.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
