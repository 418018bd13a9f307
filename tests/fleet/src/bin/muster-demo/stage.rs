//! Everything that takes part, and how it is set up.

use crate::Cli;
use anyhow::Context as _;
use muster_fleet::{Folder, World, crowd};
use muster_proto::time::Span;
use muster_tests::{Agent, Running, Server, until};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The organisations that the officials' policy names.
const ORGS: [(&str, &str); 3] = [
    ("minpromtorg", "Министерство промышленности и торговли"),
    ("minfin", "Министерство финансов"),
    ("minenergo", "Министерство энергетики"),
];

/// A real agent: the folder that stands for its device, its organisation, and the verdict that it should get.
pub struct Part {
    /// Name of the folder in `tests/roots`.
    pub root: &'static str,
    /// What it stands for.
    pub title: &'static str,
    org: &'static str,
    /// The verdict that the officials' policy gives it.
    pub expected: &'static str,
}

/// The three real agents.
pub const PARTS: [Part; 3] = [
    Part { root: "aurora-5.2-ok", title: "Aurora phone in order", org: "minfin", expected: "compliant" },
    Part {
        root: "aurora-5.1-telegram",
        title: "Aurora phone with a Telegram client",
        org: "minpromtorg",
        expected: "grace",
    },
    Part { root: "linux-tablet", title: "Linux tablet", org: "minenergo", expected: "failing" },
];

/// Whoever takes part. What runs ends with this.
pub struct Stage {
    /// Ids of the real agents' devices, in the order of [`PARTS`].
    pub devices: Vec<String>,
    agents: Vec<Running>,
    phones: JoinSet<anyhow::Result<()>>,
    expected: usize,
    /// The server.
    pub server: Server,
    repo: PathBuf,
    data: PathBuf,
}

/// A busy machine may take its time.
const PATIENCE: Duration = Duration::from_secs(120);

impl Stage {
    /// Starts the server, adds organisations, applies the policy.
    pub fn set(cli: &Cli, data: &Path) -> anyhow::Result<Self> {
        let listen = cli.listen.iter().flat_map(|listen| ["--listen", listen.as_str()]).collect::<Vec<_>>();
        let server = Server::launch(&data.join("server"), &listen).context("start the server")?;
        let known = server.try_muster(&["org", "list", "--json"])?.parsed()?;
        let is_known = |id: &str| known.as_array().is_some_and(|orgs| orgs.iter().any(|org| org["id"] == id));
        for (id, title) in ORGS.iter().filter(|(id, _)| !is_known(id)) {
            server.try_muster(&["org", "add", id, "--title", title])?.done()?;
        }
        let policy = cli.repo.join("catalogue/policies/officials.yaml");
        server.try_muster(&["apply", &policy.to_string_lossy()])?.done()?;
        println!("server {} · {} organisations · policy officials", server.address(), ORGS.len());
        let (repo, data) = (cli.repo.clone(), data.to_owned());
        Ok(Self {
            devices: Vec::new(),
            agents: Vec::new(),
            phones: JoinSet::new(),
            expected: 0,
            server,
            repo,
            data,
        })
    }

    /// Enrols the real agents and starts their service.
    pub fn enrol_agents(&mut self) -> anyhow::Result<()> {
        for part in &PARTS {
            let root = self.repo.join("tests/roots").join(part.root);
            anyhow::ensure!(
                root.is_dir(),
                "{} is not there; say where the repository is with --repo",
                root.display()
            );
            let state = self.data.join("agents").join(part.root);
            let agent = Agent::at(&root, &state);
            if !state.exists() {
                let link = self.server.try_link(part.org, 1)?;
                agent.try_run(&["enrol", &link])?.done().with_context(|| format!("enrol {}", part.root))?;
            }
            let status = agent.try_status()?;
            self.devices
                .push(status["device"].as_str().context("an enrolled agent without a device id")?.to_owned());
            let logs = self.data.join("logs").join(part.root);
            std::fs::create_dir_all(&logs)?;
            self.agents.push(agent.start(&logs)?);
            self.expected += 1;
            println!(
                "agent {} on {}: {}",
                part.title,
                part.root,
                self.devices.last().map_or("", String::as_str)
            );
        }
        Ok(())
    }

    /// Enrols the simulated phones, spread over the organisations, and starts them.
    pub async fn enrol_phones(&mut self, cli: &Cli) -> anyhow::Result<()> {
        let world = Arc::new(World::new()?);
        let folder = Arc::new(Folder::open(&self.data.join("phones"))?);
        let there = folder.numbers()?;
        let mut phones: crowd::Phones = there
            .iter()
            .map(|nth| anyhow::Ok((*nth, folder.load(*nth, cli.seed, &world)?)))
            .collect::<Result<_, _>>()?;
        for (at, (org, _)) in (0..).zip(ORGS) {
            let missing: Vec<u64> =
                (0..cli.phones).filter(|nth| nth % 3 == at && !there.contains(nth)).collect();
            if missing.is_empty() {
                continue;
            }
            let link = self.server.try_link(org, u32::try_from(missing.len())?)?.parse()?;
            phones.extend(crowd::enrol(&world, &link, cli.seed, missing, Some(&folder)).await?);
        }
        self.expected += phones.len();
        println!("{} simulated phones", phones.len());
        // while people look at it, something should happen
        let every = (!cli.once).then_some(Span::from_secs(300));
        self.phones = crowd::start(&world, phones, Some(&folder), every, Span::from_secs(2));
        Ok(())
    }

    /// Waits until every device has a verdict that rests on a report.
    pub fn wait_for_reports(&mut self) -> anyhow::Result<()> {
        let seen = until("the reports of all devices", PATIENCE, || {
            if let Some(ended) = self.phones.try_join_next() {
                ended.context("a simulated phone died")??;
            }
            for agent in &mut self.agents {
                if let Some(status) = agent.ended()? {
                    anyhow::bail!("an agent ended with {status}: {}", agent.said());
                }
            }
            let devices = self.list()?;
            let reported = devices.iter().filter(|device| !device["last_fresh"].is_null()).count();
            Ok((reported >= self.expected).then_some(reported))
        })?;
        println!("{seen} devices have reported");
        Ok(())
    }

    /// All devices.
    pub fn list(&self) -> anyhow::Result<Vec<Value>> {
        let list = self.server.try_muster(&["device", "list", "--json"])?.parsed()?;
        Ok(list.as_array().context("the list of devices is no list")?.clone())
    }

    /// Ends everything in order.
    pub fn strike(mut self) -> anyhow::Result<()> {
        self.phones.abort_all();
        for agent in &mut self.agents {
            agent.stop(PATIENCE)?;
        }
        self.server.running().stop(PATIENCE)?;
        Ok(())
    }
}
