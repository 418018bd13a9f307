//! The operations of the API, as they stand under `/api/v1`: the table from which its routes and its document are made.

mod asking;
mod demands;
mod people;

use self::asking::{asking, disputed};
use self::demands::{demands, versions};
use self::people::people;
use super::accounts::accounts;
use super::away::away;
use super::calendar::calendars;
use super::{
    acknowledge, agent_packages, assets, audit, audit_export, audit_head, board, carriers, chain, device,
    device_parts, devices, ending::ending, enrolments, events, find, grouping::grouping, health, import,
    inventory, key, log, report, telling::telling, tokens,
};
use crate::app::App;
use crate::auth::{Kind, Right};
use crate::http::openapi::{Api, about};
use crate::problems::Code;
use std::sync::Arc;

/// Every operation.
#[must_use]
pub fn operations(app: Option<Arc<App>>) -> Api {
    let parts = [
        people,
        accounts,
        board::operations,
        enrolling,
        assets::operations,
        carriers::operations,
        devices_and_reports,
        parts_of_devices,
    ];
    let more =
        [calendars, away, ending, asking, disputed, grouping, demands, versions, programs, telling, records];
    parts.into_iter().chain(more).fold(Api::new(app), |api, add| add(api))
}

fn enrolling(api: Api) -> Api {
    api.get(
        "/tokens",
        about("listTokens", "Lists the enrolment tokens that still work.")
            .needs(Right::Read)
            .scoped()
            .problems(&[Code::NotFound]),
        tokens::get,
    )
    .post(
        "/tokens",
        about("makeToken", "Makes an enrolment token.")
            .needs(Right::Enrol)
            .scoped()
            .makes()
            .more("The link and the token in it are answered this once, and stored nowhere.")
            .problems(&[
                Code::NotFound,
                Code::NotReplaceable,
                Code::TokenUses,
                Code::TokenExpiry,
                Code::TokenReplaces,
            ]),
        tokens::post,
    )
    .post(
        "/tokens/{id}/revoke",
        about("revokeToken", "Takes an enrolment token back.").needs(Right::Enrol).scoped(),
        tokens::revoke,
    )
    .get(
        "/enrolments",
        about("listEnrolments", "Lists the phones that wait for a person.").needs(Right::Read).scoped(),
        enrolments::get,
    )
    .post(
        "/enrolments/{device}/approve",
        about("approveEnrolment", "Approves a phone that waits.")
            .needs(Right::Enrol)
            .of(Kind::Device)
            .problems(&[Code::NotPending, Code::NotReplaceable]),
        enrolments::approve,
    )
    .post(
        "/enrolments/{device}/refuse",
        about("refuseEnrolment", "Refuses a phone that waits.")
            .needs(Right::Enrol)
            .of(Kind::Device)
            .problems(&[Code::NotPending]),
        enrolments::refuse,
    )
}

fn devices_and_reports(api: Api) -> Api {
    api.get(
        "/devices",
        about("listDevices", "Lists the devices that a query finds, the worst verdict first.").needs(Right::Read).scoped()
            .more(
                "A page as JSON; with `format=csv` or `format=ndjson`, or a header `accept` that says so, everything that the query finds. \
                 The language of queries is in docs/queries.md.",
            )
            .gives(&["text/csv", "application/x-ndjson"])
            .problems(&[Code::BadQuery, Code::BadSort, Code::BadColumns, Code::OtherList]),
        devices::get,
    )
        .get(
            "/devices/find",
            about("findDevice", "The one phone of exactly this name: an id, a tag or a serial number.")
                .needs(Right::OneDevice)
                .scoped()
                .more("For whoever helps one person at a time, and sees no lists.")
                .problems(&[Code::NotFound, Code::NotEnrolled, Code::SeveralDevices]),
            find::get,
        )
        .get("/devices/{id}", about("showDevice", "Why has this device this verdict?").needs(Right::OneDevice).of(Kind::Device), device::get)
        .get(
            "/devices/{id}/report",
            about("showReport", "A signed report, or what it says.").needs(Right::OneDevice).of(Kind::Device)
                .more(
                    "With `accept: application/json` what it says, else the bytes as the phone signed them.",
                )
                .gives(&["application/eat+cwt"])
                .problems(&[Code::ReportGone]),
            report::get,
        )
        .get(
            "/devices/{id}/key",
            about("showDeviceKey", "The device's public key, with which anyone can check its reports.").needs(Right::OneDevice).of(Kind::Device)
                .gives(&["application/x-pem-file"]),
            key::get,
        )
        .get(
            "/devices/{id}/chain",
            about("showDeviceChain", "The certificates that came with the device's key, as they came.").needs(Right::OneDevice).of(Kind::Device)
                .gives(&["application/pem-certificate-chain"]),
            chain::get,
        )
        .post(
            "/devices/{id}/acknowledge",
            about("acknowledgeBreaks", "Acknowledges the breaks of a device's chain.").needs(Right::Enrol).of(Kind::Device)
                .problems(&[Code::AcknowledgeReason, Code::NoBreaks]),
            acknowledge::post,
        )
        .post(
            "/import",
            about("importReports", "Takes in reports of a phone without a network.").needs(Right::Enrol)
                .takes(&["application/cbor-seq"])
                .problems(&[Code::NotASequence]),
            import::post,
        )
}

