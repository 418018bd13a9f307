//! Working time and notes of who is away, on both engines: the moment of silence, a hand-over, a device that takes another's place, a restart.

use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use muster_server::away::{self, NewAway};
use muster_server::calendar::{self, Calendar, Weekday};
use muster_server::devices;
use muster_server::orgs::{self, NewOrg};
use muster_server::register::{self, AssetChange, NewAsset};
use muster_server::retention;
use muster_server::version::IfMatch;

use crate::support::phone::{Phone, Says, enrol, for_org, new_key, token};
use crate::support::{World, me};

pub async fn calendars(world: &World) {
    let app = &world.app;
    let new = NewOrg { id: "calm".to_owned(), title: "Calm".to_owned(), parent: None, time_zone: None };
    orgs::add(app, &me(), new).await.expect("an organisation");
    let mut phone = Phone::new(world, "calm").await;
    phone.say(world, &Says::default()).await;
    let plain = begins(world, phone.id).await;

    // one day a week: at most a day of the time until then counts
    let day = Calendar { week: vec![Weekday::Mon], ..Calendar::default() };
    let set = calendar::set(app, &me(), "calm", IfMatch::default(), day).await.expect("a calendar");
    assert!(set.own.is_some());
    assert!(begins(world, phone.id).await > plain);
    calendar::clear(app, &me(), "calm", IfMatch::default()).await.expect("it is taken away");
    assert_eq!(begins(world, phone.id).await, plain);

    let until = app.now() + Span::from_hours(240);
    let note = || NewAway { from: None, until: until.into(), reason: "ill".to_owned() };
    away::set(app, &me(), phone.id, note()).await.expect("a note");
    assert_eq!(begins(world, phone.id).await, plain + Span::from_hours(240));
    world.clock.pass(Span::from_hours(1));
    away::set(app, &me(), phone.id, note()).await.expect("another in its place");
    assert_eq!(away::list(app, phone.id).await.expect("notes").notes.len(), 2);
    assert_eq!(begins(world, phone.id).await, plain + Span::from_hours(240), "nothing was lost between them");
    let mut new = for_org("calm");
    new.replaces = Some(phone.id);
    let link = token(world, new).await;
    let key = new_key();
    enrol(world, &key, &link).await.expect("it takes the other's place");
    let next = Phone::of(world, key).await.id;
    assert_eq!(away::list(app, next).await.expect("notes").notes.len(), 2);
    assert!(away::list(app, phone.id).await.expect("notes").notes.is_empty());
    assert!(begins(world, next).await > until);
    away::back(app, &me(), next).await.expect("back");

    carried(world, next).await;
    retention::keep(app).await.expect("a look");
}

/// Whoever carries it is away, until it is somebody else's.
async fn carried(world: &World, device: DeviceId) {
    let app = &world.app;
    let new = NewAsset { tag: Some("CALM-1".to_owned()), carrier: Some("Anna".to_owned()), ..asset() };
    let asset = register::add(app, &me(), new).await.expect("an asset").id;
    register::link(app, &me(), asset, device).await.expect("a link");
    let note =
        NewAway { from: None, until: (app.now() + Span::from_hours(48)).into(), reason: "ill".to_owned() };
    let reached = away::carrier_away(app, &me(), asset, note).await.expect("notes");
    assert_eq!(reached.devices, [device]);
    world.clock.pass(Span::from_hours(1));
    let change = AssetChange { carrier: Some(Some("Boris".to_owned())), ..AssetChange::default() };
    register::edit(app, &me(), asset, IfMatch::default(), change).await.expect("a hand-over");
    assert!(devices::show(app, device).await.expect("a device").away.is_none());
}

fn asset() -> NewAsset {
    serde_json::from_value(serde_json::json!({ "org": "calm" })).expect("an asset")
}

async fn begins(world: &World, device: DeviceId) -> Timestamp {
    devices::show(&world.app, device).await.expect("a device").silence.expect("it counts").begins
}
