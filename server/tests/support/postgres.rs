//! A PostgreSQL of the test's own, from the system's programs, in a temporary folder.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A running database server.
pub struct Postgres {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Postgres {
    /// Starts one; `None`, with the reason printed, where the system has no PostgreSQL.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!("skipped: no PostgreSQL under /usr/lib/postgresql (scripts/setup postgres installs it)");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        // root may not run PostgreSQL
        let user = if fs::metadata("/proc/self").expect("who am I").uid() == 0 {
            Some(user("postgres").or(user("nobody"))?)
        } else {
            None
        };
        let data = folder.path().join("data");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        fs::create_dir(&data).expect("a folder for the data");
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(&data, Some(uid), Some(gid)).expect("another owner");
        }
        let mut initdb = command(&programs.join("initdb"), user);
        initdb.arg("-D").arg(&data).args([
            "-U",
            "muster",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        if programs.parent().and_then(Path::file_name).is_some_and(|version| version >= OsStr::new("15")) {
            // as where people live: whatever hangs on the order of bytes has to say so
            initdb.args(["--locale-provider=icu", "--icu-locale=ru"]);
        }
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let mut server = command(&programs.join("postgres"), user);
        server.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", "fsync=off"]);
        server.arg("-k").arg(&data);
        let child = server.stderr(Stdio::null()).stdout(Stdio::null()).spawn().expect("postgres starts");
        Some(Self { child, port, _folder: folder })
    }

    /// Where it answers, once it does.
    pub async fn url(&self) -> String {
        let url = format!("postgres://muster@127.0.0.1:{}/postgres", self.port);
        let ready = async {
            while tokio_postgres::connect(&url, tokio_postgres::NoTls).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ready).await.expect("PostgreSQL answers");
        url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max()
}

fn user(name: &str) -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2).map(str::parse);
    Some((ids.next()?.ok()?, ids.next()?.ok()?))
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env("LC_ALL", "C");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}
