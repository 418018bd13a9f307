//! New rules reach every device, whatever happens between their writing and their being read into memory.

mod support;

use muster_proto::audit::Image;
use muster_proto::time::Timestamp;
use muster_server::audit::{self, Asked};
use muster_server::devices::{Devices as _, labels};
use muster_server::enrolment::NewToken;
use muster_server::exemptions::{self, NewExemption};
use muster_server::store::{StoreError, values};
use muster_server::version::IfMatch;
use muster_server::{devices, judge, policies};
use support::phone::{Phone, Says, enrol, for_org, new_key, telegram, token};
use support::{World, me};

const POLICY: &str = "policy: phones
title: { en: Phones, ru: Телефоны }
rules:
  - { id: no-telegram, kind: messengers, deny: [telegram], title: { en: None, ru: Нет } }
assign:
  - org: minfin
";

async fn next_judgement(world: &World, phone: &Phone) -> Option<Timestamp> {
    let id = phone.id;
    let rows = world.app.store.read(move |tx| tx.load(&[id])).await.expect("the store answers");
    rows[0].next_judgement
}

#[tokio::test]
async fn a_report_that_comes_before_new_rules_are_read_does_not_wipe_the_mark() {
    let world = World::new(None).await;
    world.apply(POLICY).await;
    let mut phone = Phone::new(&world, "minfin").await;
    phone.say(&world, &Says::default()).await;
    judge::due(&world.app).await.expect("judged");
    let now = world.app.now();
    assert!(next_judgement(&world, &phone).await > Some(now));

    let id = phone.id;
    let written = world.app.store.write(move |tx| {
        policies::new_edition(tx)?;
        let mark = "UPDATE devices SET next_judgement = $2, revision = revision + 1 WHERE id = $1";
        tx.execute(mark, &values![id, now])?;
        Ok::<_, StoreError>(())
    });
    written.await.expect("written");
    phone.say(&world, &telegram()).await;
    assert_eq!(next_judgement(&world, &phone).await, Some(now), "it is still to be judged by the new rules");
    judge::due(&world.app).await.expect("judged");
    assert!(next_judgement(&world, &phone).await > Some(now));
}

#[tokio::test]
async fn an_exemption_goes_on_with_the_phone_that_takes_the_place_of_another() {
    let world = World::new(None).await;
    world.apply(POLICY).await;
    let mut old = Phone::new(&world, "minfin").await;
    old.say(&world, &telegram()).await;
    let until = world.app.now() + muster_proto::time::Span::from_hours(240);
    let (rule, reason) = ("no-telegram".to_owned(), "press office".to_owned());
    let new = NewExemption { rule, device: Some(old.id), org: None, until: until.into(), reason };
    exemptions::add(&world.app, &me(), new).await.expect("an exemption");

    let set = [("role".to_owned(), "minister".to_owned())].into();
    let change = labels::LabelChange { set, remove: Vec::new() };
    labels::edit(&world.app, &me(), old.id, IfMatch::default(), change).await.expect("a label");

    let key = new_key();
    let replacing = token(&world, NewToken { replaces: Some(old.id), ..for_org("minfin") }).await;
    enrol(&world, &key, &replacing).await.expect("enrolled");
    let mut phone = Phone::of(&world, key).await;
    judge::due(&world.app).await.expect("judged");
    phone.say(&world, &telegram()).await;
    let shown = devices::show(&world.app, phone.id).await.expect("the device");
    assert!(shown.findings.iter().any(|finding| finding.exemption.is_some()), "{:?}", shown.findings);
    assert_eq!(shown.row.labels["role"], "minister", "what the old one was called by, the new one is");
    let asked = Asked { action: Some("device.label".to_owned()), ..Asked::default() };
    let told = audit::list(&world.app, &me(), asked).await.expect("entries").entries;
    let follows =
        told.iter().find(|entry| entry.subject == format!("device:{}", phone.id)).expect("an entry");
    let labels =
        |image: &Option<Image>| image.as_ref().map(Image::value).expect("an image")["labels"].clone();
    assert_eq!(labels(&follows.before), serde_json::json!({}));
    assert_eq!(labels(&follows.after), serde_json::json!({ "role": "minister" }));
    assert!(follows.detail.contains(&old.id.to_string()), "{}", follows.detail);
    let again = enrol(&world, &old.key, &replacing).await;
    assert!(again.is_err(), "whose place was taken is enrolled no more");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_keeps_nobody_else_waiting() {
    let world = World::new(None).await;
    world.apply(POLICY).await;
    let (mut broken, mut whole) = (Phone::new(&world, "minfin").await, Phone::new(&world, "minfin").await);
    let (id, now) = (broken.id, world.app.now());
    let written = world.app.store.write(move |tx| {
        tx.execute("UPDATE findings SET body = 'x' WHERE device = $1", &values![id])?;
        let row = "UPDATE devices SET next_judgement = $2, revision = revision + 1 WHERE id = $1";
        tx.execute(row, &values![id, now])
    });
    written.await.expect("written");
    judge::due(&world.app).await.expect("the others are judged");
    assert!(next_judgement(&world, &whole).await > Some(now));
    let says = Says::default();
    let (one, other) = tokio::join!(broken.say(&world, &says), whole.say(&world, &says));
    assert_eq!((one.code, other.action), (Some(muster_server::ingest::UNREADABLE), "accepted"));
}
