//! A private `dbus-daemon` with the services of `tests/bus/services.py`, as long as a test lasts.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use muster_agent::platform::linux::bus::Address;
use tempfile::TempDir;

/// How the services behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Strings,
    Dicts,
    PlainDicts,
    Silent,
    Slow,
    Wrong,
    Long,
    Deep,
    Odd,
    Many,
    None,
}

/// The bus and who is on it.
pub struct Stage {
    folder: TempDir,
    address: String,
    _running: [Running; 2],
}

/// A program that ends with the test, also with one that fails.
struct Running(Child);

impl Stage {
    /// `None`, with a word on why, where there is no bus to be had.
    pub fn with(manner: Manner) -> Option<Self> {
        Self::set(manner, None, "")
    }

    /// One on which nobody may call that method.
    pub fn denying(manner: Manner, interface: &str, member: &str) -> Option<Self> {
        Self::set(manner, Some((interface, member)), "")
    }

    /// One whose management has configured that link.
    pub fn saying(manner: Manner, link: &str) -> Option<Self> {
        Self::set(manner, None, link)
    }

    fn set(manner: Manner, denied: Option<(&str, &str)>, link: &str) -> Option<Self> {
        let Some(python) = python() else {
            println!("skipped: python3 with jeepney is not installed (scripts/setup bus)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("bus.conf");
        fs::write(&config, configuration(folder.path(), denied)).unwrap();
        let daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(daemon) = daemon else {
            println!("skipped: dbus-daemon is not installed (scripts/setup bus)");
            return None;
        };
        let mut daemon = Running(daemon);
        let address = lines(&mut daemon.0).recv_timeout(LONG).expect("the bus says where it listens");
        let manner = format!("{manner:?}").to_lowercase().replace("plaindicts", "plain-dicts");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bus/services.py");
        let services = Command::new(python)
            .arg(script)
            .args([&address, &manner, link])
            .arg(folder.path().join(CALLS))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the services start");
        let mut services = Running(services);
        assert_eq!(lines(&mut services.0).recv_timeout(LONG).as_deref(), Ok("ready"));
        Some(Self { folder, address, _running: [services, daemon] })
    }

    pub fn address(&self) -> Address {
        self.address.parse().expect("the address of a bus")
    }

    pub fn address_text(&self) -> String {
        self.address.clone()
    }

    /// The calls that the services got: each is there before it is answered.
    pub fn calls(&self) -> Vec<String> {
        let said = fs::read_to_string(self.folder.path().join(CALLS)).unwrap();
        said.lines().map(str::to_owned).collect()
    }

    /// A copy of a folder that stands for a phone.
    pub fn root(&self, name: &str) -> PathBuf {
        let (from, to) = (
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/roots").join(name),
            self.folder.path().join("root"),
        );
        if !to.exists() {
            assert!(Command::new("cp").arg("-a").arg(from).arg(&to).status().unwrap().success());
        }
        to
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The file in which the services note what they are asked.
const CALLS: &str = "calls";

const LONG: Duration = Duration::from_secs(30);

/// The first Python that has jeepney; Debian's package is for Debian's own.
fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let tried = Command::new(python).args(["-c", "import jeepney"]).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    })
}

/// What a program says, line by line.
fn lines(child: &mut Child) -> Receiver<String> {
    let out = child.stdout.take().expect("its output is piped");
    let (told, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines() {
            if line.is_err() || line.is_ok_and(|line| told.send(line).is_err()) {
                return;
            }
        }
    });
    lines
}

/// A system's bus on which everybody may do everything but that one method.
fn configuration(folder: &Path, denied: Option<(&str, &str)>) -> String {
    let denied = denied.map(|(interface, member)| {
        format!("<deny send_interface=\"{interface}\" send_member=\"{member}\"/>")
    });
    format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n\
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
         <busconfig><type>system</type><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth>\n\
         <policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/><allow send_type=\"method_call\"/>\n\
         <allow send_requested_reply=\"true\" send_type=\"method_return\"/>\n\
         <allow send_requested_reply=\"true\" send_type=\"error\"/>\n\
         <allow receive_type=\"method_call\"/><allow receive_type=\"method_return\"/>\n\
         <allow receive_type=\"error\"/><allow receive_type=\"signal\"/>{}</policy></busconfig>\n",
        folder.display(),
        denied.unwrap_or_default()
    )
}
