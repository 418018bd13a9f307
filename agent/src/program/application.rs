//! Started as an application of Aurora OS: by its launcher, by a link, or by RuntimeManager as a background task. Nobody gives a command
//! there, so the program's name in the application package and its surroundings say what is to be done.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context as _, bail};
use muster_agent::core::{Standing, Stored};
use muster_agent::errors::one_line;
use muster_agent::runtime::Clock;
use muster_agent::status::Status;
use muster_agent::store::peek;
use muster_proto::id::Digest;
use muster_proto::link::EnrolLink;
use muster_proto::text::Text;

use super::remind::remind;
use super::{Places, enrol, open, report, schedule};

/// Why the system started the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// RuntimeManager: it is time for a report.
    Task,
    /// The person tapped the icon.
    Window,
    /// The person opened an enrolment link.
    Link(String),
}

impl Occasion {
    /// What `args` say with this background task; `None` where a person typed a command.
    pub fn of(mut args: impl Iterator<Item = OsString>, task: Option<&OsStr>) -> Option<Self> {
        let program = args.next()?;
        if Path::new(&program).file_name() != Some(OsStr::new(NAME)) {
            return None;
        }
        match (args.next(), args.next()) {
            (None, _) if task.is_some_and(|task| !task.is_empty()) => Some(Self::Task),
            (None, _) => Some(Self::Window),
            (Some(link), None) => link
                .to_str()
                .filter(|link| link.starts_with("muster://"))
                .map(|link| Self::Link(link.to_owned())),
            _ => None,
        }
    }

    /// Does what is to be done.
    ///
    /// # Errors
    /// It could not be.
    pub fn answer(&self) -> anyhow::Result<()> {
        let state = folder(|name| std::env::var_os(name))
            .context("find the application's folder: HOME is not set")?;
        let places = Places { state, root: PathBuf::from("/"), bus: None, sandboxed: true };
        let failed = match self {
            Self::Task => return task(&places),
            Self::Window => None,
            Self::Link(link) => connect(&places, link).err(),
        };
        let failed = failed.map(|error| one_line(&format!("{error:#}")));
        // The system learns of the background task from an application that the person started, and only then.
        if let Ok(Some(Stored::Enrolled(_))) = peek(&places.state)
            && let Err(error) = schedule(&places)
        {
            eprintln!("muster-agent: {}", one_line(&format!("{error:#}")));
        }
        let shown = save_status(&places.state, failed.as_deref(), page(&places).as_deref())?;
        Err(Command::new(VIEWER).arg(NAME).arg(shown).exec()).with_context(|| format!("start {VIEWER}"))
    }
}

/// The folder that the sandbox gives to this organisation and name.
fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let data = variable("XDG_DATA_HOME").filter(|data| Path::new(data).is_absolute()).map(PathBuf::from);
    let data = data.or_else(|| variable("HOME").map(|home| Path::new(&home).join(".local/share")))?;
    Some(data.join("ru.muster/Agent"))
}

/// One report, and what the person is to be told, once a person has approved the enrolment if one must; the link may be one that the device's management has configured.
fn task(places: &Places) -> anyhow::Result<()> {
    match peek(&places.state)? {
        Some(Stored::Enrolled(_)) => {}
        Some(Stored::Pending(pending)) => {
            let link: EnrolLink = pending.link.parse().context("read the saved enrolment link")?;
            enrol(places, Some(link), pending.asset_tag.as_deref().map(Text::clipped), false, false)?;
        }
        None => enrol(places, None, None, false, false)?,
    }
    let reported = report(places, false);
    // a deadline comes nearer without a network, too
    if let Err(error) = remind(places) {
        eprintln!("muster-agent: {}", one_line(&format!("{error:#}")));
    }
    reported
}

fn connect(places: &Places, link: &str) -> anyhow::Result<()> {
    let link: EnrolLink = link.parse().context("read the enrolment link")?;
    // Any page and any message can open a link: it moves no phone from one server to another.
    if let Some(Stored::Enrolled(state)) = peek(&places.state)?
        && state.standing != Standing::Retired
        && state.token != Digest::of(link.token.as_bytes())
    {
        bail!(
            "this phone is connected to {} already; its administrator must retire it there first",
            state.server.authority
        );
    }
    enrol(places, Some(link), None, false, false)?;
    match peek(&places.state)? {
        Some(Stored::Enrolled(_)) => report(places, false),
        _ => Ok(()),
    }
}

/// A link to this phone's page on the server; none where it can't be had while somebody waits for the window.
fn page(places: &Places) -> Option<String> {
    let Ok(Some(Stored::Enrolled(_))) = peek(&places.state) else { return None };
    let (told, made) = channel();
    let places = places.clone();
    // nobody listens any more where it took too long
    let work = move || drop(told.send(open::link(&places)));
    std::thread::Builder::new().name("page".to_owned()).spawn(work).ok()?;
    made.recv_timeout(PATIENCE).ok()?.ok()
}

/// What the page shows, in a file of the application's own folder.
fn save_status(folder: &Path, failed: Option<&str>, page: Option<&str>) -> anyhow::Result<PathBuf> {
    let status = Status::of(peek(folder)?, Clock::system()?.now());
    let (path, beside) = (folder.join(SHOWN), folder.join(format!("{SHOWN}.new")));
    let text = serde_json::json!({ "status": status, "failed": failed, "page": page }).to_string();
    let write = || -> std::io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        fs::rename(&beside, &path)
    };
    write().with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

/// The program in the application package.
const NAME: &str = "ru.muster.Agent";
/// What shows the page: it looks for it in `/usr/share/NAME/qml`.
const VIEWER: &str = "/usr/bin/sailfish-qml";
const SHOWN: &str = "status.json";
/// The window opens without the link after this.
const PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str], task: Option<&str>) -> Option<Occasion> {
        Occasion::of(args.iter().map(OsString::from), task.map(OsStr::new))
    }

    #[test]
    fn the_name_and_the_surroundings_say_what_to_do() {
        assert_eq!(of(&["/usr/bin/ru.muster.Agent"], None), Some(Occasion::Window));
        assert_eq!(of(&["ru.muster.Agent"], Some("")), Some(Occasion::Window));
        assert_eq!(of(&["ru.muster.Agent"], Some("ru.muster.Agent.Report")), Some(Occasion::Task));
        let link = Occasion::Link("muster://a/enrol?x".to_owned());
        assert_eq!(of(&["ru.muster.Agent", "muster://a/enrol?x"], None), Some(link));
        for typed in [
            &["muster-agent"][..],
            &["ru.muster.Agent", "status"],
            &["ru.muster.Agent", "muster://a", "b"],
            &[],
        ] {
            assert_eq!(of(typed, Some("task")), None, "{typed:?}");
        }
    }

    #[test]
    fn the_folder_is_the_sandboxs() {
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/home/defaultuser"));
        assert_eq!(folder(home), Some(PathBuf::from("/home/defaultuser/.local/share/ru.muster/Agent")));
        let data = |name: &str| Some(OsString::from(if name == "HOME" { "/home/x" } else { "/data" }));
        assert_eq!(folder(data), Some(PathBuf::from("/data/ru.muster/Agent")));
        assert_eq!(folder(|_| None), None);
    }

    #[test]
    fn what_the_page_shows_is_for_its_owner() {
        use std::os::unix::fs::MetadataExt as _;
        let above = tempfile::tempdir().unwrap();
        let path = save_status(&above.path().join("a/b"), Some("no network"), None).unwrap();
        let shown: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(shown["status"]["standing"], "not-enrolled");
        assert_eq!(shown["failed"], "no network");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
}
