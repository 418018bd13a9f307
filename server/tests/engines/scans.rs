//! Scans of many on both engines.

use muster_proto::message::{AckState, OrderAck};
use muster_proto::time::Span;
use muster_server::orders::{self, NewScan, Which};

use crate::support::phone::{Phone, Says};
use crate::support::{World, me};

fn new(devices: Option<Vec<String>>, query: Option<&str>) -> NewScan {
    NewScan {
        devices,
        query: query.map(str::to_owned),
        kind: None,
        reason: "asked by the minister".to_owned(),
        expires_in: None,
        spread: None,
    }
}

pub async fn scans(world: &World) {
    let mut phones = [Phone::new(world, "minpromtorg").await, Phone::new(world, "minpromtorg").await];
    refused(world).await;
    let made = orders::scan(&world.app, &me(), new(None, Some("org:minpromtorg"))).await.expect("a scan");
    assert_eq!((made.scan.devices, made.scan.progress.queued, made.scan.done), (2, 2, false));
    let id = made.scan.scan;
    let open = orders::page(&world.app, &me(), Which { scan: Some(id), ..Which::default() }, None, 100)
        .await
        .expect("orders");
    world.clock.pass(Span::from_millis(300));
    let first = open.orders.iter().find(|order| order.device == phones[0].id).expect("its order").order;
    phones[0].say(world, &Says { order: Some(first), ..Says::default() }).await;
    let ack = OrderAck {
        iat: world.app.now(),
        device: phones[1].id,
        order: open.orders.iter().find(|order| order.device == phones[1].id).expect("its order").order,
        state: AckState::Delivered,
        code: None,
    };
    orders::acknowledge(&world.app, ack).await.expect("taken in");
    let progress = orders::show_scan(&world.app, id).await.expect("the scan").progress;
    assert_eq!(
        (progress.reported, progress.delivered, progress.p50_ms, progress.p95_ms),
        (1, 1, Some(300), Some(300))
    );
    let which = Which {
        scan: Some(id),
        states: vec![orders::State::Delivered, orders::State::Running],
        ..Which::default()
    };
    assert_eq!(orders::page(&world.app, &me(), which, None, 100).await.expect("orders").orders.len(), 1);

    let cancelled = orders::cancel_scan(&world.app, &me(), id).await.expect("called back");
    assert_eq!((cancelled.progress.reported, cancelled.progress.cancelled, cancelled.done), (1, 1, true));
    assert_eq!(
        orders::cancel_scan(&world.app, &me(), id).await.expect_err("over").problem().code,
        "scan-ended"
    );
    spread(world, &phones).await;
    pages(world).await;
    for phone in &phones {
        let (id, sql) =
            (phone.id, "UPDATE devices SET status = 'refused', next_judgement = NULL WHERE id = $1");
        let gone = world.app.store.write(move |tx| tx.execute(sql, &muster_server::values![id]));
        gone.await.expect("the other tests count devices");
    }
}

async fn refused(world: &World) {
    for (wrong, code) in [
        (new(None, None), "scan-whom"),
        (new(Some(vec![]), Some("")), "scan-whom"),
        (new(None, Some("verdict:purple")), "bad-query"),
        (new(None, Some("id:ffffffffffffff")), "scan-nobody"),
        (new(Some(vec!["nobody's".to_owned()]), None), "scan-nobody"),
        (NewScan { reason: " ".to_owned(), ..new(None, Some("")) }, "order-reason"),
        (NewScan { spread: Some(Span::from_hours(25)), ..new(None, Some("")) }, "scan-spread"),
        (lasting(600), "order-expiry"),
    ] {
        let error = orders::scan(&world.app, &me(), wrong).await.expect_err(code);
        assert_eq!(error.problem().code, code);
    }
}

/// So many seconds, and spread over ten minutes.
fn lasting(secs: u64) -> NewScan {
    NewScan {
        spread: Some(Span::from_secs(600)),
        expires_in: Some(Span::from_secs(secs)),
        ..new(None, Some("org:minpromtorg"))
    }
}

/// Each gets its order when its turn comes; who is not asked in time is skipped.
async fn spread(world: &World, phones: &[Phone; 2]) {
    let names = phones.iter().map(|phone| phone.id.to_string()).chain(["nobody's".to_owned()]).collect();
    let spread = NewScan { spread: Some(Span::from_secs(600)), ..new(Some(names), None) };
    let made = orders::scan(&world.app, &me(), spread).await.expect("a scan");
    assert_eq!(made.unknown, ["nobody's"]);
    assert_eq!((made.scan.progress.queued, made.scan.progress.waiting), (1, 1));
    world.clock.pass(Span::from_secs(299));
    orders::fill(&world.app).await.expect("orders");
    assert_eq!(orders::show_scan(&world.app, made.scan.scan).await.expect("it").progress.waiting, 1);
    world.clock.pass(Span::from_secs(1));
    orders::fill(&world.app).await.expect("orders");
    assert_eq!(orders::show_scan(&world.app, made.scan.scan).await.expect("it").progress.queued, 2);
    world.pass(Span::from_hours(2)).await;
    let over = orders::show_scan(&world.app, made.scan.scan).await.expect("it");
    assert_eq!((over.progress.expired, over.done), (2, true));

    let late = orders::scan(&world.app, &me(), lasting(601)).await.expect("a scan").scan.scan;
    // as if the server had not run meanwhile
    world.clock.pass(Span::from_secs(601));
    orders::fill(&world.app).await.expect("orders");
    world.pass(Span::from_secs(1)).await;
    let over = orders::show_scan(&world.app, late).await.expect("it");
    assert_eq!((over.progress.skipped, over.progress.expired, over.done), (1, 1, true));
}

async fn pages(world: &World) {
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = orders::list_scans(&world.app, &me(), None, after, 1).await.expect("a page");
        seen.extend(page.scans.into_iter().map(|scan| scan.scan));
        match page.next {
            Some(next) => after = Some(next.parse().expect("a place")),
            None => break,
        }
    }
    assert_eq!(seen.len(), 3);
    let (mut after, mut orders_seen) = (None, Vec::new());
    loop {
        let page = orders::page(&world.app, &me(), Which::default(), after, 2).await.expect("a page");
        orders_seen.extend(page.orders.into_iter().map(|order| order.order));
        match page.next {
            Some(next) => after = Some(next.parse().expect("a place")),
            None => break,
        }
    }
    let all = orders::page(&world.app, &me(), Which::default(), None, 500).await.expect("orders").orders;
    assert_eq!(all.iter().map(|order| order.order).collect::<Vec<_>>(), orders_seen);
}
