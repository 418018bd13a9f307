//! Limits, pages and the end of disputes.

use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use serde_json::json;

use super::{MOST_OPEN, NewAnswer, NewDispute, Standing, Which, answer, list, of_device, open, show};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::http::testing::{World, world};
use crate::retention;
use crate::version::IfMatch;

fn me() -> Actor {
    Actor::system("test")
}

async fn said(world: &World, device: DeviceId, rule: &str) -> Result<u64, ActionError> {
    let new = NewDispute { rule: rule.to_owned(), text: "wrong".to_owned() };
    open(&world.app, &Actor::carrier(device), device, new).await.map(|dispute| dispute.id)
}

/// A phone whose findings have these rules.
async fn with_rules(world: &World, rules: &[&str]) -> DeviceId {
    let of = |id: &&str| format!("  - {{ id: {id}, kind: messengers, deny: [telegram] }}\n");
    let rules: String = rules.iter().map(of).collect();
    let text = format!("policy: p\ntitle: {{ en: P, ru: П }}\nrules:\n{rules}assign:\n  - org: minfin\n");
    crate::policies::apply(&world.app, &me(), text, false).await.unwrap();
    let mut phone = world.phone("R570E", "MF-1").await;
    phone.report(world, Vec::new(), None).await;
    phone.id
}

#[tokio::test]
async fn five_wait_at_most_and_a_list_goes_page_by_page() {
    let world = world().await;
    let rules = ["a", "b", "c", "d", "e", "f"];
    let device = with_rules(&world, &rules).await;
    for rule in &rules[..5] {
        said(&world, device, rule).await.unwrap();
    }
    assert_eq!(MOST_OPEN, 5);
    assert_eq!(said(&world, device, "f").await.unwrap_err().problem().code, "dispute-limit");
    let new = NewAnswer { answer: "no".to_owned(), close: false };
    let done = answer(&world.app, &me(), 1, IfMatch::default(), new).await.unwrap();
    assert_eq!((done.state, done.rule.as_str()), (Standing::Answered, "a"));
    said(&world, device, "f").await.unwrap();

    let page = async |after: Option<u64>| list(&world.app, &me(), Which::default(), after, 4).await.unwrap();
    let first = page(None).await;
    assert_eq!((first.disputes.len(), first.next.as_deref()), (4, Some("3")));
    let last = page(Some(3)).await;
    assert_eq!((last.disputes.len(), last.next), (2, None));
    let open = Which { state: Some(Standing::Open), ..Which::default() };
    assert_eq!(list(&world.app, &me(), open, None, 100).await.unwrap().disputes.len(), 5);
}

#[tokio::test]
async fn what_was_answered_is_not_unsaid() {
    let world = world().await;
    let device = with_rules(&world, &["a"]).await;
    let id = said(&world, device, "a").await.unwrap();
    let say = async |text: &str| {
        let new = NewAnswer { answer: text.to_owned(), close: false };
        answer(&world.app, &me(), id, IfMatch::default(), new).await
    };
    let first = say("We look.").await.unwrap();
    world.clock.pass(Span::from_secs(60));
    let second = say("It is mended.").await.unwrap();
    let (by, at) = (first.answered_by.unwrap(), first.answered.unwrap());
    assert_eq!(second.answer.as_deref(), Some(format!("We look.\n— {by}, {at}\n\nIt is mended.").as_str()));
    assert_ne!(second.answered.unwrap(), at, "the time of the newest");
    let long = "x".repeat(1000);
    for _ in 0..9 {
        say(&long).await.unwrap();
    }
    assert_eq!(say(&long).await.unwrap_err().problem().code, "dispute-malformed");
    assert!(show(&world.app, id).await.unwrap().answer.unwrap().starts_with("We look."));
}

#[tokio::test]
async fn what_was_said_goes_with_its_period_and_with_the_phone() {
    let world = world().await;
    let device = with_rules(&world, &["a", "b"]).await;
    let id = said(&world, device, "a").await.unwrap();
    let file = retention::export(&world.app, &me(), device).await.unwrap();
    assert!(String::from_utf8(file).unwrap().contains(r#""what":"dispute""#));
    let end = serde_json::from_value(json!({ "reason": "lost", "erase": true })).unwrap();
    retention::end(&world.app, &me(), device, end).await.unwrap();
    assert!(show(&world.app, id).await.is_err());

    let device = with_rules(&world, &["a", "b"]).await;
    said(&world, device, "b").await.unwrap();
    // as often as the job looks, for it believes a clock a day at a time
    let period = world.app.retention.history.secs() / (24 * 60 * 60);
    for _ in 0..=period + 1 {
        world.clock.pass(Span::from_hours(24));
        retention::keep(&world.app).await.unwrap();
    }
    assert!(of_device(&world.app, device, 10).await.unwrap().is_empty());
}
