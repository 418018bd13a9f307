//! What is demanded: plan before apply, exemptions, and documents that are wrong.

use muster_tests::{Agent, Ran, Root, Server, repo};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Desk {
    server: Server,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let server = Server::start();
        server.with_officials("minfin");
        Self { server, folder: TempDir::new().expect("a folder") }
    }

    /// The officials' policy with `from` replaced by `to`.
    fn changed(&self, from: &str, to: &str) -> PathBuf {
        let text = std::fs::read_to_string(officials()).expect("the policy");
        assert!(text.contains(from), "the policy has no {from:?}");
        self.write(&text.replacen(from, to, 1))
    }

    fn write(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("policy.yaml");
        std::fs::write(&path, text).expect("written");
        path
    }

    fn muster(&self, command: &str, file: &Path) -> Ran {
        self.server.muster(&[command, &file.to_string_lossy(), "--json"])
    }
}

fn officials() -> PathBuf {
    repo().join("catalogue/policies/officials.yaml")
}

#[test]
fn a_plan_says_what_would_change_and_changes_nothing() {
    let desk = Desk::new();
    let agent = Agent::enrol(&desk.server.link("minfin"), &Root::copy("aurora-5.2-ok"));
    let _ = agent.run(&["report"]).ok();
    let nothing = desk.muster("plan", &officials()).ends(0);
    assert!(nothing.text().contains("\"changes\": []"), "{}", nothing.text());

    let stricter = desk.changed("\"aurora >= 5.0\"", "\"aurora >= 6.0\"");
    let plan = desk.muster("plan", &stricter).ends(3).text();
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    assert!(plan["changes"].to_string().contains("platform"), "{plan}");
    let moved = &plan["devices"]["by_org"][0]["changes"][0];
    assert_eq!(
        (moved["from"].as_str(), moved["to"].as_str()),
        (Some("compliant"), Some("failing")),
        "{plan}"
    );
    assert_eq!(desk.server.device(&agent.id())["verdict"]["state"], "compliant", "a plan changes nothing");
    let people = desk.server.muster(&["plan", &stricter.to_string_lossy(), "--names"]).ends(3).text();
    assert!(
        people.contains("1 device would get another verdict") && people.contains(&agent.id()),
        "{people}"
    );

    let _ = desk.muster("apply", &stricter).ok();
    assert_eq!(desk.server.device(&agent.id())["verdict"]["state"], "failing", "applying it judges");
    let _ = desk.muster("plan", &stricter).ends(0);
}

#[test]
fn an_exemption_covers_a_rule_for_its_time() {
    let desk = Desk::new();
    let _ = desk.server.muster(&["org", "add", "labs", "--title", "Labs", "--parent", "minfin"]).ok();
    let agent = Agent::enrol(&desk.server.link("labs"), &Root::copy("aurora-5.1-telegram"));
    let _ = agent.run(&["report"]).ok();
    let id = agent.id();
    let state = |rule: &str| {
        let device = desk.server.device(&id);
        let findings = device["findings"].as_array().expect("findings").clone();
        findings.into_iter().find(|one| one["rule"] == rule).expect("the rule has a finding")
    };
    assert_eq!(
        state("foreign-messengers")["state"],
        "grace",
        "an organisation below has its parent's policy"
    );

    let exempt = |until: &str| {
        desk.server.muster(&[
            "exempt",
            "--rule",
            "foreign-messengers",
            "--device",
            &id,
            "--until",
            until,
            "--reason",
            "talks with the embassy",
            "--json",
        ])
    };
    let exemption = exempt("2099-12-31").json();
    assert!(exemption["id"].is_string() || exemption["id"].is_number(), "{exemption}");
    let finding = state("foreign-messengers");
    assert_eq!(finding["state"], "exempt");
    assert!(finding["exemption"].to_string().contains("embassy"), "{finding}");
    assert_eq!(desk.server.device(&id)["verdict"]["state"], "compliant");
    exempt("2001-01-01").misused("grant the exemption");
    let org = [
        "exempt",
        "--rule",
        "encryption",
        "--org",
        "labs",
        "--until",
        "2099-12-31",
        "--reason",
        "test phones",
    ];
    let _ = desk.server.muster(&org).ok();
    assert_eq!(state("encryption")["state"], "exempt");
}

#[test]
fn a_malformed_policy_is_refused_with_its_place() {
    let desk = Desk::new();
    let refused = |from: &str, to: &str, part: &str| {
        let file = desk.changed(from, to);
        for command in ["plan", "apply"] {
            let ran = desk.muster(command, &file).ends(1);
            assert!(ran.stderr.contains("line ") && ran.stderr.contains("column "), "{}", ran.stderr);
            assert!(ran.stderr.contains(part), "no {part:?} in: {}", ran.stderr);
            assert_eq!(ran.stderr.trim().lines().count(), 1, "{}", ran.stderr);
        }
    };
    refused("telegram,", "telegramm,", "telegramm");
    refused("    modified: true", "    modifyed: true", "modifyed");
    refused("    grace: 72h", "    grace: soon", "");
    refused("kind: vendor", "kind: wendor", "wendor");
    refused("allow_groups: [chinese, russian]", "allow_groups: [klingon]", "klingon");
    refused("rules:\n", "rules: [\n", "");
    // nothing of it was taken
    let _ = desk.muster("plan", &officials()).ends(0);
}

#[test]
fn a_policy_for_an_unknown_organisation_is_refused() {
    let desk = Desk::new();
    let file = desk.changed("- org: minenergo", "- org: atlantis");
    let ran = desk.muster("apply", &file).ends(1);
    assert!(ran.stderr.contains("atlantis"), "{}", ran.stderr);
}
