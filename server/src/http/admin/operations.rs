//! The operations of the API, as they stand under `/api/v1`: the table from which its routes and its document are made.

use super::accounts::accounts;
use super::{
    acknowledge, agent_packages, api_tokens, assets, audit, audit_export, audit_head, board, ca, chain,
    device, device_orders, device_parts, devices, disputes, document, ending::ending, enrolments, events,
    exemptions, find, grouping::grouping, health, import, inventory, key, log, me, order, orders, orgs,
    policies, policy_versions, report, scans, sign_in_links, telling::telling, tokens,
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
        devices_and_reports,
        parts_of_devices,
    ];
    let more = [ending, asking, disputed, grouping, demands, versions, programs, telling, records];
    parts.into_iter().chain(more).fold(Api::new(app), |api, add| add(api))
}

fn people(api: Api) -> Api {
    api.get(
        "/openapi.json",
        about("showDocument", "This document.").open().gives(&["application/json"]),
        document::get,
    )
    .get(
        "/ca",
        about("showCa", "The CA of the certificate that people are shown here; nobody has to call.")
            .open()
            .gives(&["application/pem-certificate-chain"])
            .problems(&[Code::NoCa]),
        ca::get,
    )
    .get("/me", about("whoAmI", "Who calls?").needs(Right::Myself).scoped(), me::get)
    .post(
        "/sign-in-links",
        about("makeSignInLink", "Makes a link with which a person signs in once.")
            .needs(Right::People)
            .scoped()
            .makes()
            .more("Whoever is not known yet is added with `role`, on the whole server or in `org`.")
            .problems(&[
                Code::BadName,
                Code::UnknownPerson,
                Code::PersonExists,
                Code::PersonDisabled,
                Code::PersonMalformed,
                Code::NotFound,
            ]),
        sign_in_links::post,
    )
    .get(
        "/api-tokens",
        about("listApiTokens", "Lists the API tokens that work.").needs(Right::People).scoped(),
        api_tokens::get,
    )
    .post(
        "/api-tokens",
        about("makeApiToken", "Makes an API token for a program, a pipeline or a command line elsewhere.")
            .needs(Right::People)
            .scoped()
            .makes()
            .more("It is answered this once, and stored nowhere.")
            .problems(&[Code::BadName, Code::TokenExpiry, Code::NameTaken, Code::BadGrants, Code::NotFound]),
        api_tokens::post,
    )
    .delete(
        "/api-tokens/{name}",
        about("revokeApiToken", "Takes an API token back.")
            .needs(Right::People)
            .scoped()
            .problems(&[Code::LocalAdmin]),
        api_tokens::delete,
    )
    .get("/orgs", about("listOrgs", "Lists the organisations.").needs(Right::Read).scoped(), orgs::get)
    .get(
        "/orgs/{id}",
        about("showOrg", "One organisation, as it can be edited.")
            .needs(Right::Read)
            .of(Kind::Org)
            .versioned(),
        orgs::show,
    )
    .patch(
        "/orgs/{id}",
        about("editOrg", "Changes the title, the parent or the time zone of an organisation.")
            .needs(Right::Orgs)
            .of(Kind::Org)
            .more("A `parent` of `null` puts it at the top.")
            .problems(&[Code::BadTitle, Code::BadTimeZone, Code::OrgCycle]),
        orgs::edit,
    )
    .post(
        "/orgs",
        about("addOrg", "Adds an organisation.").needs(Right::Orgs).scoped().makes().problems(&[
            Code::BadId,
            Code::BadTitle,
            Code::BadTimeZone,
            Code::OrgExists,
            Code::NotFound,
        ]),
        orgs::post,
    )
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

fn disputed(api: Api) -> Api {
    api.get(
        "/disputes",
        about("listDisputes", "Lists what carriers say is wrong, the newest first.")
            .needs(Right::OneDevice)
            .scoped()
            .more("The one list that whoever helps one person at a time has: of those who asked for it."),
        disputes::get,
    )
    .get(
        "/disputes/{id}",
        about("showDispute", "One dispute.").needs(Right::OneDevice).of(Kind::Dispute).versioned(),
        disputes::show,
    )
    .post(
        "/disputes/{id}/answer",
        about("answerDispute", "Answers a dispute; the carrier reads it on the phone's page.")
            .needs(Right::Answer)
            .of(Kind::Dispute)
            .more("With `close` nothing more is answered.")
            .problems(&[Code::DisputeMalformed, Code::DisputeClosed]),
        disputes::answer,
    )
}

fn asking(api: Api) -> Api {
    api.get(
        "/devices/{id}/orders",
        about("listDeviceOrders", "Orders that a device was given, the newest first.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        orders::of_device,
    )
    .post(
        "/devices/{id}/orders",
        about("giveOrder", "Asks a device for something: a scan, for example.")
            .needs(Right::ScanOne)
            .of(Kind::Device)
            .makes()
            .problems(&[Code::OrderReason, Code::OrderExpiry, Code::DeviceInactive, Code::KeyFailed]),
        device_orders::post,
    )
    .get(
        "/orders",
        about("listOrders", "Lists orders, the newest first.").needs(Right::Read).scoped(),
        orders::get,
    )
    .get(
        "/orders/{id}",
        about("showOrder", "What became of an order?").needs(Right::OneDevice).of(Kind::Order),
        order::get,
    )
    .post(
        "/orders/{id}/cancel",
        about("cancelOrder", "Calls an order back.")
            .needs(Right::Scan)
            .of(Kind::Order)
            .problems(&[Code::OrderEnded]),
        order::cancel,
    )
    .get(
        "/scans",
        about("listScans", "Lists scans of many devices, the newest first.").needs(Right::Read).scoped(),
        scans::list,
    )
    .post(
        "/scans",
        about("scan", "Asks many devices for a report: those that are named, or that a query finds.")
            .needs(Right::Scan)
            .scoped()
            .makes()
            .more("More than 200 devices are spread: 50 a second, or over as long as `spread` says.")
            .problems(&[
                Code::BadQuery,
                Code::ScanWhom,
                Code::ScanKind,
                Code::ScanSpread,
                Code::ScanNobody,
                Code::ScanTooMany,
                Code::OrderReason,
                Code::OrderExpiry,
                Code::KeyFailed,
            ]),
        scans::post,
    )
    .get(
        "/scans/{id}",
        about("showScan", "How many devices have answered a scan?").needs(Right::Read).of(Kind::Scan),
        scans::get,
    )
    .post(
        "/scans/{id}/cancel",
        about("cancelScan", "Calls a scan back, as far as it was not answered.")
            .needs(Right::Scan)
            .of(Kind::Scan)
            .problems(&[Code::ScanEnded]),
        scans::cancel,
    )
    .post(
        "/scans/{id}/repeat",
        about("repeatScan", "Asks those once more who were asked in a scan and did not answer.")
            .needs(Right::Scan)
            .of(Kind::Scan)
            .makes()
            .more("It is a scan of its own. The one before has to be over.")
            .problems(&[
                Code::ScanRunning,
                Code::ScanNobody,
                Code::ScanSpread,
                Code::OrderReason,
                Code::OrderExpiry,
                Code::KeyFailed,
            ]),
        scans::repeat,
    )
}

fn versions(api: Api) -> Api {
    const FLAWS: &[Code] = &[Code::PolicyMalformed, Code::PolicyUnreadable];
    api.get(
        "/policies/{id}/versions",
        about("listVersions", "Lists the versions of a policy, the newest first.")
            .needs(Right::Read)
            .scoped(),
        policy_versions::list,
    )
    .get(
        "/policies/{id}/versions/{version}",
        about("showVersion", "A version of a policy as it was applied.")
            .needs(Right::Read)
            .scoped()
            .gives(&["text/yaml"]),
        policy_versions::get,
    )
    .get(
        "/policies/{id}/diff",
        about("compareVersions", "What differs between two versions of a policy?")
            .needs(Right::Read)
            .scoped()
            .problems(FLAWS),
        policy_versions::diff,
    )
    .post(
        "/policies/{id}/rollback",
        about("rollBackPolicy", "Puts what an older version demanded into force again, as a new version.")
            .needs(Right::Policies)
            .scoped()
            .makes()
            .problems(&[Code::PolicyMalformed, Code::PolicyUnreadable, Code::RollbackReason]),
        policy_versions::roll_back,
    )
    .post(
        "/policies/{id}/rollback/plan",
        about("planRollBack", "What would going back to an older version change?")
            .needs(Right::Policies)
            .scoped()
            .reads()
            .problems(FLAWS),
        policy_versions::plan,
    )
}

fn demands(api: Api) -> Api {
    const DOCUMENT: &[&str] = &["text/yaml", "application/json"];
    const FLAWS: &[Code] = &[Code::PolicyMalformed, Code::PolicyUnreadable, Code::UnknownOrg];
    api.get(
        "/policies",
        about("listPolicies", "Lists the policies in force.").needs(Right::Read).scoped(),
        policies::list,
    )
    .post(
        "/policies",
        about("applyPolicy", "Puts a policy into force.")
            .needs(Right::Policies)
            .scoped()
            .makes()
            .takes(DOCUMENT)
            .problems(FLAWS),
        policies::apply,
    )
    .post(
        "/policies/plan",
        about("planPolicy", "What would a policy change?")
            .needs(Right::Policies)
            .scoped()
            .reads()
            .takes(DOCUMENT)
            .problems(FLAWS),
        policies::plan,
    )
    .post(
        "/policies/try",
        about("tryPolicy", "What would a policy, or one rule, find on a device?")
            .needs(Right::Policies)
            .scoped()
            .reads()
            .takes(DOCUMENT)
            .problems(&[Code::PolicyMalformed, Code::NotFound]),
        policies::try_on,
    )
    .get(
        "/policies/{id}",
        about("showPolicy", "A policy as it was applied.")
            .needs(Right::Read)
            .scoped()
            .gives(&["text/yaml"])
            .versioned(),
        policies::show,
    )
    .get(
        "/exemptions/{id}",
        about("showExemption", "One exemption.").needs(Right::Read).of(Kind::Exemption).versioned(),
        exemptions::show,
    )
    .patch(
        "/exemptions/{id}",
        about("editExemption", "Changes the end of an exemption, or its reason.")
            .needs(Right::Policies)
            .of(Kind::Exemption)
            .more("An end that is past ends it now.")
            .problems(&[Code::ExemptionMalformed, Code::ExemptionOver]),
        exemptions::edit,
    )
    .get(
        "/exemptions",
        about("listExemptions", "Lists the exemptions.").needs(Right::Read).scoped(),
        exemptions::get,
    )
    .post(
        "/exemptions",
        about("addExemption", "Writes an exemption from one rule.")
            .needs(Right::Policies)
            .scoped()
            .makes()
            .problems(&[Code::ExemptionEnded, Code::ExemptionMalformed, Code::NotFound]),
        exemptions::post,
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
