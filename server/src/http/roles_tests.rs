//! Every operation, asked for by every role on the whole server, in the branch of the thing, and in another: what is answered is what the
//! table of operations says. And nobody of one branch reads a name of another.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use super::admin;
use super::openapi::{About, Operation};
use super::testing::{Answer, World, world};
use crate::auth::{Actor, Right, Role};
use crate::disputes::{self, NewDispute};

/// The branch of the things, one below it where they lie, and the other branch. What is of that has its name in it.
const OURS: &str = "a";
const HERE: &str = "a1";
const THEIRS: &str = "zzm";

const WHERE: [Option<&str>; 3] = [None, Some(OURS), Some(THEIRS)];

struct Things {
    world: World,
    device: String,
    order: String,
    scan: String,
    asset: String,
    exemption: String,
    hook: String,
    recipient: String,
    group: String,
    schedule: String,
    dispute: String,
    /// How many were made to be used up.
    made: AtomicU32,
}

/// What is sent.
enum Sent {
    Nothing,
    Json(Value),
    Text(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Want {
    Done,
    Forbidden,
    Missing,
}

fn policy(id: &str, org: &str, grace: &str) -> String {
    format!(
        "policy: {id}\ntitle: {{ en: {id}, ru: {id} }}\nrules:\n  - {{ id: rule-{id}, kind: messengers, deny: [telegram], grace: {grace} }}\nassign:\n  - org: {org}\n"
    )
}

impl Things {
    async fn new() -> Self {
        let world = world().await;
        for (id, parent) in [(OURS, None), (HERE, Some(OURS)), (THEIRS, None)] {
            made(&world, "/orgs", json!({ "id": id, "title": format!("{id} of all"), "parent": parent }))
                .await;
        }
        for (id, org) in [("ours", HERE), ("zzm-policy", THEIRS)] {
            for grace in ["72h", "24h"] {
                let text = policy(id, org, grace);
                let answer = send(&world, &world.token, "post", "/policies", Sent::Text(text)).await;
                assert!(answer.status.is_success(), "{}", answer.text);
            }
        }
        let theirs = Self::of(&world, THEIRS, "zzm").await;
        let [device, order, scan, asset, exemption, hook, recipient, group, schedule, dispute] =
            Self::of(&world, HERE, "ours").await;
        drop(theirs);
        made(&world, "/people", json!({ "name": "pupil", "grants": [{ "role": "auditor", "org": HERE }] }))
            .await;
        let made = AtomicU32::new(0);
        Self { world, device, order, scan, asset, exemption, hook, recipient, group, schedule, dispute, made }
    }

    /// One of each in an organisation, with `name` in whatever can have a name.
    async fn of(world: &World, org: &str, name: &str) -> [String; 10] {
        let mut phone = world.phone_in(org, &format!("{name} model"), &format!("{name}-tag")).await;
        phone.report(world, Vec::new(), None).await;
        let device = phone.id.to_string();
        let word = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
        let order =
            made(world, &format!("/devices/{device}/orders"), json!({ "kind": "scan", "reason": name }))
                .await;
        let scan = made(world, "/scans", json!({ "devices": [device], "reason": name })).await;
        let asset =
            made(world, "/assets", json!({ "org": org, "tag": format!("{name}-asset"), "carrier": name }))
                .await;
        let exemption =
            json!({ "rule": rule(org), "org": org, "until": "2027-01-01T00:00:00Z", "reason": name });
        let exemption = made(world, "/exemptions", exemption).await;
        let hook = made(world, "/hooks", hook(org, name)).await;
        let recipient = made(world, "/mail-recipients", recipient(org, name)).await;
        let group = made(world, "/groups", group(org, &format!("{name}-group"))).await;
        let schedule = made(world, "/schedules", schedule(org, name)).await;
        let labels = json!({ "devices": [device], "set": { "named": name } });
        assert_eq!(world.post("/devices/labels", &labels).await.json()["changed"], 1);
        let new = NewDispute { rule: rule(org).to_owned(), text: format!("{name} is wrong") };
        let dispute = disputes::open(&world.app, &Actor::carrier(phone.id), phone.id, new).await.unwrap();
        made(world, "/tokens", json!({ "org": org })).await;
        let token =
            json!({ "name": format!("{name}-program"), "grants": [{ "role": "auditor", "org": org }] });
        made(world, "/api-tokens", token).await;
        [
            device,
            word(&order, "order"),
            word(&scan, "scan"),
            word(&asset, "id"),
            word(&exemption, "id"),
            word(&hook, "id"),
            word(&recipient, "id"),
            word(&group, "id"),
            word(&schedule, "id"),
            dispute.id.to_string(),
        ]
    }

    /// A request for the operation, about what lies in [`HERE`]. What is used up by it is made first.
    async fn request(&self, operation: &Operation) -> (String, Sent) {
        let Self { device, order, scan, asset, exemption, hook: hook_id, recipient: recipient_id, .. } = self;
        let world = &self.world;
        let new = async |path: &str, key: &str, body: Value| {
            let answer = send(world, &world.token, "post", path, Sent::Json(body)).await;
            answer.json()[key].as_str().unwrap_or_default().to_owned()
        };
        let id = match operation.about.id {
            "showOrg" | "editOrg" | "showCalendar" | "setCalendar" => HERE.to_owned(),
            "removeCalendar" => {
                let path = format!("/orgs/{HERE}/calendar");
                send(world, &world.token, "put", &path, Sent::Json(json!({ "week": ["mon"] }))).await;
                HERE.to_owned()
            }
            "revokeToken" => new("/tokens", "id", json!({ "org": HERE })).await,
            "revokeApiToken" => {
                let grants = json!([{ "role": "helpdesk", "org": HERE }]);
                new("/api-tokens", "name", json!({ "name": "victim", "grants": grants })).await;
                "victim".to_owned()
            }
            "removeAsset" => {
                let tag = format!("gone-soon-{}", self.made.fetch_add(1, Ordering::Relaxed));
                new("/assets", "id", json!({ "org": HERE, "tag": tag })).await
            }
            "removePerson" => {
                let name = format!("pupil-{}", self.made.fetch_add(1, Ordering::Relaxed));
                new(
                    "/people",
                    "name",
                    json!({ "name": name, "grants": [{ "role": "auditor", "org": HERE }] }),
                )
                .await
            }
            "removeHook" => new("/hooks", "id", hook(HERE, "gone")).await,
            "removeRecipient" => new("/mail-recipients", "id", recipient(HERE, "gone")).await,
            "removeGroup" => {
                let name = format!("gone-{}", self.made.fetch_add(1, Ordering::Relaxed));
                new("/groups", "id", group(HERE, &name)).await
            }
            "endSchedule" => new("/schedules", "id", schedule(HERE, "gone")).await,
            _ => match operation.path.split('/').nth(1).unwrap_or_default() {
                "devices" | "enrolments" | "inventory" => device.clone(),
                "orders" => order.clone(),
                "scans" => scan.clone(),
                "assets" => asset.clone(),
                "exemptions" => exemption.clone(),
                "hooks" => hook_id.clone(),
                "mail-recipients" => recipient_id.clone(),
                "groups" => self.group.clone(),
                "schedules" => self.schedule.clone(),
                "disputes" => self.dispute.clone(),
                "policies" => "ours".to_owned(),
                "people" => "pupil".to_owned(),
                _ => "1".to_owned(),
            },
        };
        let mut path = operation.path.replace("{number}", "1").replace("{session}", "0123456789abcdef");
        if operation.path.ends_with("{version}") && operation.path.starts_with("/policies") {
            path = path.replace("{version}", "1");
        }
        if let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, &id);
        }
        let query = match operation.about.id {
            "findDevice" => "?name=ours-tag".to_owned(),
            "listen" | "tryPolicy" => format!("?device={device}"),
            "showBoard" | "importAssets" => format!("?org={HERE}"),
            "showSeries" => format!("?kind=verdict&org={HERE}"),
            _ => String::new(),
        };
        (path + &query, self.body(operation))
    }

