//! Labels, groups and repeated scans on both engines.

use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use muster_server::devices::labels::{self, LabelChange, LabelMany};
use muster_server::devices::{self, Search};
use muster_server::groups::{self, GroupChange, NewGroup, Title};
use muster_server::orders;
use muster_server::schedules::{self, NewSchedule, Rhythm, ScheduleChange};
use muster_server::version::IfMatch;

use crate::support::phone::Phone;
use crate::support::{World, me};

fn set(labels: &[(&str, &str)]) -> LabelChange {
    let set = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    LabelChange { set, remove: Vec::new() }
}

async fn found(world: &World, text: &str, sort: &str) -> Vec<DeviceId> {
    let search =
        Search { query: text.parse().expect("a query"), sort: sort.parse().expect("an order"), beside: None };
    let (mut after, mut all) = (None, Vec::new());
    loop {
        let page = devices::list(&world.app, &me(), search.clone(), after, 1, true).await.expect(text);
        let total = page.counts.expect("figures").total();
        all.extend(page.devices.into_iter().map(|device| device.id));
        match page.next {
            Some(next) => after = Some(next.parse().expect("a place")),
            None => {
                assert_eq!(total, all.len() as u64, "{text}");
                return all;
            }
        }
    }
}

pub async fn groups(world: &World) {
    let app = &world.app;
    let phones = [Phone::new(world, "minpromtorg").await.id, Phone::new(world, "minpromtorg").await.id];
    let both = set(&[("role", "minister"), ("site", "msk")]);
    let given = labels::edit(app, &me(), phones[0], IfMatch::default(), both).await.expect("labels");
    assert_eq!(given.labels.len(), 2);
    let many = LabelMany {
        query: Some("org=minpromtorg".to_owned()),
        set: set(&[("site", "msk")]).set,
        ..LabelMany::default()
    };
    let done = labels::edit_many(app, &me(), many).await.expect("labels");
    assert_eq!((done.changed, done.unchanged), (1, 1));
    for sort in ["-verdict", "verdict,model", "-seen", "org,-enrolled,tag"] {
        assert_eq!(found(world, "label:role=minister", sort).await, [phones[0]], "{sort}");
        assert_eq!(found(world, "label:site=msk", sort).await.len(), 2, "{sort}");
        assert_eq!(found(world, "label:site -label:role org:minpromtorg", sort).await, [phones[1]], "{sort}");
    }
    let new = |id: &str, query: &str, org: Option<&str>| NewGroup {
        id: id.to_owned(),
        title: Title { en: id.to_owned(), ru: id.to_owned() },
        query: query.to_owned(),
        sort: None,
        columns: Vec::new(),
        org: org.map(str::to_owned),
    };
    for (id, query, org) in [
        ("ministers", "label:role=minister", Some("state")),
        ("msk", "label:site=msk,spb verdict:unknown", None),
    ] {
        groups::add(app, &me(), new(id, query, org)).await.expect("a group");
    }
    assert_eq!(found(world, "group:ministers", "-verdict").await, [phones[0]]);
    assert_eq!(found(world, "group:msk -group:ministers", "-verdict").await, [phones[1]]);
    assert_eq!(found(world, "group:ministers,msk", "model").await.len(), 2);
    let counted = groups::list(app, &me(), true).await.expect("groups");
    assert_eq!(counted.iter().map(|one| one.devices).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let change = GroupChange { query: Some("label:role".to_owned()), ..GroupChange::default() };
    let edited = groups::edit(app, &me(), "ministers", IfMatch::default(), change).await.expect("a group");
    assert_eq!(edited.query, "label:role");
    scans(world).await;
    for id in ["ministers", "msk"] {
        groups::remove(app, &me(), id).await.expect("it is gone");
    }
    for id in phones {
        let sql = "UPDATE devices SET status = 'refused', next_judgement = NULL WHERE id = $1";
        let gone = app.store.write(move |tx| tx.execute(sql, &muster_server::values![id]));
        gone.await.expect("the other tests count devices");
    }
}

async fn scans(world: &World) {
    let app = &world.app;
    let new = NewSchedule {
        query: "group:ministers".to_owned(),
        reason: "each day".to_owned(),
        org: Some("state".to_owned()),
        every: Rhythm::Day,
        at: "08:30".to_owned(),
        day: None,
        until: None,
    };
    let made = schedules::add(app, &me(), new).await.expect("a schedule");
    let id = made.schedule.id;
    assert_eq!(made.time_zone, "Europe/Moscow");
    for _ in 0..2 {
        world.pass(Span::from_hours(24)).await;
        schedules::run_due(app).await.expect("runs");
        schedules::run_due(app).await.expect("nothing is due");
    }
    let runs = orders::list_scans(app, &me(), Some(id.clone()), None, 10).await.expect("runs").scans;
    assert_eq!(runs.iter().map(|run| run.devices).collect::<Vec<_>>(), [1, 1]);
    world.pass(Span::from_hours(1)).await;
    let newest = orders::show_scan(app, runs[0].scan).await.expect("a run");
    let compared = newest.compared.expect("there was one before");
    assert_eq!((compared.scan, compared.joined, compared.left), (runs[1].scan, 0, 0));
    let pause = ScheduleChange { paused: Some(true), ..ScheduleChange::default() };
    let paused = schedules::edit(app, &me(), &id, IfMatch::default(), pause).await.expect("it stands still");
    assert_eq!(paused.next_run, None);
    let go_on = ScheduleChange { paused: Some(false), ..ScheduleChange::default() };
    let next =
        schedules::edit(app, &me(), &id, IfMatch::default(), go_on).await.expect("it goes on").next_run;
    assert!(next.is_some_and(|next| next > app.now()));
    assert!(schedules::end(app, &me(), &id).await.expect("it is over").ended.is_some());
    assert_eq!(schedules::list(app, &me()).await.expect("schedules").len(), 1);
}
