//! What honest and dishonest phones send, and what becomes of it.

mod support;

use muster_policy::BreakKind;
use muster_proto::cbor::Bytes;
use muster_proto::cose::{Envelope, seal};
use muster_proto::facts::Protection;
use muster_proto::id::{ChainId, Nonce};
use muster_proto::key::Signer as _;
use muster_proto::message::{Confirmation, Rekey, RekeyConsent};
use muster_proto::report::Range;
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::State;
use muster_server::devices::view::DeviceView;
use muster_server::devices::{self, RekeyError, rekey};
use muster_server::ingest::{Standing, Taken, verify};
use support::phone::{Phone, Says, copied_key, enrol, for_org, hand_in, new_key, telegram, token};
use support::{POLICY, World, me};

async fn world() -> World {
    let world = World::new(None).await;
    world.apply(POLICY).await;
    world
}

async fn show(world: &World, phone: &Phone) -> DeviceView {
    devices::show(&world.app, phone.id).await.expect("the device")
}

fn breaks(view: &DeviceView) -> Vec<(BreakKind, u64)> {
    view.chain.iter().flat_map(|chain| &chain.breaks).map(|one| (one.kind, one.number)).collect()
}

fn chain_state(view: &DeviceView) -> State {
    view.findings.iter().find(|finding| finding.rule == "chain").expect("every device has it").state
}

