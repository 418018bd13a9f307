//! Every operation of the API has a command: the API's document is held against the command line.

use crate::args::Cli;
use clap::CommandFactory as _;
use serde_json::Value;
use std::collections::BTreeSet;

/// Operations with the command that calls each. A new operation gets a command, and a line here.
const COMMANDS: &[(&str, &str)] = &[
    ("listPackages", "agent-package list"),
    ("addPackage", "agent-package add"),
    ("removePackage", "agent-package remove"),
    ("setRing", "agent-package ring"),
    ("listApiTokens", "api-token list"),
    ("makeApiToken", "api-token create"),
    ("revokeApiToken", "api-token revoke"),
    ("listAssets", "asset list"),
    ("addAsset", "asset add"),
    ("listUnregistered", "asset unregistered"),
    ("importAssets", "asset import"),
    ("showAsset", "asset show"),
    ("editAsset", "asset edit"),
    ("removeAsset", "asset remove"),
    ("showAssetHistory", "asset history"),
    ("linkAsset", "asset link"),
    ("unlinkAsset", "asset unlink"),
    ("forgetCarriers", "asset forget"),
    ("showCarriers", "carrier show"),
    ("importCarriers", "carrier import"),
    ("listAudit", "audit list"),
    ("showAuditHead", "audit head"),
    ("exportAudit", "audit export"),
    ("showHealth", "health"),
    ("showLog", "log-level"),
    ("raiseLog", "log-level"),
    ("resetLog", "log-level"),
    ("listDevices", "device list"),
    ("showDevice", "device show"),
    ("findDevice", "device find"),
    ("acknowledgeBreaks", "device acknowledge"),
    ("listAway", "device away"),
    ("setAway", "device away"),
    ("endAway", "device back"),
    ("setCarrierAway", "asset away"),
    ("endCarrierAway", "asset back"),
    ("endDevice", "device end"),
    ("eraseDevice", "device erase"),
    ("exportDevice", "device export"),
    ("showDeviceChain", "device chain"),
    ("showDeviceKey", "device key"),
    ("showLabels", "device label"),
    ("editLabels", "device label"),
    ("labelDevices", "device label"),
    ("listGroups", "group list"),
    ("addGroup", "group add"),
    ("showGroup", "group edit"),
    ("editGroup", "group edit"),
    ("removeGroup", "group remove"),
    ("listSchedules", "schedule list"),
    ("addSchedule", "schedule add"),
    ("showSchedule", "schedule edit"),
    ("editSchedule", "schedule edit"),
    ("endSchedule", "schedule end"),
    ("giveOrder", "scan"),
    ("showReport", "device report"),
    ("listEnrolments", "pending"),
    ("approveEnrolment", "approve"),
    ("refuseEnrolment", "refuse"),
    // what --watch listens to
    ("listen", "device list"),
    ("listDisputes", "dispute list"),
    ("showDispute", "dispute show"),
    ("answerDispute", "dispute answer"),
    ("listExemptions", "exemptions"),
    ("addExemption", "exempt"),
    ("showExemption", "exempt edit"),
    ("editExemption", "exempt edit"),
    ("listHooks", "hook list"),
    ("addHook", "hook add"),
    ("showHook", "hook edit"),
    ("editHook", "hook edit"),
    ("removeHook", "hook remove"),
    ("testHook", "hook test"),
    ("rotateHook", "hook rotate"),
    ("listDeliveries", "hook deliveries"),
    ("replayHook", "hook replay"),
    ("listRecipients", "mail list"),
    ("addRecipient", "mail add"),
    ("showRecipient", "mail edit"),
    ("editRecipient", "mail edit"),
    ("removeRecipient", "mail remove"),
    ("testRecipient", "mail test"),
    ("replayMails", "mail replay"),
    ("importReports", "import"),
    ("importInventory", "inventory import"),
    ("forgetInventory", "inventory forget"),
    ("showCa", "ca"),
    ("whoAmI", "whoami"),
    ("showOrder", "order show"),
    ("cancelOrder", "order cancel"),
    ("listOrgs", "org list"),
    ("addOrg", "org add"),
    ("showOrg", "org edit"),
    ("editOrg", "org edit"),
    ("showCalendar", "org calendar show"),
    ("setCalendar", "org calendar set"),
    ("removeCalendar", "org calendar remove"),
    ("listPolicies", "policy list"),
    ("applyPolicy", "apply"),
    ("planPolicy", "plan"),
    ("tryPolicy", "policy try"),
    ("showPolicy", "policy show"),
    ("makeSignInLink", "sign-in-link"),
    ("listPeople", "person list"),
    ("addPerson", "person add"),
    ("showPerson", "person show"),
    ("editPerson", "person edit"),
    ("removePerson", "person remove"),
    ("disablePerson", "person disable"),
    ("enablePerson", "person enable"),
    ("makeSetUpLink", "person link"),
    ("listSessionsOf", "session list"),
    ("endSessionOf", "session end"),
    ("listSessions", "session list"),
    ("endSession", "session end"),
    ("listTokens", "token list"),
    ("makeToken", "enrol-token"),
    ("revokeToken", "token revoke"),
    ("showFacts", "device facts"),
    ("showSightings", "device sightings"),
    ("showFindings", "device findings"),
    ("listEdges", "device edges"),
    ("listBreaks", "device breaks"),
    ("showHistory", "device history"),
    ("listReports", "device reports"),
    ("showNumberedReport", "device report"),
    ("listDeviceOrders", "order list"),
    ("listOrders", "order list"),
    ("scan", "scan"),
    ("repeatScan", "scan repeat"),
    ("listScans", "scan list"),
    ("showScan", "scan show"),
    ("cancelScan", "scan cancel"),
    ("listVersions", "policy versions"),
    ("showVersion", "policy show"),
    ("compareVersions", "policy diff"),
    ("showBoard", "board show"),
    ("showSeries", "board series"),
    ("rollBackPolicy", "policy rollback"),
    ("planRollBack", "policy rollback"),
];
/// The document is for those who write programs, the metrics are for Prometheus.
const WITHOUT: [&str; 2] = ["showDocument", "showMetrics"];

#[test]
fn every_operation_has_a_command() {
    let document: Value = serde_json::from_str(include_str!("../../server/openapi.json")).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations: BTreeSet<&str> = paths
        .values()
        .filter_map(Value::as_object)
        .flat_map(|methods| methods.values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let known: BTreeSet<&str> = COMMANDS.iter().map(|(operation, _)| *operation).chain(WITHOUT).collect();
    let without: Vec<_> = operations.difference(&known).collect();
    assert!(without.is_empty(), "operations without a command: {without:?}");
    let gone: Vec<_> = known.difference(&operations).collect();
    assert!(gone.is_empty(), "operations that are no more: {gone:?}");
    for (operation, words) in COMMANDS {
        let mut command = &Cli::command();
        for word in words.split(' ') {
            command =
                command.find_subcommand(word).unwrap_or_else(|| panic!("{operation}: no command {words:?}"));
        }
    }
}
