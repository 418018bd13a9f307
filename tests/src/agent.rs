//! A real agent with a state folder of its own, on a folder that stands for a device.

use crate::{Ran, Root, Running, program, run};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// An agent that can be run.
pub struct Agent {
    root: PathBuf,
    state: PathBuf,
    folder: Option<TempDir>,
    /// Kept while the agent is.
    _copy: Option<Root>,
}

impl Agent {
    /// An agent on `root` that keeps its state in `state`.
    #[must_use]
    pub fn at(root: &Path, state: &Path) -> Self {
        Self { root: root.to_owned(), state: state.to_owned(), folder: None, _copy: None }
    }

    /// For tests: an agent on a root, with a fresh state folder, not enrolled.
    ///
    /// # Panics
    /// There is no temporary folder.
    #[must_use]
    pub fn new(root: &Root) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let state = folder.path().join("state");
        Self { root: root.path().to_owned(), state, folder: Some(folder), _copy: Some(root.clone()) }
    }

    /// For tests: an agent that has enrolled.
    ///
    /// # Panics
    /// It could not.
    #[must_use]
    pub fn enrol(link: &str, root: &Root) -> Self {
        let agent = Self::new(root);
        let _ = agent.run(&["enrol", link]).ok();
        agent
    }

    /// The state folder.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// `muster-agent ARGS… --state DIR --root DIR`, not yet started.
    #[must_use]
    pub fn command(&self, args: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(program("muster-agent"));
        command.args(args).arg("--state").arg(&self.state).arg("--root").arg(&self.root);
        command
            .env_remove("https_proxy")
            .env_remove("HTTPS_PROXY")
            .env_remove("ALL_PROXY")
            .env_remove("all_proxy");
        command
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// It could not be started.
    pub fn try_run(&self, args: &[impl AsRef<OsStr>]) -> anyhow::Result<Ran> {
        run(&mut self.command(args))
    }

    /// For tests: runs it to its end.
    ///
    /// # Panics
    /// It could not be started.
    #[must_use]
    pub fn run(&self, args: &[impl AsRef<OsStr>]) -> Ran {
        self.try_run(args).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Starts `muster-agent run`, whose output goes to files in `logs`.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start(&self, logs: &Path) -> anyhow::Result<Running> {
        Running::start(&mut self.command(&["run"]), logs, "agent")
    }

    /// For tests: starts `muster-agent run`.
    ///
    /// # Panics
    /// It could not be started.
    #[must_use]
    pub fn service(&self) -> Running {
        let logs = self.folder.as_ref().map_or(self.state.as_path(), TempDir::path);
        self.start(logs).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// What `status --json` says.
    ///
    /// # Errors
    /// It failed.
    pub fn try_status(&self) -> anyhow::Result<Value> {
        self.try_run(&["status", "--json"])?.parsed()
    }

    /// For tests: the device's id.
    ///
    /// # Panics
    /// It isn't enrolled.
    #[must_use]
    pub fn id(&self) -> String {
        let status = self.try_status().unwrap_or_else(|error| panic!("{error:#}"));
        status["device"].as_str().unwrap_or_else(|| panic!("no device in {status}")).to_owned()
    }
}