    fn body(&self, operation: &Operation) -> Sent {
        let device = &self.device;
        Sent::Json(match operation.about.id {
            "makeSignInLink" | "replayHook" => json!({}),
            "makeApiToken" => json!({ "name": "another" }),
            "editOrg" => json!({ "title": "Ours" }),
            "setCalendar" => json!({ "week": ["mon"] }),
            "setAway" | "setCarrierAway" => json!({ "until": "2026-12-24T00:00:00Z", "reason": "a test" }),
            "addOrg" => json!({ "id": "below", "title": "Below", "parent": HERE }),
            "makeToken" => json!({ "org": HERE }),
            "acknowledgeBreaks" => json!({ "reason": "a test" }),
            // refused for what it says, once it is known who may
            "endDevice" => json!({ "reason": " " }),
            "repeatScan" => json!({}),
            "addPerson" => json!({ "name": "one-more", "grants": [{ "role": "auditor", "org": HERE }] }),
            "editPerson" => json!({ "title": "a title" }),
            "giveOrder" => json!({ "kind": "scan", "reason": "a test" }),
            "scan" => json!({ "devices": [device], "reason": "a test" }),
            "rollBackPolicy" => json!({ "version": 2, "reason": "a test" }),
            "planRollBack" => json!({ "version": 1 }),
            "addExemption" => {
                json!({ "rule": rule(HERE), "org": HERE, "until": "2027-01-01T00:00:00Z", "reason": "a test" })
            }
            "answerDispute" => json!({ "answer": "an answer" }),
            "editExemption" => json!({ "reason": "another" }),
            "setRing" => json!({ "ring": "halted" }),
            "raiseLog" => json!({ "level": "debug", "seconds": 1 }),
            "addAsset" => json!({ "org": HERE, "tag": "one-more" }),
            "editAsset" => json!({ "note": "a note" }),
            "linkAsset" => json!({ "device": device }),
            "addHook" => hook(HERE, "one more"),
            "editHook" => json!({ "title": "a title" }),
            "addRecipient" => recipient(HERE, "more"),
            "editLabels" => json!({ "set": { "role": "minister" } }),
            "labelDevices" => json!({ "devices": [device], "set": { "role": "minister" } }),
            "addGroup" => group(HERE, "one-more"),
            "editGroup" => json!({ "query": "model:ours" }),
            "addSchedule" => schedule(HERE, "one more"),
            "editSchedule" => json!({ "at": "09:15" }),
            "editRecipient" => json!({ "language": "ru" }),
            "applyPolicy" | "planPolicy" | "tryPolicy" => return Sent::Text(policy("ours", HERE, "24h")),
            "importAssets" => return Sent::Text("tag\nours-asset\n".to_owned()),
            "importReports" | "addPackage" | "importInventory" => return Sent::Text(String::new()),
            "approveEnrolment" | "refuseEnrolment" | "revokeToken" | "revokeApiToken" | "cancelOrder"
            | "cancelScan" | "removeAsset" | "unlinkAsset" | "forgetCarriers" | "removeHook" | "testHook"
            | "rotateHook" | "removeRecipient" | "testRecipient" | "replayMails" | "forgetInventory"
            | "removePackage" | "resetLog" | "eraseDevice" | "removePerson" | "disablePerson"
            | "enablePerson" | "removeCalendar" | "endAway" | "endCarrierAway" | "makeSetUpLink"
            | "endSessionOf" | "endSession" | "removeGroup" | "endSchedule" | "importCarriers" => {
                return Sent::Nothing;
            }
            id => {
                assert_eq!(operation.method, "get", "{id}: write a request for it here");
                return Sent::Nothing;
            }
        })
    }
}

