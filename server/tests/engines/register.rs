//! The register on both engines: links, lists, tables, and verdicts of phones without an agent.

use muster_proto::id::DeviceId;
use muster_proto::time::{Day, Span};
use muster_proto::verdict::State;
use muster_server::audit;
use muster_server::devices::{self, Search};
use muster_server::enrolment::{self, Approve, NewToken};
use muster_server::orgs::{self, NewOrg};
use muster_server::register::{
    self, Asset, AssetChange, AssetId, AssetPlatform, Life, NewAsset, Standing, Which,
};
use muster_server::version::IfMatch;

use crate::support::phone::{Phone, enrol, for_org, new_key, token};
use crate::support::{World, me};

const MAKERS: &str = "
policy: makers
title: { en: Makers, ru: Производители }
rules:
  - { id: maker, kind: vendor, deny: [apple], grace: 24h }
assign:
  - org: fund
";

const PLANNED: &str = "
policy: planned
title: { en: Planned, ru: План }
rules:
  - { id: planned, kind: replacement, require_entry: true }
assign:
  - org: fund
";

pub async fn register(world: &World) {
    let [first, second] = registered(world).await;
    lists(world, &first).await;
    forgotten(world).await;
    tables(world).await;
    declared(world).await;
    struck_out(world, &second).await;
    approved(world).await;
}

fn tagged(org: &str, tag: &str) -> NewAsset {
    NewAsset {
        org: org.to_owned(),
        tag: Some(tag.to_owned()),
        carrier: Some("Ё. Иванов".to_owned()),
        ..NewAsset::default()
    }
}

/// A device and a phone of the register find each other by their tag, whichever is there first.
async fn registered(world: &World) -> [Asset; 2] {
    let app = &world.app;
    let linked = register::add(app, &me(), tagged("state", "mf-17")).await.expect("an asset");
    let search = Search { query: "org:minfin".parse().expect("a query"), ..Search::default() };
    let device = devices::list(app, &me(), search, None, 1, false).await.expect("a list").devices[0].id;
    assert_eq!(
        (linked.life, linked.device),
        (Life::InUse, Some(device)),
        "the one in its line with this tag"
    );
    let parted = register::unlink(app, &me(), linked.id).await.expect("parted");
    assert_eq!((parted.life, parted.device), (Life::InUse, None));
    let linked = register::link(app, &me(), linked.id, device).await.expect("linked");
    let again = register::link(app, &me(), linked.id, device).await.expect("it is already");
    assert_eq!(again, linked);
    let exists = register::add(app, &me(), tagged("state", "MF-17 ")).await.expect_err("there is one");
    assert_eq!(exists.problem().code, "asset-exists");
    let other = register::add(app, &me(), tagged("minenergo", "EN-1")).await.expect("an asset");
    [linked, other]
}

async fn found(world: &World, which: Which) -> Vec<Asset> {
    let list = register::list(&world.app, &me(), which, None, 1000, false).await.expect("a list");
    list.assets.into_iter().map(|row| row.asset).collect()
}

async fn lists(world: &World, linked: &Asset) {
    let standing = |standing| Which { standing: Some(standing), ..Which::default() };
    for (one, count) in [
        (Standing::All, 2),
        (Standing::Expected, 2),
        (Standing::Reporting, 1),
        (Standing::Linked, 1),
        (Standing::Missing, 1),
        (Standing::Declared, 0),
        (Standing::LeftOver, 0),
        (Standing::ToReturn, 0),
        (Standing::Moved, 0),
        (Standing::Unclear, 0),
    ] {
        assert_eq!(found(world, standing(one)).await.len(), count, "{one}");
    }
    for (text, count) in [("ё. ивАНОВ", 2), ("MF-1", 1), ("_", 0)] {
        assert_eq!(
            found(world, Which { text: Some(text.to_owned()), ..Which::default() }).await.len(),
            count,
            "{text}"
        );
    }
    let state = Which { org: Some("state".to_owned()), life: Some(Life::InUse), ..Which::default() };
    assert_eq!(found(world, state).await, std::slice::from_ref(linked));
    let page = register::list(&world.app, &me(), Which::default(), None, 1, true).await.expect("a page");
    let counts = page.counts.expect("figures");
    assert_eq!((counts.all, counts.expected, counts.reporting, counts.missing), (2, 2, 1, 1));
    let unregistered =
        register::unregistered(&world.app, &me(), None, None, 1000).await.expect("a list").devices;
    assert_eq!(unregistered.len() as u64, counts.unregistered);
    assert!(unregistered.iter().all(|device| Some(device.id) != linked.device));
    let next = page.next.expect("another page").parse().expect("a place");
    let rest =
        register::list(&world.app, &me(), Which::default(), Some(next), 1, false).await.expect("a page");
    assert!(rest.next.is_none() && rest.assets[0].asset.id == linked.id, "in the order of tags: {rest:?}");
    let history = register::history(&world.app, linked.id, None, 1).await.expect("a history");
    assert_eq!((history.events[0].part.as_str(), history.next.is_some()), ("device", true));
}

