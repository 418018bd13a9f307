//! The programs of this build, and running one to its end.

use anyhow::Context as _;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Where the program `name` of the same build is.
///
/// # Errors
/// It was not built.
pub fn find(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("find what runs")?;
    let folder = own.parent().context("a program is in a folder")?;
    // cargo puts test programs into `deps`, below the folder of the programs
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    let path = folder.join(name);
    anyhow::ensure!(
        path.is_file(),
        "{} is not built: run `cargo build --workspace --bins` first",
        path.display()
    );
    Ok(path)
}

/// For tests: as [`find`].
///
/// # Panics
/// It was not built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    find(name).unwrap_or_else(|error| panic!("{error:#}"))
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ran {
    /// What was run.
    pub what: String,
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it said beside.
    pub stderr: String,
}

/// Runs a program to its end.
///
/// # Errors
/// It could not be started.
pub fn run(command: &mut Command) -> anyhow::Result<Ran> {
    let what = in_words(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {what}"))?;
    Ok(Ran {
        what,
        status: output.status,
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The same command where no file may grow beyond `kib` KiB: writes fail as on a full disk.
#[must_use]
pub fn cramped(command: &Command, kib: u64) -> Command {
    let mut shell = Command::new("bash");
    // the signal that would end the program is ignored, so that it sees the error
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\""), "bash"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell
}

impl Ran {
    /// The exit status; −1 where a signal ended it.
    #[must_use]
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// What it printed, as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// What it printed if it ended with 0.
    ///
    /// # Errors
    /// It ended otherwise: what it said.
    pub fn done(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.status.success(),
            "{} ended with {}: {}",
            self.what,
            self.code(),
            self.stderr.trim()
        );
        Ok(self)
    }

    /// What it printed, as JSON, if it ended with 0.
    ///
    /// # Errors
    /// It ended otherwise, or printed something else.
    pub fn parsed(self) -> anyhow::Result<Value> {
        let ran = self.done()?;
        serde_json::from_slice(&ran.stdout)
            .with_context(|| format!("read what {} printed: {}", ran.what, ran.text()))
    }

    /// For tests: it ended with 0.
    #[track_caller]
    #[must_use]
    pub fn ok(self) -> Self {
        self.ends(0)
    }

    /// For tests: it ended with 0 and printed JSON.
    #[track_caller]
    #[must_use]
    pub fn json(self) -> Value {
        let ran = self.ends(0);
        serde_json::from_slice(&ran.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", ran.what, ran.text()))
    }

    /// For tests: it ended with this status.
    #[track_caller]
    #[must_use]
    pub fn ends(self, code: i32) -> Self {
        assert!(
            self.code() == code,
            "{} ended with {}, not {code}\n{}\n{}",
            self.what,
            self.code(),
            self.text(),
            self.stderr
        );
        self
    }

    /// For tests: it ended with 1, printed nothing, and said one line on stderr that has `part`.
    #[track_caller]
    pub fn refused(self, part: &str) {
        self.says(1, part);
    }

    /// For tests: it ended with 2, as for wrong use, and said one line on stderr that has `part`.
    #[track_caller]
    pub fn misused(self, part: &str) {
        self.says(2, part);
    }

    #[track_caller]
    fn says(self, code: i32, part: &str) {
        let ran = self.ends(code);
        assert!(
            ran.stderr.trim_end().lines().count() == 1,
            "{} said more than one line:\n{}",
            ran.what,
            ran.stderr
        );
        assert!(ran.stderr.contains(part), "{} said: {}, which has no {part:?}", ran.what, ran.stderr.trim());
    }
}

pub(crate) fn in_words(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
