//! What is kept, and for how long, on both engines: texts of reports go after their period, a lost phone is ended and erased, and what is
//! held on it is given out. And the pages whose statements only one engine might take.

use muster_proto::time::Span;
use muster_server::auth::Right;
use muster_server::devices::parts;
use muster_server::retention::{self, End};
use muster_server::{orders, policies};

use crate::support::phone::{Phone, Says};
use crate::support::{World, me};

pub async fn kept(world: &World) {
    let app = &world.app;
    let mut phone = Phone::new(world, "minpromtorg").await;
    for _ in 0..2 {
        phone.say(world, &Says::default()).await;
    }
    for _ in 0..402 {
        world.clock.pass(Span::from_hours(24));
        retention::keep(app).await.expect("it looks");
    }
    let sizes = async || {
        let page = parts::reports(app, phone.id, None, 10).await.expect("its reports");
        page.items.iter().map(|report| report.size > 0).collect::<Vec<_>>()
    };
    assert_eq!(sizes().await, [true, false], "the newest stays");
    let rule = policies::rule(app, &me(), "silence").await.expect("the rule");
    assert_eq!(rule.days.len(), 90);
    let whom = orders::whom(app, &me(), Right::Scan, Some(vec!["nobody has this".to_owned()]), None)
        .await
        .expect("an answer");
    assert_eq!(whom.unknown, ["nobody has this"]);

    let end = End { reason: "lost".to_owned(), erase: true };
    assert!(retention::end(app, &me(), phone.id, end).await.expect("it ends").erased);
    assert_eq!(sizes().await, [false, false]);
    let held = retention::export(app, &me(), phone.id).await.expect("what is held");
    let held = String::from_utf8(held).expect("text");
    assert!(held.contains("device.erase") && held.contains("\"signed\":null"), "{held}");
}
