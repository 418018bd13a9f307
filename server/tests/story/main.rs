//! The story of a change of phones, told in 120 simulated days: five organisations with dates of their own, a register of 2,300 phones, 2,000 of
//! which enrol over time, and iPhones that go. What the roll-out says must be what a plain count of the story says.

#[path = "../support/mod.rs"]
mod support;

mod tale;

use muster_proto::cose::{Envelope, seal, seal_with_chain};
use muster_proto::facts::Fact;
use muster_proto::text::Text;
use muster_proto::time::{Day, Span, Timestamp};
use muster_server::board::{self, Asked, Figures, Kind, Step, Wanted};
use muster_server::enrolment::{self, NewToken};
use muster_server::ingest::import;
use muster_server::judge;
use muster_server::orgs::{self, NewOrg, OrgChange};
use muster_server::register::{self, AssetChange, AssetId, Life, Which};
use muster_server::version::IfMatch;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use support::phone::{Phone, Says, new_key, request, telegram, token};
use support::{ADDRESS, World, me};
use tale::{BEGINS, DAYS, ORGS, Tale, Tells};

/// Reports are handed in by so many at once.
const HANDS: usize = 16;
/// The days at whose end the count is held against the roll-out.
const LOOKED_AT: [u32; 5] = [9, 30, 60, 95, DAYS - 1];

#[tokio::test(flavor = "multi_thread")]
async fn the_roll_out_says_what_happened() {
    let tale = Tale::told();
    let world = Arc::new(World::new(None).await);
    prepare(&world, &tale).await;
    let assets = in_register(&world, &tale).await;
    let (mut phones, mut tokens): (HashMap<u32, Phone>, HashMap<&str, String>) = Default::default();
    for (org, ..) in ORGS {
        let new = NewToken {
            uses: Some(2000),
            expires_in: Some(Span::from_hours(24 * 150)),
            ..support::phone::for_org(org)
        };
        tokens.insert(org, token(&world, new).await);
    }
    let mut reports = 0;
    for day in 0..DAYS {
        // at nine in Greenwich, noon in Moscow, everybody who has something to do does it
        world.clock.set(morning(day));
        reports += live(&world, &tale, day, &assets, &tokens, &mut phones).await;
        // and a minute after midnight in Moscow the day has ended
        world.clock.set(morning(day) + Span::from_secs(12 * 3600 + 60));
        judge::due(&world.app).await.expect("judged");
        judge::declared::due(&world.app).await.expect("judged");
        board::take(&world.app).await.expect("counted");
        if LOOKED_AT.contains(&day) {
            holds(&world, &tale, day, None).await;
        }
    }
    for day in LOOKED_AT {
        holds(&world, &tale, day, Some(calendar(day))).await;
    }
    let makers = over_time(&world, &tale).await;
    println!(
        "story: {} phones in the register, {} enrolled, {reports} reports, {DAYS} days; {} figures of {} organisations at {} dates, live and as of \
         then, and {makers} figures of makers equal the count",
        tale.phones.len(),
        phones.len(),
        Figures::default().parts().count(),
        ORGS.len() + 1,
        LOOKED_AT.len(),
    );
}

fn morning(day: u32) -> Timestamp {
    let begins: Timestamp = BEGINS.parse().expect("a time");
    begins + Span::from_hours(24 * u64::from(day))
}

/// What the calendar in Moscow shows on a day of the story.
fn calendar(day: u32) -> Day {
    morning(day).to_string()[..10].parse().expect("a day")
}

async fn prepare(world: &World, tale: &Tale) {
    world.clock.set(morning(0));
    for (org, title, ..) in ORGS {
        let new = NewOrg {
            id: org.to_owned(),
            title: title.to_owned(),
            parent: Some("state".to_owned()),
            time_zone: None,
        };
        // three of them are there already
        if orgs::add(&world.app, &me(), new).await.is_err() {
            let change = OrgChange { parent: Some(Some("state".to_owned())), ..OrgChange::default() };
            orgs::edit(&world.app, &me(), org, IfMatch::default(), change)
                .await
                .expect("it belongs to the state");
        }
    }
    world.apply(&tale.policy()).await;
}

/// Brings in the register as a table, and finds each phone in it.
async fn in_register(world: &World, tale: &Tale) -> HashMap<u32, AssetId> {
    let table = tale.register();
    let done = register::import(&world.app, &me(), None, table.into(), false).await.expect("the register");
    assert_eq!(done.added as usize, tale.phones.len());
    let (mut assets, mut after) = (HashMap::new(), None);
    loop {
        let page =
            register::list(&world.app, &me(), Which::default(), after, 1000, false).await.expect("a page");
        assets.extend(page.assets.iter().map(|row| {
            let number = row.asset.tag.as_deref().and_then(|tag| tag.strip_prefix("T-")).expect("a tag");
            (number.parse().expect("a number"), row.asset.id)
        }));
        let Some(next) = page.next else { return assets };
        after = Some(next.parse().expect("a place"));
    }
}

