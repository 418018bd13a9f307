//! A device's key: the certificates that come with it, and what happens when it was lost.

mod support;

use muster_proto::cose::{Envelope, seal_with_chain};
use muster_proto::id::Digest;
use muster_proto::key::{Signer as _, SoftwareKey};
use muster_proto::time::Span;
use muster_proto::verdict::State;
use muster_server::devices::evidence::{self, Which};
use muster_server::devices::{self, certificates};
use muster_server::enrolment::{self, Approve, EnrolError, NewToken};
use muster_server::orgs::{self, NewOrg};
use support::phone::{Phone, enrol, for_org, new_key, request, telegram, token};
use support::{ADDRESS, POLICY, World, me};

async fn world() -> World {
    let world = World::new(None).await;
    world.apply(POLICY).await;
    world
}

/// A phone that has had a finding for twenty hours, and since when.
async fn old_phone(world: &World) -> (Phone, muster_proto::time::Timestamp) {
    let mut old = Phone::new(world, "minfin").await;
    old.say(world, &telegram()).await;
    let since = devices::show(&world.app, old.id).await.expect("the device").row.verdict.since;
    world.pass(Span::from_hours(20)).await;
    (old, since)
}

/// The old device has ended, its reports are still there, and the new one goes on with its findings.
async fn taken_over(world: &World, old: &Phone, key: SoftwareKey, since: muster_proto::time::Timestamp) {
    let mut new = Phone::of(world, key).await;
    new.say(world, &telegram()).await;
    let view = devices::show(&world.app, new.id).await.expect("the device");
    assert_eq!((view.row.verdict.state, view.row.verdict.since), (State::Grace, since), "no new grace");
    assert_eq!(view.replaces, Some(old.id));
    let kept = evidence::report(&world.app, old.id, Which::default()).await.expect("its report");
    assert!(kept.holds, "with the key that was lost");
    let before = devices::show(&world.app, old.id).await.expect("its page stays");
    assert_eq!(before.replaced_by, Some(new.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_a_lost_key_waits_for_a_person() {
    let world = world().await;
    let (mut old, since) = old_phone(&world).await;
    let (key, new) = (new_key(), NewToken { replaces: Some(old.id), approve: None, ..for_org("minfin") });
    let token = token(&world, new).await;
    enrol(&world, &key, &token).await.expect("it may ask");
    let waiting = enrolment::pending(&world.app, &me()).await.expect("a list");
    assert_eq!((waiting.len(), waiting[0].replaces), (1, Some(old.id)));
    let said = old.say(&world, &telegram()).await;
    assert_eq!(said.code, None, "until then the old one is the device");
    enrolment::approve(&world.app, &me(), waiting[0].device, None).await.expect("approved");
    taken_over(&world, &old, key, since).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_knows_the_phone_again() {
    let world = world().await;
    let (old, since) = old_phone(&world).await;
    let (key, new) = (new_key(), NewToken { approve: Some(Approve::Person), ..for_org("minfin") });
    let token = token(&world, new).await;
    enrol(&world, &key, &token).await.expect("it may ask");
    let waiting = enrolment::pending(&world.app, &me()).await.expect("a list");
    assert_eq!((waiting[0].replaces, waiting[0].same_tag), (None, Some(old.id)), "by its asset tag");
    enrolment::approve(&world.app, &me(), waiting[0].device, Some(old.id)).await.expect("approved");
    taken_over(&world, &old, key, since).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_place_of_another_organisations_device() {
    let world = world().await;
    let new = NewOrg { id: "other".to_owned(), title: "Other".to_owned(), parent: None, time_zone: None };
    orgs::add(&world.app, &me(), new).await.expect("an organisation");
    let theirs = Phone::new(&world, "other").await;
    let new = NewToken { approve: Some(Approve::Person), ..for_org("minfin") };
    let token = token(&world, new).await;
    enrol(&world, &new_key(), &token).await.expect("it may ask");
    let waiting = enrolment::pending(&world.app, &me()).await.expect("a list");
    assert_eq!(waiting[0].same_tag, None);
    let approved = enrolment::approve(&world.app, &me(), waiting[0].device, Some(theirs.id)).await;
    assert_eq!(approved.expect_err("refused").problem().code, "not-replaceable");
    assert_eq!(enrolment::pending(&world.app, &me()).await.expect("a list").len(), 1, "it still waits");
    let link = NewToken { replaces: Some(theirs.id), ..for_org("minfin") };
    let made = enrolment::make_token(&world.app, &me(), link).await.map(|_| ());
    assert_eq!(made.expect_err("no link for it").problem().code, "not-replaceable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_taken_once() {
    let world = world().await;
    let (old, since) = old_phone(&world).await;
    let new = || NewToken { replaces: Some(old.id), approve: None, ..for_org("minfin") };
    let tokens = [token(&world, new()).await, token(&world, new()).await];
    let by_itself = token(&world, NewToken { approve: Some(Approve::Auto), ..new() }).await;
    let (first, second, third) = (new_key(), new_key(), new_key());
    enrol(&world, &first, &tokens[0]).await.expect("it may ask");
    enrol(&world, &second, &tokens[1]).await.expect("it may ask");
    let waiting = enrolment::pending(&world.app, &me()).await.expect("a list");
    let of = |key: &SoftwareKey| {
        let code = enrolment::short_code(&key.public_key());
        waiting.iter().find(|one| one.code == code).expect("it waits").device
    };
    enrolment::approve(&world.app, &me(), of(&first), None).await.expect("approved");
    let again = enrolment::approve(&world.app, &me(), of(&second), None).await;
    assert_eq!(again.expect_err("refused").problem().code, "not-replaceable");
    enrol(&world, &third, &by_itself).await.expect("a phone like any other");
    let third = Phone::of(&world, third).await;
    assert_eq!(devices::show(&world.app, third.id).await.expect("the device").replaces, None);
    let late = enrolment::make_token(&world.app, &me(), new()).await.map(|_| ());
    assert_eq!(late.expect_err("no link any more").problem().code, "not-replaceable");
    taken_over(&world, &old, first, since).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_kept_as_they_came() {
    let world = world().await;
    let (key, token) = (new_key(), token(&world, for_org("minfin")).await);
    let chain = [vec![0x30, 3, 1, 2, 3], [&[0x30, 0x81, 0xc8][..], &[9; 200]].concat(), vec![0x30, 0]];
    let message = request(&world, &key, &token);
    let send = async |chain: &[Vec<u8>]| {
        let bytes = seal_with_chain(&message, &key, chain).expect("signed");
        enrolment::enrol(&world.app, Some(&token), &Envelope::parse(&bytes).expect("an envelope"), ADDRESS)
            .await
    };
    let refused = send(&[vec![0x30, 0], b"no certificate".to_vec()]).await;
    assert!(matches!(refused, Err(EnrolError::Certificates(_))), "{refused:?}");
    send(&chain).await.expect("enrolled");

    let id = Phone::of(&world, key).await.id;
    let kept = devices::show(&world.app, id).await.expect("the device").key.chain.expect("a chain");
    assert_eq!((kept.certificates, kept.sha256), (3, Digest::of(&chain.concat())));
    let pem = certificates::pem(&world.app, id).await.expect("the certificates");
    assert_eq!(pem.matches("-----BEGIN CERTIFICATE-----").count(), 3);
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\nMAMBAgM=\n"), "{pem}");
}
