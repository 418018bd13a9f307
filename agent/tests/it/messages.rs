//! What the agent makes of signed messages: what it takes, what it refuses and says so, what becomes of an order.

use muster_agent::core::{ChannelEvent, Effect, Event, Notice, SendError};
use muster_proto::catalogue::{Catalogue, Messenger};
use muster_proto::cbor::{Bytes, List};
use muster_proto::cose::{Message, seal};
use muster_proto::facts::{ChannelMode, Refusal, Schedule};
use muster_proto::id::{Audience, DeviceId, OrderId};
use muster_proto::key::Signer as _;
use muster_proto::message::{
    AckState, CatalogueMessage, Confirmation, Order, OrderAck, OrderKeyMessage, OrderKind, PolicyMessage,
};
use muster_proto::policy::{DevicePolicy, Local};
use muster_proto::report::{Report, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};

use super::server::new_key;
use super::world::{Faults, World};

fn world() -> World {
    let mut world = World::new(900, Faults::default());
    world.live(1);
    world
}

/// A message comes over the channel, and an hour goes by.
fn hear(world: &mut World, bytes: Vec<u8>) {
    world.phones[0].events.push_back(Event::Channel(ChannelEvent::Message(bytes)));
    world.calm(1);
}

fn signed<M: Message>(world: &World, message: &M) -> Vec<u8> {
    world.server.sealed(message).0
}

fn order(world: &World) -> Order {
    Order {
        audience: Audience(world.device()),
        expires: world.now + Span::from_secs(900),
        issued: world.now,
        number: 1000,
        id: OrderId([7; 16]),
        kind: OrderKind::Scan,
        requested_by: Text::clipped("Anna"),
        reason: Text::clipped("a check"),
    }
}

fn policy(world: &World, number: u64, hours: u64) -> PolicyMessage {
    let title = Local { en: Text::clipped("Work phones"), ru: Text::clipped("Work phones") };
    let schedule = Schedule {
        report_every: Span::from_hours(hours),
        spread: Span::default(),
        channel: ChannelMode::Awake,
        silent_after: Span::from_hours(26),
        remind: List::default(),
    };
    PolicyMessage {
        audience: Audience(world.device()),
        expires: None,
        issued: world.now,
        number,
        policy: DevicePolicy { title, schedule, rules: List::default(), version: number, contact: None },
    }
}

/// The refusals that reports have named since the first of these days.
fn refused(world: &World) -> Vec<Refusal> {
    let reports = &world.server.devices[&world.device()].reports;
    reports.iter().flat_map(|report| report.submods.agent.refused.iter().copied()).collect()
}

fn answers(world: &World, id: OrderId) -> usize {
    let reports = &world.server.devices[&world.device()].reports;
    reports.iter().filter(|report| report.order == Some(id)).count()
}

#[test]
fn what_is_not_for_this_phone_is_refused_and_named() {
    let mut world = world();
    let good = order(&world);
    let other_device = Order { audience: Audience(DeviceId([1; 16])), ..good.clone() };
    let expired = Order {
        issued: good.issued - Span::from_hours(2),
        expires: good.issued - Span::from_hours(1),
        ..good.clone()
    };
    let cases = [
        (signed(&world, &other_device), Refusal::NotForMe),
        (signed(&world, &expired), Refusal::Expired),
        (seal(&good, &new_key()).expect("signed"), Refusal::BadSignature),
        (vec![0xd2, 0x00], Refusal::Malformed),
        (signed(&world, &policy(&world, 0, 4)), Refusal::OldNumber),
    ];
    let device = world.device();
    for (bytes, refusal) in cases {
        hear(&mut world, bytes);
        // The next report names it, whatever it is made for.
        world.server.order(device, OrderKind::Scan, world.now);
        world.calm(1);
        assert_eq!(refused(&world).last(), Some(&refusal));
    }
    assert_eq!(answers(&world, good.id), 0);
}

#[test]
fn an_order_is_carried_out_once() {
    let mut world = world();
    let good = order(&world);
    let bytes = signed(&world, &good);
    hear(&mut world, bytes.clone());
    assert_eq!(answers(&world, good.id), 1);
    // Killed and started again it still knows.
    world.phones[0].kill();
    let fresh = Order {
        expires: world.now + Span::from_hours(9),
        id: OrderId([8; 16]),
        issued: world.now,
        ..good.clone()
    };
    let late = signed(&world, &fresh);
    hear(&mut world, late.clone());
    world.phones[0].kill();
    world.calm(1);
    hear(&mut world, late);
    hear(&mut world, bytes);
    world.server.order(world.device(), OrderKind::Scan, world.now);
    world.calm(1);
    assert_eq!((answers(&world, good.id), answers(&world, fresh.id)), (1, 1));
    assert!(refused(&world).contains(&Refusal::SeenBefore));
}

