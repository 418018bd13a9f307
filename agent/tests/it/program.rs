//! The real program: what it does, and what it says when something is wrong.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use muster_agent::core::Stored;
use muster_proto::message::{AckState, OrderKind, PageLink};
use muster_proto::report::Trigger;
use muster_proto::verdict::State;
use serde_json::Value;
use tempfile::TempDir;

use super::site::{Authority, Site, split};

const TOKEN: &str = "a-token-for-one-phone";

/// An agent with a folder of its own, on a copy of a folder that stands for a phone.
struct Program {
    folder: TempDir,
    root: PathBuf,
}

impl Program {
    fn on(root: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/roots").join(root);
        let root = folder.path().join("root");
        let copied = Command::new("cp").arg("-a").arg(fixture).arg(&root).status().unwrap();
        assert!(copied.success());
        Self { folder, root }
    }

    fn enrolled(site: &Site) -> Self {
        site.server().add_token(TOKEN, false);
        let program = Self::on("aurora-5.1-telegram");
        program.good(&["enrol", &site.link(TOKEN).to_string()]);
        program
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster-agent"));
        command.args(words).arg("--state").arg(self.state()).arg("--root").arg(&self.root).env("LANG", "C");
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    fn good(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// It fails with one line on standard error, which is returned.
    fn bad(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let said = String::from_utf8(output.stderr).unwrap();
        let own: Vec<&str> = said.lines().filter(|line| line.starts_with("muster-agent: ")).collect();
        assert_eq!((output.status.code(), own.len()), (Some(1), 1), "{words:?}: {said}");
        assert!(output.stdout.is_empty());
        own[0].to_owned()
    }

    fn status(&self) -> Value {
        serde_json::from_str(&self.good(&["status", "--json"])).unwrap()
    }

    fn service(&self) -> Service {
        let mut command = self.command(&["run", "--log", "debug"]);
        Service(command.stderr(Stdio::piped()).spawn().unwrap())
    }
}

/// `run`, ended with its owner.
struct Service(Child);

impl Service {
    fn stop(mut self) -> String {
        let killed = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(self.0.wait().unwrap().code(), Some(0), "{said}");
        said
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks until it is there.
#[expect(clippy::disallowed_methods, reason = "a test that waits for another process needs a clock")]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "no {what} in thirty seconds");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn reports(site: &Site) -> usize {
    site.server().devices.values().map(|device| device.record.len()).sum()
}

#[test]
fn a_root_that_is_not_there_is_no_device() {
    let mut program = Program::on("aurora-5.2-ok");
    program.root = program.folder.path().join("elsewhere");
    let said = program.bad(&["report"]);
    assert!(said.contains("elsewhere: no such folder"), "{said}");
    assert!(!program.state().exists());
}

#[test]
fn a_phone_enrols_reports_and_shows_what_it_said() {
    let site = Site::open();
    let program = Program::enrolled(&site);
    assert!(program.good(&["enrol", &site.link(TOKEN).to_string()]).contains("already enrolled"));
    let said: Value = serde_json::from_str(&program.good(&["report", "--json"])).unwrap();
    assert_eq!(said["number"], 1);
    assert_eq!(reports(&site), 1);
    assert!(said["size"].as_u64().unwrap() < 2500, "{said}");

    let status = program.status();
    assert_eq!(status["standing"], "active");
    assert!(status["last_report"]["accepted"].is_string());
    assert_eq!(status["last_report"]["report"]["submods"]["apps"]["sightings"][0]["messenger"], "telegram");
    assert_eq!(status["verdict"]["state"], State::Compliant.word());
    assert_eq!(status["verdict"]["preview"], false);
    let russian = program.good(&["status", "--lang", "ru"]);
    assert!(russian.contains("Последний отчёт") && russian.contains("Аврора"), "{russian}");
    let english = program.good(&["status", "--lang", "en"]);
    assert!(english.contains("What is never read") && english.contains("telegram"), "{english}");
    assert!(program.bad(&["export", "--out", "/dev/null"]).contains("no report waits"));
}

#[test]
fn a_link_to_the_page_is_signed_for_this_server_beside_the_service() {
    let site = Site::open();
    let program = Program::on("aurora-5.1-telegram");
    assert!(program.bad(&["open"]).contains("not enrolled"));
    site.server().add_token(TOKEN, false);
    program.good(&["enrol", &site.link(TOKEN).to_string()]);
    let service = program.service();
    until("a report", || (reports(&site) > 0).then_some(()));
    let said: Value = serde_json::from_str(&program.good(&["open", "--json"])).unwrap();
    let link = said["link"].as_str().unwrap();
    service.stop();
    let authority = site.link(TOKEN).authority;
    assert!(link.starts_with(&format!("https://{authority}/mine/open?link=")), "{link}");
    let envelope = PageLink::taken(link).unwrap();
    let state = muster_agent::store::peek(&program.state()).unwrap();
    let Some(Stored::Enrolled(state)) = state else { panic!("it is enrolled") };
    let claims: PageLink = envelope.open(&state.key).unwrap();
    assert_eq!((claims.device, claims.host.as_str()), (state.device, authority.as_str()));
    let other = PageLink::taken(program.good(&["open"]).trim()).unwrap();
    assert_ne!(other.digest(), envelope.digest(), "each tap makes another");
    site.close(true);
    assert!(program.bad(&["open"]).contains("reach the server"));
}

#[test]
fn tokens_that_do_not_count_leave_nothing_behind() {
    let site = Site::open();
    site.server().add_token("a-token-that-has-expired", true);
    let first = Program::enrolled(&site);
    let second = Program::on("aurora-5.2-ok");
    for (token, code) in [
        ("a-token-nobody-made", "unknown-token"),
        (TOKEN, "spent-token"),
        ("a-token-that-has-expired", "expired-token"),
    ] {
        let said = second.bad(&["enrol", &site.link(token).to_string()]);
        assert!(said.contains(code), "{said}");
        assert_eq!(second.status()["standing"], "not-enrolled");
    }
    assert!(second.bad(&["report"]).contains("not enrolled"));
    assert_eq!(first.status()["standing"], "active");
    site.server().add_token("a-token-that-is-good", false);
    second.good(&["enrol", &site.link("a-token-that-is-good").to_string()]);
}

#[test]
fn a_lost_answer_costs_nothing() {
    let site = Site::open();
    site.server().add_token(TOKEN, false);
    let program = Program::on("aurora-5.2-ok");
    site.lose_answers(true);
    let link = site.link(TOKEN).to_string();
    program.bad(&["enrol", &link]);
    assert_eq!(program.status()["standing"], "pending");
    site.lose_answers(false);
    program.good(&["enrol", &link]);
    assert_eq!(site.server().devices.len(), 1);

    site.lose_answers(true);
    assert!(program.bad(&["report"]).contains("is saved and waits"));
    site.lose_answers(false);
    program.good(&["report"]);
    assert_eq!((reports(&site), site.server().devices.values().next().unwrap().record.breaks.len()), (2, 0));
}

#[test]
fn a_link_that_is_refused_undoes_no_enrolment_that_waits() {
    let site = Site::open();
    site.server().add_token(TOKEN, false);
    let program = Program::on("aurora-5.2-ok");
    site.lose_answers(true);
    let link = site.link(TOKEN).to_string();
    program.bad(&["enrol", &link]);
    site.lose_answers(false);
    let said = program.bad(&["enrol", &site.link("a-token-nobody-made").to_string()]);
    assert!(said.contains("unknown-token"), "{said}");
    assert_eq!(program.status()["standing"], "pending");
    program.good(&["enrol", &link]);
    assert_eq!(site.server().devices.len(), 1, "with the key that the server knows");
}

#[test]
fn another_server_is_not_believed() {
    let site = Site::open();
    site.server().add_token(TOKEN, false);
    let program = Program::on("aurora-5.2-ok");
    let good = site.link(TOKEN);
    let mut other_ca = good.clone();
    other_ca.ca = muster_proto::id::Digest([1; 32]);
    assert!(program.bad(&["enrol", &other_ca.to_string()]).contains("CA is not the one"));
    let mut other_key = good.clone();
    other_key.key = muster_proto::id::Digest([1; 32]);
    assert!(program.bad(&["enrol", &other_key.to_string()]).contains("order key is not the one"));
    assert_eq!(program.status()["standing"], "not-enrolled");
    program.good(&["enrol", &good.to_string()]);

    site.certify(&Authority::new(), (2020, 2100));
    let said = program.bad(&["report"]);
    assert!(said.contains("not signed by the organisation's CA"), "{said}");
    site.certify(&site.ca, (2000, 2020));
    assert!(program.bad(&["report"]).contains("has expired"));
    // By a clock that may be behind, this certificate may well be valid.
    site.certify(&site.ca, (2090, 2100));
    program.good(&["report"]);
    assert_eq!(reports(&site), 3);
}

#[test]
fn without_a_network_reports_wait_and_can_be_exported() {
    let site = Site::open();
    let program = Program::enrolled(&site);
    site.close(true);
    for waiting in 1..=2 {
        assert!(program.bad(&["report"]).contains("is saved and waits"));
        assert_eq!(program.status()["waiting"]["reports"], waiting);
    }
    let out = program.folder.path().join("reports");
    program.good(&["export", "--out", &out.to_string_lossy()]);
    assert_eq!(split(&fs::read(&out).unwrap()).len(), 2);
    assert_eq!(program.status()["verdict"]["preview"], true);
    site.close(false);
    program.good(&["report"]);
    assert_eq!((reports(&site), program.status()["waiting"]["reports"].as_u64()), (3, Some(0)));
}

#[test]
fn a_full_disk_sends_nothing_and_keeps_the_old_state() {
    let site = Site::open();
    let program = Program::enrolled(&site);
    program.good(&["report"]);
    let before = fs::read(program.state().join("state")).unwrap();
    let command = program.command(&["report"]);
    let line: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"])
        .args(line)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("save the state") && said.contains("nothing is sent"), "{said}");
    assert_eq!(fs::read(program.state().join("state")).unwrap(), before);
    assert_eq!(reports(&site), 1);
    program.good(&["report"]);
    assert_eq!((reports(&site), site.server().devices.values().next().unwrap().record.breaks.len()), (2, 0));
}

#[test]
fn a_foreign_state_is_set_aside() {
    let site = Site::open();
    let program = Program::enrolled(&site);
    fs::write(program.state().join("state"), "what somebody else wrote").unwrap();
    assert!(program.bad(&["status"]).contains("not a state of muster-agent"));
    let said = program.bad(&["report"]);
    assert!(said.contains("set aside as"), "{said}");
    let kept = fs::read_dir(program.state()).unwrap().filter_map(Result::ok);
    let kept =
        kept.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("set-aside")).unwrap();
    assert_eq!(fs::read(kept).unwrap(), b"what somebody else wrote");
    assert_eq!(program.status()["standing"], "not-enrolled");
}

#[test]
fn a_phone_can_be_enrolled_again() {
    let site = Site::open();
    let program = Program::enrolled(&site);
    program.good(&["report"]);
    let before = program.status();
    assert!(program.bad(&["enrol", &site.link("a-token-nobody-made").to_string()]).contains("unknown-token"));
    assert_eq!(program.status()["device"], before["device"], "a refused enrolment changes nothing");
    site.server().add_token("another-token-for-it", false);
    program.good(&["enrol", &site.link("another-token-for-it").to_string()]);
    program.good(&["report"]);
    let after = program.status();
    assert_ne!(after["device"], before["device"]);
    assert_eq!((&after["key"], &after["last_report"]["number"]), (&before["key"], &Value::from(1)));
}

#[test]
fn a_retired_phone_is_silent_until_it_is_enrolled_again() {
    let site = Site::open();
    let program = Program::enrolled(&site);
    let device = *site.server().devices.keys().next().unwrap();
    site.server().order(device, OrderKind::Retire, super::site::now());
    let active = fs::read(program.state().join("state")).unwrap();
    program.good(&["report"]);
    let before = program.status();
    assert_eq!(before["standing"], "retired");
    assert!(program.bad(&["report"]).contains("retired"));
    assert!(program.bad(&["enrol", &site.link("a-token-nobody-made").to_string()]).contains("unknown-token"));
    assert_eq!(program.status()["device"], before["device"], "a refused enrolment changes nothing");
    // The phone may not have heard of it: then the server says that the key is taken.
    for (token, state) in [("another-token-for-it", None), ("a-third-token-for-it", Some(active))] {
        if let Some(state) = state {
            fs::write(program.state().join("state"), state).unwrap();
        }
        site.server().add_token(token, false);
        program.good(&["enrol", &site.link(token).to_string()]);
        program.good(&["report"]);
        let after = program.status();
        assert!(after["device"] != before["device"] && after["key"] != before["key"], "{after}");
    }
}

#[test]
fn wrong_use_is_told_apart() {
    let program = Program::on("aurora-5.2-ok");
    for words in [&["enrol", "https://example.org"][..], &["scan"], &["status", "--lang", "de"], &["export"]]
    {
        assert_eq!(program.run(words).status.code(), Some(2), "{words:?}");
    }
}

#[test]
fn the_service_reports_at_the_start_on_order_and_after_changes() {
    let site = Site::open();
    let program = Program::enrolled(&site);
    let service = program.service();
    until("first report", || (reports(&site) == 1).then_some(()));
    assert!(program.bad(&["report"]).contains("another process holds the state"));
    assert_eq!(program.status()["standing"], "active");

    let device = *site.server().devices.keys().next().unwrap();
    let order = site.server().order(device, OrderKind::Scan, super::site::now());
    until("answer to the order", || {
        site.stir();
        let server = site.server();
        let given = server.devices[&device].orders.iter().find(|given| given.order.id == order)?;
        (given.answers == 1 && given.acks.contains(&AckState::Delivered)).then_some(())
    });
    until("who asked", || (program.status()["orders"][0]["requested_by"] == "Anna").then_some(()));

    let apps = program.root.join("usr/share/applications");
    let before = reports(&site);
    fs::write(apps.join("org.telegram.desktop.desktop"), "[Desktop Entry]\nName=Telegram\n").unwrap();
    until("report of the change", || (reports(&site) > before).then_some(()));
    until("trigger", || {
        let trigger = program.status()["last_report"]["report"]["trigger"].clone();
        (trigger == Trigger::AppsChanged.word()).then_some(())
    });
    let said = service.stop();
    assert!(said.contains("channel open"), "{said}");
    assert!(!said.contains("error"), "{said}");
}