/// A day: phones are handed out, enrol and report, iPhones go. Says how many reports there were.
async fn live(
    world: &Arc<World>,
    tale: &Tale,
    day: u32,
    assets: &HashMap<u32, AssetId>,
    tokens: &HashMap<&str, String>,
    phones: &mut HashMap<u32, Phone>,
) -> usize {
    let mut sequences = vec![Vec::new(); HANDS];
    let mut reports = 0;
    for phone in &tale.phones {
        if let Some(life) = phone.life_from(day) {
            let change = AssetChange { life: Some(life), ..AssetChange::default() };
            register::edit(&world.app, &me(), assets[&phone.number], IfMatch::default(), change)
                .await
                .expect("it goes on");
        }
        if phone.enrols == Some(day) {
            phones.insert(phone.number, enrol(world, phone, &tokens[phone.org]).await);
        }
        if phone.reports_on(day) {
            let signed = report(world, phone, phones.get_mut(&phone.number).expect("it is enrolled"), day);
            sequences[reports % HANDS].extend(signed);
            reports += 1;
        }
    }
    let hand_in = |bytes: Vec<u8>| {
        let world = Arc::clone(world);
        tokio::spawn(async move { import(&world.app, &me(), &bytes).await.expect("they are taken in") })
    };
    let handed: Vec<_> = sequences.into_iter().filter(|bytes| !bytes.is_empty()).map(hand_in).collect();
    for outcomes in handed {
        for outcome in outcomes.await.expect("a task") {
            assert_eq!((outcome.action, outcome.code), ("accepted", None));
        }
    }
    reports
}

async fn enrol(world: &World, phone: &Tells, token: &str) -> Phone {
    let key = new_key();
    let mut message = request(world, &key, token);
    message.asset_tag = Some(Text::clipped(&phone.tag()));
    let bytes = seal_with_chain(&message, &key, &[vec![0x30, 0]]).expect("signed");
    let envelope = Envelope::parse(&bytes).expect("an envelope");
    enrolment::enrol(&world.app, Some(token), &envelope, ADDRESS).await.expect("enrolled");
    Phone::of(world, key).await
}

fn report(world: &World, tells: &Tells, phone: &mut Phone, day: u32) -> Vec<u8> {
    phone.number += 1;
    let says = if tells.has_telegram(day) { telegram() } else { Says::default() };
    let mut report = phone.report(world, &says);
    report.submods.device.manufacturer = Fact::Known(Text::clipped(tells.maker));
    let bytes = seal(&report, &phone.key).expect("signed");
    phone.previous = Some(Envelope::parse(&bytes).expect("an envelope").digest());
    bytes
}

/// The roll-out, now or as of a past day, is what the story says.
async fn holds(world: &World, tale: &Tale, day: u32, as_of: Option<Day>) {
    let wanted = Wanted { org: Some("state".to_owned()), day: as_of, levels: 1, ahead: 0 };
    let board = board::show(&world.app, &me(), wanted).await.expect("the roll-out");
    assert_eq!(board.day, as_of);
    let mut whole = Figures::default();
    for (org, ..) in ORGS {
        let count = tale.count(org, day);
        whole += count;
        let row = board.orgs.iter().find(|row| row.id == org).expect("a row");
        assert_eq!(row.figures, count, "{org} at the end of day {day}, as of {as_of:?}");
    }
    let state = board.orgs.iter().find(|row| row.id == "state").expect("a row");
    assert_eq!(state.figures, whole, "all of them at the end of day {day}");
    if as_of.is_none() {
        println!(
            "day {day:3}: {}",
            whole.parts().map(|(word, n)| format!("{word} {n}")).collect::<Vec<_>>().join(", ")
        );
    }
}

/// The shares of makers at the end of every day are what the story says.
async fn over_time(world: &World, tale: &Tale) -> usize {
    let asked = Asked { kind: Kind::Maker, org: Some("state".to_owned()), back: DAYS, step: Step::Day };
    let series = board::series(&world.app, &me(), asked).await.expect("a series");
    let mut compared = 0;
    for day in 0..DAYS {
        let place = series.days.iter().position(|one| *one == calendar(day)).expect("the day is there");
        let said: BTreeMap<&str, u64> = series
            .shares
            .iter()
            .map(|share| (share.name.as_str(), share.devices[place].expect("it was counted")))
            .filter(|(_, devices)| *devices > 0)
            .collect();
        assert_eq!(said, tale.makers(day), "makers at the end of day {day}");
        compared += said.len();
    }
    compared
}

#[test]
fn a_phone_is_written_down_before_it_is_handed_out() {
    let tale = Tale::told();
    assert_eq!(tale.phones.len(), 2300);
    assert!(
        tale.phones
            .iter()
            .all(|phone| phone.life_from(phone.handed_out)
                == (phone.handed_out > 0).then_some(Life::HandedOut))
    );
    assert_eq!(tale.phones.iter().filter(|phone| phone.enrols.is_some()).count(), 2000);
}
