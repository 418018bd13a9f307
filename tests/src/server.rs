//! A real server on a data folder, and the administrators' command line for it.

use crate::{Ran, Running, cramped, find, repo, run};
use anyhow::Context as _;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// A running `muster-server`.
pub struct Server {
    running: Running,
    data: PathBuf,
    options: Vec<String>,
    address: String,
    sign_in: Option<String>,
    /// Removed after the process has ended: fields are dropped in this order.
    folder: Option<TempDir>,
}

/// Starting takes milliseconds; a test machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

impl Server {
    /// For tests: a server on a fresh folder.
    ///
    /// # Panics
    /// It did not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// For tests: as [`Server::start`], with options of `serve`.
    ///
    /// # Panics
    /// It did not start.
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut server = Self::launch(folder.path(), options).unwrap_or_else(|error| panic!("{error:#}"));
        server.folder = Some(folder);
        server
    }

    /// Starts a server on `data`, with options of `serve`.
    ///
    /// # Errors
    /// It could not be started, or did not get ready.
    pub fn launch(data: &Path, options: &[&str]) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("make {}", data.display()))?;
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let (running, address, sign_in) = spawn(data, &options, "127.0.0.1:0", None)?;
        Ok(Self { running, data: data.to_owned(), options, address, sign_in, folder: None })
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// `https://HOST:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `HOST:PORT`.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.address.trim_start_matches("https://")
    }

    /// The first administrator's link, if this was the first start.
    #[must_use]
    pub fn sign_in(&self) -> Option<&str> {
        self.sign_in.as_deref()
    }

    /// The process.
    #[must_use]
    pub fn running(&mut self) -> &mut Running {
        &mut self.running
    }

    /// Starts it again where it was, at the same address, after [`Running::kill`] or [`Running::stop`].
    ///
    /// # Errors
    /// It did not get ready.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.start_again(None)
    }

    /// As [`Server::restart`], where no file may grow beyond `kib` KiB: writes fail as on a full disk.
    ///
    /// # Errors
    /// It did not get ready.
    pub fn restart_cramped(&mut self, kib: u64) -> anyhow::Result<()> {
        self.start_again(Some(kib))
    }

    fn start_again(&mut self, kib: Option<u64>) -> anyhow::Result<()> {
        self.running.kill()?;
        let authority = self.authority().to_owned();
        (self.running, self.address, _) = spawn(&self.data, &self.options, &authority, kib)?;
        Ok(())
    }

    /// Runs `muster --data DIR ARGS…`.
    ///
    /// # Errors
    /// It could not be started.
    pub fn try_muster(&self, args: &[&str]) -> anyhow::Result<Ran> {
        run(Command::new(find("muster")?).arg("--data").arg(&self.data).args(args).env_remove("MUSTER_DATA"))
    }

    /// For tests: runs `muster --data DIR ARGS…`.
    ///
    /// # Panics
    /// It could not be started.
    #[must_use]
    pub fn muster(&self, args: &[&str]) -> Ran {
        self.try_muster(args).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// An enrolment link for `uses` phones that nobody needs to approve.
    ///
    /// # Errors
    /// No such organisation.
    pub fn try_link(&self, org: &str, uses: u32) -> anyhow::Result<String> {
        let uses = uses.to_string();
        let args =
            ["enrol-token", "--org", org, "--uses", &uses, "--expires", "7d", "--approve", "auto", "--json"];
        let token = self.try_muster(&args)?.parsed()?;
        Ok(token["link"].as_str().context("the token has no link")?.to_owned())
    }

    /// For tests: an enrolment link for one phone.
    ///
    /// # Panics
    /// No such organisation.
    #[must_use]
    pub fn link(&self, org: &str) -> String {
        self.try_link(org, 1).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// For tests: an organisation, and the officials' policy in force.
    pub fn with_officials(&self, org: &str) {
        let _ = self.muster(&["org", "add", org, "--title", org]).ok();
        let policy = repo().join("catalogue/policies/officials.yaml");
        // the document names three organisations
        for other in ["minpromtorg", "minfin", "minenergo"].into_iter().filter(|other| *other != org) {
            let _ = self.muster(&["org", "add", other, "--title", other]).ok();
        }
        let _ = self.muster(&["apply", &policy.to_string_lossy()]).ok();
    }

    /// For tests: a device as `device show` has it.
    #[must_use]
    pub fn device(&self, id: &str) -> Value {
        self.muster(&["device", "show", id, "--json"]).json()
    }
}

fn spawn(
    data: &Path,
    options: &[String],
    listen: &str,
    kib: Option<u64>,
) -> anyhow::Result<(Running, String, Option<String>)> {
    let mut command = Command::new(find("muster-server")?);
    command.arg("serve").arg("--data").arg(data).args(options);
    if !options.iter().any(|option| option == "--listen") {
        command.args(["--listen", listen]);
    }
    if let Some(kib) = kib {
        command = cramped(&command, kib);
    }
    // a configuration that this machine has for itself is not meant for tests
    command.env("MUSTER_CONFIG", "/dev/null");
    let from = std::fs::metadata(data.join("server.out")).map_or(0, |file| file.len());
    let mut running = Running::start(&mut command, data, "server")?;
    let address = running.line(from, PATIENCE, |line| line.strip_prefix("ready ").map(str::to_owned))?;
    // printed before `ready`, so it is there by now if it is there at all
    let sign_in =
        running.line(from, Duration::ZERO, |line| line.strip_prefix("sign-in ").map(str::to_owned)).ok();
    Ok((running, address.trim().to_owned(), sign_in))
}
