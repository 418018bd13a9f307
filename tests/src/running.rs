//! A program that runs until its owner ends.

use crate::program::in_words;
use crate::until;
use anyhow::{Context as _, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A running program. What it prints goes to files; it is killed when this is dropped.
pub struct Running {
    what: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    quiet: bool,
}

impl Running {
    /// Starts a program whose output goes to `NAME.out` and `NAME.err` in `logs`; they grow when it is started there again.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start(command: &mut Command, logs: &Path, name: &str) -> anyhow::Result<Self> {
        let what = in_words(command);
        let open = |path: &Path| {
            File::options()
                .create(true)
                .append(true)
                .open(path)
                .with_context(|| format!("write {}", path.display()))
        };
        let (stdout, stderr) = (logs.join(format!("{name}.out")), logs.join(format!("{name}.err")));
        let child = command
            .stdin(Stdio::null())
            .stdout(open(&stdout)?)
            .stderr(open(&stderr)?)
            .spawn()
            .with_context(|| format!("start {what}"))?;
        Ok(Self { what, child, stdout, stderr, quiet: false })
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that `pick` takes, among those printed after the first `from` bytes.
    ///
    /// # Errors
    /// The program ended, or `patience` did.
    pub fn line<T>(
        &mut self,
        from: u64,
        patience: Duration,
        pick: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<T> {
        let what = format!("a line of {}", self.what);
        let found = until(&what, patience, || {
            let text = std::fs::read(&self.stdout)?;
            let text =
                String::from_utf8_lossy(text.get(usize::try_from(from)?..).unwrap_or_default()).into_owned();
            if let Some(found) = text.lines().find_map(&pick) {
                return Ok(Some(found));
            }
            match self.child.try_wait()? {
                Some(status) => bail!("{} ended with {status}: {}", self.what, self.last_words()),
                None => Ok(None),
            }
        });
        found.with_context(|| format!("{} said: {}", self.what, self.last_words()))
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The system does not say.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    ///
    /// # Errors
    /// It did not within `patience`.
    pub fn stop(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        self.signal("TERM")?;
        until(&format!("the end of {}", self.what), patience, || Ok(self.child.try_wait()?))
    }

    /// Kills it (SIGKILL), as a power cut would.
    ///
    /// # Errors
    /// The system refuses.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Sends it a signal by its name.
    ///
    /// # Errors
    /// It isn't there any more.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let status =
            Command::new("kill").args(["-s", name, &self.id().to_string()]).status().context("run kill")?;
        anyhow::ensure!(status.success(), "send {name} to {}", self.what);
        Ok(())
    }

    /// Bytes printed until now.
    #[must_use]
    pub fn printed(&self) -> u64 {
        std::fs::metadata(&self.stdout).map_or(0, |file| file.len())
    }

    /// Everything that it said on stderr.
    #[must_use]
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.stderr).unwrap_or_default()).into_owned()
    }

    /// Its output isn't shown, even if a test fails.
    pub fn hush(&mut self) {
        self.quiet = true;
    }

    fn last_words(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.trim_end().lines().collect();
        lines[lines.len().saturating_sub(5)..].join(" | ")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.kill();
        if std::thread::panicking() && !self.quiet {
            let printed = std::fs::read(&self.stdout).unwrap_or_default();
            eprintln!(
                "---- {} printed:\n{}---- and said:\n{}----",
                self.what,
                String::from_utf8_lossy(&printed),
                self.said()
            );
        }
    }
}
