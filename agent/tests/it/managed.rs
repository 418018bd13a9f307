//! The real program on a phone whose management has configured it, and which Aurora is to start.

use std::path::PathBuf;
use std::process::{Command, Output};

use super::bus::stage::{Manner, Stage};
use super::site::Site;

const TOKEN: &str = "a-token-from-the-management";

struct Program<'a> {
    stage: &'a Stage,
    root: PathBuf,
}

impl Program<'_> {
    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster-agent"));
        command
            .args(words)
            .arg("--root")
            .arg(&self.root)
            .arg("--state")
            .arg(self.root.join("var/lib/muster"));
        command.args(["--bus", &self.stage.address_text()]).env("LANG", "C").env_remove("AURORA_APP_ID");
        command.output().unwrap()
    }

    fn good(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn bad(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn the_link_comes_from_the_management_and_the_schedule_goes_to_the_system() {
    let site = Site::open();
    site.server().add_token(TOKEN, false);
    let Some(stage) = Stage::saying(Manner::Dicts, &site.link(TOKEN).to_string()) else { return };
    let program = Program { stage: &stage, root: stage.root("aurora-5.2-ok") };
    assert!(program.bad(&["schedule"]).contains("not enrolled"));
    let said = program.good(&["enrol"]);
    assert!(said.starts_with("Enrolled as "), "{said}");
    program.good(&["report"]);
    assert_eq!(program.good(&["schedule"]), "Aurora starts the agent every 240 minutes.\n");
    let calls = stage.calls();
    assert!(
        calls.iter().any(|call| call.contains("'ru.muster.Agent.Report'") && call.contains("('i', 14400)"))
    );
}

#[test]
fn without_a_link_it_is_said_what_is_missing() {
    for (manner, link, said) in [
        (Manner::Dicts, "", "configured no enrolment link"),
        (Manner::Dicts, "https://secret", "read the enrolment link"),
        (Manner::None, "", "ServiceUnknown"),
    ] {
        let Some(stage) = Stage::saying(manner, link) else { return };
        let program = Program { stage: &stage, root: stage.root("aurora-5.2-ok") };
        let error = program.bad(&["enrol"]);
        assert!(error.contains(said) && !error.contains("secret"), "{error}");
        assert!(program.bad(&["run"]).contains("not enrolled"));
    }
}