/// Hands in as a phone does, and returns what it would be answered with.
async fn submit(world: &World, phone: &Phone, messages: &[Vec<u8>]) -> Taken {
    let mut verified = Vec::new();
    for message in messages {
        verified.push(verify(&world.app, message.clone().into(), world.app.now()).await.expect("it holds"));
    }
    world.app.gate.submit(&world.app.store, phone.id, verified).await.expect("the store answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_sent_twice_is_one_row_and_hands_out_no_orders() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    let bytes = phone.next(&world, &Says::default());
    let order = muster_server::orders::NewOrder {
        kind: muster_proto::message::OrderKind::Scan,
        reason: "x".to_owned(),
        expires_in: None,
    };
    muster_server::orders::request(&world.app, &me(), phone.id, order).await.expect("an order");
    let first = submit(&world, &phone, std::slice::from_ref(&bytes)).await;
    assert_eq!((first.standings, first.orders.len()), (vec![Ok(Standing::Current)], 1));
    // the same message with the signature's s negated is the same message
    let mut twin = bytes.clone();
    negate(&mut twin);
    for again in [bytes, twin] {
        let again = submit(&world, &phone, &[again]).await;
        assert_eq!((again.standings, again.orders.len()), (vec![Ok(Standing::Known)], 0));
        assert_eq!(again.head, first.head);
        assert!(again.verdict.is_some(), "the answer was lost, so it is said again");
    }
    let view = show(&world, &phone).await;
    assert_eq!((view.reports.len(), breaks(&view)), (1, Vec::new()));
}

/// (r, s) becomes (r, n − s): another signature over the same, which nobody needs a key for.
fn negate(message: &mut [u8]) {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let start = message.len() - 32;
    let mut borrow = false;
    for (byte, n) in message[start..].iter_mut().zip(ORDER).rev() {
        let (first, one) = n.overflowing_sub(*byte);
        let (second, two) = first.overflowing_sub(u8::from(borrow));
        (*byte, borrow) = (second, one || two);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_shows_until_a_person_has_acknowledged_it() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    phone.say(&world, &Says::default()).await;
    phone.number += 2;
    assert_eq!(phone.say(&world, &Says::default()).await.code, Some("gap"));
    let view = show(&world, &phone).await;
    assert_eq!((breaks(&view), chain_state(&view)), (vec![(BreakKind::Gap, 2)], State::Failing));
    assert_eq!(view.row.verdict.state, State::Failing);
    assert!(devices::acknowledge(&world.app, &me(), phone.id, " ").await.is_err());
    devices::acknowledge(&world.app, &me(), phone.id, "the phone was in repair").await.expect("acknowledged");
    let view = show(&world, &phone).await;
    assert_eq!((breaks(&view), chain_state(&view)), (Vec::new(), State::Compliant));
    assert!(devices::acknowledge(&world.app, &me(), phone.id, "again").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_is_filled_or_explained_is_none() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    let reports: Vec<_> = (0..4).map(|_| phone.next(&world, &Says::default())).collect();
    hand_in(&world, &reports[0]).await;
    assert_eq!(hand_in(&world, &reports[3]).await.code, Some("gap"));
    assert_eq!(hand_in(&world, &reports[2]).await.code, Some("late"));
    assert_eq!(chain_state(&show(&world, &phone).await), State::Failing, "one is still missing");
    assert_eq!(hand_in(&world, &reports[1]).await.code, Some("late"));
    let view = show(&world, &phone).await;
    assert_eq!((breaks(&view), chain_state(&view)), (Vec::new(), State::Compliant));
    assert_eq!(view.chain.expect("a chain").number, 4, "a late report is never the newest");

    phone.number += 3;
    let dropped = vec![Range { first: 5, last: 7 }];
    let explained = phone.say(&world, &Says { dropped, ..Says::default() }).await;
    assert_eq!((explained.code, breaks(&show(&world, &phone).await)), (Some("gap"), Vec::new()));
    // the queue's own order: what was dropped is named by a later report of the same request
    phone.number += 1;
    let early = phone.next(&world, &Says::default());
    let later = phone.next(&world, &Says { dropped: vec![Range { first: 9, last: 9 }], ..Says::default() });
    let taken = submit(&world, &phone, &[early, later]).await;
    assert_eq!(taken.standings, [Ok(Standing::Gap), Ok(Standing::Current)]);
    assert_eq!(breaks(&show(&world, &phone).await), Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_state_shows_as_a_fork() {
    let world = world().await;
    let (key, token) = (copied_key(), token(&world, for_org("minfin")).await);
    enrol(&world, &key, &token).await.expect("enrolled");
    let mut phone = Phone::of(&world, key).await;
    phone.say(&world, &Says::default()).await;
    let mut copy = phone.at(7, phone.number, phone.previous);
    phone.say(&world, &Says::default()).await;
    let forked = copy.say(&world, &telegram()).await;
    assert_eq!((forked.action, forked.code), ("accepted", Some("fork")));
    let view = show(&world, &phone).await;
    assert_eq!((breaks(&view), view.reports.len()), (vec![(BreakKind::Fork, 2)], 3), "both are kept");
    assert!(view.sightings.is_empty(), "a fork is not the newest");
    assert_eq!(phone.say(&world, &Says::default()).await.code, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_state_shows_as_a_reset() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    for _ in 0..3 {
        phone.say(&world, &Says::default()).await;
    }
    let last_of_the_old = phone.next(&world, &Says::default());
    world.pass(Span::from_hours(1)).await;
    (phone.chain, phone.number, phone.previous) = (ChainId([8; 16]), 0, None);
    assert_eq!(phone.say(&world, &Says::default()).await.code, Some("reset"));
    let view = show(&world, &phone).await;
    assert_eq!(breaks(&view), [(BreakKind::Reset, 1)]);
    assert_eq!(view.chain.expect("a chain").chain, ChainId([8; 16]));
    assert_eq!(
        hand_in(&world, &last_of_the_old).await.code,
        Some("late"),
        "it was made before and was still on its way"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_as_old_as_can_be_shown() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    let nonce = world.app.keys.nonces.make(world.app.now());
    let given = world.app.now();
    world.pass(Span::from_hours(2)).await;
    let received = world.app.now();
    let cases = [
        (given + Span::from_hours(1), given + Span::from_hours(1), 0),
        (Timestamp::from_secs(0), given + Span::from_hours(1), -(given + Span::from_hours(1)).millis()),
        (received + Span::from_hours(24), received, 24 * 3_600_000),
    ];
    for (iat, at, skew) in cases {
        let says = Says { iat: Some(iat), nonce: Some(nonce.clone()), ..Says::default() };
        phone.say(&world, &says).await;
        let view = show(&world, &phone).await;
        assert_eq!(view.reports[0].evidence_at, at, "{iat}");
        let id = phone.id;
        let noted: i64 = world
            .app
            .store
            .read(move |tx| {
                let sql = "SELECT skew FROM reports WHERE device = $1 ORDER BY id DESC LIMIT 1";
                tx.query(sql, &muster_server::store::values![id])?.remove(0).take::<i64>()
            })
            .await
            .expect("an answer");
        assert_eq!(noted, skew);
    }
    assert_eq!(show(&world, &phone).await.row.last_fresh, Some(given));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_that_cannot_be_verified_refuses_nothing_and_ends_no_silence() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    let foreign = Nonce::new(&[7; 24]).expect("a nonce");
    let taken = phone.say(&world, &Says { nonce: Some(foreign.clone()), ..Says::default() }).await;
    assert_eq!((taken.action, taken.code), ("accepted", None));
    assert_eq!(show(&world, &phone).await.row.last_fresh, None);
    world.pass(Span::from_hours(27)).await;
    phone.say(&world, &Says { nonce: Some(foreign), ..Says::default() }).await;
    let view = show(&world, &phone).await;
    let silence =
        view.findings.iter().find(|finding| finding.rule == "silence").expect("every device has it");
    assert_eq!(silence.state, State::Failing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_told_its_policy_and_its_verdict_once() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    let bytes = phone.next(&world, &Says::default());
    let first = submit(&world, &phone, &[bytes]).await;
    let (number, compiled) = first.policy.expect("the phone names none");
    let (later, verdict) = first.verdict.expect("the first verdict");
    assert!(later > number);
    assert_eq!(verdict.state, State::Compliant);
    let policy = Some(compiled.digest);
    let bytes = phone.next(&world, &Says { policy, ..Says::default() });
    let second = submit(&world, &phone, &[bytes]).await;
    assert!(second.policy.is_none() && second.verdict.is_none() && second.catalogue.is_none());
    let bytes = phone.next(&world, &Says { policy, ..telegram() });
    let third = submit(&world, &phone, &[bytes]).await;
    assert_eq!(third.verdict.map(|(_, verdict)| verdict.state), Some(State::Grace));
    assert!(third.changed);
    // the clock changes a verdict: the phone hears of it with its next answer
    world.pass(Span::from_hours(73)).await;
    let bytes = phone.next(&world, &Says { policy, ..telegram() });
    let fourth = submit(&world, &phone, &[bytes]).await;
    assert_eq!(fourth.verdict.map(|(_, verdict)| verdict.state), Some(State::Failing));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_reports_of_one_device_in_one_batch_are_each_kept() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    let reports: Vec<_> =
        (0..30).map(|n| phone.next(&world, &if n % 2 == 0 { Says::default() } else { telegram() })).collect();
    let taken = submit(&world, &phone, &[&reports[..], &reports[..1]].concat()).await;
    assert_eq!(taken.standings[29..], [Ok(Standing::Current), Ok(Standing::Known)]);
    let view = show(&world, &phone).await;
    assert_eq!(view.chain.expect("a chain").number, 30);
    assert_eq!(
        view.edges.iter().filter(|edge| edge.rule == "no-telegram").count(),
        30,
        "each change is an edge"
    );
    let stored =
        devices::evidence::newest_report(&world.app, phone.id).await.expect("an answer").expect("a report");
    assert_eq!(stored.bytes, reports[29], "byte for byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing_and_a_row_in_memory_is_never_older_than_the_store() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    phone.say(&world, &telegram()).await;
    let before = show(&world, &phone).await.row.verdict;
    // an action changes the row behind the memory of the last report
    devices::acknowledge(&world.app, &me(), phone.id, "x")
        .await
        .expect_err("there is nothing to acknowledge");
    phone.say(&world, &telegram()).await;
    let world = world.restarted().await;
    assert_eq!(show(&world, &phone).await.row.verdict, before);
    assert_eq!(phone.say(&world, &telegram()).await.code, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_phone_hands_its_findings_on() {
    let world = world().await;
    let mut old = Phone::new(&world, "minfin").await;
    old.say(&world, &telegram()).await;
    let since = show(&world, &old).await.row.verdict.since;
    world.pass(Span::from_hours(20)).await;
    let new = muster_server::enrolment::NewToken { replaces: Some(old.id), ..for_org("minfin") };
    let (key, token) = (new_key(), token(&world, new).await);
    enrol(&world, &key, &token).await.expect("enrolled");
    let mut new = Phone::of(&world, key).await;
    new.say(&world, &telegram()).await;
    let verdict = show(&world, &new).await.row.verdict;
    assert_eq!((verdict.state, verdict.since), (State::Grace, since), "no new grace");
    let refused = old.say(&world, &Says::default()).await;
    assert_eq!((refused.action, refused.code), ("drop", Some("replaced")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_counts_from_its_number_on() {
    let world = world().await;
    let mut phone = Phone::new(&world, "minfin").await;
    phone.say(&world, &Says::default()).await;
    let new = new_key();
    let change = |from: u64| {
        let consent = RekeyConsent {
            iat: world.app.now(),
            cnf: Confirmation { key: new.public_key() },
            nonce: world.app.keys.nonces.make(world.app.now()),
            device: phone.id,
            chain: phone.chain,
            from,
        };
        let consent = Bytes(seal(&consent, &phone.key).expect("signed"));
        let message = Rekey { device: phone.id, consent, protection: Protection::Tee };
        Envelope::parse(&seal(&message, &new).expect("signed")).expect("an envelope")
    };
    assert!(matches!(rekey(&world.app, &change(1)).await, Err(RekeyError::Used)));
    let good = change(3);
    for _ in 0..2 {
        assert_eq!(rekey(&world.app, &good).await.expect("a new key"), (phone.id, 3), "a retry is harmless");
    }
    assert_eq!(
        phone.say(&world, &Says::default()).await.code,
        None,
        "the old key stays good for lower numbers"
    );
    let too_late = phone.next(&world, &Says::default());
    assert_eq!(hand_in(&world, &too_late).await.code, Some("old-key"));
    phone.number -= 1;
    phone.previous = show(&world, &phone).await.chain.map(|chain| chain.digest);
    phone.key = new;
    assert_eq!(phone.say(&world, &Says::default()).await.code, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_document_leaves_out_stays_unless_it_is_pruned() {
    let world = world().await;
    let smaller = POLICY.replace("  - { id: encrypted, kind: encryption }\n", "");
    let plan = muster_server::policies::plan(&world.app, &me(), &smaller, false).await.expect("a plan");
    assert!(plan.changes.is_empty(), "{:?}", plan.changes);
    let plan = muster_server::policies::plan(&world.app, &me(), &smaller, true).await.expect("a plan");
    assert_eq!(plan.changes.len(), 1, "{:?}", plan.changes);
    world.apply(&smaller.replace("72h", "48h")).await;
    let mut phone = Phone::new(&world, "minfin").await;
    phone.say(&world, &Says::default()).await;
    assert!(show(&world, &phone).await.findings.iter().any(|finding| finding.rule == "encrypted"));
    muster_server::policies::apply(&world.app, &me(), smaller, true).await.expect("applied");
    assert!(!show(&world, &phone).await.findings.iter().any(|finding| finding.rule == "encrypted"));
}