#[test]
fn a_slow_order_is_running_and_a_failed_one_says_so() {
    let mut world = world();
    let order = order(&world);
    let bytes = signed(&world, &order);
    let acks = |effects: &[Effect]| -> Vec<AckState> {
        let payloads = effects.iter().filter_map(|effect| match effect {
            Effect::Sign { job: muster_agent::core::Job::Ack(..), payload, .. } => Some(payload),
            _ => None,
        });
        payloads
            .map(|payload| muster_proto::cbor::decode::<OrderAck>(payload).expect("an ack").state)
            .collect()
    };
    let clocks = world.phones[0].clocks(world.now);
    let later = muster_agent::core::Clocks { mono: Span::from_millis(clocks.mono.millis() + 2500), ..clocks };
    let agent = world.phones[0].agent.as_mut().expect("it runs");
    let effects = agent.step(Event::Channel(ChannelEvent::Message(bytes)), clocks);
    assert_eq!(acks(&effects), [AckState::Delivered]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Collect(_))), "{effects:?}");
    assert_eq!(acks(&agent.step(Event::Woke, clocks)), []);
    assert_eq!(acks(&agent.step(Event::Woke, later)), [AckState::Running]);
    assert_eq!(acks(&agent.step(Event::Woke, later)), []);
    assert_eq!(acks(&agent.step(Event::Collected(Err("no".to_owned())), later)), [AckState::Failed]);
}

#[test]
fn a_policy_sets_the_schedule_and_only_a_newer_one_counts() {
    let mut world = world();
    let (two, one) = (signed(&world, &policy(&world, 50, 2)), signed(&world, &policy(&world, 49, 1)));
    hear(&mut world, two);
    hear(&mut world, one);
    let agent = world.phones[0].agent.as_ref().expect("it runs");
    assert_eq!(agent.schedule().report_every, Span::from_hours(2));
    assert_eq!(world.notices(|notice| *notice == Notice::Refused(Refusal::OldNumber)), 1);
    let before = world.server.devices[&world.device()].reports.len();
    world.calm(20);
    let made = world.server.devices[&world.device()].reports.len() - before;
    assert!((9..=11).contains(&made), "{made} reports in 20 hours");
}

#[test]
fn a_catalogue_adds_to_what_was_built_in() {
    let mut world = world();
    let messenger = Messenger {
        id: "new-one".to_owned(),
        name: "New One".to_owned(),
        android: vec!["org.example.one".to_owned()],
        ..Messenger::default()
    };
    let added = Catalogue::new(vec![messenger], Vec::new()).expect("a catalogue");
    let message = CatalogueMessage {
        audience: Audience(world.device()),
        expires: None,
        issued: world.now,
        number: 60,
        catalogue: Bytes(added.to_cbor()),
    };
    let bytes = signed(&world, &message);
    hear(&mut world, bytes);
    let catalogue = world.phones[0].agent.as_ref().expect("it runs").catalogue();
    assert!(catalogue.messenger("new-one").is_some() && catalogue.messenger("telegram").is_some());
    let digest = catalogue.digest();
    world.phones[0].kill();
    world.calm(5);
    let last: &Report = world.server.devices[&world.device()].reports.last().expect("a report");
    assert_eq!((last.catalogue, last.trigger), (digest, last.trigger));
}

#[test]
fn a_new_order_key_is_believed_only_under_the_old_one() {
    let mut world = world();
    let next = new_key();
    let message =
        OrderKeyMessage { issued: world.now, cnf: Confirmation { key: next.public_key() }, number: 1 };
    hear(&mut world, seal(&message, &new_key()).expect("signed"));
    assert_eq!(world.phones[0].disk.server.order_key, world.server.order_key.public_key());
    let bytes = signed(&world, &message);
    hear(&mut world, bytes.clone());
    assert_eq!(world.phones[0].disk.server.order_key, next.public_key());
    world.server.order_key = next;
    let id = world.server.order(world.device(), OrderKind::Scan, world.now);
    world.calm(1);
    assert_eq!(answers(&world, id), 1);
    // Under the old key it is nothing any more.
    let bad = |world: &World| world.notices(|notice| *notice == Notice::Refused(Refusal::BadSignature));
    let before = bad(&world);
    hear(&mut world, bytes);
    assert_eq!(bad(&world), before + 1);
}

#[test]
fn an_old_nonce_is_followed_by_a_fresh_report() {
    let mut world = world();
    world.weather = super::weather::Weather::Down;
    world.live(2);
    let before = world.server.devices[&world.device()].reports.len();
    world.calm(2);
    let reports = &world.server.devices[&world.device()].reports[before..];
    let nonces: std::collections::BTreeSet<_> =
        reports.iter().map(|report| report.nonce.to_string()).collect();
    assert!(nonces.len() >= 2, "the backlog carried the old nonce, one more carries the new one");
    let newest = reports.last().expect("a report");
    let given = Timestamp::from_millis(i64::from_be_bytes(newest.nonce.as_bytes()[..8].try_into().unwrap()));
    assert!(world.now.since(given) < Span::from_hours(3));
}

#[test]
fn a_refused_channel_uses_the_nonce_that_comes_with_the_refusal() {
    let mut world = world();
    let nonce = world.server.challenge(world.now).nonce;
    let refused = SendError::Refused {
        status: 401,
        code: "old-nonce".to_owned(),
        detail: String::new(),
        retry_after: None,
        nonce: Some(nonce.clone()),
    };
    world.phones[0].channel_open = false;
    world.phones[0].events.push_back(Event::Channel(ChannelEvent::Closed(refused)));
    world.calm(1);
    assert!(world.phones[0].channel_open);
    assert_eq!(world.notices(|notice| matches!(notice, Notice::Made { trigger: Trigger::Enrolled, .. })), 1);
}
