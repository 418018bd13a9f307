//! The roll-out: what it reads and keeps, on both engines.

use muster_proto::time::Span;
use muster_server::board::{self, Asked, BoardRow, Kind, Step, Wanted};

use crate::support::World;

pub async fn roll_out(world: &World) {
    let show = async |day| {
        let wanted = Wanted { org: None, day, levels: 16, ahead: 366 };
        board::show(&world.app, &muster_server::auth::Actor::system("test"), wanted)
            .await
            .expect("the roll-out")
    };
    board::take(&world.app).await.expect("counted");
    let before = show(None).await;
    let total: u64 = before.orgs.iter().filter(|row| row.depth == 0).map(|row| row.figures.enrolled()).sum();
    assert_eq!(total, 2, "{before:?}");
    world.clock.pass(Span::from_hours(24));
    board::take(&world.app).await.expect("counted");
    board::take(&world.app).await.expect("and not twice");
    let reader = muster_server::auth::Actor::system("test");
    let tops = board::show(&world.app, &reader, Wanted { org: None, day: None, levels: 0, ahead: 0 });
    let tops = tops.await.expect("the roll-out").orgs;
    assert!(tops.iter().all(|row| row.depth == 0) && !tops.is_empty(), "{tops:?}");
    let yesterday = (world.app.now() - Span::from_hours(24 - 3)).to_string();
    let last = |row: &BoardRow| row.trend.last().map(|point| (point.day.to_string(), point.total));
    for row in &tops {
        assert_eq!(
            last(row),
            Some((yesterday[..10].to_owned(), row.figures.total())),
            "by Moscow's calendar"
        );
    }
    for kind in [Kind::Verdict, Kind::Maker, Kind::App] {
        let asked = Asked { kind, org: Some("state".to_owned()), back: 3, step: Step::Day };
        let series = board::series(&world.app, &muster_server::auth::Actor::system("test"), asked)
            .await
            .expect("a series");
        assert_eq!(series.days.len(), 4);
        let yesterday = series.days[2];
        let row = show(Some(yesterday)).await.orgs.into_iter().find(|row| row.id == "state").expect("a row");
        assert!(row.counted);
        if kind == Kind::Verdict {
            let of = |word: &str| {
                series.shares.iter().find(|share| share.name == word).expect("a share").devices[2]
            };
            for (word, n) in row.figures.parts() {
                assert_eq!(of(word).unwrap_or(0), n, "{word} at the end of {yesterday}");
            }
        }
    }
}