fn rule(org: &str) -> &'static str {
    if org == THEIRS { "rule-zzm-policy" } else { "rule-ours" }
}

fn hook(org: &str, title: &str) -> Value {
    json!({ "title": title, "url": "http://127.0.0.1:9/", "org": org })
}

fn recipient(org: &str, name: &str) -> Value {
    json!({ "address": format!("{name}@example.org"), "language": "en", "org": org, "digest_hour": 8 })
}

fn group(org: &str, id: &str) -> Value {
    json!({ "id": id, "title": { "en": id, "ru": id }, "query": "", "org": org })
}

fn schedule(org: &str, reason: &str) -> Value {
    json!({ "query": "", "reason": reason, "org": org, "every": "day", "at": "08:30" })
}

async fn made(world: &World, path: &str, body: Value) -> Value {
    let answer = world.post(path, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{path}: {}", answer.text);
    answer.json()
}

async fn send(world: &World, token: &str, method: &str, path: &str, sent: Sent) -> Answer {
    let request = Request::builder()
        .method(method.to_uppercase().as_str())
        .uri(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let (kind, body) = match sent {
        Sent::Nothing => ("application/json", String::new()),
        Sent::Json(value) => ("application/json", value.to_string()),
        Sent::Text(text) => ("text/plain", text),
    };
    world.send(request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()).await
}

async fn token(world: &World, role: Role, org: Option<&str>) -> String {
    let name = format!("{}-{}", role.name(), org.unwrap_or("everywhere"));
    let body = json!({ "name": name, "grants": [{ "role": role, "org": org }] });
    made(world, "/api-tokens", body).await["token"].as_str().unwrap().to_owned()
}

/// What the table says.
fn wanted(about: &About, role: Role, org: Option<&str>) -> Want {
    let needs = about.taken();
    if about.open || needs.right == Right::Myself {
        return Want::Done;
    }
    if !role.may(needs.right) || (org.is_some() && !needs.scoped) {
        return Want::Forbidden;
    }
    if org != Some(THEIRS) {
        return Want::Done;
    }
    match about.id {
        // what would be in force elsewhere, too
        "applyPolicy" | "planPolicy" => Want::Forbidden,
        // what the request names lies elsewhere, though the address doesn't say it
        "addOrg" | "makeToken" | "revokeToken" | "findDevice" | "addExemption" | "addAsset"
        | "importAssets" | "tryPolicy" | "showBoard" | "showSeries" | "listVersions" | "showVersion"
        | "compareVersions" | "rollBackPolicy" | "planRollBack" | "showPolicy" | "listen"
        | "forgetInventory" | "revokeApiToken" | "addHook" | "addRecipient" | "addGroup" | "addSchedule" => {
            Want::Missing
        }
        _ if about.of.is_some() => Want::Missing,
        // a list, or something of one's own
        _ => Want::Done,
    }
}

#[tokio::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    let (things, api) = (Things::new().await, admin::operations(None));
    let world = &things.world;
    let mut tokens = Vec::new();
    for role in Role::ALL {
        for org in WHERE {
            tokens.push((role, org, token(world, role, org).await));
        }
    }
    let (mut asked, mut wrong) = (0, Vec::new());
    for operation in api.operations() {
        let About { id, .. } = operation.about;
        let (path, sent) = things.request(operation).await;
        let usual = send(world, &world.token, operation.method, &path, sent).await;
        assert_ne!(usual.status, StatusCode::NOT_IMPLEMENTED, "{id}: {}", usual.text);
        for (role, org, token) in &tokens {
            let (path, sent) = things.request(operation).await;
            let answer = send(world, token, operation.method, &path, sent).await;
            assert_ne!(answer.status, StatusCode::NOT_IMPLEMENTED, "{id}: {}", answer.text);
            let got = match answer.status {
                StatusCode::FORBIDDEN => Want::Forbidden,
                // what nobody has is missing for everybody
                StatusCode::NOT_FOUND if usual.status != StatusCode::NOT_FOUND => Want::Missing,
                StatusCode::NOT_FOUND if *org == Some(THEIRS) && operation.about.of.is_some() => {
                    Want::Missing
                }
                _ => Want::Done,
            };
            let want = wanted(&operation.about, *role, *org);
            if got != want {
                wrong.push(format!(
                    "{id} by {} in {org:?}: {want:?}, and {} {}",
                    role.name(),
                    answer.status,
                    answer.text
                ));
            }
            asked += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{} operations, {asked} requests, each answered as the table says", api.operations().len());
}

#[tokio::test]
async fn nobody_reads_a_name_of_another_branch() {
    let (things, api) = (Things::new().await, admin::operations(None));
    let world = &things.world;
    let more = [
        "/board",
        "/board/series?kind=verdict",
        "/board/series?kind=maker",
        "/devices?counts=true",
        "/devices?format=csv",
        "/devices?q=-group:ours-group",
        "/groups?counts=true",
        "/devices?q=-tag:ours&sort=model",
        "/assets?counts=true",
        "/assets?format=csv",
        "/audit?order=newest&limit=1000",
    ];
    let mut paths: BTreeSet<String> = more.map(str::to_owned).into();
    for operation in api.operations().iter().filter(|one| one.method == "get" && !one.about.open) {
        paths.insert(things.request(operation).await.0);
    }
    assert!(world.get("/devices").await.text.contains(THEIRS), "whoever reads everything does");
    for role in Role::ALL {
        let token = token(world, role, Some(OURS)).await;
        for path in &paths {
            let answer = send(world, &token, "get", path, Sent::Nothing).await;
            assert!(!answer.text.contains(THEIRS), "{} at {path}: {}", role.name(), answer.text);
        }
    }
}

#[tokio::test]
async fn nobody_names_a_phone_of_another_branch() {
    let things = Things::new().await;
    let world = &things.world;
    let all = world.get("/assets").await.json();
    let assets = all["assets"].as_array().unwrap();
    let theirs = assets.iter().find(|asset| asset["org"] == THEIRS).unwrap()["id"].as_str().unwrap();
    for role in [Role::Owner, Role::Operator] {
        let token = token(world, role, Some(OURS)).await;
        let tag = role.name();
        let after = json!({ "org": HERE, "tag": tag, "replaced_by": theirs });
        let answer = send(world, &token, "post", "/assets", Sent::Json(after)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
        let taken = json!({ "org": HERE, "tag": "zzm-asset" });
        let answer = send(world, &token, "post", "/assets", Sent::Json(taken)).await;
        assert!(
            answer.status == StatusCode::CONFLICT && !answer.text.contains(theirs),
            "it is told that the tag is taken, and no more: {}",
            answer.text
        );
        let within = json!({ "org": HERE, "tag": tag, "replaced_by": things.asset });
        let answer = send(world, &token, "post", "/assets", Sent::Json(within)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    }
}