fn parts_of_devices(api: Api) -> Api {
    api.get(
        "/devices/{id}/facts",
        about("showFacts", "The facts that a device's newest report has.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        device_parts::facts,
    )
    .get(
        "/devices/{id}/sightings",
        about("showSightings", "Watched applications that were found on a device.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        device_parts::sightings,
    )
    .get(
        "/devices/{id}/findings",
        about("showFindings", "The state of every rule on a device.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        device_parts::findings,
    )
    .get(
        "/devices/{id}/edges",
        about("listEdges", "Changes of a device's findings, the newest first.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        device_parts::edges,
    )
    .get(
        "/devices/{id}/breaks",
        about("listBreaks", "Breaks of a device's chain of reports, and what became of them.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        device_parts::breaks,
    )
    .get(
        "/devices/{id}/history",
        about("showHistory", "What happened to a device, the newest first.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        device_parts::happened,
    )
    .get(
        "/devices/{id}/reports",
        about("listReports", "A device's stored reports, the newest first.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        device_parts::reports,
    )
    .get(
        "/devices/{id}/reports/{number}",
        about("showNumberedReport", "A signed report by its number, or what it says.")
            .needs(Right::OneDevice)
            .of(Kind::Device)
            .more("With `accept: application/json` what it says, else the bytes as the phone signed them.")
            .gives(&["application/eat+cwt"])
            .problems(&[Code::ReportGone]),
        report::numbered,
    )
}

fn programs(api: Api) -> Api {
    const ADDING: &[Code] = &[
        Code::PackageBusy,
        Code::PackageKnown,
        Code::PackageOlder,
        Code::OtherSigner,
        Code::BrokeOff,
        Code::PackageMalformed,
        Code::PackageUnsigned,
        Code::PackageSigners,
        Code::OtherPackage,
        Code::PackageVersion,
        Code::PackageArchitecture,
        Code::NoRings,
    ];
    api.get(
        "/agent-packages",
        about("listPackages", "Lists the packages of the agent.").needs(Right::Read),
        agent_packages::get,
    )
    .post(
        "/agent-packages",
        about("addPackage", "Takes in a package of the agent.")
            .needs(Right::Server)
            .takes(&[
                "application/vnd.android.package-archive",
                "application/x-rpm",
                "application/octet-stream",
            ])
            .problems(ADDING),
        agent_packages::post,
    )
    .delete(
        "/agent-packages/{version}",
        about("removePackage", "Takes a package away.").needs(Right::Server).problems(&[
            Code::PackageOffered,
            Code::PackageInUse,
            Code::PackageBusy,
        ]),
        agent_packages::delete,
    )
    .post(
        "/agent-packages/{version}/ring",
        about("setRing", "Offers a package to more phones, to fewer, or to none.").needs(Right::Server),
        agent_packages::ring,
    )
}

fn records(api: Api) -> Api {
    const FILE: &[Code] = &[
        Code::InventoryLayout,
        Code::InventoryEncoding,
        Code::InventoryColumns,
        Code::InventoryRows,
        Code::InventoryDevices,
    ];
    api.post(
        "/inventory",
        about("importInventory", "Takes in what a management system says is installed.")
            .needs(Right::Register)
            .takes(&["text/csv", "application/octet-stream"])
            .problems(FILE),
        inventory::post,
    )
    .post(
        "/inventory/{device}/forget",
        about("forgetInventory", "Forgets what a management system said of a device.")
            .needs(Right::Register)
            .scoped()
            .problems(&[Code::SeveralDevices]),
        inventory::forget,
    )
    .get("/audit", about("listAudit", "Who did what, when?").needs(Right::Audit).scoped(), audit::get)
    .get(
        "/audit/head",
        about("showAuditHead", "The newest entry's number and hash.").needs(Right::Audit),
        audit_head::get,
    )
    .get(
        "/audit/export",
        about("exportAudit", "The whole audit: an entry on each line, and its head on the last one.")
            .needs(Right::Audit)
            .gives(&["application/x-ndjson"]),
        audit_export::get,
    )
    .get(
        "/health",
        about("showHealth", "Is the server well, and if not, what is wrong?").needs(Right::Read),
        health::get,
    )
    .get(
        "/metrics",
        about("showMetrics", "The metrics, for a Prometheus that has a token.")
            .needs(Right::Read)
            .gives(&["text/plain"]),
        health::metrics,
    )
    .get("/log", about("showLog", "What is logged?").needs(Right::Server), log::get)
    .put(
        "/log",
        about(
            "raiseLog",
            "Has the log say more for a while, about one request, one device, one route, or everything.",
        )
        .needs(Right::Server)
        .more("The levels are those of the process that answers, and end with it.")
        .problems(&[Code::BadLevel, Code::BadScope, Code::BadSpan, Code::TooManyLevels]),
        log::put,
    )
    .delete(
        "/log",
        about("resetLog", "Has the log say no more than at the start.").needs(Right::Server),
        log::delete,
    )
    .get(
        "/events",
        about("listen", "Tells of changes as they happen: server-sent events.")
            .needs(Right::OneDevice)
            .scoped()
            .problems(&[Code::NotFound])
            .gives(&["text/event-stream"]),
        events::get,
    )
}