async fn forgotten(world: &World) {
    let app = &world.app;
    let named = |events: Vec<register::Happened>| {
        events.iter().filter(|one| one.part == "carrier" && one.becomes.is_some()).count()
    };
    let asset = register::add(app, &me(), tagged("minenergo", "F-1")).await.expect("an asset");
    let history = async || register::history(app, asset.id, None, 100).await.expect("a history").events;
    assert_eq!(named(history().await), 1);
    let forgotten = register::forget(app, &me(), asset.id).await.expect("forgotten");
    assert_eq!((forgotten.carrier.as_ref(), forgotten.tag.as_deref()), (None, Some("F-1")));
    assert_eq!(register::show(app, &me(), asset.id).await.expect("it").asset, forgotten);
    assert_eq!(named(history().await), 0);
    assert_eq!(register::forget(app, &me(), asset.id).await.expect("nothing is left"), forgotten);
    register::remove(app, &me(), asset.id, IfMatch::default()).await.expect("struck out");
}

async fn tables(world: &World) {
    let table = "tag;serial;org;carrier;cost;currency\nen-1;S-1;;;100,5;RUB\nen-2;s-2;Org minenergo;x;;\n";
    let import = async |table: &'static str, dry_run| {
        register::import(&world.app, &me(), Some("minenergo".to_owned()), table.into(), dry_run).await
    };
    let asked = import(table, true).await.expect("a plan");
    assert_eq!((asked.added, asked.changed, asked.refused_lines), (1, 1, 0));
    let done = import(table, false).await.expect("imported");
    assert_eq!((done.added, done.changed, done.unchanged), (1, 1, 0));
    assert_eq!(import(table, false).await.expect("imported").unchanged, 2);
    let refused = import("tag;serial\nen-2;S-1\n", false).await.expect_err("the number of another");
    assert!(refused.to_string().contains("line 2: serial"), "{refused}");
    let found = found(world, Which { text: Some("s-1".to_owned()), ..Which::default() }).await;
    assert_eq!((found[0].cost, found[0].carrier.as_deref()), (Some(10_050), None));
}

/// Time alone moves the verdict of a phone that nobody can ask.
async fn declared(world: &World) {
    let app = &world.app;
    let new = NewAsset {
        platform: Some(AssetPlatform::Ios),
        maker: Some("Apple".to_owned()),
        ..tagged("fund", "I-1")
    };
    let fund = NewOrg { id: "fund".to_owned(), title: "Fund".to_owned(), parent: None, time_zone: None };
    orgs::add(app, &me(), fund).await.expect("an organisation");
    let asset = register::add(app, &me(), new).await.expect("an asset");
    let verdict =
        async || register::show(app, &me(), asset.id).await.expect("it").verdict.expect("a verdict");
    assert_eq!(verdict().await.state, State::Unknown);
    muster_server::policies::apply(app, &me(), MAKERS.to_owned(), false).await.expect("a policy");
    let grace = verdict().await;
    assert_eq!(
        (grace.state, grace.since, grace.due),
        (State::Grace, app.now(), Some(app.now() + Span::from_hours(24)))
    );
    world.pass(Span::from_hours(24)).await;
    assert_eq!((verdict().await.state, verdict().await.since), (State::Failing, grace.since));
    let moved = AssetChange { org: Some("state".to_owned()), ..AssetChange::default() };
    register::edit(app, &me(), asset.id, IfMatch::default(), moved).await.expect("moved");
    assert_eq!(verdict().await.state, State::Unknown, "no policy there");
    register::remove(app, &me(), asset.id, IfMatch::default()).await.expect("struck out");
}

