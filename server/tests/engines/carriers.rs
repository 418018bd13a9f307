//! A phone's own page and its disputes on both engines.

use muster_proto::id::Digest;
use muster_proto::time::Span;
use muster_server::auth::Actor;
use muster_server::disputes::{self, NewAnswer, NewDispute, Standing, Which};
use muster_server::error::ActionError;
use muster_server::mine::{self, Carrier};
use muster_server::orders;
use muster_server::version::IfMatch;

use crate::support::phone::{Phone, telegram};
use crate::support::{ADDRESS, World, me};

/// From where the page is opened.
const HERE: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn code_of<T>(done: Result<T, ActionError>) -> String {
    done.err().expect("refused").problem().code
}

pub async fn carriers(world: &World) {
    let app = &world.app;
    let mut phone = Phone::new(world, "minfin").await;
    phone.say(world, &telegram()).await;
    let secret = mine::open(app, phone.id, Digest([1; 32]), HERE).await.expect("opened");
    assert_eq!(code_of(mine::open(app, phone.id, Digest([1; 32]), HERE).await), "link-used");
    assert_eq!(mine::find(app, &secret).await.expect("an answer"), Some(phone.id));
    let carrier = Carrier { device: phone.id, secret, from: ADDRESS };
    asks(world, &carrier).await;
    disputes(world, &carrier).await;
    mine::leave(app, &carrier).await.expect("left");
    assert_eq!(mine::find(app, &carrier.secret).await.expect("an answer"), None);
    assert_eq!(code_of(mine::open(app, phone.id, Digest([1; 32]), HERE).await), "link-used");
}

async fn asks(world: &World, carrier: &Carrier) {
    let order = orders::check_again(&world.app, carrier).await.expect("an order");
    assert_eq!(order.requested_by, format!("carrier:{}", carrier.device));
    assert_eq!(code_of(orders::check_again(&world.app, carrier).await), "asked-lately");
    world.clock.pass(Span::from_secs(301));
    orders::check_again(&world.app, carrier).await.expect("another");
}

async fn disputes(world: &World, carrier: &Carrier) {
    let (app, device) = (&world.app, carrier.device);
    let rule = muster_server::devices::show(app, device).await.expect("a device").findings[0].rule.clone();
    let new = |text: &str| NewDispute { rule: rule.clone(), text: text.to_owned() };
    let one = disputes::open(app, &carrier.actor(), device, new("Неверно")).await.expect("a dispute");
    assert_eq!(code_of(disputes::open(app, &carrier.actor(), device, new("again")).await), "dispute-open");
    let which = || Which { device: Some(device), state: Some(Standing::Open), rule: Some(rule.clone()) };
    let found = disputes::list(app, &me(), which(), None, 10).await.expect("a list");
    assert_eq!((found.disputes.len(), &found.disputes[0]), (1, &one));
    let nobody = Actor::token("nobody");
    assert!(disputes::list(app, &nobody, which(), None, 10).await.expect("a list").disputes.is_empty());
    let answer = |close: bool| NewAnswer { answer: "Проверили".to_owned(), close };
    assert_eq!(
        code_of(disputes::answer(app, &nobody, one.id, IfMatch::default(), answer(true)).await),
        "not-found"
    );
    let done =
        disputes::answer(app, &me(), one.id, IfMatch::default(), answer(false)).await.expect("answered");
    assert_eq!((done.state, done.answer.as_deref()), (Standing::Answered, Some("Проверили")));
    let done = disputes::answer(app, &me(), one.id, IfMatch::default(), answer(true)).await.expect("closed");
    assert_eq!(disputes::show(app, one.id).await.expect("it is there"), done);
    assert_eq!(
        code_of(disputes::answer(app, &me(), one.id, IfMatch::default(), answer(true)).await),
        "dispute-closed"
    );
}
