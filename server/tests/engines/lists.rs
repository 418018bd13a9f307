//! Lists: every key and every order on both engines.

use muster_proto::id::DeviceId;
use muster_proto::verdict::State;
use muster_server::devices::{self, Devices as _, Extent, Search, Status, rank};
use muster_server::store::{Row, StoreError, Tx, Value, values};
use std::cmp::Reverse;

use crate::support::World;

pub async fn lists(world: &World) {
    let reader = muster_server::auth::Actor::system("test");
    let list = |text: &str| {
        let search = Search { query: text.parse().expect("a query"), ..Search::default() };
        devices::list(&world.app, &reader, search, None, 1, true)
    };
    let found = async |text: &str| {
        let list = list(text).await.unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(list.devices.is_empty(), list.counts.expect("figures").total() == 0, "{text}");
        list.counts.expect("figures").total()
    };
    let all = list("").await.expect("a list");
    assert_eq!(all.counts.expect("figures").total(), 2);
    let next = all.next.expect("another page").parse().expect("a cursor");
    let rest = devices::list(
        &world.app,
        &muster_server::auth::Actor::system("test"),
        Search::default(),
        Some(next),
        1,
        false,
    )
    .await
    .expect("a page");
    assert!(rest.next.is_none() && rest.devices[0].id != all.devices[0].id && rest.counts.is_none());
    assert_eq!(found("org:state").await, 1, "those below count");
    assert_eq!(found("org=state").await, 0);
    assert_eq!(found("mf-17").await, 2);
    assert!(list("verdict:exempt").await.expect("a list").devices.is_empty());
    queries(world, &found).await;
    orders_of_lists(world).await;
    letters(world, &found).await;
    organisations_as_one(world).await;
}

/// Letters of any alphabet are found whether they are large or small, and a list is in one order on every engine.
async fn letters(world: &World, found: &impl AsyncFn(&str) -> u64) {
    let before = world.app.store.read(|tx| {
        let sql =
            "SELECT id, asset_tag, model, manufacturer FROM devices WHERE status = 'active' ORDER BY id";
        Ok::<_, StoreError>(tx.query(sql, &[])?.into_iter().map(Row::rest).collect::<Vec<_>>())
    });
    let before = before.await.expect("rows");
    let put = |rows: Vec<Vec<Value<'static>>>| {
        world.app.store.write(move |tx| {
            let sql = "UPDATE devices SET asset_tag = $2, model = $3, manufacturer = $4 WHERE id = $1";
            rows.iter().try_for_each(|row| tx.execute(sql, row).map(drop))
        })
    };
    let written = |texts: [[&'static str; 3]; 2]| {
        let row = |(before, texts): (&Vec<Value<'static>>, [&'static str; 3])| {
            before.iter().take(1).cloned().chain(texts.map(Value::from)).collect()
        };
        put(before.iter().zip(texts).map(row).collect())
    };
    written([["ИНВ-17 Ё", "б", "Байтэрг"], ["ёлка_%", "ZTE", "Éco"]]).await.expect("they are written");
    for (text, devices) in [
        ("инв", 1),
        ("ИНВ-17", 1),
        ("tag:Инв", 1),
        ("tag=инв-17", 0),
        ("tag:ё", 2),
        ("maker:БАЙТ", 1),
        ("\"ё БАЙТ\"", 0),
        ("maker:éC", 1),
        ("ЁЛКА_%", 1),
        ("tag:л_а", 0),
        ("model=б", 1),
    ] {
        assert_eq!(found(text).await, devices, "{text}");
    }
    // by the bytes: capital letters first, then small ones, then those of other alphabets
    written([["б", "б", "б"], ["Z", "Z", "Z"]]).await.expect("they are written");
    for sort in ["model", "maker", "tag"] {
        let by = Search { sort: sort.parse().expect("an order"), ..Search::default() };
        let first = devices::list(
            &world.app,
            &muster_server::auth::Actor::system("test"),
            by.clone(),
            None,
            1,
            false,
        )
        .await
        .expect("a page");
        assert_eq!(first.devices[0].model.as_deref(), Some("Z"), "{sort}");
        let next = first.next.expect("another page").parse().expect("a cursor");
        let second =
            devices::list(&world.app, &muster_server::auth::Actor::system("test"), by, Some(next), 1, false)
                .await
                .expect("a page");
        assert_eq!(second.devices[0].model.as_deref(), Some("б"), "{sort}");
    }
    put(before).await.expect("as they were");
}