async fn struck_out(world: &World, asset: &Asset) {
    let app = &world.app;
    let (key, token) = (new_key(), token(world, for_org("minenergo")).await);
    let tag = AssetChange { tag: Some(Some("MF-17x".to_owned())), ..AssetChange::default() };
    let edited = register::edit(app, &me(), asset.id, IfMatch::default(), tag).await.expect("edited");
    enrol(world, &key, &token).await.expect("enrolled");
    let phone = Phone::of(world, key).await;
    assert_eq!(register::show(app, &me(), edited.id).await.expect("it").asset.device, None, "another tag");
    register::link(app, &me(), edited.id, phone.id).await.expect("linked");
    let refused =
        register::remove(app, &me(), edited.id, IfMatch::default()).await.expect_err("it is a device");
    assert_eq!(refused.problem().code, "asset-had-device");
    let reader = me();
    let entries = audit::list(
        app,
        &reader,
        audit::Asked { action: Some("asset.link".to_owned()), ..audit::Asked::default() },
    );
    assert_eq!(entries.await.expect("entries").entries.len(), 3);
}

/// A device is judged by what the register plans for its phone, whether it has reported or not.
async fn planned(world: &World, device: DeviceId, asset: AssetId) {
    let app = &world.app;
    muster_server::policies::apply(app, &me(), PLANNED.to_owned(), false).await.expect("a policy");
    let state = async || {
        let shown = devices::show(app, device).await.expect("it");
        shown.findings.iter().find(|finding| finding.rule == "planned").expect("a finding").state
    };
    assert_eq!(state().await, State::NotApplicable, "no day is planned");
    let today = Day::from_days(u32::try_from(app.now().secs() / 86_400).expect("a day"));
    let planned = AssetChange { replace_by: Some(today), ..AssetChange::default() };
    register::edit(app, &me(), asset, IfMatch::default(), planned).await.expect("planned");
    assert_eq!(state().await, State::Compliant);
    world.pass(Span::from_hours(48)).await;
    assert_eq!(state().await, State::Failing);
    register::unlink(app, &me(), asset).await.expect("parted");
    assert_eq!(state().await, State::Failing, "an entry is required");
    register::link(app, &me(), asset, device).await.expect("linked again");
    let none = AssetChange { replace_by: Some(None), ..AssetChange::default() };
    register::edit(app, &me(), asset, IfMatch::default(), none).await.expect("no day");
    assert_eq!(state().await, State::NotApplicable);
}

/// A phone that waits for a person is nobody's yet. One that takes its place moves nothing in the register.
async fn approved(world: &World) {
    let app = &world.app;
    let state = Which { org: Some("state".to_owned()), ..Which::default() };
    let taken = found(world, state).await.remove(0).id;
    let other = AssetChange { tag: Some(Some("old".to_owned())), ..AssetChange::default() };
    register::edit(app, &me(), taken, IfMatch::default(), other).await.expect("the tag is free");
    let waits = register::add(app, &me(), tagged("fund", "MF-17")).await.expect("an asset");
    assert_eq!(waits.device, None, "the devices with this tag are elsewhere, or taken");
    let device = async |id| register::show(app, &me(), id).await.expect("it").asset.device;

    let (key, person) = (new_key(), NewToken { approve: Some(Approve::Person), ..for_org("fund") });
    enrol(world, &key, &token(world, person).await).await.expect("it waits");
    let phone = Phone::of(world, key).await.id;
    assert_eq!(device(waits.id).await, None, "nobody has approved it");
    enrolment::approve(app, &me(), phone, None).await.expect("approved");
    assert_eq!(device(waits.id).await, Some(phone));
    planned(world, phone, waits.id).await;

    let new = NewToken { replaces: Some(phone), ..for_org("fund") };
    let key = new_key();
    enrol(world, &key, &token(world, new).await).await.expect("it takes the place");
    let next = Phone::of(world, key).await.id;
    assert_eq!(device(waits.id).await, Some(phone), "the old device is kept until somebody changes it");
    let missing =
        Which { org: Some("fund".to_owned()), standing: Some(Standing::Missing), ..Which::default() };
    assert_eq!(found(world, missing).await.len(), 1);
    let unknown =
        register::unregistered(app, &me(), Some("fund".to_owned()), None, 10).await.expect("a list").devices;
    assert_eq!(unknown.iter().map(|device| device.id).collect::<Vec<_>>(), [next]);
    register::unlink(app, &me(), waits.id).await.expect("parted");
    register::link(app, &me(), waits.id, next).await.expect("linked");
}