/// Each key is a statement that both engines take, and finds what it says.
async fn queries(world: &World, found: &impl AsyncFn(&str) -> u64) {
    let mut wrong = Vec::new();
    for (text, devices) in [
        ("verdict:compliant,grace,failing,unknown", 2),
        ("-verdict:exempt", 2),
        ("org:minfin,minenergo", 2),
        ("-org:state", 1),
        ("rule:no-telegram", 0),
        ("rule:no-telegram,silence=unknown", 1),
        ("-rule:no-telegram -exempt:yes", 2),
        ("app:telegram", 0),
        ("-app:telegram", 2),
        ("platform:aurora", 2),
        ("os:5.1", 1),
        ("os>=5.1 os<5.2 os>5", 1),
        ("os:5.2", 0),
        ("os=5.1.3.137", 1),
        ("agent:0.1 agent<1", 2),
        ("-maker:nokia", 2),
        ("maker=F+", 1),
        ("model:r570", 2),
        ("model=R570E", 2),
        ("tag:mf-17 tag=MF-17", 2),
        ("patch>30d", 0),
        ("-patch<2026-05-01", 2),
        ("enrolled<365d enrolled>=2026-03-02", 2),
        ("silent<365d seen<365d since<365d", 1),
        ("silent>365d", 0),
        ("due<3d", 0),
        ("due<2030-01-01", 0),
        ("protection:software", 2),
        ("status:retired", 1),
        ("status:active,retired,replaced,pending,refused", 7),
        ("exempt:no", 2),
        ("chain:whole", 2),
        ("chain:broken", 0),
        ("away:yes", 0),
        ("-away:no", 0),
        ("id:ffff", 0),
        ("\"nothing like '%_\\\\ this\"", 0),
    ] {
        let there = found(text).await;
        if there != devices {
            wrong.push((text, there));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?} at {}", world.app.now());
}

/// Whatever a list is sorted by, its pages together are the list, and nothing stands there twice.
async fn orders_of_lists(world: &World) {
    for sort in [
        "-verdict",
        "verdict",
        "-verdict,due,model",
        "due,-since",
        "org,platform",
        "-os,agent",
        "maker,-model",
        "-tag",
        "patch",
        "enrolled,-silent",
        "-seen",
    ] {
        for text in
            ["status:active,retired,replaced,pending,refused", "org:state,minenergo", "-app:x silent<9999d"]
        {
            let search = Search {
                query: text.parse().expect("a query"),
                sort: sort.parse().expect("an order"),
                beside: None,
            };
            let page = async |after: Option<String>, limit: u32| {
                let after = after.map(|after| after.parse().expect("a cursor"));
                devices::list(
                    &world.app,
                    &muster_server::auth::Actor::system("test"),
                    search.clone(),
                    after,
                    limit,
                    false,
                )
                .await
                .expect("a page")
            };
            let whole = page(None, 100).await.devices;
            let (mut after, mut paged) = (None, Vec::new());
            loop {
                let one = page(after.take(), 1).await;
                paged.extend(one.devices);
                after = one.next;
                if after.is_none() {
                    break;
                }
            }
            let ids = |devices: &[devices::view::DeviceRow]| {
                devices.iter().map(|device| device.id).collect::<Vec<_>>()
            };
            assert_eq!(ids(&whole), ids(&paged), "{text} by {sort}");
        }
    }
    let by = |sort: &str| Search { sort: sort.parse().expect("an order"), ..Search::default() };
    let place =
        devices::list(&world.app, &muster_server::auth::Actor::system("test"), by("model"), None, 1, false)
            .await
            .expect("a page")
            .next
            .expect("more");
    let other = devices::list(
        &world.app,
        &muster_server::auth::Actor::system("test"),
        by("-model"),
        Some(place.parse().expect("a cursor")),
        1,
        false,
    )
    .await;
    assert_eq!(other.expect_err("of another list").problem().code, "other-list");
}

/// Organisations below one another, most of the devices in one of them: the pages of their lists as one are that one list.
async fn organisations_as_one(world: &World) {
    const ORGS: [&str; 4] = ["t-root", "t-large", "t-small", "t-none"];
    let states = [State::Failing, State::Unknown, State::Grace, State::Compliant];
    let made = world.app.store.write(move |tx| {
        for (nth, org) in ORGS.iter().enumerate() {
            let parent = (nth > 0).then_some(ORGS[0]);
            let sql =
                "INSERT INTO orgs (id, title, parent, time_zone, created) VALUES ($1, $1, $2, 'UTC', 0)";
            tx.execute(sql, &values![*org, parent])?;
        }
        let some = tx.query_one("SELECT id FROM devices WHERE status = 'active' ORDER BY id", &[])?;
        let some = some.expect("a device").take::<DeviceId>()?;
        let like = tx.load(&[some])?.pop().expect("a device");
        let mut made = Vec::new();
        for nth in 0..60_u8 {
            let mut device = like.clone();
            // in no order
            device.id = DeviceId([nth.wrapping_mul(91); 16]);
            device.status = Status::Active;
            device.org = ORGS[match nth % 12 {
                0 => 0,
                1 => 2,
                _ => 1,
            }]
            .to_owned();
            device.verdict.state = states[usize::from(nth % 7 % 4)];
            tx.add(&device, muster_proto::id::Digest::of(&[nth]), "", None)?;
            tx.save(&[(&device, Extent::All)])?;
            made.push((Reverse(rank(device.verdict.state)), device.id));
        }
        made.sort_unstable();
        Ok::<_, StoreError>(made.into_iter().map(|(_, id)| id).collect::<Vec<_>>())
    });
    let made = made.await.expect("devices");
    for limit in [1, 2, 7, 59, 60, 100] {
        let search = Search { query: "org:t-root".parse().expect("a query"), ..Search::default() };
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = devices::list(
                &world.app,
                &muster_server::auth::Actor::system("test"),
                search.clone(),
                after,
                limit,
                false,
            )
            .await
            .expect("a page");
            paged.extend(page.devices.into_iter().map(|row| row.id));
            let Some(next) = page.next else { break };
            after = Some(next.parse().expect("a cursor"));
        }
        assert_eq!(paged, made, "by {limit}");
    }
    let away = move |tx: &mut dyn Tx| {
        for id in &made {
            for table in ["device_marks WHERE device", "findings WHERE device", "devices WHERE id"] {
                tx.execute(&format!("DELETE FROM {table} = $1"), &values![id])?;
            }
        }
        tx.execute("DELETE FROM orgs WHERE id LIKE 't-%' AND parent IS NOT NULL", &[])?;
        tx.execute("DELETE FROM orgs WHERE id = 't-root'", &[]).map(drop)
    };
    world.app.store.write(away).await.expect("they are gone");
}
